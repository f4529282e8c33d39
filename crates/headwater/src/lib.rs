//! # Headwater
//!
//! A marketing mix model that follows spend downstream: social spend creates search, search
//! becomes Google spend, Google spend becomes revenue.

pub mod data;
pub mod design;
pub mod error;
pub mod estimate;
pub mod estimators;
pub mod features;
pub mod finding;
pub mod numeric;
pub mod simulate;
pub mod splits;
