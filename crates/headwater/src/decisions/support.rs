//! What the data have seen: a plan is computed up to its edge and no further (methods brief, 7.4).

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::data::Dataset;
use crate::data::role::{Role, Unit};
use crate::error::Result;
use crate::features::Kernel;
use crate::mediation::FittedMediation;
use crate::numeric::summary::quantiles;

/// The part of active weeks that lies within the edges.
const WITHIN: [f64; 2] = [0.025, 0.975];
/// Weeks without spend from which "no spend" counts as seen.
const ZERO_WEEKS: usize = 8;

/// The range of every exposure, lever and control in the weeks of the fit.
#[derive(Debug, Clone)]
pub struct Support {
    seen: IndexMap<String, Seen>,
}

/// What was seen of one column.
#[derive(Debug, Clone, Copy)]
struct Seen {
    least: f64,
    most: f64,
    /// How an exposure carries over; its edges are those of carried-over spend.
    kernel: Option<Kernel>,
    /// Whether its change is a sum of money.
    money: bool,
}

/// The part of a plan that lies beyond what the data have seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outside {
    /// The column.
    pub column: String,
    /// The weeks that were held at the edge.
    pub weeks: usize,
    /// What was asked for beyond the edge, summed over those weeks, in the column's unit; below 0
    /// for a cut.
    pub amount: f64,
    /// The part of the column's change that this is, in [0, 1].
    pub share: f64,
    /// The least value within, a week: of carried-over spend for exposures.
    pub least: f64,
    /// The greatest value within, a week.
    pub most: f64,
}

impl Support {
    /// Learns the edges from the weeks of the fit: for exposures the 2.5% and 97.5% quantiles of
    /// carried-over spend over weeks with spend (no spend at all only where at least 8 weeks had
    /// none), for levers and controls the least and the greatest value.
    pub fn of(data: &Dataset, model: &FittedMediation) -> Self {
        let roles = data.roles();
        let (first, _) = model.carry_overs();
        let features = &model.prepared().features;
        let exposures = roles.exposures().into_iter().map(|name| {
            let spend = data.column(name);
            let kernel = features.kernel(name, first).unwrap_or(Kernel::from(0.0));
            let levels = kernel.apply(spend);
            let active = levels
                .iter()
                .zip(&**spend)
                .filter(|(_, spend)| **spend != 0.0);
            let active: Vec<f64> = active.map(|(level, _)| *level).collect();
            let [least, most] = match active.is_empty() {
                true => [0.0, 0.0],
                false => quantiles(&active, WITHIN),
            };
            let off = spend.len() - active.len();
            let seen = Seen {
                least: if off >= ZERO_WEEKS {
                    least.min(0.0)
                } else {
                    least
                },
                most,
                kernel: Some(kernel),
                money: roles.columns[name].unit == Unit::Money,
            };
            (name.to_string(), seen)
        });
        let covariates = roles.covariates().into_iter().map(|name| {
            let values = data.column(name).iter();
            let seen = Seen {
                least: values.clone().copied().fold(f64::INFINITY, f64::min),
                most: values.copied().fold(f64::NEG_INFINITY, f64::max),
                kernel: None,
                money: false,
            };
            (name.to_string(), seen)
        });
        Support {
            seen: exposures.chain(covariates).collect(),
        }
    }

    /// The least and the greatest value of a column within what was seen; of carried-over spend for
    /// exposures. `None` for a column without a part in the model.
    pub fn range(&self, column: &str) -> Option<(f64, f64)> {
        let seen = self.seen.get(column)?;
        Some((seen.least, seen.most))
    }

    /// `planned` with every week held at the edge, and what that left out. A week that stands beyond
    /// an edge in `reference` may stay where it is but moves no further out.
    ///
    /// # Errors
    /// Those of [`Dataset::with_column`].
    pub fn hold(&self, reference: &Dataset, planned: &Dataset) -> Result<(Dataset, Vec<Outside>)> {
        let mut held = planned.clone();
        let mut outside = Vec::new();
        for (name, seen) in &self.seen {
            let (stands, wanted) = (reference.column(name), planned.column(name));
            if stands == wanted {
                continue;
            }
            let values = seen.hold(stands, wanted);
            let pairs = || wanted.iter().zip(&values);
            let weeks = pairs().filter(|(wanted, held)| wanted != held).count();
            if weeks == 0 {
                continue;
            }
            let moved = |values: &[f64]| -> f64 {
                let moved = wanted.iter().zip(values);
                moved.map(|(wanted, value)| (wanted - value).abs()).sum()
            };
            outside.push(Outside {
                column: name.clone(),
                weeks,
                amount: pairs().map(|(wanted, held)| wanted - held).sum(),
                share: moved(&values) / moved(stands),
                least: seen.least,
                most: seen.most,
            });
            held = held.with_column(name, values)?;
        }
        Ok((held, outside))
    }

    /// The share of the plan's change in money that lies outside, in [0, 1]; `None` when no money
    /// moves.
    pub fn share_of_dollars(
        &self,
        reference: &Dataset,
        planned: &Dataset,
        outside: &[Outside],
    ) -> Option<f64> {
        let money = |name: &str| self.seen.get(name).is_some_and(|seen| seen.money);
        let moved = |name: &str| -> f64 {
            let weeks = planned.column(name).iter().zip(&**reference.column(name));
            weeks
                .map(|(planned, stands)| (planned - stands).abs())
                .sum()
        };
        let exposures = reference.roles().with_role(Role::Exposure);
        let all: f64 = exposures.filter(|name| money(name)).map(moved).sum();
        let beyond = outside.iter().filter(|one| money(&one.column));
        let beyond: f64 = beyond.map(|one| one.share * moved(&one.column)).sum();
        (all > 0.0).then(|| beyond / all)
    }
}

impl Seen {
    /// Week by week: an increase up to where the carried-over level meets the upper edge, a decrease
    /// down to the lower one.
    fn hold(&self, stands: &[f64], wanted: &[f64]) -> Vec<f64> {
        let kernel = self.kernel.unwrap_or(Kernel::from(0.0));
        let levels = kernel.apply(stands);
        let at_once = kernel.apply(&[1.0])[0];
        let mut held: Vec<f64> = Vec::with_capacity(wanted.len());
        for (t, (&stands, &wanted)) in stands.iter().zip(wanted).enumerate() {
            if wanted == stands || at_once <= 0.0 {
                held.push(wanted);
                continue;
            }
            held.push(0.0);
            let carried = kernel.apply(&held)[t];
            let at = |level: f64| (level - carried) / at_once;
            held[t] = match wanted > stands {
                true => wanted.min(at(self.most.max(levels[t])).max(stands)),
                false => wanted.max(at(self.least.min(levels[t])).min(stands)),
            };
        }
        held
    }
}
