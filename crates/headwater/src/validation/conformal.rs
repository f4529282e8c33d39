//! Prediction intervals for new weeks, from the errors of forecasts that were really made.
//!
//! Conformal prediction covers *forecasts*: it says how far a week's outcome falls from what was
//! forecast. It knows nothing of effects and is never attached to one; the intervals of effects
//! come from the bootstrap.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cross_validation::{CrossValidation, Scheme, ValidationSettings};
use crate::estimate::Interval;
use crate::finding::{Bound, Finding, Status};
use crate::mediation::Link;

/// How the half width of the interval is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Conformal {
    /// The `ceil((m+1) level)`-th smallest of `m` earlier scores (split conformal; Vovk, Gammerman
    /// and Shafer 2005). Exact for exchangeable errors. The default: forty test weeks are too few
    /// for the other to learn from.
    #[default]
    Split,
    /// The same at a level that moves: after each fold `alpha <- alpha + gamma sum (1 - level -
    /// miss)` (Gibbs and Candes 2021, in batches of a fold, `gamma` 0.05), so that misses widen the
    /// next interval. Its coverage holds in the long run whatever the errors do; it pays off with a
    /// year of test weeks or more and errors that grow.
    Adaptive,
}

/// What an error is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// `abs(y - p)`, in units of the outcome.
    Absolute,
    /// `abs(y - p) / abs(p)`, a share of the forecast: where effects multiply, so do errors.
    Relative,
}

/// The step of the adaptive level: the upper end of what Gibbs and Candes use, as a fold is few
/// weeks.
const GAMMA: f64 = 0.05;

/// Intervals for new weeks, with the coverage they would have had.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PredictionIntervals {
    /// The share of new weeks that should lie inside, in (0, 1).
    pub level: f64,
    /// How the half width was found.
    pub method: Conformal,
    /// What the half width is measured in.
    pub scale: Scale,
    /// Half the interval for new weeks, from the errors of all folds; null with too few of them.
    pub half_width: Option<f64>,
    /// How many errors that is.
    pub residuals: usize,
    /// The most weeks after training that an error was measured at: for weeks further ahead the
    /// interval says nothing.
    pub horizon: usize,
    /// What intervals from the errors of the folds before would have held, fold by fold.
    pub coverage: Vec<FoldCoverage>,
}

/// The interval that stood before a fold was seen, and what it held.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FoldCoverage {
    /// First test week, ISO 8601.
    pub test_first: String,
    /// Last test week, ISO 8601.
    pub test_last: String,
    /// Test weeks.
    pub weeks: usize,
    /// Errors of earlier folds, which the interval was made from.
    pub residuals: usize,
    /// Half the interval; null where the earlier errors are too few.
    pub half_width: Option<f64>,
    /// Test weeks inside; null without an interval.
    pub covered: Option<usize>,
}

/// Forecasts of one fold beside what happened.
#[derive(Debug, Clone, Copy)]
pub struct Forecast<'a> {
    /// First test week, ISO 8601.
    pub test_first: &'a str,
    /// Last test week, ISO 8601.
    pub test_last: &'a str,
    /// Weeks between the last training week and the last test week.
    pub horizon: usize,
    /// What happened, one value a test week.
    pub actual: &'a [f64],
    /// What was forecast, one value a test week.
    pub predicted: &'a [f64],
}

