//! Scenarios against arithmetic, against what must not change, and against known truth.
#![allow(clippy::unwrap_used)] // a test may panic

use headwater::analysis::{Advisor, Settings, run};
use headwater::data::role::{Role, Unit};
use headwater::data::{DataSettings, Dataset, load};
use headwater::decisions::{Plan, Plans, Scenario};
use headwater::estimate::Estimate;
use headwater::finding::Status;
use headwater::mediation::MediatorPolicy;
use headwater::progress::Silent;
use headwater::simulate::{MarketSettings, simulate};

use crate::common::{
    altered, assert_close, assert_page, fitted, settings_with, shared, slope, with_direct,
};

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
    let model = fitted(&data, &settings);
    let prepared = model.prepared();
    let b = slope(model.outcome_stage(), "google_spend (induced)");
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
        for (t, extra) in extra.iter_mut().enumerate().take(60).skip(20) {
            let spend = data.column(name)[t];
            *extra = 1.2 * (spend + 150.0) - spend;
        }
        let level = |carry_over| -> f64 {
            let kernel = features.kernel(name, carry_over).unwrap();
            kernel.apply(&extra).iter().sum()
        };
        let google = slope(model.mediator_stage(), name) * level(kernel_a);
        let direct = match name {
            "instagram_spend" => slope(model.outcome_stage(), name) * level(kernel_d),
            _ => 0.0,
        };
        let spend: f64 = extra.iter().sum();
        let near = |estimate: &headwater::estimate::Estimate, expected: f64| {
            // weeks of revenue of 1e5 are known to 1e-11, their sums to less than 1e-8
            assert_close(estimate.point.unwrap(), expected, 1e-9 * expected.abs());
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
    let mut settings = Settings::default();
    settings.validation.placebos = 0;
    let fit = run(&data, Vec::new(), &settings, &Silent).unwrap();
    let advisor = Advisor::of(&fit, &Silent).unwrap();
    // 20% of what the published coefficients make of the published spend, all weeks
    let truth = 5_249.0;
    for allow_extrapolation in [false, true] {
        let more = Plan {
            allow_extrapolation,
            ..plan(&["facebook_spend=+20%"])
        };
        let scenario = advisor.scenario("more", &more).unwrap();
        // a part of the change lies beyond the highest weeks, and is left out by default
        assert!(!scenario.outside.is_empty());
        for effects in [&scenario.total, scenario.best()] {
            println!("{allow_extrapolation}: {:?}", effects.outcome);
            assert!(effects.outcome.interval().unwrap().contains(truth));
        }
    }
}

/// Points of outcome, through, direct and mediator.
fn points(effects: &headwater::decisions::scenario::Effects) -> [f64; 4] {
    [
        &effects.outcome,
        &effects.through,
        &effects.direct,
        &effects.mediator,
    ]
    .map(|estimate| estimate.point.unwrap())
}

fn ols_of(data: &Dataset, replicates: usize) -> Advisor {
    let mut settings = settings_with("ols");
    settings.bootstrap.replicates = Some(replicates);
    Advisor::new(data, &settings, &Silent).unwrap()
}

#[test]
fn weeks_add_up_to_blocks_and_blocks_to_the_total() {
    let data = with_direct(&market(), "instagram_spend");
    let advisor = ols_of(&data, 40);
    for (from, to) in [(0, 103), (10, 10), (70, 90), (103, 103)] {
        let some = Plan {
            from: Some(data.weeks()[from]),
            to: Some(data.weeks()[to]),
            ..plan(&["facebook_spend=+20%", "instagram_spend=-200"])
        };
        let scenario = advisor.scenario("some", &some).unwrap();
        assert!(scenario.blocks.len() <= 17, "{}", scenario.blocks.len());
        let mut weeks = scenario.weekly.iter();
        let mut total = [0.0; 4];
        for block in &scenario.blocks {
            let mut sums = [0.0; 4];
            let mut spend = 0.0;
            for _ in 0..block.weeks {
                let week = weeks.next().unwrap();
                assert_eq!(
                    week.beyond_data, block.beyond_data,
                    "no block crosses the end"
                );
                spend += week.spend;
                for (sum, value) in sums.iter_mut().zip(points(&week.effects)) {
                    *sum += value;
                }
            }
            // sums of a few weeks of 1e5 in another order
            assert_close(block.spend, spend, 1e-7);
            for (k, value) in points(&block.effects).into_iter().enumerate() {
                assert_close(value, sums[k], 1e-7);
                total[k] += value;
            }
            assert!(block.effects.outcome.interval().is_some());
        }
        assert!(weeks.next().is_none());
        for (value, sum) in points(&scenario.total).into_iter().zip(total) {
            assert_close(value, sum, 1e-6);
        }
        assert_eq!(scenario.blocks[0].first, scenario.weeks.0);
        assert_eq!(scenario.blocks.last().unwrap().last, scenario.counted_to);
    }
}

