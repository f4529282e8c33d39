//! How far the numbers can be trusted: out of sample beside naive forecasts, whether the path
//! through the mediator holds, what would change the answer, and what the errors look like.

pub mod assumption;
pub mod clark_west;
pub mod conformal;
pub mod cross_validation;
pub mod diagnostics;
pub mod hac;
pub mod linear_twin;
pub mod metrics;
pub mod placebo;
pub mod sensitivity;
mod skill;
pub mod stability;
mod ridge_twin;

pub use skill::skill;
