//! Cross-validation of both stages, everything learned from each fold's training weeks.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, FisherSnedecor};

use super::bounds::Bounds;
use super::conformal::Conformal;
use super::metrics::{Metrics, Scored, Yardstick};
use super::naive_forecast::NaiveForecast;
use super::stability::Importance;
use crate::data::Dataset;
use crate::data::role::Role;
use crate::design::Design;
use crate::error::{Error, Result};
use crate::estimators::Predictor;
use crate::features::FeatureSettings;
use crate::finding::{Bound, Finding, Status};
use crate::mediation::{MediationModel, Prepared};
use crate::numeric::vector::has_square;
use crate::progress::{Parts, Progress, Silent, in_parallel};
use crate::splits::{Fold, blocked_split, rolling_split, time_series_split};

/// Weeks in a year, for what repeats from year to year and for how much a first fold should know.
pub(crate) const YEAR: usize = 52;

/// Which weeks are trained on and which are tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// Train on all weeks before the test weeks.
    #[default]
    Expanding,
    /// Train on the last `train_weeks` weeks before the test weeks: old weeks are forgotten.
    Rolling,
    /// Cut the weeks into blocks and train on both sides of the tested one. Every week is tested,
    /// but the scores are of interpolation: a forecast has no later weeks to learn from.
    Blocked,
}

/// How the model is scored out of sample: `[validation]` in `headwater.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ValidationSettings {
    /// Which weeks are trained on: `expanding`, `rolling` or `blocked`.
    pub scheme: Scheme,
    /// The number of folds, at least 2.
    pub folds: usize,
    /// Test weeks in a fold. When absent they are chosen so that the first fold still trains on a
    /// year and eight weeks where the file is long enough (see [`ValidationSettings::split`]).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_weeks: Option<usize>,
    /// Training weeks of the rolling scheme; when absent, those of the first expanding fold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub train_weeks: Option<usize>,
    /// Weeks left out between training and test. When absent 0, and for blocks, whose later
    /// neighbours carry their spend over, the [memory](carry_over_memory) of the carry-over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gap: Option<usize>,
    /// The last weeks of the data, kept out of every fold and scored once at the end.
    pub holdout_weeks: usize,
    /// scikit-learn's default test size, `weeks / (folds + 1)`, when `test_weeks` is absent.
    pub sklearn_default: bool,
    /// The share of new weeks that prediction intervals are to hold, in (0, 1).
    pub interval_level: f64,
    /// How prediction intervals are made: `split` or `adaptive`.
    pub interval_method: Conformal,
    /// The number of placebo refits of each kind, 19 to 10,000; 0 for none.
    pub placebos: usize,
    /// What the scores must reach: `[validation.bounds]`.
    pub bounds: Bounds,
}

impl Default for ValidationSettings {
    fn default() -> Self {
        ValidationSettings {
            scheme: Scheme::Expanding,
            folds: 5,
            test_weeks: None,
            train_weeks: None,
            gap: None,
            holdout_weeks: 0,
            sklearn_default: false,
            // Forty test weeks, as at two years of data, cannot show the ends of 95%.
            interval_level: 0.9,
            interval_method: Conformal::Split,
            placebos: 99,
            bounds: Bounds::default(),
        }
    }
}

/// The weeks after which less than 5% of the longest candidate carry-over is left,
/// `ceil(ln 0.05 / ln decay)`: 14 for a decay of 0.8. 0 under the seed recipe, whose moving
/// averages are no carry-over.
pub fn carry_over_memory(features: &FeatureSettings) -> usize {
    let decay = features.decay_candidates().into_iter().fold(0.0, f64::max);
    if decay > 0.0 {
        (0.05f64.ln() / decay.ln()).ceil() as usize
    } else {
        0
    }
}

/// The most placebos, each a refit of both stages.
const MOST_PLACEBOS: usize = 10_000;

