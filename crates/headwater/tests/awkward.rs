//! Data at the edges, through the whole analysis: an answer, or an error that says what to do.
#![allow(clippy::unwrap_used)] // a test may panic

use std::sync::Arc;

use headwater::analysis::{Analysis, Fit, Settings, run};
use headwater::data::Dataset;
use headwater::data::role::{Fill, Role, Unit, Variable};
use headwater::error::{Error, Result};
use headwater::estimators::EstimatorSettings;
use headwater::estimators::boosting::Rounds;
use headwater::features::Decay;
use headwater::finding::Status;
use headwater::mediation::{Link, Reading};
use headwater::progress::Silent;
use headwater::simulate::{Channel, MarketSettings, simulate};
use miette::Diagnostic;

use crate::common::{altered, assert_sound, finding, settings_with, with_direct};

fn weeks(weeks: usize) -> Dataset {
    let settings = MarketSettings {
        weeks,
        ..MarketSettings::default()
    };
    simulate(&settings).unwrap().dataset
}

/// Few replicates, and trees without tuning: how well they fit is not the question here.
fn quick(estimator: &str) -> Settings {
    let mut settings = settings_with(estimator);
    settings.bootstrap.replicates = Some(40);
    settings.validation.placebos = 0;
    settings.features.adstock.grid = vec![0.2, 0.6];
    if estimator == "boosting" {
        settings.bootstrap.replicates = Some(0);
        settings.features.adstock.decay = Decay::Fixed(0.3);
        for stage in [&mut settings.stages.mediator, &mut settings.stages.outcome] {
            if let EstimatorSettings::Boosting(boosting) = stage {
                boosting.rounds = Rounds::Fixed(30);
            }
        }
    }
    settings
}

fn fit(data: &Dataset, settings: &Settings) -> Result<Fit> {
    run(data, Vec::new(), settings, &Silent)
}

fn changed(data: &Dataset, change: impl Fn(&str, usize, f64) -> f64) -> Dataset {
    altered(data, |_| (), change).unwrap()
}

/// The data and more control columns.
fn with_controls(data: &Dataset, controls: Vec<(String, Vec<f64>)>) -> Dataset {
    let mut roles = data.roles().clone();
    let mut columns: indexmap::IndexMap<String, Arc<[f64]>> = data
        .columns()
        .map(|(name, values)| (name.to_string(), values.clone()))
        .collect();
    for (name, values) in controls {
        let control = Variable {
            role: Role::Control,
            direct: false,
            fill: Fill::SeasonalMedian,
            unit: Unit::Money,
        };
        roles.columns.insert(name.clone(), control);
        columns.insert(name, values.into());
    }
    Dataset::new(data.source().clone(), roles, data.weeks().to_vec(), columns).unwrap()
}

/// The error with its remedy.
#[track_caller]
fn refused(result: Result<Fit>) -> (Error, String) {
    let error = result.err().expect("an error");
    let help = error.help().expect("every error has a remedy").to_string();
    let text = format!("{error}\n{help}");
    assert!(!text.contains("NaN") && !help.is_empty(), "{text}");
    println!("{text}\n");
    (error, text)
}

#[test]
fn a_constant_mediator_or_exposure_is_refused_or_left_out_by_name() {
    let data = weeks(104);
    for estimator in ["ols", "ridge", "boosting"] {
        let constant = changed(
            &data,
            |name, _, v| if name == "google_spend" { 9.0 } else { v },
        );
        let (_, text) = refused(fit(&constant, &quick(estimator)));
        assert!(text.contains("google_spend"), "{text}");

        for value in [0.0, 500.0] {
            let constant = changed(
                &data,
                |name, _, v| if name == "tiktok_spend" { value } else { v },
            );
            let analysis = fit(&constant, &quick(estimator)).unwrap().analysis;
            assert_sound(&analysis);
            let left_out = finding(&analysis, "features.left_out");
            assert_eq!(left_out.status, Status::Warning);
            assert_eq!(left_out.evidence["exposures"][0], "tiktok_spend");
            // nothing was learned about it, so no number may be given, least of all 0
            let effects = analysis
                .effects
                .iter()
                .find(|e| e.channel == "tiktok_spend");
            let total = &effects.unwrap().total;
            assert_eq!(total.point, None, "{total:?}");
        }
    }
}

