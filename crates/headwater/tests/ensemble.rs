//! The replicates that decisions ask are those that the effects' intervals came from.
#![allow(clippy::unwrap_used)] // a test may panic

use headwater::analysis::{Advisor, Fit, Settings, run};
use headwater::data::Dataset;
use headwater::decisions::Plan;
use headwater::effects::{Contrasts, SMOOTH_STEP, TREE_STEP};
use headwater::estimate::Interval;
use headwater::progress::Silent;
use headwater::simulate::{MarketSettings, simulate};

use crate::common::{ensemble, settings_with, with_direct};

fn market() -> Dataset {
    with_direct(
        &simulate(&MarketSettings::default()).unwrap().dataset,
        "instagram_spend",
    )
}

#[test]
fn effects_asked_of_the_ensemble_are_those_of_the_analysis_to_the_last_bit() {
    let data = market();
    for (estimator, step) in [("ridge", SMOOTH_STEP), ("boosting", TREE_STEP)] {
        let mut settings = settings_with(estimator);
        settings.bootstrap.replicates = Some(40);
        settings.validation.placebos = 0;
        let expected = run(&data, Vec::new(), &settings, &Silent)
            .unwrap()
            .analysis
            .effects;
        let ensemble = ensemble(&data, &settings);
        // over the same weeks nothing is forecast, so nothing may change
        for asked in [&ensemble, &ensemble.over(&data).unwrap()] {
            let prepared = asked.prepared();
            let contrasts = Contrasts::of(prepared, prepared.observed.exposures(), step);
            let answers = asked.ask(|model| contrasts.decompose(model)).unwrap();
            for (at, effects) in expected.iter().enumerate() {
                let total = answers.estimate(|effects| effects[at].total);
                let through = answers.estimate(|effects| effects[at].indirect);
                let bits = |interval: Option<Interval>| {
                    interval.map(|interval| (interval.lower.to_bits(), interval.upper.to_bits()))
                };
                assert_eq!(total.point, effects.total.point);
                assert_eq!(bits(total.interval()), bits(effects.total.interval()));
                assert_eq!(bits(through.interval()), bits(effects.indirect.interval()));
            }
        }
    }
}

#[test]
fn an_answer_does_not_depend_on_the_number_of_threads() {
    let data = market();
    let mut settings = Settings::default();
    settings.bootstrap.replicates = Some(60);
    let plan = Plan {
        set: vec![
            "facebook_spend=+20%".parse().unwrap(),
            "avg_price=-3%".parse().unwrap(),
        ],
        ..Plan::default()
    };
    let answers = [1, 2, 5].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.unwrap().install(|| {
            let advisor = Advisor::new(&data, &settings, &Silent).unwrap();
            serde_json::to_string(&advisor.scenario("more", &plan).unwrap()).unwrap()
        })
    });
    assert!(answers.iter().all(|answer| *answer == answers[0]));
}

#[test]
fn without_replicates_an_answer_is_a_point_that_says_why_it_has_no_interval() {
    let mut settings = Settings::default();
    settings.bootstrap.replicates = Some(0);
    let advisor = Advisor::new(&market(), &settings, &Silent).unwrap();
    let plan = Plan {
        set: vec!["facebook_spend=+20%".parse().unwrap()],
        ..Plan::default()
    };
    let outcome = advisor.scenario("more", &plan).unwrap().total.outcome;
    assert!(outcome.point > Some(0.0) && outcome.interval().is_none());
    assert_eq!(
        outcome.why.as_deref(),
        Some("no bootstrap replicates were asked for")
    );
}

#[test]
fn a_fit_answers_at_once_what_its_run_answers_when_opened() {
    let data = market();
    for estimator in ["ridge", "boosting"] {
        let mut settings = settings_with(estimator);
        settings.bootstrap.replicates = Some(40);
        settings.validation.placebos = 0;
        let fit = run(&data, Vec::new(), &settings, &Silent).unwrap();
        let plan = Plan {
            set: vec!["facebook_spend=+20%".parse().unwrap()],
            ..Plan::default()
        };
        let kept = Advisor::of(&fit, &Silent).unwrap();
        let let_go = Advisor::of(
            &Fit {
                models: None,
                ..fit
            },
            &Silent,
        )
        .unwrap();
        let [kept, again] = [kept, let_go].map(|advisor| advisor.scenario("more", &plan).unwrap());
        assert_eq!(kept, again);
    }
}
