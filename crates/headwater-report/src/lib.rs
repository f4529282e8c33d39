//! # Words and tables from a finished analysis
//!
//! Every function takes finished values and returns text; nothing here computes, prints or
//! reads a file. A number that is not in [`Analysis`](headwater::analysis::Analysis) is asked of the room that knows it.
//!
//! - [`screen()`]: the one screen that `headwater fit` prints,
//! - [`check_screen`]: roles and data findings, before anything is fitted,
//! - [`validate_screen`]: every check with its figure and its bound,
//! - [`comparison_screen`]: estimators or runs side by side,
//! - [`retraining_screen`]: what newer weeks changed,
//! - [`timing_screen`], [`curves_screen`], [`attribution_screen`]: when, how much, and whose it was,
//! - [`scenario_screen`], [`scenarios_screen`], [`forecast_screen`]: what if, and what comes,
//! - [`budget_screen`]: where the money of the weeks to come goes,
//! - [`pricing_screen`]: elasticities, the observed prices, promotions,
//! - [`explain`]: a page for each finding,
//! - [`demo_screen`], [`effects_beside_truth`]: estimates of a simulated market beside what was built into it.

mod answer;
mod assumptions;
mod attribution;
mod budget;
mod check;
mod comparison;
mod curves;
mod effects;
pub mod explain;
mod findings;
pub use headwater::number;
mod forecast;
mod path_doubt;
mod pricing;
mod recommend;
mod retraining;
mod scenario;
mod screen;
mod sensitivity;
mod style;
mod table;
mod timing;
mod truth;
mod validate;

pub use answer::direct_flag;
pub use attribution::attribution_screen;
pub use budget::budget_screen;
pub use check::check_screen;
pub use comparison::comparison_screen;
pub use curves::curves_screen;
pub use forecast::forecast_screen;
pub use pricing::pricing_screen;
pub use recommend::recommend_screen;
pub use retraining::retraining_screen;
pub use scenario::{scenario_screen, scenarios_screen};
pub use screen::{RunInfo, screen};
pub use style::Style;
pub use timing::timing_screen;
pub use truth::{demo_screen, effects_beside_truth};
pub use validate::validate_screen;