impl ValidationSettings {
    /// Refuses settings that contradict each other.
    ///
    /// # Errors
    /// Names the settings and what to write instead.
    pub fn validate(&self) -> Result<()> {
        self.bounds.validate()?;
        let refuse =
            |what: &str, help: &str| Err(Error::setting(format!("[validation] {what}"), help));
        if !(self.interval_level > 0.0 && self.interval_level < 1.0) {
            return refuse(
                "interval_level must lie between 0 and 1",
                "write `interval_level = 0.9`",
            );
        }
        if (1..19).contains(&self.placebos) {
            return refuse(
                "fewer than 19 placebos cannot show a p value of 0.05",
                "write `placebos = 99`, or 0 for none",
            );
        }
        if self.placebos > MOST_PLACEBOS {
            return refuse(
                &format!(
                    "placebos = {} is more than the {MOST_PLACEBOS} that can be tried",
                    self.placebos
                ),
                "write `placebos = 99`, or 0 for none",
            );
        }
        match self.scheme {
            Scheme::Blocked if self.test_weeks.is_some() || self.sklearn_default => refuse(
                "blocked folds test every week once, so `test_weeks` and `sklearn_default` have no \
                 meaning",
                "remove them, or change `folds`: the blocks are weeks / folds long",
            ),
            Scheme::Expanding | Scheme::Blocked if self.train_weeks.is_some() => refuse(
                "`train_weeks` is the window of the rolling scheme",
                "set `scheme = \"rolling\"`, or remove `train_weeks`",
            ),
            _ => Ok(()),
        }
    }

    /// The holdout as a fold that learns from all weeks before it; none when `holdout_weeks` is 0.
    ///
    /// # Errors
    /// When the holdout would take more than half of the weeks.
    pub fn holdout(&self, weeks: usize) -> Result<Option<Fold>> {
        let held = self.holdout_weeks;
        if held == 0 {
            return Ok(None);
        }
        let gap = self.forward_gap();
        if held.saturating_mul(2) > weeks || held.saturating_add(gap) >= weeks {
            return Err(Error::TooFewWeeks {
                message: format!(
                    "[validation] holdout_weeks = {held} with a gap of {gap} leaves too little of {weeks} \
                     weeks to learn from"
                ),
                help: format!("use at most {} holdout weeks", weeks / 4),
            });
        }
        Ok(Some(Fold::forward(
            0..weeks - held - gap,
            weeks - held..weeks,
        )))
    }

    /// The gap before test weeks that nothing is learned from after them.
    fn forward_gap(&self) -> usize {
        match self.scheme {
            Scheme::Blocked => 0,
            Scheme::Expanding | Scheme::Rolling => self.gap.unwrap_or(0),
        }
    }

    /// The folds for a model of `columns` columns on `weeks` weeks, and what there is to say
    /// about them. `memory` is the [memory](carry_over_memory) of the carry-over. No fold reads the
    /// holdout weeks.
    ///
    /// Where no test size is given: `max(8, weeks/13)` weeks a fold, fewer when the first training
    /// range would otherwise hold less than `max(52 + 8, 3 columns)` weeks (methods brief, 3.1; for
    /// the rolling scheme less than `train_weeks`), and on short files the later half of the weeks,
    /// with a warning.
    ///
    /// # Errors
    /// When the folds leave no week to learn from, naming the setting to change.
    ///
    /// ```
    /// use headwater::validation::cross_validation::{Scheme, ValidationSettings};
    /// let settings = ValidationSettings { scheme: Scheme::Blocked, ..Default::default() };
    /// let (folds, _) = settings.split(104, 12, 14)?;
    /// assert_eq!((folds[1].test.clone(), folds[1].left_out.clone()), (20..41, 6..55));
    /// # Ok::<(), headwater::error::Error>(())
    /// ```
    pub fn split(
        &self,
        weeks: usize,
        columns: usize,
        memory: usize,
    ) -> Result<(Vec<Fold>, Vec<Finding>)> {
        self.validate()?;
        let weeks = self.holdout(weeks)?.map_or(weeks, |fold| fold.test.start);
        let enough = YEAR.max(3 * columns);
        match self.scheme {
            Scheme::Expanding => self.forward_folds(weeks, columns),
            Scheme::Rolling => {
                let (expanding, mut findings) = match self.train_weeks {
                    None => self.forward_folds(weeks, columns)?,
                    Some(window) => (self.folds_after(weeks, window)?, Vec::new()),
                };
                let test_weeks = expanding[0].test.len();
                let window = self.train_weeks.unwrap_or(expanding[0].train.len());
                let first = expanding[0].train.len();
                if first < window {
                    return Err(Error::TooFewWeeks {
                        message: format!(
                            "{} folds of {test_weeks} test weeks leave {first} of {weeks} weeks before the \
                             first of them, fewer than the rolling window of {window}",
                            self.folds
                        ),
                        help: format!(
                            "set `train_weeks = {first}` under [validation], or use fewer or shorter folds"
                        ),
                    });
                }
                if window < enough && self.train_weeks.is_some() {
                    findings.push(short_training(window, columns, enough));
                }
                let gap = self.forward_gap();
                let folds = rolling_split(weeks, self.folds, Some(test_weeks), gap, window)?;
                Ok((folds, findings))
            }
            Scheme::Blocked => {
                let embargo = self.gap.unwrap_or(memory);
                let folds = blocked_split(weeks, self.folds, embargo)?;
                let fewest = folds.iter().map(Fold::train_weeks).min();
                let fewest = fewest.expect("there are at least two folds");
                let mut findings = Vec::new();
                if fewest < enough {
                    findings.push(short_training(fewest, columns, enough));
                }
                findings.push(embargo_finding(embargo, memory));
                Ok((folds, findings))
            }
        }
    }

