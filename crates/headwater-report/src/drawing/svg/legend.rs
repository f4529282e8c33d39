//! What the colours and forms mean.

use super::TEXT;
use super::canvas::{Anchor, Canvas, Rect, Stroke};
use crate::figures::{Ink, Mark, Panel, Shape};

/// How an entry is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Sample {
    Line { dashed: bool },
    Band,
    Box,
    Point(Shape),
}

/// Width of a sample and the space after it, in pixels.
const SAMPLE: f64 = 20.0;
const GAP: f64 = 20.0;

/// Draws one legend for all panels from the corner `(x, y)`, in as many rows as it needs; returns where it ends.
pub(super) fn draw(canvas: &mut Canvas, panels: &[Panel], (x, y): (f64, f64), room: f64) -> f64 {
    let entries = entries(panels);
    if entries.is_empty() {
        return y;
    }
    let theme = canvas.theme;
    let (mut left, mut top) = (x, y);
    let row = TEXT.leading() + 2.0;
    for (name, ink, samples) in entries {
        let name = TEXT.shorten(name, room - SAMPLE - 6.0);
        let width = SAMPLE + 6.0 + TEXT.width(&name);
        if left > x && left + width > x + room {
            left = x;
            top += row;
        }
        let colour = theme.ink(ink);
        let middle = top + row / 2.0;
        for sample in samples {
            match sample {
                Sample::Band | Sample::Box => {
                    let opacity = if sample == Sample::Band { 0.22 } else { 1.0 };
                    let patch = Rect {
                        x: left + 3.0,
                        y: middle - 6.0,
                        width: 14.0,
                        height: 12.0,
                    };
                    canvas.rect(patch, colour, opacity, 0.0, "");
                }
                Sample::Line { dashed } => canvas.line(
                    (left, middle),
                    (left + SAMPLE, middle),
                    Stroke {
                        colour,
                        width: 2.2,
                        dashed,
                    },
                ),
                Sample::Point(shape) => {
                    canvas.point((left + SAMPLE / 2.0, middle), shape, 4.5, colour, "");
                }
            }
        }
        let at = (left + SAMPLE + 6.0, middle + 0.36 * TEXT.size);
        canvas.text(at, Anchor::Start, TEXT, theme.text(), &name);
        left += width + GAP;
    }
    top + row + 10.0
}

/// Names with their colour and every way in which they are drawn, in the order of their first appearance.
fn entries(panels: &[Panel]) -> Vec<(&str, Ink, Vec<Sample>)> {
    let mut entries: Vec<(&str, Ink, Vec<Sample>)> = Vec::new();
    let drawn = panels.iter().filter(|panel| panel.empty.is_none());
    for mark in drawn.flat_map(|panel| &panel.marks) {
        let (name, ink, sample) = match mark {
            Mark::Line {
                name, ink, dashed, ..
            } => (name, *ink, Sample::Line { dashed: *dashed }),
            Mark::Band { name, ink, .. } => (name, *ink, Sample::Band),
            Mark::Bars { name, ink, .. } => (name, *ink, Sample::Box),
            Mark::Points {
                name, ink, shape, ..
            } => (name, *ink, Sample::Point(*shape)),
            Mark::Heat { .. } | Mark::Reference { .. } | Mark::Span { .. } => continue,
        };
        if name.trim().is_empty() {
            continue;
        }
        match entries.iter_mut().find(|(n, i, _)| n == name && *i == ink) {
            Some((.., samples)) if samples.contains(&sample) => {}
            Some((.., samples)) => samples.push(sample),
            None => entries.push((name, ink, vec![sample])),
        }
    }
    entries
}
