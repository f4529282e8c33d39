//! How trees are grown: level by level, trying every value between two weeks' values as a split (the
//! exact greedy algorithm of Chen and Guestrin 2016, *KDD*, 3.1), in XGBoost's arithmetic.
//!
//! A node of gradient sum G and weight H is worth T(G)²/(H + λ), where T takes α off the size of G; its
//! leaf is -T(G)/(H + λ), held between the bounds that sign constraints leave. Sums are in double
//! precision, leaves and gains in single, rounded where XGBoost rounds, so that the same splits win:
//! `tests/boosted_trees.rs` holds them against another implementation bit for bit.
//!
//! Nearly all candidates lose, and most are seen to lose without a division: what the two sides would
//! be worth if nothing bound their leaves is at least what they are worth.

use super::draws::Draws;
use super::trees::{Passage, Trees};
use super::weeks::TrainingWeeks;

/// What growing a tree needs to know.
pub(super) struct Growth {
    pub(super) learning_rate: f32,
    pub(super) max_depth: usize,
    pub(super) subsample: f64,
    pub(super) colsample: f32,
    pub(super) alpha: f64,
    pub(super) lambda: f64,
    pub(super) min_child_weight: f64,
    /// By column: 1 where its effect must not fall, -1 where it must not rise, else 0; empty for none.
    pub(super) signs: Vec<i8>,
    pub(super) seed: u64,
}

/// A split gains more than this, in squared units of the target (XGBoost's kRtEps).
const LEAST_GAIN: f64 = 1e-6;

/// How much a gain in single precision may be above what [`Growth::cannot_win`] makes of it, as a part
/// of all that is added up: eight times the rounding of a leaf and of three sums of gains (2^-22).
const ROUNDING: f64 = 1.0 / 524_288.0;

/// Gradient and weight of some weeks.
#[derive(Clone, Copy, Default)]
struct Sums {
    gradient: f64,
    weight: f64,
}

impl Sums {
    #[inline(always)]
    fn add(&mut self, other: Sums) {
        self.gradient += other.gradient;
        self.weight += other.weight;
    }

    #[inline(always)]
    fn without(self, other: Sums) -> Sums {
        Sums {
            gradient: self.gradient - other.gradient,
            weight: self.weight - other.weight,
        }
    }
}

/// What sign constraints leave of the leaves below a node.
#[derive(Clone, Copy)]
struct Bounds {
    lower: f64,
    upper: f64,
}

/// A split of a node.
#[derive(Clone, Copy)]
struct Split {
    gain: f32,
    column: u32,
    threshold: f32,
    /// The weeks below the threshold, and the others.
    sums: [Sums; 2],
    leaves: [f32; 2],
}

/// A node that may be split.
struct Open {
    /// Its place in the tree.
    place: usize,
    sums: Sums,
    bounds: Bounds,
    worth: f32,
    best: Option<Split>,
}

/// Where the search stands in a node, for one column.
#[derive(Clone, Copy)]
struct Scan {
    /// Of the weeks passed, those of larger values.
    passed: Sums,
    /// Of all weeks of the node.
    all: Sums,
    /// What two sides must be worth to be looked at.
    limit: f64,
    /// The value of the week passed last.
    last: f32,
}

/// A week as the search passes it.
#[derive(Clone, Copy)]
struct Stop {
    sums: Sums,
    /// The number of its node among those open, or one more where it has none.
    slot: u32,
}

/// The buffers of a model's growth, made once.
#[derive(Default)]
struct Buffers {
    gradients: Vec<Sums>,
    weeks: Vec<u32>,
    columns: Vec<u32>,
    /// By week: the place of its node in the tree.
    places: Vec<u32>,
    stops: Vec<Stop>,
    open: Vec<Open>,
    scans: Vec<Scan>,
    /// By place in the tree.
    sums: Vec<Sums>,
    bounds: Vec<Bounds>,
}

impl Growth {
    /// As many trees.
    pub(super) fn grow(&self, weeks: &TrainingWeeks, rounds: usize) -> Trees {
        let mut trees = Trees::new(weeks.mean());
        let mut predictions = vec![trees.base; weeks.len()];
        let mut buffers = Buffers::default();
        for round in 0..rounds {
            self.grow_one(weeks, round, &mut predictions, &mut buffers, &mut trees);
        }
        trees.shrink_to_fit();
        trees
    }

    /// Trees until `patience` of them in a row forecast the weeks `later` no better, at most `max`,
    /// cut to as many as forecast best.
    pub(super) fn grow_until(
        &self,
        weeks: &TrainingWeeks,
        later: &TrainingWeeks,
        max: usize,
        patience: usize,
    ) -> Trees {
        let mut trees = Trees::new(weeks.mean());
        let mut predictions = vec![trees.base; weeks.len()];
        let mut forecasts = vec![trees.base; later.len()];
        let mut passage = Passage::of(later.len());
        let mut buffers = Buffers::default();
        let (mut least, mut best) = (f64::INFINITY, 0);
        for round in 0..max {
            self.grow_one(weeks, round, &mut predictions, &mut buffers, &mut trees);
            trees.add_last_to(&later.columns, &mut passage, &mut forecasts);
            let error = later.rmse(&forecasts);
            if error < least {
                (least, best) = (error, round);
            } else if round - best >= patience {
                break;
            }
        }
        trees.truncate(best + 1);
        trees
    }

