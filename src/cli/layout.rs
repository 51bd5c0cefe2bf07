//! The layout of cells in columns that fit the terminal.
//!
//! A word is broken only between characters that take two columns, as in Japanese: a broken name or
//! address could not be copied.

use std::{borrow::Cow, io, iter};

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr};

/// How columns are laid out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    /// The number of first columns that keep their width; the others share the rest.
    pub(super) narrow: usize,
    /// Whether the last column moves to its own line when the others would get too little space.
    pub(super) last_moves: bool,
    /// Spaces between columns.
    pub(super) gap: usize,
    /// The width of the terminal; `None` for a pipe or a file.
    pub(super) width: Option<usize>,
}

/// The text that is bold on a terminal with colours.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Bold {
    Nothing,
    FirstRow,
    FirstColumn,
}

/// The minimum width of a shared column; below it, the last column moves.
const SHARE_MIN: usize = 30;
/// The indentation of a line that continues the row above.
const INDENT: &str = "  ";
/// Closing characters and small kana, which may not begin a line.
const CLOSING: &str =
    "、。，．・：；？！ー）」』】〉》〕］｝々ぁぃぅぇぉっゃゅょァィゥェォッャュョ";

/// Returns the number of columns of the terminal.
pub(super) fn terminal_width() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    (size.ws_col > 0).then_some(size.ws_col.into())
}

impl Layout {
    /// Formats the rows.
    pub(super) fn text(self, rows: &[Vec<String>], bold: Bold) -> String {
        let count = rows.iter().map(Vec::len).max().unwrap_or_default();
        let (widths, moved) = self.widths(rows, count);
        let mut text = String::new();
        for (number, row) in rows.iter().enumerate() {
            let bold = match (bold, number) {
                (Bold::FirstRow, 1..) => Bold::Nothing,
                (bold, _) => bold,
            };
            self.row(&mut text, row, &widths, bold);
            if let Some(last) = moved.then(|| row.last()).flatten() {
                let last = marked(last, bold == Bold::FirstRow);
                text.push_str(&format!("{INDENT}{last}\n"));
            }
        }
        text
    }

    fn row(self, text: &mut String, row: &[String], widths: &[usize], bold: Bold) {
        let cells: Vec<_> = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| wrapped(cell, *width))
            .collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or_default();
        for nth in 0..height {
            let mut whole = String::new();
            for (column, (cell, width)) in cells.iter().zip(widths).enumerate() {
                let part = cell.get(nth).map_or("", String::as_str);
                let missing = width.saturating_sub(part.width()) + self.gap;
                whole.push_str(&marked(part, bold == Bold::FirstColumn && column == 0));
                whole.extend(iter::repeat_n(' ', missing));
            }
            text.push_str(&marked(whole.trim_end(), bold == Bold::FirstRow));
            text.push('\n');
        }
    }

    /// Returns the width of each column, and whether the last one has its own line.
    fn widths(self, rows: &[Vec<String>], count: usize) -> (Vec<usize>, bool) {
        let column = |nth: usize| rows.iter().filter_map(move |row| row.get(nth));
        let longest =
            |nth: usize, measure: fn(&str) -> usize| column(nth).map(|cell| measure(cell)).max();
        let wanted: Vec<_> = (0..count)
            .map(|nth| longest(nth, natural).unwrap_or_default())
            .collect();
        let needed: Vec<_> = (0..count)
            .map(|nth| match nth < self.narrow {
                true => wanted[nth],
                false => longest(nth, needed).unwrap_or_default(),
            })
            .collect();
        let Some(width) = self.width else {
            return (wanted, false);
        };
        if self.last_moves && count > 1 {
            let mut least = needed.clone();
            for nth in self.narrow..count - 1 {
                least[nth] = least[nth].max(wanted[nth].min(SHARE_MIN));
            }
            if self.sum(&least) > width {
                let kept = count - 1;
                return (self.shared(&wanted[..kept], &needed[..kept], width), true);
            }
        }
        (self.shared(&wanted, &needed, width), false)
    }

    /// Narrows the widest columns until all fit, but none below what it needs. If that is not
    /// enough, only some lines of the last column are too wide.
    fn shared(self, wanted: &[usize], needed: &[usize], width: usize) -> Vec<usize> {
        let mut needed = needed.to_vec();
        let excess = self.sum(&needed).saturating_sub(width);
        if let (Some(last), 1..) = (needed.last_mut(), excess) {
            *last = last.saturating_sub(excess).max(SHARE_MIN.min(*last));
        }
        let mut widths: Vec<_> = wanted
            .iter()
            .zip(&needed)
            .map(|(wanted, needed)| *wanted.min(&width).max(needed))
            .collect();
        while self.sum(&widths) > width {
            let givers = (0..widths.len()).filter(|nth| widths[*nth] > needed[*nth]);
            let Some(widest) = givers.max_by_key(|nth| widths[*nth]) else {
                break;
            };
            widths[widest] -= 1;
        }
        widths
    }

    fn sum(self, widths: &[usize]) -> usize {
        widths.iter().sum::<usize>() + self.gap * widths.len().saturating_sub(1)
    }
}

