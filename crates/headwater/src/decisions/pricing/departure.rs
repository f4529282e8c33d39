//! How far a world lies from the one that was.

use crate::data::Dataset;
use crate::effects::{Answers, Ensemble};
use crate::error::Result;

/// Another world minus the one that was, in outcome units, week by week, the residuals of the weeks
/// kept.
#[derive(Debug, Clone)]
pub(super) struct Departure {
    /// `Y(x', M(x)) - Y(x, M(x))`: the mediator frozen where it stood.
    pub(super) direct: Vec<f64>,
    /// `Y(x', M(x')) - Y(x, M(x))`.
    pub(super) total: Vec<f64>,
}

/// A figure by the two ways in which it comes about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ways {
    pub(super) direct: f64,
    pub(super) total: f64,
}

impl Ways {
    pub(super) fn through(self) -> f64 {
        self.total - self.direct
    }
}

impl Departure {
    /// The sum over all weeks, so that what lags carry into later weeks is counted.
    pub(super) fn sum(&self) -> Ways {
        Ways {
            direct: self.direct.iter().sum(),
            total: self.total.iter().sum(),
        }
    }
}

/// Puts to every model how far each of `worlds`, datasets over the weeks of `data`, departs from it.
pub(super) fn departures<T: Send>(
    ensemble: &Ensemble,
    data: &Dataset,
    worlds: &[Dataset],
    figure: impl Fn(Vec<Departure>) -> T + Sync,
) -> Result<Answers<T>> {
    let prepared = ensemble.prepared();
    let stands = prepared.build_world(data)?;
    let worlds = worlds.iter().map(|world| prepared.build_world(world));
    let worlds = worlds.collect::<Result<Vec<_>>>()?;
    ensemble.ask(|model| {
        let was = model.potential_outcome_built(&stands, &stands)?.outcome;
        let less = |outcome: Vec<f64>| -> Vec<f64> {
            outcome.iter().zip(&was).map(|(is, was)| is - was).collect()
        };
        let depart = worlds.iter().map(|world| {
            Ok(Departure {
                direct: less(model.potential_outcome_built(world, &stands)?.outcome),
                total: less(model.potential_outcome_built(world, world)?.outcome),
            })
        });
        Ok(figure(depart.collect::<Result<_>>()?))
    })
}
