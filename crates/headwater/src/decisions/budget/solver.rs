//! The best plan of a budget problem.

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ascent::ascend;
use super::certificate::{Certificate, best_exchange, certify, multiplier, share};
use super::problem::{Budget, Problem};
use super::starts::{least, starts, usable};
use super::table::Table;
use super::terrain::{GROUP_SLACK, Goal, Place, Terrain};
use crate::error::{Error, Result};
use crate::finding::{Bound, Finding, Status};

/// Two heights agree when they differ by at most this share.
pub const AGREEMENT: f64 = 1e-6;

/// How often the table of what each channel adds is made again at the best plan so far, at most.
const RETURNS: usize = 2;
/// Rounds of exchanges between pairs at most.
const ROUNDS: usize = 200;
/// Exchanges that gain less than this share of the worth are left undone.
const WORTHWHILE: f64 = 1e-10;
/// From this number of channels on only transfers of 1% are tried, as pairs are many.
const MANY: usize = 30;

/// The best plan found, and how far to trust that it is the best.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Solution {
    /// Dollars of each channel over the horizon, inside all bounds.
    pub x: Vec<f64>,
    /// What the plan is worth, in dollars.
    pub worth: f64,
    /// What the plan costs, in dollars; never above a fixed budget (to 1e-12 of it).
    pub bill: f64,
    /// The part of a fixed budget that is not spent because no channel can use it; 0 where the
    /// budget is flexible.
    pub unspent: f64,
    /// The shadow price: what one more budget dollar is worth. 0 where a fixed budget is not used
    /// up; for a flexible budget the marginal worth of the next bill dollar, which is the hurdle
    /// unless bounds end the spending earlier.
    pub multiplier: f64,
    /// The proof.
    pub certificate: Certificate,
    /// Different plans that the search started from.
    pub starts: usize,
    /// Starts that reached the same worth as the best, to [`AGREEMENT`]. Few out of many mean a
    /// hilly surface.
    pub agreed: usize,
    /// Values asked of the two surfaces together.
    pub values: usize,
    /// Gradients asked of the two surfaces together.
    pub gradients: usize,
}

impl Solution {
    /// What a reader should know: `budget.certificate`, and `budget.unspent` where the budget is
    /// fixed.
    pub fn findings(&self, budget: Budget) -> Vec<Finding> {
        let mut findings = vec![self.certificate.finding(self.starts, self.agreed)];
        if let Budget::Fixed(dollars) = budget {
            findings.push(unspent(self, dollars));
        }
        findings
    }
}

/// A bill within this share of the budget has used it up.
const USED_UP: f64 = 1e-6;

fn unspent(solution: &Solution, budget: f64) -> Finding {
    let share = solution.unspent / budget;
    let (status, summary) = if share <= USED_UP {
        (Status::Passed, "the plan uses the whole budget".to_string())
    } else {
        (
            Status::Warning,
            format!(
                "{:.0} of the budget of {budget:.0} is not spent: inside the bounds no channel can put it to use. Raise an upper bound if you believe the model beyond it, or keep the money",
                solution.unspent
            ),
        )
    };
    Finding::new("budget.unspent", status, summary)
        .measured("unspent share of the budget", share, Bound::AtMost(USED_UP))
        .with("unspent", solution.unspent)
        .with("budget", budget)
}

/// Solves a budget problem.
///
/// The plan keeps every bound exactly, and groups and budget to 1e-9 of themselves. Worth may
/// have several hills: the plan is the highest top reached from many starts, so it is the best
/// one found and not proven to be the best there is; where worth is concave and the bill convex it
/// is. The same problem gives the same plan on any number of threads.
///
/// # Errors
/// [`Error::Setting`] where bounds, groups or budget contradict each other or are no numbers;
/// [`Error::Estimator`] where a surface gives no numbers.
pub fn solve(problem: &Problem) -> Result<Solution> {
    problem.check()?;
    let goal = match problem.budget {
        Budget::Fixed(cap) => Goal::Worth { cap },
        Budget::Flexible { hurdle } => Goal::Profit { hurdle },
    };
    let cheapest = Terrain::new(problem, Goal::LeastBill);
    let mut floor = floor(problem, &cheapest)?;
    let mut terrain = Terrain::new(problem, goal);
    floor.height = terrain.height(&floor.x, floor.bill);
    terrain.floor = Some(floor.clone());

    let table = Table::around(&terrain, &floor, &floor.x);
    let first = starts(&terrain, &floor, &problem.plans, &table);
    let mut count = first.len();
    let mut tops = climbed(&terrain, first);
    // Where channels work through each other, what each adds depends on where the others stand.
    for _ in 0..RETURNS {
        let Some(best) = highest(&tops).cloned() else {
            break;
        };
        if table.agrees(&terrain, &floor, &best) {
            break;
        }
        let again = Table::around(&terrain, &floor, &best.x).plans();
        let again = usable(&terrain, again, 0);
        count += again.len();
        tops.extend(climbed(&terrain, again));
        let higher = highest(&tops).map_or(0.0, |top| top.height - best.height);
        if share(&terrain, higher, &best) <= AGREEMENT {
            break;
        }
    }
    let best = highest(&tops);
    let Some(best) = best else {
        return Err(Error::estimator(
            format!("the worth of each of {count} plans inside the bounds is not a number"),
            "narrow the bounds to spend that the model has seen, or fit again",
        ));
    };
    let best = polished(&terrain, best.clone());
    let agreed = tops
        .iter()
        .filter(|top| share(&terrain, best.height - top.height, &best) <= AGREEMENT)
        .count();
    let certificate = certify(problem, &terrain, &best);
    let worth = terrain.worth(&best.x);
    Ok(Solution {
        worth,
        bill: best.bill,
        unspent: match problem.budget {
            Budget::Fixed(dollars) => (dollars - best.bill).max(0.0),
            Budget::Flexible { .. } => 0.0,
        },
        multiplier: multiplier(&terrain, &best),
        certificate,
        starts: count,
        agreed,
        values: terrain.values() + cheapest.values(),
        gradients: terrain.gradients() + cheapest.gradients(),
        x: best.x,
    })
}

