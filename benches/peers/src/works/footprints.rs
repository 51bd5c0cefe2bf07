use crate::{systems::Loaded, table::Row, unit::Unit};

const MEBIBYTE: f64 = (1 << 20) as f64;

/// What files and memory the events take, from right after they were loaded. The bare server has no
/// files, and its memory is no measure for others, as it keeps every event decoded.
pub fn rows(loaded: &Loaded) -> Vec<Row> {
    let count = loaded.count;
    let each = || loaded.footprints.iter().map(Option::as_ref);
    let disk = each().map(|taken| taken.map(|taken| taken.disk as f64 / taken.payload as f64));
    let resident = each().map(|taken| taken.map(|taken| taken.resident as f64 / MEBIBYTE));
    vec![
        Row::new(
            format!("files of {count} events"),
            Unit::OfPayload,
            disk.collect(),
        ),
        Row::new(
            format!("memory with {count} events"),
            Unit::Mebibytes,
            resident.collect(),
        ),
    ]
}
