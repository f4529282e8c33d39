//! How strongly the exposures move the mediator.

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};
use statrs::distribution::{ChiSquared, ContinuousCDF};

use crate::design::{Column, Design, Purpose};
use crate::error::{Error, Result};
use crate::numeric::least_squares::{Unsolvable, least_squares};

/// The joint strength of the exposures in stage 1 (methods brief, 1.6), from the linear model of
/// the mediator on the stage's design whatever the estimator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PathStrength {
    /// The number of instruments, `K`: columns of the exposures that act on the mediator only.
    pub exposures: usize,
    /// `((RSS_W - RSS_WS)/K) / (RSS_WS/(n-k))`.
    pub f: f64,
    /// `a' V^-1 a / K` with a Newey-West covariance.
    pub f_hac: f64,
    /// `(RSS_W - RSS_WS) / RSS_W`: what the instruments explain of what the rest leaves.
    pub partial_r2: f64,
    /// The p value of no path at all, from the HAC score test (chi-squared, `K` degrees): it keeps
    /// its size on autocorrelated weeks where the Wald form does not.
    pub p: f64,
    /// Bartlett lags, `floor(4 (n/100)^(2/9))`.
    pub lags: usize,
}

/// Below this HAC F the path is weak (Stock and Yogo's 10% bias bound is 10.27 at K = 4).
pub const WEAK: f64 = 10.0;

impl PathStrength {
    /// Measures how strongly the causal columns of stage 1's `design` move `mediator`. Given stage
    /// 2's design, those that it has too (drawn edges) are held fixed like controls: they cannot
    /// tell the mediated effect from the direct one.
    ///
    /// # Errors
    /// When no causal column is left, or the columns depend on each other.
    pub fn of(design: &Design, mediator: &[f64], outcome: Option<&Design>) -> Result<Self> {
        let (exposures, controls): (Vec<&Column>, Vec<&Column>) =
            design.columns().iter().partition(|column| {
                column.purpose == Purpose::Causal
                    && outcome.is_none_or(|outcome| outcome.column(&column.name).is_none())
            });
        if exposures.is_empty() {
            return Err(Error::setting(
                "the first stage has no causal column that acts on the mediator alone",
                "leave an exposure without a direct edge, and use the standard features",
            ));
        }
        let n = mediator.len();
        let residual = |target: &[f64]| residualise(target, &controls);
        let s = exposures
            .iter()
            .map(|column| residual(&column.values))
            .collect::<Result<Vec<_>>>()?;
        // F, R2 and the score test do not depend on units; sums of squares of absurd ones overflow.
        let s: Vec<DVector<f64>> = s.into_iter().map(unit_length).collect();
        let s = DMatrix::from_columns(&s);
        let m = unit_length(residual(mediator)?);
        let bread = (s.transpose() * &s)
            .try_inverse()
            .ok_or_else(|| dependent(&exposures))?;
        let slopes = &bread * s.transpose() * &m;
        let e = &m - &s * &slopes;

        let k = exposures.len();
        let df = n as f64 - (k + controls.len() + 1) as f64;
        if df < 1.0 {
            return Err(Error::TooFewWeeks {
                message: format!("{n} weeks cannot test {} columns", design.width()),
                help: "use more weeks or fewer controls".into(),
            });
        }
        let (rss, explained) = (e.norm_squared(), m.norm_squared() - e.norm_squared());
        let lags = (4.0 * (n as f64 / 100.0).powf(2.0 / 9.0)).floor() as usize;
        let covariance = &bread * long_run(&s, &e, lags) * &bread;
        let wald = |covariance: DMatrix<f64>, vector: &DVector<f64>| {
            let inverse = covariance
                .try_inverse()
                .ok_or_else(|| dependent(&exposures))?;
            Ok::<f64, Error>((vector.transpose() * inverse * vector)[0])
        };
        let f_hac = wald(covariance, &slopes)? / k as f64;
        let score = wald(long_run(&s, &m, lags), &(s.transpose() * &m))?;
        let p = ChiSquared::new(k as f64)
            .map(|chi| chi.sf(score))
            .unwrap_or(f64::NAN);
        Ok(PathStrength {
            exposures: k,
            f: (explained / k as f64) / (rss / df),
            f_hac,
            partial_r2: explained / m.norm_squared(),
            p,
            lags,
        })
    }
}

fn unit_length(values: Vec<f64>) -> DVector<f64> {
    let largest = values
        .iter()
        .fold(0.0, |largest: f64, value| largest.max(value.abs()));
    let scaled = DVector::from_vec(values) / if largest > 0.0 { largest } else { 1.0 };
    let length = scaled.norm();
    if length > 0.0 {
        scaled / length
    } else {
        scaled
    }
}

/// The Newey-West estimate of the long-run covariance of `sum_t s_t e_t` (Bartlett weights).
pub(super) fn long_run(s: &DMatrix<f64>, e: &DVector<f64>, lags: usize) -> DMatrix<f64> {
    let n = s.nrows();
    let g = DMatrix::from_fn(n, s.ncols(), |row, column| s[(row, column)] * e[row]);
    let mut omega = g.transpose() * &g;
    for lag in 1..=lags.min(n - 1) {
        let weight = 1.0 - lag as f64 / (lags + 1) as f64;
        let product = g.rows(lag, n - lag).transpose() * g.rows(0, n - lag);
        omega += (&product + product.transpose()) * weight;
    }
    omega
}

/// `target` minus its least-squares fit on the controls and an intercept.
fn residualise(target: &[f64], controls: &[&Column]) -> Result<Vec<f64>> {
    let ones = vec![1.0; target.len()];
    let columns: Vec<&[f64]> = controls.iter().map(|column| &*column.values).collect();
    let fit = least_squares(&columns, target, &ones, true).map_err(|error| match error {
        Unsolvable::Dependent(positions) => {
            let columns: Vec<&Column> = positions.iter().map(|&at| controls[at]).collect();
            dependent(&columns)
        }
        Unsolvable::TooFewRows { rows, parameters } => Error::TooFewWeeks {
            message: format!("{rows} weeks cannot hold {parameters} columns fixed"),
            help: "use more weeks or fewer controls".into(),
        },
    })?;
    let intercept = fit.intercept.unwrap_or(0.0);
    Ok((0..target.len())
        .map(|week| {
            let held: f64 = fit
                .coefficients
                .iter()
                .zip(&columns)
                .map(|(slope, column)| slope * column[week])
                .sum();
            target[week] - intercept - held
        })
        .collect())
}

fn dependent(columns: &[&Column]) -> Error {
    Error::RankDeficient {
        stage: "mediator".into(),
        columns: columns
            .iter()
            .map(|column| column.name.to_string())
            .collect(),
    }
}
