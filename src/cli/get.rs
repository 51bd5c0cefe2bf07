use clap::Args;

use crate::{
    proto::v1::{
        Event, EventRevision, GetEventRequest, GetPartnershipRequest, GetSubscriptionRequest,
        ListEventRevisionsRequest, ListEventRevisionsResponse, ListEventsRequest, Partnership,
        Subscription,
    },
    transfer::word_of,
};

use super::{
    as_of::AsOf,
    connect::Connection,
    details::details,
    failure::Failure,
    list::page_size,
    note::hints,
    output::Output,
    parse,
    remote::RemoteCommand,
    subscriptions,
    table::{plain, table},
};

const COLLECTIONS: [&str; 3] = ["events", "partnerships", "subscriptions"];

/// `entente get`.
#[derive(Args, Debug)]
pub(super) struct Get {
    /// A name such as events/NAME, events/NAME/revisions/N, partnerships/NAME or subscriptions/NAME.
    /// NAME alone is an event, or else a partnership, or else a subscription.
    #[arg(value_name = "NAME", value_parser = parse::any_name)]
    name: String,

    #[command(flatten)]
    as_of: AsOf,

    /// List the revisions of an event, newest first.
    #[arg(long, conflicts_with = "AsOf")]
    revisions: bool,
}

impl RemoteCommand for Get {
    fn is_list(&self) -> bool {
        self.revisions
    }

    async fn run(self, server: Connection, output: &mut Output) -> Result<(), Failure> {
        self.check()?;
        if self.revisions {
            let name = named("events", &self.name);
            return revisions(name, &server, output).await;
        }
        let collections: &[&str] = match self.name.split_once('/') {
            Some(("partnerships", _)) => &["partnerships"],
            Some(("subscriptions", _)) => &["subscriptions"],
            Some(_) => &["events"],
            None if self.as_of.is_past() => &["events", "partnerships"],
            None => &["events", "partnerships", "subscriptions"],
        };
        self.first(collections, &server, output).await
    }
}

impl Get {
    /// Refuses what is no name, and options that would have no effect.
    fn check(&self) -> Result<(), Failure> {
        let name = &self.name;
        let collection = name.split_once('/').map(|(collection, _)| collection);
        // The slug of an event and the number of its revision.
        let is_revision = name.split('/').nth(1) == Some("revisions");
        let why = match collection {
            Some("watches") => "watches are shown together: entente watches".to_owned(),
            Some("partnerships" | "subscriptions") if self.revisions => {
                format!("{name} is no event, and --revisions lists those of events; leave it out")
            }
            Some("subscriptions") if self.as_of.is_past() => format!(
                "{name} is shown as it is now, as subscriptions have no past; leave out --as-of-position \
                 and --as-of-time"
            ),
            Some(other) if !is_revision && !COLLECTIONS.contains(&other) => {
                let likeness = |known: &&&str| strsim::jaro_winkler(known, other);
                let nearest = COLLECTIONS
                    .iter()
                    .max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
                let slug = name.split_once('/').map_or("", |(_, slug)| slug);
                format!(
                    "{name}: names begin with {}/; did you mean {}/{slug}?",
                    COLLECTIONS.join("/, "),
                    nearest.unwrap_or(&COLLECTIONS[0]),
                )
            }
            _ => return Ok(()),
        };
        Err(Failure::Failed(why))
    }

    /// Tells which event has nearly this name.
    async fn suggest(&self, server: &Connection) {
        let name = named("events", &self.name);
        if parse::is_slug(name.strip_prefix("events/").unwrap_or_default()) {
            let call = server.request(ListEventsRequest {
                filter: format!("name = {name}"),
                page_size: 1,
                show_retracted: true,
                ..Default::default()
            });
            // It is no more than a help: without it, the name is missing all the same.
            if let Ok(mut page) = server.answer(server.events().list_events(call)).await {
                // That there is none of the name, the error says.
                page.hints.retain(|hint| hint.contains("did you mean"));
                hints(&page.hints);
            }
        }
    }

