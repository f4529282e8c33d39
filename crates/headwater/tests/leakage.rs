//! Nothing that happens later may change what is learned or any earlier feature value.
#![allow(clippy::unwrap_used)] // a test may panic

use std::sync::Arc;

use headwater::data::Dataset;
use headwater::design::Design;
use headwater::features::{
    ExposurePath, FeatureSettings, Features, Holiday, Interactions, MediatorColumns, Recipe,
    Saturation,
};
use headwater::finding::Finding;
use headwater::simulate::{MarketSettings, simulate};

const TRAIN: usize = 78;

/// The weeks that a fit may see, and 26 more.
const WEEKS: usize = 104;

/// A market of social channels that the seed recipe knows, TikTok with a direct edge unless
/// `seed`.
fn market(seed: bool) -> Dataset {
    let mut settings = MarketSettings::default();
    settings.channels.truncate(3);
    let data = simulate(&settings).unwrap().dataset;
    let mut roles = data.roles().clone();
    roles.columns["tiktok_spend"].direct = !seed;
    with_columns(&data, &roles, data.len(), |_, _, value| value)
}

/// The first `weeks` weeks, each value of a column in a week as `change` returns it.
fn with_columns(
    data: &Dataset,
    roles: &headwater::data::role::Roles,
    weeks: usize,
    change: impl Fn(&str, usize, f64) -> f64,
) -> Dataset {
    let columns = data
        .columns()
        .map(|(name, values)| {
            let changed = values[..weeks].iter().enumerate();
            let changed: Arc<[f64]> = changed.map(|(t, value)| change(name, t, *value)).collect();
            (name.to_string(), changed)
        })
        .collect();
    let dates = data.weeks()[..weeks].to_vec();
    Dataset::new(data.source().clone(), roles.clone(), dates, columns).unwrap()
}

/// Settings that use every part that learns from training weeks, and the seed recipe.
fn recipes() -> [FeatureSettings; 3] {
    let pair = |a: &str, b: &str| [a.to_string(), b.to_string()];
    let everything = FeatureSettings {
        saturation: Saturation::Log1p,
        zero_flags: true,
        fourier_pairs: 3,
        holidays: Holiday::ALL
            .into_iter()
            .filter(|holiday| *holiday != Holiday::Thanksgiving)
            .collect(),
        interactions: vec![
            pair("facebook_spend", "avg_price"),
            pair("tiktok_spend", "google_spend"),
            pair("email_sends", "promotions"),
        ]
        .into(),
        ..FeatureSettings::default()
    };
    let shaped: FeatureSettings = toml::from_str(
        "winsorise = { upper = 0.9 }\n\
         lags = { email_sends = [1, 2], avg_price = [1], tiktok_spend = [1] }\n\
         saturation = { hill = { half_saturation = 1.0, slope = 1.5 } }\n\
         [channels.facebook_spend]\n\
         adstock = { weibull_pdf = { shape = 2.0, scale = 3.0, lags = 8 } }\n\
         [channels.tiktok_spend]\n\
         adstock = { delayed = { decay = 0.5, peak = 1.0, lags = 8 } }\n\
         saturation = { logistic = { rate = 1.0 } }\n\
         [channels.snapchat_spend]\n\
         adstock = { weibull_cdf = { shape = 2.0, scale = 3.0, lags = 8 } }",
    )
    .unwrap();
    let seed = FeatureSettings {
        recipe: Recipe::Seed,
        ..FeatureSettings::default()
    };
    [everything, shaped, seed]
}

/// Both designs at a long decay, the mediator split in two.
fn designs(features: &Features, data: &Dataset, path: &ExposurePath) -> [Design; 2] {
    let induced: Vec<f64> = data.mediator().iter().map(|m| 0.75 * m).collect();
    let autonomous: Vec<f64> = data.mediator().iter().map(|m| 0.25 * m).collect();
    let mediator = MediatorColumns::TwoSlope {
        induced: &induced,
        autonomous: &autonomous,
    };
    [
        features.mediator_design(path, 0.8),
        features.outcome_design(path, 0.8, mediator),
    ]
}

/// Names and bits agree in the first `weeks` weeks.
#[track_caller]
fn assert_same_until(weeks: usize, expected: &[Design; 2], actual: &[Design; 2]) {
    for (expected, actual) in expected.iter().zip(actual) {
        assert_eq!(expected.width(), actual.width());
        for (before, after) in expected.columns().iter().zip(actual.columns()) {
            assert_eq!(before.name, after.name);
            let bits = |values: &[f64]| -> Vec<u64> {
                values[..weeks]
                    .iter()
                    .map(|value| value.to_bits())
                    .collect()
            };
            assert_eq!(bits(&before.values), bits(&after.values), "{}", before.name);
        }
    }
}