impl PredictionIntervals {
    /// From forecasts in the order in which they were made.
    ///
    /// With `m` errors and `alpha = 1 - level` an interval needs `m >= 1/alpha - 1`: 9 for 90%, 19
    /// for 95%.
    ///
    /// ```
    /// use headwater::validation::conformal::{Conformal, Forecast, PredictionIntervals, Scale};
    /// let forecast = |actual, predicted| Forecast {
    ///     test_first: "2024-01-01", test_last: "2024-01-22", horizon: 4, actual, predicted,
    /// };
    /// let folds = [
    ///     forecast(&[11.0, 8.0, 13.0, 6.0], &[10.0; 4]),
    ///     forecast(&[12.0, 17.0], &[10.0; 2]),
    /// ];
    /// let intervals = PredictionIntervals::new(&folds, 0.8, Conformal::Split, Scale::Absolute);
    /// // errors 1, 2, 3, 4: the fourth smallest holds 80% of the next
    /// assert_eq!(intervals.coverage[1].half_width, Some(4.0));
    /// assert_eq!(intervals.coverage[1].covered, Some(1));
    /// // errors 1, 2, 2, 3, 4, 7: the sixth for new weeks
    /// assert_eq!(intervals.half_width, Some(7.0));
    /// ```
    pub fn new(folds: &[Forecast], level: f64, method: Conformal, scale: Scale) -> Self {
        let mut scores: Vec<f64> = Vec::new();
        let mut alpha = 1.0 - level;
        let mut coverage = Vec::new();
        for fold in folds {
            let half_width = half_width(&scores, level, alpha);
            let pairs = fold.actual.iter().zip(fold.predicted);
            let new: Vec<f64> = pairs.map(|(y, p)| scale.score(*y, *p)).collect();
            let covered = half_width.map(|q| new.iter().filter(|score| **score <= q).count());
            if let (Conformal::Adaptive, Some(covered)) = (method, covered) {
                let misses = new.len() - covered;
                alpha += GAMMA * ((1.0 - level) * new.len() as f64 - misses as f64);
            }
            coverage.push(FoldCoverage {
                test_first: fold.test_first.into(),
                test_last: fold.test_last.into(),
                weeks: new.len(),
                residuals: scores.len(),
                half_width,
                covered,
            });
            scores.extend(new);
        }
        PredictionIntervals {
            level,
            method,
            scale,
            half_width: half_width(&scores, level, alpha),
            residuals: scores.len(),
            horizon: folds.iter().map(|fold| fold.horizon).max().unwrap_or(0),
            coverage,
        }
    }

    /// For forecasts of `outcome` from the exposures alone, as a plan has to make them; relative
    /// where the link is logarithmic.
    pub fn of(
        scores: &CrossValidation,
        outcome: &[f64],
        settings: &ValidationSettings,
        link: Link,
    ) -> Self {
        let folds: Vec<Forecast> = scores
            .forecasts
            .iter()
            .map(|made| Forecast {
                test_first: &made.test_first,
                test_last: &made.test_last,
                horizon: made.fold.test.end.saturating_sub(made.fold.train.end),
                actual: &outcome[made.fold.test.clone()],
                predicted: &made.path,
            })
            .collect();
        let scale = match link {
            Link::Identity => Scale::Absolute,
            Link::Log => Scale::Relative,
        };
        Self::new(
            &folds,
            settings.interval_level,
            settings.interval_method,
            scale,
        )
    }

    /// The interval around the forecast of a new week, not cut off at 0; none without enough
    /// errors.
    pub fn around(&self, forecast: f64) -> Option<Interval> {
        Some(self.scale.around(forecast, self.half_width?))
    }

    /// The interval that stood around the forecast of a week of fold `fold` (its place in
    /// [`coverage`](Self::coverage)) before the fold was seen: made from the errors of earlier folds
    /// alone. None where those were too few.
    pub fn before(&self, fold: usize, forecast: f64) -> Option<Interval> {
        let half_width = self.coverage.get(fold)?.half_width?;
        Some(self.scale.around(forecast, half_width))
    }

