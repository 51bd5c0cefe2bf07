//! Reads of single events.

use tokio_util::sync::CancellationToken;

use super::{
    answer::{self, Answer, ROWS_BYTES_MAX},
    page::SIZE_MAX,
    scope,
};
use crate::{
    domain::{ResourceName, View, Violations},
    index::Position,
    proto::{
        numbers::v1::{batch_get_events_response, get_event_response},
        v1,
    },
    rejection::Rejection,
    store::Store,
    wire::Encoded,
};

/// `GetEvent`
pub(super) async fn event(
    store: &Store,
    drain: &CancellationToken,
    request: v1::GetEventRequest,
) -> Result<Encoded, Rejection> {
    let (name, revision) = parse_name(&request.name)?;
    let head = scope::reached(store, drain, request.min_position).await?;
    let upto = scope::as_of(store, head, request.as_of_position, request.as_of_time)?;
    let position = match revision {
        None => store.index().newest_as_of(&name, upto),
        Some(number) => revision_at(store, &name, number, upto),
    };
    let position = position.ok_or_else(|| {
        let first = match revision {
            None => store.index().first(&name, head),
            Some(number) => revision_at(store, &name, number, head),
        };
        let missing = vec![scope::missing(store, &request.name, first)];
        Rejection::NotFound { missing }
    })?;
    let records = store.read(vec![position]).await?;
    let events = records
        .iter()
        .map(|record| answer::event(store, record, View::Full));
    let events: Vec<_> = events.collect::<Result<_, _>>()?;
    Ok(events
        .iter()
        .fold(Answer::default(), |answer, event| {
            answer.put(get_event_response::EVENT, event)
        })
        .finish())
}

/// `BatchGetEvents`
pub(super) async fn batch(
    store: &Store,
    drain: &CancellationToken,
    request: v1::BatchGetEventsRequest,
) -> Result<Encoded, Rejection> {
    let names = parse_names(request.names)?;
    let head = scope::reached(store, drain, request.min_position).await?;
    let upto = scope::as_of(store, head, request.as_of_position, request.as_of_time)?;
    let positions = positions(store, &names, upto, head)?;
    let mut answer = Answer::default();
    let mut size = 0;
    for position in positions {
        for record in store.read(vec![position]).await? {
            let event = answer::event(store, &record, View::Full)?;
            size += event.len();
            answer = answer.put(batch_get_events_response::EVENTS, &event);
        }
        if size > ROWS_BYTES_MAX {
            let what = "the answer with every event";
            return Err(Rejection::TooLarge {
                what,
                size,
                limit: ROWS_BYTES_MAX,
            });
        }
    }
    Ok(answer.finish())
}

fn positions(
    store: &Store,
    names: &[String],
    upto: Position,
    head: Position,
) -> Result<Vec<Position>, Rejection> {
    let index = store.index();
    let mut missing = Vec::new();
    let mut positions = Vec::with_capacity(names.len());
    for name in names {
        match index.newest_as_of(name, upto) {
            Some(position) => positions.push(position),
            None => missing.push((name, index.first(name, head))),
        }
    }
    drop(index);
    if missing.is_empty() {
        return Ok(positions);
    }
    let missing = missing.into_iter();
    let missing = missing.map(|(name, first)| scope::missing(store, name, first));
    Err(Rejection::NotFound {
        missing: missing.collect(),
    })
}

fn revision_at(store: &Store, name: &str, number: usize, upto: Position) -> Option<Position> {
    let revisions = store.index().revisions(name, upto);
    // Newest first, and numbered from 1.
    revisions
        .len()
        .checked_sub(number)
        .and_then(|at| revisions.get(at).copied())
}

fn parse_names(names: Vec<String>) -> Result<Vec<String>, Rejection> {
    if names.is_empty() || names.len() > SIZE_MAX {
        let why = format!("has {} entries; send 1 to {SIZE_MAX}", names.len());
        return Err(Rejection::argument("names", why));
    }
    let mut violations = Violations::default();
    violations.each("names", &names, |name, scope| {
        if let Err(why) = ResourceName::event_slug(name) {
            scope.add("", why);
        }
    });
    Ok(violations.into_result(names)?)
}

/// "events/{event}" or "events/{event}/revisions/{n}"
fn parse_name(name: &str) -> Result<(String, Option<usize>), Rejection> {
    let (event, revision) = match name.split_once("/revisions/") {
        Some((event, number)) => {
            let read = number.parse().ok().filter(|number| *number > 0);
            let why = || format!("revision {number:?} is not a number from 1 on");
            (
                event,
                Some(read.ok_or_else(|| Rejection::argument("name", why()))?),
            )
        }
        None => (name, None),
    };
    ResourceName::event_slug(event).map_err(|why| Rejection::argument("name", why))?;
    Ok((event.to_owned(), revision))
}
