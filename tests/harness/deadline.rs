use std::{future::Future, time::Duration};

use tokio::time::{Instant, sleep, timeout};

/// How long anything may take before a test gives up on it. It is never what a test measures.
const PATIENCE: Duration = Duration::from_secs(60);

/// Between two looks at a condition that nothing announces.
const PAUSE: Duration = Duration::from_millis(10);

/// What the future gives; panics when it takes for ever.
pub async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    match timeout(PATIENCE, future).await {
        Ok(value) => value,
        Err(_) => panic!("waited {PATIENCE:?} in vain for {what}"),
    }
}

/// Looks until there is something; panics when there is nothing for ever.
pub async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(
            Instant::now() < deadline,
            "waited {PATIENCE:?} in vain for {what}"
        );
        sleep(PAUSE).await;
    }
}
