//! Forecast accuracy over a set of weeks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::numeric::summary::mean;
use crate::splits::Fold;

/// Accuracy of predictions `p` of actuals `y` over the same weeks.
///
/// | field | definition |
/// |---|---|
/// | `r2` | `1 - sum (y-p)^2 / sum (y-mean(y))^2`, the mean over the scored weeks (scikit-learn's `r2_score`) |
/// | `r2_vs_train_mean` | the same with the mean of the training weeks: skill over the simplest forecast |
/// | `rmse`, `mae` | root mean squared and mean absolute error, in units of the target |
/// | `wmape` | `sum abs(y-p) / sum abs(y)` |
/// | `mase` | `mae` over the training weeks' mean absolute seasonal-naive step |
/// | `mape` | `mean abs((y-p)/y)`; only where no actual is near zero |
///
/// A measure that cannot be computed is null and `not_assessed` says why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Metrics {
    /// The number of scored weeks.
    pub weeks: usize,
    /// Share of variance explained; 1 is perfect, 0 is the mean of the scored weeks.
    pub r2: Option<f64>,
    /// Share of variance explained beyond the training mean.
    pub r2_vs_train_mean: Option<f64>,
    /// Root mean squared error.
    pub rmse: f64,
    /// Mean absolute error.
    pub mae: f64,
    /// Weighted mean absolute percentage error, as a share.
    pub wmape: Option<f64>,
    /// Mean absolute scaled error.
    pub mase: Option<f64>,
    /// Mean absolute percentage error, as a share.
    pub mape: Option<f64>,
    /// Why a measure is null, by its name.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub not_assessed: serde_json::Map<String, serde_json::Value>,
}

/// What the training weeks say about a target: the yardsticks of relative measures.
#[derive(Debug, Clone, Copy)]
pub struct Yardstick {
    /// The mean over the training weeks.
    pub mean: f64,
    /// The mean absolute step `abs(y_t - y_{t-m})` over the training weeks.
    pub step: f64,
}

impl Yardstick {
    /// The lag `m` of the step for folds of which the first trains on so many weeks: 52 where that
    /// is more than two years, else 1.
    pub fn lag(first_train_weeks: usize) -> usize {
        if first_train_weeks > 104 { 52 } else { 1 }
    }

    /// Learns from the training weeks, with steps of `lag` weeks.
    pub fn new(train: &[f64], lag: usize) -> Self {
        Yardstick::of(train, &Fold::forward(0..train.len(), 0..0), lag)
    }

    /// Learns from the weeks of `target` that `fold` learns from; a step has both ends among them.
    pub fn of(target: &[f64], fold: &Fold, lag: usize) -> Self {
        let learned: Vec<f64> = fold.rows().map(|row| target[row]).collect();
        let steps: Vec<f64> = fold
            .rows()
            .filter_map(|row| Some((row, row.checked_sub(lag)?)))
            .filter(|&(_, earlier)| fold.learns(earlier))
            .map(|(row, earlier)| (target[row] - target[earlier]).abs())
            .collect();
        Yardstick {
            mean: mean(&learned),
            step: mean(&steps),
        }
    }
}

/// One scored week: the actual, its prediction, and the yardstick of the fold it came from.
#[derive(Debug, Clone, Copy)]
pub struct Scored {
    /// What happened.
    pub actual: f64,
    /// What was predicted.
    pub predicted: f64,
    /// From the weeks the prediction learned from.
    pub yardstick: Yardstick,
}

/// An actual below this share of the mean absolute actual is near zero: a percentage of it
/// says nothing.
const NEAR_ZERO: f64 = 0.05;

impl Scored {
    /// Weeks of one fold: actuals beside their predictions.
    pub fn pairs(actual: &[f64], predicted: &[f64], yardstick: Yardstick) -> Vec<Scored> {
        actual
            .iter()
            .zip(predicted)
            .map(|(&actual, &predicted)| Scored {
                actual,
                predicted,
                yardstick,
            })
            .collect()
    }
}

impl Metrics {
    /// Scores predictions, pooled over all the weeks given. Panics on an empty slice: a fold
    /// without test weeks cannot be made.
    ///
    /// ```
    /// use headwater::validation::metrics::{Metrics, Scored, Yardstick};
    /// let yardstick = Yardstick::new(&[1.0, 2.0, 3.0], 1);
    /// let weeks: Vec<_> = [(4.0, 4.0), (6.0, 5.0)]
    ///     .map(|(actual, predicted)| Scored { actual, predicted, yardstick })
    ///     .to_vec();
    /// let metrics = Metrics::score(&weeks);
    /// assert_eq!(metrics.mae, 0.5);
    /// assert_eq!(metrics.r2, Some(0.5));
    /// ```
    pub fn score(weeks: &[Scored]) -> Self {
        assert!(!weeks.is_empty(), "there are no weeks to score");
        let n = weeks.len() as f64;
        let actuals: Vec<f64> = weeks.iter().map(|week| week.actual).collect();
        let errors: Vec<f64> = weeks
            .iter()
            .map(|week| week.actual - week.predicted)
            .collect();
        let centre = mean(&actuals);
        let sum = |terms: &mut dyn Iterator<Item = f64>| terms.sum::<f64>();
        let squared = sum(&mut errors.iter().map(|error| error * error));
        let absolute = sum(&mut errors.iter().map(|error| error.abs()));
        let variance = sum(&mut actuals.iter().map(|actual| (actual - centre).powi(2)));
        let around_train = sum(&mut weeks
            .iter()
            .map(|week| (week.actual - week.yardstick.mean).powi(2)));
        let size = sum(&mut actuals.iter().map(|actual| actual.abs()));
        let scaled = sum(&mut weeks
            .iter()
            .map(|week| (week.actual - week.predicted).abs() / week.yardstick.step));

        let mut not_assessed = serde_json::Map::new();
        let mut unless = |bad: bool, name: &str, why: &str, value: f64| {
            if bad || !value.is_finite() {
                not_assessed.insert(name.into(), why.into());
                None
            } else {
                Some(value)
            }
        };
        let near_zero = actuals
            .iter()
            .filter(|actual| actual.abs() <= NEAR_ZERO * size / n)
            .count();
        Metrics {
            weeks: weeks.len(),
            r2: unless(
                variance <= 0.0,
                "r2",
                "the target does not vary over the scored weeks",
                1.0 - squared / variance,
            ),
            r2_vs_train_mean: unless(
                around_train <= 0.0,
                "r2_vs_train_mean",
                "the target equals the training mean in every scored week",
                1.0 - squared / around_train,
            ),
            rmse: (squared / n).sqrt(),
            mae: absolute / n,
            wmape: unless(
                size <= 0.0,
                "wmape",
                "the target is zero in every scored week",
                absolute / size,
            ),
            mase: unless(
                false,
                "mase",
                "the target does not change over the training weeks",
                scaled / n,
            ),
            mape: unless(
                near_zero > 0,
                "mape",
                &format!(
                    "the actual is near zero in {near_zero} of {} weeks",
                    weeks.len()
                ),
                sum(&mut weeks
                    .iter()
                    .map(|week| ((week.actual - week.predicted) / week.actual).abs()))
                    / n,
            ),
            not_assessed,
        }
    }
}
