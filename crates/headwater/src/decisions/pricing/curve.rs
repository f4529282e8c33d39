//! Revenue, demand and profit over the observed prices.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::band::{PriceBand, price_band};
use super::departure::departures;
use super::range::{PriceRange, YEAR};
use crate::data::Dataset;
use crate::effects::{Answers, Ensemble};
use crate::error::Result;
use crate::estimate::Estimate;
use crate::numeric::summary::mean;

/// Prices at which the curve is given.
const POINTS: usize = 25;
/// Weeks that a bin of prices should hold, and the most bins.
const WEEKS_PER_BIN: usize = 8;
const MOST_BINS: usize = 10;
/// Slopes that differ by less, relative to the largest, are those of a straight line: rounding of
/// sums of weekly revenue leaves 1e-9.
const STRAIGHT: f64 = 1e-6;

/// Revenue, demand and profit of a week at prices from the lowest to the highest, the level that of
/// the last 52 weeks.
///
/// The shape is the accumulated local effect (Apley and Zhu 2020): weeks are put in bins
/// `z_0 < ... < z_B` of alike prices; the weeks of a bin, and they alone, are moved from its lower
/// edge to its upper one; the mean changes are summed:
///
/// ```text
/// ALE(z_k) = sum_{b <= k} mean_{t in bin b} [ Y(price of bin b at z_b) - Y(... at z_{b-1}) ]
/// R(P)     = mean_{t in last 52} [ Y_t + ALE(P) - ALE(P_t) ]
/// ```
///
/// No week is ever put at a price far from its own, such as a promotion week at the full price. For a
/// model that is linear in price `R` is the straight line of its slope.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PriceCurve {
    /// From the lowest price to the highest, evenly spaced.
    pub points: Vec<PricePoint>,
    /// The bins of prices.
    pub bins: usize,
    /// Whether revenue is a straight line in the fitted model, so that its best price is at an edge
    /// by construction.
    pub straight: bool,
    /// Where revenue is largest.
    pub best_revenue: PriceBand,
    /// Where profit is largest; `None` without a cost.
    pub best_profit: Option<PriceBand>,
}

/// One price.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PricePoint {
    /// The price.
    pub price: f64,
    /// Revenue of an average week at this price.
    pub revenue: Estimate,
    /// Revenue less that at the mean price now.
    pub change: Estimate,
    /// The part of the change that goes around the mediator.
    pub direct: Estimate,
    /// The part of the change that goes through the mediator.
    pub through: Estimate,
    /// Units sold by units sold at the mean price now, `R(P)/P` each.
    pub demand: Estimate,
    /// `(P - c) R(P) / P` of an average week.
    pub profit: Estimate,
}

/// The accumulated local effects of one model at the edges of the bins.
struct Accumulated {
    direct: Vec<f64>,
    total: Vec<f64>,
}

/// What turns accumulated effects into revenue.
struct Level<'a> {
    edges: &'a [f64],
    /// The prices of the last 52 weeks.
    prices: &'a [f64],
    revenue: f64,
    now: f64,
}

impl Level<'_> {
    /// `R(P)`.
    fn revenue(&self, effects: &Accumulated, price: f64) -> f64 {
        let effect = |price: f64| interpolate(self.edges, &effects.total, price);
        let stands: Vec<f64> = self.prices.iter().map(|price| effect(*price)).collect();
        self.revenue + effect(price) - mean(&stands)
    }

    /// The change of a week's revenue from the mean price now.
    fn change(&self, effects: &[f64], price: f64) -> f64 {
        interpolate(self.edges, effects, price) - interpolate(self.edges, effects, self.now)
    }

    fn demand(&self, effects: &Accumulated, price: f64) -> f64 {
        let units = |price: f64| self.revenue(effects, price) / price;
        let (there, here) = (units(price), units(self.now));
        if here > 0.0 { there / here } else { f64::NAN }
    }

    fn profit(&self, effects: &Accumulated, price: f64, cost: f64) -> f64 {
        (price - cost) * self.revenue(effects, price) / price
    }
}

