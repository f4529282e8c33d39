//! Bounds that a model's out-of-sample figures must keep: `[validation.bounds]`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cross_validation::OutOfSample;
use super::metrics::Metrics;
use crate::error::{Error, Result};
use crate::finding::{Bound, Finding, Status};
use crate::numeric::summary::mean;

/// Fewer test weeks in a fold than this, and the spread of the folds is chance.
const FEWEST_TEST_WEEKS: usize = 4;

/// The bounds of `headwater validate`. An infinite bound switches its check off; JSON, which has no word
/// for it, says null.
///
/// They hold for the path score: weeks that the model had not seen, the mediator predicted from
/// spend, all folds pooled. There is none for in-sample fit, which any model can make as good as
/// it likes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Bounds {
    /// The least skill, `1 - MSE / MSE(best naive forecast)`; 0 is as good as the naive forecast,
    /// 1 is perfect.
    pub path_skill: f64,
    /// The least R2 over the scored weeks; off by default, because what is reachable depends on
    /// how noisy the outcome is.
    #[schemars(with = "Option<f64>")]
    pub path_r2: f64,
    /// The largest weighted absolute percentage error, a share; off by default for the same reason.
    #[schemars(with = "Option<f64>")]
    pub path_wmape: f64,
    /// The largest spread of the folds: the standard deviation of their RMSE over its mean. Folds
    /// of `m` weeks with normal errors of one size spread by `1 / sqrt(2 m)`, which is 0.25 at 8
    /// weeks; the default allows twice that.
    pub fold_spread: f64,
}

impl Default for Bounds {
    fn default() -> Self {
        Bounds {
            path_skill: 0.0,
            path_r2: f64::NEG_INFINITY,
            path_wmape: f64::INFINITY,
            fold_spread: 0.5,
        }
    }
}

impl Bounds {
    /// Checks every range.
    ///
    /// # Errors
    /// Names the bound that no figure could keep.
    pub fn validate(&self) -> Result<()> {
        let refuse = |name: &str, value: f64, must: &str| {
            Err(Error::setting(
                format!("`{name} = {value}` under [validation.bounds]: it must be {must}"),
                "`inf` for an upper and `-inf` for a lower bound switch a check off",
            ))
        };
        for (name, value) in [("path_skill", self.path_skill), ("path_r2", self.path_r2)] {
            if value.is_nan() || value > 1.0 {
                return refuse(name, value, "at most 1");
            }
        }
        for (name, value) in [
            ("path_wmape", self.path_wmape),
            ("fold_spread", self.fold_spread),
        ] {
            if value.is_nan() || value < 0.0 {
                return refuse(name, value, "0 or more");
            }
        }
        Ok(())
    }

