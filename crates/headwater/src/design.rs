//! A design matrix: named columns over weeks.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why a column is in the design.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Its slope is part of an effect: not penalised by default (methods brief, 2.5).
    Causal,
    /// It holds other influences fixed and may be shrunk.
    Control,
}

/// The sign a column's influence must have, where the estimator can impose one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Monotone {
    /// No constraint.
    Free,
    /// More of the column never lowers the target.
    Increasing,
    /// More of the column never raises the target.
    Decreasing,
}

/// One named column over all weeks. Cloning shares the values.
#[derive(Debug, Clone)]
pub struct Column {
    /// The name shown in reports and errors.
    pub name: Arc<str>,
    /// One value a week.
    pub values: Arc<[f64]>,
    /// Causal or control.
    pub purpose: Purpose,
    /// The sign constraint.
    pub monotone: Monotone,
}

impl Column {
    /// A control without a sign constraint.
    pub fn control(name: impl Into<Arc<str>>, values: impl Into<Arc<[f64]>>) -> Self {
        Column {
            name: name.into(),
            values: values.into(),
            purpose: Purpose::Control,
            monotone: Monotone::Free,
        }
    }

    /// A causal column with the given sign constraint.
    pub fn causal(
        name: impl Into<Arc<str>>,
        values: impl Into<Arc<[f64]>>,
        monotone: Monotone,
    ) -> Self {
        Column {
            name: name.into(),
            values: values.into(),
            purpose: Purpose::Causal,
            monotone,
        }
    }
}

/// Named columns over the same weeks, in the order the estimator sees them. No intercept:
/// every estimator adds its own.
///
/// ```
/// use headwater::design::{Column, Design};
/// let design = Design::new(3, vec![Column::control("trend", vec![0.0, 1.0, 2.0])]);
/// assert_eq!((design.weeks(), design.width()), (3, 1));
/// ```
#[derive(Debug, Clone)]
pub struct Design {
    columns: Vec<Column>,
    weeks: usize,
}

impl Design {
    /// A design over `weeks` weeks.
    ///
    /// # Panics
    /// When a column has another length, or two columns share a name: both are mistakes
    /// of the program, not of the data.
    pub fn new(weeks: usize, columns: Vec<Column>) -> Self {
        let mut names = HashSet::with_capacity(columns.len());
        for column in &columns {
            assert_eq!(
                column.values.len(),
                weeks,
                "column {} has a wrong length",
                column.name
            );
            assert!(
                names.insert(&*column.name),
                "column {} stands in the design twice",
                column.name
            );
        }
        Design { columns, weeks }
    }

    /// The number of weeks (rows).
    pub fn weeks(&self) -> usize {
        self.weeks
    }

    /// The number of columns.
    pub fn width(&self) -> usize {
        self.columns.len()
    }

    /// The columns in order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| &*column.name == name)
    }

    /// The same columns over a range of weeks; all weeks share their values with this design.
    pub fn slice(&self, weeks: Range<usize>) -> Design {
        if weeks == (0..self.weeks) {
            return self.clone();
        }
        let columns = self
            .columns
            .iter()
            .map(|column| Column {
                values: column.values[weeks.clone()].into(),
                ..column.clone()
            })
            .collect();
        Design {
            columns,
            weeks: weeks.len(),
        }
    }
}