    fn grow_one(
        &self,
        weeks: &TrainingWeeks,
        round: usize,
        predictions: &mut [f32],
        buffers: &mut Buffers,
        trees: &mut Trees,
    ) {
        let Buffers {
            gradients,
            weeks: drawn,
            columns,
            places,
            stops,
            open,
            scans,
            sums,
            bounds,
        } = buffers;
        let of_weeks = predictions.iter().zip(&weeks.target).zip(&weeks.weights);
        gradients.clear();
        gradients.extend(of_weeks.map(|((prediction, y), &weight)| Sums {
            gradient: f64::from((prediction - y) * weight),
            weight: f64::from(weight),
        }));
        let mut draws = Draws::of_round(self.seed, round);
        draws.weeks(weeks.len(), self.subsample, drawn);
        draws.columns(weeks.width, self.colsample, columns);

        // The root holds every drawn week; the others are nowhere.
        const NOWHERE: u32 = u32::MAX;
        places.clear();
        places.resize(weeks.len(), NOWHERE);
        let mut root = Sums::default();
        for &week in drawn.iter() {
            places[week as usize] = 0;
            root.add(gradients[week as usize]);
        }
        let unbounded = Bounds {
            lower: f64::NEG_INFINITY,
            upper: f64::INFINITY,
        };
        trees.begin(root.weight as f32);
        sums.clear();
        sums.push(root);
        bounds.clear();
        bounds.push(unbounded);
        open.clear();
        open.push(self.open(0, root, unbounded));

        for _ in 0..self.max_depth {
            if open.is_empty() {
                break;
            }
            // The slot of every week; nodes are open in the order of their places.
            let nowhere = open.len() as u32;
            let first = open[0].place;
            let mut slot_of = vec![nowhere; trees.last().len() - first];
            for (slot, node) in open.iter().enumerate() {
                slot_of[node.place - first] = slot as u32;
            }
            stops.clear();
            stops.extend(places.iter().zip(&*gradients).map(|(&place, &sums)| {
                let after = (place as usize).wrapping_sub(first);
                let slot = slot_of.get(after).copied().unwrap_or(nowhere);
                Stop { sums, slot }
            }));

            for &column in columns.iter() {
                self.search(weeks, column, stops, open, scans);
            }

            let mut children = Vec::with_capacity(2 * open.len());
            for node in open.drain(..) {
                let Some(split) = node.best else { continue };
                let left = trees.split(
                    node.place,
                    split.column,
                    split.threshold,
                    split.gain,
                    split.sums.map(|sums| sums.weight as f32),
                );
                let below = self.bounds_below(&node, &split);
                for (child, (child_sums, child_bounds)) in
                    split.sums.into_iter().zip(below).enumerate()
                {
                    sums.push(child_sums);
                    bounds.push(child_bounds);
                    children.push(self.open(left + child, child_sums, child_bounds));
                }
            }
            *open = children;
            if open.is_empty() {
                break;
            }
            let nodes = trees.last();
            for (week, place) in places.iter_mut().enumerate() {
                if *place != NOWHERE {
                    let node = nodes[*place as usize];
                    if !node.is_leaf() {
                        let value = weeks.columns.column(node.column())[week];
                        *place = node.child(value) as u32;
                    }
                }
            }
        }

        for (place, (sums, bounds)) in sums.iter().zip(&*bounds).enumerate() {
            let leaf = if sums.weight < self.min_child_weight || sums.weight <= 0.0 {
                0.0
            } else {
                -self.soft(sums.gradient) / (sums.weight + self.lambda)
            };
            let leaf = held(leaf, bounds.lower, bounds.upper) as f32;
            trees.set_leaf(place, leaf * self.learning_rate);
        }
        // Weeks that this tree did not see find their leaf by their values.
        let nodes = trees.last();
        for (week, prediction) in predictions.iter_mut().enumerate() {
            let mut node = nodes[if places[week] == NOWHERE {
                0
            } else {
                places[week] as usize
            }];
            while !node.is_leaf() {
                node = nodes[node.child(weeks.columns.column(node.column())[week])];
            }
            *prediction += node.value();
        }
    }

    fn open(&self, place: usize, sums: Sums, bounds: Bounds) -> Open {
        Open {
            place,
            sums,
            bounds,
            worth: self.worth(sums, self.leaf(sums, bounds)) as f32,
            best: None,
        }
    }

