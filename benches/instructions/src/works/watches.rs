use std::{path::Path, sync::Arc};

use entente::{
    grpc::Services,
    proto::v1::{
        Start, WatchEventsRequest,
        watch_events_request::{Begin, End},
    },
};
use tokio::{sync::Barrier, task::JoinSet};

use super::{Work, nothing};
use crate::{
    Failure,
    call::{Answer, call, framed, messages},
    events::event,
    request::counted,
    stores,
};

const REPLAYED: usize = 4_000;
const WATCHES: usize = 100;
const PUBLISHED: usize = 50;

/// What a watch that begins at the beginning is sent.
pub const REPLAY: Work = Work {
    name: "replay",
    piece: "a stored change in a frame, as WatchEvents replays it",
    pieces: REPLAYED as u64,
    prepare: |home| {
        let events = (0..REPLAYED).map(|number| event(&format!("e-{number}"), number));
        stores::make(home, events)
    },
    run: replay,
};

/// What watches that wait at the head are sent.
pub const DELIVER: Work = Work {
    name: "deliver",
    piece: "a new change sent to one of 100 watches, with its share of the write",
    pieces: (WATCHES * PUBLISHED) as u64,
    prepare: nothing,
    run: deliver,
};

fn replay(home: &Path) -> Result<(), Failure> {
    let services = stores::services(&stores::open_at_rest(home)?);
    let runtime = stores::runtime()?;
    let ask = async || {
        let request = WatchEventsRequest {
            begin: Some(Begin::AfterPosition(0)),
            end: Some(End::StopWhenCaughtUp(true)),
            ..Default::default()
        };
        watch(&services, request).await?.all().await
    };
    runtime.block_on(ask())?;
    let pieces = counted(|| runtime.block_on(ask()))?;
    match messages(&pieces.concat()) {
        // There are a few more that begin and end the stream.
        REPLAYED.. => Ok(()),
        count => Err(format!("{count} frames for {REPLAYED} changes").into()),
    }
}

fn deliver(home: &Path) -> Result<(), Failure> {
    let store = stores::open_at_rest(home)?;
    let services = stores::services(&store);
    let runtime = stores::runtime()?;
    // All have the one change before the next is published, or there would be groups by chance.
    let round = Arc::new(Barrier::new(WATCHES + 1));
    let mut watches = JoinSet::new();
    runtime.block_on(async {
        for _ in 0..WATCHES {
            let watch = live(&services).await?;
            watches.spawn_on(receive(watch, round.clone()), runtime.handle());
        }
        Ok::<_, Failure>(())
    })?;
    let events = (0..=PUBLISHED).map(|number| event(&format!("e-{number}"), number));
    let mut writes = stores::writes_of(events, 1)?.into_iter();
    // Outside of the watches' runtime, which would otherwise sleep and wake as often as it happens to
    // while the writer wakes one watch after the other.
    let writing = stores::runtime()?;
    let mut publish = |count| {
        for write in writes.by_ref().take(count) {
            writing.block_on(stores::commit(&store, write))?;
            runtime.block_on(round.wait());
        }
        Ok::<_, Failure>(())
    };
    publish(1)?;
    counted(|| publish(PUBLISHED))?;
    runtime.block_on(watches.join_all()).into_iter().collect()
}

/// Takes every change that is published, one a round.
async fn receive(mut watch: Answer, round: Arc<Barrier>) -> Result<(), Failure> {
    for _ in 0..=PUBLISHED {
        let piece = watch.next().await?.ok_or("a watch has ended")?;
        if messages(&piece) != 1 {
            return Err("not one change in a round".into());
        }
        round.wait().await;
    }
    Ok(())
}

/// A watch of what comes from now on.
async fn live(services: &Services) -> Result<Answer, Failure> {
    let request = WatchEventsRequest {
        begin: Some(Begin::Start(Start::Latest.into())),
        ..Default::default()
    };
    let mut watch = watch(services, request).await?;
    let mut begun = 0;
    // It says that it has started, and that it has caught up.
    while begun < 2 {
        begun += messages(&watch.next().await?.ok_or("a watch has ended")?);
    }
    Ok(watch)
}

async fn watch(services: &Services, request: WatchEventsRequest) -> Result<Answer, Failure> {
    let method = "/entente.v1.EventService/WatchEvents";
    call(&services.events, method, framed(&request)).await
}
