//! Adstock: advertising keeps working in the weeks after it was paid for.
//!
//! All forms start from zero spend before the first week, so the first weeks of a file that
//! begins in the middle of a campaign are understated.

use std::fmt;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, Result};

/// Normalised geometric adstock, `A_t = (1 - d) x_t + d A_{t-1}` with `A_{-1} = 0`.
///
/// The weights `(1 - d) d^l` add up to 1, so the result stays in the unit of `values` and a
/// slope on it is the long-run effect of one unit. `decay` lies in [0, 1): the share of the
/// effect that is left one week later; 0 returns `values`, more spreads a week's spend over
/// more of the following weeks.
///
/// ```
/// use headwater::features::adstock::adstock;
/// assert_eq!(adstock(&[8.0, 0.0, 0.0], 0.5), [4.0, 2.0, 1.0]);
/// ```
pub fn adstock(values: &[f64], decay: f64) -> Vec<f64> {
    carry_over(values, 1.0 - decay, decay)
}

/// Recursive geometric adstock without normalisation, `A_t = x_t + d A_{t-1}`, as in Robyn.
///
/// A unit of spend weighs `1 / (1 - d)` in total, so a slope on it is not the effect of a unit.
pub fn recursive(values: &[f64], decay: f64) -> Vec<f64> {
    carry_over(values, 1.0, decay)
}

/// `A_t = gain x_t + d A_{t-1}`.
fn carry_over(values: &[f64], gain: f64, decay: f64) -> Vec<f64> {
    let mut carried = 0.0;
    values
        .iter()
        .map(|&value| {
            carried = gain * value + decay * carried;
            carried
        })
        .collect()
}

/// Geometric adstock cut off after `lags` weights, `A_t = sum_{l < lags} d^l x_{t-l}`; divided
/// by the sum of the weights when `normalised`.
///
/// PyMC-Marketing's `l_max` is `lags`; Meridian's `max_lag` is `lags - 1`. With `lags` 0 there
/// is no weight at all and the result is 0 everywhere.
pub fn truncated(values: &[f64], decay: f64, lags: usize, normalised: bool) -> Vec<f64> {
    let weights: Vec<f64> = std::iter::successors(Some(1.0), |weight| Some(weight * decay))
        .take(lags)
        .collect();
    let mass = if normalised && lags > 0 {
        weights.iter().sum()
    } else {
        1.0
    };
    (0..values.len())
        .map(|t| {
            let past = values[..=t].iter().rev();
            past.zip(&weights).map(|(x, w)| x * w).sum::<f64>() / mass
        })
        .collect()
}

/// How the adstock's decay is found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AdstockSettings {
    /// `"cross_validated"`, or a fixed number in [0, 1).
    pub decay: Decay,
    /// The decays among which cross-validation chooses, each in [0, 1).
    pub grid: Vec<f64>,
}

impl Default for AdstockSettings {
    fn default() -> Self {
        AdstockSettings {
            decay: Decay::CrossValidated,
            grid: vec![0.0, 0.2, 0.4, 0.6, 0.8],
        }
    }
}

impl AdstockSettings {
    /// The decays to be tried: the grid, or the fixed one alone.
    pub fn candidates(&self) -> Vec<f64> {
        match self.decay {
            Decay::CrossValidated => self.grid.clone(),
            Decay::Fixed(decay) => vec![decay],
        }
    }

    /// Refuses an empty grid and decays outside [0, 1).
    pub(super) fn validate(&self) -> Result<()> {
        let candidates = self.candidates();
        if candidates.is_empty() {
            return Err(Error::setting(
                "features.adstock.grid is empty, so there is no decay to choose",
                "list at least one decay in [0, 1), or set `decay` to a number",
            ));
        }
        match candidates.iter().find(|decay| !(0.0..1.0).contains(*decay)) {
            None => Ok(()),
            Some(decay) => Err(Error::setting(
                format!("the adstock decay {decay} is not in [0, 1)"),
                "0 means no carry-over, 0.8 a long one; correct features.adstock in headwater.toml",
            )),
        }
    }
}

/// The decay of the adstock: chosen by cross-validation, or fixed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Decay {
    /// The candidate with the least error as `Estimator::cross_validate` judges it.
    CrossValidated,
    /// This decay, in [0, 1).
    Fixed(f64),
}

const CROSS_VALIDATED: &str = "cross_validated";

impl Serialize for Decay {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Decay::CrossValidated => serializer.serialize_str(CROSS_VALIDATED),
            Decay::Fixed(decay) => serializer.serialize_f64(*decay),
        }
    }
}

impl<'de> Deserialize<'de> for Decay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct WordOrNumber;

        impl Visitor<'_> for WordOrNumber {
            type Value = Decay;

            fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
                write!(formatter, "\"{CROSS_VALIDATED}\" or a number in [0, 1)")
            }

            fn visit_str<E: de::Error>(self, word: &str) -> std::result::Result<Decay, E> {
                if word == CROSS_VALIDATED {
                    Ok(Decay::CrossValidated)
                } else {
                    Err(E::invalid_value(de::Unexpected::Str(word), &self))
                }
            }

            fn visit_f64<E: de::Error>(self, decay: f64) -> std::result::Result<Decay, E> {
                Ok(Decay::Fixed(decay))
            }

            fn visit_i64<E: de::Error>(self, decay: i64) -> std::result::Result<Decay, E> {
                Ok(Decay::Fixed(decay as f64))
            }

            fn visit_u64<E: de::Error>(self, decay: u64) -> std::result::Result<Decay, E> {
                Ok(Decay::Fixed(decay as f64))
            }
        }

        deserializer.deserialize_any(WordOrNumber)
    }
}
