//! Arithmetic that knows nothing of marketing.

pub mod least_squares;
pub mod ledoit_wolf;
pub mod long_run;
pub mod orthonormal;
pub mod random;
pub mod summary;
pub mod vector;
