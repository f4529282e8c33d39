//! Do the folds agree on what matters?

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::concordance::{kendall_w, mid_ranks};
use super::cross_validation::FoldForecast;
use crate::design::{Design, Purpose};
use crate::error::Result;
use crate::estimators::Predictor;
use crate::finding::{Bound, Finding, Status};
use crate::numeric::summary::mean;

/// How much a column counts in one fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Importance {
    /// The column.
    pub column: String,
    /// Linear models: `abs(slope) sd(column)`, in units of the target; trees: the loss that all
    /// splits on the column removed.
    pub importance: f64,
    /// The slope of a linear model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slope: Option<f64>,
    /// Whether the slope is part of an effect.
    pub causal: bool,
}

impl Importance {
    /// Of every column of `design`, in order; the standard deviation is over the weeks with a
    /// positive weight.
    pub fn of(predictor: &dyn Predictor, design: &Design, weights: &[f64]) -> Result<Vec<Self>> {
        // Gains need no weeks; SHAP values, which do, are slow.
        let terms = predictor.terms(&design.slice(0..0))?;
        let columns = design.columns().iter();
        Ok(columns
            .filter_map(|column| {
                let term = terms.iter().find(|term| *term.name == *column.name)?;
                let learned = column.values.iter().zip(weights);
                let learned: Vec<f64> = learned
                    .filter(|(_, weight)| **weight > 0.0)
                    .map(|(value, _)| *value)
                    .collect();
                let importance = match term.coefficient {
                    Some(slope) => slope.abs() * sd(&learned),
                    None => term.gain.unwrap_or(0.0) * term.weight.unwrap_or(0.0),
                };
                Some(Importance {
                    column: column.name.to_string(),
                    importance,
                    slope: term.coefficient,
                    causal: column.purpose == Purpose::Causal,
                })
            })
            .collect())
    }
}

/// How far the folds agree on the columns of a stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Stability {
    /// The number of folds.
    pub folds: usize,
    /// Kendall's W of the ranks by importance: 1 when all folds rank alike, `1 / folds` on average
    /// when they rank by chance.
    pub w: f64,
    /// The p value of ranks by chance: `folds (columns - 1) W` against chi-squared. Folds share
    /// training weeks, so it is far too small to be taken at its word.
    pub p: f64,
    /// The mean rank correlation of two folds, `(folds W - 1) / (folds - 1)`.
    pub mean_spearman: f64,
    /// The columns that every fold has, the most important first.
    pub columns: Vec<ColumnStability>,
    /// Columns that some folds could not learn, and so were not ranked.
    pub absent: Vec<String>,
}

/// One column over the folds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ColumnStability {
    /// The column.
    pub column: String,
    /// The mean of its ranks, 1 for the most important.
    pub mean_rank: f64,
    /// Whether its slope is part of an effect.
    pub causal: bool,
    /// The share of folds in which the slope has the sign it has in most; none for trees.
    pub sign_agreement: Option<f64>,
    /// The standard deviation of the slope over the folds, divided by its absolute mean; none for
    /// trees and where the mean is 0.
    pub variation: Option<f64>,
}

/// At least this W: ranks of two folds then correlate by 0.6 or more with five folds ("strong
/// agreement", Schmidt 1997). Below it a column's rank in one fold hardly tells its rank in another.
const AGREEMENT: f64 = 0.7;

impl Stability {
    /// Compares the folds on the columns that all of them have.
    ///
    /// # Errors
    /// In words, when there are fewer than 3 folds or 2 such columns, or nothing to rank by.
    pub fn of(folds: &[&[Importance]]) -> Result<Self, String> {
        if folds.len() < 3 {
            return Err(format!(
                "{} folds cannot show agreement: use at least 3",
                folds.len()
            ));
        }
        let find = |fold: &[Importance], name: &str| -> Option<Importance> {
            fold.iter().find(|found| found.column == name).cloned()
        };
        // By column, then by fold.
        let mut shared: Vec<Vec<Importance>> = Vec::new();
        let mut absent: Vec<String> = Vec::new();
        for column in folds.iter().flat_map(|fold| fold.iter()) {
            let seen = |name: &str| name == column.column;
            if shared.iter().any(|s| seen(&s[0].column)) || absent.iter().any(|a| seen(a)) {
                continue;
            }
            let everywhere = folds.iter().map(|fold| find(fold, &column.column));
            match everywhere.collect::<Option<Vec<_>>>() {
                Some(found) => shared.push(found),
                None => absent.push(column.column.clone()),
            }
        }
        if shared.len() < 2 {
            return Err(format!(
                "{} columns that all folds have cannot be ranked: at least 2 are needed",
                shared.len()
            ));
        }
        let ranks: Vec<Vec<f64>> = (0..folds.len())
            .map(|fold| {
                // The most important column has rank 1.
                let values = shared.iter().map(|column| -column[fold].importance);
                mid_ranks(&values.collect::<Vec<_>>()).0
            })
            .collect();
        let agreement = kendall_w(&ranks).ok_or(
            "every column is equally important in every fold, so there is nothing to rank",
        )?;
        let m = folds.len() as f64;
        let mut columns: Vec<ColumnStability> = shared
            .iter()
            .enumerate()
            .map(|(at, column)| {
                let slopes: Option<Vec<f64>> = column.iter().map(|fold| fold.slope).collect();
                ColumnStability {
                    column: column[0].column.clone(),
                    mean_rank: ranks.iter().map(|fold| fold[at]).sum::<f64>() / m,
                    causal: column[0].causal,
                    sign_agreement: slopes.as_deref().map(sign_agreement),
                    variation: slopes
                        .map(|slopes| sd(&slopes) / mean(&slopes).abs())
                        .filter(|variation| variation.is_finite()),
                }
            })
            .collect();
        columns.sort_by(|a, b| a.mean_rank.total_cmp(&b.mean_rank));
        Ok(Stability {
            folds: folds.len(),
            w: agreement.w,
            p: agreement.test.p,
            mean_spearman: agreement.mean_spearman,
            columns,
            absent,
        })
    }

