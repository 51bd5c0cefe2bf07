use crate::{Failure, compare::median, sides::Sides, table::Row};

const STARTS: usize = 3;

/// From the start of the process, after a kill, until everything is served.
pub async fn after_a_kill(sides: &mut Sides, count: usize) -> Result<Row, Failure> {
    let mut seconds = Vec::with_capacity(STARTS);
    for _ in 0..STARTS {
        sides.start_entente_again().await?;
        seconds.push(sides.entente.started_in.as_secs_f64());
    }
    let entente = format!("{:.2} s", median(seconds));
    Ok(Row {
        work: format!("start-up over {count}"),
        entente,
        ..Row::default()
    })
}
