//! Saturation: another dollar does less the more is already spent.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The shape of the response to adstocked spend, with `z = x / k` and `k` the mean spend of the
/// active training weeks: parameters are free of the currency, and 1 is a usual week.
///
/// In TOML by name, with parameters where there are any: `"log1p"`,
/// `{ hill = { half_saturation = 1.0, slope = 1.5 } }`. Every shape increases.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Saturation {
    /// No saturation: effects are linear in adstocked spend, and a slope is per dollar.
    #[default]
    None,
    /// `log(1 + z)`: never quite saturates.
    Log1p,
    /// `z^s / (z^s + h^s)`: S-shaped for a slope above 1.
    Hill {
        /// `h`, where half of the effect is reached, in usual weeks; above 0.
        half_saturation: f64,
        /// `s`, above 0: steeper around `h` when larger.
        slope: f64,
    },
    /// `(1 - exp(-r z)) / (1 + exp(-r z))`.
    Logistic {
        /// `r`, above 0: saturates sooner when larger.
        rate: f64,
    },
    /// `tanh(z / c)`.
    Tanh {
        /// `c`, in usual weeks; above 0: three quarters of the effect are reached at `c`.
        scale: f64,
    },
    /// `z / (h + z)`: Hill with slope 1.
    MichaelisMenten {
        /// `h`, where half of the effect is reached, in usual weeks; above 0.
        half_saturation: f64,
    },
}

impl Saturation {
    /// Learns the scale from the spend of the training weeks.
    ///
    /// `k` is the mean absolute spend over the weeks that are not zero, in the unit of the
    /// spend: without a scale, `log(1 + x)` would change with the currency. It is the scale of
    /// the raw spend, so that it does not depend on the decay. Without any active week, 1.
    pub fn learn(self, train: &[f64]) -> Response {
        let (sum, active) = train
            .iter()
            .filter(|&&spend| spend != 0.0)
            .fold((0.0, 0u32), |(sum, n), spend| (sum + spend.abs(), n + 1));
        Response {
            shape: self,
            scale: if active == 0 {
                1.0
            } else {
                sum / f64::from(active)
            },
        }
    }

    /// Refuses parameters that are not above 0.
    ///
    /// # Errors
    /// Names the parameter.
    pub fn validate(&self) -> Result<()> {
        let parameters = match *self {
            Saturation::None | Saturation::Log1p => Vec::new(),
            Saturation::Hill {
                half_saturation,
                slope,
            } => vec![half_saturation, slope],
            Saturation::Logistic { rate } => vec![rate],
            Saturation::Tanh { scale } => vec![scale],
            Saturation::MichaelisMenten { half_saturation } => vec![half_saturation],
        };
        match parameters.iter().find(|p| !(**p > 0.0 && p.is_finite())) {
            None => Ok(()),
            Some(parameter) => Err(Error::setting(
                format!("{self:?} has the parameter {parameter}, which is not above 0"),
                "parameters are in usual weeks: 1 is the mean spend of the active weeks",
            )),
        }
    }
}

/// A saturation with its learned scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Response {
    shape: Saturation,
    scale: f64,
}

impl Response {
    /// The shape whose scale was learned.
    pub fn shape(&self) -> Saturation {
        self.shape
    }

    /// The learned `k`, in the unit of the spend; `None` without saturation.
    pub fn scale(&self) -> Option<f64> {
        (self.shape != Saturation::None).then_some(self.scale)
    }

    /// Saturates adstocked spend in place.
    ///
    /// Refunds (negative values) mirror, as in `-log(1 + |x| / k)`, so that the curve stays
    /// finite and increasing everywhere.
    ///
    /// ```
    /// use headwater::features::Saturation;
    /// let mut spend = [0.0, 100.0, 300.0];
    /// Saturation::Log1p.learn(&[0.0, 50.0, 150.0]).apply(&mut spend);
    /// assert_eq!(spend, [0.0, 2f64.ln(), 4f64.ln()]);
    /// ```
    pub fn apply(&self, values: &mut [f64]) {
        if self.shape == Saturation::None {
            return;
        }
        for value in values {
            *value = self.level(value.abs() / self.scale).copysign(*value);
        }
    }

    /// [`apply`](Self::apply) to one value.
    pub fn of(&self, value: f64) -> f64 {
        match self.shape {
            Saturation::None => value,
            _ => self.level(value.abs() / self.scale).copysign(value),
        }
    }

    /// The derivative of [`of`](Self::of); infinite at 0 for a Hill slope below 1.
    ///
    /// ```
    /// use headwater::features::Saturation;
    /// let response = Saturation::Log1p.learn(&[0.0, 50.0, 150.0]);
    /// assert_eq!(response.slope(100.0), 0.5 / 100.0);
    /// ```
    pub fn slope(&self, value: f64) -> f64 {
        let z = value.abs() / self.scale;
        let slope = match self.shape {
            Saturation::None => return 1.0,
            Saturation::Log1p => 1.0 / (1.0 + z),
            Saturation::Hill {
                half_saturation,
                slope,
            } if z == 0.0 => match slope.total_cmp(&1.0) {
                std::cmp::Ordering::Less => f64::INFINITY,
                std::cmp::Ordering::Equal => 1.0 / half_saturation,
                std::cmp::Ordering::Greater => 0.0,
            },
            Saturation::Hill { slope, .. } => {
                let level = self.level(z);
                slope * level * (1.0 - level) / z
            }
            Saturation::Logistic { rate } => rate / 2.0 * (1.0 - (rate * z / 2.0).tanh().powi(2)),
            Saturation::Tanh { scale } => (1.0 - (z / scale).tanh().powi(2)) / scale,
            Saturation::MichaelisMenten { half_saturation } => {
                half_saturation / (half_saturation + z).powi(2)
            }
        };
        slope / self.scale
    }

    /// The response to `z` usual weeks of spend, `z` at least 0.
    fn level(&self, z: f64) -> f64 {
        match self.shape {
            Saturation::None => z,
            Saturation::Log1p => z.ln_1p(),
            // divided by the larger power, so that neither overflows
            Saturation::Hill {
                half_saturation,
                slope,
            } => 1.0 / (1.0 + (half_saturation / z).powf(slope)),
            Saturation::Logistic { rate } => (rate * z / 2.0).tanh(),
            Saturation::Tanh { scale } => (z / scale).tanh(),
            Saturation::MichaelisMenten { half_saturation } => 1.0 / (1.0 + half_saturation / z),
        }
    }
}
