//! The whole screen for analyses made by hand: every word is looked at when it changes.

use headwater::data::{DateFormat, Inference};
use headwater::finding::{Finding, Status};
use headwater::simulate::{ChannelTruth, MarketSettings, Truth};
use headwater_report::{RunInfo, Style, check_screen, effects_beside_truth, screen};

use crate::made;

fn run() -> RunInfo {
    let next = "`headwater init sales.csv` writes every setting to headwater.toml.";
    RunInfo::of_directory("sales-run", vec![next.into()])
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
fn where_the_rule_was_rejected_channels_are_read_whatever_their_path() {
    let analysis = made::direct_path_found();
    let text = screen(&analysis, &run(), Style::plain());
    // The line to copy stands alone and unbroken.
    let line = &analysis.path.config[0];
    assert!(text.lines().any(|other| other.trim() == line), "{text}");
    let said = words(&text);
    assert!(said.contains("--direct tiktok_spend"), "{text}");
    assert!(
        said.contains("tiktok_spend raised revenue by 900k (600k to 1.2M), ROAS 2.96"),
        "{text}"
    );
    // Clear under the rule, not without it.
    assert!(!said.contains("facebook_spend raised"), "{text}");
    insta::assert_snapshot!(text);
    let narrow = screen(&analysis, &run(), Style::new(false, 80));
    let broken: Vec<&str> = narrow
        .lines()
        .filter(|other| other.chars().count() > 80 && other.trim() != line)
        .collect();
    assert!(broken.is_empty(), "{broken:?}");
}

#[test]
fn a_supported_path_still_says_how_far_totals_without_it_differ() {
    let mut analysis = made::direct_path_found();
    let totals = analysis.path.totals;
    analysis = made::good();
    analysis.path.totals = totals;
    analysis.path.totals[0].gap = made::around(1.0, 2.0);
    let text = words(&screen(&analysis, &run(), Style::plain()));
    assert!(
        text.contains("totals by least squares differ by: tiktok_spend 750k (550k to 950k)."),
        "{text}"
    );
    assert!(
        text.contains("facebook_spend raised revenue by 1.2M"),
        "{text}"
    );
}

#[test]
fn a_total_that_placebos_match_is_not_left_to_stand_alone() {
    let mut analysis = made::good();
    let placebo = |status| Finding::new("placebo.outcome", status, "99 fake outcomes");
    analysis.findings.push(placebo(Status::Passed));
    let doubt = "fake outcomes show as large an effect";
    assert!(!words(&screen(&analysis, &run(), Style::plain())).contains(doubt));
    made::replace(&mut analysis, placebo(Status::Warning));
    assert!(words(&screen(&analysis, &run(), Style::plain())).contains(doubt));
}

#[test]
fn doubts_with_the_same_first_clause_stand_on_one_line() {
    let mut analysis = made::good();
    analysis.findings.extend([
        Finding::new(
            "sensitivity.direct_share",
            Status::NotAssessed,
            "too weak; more weeks",
        ),
        Finding::new(
            "sensitivity.stories",
            Status::NotAssessed,
            "too weak; no return",
        ),
        Finding::new(
            "data.filled",
            Status::Warning,
            "filled: 3 weeks; look at them",
        ),
    ]);
    let text = words(&screen(&analysis, &run(), Style::plain()));
    assert!(
        text.contains("? sensitivity.direct_share, sensitivity.stories: too weak ..."),
        "{text}"
    );
    assert!(
        text.contains("! data.filled: filled: 3 weeks; look at them"),
        "{text}"
    );
}

#[test]
fn a_lowering_is_said_by_its_size() {
    let mut analysis = made::good();
    analysis.effects[0].total = made::around(-50_000.0, 20_000.0);
    let text = words(&screen(&analysis, &run(), Style::plain()));
    assert!(
        text.contains("facebook_spend lowered revenue by 50.0k (30.0k to 70.0k)"),
        "{text}"
    );
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
