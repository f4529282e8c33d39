//! Tests on weekly data whose errors are alike from one week to the next.

use nalgebra::{DMatrix, DVector};
use statrs::distribution::{ChiSquared, ContinuousCDF, FisherSnedecor};

use super::ChiSquaredTest;
pub use crate::numeric::long_run::{lags, long_run, long_run_variance};

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

/// How a quadratic form `(sum g)' Omega^-1 (sum g)` of `df` moments over `weeks` weeks is judged.
///
/// With `Omega` of the moments themselves the form never exceeds `(n + L) / (L + 1)`: the Bartlett
/// sum is `1 / (L + 1)` times the products of all sums of `L + 1` weeks, of which there are
/// `n + L`, and Cauchy's inequality does the rest. At 104 weeks that is 21.6, and the 5% point of
/// chi-squared with 12 degrees is 21.03: nothing could ever be rejected. So where that point is
/// more than half of the bound, the moments in `Omega` are taken from their means, and the form
/// is referred to `F(df, v - df + 1)` times `v df / (v - df + 1)` with `v = 1.5 n / (L + 1)`
/// (Sun and Kim 2012; `v` of the Bartlett weights: Lazarus and others 2018).
#[derive(Debug, Clone, Copy)]
pub struct Moments {
    weeks: usize,
    lags: usize,
    df: usize,
    crowded: bool,
}

impl Moments {
    /// `None` without a degree of freedom, or with more of them than the weeks can judge.
    pub fn new(weeks: usize, lags: usize, df: usize) -> Option<Self> {
        let point = ChiSquared::new(df as f64).ok()?.inverse_cdf(0.95);
        let bound = (weeks + lags) as f64 / (lags + 1) as f64;
        let moments = Moments {
            weeks,
            lags,
            df,
            crowded: point > 0.5 * bound,
        };
        (!moments.crowded || moments.second_df() >= 1.0).then_some(moments)
    }

    fn blocks(&self) -> f64 {
        1.5 * self.weeks as f64 / (self.lags + 1) as f64
    }

    fn second_df(&self) -> f64 {
        self.blocks() - self.df as f64 + 1.0
    }

    /// `Omega` of these moments, one row a week.
    pub fn covariance(&self, g: &DMatrix<f64>) -> DMatrix<f64> {
        if !self.crowded {
            return long_run(g, self.lags);
        }
        let mut centred = g.clone();
        for mut column in centred.column_iter_mut() {
            let mean = column.mean();
            column.add_scalar_mut(-mean);
        }
        long_run(&centred, self.lags)
    }

    /// The statistic with its p value; `None` when it is not finite.
    pub fn judge(&self, statistic: f64) -> Option<ChiSquaredTest> {
        let mut test = ChiSquaredTest::new(statistic, self.df)?;
        if self.crowded {
            let df = (self.df as f64, self.second_df());
            let f = statistic.max(0.0) * df.1 / (self.blocks() * df.0);
            test.p = FisherSnedecor::new(df.0, df.1).ok()?.sf(f);
        }
        test.p.is_finite().then_some(test)
    }
}

/// The score test of `E[d_t r_t] = 0`: `(sum g)' Omega^-1 (sum g)` with `g_t = d_t r_t` under the
/// null, judged by [`Moments`]. It keeps its size on autocorrelated weeks where the Wald form does
/// not (methods brief, 1.6). `None` when the moments are singular, or too many for the weeks.
pub fn score_test(d: &DMatrix<f64>, r: &DVector<f64>, lags: usize) -> Option<ChiSquaredTest> {
    let how = Moments::new(d.nrows(), lags, d.ncols())?;
    let g = moments(d, r);
    let sum = column_sums(&g);
    how.judge(sum.dot(&solve(how.covariance(&g), &sum)?))
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