    /// Holds the path score of `outcome` against the bounds that are on.
    pub fn check(&self, outcome: &str, path: &OutOfSample) -> Vec<Finding> {
        let metrics = &path.pooled;
        let skill = path
            .skill()
            .ok_or_else(|| "no naive forecast could be made of these weeks".to_string());
        let missing = |name: &str| {
            let why = metrics.not_assessed.get(name).and_then(|why| why.as_str());
            why.unwrap_or("it could not be computed").to_string()
        };
        let r2 = metrics.r2.ok_or_else(|| missing("r2"));
        let wmape = metrics.wmape.ok_or_else(|| missing("wmape"));
        [
            held(
                "bounds.path_skill",
                "skill",
                &format!("the skill of the forecast of {outcome} over the best naive forecast"),
                skill,
                Bound::AtLeast(self.path_skill),
            ),
            held(
                "bounds.path_explained_variance",
                "R2",
                &format!("R2 of the forecast of {outcome} in weeks the model had not seen"),
                r2,
                Bound::AtLeast(self.path_r2),
            ),
            held(
                "bounds.path_wmape",
                "wMAPE",
                &format!(
                    "the weighted absolute percentage error (a share) of the forecast of {outcome}"
                ),
                wmape,
                Bound::AtMost(self.path_wmape),
            ),
            held(
                "bounds.fold_spread",
                "spread",
                "the spread of the error (RMSE) from fold to fold, standard deviation over mean,",
                fold_spread(path.folds.iter().map(|fold| &fold.metrics)),
                Bound::AtMost(self.fold_spread),
            ),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// The finding of a bound; none where it is switched off.
fn held(
    id: &str,
    name: &str,
    what: &str,
    figure: Result<f64, String>,
    bound: Bound,
) -> Option<Finding> {
    let (limit, beyond) = match bound {
        Bound::AtLeast(limit) => (limit, "below"),
        Bound::AtMost(limit) => (limit, "above"),
    };
    if limit.is_infinite() {
        return None;
    }
    Some(match figure {
        Ok(value) if value.is_finite() => {
            let (status, said) = match bound.holds(value) {
                true => (Status::Passed, format!("{what} is {value:.2}")),
                false => (
                    Status::Failed,
                    format!("{what} is {value:.2}, {beyond} the bound of {limit}"),
                ),
            };
            Finding::new(id, status, said).measured(name, value, bound)
        }
        Ok(_) => Finding::new(id, Status::NotAssessed, format!("{what} is not a number")),
        Err(why) => Finding::new(id, Status::NotAssessed, format!("{what} is unknown: {why}")),
    })
}

/// The standard deviation of the folds' RMSE over its mean; the error says why there is none.
fn fold_spread<'a>(folds: impl Iterator<Item = &'a Metrics>) -> Result<f64, String> {
    let folds: Vec<&Metrics> = folds.collect();
    if folds.len() < 3 {
        let plural = if folds.len() == 1 { "" } else { "s" };
        return Err(format!("{} fold{plural} cannot show a spread", folds.len()));
    }
    if let Some(short) = folds.iter().find(|fold| fold.weeks < FEWEST_TEST_WEEKS) {
        return Err(format!(
            "folds of {} test week{} differ by chance; {FEWEST_TEST_WEEKS} are the least",
            short.weeks,
            if short.weeks == 1 { "" } else { "s" }
        ));
    }
    let errors: Vec<f64> = folds.iter().map(|fold| fold.rmse).collect();
    let centre = mean(&errors);
    let squares: f64 = errors.iter().map(|error| (error - centre).powi(2)).sum();
    let deviation = (squares / (errors.len() - 1) as f64).sqrt();
    if centre <= 0.0 {
        return Err("every fold is forecast without error".into());
    }
    Ok(deviation / centre)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validation::cross_validation::{FoldScore, Naive};
    use crate::validation::metrics::{Scored, Yardstick};

    /// Weeks that are all missed by `miss`, so that RMSE, MAE and miss are one number.
    fn metrics(weeks: usize, miss: f64) -> Metrics {
        let actual: Vec<f64> = (0..weeks).map(|t| 100.0 + (t % 2) as f64).collect();
        let predicted: Vec<f64> = actual.iter().map(|value| value + miss).collect();
        let yardstick = Yardstick::new(&[99.0, 101.0], 1);
        Metrics::score(&Scored::pairs(&actual, &predicted, yardstick))
    }

    fn scores(misses: &[f64], weeks: usize) -> OutOfSample {
        OutOfSample {
            pooled: metrics(weeks, 3.0),
            naive: Naive {
                training_mean: Some(metrics(weeks, 6.0)),
                last_value: Some(metrics(weeks, 4.0)),
                seasonal_naive: None,
                stl: None,
            },
            folds: misses
                .iter()
                .map(|&miss| FoldScore {
                    train_weeks: 60,
                    test_first: "2024-01-01".into(),
                    test_last: "2024-02-19".into(),
                    metrics: metrics(weeks, miss),
                })
                .collect(),
        }
    }

    #[test]
    fn skill_and_spread_are_held_against_their_bounds() {
        let found = Bounds::default().check("revenue", &scores(&[2.0, 4.0, 6.0], 8));
        let ids: Vec<&str> = found.iter().map(|finding| finding.id.as_str()).collect();
        assert_eq!(ids, ["bounds.path_skill", "bounds.fold_spread"]);
        // 1 - 3^2 / 4^2, and the sample deviation 2 of (2, 4, 6) over their mean 4.
        let value = |at: usize| found[at].measure.as_ref().map(|measure| measure.value);
        assert!((value(0).unwrap() - 0.4375).abs() < 1e-12);
        assert!((value(1).unwrap() - 0.5).abs() < 1e-12);
        assert_eq!(found[1].status, Status::Passed);
        let strict = Bounds {
            path_skill: 0.5,
            path_wmape: 0.01,
            ..Bounds::default()
        };
        let found = strict.check("revenue", &scores(&[2.0, 4.0, 6.0], 8));
        assert_eq!(found[0].status, Status::Failed);
        assert_eq!(found[1].id, "bounds.path_wmape");
        assert_eq!(found[1].status, Status::Failed);
    }

    #[test]
    fn what_cannot_be_measured_is_not_called_passed() {
        for (misses, weeks) in [(&[2.0, 4.0][..], 8), (&[1.0, 2.0, 3.0][..], 1)] {
            let found = Bounds::default().check("revenue", &scores(misses, weeks));
            assert_eq!(found[1].status, Status::NotAssessed, "{}", found[1].summary);
        }
        let mut without = scores(&[1.0, 1.0, 1.0], 8);
        (without.naive.training_mean, without.naive.last_value) = (None, None);
        let found = Bounds::default().check("revenue", &without);
        assert_eq!(found[0].status, Status::NotAssessed);
    }

    #[test]
    fn a_bound_that_no_figure_keeps_is_refused() {
        let refused = |bounds: Bounds| bounds.validate().is_err();
        assert!(!refused(Bounds::default()));
        for value in [f64::NAN, 1.5] {
            assert!(refused(Bounds {
                path_skill: value,
                ..Bounds::default()
            }));
        }
        for value in [f64::NAN, -0.1] {
            assert!(refused(Bounds {
                fold_spread: value,
                ..Bounds::default()
            }));
        }
    }
}
