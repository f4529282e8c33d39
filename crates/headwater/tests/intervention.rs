//! A change of linear stages against the potential outcomes that it abbreviates.
#![allow(clippy::unwrap_used)] // a test may panic

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use headwater::analysis::{Advisor, Settings};
use headwater::data::Dataset;
use headwater::decisions::budget::BudgetSettings;
use headwater::decisions::pricing::Cost;
use headwater::decisions::{CurveQuestion, Plan, PricingQuestion, Scenario, average_weeks};
use headwater::error::{Error, Result};
use headwater::features::Recipe;
use headwater::mediation::{FittedMediation, Intervention, Link, MediatorPolicy, Reading};
use headwater::progress::{Progress, Silent};
use headwater::simulate::{MarketSettings, simulate};

use crate::common::{ensemble, settings_with, with_direct};

fn market() -> Dataset {
    simulate(&MarketSettings::default()).unwrap().dataset
}

fn few(estimator: &str) -> Settings {
    let mut settings = settings_with(estimator);
    settings.bootstrap.replicates = Some(if estimator == "boosting" { 40 } else { 50 });
    settings
}

fn plan(changes: &[&str]) -> Plan {
    let changes = changes.iter().map(|change| change.parse().unwrap());
    Plan {
        set: changes.collect(),
        ..Plan::default()
    }
}

/// The differences of worlds by their definition: mediator, direct, through, and weeks held at zero.
fn by_definition(
    model: &FittedMediation,
    standing: &Dataset,
    planned: &Dataset,
    policy: MediatorPolicy,
) -> ([Vec<f64>; 3], usize) {
    let build = |data| model.prepared().build_world(data).unwrap();
    let (standing, planned) = (build(standing), build(planned));
    let world = |direct, mediated| {
        let world = model.potential_outcome_under(policy, direct, mediated);
        world.unwrap()
    };
    let before = world(&standing, &standing);
    let between = world(&planned, &standing);
    let after = world(&planned, &planned);
    let less = |more: &[f64], less: &[f64]| -> Vec<f64> {
        more.iter()
            .zip(less)
            .map(|(more, less)| more - less)
            .collect()
    };
    let changes = [
        less(&after.mediator, &before.mediator),
        less(&between.outcome, &before.outcome),
        less(&after.outcome, &between.outcome),
    ];
    (changes, after.clamped)
}

/// Puts plans to all models of the settings, over the data and average weeks after them.
fn assert_by_definition(what: &str, data: &Dataset, settings: &Settings, changes: &[&str]) {
    let models = ensemble(data, settings);
    let later = average_weeks(data, 6).unwrap();
    for (weeks, models) in [(data, &models), (&later, &models.over(&later).unwrap())] {
        let planned = plan(changes).apply(weeks).unwrap().data;
        for policy in ["free", "cap:9000", "fixed"] {
            let policy: MediatorPolicy = policy.parse().unwrap();
            let asked = Intervention::new(models.point(), weeks, &planned, policy).unwrap();
            for model in models.draws().iter().chain([models.point()]) {
                let change = model.change(&asked).unwrap();
                let (defined, clamped) = by_definition(model, weeks, &planned, policy);
                assert_eq!(change.clamped, clamped, "{what} {policy}");
                let found = [&change.mediator, &change.direct, &change.through];
                // a difference of two worlds is rounded as those worlds are
                let levels = [weeks.mediator(), weeks.outcome(), weeks.outcome()];
                for ((found, defined), level) in found.into_iter().zip(&defined).zip(levels) {
                    let largest = level
                        .iter()
                        .fold(0.0f64, |most, value| most.max(value.abs()));
                    assert_eq!(found.len(), defined.len(), "{what} {policy}");
                    for (found, defined) in found.iter().zip(defined) {
                        assert!(
                            (found - defined).abs() <= 1e-12 * largest,
                            "{what} {policy}: {found} instead of {defined}"
                        );
                    }
                }
            }
        }
    }
}

/// More of one exposure, less of others, and another price.
const MUCH: [&str; 4] = [
    "facebook_spend=+20%",
    "instagram_spend=-500",
    "tiktok_spend=-100%",
    "avg_price=-3%",
];

#[test]
fn linear_stages_change_by_what_their_potential_outcomes_differ() {
    let data = market();
    let direct = with_direct(&data, "instagram_spend");
    for estimator in ["ols", "ridge", "elastic_net"] {
        for reading in [Reading::TwoSlope, Reading::Observed, Reading::Predicted] {
            let mut settings = few(estimator);
            settings.mediation.reading = reading;
            let what = format!("{estimator} {reading:?}");
            assert_by_definition(&what, &data, &settings, &["facebook_spend=+20%"]);
            assert_by_definition(&what, &direct, &settings, &MUCH);
        }
    }
}

#[test]
fn what_is_no_straight_line_goes_the_long_way() {
    let data = with_direct(&market(), "instagram_spend");
    let mut log = few("ridge");
    log.mediation.link = Link::Log;
    assert_by_definition("log link", &data, &log, &MUCH);
    // a product with the mediator moves with it as well
    let mediator = data
        .roles()
        .with_role(headwater::data::role::Role::Mediator);
    let mediator = mediator.last().unwrap().to_string();
    let mut product = few("ridge");
    product.features.interactions = vec![[mediator, "avg_price".to_string()]].into();
    assert_by_definition("product", &data, &product, &MUCH);
    assert_by_definition("trees", &data, &few("boosting"), &MUCH);
}

