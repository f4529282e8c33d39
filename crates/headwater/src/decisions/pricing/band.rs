//! The prices that are as good as best in most replicates.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::estimate::Interval;

/// A price is as good as best where its value is within this part of the best.
const NEAR: f64 = 0.01;
/// The part of replicates in which a price of the band must be as good as best.
const HALF: f64 = 0.5;
/// The part of replicates that may peak at an edge of the range before the best price counts as
/// lying beyond it.
pub(super) const AT_EDGE: f64 = 0.2;

/// Prices within 1% of the best in at least half of the replicates, all of them observed ones; the
/// methods brief, 6.4.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PriceBand {
    /// The band; `None` where it is not identified.
    pub band: Option<Interval>,
    /// The part of replicates that are best at the lowest price.
    pub best_at_lowest: f64,
    /// The part of replicates that are best at the highest price.
    pub best_at_highest: f64,
    /// Why there is no band.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// The band of `prices`, ascending, under `curves`, one for each replicate with a value for each
/// price: what is to be as large as possible.
///
/// Not identified where more than a fifth of the curves peak at the lowest or the highest price, the
/// best then lying beyond what was seen, or where no price is as good as best in half of them. The
/// band is the run of neighbouring prices around the one that is so most often.
///
/// ```
/// use headwater::decisions::pricing::price_band;
/// let prices: Vec<f64> = (40..=80).map(f64::from).collect();
/// // demand of constant elasticity -2 and a cost of 30: best at 2 x 30
/// let profit = prices.iter().map(|price| (price - 30.0) / price.powi(2)).collect();
/// let band = price_band(&prices, &[profit]).band.expect("inside");
/// assert!(band.contains(60.0));
/// ```
pub fn price_band(prices: &[f64], curves: &[Vec<f64>]) -> PriceBand {
    let mut near = vec![0usize; prices.len()];
    let (mut lowest, mut highest) = (0usize, 0usize);
    let finite = |curve: &Vec<f64>| {
        curve.len() == prices.len() && curve.iter().all(|value| value.is_finite())
    };
    let missing = |why: &str| PriceBand {
        band: None,
        best_at_lowest: 0.0,
        best_at_highest: 0.0,
        why: Some(why.into()),
    };
    if curves.is_empty() || prices.len() < 2 {
        return missing("there is no curve over a range of prices");
    }
    if !curves.iter().all(finite) {
        return missing("in some replicates it has no finite value");
    }
    for curve in curves {
        let best = curve.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let at = |place: usize| curve[place] == best;
        // a flat curve peaks everywhere, so at no edge alone
        let inside = (1..prices.len() - 1).any(at);
        lowest += usize::from(!inside && at(0));
        highest += usize::from(!inside && !at(0) && at(prices.len() - 1));
        for (near, value) in near.iter_mut().zip(curve) {
            *near += usize::from(*value >= best - NEAR * best.abs());
        }
    }
    let share = |count: usize| count as f64 / curves.len() as f64;
    let band = PriceBand {
        band: None,
        best_at_lowest: share(lowest),
        best_at_highest: share(highest),
        why: None,
    };
    if share(lowest + highest) > AT_EDGE {
        return PriceBand {
            why: Some("not identified inside the observed range".into()),
            ..band
        };
    }
    let holds = |place: usize| share(near[place]) >= HALF;
    let peak = (0..prices.len())
        .filter(|place| holds(*place))
        .max_by_key(|place| near[*place]);
    let Some(peak) = peak else {
        return PriceBand {
            why: Some("no price is as good as best in half of the replicates".into()),
            ..band
        };
    };
    let first = (0..peak).rev().take_while(|place| holds(*place)).last();
    let last = (peak + 1..prices.len())
        .take_while(|place| holds(*place))
        .last();
    PriceBand {
        band: Some(Interval {
            lower: prices[first.unwrap_or(peak)],
            upper: prices[last.unwrap_or(peak)],
        }),
        ..band
    }
}
