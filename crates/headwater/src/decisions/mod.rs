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

mod change;
mod outlook;
mod plan;
pub mod pricing;
pub mod scenario;
pub mod support;

pub use change::{By, Change};
pub use outlook::{average_weeks, tail_weeks};
pub use plan::{Plan, Planned};
pub use pricing::{Pricing, PricingQuestion};
pub use scenario::Scenario;
pub use support::{Outside, Support};
