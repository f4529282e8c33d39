//! The Plotly form of every figure: whole, on the right axes, and without holes.

use headwater_report::drawing::{Theme, plotly};
use headwater_report::figures::{Content, Figure, Mark, Panel, Scale};
use serde_json::Value;

use crate::figures;

fn all() -> Vec<Figure> {
    figures::ordinary()
        .into_iter()
        .chain(figures::awkward())
        .collect()
}

fn panels(figure: &Figure) -> &[Panel] {
    match &figure.content {
        Content::Panels { panels, .. } => panels,
        Content::Graph(_) => &[],
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// `HEADWATER_PICTURES=folder cargo test ...` keeps the plots, to be looked at beside a plotly.js there.
#[test]
fn plots_can_be_kept_as_pages() {
    let Some(folder) = std::env::var_os("HEADWATER_PICTURES").map(std::path::PathBuf::from) else {
        println!("skipped: HEADWATER_PICTURES names no folder");
        return;
    };
    let mut page =
        String::from("<!doctype html><meta charset=utf-8><script src=plotly.js></script>");
    for (i, figure) in all().into_iter().enumerate() {
        let theme = if i % 2 == 0 {
            Theme::Light
        } else {
            Theme::Dark
        };
        let plot = plotly(&figure, theme);
        assert!(plot["data"].is_array());
        page += &format!(
            "<div id=p{i}></div><script>{{let p={plot};Plotly.newPlot('p{i}',p.data,p.layout,p.config)}}</script>"
        );
    }
    std::fs::write(folder.join("plots.html"), page).unwrap();
}

#[test]
fn every_mark_appears_on_the_axes_of_its_panel() {
    for figure in all() {
        let plot = plotly(&figure, Theme::Light);
        let (traces, shapes) = (list(&plot["data"]), list(&plot["layout"]["shapes"]));
        for (i, panel) in panels(&figure).iter().enumerate() {
            let axis = match i {
                0 => "x".to_string(),
                _ => format!("x{}", i + 1),
            };
            let of = |kind: &str| {
                traces
                    .iter()
                    .filter(|t| t["xaxis"] == axis && t["type"] == kind)
                    .count()
            };
            let count = |is: fn(&Mark) -> bool| panel.marks.iter().filter(|mark| is(mark)).count();
            assert_eq!(
                of("bar"),
                count(|m| matches!(m, Mark::Bars { .. })),
                "{}",
                figure.id
            );
            assert_eq!(
                of("heatmap"),
                count(|m| matches!(m, Mark::Heat { .. })),
                "{}",
                figure.id
            );
            let rows = count(|m| {
                matches!(
                    m,
                    Mark::Line { .. } | Mark::Points { .. } | Mark::Band { .. }
                )
            });
            assert!(
                of("scatter") >= rows,
                "{}: {} of {rows}",
                figure.id,
                of("scatter")
            );
            let upright =
                count(|m| matches!(m, Mark::Span { .. } | Mark::Reference { upright: true, .. }));
            let here = shapes.iter().filter(|shape| shape["xref"] == axis).count();
            assert_eq!(here, upright, "{}", figure.id);
            let weeks = matches!(&panel.x.scale, Scale::Weeks(_));
            let name = format!("xaxis{}", axis.trim_start_matches('x'));
            let kind = plot["layout"][&name]["type"].as_str().unwrap();
            assert_eq!(kind == "date", weeks, "{} {name}: {kind}", figure.id);
        }
    }
}

#[test]
fn no_number_is_missing_where_one_is_needed() {
    for figure in all() {
        for theme in [Theme::Light, Theme::Dark] {
            let plot = plotly(&figure, theme);
            for trace in list(&plot["data"]) {
                let needed: &[&str] = match trace["type"].as_str().unwrap() {
                    "bar" => &["x", "y", "base", "width"],
                    "scatter" if trace["fill"] == "toself" => &["x", "y"],
                    // A gap of a line is a null of its values.
                    "scatter" if trace["connectgaps"] == false => &[],
                    "scatter" => &["x", "y"],
                    _ => &[],
                };
                for field in needed {
                    assert!(
                        list(&trace[*field]).iter().all(Value::is_number),
                        "{} {}: {}",
                        figure.id,
                        field,
                        trace[*field]
                    );
                }
                let (x, y) = (list(&trace["x"]).len(), list(&trace["y"]).len());
                assert_eq!(x, y, "{}", figure.id);
            }
            for (name, axis) in plot["layout"].as_object().unwrap() {
                if name.starts_with("xaxis") || name.starts_with("yaxis") {
                    assert!(
                        list(&axis["range"]).iter().all(Value::is_number),
                        "{name}: {axis}"
                    );
                }
            }
            let text = plot.to_string();
            assert!(!text.contains("NaN"), "{}", figure.id);
            assert_eq!(text, plotly(&figure, theme).to_string());
        }
    }
}

#[test]
fn hovering_says_the_number_with_its_unit_and_interval() {
    let plot = plotly(&figures::effects(), Theme::Light);
    let text = plot["data"].to_string();
    assert!(
        text.contains("facebook_spend, through Google<br><b>$420k</b>"),
        "{text}"
    );
    assert!(text.contains("<b>$155k</b><br>$65.0k to $315k"), "{text}");
}

#[test]
fn names_are_not_taken_for_markup() {
    let mut figure = figures::effects();
    figure.title = "a <b> & c".into();
    let plot = plotly(&figure, Theme::Light);
    assert_eq!(
        plot["layout"]["title"]["text"],
        "<b>a &lt;b&gt; &amp; c</b>"
    );
}

#[test]
fn every_box_and_arrow_of_a_graph_can_be_hovered() {
    let figure = figures::graph(4);
    let Content::Graph(graph) = &figure.content else {
        unreachable!("a graph")
    };
    let plot = plotly(&figure, Theme::Dark);
    assert_eq!(
        list(&plot["data"][0]["text"]).len(),
        graph.nodes.len() + graph.edges.len()
    );
    let shapes = list(&plot["layout"]["shapes"]).len();
    assert_eq!(shapes, graph.nodes.len() + 2 * graph.edges.len());
}