    /// Expanding folds.
    fn forward_folds(&self, weeks: usize, columns: usize) -> Result<(Vec<Fold>, Vec<Finding>)> {
        let gap = self.forward_gap();
        if self.test_weeks.is_some() || self.sklearn_default {
            let folds = time_series_split(weeks, self.folds, self.test_weeks, gap)?;
            return Ok((folds, Vec::new()));
        }
        let wanted = (YEAR + 8).max(3 * columns) + gap;
        if let Some(test_weeks) = self.affordable(weeks, wanted) {
            let folds = time_series_split(weeks, self.folds, Some(test_weeks), gap)?;
            return Ok((folds, Vec::new()));
        }
        let test_weeks = (weeks / 2 / self.folds.max(1)).max(1);
        let folds = time_series_split(weeks, self.folds, Some(test_weeks), gap)?;
        let first = folds[0].train.len();
        let finding = Finding::new(
            "validation.short_training",
            Status::Warning,
            format!(
                "with {weeks} weeks the first fold learns {columns} columns from {first} weeks; {wanted} \
                 would be enough: out-of-sample scores of the early folds are pessimistic"
            ),
        )
        .measured("training weeks", first as f64, Bound::AtLeast(wanted as f64))
        .with("first_training_weeks", first)
        .with("wanted", wanted);
        Ok((folds, vec![finding]))
    }

    /// Expanding folds of which the first has at least `window` training weeks, where that can be.
    fn folds_after(&self, weeks: usize, window: usize) -> Result<Vec<Fold>> {
        let gap = self.forward_gap();
        let wanted = window.saturating_add(gap);
        let test_weeks = match (self.test_weeks, self.sklearn_default) {
            (None, false) => Some(self.affordable(weeks, wanted).unwrap_or(1)),
            (test_weeks, _) => test_weeks,
        };
        time_series_split(weeks, self.folds, test_weeks, gap)
    }

    /// Test weeks a fold when `wanted` weeks come before the first, if there are any.
    fn affordable(&self, weeks: usize, wanted: usize) -> Option<usize> {
        let affordable = weeks.saturating_sub(wanted) / self.folds.max(1);
        (affordable >= 1).then(|| (weeks / 13).max(8).min(affordable))
    }
}

/// Warns of folds that learn from few weeks.
fn short_training(fewest: usize, columns: usize, enough: usize) -> Finding {
    Finding::new(
        "validation.short_training",
        Status::Warning,
        format!(
            "a fold learns {columns} columns from {fewest} weeks; {enough} would be enough: out-of-sample \
             scores are pessimistic"
        ),
    )
    .measured("training weeks", fewest as f64, Bound::AtLeast(enough as f64))
    .with("first_training_weeks", fewest)
    .with("wanted", enough)
}

