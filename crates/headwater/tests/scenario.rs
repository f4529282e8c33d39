//! Scenarios against arithmetic, against what must not change, and against known truth.
#![allow(clippy::unwrap_used)] // a test may panic

mod common;

use std::sync::Arc;

use common::{assert_close, settings_with, shared, with_direct};
use headwater::analysis::{Advisor, Settings};
use headwater::data::{DataSettings, Dataset, load};
use headwater::decisions::Plan;
use headwater::mediation::{MediatorPolicy, Prepared};
use headwater::progress::Silent;
use headwater::simulate::{MarketSettings, simulate};

fn market() -> Dataset {
    simulate(&MarketSettings::default()).unwrap().dataset
}

fn few(estimator: &str) -> Settings {
    let mut settings = settings_with(estimator);
    settings.bootstrap.replicates = Some(if estimator == "boosting" { 40 } else { 100 });
    settings
}

fn plan(changes: &[&str]) -> Plan {
    Plan {
        set: changes
            .iter()
            .map(|change| change.parse().unwrap())
            .collect(),
        allow_extrapolation: true,
        ..Plan::default()
    }
}

#[test]
fn a_change_of_nothing_is_worth_exactly_nothing() {
    for estimator in ["ols", "ridge", "boosting"] {
        for link in ["identity", "log"] {
            let mut settings = few(estimator);
            settings.mediation.link = serde_json::from_value(link.into()).unwrap();
            let data = with_direct(&market(), "instagram_spend");
            let advisor = Advisor::new(&data, &settings, &Silent).unwrap();
            for policy in ["free", "cap:15000", "fixed"] {
                let nothing = Plan {
                    mediator: policy.parse().unwrap(),
                    ..plan(&["facebook_spend=+0%", "instagram_spend=-0", "avg_price=+0%"])
                };
                let scenario = advisor.scenario("nothing", &nothing).unwrap();
                let weekly = scenario.weekly.iter().map(|week| &week.effects);
                for effects in weekly.chain([&scenario.total]) {
                    for estimate in [
                        &effects.mediator,
                        &effects.outcome,
                        &effects.direct,
                        &effects.through,
                    ] {
                        let interval = estimate.interval().unwrap();
                        assert_eq!(estimate.point, Some(0.0), "{estimator} {link} {policy}");
                        assert_eq!((interval.lower, interval.upper), (0.0, 0.0));
                    }
                }
            }
        }
    }
}

#[test]
fn a_linear_market_gives_what_the_coefficients_say() {
    let data = with_direct(&market(), "instagram_spend");
    let settings = settings_with("ols");
    let prepared = Arc::new(Prepared::new(&data, &settings.features, 0..data.len()).unwrap());
    let (mediator, outcome) = (&prepared.mediator, &prepared.outcome);
    let ones = vec![1.0; data.len()];
    let model = settings
        .model()
        .fit(&prepared, mediator, outcome, &ones)
        .unwrap();
    let slope = |stage: &headwater::design::Design,
                 predictor: &dyn headwater::estimators::Predictor,
                 name: &str| {
        let terms = predictor.terms(stage).unwrap();
        let term = terms.iter().find(|term| term.name == name);
        term.unwrap().coefficient.unwrap()
    };
    let (first, design1) = model.mediator_stage();
    let (second, design2) = model.outcome_stage();
    let b = slope(&design2, second, "google_spend (induced)");
    let (kernel_a, kernel_d) = model.carry_overs();
    let features = &prepared.features;

    let mut settings = settings;
    settings.bootstrap.replicates = Some(0);
    let advisor = Advisor::new(&data, &settings, &Silent).unwrap();
    for name in ["facebook_spend", "instagram_spend"] {
        let change = Plan {
            from: Some(data.weeks()[20]),
            to: Some(data.weeks()[59]),
            ..plan(&[&format!("{name}=+150"), &format!("{name}=+20%")])
        };
        let scenario = advisor.scenario("more", &change).unwrap();
        // the change by hand: x + 150, then 20% more, carried over to the last week of the data
        let mut extra = vec![0.0; data.len()];
        for t in 20..60 {
            extra[t] = 1.2 * (data.column(name)[t] + 150.0) - data.column(name)[t];
        }
        let level = |carry_over| -> f64 {
            let kernel = features.kernel(name, carry_over).unwrap();
            kernel.apply(&extra).iter().sum()
        };
        let google = slope(&design1, first, name) * level(kernel_a);
        let direct = match name {
            "instagram_spend" => slope(&design2, second, name) * level(kernel_d),
            _ => 0.0,
        };
        let spend: f64 = extra.iter().sum();
        let near = |estimate: &headwater::estimate::Estimate, expected: f64| {
            // sums of 100 weeks of revenue of 1e5 with rounding of 1e-16 each
            assert_close(estimate.point.unwrap(), expected, 1e-9 * 1e7);
        };
        near(&scenario.total.mediator, google);
        near(&scenario.total.through, b * google);
        near(&scenario.total.direct, direct);
        near(&scenario.total.outcome, b * google + direct);
        assert_close(scenario.returns.spend, spend, 1e-9 * spend);
        near(&scenario.returns.gross_roas, (b * google + direct) / spend);
        near(
            &scenario.returns.loaded_roas,
            (b * google + direct) / (spend + google),
        );
    }
}

#[test]
fn a_fixed_mediator_lets_nothing_through_and_a_cap_at_most_what_it_allows() {
    let advisor = Advisor::new(&market(), &few("ols"), &Silent).unwrap();
    let ask = |policy| {
        let change = Plan {
            mediator: policy,
            ..plan(&["facebook_spend=+30%"])
        };
        advisor.scenario("more", &change).unwrap().total
    };
    let free = ask(MediatorPolicy::Free);
    let capped = ask(MediatorPolicy::Cap(16_000.0));
    let fixed = ask(MediatorPolicy::Fixed);
    assert_eq!(
        fixed.outcome.interval().map(|i| (i.lower, i.upper)),
        Some((0.0, 0.0))
    );
    assert!(capped.outcome.point > Some(0.0) && capped.outcome.point < free.outcome.point);
    assert!(capped.mediator.point < free.mediator.point);
}

#[test]
fn a_fifth_more_facebook_is_worth_what_the_founding_generator_put_in() {
    let Some(file) = shared("synthetic_mediation/weekly_seed42_clean.csv") else {
        return;
    };
    let data = load(&file, &DataSettings::default(), None).unwrap().dataset;
    let start = std::time::Instant::now();
    let advisor = Advisor::new(&data, &settings_with("ridge"), &Silent).unwrap();
    println!("open {:?}", start.elapsed());
    let start = std::time::Instant::now();
    let scenario = advisor
        .scenario("more", &plan(&["facebook_spend=+20%"]))
        .unwrap();
    println!("scenario {:?}", start.elapsed());
    let truth = 5_249.0;
    println!("{:?} {:?}", scenario.total.outcome, scenario.outside);
    assert!(scenario.total.outcome.interval().unwrap().contains(truth));
}
