//! Can the columns of a design be told apart?

use nalgebra::DMatrix;
use serde_json::{Map, Value, json};

use super::regression::Examined;
use crate::design::{Column, Purpose};
use crate::finding::{Bound, Finding, Status};
use crate::numeric::orthonormal::Basis;
use crate::numeric::vector::{dot, scaled};
use crate::words;

/// VIF_j = 1 / (1 − R²_j), R² of column j on the others and an intercept: how many times larger
/// the variance of its slope is than if it were alone. Infinite for a combination of the others,
/// NaN for a constant column.
///
/// ```
/// use headwater::validation::diagnostics::collinearity::variance_inflation;
/// let (a, b) = ([1.0, 1.0, -1.0, -1.0], [1.0, -1.0, 1.0, -1.0]);
/// assert!((variance_inflation(&[&a, &b])[0] - 1.0).abs() < 1e-12);
/// assert_eq!(variance_inflation(&[&a, &a])[0], f64::INFINITY);
/// ```
pub fn variance_inflation(columns: &[&[f64]]) -> Vec<f64> {
    (0..columns.len()).map(|j| of_column(columns, j)).collect()
}

/// The variance inflation of column `j`.
pub(super) fn of_column(columns: &[&[f64]], j: usize) -> f64 {
    let column = scaled(columns[j]);
    let others = columns.iter().enumerate().filter(|(i, _)| *i != j);
    let basis = Basis::new(column.len(), others.map(|(_, values)| *values));
    let alone = Basis::new(column.len(), []).residual(&column);
    let (own, total) = (basis.residual(&column), dot(&alone, &alone));
    if total.sqrt() <= 8.0 * f64::EPSILON * dot(&column, &column).sqrt() {
        return f64::NAN;
    }
    let left = dot(&own, &own) / total;
    // The rule by which a basis calls a column dependent: 1e-10 of its length.
    if left <= 1e-20 {
        f64::INFINITY
    } else {
        1.0 / left
    }
}

/// Three condition numbers of a design.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ConditionNumbers {
    /// √(largest / smallest eigenvalue of X'X), intercept included, in the units of the file: it
    /// changes with dollars against thousands of dollars.
    pub raw: f64,
    /// Belsley, Kuh and Welsch's (1980): columns and intercept scaled to unit length. Above 30 is
    /// their mark of harmful collinearity.
    pub unit_length: f64,
    /// Columns centred and scaled, without an intercept: free of units and of the distance of the
    /// data from zero.
    pub standardised: f64,
}

/// The condition numbers of the columns; infinite where columns depend on each other, NaN where
/// there are none.
pub fn condition_numbers(columns: &[&[f64]]) -> ConditionNumbers {
    let n = columns.first().map_or(0, |column| column.len());
    let ones = vec![1.0; n];
    let with_intercept: Vec<Vec<f64>> = std::iter::once(&ones[..])
        .chain(columns.iter().copied())
        .map(<[f64]>::to_vec)
        .collect();
    let unit: Vec<Vec<f64>> = with_intercept.iter().map(|c| unit_length(c)).collect();
    let intercept = Basis::new(n, []);
    let centred: Vec<Vec<f64>> = columns
        .iter()
        .map(|column| unit_length(&intercept.residual(&scaled(column))))
        .collect();
    ConditionNumbers {
        raw: condition(&with_intercept),
        unit_length: condition(&unit),
        standardised: condition(&centred),
    }
}

fn unit_length(values: &[f64]) -> Vec<f64> {
    let scaled = scaled(values);
    let length = dot(&scaled, &scaled).sqrt();
    scaled.iter().map(|value| value / length).collect()
}

/// The largest over the smallest singular value.
fn condition(columns: &[Vec<f64>]) -> f64 {
    let n = columns.first().map_or(0, Vec::len);
    if n == 0 || columns.iter().flatten().any(|value| !value.is_finite()) {
        return f64::NAN;
    }
    if columns.len() > n {
        return f64::INFINITY;
    }
    let matrix = DMatrix::from_fn(n, columns.len(), |row, column| columns[column][row]);
    let values = matrix.singular_values();
    values.max() / values.min()
}

