//! Block bootstrap through both stages and their tuning.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::block_length::block_length;
use super::decomposition::{Contrasts, Decomposition};
use crate::error::{Error, Result};
use crate::mediation::{FittedMediation, Link, MediationModel, Prepared};
use crate::numeric::random::stream;
use crate::progress::{Parts, Progress, in_parallel};

/// What is resampled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Resampling {
    /// Residuals where a stage is made of trees and the link is the identity, else pairs: on the
    /// log scale the errors of a week with almost no sales are not those of a good week, and exchanging
    /// them would invent revenue.
    #[default]
    Auto,
    /// Blocks of whole weeks, drawn as weights.
    Pairs,
    /// Blocks of the residual pairs of both stages, on the observed spend.
    Residual,
}

impl Resampling {
    /// The name in settings and in `analysis.json`.
    pub fn name(self) -> &'static str {
        match self {
            Resampling::Auto => "auto",
            Resampling::Pairs => "pairs",
            Resampling::Residual => "residual",
        }
    }
}

/// Weeks in a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", untagged)]
pub enum BlockLength {
    /// A fixed number of weeks.
    Weeks(usize),
    /// `"auto"`: see [`block_length`].
    #[default]
    #[serde(with = "auto")]
    #[schemars(with = "String")]
    Auto,
}

/// `"auto"` as a unit variant of an untagged enum.
mod auto {
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("auto")
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "auto" => Ok(()),
            other => Err(serde::de::Error::custom(format!(
                "expected \"auto\" or a number, not \"{other}\""
            ))),
        }
    }
}

/// How intervals are made: `[bootstrap]` in `headwater.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BootstrapSettings {
    /// The number of replicates, at most 100,000; 0 for none. When absent, 1000 for linear stages and 200 where a
    /// stage is made of trees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicates: Option<usize>,
    /// The nominal coverage, in (0, 1).
    pub level: f64,
    /// Weeks in a block, or `"auto"`.
    pub block_length: BlockLength,
    /// What is resampled.
    pub resampling: Resampling,
}

impl Default for BootstrapSettings {
    fn default() -> Self {
        BootstrapSettings {
            replicates: None,
            level: 0.95,
            block_length: BlockLength::Auto,
            resampling: Resampling::Auto,
        }
    }
}

impl BootstrapSettings {
    /// Refuses levels outside (0, 1), block lengths of 0, and too few replicates for the level.
    pub fn validate(&self) -> Result<()> {
        if !(self.level > 0.0 && self.level < 1.0) {
            return Err(Error::setting(
                format!(
                    "[bootstrap] level = {} must lie between 0 and 1",
                    self.level
                ),
                "write `level = 0.95`",
            ));
        }
        if self.block_length == BlockLength::Weeks(0) {
            return Err(Error::setting(
                "[bootstrap] block_length = 0 is no length",
                "write `block_length = \"auto\"` or a number of weeks",
            ));
        }
        let needed = (2.0 / (1.0 - self.level)).ceil() as usize;
        match self.replicates {
            Some(replicates) if replicates > MOST_REPLICATES => Err(Error::setting(
                format!(
                    "[bootstrap] replicates = {replicates} is more than the {MOST_REPLICATES} that can be kept"
                ),
                "write `replicates = 1000`: more of them hardly move the ends of an interval",
            )),
            Some(replicates) if replicates > 0 && replicates < needed => Err(Error::setting(
                format!(
                    "[bootstrap] {replicates} replicates cannot show the ends of a {}% interval",
                    self.level * 100.0
                ),
                format!("use at least {needed} replicates, better 1000, or 0 for no intervals"),
            )),
            _ => Ok(()),
        }
    }
}

/// What was asked of every replicate: of the model refitted to a resample of the weeks.
#[derive(Debug, Clone)]
pub struct Replicates<T> {
    /// One answer for each replicate.
    pub draws: Vec<T>,
    /// Pairs or residual.
    pub resampling: Resampling,
    /// Weeks in a block.
    pub block_length: usize,
    /// Draws repeated because a column of the design lost its variation.
    pub redraws: usize,
}

/// The replicates of every exposure's effects: one row for each, one entry for each exposure.
pub type Bootstrap = Replicates<Vec<Decomposition>>;

/// The most replicates; all their models are kept.
const MOST_REPLICATES: usize = 100_000;