/// The tops that are reached from `starts`.
fn climbed(terrain: &Terrain, starts: Vec<Vec<f64>>) -> Vec<Place> {
    let starts = starts.into_par_iter();
    starts
        .map(|start| ascend(terrain, start))
        .filter(|top| top.height.is_finite())
        .collect()
}

/// The highest place, the first where several are.
fn highest(places: &[Place]) -> Option<&Place> {
    places.iter().fold(None, |best: Option<&Place>, place| {
        best.filter(|best| best.height >= place.height)
            .or(Some(place))
    })
}

/// Solves the problem for several fixed budgets, from the smallest up, each from the plans before
/// it as well, so that more money is never worth less. Solutions are in the order of `budgets`.
///
/// # Errors
/// As [`solve`].
pub fn frontier(problem: &Problem, budgets: &[f64]) -> Result<Vec<Solution>> {
    let mut order: Vec<usize> = (0..budgets.len()).collect();
    order.sort_by(|a, b| budgets[*a].total_cmp(&budgets[*b]));
    let mut problem = problem.clone();
    let mut solutions: Vec<Option<Solution>> = vec![None; budgets.len()];
    for place in order {
        problem.budget = Budget::Fixed(budgets[place]);
        let solution = solve(&problem)?;
        problem.plans.push(solution.x.clone());
        solutions[place] = Some(solution);
    }
    Ok(solutions.into_iter().flatten().collect())
}

/// The cheapest plan that keeps bounds and groups; refused where there is none, or where the
/// budget does not pay for it.
fn floor(problem: &Problem, terrain: &Terrain) -> Result<Place> {
    let start = least(terrain);
    if let (excess, Some(group)) = terrain.group_excess(&start)
        && excess > GROUP_SLACK
    {
        let name = &problem.groups[group].name;
        return Err(Error::setting(
            format!(
                "the groups contradict each other: no plan keeps {name} together with the other groups and the bounds of the channels"
            ),
            format!("widen the bounds of {name} or of a group that shares channels with it"),
        ));
    }
    let (worth, bill) = (
        problem.worth.gradient(&start),
        problem.bill.gradient(&start),
    );
    let count = problem.channels.len();
    if worth.len() != count || bill.len() != count {
        return Err(Error::estimator(
            format!(
                "{count} channels have {} slopes of worth and {} of the bill",
                worth.len(),
                bill.len()
            ),
            "a surface must give one slope for each channel",
        ));
    }
    let floor = ascend(terrain, start);
    if !floor.bill.is_finite() {
        return Err(Error::estimator(
            format!("the bill of the plan of least spend is {}", floor.bill),
            "narrow the bounds to spend that the model has seen, or fit again",
        ));
    }
    if let Budget::Fixed(budget) = problem.budget
        && floor.bill > budget * (1.0 + 1e-12)
    {
        let spent = problem.channels.iter().zip(&floor.x);
        let most = spent.fold(("", 0.0), |most, (channel, dollars)| {
            if *dollars > most.1 {
                (channel.as_str(), *dollars)
            } else {
                most
            }
        });
        return Err(Error::setting(
            format!(
                "the budget of {budget} does not pay for the lower bounds: the cheapest plan that keeps them costs {:.2} with the mediator spend it sets off, most of it for {} ({:.2})",
                floor.bill, most.0, most.1
            ),
            format!(
                "raise the budget to {:.2} or more, or lower the least of {}",
                (floor.bill * 100.0).ceil() / 100.0,
                most.0
            ),
        ));
    }
    Ok(floor)
}

/// Exchanges dollars between pairs and climbs again until no exchange is worthwhile. Where slopes
/// jump a climb by slopes can end early; an exchange looks at values alone.
fn polished(terrain: &Terrain, mut place: Place) -> Place {
    let budget = terrain.money(&place);
    let few = [1.0, 0.3, 0.1, 0.01, 1e-3, 1e-4, 1e-5].map(|share| share * budget);
    let steps = if place.x.len() < MANY {
        &few[..]
    } else {
        &few[3..4]
    };
    for _ in 0..ROUNDS {
        let Some(exchange) = best_exchange(terrain, &place, steps) else {
            break;
        };
        if exchange.gain.is_nan() || share(terrain, exchange.gain, &place) <= WORTHWHILE {
            break;
        }
        let higher = ascend(terrain, exchange.place.x.clone());
        place = if higher.height >= exchange.place.height {
            higher
        } else {
            exchange.place
        };
    }
    place
}
