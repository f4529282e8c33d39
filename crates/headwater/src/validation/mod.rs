//! How far the numbers can be trusted: out of sample, and beside naive forecasts.

pub mod cross_validation;
pub mod metrics;
