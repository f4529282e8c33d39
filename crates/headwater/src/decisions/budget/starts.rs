//! Where the search starts from.
//!
//! Worth may bend upwards before it bends downwards (S-shaped responses), so that one hill is not
//! all there is. The starts are: the plans already known; the cheapest plan; an even split; greedy
//! filling by marginal worth per marginal bill dollar (exact where channels are separable and
//! concave); the best plans on a table of single-channel responses, for the whole budget and for
//! parts of it (dynamic programming, exact to the grid where channels are separable, whatever
//! their shape); and 20 points of a Richtmyer sequence.

use rayon::prelude::*;

use super::terrain::{GROUP_SLACK, Goal, Place, Terrain};

/// Levels of each channel in the table.
const LEVELS: usize = 40;
/// Units that the spare budget is cut into by dynamic programming.
const UNITS: usize = 200;
/// Parts of the spare budget for which the table's best plan is a start: more money then starts
/// from plans for less.
const PARTS: [f64; 6] = [1.0, 0.95, 0.85, 0.7, 0.5, 0.25];
/// Steps of greedy filling.
const PORTIONS: usize = 60;
/// Points of the Richtmyer sequence.
const POINTS: usize = 20;

/// All starts that keep bounds and groups; no repeats beside the known plans.
pub(super) fn starts(terrain: &Terrain, floor: &Place, plans: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let count = floor.x.len();
    let (_, bill_slopes) = terrain.slopes(&floor.x);
    let spare = terrain.cap().map(|cap| (cap - floor.bill).max(0.0));
    let split = |weights: &[f64]| match spare {
        Some(spare) => filled(terrain, &floor.x, &bill_slopes, spare, weights),
        None => (0..count)
            .map(|j| floor.x[j] + weights[j] * (terrain.bounds[j].most - floor.x[j]))
            .collect(),
    };
    let mut found: Vec<Vec<f64>> = plans.to_vec();
    found.push(floor.x.clone());
    found.push(split(&vec![if spare.is_some() { 1.0 } else { 0.5 }; count]));
    found.push(greedy(terrain, floor, spare));
    found.extend(tabulated(terrain, floor, &bill_slopes, spare));
    found.extend(richtmyer(count, spare.is_some()).map(|weights| split(&weights)));

    let mut kept: Vec<Vec<f64>> = Vec::new();
    for (number, start) in found.into_iter().enumerate() {
        let start = terrain.within_groups(&start);
        let near = |other: &Vec<f64>| {
            (0..count).all(|j| (start[j] - other[j]).abs() <= 1e-9 * terrain.range(j))
        };
        // Known plans stay to the last bit, so that none is worth more than the solution.
        let new = number < plans.len() || !kept.iter().any(near);
        let usable = start.iter().all(|dollars| dollars.is_finite());
        if usable && new && terrain.group_excess(&start).0 <= GROUP_SLACK {
            kept.push(start);
        }
    }
    kept
}

/// `spare` bill dollars shared in proportion to the weights; what a full channel cannot take goes
/// to the others.
fn filled(
    terrain: &Terrain,
    floor: &[f64],
    bill_slopes: &[f64],
    spare: f64,
    weights: &[f64],
) -> Vec<f64> {
    let mut x = floor.to_vec();
    let mut left = spare;
    for _ in 0..x.len() {
        let open: Vec<usize> = (0..x.len())
            .filter(|j| bill_slopes[*j] > 0.0 && x[*j] < terrain.bounds[*j].most)
            .collect();
        let total: f64 = open.iter().map(|j| weights[*j]).sum();
        if left <= 1e-9 * spare || total <= 0.0 {
            break;
        }
        let portion = left / total;
        for j in open {
            let wanted = portion * weights[j] / bill_slopes[j];
            let given = wanted.min(terrain.bounds[j].most - x[j]);
            x[j] += given;
            left -= given * bill_slopes[j];
        }
    }
    x
}

/// Portion after portion to the channel whose next bill dollar is worth most there.
fn greedy(terrain: &Terrain, floor: &Place, spare: Option<f64>) -> Vec<f64> {
    let mut x = floor.x.clone();
    let mut left = spare.unwrap_or(f64::INFINITY);
    let room = |x: &[f64], j: usize| terrain.bounds[j].most - x[j];
    // Without a budget a portion is a share of what all channels could take.
    let total: f64 = (0..x.len()).map(|j| room(&x, j)).sum();
    let portion = spare.unwrap_or(total) / PORTIONS as f64;
    for _ in 0..PORTIONS + x.len() {
        // Slopes of worth, or of worth less the hurdle: in both cases above 0 is worth having.
        let (height, bill) = terrain.slopes(&x);
        let rate = |j: usize| height[j] / bill[j].max(1e-9);
        let open = (0..x.len()).filter(|j| room(&x, *j) > 0.0 && height[*j] > 0.0);
        let Some(best) = open.max_by(|a, b| rate(*a).total_cmp(&rate(*b))) else {
            break;
        };
        let cost = bill[best].max(1e-9);
        let given = (portion.min(left) / cost).min(room(&x, best));
        x[best] += given;
        left -= given * cost;
        if left <= 0.0 {
            break;
        }
    }
    x
}