fn fit(settings: &FeatureSettings, data: &Dataset) -> (Features, Vec<Finding>) {
    settings.fit(data, 0..TRAIN).unwrap()
}

#[test]
fn appending_weeks_changes_no_earlier_feature() {
    for settings in recipes() {
        let all = market(settings.recipe == Recipe::Seed);
        let past = with_columns(&all, all.roles(), TRAIN, |_, _, value| value);
        let ((short, before), (long, after)) = (fit(&settings, &past), fit(&settings, &all));
        assert_eq!(before, after, "the same findings");
        let short = designs(&short, &past, &ExposurePath::observed(&past));
        assert_same_until(
            TRAIN,
            &short,
            &designs(&long, &all, &ExposurePath::observed(&all)),
        );
    }
}

#[test]
fn features_carried_over_more_weeks_and_other_covariates_are_those_of_the_longer_file() {
    for settings in recipes() {
        let all = market(settings.recipe == Recipe::Seed);
        let past = with_columns(&all, all.roles(), TRAIN, |_, _, value| value);
        let planned = with_columns(&all, all.roles(), WEEKS, |name, t, value| {
            let moved = t >= TRAIN && ["avg_price", "email_sends", "promotions"].contains(&name);
            if moved { 1.3 * value + 1.0 } else { value }
        });
        let (past, _) = fit(&settings, &past);
        for data in [&all, &planned] {
            let path = ExposurePath::observed(data);
            let carried = past.over(data).unwrap();
            let expected = designs(&fit(&settings, data).0, data, &path);
            assert_same_until(WEEKS, &expected, &designs(&carried, data, &path));
        }
    }
}

#[test]
fn absurd_values_after_the_training_weeks_change_nothing_that_is_learned() {
    for settings in recipes() {
        let clean = market(settings.recipe == Recipe::Seed);
        let poisoned = with_columns(&clean, clean.roles(), WEEKS, |_, t, value| {
            if t < TRAIN { value } else { 1e9 }
        });
        let ((expected, before), (actual, after)) =
            (fit(&settings, &clean), fit(&settings, &poisoned));
        assert_eq!(before, after, "the same findings");
        let observed = ExposurePath::observed(&clean);
        let expected = designs(&expected, &clean, &observed);
        assert_same_until(
            TRAIN,
            &expected,
            &designs(&actual, &poisoned, &ExposurePath::observed(&poisoned)),
        );
        // a poisoned scale or flag would also show where the clean path is transformed
        let exposures = clean.roles().exposures();
        let [stage1, _] = designs(&actual, &clean, &observed);
        for column in expected[0].columns() {
            let product = column.name.contains(" x ");
            if !product && exposures.iter().any(|name| column.name.contains(name)) {
                assert_eq!(stage1.column(&column.name).unwrap().values, column.values);
            }
        }
    }
}

#[test]
fn missing_and_infinite_spend_reaches_no_earlier_week() {
    for settings in recipes() {
        let data = market(settings.recipe == Recipe::Seed);
        let (features, _) = fit(&settings, &data);
        let observed = ExposurePath::observed(&data);
        let expected = designs(&features, &data, &observed);
        for poison in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let mut path = observed.clone();
            for exposure in data.roles().exposures() {
                let mut spend = observed.get(exposure).to_vec();
                spend[TRAIN..].fill(poison);
                path = path.with(exposure, spend);
            }
            assert_same_until(TRAIN, &expected, &designs(&features, &data, &path));
        }
    }
}

#[test]
fn carry_over_from_before_a_rolling_training_range_is_kept() {
    let data = market(false);
    let settings = FeatureSettings::default();
    let observed = ExposurePath::observed(&data);
    let (rolling, _) = settings.fit(&data, 26..TRAIN).unwrap();
    let (expanding, _) = settings.fit(&data, 0..TRAIN).unwrap();
    // nothing is scaled by default, so only columns that are constant could differ
    let late = rolling.mediator_design(&observed, 0.8);
    let full = expanding.mediator_design(&observed, 0.8);
    for exposure in data.roles().exposures() {
        let [late, full] = [&late, &full].map(|design| &design.column(exposure).unwrap().values);
        assert_eq!(late, full, "{exposure}");
    }
}

#[test]
fn the_training_weeks_do_change_what_is_learned() {
    let data = market(false);
    let settings = FeatureSettings {
        saturation: Saturation::Log1p,
        ..FeatureSettings::default()
    };
    let doubled = with_columns(&data, data.roles(), WEEKS, |name, t, value| {
        if name == "facebook_spend" && t < TRAIN {
            2.0 * value
        } else {
            value
        }
    });
    let path = ExposurePath::observed(&data);
    let column = |data| {
        let (features, _) = fit(&settings, data);
        features
            .mediator_design(&path, 0.0)
            .column("facebook_spend")
            .unwrap()
            .values
            .clone()
    };
    let (before, after) = (column(&data), column(&doubled));
    let active = before.iter().position(|value| *value > 0.0).unwrap();
    // twice the scale: log1p(x / 2k)
    let expected = (before[active].exp_m1() / 2.0).ln_1p();
    assert!((after[active] - expected).abs() <= 8.0 * f64::EPSILON);
}

