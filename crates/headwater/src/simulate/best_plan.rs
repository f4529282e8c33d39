//! The best plan of a simulated market.
//!
//! Found from the truth and by search alone, without a derivative: first the best of a grid of
//! allocations, then transfers of money between two channels until none helps. Nothing here is
//! shared with the library's optimiser, whose answers it is there to judge.

use super::world::Gain;
use super::{Channel, Market};
use crate::error::{Error, Result};

/// The money for the weeks after the file, and how it may be spent.
#[derive(Debug, Clone, PartialEq)]
pub struct Budget {
    /// Dollars for social spend and the Google spend it draws after it, above 0. The Google bill
    /// counts in the weeks of the plan and its tail, against no social spend in those weeks.
    pub dollars: f64,
    /// How each channel's money is spread over the weeks, in the order of the settings: weights of
    /// one week or more, at least 0, with a sum above 0 (they are divided by it).
    pub profiles: Vec<Vec<f64>>,
    /// The least and the most dollars for each channel over all weeks; the most may be infinite.
    pub bounds: Vec<(f64, f64)>,
    /// Weeks after the plan in which its carry-over still counts.
    pub tail: usize,
}

/// The plan that brings the most revenue for a budget.
#[derive(Debug, Clone, PartialEq)]
pub struct BestPlan {
    /// Dollars for each channel over all weeks, in the order of the settings.
    pub totals: Vec<f64>,
    /// Dollars for each channel week by week.
    pub spend: Vec<Vec<f64>>,
    /// What it brings over spending nothing in those weeks; `gain.mediator` is the Google bill.
    pub gain: Gain,
}

/// Steps in which the budget is first divided.
const STEPS: usize = 1_000;
/// Transfers stop when none of a round moves more than this share of the budget.
const TOLERANCE: f64 = 1e-8;
/// Rounds of transfers at most; a dozen are usual.
const ROUNDS: usize = 1_000;

impl Market {
    /// The true optimum: the dollars for each channel, spread by its profile over the weeks after
    /// the file, that bring the most revenue for the budget. Google spend follows freely.
    ///
    /// Each channel is within 1e-6 of the budget of an optimum. Where saturation is S-shaped
    /// there can be several; the one found is the best at a resolution of a thousandth of the
    /// budget. Money that would bring nothing is not spent.
    ///
    /// # Errors
    /// Profiles or bounds that are not one for each channel or out of range, a budget that does
    /// not pay for the least bounds, and channels with a negative `mediated`: more of those
    /// could make a plan cheaper.
    ///
    /// ```
    /// use headwater::simulate::{Budget, MarketSettings, simulate};
    /// let market = simulate(&MarketSettings::default())?;
    /// let best = market.best_plan(&Budget {
    ///     dollars: 60_000.0,
    ///     profiles: vec![vec![1.0; 8]; 4],
    ///     bounds: vec![(0.0, 20_000.0); 4],
    ///     tail: 8,
    /// })?;
    /// // without saturation, channels are filled in the order of what a dollar brings
    /// assert_eq!(best.totals[0], 20_000.0);
    /// assert_eq!(best.totals[2], 0.0);
    /// # Ok::<(), headwater::error::Error>(())
    /// ```
    pub fn best_plan(&self, budget: &Budget) -> Result<BestPlan> {
        self.refuse(budget)?;
        let curves: Vec<Curve> = (0..self.channels().len())
            .map(|j| self.curve(budget, j))
            .collect();
        let least: f64 = curves.iter().map(|curve| curve.bill(curve.least)).sum();
        if least > budget.dollars {
            return Err(Error::setting(
                format!(
                    "the least bounds cost {least:.2} with the Google spend they draw, and the \
                     budget is {:.2}",
                    budget.dollars
                ),
                "raise the budget, or lower the least dollars of a channel",
            ));
        }
        let mut bills = divided(&curves, budget.dollars - least);
        transfer(&curves, &mut bills, budget.dollars);
        let totals = curves.iter().zip(&bills);
        let totals: Vec<f64> = totals.map(|(curve, bill)| curve.dollars(*bill)).collect();
        let spend: Vec<Vec<f64>> = totals
            .iter()
            .zip(&budget.profiles)
            .map(|(dollars, profile)| {
                let sum: f64 = profile.iter().sum();
                profile.iter().map(|w| dollars * w / sum).collect()
            })
            .collect();
        let nothing = vec![vec![0.0; budget.profiles[0].len()]; spend.len()];
        let gain = self.gain(&spend, &nothing, budget.tail)?;
        Ok(BestPlan {
            totals,
            spend,
            gain,
        })
    }

