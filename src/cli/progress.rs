use indicatif::{ProgressBar, ProgressStyle};

/// Returns a progress bar for reading a log. Shown on a terminal only.
pub(super) fn progress_bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    match ProgressStyle::with_template("{wide_bar} {pos}/{len} changes, {per_sec}, {eta} left") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