/// What one channel alone adds to the cheapest plan: levels in dollars, height and bill gained.
struct Response {
    levels: Vec<f64>,
    heights: Vec<f64>,
    bills: Vec<f64>,
}

/// The best plans as if each channel's response were its own.
fn tabulated(
    terrain: &Terrain,
    floor: &Place,
    bill_slopes: &[f64],
    spare: Option<f64>,
) -> Vec<Vec<f64>> {
    let count = floor.x.len();
    let height = terrain.height(&floor.x, floor.bill);
    let responses: Vec<Response> = (0..count)
        .into_par_iter()
        .map(|j| {
            let room = terrain.bounds[j].most - floor.x[j];
            let reach = match spare {
                Some(spare) if bill_slopes[j] > 0.0 => room.min(spare / bill_slopes[j]),
                _ => room,
            };
            let mut response = Response {
                levels: vec![floor.x[j]],
                heights: vec![0.0],
                bills: vec![0.0],
            };
            for level in 1..=LEVELS {
                let mut x = floor.x.clone();
                x[j] += reach * level as f64 / LEVELS as f64;
                response.levels.push(x[j]);
                let place = terrain.place(x);
                let gained = place.height - height;
                let usable = gained.is_finite() && place.bill.is_finite();
                response
                    .heights
                    .push(if usable { gained } else { f64::NEG_INFINITY });
                response.bills.push(place.bill - floor.bill);
            }
            response
        })
        .collect();
    match spare {
        Some(spare) if spare > 0.0 => knapsack(&responses, spare),
        Some(_) => Vec::new(),
        None => {
            let best = |response: &Response| {
                let mut best = 0;
                for level in 1..response.heights.len() {
                    if response.heights[level] > response.heights[best] {
                        best = level;
                    }
                }
                response.levels[best]
            };
            vec![responses.iter().map(best).collect()]
        }
    }
}

/// One level for each channel, the bill within each part of `spare`, by dynamic programming.
fn knapsack(responses: &[Response], spare: f64) -> Vec<Vec<f64>> {
    let mut best = vec![0.0; UNITS + 1];
    let mut choices: Vec<Vec<usize>> = Vec::with_capacity(responses.len());
    let units = |bill: f64| (bill / spare * UNITS as f64 - 1e-6).ceil().max(0.0) as usize;
    for response in responses {
        let mut next = best.clone();
        let mut chosen = vec![0; UNITS + 1];
        for level in 1..response.levels.len() {
            for capacity in units(response.bills[level])..=UNITS {
                let worth = best[capacity - units(response.bills[level])] + response.heights[level];
                if worth > next[capacity] {
                    next[capacity] = worth;
                    chosen[capacity] = level;
                }
            }
        }
        best = next;
        choices.push(chosen);
    }
    PARTS
        .iter()
        .map(|part| {
            let mut capacity = (part * UNITS as f64).round() as usize;
            let mut x = vec![0.0; responses.len()];
            for j in (0..responses.len()).rev() {
                let level = choices[j][capacity];
                x[j] = responses[j].levels[level];
                capacity -= units(responses[j].bills[level]);
            }
            x
        })
        .collect()
}

/// Weights from the sequence `frac(i sqrt(p_j))` with `p_j` the primes (Richtmyer 1951), which
/// fills a cube evenly in any dimension. For shares of a budget they become exponential, which is
/// uniform over all splits; every second point has their cube, which favours few channels.
fn richtmyer(count: usize, shares: bool) -> impl Iterator<Item = Vec<f64>> {
    let primes: Vec<f64> = (2_u64..)
        .filter(|n| (2..).take_while(|d| d * d <= *n).all(|d| n % d != 0))
        .take(count)
        .map(|prime| prime as f64)
        .collect();
    (1..=POINTS).map(move |i| {
        let each = primes.iter().map(|prime| (i as f64 * prime.sqrt()).fract());
        each.map(|u| match (shares, i % 2) {
            (false, _) => u,
            (true, 1) => -u.max(1e-12).ln(),
            (true, _) => (-u.max(1e-12).ln()).powi(3),
        })
        .collect()
    })
}

/// The plan to start the search for the cheapest plan from.
pub(super) fn least(terrain: &Terrain) -> Vec<f64> {
    debug_assert!(matches!(terrain.goal, Goal::LeastBill));
    let least: Vec<f64> = terrain.bounds.iter().map(|bounds| bounds.least).collect();
    terrain.within_groups(&least)
}
