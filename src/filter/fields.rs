use super::schema::{Field, FieldInfo, FieldKind, Schema};

/// Every field of a schema, in the order in which they are best read.
pub fn fields(schema: Schema) -> &'static [FieldInfo] {
    match schema {
        Schema::Events => EVENTS,
        Schema::Partnerships => PARTNERSHIPS,
    }
}

impl Schema {
    /// What values a field takes, when there is one.
    pub fn kind(self, field: Field) -> Option<FieldKind> {
        info(self, field).map(|info| info.kind)
    }
}

/// The field of that name. Annotations have a key after theirs and are not found here.
pub(super) fn find(schema: Schema, name: &str) -> Option<&'static FieldInfo> {
    fields(schema)
        .iter()
        .find(|info| info.name == name && info.field != Field::Annotations)
}

/// The description of a field that the schema has.
pub(super) fn info(schema: Schema, field: Field) -> Option<&'static FieldInfo> {
    fields(schema).iter().find(|info| info.field == field)
}

/// Names that people try for want of the right one.
pub(super) const OTHER_NAMES: &[(&str, Field)] = &[
    ("annotation", Field::Annotations),
    ("city", Field::PlaceCity),
    ("company", Field::Organisation),
    ("country", Field::Party),
    ("country_code", Field::Party),
    ("currency", Field::AmountCurrency),
    ("description", Field::Text),
    ("id", Field::Name),
    ("mode", Field::PlaceMode),
    ("org", Field::Organisation),
    ("publisher", Field::SourcePublisher),
    ("reason", Field::ChangeReason),
    ("tag", Field::Topic),
    ("type", Field::Kind),
    ("verdict", Field::ClaimVerdict),
];

/// Rows of field, kind and traits, with what the field is.
macro_rules! table {
    ($($field:ident $kind:ident $($trait:ident)* => $doc:literal,)+) => {
        &[$(FieldInfo::new(Field::$field, FieldKind::$kind, $doc)$(.$trait())*),+]
    };
}

const EVENTS: &[FieldInfo] = table! {
    Name ResourceName always_set => "the resource name",
    Resource Enum always_set => "the sort of resource",
    Kind Enum => "the sort of announcement",
    Subkind Slug => "the finer sort of announcement",
    Instrument Enum => "the form of the agreement",
    Step Enum => "the step in the life of the arrangement",
    Status Enum => "the life of the happening",
    State Enum => "the life of the record",
    Verification Enum => "the verification of the facts",
    Binding Flag => "whether it binds in law",
    Exercise Flag always_set => "whether it is a drill",
    Overdue Flag always_set => "whether its date has passed while it is still expected",
    PartiesIncomplete Flag always_set => "whether the list of parties is known not to be whole",
    Party Country several => "the country (or EU) of a party",
    Signatory Country several => "the country of a signatory",
    Host Country several => "the country of a host",
    Investor Country several => "the country of an investor",
    Organisation Words several => "names of organisations and companies",
    Person Words several => "names of people",
    Partnership PartnershipSlug several => "a partnership it belongs to",
    Series Slug => "the row of meetings it is one of",
    Ordinal Number => "its number in the series",
    Topic Slug several => "a topic",
    Text Words several always_set => "titles, summaries, translations and names",
    Language Language several => "the language of the original or of a translation",
    Date Date => "the day it happens or happened",
    AnnounceDate Date => "the day it was announced",
    EffectiveDate Date => "the day it takes effect",
    EndDate Date => "the day its effect ends",
    PlaceCity Words several => "names of the city where it happened",
    PlaceCountry Country => "the country where it happened",
    PlaceMode Enum => "the way people met",
    AmountCurrency Currency several => "the currency of a sum",
    AmountRole Slug several => "the role of a sum",
    SourceId Slug several => "the id of a source",
    SourceType Enum several => "the type of a source",
    SourcePublisher Words several => "names of publishers of sources",
    SourceReliability Enum several => "the Admiralty reliability of a source",
    SourceLanguage Language several => "the language of a source",
    ClaimVerdict Enum several => "the verdict on a claim",
    ClaimField FieldPath several => "the path of the field of a claim",
    Related EventSlug several => "an event it is related to",
    ChangeReason Enum => "the reason for this revision",
    Author Exact => "the author of this revision",
    Position Number always_set => "the log position of this revision",
    Revision Number always_set => "the number of this revision",
    CreateTime Time always_set => "the commit time of the first revision",
    UpdateTime Time always_set => "the commit time of this revision",
    Annotations Exact => "the publisher's own data by key, as in annotations.my-key = \"value\"",
};

const PARTNERSHIPS: &[FieldInfo] = table! {
    Name ResourceName always_set => "the resource name",
    Form Slug => "the form of the partnership",
    Status Slug => "the standing of the partnership",
    Party Country several => "the country (or EU) of a party",
    Organisation Words several => "names of organisations and companies",
    Person Words several => "names of people",
    Topic Slug several => "a topic",
    Text Words several always_set => "the name, its translations, and names of parties",
    Language Language several => "the language of the original or of a translation",
    Established Date => "the day it was set up",
    Position Number always_set => "the log position of this revision",
    Revision Number always_set => "the number of this revision",
    CreateTime Time always_set => "the commit time of the first revision",
    UpdateTime Time always_set => "the commit time of this revision",
};
