//! The two stages: recipe and fit.

use std::sync::{Arc, OnceLock};

use super::prepared::{Prepared, of_carry_over};
use super::settings::{CrossFit, MediationSettings, Reading};
use crate::design::Design;
use crate::error::{Error, Result};
use crate::estimators::{Estimator, Predictor};
use crate::features::{CarryOver, MediatorColumns};

/// Blocks of weeks for cross-fitting, and the weeks left out on either side of a block.
const CROSS_FIT_BLOCKS: usize = 5;
const CROSS_FIT_EMBARGO: usize = 2;

/// The recipe: two estimators and how they are joined.
pub struct MediationModel {
    /// How the stages are joined.
    pub settings: MediationSettings,
    /// Stage 1.
    pub mediator: Box<dyn Estimator>,
    /// Stage 2.
    pub outcome: Box<dyn Estimator>,
}

/// One fitted stage.
#[derive(Clone)]
pub(super) struct Stage {
    /// What its exposures carry over.
    pub carry_over: CarryOver,
    pub predictor: Arc<dyn Predictor>,
}

/// A fitted first stage with what the second reads of it.
pub struct FittedMediator {
    stage: Stage,
    /// As in [`FittedMediation`].
    mediator: Vec<f64>,
    base: Vec<f64>,
    forecast: Vec<f64>,
    predicted: Vec<f64>,
}

/// A fitted two-stage model. See [`potential_outcome`](FittedMediation::potential_outcome).
pub struct FittedMediation {
    pub(super) prepared: Arc<Prepared>,
    pub(super) settings: MediationSettings,
    pub(super) first: Stage,
    pub(super) second: Stage,
    /// The mediator the model was fitted to, every week.
    pub(super) mediator: Vec<f64>,
    /// Stage 1's prediction on the observed path, every week.
    pub(super) base: Vec<f64>,
    /// What stage 2 reads of the mediator as stage 1 alone forecasts it, every week: the whole
    /// prediction, or the part that the exposures induced.
    pub(super) forecast: Vec<f64>,
    /// The same as stage 2 learned from it: cross-fitted where that was asked for.
    pub(super) predicted: Vec<f64>,
    /// Stage 2's prediction for the training weeks, on the link scale.
    pub(super) fitted: Vec<f64>,
    /// What stage 2 leaves unexplained, on the link scale: over the training weeks, or with 0 after
    /// them over all weeks [of a plan](FittedMediation::over).
    pub(super) residual: Vec<f64>,
    /// From predictions on the link scale to forecasts of the mean: see [`Link`](super::Link).
    pub(super) retransformation: f64,
    /// The outcome of the world that stands, once somebody asked for a difference from it.
    pub(super) standing: OnceLock<Vec<f64>>,
}

impl MediationModel {
    /// Whether a stage overfits, as trees do.
    pub fn overfits(&self) -> bool {
        self.mediator.overfits() || self.outcome.overfits()
    }

    /// Fits both stages to the training weeks of `prepared`, each as often as `weights` says
    /// (one weight for each training week).
    ///
    /// `mediator` and `outcome` hold every week of the data; weeks after training are not read
    /// for learning.
    ///
    /// # Errors
    /// Rank deficiency names the stage and its columns; drawn edges that leave no way to tell
    /// the mediated part from the direct one are refused.
    pub fn fit(
        &self,
        prepared: &Arc<Prepared>,
        mediator: &[f64],
        outcome: &[f64],
        weights: &[f64],
    ) -> Result<FittedMediation> {
        let first = self.fit_mediator(prepared, mediator, weights)?;
        self.fit_outcome(prepared, &first, outcome, weights)
    }

    /// The first half of [`fit`](Self::fit), for fits that share it: those to other outcomes.
    ///
    /// # Errors
    /// Those of [`fit`](Self::fit) that no outcome moves.
    pub fn fit_mediator(
        &self,
        prepared: &Arc<Prepared>,
        mediator: &[f64],
        weights: &[f64],
    ) -> Result<FittedMediator> {
        self.refuse_unidentified(prepared)?;
        let train = prepared.train.clone();
        let everyone: Vec<usize> = (0..prepared.features.exposures().len()).collect();
        let build = |carry_over: &CarryOver| {
            let features = &prepared.features;
            let design = features.mediator_design(&prepared.observed, carry_over);
            design.slice(train.clone())
        };
        let (carry_over, tuned, predictor) = choose_carry_over(
            prepared,
            &prepared.training_designs,
            self.mediator.as_ref(),
            &mediator[train.clone()],
            weights,
            &everyone,
            build,
        )
        .map_err(|error| in_stage(error, "mediator"))?;
        let base = predictor.predict(&of_carry_over(
            &prepared.mediator_designs,
            &prepared.features,
            &prepared.observed,
            &carry_over,
        ))?;
        let stage = Stage {
            carry_over,
            predictor: predictor.into(),
        };
        let (forecast, predicted) =
            self.predicted_part(&stage, &tuned, mediator, weights, prepared, &base)?;
        Ok(FittedMediator {
            stage,
            mediator: mediator.to_vec(),
            base,
            forecast,
            predicted,
        })
    }

