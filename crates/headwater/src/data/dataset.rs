//! A dataset: numeric columns over regular weeks, checked once and then trusted.

use std::sync::Arc;

use indexmap::IndexMap;
use jiff::ToSpan;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::numbers::LARGEST;
use super::role::{Role, Roles};
use crate::error::{Error, Result};

/// Where the data came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Source {
    /// The file name, without its folder.
    pub name: String,
    /// SHA-256 of the file's bytes, in hex.
    pub sha256: String,
}

/// Weekly columns with their roles. Weeks ascend by 7 days without gaps; every value of a
/// column that has a part in the model is finite; there is one mediator, one outcome and at
/// least one exposure.
#[derive(Debug, Clone)]
pub struct Dataset {
    source: Source,
    roles: Roles,
    weeks: Vec<Date>,
    columns: IndexMap<String, Arc<[f64]>>,
}

/// The least that a column which is not 0 throughout must reach: its squares are still numbers.
const SMALLEST: f64 = 1e-12;

impl Dataset {
    /// Builds a dataset and checks what this type promises.
    ///
    /// `columns` holds the numeric columns that have a part in the model; `roles` may name
    /// more (ignored ones, the date).
    ///
    /// # Errors
    /// Names the column and week of whatever breaks the promise.
    pub fn new(
        source: Source,
        roles: Roles,
        weeks: Vec<Date>,
        columns: IndexMap<String, Arc<[f64]>>,
    ) -> Result<Self> {
        for (what, role) in [("mediator", Role::Mediator), ("outcome", Role::Outcome)] {
            let names: Vec<_> = roles.with_role(role).collect();
            if names.len() != 1 {
                return Err(Error::input(
                    format!("exactly one column must have the role {what}; found {names:?}"),
                    format!("set `role = \"{what}\"` on one column in headwater.toml"),
                ));
            }
        }
        if roles.exposures().is_empty() {
            return Err(Error::input(
                "no column has the role exposure",
                "set `role = \"exposure\"` on the upper-funnel spend columns in headwater.toml",
            ));
        }
        for pair in weeks.windows(2) {
            let days = pair[0]
                .until(pair[1])
                .map(|span| span.get_days())
                .unwrap_or(0);
            if days != 7 {
                return Err(Error::input(
                    format!(
                        "week {} is followed by {}, {days} days later",
                        pair[0], pair[1]
                    ),
                    "give one row for each week, 7 days apart",
                ));
            }
        }
        for role in [
            Role::Exposure,
            Role::Mediator,
            Role::Lever,
            Role::Control,
            Role::Outcome,
        ] {
            for name in roles.with_role(role) {
                let Some(values) = columns.get(name) else {
                    return Err(Error::input(
                        format!("the column {name} has a role but no values"),
                        "check the column's name in headwater.toml",
                    ));
                };
                if values.len() != weeks.len() {
                    return Err(Error::input(
                        format!(
                            "the column {name} has {} values for {} weeks",
                            values.len(),
                            weeks.len()
                        ),
                        "give one value a week",
                    ));
                }
                if let Some(t) = values.iter().position(|value| !value.is_finite()) {
                    return Err(Error::input(
                        format!("the column {name} has no finite value in week {}", weeks[t]),
                        format!("correct the cell, or set a `fill` for {name} in headwater.toml"),
                    ));
                }
                if let Some(t) = values.iter().position(|value| value.abs() > LARGEST) {
                    return Err(Error::input(
                        format!(
                            "the column {name} is {:e} in week {}, too large to compute with",
                            values[t], weeks[t]
                        ),
                        "correct the value, or write the column in larger units, such as thousands",
                    ));
                }
                let most = values
                    .iter()
                    .fold(0.0_f64, |most, value| most.max(value.abs()));
                if most > 0.0 && most < SMALLEST {
                    return Err(Error::input(
                        format!(
                            "the column {name} is never further from 0 than {most:e}, too small to \
                             compute with"
                        ),
                        "correct the values, or write the column in smaller units, such as cents",
                    ));
                }
            }
        }
        Ok(Dataset {
            source,
            roles,
            weeks,
            columns,
        })
    }

    /// Where the data came from.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The graph.
    pub fn roles(&self) -> &Roles {
        &self.roles
    }

    /// The first day of each week, ascending.
    pub fn weeks(&self) -> &[Date] {
        &self.weeks
    }

    /// The number of weeks.
    pub fn len(&self) -> usize {
        self.weeks.len()
    }

    /// Whether there is no week at all.
    pub fn is_empty(&self) -> bool {
        self.weeks.is_empty()
    }

    /// The values of a column, one a week.
    ///
    /// # Panics
    /// When the dataset has no such column: names come from [`Dataset::roles`].
    pub fn column(&self, name: &str) -> &Arc<[f64]> {
        self.columns
            .get(name)
            .unwrap_or_else(|| panic!("the dataset has no column {name}"))
    }

    /// The mediator, one value a week.
    pub fn mediator(&self) -> &Arc<[f64]> {
        self.column(
            self.roles
                .only(Role::Mediator)
                .expect("checked by Dataset::new"),
        )
    }

    /// The outcome, one value a week.
    pub fn outcome(&self) -> &Arc<[f64]> {
        self.column(
            self.roles
                .only(Role::Outcome)
                .expect("checked by Dataset::new"),
        )
    }

    /// The columns that have a part in the model, in file order.
    pub fn columns(&self) -> impl Iterator<Item = (&str, &Arc<[f64]>)> {
        self.columns
            .iter()
            .map(|(name, values)| (name.as_str(), values))
    }

    /// The same weeks with other values in one column.
    ///
    /// # Errors
    /// Those of [`Dataset::new`].
    ///
    /// # Panics
    /// When the dataset has no such column.
    pub fn with_column(&self, name: &str, values: impl Into<Arc<[f64]>>) -> Result<Self> {
        let mut columns = self.columns.clone();
        let column = columns.get_mut(name);
        *column.unwrap_or_else(|| panic!("the dataset has no column {name}")) = values.into();
        let (source, roles) = (self.source.clone(), self.roles.clone());
        Dataset::new(source, roles, self.weeks.clone(), columns)
    }

    /// These weeks and `more` after them, with the values that `later` gives for each column from its
    /// name and history.
    ///
    /// # Errors
    /// Those of [`Dataset::new`], and when there is no week to go on from.
    pub fn extended(
        &self,
        more: usize,
        mut later: impl FnMut(&str, &[f64]) -> Vec<f64>,
    ) -> Result<Self> {
        let Some(last) = self.weeks.last() else {
            return Err(Error::input(
                "there is no week to go on from",
                "give at least one week",
            ));
        };
        let after = (1..=more).map(|week| last.saturating_add((7 * week as i64).days()));
        let columns = self.columns.iter().map(|(name, values)| {
            let values = values.iter().copied().chain(later(name, values));
            (name.clone(), values.collect())
        });
        Dataset::new(
            self.source.clone(),
            self.roles.clone(),
            self.weeks.iter().copied().chain(after).collect(),
            columns.collect(),
        )
    }
}
