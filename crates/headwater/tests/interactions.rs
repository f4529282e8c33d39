//! `interactions = "auto"`: what is there is found, what is not is left alone.
#![allow(clippy::unwrap_used)] // a test may panic

use std::ops::Range;
use std::sync::Arc;

use headwater::analysis::Settings;
use headwater::data::role::Role;
use headwater::data::{Dataset, Table, assemble, complete_roles, default_variable};
use headwater::features::Interactions;
use headwater::finding::{Finding, Status};
use headwater::mediation::Prepared;
use headwater::numeric::summary::mean;
use headwater::simulate::{MarketSettings, simulate};
use headwater::validation::cross_validation::CrossValidation;
use indexmap::IndexMap;

use crate::common::{altered, shared, with_direct};

fn auto() -> Settings {
    let mut settings = Settings::default();
    settings.features.interactions = Interactions::Auto;
    settings
}

/// A market without any interaction, Facebook with a direct effect and its edge drawn.
fn market(seed: u64) -> Dataset {
    let mut settings = MarketSettings {
        seed,
        ..MarketSettings::default()
    };
    settings.channels[0].direct = 1.0;
    with_direct(&simulate(&settings).unwrap().dataset, "facebook_spend")
}

/// The market with `share` of its mean revenue added for a mean Facebook week at a price one
/// standard deviation below the mean.
fn with_interaction(data: &Dataset, share: f64) -> Dataset {
    let column = |name: &str| data.column(name).to_vec();
    let (spend, price) = (column("facebook_spend"), column("avg_price"));
    let (usual_spend, usual_price) = (mean(&spend), mean(&price));
    let squares: Vec<f64> = price.iter().map(|p| (p - usual_price).powi(2)).collect();
    let sd = mean(&squares).sqrt();
    let revenue = mean(data.outcome());
    let changed = |name: &str, t: usize, value: f64| {
        if name != "revenue" {
            return value;
        }
        value - share * revenue * spend[t] / usual_spend * (price[t] - usual_price) / sd
    };
    altered(data, |_| (), changed).unwrap()
}

fn finding(data: &Dataset, settings: &Settings, train: Range<usize>) -> Finding {
    let prepared = Prepared::new(data, &settings.features, train).unwrap();
    let mut findings = prepared.findings.into_iter();
    findings
        .find(|finding| finding.id == "features.interactions")
        .unwrap()
}

fn chosen(finding: &Finding) -> Vec<&str> {
    let chosen = finding.evidence["chosen"].as_array().unwrap();
    chosen.iter().map(|pair| pair.as_str().unwrap()).collect()
}

#[test]
fn markets_without_an_interaction_hardly_ever_get_one() {
    // At the test's 1% twenty markets raise 0.2 alarms on average, and more as neighbouring weeks
    // are alike; were it 5%, two or fewer would still be seen with probability 0.92.
    let settings = auto();
    let wrong = (0..20)
        .filter(|seed| !chosen(&finding(&market(7_000 + seed), &settings, 0..104)).is_empty())
        .count();
    println!("{wrong} of 20 markets");
    assert!(wrong <= 2, "{wrong} of 20 markets");
}

#[test]
fn a_strong_interaction_is_found_and_the_forecasts_gain() {
    let (auto, off) = (auto(), Settings::default());
    for seed in 0..5 {
        let data = with_interaction(&market(7_000 + seed), 0.1);
        let found = finding(&data, &auto, 0..104);
        assert_eq!(found.status, Status::Warning);
        assert_eq!(chosen(&found)[0], "facebook_spend x avg_price");
        let (folds, _) = auto.validation.split(104, 20, 14).unwrap();
        let [with, without] = [&auto, &off].map(|settings| {
            let scores =
                CrossValidation::run(&settings.model(), &data, &settings.features, &folds).unwrap();
            scores.path.pooled.rmse
        });
        assert!(with < without, "{with} is not below {without}");
    }
}

