//! The split of the outcome against its axioms and against games whose value is known.
#![allow(clippy::unwrap_used)] // a test may panic

use std::sync::Arc;

use headwater::analysis::{Advisor, Settings};
use headwater::data::Dataset;
use headwater::decisions::Attribution;
use headwater::decisions::attribution::{Method, Part};
use headwater::finding::Status;
use headwater::numeric::random::stream;
use headwater::progress::Silent;
use headwater::simulate::{MarketSettings, simulate};
use rand::RngExt;

use crate::common::{assert_close, assert_page, settings_with, with_direct};

fn market() -> Dataset {
    simulate(&MarketSettings::default()).unwrap().dataset
}

fn asked(data: &Dataset, settings: &Settings) -> Attribution {
    let advisor = Advisor::new(data, settings, &Silent).unwrap();
    advisor.attribution().unwrap()
}

fn few(estimator: &str) -> Settings {
    let mut settings = settings_with(estimator);
    settings.bootstrap.replicates = Some(40);
    settings
}

/// Rows add up to the outcome, values to the effect of all exposures, and rows to values.
#[track_caller]
fn assert_closes(attribution: &Attribution, data: &Dataset) {
    let revenue: f64 = data.outcome().iter().sum();
    let rows: f64 = attribution
        .rows
        .iter()
        .map(|row| row.amount.point.unwrap())
        .sum();
    assert_close(rows, revenue, 1e-9 * revenue);
    let shares: f64 = attribution
        .rows
        .iter()
        .map(|row| row.share.point.unwrap())
        .sum();
    assert_close(shares, 1.0, 1e-9);
    let values: f64 = attribution
        .channels
        .iter()
        .map(|one| one.shapley.point.unwrap())
        .sum();
    assert_close(values, attribution.together.point.unwrap(), 1e-9 * revenue);
    for split in &attribution.channels {
        let of_channel = |part: &Part| match part {
            Part::Through(channel) | Part::Direct(channel) => *channel == split.channel,
            Part::Base | Part::Autonomous => false,
        };
        let rows = attribution.rows.iter().filter(|row| of_channel(&row.part));
        let sum: f64 = rows.map(|row| row.amount.point.unwrap()).sum();
        assert_close(sum, split.shapley.point.unwrap(), 1e-12 * revenue);
    }
}

#[test]
fn rows_add_up_to_all_of_the_outcome_whatever_the_model() {
    let data = with_direct(&market(), "instagram_spend");
    for estimator in ["ols", "ridge", "boosting"] {
        for link in ["identity", "log"] {
            for reading in ["two_slope", "predicted", "observed"] {
                let mut settings = few(estimator);
                if estimator == "boosting" {
                    // the points alone are looked at, and trees take long
                    settings.bootstrap.replicates = Some(0);
                }
                settings.mediation.link = serde_json::from_value(link.into()).unwrap();
                settings.mediation.reading = serde_json::from_value(reading.into()).unwrap();
                let attribution = asked(&data, &settings);
                assert_closes(&attribution, &data);
                let own = attribution
                    .rows
                    .iter()
                    .any(|row| row.part == Part::Autonomous);
                assert_eq!(own, reading != "predicted", "{estimator} {link} {reading}");
                let finding = attribution
                    .findings
                    .iter()
                    .find(|f| f.id == "decisions.attribution");
                assert_eq!(finding.unwrap().status == Status::Passed, own);
                if link == "log" {
                    assert_eq!(attribution.method, Method::Exact { coalitions: 16 });
                }
            }
        }
    }
    assert_page("decisions.attribution");
    assert_page("decisions.interaction_gap");
}

#[test]
fn where_effects_add_up_each_value_is_its_removal() {
    let data = with_direct(&market(), "instagram_spend");
    let revenue: f64 = data.outcome().iter().sum();
    let attribution = asked(&data, &few("ols"));
    assert_eq!(attribution.method, Method::Additive);
    for split in &attribution.channels {
        let (value, removal) = (split.shapley.point.unwrap(), split.removal.point.unwrap());
        assert_close(value, removal, 1e-9 * revenue);
    }
    assert_close(attribution.gap.point.unwrap(), 0.0, 1e-9 * revenue);
}