fn marked(text: &str, bold: bool) -> Cow<'_, str> {
    match bold && !text.is_empty() {
        true => format!("\u{1b}[1m{text}\u{1b}[0m").into(),
        false => text.into(),
    }
}

/// Returns the width of a cell without wrapping.
fn natural(cell: &str) -> usize {
    cell.lines().map(UnicodeWidthStr::width).max().unwrap_or(0)
}

/// Returns the width of the longest unbreakable piece of a cell.
fn needed(cell: &str) -> usize {
    let words = cell.lines().flat_map(|line| line.split(' '));
    let pieces = words.flat_map(pieces);
    pieces.map(UnicodeWidthStr::width).max().unwrap_or(0)
}

/// Wraps a cell to `width` columns. An unbreakable piece may be wider.
fn wrapped(cell: &str, width: usize) -> Vec<String> {
    cell.lines()
        .flat_map(|line| match line.width() <= width {
            true => vec![line.to_owned()],
            false => broken(line, width),
        })
        .collect()
}

fn broken(line: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in line.split(' ').filter(|word| !word.is_empty()) {
        for (nth, piece) in pieces(word).enumerate() {
            let last = lines.len() - 1;
            let space = usize::from(nth == 0 && !lines[last].is_empty());
            if !lines[last].is_empty() && lines[last].width() + space + piece.width() > width {
                lines.push(piece.to_owned());
                continue;
            }
            if space == 1 {
                lines[last].push(' ');
            }
            lines[last].push_str(piece);
        }
    }
    lines
}

/// Returns the parts between which a word may be broken.
fn pieces(word: &str) -> impl Iterator<Item = &str> {
    let is_wide = |c: char| c.width() == Some(2);
    let mut rest = word;
    iter::from_fn(move || {
        let mut chars = rest.char_indices();
        let (_, first) = chars.next()?;
        let mut before = first;
        let end = chars.find_map(|(at, c)| {
            let joined = c.width() == Some(0) || CLOSING.contains(c);
            let between = is_wide(before) || is_wide(c);
            before = if c.width() == Some(0) { before } else { c };
            (!joined && between).then_some(at)
        });
        let (piece, others) = rest.split_at(end.unwrap_or(rest.len()));
        rest = others;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(width: usize) -> Layout {
        Layout {
            narrow: 1,
            last_moves: true,
            gap: 1,
            width: Some(width),
        }
    }

    fn row(cells: [&str; 3]) -> Vec<String> {
        cells.map(str::to_owned).to_vec()
    }

    const NAME: &str = "singapore-japan-digital-government-moc-2022";

    /// Trial D1: names broke in the middle at 80 and 100 columns.
    #[test]
    fn d1_a_name_is_never_broken_and_no_line_is_too_wide() {
        let title = "A memorandum of cooperation in digital government between Singapore and Japan";
        let rows = [
            row(["DATE", "TITLE", "NAME"]),
            row(["2022", title, NAME]),
            row([
                "2025-10-28",
                "日本とシンガポールのデジタル政府に関する協力覚書。",
                "b",
            ]),
        ];
        for width in [50, 80, 100, 132, 300] {
            let text = layout(width).text(&rows, Bold::Nothing);

            assert!(text.lines().all(|line| line.width() <= width), "{text}");
            assert_eq!(text.matches(NAME).count(), 1, "{width}:\n{text}");
            assert!(text.contains("memorandum"), "{text}");
        }
    }

    #[test]
    fn a_name_moves_to_its_own_line_when_the_others_need_the_space() {
        let rows = [row(["2022", "A title of some length, as they are", NAME])];

        let text = layout(60).text(&rows, Bold::Nothing);

        let expected = format!("2022 A title of some length, as they are\n  {NAME}\n");
        assert_eq!(text, expected);
    }

    #[test]
    fn a_row_is_one_line_in_a_pipe() {
        let title = "word ".repeat(100);
        let piped = Layout {
            width: None,
            ..layout(0)
        };

        let text = piped.text(&[row(["a", title.trim(), "b"])], Bold::Nothing);

        assert_eq!(text.lines().count(), 1);
    }

    #[test]
    fn wide_characters_count_twice_and_no_line_begins_with_a_stop() {
        assert_eq!(wrapped("半導体の協力。", 6), ["半導体", "の協", "力。"]);
        assert_eq!(wrapped("半導体 METI", 11), ["半導体 METI"]);
        assert_eq!(wrapped("半導体METI", 8), ["半導体", "METI"]);
    }

    #[test]
    fn an_address_that_is_too_wide_widens_no_other_line() {
        let address = format!("https://example.org/{}", "a".repeat(90));
        let rows = [vec![
            "uri".into(),
            format!("{address} {}", "word ".repeat(40)),
        ]];

        let text = layout(80).text(&rows, Bold::Nothing);

        assert!(text.contains(&address), "{text}");
        let wide = text.lines().filter(|line| line.width() > 80);
        assert_eq!(wide.count(), 1, "{text}");
    }

    #[test]
    fn an_address_is_wider_rather_than_broken() {
        let address = "https://www.meti.go.jp/press/2025/05/20250512001/20250512001.html";

        assert_eq!(wrapped(&format!("uri {address}"), 20), ["uri", address]);
    }
}
