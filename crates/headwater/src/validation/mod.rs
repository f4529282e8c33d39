//! How far the numbers can be trusted: out of sample, beside naive forecasts, and whether there
//! is a path at all.

pub mod clark_west;
pub mod conformal;
pub mod cross_validation;
pub mod metrics;
mod path;
pub mod placebo;
mod skill;
pub mod stability;
mod strength;
mod twin;

pub use path::path;
pub use skill::skill;
pub use strength::PathStrength;
