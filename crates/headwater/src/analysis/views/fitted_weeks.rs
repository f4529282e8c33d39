//! What both stages predict, week by week, beside what happened.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{dates, target};
use crate::analysis::Settings;
use crate::data::Dataset;
use crate::data::role::{Role, Unit};
use crate::estimate::Interval;
use crate::mediation::FittedMediation;
use crate::numeric::summary::mean;
use crate::splits::Fold;
use crate::validation::NaiveForecast;
use crate::validation::conformal::PredictionIntervals;
use crate::validation::cross_validation::{CrossValidation, FoldForecast, OutOfSample, Scheme};

/// The mediator and the outcome as they were, as the model sees them in the weeks that it learned
/// from, and as it forecast them in weeks that it had not seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FittedWeeks {
    /// The first day of each week, ISO 8601, ascending.
    pub weeks: Vec<String>,
    /// Which weeks the folds learn from.
    pub scheme: Scheme,
    /// The folds, in their order.
    pub folds: Vec<FoldWeeks>,
    /// Stage 1.
    pub mediator: StageWeeks,
    /// Stage 2.
    pub outcome: StageWeeks,
}

/// Where one fold lies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FoldWeeks {
    /// How many weeks it learned from.
    pub train_weeks: usize,
    /// Its first test week, by its place among all weeks.
    pub first: usize,
    /// Its last test week, by its place among all weeks.
    pub last: usize,
}

/// One stage over all weeks; every series in the unit of its target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StageWeeks {
    /// The column it explains.
    pub target: String,
    /// What the column is measured in.
    pub unit: Unit,
    /// What happened, one value a week.
    pub actual: Vec<f64>,
    /// What the model that learned from all weeks says of them, one value a week; stage 2 with the
    /// mediator as observed. In sample: it has seen the answer and is closer than a forecast can be.
    pub in_sample: Vec<f64>,
    /// What it forecast, fold by fold.
    pub forecasts: Vec<ForecastWeeks>,
    /// The naive forecast with the least squared error over all test weeks; null where none could
    /// be made.
    pub naive: Option<String>,
    /// The share of weeks that prediction intervals are to hold; null where this stage has none.
    pub interval_level: Option<f64>,
    /// Why no fold has prediction intervals; null where some have.
    pub no_interval: Option<String>,
}

/// What was forecast for the test weeks of one fold, by a model that learned from its training weeks.
/// One value a test week in each series, in the unit of the target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ForecastWeeks {
    /// From the exposures alone, as a plan has to: stage 1, and stage 2 on what stage 1 predicts.
    pub forecast: Vec<f64>,
    /// Stage 2 with the mediator as observed; null for stage 1.
    pub conditional: Option<Vec<f64>>,
    /// Prediction intervals around `forecast`, made from the errors of earlier folds alone as they
    /// stood before this fold was seen; null where those errors are too few.
    pub interval: Option<Vec<Interval>>,
    /// The naive forecast of the same weeks; null where there is none.
    pub naive: Option<Vec<f64>>,
    /// Root mean squared error of `forecast`.
    pub rmse: f64,
    /// Root mean squared error of `naive`.
    pub naive_rmse: Option<f64>,
}

impl FittedWeeks {
    /// From a fit and the folds that were fitted beside it.
    pub(in crate::analysis) fn of(
        dataset: &Dataset,
        settings: &Settings,
        model: &FittedMediation,
        scores: &CrossValidation,
    ) -> Self {
        let scheme = settings.validation.scheme;
        let folds = scores.forecasts.iter().map(|made| FoldWeeks {
            train_weeks: made.fold.train_weeks(),
            first: made.fold.test.start,
            last: made.fold.test.end - 1,
        });
        let intervals = PredictionIntervals::of(
            scores,
            dataset.outcome(),
            &settings.validation,
            settings.mediation.link,
        );
        let no_interval = no_interval(scheme, &intervals);
        let around = |fold: usize, made: &FoldForecast| -> Option<Vec<Interval>> {
            if no_interval.is_some() {
                return None;
            }
            let path = made.path.iter();
            path.map(|&week| intervals.before(fold, week)).collect()
        };
        let mediator = scores.forecasts.iter().map(|made| {
            ForecastWeeks::of(
                dataset.mediator(),
                &made.fold,
                &made.mediator,
                &scores.mediator,
            )
        });
        let outcome = scores
            .forecasts
            .iter()
            .enumerate()
            .map(|(fold, made)| ForecastWeeks {
                conditional: Some(made.conditional.clone()),
                interval: around(fold, made),
                ..ForecastWeeks::of(dataset.outcome(), &made.fold, &made.path, &scores.path)
            });
        let (name, unit) = target(dataset, Role::Mediator);
        let mediator = StageWeeks {
            target: name,
            unit,
            actual: dataset.mediator().to_vec(),
            in_sample: model.forecast_mediator().to_vec(),
            forecasts: mediator.collect(),
            naive: best_naive(&scores.mediator),
            interval_level: None,
            no_interval: Some("prediction intervals are made for the outcome".into()),
        };
        let (name, unit) = target(dataset, Role::Outcome);
        let outcome = StageWeeks {
            target: name,
            unit,
            actual: dataset.outcome().to_vec(),
            in_sample: model.fitted_outcome(),
            forecasts: outcome.collect(),
            naive: best_naive(&scores.path),
            interval_level: no_interval.is_none().then_some(intervals.level),
            no_interval,
        };
        FittedWeeks {
            weeks: dates(dataset),
            scheme,
            folds: folds.collect(),
            mediator,
            outcome,
        }
    }
}

impl ForecastWeeks {
    /// A forecast of `target` beside the naive one of the same weeks.
    fn of(target: &[f64], fold: &Fold, forecast: &[f64], scores: &OutOfSample) -> Self {
        let actual = &target[fold.test.clone()];
        let rmse = |forecast: &[f64]| {
            let errors = actual.iter().zip(forecast).map(|(y, p)| (y - p).powi(2));
            mean(&errors.collect::<Vec<_>>()).sqrt()
        };
        let best = scores.naive.best_forecast();
        let naive = best.and_then(|naive| naive.of(target, fold));
        ForecastWeeks {
            conditional: None,
            interval: None,
            rmse: rmse(forecast),
            naive_rmse: naive.as_deref().map(rmse),
            naive,
            forecast: forecast.to_vec(),
        }
    }
}

/// The best naive forecast by name.
fn best_naive(scores: &OutOfSample) -> Option<String> {
    let best = scores.naive.best_forecast();
    best.map(NaiveForecast::name).map(String::from)
}

/// Why no fold can be given the interval that stood before it.
fn no_interval(scheme: Scheme, intervals: &PredictionIntervals) -> Option<String> {
    if scheme == Scheme::Blocked {
        return Some(
            "blocked folds learn from weeks on both sides, so their errors do not say how far a forecast \
             misses"
                .into(),
        );
    }
    let stood = |fold: &crate::validation::conformal::FoldCoverage| fold.half_width.is_some();
    (!intervals.coverage.iter().any(stood)).then(|| {
        "no fold has enough errors of earlier weeks behind it for a prediction interval".into()
    })
}
