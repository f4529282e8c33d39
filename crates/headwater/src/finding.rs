//! What a check found: passed, a warning, failed, or not assessed and why.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The outcome of a check. A check that could not run is `NotAssessed`, never `Passed`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The check ran and found nothing to worry about.
    Passed,
    /// The check could not run; the summary says why.
    NotAssessed,
    /// Worth knowing before the numbers are used.
    Warning,
    /// The numbers it concerns should not be used as they stand.
    Failed,
}

/// One check with its outcome, a plain sentence and the numbers behind it.
///
/// ```
/// use headwater::finding::{Finding, Status};
/// let finding = Finding::new("data.gaps", Status::Warning, "2 weeks are missing")
///     .with("missing_weeks", 2);
/// assert_eq!(finding.evidence["missing_weeks"], 2);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// A stable name, `room.subject`, as `headwater explain` will know it.
    pub id: String,
    /// The outcome.
    pub status: Status,
    /// One or two plain sentences, with the remedy when there is one.
    pub summary: String,
    /// The figure that decided, beside its bound; none where no single figure did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<Measure>,
    /// The numbers behind the sentence.
    pub evidence: Map<String, Value>,
}

/// The figure that decided a check and the bound it was held against.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Measure {
    /// What was measured, in a few words: `p value`, `HAC F`.
    pub name: String,
    /// The figure.
    pub value: f64,
    /// What it should be.
    pub bound: Bound,
}

/// What a figure should be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// Not below.
    AtLeast(f64),
    /// Not above.
    AtMost(f64),
}

impl Bound {
    /// Whether `value` keeps the bound; NaN keeps none.
    ///
    /// ```
    /// use headwater::finding::Bound;
    /// assert!(Bound::AtLeast(0.05).holds(0.05));
    /// assert!(!Bound::AtMost(10.0).holds(f64::NAN));
    /// ```
    pub fn holds(&self, value: f64) -> bool {
        match self {
            Bound::AtLeast(bound) => value >= *bound,
            Bound::AtMost(bound) => value <= *bound,
        }
    }
}

impl Finding {
    /// A finding without evidence yet.
    pub fn new(id: &str, status: Status, summary: impl Into<String>) -> Self {
        Finding {
            id: id.into(),
            status,
            summary: summary.into(),
            measure: None,
            evidence: Map::new(),
        }
    }

    /// Names the figure that decided and its bound. A figure that is not finite is left out: JSON
    /// has no place for it, and it decided nothing.
    ///
    /// ```
    /// use headwater::finding::{Bound, Finding, Status};
    /// let finding = Finding::new("diagnostics.white", Status::Passed, "no sign of uneven errors")
    ///     .measured("p value", 0.4, Bound::AtLeast(0.05));
    /// assert_eq!(finding.measure.map(|measure| measure.value), Some(0.4));
    /// ```
    pub fn measured(mut self, name: &str, value: f64, bound: Bound) -> Self {
        self.measure = value.is_finite().then(|| Measure {
            name: name.into(),
            value,
            bound,
        });
        self
    }

    /// Adds one piece of evidence.
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.evidence.insert(key.into(), value.into());
        self
    }
}
