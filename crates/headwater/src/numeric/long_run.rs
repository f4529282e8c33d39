//! The variance of a sum of weeks that are alike from one to the next (Newey and West 1987, 1994).

use nalgebra::DMatrix;

/// Bartlett lags for `weeks` weeks: `floor(4 (n/100)^(2/9))` (Newey and West 1994).
///
/// ```
/// assert_eq!(headwater::numeric::long_run::lags(104), 4);
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
