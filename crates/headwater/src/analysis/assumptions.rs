//! What no fit can show and every effect depends on (methods brief, 0.1).

use super::Assumption;
use crate::mediation::Reading;

/// The assumptions behind the estimates of this reading, in words for the columns at hand.
pub fn assumptions(reading: Reading, mediator: &str, outcome: &str) -> Vec<Assumption> {
    let card = |id: &str, statement: String, needed_by: &[&str]| Assumption {
        id: id.into(),
        statement,
        needed_by: needed_by.iter().map(|name| name.to_string()).collect(),
    };
    let path = match reading {
        Reading::Observed => card(
            "A2",
            format!("no hidden demand: nothing unmeasured moves both {mediator} and {outcome}"),
            &["direct", "indirect", "proportion_mediated"],
        ),
        Reading::TwoSlope | Reading::Predicted => card(
            "A3",
            format!(
                "no hidden direct path: without a drawn edge a channel reaches {outcome} only through \
                 {mediator}"
            ),
            &["total", "direct", "indirect", "proportion_mediated", "roas"],
        ),
    };
    vec![
        card(
            "A1",
            format!(
                "budgets did not chase demand: nothing unmeasured moves both spend and {mediator} or \
                 {outcome}"
            ),
            &["total", "direct", "indirect", "roas"],
        ),
        path,
        card(
            "A4",
            format!(
                "no side road: spend moves nothing else, such as organic queries, that moves both \
                 {mediator} and {outcome}"
            ),
            &["direct", "indirect", "proportion_mediated"],
        ),
        card(
            "A5",
            format!(
                "no feedback: {outcome} does not move {mediator} or spend within the same week (automatic \
                 bidding)"
            ),
            &["total", "direct", "indirect", "roas"],
        ),
    ]
}
