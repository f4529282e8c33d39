//! One change of a plan: a column and by how much.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, Result};

/// By how much a column changes in each week of a plan. Written `+20%`, `-500`, `=3000`.
///
/// ```
/// use headwater::decisions::By;
/// assert_eq!("+20%".parse::<By>()?, By::Percent(20.0));
/// assert_eq!("-500".parse::<By>()?.apply(1200.0), 700.0);
/// assert_eq!("=3000".parse::<By>()?.apply(1200.0), 3000.0);
/// assert!("3000".parse::<By>().is_err()); // by 3000 or to 3000?
/// # Ok::<(), headwater::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum By {
    /// So many percent more (or, below 0, less) than it stands.
    Percent(f64),
    /// So much more (or less) a week, in the column's unit.
    Amount(f64),
    /// To this value, in the column's unit.
    Level(f64),
}

impl By {
    /// The value of a week that stood at `value`.
    pub fn apply(self, value: f64) -> f64 {
        match self {
            By::Percent(percent) => value * (1.0 + percent / 100.0),
            By::Amount(amount) => value + amount,
            By::Level(level) => level,
        }
    }
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            By::Percent(percent) => write!(f, "{percent:+}%"),
            By::Amount(amount) => write!(f, "{amount:+}"),
            By::Level(level) => write!(f, "={level}"),
        }
    }
}

impl FromStr for By {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let refuse = || {
            Error::setting(
                format!("{text:?} does not say by how much a column changes"),
                "write +20% or -20% for a share, +500 or -500 for an amount a week, =3000 for the \
                 value itself; decimals with a point, no thousands separators",
            )
        };
        let written = text.trim();
        let number = |digits: &str| {
            let number: f64 = digits.trim().parse().map_err(|_| refuse())?;
            if number.is_finite() {
                Ok(number)
            } else {
                Err(refuse())
            }
        };
        if let Some(level) = written.strip_prefix('=') {
            return Ok(By::Level(number(level)?));
        }
        if !written.starts_with(['+', '-']) {
            return Err(refuse());
        }
        match written.strip_suffix('%') {
            Some(percent) => Ok(By::Percent(number(percent)?)),
            None => Ok(By::Amount(number(written)?)),
        }
    }
}

impl Serialize for By {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for By {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A column and its change. Written `facebook_spend=+20%`.
///
/// ```
/// use headwater::decisions::{By, Change};
/// let change: Change = "facebook_spend=+20%".parse()?;
/// assert_eq!((change.column.as_str(), change.by), ("facebook_spend", By::Percent(20.0)));
/// # Ok::<(), headwater::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// An exposure, lever or control.
    pub column: String,
    /// By how much.
    #[schemars(with = "String")]
    pub by: By,
}

impl FromStr for Change {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text.split_once('=') {
            Some((column, by)) if !column.trim().is_empty() => Ok(Change {
                column: column.trim().into(),
                by: by.parse()?,
            }),
            _ => Err(Error::setting(
                format!("{text:?} is no change of a column"),
                "write the column, =, and by how much: facebook_spend=+20%, price=-5%, \
                 facebook_spend==3000",
            )),
        }
    }
}
