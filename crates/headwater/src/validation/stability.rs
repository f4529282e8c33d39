//! Do the folds agree on what matters?

use serde::{Deserialize, Serialize};
use statrs::distribution::{ChiSquared, ContinuousCDF};

use super::cross_validation::FoldForecast;
use crate::design::{Design, Purpose};
use crate::error::Result;
use crate::estimators::Predictor;
use crate::finding::{Bound, Finding, Status};
use crate::numeric::summary::mean;

/// How much a column counts in one fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
                let values = shared.iter().map(|column| column[fold].importance);
                ranks(&values.collect::<Vec<_>>())
            })
            .collect();
        let (w, p) = concordance(&ranks).ok_or(
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
            w,
            p,
            mean_spearman: (m * w - 1.0) / (m - 1.0),
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

/// Ranks from 1 for the largest value; equal values share the mean of their ranks.
fn ranks(values: &[f64]) -> Vec<f64> {
    values
        .iter()
        .map(|value| {
            let larger = values.iter().filter(|other| *other > value).count();
            let equal = values.iter().filter(|other| *other == value).count();
            larger as f64 + (equal + 1) as f64 / 2.0
        })
        .collect()
}

/// Kendall's coefficient of concordance of `m` rankings of `p` things, with its p value:
/// `W = 12 S / (m^2 (p^3 - p) - m sum (t^3 - t))` with `S` the squares of the rank sums about their
/// mean and `t` the sizes of ties; `m (p - 1) W` is chi-squared with `p - 1` degrees (Kendall and
/// Babington Smith 1939). None when everything is tied.
fn concordance(ranks: &[Vec<f64>]) -> Option<(f64, f64)> {
    let (m, p) = (ranks.len() as f64, ranks.first()?.len() as f64);
    let sums = (0..ranks[0].len()).map(|at| ranks.iter().map(|fold| fold[at]).sum::<f64>());
    let s: f64 = sums.map(|sum| (sum - m * (p + 1.0) / 2.0).powi(2)).sum();
    // Every member of a tie of t adds t^2 - 1.
    let ties: f64 = ranks
        .iter()
        .flat_map(|fold| {
            fold.iter().map(|rank| {
                let t = fold.iter().filter(|other| *other == rank).count() as f64;
                t * t - 1.0
            })
        })
        .sum();
    let most = m * m * (p.powi(3) - p) - m * ties;
    if most <= 0.0 {
        return None;
    }
    let w = 12.0 * s / most;
    let chi = ChiSquared::new(p - 1.0).ok()?;
    Some((w, chi.sf(m * (p - 1.0) * w)))
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
    fn the_concordance_of_three_rankings_is_that_of_the_friedman_test() {
        // SciPy friedmanchisquare on the ranks (methods brief, 4): 10.1333333, p .0382406
        let ranks = [
            vec![1.0, 2.0, 3.0, 4.0, 5.0],
            vec![2.0, 1.0, 3.0, 5.0, 4.0],
            vec![1.0, 3.0, 2.0, 4.0, 5.0],
        ];
        let (w, p) = concordance(&ranks).unwrap();
        assert!((w - 0.8444444).abs() < 5e-8);
        assert!((p - 0.0382406).abs() < 5e-8);
    }

    #[test]
    fn ties_count_for_the_agreement_that_they_leave_possible() {
        // SciPy 1.17.1, friedmanchisquare: statistic 8.1111111, W = statistic / (m (p - 1))
        let ranks = [
            ranks(&[4.0, 4.0, 2.0, 1.0]),
            ranks(&[4.0, 3.0, 1.0, 1.0]),
            ranks(&[9.0, 5.0, 5.0, 0.0]),
        ];
        assert_eq!(ranks[0], [1.5, 1.5, 3.0, 4.0]);
        let (w, p) = concordance(&ranks).unwrap();
        assert!((w - 0.9012345679012351).abs() < 1e-12);
        assert!((p - 0.043770329447296565).abs() < 1e-12);
        let same = vec![1.5, 1.5, 3.0];
        assert_eq!(
            concordance(&[same.clone(), same.clone(), same]).unwrap().0,
            1.0
        );
        assert_eq!(concordance(&[vec![1.5, 1.5], vec![1.5, 1.5]]), None);
    }

    #[test]
    fn a_constant_slope_never_varies_and_a_flip_is_counted() {
        assert_eq!(sign_agreement(&[1.0, 2.0, -1.0, 3.0]), 0.75);
        assert_eq!(sign_agreement(&[0.0, 0.0]), 1.0);
        assert_eq!(sd(&[2.0, 2.0, 2.0]), 0.0);
    }
}
