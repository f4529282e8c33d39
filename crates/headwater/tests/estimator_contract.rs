//! One contract that every estimator keeps: add a line to the list and all must pass.

#![allow(clippy::unwrap_used)] // a test that cannot go on should stop here

use headwater::design::{Column, Design, Monotone, Purpose};
use headwater::error::Error;
use headwater::estimators::boosting::{BoostingSettings, Rounds};
use headwater::estimators::linear::Penalty;
use headwater::estimators::{self, Estimator, EstimatorSettings};
use headwater::numeric::random::stream;
use headwater::splits::{Fold, tuning_folds};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use rand::RngExt;

use crate::common::assert_close;
use crate::recipe_estimator::Huber;

/// An estimator and what the contract may ask of it.
struct Case {
    /// What a failure names.
    name: String,
    build: Box<dyn Fn() -> Box<dyn Estimator> + Sync>,
    /// How `headwater.toml` sets it; none for one that lives in a test.
    settings: Option<EstimatorSettings>,
    /// The mean squared error allowed on noise-free later weeks, over the target's variance.
    noise_free: f64,
    /// Predictions of equal problems agree to this many target units (targets are about 10).
    equal: f64,
    /// Grows trees: needs no independent columns, has SHAP values and no intercept, and overfits.
    trees: bool,
    /// Copes with more columns than weeks, and with controls that say the same.
    wide: bool,
    /// Nothing is tuned, so that a copy of a week equals a weight of 2.
    fixed: bool,
}