#[test]
fn a_difference_takes_both_plans_from_the_same_replicate() {
    let advisor = ols_of(&market(), 60);
    let priced = |change: &str| Plan {
        margin: Some(0.4),
        ..plan(&[change])
    };
    let plans = Plans {
        plans: [
            ("less".to_string(), priced("facebook_spend=-10%")),
            ("again".to_string(), priced("facebook_spend=-10%")),
            ("more".to_string(), priced("facebook_spend=+10%")),
        ]
        .into_iter()
        .collect(),
    };
    let compared = advisor.scenarios(&plans).unwrap();
    let [same, more] = &compared.differences[..] else {
        panic!("two differences to the first");
    };
    for estimate in [&same.total.outcome, &same.total.mediator, &same.profit] {
        let interval = estimate.interval().unwrap();
        assert_eq!((interval.lower, interval.upper), (0.0, 0.0));
    }
    // a linear model: from 10% less to 10% more is twice the way, by each replicate
    let less = &compared.scenarios[0];
    let twice = |estimate: &Estimate, half: &Estimate, tolerance: f64| {
        assert_close(
            estimate.point.unwrap(),
            -2.0 * half.point.unwrap(),
            tolerance,
        );
        let (whole, half) = (estimate.interval().unwrap(), half.interval().unwrap());
        assert_close(whole.lower, -2.0 * half.upper, tolerance);
        assert_close(whole.upper, -2.0 * half.lower, tolerance);
    };
    // sums of 130 weeks of revenue of 1e5, each with a rounding of 1e-11
    twice(&more.total.outcome, &less.total.outcome, 1e-6);
    twice(&more.profit, &less.returns.profit, 1e-6);
    assert_close(more.spend, -2.0 * less.returns.spend, 1e-7);
}

#[test]
fn what_has_no_price_has_no_return() {
    let unit = |name: &'static str| {
        let roles = move |roles: &mut headwater::data::role::Roles| {
            roles.columns[name].unit = Unit::Count;
        };
        altered(&market(), roles, |_, _, value| value).unwrap()
    };
    let ask = |data: &Dataset, change: &str| -> Scenario {
        let priced = Plan {
            margin: Some(0.4),
            ..plan(&[change])
        };
        ols_of(data, 0).scenario("plan", &priced).unwrap()
    };
    let why = |estimate: &Estimate| {
        assert_eq!(estimate.point, None);
        estimate.why.clone().unwrap()
    };
    let counts = ask(&unit("tiktok_spend"), "tiktok_spend=+10%").returns;
    assert_eq!(counts.spend, 0.0);
    for estimate in [&counts.gross_roas, &counts.loaded_roas, &counts.profit] {
        assert!(why(estimate).contains("tiktok_spend is not measured in money"));
    }
    let price = ask(&market(), "avg_price=-5%").returns;
    for estimate in [&price.gross_roas, &price.profit] {
        assert!(why(estimate).contains("the plan changes avg_price as well"));
    }
    let clicks = ask(&unit("google_spend"), "tiktok_spend=+10%").returns;
    assert!(why(&clicks.induced).contains("the mediator is not measured in money"));
    assert!(why(&clicks.loaded_roas).contains("the mediator is not measured in money"));
    assert!(clicks.gross_roas.point.is_some());
}

