//! Adstock: advertising keeps working in the weeks after it was paid for.
//!
//! All forms start from zero spend before the first week, so the first weeks of a file that
//! begins in the middle of a campaign are understated.

use std::fmt;

use schemars::JsonSchema;
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AdstockSettings {
    /// `"cross_validated"`, or a fixed number in [0, 1).
    #[schemars(with = "serde_json::Value")]
    pub decay: Decay,
    /// The decays among which cross-validation chooses, each in [0, 1).
    pub grid: Vec<f64>,
    /// Kernels of other kinds among which cross-validation chooses as well.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kernels: Vec<Kernel>,
}

impl Default for AdstockSettings {
    fn default() -> Self {
        AdstockSettings {
            decay: Decay::CrossValidated,
            grid: vec![0.0, 0.2, 0.4, 0.6, 0.8],
            kernels: Vec::new(),
        }
    }
}

/// The most carry-overs to choose from.
const MOST_KERNELS: usize = 100;

impl AdstockSettings {
    /// The decays to be tried: the grid, or the fixed one alone.
    pub fn candidates(&self) -> Vec<f64> {
        match self.decay {
            Decay::CrossValidated => self.grid.clone(),
            Decay::Fixed(decay) => vec![decay],
        }
    }

    /// The kernels to be tried: those of the decays, then the other kinds.
    pub fn kernels(&self) -> Vec<Kernel> {
        let decays = self.candidates().into_iter().map(Kernel::from);
        decays.chain(self.kernels.iter().copied()).collect()
    }

    /// Refuses having nothing to try, a fixed decay beside other kinds, and parameters out of
    /// range.
    pub(super) fn validate(&self) -> Result<()> {
        let kernels = self.kernels();
        if kernels.is_empty() {
            return Err(Error::setting(
                "features.adstock.grid is empty, so there is no decay to choose",
                "list at least one decay in [0, 1), or set `decay` to a number",
            ));
        }
        if kernels.len() > MOST_KERNELS {
            return Err(Error::setting(
                format!(
                    "features.adstock lists {} carry-overs to choose from, and a design is made for each",
                    kernels.len()
                ),
                format!(
                    "list at most {MOST_KERNELS}: steps of 0.1 in `grid` are finer than data can tell"
                ),
            ));
        }
        if self.decay != Decay::CrossValidated && !self.kernels.is_empty() {
            return Err(Error::setting(
                "features.adstock fixes the decay and lists other kernels to choose from",
                "set `decay = \"cross_validated\"`, or remove `kernels`",
            ));
        }
        kernels.iter().try_for_each(Kernel::validate)
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

/// The most weeks over which a kernel with a fixed length may spread.
const LONGEST: usize = 104;

/// How a dollar's effect is spread over the week it was spent and the weeks after: weights of mass
/// 1, so that the result stays in dollars and a slope on it is the long-run effect of one.
///
/// In TOML by name: `{ delayed = { decay = 0.5, peak = 1.0, lags = 8 } }`.
///
/// ```
/// use headwater::features::Kernel;
/// let flat_out = Kernel::Geometric { decay: 0.5 }.apply(&[8.0, 0.0, 0.0]);
/// assert_eq!(flat_out, [4.0, 2.0, 1.0]);
/// let late = Kernel::Delayed { decay: 0.5, peak: 1.0, lags: 3 }.apply(&[8.0, 0.0, 0.0]);
/// assert_eq!(late, [2.0, 4.0, 2.0]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Kernel {
    /// `(1 - d) d^l`: strongest at once. See [`adstock`].
    Geometric {
        /// The share left one week later, in [0, 1).
        decay: f64,
    },
    /// `a^((l - peak)^2)` over `lags` weeks: strongest `peak` weeks later (Jin et al. 2017).
    Delayed {
        /// How slowly it fades around the peak, in (0, 1).
        decay: f64,
        /// Weeks until the effect is strongest, in [0, lags - 1].
        peak: f64,
        /// The number of weeks with a weight.
        lags: usize,
    },
    /// The Weibull density at 1, 2, ... `lags`, less its least value: the last or first weight is
    /// exactly 0 (the min-max scaling of Robyn and PyMC-Marketing). May peak late.
    WeibullPdf {
        /// Above 1 it rises before it falls; above 0.
        shape: f64,
        /// Larger spreads it over more weeks; above 0, in weeks.
        scale: f64,
        /// The number of weeks with a weight, at least 2.
        lags: usize,
    },
    /// `prod_{i <= l} (1 - F(i))` with `F` the Weibull distribution function and `1` in the week
    /// itself: a decay whose rate changes with time.
    WeibullCdf {
        /// Above 1 the decay speeds up, below 1 it slows down; above 0.
        shape: f64,
        /// Larger decays more slowly; above 0, in weeks.
        scale: f64,
        /// The number of weeks with a weight.
        lags: usize,
    },
}

impl From<f64> for Kernel {
    fn from(decay: f64) -> Self {
        Kernel::Geometric { decay }
    }
}

impl Kernel {
    /// The weights of the week itself, the next, and so on, adding up to 1; none for the geometric
    /// kernel, whose tail has no end.
    pub fn weights(&self) -> Option<Vec<f64>> {
        let mut weights: Vec<f64> = match *self {
            Kernel::Geometric { .. } => return None,
            Kernel::Delayed { decay, peak, lags } => (0..lags)
                .map(|lag| decay.powf((lag as f64 - peak).powi(2)))
                .collect(),
            Kernel::WeibullPdf { shape, scale, lags } => {
                let density = |week: usize| {
                    let z = week as f64 / scale;
                    shape / scale * z.powf(shape - 1.0) * (-z.powf(shape)).exp()
                };
                let densities: Vec<f64> = (1..=lags).map(density).collect();
                let least = densities.iter().copied().fold(f64::INFINITY, f64::min);
                densities
                    .into_iter()
                    .map(|density| density - least)
                    .collect()
            }
            Kernel::WeibullCdf { shape, scale, lags } => {
                let survival = |week: usize| (-(week as f64 / scale).powf(shape)).exp();
                let kept = (0..lags).scan(1.0, |kept, week| {
                    *kept *= survival(week);
                    Some(*kept)
                });
                kept.collect()
            }
        };
        let mass: f64 = weights.iter().sum();
        weights.iter_mut().for_each(|weight| *weight /= mass);
        Some(weights)
    }

