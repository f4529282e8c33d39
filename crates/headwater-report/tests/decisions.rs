//! The screens of the decisions: what they say first, how sure they sound, and how wide they are.
#![allow(clippy::unwrap_used)] // a test may panic

use std::sync::LazyLock;

use headwater::analysis::{Advisor, Analysis, Settings};
use headwater::data::Table;
use headwater::decisions::scenario::Pooled;
use headwater::decisions::{BudgetSettings, CurveQuestion, Plan, Plans, PricingQuestion, Scenario};
use headwater::estimate::{Estimate, Interval};
use headwater::progress::Silent;
use headwater::simulate::{MarketSettings, simulate};
use headwater::validation::assumption::Verdict;
use headwater_report::{
    Style, attribution_screen, budget_screen, curves_screen, forecast_screen, pricing_screen,
    scenario_screen, scenarios_screen, timing_screen,
};

use crate::made;

fn advisor(replicates: usize) -> Advisor {
    let data = simulate(&MarketSettings::default()).unwrap().dataset;
    let mut settings = Settings::default();
    settings.bootstrap.replicates = Some(replicates);
    Advisor::new(&data, &settings, &Silent).unwrap()
}

static MARKET: LazyLock<Advisor> = LazyLock::new(|| advisor(40));
static WITHOUT_REPLICATES: LazyLock<Advisor> = LazyLock::new(|| advisor(0));

