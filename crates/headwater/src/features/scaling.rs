//! Standardisation, learned from training weeks, and the way back.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// `z = (x - mean) / sd`, with the mean and the standard deviation (divided by n, as in
/// scikit-learn's `StandardScaler`) of the training weeks.
///
/// ```
/// use headwater::features::scaling::Standardisation;
/// let scaling = Standardisation::learn(&[1.0, 3.0])?;
/// assert_eq!((scaling.apply(5.0), scaling.invert(3.0)), (3.0, 5.0));
/// # Ok::<(), headwater::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Standardisation {
    mean: f64,
    sd: f64,
}

impl Standardisation {
    /// Learns mean and deviation. A constant column is centred and keeps its unit.
    ///
    /// # Errors
    /// Without any week, or with a value that is not finite.
    pub fn learn(train: &[f64]) -> Result<Self> {
        if train.is_empty() {
            return Err(Error::TooFewWeeks {
                message: "standardisation needs at least 1 training week; there are 0".into(),
                help: "give the split at least one training week".into(),
            });
        }
        if let Some(t) = train.iter().position(|value| !value.is_finite()) {
            return Err(Error::input(
                format!("training week {} of the column is not a number", t + 1),
                "fill or correct the cell before standardising",
            ));
        }
        let n = train.len() as f64;
        // divided before summing, so that the largest floats do not overflow
        let mean: f64 = train.iter().map(|value| value / n).sum();
        let range = train
            .iter()
            .map(|value| (value / 2.0 - mean / 2.0).abs())
            .fold(0.0, f64::max);
        let constant = train.iter().all(|value| *value == train[0]);
        if constant || range == 0.0 {
            return Ok(Standardisation {
                mean: train[0],
                sd: 1.0,
            });
        }
        let squares: f64 = train
            .iter()
            .map(|value| ((value / 2.0 - mean / 2.0) / range).powi(2))
            .sum();
        Ok(Standardisation {
            mean,
            sd: 2.0 * range * (squares / n).sqrt(),
        })
    }

    /// The learned mean.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The learned standard deviation; 1 for a constant column.
    pub fn sd(&self) -> f64 {
        self.sd
    }

    /// From the unit of the column to standard deviations from the mean.
    pub fn apply(&self, value: f64) -> f64 {
        (value - self.mean) / self.sd
    }

    /// The way back.
    pub fn invert(&self, standardised: f64) -> f64 {
        self.mean + self.sd * standardised
    }
}