const ID: &str = "diagnostics.collinearity";

/// A causal slope whose variance is more than this many times what it would be alone.
const LARGE_INFLATION: f64 = 10.0;

/// Variance inflation of the causal columns decides.
pub(super) fn finding(stages: &[Examined; 2]) -> Finding {
    let mut worst: Option<(&str, &str, f64)> = None;
    let mut dependent: Vec<String> = Vec::new();
    let mut evidence = Map::new();
    for stage in stages {
        let stage = stage.stage;
        let weeks = stage.target.len();
        // Controls first: a causal column that they and the others make up is then the one named.
        let mut columns: Vec<&Column> = stage.design.columns().iter().collect();
        columns.sort_by_key(|column| column.purpose == Purpose::Causal);
        if columns.len() + 2 > weeks {
            let said = format!(
                "the stage of {} has {} columns for {weeks} weeks: every column is a combination \
                 of the others; use fewer columns",
                stage.name,
                columns.len()
            );
            return Finding::new(ID, Status::NotAssessed, said);
        }
        let basis = Basis::new(weeks, columns.iter().map(|column| &*column.values));
        let causal = |at: &usize| columns[*at].purpose == Purpose::Causal;
        let named = basis.dependent().iter().filter(|at| causal(at));
        dependent.extend(named.map(|&at| format!("{} ({})", columns[at].name, stage.name)));
        let kept: Vec<&Column> = (0..columns.len())
            .filter(|at| !basis.dependent().contains(at))
            .map(|at| columns[at])
            .collect();
        let values: Vec<&[f64]> = kept.iter().map(|column| &*column.values).collect();
        let mut inflations = Map::new();
        for (j, column) in kept.iter().enumerate() {
            if column.purpose == Purpose::Control {
                continue;
            }
            let inflation = of_column(&values, j);
            inflations.insert(column.name.to_string(), Value::from(inflation));
            if worst.is_none_or(|(_, _, most)| inflation > most) {
                worst = Some((&column.name, stage.name, inflation));
            }
        }
        let condition = condition_numbers(&values);
        let repeated: Vec<&str> = basis
            .dependent()
            .iter()
            .map(|&at| &*columns[at].name)
            .collect();
        evidence.insert(
            stage.name.to_string(),
            json!({
                "variance_inflation": inflations,
                "condition_number": condition.unit_length,
                "condition_number_standardised": condition.standardised,
                "dependent": repeated,
            }),
        );
    }
    let finding = if !dependent.is_empty() {
        let said = format!(
            "{} a combination of the other columns of the stage: no data could tell its effect \
             from theirs; remove or merge columns",
            words::agreeing(
                &dependent.iter().map(String::as_str).collect::<Vec<_>>(),
                "is",
                "are each"
            )
        );
        Finding::new(ID, Status::Failed, said)
    } else {
        let Some((column, stage, inflation)) = worst else {
            let said = "no causal column to tell from the others";
            return Finding::new(ID, Status::NotAssessed, said).with("stages", evidence);
        };
        let (status, said) = if inflation > LARGE_INFLATION {
            let said = format!(
                "{column} moves so much like the other columns of the stage of {stage} that the \
                 variance of its slope is {inflation:.0} times what it would be alone: its effect \
                 is easily mistaken for theirs; vary it on its own, or merge it with what it moves with"
            );
            (Status::Warning, said)
        } else {
            let said = "every causal column moves enough on its own";
            (Status::Passed, said.to_string())
        };
        Finding::new(ID, status, said).measured(
            "largest variance inflation",
            inflation,
            Bound::AtMost(LARGE_INFLATION),
        )
    };
    finding.with("stages", evidence)
}
