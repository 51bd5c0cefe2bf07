use tokio::task::yield_now;

use super::subscription::Subscription;
use crate::{
    command::{
        Command, Context, Method,
        access::Access,
        page::{self, Page},
        rows::Rows,
    },
    rejection::Rejection,
};

/// Reads a page of the subscriptions, by name.
#[derive(Clone, Debug)]
pub(crate) struct ListSubscriptions<R> {
    /// Maximum number of rows.
    pub page_size: usize,
    /// Empty for the first page.
    pub page_token: String,
    pub rows: R,
}

impl<R: Rows<Subscription>> Command for ListSubscriptions<R> {
    const METHOD: Method = Method::ListSubscriptions;

    type Answer = Page<R>;

    async fn run(mut self, access: Access<'_, Self>, _: &Context) -> Result<Page<R>, Rejection> {
        let fingerprint = page::fingerprint(&["subscriptions"]);
        let after = match self.page_token.as_str() {
            "" => String::new(),
            token => page::read_name_token(token, access.epoch(), &fingerprint)?,
        };
        let cursors = access.cursors().list(&after, self.page_size + 1);
        let mut sent = 0;
        for cursor in cursors.iter().take(self.page_size) {
            let subscription = Subscription::of(access, cursor.clone()).await?;
            if self.rows.take(subscription).is_err() {
                break;
            }
            sent += 1;
            // The lag of each is counted, and many take their time.
            yield_now().await;
        }
        let next = (sent < cursors.len()).then(|| {
            let last = &cursors[sent - 1].slug;
            page::name_token(access.epoch(), &fingerprint, last)
        });
        Ok(Page {
            rows: self.rows,
            next_page_token: next.unwrap_or_default(),
        })
    }
}
