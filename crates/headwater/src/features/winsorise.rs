//! Extreme values held at a quantile of the training weeks, on request only.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::data::Dataset;
use crate::data::role::{Role, Roles};
use crate::design::Column;
use crate::error::{Error, Result};
use crate::finding::{Finding, Status};
use crate::numeric::summary::quantile;

/// `winsorise = { upper = 0.99 }`, or by column: `winsorise.columns = { emails = 0.95 }`.
///
/// Values above the quantile of the training weeks count as the quantile, in training and later
/// weeks and in every what-if. The mediator and the outcome are never touched: holding them would
/// change what is forecast and scored.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Winsorise {
    /// The quantile for every exposure, lever and control, in (0, 1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upper: Option<f64>,
    /// Quantiles of single columns, in (0, 1), in place of `upper`.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub columns: IndexMap<String, f64>,
}

impl Winsorise {
    /// Refuses having nothing to do, quantiles outside (0, 1), and columns that are no exposure,
    /// lever or control.
    pub(super) fn validate(&self, roles: &Roles) -> Result<()> {
        if self.upper.is_none() && self.columns.is_empty() {
            return Err(Error::setting(
                "features.winsorise names neither `upper` nor columns",
                "write `winsorise = { upper = 0.99 }`, or remove it",
            ));
        }
        let quantiles = self.columns.values().chain(&self.upper);
        if let Some(quantile) = quantiles.into_iter().find(|q| !(**q > 0.0 && **q < 1.0)) {
            return Err(Error::setting(
                format!("features.winsorise holds values at the quantile {quantile}"),
                "use a number between 0 and 1, such as 0.99",
            ));
        }
        for name in self.columns.keys() {
            let role = roles.columns.get(name).map(|variable| variable.role);
            if !matches!(role, Some(Role::Exposure | Role::Lever | Role::Control)) {
                return Err(Error::setting(
                    format!(
                        "features.winsorise names {name}, which is no exposure, lever or control"
                    ),
                    "the mediator and the outcome are forecast and scored as they are",
                ));
            }
        }
        Ok(())
    }

    /// Learns the limits from the weeks that `learned` keeps of a column: quantiles of type 7.
    pub(super) fn learn(&self, data: &Dataset, learned: &dyn Fn(&[f64]) -> Vec<f64>) -> Limits {
        let roles = data.roles();
        let names = roles.exposures().into_iter().chain(roles.covariates());
        let limits = names.filter_map(|name| {
            let level = self.columns.get(name).copied().or(self.upper)?;
            let seen = learned(data.column(name));
            let limit = quantile(&seen, level);
            let weeks = seen.iter().filter(|value| **value > limit).count();
            Some((name.to_string(), Limit { limit, weeks }))
        });
        Limits(limits.collect())
    }
}

/// The learned limits, by column.
#[derive(Debug, Default)]
pub(super) struct Limits(IndexMap<String, Limit>);

#[derive(Debug)]
struct Limit {
    /// In the unit of the column.
    limit: f64,
    /// Training weeks above it.
    weeks: usize,
}

impl Limits {
    /// The limit of a column.
    pub fn of(&self, column: &str) -> Option<f64> {
        self.0.get(column).map(|limit| limit.limit)
    }

    /// Holds a column at its limit, if it has one.
    pub fn hold(&self, column: &mut Column) {
        if let Some(limit) = self.of(&column.name) {
            column.values = held(&column.values, limit).into();
        }
    }

    /// Which columns were held, at what, in how many training weeks.
    pub fn finding(&self) -> Finding {
        let touched = self.0.iter().filter(|(_, limit)| limit.weeks > 0);
        let said: Vec<String> = touched
            .map(|(name, limit)| {
                let plural = if limit.weeks == 1 { "" } else { "s" };
                format!("{name} at {} in {} week{plural}", limit.limit, limit.weeks)
            })
            .collect();
        let (status, summary) = if said.is_empty() {
            (
                Status::Passed,
                "Winsorising was asked for, but no training week lies above a limit.".into(),
            )
        } else {
            (
                Status::Warning,
                format!(
                    "Held at a quantile of the training weeks, as asked for: {}. What a week above \
                     the limit did is not followed, so the effects of such weeks are understated.",
                    said.join(", ")
                ),
            )
        };
        let limits = self.0.iter();
        limits.fold(
            Finding::new("features.winsorised", status, summary),
            |finding, (name, limit)| {
                let evidence = serde_json::json!({ "limit": limit.limit, "weeks": limit.weeks });
                finding.with(name, evidence)
            },
        )
    }
}

/// The values, none above `limit`.
pub(super) fn held(values: &[f64], limit: f64) -> Vec<f64> {
    // a missing value stays missing: f64::min would hide it
    let hold = |value: &f64| if *value > limit { limit } else { *value };
    values.iter().map(hold).collect()
}
