//! `Y(t, M(t'))`: the one verb from which every effect is derived.

use std::ops::Range;
use std::sync::Arc;

use super::link::Link;
use super::model::{FittedMediation, Mediated, subtract};
use super::policy::MediatorPolicy;
use super::prepared::{BuiltPath, Prepared, of_carry_over};
use super::settings::Reading;
use crate::design::Design;
use crate::error::Result;
use crate::estimators::Predictor;
use crate::features::{CarryOver, ExposurePath, Features, MediatorColumns};

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
        let mediated = features.mediator_design(mediated, &self.first.carry_over);
        let moved = self.potential_mediator(&mediated, MediatorPolicy::Free)?;
        self.world(features, direct, moved)
    }

    /// [`potential_outcome`](Self::potential_outcome) of paths that were built before.
    pub fn potential_outcome_built(
        &self,
        direct: &BuiltPath,
        mediated: &BuiltPath,
    ) -> Result<World> {
        self.potential_outcome_under(MediatorPolicy::Free, direct, mediated)
    }

    /// [`potential_outcome`](Self::potential_outcome) where a policy holds the mediator.
    pub fn potential_outcome_under(
        &self,
        policy: MediatorPolicy,
        direct: &BuiltPath,
        mediated: &BuiltPath,
    ) -> Result<World> {
        let design = mediated.mediator_design(&self.first.carry_over);
        let moved = self.potential_mediator(&design, policy)?;
        self.world(&direct.features, &direct.path, moved)
    }

    /// The world in which there is no more of the mediator than the exposures of `path` induced: what
    /// moved for other reasons is taken away. `None` where stage 2 reads the prediction alone, which
    /// has no such part.
    pub fn potential_outcome_of_induced(&self, path: &ExposurePath) -> Result<Option<World>> {
        let features = &self.prepared.features;
        let potential = |path: &ExposurePath| {
            let design = features.mediator_design(path, &self.first.carry_over);
            self.potential_mediator(&design, MediatorPolicy::Free)
        };
        let (moved, clamped) = potential(path)?;
        let induced: Vec<f64> = match self.settings.reading {
            Reading::Predicted => return Ok(None),
            Reading::TwoSlope => {
                let stood = self.predicted.iter().zip(&self.mediator);
                let moved = stood.zip(&moved);
                moved
                    .map(|((part, all), moved)| part + (moved - all))
                    .collect()
            }
            Reading::Observed => subtract(&moved, &potential(&path.nothing())?.0),
        };
        let world = self.world_of(features, path, induced.clone(), &induced, clamped)?;
        Ok(Some(world))
    }

    /// The same model over the weeks of `prepared`, which [goes on](Prepared::over) after those that
    /// this was fitted to. There the mediator is what stage 1 forecasts from the spend of `prepared`,
    /// and the outcome has no residual but the [factor](Link::retransformation) of the link.
    pub fn over(&self, prepared: &Arc<Prepared>) -> Result<Self> {
        let known = self.prepared.train.clone();
        let design = of_carry_over(
            &prepared.mediator_designs,
            &prepared.features,
            &prepared.observed,
            &self.first.carry_over,
        );
        let base = self.first.predictor.predict(&design)?;
        let later = |values: &[f64], beyond: &[f64]| -> Vec<f64> {
            let beyond = beyond.iter().skip(values.len());
            values.iter().chain(beyond).copied().collect()
        };
        let forecast = match self.settings.reading {
            Reading::TwoSlope => {
                let nothing = prepared.nothing.mediator_design(&self.first.carry_over);
                subtract(&base, &self.first.predictor.predict(&nothing)?)
            }
            Reading::Predicted | Reading::Observed => base.clone(),
        };
        let silence = vec![0.0; base.len() - known.start];
        Ok(FittedMediation {
            prepared: Arc::clone(prepared),
            settings: self.settings.clone(),
            first: self.first.clone(),
            second: self.second.clone(),
            mediator: later(&self.mediator[..known.end], &base),
            predicted: later(&self.predicted[..known.end], &forecast),
            base,
            forecast,
            fitted: self.fitted.clone(),
            residual: later(&self.residual[..known.len()], &silence),
            retransformation: self.retransformation,
        })
    }

    /// `Y(t, M)` with the mediator already moved.
    fn world(
        &self,
        features: &Features,
        direct: &ExposurePath,
        (mediator, clamped): (Vec<f64>, usize),
    ) -> Result<World> {
        // Moving the predicted part by what the mediator moved keeps what moved for other reasons.
        let predicted: Vec<f64> = (0..mediator.len())
            .map(|t| self.predicted[t] + (mediator[t] - self.mediator[t]))
            .collect();
        self.world_of(features, direct, mediator, &predicted, clamped)
    }

    /// `Y(t, M)` with the mediator and its predicted part as they stand.
    fn world_of(
        &self,
        features: &Features,
        direct: &ExposurePath,
        mediator: Vec<f64>,
        predicted: &[f64],
        clamped: usize,
    ) -> Result<World> {
        let train = self.prepared.train.clone();
        let weeks = self.weeks();
        let columns = Mediated::new(self.settings.reading, &mediator, predicted);
        let design = features.outcome_design(direct, &self.second.carry_over, columns.as_columns());
        let scale = self.second.predictor.predict(&design)?;
        let link = self.settings.link;
        let outcome = weeks
            .clone()
            .zip(&self.residual)
            .map(|(t, residual)| {
                let value = link.inverse(scale[t] + residual);
                match train.contains(&t) {
                    true => value,
                    false => value * self.retransformation,
                }
            })
            .collect();
        Ok(World {
            mediator: mediator[weeks].to_vec(),
            outcome,
            clamped,
        })
    }

    /// `M(t')` over all weeks, and in how many it was held at zero.
    fn potential_mediator(
        &self,
        design: &Design,
        policy: MediatorPolicy,
    ) -> Result<(Vec<f64>, usize)> {
        let moved = self.first.predictor.predict(design)?;
        Ok(self.held(&subtract(&moved, &self.base), policy))
    }

    /// The mediator where stage 1 moves it by so much, held by the policy and at zero; and in how many
    /// weeks it was held at zero.
    pub(super) fn held(&self, moves: &[f64], policy: MediatorPolicy) -> (Vec<f64>, usize) {
        let mut clamped = 0;
        let weeks = self.mediator.iter().zip(moves);
        let mediator = weeks
            .map(|(&stands, &by)| {
                let value = policy.hold(stands + by, stands);
                if value < 0.0 && stands >= 0.0 {
                    clamped += 1;
                    return 0.0;
                }
                value
            })
            .collect();
        (mediator, clamped)
    }

    /// The weeks of the worlds that this tells of.
    pub(super) fn weeks(&self) -> Range<usize> {
        let start = self.prepared.train.start;
        start..start + self.residual.len()
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

    /// The weeks after a week's spend by which 99% of its effect has come, over both stages: see
    /// [`Features::reach`].
    pub fn reach(&self) -> usize {
        let features = &self.prepared.features;
        let (first, second) = self.carry_overs();
        features.reach(first).max(features.reach(second))
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
