/// A fault of a server.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fault {
    /// No fault.
    None,
    /// The third change of a stream is lost on the way.
    ChangeDropped,
    /// The third change of a stream is not sent, and nothing else shows it.
    ChangeNotSent,
    /// The third change of a stream comes twice.
    ChangeRepeated,
    /// The third change of a stream comes after the fourth.
    ChangesSwapped,
    /// Progress comes later than the heartbeat and 1 s.
    ProgressLate,
    /// Progress never comes.
    ProgressStripped,
    /// A progress frame is ahead of what was sent.
    PositionAhead,
    /// A stream ends after its sixth frame, with OK and unannounced.
    StreamTruncated,
    /// A stream at its maximum age ends with OK.
    AgeIsOk,
    /// `caught_up` never comes.
    CaughtUpStripped,
    /// `caught_up` comes twice.
    CaughtUpTwice,
    /// Frames are numbered from 1 again after five.
    FramesReset,
    /// Every frame has the token of the first.
    TokenStuck,
    /// `continued` is never set.
    ContinuedDropped,
    /// A change that leaves the filter is reported as staying.
    LeftAsStayed,
    /// Members of a snapshot are reported as created.
    ExistingAsCreated,
    /// Every other stream has another title in its second change.
    OtherBytes,
    /// Every other stream has another digest in its second change.
    OtherDigest,
    /// No write is reported as replayed.
    NeverReplayed,
    /// Every write is reported as replayed.
    EverReplayed,
    /// The filter of a watch is ignored.
    FilterIgnored,
    /// Unknown values are replaced by the default.
    UnknownIgnored,
    /// A watch begins one change too late.
    StartLate,
    /// A watch stops one change too late.
    StopLate,
    /// A token is bound to the text of its filter, not its meaning.
    SpellingMatters,
    /// A token lacks the start time of its watch.
    StartTimeForgotten,
    /// A list ends with its first page.
    ListCutShort,
    /// An acknowledgement is accepted under any lease.
    AnyLease,
    /// Every refusal is INTERNAL.
    CodesInternal,
    /// An optional field is reported as changed only if its value is not the default.
    PresenceUntold,
    /// A get takes five seconds, as if it waited for a costly call.
    GetsWait,
    /// No refusal has details.
    DetailsStripped,
    /// Refusals have more trailers than many clients accept.
    TrailersLong,
    /// A token lacks the position at which the names in its filter were resolved.
    ResolutionForgotten,
    /// Reads of what was known at a time show the present.
    KnownAtIgnored,
    /// A write is accepted whatever its precondition is.
    PreconditionIgnored,
    /// The source of a write is not kept.
    TrackingForgotten,
}
