//! Climbing from one plan to the top of its hill without leaving what is allowed.
//!
//! Each step maximises a separable quadratic model of the height, curvature `h_j` for channel `j`,
//! within the bounds, the groups and the bill to first order; the new plan is pulled back inside
//! the budget, and kept if it is higher. Curvatures come from the change of slopes over the last
//! step (for each channel on its own, as responses of channels are nearly separable) and are
//! raised until a step climbs. This is sequential convex programming with separable models
//! (Fleury 1989; Svanberg 1987).
//!
//! The crate `slsqp` was tried first: it keeps one dense matrix, so that from 60 channels on it
//! stopped below the top or outside the budget (60 channels with square-root responses: 43% off
//! after 300 evaluations; 200 channels: 1.6 s a start), and it took a linear objective's first
//! plan for the best one.

use super::quadratic::best_step;
use super::terrain::{GROUP_SLACK, Place, Terrain};

/// Steps from one start at most.
const STEPS: usize = 300;
/// How often a step that does not climb is shortened.
const SHORTENINGS: usize = 30;
/// The least curvature, as a share of one that lets the steepest slope cross a channel's range. A
/// step divides by it what prices leave of a slope, which is known to 1e-16 of the steepest: with less,
/// rounding alone would move a channel by more than 1e-10 of its range.
const LEAST_CURVATURE: f64 = 1e-6;
/// A step that promises less than this share of the height's size is not worth taking.
const NEGLIGIBLE: f64 = 1e-15;

/// The top that is reached from `x`, which must keep bounds and groups. Never lower than `x`
/// itself where `x` is within budget.
pub(super) fn ascend(terrain: &Terrain, x: Vec<f64>) -> Place {
    let mut place = terrain.within_budget(x);
    if !place.height.is_finite() {
        return place;
    }
    let count = place.x.len();
    let (mut g, mut b) = terrain.slopes(&place.x);
    let steepest = |g: &[f64]| g.iter().fold(0.0_f64, |most, g| most.max(g.abs()));
    let mut h: Vec<f64> = (0..count)
        .map(|j| g[j].abs().max(1e-3 * steepest(&g)) / range(terrain, j))
        .collect();
    let mut damping = 1.0;
    let mut idle = 0;
    for _ in 0..STEPS {
        if !(g.iter().chain(&b).all(|slope| slope.is_finite()) && steepest(&g) > 0.0) {
            break;
        }
        let (lower, upper) = terrain.room(&place.x);
        let rows = terrain.rows(&place, &b, terrain.cap());
        let mut climbed = None;
        for _ in 0..SHORTENINGS {
            let damped: Vec<f64> = h.iter().map(|h| h * damping).collect();
            let step = best_step(&g, &damped, &lower, &upper, &rows);
            let promise: f64 = (0..count)
                .map(|j| step.d[j] * (g[j] - 0.5 * damped[j] * step.d[j]))
                .sum();
            if promise.is_nan() || promise <= NEGLIGIBLE * place.height.abs().max(f64::MIN_POSITIVE)
            {
                break;
            }
            let moved: Vec<f64> = place.x.iter().zip(&step.d).map(|(x, d)| x + d).collect();
            let moved = terrain.within_groups(&moved);
            if terrain.group_excess(&moved).0 > GROUP_SLACK {
                damping *= 6.0;
                continue;
            }
            let next = terrain.within_budget(moved);
            if next.height >= place.height + 1e-4 * promise {
                climbed = Some((next, step.prices));
                break;
            }
            damping *= 6.0;
        }
        let Some((next, prices)) = climbed else { break };
        let price = if terrain.cap().is_some() {
            prices[0]
        } else {
            0.0
        };
        let (next_g, next_b) = terrain.slopes(&next.x);
        let least = LEAST_CURVATURE * steepest(&next_g);
        for j in 0..count {
            let change = next.x[j] - place.x[j];
            if change.abs() <= 1e-13 * range(terrain, j) {
                continue;
            }
            let slope_change = (next_g[j] - price * next_b[j]) - (g[j] - price * b[j]);
            let curvature = -slope_change / change;
            // Where the height bends upwards a quadratic model has no top: be bolder instead.
            let wanted = if curvature > 0.0 {
                curvature
            } else {
                h[j] / 10.0
            };
            if wanted.is_finite() {
                h[j] = wanted
                    .clamp(h[j] / 100.0, h[j] * 100.0)
                    .max(least / range(terrain, j));
            }
        }
        let gain = next.height - place.height;
        idle = if gain <= 1e-13 * next.height.abs() {
            idle + 1
        } else {
            0
        };
        (place, g, b) = (next, next_g, next_b);
        damping = f64::max(1.0, damping / 12.0);
        if idle == 3 {
            break;
        }
    }
    place
}

/// A channel's range, or 1 where it has none and cannot move anyway.
fn range(terrain: &Terrain, j: usize) -> f64 {
    let range = terrain.range(j);
    if range > 0.0 { range } else { 1.0 }
}
