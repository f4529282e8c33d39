//! Plans of a budget against closed forms, against the models themselves, and against what must
//! never happen.
#![allow(clippy::unwrap_used)] // a test may panic

use headwater::analysis::{Advisor, Settings};
use headwater::data::Dataset;
use headwater::decisions::budget::{
    Allocation, Bounds, BudgetSettings, ChannelBounds, End, MaxChange, Method, Objective, Risk,
    Story, Verdict,
};
use headwater::features::{Decay, Saturation};
use headwater::finding::Status;
use headwater::mediation::MediatorPolicy;
use headwater::progress::Silent;
use headwater::simulate::{MarketSettings, simulate};

use crate::common::{
    altered, assert_close, assert_page, ensemble, fitted, settings_with, slope, with_direct,
};

const CHANNELS: [&str; 4] = [
    "facebook_spend",
    "tiktok_spend",
    "snapchat_spend",
    "instagram_spend",
];

fn market() -> Dataset {
    simulate(&MarketSettings::default()).unwrap().dataset
}

fn few(estimator: &str, replicates: usize) -> Settings {
    let mut settings = settings_with(estimator);
    settings.bootstrap.replicates = Some(replicates);
    settings
}

fn advisor(data: &Dataset, settings: &Settings) -> Advisor {
    Advisor::new(data, settings, &Silent).unwrap()
}

fn wide(settings: BudgetSettings) -> BudgetSettings {
    BudgetSettings {
        max_change: MaxChange::Unlimited,
        ..settings
    }
}

fn status(plan: &Allocation, id: &str) -> Status {
    let finding = plan.findings.iter().find(|finding| finding.id == id);
    finding.unwrap_or_else(|| panic!("no finding {id}")).status
}

/// That a plan keeps what it was given.
#[track_caller]
fn assert_kept(plan: &Allocation) {
    for channel in &plan.channels {
        let Bounds { least, most } = channel.bounds;
        assert!(
            least <= channel.planned && channel.planned <= most,
            "{channel:?}"
        );
    }
    if let Some(budget) = plan.settings.budget {
        assert!(plan.planned.bill <= budget * (1.0 + 1e-9), "{plan:?}");
    }
    for finding in &plan.findings {
        assert_page(&finding.id);
    }
}

#[test]
fn the_plan_of_a_saturating_market_solves_the_lagrange_conditions() {
    // even weeks to plan, so that each channel has one level: u_j(x) = 8 ln(1 + x / (8 k_j))
    let data = altered(
        &market(),
        |_| (),
        |name, t, value| match (name, t >= 96) {
            (name, true) if CHANNELS.contains(&name) => 1000.0,
            _ => value,
        },
    )
    .unwrap();
    let mut settings = few("ols", 0);
    settings.features.saturation = Saturation::Log1p;
    settings.features.adstock.decay = Decay::Fixed(0.0);
    let model = fitted(&data, &settings);
    let prepared = model.prepared();
    let b = slope(model.outcome_stage(), "google_spend (induced)");
    let channels: Vec<(f64, f64)> = CHANNELS
        .iter()
        .map(|name| {
            let response = prepared.features.response(name, model.carry_overs().0);
            let a = slope(model.mediator_stage(), name);
            (a, response.unwrap().scale().unwrap())
        })
        .collect();
    assert!(
        b > 0.0 && channels.iter().all(|(a, _)| *a > 0.0),
        "{channels:?} {b}"
    );

    let budget = 60_000.0;
    let question = BudgetSettings {
        budget: Some(budget),
        allow_extrapolation: true,
        ..wide(BudgetSettings::default())
    };
    let plan = advisor(&data, &settings).optimize(&question).unwrap();
    assert_eq!(plan.method, Method::Exact);
    assert_kept(&plan);
    // a_j b u' = lambda (1 + a_j u') with u' = 1 / (k + x / 8), so
    // x = 8 (a_j (b - lambda) / lambda - k) where that is above 0; lambda spends the budget
    let totals = |lambda: f64| -> Vec<f64> {
        let channels = channels.iter();
        channels
            .map(|(a, k)| (8.0 * (a * (b - lambda) / lambda - k)).max(0.0))
            .collect()
    };
    let bill = |x: &[f64]| -> f64 {
        let pairs = x.iter().zip(&channels);
        pairs
            .map(|(x, (a, k))| x + a * 8.0 * (x / (8.0 * k)).ln_1p())
            .sum()
    };
    let (mut low, mut high) = (1e-9 * b, b);
    for _ in 0..200 {
        let lambda = 0.5 * (low + high);
        match bill(&totals(lambda)) > budget {
            true => low = lambda,
            false => high = lambda,
        }
    }
    let expected = totals(low);
    assert!(
        expected.iter().filter(|x| **x > 0.0).count() >= 3,
        "{expected:?}"
    );
    for (channel, expected) in plan.channels.iter().zip(&expected) {
        // the optimum is flat: a height right to 1e-12 leaves places right to 1e-6
        assert_close(channel.planned, *expected, 1e-6 * budget);
    }
    assert_close(plan.shadow_price, low, 1e-5 * low);
    assert!(plan.certificate.holds() && plan.certificate.kkt_residual < Some(1e-5));
}

