//! Findings as a list: what needs attention in full, what passed as a count.

use headwater::finding::{Finding, Status};

use crate::style::Style;

/// Failed findings, then warnings, then what could not be assessed, each in its order; those
/// that passed are counted.
pub(crate) fn findings<'a>(
    style: &Style,
    findings: impl IntoIterator<Item = &'a Finding>,
) -> String {
    let findings: Vec<&Finding> = findings.into_iter().collect();
    let mut text = String::new();
    for status in [Status::Failed, Status::Warning, Status::NotAssessed] {
        for finding in findings.iter().filter(|finding| finding.status == status) {
            let said = style.hanging("  X ", 4, &format!("{}: {}", finding.id, finding.summary));
            text += &said.replacen("X", &style.status(status, mark(status)), 1);
        }
    }
    let passed = findings
        .iter()
        .filter(|finding| finding.status == Status::Passed)
        .count();
    let count = match (findings.len(), passed) {
        (0, _) => "no check was run".into(),
        (_, 1) => "1 check passed".into(),
        (_, passed) => format!("{passed} checks passed"),
    };
    let sign = match passed {
        0 => " ".into(),
        _ => style.status(Status::Passed, mark(Status::Passed)),
    };
    text + &format!("  {sign} {count}\n")
}

/// One character for a status; the legend of the findings.
pub(crate) fn mark(status: Status) -> &'static str {
    match status {
        Status::Passed => "✓",
        Status::NotAssessed => "?",
        Status::Warning => "!",
        Status::Failed => "✗",
    }
}

/// A status in words.
pub(crate) fn word(status: Status) -> &'static str {
    match status {
        Status::Passed => "passed",
        Status::NotAssessed => "not assessed",
        Status::Warning => "warning",
        Status::Failed => "failed",
    }
}
