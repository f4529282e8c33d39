//! Where the search starts from.
//!
//! Worth may bend upwards before it bends downwards (S-shaped responses), so that one hill is not
//! all there is. The starts are: the plans already known; the cheapest plan; an even split; greedy
//! filling by marginal worth per marginal bill dollar (exact where channels are separable and
//! concave); the best plans of a [`Table`] of single-channel responses; and 20 points of a Richtmyer
//! sequence.

use super::table::Table;
use super::terrain::{GROUP_SLACK, Goal, Place, Terrain};

/// Steps of greedy filling.
const PORTIONS: usize = 60;
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
    found.extend(table.plans());
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
