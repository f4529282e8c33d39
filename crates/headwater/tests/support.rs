//! The guard against plans beyond what the data have seen: what must hold whatever the plan.
#![allow(clippy::unwrap_used)] // a test may panic

use std::sync::Arc;

use headwater::analysis::{Advisor, Settings};
use headwater::data::Dataset;
use headwater::decisions::{JointSupport, Plan, Scenario, Support};
use headwater::features::Kernel;
use headwater::finding::{Finding, Status};
use headwater::mediation::{FittedMediation, Prepared};
use headwater::progress::Silent;
use headwater::simulate::{MarketSettings, simulate};
use proptest::prelude::*;

use crate::common::{self, altered, assert_page, settings_with};

fn market() -> Dataset {
    simulate(&MarketSettings::default()).unwrap().dataset
}

fn fitted(data: &Dataset, settings: &Settings) -> FittedMediation {
    let prepared = Prepared::new(data, &settings.features, 0..data.len()).unwrap();
    let prepared = Arc::new(prepared);
    let (mediator, outcome) = (&prepared.mediator, &prepared.outcome);
    let ones = vec![1.0; data.len()];
    let model = settings.model();
    model.fit(&prepared, mediator, outcome, &ones).unwrap()
}

fn plan(changes: &[String]) -> Plan {
    let set = changes.iter().map(|change| change.parse().unwrap());
    Plan {
        set: set.collect(),
        ..Plan::default()
    }
}

fn found<'a>(scenario: &'a Scenario, id: &str) -> &'a Finding {
    let mut findings = scenario.findings.iter();
    findings.find(|finding| finding.id == id).unwrap()
}

const CHANNELS: [&str; 4] = [
    "facebook_spend",
    "tiktok_spend",
    "snapchat_spend",
    "instagram_spend",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_raised_or_cut_week_lies_no_further_out_than_the_edge_or_where_it_stood(
        percent in -100.0..300.0f64, nth in 0..4usize, from in 0..90usize, length in 1..60usize,
    ) {
        let data = market();
        let model = fitted(&data, &settings_with("ols"));
        let support = Support::of(&data, &model);
        let name = CHANNELS[nth];
        let last = (from + length).min(data.len()) - 1;
        let ask = |percent: f64| {
            let plan = Plan {
                from: Some(data.weeks()[from]),
                to: Some(data.weeks()[last]),
                ..plan(&[format!("{name}={percent:+}%")])
            };
            plan.apply(&data).unwrap().data
        };
        let wanted = ask(percent);
        let (held, outside) = support.hold(&data, &wanted).unwrap();
        let kernel = model.prepared().features.kernel(name, model.carry_overs().0).unwrap();
        let levels = |data: &Dataset| kernel.apply(data.column(name));
        let (before, after) = (levels(&data), levels(&held));
        let (least, most) = support.range(name).unwrap();
        let (stands, asked, kept) = (data.column(name), wanted.column(name), held.column(name));
        for t in 0..data.len() {
            // levels of some thousands, and a division by at least 0.1: roundings of 1e-8 at most
            if kept[t] > stands[t] {
                prop_assert!(after[t] <= most.max(before[t]) + 1e-8);
            }
            if kept[t] < stands[t] {
                prop_assert!(after[t] >= least.min(before[t]) - 1e-8);
            }
            let (low, high) = (stands[t].min(asked[t]), stands[t].max(asked[t]));
            prop_assert!(low <= kept[t] && kept[t] <= high, "between what stood and what was asked");
        }
        for one in &outside {
            prop_assert!(one.share > 0.0 && one.share <= 1.0 + 1e-12);
        }
        // more of the same change never has less left out, in any week
        let more = ask(if percent < 0.0 { (1.3 * percent).max(-100.0) } else { 1.3 * percent });
        let (more_held, _) = support.hold(&data, &more).unwrap();
        for t in 0..data.len() {
            let left_out = (asked[t] - kept[t]).abs();
            let more_left_out = (more.column(name)[t] - more_held.column(name)[t]).abs();
            prop_assert!(more_left_out >= left_out - 1e-8, "week {t}");
        }
    }

    #[test]
    fn prices_stay_between_the_least_and_the_greatest_and_no_change_is_left_alone(
        percent in -90.0..300.0f64,
    ) {
        let data = market();
        let support = Support::of(&data, &fitted(&data, &settings_with("ols")));
        let wanted = plan(&[format!("avg_price={percent:+}%")]).apply(&data).unwrap().data;
        let (held, _) = support.hold(&data, &wanted).unwrap();
        let (least, most) = support.range("avg_price").unwrap();
        prop_assert!(held.column("avg_price").iter().all(|x| (least..=most).contains(x)));
        let (same, outside) = support.hold(&data, &data).unwrap();
        prop_assert!(outside.is_empty());
        prop_assert!(same.columns().all(|(name, values)| values == data.column(name)));
    }
}

#[test]
fn a_channel_that_was_never_used_and_one_that_never_moved_cannot_be_raised() {
    for value in [0.0, 700.0] {
        let data = altered(
            &market(),
            |_| {},
            |name, _, old| if name == "tiktok_spend" { value } else { old },
        )
        .unwrap();
        let support = Support::of(&data, &fitted(&data, &settings_with("ols")));
        let wanted = plan(&["tiktok_spend=+500".into()]).apply(&data).unwrap();
        let (held, outside) = support.hold(&data, &wanted.data).unwrap();
        let kept = held.column("tiktok_spend");
        assert!(kept.iter().all(|spend| spend.is_finite()));
        if value == 0.0 {
            assert!(kept.iter().all(|spend| *spend == 0.0));
            assert_eq!((outside[0].weeks, outside[0].share), (104, 1.0));
        }
        let (least, most) = support.range("tiktok_spend").unwrap();
        assert!(least.is_finite() && most.is_finite());
    }
}

