//! The two-stage model and its one verb.
//!
//! Stage 1 predicts the mediator from the exposures, stage 2 the outcome from the mediator and
//! from the exposures whose direct edge is drawn. [`MediationModel::fit`] returns a
//! [`FittedMediation`], which answers [`potential_outcome`](FittedMediation::potential_outcome):
//! the outcome week by week if one exposure path acted directly while the mediator stood where
//! another path would have brought it. Every effect is a difference between two such worlds.

mod intervention;
mod link;
mod model;
mod policy;
mod potential_outcome;
mod prepared;
mod resampling;
mod selection;
mod settings;

pub use intervention::{Change, Intervention};
pub use link::Link;
pub use model::{FittedMediation, FittedMediator, MediationModel};
pub use policy::MediatorPolicy;
pub use potential_outcome::World;
pub use prepared::{BuiltPath, Prepared};
pub use settings::{CrossFit, MediationSettings, Reading};
