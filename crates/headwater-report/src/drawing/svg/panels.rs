//! Panels in rows, their plots in line with each other.

use super::axes::Axes;
use super::canvas::{Anchor, Canvas, Rect};
use super::{PANEL_TITLE, TEXT, marks};
use crate::figures::{Mark, Panel};

/// Space between panels, in pixels.
const GUTTER: f64 = 24.0;
/// The smallest plot, in pixels.
const NARROWEST: f64 = 120.0;
const LOWEST: f64 = 84.0;

/// Space around a plot that its words take, in pixels.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Margins {
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
}

impl Margins {
    fn widest(self, other: Margins) -> Margins {
        Margins {
            left: self.left.max(other.left),
            right: self.right.max(other.right),
            top: self.top.max(other.top),
            bottom: self.bottom.max(other.bottom),
        }
    }
}

/// Draws all panels from the corner `(x, y)` into `width` and about `height` pixels; returns where they end.
pub(super) fn draw(
    canvas: &mut Canvas,
    panels: &[Panel],
    columns: usize,
    (x, y): (f64, f64),
    width: f64,
    height: f64,
) -> f64 {
    if panels.is_empty() {
        return y;
    }
    let mut columns = columns.clamp(1, panels.len());
    loop {
        let rows = panels.len().div_ceil(columns);
        let gutters = GUTTER * (columns - 1) as f64;
        let cell = Rect {
            x,
            y,
            width: (width - gutters) / columns as f64,
            height: (height - GUTTER * (rows - 1) as f64) / rows as f64,
        };
        let margins = margins(panels, columns, cell);
        let plot = cell.width - margins.left - margins.right;
        if plot < NARROWEST && columns > 1 {
            columns -= 1;
            continue;
        }
        let lowest = panels.iter().map(least_height).fold(LOWEST, f64::max);
        let high = cell.height.max(margins.top + margins.bottom + lowest);
        for (i, panel) in panels.iter().enumerate() {
            let (row, column) = ((i / columns) as f64, (i % columns) as f64);
            let cell = Rect {
                x: x + column * (cell.width + GUTTER),
                y: y + row * (high + GUTTER),
                width: cell.width,
                height: high,
            };
            draw_panel(canvas, panel, cell, margins);
        }
        return y + rows as f64 * (high + GUTTER) - GUTTER;
    }
}

/// What categories, bars and cells need to stand apart.
fn least_height(panel: &Panel) -> f64 {
    use crate::figures::Scale;
    let Scale::Categories(names) = &panel.y.scale else {
        return 0.0;
    };
    let side_by_side = panel
        .marks
        .iter()
        .filter(|mark| matches!(mark, Mark::Bars { stack: None, .. }))
        .count();
    names.len() as f64 * 18.0_f64.max(9.0 * side_by_side as f64)
}

/// The widest margins of all panels, so that their plots are equally large and in line.
fn margins(panels: &[Panel], columns: usize, cell: Rect) -> Margins {
    let mut margins = Margins {
        left: 50.0,
        right: 14.0,
        top: 30.0,
        bottom: 40.0,
    };
    // How many labels fit depends on the plot, and the plot on them: three rounds settle it.
    for _ in 0..3 {
        let plot = plot_in(cell, margins);
        margins = panels
            .iter()
            .map(|panel| {
                let mut needed = match &panel.empty {
                    Some(_) => Margins::default(),
                    None => Axes::of(panel, plot, cell.width).margins(),
                };
                needed.top += title_height(panel, cell.width);
                needed
            })
            .fold(Margins::default(), Margins::widest);
        // A column of lone panels needs no more on the right than its labels do.
        margins.right = margins.right.max(if columns > 1 { 4.0 } else { 2.0 });
    }
    margins
}

fn plot_in(cell: Rect, margins: Margins) -> Rect {
    Rect {
        x: cell.x + margins.left,
        y: cell.y + margins.top,
        width: (cell.width - margins.left - margins.right).max(40.0),
        height: (cell.height - margins.top - margins.bottom).max(LOWEST),
    }
}

fn title_height(panel: &Panel, width: f64) -> f64 {
    match &panel.title {
        Some(title) => PANEL_TITLE.wrap(title, width).len() as f64 * PANEL_TITLE.leading() + 6.0,
        None => 0.0,
    }
}

fn draw_panel(canvas: &mut Canvas, panel: &Panel, cell: Rect, margins: Margins) {
    let theme = canvas.theme;
    let plot = plot_in(cell, margins);
    let mut y = cell.y;
    for line in PANEL_TITLE.wrap(panel.title.as_deref().unwrap_or_default(), cell.width) {
        let at = (cell.x, y + PANEL_TITLE.size);
        canvas.text(at, Anchor::Start, PANEL_TITLE, theme.text(), &line);
        y += PANEL_TITLE.leading();
    }
    if let Some(reason) = &panel.empty {
        canvas.rect(plot, theme.surface(), 1.0, 6.0, "");
        let lines = TEXT.wrap(reason, (plot.width - 32.0).max(60.0));
        let leading = TEXT.leading();
        let top = plot.y + plot.height / 2.0 - leading * (lines.len() as f64 - 1.0) / 2.0;
        for (i, line) in lines.iter().enumerate() {
            let at = (
                plot.x + plot.width / 2.0,
                top + i as f64 * leading + 0.36 * TEXT.size,
            );
            canvas.text(at, Anchor::Middle, TEXT, theme.quiet_text(), line);
        }
        return;
    }
    let axes = Axes::of(panel, plot, cell.width);
    axes.draw(canvas, cell.x);
    marks::draw(canvas, panel, &axes);
}