/// How often a replicate may be drawn again before the data are called unfit for resampling.
const MOST_REDRAWS: usize = 50;

impl Bootstrap {
    /// Decomposes the effects of every exposure on the original spend path, in every
    /// [refit](Replicates::of_refits).
    ///
    /// # Errors
    /// Those of [`Replicates::of_refits`].
    pub fn run(
        model: &MediationModel,
        fitted: &FittedMediation,
        settings: &BootstrapSettings,
        seed: u64,
        step: f64,
        progress: &dyn Progress,
    ) -> Result<Self> {
        let prepared = fitted.prepared();
        let contrasts = Contrasts::of(prepared, prepared.observed.exposures(), step);
        let decompose = |refitted| contrasts.decompose(&refitted);
        Replicates::of_refits(model, fitted, settings, seed, decompose, progress)
    }
}

impl<T: Send> Replicates<T> {
    /// Refits both stages, tuning included, as often as `settings` say and keeps what `ask` makes of
    /// each refit.
    ///
    /// Replicate `b` draws from random stream `b` of `seed`: the result is the same on any number
    /// of threads. Both stages of a replicate see the same weeks.
    ///
    /// # Errors
    /// [`Error::Cancelled`] when `progress` says so; a stage's own error when a replicate cannot
    /// be fitted; what `ask` fails with.
    pub fn of_refits(
        model: &MediationModel,
        fitted: &FittedMediation,
        settings: &BootstrapSettings,
        seed: u64,
        ask: impl Fn(FittedMediation) -> Result<T> + Sync,
        progress: &dyn Progress,
    ) -> Result<Self> {
        let prepared = fitted.prepared();
        let trees = model.overfits();
        let identity = model.settings.link == Link::Identity;
        let resampling = match settings.resampling {
            Resampling::Auto if trees && identity => Resampling::Residual,
            Resampling::Auto => Resampling::Pairs,
            chosen => chosen,
        };
        let weeks = prepared.train.len();
        let length = match settings.block_length {
            BlockLength::Weeks(length) if length > weeks / 2 => {
                return Err(Error::setting(
                    format!(
                        "[bootstrap] block_length = {length} leaves hardly any different resamples of \
                         {weeks} weeks"
                    ),
                    format!("use at most {}, or \"auto\"", weeks / 2),
                ));
            }
            BlockLength::Weeks(length) => length,
            BlockLength::Auto => block_length(&moments(fitted), weeks),
        };
        let replicates = settings
            .replicates
            .unwrap_or(if trees { 200 } else { 1000 });
        let residuals = match resampling {
            Resampling::Residual if replicates > 0 => Some(Residuals::of(model, fitted)?),
            _ => None,
        };
        let parts = Parts::new(progress, "bootstrap", replicates);
        let redraws = AtomicUsize::new(0);
        let streams: Vec<u64> = (1..=replicates as u64).collect();
        let draws = in_parallel(&streams, |_, number| {
            parts.part(|| {
                let mut rng = stream(seed, *number);
                ask(match &residuals {
                    Some(residuals) => {
                        let rows = draw_blocks(weeks, length, &mut rng);
                        let (mediator, outcome) = residuals.resample(fitted, &rows)?;
                        model.fit(prepared, &mediator, &outcome, &vec![1.0; weeks])?
                    }
                    None => refit_weighted(model, prepared, length, &mut rng, &redraws)?,
                })
            })
        })?;
        Ok(Replicates {
            draws,
            resampling,
            block_length: length,
            redraws: redraws.into_inner(),
        })
    }
}

impl<T> Replicates<T> {
    /// How intervals from these replicates are made, in words; `shrunken` stamps those of estimators
    /// that shrink effects (methods brief, 2.5).
    pub fn method(&self, shrunken: bool) -> String {
        format!(
            "percentile, {} replicates, {} bootstrap in blocks of {} weeks through both stages{}",
            self.draws.len(),
            self.resampling.name(),
            self.block_length,
            if shrunken {
                "; shows stability, not coverage"
            } else {
                ""
            }
        )
    }
}