    /// Shows the resource from the first collection that has it. When none has it, the error of the
    /// first collection is reported, as it is the most likely one.
    async fn first(
        &self,
        collections: &[&str],
        server: &Connection,
        output: &mut Output,
    ) -> Result<(), Failure> {
        let mut missing = None;
        for collection in collections {
            match self.show(collection, server, output).await {
                Err(failure) if failure.is_not_found() => {
                    if failure.is_not_yet() || missing.is_none() {
                        missing = Some(failure);
                    }
                }
                shown => return shown,
            }
        }
        self.as_of.explain(server).await?;
        if collections.contains(&"events") {
            self.suggest(server).await;
        }
        match missing {
            Some(failure) if collections.len() == 1 || failure.is_not_yet() => Err(failure),
            _ => Err(Failure::Failed(format!(
                "there is no events/{0}, partnerships/{0} or subscriptions/{0}\nlook for it: entente \
                 list 'text:\"a word of its title\"', entente partnerships, entente subscriptions",
                self.name
            ))),
        }
    }

    async fn show(
        &self,
        collection: &str,
        server: &Connection,
        output: &mut Output,
    ) -> Result<(), Failure> {
        let name = named(collection, &self.name);
        match collection {
            "partnerships" => {
                let partnership = partnership(name, &self.as_of, server).await?;
                output.one(&partnership, |colour| details(&partnership, colour))
            }
            "subscriptions" => {
                let subscription = subscription(name, server).await?;
                output.one(&subscription, |colour| details(&subscription, colour))
            }
            _ => {
                let event = event(name, &self.as_of, server).await?;
                output.one(&event, |colour| details(&event, colour))
            }
        }
    }
}

/// The name in its collection, which it may have been given with.
fn named(collection: &str, name: &str) -> String {
    match parse::name(name) {
        Ok(event) if event != name && collection == "events" => event,
        _ if parse::is_slug(name) => format!("{collection}/{name}"),
        _ => name.to_owned(),
    }
}

async fn event(name: String, as_of: &AsOf, server: &Connection) -> Result<Event, Failure> {
    let request = GetEventRequest {
        name,
        as_of_position: as_of.position(),
        as_of_time: as_of.as_of_time,
        ..Default::default()
    };
    let answer = server
        .answer(server.events().get_event(server.request(request)))
        .await?;
    answer.event.ok_or_else(|| empty("event"))
}

async fn partnership(
    name: String,
    as_of: &AsOf,
    server: &Connection,
) -> Result<Partnership, Failure> {
    let request = GetPartnershipRequest {
        name,
        as_of_position: as_of.position(),
        as_of_time: as_of.as_of_time,
        ..Default::default()
    };
    let call = server.request(request);
    let answer = server
        .answer(server.partnerships().get_partnership(call))
        .await?;
    answer.partnership.ok_or_else(|| empty("partnership"))
}

async fn subscription(name: String, server: &Connection) -> Result<Subscription, Failure> {
    let call = server.request(GetSubscriptionRequest { name });
    let answer = server
        .answer(subscriptions::client(server).get_subscription(call))
        .await?;
    answer.subscription.ok_or_else(|| empty("subscription"))
}

fn empty(what: &str) -> Failure {
    Failure::Failed(format!(
        "the server answered without the {what}: is it an entente server?"
    ))
}

async fn revisions(
    parent: String,
    server: &Connection,
    output: &mut Output,
) -> Result<(), Failure> {
    let page_size = page_size(usize::MAX);
    let mut request = ListEventRevisionsRequest {
        parent,
        page_size,
        ..Default::default()
    };
    let mut listing = ListEventRevisionsResponse::default();
    loop {
        let call = server.request(request.clone());
        let page = server
            .answer(server.events().list_event_revisions(call))
            .await?;
        listing.revisions.extend(output.page(page.revisions)?);
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    output.many(&listing, &listing.revisions, |colour| {
        let header = [
            "REVISION", "POSITION", "TIME", "STATE", "REASON", "NOTE", "TITLE",
        ];
        table(
            &header,
            5,
            listing.revisions.iter().map(revision_row),
            colour,
        )
    })
}

fn revision_row(revision: &EventRevision) -> Vec<String> {
    let event = revision.snapshot.clone().unwrap_or_default();
    let note = event.change_note.unwrap_or_default();
    vec![
        event.revision.to_string(),
        event.position.to_string(),
        revision
            .create_time
            .map(|time| time.to_string())
            .unwrap_or_default(),
        word_of("entente.v1.State", event.state),
        word_of("entente.v1.Reason", note.reason),
        plain(&note.text),
        plain(&event.title),
    ]
}
