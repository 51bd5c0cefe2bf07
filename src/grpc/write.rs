//! What all writes have in common: request ids, names, notes.

use prost::Message;

use crate::{
    command::Method,
    domain::{Micros, Slug, Violations},
    filter::{Field, Filter, Schema},
    index::Position,
    proto::v1,
    publish::{Precondition, WriteTerms},
    rejection::Rejection,
    store::{Digest, RequestKey, Tracking},
    wire,
};

/// Longest request id, in characters.
pub(super) const REQUEST_ID_LEN_MAX: usize = 100;

/// The optional conditions of a write, as a request has them.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    pub known_since: Option<prost_types::Timestamp>,
    pub tracking: Option<v1::Tracking>,
    pub precondition: Option<v1::Precondition>,
}

/// Reads the terms of a write. A request id belongs to one request of one method.
pub(super) fn terms<M: Message>(
    method: Method,
    request: &M,
    (id, validate_only): (&str, bool),
    conditions: Conditions,
) -> Result<WriteTerms, Rejection> {
    let mut wrong = Violations::default();
    let is_good = is_request_id(id);
    if !is_good {
        let why =
            format!("send at most {REQUEST_ID_LEN_MAX} printable ASCII characters without spaces");
        wrong.add("request_id", why);
    }
    let key = || RequestKey {
        id: id.to_owned(),
        fingerprint: Digest::of(&[method.name().as_bytes(), &request.encode_to_vec()]),
    };
    let mut terms = WriteTerms {
        request: (is_good && !id.is_empty() && !validate_only).then(key),
        validate_only,
        precondition: None,
        tracking: conditions
            .tracking
            .and_then(|tracking| wrong.at("tracking", |scope| read_tracking(tracking, scope))),
        known: Vec::new(),
        wrong,
    };
    read_known_since("known_since", conditions.known_since, &mut terms);
    if let Some(precondition) = conditions.precondition {
        terms.precondition = terms.wrong.at("precondition", |scope| {
            read_precondition(precondition, scope)
        });
    }
    Ok(terms)
}

/// Reads when something became known, and has it checked against the clock.
pub(super) fn read_known_since(
    field: &str,
    given: Option<prost_types::Timestamp>,
    terms: &mut WriteTerms,
) -> Option<Micros> {
    match wire::micros(given?) {
        Ok(known) => {
            terms.known.push((field.to_owned(), known));
            Some(known)
        }
        Err(why) => {
            terms.wrong.add(field, why);
            None
        }
    }
}

fn read_tracking(from: v1::Tracking, found: &mut Violations) -> Option<Tracking> {
    let source = Slug::parse(&from.source).map_err(|why| found.add("source", why));
    let position = u64::try_from(from.position).ok().filter(|at| *at > 0);
    if position.is_none() {
        let why = format!("is {}; a position is 1 or more", from.position);
        found.add("position", why);
    }
    Some(Tracking {
        source: source.ok()?.to_string(),
        position: position?,
    })
}

/// The fields that a revision gets with its commit, which no precondition can name.
const NOT_IN_PRECONDITIONS: [Field; 3] = [Field::Position, Field::CreateTime, Field::UpdateTime];

fn read_precondition(from: v1::Precondition, found: &mut Violations) -> Option<Box<Precondition>> {
    let after = Position::try_from(from.after_position);
    if after.is_err() {
        let why = format!("is {}; a position is 0 or more", from.after_position);
        found.add("after_position", why);
    }
    if from.filter.trim().is_empty() {
        found.add("filter", "is required; say what must not exist");
    }
    let filter = match Filter::parse(&from.filter, Schema::Events) {
        Ok(filter) => filter.with_watch_defaults(),
        Err(why) => {
            found.add("filter", why.to_string());
            return None;
        }
    };
    if let Some(field) = NOT_IN_PRECONDITIONS
        .into_iter()
        .find(|field| filter.mentions(*field))
    {
        let why = format!(
            "has {}, which a record gets with its commit; use after_position",
            field.name()
        );
        found.add("filter", why);
    }
    if !filter.open_phrases().is_empty() {
        let why = "has a phrase, which takes reading texts; search for its words with `:`";
        found.add("filter", why);
    }
    let after = after.ok()?;
    Some(Box::new(Precondition { filter, after }))
}

fn is_request_id(id: &str) -> bool {
    id.bytes().all(|byte| byte.is_ascii_graphic()) && id.len() <= REQUEST_ID_LEN_MAX
}

/// Returns a part of a request, or notes its violation. Other refusals are returned at once.
pub(super) fn heard<T>(
    wrong: &mut Violations,
    read: Result<T, Rejection>,
) -> Result<Option<T>, Rejection> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(Rejection::Argument { field, description }) => {
            wrong.add(field, description);
            Ok(None)
        }
        Err(other) => Err(other),
    }
}

/// Returns a part of a request without which nothing else can be checked.
pub(super) fn needed<T>(
    wrong: &mut Violations,
    read: Result<T, Rejection>,
) -> Result<T, Rejection> {
    heard(wrong, read)?.ok_or_else(|| std::mem::take(wrong).into())
}

/// Stands in for a refused slug while the rest of the resource is checked. It is never used.
pub(super) fn stand_in() -> Slug {
    Slug::parse("refused-as-it-was-given").expect("it is kebab-case")
}

/// A message that the request must have.
pub(super) fn required<M>(field: &'static str, message: Option<M>) -> Result<M, Rejection> {
    message.ok_or_else(|| Rejection::argument(field, "is required"))
}

/// The slug of a new resource, given as an id, as a name or as both alike.
pub(super) fn new_name(
    field: &'static str,
    id: &str,
    name: &str,
    slug_of: impl Fn(&str) -> Result<Slug, String>,
) -> Result<Slug, Rejection> {
    let (id_field, name_field) = match field {
        "partnership" => ("partnership_id", "partnership.name"),
        "body" => ("body_id", "body.name"),
        "subscription" => ("subscription_id", "subscription.name"),
        _ => ("event_id", "event.name"),
    };
    let by_name = |name| slug_of(name).map_err(|why| Rejection::argument(name_field, why));
    let by_id = |id: &str| Slug::parse(id).map_err(|why| Rejection::argument(id_field, why));
    match (id, name) {
        ("", "") => Err(Rejection::argument(
            id_field,
            "is required: choose a kebab-case slug",
        )),
        ("", name) => by_name(name),
        (id, "") => by_id(id),
        (id, name) => {
            let (id, named) = (by_id(id)?, by_name(name)?);
            if id == named {
                return Ok(id);
            }
            let why =
                format!("is {id} and {name_field} says {name}; give one of them, or both alike");
            Err(Rejection::argument(id_field, why))
        }
    }
}