/// The whole pipeline: both stages, their tuning and the choice of the decay.
mod pipeline {
    use super::*;
    use headwater::analysis::Settings;
    use headwater::error::Error;
    use headwater::estimators::EstimatorSettings;
    use headwater::mediation::{FittedMediation, Prepared};
    use headwater::splits::{Fold, time_series_split};
    use headwater::validation::cross_validation::CrossValidation;

    /// Folds of the first 78 weeks: 26 more weeks lie behind the last of them.
    fn folds() -> Vec<Fold> {
        time_series_split(TRAIN, 3, Some(6), 0).unwrap()
    }

    /// Every estimator that tunes something by later weeks of its training range, and the seed's.
    fn recipes() -> Vec<Settings> {
        let mut recipes: Vec<Settings> = ["ols", "ridge", "lasso", "boosting"]
            .map(|name| {
                let mut settings = Settings::default();
                settings.stages.mediator = EstimatorSettings::named(name).unwrap();
                settings.stages.outcome = settings.stages.mediator.clone();
                settings.features.adstock.grid = vec![0.2, 0.6];
                settings
            })
            .into();
        let mut choosing = Settings::default();
        choosing.features.interactions = Interactions::Auto;
        recipes.push(choosing);
        let mut by_channel = Settings::default();
        by_channel.features.per_channel = true;
        by_channel.features.saturations = vec![Saturation::Log1p];
        recipes.push(by_channel);
        recipes.push(Settings::preset("seed").unwrap());
        recipes
    }

    fn market_for(settings: &Settings) -> Dataset {
        market(settings.features.recipe == Recipe::Seed)
    }

    /// Learns from the training weeks of `fold` with the targets as `mediator` and `outcome` say.
    fn fit(
        settings: &Settings,
        prepared: Prepared,
        mediator: &[f64],
        outcome: &[f64],
    ) -> FittedMediation {
        let weights = vec![1.0; prepared.train.len()];
        let model = settings.model();
        model
            .fit(&Arc::new(prepared), mediator, outcome, &weights)
            .unwrap()
    }

    fn fold_fit(settings: &Settings, data: &Dataset, fold: &Fold) -> FittedMediation {
        let prepared = Prepared::new(data, &settings.features, fold.train.clone()).unwrap();
        fit(settings, prepared, data.mediator(), data.outcome())
    }

    /// What tuning chose, and the bits of all forecasts of the first `weeks` weeks.
    fn learned(model: &FittedMediation, weeks: usize) -> (Vec<String>, Vec<Vec<u64>>) {
        let bits = |values: &[f64]| values[..weeks].iter().map(|v| v.to_bits()).collect();
        let tuned = |predictor: &dyn headwater::estimators::Predictor| {
            serde_json::to_string(&predictor.tuned()).unwrap()
        };
        let choices = vec![
            format!("{:?}", model.carry_overs()),
            tuned(model.mediator_stage().0),
            tuned(model.outcome_stage().0),
            model.mediator_stage().0.to_json().unwrap(),
            model.outcome_stage().0.to_json().unwrap(),
        ];
        let forecasts = vec![
            bits(model.forecast_mediator()),
            bits(&model.forecast_outcome(false).unwrap()),
            bits(&model.forecast_outcome(true).unwrap()),
        ];
        (choices, forecasts)
    }

    #[test]
    fn appending_weeks_changes_no_earlier_fold() {
        for settings in recipes() {
            let all = market_for(&settings);
            let past = with_columns(&all, all.roles(), TRAIN, |_, _, value| value);
            for fold in folds() {
                let short = fold_fit(&settings, &past, &fold);
                let long = fold_fit(&settings, &all, &fold);
                assert_eq!(learned(&short, TRAIN), learned(&long, TRAIN));
            }
            let scores = |data: &Dataset| {
                CrossValidation::run(&settings.model(), data, &settings.features, &folds()).unwrap()
            };
            assert_eq!(scores(&past), scores(&all));
        }
    }