#[test]
fn what_the_slopes_promise_is_what_the_models_give() {
    // so much Google spend that no replicate falls to zero, where slopes end
    let data = altered(
        &market(),
        |roles| roles.columns["instagram_spend"].direct = true,
        |name, _, value| match name {
            "google_spend" => value + 1e5,
            _ => value,
        },
    )
    .unwrap();
    for estimator in ["ols", "ridge"] {
        for saturation in [Saturation::None, Saturation::Log1p] {
            let mut settings = few(estimator, 60);
            settings.features.saturation = saturation;
            let advisor = advisor(&data, &settings);
            for mediator in [MediatorPolicy::Free, MediatorPolicy::Fixed] {
                for objective in [Objective::Revenue, Objective::Profit] {
                    let question = BudgetSettings {
                        mediator,
                        objective,
                        margin: Some(0.4),
                        ..BudgetSettings::default()
                    };
                    let plan = advisor.optimize(&question).unwrap();
                    assert_eq!(plan.method, Method::Exact);
                    assert_kept(&plan);
                    let gain = &plan.gain;
                    // differences of sums of revenue over 140 weeks of 1e5
                    let rounding = 1e-9 * (gain.promised.abs() + 1.0) + 1e-15 * 1e7 * 140.0;
                    assert_eq!(gain.held_at_zero, 0);
                    assert_close(gain.modelled, gain.promised, rounding);
                    assert_eq!(
                        status(&plan, "decisions.allocation_promise"),
                        Status::Passed
                    );
                    assert!(gain.promised >= -1e-9 * plan.planned.bill);
                }
            }
        }
    }
}

#[test]
fn more_budget_is_never_worth_less_and_no_room_gives_the_current_plan() {
    let mut settings = few("ridge", 60);
    settings.features.saturation = Saturation::Log1p;
    let advisor = advisor(&market(), &settings);
    let current = advisor
        .optimize(&BudgetSettings {
            max_change: MaxChange::Share(0.0),
            ..BudgetSettings::default()
        })
        .unwrap();
    assert_eq!(current.verdict, Verdict::Current);
    for channel in &current.channels {
        assert_eq!(channel.planned, channel.current);
        assert_eq!(channel.at_bound, Some(End::Both));
    }
    assert_eq!(current.gain.modelled, 0.0);
    assert_eq!(current.regret, Some(0.0));

    let mut before = f64::NEG_INFINITY;
    for share in [0.8, 0.9, 1.0, 1.1, 1.3, 2.0] {
        let question = BudgetSettings {
            budget: Some(share * current.current.bill),
            ..BudgetSettings::default()
        };
        let plan = advisor.optimize(&question).unwrap();
        assert_kept(&plan);
        assert!(plan.gain.promised >= before - 1e-9 * plan.planned.bill.abs());
        before = plan.gain.promised;
        assert!(plan.regret >= Some(0.0));
        for channel in &plan.channels {
            let (low, high) = channel.spread.unwrap();
            assert!(low <= high && channel.bounds.least <= low && high <= channel.bounds.most);
        }
    }
}

#[test]
fn the_worst_fifth_is_never_better_under_the_mean_plan() {
    let settings = few("ols", 100);
    let advisor = advisor(&market(), &settings);
    let ask = |risk| {
        let question = BudgetSettings {
            risk,
            max_change: MaxChange::Share(0.6),
            ..BudgetSettings::default()
        };
        advisor.optimize(&question).unwrap()
    };
    let (mean, careful) = (ask(Risk::Mean), ask(Risk::Cvar(0.2)));
    assert_kept(&careful);
    assert!(careful.gain.promised <= mean.gain.promised + 1e-6 * mean.planned.bill);
    // the whole of the replicates is their mean
    let all = ask(Risk::Cvar(1.0));
    assert_close(
        all.gain.promised,
        mean.gain.promised,
        1e-6 * mean.planned.bill,
    );
    assert!(
        mean.channels
            .iter()
            .all(|channel| channel.information >= Some(0.0))
    );
    let halves = mean.gain.halves.unwrap();
    assert!(halves.chosen.is_finite() && halves.judged.is_finite());
}

