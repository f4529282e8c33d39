//! How stage 2 reads the mediator.

use std::sync::Arc;

use crate::data::Dataset;
use crate::data::role::Role;

/// How stage 2 reads the mediator: one value a week in each slice.
#[derive(Debug, Clone, Copy)]
pub enum MediatorColumns<'a> {
    /// Not at all.
    None,
    /// As observed: one slope.
    Observed(&'a [f64]),
    /// As stage 1 predicts it: one slope.
    Predicted(&'a [f64]),
    /// What the exposures set off and what moved for other reasons, a slope each.
    TwoSlope {
        /// Stage 1's prediction beyond its prediction without any exposure.
        induced: &'a [f64],
        /// Observed minus induced.
        autonomous: &'a [f64],
    },
}

impl MediatorColumns<'_> {
    /// The mediator as a factor of an interaction: everything stage 2 knows of it.
    pub(super) fn level(&self) -> Option<Vec<f64>> {
        match self {
            MediatorColumns::None => None,
            MediatorColumns::Observed(values) | MediatorColumns::Predicted(values) => {
                Some(values.to_vec())
            }
            MediatorColumns::TwoSlope {
                induced,
                autonomous,
            } => Some(
                induced
                    .iter()
                    .zip(*autonomous)
                    .map(|(i, a)| i + a)
                    .collect(),
            ),
        }
    }
}

/// The names of the observed, predicted, induced and autonomous mediator.
pub(super) fn mediator_names(data: &Dataset) -> [Arc<str>; 4] {
    let mediator = data.roles().only(Role::Mediator);
    let mediator = mediator.expect("checked by Dataset::new");
    ["observed", "predicted", "induced", "autonomous"]
        .map(|part| format!("{mediator} ({part})").into())
}
