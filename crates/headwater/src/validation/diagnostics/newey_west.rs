//! Standard errors and tests that allow for errors which last and vary: Newey and West (1987).

use nalgebra::{DMatrix, DVector};
use serde_json::{Map, Value};

use super::basis::{Basis, scaled};
use super::test_result::TestResult;
use super::twin::{Examined, twins};
use crate::design::Purpose;
use crate::finding::{Bound, Finding, Status};
use crate::numeric::vector::dot;

/// L = ⌊4 (n/100)^(2/9)⌋, the usual number of Bartlett lags: 4 at 104 weeks.
///
/// ```
/// assert_eq!(headwater::validation::diagnostics::newey_west::bartlett_lags(104), 4);
/// ```
pub fn bartlett_lags(n: usize) -> usize {
    (4.0 * (n as f64 / 100.0).powf(2.0 / 9.0)).floor() as usize
}

/// The long-run variance of Σ_t g_t for a g of mean 0: Σ g_t² + 2 Σ_l (1 − l/(L+1)) Σ g_t g_{t−l}.
pub fn long_run_variance(g: &[f64], lags: usize) -> f64 {
    let weighted = |lag: usize| {
        let weight = 1.0 - lag as f64 / (lags + 1) as f64;
        2.0 * weight * dot(&g[lag.min(g.len())..], g)
    };
    dot(g, g) + (1..=lags).map(weighted).sum::<f64>()
}

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
    if !basis.dependent.is_empty() || n <= basis.rank() {
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
        (factor * long_run_variance(&scores, lags)).sqrt() / dot(&own, &own)
    };
    let ones = vec![1.0; n];
    let intercept = Basis::without_intercept(columns.iter().copied()).residual(&ones);
    let slopes = (0..columns.len()).map(|j| error(own_part(columns, j)));
    Some(std::iter::once(error(intercept)).chain(slopes).collect())
}

/// What the other columns and the intercept leave of column `j`.
pub(super) fn own_part(columns: &[&[f64]], j: usize) -> Vec<f64> {
    let others = columns.iter().enumerate().filter(|(i, _)| *i != j);
    Basis::new(columns[j].len(), others.map(|(_, values)| *values)).residual(columns[j])
}

/// The score test that `added` columns have no place in the regression of `target` on `held` and
/// an intercept: g_t = D_t r_t with D the own part of the added columns and r the restricted
/// residual, LM = (Σg)' Ω⁻¹ (Σg) with the Newey-West Ω, χ²(number of added columns).
///
/// The score form keeps its size in weekly data where the Wald form does not (methods brief, 1.6).
/// `None` when an added column depends on the rest, or too few weeks are left.
pub fn score_test(target: &[f64], held: &[&[f64]], added: &[&[f64]]) -> Option<TestResult> {
    let n = target.len();
    let basis = Basis::new(n, held.iter().copied());
    let whole = Basis::new(n, held.iter().chain(added).copied());
    let new = whole.dependent.iter().any(|&at| at >= held.len());
    if new || n < whole.rank() + 8 {
        return None;
    }
    let r = scaled(&basis.residual(&scaled(target)));
    let own: Vec<Vec<f64>> = added
        .iter()
        .map(|column| scaled(&basis.residual(&scaled(column))))
        .collect();
    let g = DMatrix::from_fn(n, added.len(), |row, column| own[column][row] * r[row]);
    let mut omega = g.transpose() * &g;
    let lags = bartlett_lags(n);
    for lag in 1..=lags.min(n - 1) {
        let weight = 1.0 - lag as f64 / (lags + 1) as f64;
        let product = g.rows(lag, n - lag).transpose() * g.rows(0, n - lag);
        omega += (&product + product.transpose()) * weight;
    }
    let sum = DVector::from_iterator(added.len(), g.row_sum().iter().copied());
    let statistic = (sum.transpose() * omega.try_inverse()? * &sum)[0];
    Some(TestResult::chi_squared(statistic, added.len() as f64))
}

const ID: &str = "diagnostics.standard_errors";

/// A ratio of standard errors beyond which classical intervals would be badly too narrow: at 1.5
/// a 95% interval covers 81%.
const MUCH_WIDER: f64 = 1.5;

/// The largest ratio of Newey-West to classical standard errors over the causal slopes.
pub(super) fn finding(stages: &[Examined; 2]) -> Finding {
    let twins = match twins(stages) {
        Ok(twins) => twins,
        Err(why) => return Finding::new(ID, Status::NotAssessed, why),
    };
    let mut evidence = Map::new();
    let mut worst: Option<(&str, &str, f64)> = None;
    for twin in twins {
        let (n, columns) = (twin.residual.len(), twin.values());
        let lags = bartlett_lags(n);
        let mut ratios = Map::new();
        for (j, column) in twin.columns.iter().enumerate() {
            if column.purpose == Purpose::Control {
                continue;
            }
            let own = scaled(&own_part(&columns, j));
            let scores: Vec<f64> = own.iter().zip(&twin.residual).map(|(x, e)| x * e).collect();
            // n / (n − k) is in both variances.
            let classical = dot(&own, &own) * dot(&twin.residual, &twin.residual) / n as f64;
            let ratio = (long_run_variance(&scores, lags) / classical).sqrt();
            ratios.insert(column.name.to_string(), Value::from(ratio));
            if ratio.is_finite() && worst.is_none_or(|(_, _, most)| ratio > most) {
                worst = Some((&column.name, twin.name, ratio));
            }
        }
        evidence.insert(twin.name.to_string(), Value::from(ratios));
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
