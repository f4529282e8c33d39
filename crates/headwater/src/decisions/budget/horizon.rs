//! The weeks that are planned, and the current plan for them.

use std::ops::Range;

use super::problem::Bounds;
use super::settings::too_long;
use crate::data::Dataset;
use crate::decisions::outlook::{average_weeks, tail_weeks};
use crate::decisions::support::Support;
use crate::effects::Ensemble;
use crate::error::{Error, Result};
use crate::features::Kernel;

/// The weeks to plan after the last week of the data, with the weeks after them in which carry-over
/// still works. Before them stands the spend of the data.
pub(super) struct Horizon {
    /// The current plan: on each channel what was spent in as many weeks before, again; everything
    /// else at its average (see [`average_weeks`]).
    pub reference: Dataset,
    /// The planned weeks.
    pub weeks: Range<usize>,
    /// The exposures in money that the model knows.
    pub channels: Vec<Channel>,
    /// Exposures in money that it does not: they did not vary.
    pub unknown: Vec<String>,
}

/// A channel to plan.
pub(super) struct Channel {
    pub name: String,
    /// The part of a total that falls on each planned week; adds up to 1.
    pub pattern: Vec<f64>,
    /// Whether there was no spend to take a pattern from, so that it is even.
    pub even: bool,
    /// The current total.
    pub current: f64,
}

impl Horizon {
    /// The `count` weeks after `data`.
    ///
    /// # Errors
    /// When no exposure in money has an effect to plan with, or the data have fewer weeks.
    pub fn new(ensemble: &Ensemble, data: &Dataset, count: usize) -> Result<Self> {
        if data.len() < count {
            return Err(too_long(count, data.len()));
        }
        let money = data.roles().exposures_in_money().into_iter();
        let learned = ensemble.prepared().features.exposures();
        let (known, unknown): (Vec<&str>, Vec<&str>) =
            money.partition(|name| learned.contains(name));
        if known.is_empty() {
            return Err(Error::setting(
                "there is no channel to plan: no exposure measured in money varied over the weeks of the fit",
                "give an exposure the unit money in headwater.toml, or fit weeks in which spend changes",
            ));
        }
        let weeks = data.len()..data.len() + count;
        let mut reference = average_weeks(data, count + tail_weeks(ensemble))?;
        let channels: Vec<Channel> = known
            .iter()
            .map(|name| Channel::of(name, &data.column(name)[data.len() - count..]))
            .collect();
        for name in &unknown {
            let mut values = reference.column(name).to_vec();
            values.copy_within(data.len() - count..data.len(), data.len());
            reference = reference.with_column(name, values)?;
        }
        let mut horizon = Horizon {
            reference,
            weeks,
            channels,
            unknown: unknown.into_iter().map(String::from).collect(),
        };
        horizon.reference = horizon.planned(&horizon.current())?;
        Ok(horizon)
    }

    /// The current totals.
    pub fn current(&self) -> Vec<f64> {
        self.channels
            .iter()
            .map(|channel| channel.current)
            .collect()
    }

    /// The data with these totals on the planned weeks.
    ///
    /// # Errors
    /// Those of [`Dataset::with_column`].
    pub fn planned(&self, totals: &[f64]) -> Result<Dataset> {
        let mut planned = self.reference.clone();
        for (channel, total) in self.channels.iter().zip(totals) {
            let mut values = planned.column(&channel.name).to_vec();
            for (t, part) in self.weeks.clone().zip(&channel.pattern) {
                values[t] = part * total;
            }
            planned = planned.with_column(&channel.name, values)?;
        }
        Ok(planned)
    }

    /// Carried-over spend of a channel in the weeks that count: without any on the horizon, and of
    /// one dollar on it.
    pub fn carried(&self, channel: &Channel, kernel: Kernel) -> (Vec<f64>, Vec<f64>) {
        let mut spend = self.reference.column(&channel.name).to_vec();
        let mut unit = vec![0.0; spend.len()];
        for (t, part) in self.weeks.clone().zip(&channel.pattern) {
            spend[t] = 0.0;
            unit[t] = *part;
        }
        let counted = |values: &[f64]| kernel.apply(values)[self.weeks.start..].to_vec();
        (counted(&spend), counted(&unit))
    }

    /// The totals at which the carried-over spend of every planned week lies within what the data
    /// have seen. Current spend always does: where it is beyond an edge it may stay, and moves no
    /// further out.
    pub fn seen(&self, channel: &Channel, ensemble: &Ensemble, support: &Support) -> Bounds {
        let (first, _) = ensemble.point().carry_overs();
        let features = &ensemble.prepared().features;
        let kernel = features.kernel(&channel.name, first);
        let (carried, unit) = self.carried(channel, kernel.unwrap_or(Kernel::from(0.0)));
        let Some((lowest, highest)) = support.range(&channel.name) else {
            return Bounds {
                least: channel.current,
                most: channel.current,
            };
        };
        let planned = carried.iter().zip(&unit).take(self.weeks.len());
        let reached = planned.filter(|(_, unit)| **unit > 0.0);
        let totals = |edge: f64| reached.clone().map(move |(c, u)| (edge - c) / u);
        Bounds {
            least: totals(lowest).fold(0.0, f64::max).min(channel.current),
            most: totals(highest)
                .fold(f64::INFINITY, f64::min)
                .max(channel.current),
        }
    }
}

impl Channel {
    /// A refund in one of the weeks leaves no pattern that a plan could follow either.
    fn of(name: &str, last: &[f64]) -> Self {
        let total: f64 = last.iter().sum();
        let even = total <= 0.0 || last.iter().any(|spend| *spend < 0.0);
        Channel {
            name: name.into(),
            pattern: match even {
                true => vec![1.0 / last.len() as f64; last.len()],
                false => last.iter().map(|spend| spend / total).collect(),
            },
            even,
            current: total.max(0.0),
        }
    }
}
