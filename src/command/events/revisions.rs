use crate::{
    command::{
        Command, Context, Method,
        access::Access,
        page::{self, Page, Place},
        rows::{EventRow, Rows},
    },
    domain::View,
    rejection::Rejection,
};

/// Reads a page of the revisions of an event, newest first.
#[derive(Clone, Debug)]
pub(crate) struct ListEventRevisions<R> {
    /// Full name of the event.
    pub parent: String,
    /// Maximum number of rows.
    pub page_size: usize,
    /// Empty for the first page.
    pub page_token: String,
    pub rows: R,
}

/// A revision of an event.
#[derive(Clone, Debug)]
pub(crate) struct RevisionRow {
    /// "events/{event}/revisions/{revision}".
    pub name: String,
    pub snapshot: EventRow,
    pub commit_micros: i64,
}

impl<R: Rows<RevisionRow>> Command for ListEventRevisions<R> {
    const METHOD: Method = Method::ListEventRevisions;

    type Answer = Page<R>;

    async fn run(mut self, access: Access<'_, Self>, _: &Context) -> Result<Page<R>, Rejection> {
        let parent = &self.parent;
        let fingerprint = page::fingerprint(&["revisions", parent]);
        let head = access.head().position;
        let place = match self.page_token.as_str() {
            "" => Place {
                position: head,
                after: 0,
            },
            token => page::read_log_token(token, access.epoch(), &fingerprint, head)?,
        };
        let revisions = access.index().revisions(parent, place.position);
        if revisions.is_empty() {
            return Err(Rejection::not_found(parent));
        }
        let today = access.today(None);
        let count = revisions.len();
        // Newest first: those after a row have lower positions.
        let begin = match place.after {
            0 => 0,
            after => revisions.partition_point(|position| *position >= after),
        };
        let mut at = begin;
        while at < count && at - begin < self.page_size {
            let record = access.record(revisions[at]).await?;
            let row = RevisionRow {
                name: format!("{parent}/revisions/{}", count - at),
                snapshot: access.event(&record, View::Full, today)?,
                commit_micros: record.commit_micros,
            };
            if self.rows.take(row).is_err() {
                break;
            }
            at += 1;
        }
        let next = (at < count).then(|| {
            let next = Place {
                after: revisions[at - 1],
                ..place
            };
            page::token(access.epoch(), &fingerprint, next)
        });
        Ok(Page {
            rows: self.rows,
            next_page_token: next.unwrap_or_default(),
        })
    }
}