#[test]
fn a_story_that_takes_a_channels_effect_away_takes_its_money() {
    let data = market();
    let settings = few("ols", 60);
    let ensemble = ensemble(&data, &settings);
    let exposures: Vec<String> = data
        .roles()
        .exposures()
        .iter()
        .map(|e| e.to_string())
        .collect();
    let story = |name: &str, of: &dyn Fn(&str) -> f64| Story {
        name: name.into(),
        factors: exposures.iter().map(|exposure| of(exposure)).collect(),
    };
    let question = BudgetSettings::default();
    let plan = |stories: &[Story]| Allocation::of(&ensemble, &data, &question, stories);
    let told = plan(&[
        story("as it stands", &|_| 1.0),
        story("half", &|_| 0.5),
        story("tiktok does nothing", &|name| {
            f64::from(u8::from(name != "tiktok_spend"))
        }),
    ])
    .unwrap();
    assert_kept(&told);
    let place = told
        .channels
        .iter()
        .position(|c| c.channel == "tiktok_spend")
        .unwrap();
    let base: Vec<f64> = told.channels.iter().map(|c| c.planned).collect();
    for (planned, base) in told.stories[0].planned.iter().zip(&base) {
        assert_close(*planned, *base, 1e-6 * told.planned.spend);
    }
    for (planned, base) in told.stories[1].planned.iter().zip(&base) {
        assert_close(*planned, *base, 1e-6 * told.planned.spend);
    }
    let tiktok = &told.channels[place];
    assert_close(
        told.stories[2].planned[place],
        tiktok.bounds.least,
        1e-6 * tiktok.current,
    );
    assert!(
        told.channels
            .iter()
            .all(|channel| channel.agreeing_stories >= 2)
    );
    let error = plan(&[story("no number", &|_| f64::NAN)])
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("no number") && error.contains("finite factor"),
        "{error}"
    );
}

#[test]
fn no_channel_returns_as_much_as_the_mediator_that_it_works_through() {
    let plan = advisor(&market(), &few("ols", 60))
        .optimize(&BudgetSettings::default())
        .unwrap();
    let most = plan.return_on_mediator.unwrap();
    for channel in &plan.channels {
        if let Some(marginal) = channel.marginal {
            assert!(marginal < most, "{channel:?} {most}");
        }
    }
    assert_eq!(status(&plan, "decisions.dominance"), Status::Warning);
    let direct = with_direct(&market(), "facebook_spend");
    let plan = advisor(&direct, &few("ols", 0)).optimize(&BudgetSettings::default());
    assert_eq!(plan.unwrap().return_on_mediator, None);
}

#[test]
fn without_replicates_nothing_is_said_about_chance() {
    let plan = advisor(&market(), &few("ridge", 0))
        .optimize(&BudgetSettings::default())
        .unwrap();
    assert_kept(&plan);
    assert_eq!(plan.verdict, Verdict::NotAssessed);
    assert_eq!(
        (plan.regret, plan.gain.better, plan.replicates),
        (None, None, 0)
    );
    assert!(plan.gain.halves.is_none() && plan.gain.outcome.interval().is_none());
    assert!(
        plan.channels
            .iter()
            .all(|c| c.spread.is_none() && c.information.is_none())
    );
    assert_eq!(
        status(&plan, "decisions.allocation_gain"),
        Status::NotAssessed
    );
}

#[test]
fn trees_the_log_link_and_caps_are_planned_on_a_surrogate_and_judged_by_the_model() {
    let log = {
        let mut settings = few("ridge", 40);
        settings.mediation.link = serde_json::from_value("log".into()).unwrap();
        settings
    };
    let cap = MediatorPolicy::Cap(15_000.0);
    for (settings, mediator, why) in [
        (few("boosting", 40), MediatorPolicy::Free, "not linear"),
        (log, MediatorPolicy::Free, "log scale"),
        (few("ridge", 40), cap, "cap"),
    ] {
        let question = BudgetSettings {
            mediator,
            ..BudgetSettings::default()
        };
        let plan = advisor(&market(), &settings).optimize(&question).unwrap();
        match &plan.method {
            Method::Surrogate { why: said } => assert!(said.contains(why), "{said}"),
            Method::Exact => panic!("{why}: not exact"),
        }
        assert_kept(&plan);
        assert!(plan.gain.modelled.is_finite() && plan.gain.promised.is_finite());
        assert_eq!(plan.return_on_mediator, None);
    }
}

#[test]
fn a_surrogate_of_a_linear_model_finds_the_plan_of_the_slopes() {
    // a cap that nothing reaches bends nothing
    let advisor = advisor(&market(), &few("ridge", 40));
    let ask = |mediator| {
        let question = BudgetSettings {
            mediator,
            ..BudgetSettings::default()
        };
        advisor.optimize(&question).unwrap()
    };
    let (exact, bent) = (ask(MediatorPolicy::Free), ask(MediatorPolicy::Cap(1e9)));
    assert!(matches!(bent.method, Method::Surrogate { .. }));
    assert_close(
        bent.gain.modelled,
        exact.gain.modelled,
        1e-6 * exact.planned.bill,
    );
}