    /// The second half of [`fit`](Self::fit), with what the first found on the same weeks.
    ///
    /// # Errors
    /// Those of [`fit`](Self::fit).
    pub fn fit_outcome(
        &self,
        prepared: &Arc<Prepared>,
        first: &FittedMediator,
        outcome: &[f64],
        weights: &[f64],
    ) -> Result<FittedMediation> {
        let train = prepared.train.clone();
        let target = self.settings.link.forward(&outcome[train.clone()])?;
        let columns = Mediated::new(self.settings.reading, &first.mediator, &first.predicted);
        let build = |carry_over: &CarryOver| {
            let design = prepared.features.outcome_design(
                &prepared.observed,
                carry_over,
                columns.as_columns(),
            );
            design.slice(train.clone())
        };
        // without a drawn edge stage 2 reads no exposure, and stage 1's carry-over stands for any
        let carry_over = &first.stage.carry_over;
        let candidates: Vec<(CarryOver, Design)> = if prepared.direct.is_empty() {
            vec![(carry_over.clone(), build(carry_over))]
        } else {
            let candidates = prepared.carry_overs();
            candidates.map(|c| (c.clone(), build(c))).collect()
        };
        let exposures = prepared.features.exposures();
        let drawn: Vec<usize> = (0..exposures.len())
            .filter(|&nth| prepared.direct.iter().any(|name| name == exposures[nth]))
            .collect();
        let (carry_over, design, predictor) = choose_carry_over(
            prepared,
            &candidates,
            self.outcome.as_ref(),
            &target,
            weights,
            &drawn,
            build,
        )
        .map_err(|error| in_stage(error, "outcome"))?;
        let second = Stage {
            carry_over,
            predictor: predictor.into(),
        };
        let fitted = second.predictor.predict(&design)?;
        let residual = subtract(&target, &fitted);
        Ok(FittedMediation {
            prepared: Arc::clone(prepared),
            settings: self.settings.clone(),
            retransformation: self.settings.link.retransformation(
                &learned_from(&outcome[train], weights),
                &learned_from(&fitted, weights),
            ),
            mediator: first.mediator.clone(),
            first: first.stage.clone(),
            second,
            base: first.base.clone(),
            forecast: first.forecast.clone(),
            predicted: first.predicted.clone(),
            fitted,
            residual,
            standing: OnceLock::new(),
        })
    }

    /// What stage 2 reads of the mediator, every week: as the first stage forecasts it, and for
    /// learning the same or, for training weeks, from models that did not see their block.
    fn predicted_part(
        &self,
        first: &Stage,
        design: &Design,
        mediator: &[f64],
        weights: &[f64],
        prepared: &Prepared,
        base: &[f64],
    ) -> Result<(Vec<f64>, Vec<f64>)> {
        let nothing = match self.settings.reading {
            Reading::TwoSlope => Some(prepared.nothing.mediator_design(&first.carry_over)),
            Reading::Predicted | Reading::Observed => None,
        };
        let forecast = match &nothing {
            Some(nothing) => subtract(base, &first.predictor.predict(nothing)?),
            None => base.to_vec(),
        };
        let cross_fit = match self.settings.cross_fit {
            CrossFit::Auto => self.mediator.overfits(),
            CrossFit::Always => true,
            CrossFit::Never => false,
        };
        let mut predicted = forecast.clone();
        if cross_fit && self.settings.reading != Reading::Observed {
            let train = prepared.train.clone();
            let target = &mediator[train.clone()];
            let nothing = nothing.map(|nothing| nothing.slice(train.clone()));
            predicted[train].copy_from_slice(
                &cross_fitted(
                    self.mediator.as_ref(),
                    design,
                    nothing.as_ref(),
                    target,
                    weights,
                )
                .map_err(|error| in_stage(error, "mediator (cross-fitted)"))?,
            );
        }
        Ok((forecast, predicted))
    }

    /// With a linear stage 1 the predicted part is a combination of all exposures, so direct
    /// edges for all of them leave nothing to identify it (methods brief, 1.5, point 5).
    fn refuse_unidentified(&self, prepared: &Prepared) -> Result<()> {
        let exposures = prepared.features.exposures().len();
        let direct = prepared.direct.len();
        if self.settings.reading != Reading::Observed && direct > 0 && direct >= exposures {
            return Err(Error::setting(
                format!(
                    "each of the {exposures} exposures that vary in the first {} weeks has a direct edge: what \
                     they induce of the mediator is then a combination of columns that are in the outcome \
                     stage already, and nothing is left to tell the mediated effect from the direct one",
                    prepared.train.end
                ),
                "leave at least one exposure without `direct = true` (one that varies from the start, or use fewer \
                 folds), or set `reading = \"observed\"` \
                 under [mediation] (which assumes that nothing unmeasured moves both the mediator and the \
                 outcome)",
            ));
        }
        Ok(())
    }
}

