//! Which weeks are learned from and which are scored: expanding, rolling and blocked folds, gaps
//! and the holdout.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use headwater::analysis::{Settings, run};
use headwater::data::Dataset;
use headwater::data::role::Role;
use headwater::finding::{Bound, Finding, Status};
use headwater::mediation::{FittedMediation, Link, Prepared, Reading};
use headwater::numeric::random::stream;
use headwater::progress::Silent;
use headwater::simulate::{MarketSettings, simulate};
use headwater::splits::{Fold, blocked_split, rolling_split, time_series_split};
use headwater::validation::clark_west::{clark_west, clark_west_by_fold, direct_gain, nested_gain};
use headwater::validation::cross_validation::{
    CrossValidation, OutOfSample, Scheme, ValidationSettings, carry_over_memory,
    cross_validation_stable,
};
use headwater::validation::hac;
use headwater::validation::metrics::{Metrics, Scored, Yardstick};
use headwater::validation::stability::{Importance, Stability, importance_stability};
use rand_distr::{Distribution, StandardNormal};

use crate::common::{altered, finding, settings_with};

fn market() -> Dataset {
    simulate(&MarketSettings::default()).unwrap().dataset
}

#[test]
fn a_rolling_window_is_that_of_scikit_learn() {
    // scikit-learn 1.9.1, TimeSeriesSplit(n_splits, test_size, gap, max_train_size)
    type Case = (usize, usize, Option<usize>, usize, usize);
    type Ranges = (usize, usize, usize, usize);
    let theirs: [(Case, &[Ranges]); 5] = [
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
                let (first, second) = model.carry_overs();
                let carry_overs = (first.clone(), second.clone());
                (carry_overs, forecast, mediator, terms)
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

#[test]
fn clark_and_wests_statistic_is_that_of_statsmodels() {
    let weeks = (0..40).map(f64::from);
    let actual: Vec<f64> = weeks
        .clone()
        .map(|t| 3.0 * (0.7 * t).sin() + 0.1 * t)
        .collect();
    let restricted: Vec<f64> = weeks.clone().map(|t| 0.1 * t).collect();
    let unrestricted: Vec<f64> = weeks
        .map(|t| 0.1 * t + 1.5 * (0.7 * t + 0.9).sin() + 0.2 * (1.9 * t).cos())
        .collect();
    // statsmodels 0.15.0: OLS of f on a constant, cov_type="HAC", use_correction=False; SciPy
    // 1.17.1 norm.sf. To 1e-11 relative: sums of 40 terms.
    for (lags, statistic, p) in [
        (0, 5.702334420916599, 5.908884316581014e-9),
        (3, 18.830698951507877, 2.1156949617965966e-79),
    ] {
        let test = clark_west(&actual, &restricted, &unrestricted, lags).unwrap();
        assert!(
            (test.statistic / statistic - 1.0).abs() < 1e-11,
            "{}",
            test.statistic
        );
        // the normal tail multiplies a relative error of the statistic by its square
        assert!((test.p / p - 1.0).abs() < 1e-8, "{}", test.p);
        assert!((test.gain - 0.3694714226859678).abs() < 1e-12);
    }
    assert_eq!(hac::lags(104), 4);
}

#[test]
fn clark_and_west_by_fold_is_a_t_test_of_fold_means() {
    // f_t is (y - r)^2 where u is exact plus (r - u)^2, so 2 r^2 for y = u = 0
    let restricted = [1.0, 1.0, 2.0, 2.0, 3.0, 1.0];
    let p = clark_west_by_fold(&[0.0; 6], &restricted, &[0.0; 6], &[2, 2, 2]).unwrap();
    // SciPy 1.17.1 ttest_1samp([2, 8, 10], 0, alternative="greater")
    assert!((p - 0.05456459681262603).abs() < 1e-12, "{p}");
    let few = clark_west_by_fold(&[0.0; 6], &restricted, &[0.0; 6], &[3, 3]);
    assert_refused(few, "2 folds cannot compare", "`folds`");
    let same = clark_west_by_fold(&[1.0; 3], &[0.0; 3], &[0.0; 3], &[1, 1, 1]);
    assert_refused(same, "forecast the same", "differ");
}

#[test]
fn clark_and_west_refuse_what_cannot_be_compared() {
    let y = [1.0, 2.0, 3.0, 1.0, 2.0, 3.0, 1.0, 2.0];
    assert_refused(
        clark_west(&y, &y[..3], &y, 2),
        "3 and 8 were forecast",
        "same weeks",
    );
    assert_refused(
        clark_west(&y[..4], &y[..4], &y[..4], 2),
        "4 forecast weeks",
        "folds",
    );
    assert_refused(
        clark_west(&y, &[2.0; 8], &[2.0; 8], 2),
        "forecast the same",
        "differ",
    );
    assert!(clark_west(&y, &[f64::NAN; 8], &y, 2).is_err());
}

/// Forecasts of the last 40 of 100 values of `slope x + noise`, week by week, by the mean so far and
/// by least squares on `x` so far.
fn nested_forecasts(slope: f64, seed: u64) -> [Vec<f64>; 3] {
    let mut normal = StandardNormal.sample_iter(stream(11, seed));
    let mut draw = || -> f64 { normal.next().unwrap() };
    let [mut n, mut x1, mut y1, mut xx, mut xy] = [0.0; 5];
    let [mut actual, mut restricted, mut unrestricted] = [const { Vec::new() }; 3];
    for t in 0..100 {
        let x = draw();
        let y = slope * x + draw();
        if t >= 60 {
            let b = (xy - x1 * y1 / n) / (xx - x1 * x1 / n);
            actual.push(y);
            restricted.push(y1 / n);
            unrestricted.push(y1 / n + b * (x - x1 / n));
        }
        (n, x1, y1, xx, xy) = (n + 1.0, x1 + x, y1 + y, xx + x * x, xy + x * y);
    }
    [actual, restricted, unrestricted]
}

#[test]
fn clark_and_west_keep_their_size_where_a_column_is_worth_nothing() {
    const MARKETS: u64 = 4000;
    let rejected = |slope: f64| {
        let rejected = (0..MARKETS).filter(|&seed| {
            let [actual, restricted, unrestricted] = nested_forecasts(slope, seed);
            let lags = hac::lags(actual.len());
            clark_west(&actual, &restricted, &unrestricted, lags)
                .unwrap()
                .p
                < 0.05
        });
        rejected.count() as f64 / MARKETS as f64
    };
    let (size, power) = (rejected(0.0), rejected(0.5));
    println!("size {size}, power {power}");
    // Clark and West (2007) call critical values of the normal slightly conservative to slightly
    // liberal: 5% plus four standard errors of a share of 4,000 and no less than 1%.
    let error = (0.05f64 * 0.95 / MARKETS as f64).sqrt();
    assert!((0.01..0.05 + 4.0 * error).contains(&size), "{size}");
    assert!(power > 0.8, "{power}");
}

/// A market of 156 weeks in which Instagram acts around search by that much a dollar.
fn direct_market(seed: u64, direct: f64) -> Dataset {
    let mut settings = MarketSettings {
        seed,
        weeks: 156,
        ..MarketSettings::default()
    };
    settings.channels[3].direct = direct;
    settings.channels[3].mediated = 0.0;
    simulate(&settings).unwrap().dataset
}

#[test]
fn missing_edges_forecast_where_there_is_a_direct_effect_and_not_where_there_is_none() {
    const MARKETS: u64 = 100;
    let features = Settings::default().features;
    let warned = |direct: f64| {
        let of = |seed: u64| {
            let data = direct_market(seed, direct);
            let (folds, _) = ValidationSettings::default().split(156, 16, 14).unwrap();
            let gain = nested_gain(&data, &features, Reading::TwoSlope, Link::Identity, &folds);
            direct_gain("revenue", gain)
        };
        let findings: Vec<_> = (0..MARKETS).map(of).collect();
        println!("{}", findings[0].summary);
        findings
            .iter()
            .filter(|finding| finding.status == Status::Warning)
            .count()
    };
    let (null, strong) = (warned(0.0), warned(6.0));
    println!("{} of {MARKETS} at a third of that", warned(2.0));
    println!("{null} and {strong} of {MARKETS} warned");
    // Five expanding folds share their training weeks, so 5% is not kept exactly; the project's bar
    // for a true null is 10%.
    assert!(null <= 10, "{null}");
    assert!(strong >= 90, "{strong}");
}

#[test]
fn a_graph_with_every_edge_or_a_single_exposure_has_no_gain_to_assess() {
    let data = market();
    let (folds, _) = ValidationSettings::default().split(104, 16, 14).unwrap();
    let features = Settings::default().features;
    let start = std::time::Instant::now();
    let gain =
        |data: &Dataset, reading| nested_gain(data, &features, reading, Link::Identity, &folds);
    assert!(gain(&data, Reading::Predicted).is_ok());
    println!("the gain of direct edges took {:.0?}", start.elapsed());
    let all = altered(
        &data,
        |roles| {
            for variable in roles.columns.values_mut() {
                variable.direct = variable.role == Role::Exposure;
            }
        },
        |_, _, value| value,
    )
    .unwrap();
    let finding = direct_gain("revenue", gain(&all, Reading::Observed));
    assert_eq!(finding.status, Status::NotAssessed);
    assert!(
        finding.summary.contains("drawn already"),
        "{}",
        finding.summary
    );
    let one = altered(
        &data,
        |roles| {
            for name in ["tiktok_spend", "snapchat_spend", "instagram_spend"] {
                roles.columns[name].role = Role::Ignore;
            }
        },
        |_, _, value| value,
    )
    .unwrap();
    assert!(gain(&one, Reading::TwoSlope).is_err());
    assert!(gain(&one, Reading::Observed).is_ok());
}

fn scores(errors: &[&[f64]]) -> OutOfSample {
    let data = market();
    let settings = Settings::default();
    let folds = time_series_split(104, 2, Some(4), 0).unwrap();
    let mut scores = CrossValidation::run(&settings.model(), &data, &settings.features, &folds)
        .unwrap()
        .path;
    let made = scores.folds[0].clone();
    scores.folds = errors
        .iter()
        .enumerate()
        .map(|(at, errors)| {
            let pairs = errors.iter().map(|error| Scored {
                actual: *error,
                predicted: 0.0,
                yardstick: Yardstick {
                    mean: 0.0,
                    step: 1.0,
                },
            });
            let mut fold = made.clone();
            fold.test_first = format!("fold {at}");
            fold.metrics = Metrics::score(&pairs.collect::<Vec<_>>());
            fold
        })
        .collect();
    scores
}

#[test]
fn a_fold_far_worse_than_the_others_is_named_by_its_weeks() {
    let stable =
        |errors: &[&[f64]]| cross_validation_stable("the forecast of revenue", &scores(errors));
    let (calm, wild) = (&[1.0; 8][..], &[2.5; 8][..]);
    let finding = stable(&[calm, wild, calm, calm]);
    assert_eq!(finding.status, Status::Warning);
    assert!(
        finding.summary.contains("misses the weeks fold 1 to"),
        "{}",
        finding.summary
    );
    assert!((finding.measure.unwrap().value - 2.5).abs() < 1e-12);
    assert_eq!(
        stable(&[calm, calm, &[1.9; 8], calm]).status,
        Status::Passed
    );
    // Folds of one week differ that much by chance: the root of F's 99.75% point with 1 and 3 weeks
    // is 9.46; with five folds of 8 weeks the root of the 99.8% point is 2.02 (SciPy 1.17.1 f.ppf).
    let one = &[1.0][..];
    let finding = stable(&[one, &[2.5], one, one]);
    assert_eq!(finding.status, Status::Passed);
    let bound = |finding: Finding| match finding.measure.unwrap().bound {
        Bound::AtMost(bound) => bound,
        Bound::AtLeast(_) => panic!("an error is bounded from above"),
    };
    // statrs finds quantiles of F by bisection, to about nine digits
    assert!((bound(finding) - 9.464899663536398).abs() < 1e-7);
    assert!((bound(stable(&[calm, calm, calm, calm, wild])) - 2.0150910381912).abs() < 1e-7);
    assert_eq!(stable(&[calm, wild]).status, Status::NotAssessed);
    assert_eq!(
        stable(&[&[0.0; 8], &[0.0; 8], &[0.0; 8]]).status,
        Status::NotAssessed
    );
    assert_eq!(
        stable(&[calm, &[f64::NAN; 8], calm]).status,
        Status::NotAssessed
    );
}

fn importance(values: &[(&str, f64)]) -> Vec<Importance> {
    let column = |&(name, slope): &(&str, f64)| Importance {
        column: name.into(),
        importance: slope.abs(),
        slope: Some(slope),
        causal: true,
    };
    values.iter().map(column).collect()
}

#[test]
fn folds_that_agree_have_a_concordance_of_one_and_absent_columns_are_named() {
    let full = importance(&[("a", 3.0), ("b", -2.0), ("c", 1.0)]);
    let short = importance(&[("b", -2.5), ("a", 4.0)]);
    let stability = Stability::of(&[&full, &short, &full]).unwrap();
    assert_eq!((stability.w, stability.mean_spearman), (1.0, 1.0));
    assert_eq!(stability.absent, ["c"]);
    assert_eq!(stability.columns[0].column, "a");
    assert_eq!(stability.changing_sign().count(), 0);
    let flipped = importance(&[("a", 3.0), ("b", 2.0), ("c", 1.0)]);
    let stability = Stability::of(&[&full, &flipped, &full]).unwrap();
    assert_eq!(stability.changing_sign().collect::<Vec<_>>(), ["b"]);
    // sd of -2, 2, -2 over 2/3
    let variation = stability.columns[1].variation.unwrap();
    assert!((variation - (16.0f64 / 3.0).sqrt() * 1.5).abs() < 1e-12);
}

#[test]
fn too_few_folds_or_columns_are_not_assessed() {
    let full = importance(&[("a", 3.0), ("b", -2.0)]);
    let one = importance(&[("a", 3.0)]);
    let flat = importance(&[("a", 1.0), ("b", 1.0)]);
    assert!(
        Stability::of(&[&full, &full])
            .unwrap_err()
            .contains("at least 3")
    );
    assert!(
        Stability::of(&[&full, &one, &full])
            .unwrap_err()
            .contains("at least 2")
    );
    assert!(
        Stability::of(&[&flat, &flat, &flat])
            .unwrap_err()
            .contains("nothing to rank")
    );
    assert_eq!(
        importance_stability("google", "revenue", &[]).status,
        Status::NotAssessed
    );
}

#[test]
fn importance_over_folds_is_known_for_linear_stages_and_trees() {
    let data = market();
    let (folds, _) = ValidationSettings::default().split(104, 16, 14).unwrap();
    for name in ["ols", "lasso", "boosting"] {
        let mut settings = settings_with(name);
        settings.features.adstock.grid = vec![0.4];
        let scores =
            CrossValidation::run(&settings.model(), &data, &settings.features, &folds).unwrap();
        let stage = &scores.forecasts[4].mediator_importance;
        let facebook = stage
            .iter()
            .find(|column| column.column == "facebook_spend")
            .unwrap();
        assert!(facebook.importance > 0.0 && facebook.causal);
        assert_eq!(facebook.slope.is_some(), name != "boosting");
        let finding = importance_stability("google_spend", "revenue", &scores.forecasts);
        println!("{name} {:?}: {}", finding.status, finding.summary);
        assert_ne!(finding.status, Status::NotAssessed, "{}", finding.summary);
        let w = finding.evidence["google_spend"]["w"].as_f64().unwrap();
        assert!((0.0..=1.0 + 1e-12).contains(&w));
        let stable = cross_validation_stable("the forecast of revenue", &scores.path);
        assert_eq!(stable.status, Status::Passed, "{}", stable.summary);
    }
}
