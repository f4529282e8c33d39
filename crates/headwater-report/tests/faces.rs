//! The screens of validate, compare and retrain for values made by hand.
#![allow(clippy::unwrap_used)] // a test may panic

use headwater::analysis::{
    Analysis, ChangedCell, Comparison, EffectChange, Retraining, VerdictChange, WeekChanges,
    validate,
};
use headwater::error::Error;
use headwater::finding::{Bound, Finding, Status};
use headwater::validation::Bounds;
use headwater_report::{RunInfo, Style, comparison_screen, retraining_screen, validate_screen};

use crate::made::{self, around};

/// Lines no wider than the terminal.
#[track_caller]
fn keeps_to(width: usize, text: &str) {
    for line in text.lines() {
        assert!(line.chars().count() <= width, "{line}");
    }
}

fn checked() -> Analysis {
    let mut analysis = made::good();
    analysis.findings.extend([
        Finding::new(
            "diagnostics.white",
            Status::Failed,
            "the errors of stage 2 grow with revenue; use link = \"log\"",
        )
        .measured("p value", 0.003, Bound::AtLeast(0.05)),
        Finding::new(
            "placebo.mediator",
            Status::Passed,
            "a fake mediator finds nothing",
        )
        .measured("share as large", 0.4, Bound::AtLeast(0.05)),
    ]);
    analysis
}

#[test]
fn every_check_stands_in_its_group_with_figure_and_bound() {
    let checks = validate(&checked(), &Bounds::default());
    assert_eq!((checks.failed, checks.warnings), (1, 1));
    assert!(checks.fail(false));
    let text = validate_screen(&checks, "sales-run", false, Style::plain());
    keeps_to(100, &text);
    insta::assert_snapshot!(text);
    keeps_to(
        80,
        &validate_screen(&checks, "sales-run", false, Style::new(false, 80)),
    );
}

#[test]
fn a_warning_fails_only_when_asked_to() {
    let checks = validate(&made::good(), &Bounds::default());
    assert_eq!((checks.failed, checks.warnings), (0, 1));
    assert!(!checks.fail(false) && checks.fail(true));
    let said = |strict| validate_screen(&checks, "run", strict, Style::plain());
    assert!(said(false).contains("No check failed; read the warnings"));
    assert!(said(true).contains("with --strict a warning counts as one"));
}

fn compared() -> Comparison {
    let mut boosting = made::good();
    boosting.effects[0].total = around(2.6e5, 1.2e5);
    boosting.stages.outcome.out_of_sample.path = made::scores(10_000.0);
    boosting.findings.push(Finding::new(
        "effects.shrunken",
        Status::Warning,
        "effects are shrunk",
    ));
    let refused = Error::setting("the design has no unique solution", "remove a column");
    Comparison::of(vec![
        ("ridge".into(), Ok(made::good())),
        ("ols".into(), Err(refused)),
        ("boosting".into(), Ok(boosting)),
    ])
    .unwrap()
}

#[test]
fn estimators_stand_side_by_side_and_a_refusal_is_a_line() {
    let comparison = compared();
    assert!(!comparison.fail());
    let text = comparison_screen(&comparison, Style::plain());
    keeps_to(100, &text);
    insta::assert_snapshot!(text);
    keeps_to(80, &comparison_screen(&comparison, Style::new(false, 80)));
}

#[test]
fn when_no_estimator_beats_the_naive_forecast_it_is_said_first() {
    let comparison = Comparison::of(vec![
        ("ridge".into(), Ok(made::worse_than_naive())),
        ("ols".into(), Ok(made::worse_than_naive())),
    ])
    .unwrap();
    assert!(comparison.fail());
    let text = comparison_screen(&comparison, Style::plain());
    assert!(
        text.contains("✗ no estimator beats the best naive forecast (training mean)"),
        "{text}"
    );
}

#[test]
fn runs_of_other_weeks_are_not_compared_in_silence() {
    let mut other = made::good();
    other.data.weeks = 90;
    let comparison = Comparison::of(vec![
        ("a".into(), Ok(made::good())),
        ("b".into(), Ok(other)),
    ])
    .unwrap();
    assert_eq!(comparison.findings[0].id, "compare.same_weeks");
    assert!(comparison.fail());
}

fn retrained() -> Retraining {
    let analysis = made::good();
    let change = |channel: &str, now: f64, change: f64, inside: bool| EffectChange {
        channel: channel.into(),
        total_before: around(1.21e6, 4.0e5),
        total_after: around(1.3e6, 3.5e5),
        per_unit_before: around(1.49, 0.49),
        per_unit_after: around(now, 0.4),
        relative_change: Some(change),
        in_earlier_interval: Some(inside),
    };
    let mut after = analysis.data.clone();
    (after.weeks, after.last_week) = (112, "2024-02-19".into());
    after.source = "sales.csv + new.csv".into();
    Retraining {
        before: analysis.data,
        after,
        weeks: WeekChanges {
            added: vec!["2024-01-01".into(), "2024-01-08".into()],
            changed: vec![ChangedCell {
                week: "2023-12-25".into(),
                column: "facebook_spend".into(),
                before: 1250.5,
                after: 1300.0,
            }],
            kept: 3,
            missing: vec!["2022-01-03".into()],
        },
        outcome: "revenue".into(),
        effects: vec![
            change("facebook_spend", 1.55, 0.04, true),
            change("tiktok_spend", 0.4, -0.73, false),
        ],
        verdicts: vec![VerdictChange {
            id: "mediation.path".into(),
            before: Some(Status::Passed),
            after: Some(Status::Warning),
            summary: "the path through google_spend is weak".into(),
        }],
        findings: vec![
            Finding::new(
                "retrain.weeks",
                Status::Warning,
                "2 weeks added, 1 corrected",
            ),
            Finding::new("retrain.drift", Status::Passed, "nothing outside the range"),
        ],
    }
}

#[test]
fn what_moved_stands_beside_what_it_was() {
    let next = "every check of the new run: headwater validate sales-run-2";
    let run = RunInfo::of_directory("sales-run-2", vec![next.into()]);
    let text = retraining_screen(&retrained(), "sales-run", &run, Style::plain());
    keeps_to(100, &text);
    insta::assert_snapshot!(text);
    keeps_to(
        80,
        &retraining_screen(&retrained(), "sales-run", &run, Style::new(false, 80)),
    );
}
