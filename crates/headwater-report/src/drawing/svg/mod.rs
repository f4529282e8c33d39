//! A figure as SVG.

mod axes;
mod canvas;
mod graph;
mod legend;
mod marks;
mod panels;

use super::theme::Theme;
use super::typeface::Face;
use crate::figures::{Content, Figure};
pub(super) use axes::words;
use canvas::{Anchor, Canvas};

/// Space around everything, in pixels.
const EDGE: f64 = 18.0;
/// The narrowest picture that is drawn.
const NARROWEST: f64 = 280.0;

const TITLE: Face = Face::bold(19.0);
const PANEL_TITLE: Face = Face::bold(13.5);
const TEXT: Face = Face::regular(12.5);
const CAPTION: Face = Face::regular(12.0);

/// Draws a figure as a complete SVG text: `<title>` and `<desc>` for readers who do not see it, and a
/// tooltip for every bar, point and cell. The same figure gives the same bytes; nothing is
/// loaded from elsewhere, and identifiers are the figure's own, so several stand in one page.
///
/// The picture is as wide as [`Figure::width`] (280 pixels at least) and as high as
/// [`Figure::height`], or higher where its panels or boxes would be too small to read.
pub fn svg(figure: &Figure, theme: Theme) -> String {
    let width = finite(figure.width, 900.0).max(NARROWEST);
    let asked = finite(figure.height, 500.0);
    let room = width - 2.0 * EDGE;
    let mut canvas = Canvas::new(theme);

    let mut y = EDGE;
    for line in TITLE.wrap(&figure.title, room) {
        canvas.text(
            (EDGE, y + TITLE.size),
            Anchor::Start,
            TITLE,
            theme.text(),
            &line,
        );
        y += TITLE.leading();
    }
    y += 8.0;
    let caption = CAPTION.wrap(&figure.caption, room);
    let below = match caption.len() {
        0 => EDGE,
        lines => lines as f64 * CAPTION.leading() + 14.0 + EDGE,
    };

    let bottom = match &figure.content {
        Content::Panels { columns, panels } => {
            y = legend::draw(&mut canvas, panels, (EDGE, y), room);
            let height = asked - below - y;
            panels::draw(&mut canvas, panels, *columns, (EDGE, y), room, height)
        }
        Content::Graph(graph) => {
            let height = asked - below - y;
            graph::draw(&mut canvas, graph, (EDGE, y), room, height)
        }
    };
    let height = (bottom + below).max(asked);

    let mut y = height - below + 14.0;
    for line in caption {
        canvas.text(
            (EDGE, y + CAPTION.size),
            Anchor::Start,
            CAPTION,
            theme.quiet_text(),
            &line,
        );
        y += CAPTION.leading();
    }
    canvas.finish(&figure.id, &figure.title, &figure.alt, width, height)
}

fn finite(value: f64, otherwise: f64) -> f64 {
    if value.is_finite() && value > 0.0 {
        value.min(8_000.0)
    } else {
        otherwise
    }
}
