//! What must hold exactly, whatever the data.

use std::sync::Arc;

use headwater::analysis::{Settings, run};
use headwater::data::Dataset;
use headwater::effects::{Contrasts, Decomposition, SMOOTH_STEP};
use headwater::error::Error;
use headwater::estimators::EstimatorSettings;
use headwater::features::{AdstockSettings, Decay};
use headwater::finding::Status;
use headwater::mediation::{FittedMediation, Link, Prepared, Reading};
use headwater::numeric::least_squares::least_squares;
use headwater::progress::Silent;
use headwater::simulate::{MarketSettings, simulate};

use crate::common::assert_close;

fn market(weeks: usize, seed: u64) -> Dataset {
    simulate(&MarketSettings {
        weeks,
        seed,
        confounding: 0.4,
        ..MarketSettings::default()
    })
    .unwrap()
    .dataset
}

fn fit(data: &Dataset, settings: &Settings) -> Result<FittedMediation, Error> {
    let prepared = Arc::new(Prepared::new(data, &settings.features, 0..data.len())?);
    let weights = vec![1.0; data.len()];
    settings
        .model()
        .fit(&prepared, &prepared.mediator, &prepared.outcome, &weights)
}

fn settings(estimator: &str, reading: Reading) -> Settings {
    let mut settings = Settings::default();
    settings.stages.mediator = EstimatorSettings::named(estimator).unwrap();
    settings.stages.outcome = EstimatorSettings::named(estimator).unwrap();
    settings.mediation.reading = reading;
    settings.features.adstock = AdstockSettings {
        decay: Decay::Fixed(0.3),
        ..AdstockSettings::default()
    };
    settings
}

const ESTIMATORS: [&str; 5] = ["ols", "ridge", "lasso", "elastic_net", "boosting"];
const READINGS: [Reading; 3] = [Reading::TwoSlope, Reading::Predicted, Reading::Observed];

#[test]
fn an_unchanged_path_gives_the_data_back() {
    let data = market(104, 1);
    for estimator in ESTIMATORS {
        for reading in READINGS {
            for link in [Link::Identity, Link::Log] {
                let mut settings = settings(estimator, reading);
                settings.mediation.link = link;
                let model = fit(&data, &settings).unwrap();
                let observed = &model.prepared().observed;
                let world = model.potential_outcome(observed, observed).unwrap();
                for t in 0..data.len() {
                    assert_close(world.mediator[t], data.mediator()[t], 0.0);
                    // ln and exp each cost an ulp or two of the value
                    assert_close(world.outcome[t] / data.outcome()[t], 1.0, 1e-14);
                }
            }
        }
    }
}

#[test]
fn a_drawn_edge_gives_a_direct_effect_and_no_edge_gives_none() {
    let mut data_settings = MarketSettings {
        seed: 2,
        ..MarketSettings::default()
    };
    data_settings.channels[0].direct = 0.5;
    let data = simulate(&data_settings).unwrap().dataset;
    for estimator in ESTIMATORS {
        let model = fit(
            &with_direct(&data, &["facebook_spend"]),
            &settings(estimator, Reading::TwoSlope),
        )
        .unwrap();
        let effect = Decomposition::of(&model, "facebook_spend", SMOOTH_STEP).unwrap();
        assert!(
            effect.direct != 0.0,
            "{estimator} found no direct effect where there is one"
        );
        assert_close((effect.direct + effect.indirect) / effect.total, 1.0, 1e-9);
        let other = Decomposition::of(&model, "tiktok_spend", SMOOTH_STEP).unwrap();
        assert_eq!(
            other.direct, 0.0,
            "{estimator}: a channel without an edge has no direct effect"
        );
    }
}

#[test]
fn the_two_slopes_are_two_stage_least_squares_and_ordinary_least_squares() {
    let data = market(156, 3);
    let model = fit(&data, &settings("ols", Reading::TwoSlope)).unwrap();
    let (stage, design) = model.outcome_stage();
    let terms = stage.terms(&design).unwrap();
    let slope = |name: &str| {
        terms
            .iter()
            .find(|term| term.name == name)
            .and_then(|term| term.coefficient)
            .unwrap()
    };
    let (_, first) = model.mediator_stage();
    let controls: Vec<&[f64]> = design.columns()[2..]
        .iter()
        .map(|column| &*column.values)
        .collect();
    let exposures: Vec<&[f64]> = first.columns()[..4]
        .iter()
        .map(|column| &*column.values)
        .collect();
    let (m, y) = (data.mediator(), data.outcome());
    let ones = vec![1.0; data.len()];
    let residual = |target: &[f64], on: &[&[f64]]| -> Vec<f64> {
        let fit = least_squares(on, target, &ones, true).unwrap();
        (0..target.len())
            .map(|t| {
                target[t]
                    - fit.intercept.unwrap()
                    - fit
                        .coefficients
                        .iter()
                        .zip(on)
                        .map(|(b, x)| b * x[t])
                        .sum::<f64>()
            })
            .collect()
    };

    // 2SLS by its ratio: instruments' part of M against Y, controls partialled out.
    let all: Vec<&[f64]> = exposures.iter().chain(&controls).copied().collect();
    let unexplained = residual(m, &all);
    let predicted: Vec<f64> = m.iter().zip(&unexplained).map(|(m, e)| m - e).collect();
    let instrument = residual(&predicted, &controls);
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    assert_close(
        slope("google_spend (induced)"),
        dot(&instrument, y) / dot(&instrument, m),
        1e-8,
    );

    // OLS of Y on M, S and W.
    let mut columns: Vec<&[f64]> = vec![m];
    columns.extend(&all);
    let ordinary = least_squares(&columns, y, &ones, true)
        .unwrap()
        .coefficients[0];
    assert_close(slope("google_spend (autonomous)"), ordinary, 1e-8);
}

