use crate::{
    command::{
        Command, Context, ListFilter, Method, ReadAt,
        access::Access,
        listed::Listed,
        no_match_hints,
        page::{self, SortedPlace},
        rows::{EventRow, Rows},
    },
    domain::{Day, View},
    feed::{Checkpoint, Phase, TokenWriter},
    index::{Order, OrderBy, Resources, Row},
    rejection::Rejection,
};

/// Rows that are read at a time, so that a page of large events stays within its memory bound.
const READ_LEN_MAX: usize = 64;

/// Reads a page of the events that a filter finds.
#[derive(Clone, Debug)]
pub(crate) struct ListEvents<R> {
    pub filter: ListFilter,
    pub order: Order,
    pub view: View,
    pub at: ReadAt,
    /// Maximum number of rows.
    pub page_size: usize,
    /// Empty for the first page.
    pub page_token: String,
    pub rows: R,
}

/// A page of events.
#[derive(Clone, Debug)]
pub(crate) struct EventPage<R> {
    pub rows: R,
    /// Empty on the last page.
    pub next_page_token: String,
    /// The position of the whole list.
    pub position: u64,
    /// Where a watch with the same filter continues; empty in a list of what was known at a time.
    pub resume_token: String,
    /// Events on all pages.
    pub total: u64,
    pub hints: Vec<String>,
}

impl<R: Rows<EventRow>> Command for ListEvents<R> {
    const METHOD: Method = Method::ListEvents;

    type Answer = EventPage<R>;

    async fn run(
        mut self,
        access: Access<'_, Self>,
        context: &Context,
    ) -> Result<EventPage<R>, Rejection> {
        let head = self.at.reached(access, context).await?;
        let as_of = self.at.as_of(access, head)?;
        let fingerprint = self.fingerprint();
        let place = match self.page_token.as_str() {
            "" => SortedPlace::first(as_of, access.today(self.at.known_at)),
            token => page::read_sorted_token(token, access.epoch(), &fingerprint, head)?,
        };
        self.filter.resolve(access, place.position).await?;
        let filter = self.filter.filter.clone();
        let scope = place.scope(self.at.known_at);
        let filter = access.decided(filter, Resources::Events, scope);
        let listed = access.ask(Listed {
            known_at: self.at.known_at,
            filter: filter.await?,
            resources: Resources::Events,
            order: self.order,
            place,
            count: self.page_size + 1,
        });
        let (rows, total) = listed.await?;
        let page = &rows[..rows.len().min(self.page_size)];
        let sent = self.put_rows(access, page, place.today).await?;
        let next = (sent < rows.len()).then(|| {
            let place = SortedPlace {
                after: Some(rows[sent - 1]),
                ..place
            };
            page::sorted_token(access.epoch(), &fingerprint, place)
        });
        let hints = match total {
            0 => no_match_hints::hints(access, &self.filter, (place, self.at.known_at)).await?,
            _ => Vec::new(),
        };
        let resume_token = match self.at.known_at {
            Some(_) => String::new(),
            None => self.resume_token(access, place.position)?,
        };
        Ok(EventPage {
            rows: self.rows,
            next_page_token: next.unwrap_or_default(),
            position: place.position,
            resume_token,
            total,
            hints,
        })
    }
}

impl<R: Rows<EventRow>> ListEvents<R> {
    /// Returns the token with which a watch continues the list.
    fn resume_token(&self, access: Access<'_, Self>, position: u64) -> Result<String, Rejection> {
        let filter = self.filter.of_watch()?;
        let tokens = TokenWriter::new(access.epoch(), &filter, position);
        let place = Phase::Log { after: position };
        Ok(tokens.token(Checkpoint {
            resolved: position,
            ..place.into()
        }))
    }

    /// Adds as many rows as fit into the answer, at least one, and returns their number.
    async fn put_rows(
        &mut self,
        access: Access<'_, Self>,
        rows: &[Row],
        today: Day,
    ) -> Result<usize, Rejection> {
        let mut sent = 0;
        for chunk in rows.chunks(READ_LEN_MAX) {
            let positions = chunk.iter().map(|row| row.position).collect();
            for record in access.read(positions).await? {
                let event = access.event(&record, self.view, today)?;
                if self.rows.take(event).is_err() {
                    return Ok(sent);
                }
                sent += 1;
            }
        }
        Ok(sent)
    }

    fn fingerprint(&self) -> String {
        let [as_of_position, as_of_time, known_at] = self.at.texts();
        page::fingerprint(&[
            "events",
            &self.filter.filter.canonical(),
            &order_text(self.order),
            if self.view == View::Basic {
                "basic"
            } else {
                "full"
            },
            &as_of_position,
            &as_of_time,
            &known_at,
        ])
    }
}

/// The canonical spelling of the order.
fn order_text(order: Order) -> String {
    let by = match order.by {
        OrderBy::Date => "date",
        OrderBy::Position => "position",
        OrderBy::Name => "name",
    };
    format!("{by} {}", if order.descending { "desc" } else { "asc" })
}
