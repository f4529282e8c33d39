//! A plan taken apart into moves of money that a person can decide on one by one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::allocation::Allocation;
use super::horizon::Horizon;
use super::optimiser::NARROW;
use super::surrogate::contrasts;
use crate::data::Dataset;
use crate::effects::Ensemble;
use crate::error::Result;
use crate::estimate::Estimate;

/// The part of all money planned below which a move is not worth a sentence.
const WORTH_SAYING: f64 = 0.005;

/// Money from one channel to another, or into and out of the budget, everything else as it is now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Move {
    /// The channel that gives; none where the budget grows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The channel that gets; none where the budget shrinks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// How much a week the first gives, or the second gets where none gives.
    pub amount: f64,
    /// How much of that a week reaches the channel that gets: less or more where the two set off
    /// different mediator spend, which the budget pays as well.
    pub received: f64,
    /// The change of the outcome a week of the plan, carry-over after it included.
    pub outcome: Estimate,
    /// The change of mediator spend a week that follows.
    pub induced: Estimate,
    /// What it is worth a week with an interval of 80%: `margin * outcome - own spend - induced` where
    /// the plan has a margin, else the change of the outcome.
    pub narrow: Estimate,
    /// The share of replicates in which that is above 0; none without replicates.
    pub better: Option<f64>,
    /// In how many stories both channels move this way.
    pub agreeing_stories: usize,
}

impl Allocation {
    /// The moves that lead from the current plan to this one, the largest first: what channels give is
    /// handed to those that get, largest to largest, and each move is asked of the models by itself.
    /// Where effects are linear their gains add up to the plan's.
    ///
    /// Under a budget that stays, all that is given pays for all that is got, so each giver's dollar
    /// buys the same part of a getter's dollar and nothing is left over.
    ///
    /// `ensemble` and `data` are those of [`Allocation::of`].
    ///
    /// # Errors
    /// Those of [`Allocation::of`].
    pub fn moves(&self, ensemble: &Ensemble, data: &Dataset) -> Result<Vec<Move>> {
        let horizon = Horizon::new(ensemble, data, self.settings.horizon)?;
        let ensemble = ensemble.over(&horizon.reference)?;
        let weeks = self.settings.horizon as f64;
        let paid = data.roles().mediator_in_money();
        let planned: f64 = self.channels.iter().map(|channel| channel.planned).sum();
        let least = WORTH_SAYING * planned.max(self.current.spend);
        let mut left: Vec<f64> = self.channels.iter().map(|channel| channel.change).collect();
        let given = -left.iter().filter(|change| **change < 0.0).sum::<f64>();
        let got: f64 = left.iter().filter(|change| **change > 0.0).sum();
        let same_bill = (self.planned.bill - self.current.bill).abs() <= least;
        // where a channel pays for most of itself, what is given says nothing of what can be got
        let rate = Some(got / given).filter(|rate| same_bill && (0.5..=2.0).contains(rate));
        let rate = rate.unwrap_or(1.0);
        let mut moves = Vec::new();
        loop {
            let gives = furthest(&left, |change| -change, least);
            let gets = furthest(&left, |change| change, least);
            let (amount, received) = match (gives, gets) {
                (None, None) => break,
                (Some(from), Some(to)) if left[to] < -left[from] * rate => {
                    (left[to] / rate, left[to])
                }
                (Some(from), Some(_)) => (-left[from], -left[from] * rate),
                (Some(from), None) => (-left[from], 0.0),
                (None, Some(to)) => (left[to], left[to]),
            };
            let mut totals = horizon.current();
            let mut own = 0.0;
            if let Some(from) = gives {
                left[from] += amount;
                totals[from] -= amount;
                own -= amount;
            }
            if let Some(to) = gets {
                left[to] -= received;
                totals[to] += received;
                own += received;
            }
            let moved = contrasts(&ensemble, &horizon, &totals, self.settings.mediator)?;
            let worth = |moved: &(f64, f64, usize)| match self.settings.margin {
                Some(margin) => margin * moved.0 - own - if paid { moved.1 } else { 0.0 },
                None => moved.0,
            };
            let channel = |at: usize| &self.channels[at];
            let agreeing = [gives, gets].into_iter().flatten();
            moves.push(Move {
                from: gives.map(|at| channel(at).channel.clone()),
                to: gets.map(|at| channel(at).channel.clone()),
                amount: amount / weeks,
                received: received / weeks,
                outcome: moved.estimate(|moved| moved.0 / weeks),
                induced: moved.estimate(|moved| moved.1 / weeks),
                narrow: moved.estimate_at(NARROW, |moved| worth(moved) / weeks),
                better: moved.share(|moved| worth(moved) > 0.0),
                agreeing_stories: agreeing
                    .map(|at| channel(at).agreeing_stories)
                    .min()
                    .unwrap_or(0),
            });
        }
        Ok(moves)
    }
}

/// The channel with the most left to do in a direction, if that is more than `least`.
fn furthest(left: &[f64], direction: fn(f64) -> f64, least: f64) -> Option<usize> {
    let most =
        (0..left.len()).max_by(|&a, &b| direction(left[a]).total_cmp(&direction(left[b])))?;
    (direction(left[most]) > least).then_some(most)
}
