use super::lexer::Operator;

/// What a filter is about: which fields there are depends on it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Schema {
    /// Events, and in watches the changes of partnerships as well.
    Events,
    /// Partnerships alone.
    Partnerships,
}

/// A field that a filter can name.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Field {
    Name,
    Resource,
    Kind,
    Subkind,
    Instrument,
    Step,
    Status,
    State,
    Verification,
    Binding,
    Exercise,
    Overdue,
    PartiesIncomplete,
    Party,
    Signatory,
    Host,
    Investor,
    Organisation,
    Person,
    Partnership,
    Series,
    Ordinal,
    Topic,
    Text,
    Language,
    Date,
    AnnounceDate,
    EffectiveDate,
    EndDate,
    PlaceCity,
    PlaceCountry,
    PlaceMode,
    AmountCurrency,
    AmountRole,
    SourceId,
    SourceType,
    SourcePublisher,
    SourceReliability,
    SourceLanguage,
    ClaimVerdict,
    ClaimField,
    Related,
    ChangeReason,
    Author,
    Position,
    Revision,
    CreateTime,
    UpdateTime,
    Annotations,
    Form,
    Established,
}

impl Field {
    /// The name in filters. For annotations, the part before the key.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Resource => "resource",
            Self::Kind => "kind",
            Self::Subkind => "subkind",
            Self::Instrument => "instrument",
            Self::Step => "step",
            Self::Status => "status",
            Self::State => "state",
            Self::Verification => "verification",
            Self::Binding => "binding",
            Self::Exercise => "exercise",
            Self::Overdue => "overdue",
            Self::PartiesIncomplete => "parties_incomplete",
            Self::Party => "party",
            Self::Signatory => "signatory",
            Self::Host => "host",
            Self::Investor => "investor",
            Self::Organisation => "organisation",
            Self::Person => "person",
            Self::Partnership => "partnership",
            Self::Series => "series",
            Self::Ordinal => "ordinal",
            Self::Topic => "topic",
            Self::Text => "text",
            Self::Language => "language",
            Self::Date => "date",
            Self::AnnounceDate => "announce_date",
            Self::EffectiveDate => "effective_date",
            Self::EndDate => "end_date",
            Self::PlaceCity => "place.city",
            Self::PlaceCountry => "place.country",
            Self::PlaceMode => "place.mode",
            Self::AmountCurrency => "amount.currency",
            Self::AmountRole => "amount.role",
            Self::SourceId => "source.id",
            Self::SourceType => "source.type",
            Self::SourcePublisher => "source.publisher",
            Self::SourceReliability => "source.reliability",
            Self::SourceLanguage => "source.language",
            Self::ClaimVerdict => "claim.verdict",
            Self::ClaimField => "claim.field",
            Self::Related => "related",
            Self::ChangeReason => "change_reason",
            Self::Author => "author",
            Self::Position => "position",
            Self::Revision => "revision",
            Self::CreateTime => "create_time",
            Self::UpdateTime => "update_time",
            Self::Annotations => "annotations",
            Self::Form => "form",
            Self::Established => "established",
        }
    }
}

/// What values a field takes. This decides how a value is read and which operators there are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FieldKind {
    /// A name from a closed list, in any case.
    Enum,
    /// `true` or `false`.
    Flag,
    /// ISO 3166-1 alpha-2 or EU, in any case.
    Country,
    /// ISO 4217, in any case.
    Currency,
    /// BCP 47, in any case.
    Language,
    /// Kebab-case.
    Slug,
    /// "events/{event}", or the slug alone.
    EventSlug,
    /// "partnerships/{partnership}", or the slug alone.
    PartnershipSlug,
    /// A full resource name, or the slug alone for a resource of the schema.
    ResourceName,
    /// The path of a field of an event, as in update masks.
    FieldPath,
    /// Text compared as it stands.
    Exact,
    /// Words, for each of which one name of the field, or the text, must have a word that begins with
    /// it.
    Words,
    /// A date as in `FuzzyDate.edtf`.
    Date,
    /// RFC 3339, or a date for its whole span in UTC.
    Time,
    /// A whole number.
    Number,
}

/// One field of a schema.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct FieldInfo {
    pub field: Field,
    /// The name in filters.
    pub name: &'static str,
    /// What values it takes.
    pub kind: FieldKind,
    /// Whether a record can have several values, of which a term needs to match one.
    pub several: bool,
    /// Whether every record has a value, so that asking for its presence makes no sense.
    pub always_set: bool,
    /// What it is, as a phrase that "is" or "lies" can follow, of words one that "one of the" can stand
    /// before, but for text.
    pub doc: &'static str,
}

impl FieldInfo {
    pub(super) const fn new(field: Field, kind: FieldKind, doc: &'static str) -> Self {
        Self {
            field,
            name: field.name(),
            kind,
            several: false,
            always_set: false,
            doc,
        }
    }

    pub(super) const fn several(self) -> Self {
        Self {
            several: true,
            ..self
        }
    }

    pub(super) const fn always_set(self) -> Self {
        Self {
            always_set: true,
            ..self
        }
    }
}

impl FieldKind {
    /// The operators that a field of this kind can be compared with, besides `:*`.
    pub(super) const fn operators(self) -> &'static [Operator] {
        use Operator::{Equal, Greater, GreaterOrEqual, Has, Less, LessOrEqual, NotEqual};
        match self {
            Self::Flag => &[Equal, NotEqual],
            Self::Date => &[
                Equal,
                NotEqual,
                Less,
                LessOrEqual,
                Greater,
                GreaterOrEqual,
                Has,
            ],
            Self::Time | Self::Number => {
                &[Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual]
            }
            Self::Enum
            | Self::Country
            | Self::Currency
            | Self::Language
            | Self::Slug
            | Self::EventSlug
            | Self::PartnershipSlug
            | Self::ResourceName
            | Self::FieldPath
            | Self::Exact
            | Self::Words => &[Equal, NotEqual, Has],
        }
    }
}
