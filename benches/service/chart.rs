//! How each figure grows with the size, as small charts of which both axes are logarithmic: what grows
//! in proportion rises by a diagonal, what does not grow is level.

use std::path::Path;

use plotters::{
    backend::SVGBackend,
    chart::ChartBuilder,
    coord::{Shift, combinators::IntoLogRange as _},
    drawing::{DrawingArea, IntoDrawingArea as _},
    element::Circle,
    series::LineSeries,
    style::{Color as _, RGBColor, WHITE},
};

use crate::{Failure, measure::Column};

const ACROSS: usize = 3;
/// Of one chart.
const WIDTH: u32 = 340;
const HEIGHT: u32 = 200;
const COLOUR: RGBColor = RGBColor(0, 114, 178);

/// Draws a chart for each figure of the first column into a file.
pub fn draw(path: &Path, columns: &[Column]) -> Result<(), Failure> {
    let names = columns.first().map_or(&[][..], |column| &column.measures);
    let down = names.len().div_ceil(ACROSS);
    let area = (WIDTH * ACROSS as u32, HEIGHT * down as u32);
    let area = SVGBackend::new(path, area).into_drawing_area();
    area.fill(&WHITE)?;
    for (panel, measure) in area.split_evenly((down, ACROSS)).iter().zip(names) {
        let caption = match measure.unit {
            "" => measure.what.to_owned(),
            unit => format!("{}, {unit}", measure.what),
        };
        figure(panel, &caption, &points(columns, measure.what))?;
    }
    Ok(area.present()?)
}

fn points(columns: &[Column], what: &str) -> Vec<(f64, f64)> {
    let point = |column: &Column| {
        let measure = column
            .measures
            .iter()
            .find(|measure| measure.what == what)?;
        Some((column.size as f64, measure.value))
    };
    let points = columns.iter().filter_map(point);
    // There is no place for nothing on such an axis.
    points.filter(|(_, value)| *value > 0.0).collect()
}

fn figure(
    panel: &DrawingArea<SVGBackend<'_>, Shift>,
    caption: &str,
    points: &[(f64, f64)],
) -> Result<(), Failure> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return Ok(());
    };
    let values = points.iter().map(|(_, value)| *value);
    let lowest = values.clone().fold(f64::INFINITY, f64::min);
    let highest = values.fold(0.0, f64::max);
    let across = (first.0 / 2.0..last.0 * 2.0).log_scale();
    let up = (lowest / 3.0..highest * 3.0).log_scale();
    let mut chart = ChartBuilder::on(panel)
        .caption(caption, ("sans-serif", 14))
        .margin(10)
        .x_label_area_size(24)
        .y_label_area_size(56)
        .build_cartesian_2d(across, up)?;
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .x_labels(5)
        .y_labels(5)
        .x_label_formatter(&f64::to_string)
        .y_label_formatter(&f64::to_string)
        .draw()?;
    chart.draw_series(LineSeries::new(points.iter().copied(), COLOUR))?;
    let dots = points
        .iter()
        .map(|point| Circle::new(*point, 3, COLOUR.filled()));
    chart.draw_series(dots)?;
    Ok(())
}
