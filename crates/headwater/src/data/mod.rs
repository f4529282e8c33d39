//! From a file to a [`Dataset`]: reading, dates, numbers, roles, weeks, missing values.

mod dataset;
pub mod role;

pub use dataset::{Dataset, Source};
