//! Tables: a light rule under the header, numbers to the right.

use comfy_table::{CellAlignment, ContentArrangement, ContentLineStyle, LineStyle, TableStyle};

use headwater::estimate::Estimate;

use crate::number::{NOTHING, with_interval};
use crate::terminal::style::Style;

/// Where the text of a column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// A table before it is laid out. A cell may have two lines: a figure, and its interval or what there is
/// to say of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Table {
    /// The title of each column and where its text stands.
    pub header: Vec<(String, Align)>,
    /// A cell for each column.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// Titles over rows.
    pub(crate) fn new(header: &[(&str, Align)], rows: Vec<Vec<String>>) -> Self {
        let header = header.iter();
        Table {
            header: header
                .map(|(title, align)| (title.to_string(), *align))
                .collect(),
            rows,
        }
    }

    /// Drawn for a terminal.
    pub(crate) fn on(self, style: &Style) -> String {
        let header = self.header.iter();
        let header: Vec<(&str, Align)> = header.map(|(title, align)| (&**title, *align)).collect();
        table(style, &header, self.rows)
    }
}

/// A table as wide as its contents, at most as wide as the style, indented by two spaces.
pub(crate) fn table(style: &Style, header: &[(&str, Align)], rows: Vec<Vec<String>>) -> String {
    let lines = TableStyle::new()
        .header_lines(ContentLineStyle::none().junction(' '))
        .header_separator(LineStyle::none().fill('─').junction('─'))
        .content_lines(ContentLineStyle::none().junction(' '));
    let mut table = comfy_table::Table::new();
    table
        .load_style(lines)
        .force_no_tty()
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width((style.width() - 2) as u16)
        .set_header(header.iter().map(|(title, _)| *title))
        .add_rows(rows);
    for (column, (_, align)) in table.column_iter_mut().zip(header) {
        column.set_cell_alignment(match align {
            Align::Left => CellAlignment::Left,
            Align::Right => CellAlignment::Right,
        });
        column.set_padding((0, 1));
    }
    table
        .lines()
        .map(|line| format!("  {}\n", line.trim_end()))
        .collect()
}

/// A point above its interval; where there is none, the mark of the reason beside it.
pub(crate) fn cell(estimate: &Estimate, write: fn(f64) -> String, notes: &mut Footnotes) -> String {
    let point = estimate.point.map_or(NOTHING.into(), write);
    match (estimate.interval(), &estimate.why) {
        (Some(interval), _) => {
            let ends = [interval.lower, interval.upper].map(write);
            format!("{point}\n{} to {}", ends[0], ends[1])
        }
        (None, Some(why)) => format!("{point} {}", notes.mark(why)),
        (None, None) => point,
    }
}

/// Point and interval in one line, with the mark of the reason where there is none.
pub(crate) fn inline(
    estimate: &Estimate,
    write: fn(f64) -> String,
    notes: &mut Footnotes,
) -> String {
    let said = with_interval(estimate, write);
    match (&estimate.why, estimate.interval()) {
        (Some(why), None) => format!("{said} {}", notes.mark(why)),
        _ => said,
    }
}

/// Reasons why cells are empty, each numbered once and listed under the table.
#[derive(Default)]
pub(crate) struct Footnotes {
    reasons: Vec<String>,
}

impl Footnotes {
    /// The mark of a reason, such as `[1]`.
    pub(crate) fn mark(&mut self, why: &str) -> String {
        let at = self
            .reasons
            .iter()
            .position(|reason| reason == why)
            .unwrap_or_else(|| {
                self.reasons.push(why.into());
                self.reasons.len() - 1
            });
        format!("[{}]", at + 1)
    }

    /// The reasons, in the order of their marks.
    pub(crate) fn reasons(&self) -> &[String] {
        &self.reasons
    }

    /// The list, one reason a line.
    pub(crate) fn list(&self, style: &Style) -> String {
        self.reasons
            .iter()
            .enumerate()
            .map(|(i, why)| style.dim(&style.hanging(&format!("  [{}] ", i + 1), 6, why)))
            .collect()
    }
}