#[test]
fn a_mediator_of_its_own_is_worth_its_slope() {
    let data = market();
    let settings = few("ols");
    let fit = headwater::analysis::run(&data, Vec::new(), &settings, &Silent).unwrap();
    let terms = &fit.analysis.stages.outcome.terms;
    let slope = terms
        .iter()
        .find(|term| term.name == "google_spend (autonomous)");
    let slope = slope.unwrap().coefficient.unwrap();
    let attribution = asked(&data, &settings);
    let of = |part: &Part| {
        let row = attribution.rows.iter().find(|row| row.part == *part);
        row.unwrap().amount.point.unwrap()
    };
    let induced: f64 = fit
        .analysis
        .effects
        .iter()
        .map(|effect| effect.induced_mediator_spend.point.unwrap())
        .sum();
    let google: f64 = data.mediator().iter().sum();
    // least squares: b_auto times all of the mediator that no exposure induced
    let expected = slope * (google - induced);
    assert_close(of(&Part::Autonomous), expected, 1e-9 * expected.abs());
}

/// Settings with a product of two exposures, which splits the game's value in halves.
fn with_product(pair: [&str; 2]) -> Settings {
    let mut settings = few("ols");
    settings.features.interactions =
        serde_json::from_value(serde_json::json!([[pair[0], pair[1]]])).unwrap();
    settings
}

#[test]
fn a_product_of_two_channels_is_shared_in_halves() {
    let data = market();
    let revenue: f64 = data.outcome().iter().sum();
    let attribution = asked(&data, &with_product(["facebook_spend", "tiktok_spend"]));
    assert_eq!(attribution.method, Method::Exact { coalitions: 16 });
    let gap = attribution.gap.point.unwrap();
    assert!(gap.abs() > 1e-6 * revenue);
    for split in &attribution.channels {
        let half = match split.channel.as_str() {
            // each removal takes the whole product, so the gap is minus one product
            "facebook_spend" | "tiktok_spend" => gap / 2.0,
            _ => 0.0,
        };
        let expected = split.removal.point.unwrap() + half;
        assert_close(split.shapley.point.unwrap(), expected, 1e-9 * revenue);
    }
    assert_closes(&attribution, &data);
}

#[test]
fn drawn_orders_with_their_reverses_are_exact_for_a_product() {
    // eight more exposures, which nothing follows
    let data = market();
    let mut roles = data.roles().clone();
    let mut columns: indexmap::IndexMap<String, Arc<[f64]>> = data
        .columns()
        .map(|(name, values)| (name.to_string(), values.clone()))
        .collect();
    for nth in 0..8 {
        let mut rng = stream(7, nth);
        let name = format!("more_{nth}_spend");
        roles
            .columns
            .insert(name.clone(), roles.columns["facebook_spend"].clone());
        columns.insert(
            name,
            (0..data.len())
                .map(|_| 1000.0 * rng.random::<f64>())
                .collect(),
        );
    }
    let data = Dataset::new(data.source().clone(), roles, data.weeks().to_vec(), columns).unwrap();
    let revenue: f64 = data.outcome().iter().sum();
    let attribution = asked(&data, &with_product(["facebook_spend", "tiktok_spend"]));
    let Method::Sampled { orders, error, .. } = attribution.method else {
        panic!("{:?}", attribution.method);
    };
    assert_eq!(orders % 2, 0);
    // of an order and its reverse, one has facebook first and one tiktok: the mean of each pair is exact
    assert!(error.unwrap() < 1e-6 * revenue, "{error:?}");
    let gap = attribution.gap.point.unwrap();
    for split in &attribution.channels {
        let half = match split.channel.as_str() {
            "facebook_spend" | "tiktok_spend" => gap / 2.0,
            _ => 0.0,
        };
        let expected = split.removal.point.unwrap() + half;
        // clamped weeks aside, of which the size is that of the error
        assert_close(split.shapley.point.unwrap(), expected, 1e-6 * revenue);
    }
    assert_closes(&attribution, &data);
}

#[test]
fn without_replicates_there_are_points_and_no_intervals() {
    let mut settings = few("ridge");
    settings.bootstrap.replicates = Some(0);
    let attribution = asked(&market(), &settings);
    assert!(
        attribution
            .rows
            .iter()
            .all(|row| row.amount.interval().is_none() && row.amount.why.is_some())
    );
    assert_closes(&attribution, &market());
}
