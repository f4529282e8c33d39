//! `Y(t, M(t'))`: the one verb from which every effect is derived.

use std::sync::Arc;

use super::link::Link;
use super::model::{FittedMediation, Mediated, subtract};
use super::prepared::{BuiltPath, Prepared};
use crate::design::Design;
use crate::error::Result;
use crate::estimators::Predictor;
use crate::features::{CarryOver, ExposurePath, MediatorColumns};

/// What a world would have looked like, week by week.
#[derive(Debug, Clone, PartialEq)]
pub struct World {
    /// The mediator, in its own unit.
    pub mediator: Vec<f64>,
    /// The outcome, in its own unit.
    pub outcome: Vec<f64>,
    /// Weeks in which the mediator would have fallen below zero and was held at zero.
    pub clamped: usize,
}

impl World {
    /// The outcome summed over all weeks.
    pub fn total(&self) -> f64 {
        self.outcome.iter().sum()
    }
}

impl FittedMediation {
    /// The world in which `direct` acts on the outcome directly while the mediator stands where
    /// `mediated` would have brought it: `Y(t, M(t'))` of the mediation literature.
    ///
    /// By g-computation with both residuals kept (methods brief, 1.2), over the training weeks:
    ///
    /// ```text
    /// M'_t = max(0, M_t + m(s(t')) - m(s(t_obs)))
    /// Y'_t = link^-1( g(M', d(s(t))) + [link(Y_t) - g(M, d(s(t_obs)))] )
    /// ```
    ///
    /// Observed paths for both arguments give the data back.
    pub fn potential_outcome(
        &self,
        direct: &ExposurePath,
        mediated: &ExposurePath,
    ) -> Result<World> {
        let features = &self.prepared.features;
        self.world(
            direct,
            &features.mediator_design(mediated, &self.first.carry_over),
        )
    }

    /// [`potential_outcome`](Self::potential_outcome) of paths that were built before.
    pub fn potential_outcome_built(
        &self,
        direct: &BuiltPath,
        mediated: &BuiltPath,
    ) -> Result<World> {
        let features = &self.prepared.features;
        self.world(
            &direct.path,
            &mediated.mediator_design(features, &self.first.carry_over),
        )
    }

    /// `Y(t, M(t'))` with `t'` as stage 1 reads it.
    fn world(&self, direct: &ExposurePath, mediated: &Design) -> Result<World> {
        let train = self.prepared.train.clone();
        let (mediator, clamped) = self.potential_mediator(mediated)?;
        // Moving the predicted part by what the mediator moved keeps what moved for other reasons.
        let predicted: Vec<f64> = (0..mediator.len())
            .map(|t| self.predicted[t] + (mediator[t] - self.mediator[t]))
            .collect();
        let columns = Mediated::new(self.settings.reading, &mediator, &predicted);
        let design = self.prepared.features.outcome_design(
            direct,
            &self.second.carry_over,
            columns.as_columns(),
        );
        let scale = self.second.predictor.predict(&design)?;
        let link = self.settings.link;
        let outcome = train
            .clone()
            .zip(&self.residual)
            .map(|(t, residual)| link.inverse(scale[t] + residual))
            .collect();
        Ok(World {
            mediator: mediator[train].to_vec(),
            outcome,
            clamped,
        })
    }

    /// `M(t')` over all weeks, and in how many it was held at zero.
    fn potential_mediator(&self, design: &Design) -> Result<(Vec<f64>, usize)> {
        let moved = self.first.predictor.predict(design)?;
        let mut clamped = 0;
        let mediator = (0..moved.len())
            .map(|t| {
                let value = self.mediator[t] + (moved[t] - self.base[t]);
                if value < 0.0 && self.mediator[t] >= 0.0 {
                    clamped += 1;
                    return 0.0;
                }
                value
            })
            .collect();
        Ok((mediator, clamped))
    }

    /// Forecasts of the mediator for every week of the data, from the exposures alone.
    pub fn forecast_mediator(&self) -> &[f64] {
        &self.base
    }

    /// Forecasts of the outcome for every week of the data: `observed_mediator` says whether a
    /// week's mediator is known (conditional score) or only what stage 1 predicts (path score).
    pub fn forecast_outcome(&self, observed_mediator: bool) -> Result<Vec<f64>> {
        let reading = self.settings.reading;
        let mediator = if observed_mediator {
            &self.mediator
        } else {
            &self.base
        };
        let columns = Mediated::new(reading, mediator, &self.forecast);
        let design = self.prepared.features.outcome_design(
            &self.prepared.observed,
            &self.second.carry_over,
            columns.as_columns(),
        );
        let link = self.settings.link;
        Ok(self
            .second
            .predictor
            .predict(&design)?
            .into_iter()
            .map(|value| link.inverse(value) * self.retransformation)
            .collect())
    }

    /// In-sample predictions of the outcome over the training weeks, the mediator as observed.
    pub fn fitted_outcome(&self) -> Vec<f64> {
        let link = self.settings.link;
        self.fitted
            .iter()
            .map(|&value| link.inverse(value) * self.retransformation)
            .collect()
    }

    /// What the fit was made from.
    pub fn prepared(&self) -> &Arc<Prepared> {
        &self.prepared
    }

    /// Stage 1's carry-over and stage 2's.
    pub fn carry_overs(&self) -> (&CarryOver, &CarryOver) {
        (&self.first.carry_over, &self.second.carry_over)
    }

    /// The scale on which stage 2 is additive.
    pub fn link(&self) -> Link {
        self.settings.link
    }

    /// Stage 1's design for another spend path, over all weeks.
    pub fn mediator_design(&self, path: &ExposurePath) -> Design {
        let features = &self.prepared.features;
        features.mediator_design(path, &self.first.carry_over)
    }

    /// Stage 2's design for another spend path without the mediator, over all weeks: drawn
    /// exposures and controls.
    pub fn direct_design(&self, path: &ExposurePath) -> Design {
        let features = &self.prepared.features;
        features.outcome_design(path, &self.second.carry_over, MediatorColumns::None)
    }

    /// Stage 1 with its design over the training weeks.
    pub fn mediator_stage(&self) -> (&dyn Predictor, Design) {
        let design = self
            .prepared
            .features
            .mediator_design(&self.prepared.observed, &self.first.carry_over);
        (
            self.first.predictor.as_ref(),
            design.slice(self.prepared.train.clone()),
        )
    }

    /// Stage 2 with its design over the training weeks.
    pub fn outcome_stage(&self) -> (&dyn Predictor, Design) {
        let columns = Mediated::new(self.settings.reading, &self.mediator, &self.predicted);
        let design = self.prepared.features.outcome_design(
            &self.prepared.observed,
            &self.second.carry_over,
            columns.as_columns(),
        );
        (
            self.second.predictor.as_ref(),
            design.slice(self.prepared.train.clone()),
        )
    }

    /// Mediator minus stage 1's prediction, over the training weeks.
    pub fn mediator_residual(&self) -> Vec<f64> {
        let train = self.prepared.train.clone();
        subtract(&self.mediator[train.clone()], &self.base[train])
    }

    /// Outcome minus stage 2's fit on the link scale, over the training weeks.
    pub fn outcome_residual(&self) -> &[f64] {
        &self.residual
    }
}
