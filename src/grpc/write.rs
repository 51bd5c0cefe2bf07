//! What all writes have in common: request ids, names, notes.

use prost::Message;

use crate::{
    command::Method,
    domain::{Slug, Violations},
    publish::WriteTerms,
    rejection::Rejection,
    store::{Digest, RequestKey},
};

/// Longest request id, in characters.
pub(super) const REQUEST_ID_LEN_MAX: usize = 100;

/// Reads the terms of a write. A request id belongs to one request of one method.
pub(super) fn terms<M: Message>(
    method: Method,
    request: &M,
    id: &str,
    validate_only: bool,
) -> WriteTerms {
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
    WriteTerms {
        request: (is_good && !id.is_empty() && !validate_only).then(key),
        validate_only,
        wrong,
    }
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
