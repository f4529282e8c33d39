//! Forward cross-validation of both stages, everything learned inside each training range.

use std::sync::Arc;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::bounds::Bounds;
use super::metrics::{Metrics, Scored, Yardstick};
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::features::FeatureSettings;
use crate::finding::{Finding, Status};
use crate::mediation::{MediationModel, Prepared};
use crate::splits::{Fold, time_series_split};

/// Weeks in a year, for the seasonal naive forecast and for how much a first fold should know.
const YEAR: usize = 52;

/// How the model is scored out of sample: `[validation]` in `headwater.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ValidationSettings {
    /// The number of folds, at least 2.
    pub folds: usize,
    /// Test weeks in a fold. When absent they are chosen so that the first fold still trains on a
    /// year and eight weeks where the file is long enough (see [`ValidationSettings::split`]).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_weeks: Option<usize>,
    /// Weeks left out between training and test.
    pub gap: usize,
    /// scikit-learn's default test size, `weeks / (folds + 1)`, when `test_weeks` is absent.
    pub sklearn_default: bool,
    /// What the scores must reach: `[validation.bounds]`.
    pub bounds: Bounds,
}

impl Default for ValidationSettings {
    fn default() -> Self {
        ValidationSettings {
            folds: 5,
            test_weeks: None,
            gap: 0,
            sklearn_default: false,
            bounds: Bounds::default(),
        }
    }
}

impl ValidationSettings {
    /// The folds for a model of `columns` columns on `weeks` weeks, and what there is to say
    /// about them.
    ///
    /// Where no test size is given: `max(8, weeks/13)` weeks a fold, fewer when the first training
    /// range would otherwise hold less than `max(52 + 8, 3 columns)` weeks (methods brief, 3.1),
    /// and on short files the later half of the weeks, with a warning.
    pub fn split(&self, weeks: usize, columns: usize) -> Result<(Vec<Fold>, Option<Finding>)> {
        if self.sklearn_default && self.test_weeks.is_none() {
            return Ok((time_series_split(weeks, self.folds, None, self.gap)?, None));
        }
        if let Some(test_weeks) = self.test_weeks {
            return Ok((
                time_series_split(weeks, self.folds, Some(test_weeks), self.gap)?,
                None,
            ));
        }
        let wanted = (YEAR + 8).max(3 * columns) + self.gap;
        let preferred = (weeks / 13).max(8);
        let affordable = weeks.saturating_sub(wanted) / self.folds.max(1);
        if affordable >= 1 {
            let folds =
                time_series_split(weeks, self.folds, Some(preferred.min(affordable)), self.gap)?;
            return Ok((folds, None));
        }
        let test_weeks = (weeks / 2 / self.folds.max(1)).max(1);
        let folds = time_series_split(weeks, self.folds, Some(test_weeks), self.gap)?;
        let first = folds[0].train.len();
        let finding = Finding::new(
            "validation.short_training",
            Status::Warning,
            format!(
                "with {weeks} weeks the first fold learns {columns} columns from {first} weeks; {wanted} \
                 would be enough: out-of-sample scores of the early folds are pessimistic"
            ),
        )
        .with("first_training_weeks", first)
        .with("wanted", wanted);
        Ok((folds, Some(finding)))
    }
}

/// Scores over forward folds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutOfSample {
    /// Over the test weeks of all folds together.
    pub pooled: Metrics,
    /// Naive forecasts of the same weeks.
    pub naive: Naive,
    /// Fold by fold.
    pub folds: Vec<FoldScore>,
}

impl OutOfSample {
    /// `1 - MSE / MSE(best naive forecast)`, pooled over all test weeks: the share of the best naive
    /// forecast's squared error that the model removes. None without a naive forecast, or with one
    /// that makes no error.
    pub fn skill(&self) -> Option<f64> {
        let naive = self.naive.best()?.1.rmse;
        (naive > 0.0).then(|| 1.0 - (self.pooled.rmse / naive).powi(2))
    }
}

/// Naive forecasts, pooled over the same test weeks; null where the training weeks are too few.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Naive {
    /// The mean of the training weeks.
    pub training_mean: Option<Metrics>,
    /// The last training week, repeated.
    pub last_value: Option<Metrics>,
    /// The same week a year (52 weeks) before.
    pub seasonal_naive: Option<Metrics>,
}

impl Naive {
    /// The naive forecasts that could be made, by name.
    pub fn assessed(&self) -> impl Iterator<Item = (&'static str, &Metrics)> {
        [
            ("training mean", &self.training_mean),
            ("last value", &self.last_value),
            ("same week a year before", &self.seasonal_naive),
        ]
        .into_iter()
        .filter_map(|(name, metrics)| Some((name, metrics.as_ref()?)))
    }

    /// The naive forecast with the least squared error, by name.
    pub fn best(&self) -> Option<(&'static str, &Metrics)> {
        self.assessed().min_by(|a, b| a.1.rmse.total_cmp(&b.1.rmse))
    }
}

/// One fold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoldScore {
    /// Number of training weeks.
    pub train_weeks: usize,
    /// First test week, ISO 8601.
    pub test_first: String,
    /// Last test week, ISO 8601.
    pub test_last: String,
    /// Accuracy over the test weeks.
    pub metrics: Metrics,
}

/// The scores of both stages.
#[derive(Debug, Clone, PartialEq)]
pub struct CrossValidation {
    /// Stage 1 on the mediator.
    pub mediator: OutOfSample,
    /// Stage 2 with the mediator that stage 1 predicts for the test weeks.
    pub path: OutOfSample,
    /// Stage 2 with the mediator as observed in the test weeks.
    pub conditional: OutOfSample,
}

