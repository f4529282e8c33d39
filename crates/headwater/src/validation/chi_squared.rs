//! The outcome of a chi-squared test.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ChiSquared, ContinuousCDF};

/// A statistic with its chi-squared p value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChiSquaredTest {
    /// The statistic.
    pub statistic: f64,
    /// Degrees of freedom.
    pub df: usize,
    /// The share of the chi-squared distribution above the statistic.
    pub p: f64,
}

impl ChiSquaredTest {
    /// `None` where the statistic is not finite or there is no degree of freedom.
    pub fn new(statistic: f64, df: usize) -> Option<Self> {
        let test = ChiSquaredTest::or_nan(statistic, df);
        (statistic.is_finite() && test.p.is_finite()).then_some(test)
    }

    /// The same, with a p value of NaN, which keeps no bound, where there is none.
    ///
    /// ```
    /// use headwater::validation::ChiSquaredTest;
    /// let test = ChiSquaredTest::or_nan(3.841458820694124, 1);
    /// assert!((test.p - 0.05).abs() < 1e-9);
    /// assert!(ChiSquaredTest::or_nan(f64::NAN, 1).p.is_nan());
    /// ```
    pub fn or_nan(statistic: f64, df: usize) -> Self {
        // `max` would turn NaN into 0.
        let p = if statistic.is_nan() {
            f64::NAN
        } else {
            ChiSquared::new(df as f64).map_or(f64::NAN, |chi| chi.sf(statistic.max(0.0)))
        };
        ChiSquaredTest { statistic, df, p }
    }
}