#[test]
fn a_cut_larger_than_the_spend_is_held_at_zero_and_said() {
    let data = market();
    let spend = data.column("tiktok_spend").clone();
    let scenario = ols_of(&data, 0)
        .scenario("cut", &plan(&["tiktok_spend=-500"]))
        .unwrap();
    let cut: f64 = spend.iter().map(|spend| spend.min(500.0)).sum();
    assert_close(scenario.returns.spend, -cut, 1e-7);
    let mut findings = scenario.findings.iter();
    let held = findings.find(|one| one.id == "decisions.held_at_zero");
    let held = held.unwrap();
    let below = spend.iter().filter(|spend| **spend < 500.0).count();
    assert_eq!(held.status, Status::Warning);
    assert!(
        held.summary
            .contains(&format!("tiktok_spend in {below} weeks"))
    );
    assert_page("decisions.held_at_zero");
    assert_page("decisions.mediator_held_at_zero");
}

#[test]
fn without_replicates_there_are_points_and_the_reason() {
    let scenario = ols_of(&market(), 0)
        .scenario("plan", &plan(&["facebook_spend=+20%"]))
        .unwrap();
    let total = &scenario.total.outcome;
    assert!(total.point > Some(0.0) && total.interval().is_none());
    assert!(
        total
            .why
            .as_deref()
            .unwrap()
            .contains("no bootstrap replicates")
    );
}

#[test]
fn the_seed_recipe_and_a_logarithmic_link_answer_too() {
    let seed = Settings {
        features: toml::from_str("recipe = \"seed\"").unwrap(),
        ..Settings::default()
    };
    let mut log = settings_with("ridge");
    log.mediation.link = serde_json::from_value("log".into()).unwrap();
    // the seed recipe knows three channels
    let three = altered(
        &market(),
        |roles| roles.columns["instagram_spend"].role = Role::Ignore,
        |_, _, value| value,
    );
    for (data, mut settings) in [(three.unwrap(), seed), (market(), log)] {
        settings.bootstrap.replicates = Some(40);
        let advisor = Advisor::new(&data, &settings, &Silent).unwrap();
        let scenario = advisor
            .scenario("plan", &plan(&["facebook_spend=+20%"]))
            .unwrap();
        let total = &scenario.total;
        let parts = total.direct.point.unwrap() + total.through.point.unwrap();
        // revenue of 1e7 in all
        assert_close(total.outcome.point.unwrap(), parts, 1e-6);
        assert!(total.outcome.interval().is_some());
    }
}

#[test]
fn a_file_of_plans_is_read_back_and_its_errors_point_at_the_line() {
    let text = "[careful]\nset = [{ column = \"facebook_spend\", by = \"-10%\" }]\n\
                [bold]\nfrom = 2024-01-01\nto = \"2024-02-05\"\nmargin = 0.4\nmediator = \"cap:9000\"\n\
                set = [{ column = \"tiktok_spend\", by = \"=3000\" }]\n";
    let plans = Plans::from_toml("plans.toml", text).unwrap();
    assert_eq!(plans.plans["bold"].from.unwrap().to_string(), "2024-01-01");
    assert_eq!(
        Plans::from_toml("again.toml", &plans.to_toml()).unwrap(),
        plans
    );
    for (text, message) in [
        (
            "[a]\nmargn = 0.4",
            "unknown key `margn`; did you mean `margin`",
        ),
        (
            "[a]\nset = [{ colum = \"x\", by = \"+1\" }]",
            "did you mean `column`",
        ),
        (
            "[a]\nset = [{ column = \"x\", by = \"1\" }]",
            "does not say by how much",
        ),
        ("[a]\nfrom = \"soon\"", "soon is no day"),
        ("[a]\nmargin = 4", "scenario a: the margin 4 is not a part"),
        ("", "holds no scenario"),
    ] {
        let error = Plans::from_toml("plans.toml", text).unwrap_err();
        assert!(error.to_string().contains(message), "{error}");
        assert!(error.to_string().contains("plans.toml"), "{error}");
    }
    let error = plans.only(&["brave".into()]).unwrap_err();
    assert!(error.to_string().contains("no scenario brave"));
}