/// What one fold predicts for its test weeks.
struct FoldForecast {
    mediator: Vec<f64>,
    path: Vec<f64>,
    conditional: Vec<f64>,
}

impl CrossValidation {
    /// Fits the whole model, tuning included, inside each training range and scores what it says
    /// of the test weeks. A split is a range of weeks of one dataset: carry-over keeps its history
    /// and nothing of the test weeks is learned.
    pub fn run(
        model: &MediationModel,
        data: &Dataset,
        features: &FeatureSettings,
        folds: &[Fold],
    ) -> Result<Self> {
        let forecasts = folds
            .par_iter()
            .map(|fold| forecast(model, data, features, fold))
            .collect::<Result<Vec<_>>>()?;
        let score = |target: &[f64], of: fn(&FoldForecast) -> &Vec<f64>| {
            let predictions: Vec<&[f64]> = forecasts
                .iter()
                .map(|forecast| of(forecast).as_slice())
                .collect();
            score_folds(data, target, folds, &predictions)
        };
        Ok(CrossValidation {
            mediator: score(data.mediator(), |forecast| &forecast.mediator),
            path: score(data.outcome(), |forecast| &forecast.path),
            conditional: score(data.outcome(), |forecast| &forecast.conditional),
        })
    }
}

fn forecast(
    model: &MediationModel,
    data: &Dataset,
    features: &FeatureSettings,
    fold: &Fold,
) -> Result<FoldForecast> {
    let with_fold = |error: Error| match error {
        Error::RankDeficient { stage, columns } => Error::RankDeficient {
            stage: format!(
                "{stage} (fold that trains on the first {} weeks)",
                fold.train.len()
            ),
            columns,
        },
        other => other,
    };
    let prepared = Arc::new(Prepared::new(data, features, fold.train.clone())?);
    let weights = vec![1.0; fold.train.len()];
    let fitted = model
        .fit(&prepared, &prepared.mediator, &prepared.outcome, &weights)
        .map_err(with_fold)?;
    let test = |values: &[f64]| values[fold.test.clone()].to_vec();
    Ok(FoldForecast {
        mediator: test(fitted.forecast_mediator()),
        path: test(&fitted.forecast_outcome(false)?),
        conditional: test(&fitted.forecast_outcome(true)?),
    })
}

/// Scores predictions of `target` fold by fold and pooled, beside naive forecasts of the same
/// weeks.
fn score_folds(
    data: &Dataset,
    target: &[f64],
    folds: &[Fold],
    predictions: &[&[f64]],
) -> OutOfSample {
    let lag = Yardstick::lag(folds[0].train.len());
    let score = |fold: &Fold, predicted: &[f64]| -> Vec<Scored> {
        let yardstick = Yardstick::new(&target[fold.train.clone()], lag);
        Scored::pairs(&target[fold.test.clone()], predicted, yardstick)
    };
    let pooled = |forecast: &dyn Fn(usize) -> Option<Vec<f64>>| -> Option<Metrics> {
        let mut weeks = Vec::new();
        for (index, fold) in folds.iter().enumerate() {
            weeks.extend(score(fold, &forecast(index)?));
        }
        Some(Metrics::score(&weeks))
    };
    let naive = |forecast: fn(&[f64], &Fold) -> Option<Vec<f64>>| {
        pooled(&|index| forecast(target, &folds[index]))
    };
    OutOfSample {
        pooled: pooled(&|index| Some(predictions[index].to_vec()))
            .expect("every fold has predictions"),
        naive: Naive {
            training_mean: naive(|target, fold| {
                let mean = crate::numeric::summary::mean(&target[fold.train.clone()]);
                Some(vec![mean; fold.test.len()])
            }),
            last_value: naive(|target, fold| {
                Some(vec![target[fold.train.end - 1]; fold.test.len()])
            }),
            seasonal_naive: naive(seasonal_naive),
        },
        folds: folds
            .iter()
            .zip(predictions)
            .map(|(fold, predicted)| FoldScore {
                train_weeks: fold.train.len(),
                test_first: data.weeks()[fold.test.start].to_string(),
                test_last: data.weeks()[fold.test.end - 1].to_string(),
                metrics: Metrics::score(&score(fold, predicted)),
            })
            .collect(),
    }
}

/// The latest training week that lies a whole number of years before each test week; `None` when
/// one of them would lie before the data.
fn seasonal_naive(target: &[f64], fold: &Fold) -> Option<Vec<f64>> {
    fold.test
        .clone()
        .map(|week| {
            let years = (week + 1 - fold.train.end).div_ceil(YEAR);
            week.checked_sub(years * YEAR)
                .filter(|earlier| fold.train.contains(earlier))
                .map(|earlier| target[earlier])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_years_of_weeks_are_tested_on_the_last_forty() {
        let (folds, finding) = ValidationSettings::default().split(104, 16).unwrap();
        let trains: Vec<usize> = folds.iter().map(|fold| fold.train.len()).collect();
        assert_eq!(trains, [64, 72, 80, 88, 96]);
        assert_eq!(finding, None);
    }

    #[test]
    fn a_short_file_is_tested_on_its_later_half_and_says_so() {
        let (folds, finding) = ValidationSettings::default().split(40, 12).unwrap();
        assert_eq!(folds[0].train, 0..20);
        assert_eq!(finding.unwrap().status, Status::Warning);
    }

    #[test]
    fn seasonal_naive_looks_a_whole_year_back_into_training() {
        let target: Vec<f64> = (0..104).map(f64::from).collect();
        let fold = Fold {
            train: 0..60,
            test: 60..68,
        };
        assert_eq!(seasonal_naive(&target, &fold).unwrap()[0], 8.0);
        let fold = Fold {
            train: 0..40,
            test: 40..48,
        };
        assert_eq!(seasonal_naive(&target, &fold), None);
    }
}
