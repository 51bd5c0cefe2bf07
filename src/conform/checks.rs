//! The table of all checks.

use std::{future::Future, pin::Pin, sync::Arc};

use super::{
    conditions, costly, garbage, live, named_bodies, order, outcome::CheckResult, progress, proofs,
    reading, refusals, restarts, resume, shutdown, start, stops, subscriptions, target::Target,
    tools, vanished_client, writes,
};

/// A guarantee, and the function that tries to find it broken.
#[derive(Debug)]
pub struct Check {
    /// The number of the guarantee, such as `S16`.
    pub number: &'static str,
    /// The guarantee in a few words.
    pub title: &'static str,
    /// What the check cannot do without.
    pub needs: Needs,
    pub(super) run: fn(Arc<Target>) -> CheckFuture,
}

/// What a check cannot do without.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Needs {
    /// A server, which is only read.
    Reads,
    /// A server that may be written to.
    Writes,
    /// Servers of its own.
    Servers,
}

/// A guarantee that cannot be checked from outside.
#[derive(Debug)]
pub struct Unobservable {
    /// The number of the guarantee, such as `S31`.
    pub number: &'static str,
    /// The guarantee in a few words.
    pub title: &'static str,
    /// Why it cannot be checked.
    pub why: &'static str,
}

type CheckFuture = Pin<Box<dyn Future<Output = CheckResult> + Send>>;

macro_rules! checks {
    ($($number:literal $title:literal $needs:ident $module:ident::$function:ident;)*) => {
        &[$(Check {
            number: $number,
            title: $title,
            needs: Needs::$needs,
            run: |target| Box::pin(async move { $module::$function(&target).await }),
        }),*]
    };
}

