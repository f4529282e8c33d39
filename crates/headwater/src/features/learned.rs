//! Features learned from training weeks, ready to build the designs of any path.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::adstock::Kernel;
use super::carry_over::{CarryOver, Shape, describe};
use super::mediator_columns::MediatorColumns;
use super::path::ExposurePath;
use super::saturation::{Response, Saturation};
use super::seed::SeedRecipe;
use super::standard::{Exposure, Standard};
use crate::data::Dataset;
use crate::design::{Column, Design, Monotone, Purpose};
use crate::error::Result;

/// Features learned from training weeks only, ready to build the designs of any spend path.
///
/// Columns that no path changes are computed once and shared.
#[derive(Debug, Clone)]
pub struct Features {
    pub(super) weeks: usize,
    /// The names of the observed, predicted, induced and autonomous mediator.
    pub(super) mediator: [Arc<str>; 4],
    pub(super) built: Built,
}

#[derive(Debug, Clone)]
pub(super) enum Built {
    Standard(Standard),
    Seed(SeedRecipe),
}

impl Features {
    /// The number of weeks of the designs.
    pub fn weeks(&self) -> usize {
        self.weeks
    }

    /// The exposures that have features, in the order of the roles. Nothing was learned about
    /// the others: they did not vary over the training weeks.
    pub fn exposures(&self) -> Vec<&str> {
        match &self.built {
            Built::Standard(standard) => standard.exposures.iter().map(|e| &*e.name).collect(),
            Built::Seed(seed) => seed.exposures().collect(),
        }
    }

    /// The same features, nothing learned anew, over other values of the levers and controls or
    /// over more weeks: `data` has the roles that these were learned with and begins in the same
    /// week.
    ///
    /// # Errors
    /// When a holiday by table does not reach the last week.
    pub fn over(&self, data: &Dataset) -> Result<Self> {
        let built = match &self.built {
            Built::Standard(standard) => Built::Standard(standard.over(data)?),
            Built::Seed(_) => Built::Seed(SeedRecipe::derive(data)?),
        };
        Ok(Features {
            weeks: data.len(),
            mediator: self.mediator.clone(),
            built,
        })
    }

    /// What stage designs read of an exposure's spend before any slope: carried over, then
    /// saturated, week by week; none for an exposure without features and under the seed recipe.
    ///
    /// # Panics
    /// When the path has no such exposure.
    pub fn signal(
        &self,
        exposure: &str,
        path: &ExposurePath,
        carry_over: &CarryOver,
    ) -> Option<Arc<[f64]>> {
        let Built::Standard(standard) = &self.built else {
            return None;
        };
        let mut exposures = standard.exposures.iter();
        let exposure = exposures.find(|other| &*other.name == exposure)?;
        Some(exposure.signal(path, carry_over))
    }

    /// Whether each exposure enters a stage as one [signal](Self::signal) of its own, without flags,
    /// lags or products: effects of linear stages then add up over exposures.
    pub fn one_signal_each(&self) -> bool {
        match &self.built {
            Built::Standard(standard) => {
                let alone =
                    |exposure: &Exposure| exposure.flag.is_none() && exposure.lags.is_empty();
                standard.interactions.is_empty() && standard.exposures.iter().all(alone)
            }
            Built::Seed(_) => false,
        }
    }

    /// Whether the signal of an exposure may bend in its spend; where not, a linear stage is a straight
    /// line in it by assumption.
    pub fn may_bend(&self, exposure: &str) -> bool {
        let Built::Standard(standard) = &self.built else {
            return true;
        };
        let straight = |e: &Exposure| {
            let mut shapes = e.responses.iter().map(Response::shape);
            e.flag.is_none() && e.limit.is_none() && shapes.all(|shape| shape == Saturation::None)
        };
        let mut exposures = standard.exposures.iter();
        exposures.any(|e| &*e.name == exposure && !straight(e))
    }

    /// The design of stage 1 over all weeks: the exposures' features (causal, increasing),
    /// their interactions (causal), levers, controls and calendar.
    ///
    /// # Panics
    /// When the path has other exposures or another number of weeks than the dataset.
    pub fn mediator_design(&self, path: &ExposurePath, carry_over: impl Into<CarryOver>) -> Design {
        let columns = match &self.built {
            Built::Standard(standard) => standard.mediator_columns(path, &carry_over.into()),
            Built::Seed(seed) => seed.mediator_columns(path),
        };
        Design::new(self.weeks, columns)
    }

