//! What plans are compared with, made once for many of them.

use std::sync::{Arc, OnceLock};

use super::joint_support::JointSupport;
use super::outlook::{average_weeks, tail_weeks};
use super::plan::Plan;
use super::scenario::{Asked, Detail, Scenario};
use super::support::Support;
use crate::data::Dataset;
use crate::effects::Ensemble;
use crate::error::Result;
use crate::progress::Listener;

/// The weeks of the data and the average weeks after them, as all models know them, and what the data
/// have seen. None of it depends on a plan.
///
/// Cloning shares what was made.
#[derive(Clone)]
pub struct Baseline {
    ensemble: Ensemble,
    known: Arc<Known>,
}

struct Known {
    data: Dataset,
    support: Support,
    tail: usize,
    /// Made when first asked for, as the others: not every question needs them.
    beyond: OnceLock<(Dataset, Ensemble)>,
    joint: OnceLock<Result<JointSupport, String>>,
}

impl Baseline {
    /// `data` holds the weeks that `ensemble` was fitted to.
    pub fn new(ensemble: &Ensemble, data: &Dataset) -> Self {
        Baseline {
            ensemble: ensemble.clone(),
            known: Arc::new(Known {
                data: data.clone(),
                support: Support::of(data, ensemble.point()),
                tail: tail_weeks(ensemble),
                beyond: OnceLock::new(),
                joint: OnceLock::new(),
            }),
        }
    }

    /// The same, whose questions a listener may stop: see [`Ensemble::heard_by`].
    pub fn heard_by(&self, listener: Listener) -> Self {
        Baseline {
            ensemble: self.ensemble.heard_by(listener),
            ..self.clone()
        }
    }

    /// Compares a plan with the weeks of the data as they were.
    ///
    /// # Errors
    /// Those of [`Plan::apply`].
    pub fn scenario(&self, name: &str, plan: &Plan) -> Result<Scenario> {
        Ok(Asked::of(self, name, plan, Detail::Weekly)?.scenario)
    }

    /// The same to the last bit without [`weekly`](Scenario::weekly) and [`blocks`](Scenario::blocks),
    /// which are most of the work: totals, returns and doubts, for a slider.
    ///
    /// # Errors
    /// Those of [`Plan::apply`].
    pub fn scenario_totals(&self, name: &str, plan: &Plan) -> Result<Scenario> {
        Ok(Asked::of(self, name, plan, Detail::Totals)?.scenario)
    }

    /// The models over the weeks of the fit.
    pub fn ensemble(&self) -> &Ensemble {
        &self.ensemble
    }

    /// The weeks of the fit.
    pub fn data(&self) -> &Dataset {
        &self.known.data
    }

    /// The [weeks](tail_weeks) after a plan in which its carry-over still works.
    pub fn tail(&self) -> usize {
        self.known.tail
    }

    /// What the data have seen of each column.
    pub fn support(&self) -> &Support {
        &self.known.support
    }

    /// What the data have seen of all exposures together, or why that is not known.
    pub fn joint_support(&self) -> std::result::Result<&JointSupport, &str> {
        let known = &*self.known;
        let learn = || JointSupport::of(&known.data, &known.support);
        known
            .joint
            .get_or_init(learn)
            .as_ref()
            .map_err(String::as_str)
    }

    /// The weeks that hold the first `weeks`, and the models over them: those of the data, or as many
    /// average weeks after them as carry-over lasts.
    ///
    /// # Errors
    /// Those of [`average_weeks`] and [`Ensemble::over`].
    pub(super) fn over(&self, weeks: usize) -> Result<(&Dataset, Ensemble)> {
        let known = &*self.known;
        if weeks <= known.data.len() {
            return Ok((&known.data, self.ensemble.clone()));
        }
        let (data, ensemble) = match known.beyond.get() {
            Some(beyond) => beyond,
            None => {
                let data = average_weeks(&known.data, known.tail)?;
                let ensemble = self.ensemble.over(&data)?;
                known.beyond.get_or_init(|| (data, ensemble))
            }
        };
        // made when somebody else was listening
        let listener = Arc::clone(self.ensemble.listener());
        Ok((data, ensemble.heard_by(listener)))
    }
}
