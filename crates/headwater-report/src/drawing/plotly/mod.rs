//! A figure as Plotly JSON.

mod graph;
mod panels;

use serde_json::{Value, json};

use super::theme::Theme;
use super::typeface::{FAMILY, Face};
use crate::figures::{Content, Figure};

const TITLE: Face = Face::bold(18.0);
const TEXT: Face = Face::regular(12.0);
/// Space around everything, in pixels.
const EDGE: f64 = 18.0;

/// Writes a figure as `{"data": [..], "layout": {..}, "config": {..}}` for `Plotly.newPlot(element, ...)`.
///
/// Hover texts are written with the numbers and units of the picture; weeks can be zoomed into. The
/// layout has the figure's height and takes the width of its element, but a graph, whose words do
/// not shrink, has its own width. The caption is the annotation named `caption` and the description
/// is `layout.meta.alt`: a page that writes them itself takes them out.
///
/// ```
/// # use headwater_report::drawing::{Theme, plotly};
/// # use headwater_report::figures::*;
/// let figure = Figure {
///     id: "demand".into(),
///     title: "Demand rose".into(),
///     caption: "Made up.".into(),
///     alt: "A rising line.".into(),
///     width: 600.0,
///     height: 300.0,
///     content: Content::Panels { columns: 1, panels: vec![] },
/// };
/// let plot = plotly(&figure, Theme::Light);
/// assert_eq!(plot["config"]["displaylogo"], false);
/// assert_eq!(plot["layout"]["meta"]["alt"], "A rising line.");
/// ```
pub fn plotly(figure: &Figure, theme: Theme) -> Value {
    let width = if figure.width.is_finite() {
        figure.width.max(280.0)
    } else {
        900.0
    };
    let asked = if figure.height.is_finite() {
        figure.height.clamp(160.0, 8e3)
    } else {
        500.0
    };
    let room = width - 2.0 * EDGE;
    let title = TITLE.wrap(&figure.title, room);
    let caption = TEXT.wrap(&figure.caption, room);
    let frame = Frame {
        width,
        height: asked,
        above: title.len() as f64 * TITLE.leading() + 20.0,
        below: caption.len() as f64 * TEXT.leading() + 14.0,
    };
    let mut plot = match &figure.content {
        Content::Panels { columns, panels } => panels::plot(panels, *columns, &frame, theme),
        Content::Graph(graph) => graph::plot(graph, &frame, theme),
    };
    if !caption.is_empty() {
        plot.annotations.push(json!({
            "name": "caption", "text": lines(&caption), "showarrow": false, "align": "left",
            // It hangs from the lower left corner of the plots: annotations know no other.
            "xref": "paper", "yref": "paper", "x": 0, "y": 0, "xanchor": "left", "yanchor": "bottom",
            "xshift": EDGE - plot.margin[0], "yshift": 8.0 - plot.margin[3],
            "font": { "size": TEXT.size, "color": theme.quiet_text() },
        }));
    }
    let [left, right, top, bottom] = plot.margin;
    let mut layout = json!({
        "title": {
            "text": format!("<b>{}</b>", lines(&title)), "x": 0, "xanchor": "left", "xref": "container",
            "y": 1, "yanchor": "top", "yref": "container", "pad": { "l": EDGE, "t": 14 },
            "font": { "size": TITLE.size, "color": theme.text() },
        },
        "font": {
            "family": format!("'{FAMILY}', 'Helvetica Neue', Arial, sans-serif"),
            "size": TEXT.size, "color": theme.text(),
        },
        "paper_bgcolor": theme.background(), "plot_bgcolor": theme.background(),
        "margin": { "l": left, "r": right, "t": top, "b": bottom, "pad": 0 },
        "height": plot.height, "autosize": plot.width.is_none(),
        "barmode": "overlay", "hovermode": "closest", "dragmode": if plot.zooms { json!("zoom") } else { json!(false) },
        "hoverlabel": {
            "bgcolor": theme.surface(), "bordercolor": theme.axis(),
            "font": { "color": theme.text(), "size": TEXT.size }, "namelength": 0, "align": "left",
        },
        "showlegend": plot.legend,
        "legend": {
            "orientation": "h", "x": 0, "xanchor": "left", "y": 1, "yanchor": "bottom",
            "font": { "color": theme.text() }, "itemclick": false, "itemdoubleclick": false,
        },
        "shapes": plot.shapes, "annotations": plot.annotations,
        "meta": { "id": figure.id, "alt": figure.alt, "caption": figure.caption },
    });
    if let Some(width) = plot.width {
        layout["width"] = width.into();
    }
    for (name, axis) in plot.axes {
        layout[name] = axis;
    }
    json!({
        "data": plot.traces,
        "layout": layout,
        "config": {
            "displaylogo": false, "displayModeBar": false, "responsive": plot.width.is_none(),
            "doubleClick": "reset", "showTips": false,
        },
    })
}

/// The page around the plots, in pixels.
struct Frame {
    width: f64,
    height: f64,
    /// What the title takes, and what the caption takes.
    above: f64,
    below: f64,
}

/// The parts of a plot.
struct Plot {
    traces: Vec<Value>,
    shapes: Vec<Value>,
    annotations: Vec<Value>,
    axes: Vec<(String, Value)>,
    /// Left, right, top, bottom.
    margin: [f64; 4],
    height: f64,
    /// A width that does not follow the page.
    width: Option<f64>,
    legend: bool,
    zooms: bool,
}

/// Text that Plotly does not take for markup.
fn plain(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn lines(lines: &[String]) -> String {
    lines
        .iter()
        .map(|line| plain(line))
        .collect::<Vec<_>>()
        .join("<br>")
}
