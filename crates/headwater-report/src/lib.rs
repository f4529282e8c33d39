//! # Words and tables from a finished analysis
//!
//! Every function takes finished values and returns text; nothing here computes, prints or
//! reads a file. A number that is not in [`Analysis`](headwater::analysis::Analysis) is asked of the room that knows it.
//!
//! - [`screen()`]: the one screen that `headwater fit` prints,
//! - [`check_screen`]: roles and data findings, before anything is fitted,
//! - [`demo_screen`], [`effects_beside_truth`]: estimates of a simulated market beside what was built into it.

mod check;
mod findings;
pub mod number;
mod screen;
#[allow(dead_code)] // shown by the fit screen once an analysis holds it
mod sensitivity;
mod style;
mod table;
mod truth;

pub use check::check_screen;
pub use screen::{RunInfo, screen};
pub use style::Style;
pub use truth::{demo_screen, effects_beside_truth};
