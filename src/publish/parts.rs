//! Work on a long list, in parts.

use std::panic::resume_unwind;

/// Splits a list into parts of a length.
pub(super) fn in_parts<T>(items: Vec<T>, len: usize) -> Vec<Vec<T>> {
    let mut items = items.into_iter();
    let mut parts = Vec::with_capacity(items.len().div_ceil(len));
    while items.len() > 0 {
        parts.push(items.by_ref().take(len).collect());
    }
    parts
}

/// Runs work on each part in a task of its own, so that other tasks get turns in between, and returns the
/// results in order. A single part is worked on in place.
pub(super) async fn each_in_a_task<P, R>(
    parts: Vec<P>,
    work: impl Fn(P) -> R + Clone + Send + 'static,
) -> Vec<R>
where
    P: Send + 'static,
    R: Send + 'static,
{
    if parts.len() <= 1 {
        return parts.into_iter().map(work).collect();
    }
    let begin = |part| {
        let work = work.clone();
        tokio::spawn(async move { work(part) })
    };
    let tasks: Vec<_> = parts.into_iter().map(begin).collect();
    let mut results = Vec::with_capacity(tasks.len());
    for task in tasks {
        // Nobody cancels the tasks, and a panic in one is a panic here.
        let done = task
            .await
            .map_err(|error| resume_unwind(error.into_panic()));
        results.extend(done);
    }
    results
}
