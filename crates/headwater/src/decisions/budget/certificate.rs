//! The proof that a plan cannot be bettered by moving a little money, and the price of a dollar.

use std::fmt;

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::problem::Problem;
use super::quadratic::best_step;
use super::terrain::{GROUP_SLACK, Goal, Place, Terrain};
use crate::finding::{Bound, Finding, Status};

/// What a transfer may gain at most, as a share of the worth of the plan.
pub const GAIN_TOLERANCE: f64 = 1e-6;

/// The share of the budget that a transfer moves.
pub const TRANSFER_SHARE: f64 = 0.01;

/// Who gives or takes dollars.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// A channel, by name.
    Channel(String),
    /// Money that is not spent.
    Unspent,
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Party::Channel(name) => f.write_str(name),
            Party::Unspent => f.write_str("money not spent"),
        }
    }
}

/// Dollars of bill moved from one party to another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Transfer {
    /// Who gives.
    pub from: Party,
    /// Who takes.
    pub to: Party,
    /// Bill dollars moved; less than the step where a bound ends it.
    pub dollars: f64,
    /// What it adds to the worth (for a flexible budget, to worth less hurdle times bill), in
    /// dollars; below 0 where even the best transfer loses.
    pub gain: f64,
}

/// The proof of a plan: the best transfer of 1% of the budget between any two channels, or between
/// a channel and money not spent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Certificate {
    /// Bill dollars that each transfer moves: 1% of the budget; of the bill where the budget is
    /// flexible, or of all upper bounds where the bill is 0.
    pub step: f64,
    /// The best transfer found; `None` where bounds leave nothing to move, or where a transfer
    /// leads to a plan whose worth is no number.
    pub best: Option<Transfer>,
    /// The gain of the best transfer as a share of the plan's worth; 0 where nothing can move,
    /// `None` where the worth after a transfer is no number.
    pub relative_gain: Option<f64>,
    /// The largest violation of the Karush-Kuhn-Tucker conditions, as a share of the steepest
    /// slope of worth or, if that is more, of the worth of an average budget dollar: 0 where all channels between their bounds have the same loaded marginal
    /// worth. Says nothing at a kink of a surface, where slopes on two sides differ. `None` where a slope is no number.
    pub kkt_residual: Option<f64>,
}

impl Certificate {
    /// Whether no transfer gains more than [`GAIN_TOLERANCE`]; a worth that is no number proves
    /// nothing.
    pub fn holds(&self) -> bool {
        self.relative_gain
            .is_some_and(|gain| gain <= GAIN_TOLERANCE)
    }

    /// `budget.certificate`, beside how many starts agreed.
    pub(super) fn finding(&self, starts: usize, agreed: usize) -> Finding {
        let relative_gain = self.relative_gain.unwrap_or(f64::NAN);
        let gain = 100.0 * relative_gain;
        let (status, summary) = match &self.best {
            None if self.relative_gain.is_none() => (
                Status::NotAssessed,
                "the worth or bill of a plan a transfer away is not a number, so plans cannot be compared. Narrow the bounds to spend that the model has seen".to_string(),
            ),
            None => (
                Status::NotAssessed,
                "the bounds leave nothing to move between channels, so there is no plan to compare with".to_string(),
            ),
            Some(best) if self.holds() => (
                Status::Passed,
                format!(
                    "no transfer of {:.0} (1% of the budget) between two channels betters the plan; the best, {} to {}, changes its worth by {gain:.4}%",
                    self.step, best.from, best.to
                ),
            ),
            Some(best) => (
                Status::Warning,
                format!(
                    "moving {:.0} from {} to {} would raise the plan's worth by {gain:.4}%, so it is not the best plan; the surface is too rough for the search. Treat plans of nearly the same worth as equal",
                    best.dollars, best.from, best.to
                ),
            ),
        };
        Finding::new("budget.certificate", status, summary)
            .measured(
                "gain of the best transfer",
                relative_gain,
                Bound::AtMost(GAIN_TOLERANCE),
            )
            .with("kkt_residual", self.kkt_residual)
            .with("starts", starts)
            .with("agreed", agreed)
    }
}

/// A transfer between channels by number, `None` for money not spent, and where it leads.
pub(super) struct Exchange {
    pub from: Option<usize>,
    pub to: Option<usize>,
    pub dollars: f64,
    pub gain: f64,
    pub place: Place,
}

