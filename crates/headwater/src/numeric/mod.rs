//! Arithmetic that knows nothing of marketing.

pub mod random;
pub mod summary;