#[test]
fn a_constant_outcome_has_no_effects() {
    let data = weeks(104);
    let constant = changed(&data, |name, _, v| if name == "revenue" { 9.0 } else { v });
    for estimator in ["ols", "ridge"] {
        let analysis = fit(&constant, &quick(estimator)).unwrap().analysis;
        assert_sound(&analysis);
        assert_eq!(analysis.stages.outcome.in_sample.r2, None);
        for effects in &analysis.effects {
            // 104 weeks of 9, each good to a few ulp
            assert!(effects.total.point.unwrap().abs() < 1e-9, "{effects:?}");
        }
    }
}

#[test]
fn one_exposure_and_twelve_are_both_analysed() {
    for channels in [1, 12] {
        let market = MarketSettings {
            channels: (0..channels)
                .map(|j| Channel {
                    name: format!("channel{j}_spend"),
                    mediated: 0.3,
                    direct: 0.0,
                    decay: 0.4,
                    saturation: None,
                })
                .collect(),
            ..MarketSettings::default()
        };
        let data = simulate(&market).unwrap().dataset;
        for estimator in ["ols", "ridge", "boosting"] {
            let settings = quick(estimator);
            let analysis = fit(&data, &settings).unwrap().analysis;
            assert_eq!(analysis.effects.len(), channels);
            assert_sound(&analysis);
        }
    }
}

#[test]
fn the_only_exposure_cannot_have_a_direct_edge_unless_the_mediator_is_observed() {
    let mut market = MarketSettings::default();
    market.channels.truncate(1);
    let data = with_direct(&simulate(&market).unwrap().dataset, "facebook_spend");
    let mut settings = quick("ols");
    let (_, text) = refused(fit(&data, &settings));
    assert!(
        text.contains("direct") && text.contains("reading = \"observed\""),
        "{text}"
    );
    settings.mediation.reading = Reading::Observed;
    assert_sound(&fit(&data, &settings).unwrap().analysis);
}

#[test]
fn few_weeks_are_refused_or_analysed_with_a_warning() {
    for count in [8, 12, 16, 19, 20, 24, 30, 36, 40, 52] {
        let data = weeks(count);
        for estimator in ["ols", "ridge", "lasso", "boosting"] {
            let settings = quick(estimator);
            match fit(&data, &settings) {
                Ok(fit) => {
                    println!("{count} weeks, {estimator}: analysed");
                    assert_sound(&fit.analysis);
                    let short = finding(&fit.analysis, "validation.short_training");
                    assert_eq!(short.status, Status::Warning);
                }
                Err(error) => {
                    println!("{count} weeks, {estimator}: {error}");
                    assert!(count < 40 || estimator == "ols", "{error}");
                    assert!(
                        matches!(
                            error,
                            Error::TooFewWeeks { .. } | Error::RankDeficient { .. }
                        ),
                        "{error:?}"
                    );
                    assert!(error.help().is_some());
                }
            }
        }
    }
}

#[test]
fn ten_years_are_analysed() {
    let data = weeks(500);
    for estimator in ["ols", "ridge"] {
        assert_sound(&fit(&data, &quick(estimator)).unwrap().analysis);
    }
}

#[test]
fn more_control_columns_than_weeks_are_held_by_ridge_and_refused_by_least_squares() {
    let data = weeks(104);
    // the digits of a multiplicative congruence: no two columns alike
    let controls = (0..150u64).map(|j| {
        let mut state = j + 1;
        let values = (0..104).map(|_| {
            state = state * 48_271 % 2_147_483_647;
            state as f64 / 2_147_483_647.0
        });
        (format!("weather_{j}"), values.collect())
    });
    let wide = with_controls(&data, controls.collect());
    assert_sound(&fit(&wide, &quick("ridge")).unwrap().analysis);
    let (error, _) = refused(fit(&wide, &quick("ols")));
    assert!(matches!(error, Error::TooFewWeeks { .. }));
}