/// The certificate of `place`.
pub(super) fn certify(problem: &Problem, terrain: &Terrain, place: &Place) -> Certificate {
    let step = TRANSFER_SHARE * terrain.money(place);
    let best = best_exchange(terrain, place, &[step]);
    let party = |channel: Option<usize>| match channel {
        Some(j) => Party::Channel(problem.channels[j].clone()),
        None => Party::Unspent,
    };
    Certificate {
        step,
        relative_gain: best.as_ref().map_or(Some(0.0), |best| {
            Some(share(terrain, best.gain, place)).filter(|gain| gain.is_finite())
        }),
        best: best
            .filter(|best| best.gain.is_finite())
            .map(|best| Transfer {
                from: party(best.from),
                to: party(best.to),
                dollars: best.dollars,
                gain: best.gain,
            }),
        kkt_residual: Some(kkt_residual(terrain, place)).filter(|residual| residual.is_finite()),
    }
}

/// A gain as a share of the height of the plan; a height below a millionth of the budget counts
/// as one.
pub(super) fn share(terrain: &Terrain, gain: f64, place: &Place) -> f64 {
    gain / place.height.abs().max(1e-6 * terrain.money(place))
}

/// The best of all transfers of these numbers of dollars between two channels, or a channel and
/// money not spent.
pub(super) fn best_exchange(terrain: &Terrain, place: &Place, steps: &[f64]) -> Option<Exchange> {
    let count = place.x.len();
    let (_, bill_slopes) = terrain.slopes(&place.x);
    let parties = || (0..count).map(Some).chain([None]);
    let givers: Vec<Option<usize>> = parties().collect();
    let best_of_giver: Vec<Option<Exchange>> = givers
        .into_par_iter()
        .map(|from| {
            let takers = parties().filter(|to| *to != from);
            let all = takers.flat_map(|to| steps.iter().map(move |step| (to, *step)));
            let tried =
                all.filter_map(|(to, step)| exchange(terrain, place, &bill_slopes, from, to, step));
            tried.fold(None, better)
        })
        .collect();
    best_of_giver.into_iter().flatten().fold(None, better)
}

/// The better of two, the first where they are equal. One that is no number comes before all: it
/// must not be passed over.
fn better(best: Option<Exchange>, tried: Exchange) -> Option<Exchange> {
    match best {
        Some(best) if best.gain.is_nan() || tried.gain <= best.gain => Some(best),
        _ => Some(tried),
    }
}

/// Moves up to `dollars` of bill, as far as the bounds let it; `None` where they let nothing.
fn exchange(
    terrain: &Terrain,
    place: &Place,
    bill_slopes: &[f64],
    from: Option<usize>,
    to: Option<usize>,
    dollars: f64,
) -> Option<Exchange> {
    let mut moved = dollars;
    if let Some(i) = from {
        // A channel that pays for itself has no bill dollars to give.
        let room = terrain.room_down(&place.x, i, to);
        moved = moved.min(if bill_slopes[i] > 0.0 {
            room * bill_slopes[i]
        } else {
            0.0
        });
    } else if let Some(cap) = terrain.cap() {
        moved = moved.min(cap - place.bill);
    }
    // What a dollar given to the taker costs; one that pays for itself is taken to cost a dollar.
    let cost = |j: usize| {
        if bill_slopes[j] > 0.0 {
            bill_slopes[j]
        } else {
            1.0
        }
    };
    if let Some(j) = to {
        moved = moved.min(terrain.room_up(&place.x, j, from) * cost(j));
    }
    if let (Some(i), Some(j)) = (from, to) {
        // A giver whose dollars are the cheaper gives more of them than the taker gets.
        let lost = 1.0 / bill_slopes[i] - 1.0 / cost(j);
        if lost > 0.0 {
            moved = moved.min(terrain.room_below(&place.x, i, j) / lost);
        }
    }
    if moved.is_nan() || moved <= 1e-9 * dollars {
        return None;
    }
    let mut x = place.x.clone();
    if let Some(i) = from {
        x[i] = (x[i] - moved / bill_slopes[i]).max(terrain.bounds[i].least);
    }
    // A taker whose dollars are the cheaper could get more of them than a shared group has room for.
    let most = to.map_or(0.0, |j| x[j] + terrain.room_up(&x, j, None));
    if let Some(j) = to {
        x[j] = (x[j] + moved / cost(j)).min(most);
    }
    let mut bill = terrain.bill(&x);
    // A bill that bends: the taker gets what the giver really freed.
    if let (Some(j), Some(_)) = (to, from) {
        for _ in 0..4 {
            let over = bill - place.bill;
            if over.is_nan() || over.abs() <= 1e-13 * place.bill.abs() {
                break;
            }
            let mended = (x[j] - over / cost(j)).clamp(place.x[j], most.max(place.x[j]));
            if mended == x[j] {
                break;
            }
            x[j] = mended;
            bill = terrain.bill(&x);
        }
    }
    let over_budget = terrain.cap().is_some_and(|cap| bill > cap * (1.0 + 1e-12));
    if over_budget || terrain.group_excess(&x).0 > GROUP_SLACK {
        return None;
    }
    let height = terrain.height(&x, bill);
    Some(Exchange {
        from,
        to,
        dollars: moved,
        gain: height - place.height,
        place: Place { x, height, bill },
    })
}

