//! Where an axis is marked, and what stands there.

use std::collections::BTreeMap;

use super::calendar::date;
use crate::figures::Scale;

/// A mark of an axis: where, and its words, a line each.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    pub at: f64,
    pub lines: Vec<String>,
}

/// Steps of 1, 2 or 5 times a power of ten: the smallest with at most `most` of them between `low` and `high`.
pub(super) fn step(low: f64, high: f64, most: usize) -> f64 {
    let range = (high - low).abs().max(f64::MIN_POSITIVE * 1e6);
    let rough = range / most.max(1) as f64;
    let power = 10f64.powf(rough.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|nice| nice * power)
        .find(|step| *step >= rough * (1.0 - 1e-9))
        .unwrap_or(10.0 * power)
}

/// Multiples of `step` from `low` to `high`.
pub(super) fn multiples(low: f64, high: f64, step: f64) -> Vec<f64> {
    let (first, last) = ((low / step - 1e-6).ceil(), (high / step + 1e-6).floor());
    let count = (last - first).clamp(-1.0, 100.0) as i64;
    (0..=count).map(|i| (first + i as f64) * step).collect()
}

/// Marks of an axis from `low` to `high`: about `most` for numbers, every category, and for weeks as many
/// months or years as fit when `width_of` a label of pixels must stand in `pixels`.
pub(super) fn ticks(
    scale: &Scale,
    (low, high): (f64, f64),
    most: usize,
    pixels: f64,
    width_of: impl Fn(&str) -> f64,
) -> Vec<Tick> {
    match scale {
        Scale::Number(format) => {
            let step = step(low, high, most);
            let at = multiples(low, high, step);
            let words = format.write_ticks(&at, step);
            at.into_iter()
                .zip(words)
                .map(|(at, word)| Tick {
                    at,
                    lines: vec![word],
                })
                .collect()
        }
        Scale::Categories(names) => names
            .iter()
            .enumerate()
            .map(|(i, name)| Tick {
                at: i as f64,
                lines: vec![name.clone()],
            })
            .collect(),
        Scale::Weeks(weeks) => of_weeks(weeks, pixels, width_of),
    }
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// A week as a reader says it: `17 Apr 2023`.
pub(super) fn week(week: &str) -> String {
    match date(week) {
        Some((year, month, day)) => format!("{day} {} {year}", MONTHS[month - 1]),
        None => week.into(),
    }
}

fn of_weeks(weeks: &[String], pixels: f64, width_of: impl Fn(&str) -> f64) -> Vec<Tick> {
    let dates: Vec<(usize, (i32, usize, u32))> = weeks
        .iter()
        .enumerate()
        .filter_map(|(i, week)| Some((i, date(week)?)))
        .collect();
    let room = pixels / weeks.len().max(1) as f64;
    let spaced = |every: usize, label: f64| every as f64 * room >= label + 12.0;
    if dates.len() < weeks.len() || weeks.len() <= 20 {
        // Few weeks, or names that are no dates: each by its own name, as many as fit.
        let names: Vec<String> = weeks
            .iter()
            .map(|week| match date(week) {
                Some((_, month, day)) => format!("{day} {}", MONTHS[month - 1]),
                None => week.clone(),
            })
            .collect();
        let widest = names.iter().map(|name| width_of(name)).fold(0.0, f64::max);
        let every = (1..=weeks.len().max(1))
            .find(|every| spaced(*every, widest))
            .unwrap_or(weeks.len().max(1));
        let mut year = None;
        return (0..weeks.len())
            .step_by(every)
            .map(|i| {
                let mut lines = vec![names[i].clone()];
                let this = date(&weeks[i]).map(|(year, ..)| year);
                if this.is_some() && this != year {
                    lines.extend(this.map(|year| year.to_string()));
                    year = this;
                }
                Tick {
                    at: i as f64,
                    lines,
                }
            })
            .collect();
    }
    // The first week of each month and of each year.
    let mut months: BTreeMap<(i32, usize), usize> = BTreeMap::new();
    for (i, (year, month, day)) in &dates {
        // The month of the first week began before the data unless they begin with it.
        if *i > 0 || *day <= 7 {
            months.entry((*year, *month)).or_insert(*i);
        }
    }
    let label = width_of("Mmm").max(width_of("2020"));
    if let Some(every) = [1, 2, 3, 6]
        .into_iter()
        .find(|every| spaced(4 * every, label))
    {
        let mut year_shown = None;
        return months
            .into_iter()
            .filter(|((_, month), _)| (month - 1).is_multiple_of(every))
            .map(|((year, month), i)| {
                let mut lines = vec![MONTHS[month - 1].to_string()];
                if year_shown != Some(year) {
                    lines.push(year.to_string());
                    year_shown = Some(year);
                }
                Tick {
                    at: i as f64,
                    lines,
                }
            })
            .collect();
    }
    let mut years: BTreeMap<i32, usize> = BTreeMap::new();
    for ((year, month), i) in months {
        if month == 1 {
            years.entry(year).or_insert(i);
        }
    }
    let every = [1, 2, 5, 10, 20, 50]
        .into_iter()
        .find(|every| spaced(52 * every, label))
        .unwrap_or(100);
    years
        .into_iter()
        .filter(|(year, _)| year.rem_euclid(every as i32) == 0)
        .map(|(year, i)| Tick {
            at: i as f64,
            lines: vec![year.to_string()],
        })
        .collect()
}
