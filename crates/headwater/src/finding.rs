//! What a check found: passed, a warning, failed, or not assessed and why.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The outcome of a check. A check that could not run is `NotAssessed`, never `Passed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// A stable name, `room.subject`, as `headwater explain` will know it.
    pub id: String,
    /// The outcome.
    pub status: Status,
    /// One or two plain sentences, with the remedy when there is one.
    pub summary: String,
    /// The numbers behind the sentence.
    pub evidence: Map<String, Value>,
}

impl Finding {
    /// A finding without evidence yet.
    pub fn new(id: &str, status: Status, summary: impl Into<String>) -> Self {
        Finding {
            id: id.into(),
            status,
            summary: summary.into(),
            evidence: Map::new(),
        }
    }

    /// Adds one piece of evidence.
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.evidence.insert(key.into(), value.into());
        self
    }
}
