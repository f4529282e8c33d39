//! By how many percent revenue and demand change with 1% of price.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::departure::{Ways, departures};
use super::range::PriceRange;
use crate::data::Dataset;
use crate::effects::Ensemble;
use crate::error::Result;
use crate::estimate::Estimate;

/// Steps of price that are tried, the usual one first (methods brief, 6.4: 5 to 10%); a smaller one
/// where too few weeks could take a larger.
const STEPS: [f64; 3] = [0.05, 0.025, 0.01];
/// Weeks that must be able to take a step.
const ENOUGH: usize = 20;

/// The own-price elasticity, as an arc over the weeks whose price stays inside the observed range
/// when it moves by `step` either way:
///
/// ```text
/// e_R = [R(P (1+h)) - R(P (1-h))] / ([R(P (1+h)) + R(P (1-h))] / 2) / 2h      of revenue
/// e_Q = e_R - 1                                                               of demand: R = P Q
/// ```
///
/// `R` is revenue summed over those weeks, with what lags of the price carry into later weeks: a
/// ratio of sums, because weekly ratios explode where a week sells next to nothing, and from the middle
/// (Allen 1934) rather than by logarithms, because a replicate may put one side below zero. It is
/// `b sum P / sum R` for a straight line of slope `b`, and `tanh(b artanh h) / h`, within 0.3% of `b`
/// for `|b|` up to 2 at 5%, for `R = c P^b`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Elasticity {
    /// `h`, a share of the price.
    pub step: f64,
    /// The weeks whose price stays inside the observed range.
    pub weeks: usize,
    /// The weeks of the data.
    pub of_weeks: usize,
    /// Of revenue.
    pub revenue: PathElasticity,
    /// Of demand: that of revenue minus 1.
    pub demand: PathElasticity,
}

/// An elasticity by the way in which price works.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PathElasticity {
    /// With the mediator following the price through stage 1.
    pub total: Estimate,
    /// With the mediator frozen where it stood.
    pub direct: Estimate,
}

impl Elasticity {
    /// Asks every model.
    ///
    /// # Errors
    /// Those of [`Prepared::build_world`](crate::mediation::Prepared::build_world).
    pub(super) fn of(ensemble: &Ensemble, data: &Dataset, range: &PriceRange) -> Result<Self> {
        let prices = data.column(&range.column);
        let stays = |step: f64| -> Vec<bool> {
            let inside = |price: f64| range.least <= price && price <= range.most;
            let both = |&price: &f64| inside(price * (1.0 - step)) && inside(price * (1.0 + step));
            prices.iter().map(both).collect()
        };
        let count = |kept: &[bool]| kept.iter().filter(|kept| **kept).count();
        let tried = STEPS.map(|step| (step, stays(step)));
        let found = tried.iter().find(|(_, kept)| count(kept) >= ENOUGH);
        let (step, kept) = found.unwrap_or(&tried[STEPS.len() - 1]);
        let (weeks, of_weeks) = (count(kept), data.len());
        if weeks < ENOUGH {
            let why = format!(
                "in only {weeks} weeks the price could have been {}% higher and lower within the \
                 observed range; {ENOUGH} are needed",
                100.0 * step
            );
            let missing = Estimate::not_assessed(why, ensemble.level());
            return Ok(Elasticity {
                step: *step,
                weeks,
                ..Elasticity::missing(missing, of_weeks)
            });
        }
        let moved = |factor: f64| {
            let moved = prices.iter().zip(kept);
            let moved: Vec<f64> = moved
                .map(|(price, kept)| if *kept { price * factor } else { *price })
                .collect();
            data.with_column(&range.column, moved)
        };
        let worlds = [moved(1.0 - step)?, moved(1.0 + step)?];
        let revenue = data.outcome().iter().zip(kept);
        let revenue: f64 = revenue.filter(|(_, kept)| **kept).map(|(y, _)| y).sum();
        let answers = departures(ensemble, data, &worlds, |sides| {
            let (down, up) = (sides[0].sum(), sides[1].sum());
            let arc = |down: f64, up: f64| arc(revenue + down, revenue + up, *step);
            Ways {
                direct: arc(down.direct, up.direct),
                total: arc(down.total, up.total),
            }
        })?;
        let less = |part: f64| PathElasticity {
            total: answers.estimate(|arc| arc.total - part),
            direct: answers.estimate(|arc| arc.direct - part),
        };
        Ok(Elasticity {
            step: *step,
            weeks,
            of_weeks,
            revenue: less(0.0),
            demand: less(1.0),
        })
    }

    /// No elasticity, for the reason that `estimate` gives.
    pub(super) fn missing(estimate: Estimate, of_weeks: usize) -> Self {
        let missing = || PathElasticity {
            total: estimate.clone(),
            direct: estimate.clone(),
        };
        Elasticity {
            step: STEPS[0],
            weeks: 0,
            of_weeks,
            revenue: missing(),
            demand: missing(),
        }
    }
}

/// The elasticity from the middle of a curve that is `below` at `1 - step` of the price and `above` at
/// `1 + step`: `(above - below) / ((above + below) / 2) / (2 step)`. NaN where the middle is not above
/// zero.
///
/// ```
/// use headwater::decisions::pricing::arc;
/// // a straight line through 100 at price 60 with slope -3: -3 * 60 / 100
/// assert!((arc(109.0, 91.0, 0.05) + 1.8).abs() < 1e-12);
/// assert!(arc(-1.0, -2.0, 0.05).is_nan());
/// ```
pub fn arc(below: f64, above: f64, step: f64) -> f64 {
    let sum = below + above;
    if sum > 0.0 {
        (above - below) / (sum * step)
    } else {
        f64::NAN
    }
}
