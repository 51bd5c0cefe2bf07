//! How fast each system is beside bare tonic, as bars.

use std::path::Path;

use plotters::{
    backend::SVGBackend,
    drawing::{DrawingArea, IntoDrawingArea as _},
    element::Rectangle,
    style::{Color as _, IntoFont as _, RGBColor, TextStyle, WHITE},
};

use crate::{Failure, system::System, table::Row};

const WIDTH: u32 = 1_040;
/// Where bars begin, right of the names of works.
const LEFT: i32 = 370;
/// Of a bar as good as bare tonic; a longer one is cut.
const FULL: i32 = 560;
const LONGEST: i32 = 600;
const TOP: i32 = 50;
const BAR: i32 = 12;
/// Between two works.
const GAP: i32 = 16;
const INK: RGBColor = RGBColor(70, 70, 70);
/// Of entente and the others, in the order of the table.
const COLOURS: [RGBColor; 5] = [
    RGBColor(0, 114, 178),
    RGBColor(230, 159, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(150, 150, 150),
];

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

/// Draws the bars of every row below each other into a file, but for rows that bare tonic has no
/// part in.
pub fn draw(path: &Path, systems: &[Box<dyn System>], rows: &[Row]) -> Result<(), Failure> {
    let rows: Vec<&Row> = rows.iter().filter(|row| row.bare().is_some()).collect();
    let bars = rows.iter().copied().flat_map(shares).count();
    let height = TOP + bars as i32 * BAR + rows.len() as i32 * GAP;
    let area = SVGBackend::new(path, (WIDTH, height as u32)).into_drawing_area();
    area.fill(&WHITE)?;
    legend(&area, systems)?;
    let mut y = TOP;
    for row in rows {
        text(&area, &row.name(), 10, y)?;
        for (colour, share) in shares(row) {
            let end = LEFT + ((share * f64::from(FULL)) as i32).clamp(1, LONGEST);
            let corners = [(LEFT, y), (end, y + BAR - 2)];
            area.draw(&Rectangle::new(corners, colour.filled()))?;
            text(&area, &format!("{share:.2}"), end + 4, y)?;
            y += BAR;
        }
        y += GAP;
    }
    Ok(area.present()?)
}

/// Of the speed of bare tonic, of those that did the work: twice its time is half its speed.
fn shares(row: &Row) -> impl Iterator<Item = (RGBColor, f64)> {
    let bare = row.bare().unwrap_or(f64::NAN);
    let others = COLOURS.into_iter().zip(row.figures.iter().skip(1));
    others.filter_map(move |(colour, figure)| {
        let ratio = (*figure)? / bare;
        let share = if row.unit.is_speed() {
            ratio
        } else {
            ratio.recip()
        };
        Some((colour, share))
    })
}

fn legend(area: &Area<'_>, systems: &[Box<dyn System>]) -> Result<(), Failure> {
    text(area, "share of bare tonic's speed", 10, 14)?;
    for (number, (colour, system)) in COLOURS.into_iter().zip(&systems[1..]).enumerate() {
        let x = LEFT + number as i32 * 120;
        area.draw(&Rectangle::new([(x, 14), (x + 10, 24)], colour.filled()))?;
        text(area, system.name(), x + 16, 14)?;
    }
    Ok(())
}

fn text(area: &Area<'_>, text: &str, x: i32, y: i32) -> Result<(), Failure> {
    let style = TextStyle::from(("sans-serif", 15).into_font()).color(&INK);
    Ok(area.draw_text(text, &style, (x, y))?)
}
