//! How strongly the exposures move the mediator.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::validation::hac;
use crate::validation::linear_twin::Partialled;

/// The joint strength of the exposures in stage 1 (methods brief, 1.6), from the linear twin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PathStrength {
    /// The number of instruments, `K`: columns of the exposures that act on the mediator only.
    pub instruments: usize,
    /// `((RSS_W - RSS_WS)/K) / (RSS_WS/(n-k))`.
    pub f: f64,
    /// `a' V^-1 a / K` with a Newey-West covariance.
    pub f_hac: f64,
    /// `(RSS_W - RSS_WS) / RSS_W`: what the instruments explain of what the rest leaves.
    pub partial_r2: f64,
    /// The p value of no path at all, from the HAC [score test](hac::score_test) of `K` moments: it
    /// keeps its size on autocorrelated weeks where the Wald form does not.
    pub p: f64,
    /// Bartlett lags.
    pub lags: usize,
    /// What the HAC F allows.
    pub grade: Grade,
}

/// What a first stage is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// HAC F of 23.1 or more: the 5% bias bound of Montiel Olea and Pflueger (2013) for one
    /// instrument.
    Strong,
    /// HAC F from 10 to 23.1: Stock and Yogo's (2005) 10% bias bound is 10.27 for four
    /// instruments.
    Moderate,
    /// HAC F below 10: slopes of the mediator are not to be reported, only Anderson-Rubin sets.
    Weak,
}

impl Grade {
    /// Below this HAC F the path is weak.
    pub const WEAK_BELOW: f64 = 10.0;
    /// From this HAC F the path is strong.
    pub const STRONG_FROM: f64 = 23.1;

    /// The grade of a HAC F; NaN is weak.
    pub fn of(f_hac: f64) -> Self {
        if f_hac >= Self::STRONG_FROM {
            Grade::Strong
        } else if f_hac >= Self::WEAK_BELOW {
            Grade::Moderate
        } else {
            Grade::Weak
        }
    }

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Grade::Strong => "strong",
            Grade::Moderate => "moderate",
            Grade::Weak => "weak",
        }
    }
}

impl PathStrength {
    /// With fewer weeks to spare the long-run covariance, which spends several on its lags, calls
    /// any first stage strong.
    pub const LEAST_DF: f64 = 10.0;

    /// Measures how strongly the instruments move the mediator; `None` when their moments are
    /// singular or too many for the weeks, or they explain all of it.
    pub fn of(system: &Partialled) -> Option<Self> {
        let k = system.s.ncols();
        let lags = hac::lags(system.m.len());
        let u = system.residual(&system.m);
        let (all, left) = (system.m.norm_squared(), u.norm_squared());
        // a' V^-1 a with V = (S'S)^-1 Omega (S'S)^-1 is (S'm)' Omega^-1 (S'm), Omega at the
        // residual of stage 1; the score test takes Omega at m itself, as if there were no path.
        let scaled = hac::moments(&system.s, &system.m);
        let size = system.m.amax() / u.amax();
        let sum = hac::column_sums(&scaled) * size;
        let omega = hac::long_run(&hac::moments(&system.s, &u), lags);
        let f_hac = sum.dot(&hac::solve(omega, &sum)?) / k as f64;
        let p = hac::score_test(&system.s, &system.m, lags)?.p;
        let strength = PathStrength {
            instruments: k,
            f: ((all - left) / k as f64) / (left / system.df),
            f_hac,
            partial_r2: (all - left) / all,
            p,
            lags,
            grade: Grade::of(f_hac),
        };
        let numbers = [strength.f, strength.f_hac, strength.partial_r2, strength.p];
        numbers.iter().all(|x| x.is_finite()).then_some(strength)
    }
}
