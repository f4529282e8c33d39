//! Is the model better than no model? The comparison every face shows first.

use super::{Naive, OutOfSample};
use crate::validation::metrics::Metrics;

/// The error by which forecasts are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Root mean squared error: large misses weigh most.
    Rmse,
    /// Mean absolute error: the typical miss.
    Mae,
}

/// A model's error beside that of the best naive forecast of the same weeks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AgainstNaive {
    /// `training mean`, `last value` or `seasonal naive`: the naive forecast with the smallest
    /// error.
    pub naive: &'static str,
    /// Its error, in units of the target.
    pub naive_error: f64,
    /// The model's error, in units of the target.
    pub model_error: f64,
}

impl AgainstNaive {
    /// Whether the model's error is the smaller one.
    pub fn model_is_better(&self) -> bool {
        self.model_error < self.naive_error
    }
}

impl Naive {
    /// The naive forecasts by name, in a fixed order; `None` where the weeks were too few.
    pub fn by_name(&self) -> [(&'static str, Option<&Metrics>); 3] {
        [
            ("training mean", self.training_mean.as_ref()),
            ("last value", self.last_value.as_ref()),
            ("seasonal naive", self.seasonal_naive.as_ref()),
        ]
    }
}

impl OutOfSample {
    /// The pooled error beside that of the best naive forecast; `None` when there is no naive
    /// forecast to compare with.
    pub fn against_naive(&self, measure: Measure) -> Option<AgainstNaive> {
        let error = |metrics: &Metrics| match measure {
            Measure::Rmse => metrics.rmse,
            Measure::Mae => metrics.mae,
        };
        self.naive
            .by_name()
            .into_iter()
            .filter_map(|(name, metrics)| Some((name, error(metrics?))))
            .min_by(|(_, a), (_, b)| a.total_cmp(b))
            .map(|(naive, naive_error)| AgainstNaive {
                naive,
                naive_error,
                model_error: error(&self.pooled),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validation::metrics::{Scored, Yardstick};

    /// Metrics of two weeks that are missed by `misses`.
    fn missed_by(misses: [f64; 2]) -> Metrics {
        let yardstick = Yardstick::new(&[10.0, 12.0, 11.0]);
        Metrics::score(&misses.map(|miss| Scored {
            actual: 10.0,
            predicted: 10.0 + miss,
            yardstick,
        }))
    }

    #[test]
    fn the_best_naive_forecast_can_differ_by_measure() {
        let scores = OutOfSample {
            pooled: missed_by([3.0, 3.0]),
            naive: Naive {
                training_mean: Some(missed_by([4.0, 4.0])),
                last_value: Some(missed_by([0.0, 7.0])),
                seasonal_naive: None,
            },
            folds: Vec::new(),
        };
        let rmse = scores.against_naive(Measure::Rmse).unwrap();
        assert_eq!((rmse.naive, rmse.naive_error), ("training mean", 4.0));
        assert!(rmse.model_is_better());
        let mae = scores.against_naive(Measure::Mae).unwrap();
        assert_eq!(
            (mae.naive, mae.naive_error, mae.model_error),
            ("last value", 3.5, 3.0)
        );
    }

    #[test]
    fn a_tie_is_not_better_and_no_naive_forecast_is_no_verdict() {
        let mut scores = OutOfSample {
            pooled: missed_by([4.0, 4.0]),
            naive: Naive {
                training_mean: Some(missed_by([4.0, 4.0])),
                last_value: None,
                seasonal_naive: None,
            },
            folds: Vec::new(),
        };
        assert!(
            !scores
                .against_naive(Measure::Rmse)
                .unwrap()
                .model_is_better()
        );
        scores.naive.training_mean = None;
        assert_eq!(scores.against_naive(Measure::Rmse), None);
    }
}
