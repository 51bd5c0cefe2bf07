//! Applies lines of an import file within the process, with the same commands that clients call.

use crate::{
    command::{Command, Commands, Context, Principal, Write},
    proto::v1::transfer_line::Write as Line,
    publish::{
        BodyUpdate, EventUpdate, Merger, NewBody, NewEvent, NewPartnership, PartnershipUpdate,
        Restoration, Retraction,
    },
    rejection::Rejection,
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
            Line::CreateEvent(it) => self.execute::<Write<NewEvent>, _>(it).await,
            Line::UpdateEvent(it) => self.execute::<Write<EventUpdate>, _>(it).await,
            Line::RetractEvent(it) => self.execute::<Write<Retraction>, _>(it).await,
            Line::RestoreEvent(it) => self.execute::<Write<Restoration>, _>(it).await,
            Line::CreateBody(it) => self.execute::<Write<NewBody>, _>(it).await,
            Line::UpdateBody(it) => self.execute::<Write<BodyUpdate>, _>(it).await,
            Line::MergeEvents(it) => self.execute::<Write<Merger>, _>(it).await,
        }
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
