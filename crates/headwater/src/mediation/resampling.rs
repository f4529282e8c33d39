//! What a residual bootstrap needs of a fitted model: honest residuals, and data made anew.

use super::model::{FittedMediation, Mediated, MediationModel, cross_fitted, subtract};
use crate::error::Result;

impl FittedMediation {
    /// Residuals of both stages over the training weeks, the outcome's on the link scale.
    ///
    /// Where a stage overfits they are out of fold; otherwise in sample and scaled by
    /// `sqrt(n / (n - df))` for the degrees of freedom the fit used, which its generalised
    /// cross-validation knows: `GCV = MSE / (1 - df/n)^2`.
    pub(crate) fn honest_residuals(&self, model: &MediationModel) -> Result<(Vec<f64>, Vec<f64>)> {
        let train = self.prepared.train.clone();
        let ones = vec![1.0; train.len()];
        let scaled = |residual: Vec<f64>, gcv: f64| -> Vec<f64> {
            let mse = residual.iter().map(|e| e * e).sum::<f64>() / residual.len() as f64;
            let factor = if mse > 0.0 {
                (gcv / mse).powf(0.25)
            } else {
                1.0
            };
            residual.into_iter().map(|value| value * factor).collect()
        };
        let (_, design) = self.mediator_stage();
        let target = &self.mediator[train.clone()];
        let mediator = if model.mediator.overfits() {
            subtract(
                target,
                &cross_fitted(model.mediator.as_ref(), &design, None, target, &ones)?,
            )
        } else {
            scaled(
                subtract(target, &self.base[train.clone()]),
                model.mediator.cross_validate(&design, target, &ones)?,
            )
        };
        let (_, design) = self.outcome_stage();
        let target: Vec<f64> = self
            .fitted
            .iter()
            .zip(&self.residual)
            .map(|(fit, e)| fit + e)
            .collect();
        let outcome = if model.outcome.overfits() {
            subtract(
                &target,
                &cross_fitted(model.outcome.as_ref(), &design, None, &target, &ones)?,
            )
        } else {
            scaled(
                self.residual.clone(),
                model.outcome.cross_validate(&design, &target, &ones)?,
            )
        };
        Ok((mediator, outcome))
    }

    /// A mediator and an outcome made from the fit and new residuals over the training weeks:
    /// `M* = M^ + u*`, `Y* = link^-1(g(M*, d, W) + e*)`. `M*` may fall below zero: holding it at
    /// zero would shift its mean and bias every refit.
    pub(crate) fn regenerate(&self, u: &[f64], e: &[f64]) -> Result<(Vec<f64>, Vec<f64>)> {
        let train = self.prepared.train.clone();
        let mut mediator = self.mediator.clone();
        for (t, u) in train.clone().zip(u) {
            mediator[t] = self.base[t] + u;
        }
        let columns = Mediated::new(self.settings.reading, &mediator, &self.forecast);
        let design = self.prepared.features.outcome_design(
            &self.prepared.observed,
            &self.second.carry_over,
            columns.as_columns(),
        );
        let scale = self
            .second
            .predictor
            .predict(&design.slice(train.clone()))?;
        let mut outcome = self.prepared.outcome.clone();
        for ((t, value), e) in train.zip(scale).zip(e) {
            outcome[t] = self.settings.link.inverse(value + e);
        }
        Ok((mediator, outcome))
    }
}