/// The values of the weeks with a positive weight.
fn learned_from(values: &[f64], weights: &[f64]) -> Vec<f64> {
    let weeks = values.iter().zip(weights);
    weeks
        .filter(|(_, weight)| **weight > 0.0)
        .map(|(value, _)| *value)
        .collect()
}

/// The most rounds of choosing a carry-over for one exposure after another.
const MOST_ROUNDS: usize = 3;

/// The candidate with the least cross-validated error, ties to the first (least carry-over), with
/// its design over the training weeks and the fit to it. Where the settings say `per_channel`, the
/// exposures in `channels` (by their place among those with features) then leave it one after another
/// for a shape of their own while the error falls: coordinate descent.
fn choose_carry_over(
    prepared: &Prepared,
    candidates: &[(CarryOver, Design)],
    estimator: &dyn Estimator,
    target: &[f64],
    weights: &[f64],
    channels: &[usize],
    build: impl Fn(&CarryOver) -> Design,
) -> Result<(CarryOver, Design, Box<dyn Predictor>)> {
    let mut chosen = &candidates[0];
    let mut least = f64::INFINITY;
    let mut fit = None;
    if candidates.len() > 1 {
        for candidate in candidates {
            let judged = estimator.judge(&candidate.1, target, weights)?;
            if judged.error < least {
                (least, chosen, fit) = (judged.error, candidate, judged.fit);
            }
        }
    }
    let (mut carry_over, mut design) = chosen.clone();
    for _ in 0..MOST_ROUNDS {
        let mut moved = false;
        for &channel in channels {
            for choice in prepared.features.choices(&carry_over, channel) {
                let built = build(&choice);
                let judged = estimator.judge(&built, target, weights)?;
                if judged.error < least {
                    (least, fit, moved) = (judged.error, judged.fit, true);
                    (carry_over, design) = (choice, built);
                }
            }
        }
        if !moved {
            break;
        }
    }
    let fit = match fit {
        Some(fit) => fit,
        None => estimator.fit(&design, target, weights)?,
    };
    Ok((carry_over, design, fit))
}

/// Predictions for every week of `design` from fits that saw neither the week's block nor the
/// two weeks on either side of it (methods brief, 3.4); with a second design, what each fit
/// predicts beyond it.
pub(super) fn cross_fitted(
    estimator: &dyn Estimator,
    design: &Design,
    beyond: Option<&Design>,
    target: &[f64],
    weights: &[f64],
) -> Result<Vec<f64>> {
    let n = target.len();
    let mut predicted = Vec::with_capacity(n);
    for block in 0..CROSS_FIT_BLOCKS {
        let rows = block * n / CROSS_FIT_BLOCKS..(block + 1) * n / CROSS_FIT_BLOCKS;
        let near = rows.start.saturating_sub(CROSS_FIT_EMBARGO)..rows.end + CROSS_FIT_EMBARGO;
        let away: Vec<f64> = weights
            .iter()
            .enumerate()
            .map(|(t, &weight)| if near.contains(&t) { 0.0 } else { weight })
            .collect();
        let model = estimator.fit(design, target, &away)?;
        let there = model.predict(&design.slice(rows.clone()))?;
        predicted.extend(match beyond {
            Some(beyond) => subtract(&there, &model.predict(&beyond.slice(rows))?),
            None => there,
        });
    }
    Ok(predicted)
}

pub(super) fn subtract(values: &[f64], others: &[f64]) -> Vec<f64> {
    values
        .iter()
        .zip(others)
        .map(|(value, other)| value - other)
        .collect()
}

/// The mediator as stage 2 reads it, owning what it needs.
pub(super) struct Mediated {
    reading: Reading,
    first: Vec<f64>,
    rest: Vec<f64>,
}

impl Mediated {
    /// From a mediator and the part of it that stage 2 reads as predicted.
    pub fn new(reading: Reading, mediator: &[f64], predicted: &[f64]) -> Self {
        match reading {
            Reading::TwoSlope => Mediated {
                reading,
                first: predicted.to_vec(),
                rest: subtract(mediator, predicted),
            },
            Reading::Predicted => Mediated {
                reading,
                first: predicted.to_vec(),
                rest: Vec::new(),
            },
            Reading::Observed => Mediated {
                reading,
                first: mediator.to_vec(),
                rest: Vec::new(),
            },
        }
    }

    /// As the features room takes it.
    pub fn as_columns(&self) -> MediatorColumns<'_> {
        match self.reading {
            Reading::TwoSlope => MediatorColumns::TwoSlope {
                induced: &self.first,
                autonomous: &self.rest,
            },
            Reading::Predicted => MediatorColumns::Predicted(&self.first),
            Reading::Observed => MediatorColumns::Observed(&self.first),
        }
    }
}

/// Says which stage a rank deficiency belongs to.
fn in_stage(error: Error, stage: &str) -> Error {
    match error {
        Error::RankDeficient { columns, .. } => Error::RankDeficient {
            stage: stage.into(),
            columns,
        },
        other => other,
    }
}
