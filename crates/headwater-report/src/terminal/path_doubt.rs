//! What stands first where the data do not support the path through the mediator.

use headwater::analysis::Analysis;

use crate::said::Said;
use crate::summary::{PATH, is_supported, verdict};
use crate::terminal::answer::spoken;
use crate::terminal::style::Style;

pub(crate) use crate::summary::is_supported as supported;

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

/// That they do not, and what of the answer rests on it; empty where they do.
pub(crate) fn path_doubt(analysis: &Analysis, through: Through, style: &Style) -> String {
    doubt(analysis, through).map_or(String::new(), |said| spoken(style, &said))
}

/// That the data do not support the path, and what of the answer rests on it; none where they do.
pub(crate) fn doubt(analysis: &Analysis, through: Through) -> Option<Said> {
    if is_supported(analysis) {
        return None;
    }
    let (status, _, _) = verdict(analysis);
    let words = analysis.path.verdict.words();
    let mediator = &analysis.stages.mediator.target;
    let rests = match through {
        Through::All => "all of the answer below does",
        Through::Part => "only what goes around it does not rest on that",
    };
    let said = format!(
        "not supported ({words}): the data do not support what goes through {mediator}, and {rests}. Do not \
         move money on it; `headwater explain {PATH}` says what would settle it.",
    );
    Some(Said::new(status, "Path", said))
}
