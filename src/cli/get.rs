use clap::Args;

use crate::{
    proto::v1::{
        Event, EventRevision, GetEventRequest, GetPartnershipRequest, ListEventRevisionsRequest,
        ListEventRevisionsResponse, Partnership,
    },
    transfer::word_of,
};

use super::{
    connect::Connection,
    details::details,
    failure::Failure,
    list::page_size,
    output::Output,
    parse,
    remote::RemoteCommand,
    table::{plain, table},
};

/// `entente get`.
#[derive(Args, Debug)]
pub(super) struct Get {
    /// An event's name or the slug in it, events/NAME/revisions/N, or partnerships/NAME.
    #[arg(value_name = "NAME", value_parser = parse::name)]
    name: String,

    /// Show what was known at this position of the log.
    #[arg(
        long,
        value_name = "POSITION",
        default_value_t = 0,
        hide_default_value = true
    )]
    as_of_position: i64,

    /// List the revisions of the event, newest first.
    #[arg(long, conflicts_with = "as_of_position")]
    revisions: bool,
}

impl RemoteCommand for Get {
    async fn run(self, server: Connection, output: &mut Output) -> Result<(), Failure> {
        if self.revisions {
            return revisions(self.name, &server, output).await;
        }
        if self.name.starts_with("partnerships/") {
            let partnership = partnership(self.name, self.as_of_position, &server).await?;
            return output.one(&partnership, |colour| details(&partnership, colour));
        }
        let event = event(self.name, self.as_of_position, &server).await?;
        output.one(&event, |colour| details(&event, colour))
    }
}

async fn event(name: String, as_of_position: i64, server: &Connection) -> Result<Event, Failure> {
    let request = GetEventRequest {
        name,
        as_of_position,
        ..Default::default()
    };
    let answer = server
        .answer(server.events().get_event(server.request(request)))
        .await?;
    answer.event.ok_or_else(|| empty("event"))
}

async fn partnership(
    name: String,
    as_of_position: i64,
    server: &Connection,
) -> Result<Partnership, Failure> {
    let request = GetPartnershipRequest {
        name,
        as_of_position,
        ..Default::default()
    };
    let call = server.request(request);
    let answer = server
        .answer(server.partnerships().get_partnership(call))
        .await?;
    answer.partnership.ok_or_else(|| empty("partnership"))
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
