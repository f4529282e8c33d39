//! How strongly the exposures move the mediator.

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};
use statrs::distribution::{ChiSquared, ContinuousCDF};

use crate::design::{Design, Purpose};
use crate::error::{Error, Result};
use crate::numeric::least_squares::{Unsolvable, least_squares};

/// The joint strength of the exposures in stage 1 (methods brief, 1.6), from the linear model of
/// the mediator on the stage's design whatever the estimator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PathStrength {
    /// The number of exposure columns, `K`.
    pub exposures: usize,
    /// `((RSS_W - RSS_WS)/K) / (RSS_WS/(n-k))`.
    pub f: f64,
    /// `a' V^-1 a / K` with a Newey-West covariance.
    pub f_hac: f64,
    /// `(RSS_W - RSS_WS) / RSS_WS`'s share: what the exposures explain of what the controls leave.
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
    /// Measures how strongly the causal columns of `design` move `mediator`.
    ///
    /// # Errors
    /// When the design has no causal column, or its columns depend on each other.
    pub fn of(design: &Design, mediator: &[f64]) -> Result<Self> {
        let of = |purpose| {
            let columns = design
                .columns()
                .iter()
                .filter(move |column| column.purpose == purpose);
            columns
                .map(|column| &*column.values)
                .collect::<Vec<&[f64]>>()
        };
        let (exposures, controls) = (of(Purpose::Causal), of(Purpose::Control));
        if exposures.is_empty() {
            return Err(Error::setting(
                "the first stage has no causal column",
                "use the standard features instead of the seed recipe",
            ));
        }
        let n = mediator.len();
        let residual = |target: &[f64]| residualise(target, &controls, design);
        let s = exposures
            .iter()
            .map(|column| residual(column))
            .collect::<Result<Vec<_>>>()?;
        let s = DMatrix::from_fn(n, s.len(), |row, column| s[column][row]);
        let m = DVector::from_vec(residual(mediator)?);
        let bread = (s.transpose() * &s)
            .try_inverse()
            .ok_or_else(|| dependent(design))?;
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
            let inverse = covariance.try_inverse().ok_or_else(|| dependent(design))?;
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

/// The Newey-West estimate of the long-run covariance of `sum_t s_t e_t` (Bartlett weights).
fn long_run(s: &DMatrix<f64>, e: &DVector<f64>, lags: usize) -> DMatrix<f64> {
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
fn residualise(target: &[f64], controls: &[&[f64]], design: &Design) -> Result<Vec<f64>> {
    let ones = vec![1.0; target.len()];
    let fit = least_squares(controls, target, &ones, true).map_err(|error| match error {
        Unsolvable::Dependent(positions) => {
            let names: Vec<String> = design
                .columns()
                .iter()
                .filter(|column| column.purpose == Purpose::Control)
                .map(|column| column.name.to_string())
                .collect();
            Error::RankDeficient {
                stage: "mediator".into(),
                columns: positions
                    .into_iter()
                    .map(|position| names[position].clone())
                    .collect(),
            }
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
                .zip(controls)
                .map(|(slope, column)| slope * column[week])
                .sum();
            target[week] - intercept - held
        })
        .collect())
}

fn dependent(design: &Design) -> Error {
    Error::RankDeficient {
        stage: "mediator".into(),
        columns: design
            .columns()
            .iter()
            .filter(|column| column.purpose == Purpose::Causal)
            .map(|column| column.name.to_string())
            .collect(),
    }
}