/// Every check.
pub const CHECKS: &[Check] = checks! {
    "S01" "the first frame comes at once" Reads start::s01_the_first_frame_comes_at_once;
    "S02" "the first frame says what is watched" Reads start::s02_the_first_frame_says_what_is_watched;
    "S03" "a watch begins right after a position" Reads start::s03_a_watch_begins_right_after_a_position;
    "S04" "a watch resumes from every token without a gap or a repetition" Reads resume::s04_every_token_goes_on_without_gap_or_repetition;
    "S05" "a watch resumes so even after the server was killed" Servers restarts::s05_a_kill_loses_no_change_and_doubles_none;
    "S06" "a token of another filter is refused" Reads refusals::s06_a_token_of_another_filter_is_refused;
    "S07" "a token of another history is refused" Servers restarts::s07_a_token_of_another_store_is_refused;
    "S08" "a position in the future is refused" Reads refusals::s08_a_position_in_the_future_is_refused;
    "S09" "an expired position is refused" Reads refusals::s09_an_expired_position_is_refused;
    "S10" "a watch begins at a time" Reads start::s10_a_watch_begins_at_a_time;
    "S11" "a snapshot is one position, then every change" Writes resume::s11_a_snapshot_is_one_position_and_then_every_change;
    "S12" "a snapshot resumes from any frame" Writes resume::s12_a_snapshot_goes_on_from_any_frame;
    "S13" "a list and a watch from it have no gap" Writes resume::s13_a_list_and_a_watch_from_it_have_no_gap;
    "S14" "unknown values are refused, not ignored" Reads start::s14_unknown_values_are_refused;
    "S15" "positions are dense" Reads order::s15_positions_are_dense;
    "S16" "frames are numbered without a gap" Reads order::s16_frames_are_numbered_without_a_gap;
    "S17" "positions never go back" Reads order::s17_positions_never_go_back;
    "S18" "all watchers see the same in the same order" Writes order::s18_all_watchers_see_the_same;
    "S19" "what was delivered is durable" Servers restarts::s19_what_was_delivered_is_durable;
    "S20" "a write reaches every matching watcher" Writes live::s20_a_write_reaches_every_matching_watcher;
    "S21" "a batch is adjacent and marked as continued" Writes order::s21_a_batch_is_adjacent_and_marked;
    "S22" "changes say how they crossed the filter" Writes order::s22_changes_say_how_they_crossed_the_filter;
    "S23" "the same request gives the same bytes" Reads order::s23_the_same_request_gives_the_same_bytes;
    "S24" "no silence is longer than the heartbeat and 1 s" Reads progress::s24_no_silence_is_longer_than_the_heartbeat;
    "S25" "progress moves on where nothing matches" Writes progress::s25_progress_moves_on_without_a_match;
    "S26" "progress is never ahead of a change" Writes progress::s26_progress_is_never_ahead_of_a_change;
    "S27" "caught_up comes once" Reads progress::s27_caught_up_comes_once;
    "S28" "the watch of a vanished client is freed" Servers vanished_client::s28_the_watch_of_a_vanished_client_is_freed;
    "S29" "half-close, deadline and cancel are honoured" Reads live::s29_half_close_deadline_and_cancel_are_honoured;
    "S30" "a slow client gets everything" Writes live::s30_a_slow_client_gets_everything;
    "S33" "the watch of a client that accepts nothing is ended" Servers shutdown::s33_a_client_that_accepts_nothing_is_ended;
    "S34" "too many watches are refused" Servers shutdown::s34_too_many_watches_are_refused;
    "S35" "ends are announced" Reads stops::s35_ends_are_announced;
    "S36" "a shutdown announces itself to every watch" Servers shutdown::s36_a_shutdown_tells_every_watch;
    "S37" "a stream ends at its maximum age" Reads stops::s37_a_stream_ends_at_its_age;
    "S38" "streams stop where they were asked to" Reads stops::s38_streams_stop_where_they_were_asked_to;
    "S39" "every refusal says why" Reads refusals::s39_every_refusal_says_why;
    "S40" "what was not acknowledged is sent again" Writes subscriptions::s40_what_was_not_acknowledged_is_sent_again;
    "S41" "an old lease moves no cursor" Writes subscriptions::s41_an_old_lease_moves_nothing;
    "S42" "a repeated write is answered as the first was" Writes writes::s42_a_repeated_write_is_answered_as_the_first_was;
    "S43" "of two updates with one etag one wins" Writes writes::s43_of_two_updates_with_one_etag_one_wins;
    "S44" "a read never answers from before its position" Writes reading::s44_a_read_never_answers_from_before_its_position;
    "S45" "every revision stays addressable" Writes reading::s45_every_revision_stays_addressable;
    "S46" "reflection and health are enough for tools" Reads tools::s46_reflection_and_health_are_enough_for_tools;
    "S47" "reflection describes the details of errors" Reads tools::s47_details_of_errors_are_described;
    "S48" "open watches are listed with their true state" Reads live::s48_open_watches_are_listed_as_they_are;
    "S49" "pages are complete whatever is written between them" Writes resume::s49_pages_are_complete_whatever_is_written_between;
    "S50" "acknowledgements of a deleted subscription move no other" Writes subscriptions::s50_what_is_left_of_a_deleted_one_moves_no_other;
    "S51" "a token belongs to the meaning of its filter, not its spelling" Reads resume::s51_a_token_goes_on_whatever_the_spelling;
    "S51" "a start time still holds after an interruption" Writes resume::s51_a_start_time_outlives_a_cut;
    "S52" "costly calls do not delay other clients" Writes costly::s52_costly_calls_keep_nobody_waiting;
    "S54" "every refusal reaches a stock client" Reads refusals::s54_every_refusal_reaches_a_stock_client;
    "S55" "a change of presence is a change" Writes writes::s55_a_change_of_presence_is_a_change;
    "S60" "names in a filter are resolved once" Writes named_bodies::s60_names_in_a_filter_are_resolved_once;
    "S61" "what was known at a time can be read" Writes reading::s61_what_was_known_at_a_time_can_be_read;
    "S62" "a precondition holds when the write commits" Writes conditions::s62_a_write_whose_precondition_matches_writes_nothing;
    "S63" "a source is written once" Writes conditions::s63_a_source_is_written_once;
    "D01" "what was acknowledged survives a kill" Servers restarts::d01_what_was_acknowledged_survives_a_kill;
    "D11" "two servers do not share a directory" Servers shutdown::d11_two_servers_do_not_share_a_directory;
    "D12" "malformed bytes do no harm" Reads garbage::d12_bytes_that_are_no_request_do_no_harm;
    "O1" "a snapshot is resumable in the same stream" Writes resume::s12_a_snapshot_goes_on_from_any_frame;
    "O2" "nothing expires" Reads proofs::o02_nothing_expires;
    "O4" "the digest chain is the same for all" Reads order::o04_the_digest_chain_is_the_same_for_all;
    "O6" "a filter can be explained" Reads proofs::o06_a_filter_can_be_explained;
    "O7" "an event that leaves the filter is reported" Writes order::s22_changes_say_how_they_crossed_the_filter;
    "O9" "earlier states can be read" Writes reading::o09_what_was_known_can_be_asked;
    "O13" "resuming can be rehearsed" Reads stops::s35_ends_are_announced;
    "O15" "a refusal gives what the next request needs" Writes writes::o15_a_refusal_says_the_next_request;
};

/// Guarantees that no client can check.
pub const UNOBSERVABLE: &[Unobservable] = &[
    Unobservable {
        number: "S31",
        title: "memory per stalled watch is bounded",
        why: "memory is not visible through the API",
    },
    Unobservable {
        number: "S32",
        title: "a stalled watch does not slow others",
        why: "it takes a measurement on an idle machine",
    },
];
