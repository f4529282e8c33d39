//! What to do next: where the next dollar goes.

pub mod budget;