    /// The design of stage 2 over all weeks: the mediator (causal, increasing), the features
    /// of the direct exposures (causal, increasing), interactions (causal), then the same
    /// levers, controls and calendar as in stage 1.
    ///
    /// # Panics
    /// When the path or the mediator has another number of weeks than the dataset.
    pub fn outcome_design(
        &self,
        path: &ExposurePath,
        carry_over: impl Into<CarryOver>,
        mediator: MediatorColumns,
    ) -> Design {
        let mut columns = self.mediator_columns(mediator);
        match &self.built {
            Built::Standard(standard) => {
                standard.extend_outcome(&mut columns, path, &carry_over.into(), mediator)
            }
            Built::Seed(seed) => {
                // last, and penalised like every column of the seed system
                let mediator = std::mem::replace(&mut columns, seed.covariates().to_vec());
                columns.extend(mediator.into_iter().map(|column| Column {
                    purpose: Purpose::Control,
                    monotone: Monotone::Free,
                    ..column
                }));
            }
        }
        Design::new(self.weeks, columns)
    }

    /// `from` with every kernel and saturation that may be chosen for exposure number `nth` of
    /// [`exposures`](Self::exposures) by itself; none unless `per_channel` is set.
    pub fn choices(&self, from: &CarryOver, nth: usize) -> Vec<CarryOver> {
        let Built::Standard(standard) = &self.built else {
            return Vec::new();
        };
        let exposure = &standard.exposures[nth];
        let fixed = exposure.kernel.as_ref().map(std::slice::from_ref);
        let kernels = match standard.choices.is_empty() {
            true => &[],
            false => fixed.unwrap_or(&standard.choices),
        };
        let shapes = kernels.iter().flat_map(|&kernel| {
            let responses = exposure.responses.iter();
            responses.map(move |&response| Shape { kernel, response })
        });
        shapes
            .map(|shape| from.with_shape(exposure.index, shape))
            .collect()
    }

    /// The kernel of an exposure under a carry-over; none under the seed recipe.
    pub fn kernel(&self, exposure: &str, carry_over: &CarryOver) -> Option<Kernel> {
        let Built::Standard(standard) = &self.built else {
            return None;
        };
        let mut exposures = standard.exposures.iter();
        let exposure = exposures.find(|other| &*other.name == exposure);
        Some(exposure.map_or(carry_over.kernel, |e| e.shape(carry_over).kernel))
    }

    /// The saturation of an exposure under a carry-over; none without features and under the seed
    /// recipe.
    pub fn response(&self, exposure: &str, carry_over: &CarryOver) -> Option<Response> {
        let Built::Standard(standard) = &self.built else {
            return None;
        };
        let mut exposures = standard.exposures.iter();
        let exposure = exposures.find(|other| &*other.name == exposure)?;
        Some(exposure.shape(carry_over).response)
    }

    /// The weeks after a week's spend by which 99% of its effect on the stage has come, for the
    /// exposure that takes longest.
    pub fn reach(&self, carry_over: &CarryOver) -> usize {
        const NEARLY_ALL: f64 = 0.99;
        match &self.built {
            Built::Standard(standard) => {
                let reach = |exposure: &Exposure| {
                    let lags = exposure.lags.iter().map(|(lag, _)| *lag);
                    exposure.shape(carry_over).kernel.reach(NEARLY_ALL) + lags.max().unwrap_or(0)
                };
                standard.exposures.iter().map(reach).max().unwrap_or(0)
            }
            Built::Seed(seed) => seed.reach(NEARLY_ALL),
        }
    }

    /// What was chosen or set for the exposures of a stage (those with a direct edge alone in
    /// stage 2), as the report lists it: `adstock_decay`, or `adstock` for other kinds, and
    /// `channels` for exposures with a kernel or saturation of their own. Empty under the seed
    /// recipe.
    pub fn describe(&self, carry_over: &CarryOver, direct_only: bool) -> Map<String, Value> {
        let Built::Standard(standard) = &self.built else {
            return Map::new();
        };
        let mut chosen = describe(carry_over.kernel, None);
        let placed = standard
            .exposures
            .iter()
            .filter(|e| e.direct || !direct_only);
        let own = placed.filter(|e| e.own || carry_over.shape(e.index).is_some());
        let channels: Map<String, Value> = own
            .map(|exposure| {
                let shape = exposure.shape(carry_over);
                let described = describe(shape.kernel, Some(shape.response.shape()));
                (exposure.name.to_string(), described.into())
            })
            .collect();
        if !channels.is_empty() {
            chosen.insert("channels".into(), channels.into());
        }
        chosen
    }

    fn mediator_columns(&self, mediator: MediatorColumns) -> Vec<Column> {
        let column = |name: &Arc<str>, values: &[f64]| {
            Column::causal(name.clone(), values, Monotone::Increasing)
        };
        let [observed, fitted, induced, autonomous] = &self.mediator;
        match mediator {
            MediatorColumns::None => Vec::new(),
            MediatorColumns::Observed(values) => vec![column(observed, values)],
            MediatorColumns::Predicted(values) => vec![column(fitted, values)],
            MediatorColumns::TwoSlope {
                induced: part,
                autonomous: rest,
            } => vec![column(induced, part), column(autonomous, rest)],
        }
    }
}
