//! Tables: a light rule under the header, numbers to the right.

use comfy_table::{
    CellAlignment, ContentArrangement, ContentLineStyle, LineStyle, Table, TableStyle,
};

use crate::style::Style;

/// Where the text of a column stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// A table as wide as its contents, at most as wide as the style, indented by two spaces.
pub(crate) fn table(style: &Style, header: &[(&str, Align)], rows: Vec<Vec<String>>) -> String {
    let lines = TableStyle::new()
        .header_lines(ContentLineStyle::none().junction(' '))
        .header_separator(LineStyle::none().fill('─').junction('─'))
        .content_lines(ContentLineStyle::none().junction(' '));
    let mut table = Table::new();
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

    /// The list, one reason a line.
    pub(crate) fn list(&self, style: &Style) -> String {
        self.reasons
            .iter()
            .enumerate()
            .map(|(i, why)| style.dim(&style.hanging(&format!("  [{}] ", i + 1), 6, why)))
            .collect()
    }
}
