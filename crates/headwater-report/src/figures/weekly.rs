//! Series over weeks, and the folds among them.

use headwater::analysis::views::{FittedWeeks, ForecastWeeks, StageWeeks};
use headwater::data::role::Unit;
use headwater::estimate::Interval;

use super::panel::places;
use super::{Axis, Ink, Mark, NumberFormat, Scale};

/// A column with what it is measured in: `revenue, in money`.
pub(super) fn measured(column: &str, unit: Unit) -> String {
    match unit {
        Unit::Money => format!("{column}, in money"),
        Unit::Count => format!("{column}, as counted"),
    }
}

/// An axis of amounts that need not show 0.
pub(super) fn amounts(title: impl Into<String>) -> Axis {
    Axis {
        title: title.into(),
        scale: Scale::Number(NumberFormat::Amount),
        from_zero: false,
    }
}

/// One value a week, from the first week on.
pub(super) fn line(name: impl Into<String>, values: &[f64], ink: Ink) -> Mark {
    Mark::Line {
        name: name.into(),
        x: places(values.len()),
        y: values.iter().copied().map(Some).collect(),
        ink,
        dashed: false,
    }
}

/// The test weeks of each fold, shaded and numbered.
pub(super) fn folds(weeks: &FittedWeeks) -> Vec<Mark> {
    let folds = weeks.folds.iter().enumerate();
    folds
        .map(|(nth, fold)| Mark::Span {
            label: format!("fold {}", nth + 1),
            from: fold.first as f64 - 0.5,
            to: fold.last as f64 + 0.5,
            ink: Ink::Quiet,
        })
        .collect()
}

/// One line a fold over its test weeks, so that no line joins forecasts of different models; the
/// first has the name.
pub(super) fn by_fold<'a>(
    weeks: &FittedWeeks,
    stage: &'a StageWeeks,
    name: &str,
    ink: Ink,
    of: impl Fn(&'a ForecastWeeks) -> Option<&'a [f64]>,
) -> Vec<Mark> {
    let made = weeks.folds.iter().zip(&stage.forecasts);
    let made = made.filter_map(|(fold, forecast)| Some((fold.first, of(forecast)?)));
    made.enumerate()
        .map(|(nth, (first, values))| Mark::Line {
            name: named_once(nth, name),
            x: from(first, values.len()),
            y: values.iter().copied().map(Some).collect(),
            ink,
            dashed: true,
        })
        .collect()
}

/// The prediction intervals of each fold that has them.
pub(super) fn intervals(weeks: &FittedWeeks, stage: &StageWeeks, name: &str) -> Vec<Mark> {
    let made = weeks.folds.iter().zip(&stage.forecasts);
    let made =
        made.filter_map(|(fold, forecast)| Some((fold.first, forecast.interval.as_deref()?)));
    made.enumerate()
        .map(|(nth, (first, intervals))| {
            let ends = |of: fn(&Interval) -> f64| intervals.iter().map(of).map(Some).collect();
            Mark::Band {
                name: named_once(nth, name),
                x: from(first, intervals.len()),
                lower: ends(|interval| interval.lower),
                upper: ends(|interval| interval.upper),
                ink: Ink::Model,
            }
        })
        .collect()
}

fn named_once(nth: usize, name: &str) -> String {
    if nth == 0 { name.into() } else { String::new() }
}

fn from(first: usize, weeks: usize) -> Vec<f64> {
    (first..first + weeks).map(|week| week as f64).collect()
}
