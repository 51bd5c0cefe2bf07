//! One figure of several that are measured at each of several sizes.

/// What was measured, as it is printed, and as it is drawn.
#[derive(Clone, Debug)]
pub struct Measure {
    pub what: &'static str,
    pub text: String,
    pub value: f64,
    pub unit: &'static str,
}

/// What was measured at one size.
#[derive(Clone, Debug)]
pub struct Column {
    pub size: usize,
    pub heading: String,
    pub measures: Vec<Measure>,
}

impl Measure {
    /// With so many digits behind the point, and its unit.
    pub fn new(what: &'static str, value: f64, digits: usize, unit: &'static str) -> Measure {
        let text = format!("{value:.digits$} {unit}").trim_end().to_owned();
        Measure {
            what,
            text,
            value,
            unit,
        }
    }
}

impl Column {
    /// Says it at once, as the whole takes long.
    pub fn told(size: usize, heading: String, measures: Vec<Measure>) -> Column {
        println!("{heading}:");
        for Measure { what, text, .. } in &measures {
            println!("  {what}: {text}");
        }
        Column {
            size,
            heading,
            measures,
        }
    }
}
