//! How far the numbers can be trusted: out of sample, beside naive forecasts, and whether there
//! is a path at all.

mod bounds;
pub mod cross_validation;
pub mod metrics;
mod path;
mod skill;
mod strength;

pub use bounds::Bounds;
pub use path::path;
pub use skill::skill;
pub use strength::PathStrength;
