//! Do the errors of a week carry over to the next?

use serde_json::json;

use super::regression::{Examined, by_p_value};
use crate::finding::{Finding, Status};
use crate::numeric::orthonormal::Basis;
use crate::numeric::summary::mean;
use crate::numeric::vector::{dot, scaled};
use crate::validation::ChiSquaredTest;
use crate::validation::hac;

/// Durbin and Watson's Σ (e_t − e_{t−1})² / Σ e_t²: about 2 without autocorrelation, towards 0
/// with errors that last. NaN when all residuals are 0.
///
/// ```
/// use headwater::validation::diagnostics::autocorrelation::durbin_watson;
/// assert_eq!(durbin_watson(&[1.0, 1.0, -1.0, -1.0]), 1.0);
/// ```
pub fn durbin_watson(residual: &[f64]) -> f64 {
    let e = scaled(residual);
    let steps: f64 = e.windows(2).map(|pair| (pair[1] - pair[0]).powi(2)).sum();
    steps / dot(&e, &e)
}

/// Breusch and Godfrey's test: n R² of e on the columns and `lags` lags of e, with zeros before
/// the first week, χ²(lags). Valid with lagged outcomes among the columns.
pub fn breusch_godfrey(residual: &[f64], columns: &[&[f64]], lags: usize) -> ChiSquaredTest {
    let e = scaled(residual);
    let lagged: Vec<Vec<f64>> = (1..=lags).map(|lag| lagged(&e, lag)).collect();
    let all = columns
        .iter()
        .copied()
        .chain(lagged.iter().map(Vec::as_slice));
    let basis = Basis::new(e.len(), all);
    let left = basis.residual(&e);
    let center = mean(&e);
    let total: f64 = e.iter().map(|e| (e - center).powi(2)).sum();
    let r_squared = 1.0 - dot(&left, &left) / total;
    ChiSquaredTest::or_nan(e.len() as f64 * r_squared, lags)
}

/// `values` moved `lag` weeks later, zeros before.
fn lagged(values: &[f64], lag: usize) -> Vec<f64> {
    let zeros = lag.min(values.len());
    let kept = values.len() - zeros;
    std::iter::repeat_n(0.0, zeros)
        .chain(values[..kept].iter().copied())
        .collect()
}

/// Ljung and Box's n(n+2) Σ r_k² / (n − k) over lags 1 to `lags`, χ²(lags − `fitted`), where
/// `fitted` counts the autoregressive and moving-average terms of the model. On regression
/// residuals it is approximate: [`breusch_godfrey`] is not.
pub fn ljung_box(series: &[f64], lags: usize, fitted: usize) -> ChiSquaredTest {
    let n = series.len() as f64;
    portmanteau(series, lags, fitted, |k| n * (n + 2.0) / (n - k as f64))
}

/// Box and Pierce's n Σ r_k², χ²(lags − `fitted`).
pub fn box_pierce(series: &[f64], lags: usize, fitted: usize) -> ChiSquaredTest {
    let n = series.len() as f64;
    portmanteau(series, lags, fitted, |_| n)
}

fn portmanteau(
    series: &[f64],
    lags: usize,
    fitted: usize,
    weight: impl Fn(usize) -> f64,
) -> ChiSquaredTest {
    let correlations = autocorrelations(series, lags);
    let terms = correlations.iter().zip(1..).map(|(r, k)| weight(k) * r * r);
    ChiSquaredTest::or_nan(terms.sum(), lags.saturating_sub(fitted))
}

/// r_k = c_k / c_0 for k = 1 to `lags`, with c_k = Σ (x_t − x̄)(x_{t−k} − x̄) / n. NaN for a
/// constant series.
pub fn autocorrelations(series: &[f64], lags: usize) -> Vec<f64> {
    let scaled = scaled(series);
    let center = mean(&scaled);
    let x: Vec<f64> = scaled.iter().map(|value| value - center).collect();
    let variance = dot(&x, &x);
    (1..=lags)
        .map(|lag| dot(&x[lag.min(x.len())..], &x) / variance)
        .collect()
}

/// Partial autocorrelations for lags 1 to `lags`, by Durbin and Levinson's recursion on
/// [`autocorrelations`] (R's `pacf`; statsmodels' `ywm`).
pub fn partial_autocorrelations(series: &[f64], lags: usize) -> Vec<f64> {
    let r = autocorrelations(series, lags);
    let mut phi: Vec<f64> = Vec::with_capacity(lags);
    let mut partial = Vec::with_capacity(lags);
    for k in 0..lags {
        let back = |from: &[f64]| {
            from.iter()
                .zip(r[..k].iter().rev())
                .map(|(f, r)| f * r)
                .sum::<f64>()
        };
        let own = (r[k] - back(&phi)) / (1.0 - dot(&phi, &r[..k]));
        let previous = phi.clone();
        for (value, mirrored) in phi.iter_mut().zip(previous.iter().rev()) {
            *value -= own * mirrored;
        }
        phi.push(own);
        partial.push(own);
    }
    partial
}

const ID: &str = "diagnostics.autocorrelation";

/// Breusch and Godfrey's test decides.
pub(super) fn finding(stages: &[Examined; 2]) -> Finding {
    let weeks = stages[0].stage.target.len();
    let lags = hac::lags(weeks).max(1);
    let fewest = stages
        .iter()
        .map(|stage| {
            let (_, columns, _) = stage.errors();
            weeks.saturating_sub(columns.len())
        })
        .min()
        .unwrap_or(0);
    if fewest < lags + 8 {
        let said = format!("{weeks} weeks are too few to see whether errors last {lags} weeks");
        return Finding::new(ID, Status::NotAssessed, said);
    }
    let tests = [0, 1].map(|at| {
        let (errors, columns, whose) = stages[at].errors();
        let test = breusch_godfrey(&errors, &columns, lags);
        let evidence = json!({
            "residual": whose,
            "durbin_watson": durbin_watson(&errors),
            "breusch_godfrey": test.statistic,
            "breusch_godfrey_p": test.p,
            "ljung_box_p": ljung_box(&errors, lags, 0).p,
            "lags": lags,
        });
        (stages[at].stage.name, test.p, evidence)
    });
    let watson = [0, 1].map(|at| durbin_watson(&stages[at].errors().0));
    let names = [stages[0].stage.name, stages[1].stage.name];
    by_p_value(
        ID,
        tests,
        "no sign that a week's errors carry over to the next (Breusch-Godfrey)",
        |name, p| {
            let watson = if name == names[0] {
                watson[0]
            } else {
                watson[1]
            };
            format!(
                "the errors of {name} last for weeks (Breusch-Godfrey {p}, Durbin-Watson \
                 {watson:.2}): classical standard errors are too small; the block bootstrap allows \
                 for it; a missing season, trend or carry-over is the usual cause"
            )
        },
    )
}
