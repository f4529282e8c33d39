//! From where to where an axis goes.

use crate::figures::{Axis, Mark, Panel, Scale};

/// Which of the two axes of a panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// From left to right.
    Across,
    /// From bottom to top.
    Up,
}

impl Direction {
    pub fn axis(self, panel: &Panel) -> &Axis {
        match self {
            Direction::Across => &panel.x,
            Direction::Up => &panel.y,
        }
    }
}

/// The lowest and highest value of an axis, with room beside what is drawn; never empty.
pub(super) fn domain(panel: &Panel, direction: Direction) -> (f64, f64) {
    let axis = direction.axis(panel);
    match &axis.scale {
        Scale::Weeks(names) | Scale::Categories(names) => (-0.5, names.len().max(1) as f64 - 0.5),
        Scale::Number(_) => {
            let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
            let mut firm = axis.from_zero;
            if axis.from_zero {
                (low, high) = (0.0, 0.0);
            }
            for mark in &panel.marks {
                values(mark, direction, step_of(panel), &mut |value| {
                    if value.is_finite() {
                        low = low.min(value);
                        high = high.max(value);
                    }
                });
                // Bars stand on their zero: no space is left below it.
                firm |= matches!(mark, Mark::Bars { lying, .. } if *lying == (direction == Direction::Across));
            }
            with_room(low, high, firm)
        }
    }
}

/// Widened so that nothing touches the frame; an end at 0 stays if it is `firm`.
fn with_room(low: f64, high: f64, firm: bool) -> (f64, f64) {
    if low > high {
        return (0.0, 1.0);
    }
    let range = high - low;
    if range <= 1e-9 * low.abs().max(high.abs()) || range == 0.0 {
        let half = if low == 0.0 { 1.0 } else { 0.1 * low.abs() };
        return match firm && low == 0.0 {
            true => (0.0, 1.0),
            false => (low - half, high + half),
        };
    }
    let room = 0.05 * range;
    let below = if firm && low == 0.0 { 0.0 } else { room };
    let above = if firm && high == 0.0 { 0.0 } else { room };
    (low - below, high + above)
}

/// The step between neighbouring bars: 1 for weeks and categories, else the smallest between two places.
pub(super) fn step_of(panel: &Panel) -> f64 {
    let mut at: Vec<f64> = Vec::new();
    let mut counted = true;
    for mark in &panel.marks {
        if let Mark::Bars {
            at: places, lying, ..
        } = mark
        {
            let axis = if *lying { &panel.y } else { &panel.x };
            counted &= !matches!(axis.scale, Scale::Number(_));
            at.extend(places.iter().filter(|place| place.is_finite()));
        }
    }
    if counted {
        return 1.0;
    }
    at.sort_by(f64::total_cmp);
    let smallest = at
        .windows(2)
        .map(|pair| pair[1] - pair[0])
        .filter(|step| *step > 0.0)
        .fold(f64::INFINITY, f64::min);
    match at.first() {
        _ if smallest.is_finite() => smallest,
        Some(only) if *only != 0.0 => 0.2 * only.abs(),
        _ => 1.0,
    }
}

/// Everything a mark puts on an axis.
fn values(mark: &Mark, direction: Direction, step: f64, take: &mut impl FnMut(f64)) {
    let across = direction == Direction::Across;
    match mark {
        Mark::Line { x, y, .. } => {
            if across {
                x.iter().copied().for_each(take);
            } else {
                y.iter().flatten().copied().for_each(take);
            }
        }
        Mark::Band {
            x, lower, upper, ..
        } => {
            if across {
                x.iter().copied().for_each(take);
            } else {
                lower.iter().chain(upper).flatten().copied().for_each(take);
            }
        }
        Mark::Bars {
            at,
            base,
            length,
            whiskers,
            lying,
            width,
            ..
        } => {
            if *lying == across {
                for (i, length) in length.iter().enumerate() {
                    let from = base.get(i).copied().unwrap_or(0.0);
                    take(from);
                    take(from + length.unwrap_or(0.0));
                }
                for (lower, upper) in whiskers.iter().flatten() {
                    take(*lower);
                    take(*upper);
                }
            } else {
                for place in at {
                    take(place - step * width / 2.0);
                    take(place + step * width / 2.0);
                }
            }
        }
        Mark::Points {
            x,
            y,
            whiskers,
            lying,
            ..
        } => {
            if across {
                x.iter().copied().for_each(&mut *take);
            } else {
                y.iter().flatten().copied().for_each(&mut *take);
            }
            if *lying == across {
                for (lower, upper) in whiskers.iter().flatten() {
                    take(*lower);
                    take(*upper);
                }
            }
        }
        Mark::Heat { .. } => {}
        Mark::Reference { at, upright, .. } => {
            if *upright == across {
                take(*at);
            }
        }
        Mark::Span { from, to, .. } => {
            if across {
                take(*from);
                take(*to);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::with_room;

    #[test]
    fn an_axis_is_never_empty() {
        assert_eq!(
            with_room(f64::INFINITY, f64::NEG_INFINITY, false),
            (0.0, 1.0)
        );
        assert_eq!(with_room(0.0, 0.0, true), (0.0, 1.0));
        assert_eq!(with_room(0.0, 0.0, false), (-1.0, 1.0));
        let (low, high) = with_room(5e12, 5e12, false);
        assert!(low < 5e12 && high > 5e12);
        let (low, high) = with_room(0.0, 1e-6, true);
        assert!(low == 0.0 && high > 1e-6);
    }
}
