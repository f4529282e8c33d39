//! Where the search starts from.
//!
//! Worth may bend upwards before it bends downwards (S-shaped responses), so that one hill is not
//! all there is. The starts are: the plans already known; the cheapest plan; an even split; greedy
//! filling by marginal worth per marginal bill dollar (exact where channels are separable and
//! concave); the best plans of a [`Table`] of single-channel responses; each
//! channel in a group before all others; and 20 points of a Richtmyer
//! sequence.

use super::table::Table;
use super::terrain::{GROUP_SLACK, Goal, Place, Terrain};

/// Steps of greedy filling.
const PORTIONS: usize = 60;
/// Channels in groups that are tried before all others, at most.
const MEMBERS: usize = 20;
/// The weight of all others beside a channel that comes first.
const BEHIND: f64 = 1e-3;
/// Points of the Richtmyer sequence.
const POINTS: usize = 20;

/// All starts that keep bounds and groups; no repeats beside the known plans.
pub(super) fn starts(
    terrain: &Terrain,
    floor: &Place,
    plans: &[Vec<f64>],
    table: &Table,
) -> Vec<Vec<f64>> {
    let count = floor.x.len();
    let (_, bill_slopes) = terrain.slopes(&floor.x);
    let spare = terrain.cap().map(|cap| (cap - floor.bill).max(0.0));
    let split = |weights: &[f64]| filled(terrain, &floor.x, &bill_slopes, spare, weights);
    let mut found: Vec<Vec<f64>> = plans.to_vec();
    found.push(floor.x.clone());
    found.push(split(&vec![if spare.is_some() { 1.0 } else { 0.5 }; count]));
    found.push(greedy(terrain, floor, spare));
    found.extend(table.plans());
    found.extend(terrain.grouped().into_iter().take(MEMBERS).map(|first| {
        let weight = |j| if j == first { 1.0 } else { BEHIND };
        split(&(0..count).map(weight).collect::<Vec<f64>>())
    }));
    found.extend(richtmyer(count, spare.is_some()).map(|weights| split(&weights)));

    usable(terrain, found, plans.len())
}

/// The plans that keep bounds and groups once moved inside them; no repeats beside the first `known`.
pub(super) fn usable(terrain: &Terrain, plans: Vec<Vec<f64>>, known: usize) -> Vec<Vec<f64>> {
    let mut kept: Vec<Vec<f64>> = Vec::new();
    for (number, plan) in plans.into_iter().enumerate() {
        let start = terrain.within_groups(&plan);
        let near = |other: &Vec<f64>| {
            (0..start.len()).all(|j| (start[j] - other[j]).abs() <= 1e-9 * terrain.range(j))
        };
        // Known plans stay to the last bit, so that none is worth more than the solution.
        let new = number < known || !kept.iter().any(near);
        let usable = start.iter().all(|dollars| dollars.is_finite());
        if usable && new && terrain.group_excess(&start).0 <= GROUP_SLACK {
            kept.push(start);
        }
    }
    kept
}

/// All channels raised at once, at speeds in proportion to the weights, until the spare bill dollars
/// are used up, or each has come as far as its weight says where there is no budget. A channel stops
/// where it, or a group that it is in, is full; the others go on.
fn filled(
    terrain: &Terrain,
    floor: &[f64],
    bill_slopes: &[f64],
    spare: Option<f64>,
    weights: &[f64],
) -> Vec<f64> {
    let speed = |j: usize| match spare {
        Some(_) if bill_slopes[j] > 0.0 => weights[j] / bill_slopes[j],
        Some(_) => 0.0,
        None => weights[j] * (terrain.bounds[j].most - floor[j]),
    };
    let speeds: Vec<f64> = (0..floor.len()).map(speed).collect();
    let mut x = floor.to_vec();
    let mut open: Vec<usize> = (0..x.len()).filter(|j| speeds[*j] > 0.0).collect();
    let mut left = spare.unwrap_or(1.0);
    while !open.is_empty() && left > 0.0 {
        let cost: f64 = match spare {
            Some(_) => open.iter().map(|j| weights[*j]).sum(),
            None => 1.0,
        };
        let mut raise = vec![0.0; x.len()];
        open.iter().for_each(|j| raise[*j] = speeds[*j]);
        let (length, full) = terrain.reach(&x, &raise);
        let length_paid = left / cost;
        let length = length.min(length_paid);
        left -= length * cost;
        for j in &open {
            x[*j] = (x[*j] + length * raise[*j]).min(terrain.bounds[*j].most);
        }
        if length >= length_paid {
            break;
        }
        open.retain(|j| !full.contains(j));
    }
    x
}

/// Portion after portion to the channel whose next bill dollar is worth most there.
fn greedy(terrain: &Terrain, floor: &Place, spare: Option<f64>) -> Vec<f64> {
    let mut x = floor.x.clone();
    let mut left = spare.unwrap_or(f64::INFINITY);
    let room = |x: &[f64], j: usize| terrain.room_up(x, j, None);
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