impl Case {
    fn of(settings: EstimatorSettings) -> Self {
        Case {
            name: toml::to_string(&settings).unwrap().replace('\n', ", "),
            build: Box::new({
                let settings = settings.clone();
                move || settings.build(42)
            }),
            settings: Some(settings),
            noise_free: 0.0,
            equal: 1e-10,
            trees: false,
            wide: true,
            fixed: false,
        }
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn estimator(&self) -> Box<dyn Estimator> {
        (self.build)()
    }
}

fn cases() -> Vec<Case> {
    let named = |name: &str| EstimatorSettings::named(name).unwrap();
    let penalty = Penalty::Fixed(0.01);
    let penalize_causal = false;
    // The smallest penalty tried is 1e-4 of a correlation. Columns are nearly orthogonal, so
    // that each of three z-scored slopes is off by at most 2e-4 and the error's sd by 1e-3.
    let tuned = |settings| Case {
        noise_free: 1e-6,
        ..Case::of(settings)
    };
    // A penalty of 0.01 shrinks such slopes by at most 2 %: 4e-4 of the variance, and as much
    // again for the sampling of the later weeks.
    let fixed = |settings| Case {
        noise_free: 8e-4,
        fixed: true,
        ..Case::of(settings)
    };
    // Steps of trees approach a line: they must leave less than a third of the variance.
    let trees = |settings, fixed| Case {
        noise_free: 0.3,
        equal: 1e-4,
        trees: true,
        fixed,
        ..Case::of(settings)
    };
    let rounds = Rounds::Fixed(100);
    vec![
        Case {
            noise_free: 1e-24,
            wide: false,
            fixed: true,
            ..Case::of(named("ols"))
        },
        // The worked recipe of CONTRIBUTING.md: least squares once the wild weeks are weighed down.
        Case {
            name: "Huber".into(),
            build: Box::new(|| Box::new(Huber { bend: 1.345 })),
            settings: None,
            noise_free: 1e-24,
            wide: false,
            fixed: true,
            ..Case::of(named("ols"))
        },
        tuned(named("ridge")),
        tuned(named("lasso")),
        tuned(named("elastic_net")),
        fixed(EstimatorSettings::Ridge {
            penalty,
            penalize_causal,
        }),
        fixed(EstimatorSettings::Lasso {
            penalty,
            penalize_causal,
        }),
        fixed(EstimatorSettings::ElasticNet {
            l1_ratio: 0.3,
            penalty,
            penalize_causal,
        }),
        trees(named("boosting"), false),
        trees(
            EstimatorSettings::Boosting(BoostingSettings {
                rounds,
                ..Default::default()
            }),
            true,
        ),
    ]
}

fn uniform(weeks: usize, number: u64) -> Vec<f64> {
    let mut rng = stream(7, number);
    (0..weeks).map(|_| rng.random::<f64>()).collect()
}

/// Three columns over `weeks` weeks and 10 + 8 x₁ − 4 x₂ + x₃ with `noise`.
fn market(weeks: usize, noise: f64) -> (Design, Vec<f64>) {
    let [a, b, c, e] = std::array::from_fn(|at| uniform(weeks, at as u64));
    let y = (0..weeks)
        .map(|i| 10.0 + 8.0 * a[i] - 4.0 * b[i] + c[i] + noise * (e[i] - 0.5))
        .collect();
    let columns = vec![
        Column::causal("facebook", a, Monotone::Increasing),
        Column::control("price", b),
        Column::control("emails", c),
    ];
    (Design::new(weeks, columns), y)
}

#[track_caller]
fn assert_all_close(actual: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(actual.len(), expected.len());
    for (actual, expected) in actual.iter().zip(expected) {
        assert_close(*actual, *expected, tolerance);
    }
}

#[test]
fn every_estimator_finds_a_noise_free_line_in_later_weeks() {
    let (x, y) = market(156, 0.0);
    let fold = Fold::forward(0..104, 104..156);
    let later = &y[104..];
    let mean = later.iter().sum::<f64>() / 52.0;
    let variance = later
        .iter()
        .map(|value| (value - mean).powi(2))
        .sum::<f64>()
        / 52.0;
    for case in cases() {
        let mse = forward_error(
            case.estimator().as_ref(),
            &x,
            &y,
            &[1.0; 156],
            std::slice::from_ref(&fold),
        );
        let part = mse / variance;
        assert!(part <= case.noise_free, "{}: {part:e}", case.name());
    }
}

#[test]
fn weeks_of_weight_zero_are_never_read() {
    let (x, y) = market(60, 3.0);
    let (mut weights, mut poisoned_y) = (vec![1.0; 60], y.clone());
    for week in [0, 7, 31, 59] {
        weights[week] = 0.0;
        poisoned_y[week] = f64::NAN;
    }
    let poisoned = Design::new(
        60,
        x.columns()
            .iter()
            .map(|column| {
                let mut values = column.values.to_vec();
                for week in [0, 7, 31, 59] {
                    values[week] = f64::NAN;
                }
                Column {
                    values: values.into(),
                    ..column.clone()
                }
            })
            .collect(),
    );
    for case in cases() {
        let clean = case.estimator().fit(&x, &y, &weights).unwrap();
        let fit = case
            .estimator()
            .fit(&poisoned, &poisoned_y, &weights)
            .unwrap();
        assert_eq!(
            fit.predict(&x).unwrap(),
            clean.predict(&x).unwrap(),
            "{}",
            case.name()
        );
    }
}

#[test]
fn a_weight_of_two_equals_the_week_written_twice() {
    let (x, y) = market(40, 3.0);
    let mut weights = vec![1.0; 40];
    weights[5] = 2.0;
    let twice: Vec<usize> = (0..40).chain([5]).collect();
    let repeated = Design::new(
        41,
        x.columns()
            .iter()
            .map(|column| Column {
                values: twice.iter().map(|&week| column.values[week]).collect(),
                ..column.clone()
            })
            .collect(),
    );
    let repeated_y: Vec<f64> = twice.iter().map(|&week| y[week]).collect();
    for case in cases().iter().filter(|case| case.fixed) {
        let weighted = case.estimator().fit(&x, &y, &weights).unwrap();
        let written = case
            .estimator()
            .fit(&repeated, &repeated_y, &[1.0; 41])
            .unwrap();
        println!("{}", case.name());
        assert_all_close(
            &weighted.predict(&x).unwrap(),
            &written.predict(&x).unwrap(),
            case.equal,
        );
    }
}

#[test]
fn future_weeks_change_nothing() {
    let (long, long_y) = market(130, 3.0);
    let (x, y) = (long.slice(0..104), &long_y[..104]);
    let mut weights = vec![1.0; 130];
    weights[104..].fill(0.0);
    for case in cases() {
        let now = case.estimator().fit(&x, y, &[1.0; 104]).unwrap();
        let later = case.estimator().fit(&long, &long_y, &weights).unwrap();
        assert_eq!(
            later.predict(&x).unwrap(),
            now.predict(&x).unwrap(),
            "{}",
            case.name()
        );
        assert_eq!(later.tuned(), now.tuned());
    }
}

#[test]
fn the_same_fit_twice_has_the_same_bits_on_any_number_of_threads() {
    let (x, y) = market(104, 3.0);
    for case in cases() {
        let fit = || {
            case.estimator()
                .fit(&x, &y, &[1.0; 104])
                .unwrap()
                .predict(&x)
                .unwrap()
        };
        let pool = |threads| {
            rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap()
        };
        let outside = fit();
        assert_eq!(pool(1).install(fit), outside, "{}", case.name());
        assert_eq!(pool(3).install(fit), outside, "{}", case.name());
    }
}

#[test]
fn sampled_trees_follow_their_seed() {
    let (x, y) = market(104, 3.0);
    let settings = EstimatorSettings::Boosting(BoostingSettings {
        subsample: 0.6,
        rounds: Rounds::Fixed(40),
        ..Default::default()
    });
    let fit = |seed| {
        settings
            .build(seed)
            .fit(&x, &y, &[1.0; 104])
            .unwrap()
            .predict(&x)
            .unwrap()
    };
    assert_eq!(fit(1), fit(1));
    assert_ne!(fit(1), fit(2));
}

#[test]
fn other_columns_are_refused_by_name() {
    let (x, y) = market(40, 3.0);
    let mut columns = x.columns().to_vec();
    columns[1].name = "prize".into();
    let renamed = Design::new(40, columns.clone());
    columns.swap(0, 1);
    columns[0].name = "price".into();
    let swapped = Design::new(40, columns);
    for case in cases() {
        let fit = case.estimator().fit(&x, &y, &[1.0; 40]).unwrap();
        let error = fit.predict(&renamed).unwrap_err().to_string();
        assert!(
            error.contains("missing: price; not in the fit: prize"),
            "{error}"
        );
        assert!(
            fit.predict(&swapped)
                .unwrap_err()
                .to_string()
                .contains("another order")
        );
        assert!(fit.terms(&renamed).is_err());
    }
}

#[test]
fn a_constant_column_is_named_by_least_squares_and_ignored_by_the_others() {
    let (x, y) = market(60, 3.0);
    let mut columns = x.columns().to_vec();
    columns.insert(1, Column::control("constant", vec![0.1; 60]));
    let with = Design::new(60, columns);
    for case in cases() {
        let fit = case.estimator().fit(&with, &y, &[1.0; 60]);
        if !case.wide {
            let Err(Error::RankDeficient { columns, .. }) = fit else {
                panic!("not refused")
            };
            assert_eq!(columns, ["constant"]);
            continue;
        }
        let without = case
            .estimator()
            .fit(&x, &y, &[1.0; 60])
            .unwrap()
            .predict(&x)
            .unwrap();
        assert_all_close(&fit.unwrap().predict(&with).unwrap(), &without, case.equal);
    }
}

#[test]
fn unpenalised_columns_that_depend_on_each_other_are_named() {
    let (x, y) = market(60, 3.0);
    let sum: Vec<f64> = (0..60)
        .map(|week| 3.0 * x.columns()[0].values[week] - 7.0)
        .collect();
    let mut columns = x.columns().to_vec();
    columns.push(Column::causal("facebook in cents", sum, Monotone::Free));
    let x = Design::new(60, columns);
    for case in cases() {
        let fit = case.estimator().fit(&x, &y, &[1.0; 60]);
        if case.trees {
            assert!(fit.is_ok());
            continue;
        }
        let Err(Error::RankDeficient { columns, .. }) = fit else {
            panic!("not refused")
        };
        assert_eq!(columns, ["facebook in cents"]);
    }
}

#[test]
fn a_constant_target_is_predicted_as_itself() {
    let (x, _) = market(40, 0.0);
    for case in cases() {
        for value in [0.0, 3.7, -1e6] {
            let fit = case.estimator().fit(&x, &[value; 40], &[1.0; 40]).unwrap();
            // 32-bit floats of trees: half a unit in the last of 24 bits.
            let tolerance = f64::from(f32::EPSILON) * value.abs();
            assert_all_close(&fit.predict(&x).unwrap(), &[value; 40], tolerance);
        }
    }
}

#[test]
fn ten_weeks_of_one_column_are_enough() {
    let (x, y) = market(10, 1.0);
    let x = Design::new(10, vec![x.columns()[1].clone()]);
    for case in cases() {
        let fit = case.estimator().fit(&x, &y, &[1.0; 10]).unwrap();
        assert!(
            fit.predict(&x)
                .unwrap()
                .iter()
                .all(|value| value.is_finite()),
            "{}",
            case.name()
        );
    }
}

#[test]
fn a_thousand_columns_are_predicted_from_or_refused_with_the_remedy() {
    let weeks = 104;
    let columns: Vec<Column> = (0..1000)
        .map(|at| Column::control(format!("c{at}"), uniform(weeks, 100 + at)))
        .collect();
    let x = Design::new(weeks, columns);
    let y: Vec<f64> = (0..weeks)
        .map(|week| 5.0 + 9.0 * x.columns()[3].values[week])
        .collect();
    for case in cases() {
        let fit = case.estimator().fit(&x, &y, &[1.0; 104]);
        if case.wide {
            let predictions = fit.unwrap().predict(&x).unwrap();
            assert!(
                predictions.iter().all(|value| value.is_finite()),
                "{}",
                case.name()
            );
        } else {
            let Err(Error::TooFewWeeks { message, .. }) = fit else {
                panic!("not refused")
            };
            assert!(message.contains("1001 coefficients") && message.contains("104 weeks"));
        }
    }
}

#[test]
fn without_columns_linear_models_predict_the_weighted_mean_and_trees_refuse() {
    let weights: Vec<f64> = (0..20).map(|week| f64::from(week % 3)).collect();
    let y: Vec<f64> = (0..20).map(f64::from).collect();
    let weighted: f64 = weights.iter().zip(&y).map(|(w, y)| w * y).sum();
    let mean = weighted / weights.iter().sum::<f64>();
    let x = Design::new(20, vec![]);
    for case in cases() {
        match case.estimator().fit(&x, &y, &weights) {
            Ok(fit) => assert_all_close(&fit.predict(&x).unwrap(), &[mean; 20], 1e-12),
            Err(error) => assert!(error.to_string().contains("no column"), "{error}"),
        }
    }
}

#[test]
fn no_weeks_to_predict_give_no_predictions() {
    let (x, y) = market(40, 3.0);
    for case in cases() {
        let fit = case.estimator().fit(&x, &y, &[1.0; 40]).unwrap();
        assert_eq!(fit.predict(&x.slice(0..0)).unwrap(), Vec::<f64>::new());
        assert_eq!(
            fit.terms(&x.slice(0..0)).unwrap().len(),
            fit.terms(&x).unwrap().len()
        );
    }
}

#[test]
fn the_chosen_penalty_has_the_error_that_refitting_finds() {
    // Weights like a bootstrap's: weeks missing, weeks repeated.
    let weeks = 104;
    let mut rng = stream(5, 0);
    let mut weights: Vec<f64> = (0..weeks)
        .map(|_| f64::from(rng.random_range(0..3u8)))
        .collect();
    (weights[0], weights[weeks - 1]) = (1.0, 2.0);
    let folds = tuning_folds(weeks).unwrap();
    // The second has more columns than weeks, where ridge is tuned on XX'.
    for width in [12, 150] {
        let (three, y) = market(weeks, 8.0);
        let mut columns = three.columns().to_vec();
        columns.extend(
            (3..width).map(|at| Column::control(format!("c{at}"), uniform(weeks, 50 + at))),
        );
        // Silent until week 70: it does not vary in the first training range.
        let mut silent = columns[2].values.to_vec();
        silent[..70].fill(0.25);
        columns[2].values = silent.into();
        let x = Design::new(weeks, columns);
        // Ridge is exact; descent stops at steps of 1e-6 while it tunes, and its error moves by
        // about twice that for each of the few dozen slopes.
        for (l1_ratio, tolerance) in [(0.0, 1e-9), (0.5, 1e-4), (1.0, 1e-4)] {
            let with = |penalty| {
                EstimatorSettings::ElasticNet {
                    l1_ratio,
                    penalty,
                    penalize_causal: false,
                }
                .build(1)
            };
            let tuned = with(Penalty::CrossValidated)
                .fit(&x, &y, &weights)
                .unwrap()
                .tuned();
            let penalty = tuned["penalty"].as_f64().unwrap();
            let refitted = |penalty: f64| {
                forward_error(
                    with(Penalty::Fixed(penalty)).as_ref(),
                    &x,
                    &y,
                    &weights,
                    &folds,
                )
            };
            let mse = tuned["cross_validated_mse"].as_f64().unwrap();
            println!("{width} columns, l1 {l1_ratio}: {tuned:?}");
            assert_close(mse, refitted(penalty), tolerance * mse);
            // The neighbours on the grid are at most a factor of 2 away.
            let at_end = tuned
                .get("penalty_at_grid_end")
                .and_then(|end| end.as_str());
            if at_end != Some("largest") {
                assert!(refitted(2.0 * penalty) >= mse * (1.0 - tolerance));
            }
            assert!(refitted(0.5 * penalty) >= mse * (1.0 - tolerance));
        }
    }
}

#[test]
fn too_little_data_is_refused_in_plain_words() {
    for case in cases() {
        for weeks in [0, 1, 3] {
            let (x, y) = market(weeks, 1.0);
            let message = match case.estimator().fit(&x, &y, &vec![1.0; weeks]) {
                // Some can fit three weeks or one with a set penalty: never to nonsense.
                Ok(fit) => {
                    assert!(weeks > 0);
                    assert!(
                        fit.predict(&x)
                            .unwrap()
                            .iter()
                            .all(|value| value.is_finite())
                    );
                    continue;
                }
                Err(error) => error.to_string(),
            };
            assert!(message.contains("week"), "{}: {message}", case.name());
        }
    }
}

#[test]
fn a_missing_or_infinite_value_is_named() {
    let (x, y) = market(40, 1.0);
    for bad in [f64::NAN, f64::INFINITY] {
        let mut columns = x.columns().to_vec();
        let mut values = columns[1].values.to_vec();
        values[4] = bad;
        columns[1].values = values.into();
        let broken = Design::new(40, columns);
        let mut broken_y = y.clone();
        broken_y[6] = bad;
        for case in cases() {
            let refused = |x: &Design, y: &[f64]| {
                case.estimator()
                    .fit(x, y, &[1.0; 40])
                    .map(|_| ())
                    .unwrap_err()
                    .to_string()
            };
            let message = refused(&broken, &y);
            assert!(
                message.contains("price") && message.contains("week 5"),
                "{message}"
            );
            let message = refused(&x, &broken_y);
            assert!(
                message.contains("target") && message.contains("week 7"),
                "{message}"
            );
        }
    }
}

#[test]
fn a_saved_model_predicts_the_same_bits() {
    let (x, y) = market(104, 3.0);
    for case in cases() {
        let fit = case.estimator().fit(&x, &y, &[1.0; 104]).unwrap();
        let again = estimators::load(&fit.to_json().unwrap()).unwrap();
        assert_eq!(
            again.predict(&x).unwrap(),
            fit.predict(&x).unwrap(),
            "{}",
            case.name()
        );
        assert_eq!(again.tuned(), fit.tuned());
        assert_eq!(again.terms(&x).unwrap().len(), fit.terms(&x).unwrap().len());
    }
    let refused = |text: &str| estimators::load(text).err().unwrap().to_string();
    assert!(refused("{\"nothing\": 1}").contains("not a model"));
    assert!(refused("{\"linear\": ").contains("no JSON"));
}

#[test]
fn terms_are_the_columns_in_order() {
    let (x, y) = market(104, 3.0);
    for case in cases() {
        let terms = case
            .estimator()
            .fit(&x, &y, &[1.0; 104])
            .unwrap()
            .terms(&x)
            .unwrap();
        let names: Vec<&str> = terms.iter().map(|term| term.name.as_str()).collect();
        let trees = case.trees;
        assert_eq!(
            names[usize::from(!trees)..],
            ["facebook", "price", "emails"]
        );
        assert_eq!(names.contains(&"intercept"), !trees);
        assert!(terms.iter().all(|term| term.coefficient.is_some() != trees));
        assert!(terms.iter().all(|term| term.shap.is_some() == trees));
    }
}

#[test]
fn shap_values_of_the_strongest_column_are_the_largest() {
    let (x, y) = market(104, 0.0);
    let fit = EstimatorSettings::named("boosting")
        .unwrap()
        .build(1)
        .fit(&x, &y, &[1.0; 104])
        .unwrap();
    let shap: Vec<f64> = fit
        .terms(&x)
        .unwrap()
        .iter()
        .map(|term| term.shap.unwrap())
        .collect();
    assert!(shap[0] > shap[1] && shap[1] > shap[2], "{shap:?}");
}

#[test]
fn monotone_trees_never_fall_where_the_column_rises() {
    let (x, y) = market(104, 6.0);
    let fit = EstimatorSettings::named("boosting")
        .unwrap()
        .build(1)
        .fit(&x, &y, &[1.0; 104])
        .unwrap();
    let grid = Design::new(
        50,
        vec![
            Column::causal(
                "facebook",
                (0..50).map(|i| f64::from(i) / 49.0).collect::<Vec<_>>(),
                Monotone::Increasing,
            ),
            Column::control("price", vec![0.4; 50]),
            Column::control("emails", vec![0.6; 50]),
        ],
    );
    let predictions = fit.predict(&grid).unwrap();
    assert!(predictions.windows(2).all(|pair| pair[0] <= pair[1]));
}

/// The weighted mean squared error over the test weeks of models of the weeks before.
fn forward_error(
    estimator: &dyn Estimator,
    x: &Design,
    y: &[f64],
    weights: &[f64],
    folds: &[Fold],
) -> f64 {
    let (mut squares, mut total) = (0.0, 0.0);
    for fold in folds {
        let mut past = vec![0.0; weights.len()];
        past[fold.train.clone()].copy_from_slice(&weights[fold.train.clone()]);
        let fit = estimator.fit(x, y, &past).unwrap();
        let predictions = fit.predict(&x.slice(fold.test.clone())).unwrap();
        for (week, prediction) in fold.test.clone().zip(predictions) {
            squares += weights[week] * (y[week] - prediction).powi(2);
            total += weights[week];
        }
    }
    squares / total
}

#[test]
fn linear_cross_validation_is_generalised_cross_validation() {
    // With the penalty given a fit is linear in y (the lasso too while no slope enters or leaves),
    // so the trace of its hat matrix is what fits move by when each week's y moves.
    let (x, y) = market(104, 3.0);
    let weights: Vec<f64> = (0..104).map(|week| f64::from(week as u8 % 3)).collect();
    let total: f64 = weights.iter().sum();
    for settings in [
        EstimatorSettings::Ols,
        EstimatorSettings::Ridge {
            penalty: Penalty::Fixed(0.3),
            penalize_causal: false,
        },
        EstimatorSettings::Ridge {
            penalty: Penalty::Fixed(0.3),
            penalize_causal: true,
        },
        EstimatorSettings::Lasso {
            penalty: Penalty::Fixed(0.05),
            penalize_causal: false,
        },
        // The ridge part of a penalty is in units of sd(y), which moves with y: a small step.
        EstimatorSettings::ElasticNet {
            l1_ratio: 0.5,
            penalty: Penalty::Fixed(0.05),
            penalize_causal: false,
        },
    ] {
        let estimator = settings.build(1);
        let fit = |y: &[f64]| estimator.fit(&x, y, &weights).unwrap().predict(&x).unwrap();
        let base = fit(&y);
        let rss: f64 = (0..104)
            .map(|t| weights[t] * (y[t] - base[t]).powi(2))
            .sum();
        let step = 1e-5;
        let df: f64 = (0..104)
            .filter(|&t| weights[t] > 0.0)
            .map(|t| {
                let mut moved = y.clone();
                moved[t] += step;
                (fit(&moved)[t] - base[t]) / step
            })
            .sum();
        let expected = rss / total / (1.0 - df / total).powi(2);
        let found = estimator.cross_validate(&x, &y, &weights).unwrap();
        // l1 thresholds scale with sd(y), which a step moves by 1/(n sd): 1e-3 of a column's df
        let tolerance = if matches!(
            settings,
            EstimatorSettings::Ols | EstimatorSettings::Ridge { .. }
        ) {
            1e-6
        } else {
            1e-3
        };
        assert_close(found / expected, 1.0, tolerance);
    }
}

#[test]
fn the_cross_validation_of_trees_never_sees_the_test_weeks() {
    // The last eight weeks are tested and learned from by no fold: predictions that do not know
    // them make the error quadratic in a shift d of their target, with second difference 2 d^2 in
    // those 8 of the 40 tested weeks.
    let (x, y) = market(104, 3.0);
    for case in cases()
        .into_iter()
        .filter(|case| case.estimator().overfits())
    {
        let error = |shift: f64| {
            let mut y = y.clone();
            y[96..].iter_mut().for_each(|y| *y += shift);
            case.estimator()
                .cross_validate(&x, &y, &[1.0; 104])
                .unwrap()
        };
        let d = 5.0;
        let (up, level, down) = (error(d), error(0.0), error(-d));
        assert_close(
            up + down - 2.0 * level,
            2.0 * d * d * 8.0 / 40.0,
            1e-9 * (up + down),
        );
    }
}

#[test]
fn only_trees_overfit_and_every_setting_survives_toml() {
    for case in cases() {
        assert_eq!(case.estimator().overfits(), case.trees);
        let Some(settings) = case.settings else {
            continue;
        };
        let text = toml::to_string(&settings).unwrap();
        assert_eq!(
            toml::from_str::<EstimatorSettings>(&text).unwrap(),
            settings
        );
        assert!(
            toml::from_str::<EstimatorSettings>(&format!("{text}\nunknown = 1")).is_err(),
            "{text}"
        );
    }
    let fixed = BoostingSettings {
        rounds: Rounds::Fixed(100),
        ..Default::default()
    };
    let text = toml::to_string(&EstimatorSettings::Boosting(fixed)).unwrap();
    assert!(text.contains("rounds = 100\n"), "{text}");
    for name in EstimatorSettings::NAMES {
        assert_eq!(EstimatorSettings::named(name).unwrap().name(), name);
        let kept = cases().into_iter().filter_map(|case| case.settings);
        assert!(
            kept.into_iter().any(|settings| settings.name() == name),
            "{name} has no line in `cases`"
        );
    }
    let limits: EstimatorSettings =
        toml::from_str("kind = 'boosting'\nrounds = { max = 90, patience = 5 }").unwrap();
    let EstimatorSettings::Boosting(settings) = limits else {
        panic!("not boosting")
    };
    assert_eq!(
        settings.rounds,
        Rounds::EarlyStopping {
            max: 90,
            patience: 5
        }
    );
}

#[test]
fn settings_out_of_range_are_named_with_what_they_must_be() {
    for (text, expected) in [
        (
            "kind = 'ridge'\npenalty = -1",
            "penalty = -1, but it must be of at least 0",
        ),
        (
            "kind = 'elastic_net'\nl1_ratio = 1.5",
            "l1_ratio = 1.5, but it must be from 0 to 1",
        ),
        (
            "kind = 'boosting'\nlearning_rate = 0",
            "learning_rate = 0, but it must be above 0 and at most 1",
        ),
        (
            "kind = 'boosting'\nmax_depth = 40",
            "max_depth = 40, but it must be from 1 to 16",
        ),
        (
            "kind = 'boosting'\nsubsample = nan",
            "subsample = NaN, but it must be above 0 and at most 1",
        ),
    ] {
        let settings: EstimatorSettings = toml::from_str(text).unwrap();
        assert_eq!(settings.validate().unwrap_err().to_string(), expected);
        let (x, y) = market(20, 1.0);
        assert!(settings.build(1).fit(&x, &y, &[1.0; 20]).is_err());
    }
    assert!(toml::from_str::<EstimatorSettings>("kind = 'ridge'\npenalty = 'auto'").is_err());
    for rounds in ["2.5", "-1", "'many'"] {
        let text = format!("kind = 'boosting'\nrounds = {rounds}");
        let error = toml::from_str::<EstimatorSettings>(&text)
            .unwrap_err()
            .to_string();
        assert!(error.contains("whole number of at least 1"), "{error}");
    }
}

#[test]
fn causal_columns_are_not_shrunk_unless_asked() {
    let (x, y) = market(104, 3.0);
    let slope = |penalty, penalize_causal| {
        let settings = EstimatorSettings::Ridge {
            penalty: Penalty::Fixed(penalty),
            penalize_causal,
        };
        settings
            .build(1)
            .fit(&x, &y, &[1.0; 104])
            .unwrap()
            .terms(&x)
            .unwrap()[1]
            .coefficient
            .unwrap()
    };
    // With the controls shrunk away, what is left is least squares on the causal column.
    let causal: Vec<Column> = x
        .columns()
        .iter()
        .filter(|column| column.purpose == Purpose::Causal)
        .cloned()
        .collect();
    let alone = Design::new(104, causal);
    let ols = EstimatorSettings::Ols
        .build(1)
        .fit(&alone, &y, &[1.0; 104])
        .unwrap();
    let alone = ols.terms(&alone).unwrap()[1].coefficient.unwrap();
    // The controls keep about 1 / λ of their slopes.
    assert_close(slope(1e12, false), alone, 1e-9);
    assert_close(slope(1e12, true), 0.0, 1e-9);
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::default()
    })]
    #[test]
    fn units_of_columns_and_target_do_not_matter(
        column_unit in 1e-6..1e6f64, target_unit in 1e-6..1e6f64, l1_ratio in 0.0..1.0f64,
    ) {
        let (x, y) = market(60, 3.0);
        let scaled: Vec<f64> = y.iter().map(|value| value * target_unit).collect();
        let columns = x.columns().iter().map(|column| Column {
            values: column.values.iter().map(|value| value * column_unit).collect(),
            ..column.clone()
        });
        let scaled_x = Design::new(60, columns.collect());
        let penalty = Penalty::CrossValidated;
        let estimator =
            EstimatorSettings::ElasticNet { l1_ratio, penalty, penalize_causal: false }.build(1);
        let plain = estimator.fit(&x, &y, &[1.0; 60]).unwrap().predict(&x).unwrap();
        let other = estimator.fit(&scaled_x, &scaled, &[1.0; 60]).unwrap().predict(&scaled_x).unwrap();
        for (plain, other) in plain.iter().zip(other) {
            prop_assert!((other / target_unit - plain).abs() < 1e-9 * plain.abs());
        }
    }
}
