//! Do all exposures tell the same story of what the mediator is worth?

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::validation::ChiSquaredTest;
use crate::validation::hac::{self, Moments};
use crate::validation::linear_twin::Partialled;

/// Tests of the missing direct edges: with `K` instruments, `K - 1` ways to be wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Overidentification {
    /// Hansen's (1982) J with a Newey-West weight: the one to use on weekly data.
    pub hansen_j: ChiSquaredTest,
    /// Sargan's `n r'P_S r / r'r`: over-rejects when errors are alike from week to week; shown for
    /// reference.
    pub sargan: ChiSquaredTest,
    /// The slope of the mediator by efficient GMM, outcome units per mediator unit.
    pub b_gmm: f64,
}

impl Overidentification {
    /// `None` with a single instrument, or when the moments are singular or too many for the weeks.
    ///
    /// `J = gbar' Omega^-1 gbar` with `g_t = S~_t (Y~ - b M~)_t`, `Omega` at the two-stage
    /// least-squares residual and `b` the minimiser; with many instruments as [`Moments`] says.
    pub fn of(system: &Partialled) -> Option<Self> {
        let z = system.s.ncols();
        if z < 2 {
            return None;
        }
        let lags = hac::lags(system.m.len());
        let r = &system.y - &system.m * system.b_ind();
        let explained = system.projection(&r).norm_squared();
        let n = system.m.len() as f64;
        let sargan = ChiSquaredTest::new(n * explained / r.norm_squared(), z - 1)?;

        let scale = r.amax();
        let how = Moments::new(system.m.len(), lags, z - 1)?;
        let omega = how.covariance(&hac::moments(&system.s, &r));
        let sums = |target: &nalgebra::DVector<f64>| {
            hac::column_sums(&hac::moments(&system.s, target)) * (target.amax() / scale)
        };
        let (m, y) = (sums(&system.m), sums(&system.y));
        let weighted = hac::solve(omega.clone(), &m)?;
        let b_gmm = weighted.dot(&y) / weighted.dot(&m);
        let g = y - m * b_gmm;
        let j = g.dot(&hac::solve(omega, &g)?);
        b_gmm.is_finite().then_some(Overidentification {
            hansen_j: how.judge(j)?,
            sargan,
            b_gmm,
        })
    }
}
