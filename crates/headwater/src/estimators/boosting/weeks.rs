//! The weeks of a design as trees take them: 32-bit values, column by column, each column sorted once.

use std::ops::Range;

use crate::design::Design;
use crate::error::{Error, Result};

/// The values of some weeks, column by column.
pub(super) struct Columns {
    pub(super) weeks: usize,
    pub(super) values: Vec<f32>,
}

impl Columns {
    /// # Errors
    /// Names the column and the week of a value that is too large for 32 bits or no number.
    pub(super) fn of(x: &Design, rows: impl Iterator<Item = usize> + Clone) -> Result<Self> {
        let weeks = rows.clone().count();
        let mut values = Vec::with_capacity(weeks * x.width());
        for column in x.columns() {
            for row in rows.clone() {
                values.push(narrow(column.values[row], &column.name, row)?);
            }
        }
        Ok(Columns { weeks, values })
    }

    pub(super) fn column(&self, column: usize) -> &[f32] {
        &self.values[column * self.weeks..][..self.weeks]
    }
}

/// What trees learn from.
pub(super) struct TrainingWeeks {
    pub(super) columns: Columns,
    pub(super) width: usize,
    /// Of every column, its weeks with their values, the largest first.
    descending: Vec<(u32, f32)>,
    pub(super) target: Vec<f32>,
    pub(super) weights: Vec<f32>,
}

/// Nodes and columns are counted in 16 bits; a tree of n weeks has fewer than 2n nodes.
const MOST_WEEKS: usize = 1 << 15;
const MOST_COLUMNS: usize = 1 << 16;

impl TrainingWeeks {
    /// The weeks `rows` of a design, in order.
    ///
    /// # Errors
    /// Those of [`Columns::of`], and more weeks or columns than trees can count.
    pub(super) fn new(x: &Design, y: &[f64], weights: &[f64], rows: &[usize]) -> Result<Self> {
        if rows.len() > MOST_WEEKS || x.width() > MOST_COLUMNS {
            return Err(Error::estimator(
                format!(
                    "boosted trees take at most {MOST_WEEKS} weeks and {MOST_COLUMNS} columns; here are {} and {}",
                    rows.len(),
                    x.width()
                ),
                "choose estimator = \"ridge\", or add up the rows to weeks",
            ));
        }
        let pick = |values: &[f64], name: &str| -> Result<Vec<f32>> {
            rows.iter()
                .map(|&row| narrow(values[row], name, row))
                .collect()
        };
        let columns = Columns::of(x, rows.iter().copied())?;
        let mut descending = Vec::with_capacity(columns.values.len());
        for column in 0..x.width() {
            let from = descending.len();
            let values = columns.column(column).iter().copied();
            descending.extend((0..rows.len() as u32).zip(values).rev());
            // Weeks of equal value stay in this order, the last first.
            descending[from..].sort_by(|a, b| b.1.partial_cmp(&a.1).expect("finite"));
        }
        Ok(TrainingWeeks {
            columns,
            width: x.width(),
            descending,
            target: pick(y, "the target")?,
            weights: pick(weights, "the weight")?,
        })
    }

    pub(super) fn len(&self) -> usize {
        self.target.len()
    }

    /// A column's weeks with their values, the largest first.
    pub(super) fn descending(&self, column: usize) -> &[(u32, f32)] {
        &self.descending[column * self.len()..][..self.len()]
    }

    /// Some of these weeks; what is sorted stays sorted.
    pub(super) fn part(&self, rows: Range<usize>) -> Self {
        let (mut values, mut descending) = (Vec::new(), Vec::new());
        for column in 0..self.width {
            values.extend_from_slice(&self.columns.column(column)[rows.clone()]);
            let sorted = self.descending(column).iter();
            descending.extend(
                sorted
                    .filter(|(week, _)| rows.contains(&(*week as usize)))
                    .map(|(week, value)| (week - rows.start as u32, *value)),
            );
        }
        TrainingWeeks {
            columns: Columns {
                weeks: rows.len(),
                values,
            },
            width: self.width,
            descending,
            target: self.target[rows.clone()].to_vec(),
            weights: self.weights[rows].to_vec(),
        }
    }

    /// The weighted mean of the target.
    pub(super) fn mean(&self) -> f32 {
        let total: f64 = self.weights.iter().map(|&weight| f64::from(weight)).sum();
        let parts = self.target.iter().zip(&self.weights);
        let mean: f64 = parts
            .map(|(&y, &weight)| f64::from(y) / total * f64::from(weight))
            .sum();
        mean as f32
    }

    /// The weighted root mean squared error of predictions.
    pub(super) fn rmse(&self, predictions: &[f32]) -> f64 {
        let (mut squares, mut total) = (0.0, 0.0);
        for ((prediction, y), weight) in predictions.iter().zip(&self.target).zip(&self.weights) {
            let error = f64::from(*prediction) - f64::from(*y);
            squares += f64::from(*weight) * (error * error);
            total += f64::from(*weight);
        }
        (squares / total).sqrt()
    }
}

fn narrow(value: f64, name: &str, row: usize) -> Result<f32> {
    let narrow = value as f32;
    if narrow.is_finite() {
        return Ok(narrow);
    }
    Err(Error::estimator(
        format!(
            "{name} is {value} in week {} of the design, which trees cannot use",
            row + 1
        ),
        "fill the missing value in the data, or measure the column in larger units",
    ))
}
