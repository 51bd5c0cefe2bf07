use entente::proto::v1::{EventChange, Start, WatchEventsRequest, watch_events_request::Begin};
use tokio::task::JoinHandle;

use crate::harness::{Server, Watcher, change_of, position_of};

/// A watcher that goes on by its token when the server is there again, and what it received.
pub struct Follower {
    begin: Begin,
    pub received: Vec<EventChange>,
}

impl Follower {
    pub fn from(start: Start) -> Follower {
        Follower {
            begin: Begin::Start(start.into()),
            received: Vec::new(),
        }
    }

    /// Follows until the server is gone.
    pub async fn follow(mut self, server: &Server) -> Result<JoinHandle<Follower>, String> {
        let request = WatchEventsRequest {
            begin: Some(self.begin.clone()),
            ..WatchEventsRequest::default()
        };
        let mut watcher = Watcher::try_open(server, request)
            .await
            .map_err(|status| format!("D05: the token of a watcher is refused: {status:?}"))?;
        self.begin = Begin::ResumeToken(watcher.token().to_owned());
        Ok(tokio::spawn(async move {
            while let Ok(Some(frame)) = watcher.next().await {
                self.received.extend(change_of(&frame).cloned());
                self.begin = Begin::ResumeToken(frame.resume_token);
            }
            self
        }))
    }

    /// D05: nothing that it received is gone, and nothing is missed (S05) or came twice.
    pub fn check(&self, log: &[EventChange]) -> Result<(), String> {
        let Some(first) = self.received.first().map(position_of) else {
            return Ok(());
        };
        for (position, change) in (first..).zip(&self.received) {
            if position_of(change) != position {
                let found = position_of(change);
                return Err(format!("S05: {found} was received in place of {position}"));
            }
            let logged = log.get(position as usize - 1);
            if logged != Some(change) {
                return Err(format!(
                    "D05: {position} was received as {change:?} and is now {logged:?}"
                ));
            }
        }
        Ok(())
    }
}
