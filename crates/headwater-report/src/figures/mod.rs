//! # Pictures of a finished analysis
//!
//! A [`Figure`] is data: what is drawn, in what unit, and a sentence that says what is to be seen.
//! [`svg`] draws it for files and the report, [`png`] rasterises that with an embedded font, [`plotly`]
//! writes it for interactive pages and notebooks. Every picture is built from an answer of the
//! library in a file of its own; nothing here computes a statistic.

mod bars;
mod budget;
mod catalogue;
mod claim;
mod cross_validation;
mod domain;
mod effects;
mod feature_importance;
mod figure;
mod graph;
mod graph_layout;
mod impulse_responses;
mod number_format;
mod panel;
mod png;
mod price_curve;
mod rect;
mod response_curves;
mod returns;
mod scenario;
mod scenario_analysis;
mod sensitivity;
mod svg;
mod theme;
mod ticks;
mod typeface;
mod waterfall;

pub use budget::budget;
pub use catalogue::{CATALOGUE, Entry};
pub use cross_validation::cross_validation;
pub use effects::effects;
pub use feature_importance::feature_importance;
pub use figure::{
    Axis, Content, Edge, Figure, Graph, Ink, Mark, Node, NumberFormat, Panel, Scale, Shape,
};
pub use graph::graph;
pub use impulse_responses::impulse_responses;
pub use png::png;
pub use price_curve::price_curve;
pub use response_curves::response_curves;
pub use returns::returns;
pub use scenario::{scenario, scenarios};
pub use scenario_analysis::{half_to_twice, scenario_analysis};
pub use sensitivity::sensitivity;
pub use svg::svg;
pub use theme::Theme;
pub use waterfall::waterfall;
