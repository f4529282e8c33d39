//! # Pictures of a finished analysis
//!
//! A [`Figure`] is data: what is drawn, in what unit, and a sentence that says what is to be seen.
//! How it is drawn is the business of [`drawing`](crate::drawing). Every picture is built from an answer of the
//! library in a file of its own; nothing here computes a statistic.

mod actual_predicted;
mod budget;
mod catalogue;
mod claim;
mod cross_validation;
mod data;
mod effects;
mod feature_importance;
mod figure;
mod graph;
mod impulse_responses;
mod model_diagnostics;
mod panel;
mod price_curve;
mod residuals;
mod response_curves;
mod returns;
mod scenario;
mod scenario_analysis;
mod seasons;
mod sensitivity;
mod waterfall;
mod weekly;

pub use actual_predicted::actual_predicted;
pub use budget::budget;
pub use catalogue::{CATALOGUE, Entry};
pub use cross_validation::cross_validation;
pub use data::{correlation, series, spend_share};
pub use effects::effects;
pub use feature_importance::feature_importance;
pub use figure::{
    Axis, Content, Edge, Figure, Graph, Ink, Mark, Node, NumberFormat, Panel, Scale, Shape,
};
pub use graph::graph;
pub use impulse_responses::impulse_responses;
pub use model_diagnostics::model_diagnostics;
pub use price_curve::price_curve;
pub use residuals::residuals;
pub use response_curves::response_curves;
pub use returns::returns;
pub use scenario::{scenario, scenarios};
pub use scenario_analysis::{half_to_twice, scenario_analysis};
pub use seasons::seasons;
pub use sensitivity::sensitivity;
pub use waterfall::waterfall;
