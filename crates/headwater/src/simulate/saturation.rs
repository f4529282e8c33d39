//! Saturation of a channel in a simulated market: another dollar does less.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Hill's curve on a channel's carried-over spend `A`, both in dollars a week:
///
/// ```text
/// R(A) = half z^slope / (1 + z^slope),   z = A / half
/// ```
///
/// `R` is spend that counts: a saturated channel draws `mediated * R(A)` Google dollars where an
/// unsaturated one draws `mediated * A`. So the most that it can draw is `mediated * half`
/// dollars a week, half of that at `A = half`; with slope 1, `mediated` is what the first dollar
/// draws.
///
/// The curve `z^s / (z^s + h^s)` of a model whose `z` is spend in usual weeks of `k` dollars is
/// the same curve, with `h = half / k`, `s = slope` and an effect `half` times as large. `k` can be
/// known before `half` is chosen: the spend of a market does not depend on its effects.
///
/// ```
/// use headwater::simulate::Saturation;
/// let saturation = Saturation { half: 2_000.0, slope: 1.0 };
/// assert_eq!(saturation.response(2_000.0), 1_000.0);
/// assert_eq!(saturation.response(6_000.0), 1_500.0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Saturation {
    /// Dollars of weekly carried-over spend that have half of the full effect, above 0.
    pub half: f64,
    /// `s`, above 0: with more than 1 the curve is S-shaped, with 1 or less concave.
    pub slope: f64,
}

impl Saturation {
    /// `R(A)` for `carried` dollars a week, at least 0.
    pub fn response(&self, carried: f64) -> f64 {
        // divided by the larger power, so that neither overflows; 0 for 0
        self.half / (1.0 + (self.half / carried).powf(self.slope))
    }

    /// Refuses parameters that are not above 0.
    pub(super) fn validate(&self, channel: &str) -> Result<()> {
        let refuse = |what: &str, value: f64, help: &str| {
            Err(Error::setting(
                format!("the saturation of {channel} has {what} {value}, which is not above 0"),
                help,
            ))
        };
        let positive = |value: f64| value > 0.0 && value.is_finite();
        if !positive(self.half) {
            return refuse(
                "the half",
                self.half,
                "choose the dollars a week that have half of the full effect, such as 3000; leave \
                 `saturation` out for none",
            );
        }
        if !positive(self.slope) {
            return refuse(
                "the slope",
                self.slope,
                "choose 1 for a curve that bends from the first dollar, 2 for one shaped like an S",
            );
        }
        Ok(())
    }
}