    /// Puts every split of the open nodes on a column beside their best so far, from the largest value
    /// down; of equal gains the first wins.
    #[inline(never)]
    fn search(
        &self,
        weeks: &TrainingWeeks,
        column: u32,
        stops: &[Stop],
        open: &mut [Open],
        scans: &mut Vec<Scan>,
    ) {
        let sign = self.signs.get(column as usize).copied().unwrap_or(0);
        scans.clear();
        scans.extend(open.iter().map(|node| Scan {
            passed: Sums::default(),
            all: node.sums,
            limit: self.limit(node),
            last: 0.0,
        }));
        // Weeks that are nowhere pass here, where nothing can win: so heavy that below is never light.
        scans.push(Scan {
            passed: Sums::default(),
            all: Sums {
                gradient: 0.0,
                weight: 1e100,
            },
            limit: f64::INFINITY,
            last: 0.0,
        });
        for &(week, value) in weeks.descending(column as usize) {
            let stop = stops[week as usize];
            let slot = stop.slot as usize;
            let scan = &mut scans[slot];
            let above = scan.passed;
            let below = scan.all.without(above);
            if !self.cannot_win(below, above, scan.limit)
                && value != scan.last
                && above.weight > 0.0
                && above.weight >= self.min_child_weight
                && below.weight > 0.0
                && below.weight >= self.min_child_weight
            {
                let node = &mut open[slot];
                let leaves = [self.leaf(below, node.bounds), self.leaf(above, node.bounds)];
                let kept = match sign {
                    1 => leaves[0] <= leaves[1],
                    -1 => leaves[0] >= leaves[1],
                    _ => true,
                };
                let gain = (self.worth(below, leaves[0]) as f32
                    + self.worth(above, leaves[1]) as f32)
                    - node.worth;
                let least = node.best.map_or(LEAST_GAIN, |best| f64::from(best.gain));
                if kept && f64::from(gain) > least && gain.is_finite() {
                    node.best = Some(Split {
                        gain,
                        column,
                        threshold: between(value, scan.last),
                        sums: [below, above],
                        leaves,
                    });
                    scan.limit = self.limit(node);
                }
            }
            scan.passed.add(stop.sums);
            scan.last = value;
        }
    }

    /// What the two sides of a node must be worth to win, all rounding in their favour.
    fn limit(&self, node: &Open) -> f64 {
        let least = node.best.map_or(LEAST_GAIN, |best| f64::from(best.gain));
        let worth = f64::from(node.worth);
        // Where α takes off nearly all of G, what is left is rounding of α.
        let lightest = self.min_child_weight + self.lambda;
        let of_alpha = self.alpha * self.alpha / lightest * 2.0_f64.powi(-70);
        if lightest < 1e-3 {
            return f64::NEG_INFINITY;
        }
        (least + worth - ROUNDING * (worth.abs() + least) - of_alpha) / (1.0 + ROUNDING)
    }

    /// Whether two sides are worth less than `limit` even if nothing bound their leaves.
    #[inline(always)]
    fn cannot_win(&self, below: Sums, above: Sums, limit: f64) -> bool {
        // The size of what α leaves of G, without a branch on its sign: no processor guesses that.
        let left = |sums: Sums| (sums.gradient.abs() - self.alpha).max(0.0);
        let (g, h) = (left(below), below.weight + self.lambda);
        let (other_g, other_h) = (left(above), above.weight + self.lambda);
        g * g * other_h + other_g * other_g * h < limit * (h * other_h)
    }

    /// `gradient` moved towards 0 by α, at most to 0.
    #[inline(always)]
    fn soft(&self, gradient: f64) -> f64 {
        if gradient > self.alpha {
            gradient - self.alpha
        } else if gradient < -self.alpha {
            gradient + self.alpha
        } else {
            0.0
        }
    }

    /// The best leaf for some weeks within bounds, before the learning rate.
    fn leaf(&self, sums: Sums, bounds: Bounds) -> f32 {
        let free = -self.soft(sums.gradient) / (sums.weight + self.lambda);
        held(free as f32, bounds.lower as f32, bounds.upper as f32)
    }

    /// What a leaf takes off the loss, twice.
    fn worth(&self, sums: Sums, leaf: f32) -> f64 {
        -(2.0 * sums.gradient * f64::from(leaf)
            + (sums.weight + self.lambda) * f64::from(leaf * leaf)
            + 2.0 * self.alpha * f64::from(leaf.abs()))
    }

    /// Under a column with a sign, no leaf on one side may pass the middle between the two.
    fn bounds_below(&self, node: &Open, split: &Split) -> [Bounds; 2] {
        let bounds = node.bounds;
        let middle = f64::midpoint(f64::from(split.leaves[0]), f64::from(split.leaves[1]));
        let up_to = Bounds {
            upper: middle,
            ..bounds
        };
        let from = Bounds {
            lower: middle,
            ..bounds
        };
        match self.signs.get(split.column as usize) {
            Some(1) => [up_to, from],
            Some(-1) => [from, up_to],
            _ => [bounds, bounds],
        }
    }
}

/// A threshold that the larger value reaches and the smaller does not.
fn between(smaller: f32, larger: f32) -> f32 {
    let middle = f32::midpoint(smaller, larger);
    if middle == smaller { larger } else { middle }
}

/// `leaf` held between bounds; unlike `clamp`, without a panic where sums have overflowed.
fn held<T: PartialOrd>(leaf: T, lower: T, upper: T) -> T {
    if leaf < lower {
        lower
    } else if leaf > upper {
        upper
    } else {
        leaf
    }
}
