/// What a server could do wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fault {
    /// It does nothing wrong.
    None,
    /// The third change of a stream is lost on the way.
    ChangeDropped,
    /// The third change of a stream is not sent, and nothing else shows it.
    ChangeNotSent,
    /// The third change of a stream comes twice.
    ChangeRepeated,
    /// The third change of a stream comes after the fourth.
    ChangesSwapped,
    /// Progress comes later than the heartbeat and the second beyond.
    ProgressLate,
    /// Progress never comes.
    ProgressStripped,
    /// A progress frame is ahead of what was sent.
    PositionAhead,
    /// A stream ends after its sixth frame, with OK and without a word.
    StreamTruncated,
    /// A stream that is too old ends with OK.
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
    /// What left the filter is said to have stayed.
    LeftAsStayed,
    /// Members of a snapshot are said to be created.
    ExistingAsCreated,
    /// Every other stream has another title in its second change.
    OtherBytes,
    /// Every other stream has another digest in its second change.
    OtherDigest,
    /// No write is said to be replayed.
    NeverReplayed,
    /// Every write is said to be replayed.
    EverReplayed,
    /// Everything is watched, whatever the filter.
    FilterIgnored,
    /// Unknown values are taken for the default.
    UnknownIgnored,
    /// A watch begins one change too late.
    StartLate,
    /// A watch stops one change too late.
    StopLate,
    /// A token is of the text of its filter.
    SpellingMatters,
    /// A token does not have the time at which its watch begins.
    StartTimeForgotten,
    /// A list ends with its first page.
    ListCutShort,
    /// An acknowledgement counts whatever its lease.
    AnyLease,
    /// Every refusal is INTERNAL.
    CodesInternal,
    /// Of optional fields, only a value beside the default is told to have changed.
    PresenceUntold,
    /// A get waits for five seconds, as behind a costly call.
    GetsWait,
    /// No refusal has details.
    DetailsStripped,
    /// Refusals have more trailers than many clients accept.
    TrailersLong,
}