fn plan(change: &str) -> Plan {
    Plan {
        set: vec![change.parse().unwrap()],
        margin: Some(0.4),
        ..Plan::default()
    }
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Every screen by its command, and the words with which its answer starts.
fn screens(
    advisor: &Advisor,
    analysis: &Analysis,
    style: Style,
) -> Vec<(&'static str, &'static str, String)> {
    let one = advisor
        .scenario("plan", &plan("facebook_spend=+20%"))
        .unwrap();
    let plans = [
        ("careful".to_string(), plan("facebook_spend=-10%")),
        ("bold".to_string(), plan("facebook_spend=+30%")),
    ];
    let plans = Plans {
        plans: plans.into_iter().collect(),
    };
    let several = advisor.scenarios(&plans).unwrap();
    let text = "week,facebook_spend,tiktok_spend,snapchat_spend,instagram_spend\n\
                2024-01-01,3000,4000,3000,2500\n2024-01-08,3100,4000,3000,2500\n";
    let table = Table::from_csv_bytes("coming.csv", text.as_bytes()).unwrap();
    let forecast = advisor
        .forecast(&table, &analysis.forecast_intervals, &Plan::default())
        .unwrap();
    let curves = advisor.response_curves(&CurveQuestion::default()).unwrap();
    let timing = advisor.timing().unwrap();
    let attribution = advisor.attribution().unwrap();
    let budget = advisor.optimize(&BudgetSettings::default()).unwrap();
    let pricing = advisor.pricing(&PricingQuestion::default()).unwrap();
    vec![
        (
            "scenario",
            "Change ",
            scenario_screen(&one, analysis, false, style),
        ),
        (
            "scenario --weekly",
            "Change ",
            scenario_screen(&one, analysis, true, style),
        ),
        (
            "scenario --file",
            "Differ ",
            scenarios_screen(&several, analysis, style),
        ),
        (
            "predict",
            "Change ",
            forecast_screen(&forecast, analysis, false, style),
        ),
        (
            "timing",
            "of the effect",
            timing_screen(&timing, analysis, style),
        ),
        (
            "curves",
            "next unit",
            curves_screen(&curves, analysis, false, style),
        ),
        (
            "curves --channel",
            "next unit",
            curves_screen(&curves, analysis, true, style),
        ),
        (
            "attribution",
            "Channels ",
            attribution_screen(&attribution, analysis, style),
        ),
        (
            "optimize",
            "Answer ",
            budget_screen(&budget, analysis, style),
        ),
        (
            "pricing",
            "1% more ",
            pricing_screen(&pricing, analysis, style),
        ),
    ]
}

#[test]
fn a_path_that_is_not_supported_is_said_before_any_answer_and_no_move_is_advised() {
    let mut analysis = made::good();
    analysis.path.verdict = Verdict::PathSupported;
    for (command, _, screen) in screens(&MARKET, &analysis, Style::plain()) {
        assert!(!screen.contains("not supported ("), "{command}: {screen}");
    }
    for verdict in [
        Verdict::TooWeakToSay,
        Verdict::DirectPathFound,
        Verdict::NotSeparable,
        Verdict::NotAssessed,
    ] {
        analysis.path.verdict = verdict;
        for (command, answer, screen) in screens(&MARKET, &analysis, Style::plain()) {
            let doubt = format!("  Path      not supported ({}):", verdict.words());
            let doubt = screen.find(&doubt);
            assert!(
                doubt.is_some() && doubt < screen.find(answer),
                "{command}: {screen}"
            );
            assert!(!screen.contains("ove as below"), "{command}: {screen}");
        }
    }
}

#[test]
fn no_line_is_wider_than_the_screen_and_no_name_is_broken() {
    let analysis = made::good();
    for width in [80, 100] {
        for (command, _, screen) in screens(&MARKET, &analysis, Style::new(false, width)) {
            for line in screen.lines() {
                assert!(
                    line.chars().count() <= width,
                    "{command} at {width}: {line}"
                );
            }
            let cut = |line: &str| {
                let line = line.trim_start();
                line.starts_with("instagram_sp") && !line.starts_with("instagram_spend")
            };
            assert!(!screen.lines().any(cut), "{command} at {width}: {screen}");
        }
    }
}

#[test]
fn without_replicates_nothing_is_said_to_be_clear() {
    let mut analysis = made::good();
    analysis.path.verdict = Verdict::PathSupported;
    for (command, _, screen) in screens(&WITHOUT_REPLICATES, &analysis, Style::plain()) {
        let said = words(&screen);
        for claim in [
            "been higher by",
            "will be higher by",
            "been lower by",
            "brings more",
            "ove as below",
        ] {
            assert!(!said.contains(claim), "{command}: {claim}: {screen}");
        }
        assert!(
            said.contains("replicates") || said.contains("nothing says how sure"),
            "{command}: {screen}"
        );
    }
}

/// A figure with an interval around it.
fn figure(point: f64, lower: f64, upper: f64) -> Estimate {
    Estimate::new(point, Interval { lower, upper }, 0.95, "percentile")
}

/// A scenario of which the pooled reading is clear and the careful one is `careful`.
fn read_twice(careful: Estimate) -> Scenario {
    let mut scenario = MARKET
        .scenario("plan", &plan("facebook_spend=+20%"))
        .unwrap();
    let (mut total, returns) = (scenario.total.clone(), scenario.returns.clone());
    total.outcome = figure(50_000.0, 40_000.0, 60_000.0);
    scenario.pooled = Some(Pooled { total, returns });
    scenario.total.outcome = careful;
    scenario
}

#[test]
fn the_pooled_slope_is_named_and_the_careful_figure_stands_beside_it() {
    let mut analysis = made::good();
    analysis.path.verdict = Verdict::PathSupported;
    let scenario = read_twice(figure(45_000.0, 20_000.0, 90_000.0));
    let screen = scenario_screen(&scenario, &analysis, false, Style::plain());
    let said = words(&screen);
    for part in [
        "revenue would have been higher by 50.0k (40.0k to 60.0k)",
        "by one slope for every google_spend dollar, which the checks of this run do not contradict",
        "without that: revenue would have been higher by 45.0k (20.0k to 90.0k)",
        "by one slope without that",
    ] {
        assert!(said.contains(part), "{part}: {screen}");
    }
    let row = screen.lines().find(|line| line.starts_with("  revenue "));
    let row = row.unwrap();
    assert!(
        row.contains("50.0k (40.0k to 60.0k)") && row.contains("45.0k (20.0k to 90.0k)"),
        "{row}"
    );
}

#[test]
fn what_only_the_pooled_slope_shows_is_marked_as_a_doubt() {
    let mut analysis = made::good();
    analysis.path.verdict = Verdict::PathSupported;
    let coloured = |careful| {
        let scenario = read_twice(careful);
        scenario_screen(&scenario, &analysis, false, Style::new(true, 100))
    };
    let unclear = coloured(figure(45_000.0, -20_000.0, 90_000.0));
    assert!(unclear.contains("\u{1b}[33mChange"), "{unclear}");
    assert!(
        words(&unclear)
            .contains("without that: whether revenue would have risen or fallen is not clear"),
        "{unclear}"
    );
    let clear = coloured(figure(45_000.0, 20_000.0, 90_000.0));
    assert!(clear.contains("\u{1b}[32mChange"), "{clear}");
}
