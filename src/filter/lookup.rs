use super::{
    field::{Field, fields},
    schema::{FieldInfo, FieldKind, Schema},
};

impl Schema {
    /// Returns the kind of a field, if the schema has it.
    pub fn kind(self, field: Field) -> Option<FieldKind> {
        info(self, field).map(|info| info.kind)
    }
}

/// Finds a field by name. Annotations are not found here, since a key follows their name.
pub(super) fn find(schema: Schema, name: &str) -> Option<&'static FieldInfo> {
    fields(schema)
        .iter()
        .find(|info| info.name == name && info.field != Field::Annotations)
}

/// Returns the description of a field, if the schema has it.
pub(super) fn info(schema: Schema, field: Field) -> Option<&'static FieldInfo> {
    fields(schema).iter().find(|info| info.field == field)
}

/// Names that people try instead of the right one.
pub(super) const OTHER_NAMES: &[(&str, Field)] = &[
    ("about", Field::Subject),
    ("amount", Field::AmountValue),
    ("annotation", Field::Annotations),
    ("city", Field::PlaceCity),
    ("company", Field::Organisation),
    ("country", Field::Party),
    ("country_code", Field::Party),
    ("currency", Field::AmountCurrency),
    ("description", Field::Text),
    ("group", Field::PartyGroup),
    ("id", Field::Name),
    ("measure", Field::QuantityMeasure),
    ("mode", Field::PlaceMode),
    ("org", Field::Organisation),
    ("publisher", Field::SourcePublisher),
    ("qualifier", Field::AmountQualifier),
    ("reason", Field::ChangeReason),
    ("relation", Field::RelatedRelation),
    ("role", Field::PartyRole),
    ("scheme", Field::IdentifierScheme),
    ("standing", Field::PartyStanding),
    ("tag", Field::Topic),
    ("type", Field::Kind),
    ("unit", Field::QuantityUnit),
    ("value", Field::AmountValue),
    ("verdict", Field::ClaimVerdict),
];
