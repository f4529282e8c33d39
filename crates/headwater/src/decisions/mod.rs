//! What to do next: what if, how much more, where does the next dollar go, when, at what price.
//!
//! Every answer is a difference between two worlds of
//! [`potential_outcome`](crate::mediation::FittedMediation::potential_outcome), asked of the fitted
//! model and of all its replicates ([`Ensemble`](crate::effects::Ensemble)): the mediated path is in
//! every answer, and the interval comes from the same replicates as the effects.
//!
//! A plan is a dataset as it would be: the same columns over the same weeks (or more of them) with
//! other spend, prices or promotions. It is computed up to the edge of what the data have seen and
//! says what lies beyond ([`support`]).

pub mod attribution;
mod baseline;
pub mod budget;
mod change;
mod comparison;
mod forecast;
mod joint_support;
mod outlook;
mod plan;
mod plans;
pub mod pricing;
pub mod response_curve;
pub mod scenario;
pub mod support;
pub mod timing;

pub use attribution::Attribution;
pub use baseline::Baseline;
pub use budget::{Allocation, BudgetSettings};
pub use change::{By, Change};
pub use comparison::{Difference, Scenarios};
pub use forecast::{Forecast, ForecastWeek};
pub use joint_support::JointSupport;
pub use outlook::{average_weeks, tail_weeks};
pub use plan::{Plan, Planned};
pub use plans::Plans;
pub use pricing::{Pricing, PricingQuestion};
pub use response_curve::{CurveQuestion, ResponseCurves};
pub use scenario::{Pooled, Scenario};
pub use support::{Outside, Support};
pub use timing::Timing;
