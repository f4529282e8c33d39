//! How far the numbers can be trusted: out of sample, beside naive forecasts, and whether there
//! is a path at all.

pub mod cross_validation;
pub mod linear_twin;
pub mod metrics;
mod path;
pub mod sensitivity;
mod skill;
mod strength;

pub use path::path;
pub use skill::skill;
pub use strength::PathStrength;
