//! What stands first where the data do not support the path through the mediator.

use headwater::analysis::Analysis;
use headwater::finding::Status;
use headwater::validation::assumption::Verdict;

use crate::terminal::answer::{PATH, marked};
use crate::terminal::style::Style;

/// How much of an answer goes through the mediator.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Through {
    All,
    Part,
}

impl Through {
    /// Of an answer about spend: all, unless an edge around the mediator is drawn.
    pub(crate) fn of_channels(analysis: &Analysis) -> Self {
        match analysis.roles.direct_exposures().is_empty() {
            true => Through::All,
            false => Through::Part,
        }
    }
}

/// Whether the data support that anything goes through the mediator.
pub(crate) fn supported(analysis: &Analysis) -> bool {
    analysis.path.verdict == Verdict::PathSupported
}

/// That they do not, and what of the answer rests on it; empty where they do.
pub(crate) fn path_doubt(analysis: &Analysis, through: Through, style: &Style) -> String {
    if supported(analysis) {
        return String::new();
    }
    let mut findings = analysis.findings.iter();
    let finding = findings.find(|finding| finding.id == PATH);
    let status = finding.map_or(Status::NotAssessed, |finding| finding.status);
    let mediator = &analysis.stages.mediator.target;
    let rests = match through {
        Through::All => "all of the answer below does",
        Through::Part => "only what goes around it does not rest on that",
    };
    let said = format!(
        "not supported ({}): the data do not support what goes through {mediator}, and {rests}. Do not \
         move money on it; `headwater explain {PATH}` says what would settle it.",
        analysis.path.verdict.words()
    );
    marked(style, status, "Path", &said)
}
