use super::{field::Field, lexer::Operator};

/// The resources that a filter is about, which determine its fields.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Schema {
    /// Events, and in watches the changes of partnerships and bodies as well.
    Events,
    /// Partnerships alone.
    Partnerships,
    /// Bodies alone.
    Bodies,
}

/// The kind of a field's values. It determines how a value is parsed and which operators are allowed.
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
    /// "bodies/{body}", or the slug alone.
    BodySlug,
    /// A full resource name, or the slug alone for a resource of the schema.
    ResourceName,
    /// The path of a field of an event, as in update masks.
    FieldPath,
    /// Text that is compared exactly.
    Exact,
    /// Words: `:` finds them by their beginnings in any order, `=` a whole name or whole words of a text
    /// in their order.
    Words,
    /// A date as in `FuzzyDate.edtf`.
    Date,
    /// RFC 3339, or a date for its whole span in UTC.
    Time,
    /// A whole number.
    Number,
    /// A decimal number, compared exactly.
    Decimal,
}

/// One field of a schema.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct FieldInfo {
    pub field: Field,
    /// The name in filters.
    pub name: &'static str,
    /// The kind of its values.
    pub kind: FieldKind,
    /// Whether a record can have several values, of which a term needs to match one.
    pub several: bool,
    /// Whether every record has a value, so that asking for its presence makes no sense.
    pub always_set: bool,
    /// The description, as a phrase that "is" or "lies" can follow. For words other than `text`, it can
    /// also follow "one of the".
    pub doc: &'static str,
}

impl FieldKind {
    /// Returns the operators of fields of this kind, besides `:*`.
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
            Self::Time | Self::Number | Self::Decimal => {
                &[Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual]
            }
            Self::Enum
            | Self::Country
            | Self::Currency
            | Self::Language
            | Self::Slug
            | Self::EventSlug
            | Self::PartnershipSlug
            | Self::BodySlug
            | Self::ResourceName
            | Self::FieldPath
            | Self::Exact
            | Self::Words => &[Equal, NotEqual, Has],
        }
    }
}