#[test]
fn the_factors_of_what_is_chosen_stand_in_both_designs_by_themselves() {
    let data = with_interaction(&market(7_000), 0.1);
    let prepared = Prepared::new(&data, &auto().features, 0..104).unwrap();
    let design = &prepared.mediator_designs[0].1;
    for column in ["facebook_spend x avg_price", "facebook_spend", "avg_price"] {
        assert!(design.column(column).is_some(), "{column}");
    }
}

#[test]
fn a_choice_depends_on_its_training_weeks_alone() {
    let data = with_interaction(&market(7_000), 0.1);
    let settings = auto();
    // the interaction turns round after the training weeks
    let turned = altered(
        &data,
        |_| (),
        |_, t, value| if t < 78 { value } else { 1e9 - value },
    )
    .unwrap();
    assert_eq!(
        finding(&data, &settings, 0..78),
        finding(&turned, &settings, 0..78)
    );
}

#[test]
fn without_a_pair_to_choose_from_or_with_too_many_nothing_is_looked_for() {
    let market = market(1);
    let undrawn = altered(
        &market,
        |roles| {
            for variable in roles.columns.values_mut() {
                variable.direct = false;
                if variable.role == Role::Lever {
                    variable.role = Role::Control;
                }
            }
        },
        |_, _, value| value,
    );
    let found = finding(&undrawn.unwrap(), &auto(), 0..104);
    assert_eq!(found.status, Status::NotAssessed);
    assert_eq!(found.evidence["candidates"], 0);

    let columns: Vec<String> = (0..60).map(|i| format!("mail_{i}")).collect();
    let mut roles = market.roles().clone();
    let mut values: IndexMap<String, Arc<[f64]>> = market
        .columns()
        .map(|(name, values)| (name.to_string(), values.clone()))
        .collect();
    for (i, name) in columns.iter().enumerate() {
        let lever = default_variable(name, Role::Lever);
        roles.columns.insert(name.clone(), lever);
        values.insert(
            name.clone(),
            (0..104).map(|t| ((t * (i + 3)) % 17) as f64).collect(),
        );
    }
    let wide = Dataset::new(
        market.source().clone(),
        roles,
        market.weeks().to_vec(),
        values,
    )
    .unwrap();
    let found = finding(&wide, &auto(), 0..104);
    assert_eq!(found.status, Status::NotAssessed);
    assert!(
        found.summary.contains("possible products"),
        "{}",
        found.summary
    );
}

#[test]
fn auto_is_refused_where_effects_multiply_already() {
    let text = "[features]\ninteractions = 'auto'\n[mediation]\nlink = 'log'";
    let error = Settings::from_toml("headwater.toml", text).unwrap_err();
    assert!(error.to_string().contains("`link = \"log\"`"), "{error}");
    let error = Settings::from_toml("headwater.toml", "features.interactions = 'all'").unwrap_err();
    assert!(
        error.to_string().contains("\"auto\" or a list of pairs"),
        "{error}"
    );
}

/// The 0.95 that the issue asks for; measured when this was written: 0.973 for both scores.
#[test]
fn on_the_real_file_instagram_times_price_is_found_in_every_fold() {
    let Some(file) = shared("assignment/mmm_weekly_iso.csv") else {
        return;
    };
    let settings = auto();
    let table = Table::read(&file, &settings.data).unwrap();
    let mut inference = complete_roles(&table, &settings.data, &settings.columns).unwrap();
    inference.roles.columns["instagram_spend"].direct = true;
    let data = assemble(&table, &settings.data, &inference.roles)
        .unwrap()
        .dataset;
    let (folds, _) = settings.validation.split(data.len(), 20, 14).unwrap();
    for fold in &folds {
        let found = finding(&data, &settings, fold.train.clone());
        assert_eq!(chosen(&found), ["instagram_spend x average_price"]);
    }
    let scores =
        CrossValidation::run(&settings.model(), &data, &settings.features, &folds).unwrap();
    for pooled in [scores.path.pooled, scores.conditional.pooled] {
        let r2 = pooled.r2_vs_train_mean.unwrap();
        println!("{r2}");
        assert!(r2 > 0.95, "{r2}");
    }
}
