//! The screens of scenario and predict: what they say first, and how wide they are.
#![allow(clippy::unwrap_used)] // a test may panic

mod made;

use headwater::analysis::{Advisor, Settings};
use headwater::data::Table;
use headwater::decisions::{Plan, Plans};
use headwater::progress::Silent;
use headwater::simulate::{MarketSettings, simulate};
use headwater::validation::assumption::Verdict;
use headwater_report::{Style, forecast_screen, scenario_screen, scenarios_screen};

fn advisor() -> Advisor {
    let data = simulate(&MarketSettings::default()).unwrap().dataset;
    let mut settings = Settings::default();
    settings.bootstrap.replicates = Some(40);
    Advisor::new(&data, &settings, &Silent).unwrap()
}

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

#[test]
fn a_path_that_is_not_supported_is_said_before_any_number() {
    let scenario = advisor()
        .scenario("plan", &plan("facebook_spend=+10%"))
        .unwrap();
    let mut analysis = made::good();
    analysis.path.verdict = Verdict::PathSupported;
    let screen = scenario_screen(&scenario, &analysis, false, Style::plain());
    assert!(!screen.contains("Do not move money"), "{screen}");
    for verdict in [
        Verdict::TooWeakToSay,
        Verdict::DirectPathFound,
        Verdict::NotSeparable,
        Verdict::NotAssessed,
    ] {
        analysis.path.verdict = verdict;
        let screen = words(&scenario_screen(
            &scenario,
            &analysis,
            false,
            Style::plain(),
        ));
        let doubt = screen.find("the data do not support what goes through google_spend");
        let answer = screen.find("Change revenue");
        assert!(doubt.is_some() && doubt < answer, "{screen}");
    }
}

#[test]
fn no_line_is_wider_than_the_screen() {
    let advisor = advisor();
    let analysis = made::good();
    let one = advisor
        .scenario("plan", &plan("facebook_spend=+20%"))
        .unwrap();
    let plans = Plans {
        plans: [
            ("careful".to_string(), plan("facebook_spend=-10%")),
            ("bold".to_string(), plan("facebook_spend=+30%")),
        ]
        .into_iter()
        .collect(),
    };
    let several = advisor.scenarios(&plans).unwrap();
    let text = "week,facebook_spend,tiktok_spend,snapchat_spend,instagram_spend\n\
                2024-01-01,3000,4000,3000,2500\n2024-01-08,3100,4000,3000,2500\n";
    let table = Table::from_csv_bytes("coming.csv", text.as_bytes()).unwrap();
    let forecast = advisor
        .forecast(&table, &analysis.forecast_intervals, &Plan::default())
        .unwrap();
    for width in [80, 100] {
        let style = Style::new(false, width);
        for screen in [
            scenario_screen(&one, &analysis, false, style),
            scenario_screen(&one, &analysis, true, style),
            scenarios_screen(&several, &analysis, style),
            forecast_screen(&forecast, &analysis, false, style),
        ] {
            for line in screen.lines() {
                assert!(line.chars().count() <= width, "{line}");
            }
        }
    }
}
