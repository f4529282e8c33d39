//! Where bars stand beside, upon and around each other.

use std::collections::HashMap;

use super::domain::step_of;
use crate::figures::{Mark, Panel};

/// One bar in the units of its axes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bar {
    /// Which mark of the panel, and which bar of it.
    pub mark: usize,
    pub index: usize,
    /// Its side edges on the axis that it stands on.
    pub sides: (f64, f64),
    /// Where it begins and ends.
    pub from: f64,
    pub to: f64,
    /// Whether another bar of its stack goes further in its direction, so that nothing can be written at its end.
    pub covered: bool,
    /// Whether it shares its place with no other bar of its stack.
    pub alone: bool,
}

/// Who shares a place: a stack by its name, a mark without one by its number.
type Slot<'a> = (Option<&'a str>, usize);

/// Every bar of a panel, in the order in which it is drawn.
pub(super) fn bars(panel: &Panel) -> Vec<Bar> {
    let step = step_of(panel);
    // Who stands at a place: a stack by its name, a mark without one alone.
    let mut places: HashMap<u64, Vec<Slot>> = HashMap::new();
    let mut widest: HashMap<u64, f64> = HashMap::new();
    let mut bars: Vec<(Bar, u64, Slot, f64)> = Vec::new();
    for (mark, drawn) in panel.marks.iter().enumerate() {
        let Mark::Bars {
            at,
            base,
            length,
            stack,
            width,
            ..
        } = drawn
        else {
            continue;
        };
        let slot = match stack {
            Some(name) => (Some(name.as_str()), 0),
            None => (None, mark),
        };
        for (index, place) in at.iter().enumerate() {
            if !place.is_finite() {
                continue;
            }
            let key = (place + 0.0).to_bits();
            let slots = places.entry(key).or_default();
            if !slots.contains(&slot) {
                slots.push(slot);
            }
            let widest = widest.entry(key).or_insert(0.0);
            *widest = widest.max(*width);
            let from = base.get(index).copied().unwrap_or(0.0);
            let to = from + length.get(index).copied().flatten().unwrap_or(f64::NAN);
            if to.is_finite() && from.is_finite() {
                let bar = Bar {
                    mark,
                    index,
                    sides: (*place, *place),
                    from,
                    to,
                    covered: false,
                    alone: true,
                };
                bars.push((bar, key, slot, *width));
            }
        }
    }
    // How far each stack goes, up and down.
    let mut reach: HashMap<(u64, Slot), (f64, f64, usize)> = HashMap::new();
    for (bar, key, slot, _) in &bars {
        let none = (f64::INFINITY, f64::NEG_INFINITY, 0);
        let (low, high, count) = reach.entry((*key, *slot)).or_insert(none);
        *count += 1;
        *low = low.min(bar.from.min(bar.to));
        *high = high.max(bar.from.max(bar.to));
    }
    bars.into_iter()
        .map(|(bar, key, slot, width)| {
            let slots = &places[&key];
            let count = slots.len() as f64;
            let nth = slots.iter().position(|known| *known == slot).unwrap_or(0) as f64;
            let pitch = step * widest[&key] / count;
            let centre = bar.sides.0 + (nth - (count - 1.0) / 2.0) * pitch;
            // Neighbours in a group are set apart by a hair.
            let fill = if count > 1.0 { 0.9 } else { 1.0 };
            let half = 0.5 * fill * step * width / count;
            let (low, high, sharing) = reach[&(key, slot)];
            let covered = if bar.to >= bar.from {
                bar.to < high
            } else {
                bar.to > low
            };
            Bar {
                sides: (centre - half, centre + half),
                covered,
                alone: sharing == 1,
                ..bar
            }
        })
        .collect()
}