#[test]
fn a_mediator_of_zeros_in_most_weeks_is_analysed() {
    let data = weeks(104);
    let sparse = changed(&data, |name, t, v| {
        if name == "google_spend" && t % 3 != 0 {
            0.0
        } else {
            v
        }
    });
    for estimator in ["ols", "ridge", "boosting"] {
        let analysis = fit(&sparse, &quick(estimator)).unwrap().analysis;
        assert_sound(&analysis);
        let metrics = &analysis.stages.mediator.in_sample;
        assert_eq!(metrics.mape, None);
        assert_eq!(
            metrics.not_assessed["mape"],
            "the actual is near zero in 69 of 104 weeks"
        );
    }
}

/// Effects of the analysis, scaled: total and indirect by `outcome`, induced spend by `mediator`.
#[track_caller]
fn assert_scaled(
    base: &Analysis,
    scaled: &Analysis,
    (exposure, mediator, outcome): (f64, f64, f64),
    tolerance: f64,
) {
    let close = |before: Option<f64>, after: Option<f64>, factor: f64, what: &str| {
        let (Some(before), Some(after)) = (before, after) else {
            assert_eq!(before.is_some(), after.is_some(), "{what}");
            return;
        };
        let expected = before * factor;
        assert!(
            (after - expected).abs() <= tolerance * expected.abs(),
            "{what}: {after} is not {expected}, apart {:e}",
            (after / expected - 1.0).abs()
        );
    };
    for (a, b) in base.effects.iter().zip(&scaled.effects) {
        for (a, b, factor, what) in [
            (&a.total, &b.total, outcome, "total"),
            (&a.indirect, &b.indirect, outcome, "indirect"),
            (&a.direct, &b.direct, outcome, "direct"),
            (
                &a.induced_mediator_spend,
                &b.induced_mediator_spend,
                mediator,
                "induced",
            ),
            (&a.roas.gross, &b.roas.gross, outcome / exposure, "gross"),
            (
                &a.roas.marginal,
                &b.roas.marginal,
                outcome / exposure,
                "marginal",
            ),
        ] {
            close(a.point, b.point, factor, what);
            close(a.lower, b.lower, factor, what);
            close(a.upper, b.upper, factor, what);
        }
    }
    let [a, b] = [base, scaled].map(|analysis| {
        let stages = &analysis.stages;
        [
            stages.mediator.out_of_sample.pooled.r2,
            stages.outcome.out_of_sample.path.pooled.r2,
            stages.outcome.out_of_sample.conditional.pooled.r2,
        ]
    });
    for (a, b) in a.into_iter().zip(b) {
        close(a, b, 1.0, "r2");
    }
}

/// The data with exposures, mediator and outcome in other units.
fn in_units(data: &Dataset, (exposure, mediator, outcome): (f64, f64, f64)) -> Dataset {
    let roles = data.roles().clone();
    changed(data, |name, _, value| {
        value
            * match roles.columns[name].role {
                Role::Exposure => exposure,
                Role::Mediator => mediator,
                Role::Outcome => outcome,
                _ => 1.0,
            }
    })
}

#[test]
fn effects_follow_the_units_of_the_columns() {
    let data = with_direct(&weeks(104), "facebook_spend");
    for estimator in ["ols", "ridge"] {
        let base = fit(&data, &quick(estimator)).unwrap().analysis;
        for units in [
            (1.0, 1.0, 100.0),  // revenue in cents
            (1e-3, 1.0, 1.0),   // spend in thousands
            (1e-3, 1e-3, 1e-3), // everything in thousands
            (1e12, 1e12, 1e12), // a currency after an inflation
            (1e-6, 1e-6, 1e-6),
            (1.0, 1e12, 1e-6),
        ] {
            let scaled = fit(&in_units(&data, units), &quick(estimator))
                .unwrap()
                .analysis;
            println!("{estimator} {units:?}");
            // Scaling by a factor that is no power of two rounds every input by half an ulp;
            // condition numbers of a few thousand (columns are z-scored or equilibrated) and the
            // loss of a sum's digits leave 1e-9.
            assert_scaled(&base, &scaled, units, 1e-8);
        }
    }
}

#[test]
fn powers_of_two_scale_the_effects_of_trees_exactly() {
    let data = weeks(104);
    let settings = quick("boosting");
    let base = fit(&data, &settings).unwrap().analysis;
    // splits depend on the order of spend alone
    for units in [(1024.0, 1.0, 1.0), (2f64.powi(-20), 1.0, 1.0)] {
        let scaled = fit(&in_units(&data, units), &settings).unwrap().analysis;
        assert_scaled(&base, &scaled, units, 1e-12);
    }
}

