use std::{path::PathBuf, time::Duration};

use clap::Args;
use prost_types::Timestamp;
use tokio::signal;

use crate::{
    cli::{
        connect::Connection,
        failure::Failure,
        list::FILTERS,
        note::{hints, named_bodies, note},
        output::Output,
        parse,
        remote::RemoteCommand,
    },
    proto::v1::{
        View, WatchEventsRequest, WatchEventsResponse, WatchStarted,
        watch_events_request::{Begin, End},
        watch_events_response::Payload,
    },
};

use super::{begin::begin, follower::Follower, line::line, token_file::TokenFile};

/// `entente watch`.
#[derive(Args, Debug)]
#[command(after_help = FILTERS)]
pub(in crate::cli) struct Watch {
    /// Filter, such as 'party:JP'. Everything if omitted.
    #[arg(value_name = "FILTER", default_value = "", hide_default_value = true,
        value_parser = parse::filter)]
    filter: String,

    /// Where to begin: latest, earliest, snapshot, a position (begins after it), or a time.
    #[arg(long, value_name = "PLACE", default_value = "latest", value_parser = begin)]
    from: Begin,

    /// Resume from a token of a listing or watch with the same filter.
    #[arg(long, value_name = "TOKEN", conflicts_with_all = ["from", "token_file"])]
    token: Option<String>,

    /// Save the token of the last printed change in this file, and resume from it if the file
    /// exists.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,

    #[command(flatten)]
    stop: Stop,

    /// Label of this watch in the list of watches.
    #[arg(long, value_name = "TEXT", default_value = "entente watch")]
    label: String,

    /// Also fetch each event as it stood before the change.
    #[arg(long)]
    include_previous: bool,

    /// How much of each event to fetch. [default: basic for a table, else full]
    #[arg(long, value_name = "VIEW", ignore_case = true, value_parser = parse::word("entente.v1.View"))]
    view: Option<i32>,

    /// Heartbeat interval: the longest time between two frames, 1s to 55s. [default: the server's]
    #[arg(long, value_name = "DURATION", value_parser = parse::duration)]
    heartbeat: Option<Duration>,

    /// Also print the frames that carry no change.
    #[arg(long)]
    all_frames: bool,
}

/// When a watch ends.
#[derive(Args, Debug)]
#[group(multiple = false)]
struct Stop {
    /// Stop at the head of the log.
    #[arg(long)]
    until_caught_up: bool,

    /// Stop after this many changes.
    #[arg(long, value_name = "COUNT", value_parser = parse::whole(1..=i32::MAX))]
    stop_count: Option<i32>,

    /// Stop after everything up to this position is printed.
    #[arg(long, value_name = "POSITION", value_parser = parse::position)]
    stop_position: Option<i64>,

    /// Stop after everything committed up to this time is printed.
    #[arg(long, value_name = "TIME", value_parser = parse::time)]
    stop_time: Option<Timestamp>,
}

impl RemoteCommand for Watch {
    async fn run(self, server: Connection, output: &mut Output) -> Result<(), Failure> {
        let mut token_file = self.token_file.clone().map(TokenFile::new);
        let all_frames = self.all_frames;
        let request = self.request(token_file.as_ref(), output.is_table())?;
        let follower = Follower::new(server, request);
        let printed = print(follower, output, token_file.as_mut(), all_frames).await;
        // Save the token of what was printed, whatever ended the watch.
        if let Some(file) = &mut token_file {
            file.save()?;
        }
        printed
    }
}

impl Watch {
    fn request(
        self,
        token_file: Option<&TokenFile>,
        is_table: bool,
    ) -> Result<WatchEventsRequest, Failure> {
        let saved = token_file.map(TokenFile::read).transpose()?.flatten();
        if let (Some(_), Some(file)) = (&saved, token_file) {
            note(format!(
                "resuming from the token in {}",
                file.path().display()
            ));
        }
        let token = self.token.or(saved);
        let usual_view = if is_table { View::Basic } else { View::Full };
        Ok(WatchEventsRequest {
            filter: self.filter,
            begin: Some(token.map_or(self.from, Begin::ResumeToken)),
            end: self.stop.end(),
            view: self.view.unwrap_or(usual_view.into()),
            heartbeat_interval: self.heartbeat.and_then(|interval| interval.try_into().ok()),
            include_previous: self.include_previous,
            client_label: self.label,
            ..Default::default()
        })
    }
}

impl Stop {
    fn end(&self) -> Option<End> {
        let caught_up = self.until_caught_up.then_some(End::StopWhenCaughtUp(true));
        caught_up
            .or(self.stop_count.map(End::StopCount))
            .or(self.stop_position.map(End::StopPosition))
            .or(self.stop_time.map(End::StopTime))
    }
}

/// Prints frames until the end or Ctrl-C.
async fn print(
    mut follower: Follower,
    output: &mut Output,
    mut token_file: Option<&mut TokenFile>,
    all_frames: bool,
) -> Result<(), Failure> {
    let mut is_first = true;
    loop {
        let unsaved = token_file.as_ref().is_some_and(|file| file.is_unsaved());
        let frame = tokio::select! {
            biased;
            _ = signal::ctrl_c() => return Ok(()),
            frame = follower.next() => frame?,
            // Nothing to print now, so save the token.
            () = std::future::ready(()), if unsaved => {
                token_file.as_mut().map_or(Ok(()), |file| file.save())?;
                continue;
            }
        };
        let Some(frame) = frame else { return Ok(()) };
        if let Some(Payload::Started(started)) = &frame.payload {
            hints(&started.hints);
            named_bodies(&started.named_bodies);
            note(start_note(started, frame.position, &mut is_first));
        }
        if all_frames || is_change(&frame) {
            output.next(&frame, |_| line(&frame))?;
            output.flush()?;
        }
        if let Some(file) = &mut token_file {
            file.note(&frame.resume_token);
            file.save_if_due()?;
        }
    }
}

/// Returns the note that a watch has begun; without changes it prints nothing else.
fn start_note(started: &WatchStarted, position: i64, is_first: &mut bool) -> String {
    let filter = &started.normalized_filter;
    match std::mem::take(is_first) {
        true if position == 0 => format!("watching {filter} from the beginning; Ctrl-C ends it"),
        true => format!("watching {filter} after position {position}; Ctrl-C ends it"),
        false => format!("watching again after position {position}"),
    }
}

fn is_change(frame: &WatchEventsResponse) -> bool {
    matches!(frame.payload, Some(Payload::Change(_)))
}
