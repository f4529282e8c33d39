//! What promotions brought, and what of it was only moved.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::departure::{Departure, departures};
use super::pull_forward::PullForward;
use crate::data::Dataset;
use crate::effects::{Answers, Ensemble};
use crate::error::Result;
use crate::estimate::Estimate;
use crate::mediation::Link;
use crate::numeric::summary::quantiles;

/// Weeks without a promotion from which "no promotion" counts as seen, as for spend.
const ZERO_WEEKS: usize = 8;
/// Promotion weeks from which they are parted by price.
const ENOUGH_FOR_LEVELS: usize = 12;

/// The lift of the promotions that were, each at its depth: the world that was minus the one without
/// any,
///
/// ```text
/// total  = sum_t Y_t(promotion, M(promotion)) - Y_t(0, M(0))
/// direct = sum_t Y_t(promotion, M)            - Y_t(0, M)      M as it was
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Promotion {
    /// The column.
    pub column: String,
    /// Weeks with a promotion.
    pub weeks: usize,
    /// The weeks of the data.
    pub of_weeks: usize,
    /// The sum of the column, in its unit: promotions, or their depth.
    pub amount: f64,
    /// What they brought in all.
    pub total: Estimate,
    /// The part that goes around the mediator.
    pub direct: Estimate,
    /// The part that goes through the mediator.
    pub through: Estimate,
    /// The total by the revenue that the promotion weeks would have had without.
    pub share_of_baseline: Estimate,
    /// The lift by price, or why not.
    pub by_price: ByPrice,
    /// What the weeks around promotions lost.
    pub pull_forward: PullForward,
}

/// The lift in promotion weeks of low, middle and high prices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ByPrice {
    /// A third of the promotion weeks each, by ascending price; empty where `why` says so.
    pub levels: Vec<PriceLevel>,
    /// Whether the model has no other lift for a promotion at another price: levels then differ by
    /// the depth of their promotions alone.
    pub alike_by_construction: bool,
    /// Why there are no levels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// Promotion weeks of alike prices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PriceLevel {
    /// The lowest price.
    pub least: f64,
    /// The highest price.
    pub most: f64,
    /// The promotion weeks.
    pub weeks: usize,
    /// The lift of such a week, with and without the mediator's part.
    pub lift: Estimate,
}

impl Promotion {
    /// Asks every model. `price` parts the promotion weeks.
    ///
    /// # Errors
    /// Those of [`Prepared::build_world`](crate::mediation::Prepared::build_world).
    pub(super) fn of(
        ensemble: &Ensemble,
        data: &Dataset,
        column: &str,
        price: &str,
    ) -> Result<Self> {
        let promotions = data.column(column);
        let on: Vec<usize> = (0..data.len()).filter(|&t| promotions[t] != 0.0).collect();
        let level = ensemble.level();
        let off_weeks = data.len() - on.len();
        let missing = |why: &str| Estimate::not_assessed(why, level);
        let without = |why: String| Promotion {
            column: column.into(),
            weeks: on.len(),
            of_weeks: data.len(),
            amount: promotions.iter().sum(),
            total: missing(&why),
            direct: missing(&why),
            through: missing(&why),
            share_of_baseline: missing(&why),
            by_price: ByPrice::none(&why),
            pull_forward: PullForward::none(&why, level),
        };
        if on.is_empty() {
            return Ok(without(format!("{column} is 0 in every week")));
        }
        if off_weeks < ZERO_WEEKS {
            return Ok(without(format!(
                "only {off_weeks} weeks had no promotion; at least {ZERO_WEEKS} are needed to know \
                 what a week without one is like"
            )));
        }
        let off = data.with_column(column, vec![0.0; data.len()])?;
        let lifts = departures(ensemble, data, &[off], |mut worlds| {
            let mut lift = worlds.remove(0);
            let all = lift.direct.iter_mut().chain(&mut lift.total);
            all.for_each(|value| *value = -*value);
            lift
        })?;
        let outcome = data.outcome();
        let revenue: f64 = on.iter().map(|&t| outcome[t]).sum();
        let in_weeks = |lift: &Departure| -> f64 { on.iter().map(|&t| lift.total[t]).sum() };
        let total = lifts.estimate(|lift| lift.sum().total);
        Ok(Promotion {
            direct: lifts.estimate(|lift| lift.sum().direct),
            through: lifts.estimate(|lift| lift.sum().through()),
            share_of_baseline: lifts.estimate(|lift| {
                let baseline = revenue - in_weeks(lift);
                match baseline > 0.0 {
                    true => lift.sum().total / baseline,
                    false => f64::NAN,
                }
            }),
            by_price: ByPrice::of(ensemble, &lifts, data, (column, price), &on),
            pull_forward: PullForward::of(ensemble, data, column, &total),
            total,
            ..without(String::new())
        })
    }
}

impl ByPrice {
    fn none(why: &str) -> Self {
        ByPrice {
            levels: Vec::new(),
            alike_by_construction: false,
            why: Some(why.into()),
        }
    }

    fn of(
        ensemble: &Ensemble,
        lifts: &Answers<Departure>,
        data: &Dataset,
        (column, price): (&str, &str),
        on: &[usize],
    ) -> Self {
        if on.len() < ENOUGH_FOR_LEVELS {
            return ByPrice::none(&format!(
                "{} promotion weeks are too few to part them by price; {ENOUGH_FOR_LEVELS} are needed",
                on.len()
            ));
        }
        let (prices, promotions) = (data.column(price), data.column(column));
        let of_promotions: Vec<f64> = on.iter().map(|&t| prices[t]).collect();
        let [low, high] = quantiles(&of_promotions, [1.0 / 3.0, 2.0 / 3.0]);
        let inside = |level: usize, t: usize| {
            level == usize::from(prices[t] > low) + usize::from(prices[t] > high)
        };
        let levels: Vec<PriceLevel> = (0..3)
            .filter_map(|level| {
                let weeks: Vec<usize> = on.iter().copied().filter(|&t| inside(level, t)).collect();
                let prices = weeks.iter().map(|&t| prices[t]);
                (!weeks.is_empty()).then(|| PriceLevel {
                    least: prices.clone().fold(f64::INFINITY, f64::min),
                    most: prices.fold(f64::NEG_INFINITY, f64::max),
                    weeks: weeks.len(),
                    lift: lifts.estimate(|lift| {
                        weeks.iter().map(|&t| lift.total[t]).sum::<f64>() / weeks.len() as f64
                    }),
                })
            })
            .collect();
        if levels.len() < 3 {
            return ByPrice::none("the promotion weeks have too few different prices to part them");
        }
        // Lift for each unit of promotion, equal in all weeks to the rounding of weekly revenue.
        let each = on.iter().map(|&t| lifts.point.total[t] / promotions[t]);
        let least = each.clone().fold(f64::INFINITY, f64::min);
        let most = each.fold(f64::NEG_INFINITY, f64::max);
        let same = most - least <= 1e-6 * least.abs().max(most.abs());
        ByPrice {
            levels,
            alike_by_construction: same && ensemble.point().link() == Link::Identity,
            why: None,
        }
    }
}
