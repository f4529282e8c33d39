//! What must hold of anything that Headwater is given to read, however it came about.
//!
//! Each function takes bytes and panics where a promise is broken. The fuzzer calls them with what it
//! makes up, the tests of the workspace with the corpus that it left.

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

/// Every target by its name, which is also that of its corpus; beside them stands `api`, which needs the
/// server.
pub const TARGETS: &[(&str, Target)] = &[
    ("cells", cells::hold),
    ("csv", csv::hold),
    ("models", models::hold),
    ("parquet", parquet::hold),
    ("plans", plans::hold),
    ("run", run::hold),
    ("settings", settings::hold),
    ("workbook", workbook::hold),
];
