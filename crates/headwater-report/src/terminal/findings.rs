//! Findings as a list: what needs attention in full, what passed as a count.

use headwater::finding::{Finding, Status};

use crate::summary::mark;
use crate::terminal::screen::RunInfo;
use crate::terminal::style::Style;

/// The findings of a fit, in the order of a budget owner's questions: the path, the forecast, the
/// effects, then what the model was made from and how it behaves.
///
/// What only warns of the model's behaviour, or could not be assessed of it, is said in its first
/// clause, once for those that say the same: `headwater validate` says the rest.
pub(crate) fn findings_of_fit<'a>(
    style: &Style,
    findings: impl IntoIterator<Item = &'a Finding>,
    run: &RunInfo,
) -> String {
    let mut findings: Vec<Finding> = findings.into_iter().cloned().collect();
    findings.sort_by_key(|finding| importance(&finding.id));
    let mut said: Vec<Finding> = Vec::new();
    for mut finding in findings {
        let is_doubt = matches!(finding.status, Status::Warning | Status::NotAssessed);
        if is_doubt && let Some(clause) = first_clause(&finding) {
            finding.summary = format!("{clause} ...");
        }
        let same = |other: &&mut Finding| {
            (other.status, &other.summary) == (finding.status, &finding.summary)
        };
        match said.iter_mut().find(same) {
            Some(other) if is_doubt => other.id += &format!(", {}", finding.id),
            _ => said.push(finding),
        }
    }
    let more = format!(
        "Every check with its figure, and what stands for dots: {}. What one means: {}.",
        run.checks, run.meaning
    );
    self::findings(style, &said) + &style.dim(&style.paragraph(4, &more))
}

/// How early a finding is of use, by its room.
fn importance(id: &str) -> usize {
    let rooms = [
        "mediation",
        "validation",
        "effects",
        "data",
        "features",
        "sensitivity",
        "placebo",
        "diagnostics",
    ];
    let room = id.split('.').next().unwrap_or_default();
    rooms
        .iter()
        .position(|other| *other == room)
        .unwrap_or(rooms.len())
}

/// The first clause of a finding on how the model behaves, if there is more.
fn first_clause(finding: &Finding) -> Option<&str> {
    let stops: &[&str] = match finding.id.split('.').next()? {
        "diagnostics" | "effects" | "validation" => &["; ", ": "],
        "sensitivity" | "placebo" => &["; "],
        _ => &[],
    };
    let ends = stops.iter().filter_map(|stop| finding.summary.find(stop));
    let end = ends.min()?;
    Some(&finding.summary[..end])
}

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

/// The findings of an answer under a heading, and how to read more of one.
pub(crate) fn checks<'a>(
    style: &Style,
    heading: &str,
    findings: impl IntoIterator<Item = &'a Finding>,
) -> String {
    let found: Vec<&Finding> = findings.into_iter().collect();
    let doubts = found.iter().any(|found| found.status != Status::Passed);
    let mut text = style.heading(heading) + &self::findings(style, found);
    if doubts {
        let more = "What one means, and what to do: headwater explain ID.";
        text += &style.dim(&style.paragraph(4, more));
    }
    text
}