#[test]
fn spend_that_works_weeks_later_is_held_in_the_week_in_which_it_works() {
    let data = market();
    let mut settings = settings_with("ols");
    settings.features = toml::from_str(
        "[adstock]\nkernels = [{ delayed = { decay = 0.5, peak = 3.0, lags = 8 } }]\ngrid = []",
    )
    .unwrap();
    let model = fitted(&data, &settings);
    let kernel: Kernel = model.carry_overs().0.kernel;
    let support = Support::of(&data, &model);
    let (_, most) = support.range("facebook_spend").unwrap();
    let levels = |data: &Dataset| kernel.apply(data.column("facebook_spend"));
    let before = levels(&data);
    for t in 0..data.len() - 3 {
        let one_week = Plan {
            from: Some(data.weeks()[t]),
            to: Some(data.weeks()[t]),
            ..plan(&["facebook_spend==99999".into()])
        };
        let wanted = one_week.apply(&data).unwrap().data;
        let (held, _) = support.hold(&data, &wanted).unwrap();
        let after = levels(&held);
        // raised as far as the edge three weeks on, unless it stood beyond already
        common::assert_close(after[t + 3], most.max(before[t + 3]), 1e-8);
    }
}

#[test]
fn a_plan_that_repeats_what_was_seen_raises_no_doubt() {
    let data = market();
    let mut settings = settings_with("ols");
    settings.bootstrap.replicates = Some(0);
    let advisor = Advisor::new(&data, &settings, &Silent).unwrap();
    let nothing = plan(&CHANNELS.map(|name| format!("{name}=+0%")));
    let scenario = advisor.scenario("again", &nothing).unwrap();
    for id in [
        "decisions.support",
        "decisions.window_total",
        "decisions.joint_support",
    ] {
        let finding = found(&scenario, id);
        assert_eq!(finding.status, Status::Passed, "{}", finding.summary);
        assert_page(id);
    }
    // and the weeks of the data lie within their own limit
    let support = Support::of(&data, &fitted(&data, &settings));
    let joint = JointSupport::of(&data, &support).unwrap();
    let distances = joint.distances(&data, &support);
    assert!(distances.iter().all(|distance| *distance <= joint.limit()));
}

#[test]
fn channels_that_always_moved_together_are_not_parted_without_a_word() {
    // snapchat at a third of instagram, with a little of its own
    let market = market();
    let instagram = market.column("instagram_spend").clone();
    let data = altered(
        &market,
        |_| {},
        |name, t, old| match name {
            "snapchat_spend" => instagram[t] / 3.0 + (t % 5) as f64,
            _ => old,
        },
    )
    .unwrap();
    let mut settings = settings_with("ridge");
    settings.bootstrap.replicates = Some(0);
    let advisor = Advisor::new(&data, &settings, &Silent).unwrap();
    let ask = |changes: &[&str]| {
        let changes: Vec<String> = changes.iter().map(|change| change.to_string()).collect();
        let plan = Plan {
            from: Some(data.weeks()[60]),
            to: Some(data.weeks()[79]),
            ..plan(&changes)
        };
        advisor.scenario("plan", &plan).unwrap()
    };
    let parted = ask(&["instagram_spend=-30%", "snapchat_spend=+30%"]);
    let finding = found(&parted, "decisions.joint_support");
    assert_eq!(finding.status, Status::Warning, "{}", finding.summary);
    let alike = ask(&["instagram_spend=-10%", "snapchat_spend=-10%"]);
    let finding = found(&alike, "decisions.joint_support");
    assert_eq!(finding.status, Status::Passed, "{}", finding.summary);
}

#[test]
fn a_sum_beyond_any_as_long_stretch_is_named() {
    let data = market();
    let mut settings = settings_with("ols");
    settings.bootstrap.replicates = Some(0);
    let advisor = Advisor::new(&data, &settings, &Silent).unwrap();
    let all = |percent: &str| {
        let plan = Plan {
            allow_extrapolation: true,
            ..plan(&[format!("facebook_spend={percent}")])
        };
        let scenario = advisor.scenario("plan", &plan).unwrap();
        found(&scenario, "decisions.window_total").clone()
    };
    // over all weeks the greatest and the least sum are the one that was: 1.3 and 0.7 of it
    assert_eq!(all("+29%").status, Status::Passed);
    assert_eq!(all("-29%").status, Status::Passed);
    for (percent, ratio) in [("+40%", 1.4), ("-40%", 0.6)] {
        let finding = all(percent);
        assert_eq!(finding.status, Status::Warning);
        common::assert_close(finding.measure.unwrap().value, ratio, 1e-12);
    }
}

#[test]
fn trees_say_that_no_gain_beyond_the_edge_is_their_artefact() {
    let data = market();
    let ask = |estimator: &str| {
        let mut settings = settings_with(estimator);
        settings.bootstrap.replicates = Some(0);
        let advisor = Advisor::new(&data, &settings, &Silent).unwrap();
        let plan = Plan {
            allow_extrapolation: true,
            ..plan(&["facebook_spend=+100%".into()])
        };
        let scenario = advisor.scenario("plan", &plan).unwrap();
        found(&scenario, "decisions.support").summary.clone()
    };
    assert!(ask("boosting").contains("artefact"));
    assert!(!ask("ols").contains("artefact"));
}
