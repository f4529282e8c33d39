//! What a search walks on: the height of a plan, what is allowed, and a count of what was asked.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::problem::{Bounds, Problem, Surface};
use super::quadratic::{Row, best_step};

/// What a search maximises.
#[derive(Debug, Clone, Copy)]
pub(super) enum Goal {
    /// Worth, with the bill at most `cap`.
    Worth { cap: f64 },
    /// `worth - hurdle bill`.
    Profit { hurdle: f64 },
    /// The least bill, whatever it is worth.
    LeastBill,
}

/// A plan with its height, the goal's value, and its bill.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub x: Vec<f64>,
    pub height: f64,
    pub bill: f64,
}

/// A bound kept to this share of itself counts as kept; the solver's promise is 1e-9.
const SLACK: f64 = 1e-12;
/// A plan that breaks a group by more than this share is moved inside it.
pub(super) const GROUP_SLACK: f64 = 1e-12;

/// A problem with its goal.
pub(super) struct Terrain<'p> {
    pub bounds: &'p [Bounds],
    /// The groups as rows over plans.
    groups: Vec<Row>,
    worth: &'p dyn Surface,
    bill: &'p dyn Surface,
    pub goal: Goal,
    /// The cheapest allowed plan: where a plan over budget is pulled towards.
    pub floor: Option<Place>,
    values: AtomicUsize,
    gradients: AtomicUsize,
}

impl<'p> Terrain<'p> {
    pub fn new(problem: &'p Problem, goal: Goal) -> Self {
        let groups = problem.groups.iter();
        Terrain {
            bounds: &problem.bounds,
            groups: groups
                .map(|group| Row {
                    weights: group.members.iter().map(|j| (*j, 1.0)).collect(),
                    least: group.least,
                    most: group.most,
                })
                .collect(),
            worth: problem.worth,
            bill: problem.bill,
            goal,
            floor: None,
            values: AtomicUsize::new(0),
            gradients: AtomicUsize::new(0),
        }
    }

    /// The room between a channel's bounds.
    pub fn range(&self, j: usize) -> f64 {
        self.bounds[j].most - self.bounds[j].least
    }

    pub fn worth(&self, x: &[f64]) -> f64 {
        self.values.fetch_add(1, Ordering::Relaxed);
        self.worth.value(x)
    }

    pub fn bill(&self, x: &[f64]) -> f64 {
        self.values.fetch_add(1, Ordering::Relaxed);
        self.bill.value(x)
    }

    /// Values asked so far, of both surfaces together.
    pub fn values(&self) -> usize {
        self.values.load(Ordering::Relaxed)
    }

    /// Gradients asked so far, of both surfaces together.
    pub fn gradients(&self) -> usize {
        self.gradients.load(Ordering::Relaxed)
    }

    /// The budget that binds, if any.
    pub fn cap(&self) -> Option<f64> {
        match self.goal {
            Goal::Worth { cap } => Some(cap),
            Goal::Profit { .. } | Goal::LeastBill => None,
        }
    }

    /// The money at stake: the budget, else the bill, else (nothing is spent) all upper bounds.
    pub fn money(&self, place: &Place) -> f64 {
        match self.cap() {
            Some(cap) => cap,
            None if place.bill > 0.0 => place.bill,
            None => self.bounds.iter().map(|bounds| bounds.most).sum(),
        }
    }

    /// The height of a plan whose bill is known.
    pub fn height(&self, x: &[f64], bill: f64) -> f64 {
        match self.goal {
            Goal::Worth { .. } => self.worth(x),
            Goal::Profit { hurdle } => self.worth(x) - hurdle * bill,
            Goal::LeastBill => -bill,
        }
    }

    /// The plan with its height and bill.
    pub fn place(&self, x: Vec<f64>) -> Place {
        let bill = self.bill(&x);
        let height = self.height(&x, bill);
        Place { x, height, bill }
    }

    /// Slopes of the height and of the bill.
    pub fn slopes(&self, x: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let bill = self.gradient(self.bill, x);
        let height = match self.goal {
            Goal::Worth { .. } => self.gradient(self.worth, x),
            Goal::Profit { hurdle } => {
                let worth = self.gradient(self.worth, x);
                let pairs = worth.iter().zip(&bill);
                pairs.map(|(worth, bill)| worth - hurdle * bill).collect()
            }
            Goal::LeastBill => bill.iter().map(|bill| -bill).collect(),
        };
        (height, bill)
    }

