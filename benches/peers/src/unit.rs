//! What a row of the table counts in.

/// Of all cells of a row.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unit {
    /// Pieces of work a second.
    PerSecond,
    /// How many times as fast as something else.
    Times,
    Millis,
    Mebibytes,
    /// Bytes for each byte that was given.
    OfPayload,
}

impl Unit {
    /// What follows the name of the work.
    pub fn suffix(self) -> &'static str {
        match self {
            Unit::PerSecond => "",
            Unit::Times => ", times as fast",
            Unit::Millis => ", ms",
            Unit::Mebibytes => ", MiB",
            Unit::OfPayload => ", share of the payload",
        }
    }

    /// Whether what is larger is better.
    pub fn is_speed(self) -> bool {
        matches!(self, Unit::PerSecond | Unit::Times)
    }

    pub fn text(self, figure: f64) -> String {
        match self {
            Unit::PerSecond | Unit::Mebibytes => grouped(figure),
            Unit::Times => format!("{figure:.1}"),
            Unit::Millis | Unit::OfPayload => format!("{figure:.2}"),
        }
    }
}

/// Whole, with a comma between thousands.
fn grouped(figure: f64) -> String {
    let digits = format!("{figure:.0}");
    let mut text = String::new();
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
