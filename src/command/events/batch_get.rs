use crate::{
    command::{
        Command, Context, Method, ReadAt,
        access::Access,
        rows::{EventRow, Full, ROWS_BYTES_MAX, Rows},
    },
    domain::View,
    index::Position,
    rejection::Rejection,
};

/// Reads several events, all or none.
#[derive(Clone, Debug)]
pub(crate) struct BatchGetEvents<R> {
    /// Full names.
    pub names: Vec<String>,
    pub at: ReadAt,
    pub rows: R,
}

impl<R: Rows<EventRow>> Command for BatchGetEvents<R> {
    const METHOD: Method = Method::BatchGetEvents;

    type Answer = R;

    async fn run(mut self, access: Access<'_, Self>, context: &Context) -> Result<R, Rejection> {
        let head = self.at.reached(access, context).await?;
        let upto = self.at.as_of(access, head)?;
        let today = access.today(self.at.known_at);
        for position in positions(access, &self.names, &self.at, (upto, head))? {
            let record = access.record(position).await?;
            let event = access.event(&record, View::Full, today)?;
            let taken = self.rows.take(event);
            taken.map_err(|Full { bytes: size }| Rejection::TooLarge {
                what: "the answer with every event",
                size,
                limit: ROWS_BYTES_MAX,
            })?;
        }
        Ok(self.rows)
    }
}

fn positions<C: Command>(
    access: Access<'_, C>,
    names: &[String],
    at: &ReadAt,
    (upto, head): (Position, Position),
) -> Result<Vec<Position>, Rejection> {
    let index = access.index();
    let mut missing = Vec::new();
    let mut positions = Vec::with_capacity(names.len());
    for name in names {
        match at.revision(&index, name, upto) {
            Some(position) => positions.push(position),
            None => missing.push((name, index.first(name, head))),
        }
    }
    drop(index);
    if missing.is_empty() {
        return Ok(positions);
    }
    let missing = missing.into_iter();
    let missing = missing.map(|(name, first)| access.missing(name, first, upto));
    Err(Rejection::NotFound {
        missing: missing.collect(),
    })
}
