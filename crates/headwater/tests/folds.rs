//! Which weeks are learned from and which are scored: expanding, rolling and blocked folds, gaps
//! and the holdout.
#![allow(clippy::unwrap_used)]

mod common;

use std::sync::Arc;

use common::{altered, finding, settings_with};
use headwater::analysis::{Settings, run};
use headwater::data::Dataset;
use headwater::finding::Status;
use headwater::mediation::{FittedMediation, Link, Prepared};
use headwater::progress::Silent;
use headwater::simulate::{MarketSettings, simulate};
use headwater::splits::{Fold, blocked_split, rolling_split, time_series_split};
use headwater::validation::cross_validation::{
    CrossValidation, Scheme, ValidationSettings, carry_over_memory,
};
use headwater::validation::metrics::Yardstick;

fn market() -> Dataset {
    simulate(&MarketSettings::default()).unwrap().dataset
}

#[test]
fn a_rolling_window_is_that_of_scikit_learn() {
    // scikit-learn 1.9.1, TimeSeriesSplit(n_splits, test_size, gap, max_train_size)
    type Case = (usize, usize, Option<usize>, usize, usize);
    let theirs: [(Case, &[(usize, usize, usize, usize)]); 5] = [
        (
            (104, 5, None, 0, 30),
            &[
                (0, 19, 19, 36),
                (6, 36, 36, 53),
                (23, 53, 53, 70),
                (40, 70, 70, 87),
                (57, 87, 87, 104),
            ],
        ),
        (
            (104, 5, Some(8), 0, 52),
            &[
                (12, 64, 64, 72),
                (20, 72, 72, 80),
                (28, 80, 80, 88),
                (36, 88, 88, 96),
                (44, 96, 96, 104),
            ],
        ),
        (
            (104, 4, None, 4, 26),
            &[
                (0, 20, 24, 44),
                (14, 40, 44, 64),
                (34, 60, 64, 84),
                (54, 80, 84, 104),
            ],
        ),
        (
            (156, 3, Some(12), 2, 60),
            &[
                (58, 118, 120, 132),
                (70, 130, 132, 144),
                (82, 142, 144, 156),
            ],
        ),
        (
            (61, 5, None, 1, 1000),
            &[
                (0, 10, 11, 21),
                (0, 20, 21, 31),
                (0, 30, 31, 41),
                (0, 40, 41, 51),
                (0, 50, 51, 61),
            ],
        ),
    ];
    for ((weeks, splits, test_size, gap, window), expected) in theirs {
        let folds = rolling_split(weeks, splits, test_size, gap, window).unwrap();
        let ranges = folds.iter().map(|fold| {
            let (train, test) = (&fold.train, &fold.test);
            (train.start, train.end, test.start, test.end)
        });
        assert_eq!(ranges.collect::<Vec<_>>(), expected);
        assert!(folds.iter().all(|fold| fold.left_out.is_empty()));
    }
}

#[test]
fn blocks_test_every_week_once_and_learn_from_none_within_the_embargo() {
    for (weeks, splits, embargo) in [(104, 5, 14), (104, 5, 0), (53, 4, 3), (7, 7, 1), (10, 3, 2)] {
        let folds = blocked_split(weeks, splits, embargo).unwrap();
        let tested: Vec<usize> = folds.iter().flat_map(|fold| fold.test.clone()).collect();
        assert_eq!(tested, (0..weeks).collect::<Vec<_>>());
        for fold in &folds {
            for row in 0..weeks {
                let near = row + embargo >= fold.test.start && row < fold.test.end + embargo;
                assert_eq!(fold.learns(row), !near, "{fold:?}, row {row}");
            }
            assert_eq!(
                fold.weights().iter().sum::<f64>(),
                fold.train_weeks() as f64
            );
        }
    }
}

#[track_caller]
fn assert_refused<T: std::fmt::Debug>(
    result: headwater::error::Result<T>,
    said: &str,
    remedy: &str,
) {
    let error = result.unwrap_err();
    assert!(error.to_string().contains(said), "{error}");
    let help = miette::Diagnostic::help(&error).unwrap().to_string();
    assert!(help.contains(remedy), "{help}");
}

