//! A graph as shapes and annotations, with points that are not seen but answer the pointer.

use serde_json::{Value, json};

use super::super::graph_layout::{GraphLayout, HEAD, LABEL, LINE};
use super::super::rect::Rect;
use super::super::theme::{Theme, faint};
use super::{EDGE, Frame, Plot, plain};
use crate::figures::Graph;

/// Shapes are clipped where the axes end: room for half a frame, in pixels.
const SPARE: f64 = 4.0;

pub(super) fn plot(graph: &Graph, frame: &Frame, theme: Theme) -> Plot {
    let width = frame.width - 2.0 * EDGE;
    let room = (frame.height - frame.above - frame.below).max(120.0);
    let layout = GraphLayout::of(graph, (0.0, 0.0), width, room);
    let height = layout.bottom.max(room);
    let mut shapes = Vec::new();
    let mut annotations = Vec::new();
    let mut hover: Vec<(f64, f64, String)> = Vec::new();

    for arrow in &layout.arrows {
        let colour = theme.ink(arrow.edge.ink);
        let [a, b, c, d] = arrow.shaft();
        shapes.push(json!({
            "type": "path", "xref": "x", "yref": "y", "layer": "below",
            "path": format!("M{},{}L{},{}C{},{} {},{} {},{}", arrow.start.0, arrow.start.1, a.0, a.1, b.0, b.1, c.0, c.1, d.0, d.1),
            "line": { "color": colour, "width": arrow.width, "dash": if arrow.edge.dashed { "dash" } else { "solid" } },
        }));
        let [tip, one, other] = arrow.head();
        shapes.push(json!({
            "type": "path", "xref": "x", "yref": "y", "layer": "below", "fillcolor": colour,
            "path": format!("M{},{}L{},{}L{},{}Z", tip.0, tip.1, one.0, one.1, other.0, other.1),
            "line": { "width": 0 },
        }));
        let edge = arrow.edge;
        let words = match edge.label.is_empty() {
            true => format!("{} to {}", edge.from, edge.to),
            false => format!("{} to {}: {}", edge.from, edge.to, edge.label),
        };
        let (x, y) = arrow.label_at.map_or(arrow.at(0.5), |space| {
            (space.x + space.width / 2.0, space.y + space.height / 2.0)
        });
        hover.push((x, y, words));
        if arrow.label_at.is_some() {
            annotations.push(json!({
                "xref": "x", "yref": "y", "x": x, "y": y, "showarrow": false,
                "text": super::lines(&arrow.label), "bgcolor": faint(theme.background(), 0.85),
                "font": { "size": LABEL.size, "color": theme.text() },
            }));
        }
    }
    for placed in &layout.nodes {
        let rect = placed.rect;
        shapes.push(json!({
            "type": "path", "xref": "x", "yref": "y", "layer": "below", "path": rounded(rect, 8.0),
            "fillcolor": theme.surface(),
            "line": { "color": theme.ink(placed.node.ink), "width": if placed.node.aside { 1.0 } else { 1.8 } },
        }));
        let words: Vec<String> = placed
            .lines
            .iter()
            .map(|(head, line)| match head {
                true => format!("<b>{}</b>", plain(line)),
                false => plain(line),
            })
            .collect();
        let middle = (rect.x + rect.width / 2.0, rect.y + rect.height / 2.0);
        annotations.push(json!({
            "xref": "x", "yref": "y", "x": middle.0, "y": middle.1, "showarrow": false,
            "text": words.join("<br>"),
            "font": { "size": HEAD.size.min(LINE.size), "color": theme.text() },
        }));
        hover.push((middle.0, middle.1, placed.node.lines.join(", ")));
    }
    let hidden = |range: [f64; 2]| json!({ "range": range, "visible": false, "fixedrange": true, "showgrid": false, "zeroline": false });
    let points: Value = json!({
        "type": "scatter", "mode": "markers", "showlegend": false,
        "x": hover.iter().map(|point| point.0).collect::<Vec<_>>(),
        "y": hover.iter().map(|point| point.1).collect::<Vec<_>>(),
        "text": hover.iter().map(|point| plain(&point.2)).collect::<Vec<_>>(),
        "hoverinfo": "text", "marker": { "size": 26, "opacity": 0 },
    });
    Plot {
        traces: vec![points],
        shapes,
        annotations,
        axes: vec![
            ("xaxis".into(), hidden([-SPARE, width + SPARE])),
            ("yaxis".into(), hidden([height + SPARE, -SPARE])),
        ],
        margin: [EDGE - SPARE, EDGE - SPARE, frame.above, frame.below],
        height: height + 2.0 * SPARE + frame.above + frame.below,
        width: Some(frame.width),
        legend: false,
        zooms: false,
    }
}

/// A rectangle with round corners as a path.
fn rounded(rect: Rect, radius: f64) -> String {
    let (l, t, r, b) = (rect.x, rect.y, rect.right(), rect.bottom());
    let q = radius;
    format!(
        "M{},{t}L{},{t}Q{r},{t} {r},{}L{r},{}Q{r},{b} {},{b}L{},{b}Q{l},{b} {l},{}L{l},{}Q{l},{t} {},{t}Z",
        l + q,
        r - q,
        t + q,
        b - q,
        r - q,
        l + q,
        b - q,
        t + q,
        l + q,
    )
}
