//! Do the errors have the bell shape that classical intervals assume?

use serde_json::json;
use statrs::distribution::{ContinuousCDF, Normal};

use super::regression::{Examined, by_p_value};
use crate::finding::{Finding, Status};
use crate::numeric::summary::mean;
use crate::numeric::vector::scaled;
use crate::validation::ChiSquaredTest;

/// Jarque and Bera's test with the moments it is made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct JarqueBera {
    /// n/6 (S² + (K − 3)²/4), χ²(2).
    pub test: ChiSquaredTest,
    /// S, 0 for a symmetric distribution.
    pub skewness: f64,
    /// K, 3 for a normal distribution.
    pub kurtosis: f64,
}

/// Jarque and Bera's test from population moments. Large-sample only: with under 100 weeks it
/// rejects too seldom.
///
/// ```
/// use headwater::validation::diagnostics::normality::jarque_bera;
/// let test = jarque_bera(&[-1.0, 1.0, -1.0, 1.0, -1.0, 1.0]);
/// assert_eq!((test.skewness, test.kurtosis), (0.0, 1.0));
/// assert!((test.test.statistic - 1.0).abs() < 1e-12);
/// ```
pub fn jarque_bera(series: &[f64]) -> JarqueBera {
    let x = scaled(series);
    let (n, center) = (x.len() as f64, mean(&x));
    let moment = |power: i32| x.iter().map(|v| (v - center).powi(power)).sum::<f64>() / n;
    let variance = moment(2);
    let skewness = moment(3) / variance.powf(1.5);
    let kurtosis = moment(4) / (variance * variance);
    let statistic = n / 6.0 * (skewness * skewness + (kurtosis - 3.0).powi(2) / 4.0);
    JarqueBera {
        test: ChiSquaredTest::or_nan(statistic, 2),
        skewness,
        kurtosis,
    }
}

/// Shapiro and Wilk's W with its p value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShapiroWilk {
    /// W in (0, 1], near 1 for a normal sample.
    pub w: f64,
    /// The probability of a W at most as large under normality.
    pub p: f64,
}

/// Shapiro and Wilk's test by Royston's approximations (1995, algorithm AS R94). `None` with fewer
/// than 3 or more than 5,000 values, for which they were not made, or when all are equal.
pub fn shapiro_wilk(series: &[f64]) -> Option<ShapiroWilk> {
    let n = series.len();
    if !(3..=5000).contains(&n) {
        return None;
    }
    let mut x = scaled(series);
    x.sort_by(f64::total_cmp);
    let center = mean(&x);
    let total: f64 = x.iter().map(|value| (value - center).powi(2)).sum();
    if total.is_nan() || x[n - 1] - x[0] < 1e-14 {
        return None;
    }
    let weights = weights(n);
    let slope: f64 = weights
        .iter()
        .zip(&x)
        .map(|(a, value)| a * (value - center))
        .sum();
    let w = (slope * slope / total).min(1.0);
    Some(ShapiroWilk { w, p: tail(w, n) })
}

/// The weights of the sorted values: Blom's normal scores, of which the outermost one or two on
/// either side follow Royston's polynomials in 1/√n.
fn weights(n: usize) -> Vec<f64> {
    let size = n as f64;
    if n == 3 {
        return vec![-0.5_f64.sqrt(), 0.0, 0.5_f64.sqrt()];
    }
    let normal = Normal::standard();
    let scores: Vec<f64> = (1..=n)
        .map(|i| normal.inverse_cdf((i as f64 - 0.375) / (size + 0.25)))
        .collect();
    let squares: f64 = scores.iter().map(|m| m * m).sum();
    let root = 1.0 / size.sqrt();
    let last = scores[n - 1] / squares.sqrt()
        + polynomial(
            &[0.0, 0.221157, -0.147981, -2.07119, 4.434685, -2.706056],
            root,
        );
    let (m1, m2) = (scores[n - 1], scores[n - 2]);
    let (ends, shrink) = if n > 5 {
        let second = m2 / squares.sqrt()
            + polynomial(
                &[0.0, 0.042981, -0.293762, -1.752461, 5.682633, -3.582633],
                root,
            );
        let left = 1.0 - 2.0 * (last * last + second * second);
        (
            vec![last, second],
            ((squares - 2.0 * (m1 * m1 + m2 * m2)) / left).sqrt(),
        )
    } else {
        let left = 1.0 - 2.0 * last * last;
        (vec![last], ((squares - 2.0 * m1 * m1) / left).sqrt())
    };
    let mut weights: Vec<f64> = scores.iter().map(|m| m / shrink).collect();
    for (i, end) in ends.into_iter().enumerate() {
        weights[i] = -end;
        weights[n - 1 - i] = end;
    }
    weights
}

/// P(W ≤ w): a transform of 1 − W is close to normal.
fn tail(w: f64, n: usize) -> f64 {
    let size = n as f64;
    if n == 3 {
        let p = 6.0 / std::f64::consts::PI * (w.sqrt().min(1.0).asin() - 0.75_f64.sqrt().asin());
        return p.clamp(0.0, 1.0);
    }
    let gap = (1.0 - w).ln();
    let (value, center, log_spread) = if n <= 11 {
        let bound = polynomial(&[-2.273, 0.459], size);
        if gap >= bound {
            return 0.0;
        }
        (
            -(bound - gap).ln(),
            polynomial(&[0.544, -0.39978, 0.025054, -6.714e-4], size),
            polynomial(&[1.3822, -0.77857, 0.062767, -0.0020322], size),
        )
    } else {
        let size = size.ln();
        (
            gap,
            polynomial(&[-1.5861, -0.31082, -0.083751, 0.0038915], size),
            polynomial(&[-0.4803, -0.082676, 0.0030302], size),
        )
    };
    Normal::standard().sf((value - center) / log_spread.exp())
}

/// c₀ + c₁ x + c₂ x² + …
fn polynomial(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c)
}

const ID: &str = "diagnostics.normality";

/// Shapiro and Wilk's test decides, Jarque and Bera's beyond the 5,000 weeks it is made for.
pub(super) fn finding(stages: &[Examined; 2]) -> Finding {
    let weeks = stages[0].stage.target.len();
    if weeks < 8 {
        let said = format!("{weeks} weeks show no shape");
        return Finding::new(ID, Status::NotAssessed, said);
    }
    let tests = [0, 1].map(|at| {
        let (errors, _, whose) = stages[at].errors();
        let moments = jarque_bera(&errors);
        let shapiro = shapiro_wilk(&errors);
        let p = if weeks > 5000 {
            moments.test.p
        } else {
            shapiro.map_or(f64::NAN, |test| test.p)
        };
        let evidence = json!({
            "residual": whose,
            "shapiro_wilk": shapiro.map(|test| test.w),
            "shapiro_wilk_p": shapiro.map(|test| test.p),
            "jarque_bera": moments.test.statistic,
            "jarque_bera_p": moments.test.p,
            "skewness": moments.skewness,
            "kurtosis": moments.kurtosis,
        });
        (stages[at].stage.name, p, evidence)
    });
    by_p_value(
        ID,
        tests,
        "the errors have about the shape of a normal distribution (Shapiro-Wilk)",
        |name, p| {
            format!(
                "the errors of {name} are not normal (Shapiro-Wilk {p}): this matters little \
                 for the bootstrap intervals, which do not assume it, but look at the most \
                 extreme weeks"
            )
        },
    )
}
