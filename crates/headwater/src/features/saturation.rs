//! Saturation: another dollar does less the more is already spent.

use serde::{Deserialize, Serialize};

/// The shape of the response to adstocked spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Saturation {
    /// No saturation: effects are linear in adstocked spend, and a slope is per dollar.
    #[default]
    None,
    /// `log(1 + x / k)`, with `k` the mean spend of the active training weeks.
    Log1p,
}

impl Saturation {
    /// Learns the scale from the spend of the training weeks.
    ///
    /// `k` is the mean absolute spend over the weeks that are not zero, in the unit of the
    /// spend: without a scale, `log(1 + x)` would change with the currency. It is the scale of
    /// the raw spend, so that it does not depend on the decay. Without any active week, 1.
    pub fn learn(self, train: &[f64]) -> Response {
        let scale = match self {
            Saturation::None => None,
            Saturation::Log1p => {
                let (sum, active) = train
                    .iter()
                    .filter(|&&spend| spend != 0.0)
                    .fold((0.0, 0u32), |(sum, n), spend| (sum + spend.abs(), n + 1));
                Some(if active == 0 {
                    1.0
                } else {
                    sum / f64::from(active)
                })
            }
        };
        Response { scale }
    }
}

/// A saturation with its learned scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Response {
    scale: Option<f64>,
}

impl Response {
    /// The learned `k`, in the unit of the spend; `None` without saturation.
    pub fn scale(&self) -> Option<f64> {
        self.scale
    }

    /// Saturates adstocked spend in place.
    ///
    /// Refunds (negative values) mirror: `-log(1 + |x| / k)`, so that the curve stays finite
    /// and increasing everywhere.
    ///
    /// ```
    /// use headwater::features::Saturation;
    /// let mut spend = [0.0, 100.0, 300.0];
    /// Saturation::Log1p.learn(&[0.0, 50.0, 150.0]).apply(&mut spend);
    /// assert_eq!(spend, [0.0, 2f64.ln(), 4f64.ln()]);
    /// ```
    pub fn apply(&self, values: &mut [f64]) {
        if let Some(scale) = self.scale {
            for value in values {
                *value = (value.abs() / scale).ln_1p().copysign(*value);
            }
        }
    }
}
