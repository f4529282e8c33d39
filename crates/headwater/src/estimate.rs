//! A number with its uncertainty: effects are never bare floats.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A two-sided interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Interval {
    /// The lower end.
    pub lower: f64,
    /// The upper end.
    pub upper: f64,
}

impl Interval {
    /// Whether `value` lies inside, ends included.
    ///
    /// ```
    /// use headwater::estimate::Interval;
    /// assert!(Interval { lower: -1.0, upper: 2.0 }.contains(0.0));
    /// ```
    pub fn contains(&self, value: f64) -> bool {
        self.lower <= value && value <= self.upper
    }
}

/// A quantity with its interval, or the reason why there is none.
///
/// In JSON always the same five keys, null where there is no number, and
/// `why` when the point or the interval is missing:
/// `{"point":1.2,"lower":0.4,"upper":2.0,"level":0.95,"method":"percentile, moving blocks of 8 weeks"}`.
///
/// ```
/// use headwater::estimate::{Estimate, Interval};
/// let roas = Estimate::new(1.2, Interval { lower: 0.4, upper: 2.0 }, 0.95, "percentile");
/// assert_eq!(roas.excludes(0.0), Some(true));
/// assert_eq!(Estimate::not_assessed("no spend", 0.95).excludes(0.0), None);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Estimate {
    /// The point estimate, in the unit of the quantity.
    pub point: Option<f64>,
    /// The lower end of the interval.
    pub lower: Option<f64>,
    /// The upper end of the interval.
    pub upper: Option<f64>,
    /// The nominal coverage, in (0, 1).
    pub level: f64,
    /// How the interval was made.
    pub method: String,
    /// Why the point or the interval is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl Estimate {
    /// A point with an interval.
    pub fn new(point: f64, interval: Interval, level: f64, method: impl Into<String>) -> Self {
        Estimate {
            point: Some(point),
            lower: Some(interval.lower),
            upper: Some(interval.upper),
            level,
            method: method.into(),
            why: None,
        }
    }

    /// A point whose interval was not computed, and why.
    pub fn point_only(point: f64, level: f64, why: impl Into<String>) -> Self {
        Estimate {
            point: Some(point),
            lower: None,
            upper: None,
            level,
            method: "no interval".into(),
            why: Some(why.into()),
        }
    }

    /// A quantity that the data cannot give, and why.
    pub fn not_assessed(why: impl Into<String>, level: f64) -> Self {
        Estimate {
            point: None,
            lower: None,
            upper: None,
            level,
            method: "not assessed".into(),
            why: Some(why.into()),
        }
    }

    /// The interval, when there is one.
    pub fn interval(&self) -> Option<Interval> {
        Some(Interval {
            lower: self.lower?,
            upper: self.upper?,
        })
    }

    /// Whether the interval leaves `value` out; `None` without an interval.
    pub fn excludes(&self, value: f64) -> Option<bool> {
        self.interval().map(|interval| !interval.contains(value))
    }
}
