//! The two stages: recipe and fit.

use std::sync::Arc;

use super::prepared::{Prepared, of_decay};
use super::settings::{CrossFit, MediationSettings, Reading};
use crate::design::Design;
use crate::error::{Error, Result};
use crate::estimators::{Estimator, Predictor};
use crate::features::MediatorColumns;

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
pub(super) struct Stage {
    /// The adstock decay of its exposures.
    pub decay: f64,
    pub predictor: Box<dyn Predictor>,
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
    /// What stage 2 leaves unexplained, on the link scale.
    pub(super) residual: Vec<f64>,
    /// From predictions on the link scale to forecasts of the mean: see [`Link`](super::Link).
    pub(super) retransformation: f64,
}

impl MediationModel {
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
        self.refuse_unidentified(prepared)?;
        let train = prepared.train.clone();
        let (decay, tuned) = choose_decay(
            &prepared.training_designs,
            self.mediator.as_ref(),
            &mediator[train.clone()],
            weights,
        )
        .map_err(|error| in_stage(error, "mediator"))?;
        let predictor = self
            .mediator
            .fit(tuned, &mediator[train.clone()], weights)
            .map_err(|error| in_stage(error, "mediator"))?;
        let base = predictor.predict(of_decay(&prepared.mediator_designs, decay))?;
        let first = Stage { decay, predictor };

        let (forecast, predicted) =
            self.predicted_part(&first, tuned, mediator, weights, prepared, &base)?;
        let target = self.settings.link.forward(&outcome[train.clone()])?;
        let columns = Mediated::new(self.settings.reading, mediator, &predicted);
        let has_direct = !prepared.direct.is_empty();
        let designs: Vec<(f64, Design)> = prepared
            .decays()
            .filter(|&candidate| has_direct || candidate == decay)
            .map(|decay| {
                let design = prepared.features.outcome_design(
                    &prepared.observed,
                    decay,
                    columns.as_columns(),
                );
                (decay, design.slice(train.clone()))
            })
            .collect();
        let (decay, design) = choose_decay(&designs, self.outcome.as_ref(), &target, weights)
            .map_err(|error| in_stage(error, "outcome"))?;
        let predictor = self
            .outcome
            .fit(design, &target, weights)
            .map_err(|error| in_stage(error, "outcome"))?;
        let second = Stage { decay, predictor };
        let fitted = second.predictor.predict(design)?;
        let residual = subtract(&target, &fitted);
        Ok(FittedMediation {
            prepared: Arc::clone(prepared),
            settings: self.settings.clone(),
            retransformation: self.settings.link.retransformation(
                &learned_from(&outcome[train], weights),
                &learned_from(&fitted, weights),
            ),
            mediator: mediator.to_vec(),
            first,
            second,
            base,
            forecast,
            predicted,
            fitted,
            residual,
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
            Reading::TwoSlope => Some(prepared.nothing.mediator_design(first.decay)),
            Reading::Predicted | Reading::Observed => None,
        };
        let forecast = match nothing {
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

/// The candidate with the least cross-validated error, ties to the first (least carry-over).
fn choose_decay<'a>(
    candidates: &'a [(f64, Design)],
    estimator: &dyn Estimator,
    target: &[f64],
    weights: &[f64],
) -> Result<(f64, &'a Design)> {
    let (decay, design) = &candidates[0];
    let mut chosen = (*decay, design);
    if candidates.len() > 1 {
        let mut least = f64::INFINITY;
        for (decay, design) in candidates {
            let error = estimator.cross_validate(design, target, weights)?;
            if error < least {
                (least, chosen) = (error, (*decay, design));
            }
        }
    }
    Ok(chosen)
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