#[test]
fn splits_that_cannot_be_are_refused_with_the_setting_to_change() {
    assert_refused(
        blocked_split(3, 5, 0),
        "cannot be cut into 5 blocks",
        "`folds`",
    );
    assert_refused(blocked_split(20, 5, 16), "leaves none of 20 weeks", "`gap`");
    assert_refused(
        blocked_split(104, 1, 0),
        "cannot be told from chance",
        "at least 2",
    );
    assert_refused(
        rolling_split(104, 5, None, 0, 0),
        "nothing to learn from",
        "`train_weeks`",
    );
    assert_refused(
        time_series_split(104, 5, None, 100),
        "no training weeks",
        "`gap`",
    );
    assert_refused(
        time_series_split(104, usize::MAX, None, 0),
        "no training",
        "fewer",
    );
    let with = |change: fn(&mut ValidationSettings)| {
        let mut settings = ValidationSettings::default();
        change(&mut settings);
        settings.split(104, 12, 14)
    };
    assert_refused(
        with(|s| (s.scheme, s.test_weeks) = (Scheme::Blocked, Some(8))),
        "blocked folds test every week once",
        "remove",
    );
    assert_refused(
        with(|s| s.train_weeks = Some(52)),
        "window of the rolling scheme",
        "scheme = \"rolling\"",
    );
    assert_refused(
        with(|s| (s.scheme, s.train_weeks, s.test_weeks) = (Scheme::Rolling, Some(90), Some(8))),
        "fewer than the rolling window of 90",
        "set `train_weeks = 64`",
    );
    assert_refused(
        with(|s| s.holdout_weeks = 60),
        "leaves too little",
        "at most 26",
    );
}

#[test]
fn a_rolling_window_left_out_is_as_long_as_the_first_expanding_training_range() {
    let settings = ValidationSettings {
        scheme: Scheme::Rolling,
        ..ValidationSettings::default()
    };
    let (folds, findings) = settings.split(104, 16, 14).unwrap();
    assert_eq!(
        (folds[0].train.clone(), folds[4].train.clone()),
        (0..64, 32..96)
    );
    assert_eq!(findings, []);
    let settings = ValidationSettings {
        train_weeks: Some(40),
        ..settings
    };
    let (folds, findings) = settings.split(104, 16, 14).unwrap();
    assert!(folds.iter().all(|fold| fold.train.len() == 40));
    assert_eq!(findings[0].id, "validation.short_training");
}

#[test]
fn an_embargo_shorter_than_the_carry_over_is_a_warning() {
    let memory = carry_over_memory(&Settings::default().features);
    // 0.8^13 = 0.055, 0.8^14 = 0.044
    assert_eq!(memory, 14);
    let mut settings = ValidationSettings {
        scheme: Scheme::Blocked,
        ..ValidationSettings::default()
    };
    let embargo = |settings: &ValidationSettings| {
        let (folds, findings) = settings.split(156, 12, memory).unwrap();
        let finding = findings.into_iter().find(|f| f.id == "validation.embargo");
        (
            folds[0].left_out.end - folds[0].test.end,
            finding.unwrap().status,
        )
    };
    assert_eq!(embargo(&settings), (14, Status::Passed));
    settings.gap = Some(4);
    assert_eq!(embargo(&settings), (4, Status::Warning));
}

fn fold_fit(settings: &Settings, data: &Dataset, fold: &Fold) -> FittedMediation {
    let prepared = Arc::new(Prepared::for_fold(data, &settings.features, fold).unwrap());
    let (mediator, outcome) = (&prepared.mediator, &prepared.outcome);
    let model = settings.model();
    model
        .fit(&prepared, mediator, outcome, &fold.weights())
        .unwrap()
}

#[test]
fn nothing_of_a_tested_block_or_its_embargo_is_learned() {
    let clean = market();
    let fold = &blocked_split(104, 4, 6).unwrap()[1];
    for name in ["ols", "ridge", "lasso", "boosting"] {
        for link in [Link::Identity, Link::Log] {
            let mut settings = settings_with(name);
            settings.features.adstock.grid = vec![0.2, 0.6];
            settings.mediation.link = link;
            // Spend carries over into later weeks by definition, so it stays; everything else of
            // the block and its embargo is absurd.
            let spend = clean.roles().exposures();
            let poisoned = altered(
                &clean,
                |_| (),
                |column, t, value| {
                    if fold.learns(t) || spend.contains(&column) {
                        value
                    } else {
                        1e9
                    }
                },
            )
            .unwrap();
            let learned = |data: &Dataset| {
                let model = fold_fit(&settings, data, fold);
                let forecast = model.forecast_outcome(false).unwrap();
                let forecast = fold
                    .rows()
                    .map(|t| forecast[t].to_bits())
                    .collect::<Vec<_>>();
                let mediator = model.forecast_mediator();
                let mediator = fold
                    .rows()
                    .map(|t| mediator[t].to_bits())
                    .collect::<Vec<_>>();
                let terms = model.outcome_stage().0.to_json().unwrap();
                (model.decays(), forecast, mediator, terms)
            };
            assert!(learned(&clean) == learned(&poisoned), "{name} {link:?}");
        }
    }
}