#[test]
fn linear_effects_equal_the_product_of_slopes() {
    let data = market(104, 4);
    let model = fit(&data, &settings("ols", Reading::TwoSlope)).unwrap();
    let (first, first_design) = model.mediator_stage();
    let (second, second_design) = model.outcome_stage();
    let a = first.terms(&first_design).unwrap();
    let a = a
        .iter()
        .find(|term| term.name == "tiktok_spend")
        .and_then(|term| term.coefficient)
        .unwrap();
    let b = second.terms(&second_design).unwrap();
    let b = b
        .iter()
        .find(|term| term.name.contains("induced"))
        .and_then(|term| term.coefficient)
        .unwrap();
    let adstocked: f64 = first_design
        .column("tiktok_spend")
        .unwrap()
        .values
        .iter()
        .sum();
    let effect = Decomposition::of(&model, "tiktok_spend", SMOOTH_STEP).unwrap();
    assert_eq!(effect.clamped, 0);
    assert_close(effect.total / (a * b * adstocked), 1.0, 1e-9);
    assert_close(effect.induced_mediator / (a * adstocked), 1.0, 1e-9);
    // linear: the marginal return is the average one
    assert_close(effect.marginal / effect.total, 1.0, 1e-7);
    // who asks for no marginal return gets the rest
    let channel = std::iter::once("tiktok_spend");
    let unasked = Contrasts::of(model.prepared(), channel, None);
    let unasked = unasked.decompose(&model).unwrap()[0];
    assert!(unasked.marginal.is_nan());
    let marginal = effect.marginal;
    assert_eq!(
        Decomposition {
            marginal,
            ..unasked
        },
        effect
    );
}

#[test]
fn under_full_mediation_the_loaded_return_is_below_that_of_a_search_dollar() {
    // methods brief, 1.4: gross = kappa B, loaded = B kappa / (1 + kappa) < B
    let data = market(104, 5);
    let model = fit(&data, &settings("ols", Reading::TwoSlope)).unwrap();
    let (second, design) = model.outcome_stage();
    let terms = second.terms(&design).unwrap();
    let b = terms
        .iter()
        .find(|term| term.name.contains("induced"))
        .and_then(|term| term.coefficient)
        .unwrap();
    for channel in data.roles().exposures() {
        let effect = Decomposition::of(&model, channel, SMOOTH_STEP).unwrap();
        let spend: f64 = data.column(channel).iter().sum();
        let kappa = effect.induced_mediator / spend;
        assert_close(effect.total / spend, kappa * b, 1e-8);
        assert!(effect.total / (spend + effect.induced_mediator) < b);
    }
}

#[test]
fn direct_edges_for_every_exposure_are_refused_where_nothing_identifies_the_path() {
    let data = market(104, 6);
    let all = with_direct(&data, &data.roles().exposures());
    let error = fit(&all, &settings("ols", Reading::TwoSlope))
        .err()
        .unwrap();
    assert!(
        error
            .to_string()
            .starts_with("each of the 4 exposures that vary"),
        "{error}"
    );
    assert!(fit(&all, &settings("ols", Reading::Observed)).is_ok());
}

fn with_direct(data: &Dataset, channels: &[&str]) -> Dataset {
    let mut roles = data.roles().clone();
    for channel in channels {
        roles.columns[*channel].direct = true;
    }
    let columns = data
        .columns()
        .map(|(name, values)| (name.to_string(), values.clone()))
        .collect();
    Dataset::new(data.source().clone(), roles, data.weeks().to_vec(), columns).unwrap()
}

#[test]
fn a_drawn_channel_lends_the_path_no_strength() {
    // Facebook alone moves search, and its direct edge is drawn: nothing is left that moves the
    // mediator and not the outcome, however strong the first stage looks.
    let mut settings = MarketSettings {
        seed: 9,
        confounding: 0.6,
        ..MarketSettings::default()
    };
    for channel in &mut settings.channels[1..] {
        channel.mediated = 0.0;
    }
    let data = simulate(&settings).unwrap().dataset;
    let found = |data: &Dataset| {
        let mut settings = Settings::default();
        settings.bootstrap.replicates = Some(40);
        settings.validation.placebos = 0;
        let fit = run(data, Vec::new(), &settings, &Silent).unwrap();
        fit.analysis
            .findings
            .into_iter()
            .find(|finding| finding.id == "mediation.strength")
            .unwrap()
    };
    assert!(found(&data).evidence["f_hac"].as_f64().unwrap() > 10.0);
    let drawn = found(&with_direct(&data, &["facebook_spend"]));
    assert_eq!(drawn.evidence["instruments"], 3);
    assert!(
        drawn.evidence["f_hac"].as_f64().unwrap() < 10.0,
        "{drawn:?}"
    );
    assert!(drawn.status > Status::Passed, "{drawn:?}");
    assert!(
        drawn
            .summary
            .starts_with("the exposures without a drawn edge explain"),
        "{drawn:?}"
    );
}