/// Whether the weeks left out around a block outlast the carry-over.
fn embargo_finding(embargo: usize, memory: usize) -> Finding {
    let (status, verdict) = if embargo < memory {
        (
            Status::Warning,
            format!(
                "shorter than the carry-over of up to {memory} weeks, so training weeks after a block still \
                 hold its spend and the scores are too good: set `gap = {memory}` under [validation]"
            ),
        )
    } else {
        (
            Status::Passed,
            format!("no shorter than the carry-over of up to {memory} weeks"),
        )
    };
    Finding::new(
        "validation.embargo",
        status,
        format!("{embargo} weeks are left out on either side of a tested block, {verdict}"),
    )
    .measured(
        "weeks left out",
        embargo as f64,
        Bound::AtLeast(memory as f64),
    )
}

/// Scores over forward folds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
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
/// With blocked folds, where training weeks lie on both sides, they may look ahead as the model does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Naive {
    /// The mean of the training weeks.
    pub training_mean: Option<Metrics>,
    /// The last training week before the test weeks, repeated; the next one after them where a
    /// block has none before it.
    pub last_value: Option<Metrics>,
    /// The same week a year (52 weeks) before; a year after where a block has no such week.
    pub seasonal_naive: Option<Metrics>,
    /// Trend and season of the training weeks before the test weeks, two years of them or more,
    /// taken apart by STL and [carried on](crate::features::stl::Stl::extend).
    pub stl: Option<Metrics>,
}

impl Naive {
    /// The naive forecasts that could be made, by name.
    pub fn assessed(&self) -> impl Iterator<Item = (&'static str, &Metrics)> {
        let scored = self.scored();
        scored.map(|(forecast, metrics)| (forecast.name(), metrics))
    }

    /// The naive forecast with the least squared error, by name.
    pub fn best(&self) -> Option<(&'static str, &Metrics)> {
        self.assessed().min_by(|a, b| a.1.rmse.total_cmp(&b.1.rmse))
    }

    /// The naive forecast with the least squared error, to be asked for its weeks.
    pub fn best_forecast(&self) -> Option<NaiveForecast> {
        let best = self.scored().min_by(|a, b| a.1.rmse.total_cmp(&b.1.rmse));
        best.map(|(forecast, _)| forecast)
    }

    fn scored(&self) -> impl Iterator<Item = (NaiveForecast, &Metrics)> {
        [
            (NaiveForecast::TrainingMean, &self.training_mean),
            (NaiveForecast::LastValue, &self.last_value),
            (NaiveForecast::SeasonalNaive, &self.seasonal_naive),
            (NaiveForecast::Stl, &self.stl),
        ]
        .into_iter()
        .filter_map(|(forecast, metrics)| Some((forecast, metrics.as_ref()?)))
    }
}

/// One fold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
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
    /// What every fold predicted and learned, in the order of the folds.
    pub forecasts: Vec<FoldForecast>,
}

