//! What must hold of anything that Headwater is given to read, however it came about.
//!
//! Each function takes bytes and panics where a promise is broken. The fuzzer calls them with what it
//! makes up, the tests of the workspace with the corpus that it left.

mod api;
mod cells;
mod csv;
mod models;
mod parquet;
mod plans;
mod promises;
mod run;
mod settings;
mod workbook;

/// What is read of the bytes of a test, and what must hold of it.
pub type Target = fn(&[u8]);

/// Every target by its name, which is also that of its corpus.
pub const TARGETS: &[(&str, Target)] = &[
    ("api", api::hold),
    ("cells", cells::hold),
    ("csv", csv::hold),
    ("models", models::hold),
    ("parquet", parquet::hold),
    ("plans", plans::hold),
    ("run", run::hold),
    ("settings", settings::hold),
    ("workbook", workbook::hold),
];

/// The target of that name.
pub fn target(name: &str) -> Option<Target> {
    let (_, target) = TARGETS.iter().find(|(known, _)| *known == name)?;
    Some(*target)
}