    fn curve(&self, budget: &Budget, j: usize) -> Curve<'_> {
        let channel = &self.channels()[j];
        let carried = |stock: &mut f64, dollars: f64| {
            *stock = channel.decay * *stock + (1.0 - channel.decay) * dollars;
            *stock
        };
        let mut stock = 0.0;
        for dollars in &**self.dataset.column(&channel.name) {
            carried(&mut stock, *dollars);
        }
        let profile = &budget.profiles[j];
        let sum: f64 = profile.iter().sum();
        let tail = std::iter::repeat_n(&0.0, budget.tail);
        let mut planned = 0.0;
        let weeks: Vec<(f64, f64)> = profile
            .iter()
            .chain(tail)
            .map(|weight| {
                (
                    carried(&mut stock, 0.0),
                    carried(&mut planned, weight / sum),
                )
            })
            .collect();
        let settings = &self.truth.settings;
        let (least, most) = budget.bounds[j];
        let before = weeks.iter().map(|(past, _)| channel.response(*past));
        Curve {
            channel,
            before: before.sum(),
            weeks,
            worth: channel.mediated * settings.search_return + channel.direct,
            least,
            // a dollar costs a dollar at least
            most: most.min(budget.dollars).max(least),
        }
    }

    fn refuse(&self, budget: &Budget) -> Result<()> {
        let channels = self.channels();
        let refuse = |message: String, help: &str| Err(Error::setting(message, help));
        if !(budget.dollars > 0.0 && budget.dollars.is_finite()) {
            return refuse(
                format!("the budget is {}", budget.dollars),
                "choose the dollars to be spent, above 0",
            );
        }
        if budget.profiles.len() != channels.len() || budget.bounds.len() != channels.len() {
            return refuse(
                format!(
                    "there are {} profiles and {} bounds for {} channels",
                    budget.profiles.len(),
                    budget.bounds.len(),
                    channels.len()
                ),
                "give one of each for each channel, in the order of the settings",
            );
        }
        for (j, channel) in channels.iter().enumerate() {
            let (least, most) = budget.bounds[j];
            if !(least >= 0.0 && least.is_finite() && most >= least) {
                return refuse(
                    format!("the bounds of {} are {least} and {most}", channel.name),
                    "choose a least of 0 dollars or more, and a most that is not below it",
                );
            }
            let profile = &budget.profiles[j];
            let sum: f64 = profile.iter().sum();
            let weights = profile.iter().all(|weight| *weight >= 0.0);
            if !(weights && sum > 0.0 && sum.is_finite())
                || profile.len() != budget.profiles[0].len()
            {
                return refuse(
                    format!("the profile of {} cannot be used", channel.name),
                    "give every channel a weight of 0 or more for each week, the same number of \
                     weeks, and a weight above 0 in at least one",
                );
            }
            if channel.mediated < 0.0 {
                return refuse(
                    format!("{} draws {} Google dollars", channel.name, channel.mediated),
                    "the best plan is known for channels that draw 0 Google dollars or more",
                );
            }
        }
        Ok(())
    }
}

/// What the money for one channel brings and costs.
struct Curve<'a> {
    channel: &'a Channel,
    /// Carried-over dollars in each week: of the spend before the plan, and per dollar planned.
    weeks: Vec<(f64, f64)>,
    /// `sum R` over the weeks without the plan.
    before: f64,
    /// Revenue per dollar that counts.
    worth: f64,
    /// The bounds, in dollars.
    least: f64,
    most: f64,
}

impl Curve<'_> {
    /// The dollars that count among those planned.
    fn response(&self, dollars: f64) -> f64 {
        let weeks = self.weeks.iter();
        let after = weeks.map(|(past, share)| self.channel.response(past + share * dollars));
        after.sum::<f64>() - self.before
    }

    /// Those dollars and the Google dollars that they draw: increasing.
    fn bill(&self, dollars: f64) -> f64 {
        dollars + self.channel.mediated * self.response(dollars)
    }

    /// The dollars that cost `bill`, within the bounds: the inverse by false position, in the
    /// variant known as Illinois, which needs no derivative and keeps its bracket.
    fn dollars(&self, bill: f64) -> f64 {
        let (mut low, mut high) = (self.least, self.most);
        let (mut under, mut over) = (self.bill(low) - bill, self.bill(high) - bill);
        if under >= 0.0 {
            return low;
        }
        if over <= 0.0 {
            return high;
        }
        let mut last = 0.0;
        for _ in 0..200 {
            let middle = (low * over - high * under) / (over - under);
            if !(low < middle && middle < high) {
                break;
            }
            let miss = self.bill(middle) - bill;
            if miss == 0.0 {
                return middle;
            }
            if miss < 0.0 {
                (low, under) = (middle, miss);
                over *= if last < 0.0 { 0.5 } else { 1.0 };
            } else {
                (high, over) = (middle, miss);
                under *= if last > 0.0 { 0.5 } else { 1.0 };
            }
            last = miss;
            if high - low <= f64::EPSILON * high || miss.abs() <= f64::EPSILON * bill {
                return middle;
            }
        }
        if -under < over { low } else { high }
    }

    /// Revenue of the plan that costs `bill`.
    fn revenue(&self, bill: f64) -> f64 {
        self.worth * self.response(self.dollars(bill))
    }
}