impl PriceCurve {
    /// Asks every model; `cost` is what a unit costs. The range must vary.
    ///
    /// # Errors
    /// Those of [`Prepared::build_world`](crate::mediation::Prepared::build_world).
    pub(super) fn of(
        ensemble: &Ensemble,
        data: &Dataset,
        range: &PriceRange,
        cost: Option<f64>,
    ) -> Result<Self> {
        let prices = data.column(&range.column);
        let edges = edges(prices);
        let bins = edges.len() - 1;
        let bin: Vec<usize> = prices.iter().map(|price| bin_of(&edges, *price)).collect();
        let mut sizes = vec![0.0; bins];
        bin.iter().for_each(|bin| sizes[*bin] += 1.0);
        let moved = |of: usize, to: f64| {
            let moved = prices.iter().zip(&bin);
            let moved: Vec<f64> = moved
                .map(|(price, bin)| if *bin == of { to } else { *price })
                .collect();
            data.with_column(&range.column, moved)
        };
        let mut worlds = Vec::with_capacity(2 * bins);
        for b in 0..bins {
            worlds.push(moved(b, edges[b])?);
            worlds.push(moved(b, edges[b + 1])?);
        }
        let answers = departures(ensemble, data, &worlds, |sides| {
            let mut effects = Accumulated {
                direct: vec![0.0],
                total: vec![0.0],
            };
            for (side, size) in sides.chunks(2).zip(&sizes) {
                let (low, high) = (side[0].sum(), side[1].sum());
                let add = |sums: &mut Vec<f64>, step: f64| sums.push(sums[sums.len() - 1] + step);
                add(&mut effects.direct, (high.direct - low.direct) / size);
                add(&mut effects.total, (high.total - low.total) / size);
            }
            effects
        })?;
        let last = data.len().saturating_sub(YEAR);
        let level = Level {
            edges: &edges,
            prices: &prices[last..],
            revenue: mean(&data.outcome()[last..]),
            now: range.now,
        };
        let step = (range.most - range.least) / (POINTS - 1) as f64;
        let grid: Vec<f64> = (0..POINTS)
            .map(|i| match i + 1 {
                POINTS => range.most,
                _ => range.least + i as f64 * step,
            })
            .collect();
        let best = |value: &dyn Fn(&Accumulated, f64) -> f64| {
            band(&grid, &answers, |effects| {
                grid.iter().map(|price| value(effects, *price)).collect()
            })
        };
        Ok(PriceCurve {
            bins,
            straight: is_straight(&edges, &answers.point.total),
            best_revenue: best(&|effects, price| level.revenue(effects, price)),
            best_profit: cost
                .map(|cost| best(&|effects, price| level.profit(effects, price, cost))),
            points: grid
                .iter()
                .map(|&price| point(&answers, &level, price, cost))
                .collect(),
        })
    }
}

fn point(
    answers: &Answers<Accumulated>,
    level: &Level<'_>,
    price: f64,
    cost: Option<f64>,
) -> PricePoint {
    let change = |effects: &[f64]| level.change(effects, price);
    PricePoint {
        price,
        revenue: answers.estimate(|effects| level.revenue(effects, price)),
        change: answers.estimate(|effects| change(&effects.total)),
        direct: answers.estimate(|effects| change(&effects.direct)),
        through: answers.estimate(|effects| change(&effects.total) - change(&effects.direct)),
        demand: answers.estimate(|effects| level.demand(effects, price)),
        profit: match cost {
            Some(cost) => answers.estimate(|effects| level.profit(effects, price, cost)),
            None => Estimate::not_assessed("no unit cost and no margin is set", answers.level()),
        },
    }
}

/// The band over the replicates; without any there is none.
fn band(
    grid: &[f64],
    answers: &Answers<Accumulated>,
    curve: impl Fn(&Accumulated) -> Vec<f64>,
) -> PriceBand {
    let curves: Vec<Vec<f64>> = answers.draws.iter().map(&curve).collect();
    if curves.is_empty() {
        return PriceBand {
            band: None,
            why: Some("no bootstrap replicates were asked for".into()),
            ..price_band(grid, &[curve(&answers.point)])
        };
    }
    price_band(grid, &curves)
}

/// The edges of bins with about as many weeks each: observed prices, ascending, without repeats.
fn edges(prices: &[f64]) -> Vec<f64> {
    let mut sorted = prices.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let weeks = sorted.len();
    let bins = (weeks / WEEKS_PER_BIN).clamp(1, MOST_BINS);
    let upper = (1..=bins).map(|bin| sorted[(bin * weeks).div_ceil(bins) - 1]);
    let mut edges: Vec<f64> = std::iter::once(sorted[0]).chain(upper).collect();
    edges.dedup();
    edges
}

/// The bin `(z_b, z_{b+1}]` of a price; the first holds its lower edge as well.
fn bin_of(edges: &[f64], price: f64) -> usize {
    let above = edges.partition_point(|edge| *edge < price);
    above.clamp(1, edges.len() - 1) - 1
}

/// The value at a price between the edges, on straight lines.
fn interpolate(edges: &[f64], values: &[f64], price: f64) -> f64 {
    let b = bin_of(edges, price);
    let share = (price - edges[b]) / (edges[b + 1] - edges[b]);
    values[b] + share * (values[b + 1] - values[b])
}

fn is_straight(edges: &[f64], values: &[f64]) -> bool {
    let slopes = edges.windows(2).zip(values.windows(2));
    let slopes: Vec<f64> = slopes.map(|(z, v)| (v[1] - v[0]) / (z[1] - z[0])).collect();
    let least = slopes.iter().copied().fold(f64::INFINITY, f64::min);
    let most = slopes.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    slopes.len() > 1 && most - least <= STRAIGHT * least.abs().max(most.abs())
}
