//! # Words, figures and reports from a finished analysis
//!
//! Every function takes finished values and returns text or pictures; nothing here computes, prints or
//! reads a file. A number that is not in [`Analysis`](headwater::analysis::Analysis) is asked of the room that knows it.
//!
//! - [`screen()`]: the one screen that `headwater fit` prints,
//! - [`check_screen`]: roles and data findings, before anything is fitted,
//! - [`validate_screen`]: every check with its figure and its bound,
//! - [`comparison_screen`]: estimators or runs side by side,
//! - [`retraining_screen`]: what newer weeks changed,
//! - [`panel_screen`]: every brand of a panel on one screen,
//! - [`timing_screen`], [`curves_screen`], [`attribution_screen`]: when, how much, and whose it was,
//! - [`scenario_screen`], [`scenarios_screen`], [`forecast_screen`]: what if, and what comes,
//! - [`budget_screen`]: where the money of the weeks to come goes,
//! - [`pricing_screen`]: elasticities, the observed prices, promotions,
//! - [`figures`]: pictures as data; [`drawing`] makes SVG, PNG or Plotly JSON of them,
//! - [`summary`]: the answer in three sentences, for every face,
//! - [`report`]: a run as one page to send, HTML and Markdown,
//! - [`explain`]: a page for each finding,
//! - [`demo_screen`], [`effects_beside_truth`]: estimates of a simulated market beside what was built into it.

pub mod drawing;
pub mod explain;
pub mod figures;
pub mod report;
mod said;
pub mod summary;
mod terminal;

pub use headwater::number;
pub use terminal::{
    RunInfo, Style, attribution_screen, budget_screen, check_screen, comparison_screen,
    curves_screen, demo_screen, direct_flag, effects_beside_truth, forecast_screen, panel_screen,
    pricing_screen, recommend_screen, retraining_screen, scenario_screen, scenarios_screen, screen,
    timing_screen, validate_screen,
};