/// The best division of `rest` dollars, beyond the least bounds, in [`STEPS`] equal parts among
/// the channels and nothing: dynamic programming, so the best of all such divisions. Returns each
/// channel's bill.
fn divided(curves: &[Curve], rest: f64) -> Vec<f64> {
    let bill = |curve: &Curve, parts: usize| {
        let part = rest * parts as f64 / STEPS as f64;
        (curve.bill(curve.least) + part).min(curve.bill(curve.most))
    };
    // the most revenue of the channels so far for at most so many parts
    let mut best = vec![0.0; STEPS + 1];
    let mut choices = Vec::with_capacity(curves.len());
    for curve in curves {
        let revenue: Vec<f64> = (0..=STEPS)
            .map(|parts| curve.revenue(bill(curve, parts)))
            .collect();
        let (next, choice): (Vec<f64>, Vec<usize>) = (0..=STEPS)
            .map(|all| {
                let mut most = (f64::NEG_INFINITY, 0);
                for parts in 0..=all {
                    let sum = best[all - parts] + revenue[parts];
                    if sum > most.0 {
                        most = (sum, parts);
                    }
                }
                most
            })
            .unzip();
        best = next;
        choices.push(choice);
    }
    let mut left = STEPS;
    let mut bills = vec![0.0; curves.len()];
    for (j, choice) in choices.iter().enumerate().rev() {
        bills[j] = bill(&curves[j], choice[left]);
        left -= choice[left];
    }
    bills
}

/// Moves money between every two channels, and between each channel and none, while it helps.
fn transfer(curves: &[Curve], bills: &mut [f64], budget: f64) {
    let reach = 2.0 * budget / STEPS as f64;
    // the channel after the last is money that is not spent
    let unspent = curves.len();
    let revenue = |j: usize, bill: f64| match curves.get(j) {
        Some(curve) => curve.revenue(bill),
        None => 0.0,
    };
    let limits: Vec<(f64, f64)> = curves
        .iter()
        .map(|curve| (curve.bill(curve.least), curve.bill(curve.most)))
        .chain([(0.0, f64::INFINITY)])
        .collect();
    let mut held: Vec<f64> = bills.to_vec();
    held.push((budget - bills.iter().sum::<f64>()).max(0.0));
    for _ in 0..ROUNDS {
        let mut moved: f64 = 0.0;
        for to in 0..unspent {
            for from in to + 1..=unspent {
                let room = |a: usize, b: usize| {
                    let most = (limits[a].1 - held[a]).min(held[b] - limits[b].0);
                    most.min(reach).max(0.0)
                };
                let (back, forth) = (-room(from, to), room(to, from));
                let sum = |dollars: f64| {
                    revenue(to, held[to] + dollars) + revenue(from, held[from] - dollars)
                };
                let now = sum(0.0);
                let (dollars, best) = [back, highest(&sum, back, forth), forth]
                    .map(|dollars| (dollars, sum(dollars)))
                    .into_iter()
                    .fold((0.0, now), |a, b| if b.1 > a.1 { b } else { a });
                if best > now {
                    held[to] += dollars;
                    held[from] -= dollars;
                    moved = moved.max(dollars.abs());
                }
            }
        }
        if moved <= TOLERANCE * budget {
            break;
        }
    }
    bills.copy_from_slice(&held[..unspent]);
}

/// Where `f` is highest between `low` and `high`, by golden section.
fn highest(f: &impl Fn(f64) -> f64, mut low: f64, mut high: f64) -> f64 {
    let golden = (5f64.sqrt() - 1.0) / 2.0;
    let inside = |low: f64, high: f64| (high - golden * (high - low), low + golden * (high - low));
    let (mut left, mut right) = inside(low, high);
    let (mut at_left, mut at_right) = (f(left), f(right));
    // 0.618^36 is 3e-8 of a bracket of 4 thousandths of the budget
    for _ in 0..36 {
        if at_left < at_right {
            (low, left, at_left) = (left, right, at_right);
            right = inside(low, high).1;
            at_right = f(right);
        } else {
            (high, right, at_right) = (right, left, at_left);
            left = inside(low, high).0;
            at_left = f(left);
        }
    }
    if at_left < at_right { right } else { left }
}