#[test]
fn what_cannot_be_planned_is_refused_with_a_remedy() {
    let advisor = advisor(&market(), &few("ridge", 0));
    let base = BudgetSettings::default;
    let bound = |channel: &str, least, most| BudgetSettings {
        bounds: vec![ChannelBounds {
            channel: channel.into(),
            bounds: Bounds { least, most },
        }],
        ..base()
    };
    let group = |text: &str| BudgetSettings {
        groups: vec![text.parse().unwrap()],
        ..base()
    };
    let cases = [
        (
            bound("radio_spend", 0.0, 1.0),
            "radio_spend is no exposure",
            "facebook_spend",
        ),
        (
            bound("google_spend", 0.0, 1.0),
            "google_spend is no exposure",
            "facebook_spend",
        ),
        (
            bound("facebook_spend", 0.0, -5.0),
            "between 0 and -5",
            "0..8000",
        ),
        (bound("facebook_spend", f64::NAN, 5.0), "NaN", "0..8000"),
        (
            bound("facebook_spend", 1e9, 2e9),
            "the data have seen",
            "--allow-extrapolation",
        ),
        (
            group("social=facebook_spend,radio:0..1"),
            "radio is no exposure",
            "facebook_spend",
        ),
        (group("social=facebook_spend:0..1"), "at most 1", "raise"),
        (
            BudgetSettings {
                budget: Some(10.0),
                ..base()
            },
            "does not pay for the lower bounds",
            "raise the budget",
        ),
        (
            BudgetSettings {
                budget: Some(f64::NAN),
                ..base()
            },
            "the budget is NaN",
            "--budget",
        ),
        (
            BudgetSettings {
                budget: Some(-3.0),
                ..base()
            },
            "the budget is -3",
            "--budget",
        ),
        (
            BudgetSettings {
                horizon: 0,
                ..base()
            },
            "0 weeks",
            "1 to 52",
        ),
        (
            BudgetSettings {
                horizon: 53,
                ..base()
            },
            "53 weeks",
            "1 to 52",
        ),
        (
            BudgetSettings {
                objective: Objective::Profit,
                ..base()
            },
            "margin",
            "--margin",
        ),
        (
            BudgetSettings {
                margin: Some(1.5),
                ..base()
            },
            "margin 1.5",
            "between 0 and 1",
        ),
        (
            BudgetSettings {
                hurdle: Some(-1.0),
                ..base()
            },
            "hurdle is -1",
            "--hurdle",
        ),
        (
            BudgetSettings {
                hurdle: Some(1.0),
                budget: Some(9.0),
                ..base()
            },
            "both",
            "--budget",
        ),
        (
            BudgetSettings {
                risk: Risk::Cvar(0.0),
                ..base()
            },
            "worst 0",
            "cvar:0.2",
        ),
        (
            BudgetSettings {
                max_change: MaxChange::Share(-0.1),
                ..base()
            },
            "-10%",
            "30%",
        ),
        (
            BudgetSettings {
                allow_extrapolation: true,
                ..wide(base())
            },
            "nothing limits",
            "--bound",
        ),
    ];
    for (settings, message, help) in cases {
        let error = advisor.optimize(&settings).unwrap_err();
        let said = format!(
            "{error} {:?}",
            miette::Diagnostic::help(&error).map(|h| h.to_string())
        );
        assert!(said.contains(message) && said.contains(help), "{said}");
    }
}

#[test]
fn settings_are_read_as_they_are_written() {
    assert!("facebook_spend=0..-5".parse::<ChannelBounds>().is_err());
    assert!("facebook_spend=low..5".parse::<ChannelBounds>().is_err());
    assert!("30".parse::<MaxChange>().is_err());
    assert_eq!("7%".parse::<MaxChange>().unwrap().to_string(), "7%");
    let settings = BudgetSettings {
        budget: Some(2e4),
        bounds: vec!["facebook_spend=0..8000".parse().unwrap()],
        groups: vec![
            "social=facebook_spend,tiktok_spend:2000..12000"
                .parse()
                .unwrap(),
        ],
        risk: "cvar:0.2".parse().unwrap(),
        max_change: "none".parse().unwrap(),
        ..BudgetSettings::default()
    };
    let text = serde_json::to_string(&settings).unwrap();
    assert!(text.contains("\"risk\":\"cvar:0.2\"") && text.contains("\"max_change\":\"none\""));
    assert_eq!(
        serde_json::from_str::<BudgetSettings>(&text).unwrap(),
        settings
    );
}
