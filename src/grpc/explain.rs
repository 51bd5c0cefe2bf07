//! Reads `ExplainFilterRequest`, and makes the answer.

use super::filters;
use crate::{
    command::{ExplainFilter, Explained},
    proto::v1,
    rejection::Rejection,
    wire,
};

/// Names that one answer may hold.
const SAMPLE_MAX: i32 = 100;

impl TryFrom<v1::ExplainFilterRequest> for ExplainFilter {
    type Error = Rejection;

    fn try_from(request: v1::ExplainFilterRequest) -> Result<Self, Rejection> {
        let filter = filters::of_list(request.filter, false)?;
        let count = usize::try_from(request.sample_size).ok();
        let sample_size = count
            .filter(|_| request.sample_size <= SAMPLE_MAX)
            .ok_or_else(|| {
                let why = format!("is {}; send 0 to {SAMPLE_MAX}", request.sample_size);
                Rejection::argument("sample_size", why)
            })?;
        let known_at = request.known_at.map(wire::micros).transpose();
        let known_at = known_at.map_err(|why| Rejection::argument("known_at", why))?;
        Ok(ExplainFilter {
            known_at,
            filter,
            sample_size,
        })
    }
}

impl From<Explained> for v1::ExplainFilterResponse {
    fn from(explained: Explained) -> v1::ExplainFilterResponse {
        v1::ExplainFilterResponse {
            normalized_filter: explained.normalized_filter,
            indexes_used: explained.by_term,
            matching_events: explained.matching as i64,
            sample_events: explained.sample,
            explanation: explained.explanation,
            hints: explained.hints,
            named_bodies: filters::named_bodies(&explained.bodies),
        }
    }
}
