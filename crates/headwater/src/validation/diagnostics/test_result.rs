//! The outcome of a statistical test, and the correction for asking several.

use statrs::distribution::{ChiSquared, ContinuousCDF};

/// A test statistic with its degrees of freedom and p value. What could not be computed is NaN,
/// which keeps no bound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TestResult {
    /// The statistic.
    pub statistic: f64,
    /// The degrees of freedom of its chi-squared distribution under the null hypothesis.
    pub df: f64,
    /// The probability of a statistic at least as large under the null hypothesis.
    pub p: f64,
}

impl TestResult {
    /// A statistic that is chi-squared with `df` degrees of freedom under the null hypothesis.
    ///
    /// ```
    /// use headwater::validation::diagnostics::TestResult;
    /// let test = TestResult::chi_squared(3.841458820694124, 1.0);
    /// assert!((test.p - 0.05).abs() < 1e-9);
    /// assert!(TestResult::chi_squared(f64::NAN, 1.0).p.is_nan());
    /// ```
    pub fn chi_squared(statistic: f64, df: f64) -> Self {
        let p = if statistic.is_nan() {
            f64::NAN
        } else {
            ChiSquared::new(df).map_or(f64::NAN, |chi| chi.sf(statistic.max(0.0)))
        };
        TestResult { statistic, df, p }
    }
}

/// Holm's adjusted p values, in the given order: each is the smallest level at which its
/// hypothesis is rejected while the chance of any false rejection stays below that level,
/// whatever the dependence (Holm 1979). NaN stays NaN and is not counted.
///
/// ```
/// use headwater::validation::diagnostics::holm;
/// assert_eq!(holm(&[0.04, 0.01, 0.5]), vec![0.08, 0.03, 0.5]);
/// ```
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).filter(|&i| !p[i].is_nan()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut adjusted = vec![f64::NAN; p.len()];
    let mut so_far: f64 = 0.0;
    for (rank, &i) in order.iter().enumerate() {
        so_far = so_far.max((p[i] * (order.len() - rank) as f64).min(1.0));
        adjusted[i] = so_far;
    }
    adjusted
}
