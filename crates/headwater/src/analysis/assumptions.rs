//! What no fit can show and every effect depends on (methods brief, 0.1).

use super::Assumption;
use crate::mediation::Reading;

/// All five assumptions in words for the columns at hand, each with the estimates of this reading
/// that need it: none where another assumption stands in for it. `undrawn` says whether an exposure
/// is without a direct edge.
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
    let none: [&str; 0] = [];
    let (hidden_demand, hidden_path): (&[&str], &[&str]) = match (reading, undrawn) {
        // With every edge drawn the total is that of a regression without the mediator.
        (Reading::Observed, false) => (&split, &none),
        (Reading::Observed, true) => (&all, &all),
        (Reading::TwoSlope | Reading::Predicted, _) => (&none, &all),
    };
    vec![
        card(
            "A1",
            format!(
                "budgets did not chase demand: nothing unmeasured moves both spend and {mediator} or \
                 {outcome}"
            ),
            &all,
        ),
        card(
            "A2",
            format!("no hidden demand: nothing unmeasured moves both {mediator} and {outcome}"),
            hidden_demand,
        ),
        card(
            "A3",
            format!(
                "no hidden direct path: without a drawn edge a channel reaches {outcome} only through \
                 {mediator}"
            ),
            hidden_path,
        ),
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
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The assumptions that the total effect needs.
    fn behind_the_total(reading: Reading, undrawn: bool) -> Vec<String> {
        let cards = assumptions(reading, undrawn, "google", "revenue");
        let ids: Vec<&str> = cards.iter().map(|card| card.id.as_str()).collect();
        assert_eq!(ids, ["A1", "A2", "A3", "A4", "A5"]);
        let needed = cards
            .into_iter()
            .filter(|card| card.needed_by.iter().any(|name| name == "total"));
        needed.map(|card| card.id).collect()
    }

    #[test]
    fn an_observed_mediator_needs_no_hidden_path_unless_every_edge_is_drawn() {
        assert_eq!(
            behind_the_total(Reading::Observed, true),
            ["A1", "A2", "A3", "A5"]
        );
        assert_eq!(behind_the_total(Reading::Observed, false), ["A1", "A5"]);
        let drawn = assumptions(Reading::Observed, false, "google", "revenue");
        assert!(drawn[1].needed_by.contains(&"indirect".to_owned()));
        assert!(drawn[2].needed_by.is_empty());
    }

    #[test]
    fn what_the_exposures_induced_needs_no_word_on_hidden_demand() {
        for reading in [Reading::TwoSlope, Reading::Predicted] {
            assert_eq!(behind_the_total(reading, true), ["A1", "A3", "A5"]);
            let cards = assumptions(reading, true, "google", "revenue");
            assert!(cards[1].needed_by.is_empty());
        }
    }
}
