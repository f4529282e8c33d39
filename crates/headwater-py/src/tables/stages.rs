//! The two stages: what was learned of each column, and how well they forecast.

use headwater::analysis::{Analysis, Importances};
use headwater::validation::cross_validation::OutOfSample;
use headwater::validation::metrics::Metrics;
use serde::{Deserialize, Serialize};

use crate::frame::Frame;

/// What a stage learned of a column: a coefficient in the unit of the target per unit of the column for
/// linear stages; weight, gain, cover and mean absolute SHAP value for trees.
#[derive(Serialize, Deserialize)]
struct TermRow {
    stage: String,
    target: String,
    term: String,
    coefficient: Option<f64>,
    weight: Option<f64>,
    gain: Option<f64>,
    cover: Option<f64>,
    shap: Option<f64>,
}

/// A row for each column of each stage.
pub fn coefficients(analysis: &Analysis) -> Frame {
    let (mediator, outcome) = (&analysis.stages.mediator, &analysis.stages.outcome);
    let stages = [
        ("mediator", &mediator.target, &mediator.terms),
        ("outcome", &outcome.target, &outcome.terms),
    ];
    let rows = stages.into_iter().flat_map(|(stage, target, terms)| {
        terms.iter().map(|term| TermRow {
            stage: stage.into(),
            target: target.clone(),
            term: term.name.clone(),
            coefficient: term.coefficient,
            weight: term.weight,
            gain: term.gain,
            cover: term.cover,
            shap: term.shap,
        })
    });
    Frame::of(&rows.collect::<Vec<_>>())
}

/// How much a column counts in a stage.
#[derive(Serialize, Deserialize)]
struct ImportanceRow {
    stage: String,
    term: String,
    causal: bool,
    importance: f64,
}

/// A row for each column of each stage, the weightiest first.
pub fn importances(importances: &Importances) -> Frame {
    let stages = [
        ("mediator", &importances.mediator),
        ("outcome", &importances.outcome),
    ];
    let rows = stages.into_iter().flat_map(|(stage, importances)| {
        importances.columns.iter().map(|column| ImportanceRow {
            stage: stage.into(),
            term: column.column.clone(),
            causal: column.causal,
            importance: column.importance,
        })
    });
    Frame::of(&rows.collect::<Vec<_>>())
}

/// A stage scored on some weeks; shares, but RMSE and MAE in the unit of the target.
#[derive(Serialize, Deserialize)]
struct ScoreRow {
    target: String,
    of: String,
    weeks: i64,
    r2: Option<f64>,
    rmse: f64,
    mae: f64,
    wmape: Option<f64>,
    mape: Option<f64>,
    mase: Option<f64>,
    skill: Option<f64>,
}

/// A row for each way of scoring each stage: in sample, and on weeks that it had not seen.
pub fn scores(analysis: &Analysis) -> Frame {
    let row = |target: &str, of: &str, metrics: &Metrics, skill: Option<f64>| ScoreRow {
        target: target.into(),
        of: of.into(),
        weeks: metrics.weeks as i64,
        r2: metrics.r2,
        rmse: metrics.rmse,
        mae: metrics.mae,
        wmape: metrics.wmape,
        mape: metrics.mape,
        mase: metrics.mase,
        skill,
    };
    let unseen = |target: &str, of: &str, scores: &OutOfSample| {
        row(target, of, &scores.pooled, scores.skill())
    };
    let (mediator, outcome) = (&analysis.stages.mediator, &analysis.stages.outcome);
    let (path, conditional) = (
        &outcome.out_of_sample.path,
        &outcome.out_of_sample.conditional,
    );
    Frame::of(&[
        unseen(&mediator.target, "out of sample", &mediator.out_of_sample),
        unseen(&outcome.target, "out of sample, mediator predicted", path),
        unseen(
            &outcome.target,
            "out of sample, mediator observed",
            conditional,
        ),
        row(&mediator.target, "in sample", &mediator.in_sample, None),
        row(&outcome.target, "in sample", &outcome.in_sample, None),
    ])
}
