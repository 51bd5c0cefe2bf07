use clap::Args;
use prost::{Message, Name};

use super::{
    as_of::AsOf,
    failure::Failure,
    list_item::ListItem,
    note::{hints, note},
    output::Output,
    parse,
};

/// Options of a listing by name.
#[derive(Args, Debug)]
pub(super) struct ListingOptions {
    /// The most to list. [default: all]
    #[arg(long, value_name = "COUNT", value_parser = parse::count)]
    limit: Option<usize>,

    #[command(flatten)]
    pub(super) as_of: AsOf,
}

/// The answer of a call that lists.
pub(super) trait Page: Message + Name + Default {
    type Item: Message + Name + ListItem + Default;

    /// What one item is.
    const NOUN: &'static str;

    fn items(&self) -> &[Self::Item];
    fn items_mut(&mut self) -> &mut Vec<Self::Item>;
    fn next_page_token(&self) -> &str;
    fn hints(&self) -> &[String];
}

/// Implements [`Page`] for an answer whose items are in a field.
macro_rules! page {
    ($answer:ty, $items:ident: $item:ty, $noun:literal) => {
        impl $crate::cli::listing::Page for $answer {
            type Item = $item;

            const NOUN: &'static str = $noun;

            fn items(&self) -> &[$item] {
                &self.$items
            }

            fn items_mut(&mut self) -> &mut Vec<$item> {
                &mut self.$items
            }

            fn next_page_token(&self) -> &str {
                &self.next_page_token
            }

            fn hints(&self) -> &[String] {
                &self.hints
            }
        }
    };
}

pub(super) use page;

/// What was listed.
pub(super) struct Listing<P> {
    /// The last page, with the items of all pages that are not yet printed.
    pub(super) page: P,
    /// The number of items.
    pub(super) listed: usize,
}

/// Reads pages up to `limit` items and prints them if the format allows it. `ask` reads one page:
/// its size and its token are given.
pub(super) async fn pages<P: Page>(
    limit: usize,
    output: &mut Output,
    mut ask: impl AsyncFnMut(i32, String) -> Result<P, Failure>,
) -> Result<Listing<P>, Failure> {
    let (mut unprinted, mut listed) = (Vec::new(), 0);
    let mut token = String::new();
    loop {
        // With a size that is too large, the token of the last page would continue after the limit.
        let mut page = ask(page_size(limit - listed), token).await?;
        let mut items = std::mem::take(page.items_mut());
        items.truncate(limit - listed);
        listed += items.len();
        unprinted.extend(output.page(items)?);
        if page.next_page_token().is_empty() || listed >= limit {
            *page.items_mut() = unprinted;
            return Ok(Listing { page, listed });
        }
        token = page.next_page_token().to_owned();
    }
}

/// Lists by name: reads the pages, explains what may be missing, and prints the answer.
pub(super) async fn list_by_name<P: Page>(
    options: &ListingOptions,
    output: &mut Output,
    ask: impl AsyncFnMut(i32, String) -> Result<P, Failure>,
    table: impl FnOnce(&[P::Item], bool) -> String,
) -> Result<(), Failure> {
    let limit = options.limit.unwrap_or(usize::MAX);
    let Listing { page, listed } = pages(limit, output, ask).await?;
    hints(page.hints());
    if listed == 0 && output.is_table() {
        note(format!("no {} matches", P::NOUN));
    } else if !output.is_whole() && !page.next_page_token().is_empty() {
        note(format!(
            "only the first {listed}; a higher --limit, or none, lists more"
        ));
    }
    output.many(&page, page.items(), |colour| table(page.items(), colour))
}

/// Returns the page size for a listing of at most `limit` items.
pub(super) fn page_size(limit: usize) -> i32 {
    const LEN_MAX: i32 = 1000;
    i32::try_from(limit).unwrap_or(LEN_MAX).clamp(1, LEN_MAX)
}