    /// Slopes of the worth alone.
    pub fn worth_slopes(&self, x: &[f64]) -> Vec<f64> {
        self.gradient(self.worth, x)
    }

    /// A gradient. Where a slope is infinite, as that of a square root at 0, the one just inside
    /// the bounds stands for it.
    fn gradient(&self, surface: &dyn Surface, x: &[f64]) -> Vec<f64> {
        self.gradients.fetch_add(1, Ordering::Relaxed);
        let mut gradient = surface.gradient(x);
        if gradient.iter().all(|slope| slope.is_finite()) {
            return gradient;
        }
        let mut inside = x.to_vec();
        for (j, slope) in gradient.iter().enumerate() {
            if !slope.is_finite() {
                let nudge = 1e-9 * self.range(j);
                let bounds = self.bounds[j];
                inside[j] = if x[j] + nudge <= bounds.most {
                    x[j] + nudge
                } else {
                    x[j] - nudge
                };
            }
        }
        self.gradients.fetch_add(1, Ordering::Relaxed);
        let nudged = surface.gradient(&inside);
        for (slope, nudged) in gradient.iter_mut().zip(nudged) {
            if !slope.is_finite() {
                *slope = nudged;
            }
        }
        gradient
    }

    /// What each channel may change by.
    pub fn room(&self, x: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let pairs = || self.bounds.iter().zip(x);
        let lower = pairs()
            .map(|(bounds, x)| (bounds.least - x).min(0.0))
            .collect();
        let upper = pairs()
            .map(|(bounds, x)| (bounds.most - x).max(0.0))
            .collect();
        (lower, upper)
    }

    /// How much a channel can give, the groups that `taker` shares with it aside.
    pub fn room_down(&self, x: &[f64], giver: usize, taker: Option<usize>) -> f64 {
        let groups = self.groups_without(giver, taker);
        groups.fold(x[giver] - self.bounds[giver].least, |room, group| {
            room.min(group.sum(x) - group.least)
        })
    }

    /// How much a channel can take, the groups that `giver` shares with it aside.
    pub fn room_up(&self, x: &[f64], taker: usize, giver: Option<usize>) -> f64 {
        let groups = self.groups_without(taker, giver);
        groups.fold(self.bounds[taker].most - x[taker], |room, group| {
            room.min(group.most - group.sum(x))
        })
    }

    /// The channels that are in a group, by number.
    pub fn grouped(&self) -> BTreeSet<usize> {
        let members = self.groups.iter().flat_map(|group| &group.weights);
        members.map(|(member, _)| *member).collect()
    }

    /// How often `raise`, no part of which is below 0, fits on top of `x` before a channel or a group
    /// is full, and the channels that are stopped there.
    pub fn reach(&self, x: &[f64], raise: &[f64]) -> (f64, Vec<usize>) {
        let channels = (0..x.len()).map(|j| (self.bounds[j].most - x[j], raise[j], vec![j]));
        let groups = self.groups.iter().map(|group| {
            let members = group.weights.iter().map(|(member, _)| *member).collect();
            (group.most - group.sum(x), group.sum(raise), members)
        });
        let mut first = (f64::INFINITY, Vec::new());
        for (room, speed, members) in channels.chain(groups) {
            if speed > 0.0 && room.max(0.0) / speed < first.0 {
                first = (room.max(0.0) / speed, members);
            }
        }
        first
    }

    /// How far the groups that both channels are in are above their least.
    pub fn room_below(&self, x: &[f64], one: usize, other: usize) -> f64 {
        let has = |group: &Row, j: usize| group.weights.iter().any(|(member, _)| *member == j);
        let shared = self.groups.iter();
        shared
            .filter(|group| has(group, one) && has(group, other))
            .fold(f64::INFINITY, |room, group| {
                room.min(group.sum(x) - group.least)
            })
    }

    /// The groups of `channel` that `other` is not in.
    fn groups_without(&self, channel: usize, other: Option<usize>) -> impl Iterator<Item = &Row> {
        let has = |group: &Row, j: usize| group.weights.iter().any(|(member, _)| *member == j);
        self.groups.iter().filter(move |group| {
            has(group, channel) && !other.is_some_and(|other| has(group, other))
        })
    }

