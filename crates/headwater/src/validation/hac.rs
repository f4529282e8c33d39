//! Tests on weekly data whose errors are alike from one week to the next.

use nalgebra::{DMatrix, DVector};

use super::ChiSquaredTest;

/// Bartlett lags for `weeks` weeks: `floor(4 (n/100)^(2/9))` (Newey and West 1994).
///
/// ```
/// assert_eq!(headwater::validation::hac::lags(104), 4);
/// ```
pub fn lags(weeks: usize) -> usize {
    (4.0 * (weeks as f64 / 100.0).powf(2.0 / 9.0)).floor() as usize
}

/// The Newey-West estimate of the covariance of `sum_t g_t`, one row of `g` a week (Bartlett
/// weights, no correction for the mean).
pub fn long_run(g: &DMatrix<f64>, lags: usize) -> DMatrix<f64> {
    let n = g.nrows();
    let mut omega = g.tr_mul(g);
    for lag in 1..=lags.min(n.saturating_sub(1)) {
        let weight = 1.0 - lag as f64 / (lags + 1) as f64;
        let product = g.rows(lag, n - lag).tr_mul(&g.rows(0, n - lag));
        omega += (&product + product.transpose()) * weight;
    }
    omega
}

/// [`long_run`] of one series of mean 0: `sum g_t^2 + 2 sum_l (1 - l/(L+1)) sum g_t g_{t-l}`.
pub fn long_run_variance(g: &[f64], lags: usize) -> f64 {
    long_run(&DMatrix::from_column_slice(g.len(), 1, g), lags)[(0, 0)]
}

/// The columns of `d` times the residual `r`, week by week: the moments of a score test, in units
/// that neither overflow nor matter to it.
pub fn moments(d: &DMatrix<f64>, r: &DVector<f64>) -> DMatrix<f64> {
    let size = nonzero(r.amax());
    let scales: Vec<f64> = d
        .column_iter()
        .map(|column| nonzero(column.amax()))
        .collect();
    DMatrix::from_fn(d.nrows(), d.ncols(), |week, column| {
        d[(week, column)] / scales[column] * (r[week] / size)
    })
}

/// The score test of `E[d_t r_t] = 0`: `(sum g)' Omega^-1 (sum g)` with `g_t = d_t r_t` under the
/// null. It keeps its size on autocorrelated weeks where the Wald form does not (methods brief,
/// 1.6). `None` when the moments are singular.
pub fn score_test(d: &DMatrix<f64>, r: &DVector<f64>, lags: usize) -> Option<ChiSquaredTest> {
    let g = moments(d, r);
    let sum = column_sums(&g);
    let statistic = sum.dot(&solve(long_run(&g, lags), &sum)?);
    ChiSquaredTest::new(statistic, d.ncols())
}

/// The Newey-West standard error of a least-squares slope on one partialled column `d`:
/// `sqrt(Omega) / d'd` with `Omega` the long-run variance of `sum d_t r_t`.
pub fn slope_error(d: &DVector<f64>, r: &DVector<f64>) -> f64 {
    let g = DMatrix::from_columns(&[d.component_mul(r)]);
    long_run(&g, lags(d.len()))[(0, 0)].max(0.0).sqrt() / d.norm_squared()
}

/// `sum_t g_t`.
pub fn column_sums(g: &DMatrix<f64>) -> DVector<f64> {
    DVector::from_iterator(g.ncols(), g.column_iter().map(|column| column.sum()))
}

/// `omega^-1 right`; `None` when `omega` is singular.
pub fn solve(omega: DMatrix<f64>, right: &DVector<f64>) -> Option<DVector<f64>> {
    let solved = omega.cholesky()?.solve(right);
    solved.iter().all(|x| x.is_finite()).then_some(solved)
}

fn nonzero(scale: f64) -> f64 {
    if scale > 0.0 { scale } else { 1.0 }
}
