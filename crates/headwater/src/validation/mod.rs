//! How far the numbers can be trusted: out of sample beside naive forecasts, whether the path
//! through the mediator holds, what would change the answer, and what the errors look like.

pub mod assumption;
pub mod cross_validation;
pub mod diagnostics;
pub mod hac;
pub mod linear_twin;
pub mod metrics;
mod skill;

pub use skill::skill;
