//! What all writes have in common: request ids, names, notes.

use prost::Message;
use tonic::Request;

use crate::{
    domain::Slug,
    publish::Context,
    rejection::Rejection,
    store::{Digest, RequestKey},
};

/// Longest request id, in characters.
pub const REQUEST_ID_LEN_MAX: usize = 100;

/// The context of a write: `of` tells its method, its request id and whether it only validates.
pub fn context<M: Message>(
    request: &Request<M>,
    of: impl for<'a> Fn(&'a M) -> (&'static str, &'a String, bool),
) -> Result<Context, Rejection> {
    let message = request.get_ref();
    let (method, id, validate_only) = of(message);
    check_request_id(id)?;
    let request_key = (!id.is_empty() && !validate_only).then(|| RequestKey {
        id: id.clone(),
        fingerprint: Digest::of(&[method.as_bytes(), &message.encode_to_vec()]),
    });
    Ok(Context {
        request: request_key,
        author: super::principal(request),
        validate_only,
    })
}

fn check_request_id(id: &str) -> Result<(), Rejection> {
    let printable = id.bytes().all(|byte| byte.is_ascii_graphic());
    if printable && id.len() <= REQUEST_ID_LEN_MAX {
        return Ok(());
    }
    let why =
        format!("send at most {REQUEST_ID_LEN_MAX} printable ASCII characters without spaces");
    Err(Rejection::argument("request_id", why))
}

/// A message that the request must have.
pub fn required<M>(field: &'static str, message: Option<M>) -> Result<M, Rejection> {
    message.ok_or_else(|| Rejection::argument(field, "is required"))
}

/// The slug of a new resource, given as an id, as a name or as both alike.
pub fn new_name(
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
