//! The standard recipe: exposures carried over and saturated, beside what no path changes.

use std::sync::Arc;

use super::adstock::Kernel;
use super::carry_over::{CarryOver, Shape};
use super::flags::zero_flag;
use super::interactions::Interaction;
use super::lags::lagged;
use super::mediator_columns::MediatorColumns;
use super::path::ExposurePath;
use super::saturation::Response;
use super::settings::FeatureSettings;
use super::winsorise::Limits;
use crate::data::Dataset;
use crate::design::{Column, Monotone};
use crate::error::Result;

/// The features of the standard recipe.
#[derive(Debug, Clone)]
pub(super) struct Standard {
    pub(super) settings: Arc<FeatureSettings>,
    pub(super) limits: Arc<Limits>,
    pub(super) exposures: Vec<Exposure>,
    /// The kernels that may be chosen for single exposures.
    pub(super) choices: Vec<Kernel>,
    pub(super) covariates: Vec<Column>,
    /// Those with an exposure or the mediator; the others are covariates.
    pub(super) interactions: Vec<Interaction>,
}

/// An exposure that varies over the training weeks.
#[derive(Debug, Clone)]
pub(super) struct Exposure {
    pub(super) name: Arc<str>,
    /// Its place in the path.
    pub(super) index: usize,
    pub(super) direct: bool,
    /// The kernel that the user fixed.
    pub(super) kernel: Option<Kernel>,
    /// The saturations that may be chosen, the usual one first.
    pub(super) responses: Vec<Response>,
    /// Whether the user set anything for it alone.
    pub(super) own: bool,
    /// The spend above which a week counts as this much.
    pub(super) limit: Option<f64>,
    /// Weeks back and the names of those columns.
    pub(super) lags: Vec<(usize, Arc<str>)>,
    /// The name of the zero-spend flag, where there is one.
    pub(super) flag: Option<Arc<str>>,
}

impl Exposure {
    pub(super) fn shape(&self, carry_over: &CarryOver) -> Shape {
        carry_over.shape(self.index).unwrap_or(Shape {
            kernel: self.kernel.unwrap_or(carry_over.kernel),
            response: self.responses[0],
        })
    }

    pub(super) fn signal(&self, path: &ExposurePath, carry_over: &CarryOver) -> Arc<[f64]> {
        let spend = path.spend(self.index);
        spend.signal(self.limit, self.shape(carry_over))
    }

    /// The signal, as it was some weeks before, then the flag: spending nothing never raises the
    /// target.
    fn columns(
        &self,
        path: &ExposurePath,
        signals: &[Option<Arc<[f64]>>],
    ) -> impl Iterator<Item = Column> {
        let signal = signals[self.index]
            .as_ref()
            .map(|signal| Column::causal(self.name.clone(), signal.clone(), Monotone::Increasing));
        let flag = self.flag.as_ref().map(|name| {
            let flag = zero_flag(&path.spend(self.index).weeks);
            Column::causal(name.clone(), flag, Monotone::Decreasing)
        });
        let lags = signals[self.index].as_ref().into_iter().flat_map(|signal| {
            self.lags.iter().map(|(lag, name)| {
                let past = lagged(signal, *lag, 0.0);
                Column::causal(name.clone(), past, Monotone::Increasing)
            })
        });
        signal.into_iter().chain(lags).chain(flag)
    }
}

impl Standard {
    pub(super) fn over(&self, data: &Dataset) -> Result<Self> {
        self.settings.check_holidays(data)?;
        let mut covariates = self.settings.covariates(data);
        for column in &mut covariates {
            self.limits.hold(column);
        }
        let interactions = self.settings.interactions(data, &covariates)?;
        self.settings.lag_covariates(data, &mut covariates);
        let (products, interactions): (Vec<_>, Vec<_>) =
            interactions.into_iter().partition(Interaction::is_control);
        covariates.extend(products.iter().map(Interaction::control));
        let now = |column: &Column| {
            let now = covariates.iter().find(|other| other.name == column.name);
            now.cloned()
                .expect("the same settings name the same columns")
        };
        Ok(Standard {
            covariates: self.covariates.iter().map(now).collect(),
            interactions: interactions
                .into_iter()
                .filter(|one| self.interactions.iter().any(|other| other.name == one.name))
                .collect(),
            ..self.clone()
        })
    }

    /// The transformed exposures that are `wanted`, by their place in the path.
    pub(super) fn signals(
        &self,
        path: &ExposurePath,
        carry_over: &CarryOver,
        wanted: fn(&Exposure) -> bool,
    ) -> Vec<Option<Arc<[f64]>>> {
        let mut signals = vec![None; path.exposures().count()];
        for exposure in self.exposures.iter().filter(|exposure| wanted(exposure)) {
            signals[exposure.index] = Some(exposure.signal(path, carry_over));
        }
        signals
    }

    pub(super) fn mediator_columns(
        &self,
        path: &ExposurePath,
        carry_over: &CarryOver,
    ) -> Vec<Column> {
        let signals = self.signals(path, carry_over, |_| true);
        let exposures = self.exposures.iter();
        let mut columns: Vec<Column> = exposures
            .flat_map(|exposure| exposure.columns(path, &signals))
            .collect();
        let placed = self.interactions.iter().filter(|i| i.in_mediator_stage());
        columns.extend(products(placed, &signals, None));
        columns.extend_from_slice(&self.covariates);
        columns
    }

    /// Adds everything but the mediator.
    pub(super) fn extend_outcome(
        &self,
        columns: &mut Vec<Column>,
        path: &ExposurePath,
        carry_over: &CarryOver,
        mediator: MediatorColumns,
    ) {
        let signals = self.signals(path, carry_over, |exposure| exposure.direct);
        let direct = self.exposures.iter().filter(|exposure| exposure.direct);
        columns.extend(direct.flat_map(|exposure| exposure.columns(path, &signals)));
        if !self.interactions.is_empty() {
            let placed = self.interactions.iter().filter(|i| i.in_outcome_stage());
            columns.extend(products(placed, &signals, mediator.level().as_deref()));
        }
        columns.extend_from_slice(&self.covariates);
    }
}

fn products<'a>(
    interactions: impl Iterator<Item = &'a Interaction>,
    signals: &[Option<Arc<[f64]>>],
    mediator: Option<&[f64]>,
) -> impl Iterator<Item = Column> {
    interactions.filter_map(move |interaction| {
        let product = interaction.values(signals, mediator)?;
        Some(Column::causal(
            interaction.name.clone(),
            product,
            Monotone::Free,
        ))
    })
}
