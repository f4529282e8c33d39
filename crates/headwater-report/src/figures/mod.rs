//! # Pictures of a finished analysis
//!
//! A [`Figure`] is data: what is drawn, in what unit, and a sentence that says what is to be seen.
//! [`svg`] draws it for files and the report, [`png`] rasterises that with an embedded font, [`plotly`]
//! writes it for interactive pages and notebooks. Every picture is built from an answer of the
//! library in a file of its own; nothing here computes a statistic.

mod actual_predicted;
mod catalogue;
mod claim;
mod data;
mod effects;
mod figure;
mod model_diagnostics;
mod panel;
mod residuals;
mod seasons;
mod weekly;

pub use actual_predicted::actual_predicted;
pub use catalogue::{CATALOGUE, Entry};
pub use data::{correlation, series, spend_share};
pub use effects::effects;
pub use figure::{
    Axis, Content, Edge, Figure, Graph, Ink, Mark, Node, NumberFormat, Panel, Scale, Shape,
};
pub use model_diagnostics::model_diagnostics;
pub use residuals::residuals;
pub use seasons::seasons;
