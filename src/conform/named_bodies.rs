//! S60: names in filters, and the bodies that they stand for.

use super::{
    frame::answer_of,
    outcome::{CheckResult, Stop, broken, ensure_same},
    restarts::{program, started},
    sample::STREAM_TIME_MAX,
    server_process::StoreDirectory,
    target::Target,
    watch_requests::{after, latest, resumed, snapshot, until},
    watch_stream::WatchStream,
};
use crate::proto::v1::{
    Body, BodyKind, BodyName, CreateBodyRequest, Event, ListEventsRequest, Party, PartyType,
    Source, UpdateBodyRequest, body_service_client::BodyServiceClient, watch_events_request::End,
};

pub(super) async fn s60_names_in_a_filter_are_resolved_once(like: &Target) -> CheckResult {
    if like.options.disruptive {
        return are_resolved_once(like).await;
    }
    // A body cannot be a drill, and it stays, so we write it to a server of our own.
    program(like)?;
    let home = StoreDirectory::new(&like.unique("s60"))?;
    let (server, target) = started(like, &home, &[]).await?;
    let checked = are_resolved_once(&target).await;
    server.kill();
    checked
}

async fn are_resolved_once(target: &Target) -> CheckResult {
    let topic = target.topic("s60");
    let id = target.unique("body");
    let acronym = target.unique("acronym").replace('-', "");
    let filter = format!("{} AND organisation:{acronym}", target.filter_for(&topic));
    create(target, body(&id, &[&acronym])).await?;
    let event = || Event {
        parties: vec![party(&id)],
        ..target.draft(&topic)
    };
    let first = target.create(event()).await?;
    let mut watching = WatchStream::open(target, latest(&filter)).await?;
    let named = watching.started.named_bodies.iter();
    let named: Vec<String> = named.flat_map(|it| it.bodies.clone()).collect();
    let expected = vec![format!("bodies/{id}")];
    ensure_same("the bodies that a watch says it is about", named, expected)?;
    let token = watching.token.clone();
    let mut members = WatchStream::open(target, snapshot(&filter)).await?;
    ensure_same(
        "the members of a snapshot by a name",
        members.positions(1).await?,
        vec![first.position],
    )?;
    rename(target, body(&id, &[])).await?;
    let second = target.create(event()).await?;
    let seen = watching.positions(1).await?;
    let expected = vec![second.position];
    ensure_same(
        "the changes of a body that lost its name while it was watched",
        seen,
        expected.clone(),
    )?;
    let begins = [
        ("a resumed watch", resumed(&filter, &token), expected),
        ("a new watch", after(&filter, first.position), Vec::new()),
    ];
    for (what, begin, expected) in begins {
        let request = until(End::StopPosition(second.position), begin);
        let ended = WatchStream::open(target, request).await?;
        let seen = ended.until_end(STREAM_TIME_MAX).await?.positions()?;
        ensure_same(&format!("the changes of {what}"), seen, expected)?;
    }
    for (as_of, expected) in [(0, Vec::new()), (first.position, vec![first.position])] {
        let request = ListEventsRequest {
            filter: filter.clone(),
            as_of_position: as_of,
            ..Default::default()
        };
        let mut events = target.events();
        let page = answer_of("ListEvents", events.list_events(request)).await??;
        let listed = page.into_inner().events.into_iter();
        let listed = listed.map(|event| event.position).collect();
        let what = format!("the events listed by a name as of position {as_of}");
        ensure_same(&what, listed, expected)?;
    }
    Ok("a body lost a name: lists of before have it, and so does a watch that resumes".to_owned())
}

fn body(id: &str, names: &[&str]) -> Body {
    let name = |text: &&str| BodyName {
        text: (*text).to_owned(),
        ..BodyName::default()
    };
    Body {
        name: format!("bodies/{id}"),
        kind: BodyKind::Other.into(),
        kind_other: "a body of entente conform, which checks this server".to_owned(),
        display_name: "A body of entente conform".to_owned(),
        names: names.iter().map(name).collect(),
        sources: vec![Source {
            id: "conform".to_owned(),
            ..Source::default()
        }],
        ..Body::default()
    }
}

fn party(body: &str) -> Party {
    Party {
        r#type: PartyType::Organisation.into(),
        body: format!("bodies/{body}"),
        ..Party::default()
    }
}

async fn create(target: &Target, body: Body) -> Result<(), Stop> {
    let request = CreateBodyRequest {
        body: Some(body),
        ..Default::default()
    };
    let mut bodies = BodyServiceClient::new(target.channel());
    answer_of("CreateBody", bodies.create_body(request)).await??;
    Ok(())
}

/// Replaces the further names of a body.
async fn rename(target: &Target, body: Body) -> Result<(), Stop> {
    let request = UpdateBodyRequest {
        body: Some(body),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["names".to_owned()],
        }),
        ..Default::default()
    };
    let mut bodies = BodyServiceClient::new(target.channel());
    let answer = answer_of("UpdateBody", bodies.update_body(request)).await??;
    match answer.into_inner().unchanged {
        true => broken("a body that lost a name is reported as unchanged"),
        false => Ok(()),
    }
}
