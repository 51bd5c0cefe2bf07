//! A long list that is worked on in parts.

use std::panic::resume_unwind;

/// A list in parts of so many.
pub(super) fn in_parts<T>(items: Vec<T>, len: usize) -> Vec<Vec<T>> {
    let mut items = items.into_iter();
    let mut parts = Vec::with_capacity(items.len().div_ceil(len));
    while items.len() > 0 {
        parts.push(items.by_ref().take(len).collect());
    }
    parts
}

/// Does work on each of some parts, each in a task of its own that other tasks get turns between, and
/// gives what came out in their order. One part is worked on in place.
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
        // Nobody cancels them, and what is a panic there is one here.
        let done = task
            .await
            .map_err(|error| resume_unwind(error.into_panic()));
        results.extend(done);
    }
    results
}
