use clap::Args;

use crate::{
    proto::v1::{DisconnectWatchRequest, ListWatchesRequest, ListWatchesResponse, Watch},
    transfer::enum_word,
};

use super::{
    connect::Connection,
    failure::Failure,
    note::note,
    output::Output,
    remote::RemoteCommand,
    table::{plain, table},
};

/// `entente watches`.
#[derive(Args, Debug)]
pub(super) struct Watches {}

impl RemoteCommand for Watches {
    const IS_LIST: bool = true;

    async fn run(self, server: Connection, output: &mut Output) -> Result<(), Failure> {
        let mut request = ListWatchesRequest {
            page_size: 1_000,
            ..Default::default()
        };
        let mut listing = ListWatchesResponse::default();
        let mut listed = 0;
        loop {
            let call = server.request(request.clone());
            let mut admin = server.client().admin();
            let page = server.answer(admin.list_watches(call)).await?;
            listed += page.watches.len();
            listing.watches.extend(output.page(page.watches)?);
            if page.next_page_token.is_empty() {
                break;
            }
            request.page_token = page.next_page_token;
        }
        if listed == 0 && output.is_table() {
            note("no watch is open");
        }
        output.many(&listing, &listing.watches, |colour| {
            rows(&listing.watches, colour)
        })
    }
}

fn rows(watches: &[Watch], colour: bool) -> String {
    if watches.is_empty() {
        return String::new();
    }
    let header = ["POSITION", "BEHIND", "LIMIT", "LABEL", "FILTER", "NAME"];
    let row = |watch: &Watch| {
        let name = watch.name.as_str();
        vec![
            watch.position.to_string(),
            watch.lag_changes.to_string(),
            enum_word("entente.v1.Bottleneck", watch.bottleneck),
            plain(&watch.client_label),
            plain(&watch.filter),
            plain(name.strip_prefix("watches/").unwrap_or(name)),
        ]
    };
    table(&header, 3, watches.iter().map(row), colour)
}

/// `entente disconnect`.
#[derive(Args, Debug)]
pub(super) struct Disconnect {
    /// Name of the watch, as `entente watches` prints it; the prefix watches/ is optional.
    #[arg(value_name = "NAME", value_parser = watch_name)]
    name: String,
}

impl RemoteCommand for Disconnect {
    async fn run(self, server: Connection, output: &mut Output) -> Result<(), Failure> {
        output.check_not_asked("disconnect has no answer to print")?;
        let name = self.name.clone();
        let call = server.request(DisconnectWatchRequest { name: self.name });
        let mut admin = server.client().admin();
        server.answer(admin.disconnect_watch(call)).await?;
        note(format!(
            "ended {name}; its client has received a token to resume from, and may come back"
        ));
        Ok(())
    }
}

/// Completes the name of a watch.
fn watch_name(text: &str) -> Result<String, String> {
    match text {
        "" => Err("the name is missing".into()),
        name if name.starts_with("watches/") => Ok(name.to_owned()),
        slug => Ok(format!("watches/{slug}")),
    }
}