/// What one fold predicts for its test weeks, and what it learned.
#[derive(Debug, Clone, PartialEq)]
pub struct FoldForecast {
    /// The weeks it learned from and those it was tested on, as rows of the data.
    pub fold: Fold,
    /// First test week, ISO 8601.
    pub test_first: String,
    /// Last test week, ISO 8601.
    pub test_last: String,
    /// Stage 1's prediction of the mediator, one value a test week.
    pub mediator: Vec<f64>,
    /// Stage 2's prediction of the outcome from the exposures, one value a test week.
    pub path: Vec<f64>,
    /// Stage 2's prediction of the outcome with the mediator as observed, one value a test week.
    pub conditional: Vec<f64>,
    /// How much each column of stage 1 counts.
    pub mediator_importance: Vec<Importance>,
    /// How much each column of stage 2 counts.
    pub outcome_importance: Vec<Importance>,
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
        CrossValidation::run_heard(model, data, features, folds, &Silent)
    }

    /// [`run`](Self::run), telling `progress` of every fold of the step `cross-validation`.
    ///
    /// # Errors
    /// As [`run`](Self::run), and [`Error::Cancelled`] when `progress` says so.
    pub fn run_heard(
        model: &MediationModel,
        data: &Dataset,
        features: &FeatureSettings,
        folds: &[Fold],
        progress: &dyn Progress,
    ) -> Result<Self> {
        let parts = Parts::new(progress, "cross-validation", folds.len());
        let forecasts = in_parallel(folds, |_, fold| {
            parts.part(|| forecast(model, data, features, fold))
        })?;
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
            forecasts,
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
            stage: format!("{stage} ({})", described(fold, data)),
            columns,
        },
        other => other,
    };
    let prepared = Arc::new(Prepared::for_fold(data, features, fold)?);
    let (mediator, outcome) = (&prepared.mediator, &prepared.outcome);
    let fitted = model
        .fit(&prepared, mediator, outcome, &fold.weights())
        .map_err(with_fold)?;
    let test = |role: Role, values: &[f64]| {
        let values = values[fold.test.clone()].to_vec();
        match values.iter().position(|value| !has_square(*value)) {
            None => Ok(values),
            Some(at) => Err(runs_away(data, fold, role, at)),
        }
    };
    let importance = |(predictor, design): (&dyn Predictor, Design)| {
        Importance::of(predictor, &design, &fold.weights())
    };
    Ok(FoldForecast {
        fold: fold.clone(),
        test_first: data.weeks()[fold.test.start].to_string(),
        test_last: data.weeks()[fold.test.end - 1].to_string(),
        mediator_importance: importance(fitted.mediator_stage())?,
        outcome_importance: importance(fitted.outcome_stage())?,
        mediator: test(Role::Mediator, fitted.forecast_mediator())?,
        path: test(Role::Outcome, &fitted.forecast_outcome(false)?)?,
        conditional: test(Role::Outcome, &fitted.forecast_outcome(true)?)?,
    })
}

fn runs_away(data: &Dataset, fold: &Fold, role: Role, at: usize) -> Error {
    let name = data.roles().only(role).unwrap_or("a stage");
    let week = data.weeks()[fold.test.start + at];
    Error::estimator(
        format!(
            "the forecast of {name} for the week {week} runs away beyond any number ({})",
            described(fold, data)
        ),
        "a fold that learns from few weeks can do so where `link = \"log\"` puts its forecast into an \
         exponent: ask for fewer folds (`folds` under [validation]), use an estimator with a penalty, \
         such as ridge, or `link = \"identity\"`",
    )
}

/// Scores predictions of `target` fold by fold and pooled, beside naive forecasts of the same
/// weeks.
fn score_folds(
    data: &Dataset,
    target: &[f64],
    folds: &[Fold],
    predictions: &[&[f64]],
) -> OutOfSample {
    let lag = Yardstick::lag(folds[0].train_weeks());
    let score = |fold: &Fold, predicted: &[f64]| -> Vec<Scored> {
        let yardstick = Yardstick::of(target, fold, lag);
        Scored::pairs(&target[fold.test.clone()], predicted, yardstick)
    };
    let pooled = |forecast: &dyn Fn(usize) -> Option<Vec<f64>>| -> Option<Metrics> {
        let mut weeks = Vec::new();
        for (index, fold) in folds.iter().enumerate() {
            weeks.extend(score(fold, &forecast(index)?));
        }
        Some(Metrics::score(&weeks))
    };
    let naive = |forecast: NaiveForecast| pooled(&|index| forecast.of(target, &folds[index]));
    OutOfSample {
        pooled: pooled(&|index| Some(predictions[index].to_vec()))
            .expect("every fold has predictions"),
        naive: Naive {
            training_mean: naive(NaiveForecast::TrainingMean),
            last_value: naive(NaiveForecast::LastValue),
            seasonal_naive: naive(NaiveForecast::SeasonalNaive),
            stl: naive(NaiveForecast::Stl),
        },
        folds: folds
            .iter()
            .zip(predictions)
            .map(|(fold, predicted)| FoldScore {
                train_weeks: fold.train_weeks(),
                test_first: data.weeks()[fold.test.start].to_string(),
                test_last: data.weeks()[fold.test.end - 1].to_string(),
                metrics: Metrics::score(&score(fold, predicted)),
            })
            .collect(),
    }
}

