//! How far the numbers can be trusted: out of sample beside naive forecasts, whether the path
//! through the mediator holds, what would change the answer, and what the errors look like.

pub mod assumption;
mod bounds;
mod chi_squared;
pub mod clark_west;
pub mod concordance;
pub mod conformal;
pub mod cross_validation;
pub mod diagnostics;
pub mod hac;
mod holm;
pub mod linear_twin;
pub mod metrics;
mod naive_forecast;
pub mod placebo;
mod ridge_twin;
pub mod sensitivity;
mod skill;
pub mod stability;

pub use bounds::Bounds;
pub use chi_squared::ChiSquaredTest;
pub use holm::holm;
pub use naive_forecast::NaiveForecast;
pub use skill::skill;
