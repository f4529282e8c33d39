//! What no fit can show and every effect depends on (methods brief, 0.1).

use super::Assumption;
use crate::mediation::Reading;

/// The assumptions behind the estimates of this reading, in words for the columns at hand.
/// `undrawn` says whether an exposure is without a direct edge.
pub fn assumptions(
    reading: Reading,
    undrawn: bool,
    mediator: &str,
    outcome: &str,
) -> Vec<Assumption> {
    let card = |id: &str, statement: String, needed_by: &[&str]| Assumption {
        id: id.into(),
        statement,
        needed_by: needed_by.iter().map(|name| name.to_string()).collect(),
    };
    let split = ["direct", "indirect", "proportion_mediated"];
    let all = ["total", "direct", "indirect", "proportion_mediated", "roas"];
    let no_hidden_demand = |needed_by: &[&str]| {
        let statement =
            format!("no hidden demand: nothing unmeasured moves both {mediator} and {outcome}");
        card("A2", statement, needed_by)
    };
    let no_hidden_path = || {
        let statement = format!(
            "no hidden direct path: without a drawn edge a channel reaches {outcome} only through \
             {mediator}"
        );
        card("A3", statement, &all)
    };
    let path = match (reading, undrawn) {
        // With every edge drawn the total is that of a regression without the mediator.
        (Reading::Observed, false) => vec![no_hidden_demand(&split)],
        (Reading::Observed, true) => vec![no_hidden_demand(&all), no_hidden_path()],
        (Reading::TwoSlope | Reading::Predicted, _) => vec![no_hidden_path()],
    };
    let mut cards = vec![card(
        "A1",
        format!(
            "budgets did not chase demand: nothing unmeasured moves both spend and {mediator} or \
                 {outcome}"
        ),
        &all,
    )];
    cards.extend(path);
    cards.extend([
        card(
            "A4",
            format!(
                "no side road: spend moves nothing else, such as organic queries, that moves both \
                 {mediator} and {outcome}"
            ),
            &split,
        ),
        card(
            "A5",
            format!(
                "no feedback: {outcome} does not move {mediator} or spend within the same week (automatic \
                 bidding)"
            ),
            &all,
        ),
    ]);
    cards
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(reading: Reading, undrawn: bool) -> Vec<String> {
        assumptions(reading, undrawn, "google", "revenue")
            .into_iter()
            .map(|card| card.id)
            .collect()
    }

    #[test]
    fn an_observed_mediator_needs_no_hidden_path_unless_every_edge_is_drawn() {
        assert_eq!(ids(Reading::Observed, true), ["A1", "A2", "A3", "A4", "A5"]);
        assert_eq!(ids(Reading::Observed, false), ["A1", "A2", "A4", "A5"]);
        assert_eq!(ids(Reading::TwoSlope, true), ["A1", "A3", "A4", "A5"]);
    }
}