    /// Spreads `values`, with nothing before the first week.
    pub fn apply(&self, values: &[f64]) -> Vec<f64> {
        match (self, self.weights()) {
            (Kernel::Geometric { decay }, _) => adstock(values, *decay),
            (_, weights) => {
                let weights = weights.unwrap_or_default();
                (0..values.len())
                    .map(|t| {
                        let past = values[..=t].iter().rev();
                        past.zip(&weights).map(|(x, w)| x * w).sum()
                    })
                    .collect()
            }
        }
    }

    /// The part of `values`, in their unit, that is spread beyond the last week.
    pub fn beyond(&self, values: &[f64]) -> f64 {
        match (self, self.weights()) {
            // the state of the adstock after the last week is what has not been released yet
            (Kernel::Geometric { decay }, _) => {
                values.iter().fold(0.0, |state, x| decay * (state + x))
            }
            (_, weights) => {
                let weights = weights.unwrap_or_default();
                let later = |age: usize| weights.iter().skip(age).sum::<f64>();
                let ages = 1..=values.len();
                values
                    .iter()
                    .rev()
                    .zip(ages)
                    .map(|(x, age)| x * later(age))
                    .sum()
            }
        }
    }

    /// The smallest number of weeks after the week itself by which `share` of the effect has come.
    ///
    /// ```
    /// use headwater::features::Kernel;
    /// assert_eq!(Kernel::Geometric { decay: 0.5 }.reach(0.75), 1);
    /// assert_eq!(Kernel::Geometric { decay: 0.0 }.reach(0.99), 0);
    /// ```
    pub fn reach(&self, share: f64) -> usize {
        let left = 1.0 - share + 1e-12;
        match (self, self.weights()) {
            // after lag l there is d^(l + 1) left
            (Kernel::Geometric { decay }, _) if *decay <= left => 0,
            (Kernel::Geometric { decay }, _) => (left.ln() / decay.ln()).ceil() as usize - 1,
            (_, weights) => {
                let weights = weights.unwrap_or_default();
                let mut still = 1.0;
                let reached = weights.iter().position(|weight| {
                    still -= weight;
                    still <= left
                });
                reached.unwrap_or(weights.len().saturating_sub(1))
            }
        }
    }

    /// Refuses parameters out of range.
    pub fn validate(&self) -> Result<()> {
        let refuse = |what: String, help: &str| Err(Error::setting(what, help));
        let lags_fit = |lags: usize, least: usize| (least..=LONGEST).contains(&lags);
        match *self {
            Kernel::Geometric { decay } if !(0.0..1.0).contains(&decay) => refuse(
                format!("the adstock decay {decay} is not in [0, 1)"),
                "0 means no carry-over, 0.8 a long one; correct features.adstock in headwater.toml",
            ),
            Kernel::Delayed { decay, peak, lags }
                if !(decay > 0.0
                    && decay < 1.0
                    && lags_fit(lags, 1)
                    && peak >= 0.0
                    && peak <= (lags - 1) as f64) =>
            {
                refuse(
                    format!(
                        "the delayed adstock with decay {decay}, peak {peak} and {lags} lags is out \
                         of range"
                    ),
                    "use a decay in (0, 1), at most 104 lags, and a peak from 0 to lags - 1",
                )
            }
            Kernel::WeibullPdf { shape, scale, lags }
            | Kernel::WeibullCdf { shape, scale, lags } => {
                let least = match self {
                    Kernel::WeibullPdf { .. } => 2,
                    _ => 1,
                };
                let positive = |x: f64| x > 0.0 && x.is_finite();
                let usable = positive(shape) && positive(scale) && lags_fit(lags, least);
                // a scale far from the lags leaves no weight at all, or the same one everywhere
                let mass = || {
                    let weights = self.weights().unwrap_or_default();
                    weights.iter().all(|weight| weight.is_finite())
                };
                if usable && mass() {
                    return Ok(());
                }
                refuse(
                    format!(
                        "the Weibull adstock with shape {shape}, scale {scale} and {lags} lags has \
                         no usable weights"
                    ),
                    &format!(
                        "use a shape and a scale above 0, {least} to 104 lags, and a scale of a few \
                         weeks"
                    ),
                )
            }
            Kernel::Geometric { .. } | Kernel::Delayed { .. } => Ok(()),
        }
    }
}
