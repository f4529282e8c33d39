//! Week by week.

use std::sync::Arc;

use arrow_array::{ArrayRef, Date32Array, Float64Array};
use headwater::analysis::views::{FittedWeeks, Residuals, Seasons};
use headwater::data::{Dataset, Description};
use jiff::civil::{Date, date};
use serde::{Deserialize, Serialize};

use crate::frame::Frame;
use crate::values::word;

/// The weeks of a dataset with every column that has a role in the model.
pub fn weeks(dataset: &Dataset) -> Frame {
    let days = dataset.weeks().iter().map(|week| days_since_1970(*week));
    let days: ArrayRef = Arc::new(Date32Array::from_iter_values(days));
    let name = dataset.roles().only(headwater::data::role::Role::Date);
    let mut columns = vec![(name.unwrap_or("week").to_owned(), days)];
    columns.extend(dataset.columns().map(|(name, values)| {
        let values: ArrayRef = Arc::new(Float64Array::from(values.to_vec()));
        (name.to_owned(), values)
    }));
    Frame::columns(columns)
}

fn days_since_1970(day: Date) -> i32 {
    (day - date(1970, 1, 1)).get_days()
}

/// A column in figures, in its own unit.
#[derive(Serialize, Deserialize)]
struct ColumnRow {
    column: String,
    role: String,
    unit: String,
    mean: Option<f64>,
    sd: Option<f64>,
    min: Option<f64>,
    max: Option<f64>,
    zero_weeks: i64,
    constant: bool,
}

/// A row for each column of the model.
pub fn description(description: &Description) -> Frame {
    let rows = description.columns.iter().map(|column| ColumnRow {
        column: column.name.clone(),
        role: word(&column.role),
        unit: word(&column.unit),
        mean: column.mean,
        sd: column.sd,
        min: column.min,
        max: column.max,
        zero_weeks: column.zero_weeks as i64,
        constant: column.constant,
    });
    Frame::of(&rows.collect::<Vec<_>>())
}

/// A week of a stage: what happened, what the model says having seen it, and what the fold that had not
/// seen it forecast.
#[derive(Serialize, Deserialize)]
struct FittedRow {
    week: String,
    target: String,
    actual: f64,
    in_sample: f64,
    fold: Option<i64>,
    forecast: Option<f64>,
    lower: Option<f64>,
    upper: Option<f64>,
    forecast_given_mediator: Option<f64>,
    naive: Option<f64>,
}

/// A row for each week of each stage.
pub fn fitted(fitted: &FittedWeeks) -> Frame {
    let mut rows = Vec::new();
    for stage in [&fitted.mediator, &fitted.outcome] {
        for (at, week) in fitted.weeks.iter().enumerate() {
            let folds = fitted.folds.iter().zip(&stage.forecasts).enumerate();
            let tested = folds
                .filter(|(_, (fold, _))| (fold.first..=fold.last).contains(&at))
                .map(|(number, (fold, forecast))| (number, at - fold.first, forecast))
                .next();
            let of =
                |values: &Option<Vec<f64>>, row: usize| values.as_ref().map(|values| values[row]);
            let interval = tested.and_then(|(_, row, forecast)| {
                forecast.interval.as_ref().map(|intervals| intervals[row])
            });
            rows.push(FittedRow {
                week: week.clone(),
                target: stage.target.clone(),
                actual: stage.actual[at],
                in_sample: stage.in_sample[at],
                fold: tested.map(|(number, ..)| number as i64 + 1),
                forecast: tested.map(|(_, row, forecast)| forecast.forecast[row]),
                lower: interval.map(|interval| interval.lower),
                upper: interval.map(|interval| interval.upper),
                forecast_given_mediator: tested
                    .and_then(|(_, row, forecast)| of(&forecast.conditional, row)),
                naive: tested.and_then(|(_, row, forecast)| of(&forecast.naive, row)),
            });
        }
    }
    Frame::of(&rows)
}

/// What a stage left unexplained of a week that it learned from.
#[derive(Serialize, Deserialize)]
struct ResidualRow {
    week: String,
    target: String,
    fitted: f64,
    residual: f64,
}

/// A row for each week of each stage.
pub fn residuals(residuals: &Residuals) -> Frame {
    let stages = [&residuals.mediator, &residuals.outcome];
    let rows = stages.into_iter().flat_map(|stage| {
        let values = stage.fitted.iter().zip(&stage.residual);
        residuals
            .weeks
            .iter()
            .zip(values)
            .map(|(week, (fitted, residual))| ResidualRow {
                week: week.clone(),
                target: stage.target.clone(),
                fitted: *fitted,
                residual: *residual,
            })
    });
    Frame::of(&rows.collect::<Vec<_>>())
}

/// A week taken apart by STL.
#[derive(Serialize, Deserialize)]
struct SeasonRow {
    week: String,
    target: String,
    actual: f64,
    trend: Option<f64>,
    season: Option<f64>,
    remainder: Option<f64>,
}

/// A row for each week of each target.
pub fn seasons(seasons: &Seasons) -> Frame {
    let mut rows = Vec::new();
    for stage in [&seasons.mediator, &seasons.outcome] {
        for (at, week) in seasons.weeks.iter().enumerate() {
            let parts = stage.parts.as_ref();
            rows.push(SeasonRow {
                week: week.clone(),
                target: stage.target.clone(),
                actual: stage.actual[at],
                trend: parts.map(|parts| parts.trend[at]),
                season: parts.map(|parts| parts.season[at]),
                remainder: parts.map(|parts| parts.remainder[at]),
            });
        }
    }
    Frame::of(&rows)
}
