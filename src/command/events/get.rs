use crate::{
    command::{Command, Context, Method, ReadAt, access::Access, rows::EventRow},
    domain::View,
    index::{Index, Position},
    rejection::Rejection,
};

/// Reads one event, or one revision of it.
#[derive(Clone, Debug)]
pub(crate) struct GetEvent {
    /// The filter as the client wrote it.
    pub name: String,
    /// Full name of the event.
    pub event: String,
    /// Number of the revision, from 1 on; the newest if not given.
    pub revision: Option<usize>,
    pub at: ReadAt,
}

impl Command for GetEvent {
    const METHOD: Method = Method::GetEvent;

    type Answer = EventRow;

    async fn run(self, access: Access<'_, Self>, context: &Context) -> Result<EventRow, Rejection> {
        let head = self.at.reached(access, context).await?;
        let upto = self.at.as_of(access, head)?;
        let position = match self.revision {
            None => self.at.revision(&access.index(), &self.event, upto),
            Some(number) => {
                let index = access.index();
                let position = revision_at(&index, &self.event, number, upto);
                position.filter(|position| self.at.knows(&index, *position))
            }
        };
        let position = position.ok_or_else(|| {
            let first = match self.revision {
                None => access.index().first(&self.event, head),
                Some(number) => revision_at(&access.index(), &self.event, number, head),
            };
            let missing = vec![access.missing(&self.name, first, upto)];
            Rejection::NotFound { missing }
        })?;
        let record = access.record(position).await?;
        access.event(&record, View::Full, access.today(self.at.known_at))
    }
}

fn revision_at(index: &Index, name: &str, number: usize, upto: Position) -> Option<Position> {
    let revisions = index.revisions(name, upto);
    // Newest first, and numbered from 1.
    revisions
        .len()
        .checked_sub(number)
        .and_then(|at| revisions.get(at).copied())
}