/// Which fold, for an error that happened in it.
fn described(fold: &Fold, data: &Dataset) -> String {
    if fold.train.start == 0 && fold.left_out.is_empty() {
        return format!("fold that trains on the first {} weeks", fold.train.len());
    }
    let week = |row: usize| data.weeks()[row];
    format!(
        "fold that is tested on the weeks {} to {}",
        week(fold.test.start),
        week(fold.test.end - 1)
    )
}

/// A fold counts as far worse than the others when its error is at least this many times theirs.
const FAR_WORSE: f64 = 2.0;

/// Whether one fold is forecast far worse than the others. `forecast` is a phrase, such as "the
/// forecast of revenue".
///
/// The figure is the largest, over the folds, of a fold's RMSE over the RMSE of the other folds'
/// weeks together. Its bound is 2, or more where folds are so short that chance would reach 2: the
/// root of the `1 - 0.01 / folds` quantile of F with the two numbers of weeks.
pub fn cross_validation_stable(forecast: &str, scores: &OutOfSample) -> Finding {
    const ID: &str = "validation.cross_validation_stable";
    let folds = &scores.folds;
    let not_assessed =
        |why: &str| Finding::new(ID, Status::NotAssessed, format!("{forecast}: {why}"));
    if folds.len() < 3 {
        return not_assessed("fewer than 3 folds cannot show that one is unlike the others");
    }
    let squares = |fold: &FoldScore| fold.metrics.rmse.powi(2) * fold.metrics.weeks as f64;
    let all: f64 = folds.iter().map(squares).sum();
    let weeks: usize = folds.iter().map(|fold| fold.metrics.weeks).sum();
    let against_others = folds.iter().map(|fold| {
        let others = (weeks - fold.metrics.weeks) as f64;
        let theirs = ((all - squares(fold)).max(0.0) / others).sqrt();
        let chance = FisherSnedecor::new(fold.metrics.weeks as f64, others)
            .map_or(f64::NAN, |f| f.inverse_cdf(1.0 - 0.01 / folds.len() as f64));
        (
            fold,
            fold.metrics.rmse / theirs,
            chance.sqrt().max(FAR_WORSE),
        )
    });
    let worst = against_others
        .max_by(|a, b| (a.1 / a.2).total_cmp(&(b.1 / b.2)))
        .filter(|(_, ratio, bound)| ratio.is_finite() && bound.is_finite());
    let Some((fold, ratio, bound)) = worst else {
        return not_assessed(
            "the errors of the folds cannot be compared, as some are exactly 0 or not finite",
        );
    };
    let span = format!("the weeks {} to {}", fold.test_first, fold.test_last);
    let (status, summary) = if ratio <= bound {
        (
            Status::Passed,
            format!(
                "{forecast} is about as good in every fold; the worst, {span}, has {ratio:.1} times the error of the others"
            ),
        )
    } else {
        (
            Status::Warning,
            format!(
                "{forecast} misses {span} by {ratio:.1} times the error of the other folds: look for what happened \
                 then (a campaign, a stock-out, a change of tracking), and give it a column"
            ),
        )
    };
    Finding::new(ID, status, summary)
        .measured(
            "error of the worst fold over that of the others",
            ratio,
            Bound::AtMost(bound),
        )
        .with("test_first", fold.test_first.as_str())
        .with("test_last", fold.test_last.as_str())
        .with(
            "rmse",
            folds
                .iter()
                .map(|fold| fold.metrics.rmse)
                .collect::<Vec<_>>(),
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_years_of_weeks_are_tested_on_the_last_forty() {
        let (folds, findings) = ValidationSettings::default().split(104, 16, 14).unwrap();
        let trains: Vec<usize> = folds.iter().map(|fold| fold.train.len()).collect();
        assert_eq!(trains, [64, 72, 80, 88, 96]);
        assert_eq!(findings, []);
    }

    #[test]
    fn a_short_file_is_tested_on_its_later_half_and_says_so() {
        let (folds, findings) = ValidationSettings::default().split(40, 12, 14).unwrap();
        assert_eq!(folds[0].train, 0..20);
        assert_eq!(findings[0].status, Status::Warning);
    }
}
