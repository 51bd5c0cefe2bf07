//! Writes, each with the verb of [`publish`](crate::publish) that it is.

use super::{access::Access, command::Command, context::Context, method::Method, namesakes};
use crate::{
    domain::ResourceName,
    publish::{
        BodyRedaction, BodyUpdate, EventUpdate, Merger, NewBody, NewEvent, NewPartnership,
        PartnershipRedaction, PartnershipUpdate, Redact, Restoration, Retraction, Verb, WriteTerms,
        Written,
    },
    rejection::Rejection,
};

/// A write, with what is to be written and on what terms.
#[derive(Clone, Debug)]
pub(crate) struct Write<V> {
    pub what: V,
    pub terms: WriteTerms,
}

/// What a write of a partnership led to.
#[derive(Clone, Debug)]
pub(crate) struct WrittenPartnership {
    pub written: Written,
    /// Of the partnership, as of now.
    pub event_count: u64,
}

/// What a write of a body led to.
#[derive(Clone, Debug)]
pub(crate) struct WrittenBody {
    pub written: Written,
    /// About other bodies that have the same names.
    pub hints: Vec<String>,
}

/// What a redaction led to.
#[derive(Clone, Debug)]
pub(crate) struct Redacted {
    pub written: Written,
    /// Files may still hold the content.
    pub erasure_pending: bool,
}

/// A write that is answered with what it has written.
pub(crate) trait PlainVerb: Verb {
    const METHOD: Method;
}

impl PlainVerb for EventUpdate {
    const METHOD: Method = Method::UpdateEvent;
}

impl PlainVerb for Retraction {
    const METHOD: Method = Method::RetractEvent;
}

impl PlainVerb for Restoration {
    const METHOD: Method = Method::RestoreEvent;
}

impl PlainVerb for Merger {
    const METHOD: Method = Method::MergeEvents;
}

impl<V: PlainVerb> Command for Write<V> {
    const METHOD: Method = V::METHOD;

    type Answer = Written;

    async fn run(self, access: Access<'_, Self>, context: &Context) -> Result<Written, Rejection> {
        let author = context.principal.as_str();
        access
            .publisher()
            .write(self.what, author, self.terms)
            .await
    }
}

impl Command for Write<NewEvent> {
    const METHOD: Method = Method::CreateEvent;

    type Answer = Written;

    async fn run(self, access: Access<'_, Self>, context: &Context) -> Result<Written, Rejection> {
        let author = context.principal.as_str();
        let publisher = access.publisher();
        publisher.create_event(self.what, author, self.terms).await
    }
}

impl Command for Write<Vec<NewEvent>> {
    const METHOD: Method = Method::BatchCreateEvents;

    type Answer = Written;

    async fn run(self, access: Access<'_, Self>, context: &Context) -> Result<Written, Rejection> {
        let author = context.principal.as_str();
        let publisher = access.publisher();
        publisher.create_events(self.what, author, self.terms).await
    }
}

macro_rules! redaction {
    ($verb:ty, $method:ident) => {
        impl Command for Write<$verb> {
            const METHOD: Method = Method::$method;

            type Answer = Redacted;

            async fn run(
                self,
                access: Access<'_, Self>,
                context: &Context,
            ) -> Result<Redacted, Rejection> {
                let name = self.what.name.clone();
                self.redact(name, access, context).await
            }
        }
    };
}

redaction!(Redact, RedactEvent);
redaction!(PartnershipRedaction, RedactPartnership);
redaction!(BodyRedaction, RedactBody);

impl Command for Write<NewPartnership> {
    const METHOD: Method = Method::CreatePartnership;

    type Answer = WrittenPartnership;

    async fn run(
        self,
        access: Access<'_, Self>,
        context: &Context,
    ) -> Result<WrittenPartnership, Rejection> {
        let name = self.what.name.clone();
        self.of_partnership(&name, access, context).await
    }
}

impl Command for Write<PartnershipUpdate> {
    const METHOD: Method = Method::UpdatePartnership;

    type Answer = WrittenPartnership;

    async fn run(
        self,
        access: Access<'_, Self>,
        context: &Context,
    ) -> Result<WrittenPartnership, Rejection> {
        let name = self.what.name.clone();
        self.of_partnership(&name, access, context).await
    }
}

macro_rules! body_write {
    ($verb:ty, $method:ident) => {
        impl Command for Write<$verb> {
            const METHOD: Method = Method::$method;

            type Answer = WrittenBody;

            async fn run(
                self,
                access: Access<'_, Self>,
                context: &Context,
            ) -> Result<WrittenBody, Rejection> {
                let name = self.what.name.clone();
                let author = context.principal.as_str();
                let publisher = access.publisher();
                let written = publisher.write(self.what, author, self.terms).await?;
                let hints = match written.resources.first() {
                    Some(body) => namesakes::hints(access, &name, body.clone()).await,
                    None => Vec::new(),
                };
                Ok(WrittenBody { written, hints })
            }
        }
    };
}

body_write!(NewBody, CreateBody);
body_write!(BodyUpdate, UpdateBody);

impl<V: Verb> Write<V>
where
    Write<V>: Command,
{
    async fn redact(
        self,
        name: ResourceName,
        access: Access<'_, Self>,
        context: &Context,
    ) -> Result<Redacted, Rejection> {
        let author = context.principal.as_str();
        let validate_only = self.terms.validate_only;
        let written = access
            .publisher()
            .write(self.what, author, self.terms)
            .await?;
        if !validate_only && !written.replayed {
            tracing::info!(name = name.to_string(), author, "redacted");
        }
        Ok(Redacted {
            written,
            erasure_pending: !validate_only && access.is_erasure_pending(),
        })
    }

    async fn of_partnership(
        self,
        name: &ResourceName,
        access: Access<'_, Self>,
        context: &Context,
    ) -> Result<WrittenPartnership, Rejection> {
        let author = context.principal.as_str();
        let written = access
            .publisher()
            .write(self.what, author, self.terms)
            .await?;
        let event_count = access.event_count(name.slug().as_str(), access.head().position);
        Ok(WrittenPartnership {
            written,
            event_count,
        })
    }
}
