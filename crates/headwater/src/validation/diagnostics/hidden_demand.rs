//! Does spend know something about revenue that the model does not?

use serde_json::{Map, Value};

use super::basis::scaled;
use super::newey_west::score_test;
use super::test_result::holm;
use super::twin::Examined;
use crate::data::Dataset;
use crate::finding::{Bound, Finding, Status};

const ID: &str = "diagnostics.hidden_demand";

/// Whether next week's spend of an exposure, or of the mediator, explains this week's outcome
/// given this week's and last week's spend and everything the model holds fixed.
///
/// Money not yet spent cannot have sold anything: if it explains the outcome, both follow
/// something that is not in the data (Sims 1972; strict exogeneity).
pub(super) fn finding(data: &Dataset, stages: &[Examined; 2]) -> Finding {
    let twin = match &stages[0].twin {
        Ok(twin) => twin,
        Err(why) => return Finding::new(ID, Status::NotAssessed, why.clone()),
    };
    let outcome = stages[1].stage.target;
    let held = twin.values();
    let mut tests: Vec<(&str, f64)> = data
        .roles()
        .exposures()
        .into_iter()
        .filter_map(|name| Some((name, p_value(outcome, data.column(name), &held)?)))
        .collect();
    let mediator = stages[0].stage;
    if let Some(p) = p_value(outcome, mediator.target, &held) {
        tests.push((mediator.name, p));
    }
    if tests.is_empty() {
        let said = "no spend varies over enough weeks to ask whether it runs ahead of revenue";
        return Finding::new(ID, Status::NotAssessed, said);
    }
    let p: Vec<f64> = tests.iter().map(|(_, p)| *p).collect();
    let adjusted = holm(&p);
    let smallest = adjusted.iter().copied().fold(1.0, f64::min);
    let ahead: Vec<&str> = tests
        .iter()
        .zip(&adjusted)
        .filter(|(_, p)| **p < 0.05)
        .map(|((name, _), _)| *name)
        .collect();
    let (status, summary) = if ahead.is_empty() {
        let said = "next week's spend says nothing about this week's outcome; demand that moves \
                    both in the same week alone would not show here";
        (Status::Passed, said.to_string())
    } else {
        let said = format!(
            "next week's spend on {} goes with this week's outcome (p {smallest:.3}), though it \
             cannot have caused it: budgets seem to follow a demand that is not in the data, and \
             effects are then overstated; add a measure of demand (search volume, category sales) \
             as a control, or hold out spend in some weeks",
            ahead.join(", ")
        );
        (Status::Warning, said)
    };
    let each: Map<String, Value> = tests
        .iter()
        .zip(&adjusted)
        .map(|((name, _), p)| (name.to_string(), Value::from(*p)))
        .collect();
    Finding::new(ID, status, summary)
        .measured("p value", smallest, Bound::AtLeast(0.05))
        .with("adjusted_p", each)
        .with("ahead", ahead)
}

/// The score test of next week's spend in the outcome, given this and last week's.
fn p_value(outcome: &[f64], spend: &[f64], held: &[&[f64]]) -> Option<f64> {
    let weeks = 1..outcome.len().checked_sub(1)?;
    let spend = scaled(spend);
    let held: Vec<&[f64]> = held
        .iter()
        .map(|column| column.get(weeks.clone()))
        .chain([spend.get(weeks.clone()), spend.get(..weeks.end - 1)])
        .collect::<Option<_>>()?;
    let next = spend.get(2..)?;
    let p = score_test(outcome.get(weeks)?, &held, &[next])?.p;
    p.is_finite().then_some(p)
}
