use clap::Args;

use crate::{
    domain::Slug,
    proto::v1::{
        Body, Event, EventRevision, GetBodyRequest, GetEventRequest, GetPartnershipRequest,
        GetSubscriptionRequest, ListEventRevisionsRequest, ListEventRevisionsResponse,
        ListEventsRequest, Partnership, Subscription,
    },
    transfer::enum_word,
};

use super::{
    as_of::AsOf,
    connect::Connection,
    details::details,
    failure::Failure,
    listing::page_size,
    note::{hints, note},
    output::Output,
    parse,
    remote::RemoteCommand,
    subscriptions,
    table::{plain, table},
};

const COLLECTIONS: [&str; 4] = ["events", "partnerships", "bodies", "subscriptions"];

/// `entente get`.
#[derive(Args, Debug)]
pub(super) struct Get {
    /// A name such as events/NAME, events/NAME/revisions/N, partnerships/NAME, bodies/NAME or
    /// subscriptions/NAME. A bare NAME is looked up as an event, then a partnership, then a body,
    /// then a subscription.
    #[arg(value_name = "NAME", value_parser = parse::any_name)]
    name: String,

    #[command(flatten)]
    as_of: AsOf,

    /// List the revisions of an event, newest first.
    #[arg(long, conflicts_with_all = ["as_of_position", "as_of_time", "known_at"])]
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
            Some(("bodies", _)) => &["bodies"],
            Some(("subscriptions", _)) => &["subscriptions"],
            Some(_) => &["events"],
            None if self.as_of.is_past() => &["events", "partnerships", "bodies"],
            None => &COLLECTIONS,
        };
        self.first(collections, &server, output).await
    }
}

impl Get {
    /// Refuses invalid names, and options that would have no effect.
    fn check(&self) -> Result<(), Failure> {
        let name = &self.name;
        let collection = name.split_once('/').map(|(collection, _)| collection);
        // The name has the form SLUG/revisions/N.
        let is_revision = name.split('/').nth(1) == Some("revisions");
        let why = match collection {
            None if Slug::parse(name).is_err() => {
                let look = look_for_names(name);
                format!("{name:?} is no id; look for names with: {look}")
            }
            Some("watches") => {
                "a watch has no page of its own; list all of them with `entente watches`".to_owned()
            }
            Some("partnerships" | "bodies") if self.revisions => format!(
                "{name} is not an event, and only events have --revisions; `entente get {name} \
                 --as-of-position N` shows an older revision, where N is less than the position that \
                 `entente get {name}` shows"
            ),
            Some("subscriptions") if self.revisions => {
                format!("{name} is not an event, and only events have --revisions; leave it out")
            }
            Some("subscriptions") if self.as_of.is_past() => format!(
                "{name} is a subscription, and subscriptions have no history; leave out \
                 --as-of-position, --as-of-time and --known-at"
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

    /// Suggests resources of the collection with a similar name.
    async fn suggest(&self, collection: &str, server: &Connection) {
        let name = named(collection, &self.name);
        let slug = name.split_once('/').map_or("", |(_, slug)| slug);
        if parse::is_slug(slug) {
            let call = server.request(ListEventsRequest {
                filter: format!("name = {name}"),
                page_size: 1,
                show_retracted: true,
                ..Default::default()
            });
            // This is only a hint; if it fails, the error is reported anyway.
            if let Ok(mut page) = server.answer(server.events().list_events(call)).await {
                // The error already says that the name does not exist.
                page.hints.retain(|hint| hint.contains("did you mean"));
                hints(&page.hints);
            }
        }
    }

    /// Shows the resource from the first collection that has it. When none has it, reports the
    /// error of the first collection, which is the most likely one.
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
        // A filter finds no subscriptions.
        for collection in collections.iter().filter(|it| **it != "subscriptions") {
            self.suggest(collection, server).await;
        }
        match missing {
            Some(failure) if collections.len() == 1 || failure.is_not_yet() => {
                if let Some(("bodies", id)) = self.name.split_once('/')
                    && !failure.is_not_yet()
                {
                    note(format!("look for names with: {}", look_for_names(id)));
                }
                Err(failure)
            }
            _ => Err(Failure::Failed(format!(
                "no event, partnership, body or subscription is named {0}\nsearch for it: entente \
                 list 'text:\"a word of its title\"', entente partnerships, {1}, entente subscriptions",
                self.name,
                look_for_names(&self.name)
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
            "bodies" => {
                let body = body(name, &self.as_of, server).await?;
                output.one(&body, |colour| details(&body, colour))
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

/// Returns the command that finds bodies by a name, quoted for a shell.
fn look_for_names(name: &str) -> String {
    let is_word = name.chars().all(|c| c.is_alphanumeric() || c == '-');
    let value = match is_word {
        true => name.to_owned(),
        false => format!("\"{}\"", name.replace(['"', '\\', '\''], " ")),
    };
    format!("entente bodies 'organisation:{value}'")
}

/// Returns the full name in the collection; `name` may already have it.
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
        known_at: as_of.known_at(),
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
        known_at: as_of.known_at(),
        ..Default::default()
    };
    let call = server.request(request);
    let answer = server
        .answer(server.partnerships().get_partnership(call))
        .await?;
    answer.partnership.ok_or_else(|| empty("partnership"))
}

async fn body(name: String, as_of: &AsOf, server: &Connection) -> Result<Body, Failure> {
    let request = GetBodyRequest {
        name,
        as_of_position: as_of.position(),
        as_of_time: as_of.as_of_time,
        known_at: as_of.known_at(),
        ..Default::default()
    };
    let call = server.request(request);
    let answer = server.answer(server.bodies().get_body(call)).await?;
    answer.body.ok_or_else(|| empty("body"))
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
        "the answer of the server has no {what}; check that it is an entente server"
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
        enum_word("entente.v1.State", event.state),
        enum_word("entente.v1.Reason", note.reason),
        plain(&note.text),
        plain(&event.title),
    ]
}
