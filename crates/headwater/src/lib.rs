//! # Headwater
//!
//! A marketing mix model that follows spend downstream: social spend creates search, search
//! becomes Google spend, Google spend becomes revenue.

pub mod analysis;
pub mod data;
pub mod design;
pub mod effects;
pub mod error;
pub mod estimate;
pub mod estimators;
pub mod features;
pub mod finding;
pub mod mediation;
pub mod numeric;
pub mod progress;
pub mod splits;
pub mod validation;
