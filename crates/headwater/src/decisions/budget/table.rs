//! The best plans as if the worth of each channel were its own.
//!
//! Each channel is moved by itself, the others held, and what it adds is written down for every
//! unit of the spare budget it could take. Dynamic programming then finds the best split of the
//! units, exact to the unit where channels are separable, whatever their shape. It also says what
//! the best split is worth for each amount of one channel: where that profile has several tops, so
//! has the worth, and each top is a plan to climb from.

use rayon::prelude::*;

use super::terrain::{Place, Terrain};

/// Units that the spare budget, or where there is none the range of each channel, is cut into.
const UNITS: usize = 100;
/// Parts of the spare budget for which the best plan is given as well: more money then starts from
/// plans for less.
const PARTS: [f64; 5] = [0.95, 0.85, 0.7, 0.5, 0.25];
/// Tops of profiles at most, the highest first.
const TOPS: usize = 16;
/// A response that is what it was up to this share of its size is the channel's own.
const OWN: f64 = 1e-6;

/// What each channel adds at each of its levels while the others are held.
pub(super) struct Table {
    responses: Vec<Response>,
    /// Whether the budget limits how many units all channels together get.
    limited: bool,
}

/// What one channel adds, level by level from its floor up.
struct Response {
    /// Dollars of the channel.
    levels: Vec<f64>,
    /// Height gained.
    heights: Vec<f64>,
    /// Units of the spare budget used.
    units: Vec<usize>,
}

impl Table {
    /// Moves each channel from `floor` up, the others held at `held`.
    pub fn around(terrain: &Terrain, floor: &Place, held: &[f64]) -> Table {
        let (_, bill_slopes) = terrain.slopes(held);
        let spare = terrain.cap().map(|cap| (cap - floor.bill).max(0.0));
        let responses = (0..held.len()).into_par_iter().map(|j| {
            let room = terrain.bounds[j].most - floor.x[j];
            let reach = match spare {
                Some(spare) if bill_slopes[j] > 0.0 => spare / bill_slopes[j],
                _ => room,
            };
            let at = |dollars: f64| {
                let mut x = held.to_vec();
                x[j] = dollars;
                terrain.place(x)
            };
            let base = at(floor.x[j]);
            let mut response = Response {
                levels: vec![floor.x[j]],
                heights: vec![0.0],
                units: vec![0],
            };
            for level in 1..=UNITS {
                let dollars = reach * level as f64 / UNITS as f64;
                let place = at(floor.x[j] + dollars.min(room));
                let gained = place.height - base.height;
                let units = match spare {
                    Some(spare) => (place.bill - base.bill) / spare * UNITS as f64,
                    None => 0.0,
                };
                if gained.is_finite() && units.is_finite() {
                    response.levels.push(place.x[j]);
                    response.heights.push(gained);
                    response.units.push(units.round().max(0.0) as usize);
                }
                if dollars >= room {
                    break;
                }
            }
            response
        });
        Table {
            responses: responses.collect(),
            limited: spare.is_some(),
        }
    }

    /// Whether a channel adds at `place` what this table, which held the others elsewhere, says.
    pub fn agrees(&self, terrain: &Terrain, floor: &Place, place: &Place) -> bool {
        self.responses.iter().enumerate().all(|(j, response)| {
            let Some(last) = response
                .heights
                .len()
                .checked_sub(1)
                .filter(|last| *last > 0)
            else {
                return true;
            };
            let at = |dollars: f64| {
                let mut x = place.x.clone();
                x[j] = dollars;
                terrain.place(x)
            };
            let (low, high) = (at(floor.x[j]), at(response.levels[last]));
            let gained = high.height - low.height;
            (gained - response.heights[last]).abs() <= OWN * place.height.abs()
        })
    }

    /// The best plan, the best plans of parts of the budget, and the tops of the profiles.
    pub fn plans(&self) -> Vec<Vec<f64>> {
        let count = self.responses.len();
        let all = if self.limited { UNITS } else { 0 };
        let before = Splits::of(self.responses.iter(), all);
        let after = Splits::of(self.responses.iter().rev(), all);
        let mut tops: Vec<(f64, Vec<usize>)> = Vec::new();
        for (j, response) in self.responses.iter().enumerate() {
            // The best of the other channels with so many units, and how many go to those before.
            let others = |units: usize| {
                let each = (0..=units).map(|first| {
                    let height =
                        before.heights[j][first] + after.heights[count - 1 - j][units - first];
                    (height, first)
                });
                each.fold((f64::NEG_INFINITY, 0), |best, tried| {
                    if tried.0 > best.0 { tried } else { best }
                })
            };
            let profile: Vec<(f64, usize)> = (0..response.levels.len())
                .map(|level| match all.checked_sub(response.units[level]) {
                    Some(left) => {
                        let (height, first) = others(left);
                        (response.heights[level] + height, first)
                    }
                    None => (f64::NEG_INFINITY, 0),
                })
                .collect();
            for level in 0..profile.len() {
                let (height, first) = profile[level];
                let rises = level == 0 || height > profile[level - 1].0;
                let falls = profile.get(level + 1).is_none_or(|next| height >= next.0);
                if rises && falls && height.is_finite() {
                    let left = all - response.units[level] - first;
                    let mut chosen = before.chosen(j, first);
                    chosen.push(level);
                    chosen.extend(after.chosen(count - 1 - j, left).into_iter().rev());
                    tops.push((height, chosen));
                }
            }
        }
        tops.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut chosen: Vec<Vec<usize>> = Vec::new();
        for (_, top) in tops {
            if chosen.len() < TOPS && !chosen.contains(&top) {
                chosen.push(top);
            }
        }
        if self.limited {
            let parts = PARTS
                .iter()
                .map(|part| (part * all as f64).round() as usize);
            chosen.extend(parts.map(|units| before.chosen(count, units)));
        }
        let dollars = |levels: Vec<usize>| {
            let each = self.responses.iter().zip(levels);
            each.map(|(response, level)| response.levels[level])
                .collect()
        };
        chosen.into_iter().map(dollars).collect()
    }
}

/// The best splits of units among the first of some channels.
struct Splits<'a> {
    responses: Vec<&'a Response>,
    /// For each number of channels and of units the height of the best split.
    heights: Vec<Vec<f64>>,
    /// The level of the last of those channels.
    levels: Vec<Vec<usize>>,
}

impl<'a> Splits<'a> {
    fn of(responses: impl Iterator<Item = &'a Response>, all: usize) -> Self {
        let mut splits = Splits {
            responses: responses.collect(),
            heights: vec![vec![0.0; all + 1]],
            levels: Vec::new(),
        };
        for (number, response) in splits.responses.iter().enumerate() {
            let best = &splits.heights[number];
            let mut heights = best.clone();
            let mut levels = vec![0; all + 1];
            for level in 1..response.levels.len() {
                for units in response.units[level]..=all {
                    let height = best[units - response.units[level]] + response.heights[level];
                    if height > heights[units] {
                        (heights[units], levels[units]) = (height, level);
                    }
                }
            }
            splits.heights.push(heights);
            splits.levels.push(levels);
        }
        splits
    }

    /// The levels of the first `count` channels that share `units` best.
    fn chosen(&self, count: usize, mut units: usize) -> Vec<usize> {
        let mut chosen = vec![0; count];
        for number in (0..count).rev() {
            chosen[number] = self.levels[number][units];
            units -= self.responses[number].units[chosen[number]];
        }
        chosen
    }
}