    /// The causal columns whose slope changes its sign over the folds.
    pub fn changing_sign(&self) -> impl Iterator<Item = &str> {
        self.columns
            .iter()
            .filter(|column| {
                column.causal && column.sign_agreement.is_some_and(|share| share < 1.0)
            })
            .map(|column| column.column.as_str())
    }
}

/// Whether the folds agree on which columns matter, and on the signs of the effects, in both
/// stages: a warning when W is below 0.7 or a causal slope changes its sign.
pub fn importance_stability(mediator: &str, outcome: &str, folds: &[FoldForecast]) -> Finding {
    const ID: &str = "validation.importance_stability";
    let stages = [
        (mediator, collect(folds, |fold| &fold.mediator_importance)),
        (outcome, collect(folds, |fold| &fold.outcome_importance)),
    ];
    let mut status = Status::Passed;
    let mut said = Vec::new();
    let mut assessed: Vec<(&str, Stability)> = Vec::new();
    for (target, importance) in &stages {
        match Stability::of(importance) {
            Err(why) => {
                status = status.max(Status::NotAssessed);
                said.push(format!("{target}: {why}"));
            }
            Ok(stability) => {
                let changing: Vec<&str> = stability.changing_sign().collect();
                let mut sentence = format!(
                    "{} folds rank the {} columns for {target} {} (Kendall's W {:.2})",
                    stability.folds,
                    stability.columns.len(),
                    if stability.w >= AGREEMENT {
                        "alike"
                    } else {
                        "differently"
                    },
                    stability.w
                );
                if !changing.is_empty() {
                    sentence += &format!(
                        ", and the slope of {} changes its sign: do not act on its size",
                        changing.join(", ")
                    );
                }
                if stability.w < AGREEMENT || !changing.is_empty() {
                    status = status.max(Status::Warning);
                }
                said.push(sentence);
                assessed.push((target, stability));
            }
        }
    }
    let mut finding = Finding::new(ID, status, said.join("; "));
    if let Some(least) = assessed.iter().map(|(_, found)| found.w).reduce(f64::min) {
        finding = finding.measured("Kendall's W", least, Bound::AtLeast(AGREEMENT));
    }
    for (target, stability) in assessed {
        finding = finding.with(
            target,
            serde_json::to_value(stability).expect("finite numbers and text"),
        );
    }
    finding
}

fn collect(
    folds: &[FoldForecast],
    of: fn(&FoldForecast) -> &Vec<Importance>,
) -> Vec<&[Importance]> {
    folds.iter().map(|fold| of(fold).as_slice()).collect()
}

/// The share of slopes with the commonest of the signs minus, none and plus.
fn sign_agreement(slopes: &[f64]) -> f64 {
    let count = |sign: fn(f64) -> bool| slopes.iter().filter(|slope| sign(**slope)).count();
    let signs = [
        count(|slope| slope < 0.0),
        count(|slope| slope == 0.0),
        count(|slope| slope > 0.0),
    ];
    signs.into_iter().max().unwrap_or(0) as f64 / slopes.len() as f64
}

/// The standard deviation, divisor n - 1; 0 for fewer than two values.
fn sd(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let center = mean(values);
    let squares: f64 = values.iter().map(|value| (value - center).powi(2)).sum();
    (squares / (values.len() - 1) as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_slope_never_varies_and_a_flip_is_counted() {
        assert_eq!(sign_agreement(&[1.0, 2.0, -1.0, 3.0]), 0.75);
        assert_eq!(sign_agreement(&[0.0, 0.0]), 1.0);
        assert_eq!(sd(&[2.0, 2.0, 2.0]), 0.0);
    }
}
