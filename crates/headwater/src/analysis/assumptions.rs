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
    let mut cards = vec![card(
        "A1",
        format!(
            "nothing unmeasured moves both the exposures and {mediator} or {outcome}, once levers, controls \
             and the calendar are held fixed: budgets did not chase demand"
        ),
        &["total", "direct", "indirect", "roas"],
    )];
    match reading {
        Reading::Observed => cards.push(card(
            "A2",
            format!("nothing unmeasured moves both {mediator} and {outcome}: no demand that drives both"),
            &["direct", "indirect", "proportion_mediated"],
        )),
        Reading::TwoSlope | Reading::Predicted => cards.push(card(
            "A3",
            format!(
                "an exposure without a drawn direct edge reaches {outcome} only through {mediator}: no \
                 view-through, organic search or direct visits"
            ),
            &["total", "direct", "indirect", "proportion_mediated", "roas"],
        )),
    }
    cards.push(card(
        "A4",
        format!(
            "the exposures move nothing else that in turn moves both {mediator} and {outcome}, such as \
             organic branded queries"
        ),
        &["direct", "indirect", "proportion_mediated"],
    ));
    cards.push(card(
        "A5",
        format!("{outcome} does not move {mediator} or the exposures within the same week (automatic bidding)"),
        &["total", "direct", "indirect", "roas"],
    ));
    cards
}
