//! Is an induced unit of the mediator worth what any other unit is worth?

use nalgebra::DMatrix;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::estimate::Interval;
use crate::validation::linear_twin::Partialled;
use crate::validation::{ChiSquaredTest, hac};

/// The two slopes of the mediator and the test that they are one (Durbin, Wu and Hausman, in HAC
/// score form; methods brief, 0.2 and 1.6).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TwoSlope {
    /// Outcome per unit that the exposures induced: needs A1 and A3, not A2.
    pub b_ind: f64,
    /// Its Newey-West standard error (two-stage least squares).
    pub b_ind_se: f64,
    /// Outcome per unit that moved for other reasons: needs A1 and A2, not A3.
    pub b_auto: f64,
    /// Its Newey-West standard error.
    pub b_auto_se: f64,
    /// Of the mediator as it is, the exposures left out: right where both stories agree.
    pub b_pooled: f64,
    /// The test of `b_ind = b_auto`.
    pub test: ChiSquaredTest,
    /// `t^2` of the residual in the control function with a Newey-West error and the correction
    /// `n / (n - k)`, for reference: more power, and a larger size.
    pub wald: ChiSquaredTest,
}

/// The 97.5% point of the normal distribution.
const TWO_SIDED_95: f64 = 1.959963984540054;

impl TwoSlope {
    /// The 95% interval of `b_ind` for a first stage that is not weak: two-stage least squares
    /// with Newey-West errors.
    pub fn b_ind_interval(&self) -> Interval {
        Interval {
            lower: self.b_ind - TWO_SIDED_95 * self.b_ind_se,
            upper: self.b_ind + TWO_SIDED_95 * self.b_ind_se,
        }
    }

    /// `None` when the residual of the mediator is zero or the moments are singular.
    pub fn of(system: &Partialled) -> Option<Self> {
        let lags = hac::lags(system.m.len());
        let (m, y) = (&system.m, &system.y);
        let v = system.residual(m);
        let induced = m - &v;
        let b_pooled = m.dot(y) / m.norm_squared();
        let r = y - m * b_pooled;
        // v with the mediator itself partialled out.
        let d = &v - m * (m.dot(&v) / m.norm_squared());
        let d = DMatrix::from_columns(&[d]);
        let test = hac::score_test(&d, &r, lags)?;

        let (b_ind, b_auto) = (system.b_ind(), system.b_auto());
        let unrestricted = y - &induced * b_ind - &v * b_auto;
        let at_d = d.column(0).into_owned();
        let gap = hac::slope_error(&at_d, &unrestricted);
        let two = TwoSlope {
            b_ind,
            b_ind_se: hac::slope_error(&induced, &(y - m * b_ind)),
            b_auto,
            b_auto_se: hac::slope_error(&v, &(system.residual(y) - &v * b_auto)),
            b_pooled,
            test,
            wald: ChiSquaredTest::new(
                ((b_auto - b_ind) / gap).powi(2) * system.df / system.m.len() as f64,
                1,
            )?,
        };
        // Without a first stage, or with a perfect one, a slope is no number.
        let numbers = [
            two.b_ind,
            two.b_ind_se,
            two.b_auto,
            two.b_auto_se,
            two.b_pooled,
        ];
        numbers.iter().all(|x| x.is_finite()).then_some(two)
    }
}
