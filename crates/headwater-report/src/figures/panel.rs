//! Panels and axes from the parts that differ.

use headwater::estimate::Estimate;

use super::{Axis, Content, Mark, NumberFormat, Panel, Scale};

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
