//! Standard errors and tests that allow for errors which last and vary: Newey and West (1987).

use nalgebra::{DMatrix, DVector};
use serde_json::{Map, Value};

use super::regression::{Examined, regressions};
use crate::design::Purpose;
use crate::finding::{Bound, Finding, Status};
use crate::numeric::orthonormal::Basis;
use crate::numeric::vector::{dot, scaled};
use crate::validation::ChiSquaredTest;
use crate::validation::hac;

/// Newey-West standard errors of the least-squares intercept and slopes, in that order, with
/// Bartlett weights; times √(n / (n − k)) when `small_sample`. `None` when the columns depend on
/// each other or no degrees of freedom are left.
pub fn newey_west_errors(
    columns: &[&[f64]],
    y: &[f64],
    lags: usize,
    small_sample: bool,
) -> Option<Vec<f64>> {
    let n = y.len();
    let basis = Basis::new(n, columns.iter().copied());
    if !basis.dependent().is_empty() || n <= basis.rank() {
        return None;
    }
    let residual = basis.residual(y);
    let factor = if small_sample {
        n as f64 / (n - basis.rank()) as f64
    } else {
        1.0
    };
    // A row of (X'X)⁻¹X' is the column's own part over its squared length (Frisch and Waugh 1933).
    let error = |own: Vec<f64>| {
        let scores: Vec<f64> = own.iter().zip(&residual).map(|(x, e)| x * e).collect();
        (factor * hac::long_run_variance(&scores, lags)).sqrt() / dot(&own, &own)
    };
    let ones = vec![1.0; n];
    let mut all = Basis::default();
    for column in columns {
        all.push(column);
    }
    let intercept = all.residual(&ones);
    let slopes = (0..columns.len()).map(|j| error(own_part(columns, j)));
    Some(std::iter::once(error(intercept)).chain(slopes).collect())
}

/// What the other columns and the intercept leave of column `j`.
pub(super) fn own_part(columns: &[&[f64]], j: usize) -> Vec<f64> {
    let others = columns.iter().enumerate().filter(|(i, _)| *i != j);
    Basis::new(columns[j].len(), others.map(|(_, values)| *values)).residual(columns[j])
}

/// The score test that `added` columns have no place in the regression of `target` on `held` and
/// an intercept: [`hac::score_test`] of the own part of the added columns and the restricted residual.
/// `None` without an added column, when one depends on the rest, or with too few weeks left.
pub fn score_test(target: &[f64], held: &[&[f64]], added: &[&[f64]]) -> Option<ChiSquaredTest> {
    let n = target.len();
    let basis = Basis::new(n, held.iter().copied());
    let whole = Basis::new(n, held.iter().chain(added).copied());
    let new = whole.dependent().iter().any(|&at| at >= held.len());
    if added.is_empty() || new || n < whole.rank() + 8 {
        return None;
    }
    let left = |values: &[f64]| DVector::from_vec(basis.residual(&scaled(values)));
    let own: Vec<DVector<f64>> = added.iter().map(|column| left(column)).collect();
    hac::score_test(&DMatrix::from_columns(&own), &left(target), hac::lags(n))
}

const ID: &str = "diagnostics.standard_errors";

/// A ratio of standard errors beyond which classical intervals would be badly too narrow: at 1.5
/// a 95% interval covers 81%.
const MUCH_WIDER: f64 = 1.5;

/// The largest ratio of Newey-West to classical standard errors over the causal slopes.
pub(super) fn finding(stages: &[Examined; 2]) -> Finding {
    let regressions = match regressions(stages) {
        Ok(regressions) => regressions,
        Err(why) => return Finding::new(ID, Status::NotAssessed, why),
    };
    let mut evidence = Map::new();
    let mut worst: Option<(&str, &str, f64)> = None;
    for regression in regressions {
        let (n, columns) = (regression.residual.len(), regression.values());
        let lags = hac::lags(n);
        let mut ratios = Map::new();
        for (j, column) in regression.columns.iter().enumerate() {
            if column.purpose == Purpose::Control {
                continue;
            }
            let own = scaled(&own_part(&columns, j));
            let scores: Vec<f64> = own
                .iter()
                .zip(&regression.residual)
                .map(|(x, e)| x * e)
                .collect();
            // n / (n − k) is in both variances.
            let classical =
                dot(&own, &own) * dot(&regression.residual, &regression.residual) / n as f64;
            let ratio = (hac::long_run_variance(&scores, lags) / classical).sqrt();
            ratios.insert(column.name.to_string(), Value::from(ratio));
            if ratio.is_finite() && worst.is_none_or(|(_, _, most)| ratio > most) {
                worst = Some((&column.name, regression.name, ratio));
            }
        }
        evidence.insert(regression.name.to_string(), Value::from(ratios));
    }
    let Some((column, stage, ratio)) = worst else {
        let said = "no causal slope has a standard error";
        return Finding::new(ID, Status::NotAssessed, said);
    };
    let (status, said) = if ratio > MUCH_WIDER {
        let said = format!(
            "errors that last or vary make the slope of {column} on {stage} {ratio:.1} times as \
             uncertain as classical standard errors say (Newey-West): read the bootstrap intervals \
             only"
        );
        (Status::Warning, said)
    } else {
        let said = format!(
            "standard errors that allow for lasting and uneven errors are at most {ratio:.1} times \
             the classical ones"
        );
        (Status::Passed, said)
    };
    Finding::new(ID, status, said)
        .measured(
            "largest ratio of standard errors",
            ratio,
            Bound::AtMost(MUCH_WIDER),
        )
        .with("stages", evidence)
}
