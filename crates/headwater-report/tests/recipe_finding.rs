//! The worked recipe "A finding" of CONTRIBUTING.md: the check, its page and its tests. CONTRIBUTING.md
//! quotes this file; `recipes.rs` compares the two.
#![allow(clippy::unwrap_used)] // a test may panic

use std::sync::Arc;

use headwater::data::Dataset;
use headwater::data::role::{Role, Unit};
use headwater::finding::{Bound, Finding, Status};
use headwater::simulate::{MarketSettings, simulate};

use crate::pages::assert_page;

/// Below so many weeks with spend a share says little.
const FEWEST_WEEKS: usize = 20;
/// The largest share of round amounts that raises no doubt.
const MOST: f64 = 0.5;

/// Whether spend looks planned and not billed: more than half of a column's amounts are whole
/// multiples of 100.
pub fn round_amounts(data: &Dataset) -> Finding {
    const ID: &str = "data.round_amounts";
    let mut shares: Vec<(&str, f64)> = Vec::new();
    for role in [Role::Exposure, Role::Mediator] {
        for name in data.roles().with_role(role) {
            if data.roles().columns[name].unit != Unit::Money {
                continue;
            }
            let spent = || data.column(name).iter().filter(|value| **value > 0.0);
            let round = spent().filter(|value| **value % 100.0 == 0.0);
            if spent().count() >= FEWEST_WEEKS {
                shares.push((name, round.count() as f64 / spent().count() as f64));
            }
        }
    }
    let Some(largest) = shares.iter().map(|(_, share)| *share).reduce(f64::max) else {
        let why = format!("no column holds {FEWEST_WEEKS} weeks of spend in money");
        return Finding::new(ID, Status::NotAssessed, why);
    };
    let doubtful = || shares.iter().filter(|(_, share)| *share > MOST);
    let names: Vec<&str> = doubtful().map(|(name, _)| *name).collect();
    let (status, summary) = match names.is_empty() {
        true => (
            Status::Passed,
            "amounts of spend look billed, not planned".into(),
        ),
        false => (
            Status::Warning,
            format!(
                "most amounts of {} are round hundreds, as budgets are and bills are not: export \
                 what was billed",
                names.join(", ")
            ),
        ),
    };
    Finding::new(ID, status, summary)
        .measured("share of round amounts", largest, Bound::AtMost(MOST))
        .with("columns", names)
}

/// A simulated market whose spend on one channel is as `change` returns it.
fn market(change: impl Fn(f64) -> f64) -> Dataset {
    let data = simulate(&MarketSettings::default()).unwrap().dataset;
    let spend: Arc<[f64]> = data
        .column("tiktok_spend")
        .iter()
        .map(|v| change(*v))
        .collect();
    data.with_column("tiktok_spend", spend).unwrap()
}

#[test]
fn amounts_in_cents_pass() {
    let finding = round_amounts(&market(|spend| spend));
    assert_eq!(finding.status, Status::Passed, "{}", finding.summary);
    let measure = finding.measure.unwrap();
    // Of about 400 amounts in cents one in 10,000 is a multiple of 100.
    assert!(measure.value < 0.05, "{measure:?}");
}

#[test]
fn a_channel_in_round_hundreds_is_named_with_the_remedy() {
    let finding = round_amounts(&market(|spend| (spend / 100.0).round() * 100.0));
    assert_eq!(finding.status, Status::Warning);
    assert_eq!(finding.measure.unwrap().value, 1.0);
    assert_eq!(
        finding.evidence["columns"],
        serde_json::json!(["tiktok_spend"])
    );
    assert!(
        finding.summary.contains("export what was billed"),
        "{}",
        finding.summary
    );
}

#[test]
fn nineteen_weeks_are_not_assessed_and_do_not_pass() {
    let short = MarketSettings {
        weeks: 19,
        ..MarketSettings::default()
    };
    let finding = round_amounts(&simulate(&short).unwrap().dataset);
    assert_eq!(finding.status, Status::NotAssessed);
    assert!(finding.summary.contains("20 weeks"), "{}", finding.summary);
    assert_eq!(finding.measure, None);
}

#[test]
fn its_page_has_the_parts_of_every_page() {
    assert_page(
        "data.round_amounts",
        include_str!("recipe/data.round_amounts.md"),
    );
}