    #[test]
    fn a_model_carried_over_more_weeks_forecasts_them_as_if_it_had_known_their_spend() {
        for settings in recipes() {
            let all = market_for(&settings);
            let past = with_columns(&all, all.roles(), TRAIN, |_, _, value| value);
            let fold = Fold::forward(0..TRAIN, TRAIN..WEEKS);
            let short = fold_fit(&settings, &past, &fold);
            let expected = fold_fit(&settings, &all, &fold)
                .forecast_outcome(false)
                .unwrap();
            let prepared = Arc::new(short.prepared().over(&all).unwrap());
            let carried = short.over(&prepared).unwrap();
            assert_eq!(
                carried.forecast_outcome(false).unwrap()[TRAIN..],
                expected[TRAIN..]
            );
            // after the weeks of the fit the world as planned is the forecast, before them the data
            let world = carried
                .potential_outcome(&prepared.observed, &prepared.observed)
                .unwrap();
            assert_eq!(world.outcome.len(), WEEKS);
            for t in 0..WEEKS {
                let expected = if t < TRAIN {
                    all.outcome()[t]
                } else {
                    expected[t]
                };
                let error = (world.outcome[t] - expected).abs();
                assert!(error <= 1e-9 * expected.abs(), "week {t}: {error:e}");
            }
        }
    }

    #[test]
    fn absurd_values_in_later_weeks_change_no_earlier_fold() {
        for settings in recipes() {
            let clean = market_for(&settings);
            for fold in folds() {
                // everything after the training weeks, the test weeks included
                let poisoned = with_columns(&clean, clean.roles(), WEEKS, |_, t, value| {
                    if t < fold.train.end { value } else { 1e9 }
                });
                let expected = learned(&fold_fit(&settings, &clean, &fold), fold.train.end);
                let actual = learned(&fold_fit(&settings, &poisoned, &fold), fold.train.end);
                assert_eq!(expected, actual);
            }
            // the scores of folds that end before the poison
            let poisoned = with_columns(&clean, clean.roles(), WEEKS, |_, t, value| {
                if t < TRAIN { value } else { 1e9 }
            });
            let scores = |data: &Dataset| {
                CrossValidation::run(&settings.model(), data, &settings.features, &folds()).unwrap()
            };
            assert_eq!(scores(&clean), scores(&poisoned));
        }
    }

    #[test]
    fn missing_targets_and_spend_in_later_weeks_change_no_earlier_fold() {
        for settings in recipes() {
            if settings.model().mediator.overfits() {
                // trees refuse to predict weeks that have no value; absurd ones are tried above
                continue;
            }
            let data = market_for(&settings);
            for (fold, poison) in folds().iter().zip([f64::NAN, f64::INFINITY, f64::NAN]) {
                let end = fold.train.end;
                let expected = learned(&fold_fit(&settings, &data, fold), end);
                let poisoned = |values: &[f64]| {
                    let mut values = values.to_vec();
                    values[end..].fill(poison);
                    values
                };
                let prepare =
                    || Prepared::new(&data, &settings.features, fold.train.clone()).unwrap();
                let (mediator, outcome) = (poisoned(data.mediator()), poisoned(data.outcome()));
                let targets = fit(&settings, prepare(), &mediator, &outcome);
                assert_eq!(expected, learned(&targets, end));

                let mut prepared = prepare();
                for exposure in data.roles().exposures() {
                    let spend = poisoned(prepared.observed.get(exposure));
                    prepared.observed = prepared.observed.with(exposure, spend);
                }
                let (features, observed) = (&prepared.features, &prepared.observed);
                prepared.mediator_designs = prepared
                    .carry_overs()
                    .map(|c| (c.clone(), features.mediator_design(observed, c)))
                    .collect();
                let spend = fit(&settings, prepared, data.mediator(), data.outcome());
                assert_eq!(expected, learned(&spend, end));
            }
        }
    }

    #[test]
    fn a_dataset_with_a_missing_value_is_refused_by_column_and_week() {
        let data = market(false);
        let mut columns: Vec<_> = data
            .columns()
            .map(|(n, v)| (n.to_string(), v.to_vec()))
            .collect();
        columns[0].1[90] = f64::NAN;
        let columns = columns.into_iter().map(|(n, v)| (n, v.into())).collect();
        let refused = Dataset::new(
            data.source().clone(),
            data.roles().clone(),
            data.weeks().to_vec(),
            columns,
        );
        let Err(Error::Input(error)) = refused else {
            panic!("a missing value was accepted");
        };
        assert_eq!(
            error.message,
            format!(
                "the column facebook_spend has no finite value in week {}",
                data.weeks()[90]
            )
        );
    }

    #[test]
    fn the_training_weeks_do_change_a_fold() {
        for settings in recipes() {
            let data = market_for(&settings);
            let fold = &folds()[1];
            let changed = with_columns(&data, data.roles(), WEEKS, |name, t, value| {
                if t == fold.train.end - 1 && name == "google_spend" {
                    2.0 * value
                } else {
                    value
                }
            });
            let [before, after] =
                [&data, &changed].map(|data| learned(&fold_fit(&settings, data, fold), TRAIN));
            assert_ne!(before.1[0], after.1[0]);
        }
    }
}
