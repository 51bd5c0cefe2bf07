//! How many entries the lists and maps of a resource may have.

/// Translations of one text.
pub const TRANSLATIONS_MAX: usize = 16;
/// Dates that an event had before it was moved.
pub const PREVIOUS_DATES_MAX: usize = 16;
/// Parties of one event or partnership, and subjects of one event.
pub const PARTIES_MAX: usize = 200;
/// Identifiers of one party, or of one resource.
pub const IDENTIFIERS_MAX: usize = 16;
/// Names of one party in local languages.
pub const LOCAL_NAMES_MAX: usize = 16;
/// What holds for one party.
pub const STANDINGS_MAX: usize = 16;
/// Further places of one event.
pub const FURTHER_PLACES_MAX: usize = 16;
/// Partnerships that one event belongs to.
pub const PARTNERSHIPS_MAX: usize = 16;
/// Topics of one event or partnership.
pub const TOPICS_MAX: usize = 32;
/// Sums of money of one event.
pub const AMOUNTS_MAX: usize = 64;
/// Sums in other currencies of one sum.
pub const EQUIVALENTS_MAX: usize = 4;
/// Quantities of one event.
pub const QUANTITIES_MAX: usize = 64;
/// Sources of one event or partnership, and references to them from one place.
pub const SOURCES_MAX: usize = 64;
/// Field paths that one source supports.
pub const SUPPORTS_MAX: usize = 64;
/// Claims about one event.
pub const CLAIMS_MAX: usize = 64;
/// Links from one event to others.
pub const RELATED_EVENTS_MAX: usize = 64;
/// Annotations of one event.
pub const ANNOTATIONS_MAX: usize = 32;
/// Successors of one partnership.
pub const SUCCESSORS_MAX: usize = 16;
/// Addresses of records elsewhere about the same thing.
pub const SAME_AS_MAX: usize = 16;
/// Names of one body, beside the usual one.
pub const BODY_NAMES_MAX: usize = 64;
/// Predecessors of one body, and successors.
pub const BODY_SUCCESSIONS_MAX: usize = 16;