/// The largest violation of the first-order conditions; see [`Certificate::kkt_residual`].
fn kkt_residual(terrain: &Terrain, place: &Place) -> f64 {
    let (g, b) = terrain.slopes(&place.x);
    let worth = terrain.worth_slopes(&place.x);
    let (lower, upper) = terrain.room(&place.x);
    let rows = terrain.rows(place, &b, terrain.cap());
    let prices = best_step(&g, &stiffness(terrain, &g), &lower, &upper, &rows).prices;
    let at_bound = |room: f64, j: usize| room.abs() <= 1e-9 * terrain.range(j);
    let free = |j: usize| !at_bound(lower[j], j) && !at_bound(upper[j], j);
    let steepest = |any: bool| {
        let those = (0..g.len()).filter(|j| any || free(*j));
        those.fold(0.0_f64, |most, j| most.max(worth[j].abs()))
    };
    let slope_size = if steepest(false) > 0.0 {
        steepest(false)
    } else {
        steepest(true)
    };
    // Where every slope is near 0, what a budget dollar brings on average gives the size.
    let scale = slope_size.max(place.height.abs() / terrain.money(place).max(f64::MIN_POSITIVE));
    if scale == 0.0 {
        return 0.0;
    }
    let mut slope = g;
    for (row, price) in rows.iter().zip(&prices) {
        for (j, weight) in &row.weights {
            slope[*j] -= price * weight;
        }
    }
    let violations = slope.iter().enumerate().map(|(j, slope)| {
        let (floor, ceiling) = (at_bound(lower[j], j), at_bound(upper[j], j));
        match (floor, ceiling) {
            (true, true) => 0.0,
            (true, false) => slope.max(0.0),
            (false, true) => (-slope).max(0.0),
            (false, false) => slope.abs(),
        }
    });
    // `f64::max` would lose a NaN.
    violations.fold(
        0.0,
        |most: f64, v| if v > most || v.is_nan() { v } else { most },
    ) / scale
}

/// What one more budget dollar is worth at `place`: the price of the budget row, at a corner the
/// one for more money. Where the budget does not bind, 0; for a flexible budget the price of a
/// budget that equals the bill.
pub(super) fn multiplier(terrain: &Terrain, place: &Place) -> f64 {
    let cap = match terrain.goal {
        Goal::Worth { cap } => cap,
        Goal::Profit { .. } | Goal::LeastBill => place.bill,
    };
    let worth = terrain.worth_slopes(&place.x);
    let (_, b) = terrain.slopes(&place.x);
    let (lower, upper) = terrain.room(&place.x);
    let rows = terrain.rows(place, &b, Some(cap));
    best_step(&worth, &stiffness(terrain, &worth), &lower, &upper, &rows).prices[0]
}

/// Curvatures that let a step along the steepest slope cross a channel's range.
fn stiffness(terrain: &Terrain, slopes: &[f64]) -> Vec<f64> {
    let steepest = slopes
        .iter()
        .fold(0.0_f64, |most, slope| most.max(slope.abs()));
    let curvature = |j| {
        let range = terrain.range(j);
        steepest.max(f64::MIN_POSITIVE) / if range > 0.0 { range } else { 1.0 }
    };
    (0..slopes.len()).map(curvature).collect()
}
