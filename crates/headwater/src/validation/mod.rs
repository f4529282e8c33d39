//! How far the numbers can be trusted: out of sample, beside naive forecasts, and whether there
//! is a path at all.

pub mod assumption;
pub mod cross_validation;
pub mod hac;
pub mod linear_twin;
pub mod metrics;
mod skill;

pub use skill::skill;
