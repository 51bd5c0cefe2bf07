//! Applies lines of an import file within the process, with the same commands that clients call.

use crate::{
    command::{Command, Commands, Context, Principal, Write},
    proto::v1::transfer_line::Write as Line,
    publish::{
        BodyUpdate, EventUpdate, Merger, NewBody, NewEvent, NewPartnership, PartnershipUpdate,
        Restoration, Retraction,
    },
    rejection::Rejection,
    store::RequestKey,
};

/// Applies lines, one after the other.
pub struct Importer {
    commands: Commands,
    context: Context,
}

impl Importer {
    /// Makes an importer whose changes have this author.
    pub fn new(commands: Commands, author: &'static str) -> Importer {
        Importer {
            commands,
            context: Context::within(Principal::named(author)),
        }
    }

    /// Applies what one line writes; a line that was applied before changes nothing if it has a
    /// request id.
    pub async fn apply(&self, line: Line) -> Result<(), Rejection> {
        match line {
            Line::CreatePartnership(it) => self.execute::<Write<NewPartnership>, _>(it).await,
            Line::UpdatePartnership(it) => self.execute::<Write<PartnershipUpdate>, _>(it).await,
            Line::CreateEvent(it) => self.execute::<Write<NewEvent>, _>(Box::new(it)).await,
            Line::UpdateEvent(it) => self.execute::<Write<EventUpdate>, _>(Box::new(it)).await,
            Line::RetractEvent(it) => self.execute::<Write<Retraction>, _>(it).await,
            Line::RestoreEvent(it) => self.execute::<Write<Restoration>, _>(it).await,
            Line::CreateBody(it) => self.execute::<Write<NewBody>, _>(it).await,
            Line::UpdateBody(it) => self.execute::<Write<BodyUpdate>, _>(it).await,
            Line::MergeEvents(it) => self.execute::<Write<Merger>, _>(it).await,
        }
    }

    /// Returns the request id of a line and what it stands for.
    pub fn request(line: Line) -> Result<Option<RequestKey>, Rejection> {
        let terms = match line {
            Line::CreatePartnership(it) => Write::<NewPartnership>::try_from(it)?.terms,
            Line::UpdatePartnership(it) => Write::<PartnershipUpdate>::try_from(it)?.terms,
            Line::CreateEvent(it) => Write::<NewEvent>::try_from(Box::new(it))?.terms,
            Line::UpdateEvent(it) => Write::<EventUpdate>::try_from(Box::new(it))?.terms,
            Line::RetractEvent(it) => Write::<Retraction>::try_from(it)?.terms,
            Line::RestoreEvent(it) => Write::<Restoration>::try_from(it)?.terms,
            Line::CreateBody(it) => Write::<NewBody>::try_from(it)?.terms,
            Line::UpdateBody(it) => Write::<BodyUpdate>::try_from(it)?.terms,
            Line::MergeEvents(it) => Write::<Merger>::try_from(it)?.terms,
        };
        Ok(terms.request)
    }

    async fn execute<C, M>(&self, message: M) -> Result<(), Rejection>
    where
        C: Command + TryFrom<M, Error = Rejection>,
    {
        let command = C::try_from(message)?;
        self.commands.execute(command, &self.context).await?;
        Ok(())
    }
}
