//! From a file to a [`Dataset`]: reading, dates, numbers, roles, weeks, missing values.
//!
//! [`load`] does it all. Its steps: [`Table::read`] holds the cells as text, [`infer_roles`]
//! tells what each column is from its name, [`assemble`] reads dates and numbers, checks and
//! fills. What cannot be used is an error that shows the cell; what is doubtful is a
//! [`Finding`](crate::finding::Finding); nothing is dropped or filled without one.

#[cfg(feature = "arrow")]
mod arrow;
mod assembly;
mod coming;
mod csv;
mod dataset;
mod dates;
mod description;
mod excel;
mod missing;
mod numbers;
mod panel;
mod parquet;
#[cfg(feature = "parquet")]
mod parquet_pages;
pub mod role;
mod schema;
mod table;
mod weeks;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use assembly::{Loaded, assemble, extend, load, to_csv};
pub use coming::Coming;
pub use dataset::{Dataset, Source};
pub use dates::DateFormat;
pub use description::{ColumnDescription, Correlation, Description, SpendShare};
pub use numbers::Decimal;
pub use panel::Panel;
pub use schema::{Inference, complete_roles, default_variable, infer_roles, toml_line};
pub use table::{Cell, Table};
pub use weeks::Daily;

/// How to read a file: `[data]` in `headwater.toml`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DataSettings {
    /// How dates are written.
    pub date_format: DateFormat,
    /// What to do with daily rows.
    pub daily: Daily,
    /// How decimal fractions are written.
    pub decimal: Decimal,
    /// The sheet of a workbook; needed when several hold data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
}

/// `(and 3 more: rows 5, 8, 9)`, for a message that shows the first of these rows.
fn and_more(table: &Table, rows: &[usize]) -> String {
    const SHOWN: usize = 10;
    let Some(rest) = rows.get(1..).filter(|rest| !rest.is_empty()) else {
        return String::new();
    };
    let shown: Vec<String> = rest
        .iter()
        .take(SHOWN)
        .map(|&row| table.row_number(row).to_string())
        .collect();
    format!(
        " (and {} more: row{} {}{})",
        rest.len(),
        if rest.len() == 1 { "" } else { "s" },
        shown.join(", "),
        if rest.len() > SHOWN { ", ..." } else { "" },
    )
}
