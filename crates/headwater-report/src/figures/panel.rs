//! Panels and axes from the parts that differ.

use headwater::estimate::Estimate;

use super::{Axis, Content, Ink, Mark, NumberFormat, Panel, Scale, Shape};
use crate::number::with_interval;

impl Axis {
    /// Numbers, with 0 in sight.
    pub(super) fn numbers(title: impl Into<String>, format: NumberFormat) -> Self {
        Axis {
            title: title.into(),
            scale: Scale::Number(format),
            from_zero: true,
        }
    }

    /// Categories that explain themselves.
    pub(super) fn categories<T: Into<String>>(names: impl IntoIterator<Item = T>) -> Self {
        Axis {
            title: String::new(),
            scale: Scale::Categories(names.into_iter().map(Into::into).collect()),
            from_zero: false,
        }
    }

    /// Weeks by their first days.
    pub(super) fn weeks<T: Into<String>>(weeks: impl IntoIterator<Item = T>) -> Self {
        Axis {
            title: String::new(),
            scale: Scale::Weeks(weeks.into_iter().map(Into::into).collect()),
            from_zero: false,
        }
    }
}

impl Panel {
    /// A panel with something in it.
    pub(super) fn new(x: Axis, y: Axis, marks: Vec<Mark>) -> Self {
        Panel {
            title: None,
            x,
            y,
            marks,
            empty: None,
        }
    }

    /// The same under a title of its own.
    pub(super) fn titled(self, title: impl Into<String>) -> Self {
        Panel {
            title: Some(title.into()),
            ..self
        }
    }

    /// The same with nothing in it, and why.
    pub(super) fn empty(self, why: impl Into<String>) -> Self {
        Panel {
            marks: Vec::new(),
            empty: Some(why.into()),
            ..self
        }
    }
}

/// One panel.
pub(super) fn alone(panel: Panel) -> Content {
    Content::Panels {
        columns: 1,
        panels: vec![panel],
    }
}

/// The ends of an interval, where there is one.
pub(super) fn ends(estimate: &Estimate) -> Option<(f64, f64)> {
    let interval = estimate.interval()?;
    Some((interval.lower, interval.upper))
}

/// Where the nth of so many stands.
pub(super) fn places(count: usize) -> Vec<f64> {
    (0..count).map(|nth| nth as f64).collect()
}

/// A height that gives each of `rows` lying bars its room.
pub(super) fn height_of(rows: usize) -> f64 {
    210.0 + 44.0 * rows.max(2) as f64
}

/// Points with lying intervals, the nth at category n moved down by `aside`; those without a value are
/// left out. Each is labelled with its number where `write` says how.
pub(super) fn lying(
    name: &str,
    estimates: &[&Estimate],
    aside: f64,
    ink: Ink,
    shape: Shape,
    write: Option<fn(f64) -> String>,
) -> Mark {
    let known = || {
        let all = estimates.iter().enumerate();
        all.filter_map(|(nth, estimate)| Some((estimate.point?, nth as f64 + aside, estimate)))
    };
    Mark::Points {
        name: name.into(),
        x: known().map(|(point, ..)| point).collect(),
        y: known().map(|(_, at, _)| Some(at)).collect(),
        whiskers: known().map(|(.., estimate)| ends(estimate)).collect(),
        labels: write.map_or(Vec::new(), |write| {
            known()
                .map(|(.., estimate)| with_interval(estimate, write))
                .collect()
        }),
        ink,
        shape,
        lying: true,
    }
}

/// How many panels of so many stand beside each other.
pub(super) fn beside(panels: usize) -> usize {
    match panels {
        0..=2 => panels.max(1),
        3..=4 => 2,
        5..=9 => 3,
        _ => 4,
    }
}

/// Panels in a grid, with the figure's width and height.
pub(super) fn grid(panels: Vec<Panel>) -> (Content, f64, f64) {
    let columns = beside(panels.len());
    let rows = panels.len().div_ceil(columns).max(1);
    let width = 320.0 * columns.max(3) as f64;
    let height = 170.0 + 280.0 * rows as f64;
    (Content::Panels { columns, panels }, width, height)
}