#[test]
fn features_that_bend_are_still_a_straight_line_in_their_columns() {
    let data = with_direct(&market(), "instagram_spend");
    let mut settings = few("ridge");
    settings.features.saturation = headwater::features::Saturation::Log1p;
    settings.features.zero_flags = true;
    settings.features.interactions =
        vec![["instagram_spend".to_string(), "avg_price".to_string()]].into();
    assert_by_definition("bent", &data, &settings, &MUCH);
}

#[test]
fn totals_are_those_of_the_full_answer() {
    let data = with_direct(&market(), "instagram_spend");
    for estimator in ["ridge", "boosting"] {
        let advisor = Advisor::new(&data, &few(estimator), &Silent).unwrap();
        for asked in [
            plan(&MUCH),
            plan(&["facebook_spend=+0%"]),
            Plan {
                from: Some(data.weeks()[20]),
                to: Some(data.weeks()[40]),
                mediator: MediatorPolicy::Cap(9000.0),
                margin: Some(0.4),
                ..plan(&["facebook_spend=+200%"])
            },
        ] {
            let full = advisor.scenario("asked", &asked).unwrap();
            assert!(!full.weekly.is_empty() && !full.blocks.is_empty());
            let totals = advisor.scenario_totals("asked", &asked).unwrap();
            let expected = Scenario {
                weekly: Vec::new(),
                blocks: Vec::new(),
                ..full
            };
            assert_eq!(totals, expected);
        }
    }
}

#[test]
fn an_advisor_answers_the_same_after_other_questions_and_on_any_number_of_threads() {
    let data = market();
    let asked = plan(&["facebook_spend=+20%"]);
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let fresh = alone.unwrap().install(|| {
        let advisor = Advisor::new(&data, &few("ridge"), &Silent).unwrap();
        advisor.scenario("asked", &asked).unwrap()
    });
    let advisor = Advisor::new(&data, &few("ridge"), &Silent).unwrap();
    let early = Plan {
        to: Some(data.weeks()[10]),
        ..plan(&["tiktok_spend=-50%"])
    };
    advisor.scenario("early", &early).unwrap();
    advisor.scenario_totals("asked", &asked).unwrap();
    assert_eq!(advisor.scenario("asked", &asked).unwrap(), fresh);
}

/// Leaves after so many looks.
struct Patience(AtomicUsize);

impl Progress for Patience {
    fn report(&self, _: &str, _: usize, _: usize) {}

    fn cancelled(&self) -> bool {
        let left = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(1)
            });
        left.is_err()
    }
}

/// Of one who leaves at once, and of one who leaves in the middle, the question stops; who asks next is
/// answered as if nobody had.
fn assert_stops<T: PartialEq + Debug>(name: &str, ask: impl Fn(&Advisor) -> Result<T>) {
    let advisor = || Advisor::new(&market(), &few("ridge"), &Silent).unwrap();
    let expected = ask(&advisor()).unwrap();
    let advisor = advisor();
    for looks in [0, 20] {
        let patience = Arc::new(Patience(looks.into()));
        let stopped = ask(&advisor.heard_by(patience));
        assert!(
            matches!(stopped, Err(Error::Cancelled)),
            "{name} after {looks}: {stopped:?}"
        );
    }
    assert_eq!(ask(&advisor).unwrap(), expected, "{name}");
    let stays = Arc::new(Patience(usize::MAX.into()));
    assert_eq!(ask(&advisor.heard_by(stays)).unwrap(), expected, "{name}");
}

#[test]
fn a_question_stops_when_its_asker_leaves_and_the_next_is_answered_in_full() {
    let asked = plan(&["facebook_spend=+20%"]);
    assert_stops("scenario", |advisor| advisor.scenario("asked", &asked));
    assert_stops("slider", |advisor| advisor.scenario_totals("asked", &asked));
    let priced = plan(&["avg_price=-5%"]);
    assert_stops("refit", |advisor| advisor.scenario("price", &priced));
    assert_stops("curves", |advisor| {
        advisor.response_curves(&CurveQuestion::default())
    });
    assert_stops("timing", Advisor::timing);
    assert_stops("attribution", Advisor::attribution);
    assert_stops("optimize", |advisor| {
        advisor.optimize(&BudgetSettings::default())
    });
    let pricing = PricingQuestion {
        cost: Some(Cost::Margin(0.4)),
        ..PricingQuestion::default()
    };
    assert_stops("pricing", |advisor| advisor.pricing(&pricing));
}

#[test]
fn the_seed_recipe_changes_by_its_potential_outcomes_too() {
    let mut market = MarketSettings::default();
    market.channels.truncate(3);
    let data = simulate(&market).unwrap().dataset;
    let mut settings = few("ridge");
    settings.features.recipe = Recipe::Seed;
    let names = data.roles().exposures();
    let more = format!("{}=+20%", names[0]);
    let models = Advisor::new(&data, &settings, &Silent);
    if let Err(error) = models {
        panic!("{error}: {names:?}");
    }
    assert_by_definition("seed", &data, &settings, &[&more]);
}
