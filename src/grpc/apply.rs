//! Lines of an import file, applied within the process by the very methods that clients call.

use tokio_util::sync::CancellationToken;
use tonic::{Request, Status};

use super::{Principal, partnerships::Partnerships, publisher::Publishing};
use crate::{
    proto::v1::{TransferLine, transfer_line::Write},
    publish::Publisher,
    store::Store,
    wire::services::{
        partnership_service_server::PartnershipService as _,
        publisher_service_server::PublisherService as _,
    },
};

/// Applies lines to a store, one after the other.
pub struct Importer {
    partnerships: Partnerships,
    publishing: Publishing,
    author: String,
}

impl Importer {
    /// Writes to `store` in the name of `author`.
    pub fn new(store: Store, author: &str) -> Importer {
        let publisher = Publisher::new(store.clone());
        Importer {
            partnerships: Partnerships {
                store,
                // Only reads wait.
                drain: CancellationToken::new(),
                publisher: publisher.clone(),
            },
            publishing: Publishing { publisher },
            author: author.to_owned(),
        }
    }

    /// Applies one line; a line that was applied before changes nothing if it has a request id.
    pub async fn apply(&self, line: TransferLine) -> Result<(), Status> {
        let Some(write) = line.write else {
            return Err(Status::invalid_argument("the line says nothing to write"));
        };
        match write {
            Write::CreatePartnership(it) => {
                self.partnerships
                    .create_partnership(self.request(it))
                    .await?
            }
            Write::UpdatePartnership(it) => {
                self.partnerships
                    .update_partnership(self.request(it))
                    .await?
            }
            Write::CreateEvent(it) => self.publishing.create_event(self.request(it)).await?,
            Write::UpdateEvent(it) => self.publishing.update_event(self.request(it)).await?,
            Write::RetractEvent(it) => self.publishing.retract_event(self.request(it)).await?,
            Write::RestoreEvent(it) => self.publishing.restore_event(self.request(it)).await?,
            Write::MergeEvents(it) => self.publishing.merge_events(self.request(it)).await?,
        };
        Ok(())
    }

    fn request<M>(&self, message: M) -> Request<M> {
        let mut request = Request::new(message);
        request
            .extensions_mut()
            .insert(Principal(self.author.clone()));
        request
    }
}