    /// Whether intervals made from earlier errors alone held as many weeks as they promise:
    /// a warning when the share is more than two binomial standard errors below the level.
    pub fn finding(&self, outcome: &str, scheme: Scheme) -> Finding {
        const ID: &str = "validation.prediction_intervals";
        let percent = 100.0 * self.level;
        let not_assessed = |why: String| {
            Finding::new(ID, Status::NotAssessed, why).with("residuals", self.residuals)
        };
        if scheme == Scheme::Blocked {
            return not_assessed(format!(
                "blocked folds learn from weeks on both sides, so their errors do not say how far a forecast \
                 of {outcome} misses; use `scheme = \"expanding\"` for prediction intervals"
            ));
        }
        let needed = (1.0 / (1.0 - self.level) - 1.0 - 1e-9).ceil() as usize;
        let Some(half_width) = self.half_width else {
            return not_assessed(format!(
                "{} weeks were forecast; a {percent:.0}% interval needs the errors of at least {needed}: use more or \
                 longer folds, or a lower `interval_level` under [validation]",
                self.residuals
            ));
        };
        let offered = match self.scale {
            Scale::Absolute => format!("{} {outcome}", three_digits(half_width)),
            Scale::Relative => format!("{:.0}% of the forecast", 100.0 * half_width),
        };
        let assessed = || {
            let folds = self.coverage.iter();
            folds.filter_map(|fold| Some((fold.weeks, fold.covered?)))
        };
        let weeks: usize = assessed().map(|(weeks, _)| weeks).sum();
        let covered: usize = assessed().map(|(_, covered)| covered).sum();
        if weeks == 0 {
            return not_assessed(format!(
                "no fold has the errors of {needed} earlier weeks, which a {percent:.0}% interval needs, so its coverage \
                 is unknown; new weeks are given {offered} either side"
            ));
        }
        let share = covered as f64 / weeks as f64;
        let error = (self.level * (1.0 - self.level) / weeks as f64).sqrt();
        let bound = Bound::AtLeast(self.level - 2.0 * error);
        let held = format!(
            "{percent:.0}% prediction intervals from earlier errors held {covered} of {weeks} later weeks ({:.0}%)",
            100.0 * share
        );
        let (status, summary) = if bound.holds(share) {
            (
                Status::Passed,
                format!(
                    "{held}; new weeks, up to {} ahead, are given {offered} either side. This is for forecasts, \
                     not for effects",
                    self.horizon
                ),
            )
        } else {
            (
                Status::Warning,
                format!(
                    "{held}: later errors are larger than earlier ones, so expect new weeks outside {offered} \
                     either side more often than promised; `interval_method = \"adaptive\"` under [validation] \
                     widens after misses"
                ),
            )
        };
        Finding::new(ID, status, summary)
            .measured("share of weeks inside", share, bound)
            .with("level", self.level)
            .with("half_width", half_width)
            .with("residuals", self.residuals)
            .with("weeks", weeks)
            .with("covered", covered)
    }
}

impl Scale {
    /// So far on either side of `forecast`.
    fn around(self, forecast: f64, half_width: f64) -> Interval {
        let half = match self {
            Scale::Absolute => half_width,
            Scale::Relative => half_width * forecast.abs(),
        };
        Interval {
            lower: forecast - half,
            upper: forecast + half,
        }
    }

    /// The size of the error of forecasting `p` where `y` happened; infinite for a relative error
    /// of a forecast of 0.
    fn score(self, y: f64, p: f64) -> f64 {
        let error = (y - p).abs();
        match self {
            Scale::Absolute => error,
            Scale::Relative if error == 0.0 => 0.0,
            Scale::Relative => error / p.abs(),
        }
    }
}

/// A positive number to three digits, for a sentence.
fn three_digits(value: f64) -> String {
    let decimals = 2.0 - value.log10().floor();
    if (-300.0..=0.0).contains(&decimals) {
        let unit = 10f64.powf(-decimals);
        format!("{}", (value / unit).round() * unit)
    } else if decimals > 0.0 && decimals < 12.0 {
        format!("{value:.*}", decimals as usize)
    } else {
        format!("{value:e}")
    }
}

/// The score that holds a share `1 - alpha` of new ones; none with too few for `level` or where
/// it is not finite. An adaptive `alpha` that asks for more than the scores can show gets the
/// largest of them, and one above 1 gets 0.
fn half_width(scores: &[f64], level: f64, alpha: f64) -> Option<f64> {
    let m = scores.len();
    // (m + 1) level falls a rounding above a whole number for many levels.
    let rank = |level: f64| ((m + 1) as f64 * level - 1e-9).ceil() as usize;
    if m == 0 || rank(level) > m {
        return None;
    }
    let mut sorted = scores.to_vec();
    sorted.sort_by(f64::total_cmp);
    match rank(1.0 - alpha).min(m) {
        0 => Some(0.0),
        rank => Some(sorted[rank - 1]).filter(|score| score.is_finite()),
    }
}

#[cfg(test)]
mod tests {
    use super::three_digits;

    #[test]
    fn numbers_in_sentences_have_three_digits() {
        let said = [14_234.6, 999.6, 100.0, 2.71501, 0.012345, 0.0, 1e-20].map(three_digits);
        assert_eq!(
            said,
            ["14200", "1000", "100", "2.72", "0.0123", "0e0", "1e-20"]
        );
    }
}
