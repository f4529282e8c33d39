//! The whole screen for analyses made by hand: every word is looked at when it changes.

mod made;

use headwater::data::{DateFormat, Inference};
use headwater::finding::{Finding, Status};
use headwater::simulate::{ChannelTruth, MarketSettings, Truth};
use headwater_report::{RunInfo, Style, check_screen, effects_beside_truth, screen};

fn run() -> RunInfo {
    RunInfo {
        directory: "sales-run".into(),
        next: vec!["`headwater init sales.csv` writes every setting to headwater.toml.".into()],
    }
}

/// The words of a screen, wherever its lines break.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_good_model_is_praised_no_more_than_its_checks_allow() {
    insta::assert_snapshot!(screen(&made::good(), &run(), Style::plain()));
}

#[test]
fn a_model_worse_than_naive_says_so_first() {
    insta::assert_snapshot!(screen(&made::worse_than_naive(), &run(), Style::plain()));
}

#[test]
fn where_nothing_is_assessed_nothing_is_claimed() {
    insta::assert_snapshot!(screen(&made::nothing_assessed(), &run(), Style::plain()));
}

#[test]
fn without_a_bootstrap_there_are_points_and_no_claims() {
    insta::assert_snapshot!(screen(&made::without_bootstrap(), &run(), Style::plain()));
}

#[test]
fn a_narrow_terminal_gets_narrow_lines() {
    let text = screen(&made::good(), &run(), Style::new(false, 80));
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    insta::assert_snapshot!(text);
}

#[test]
fn colour_changes_no_character() {
    let plain = screen(&made::worse_than_naive(), &run(), Style::plain());
    let coloured = screen(&made::worse_than_naive(), &run(), Style::new(true, 100));
    assert!(!plain.contains('\u{1b}'));
    assert!(coloured.contains("\u{1b}[31mForecast\u{1b}[0m"));
    let mut bare = String::new();
    let mut parts = coloured.split("\u{1b}[");
    bare.push_str(parts.next().unwrap());
    for part in parts {
        bare.push_str(part.split_once('m').unwrap().1);
    }
    assert_eq!(bare, plain);
}

#[test]
fn a_mixed_verdict_names_the_measure_that_is_worse() {
    let mut analysis = made::good();
    let path = &mut analysis.stages.outcome.out_of_sample.path;
    path.naive.last_value.as_mut().unwrap().mae = path.pooled.mae / 2.0;
    let verdict = made::forecast_from_spend(path);
    made::replace(&mut analysis, verdict);
    let text = words(&screen(&analysis, &run(), Style::plain()));
    assert!(
        text.contains("by squared error, but not by absolute error: RMSE"),
        "{text}"
    );
    assert!(text.contains("(last value)."), "{text}");
}

#[test]
fn a_channel_that_rests_on_a_failed_path_is_not_called_clear() {
    let mut analysis = made::good();
    let path = analysis
        .findings
        .iter_mut()
        .find(|finding| finding.id == "mediation.path");
    path.unwrap().status = Status::Failed;
    let text = words(&screen(&analysis, &run(), Style::plain()));
    assert!(
        text.contains("nothing is clear enough to move money on. Total effects that may be 0: tiktok_spend. Total effects that rest on the path that is not supported: facebook_spend."),
        "{text}"
    );
    // A drawn edge does not need the path.
    let facebook = analysis.roles.columns.get_mut("facebook_spend");
    facebook.unwrap().direct = true;
    let text = words(&screen(&analysis, &run(), Style::plain()));
    assert!(text.contains("facebook_spend raised revenue"), "{text}");
}

#[test]
fn check_shows_roles_reasons_and_the_lines_to_change_them() {
    let reasons = [
        ("week", "named like a date"),
        ("facebook_spend", "name starts with facebook, money"),
        ("mood", "no known name"),
    ];
    let inference = Inference {
        roles: made::roles(),
        reasons: reasons
            .map(|(column, why)| (column.into(), why.into()))
            .into(),
        findings: Vec::new(),
    };
    let findings = made::good().findings;
    insta::assert_snapshot!(check_screen(
        "sales.csv",
        &inference,
        DateFormat::DayFirst,
        &findings[..2],
        Style::plain()
    ));
    let failed = [Finding::new(
        "data.gaps",
        Status::Failed,
        "2 weeks are missing",
    )];
    let text = check_screen(
        "sales.csv",
        &inference,
        DateFormat::Iso,
        &failed,
        Style::plain(),
    );
    assert!(text.contains("A check failed"), "{text}");
}

#[test]
fn estimates_stand_beside_the_truth_and_a_miss_is_shown() {
    let analysis = made::good();
    let channel = |name: &str, total: f64| ChannelTruth {
        name: name.into(),
        mediated: 0.5,
        direct: 0.0,
        total: 1.5,
        spend: 812_000.0,
        direct_effect: 0.0,
        indirect_effect: total,
        total_effect: total,
        induced_mediator_spend: 406_000.0,
        proportion_mediated: Some(1.0),
        roas_gross: Some(1.5),
        roas_loaded: Some(1.0),
        roas_marginal: None,
    };
    let truth = Truth {
        settings: MarketSettings::default(),
        search_return: 3.0,
        // The interval for facebook_spend holds its truth, that for tiktok_spend does not.
        channels: vec![
            channel("facebook_spend", 1.3e6),
            channel("tiktok_spend", 9e5),
        ],
    };
    insta::assert_snapshot!(effects_beside_truth(&analysis, &truth, Style::plain()));
    let drawn = Truth {
        channels: vec![ChannelTruth {
            direct_effect: 5e4,
            ..channel("facebook_spend", 1.3e6)
        }],
        ..truth
    };
    let text = words(&effects_beside_truth(&analysis, &drawn, Style::plain()));
    assert!(text.contains("direct 0 0 to 0 50.0k NO"), "{text}");
}