#[test]
fn a_column_that_varies_in_the_tested_block_alone_is_left_out_of_the_fold() {
    let fold = &blocked_split(104, 4, 6).unwrap()[1];
    let data = altered(
        &market(),
        |_| (),
        |column, t, value| {
            if column == "snapchat_spend" && fold.learns(t) {
                100.0
            } else {
                value
            }
        },
    )
    .unwrap();
    let prepared = Prepared::for_fold(&data, &Settings::default().features, fold).unwrap();
    assert!(!prepared.features.exposures().contains(&"snapchat_spend"));
}

#[test]
fn a_blocked_yardstick_steps_over_no_seam() {
    let target = [1.0, 2.0, 4.0, 100.0, 100.0, 50.0, 51.0];
    let fold = Fold {
        train: 0..7,
        test: 3..5,
        left_out: 3..5,
    };
    let yardstick = Yardstick::of(&target, &fold, 1);
    assert_eq!(yardstick.mean, (1.0 + 2.0 + 4.0 + 50.0 + 51.0) / 5.0);
    // 1 to 2, 2 to 4, 50 to 51; not 4 to 50
    assert_eq!(yardstick.step, 4.0 / 3.0);
}

#[test]
fn blocked_folds_are_scored_beside_naive_forecasts_of_their_neighbours() {
    let data = market();
    let settings = Settings::default();
    let folds = blocked_split(104, 2, 0).unwrap();
    let scores =
        CrossValidation::run(&settings.model(), &data, &settings.features, &folds).unwrap();
    let outcome = data.outcome();
    // the first block has no week before it: the first training week after it; the second has
    let last = scores.path.naive.last_value.unwrap();
    let squares: f64 = (0..104)
        .map(|t| (outcome[t] - outcome[if t < 52 { 52 } else { 51 }]).powi(2))
        .sum();
    assert!((last.rmse / (squares / 104.0).sqrt() - 1.0).abs() < 1e-12);
    // a year after for the first block, a year before for the second
    let year = scores.path.naive.seasonal_naive.unwrap();
    let squares: f64 = (0..52)
        .map(|t| (outcome[t] - outcome[t + 52]).powi(2))
        .sum();
    assert!((year.rmse / (squares / 52.0).sqrt() - 1.0).abs() < 1e-12);
}

#[test]
fn no_fold_reads_the_holdout_and_it_is_scored_once() {
    let settings = ValidationSettings {
        holdout_weeks: 12,
        ..ValidationSettings::default()
    };
    for scheme in [Scheme::Expanding, Scheme::Rolling, Scheme::Blocked] {
        let settings = ValidationSettings {
            scheme,
            ..settings.clone()
        };
        let (folds, _) = settings.split(116, 12, 10).unwrap();
        assert!(
            folds
                .iter()
                .all(|fold| fold.train.end <= 104 && fold.test.end <= 104)
        );
    }
    let held = settings.holdout(116).unwrap().unwrap();
    assert_eq!(held, Fold::forward(0..104, 104..116));
    assert_eq!(ValidationSettings::default().holdout(116).unwrap(), None);

    let mut all = Settings::default();
    all.bootstrap.replicates = Some(0);
    all.validation.holdout_weeks = 12;
    let fit = run(&market(), Vec::new(), &all, &Silent).unwrap();
    let holdout = finding(&fit.analysis, "validation.holdout");
    assert!(holdout.summary.contains("12 weeks"), "{}", holdout.summary);
    assert_ne!(holdout.status, Status::NotAssessed);
}

#[test]
fn the_schemes_are_settings() {
    let text = "[validation]\nscheme = \"blocked\"\ngap = 10\nholdout_weeks = 8";
    let settings = Settings::from_toml("headwater.toml", text).unwrap();
    assert_eq!(settings.validation.scheme, Scheme::Blocked);
    let again = settings.to_toml(market().roles());
    let again = Settings::from_toml("headwater.toml", &again).unwrap();
    assert_eq!(again.validation, settings.validation);
    let contradiction = "[validation]\nscheme = \"blocked\"\ntrain_weeks = 10";
    assert!(Settings::from_toml("headwater.toml", contradiction).is_err());
}