#[test]
fn duplicated_columns_are_named_by_least_squares_and_shared_by_ridge() {
    let data = weeks(104);
    let price = data.column("avg_price").to_vec();
    let doubled = with_controls(&data, vec![("list_price".into(), price)]);
    let (error, text) = refused(fit(&doubled, &quick("ols")));
    let Error::RankDeficient { columns, .. } = error else {
        panic!("{text}");
    };
    assert_eq!(columns, ["list_price"]);
    assert_sound(&fit(&doubled, &quick("ridge")).unwrap().analysis);

    // two exposures that are one: no estimator can tell them apart
    let twins = changed(&data, |name, t, v| {
        if name == "tiktok_spend" {
            data.column("facebook_spend")[t]
        } else {
            v
        }
    });
    for estimator in ["ols", "ridge", "lasso"] {
        let (error, text) = refused(fit(&twins, &quick(estimator)));
        assert!(matches!(error, Error::RankDeficient { .. }), "{text}");
        assert!(text.contains("tiktok_spend"), "{text}");
    }
}

#[test]
fn a_week_without_revenue_has_no_logarithm_and_is_named() {
    let data = weeks(104);
    let closed = changed(
        &data,
        |name, t, v| if (name, t) == ("revenue", 17) { 0.0 } else { v },
    );
    for estimator in ["ridge", "boosting"] {
        let mut settings = quick(estimator);
        settings.mediation.link = Link::Log;
        let (_, text) = refused(fit(&closed, &settings));
        assert!(text.contains(&data.weeks()[17].to_string()), "{text}");
        assert!(text.contains("link = \"identity\""), "{text}");
    }
}

#[test]
fn without_replicates_there_are_points_and_the_reason_why_no_intervals() {
    let mut settings = quick("ols");
    settings.bootstrap.replicates = Some(0);
    let analysis = fit(&weeks(104), &settings).unwrap().analysis;
    assert_sound(&analysis);
    for effects in &analysis.effects {
        assert!(effects.indirect.point.is_some());
        assert_eq!(effects.indirect.interval(), None);
    }
    assert_eq!(
        finding(&analysis, "mediation.totals").status,
        Status::NotAssessed
    );
    for too_few in [1, 39] {
        settings.bootstrap.replicates = Some(too_few);
        let (_, text) = refused(fit(&weeks(104), &settings));
        assert!(text.contains(&format!("{too_few} replicates")), "{text}");
    }
}

#[test]
fn blocks_that_leave_hardly_any_resamples_are_refused() {
    let market = simulate(&MarketSettings::default()).unwrap();
    let mut settings = Settings::default();
    settings.bootstrap.block_length = headwater::effects::BlockLength::Weeks(60);
    let error = run(&market.dataset, Vec::new(), &settings, &Silent)
        .err()
        .unwrap();
    assert_eq!(
        error.to_string(),
        "[bootstrap] block_length = 60 leaves hardly any different resamples of 104 weeks"
    );
}

#[test]
fn effects_within_the_outcome_pass_and_points_inside_their_intervals_are_not_mentioned() {
    let market = simulate(&MarketSettings::default()).unwrap();
    let mut settings = Settings::default();
    settings.bootstrap.replicates = Some(100);
    let fit = run(&market.dataset, Vec::new(), &settings, &Silent).unwrap();
    let ids = |id: &str| {
        fit.analysis
            .findings
            .iter()
            .find(|finding| finding.id == id)
    };
    assert_eq!(
        ids("effects.larger_than_outcome").unwrap().status,
        Status::Passed
    );
    assert_eq!(ids("effects.point_outside_interval"), None);
    // At a level of a few percent some point must lie outside.
    settings.bootstrap.level = 0.02;
    let fit = run(&market.dataset, Vec::new(), &settings, &Silent).unwrap();
    let said = fit
        .analysis
        .findings
        .iter()
        .find(|f| f.id == "effects.point_outside_interval");
    assert_eq!(said.unwrap().status, Status::Warning);
}