    /// The rows for a change of `place`: the budget first where there is one, so that the groups,
    /// which no later repair mends, are solved last.
    pub fn rows(&self, place: &Place, bill_slopes: &[f64], cap: Option<f64>) -> Vec<Row> {
        let budget = cap.map(|cap| Row {
            weights: bill_slopes.iter().copied().enumerate().collect(),
            least: f64::NEG_INFINITY,
            most: (cap - place.bill).max(0.0),
        });
        let groups = self.groups.iter().map(|group| {
            let sum = group.sum(&place.x);
            Row {
                weights: group.weights.clone(),
                least: (group.least - sum).min(0.0),
                most: (group.most - sum).max(0.0),
            }
        });
        budget.into_iter().chain(groups).collect()
    }

    /// By how much the least kept group bound is broken, as a share of the larger of itself and a
    /// millionth of the dollars that its members could get.
    pub fn group_excess(&self, x: &[f64]) -> (f64, Option<usize>) {
        let groups = self.groups.iter().enumerate();
        groups.fold((0.0, None), |worst, (number, group)| {
            let sum = group.sum(x);
            let over = (sum - group.most).max(group.least - sum);
            let members = group.weights.iter();
            let all: f64 = members.map(|(j, _)| self.bounds[*j].most).sum();
            let bound = if sum > group.most {
                group.most
            } else {
                group.least
            };
            let excess = over / bound.max(1e-6 * all).max(f64::MIN_POSITIVE);
            if excess > worst.0 {
                (excess, Some(number))
            } else {
                worst
            }
        })
    }

    /// The plan nearest to `x`, distances measured in shares of each channel's range, that keeps
    /// bounds and groups.
    pub fn within_groups(&self, x: &[f64]) -> Vec<f64> {
        let clamp = |x: &[f64]| -> Vec<f64> {
            let pairs = x.iter().zip(self.bounds);
            pairs
                .map(|(x, bounds)| x.clamp(bounds.least, bounds.most))
                .collect()
        };
        let x = clamp(x);
        if self.group_excess(&x).0 <= GROUP_SLACK {
            return x;
        }
        let rows: Vec<Row> = self
            .groups
            .iter()
            .map(|group| {
                let sum = group.sum(&x);
                Row {
                    weights: group.weights.clone(),
                    least: group.least - sum,
                    most: group.most - sum,
                }
            })
            .collect();
        let (lower, upper) = self.room(&x);
        let h: Vec<f64> = (0..x.len())
            .map(|j| 1.0 / self.range(j).max(f64::MIN_POSITIVE.sqrt()).powi(2))
            .collect();
        let step = best_step(&vec![0.0; x.len()], &h, &lower, &upper, &rows);
        let moved: Vec<f64> = x.iter().zip(&step.d).map(|(x, d)| x + d).collect();
        clamp(&moved)
    }

    /// A plan that keeps bounds and groups, pulled straight towards the cheapest plan until the
    /// budget pays for it. Its bill is never above the budget by more than rounding.
    pub fn within_budget(&self, x: Vec<f64>) -> Place {
        let bill = self.bill(&x);
        let (Some(cap), Some(floor)) = (self.cap(), &self.floor) else {
            let height = self.height(&x, bill);
            return Place { x, height, bill };
        };
        let ceiling = cap + SLACK * cap.abs();
        if bill <= ceiling {
            let height = self.height(&x, bill);
            return Place { x, height, bill };
        }
        // The share of the way from the cheapest plan: `low` is paid for, `high` is not.
        let (mut low, mut low_bill) = (0.0, floor.bill);
        let (mut high, mut high_bill) = (1.0, bill);
        let mut best = floor.x.clone();
        for turn in 0..60 {
            let secant = (cap - low_bill) / (high_bill - low_bill);
            let halving = turn % 3 == 2 || !(0.0..=1.0).contains(&secant);
            let share = low + (high - low) * if halving { 0.5 } else { secant };
            let tried: Vec<f64> = (floor.x.iter().zip(&x))
                .map(|(floor, x)| floor + share * (x - floor))
                .collect();
            let tried_bill = self.bill(&tried);
            if tried_bill <= ceiling {
                (low, low_bill, best) = (share, tried_bill, tried);
                if low_bill >= cap - SLACK * cap.abs() {
                    break;
                }
            } else {
                // A bill that is no number is not paid for.
                (high, high_bill) = (
                    share,
                    if tried_bill.is_nan() {
                        f64::INFINITY
                    } else {
                        tried_bill
                    },
                );
            }
        }
        let height = self.height(&best, low_bill);
        Place {
            x: best,
            height,
            bill: low_bill,
        }
    }
}
