//! What stands first where the path through the mediator is not supported.

use headwater::analysis::Analysis;
use headwater::finding::Status;

use crate::answer::PATH;
use crate::style::Style;

/// A paragraph that says so; empty where the path check passed.
pub(crate) fn path_doubt(analysis: &Analysis, style: &Style) -> String {
    let finding = analysis.findings.iter().find(|finding| finding.id == PATH);
    let status = finding.map_or(Status::NotAssessed, |finding| finding.status);
    if status == Status::Passed {
        return String::new();
    }
    let mediator = &analysis.stages.mediator.target;
    let lead = match analysis.roles.direct_exposures().is_empty() {
        true => "Nothing here is supported",
        false => "Not supported",
    };
    let said = format!(
        "{lead}: the path through {mediator} ({}). Everything below that goes through {mediator} is what the \
         model says if that path holds all the same; do not rank channels or move money by it.",
        analysis.path.verdict.words()
    );
    let text = style.paragraph(2, &said);
    text.replacen(lead, &style.status(status, lead), 1) + "\n"
}
