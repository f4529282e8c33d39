//! What `headwater validate` prints: one line a check, its figure and its bound, in groups.

use headwater::analysis::Checks;
use headwater::finding::{Bound, Finding, Measure, Status};

use crate::number::amount;
use crate::summary::mark;
use crate::terminal::style::Style;

/// The screen of every check of the run in `directory`. `strict` says that a warning counts as a
/// failure.
pub fn validate_screen(checks: &Checks, directory: &str, strict: bool, style: Style) -> String {
    let mut text =
        style.strong(&style.paragraph(0, &format!("{directory}: the checks of {}", checks.source)));
    for group in &checks.groups {
        text += &style.heading(&group.name);
        for finding in &group.findings {
            text += &line(finding, &style);
        }
    }
    text += &format!("\n  {}\n", counts(checks));
    text += &verdict(checks, strict, &style);
    text + &style.dim(&style.paragraph(
        2,
        "What a line means and what to do: headwater explain ID. Bounds: [validation.bounds] in \
         the run's headwater.toml.",
    ))
}

/// How many checks came out how.
pub(crate) fn counts(checks: &Checks) -> String {
    let counts = [
        (checks.passed, "passed"),
        (
            checks.warnings,
            if checks.warnings == 1 {
                "warning"
            } else {
                "warnings"
            },
        ),
        (checks.failed, "failed"),
        (checks.not_assessed, "not assessed"),
    ];
    counts
        .map(|(count, word)| format!("{count} {word}"))
        .join(", ")
}

/// The mark, the id with figure and bound where one decided, and what was found.
fn line(finding: &Finding, style: &Style) -> String {
    let mut said = finding.id.clone();
    // What was not assessed was not decided by a figure.
    if finding.status != Status::NotAssessed
        && let Some(measure) = &finding.measure
    {
        said += &format!(" [{}]", figure(measure));
    }
    said += &format!(": {}", finding.summary);
    let sign = style.status(finding.status, mark(finding.status));
    style.hanging("  X ", 4, &said).replacen('X', &sign, 1)
}

/// `p value 0.21, at least 0.05`, with digits enough to tell the figure from its bound.
pub(crate) fn figure(measure: &Measure) -> String {
    let (word, bound) = match measure.bound {
        Bound::AtLeast(bound) => ("at least", bound),
        Bound::AtMost(bound) => ("at most", bound),
    };
    let value = match amount(measure.value) {
        text if text == amount(bound) && measure.value != bound => format!("{:.4}", measure.value),
        text => text,
    };
    format!("{} {value}, {word} {}", measure.name, amount(bound))
}

fn verdict(checks: &Checks, strict: bool, style: &Style) -> String {
    let (status, said) = conclusion(checks, strict);
    style.status(status, &style.paragraph(2, &said))
}

/// What to make of all checks together.
pub(crate) fn conclusion(checks: &Checks, strict: bool) -> (Status, String) {
    match (checks.failed, checks.warnings) {
        (0, 0) => (Status::Passed, "No check failed.".to_owned()),
        (0, _) if strict => (
            Status::Failed,
            "No check failed, but with --strict a warning counts as one.".to_owned(),
        ),
        (0, _) => (
            Status::Warning,
            "No check failed; read the warnings before the numbers are used.".to_owned(),
        ),
        (1, _) => (
            Status::Failed,
            "1 check failed: the numbers that it concerns should not be used as they stand."
                .to_owned(),
        ),
        (failed, _) => (
            Status::Failed,
            format!(
                "{failed} checks failed: the numbers that they concern should not be used as they \
                 stand."
            ),
        ),
    }
}