/// The row of the data that each week of a resample repeats: blocks of `length` consecutive rows
/// with uniform starts, cut to `weeks` (Kunsch 1989).
///
/// `length` must lie between 1 and `weeks`.
pub fn draw_blocks(weeks: usize, length: usize, rng: &mut impl rand::Rng) -> Vec<usize> {
    let mut rows = Vec::with_capacity(weeks + length);
    while rows.len() < weeks {
        let start = rng.random_range(0..=weeks - length);
        rows.extend(start..start + length);
    }
    rows.truncate(weeks);
    rows
}

/// Refits to weeks drawn in blocks, each as often as it was drawn. Draws again while a column that
/// varies in the data has no variation among the drawn weeks (a one-off promotion that no block
/// caught), or the drawn weeks cannot tell columns apart.
fn refit_weighted(
    model: &MediationModel,
    prepared: &Arc<Prepared>,
    length: usize,
    rng: &mut impl rand::Rng,
    redraws: &AtomicUsize,
) -> Result<FittedMediation> {
    let weeks = prepared.train.len();
    let design = &prepared.mediator_designs[0].1;
    for attempt in 0..MOST_REDRAWS {
        let mut weights = vec![0.0; weeks];
        for row in draw_blocks(weeks, length, rng) {
            weights[row] += 1.0;
        }
        let varies = |values: &[f64]| {
            let mut drawn = values
                .iter()
                .zip(&weights)
                .filter(|(_, weight)| **weight > 0.0);
            let first = drawn.next().map(|(value, _)| *value);
            drawn.any(|(value, _)| Some(*value) != first)
        };
        if !design
            .columns()
            .iter()
            .all(|column| varies(&column.values[prepared.train.clone()]))
        {
            continue;
        }
        match model.fit(prepared, &prepared.mediator, &prepared.outcome, &weights) {
            Err(Error::RankDeficient { .. } | Error::TooFewWeeks { .. }) => continue,
            refitted => {
                redraws.fetch_add(attempt, Ordering::Relaxed);
                return refitted;
            }
        }
    }
    Err(Error::setting(
        format!(
            "{MOST_REDRAWS} resamples in a row left a column of the design without variation of its own: \
             some event is too rare to be resampled"
        ),
        "merge the rare column with another, or set `resampling = \"residual\"` under [bootstrap]",
    ))
}

/// Residual pairs of both stages, centred and scaled for the degrees of freedom they cost.
struct Residuals {
    /// Of the mediator, out of fold for trees.
    mediator: Vec<f64>,
    /// Of the outcome on the link scale, out of fold for trees.
    outcome: Vec<f64>,
}

impl Residuals {
    fn of(model: &MediationModel, fitted: &FittedMediation) -> Result<Self> {
        let (mediator, outcome) = fitted.honest_residuals(model)?;
        Ok(Residuals {
            mediator: centred(mediator),
            outcome: centred(outcome),
        })
    }

    /// `M* = M^ + u*`, `Y* = link^-1(g(M*, d, W) + e*)` with `(u, e)` drawn jointly, so that an
    /// unmeasured cause of both stays in the resample.
    fn resample(&self, fitted: &FittedMediation, rows: &[usize]) -> Result<(Vec<f64>, Vec<f64>)> {
        let u: Vec<f64> = rows.iter().map(|&row| self.mediator[row]).collect();
        let e: Vec<f64> = rows.iter().map(|&row| self.outcome[row]).collect();
        fitted.regenerate(&u, &e)
    }
}

fn centred(residuals: Vec<f64>) -> Vec<f64> {
    let mean = crate::numeric::summary::mean(&residuals);
    residuals
        .into_iter()
        .map(|residual| residual - mean)
        .collect()
}

/// The moment series whose means the estimates depend on: `u_t s_jt` for every exposure and
/// `M^_t e_t` (methods brief, 2.2).
fn moments(fitted: &FittedMediation) -> Vec<Vec<f64>> {
    let (_, design) = fitted.mediator_stage();
    let u = fitted.mediator_residual();
    let exposures = fitted.prepared().features.exposures();
    let mut series: Vec<Vec<f64>> = design
        .columns()
        .iter()
        .filter(|column| exposures.contains(&&*column.name))
        .map(|column| column.values.iter().zip(&u).map(|(s, u)| s * u).collect())
        .collect();
    series.push(
        fitted.forecast_mediator()[fitted.prepared().train.clone()]
            .iter()
            .zip(fitted.outcome_residual())
            .map(|(m, e)| m * e)
            .collect(),
    );
    series
}
