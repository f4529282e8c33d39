//! What no fit can show, and what was looked at nevertheless.

use headwater::analysis::{Analysis, Assumption};
use headwater::finding::{Finding, Status};

use crate::summary::whatever_path;
use crate::terminal::style::Style;

/// A card for each assumption: what must hold, what needs it, and what was checked about it.
pub(crate) fn assumptions(analysis: &Analysis, style: &Style) -> String {
    if analysis.assumptions.is_empty() {
        return String::new();
    }
    let mut text = style.heading("Only true if");
    if whatever_path(analysis) {
        text += &style.dim(&style.paragraph(
            2,
            &format!(
                "Totals whatever path they take need A1 and A5 alone; effects through {} need what \
                 is said here.",
                analysis.stages.mediator.target
            ),
        ));
    }
    for assumption in &analysis.assumptions {
        let mark = format!("  {} ", assumption.id);
        text += &style.hanging(&mark, 5, &assumption.statement);
        let mut notes: Vec<String> = needed(assumption).into_iter().collect();
        notes.push(checked(&assumption.id, &analysis.findings));
        text += &style.dim(&style.paragraph(5, &notes.join("; ")));
    }
    text
}

/// What needs an assumption, where that is not every effect.
pub(crate) fn needed(assumption: &Assumption) -> Option<String> {
    let needs = |name: &str| assumption.needed_by.iter().any(|needs| needs == name);
    match (assumption.needed_by.is_empty(), needs("total")) {
        (true, _) if assumption.id == "A2" => Some(
            "not needed by the totals and effects above, only to compare the two slopes".into(),
        ),
        (true, _) => Some("not needed by the totals and effects above".into()),
        (false, true) => None,
        (false, false) => Some("needed by the split of effects only".into()),
    }
}

/// The findings that say something of an assumption.
fn checks(id: &str) -> &'static [&'static str] {
    match id {
        "A1" => &["diagnostics.hidden_demand", "sensitivity.robustness"],
        "A2" => &["mediation.two_slope", "sensitivity.unmeasured_demand"],
        "A3" => &["mediation.direct_path"],
        "A5" => &["diagnostics.feedback"],
        _ => &[],
    }
}

/// What was checked and how it came out.
pub(crate) fn checked(id: &str, findings: &[Finding]) -> String {
    if checks(id).is_empty() {
        return "cannot be tested".into();
    }
    let found = checks(id)
        .iter()
        .filter_map(|id| findings.iter().find(|finding| finding.id == *id));
    let mut said: Vec<(&str, Vec<&str>)> = Vec::new();
    for finding in found {
        match said
            .iter_mut()
            .find(|(words, _)| *words == outcome(finding))
        {
            Some((_, ids)) => ids.push(&finding.id),
            None => said.push((outcome(finding), vec![&finding.id])),
        }
    }
    let said = said
        .iter()
        .map(|(words, ids)| format!("{words} ({})", ids.join(", ")));
    match said.len() {
        0 => "not checked".into(),
        _ => format!("checked: {}", said.collect::<Vec<_>>().join("; ")),
    }
}

/// How a check came out, in a few words. Robustness is no evidence for an assumption: it says how
/// much of a breach the answer survives.
fn outcome(finding: &Finding) -> &'static str {
    match (finding.status, finding.id.as_str()) {
        (Status::NotAssessed, _) => "could not be told",
        (Status::Passed, "sensitivity.robustness") => "survives a breach as strong as a control",
        (Status::Passed, "sensitivity.unmeasured_demand") => "survives a small breach",
        (Status::Passed, _) => "no sign of a breach",
        (_, "sensitivity.robustness") => "fragile",
        (Status::Warning, _) => "in doubt",
        (Status::Failed, _) => "a breach shows",
    }
}
