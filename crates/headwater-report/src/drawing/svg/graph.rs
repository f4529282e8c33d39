//! Causes and effects as boxes and arrows.

use super::super::graph_layout::{GraphLayout, HEAD, LABEL, LINE};
use super::canvas::{Anchor, Canvas, Stroke, number};
use crate::figures::Graph;

/// Draws a graph from the corner `(x, y)` into `width` and about `height` pixels; returns where it ends.
pub(super) fn draw(
    canvas: &mut Canvas,
    graph: &Graph,
    corner: (f64, f64),
    width: f64,
    height: f64,
) -> f64 {
    let theme = canvas.theme;
    let layout = GraphLayout::of(graph, corner, width, height);
    let point = |(x, y): (f64, f64)| format!("{} {}", number(x), number(y));
    for arrow in &layout.arrows {
        let colour = theme.ink(arrow.edge.ink);
        let stroke = Stroke {
            colour,
            width: arrow.width,
            dashed: arrow.edge.dashed,
        };
        let [start, one, two, end] = arrow.shaft().map(point);
        let edge = arrow.edge;
        let tip = match edge.label.is_empty() {
            true => format!("{} to {}", edge.from, edge.to),
            false => format!("{} to {}: {}", edge.from, edge.to, edge.label),
        };
        let begin = point(arrow.start);
        canvas.stroke(&format!("M{begin}L{start}C{one} {two} {end}"), stroke, &tip);
        let [tip, one, other] = arrow.head().map(point);
        canvas.fill(&format!("M{tip}L{one}L{other}Z"), colour, 1.0, "");
    }
    for placed in &layout.nodes {
        let colour = theme.ink(placed.node.ink);
        let width = if placed.node.aside { 1.0 } else { 1.8 };
        canvas.frame(
            placed.rect,
            theme.surface(),
            Stroke::solid(colour, width),
            8.0,
        );
        let middle = placed.rect.x + placed.rect.width / 2.0;
        let lines: f64 = placed
            .lines
            .iter()
            .map(|(head, _)| if *head { HEAD } else { LINE }.leading())
            .sum();
        let mut y = placed.rect.y + (placed.rect.height - lines) / 2.0;
        for (head, line) in &placed.lines {
            let (face, colour) = match head {
                true => (HEAD, theme.text()),
                false => (LINE, theme.quiet_text()),
            };
            canvas.text(
                (middle, y + 1.05 * face.size),
                Anchor::Middle,
                face,
                colour,
                line,
            );
            y += face.leading();
        }
    }
    for arrow in &layout.arrows {
        let Some(space) = arrow.label_at else {
            continue;
        };
        canvas.rect(space, theme.background(), 0.9, 3.0, "");
        for (i, line) in arrow.label.iter().enumerate() {
            let at = (
                space.x + space.width / 2.0,
                space.y + 1.0 + i as f64 * LABEL.leading() + 1.05 * LABEL.size,
            );
            canvas.text(at, Anchor::Middle, LABEL, theme.text(), line);
        }
    }
    layout.bottom
}
