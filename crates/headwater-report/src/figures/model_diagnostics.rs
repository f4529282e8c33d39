//! How well the model fits and forecasts, on one page.

use headwater::analysis::Analysis;
use headwater::analysis::views::{FittedWeeks, Residuals, StageWeeks};
use headwater::validation::metrics::Metrics;

use super::actual_predicted::{errors, forecast_claim, learned, source};
use super::panel::places;
use super::weekly::{amounts, line, measured};
use super::{Axis, Content, Figure, Ink, Mark, NumberFormat, Panel, Shape};
use crate::number::{amount, ratio};

/// The outcome as forecast beside what happened, what was left unexplained week by week, the error of
/// each fold beside a naive forecast, and the variance explained in and out of sample.
pub fn model_diagnostics(
    weeks: &FittedWeeks,
    residuals: &Residuals,
    analysis: &Analysis,
) -> Figure {
    let outcome = &weeks.outcome;
    let path = &analysis.stages.outcome.out_of_sample.path;
    Figure {
        id: "model_diagnostics".into(),
        title: claim(analysis),
        caption: format!(
            "{}. {} {} {} In sample the model has seen the answers: a high R² there and a low one out of sample \
             is a model that does not carry over to new weeks. {}",
            forecast_claim(analysis),
            learned(weeks),
            errors(&outcome.target, path),
            explained(analysis),
            source(analysis)
        ),
        alt: format!(
            "Four views of the model of {}: forecast against actual, residuals over time, error by fold beside a \
             naive forecast, and R² of both stages in and out of sample. {}",
            outcome.target,
            explained(analysis)
        ),
        width: 1100.0,
        height: 920.0,
        content: Content::Panels {
            columns: 2,
            panels: vec![
                scatter(weeks, outcome),
                left_over(residuals),
                by_fold(weeks, outcome),
                r_squared(analysis),
            ],
        },
    }
}

/// How far the fit carries over to new weeks: both scores, none without the other.
fn claim(analysis: &Analysis) -> String {
    let stage = &analysis.stages.outcome;
    let path = &stage.out_of_sample.path.pooled;
    match (stage.in_sample.r2, path.r2) {
        (Some(within), Some(beyond)) => format!(
            "R² of {}: {} over weeks that the model learned from, {} forecasting unseen weeks from the exposures alone",
            stage.target,
            ratio(within),
            ratio(beyond)
        ),
        _ => forecast_claim(analysis),
    }
}

/// R² of the outcome in and out of sample, in one sentence.
fn explained(analysis: &Analysis) -> String {
    let stage = &analysis.stages.outcome;
    let said = |metrics: &Metrics| metrics.r2.map_or("not assessed".into(), ratio);
    format!(
        "R² of {}: {} in sample, {} out of sample from the exposures alone, {} out of sample with {} as observed.",
        stage.target,
        said(&stage.in_sample),
        said(&stage.out_of_sample.path.pooled),
        said(&stage.out_of_sample.conditional.pooled),
        analysis.stages.mediator.target
    )
}

/// Actual values over what was predicted for them, with the line on which both are the same.
fn scatter(weeks: &FittedWeeks, stage: &StageWeeks) -> Panel {
    let mut ends = stage.actual.clone();
    ends.sort_by(f64::total_cmp);
    let mut marks = vec![
        Mark::Line {
            name: "predicted as it happened".into(),
            y: ends.iter().copied().map(Some).collect(),
            x: ends,
            ink: Ink::Actual,
            dashed: true,
        },
        points(
            "in sample",
            &stage.in_sample,
            &stage.actual,
            (Ink::Quiet, Shape::Ring),
        ),
    ];
    for (nth, (fold, made)) in weeks.folds.iter().zip(&stage.forecasts).enumerate() {
        let name = if nth == 0 {
            "forecast of unseen weeks"
        } else {
            ""
        };
        let actual = &stage.actual[fold.first..=fold.last];
        marks.push(points(
            name,
            &made.forecast,
            actual,
            (Ink::Model, Shape::Circle),
        ));
    }
    let measured = measured(&stage.target, stage.unit);
    Panel::new(
        amounts(format!("predicted {measured}, a week")),
        amounts(format!("actual {measured}, a week")),
        marks,
    )
    .titled("Predicted and actual, a point a week")
}

fn points(name: &str, x: &[f64], y: &[f64], (ink, shape): (Ink, Shape)) -> Mark {
    Mark::Points {
        name: name.into(),
        x: x.to_vec(),
        y: y.iter().copied().map(Some).collect(),
        whiskers: Vec::new(),
        labels: Vec::new(),
        ink,
        shape,
        lying: false,
    }
}

fn left_over(residuals: &Residuals) -> Panel {
    let stage = &residuals.outcome;
    let zero = Mark::Reference {
        label: String::new(),
        at: 0.0,
        upright: false,
        ink: Ink::Actual,
        dashed: true,
    };
    let y = format!(
        "actual minus fitted, {}",
        measured(&stage.target, stage.unit)
    );
    Panel::new(
        Axis::weeks(&residuals.weeks),
        amounts(y),
        vec![zero, line("in sample", &stage.residual, Ink::Quiet)],
    )
    .titled("What the fit leaves unexplained, by week")
}

/// The error of each fold beside that of the naive forecast.
fn by_fold(weeks: &FittedWeeks, stage: &StageWeeks) -> Panel {
    let bars = |name: String, rmse: Vec<Option<f64>>, ink: Ink| Mark::Bars {
        name,
        at: places(rmse.len()),
        base: Vec::new(),
        labels: rmse
            .iter()
            .map(|rmse| rmse.map_or(String::new(), amount))
            .collect(),
        length: rmse,
        whiskers: Vec::new(),
        ink,
        lying: false,
        stack: None,
        width: 0.8,
    };
    let made = || stage.forecasts.iter();
    let own = made().map(|made| Some(made.rmse)).collect();
    let mut marks = vec![bars("forecast of unseen weeks".into(), own, Ink::Model)];
    if let Some(naive) = &stage.naive {
        let theirs = made().map(|made| made.naive_rmse).collect();
        marks.push(bars(format!("naive: {naive}"), theirs, Ink::Doubt));
    }
    let x = Axis::categories((1..=weeks.folds.len()).map(|nth| format!("fold {nth}")));
    let y = format!("RMSE, {}", measured(&stage.target, stage.unit));
    Panel::new(x, Axis::numbers(y, NumberFormat::Amount), marks)
        .titled("Error by fold, beside the best naive forecast")
}

/// R² of both stages, in and out of sample.
fn r_squared(analysis: &Analysis) -> Panel {
    let (mediator, outcome) = (&analysis.stages.mediator, &analysis.stages.outcome);
    let names = [
        mediator.target.clone(),
        format!("{}, {} known", outcome.target, mediator.target),
        format!("{}, exposures alone", outcome.target),
    ];
    let out_of_sample = &outcome.out_of_sample;
    // a fit from the exposures alone has no in-sample score: the stage reads the observed mediator
    let within = vec![mediator.in_sample.r2, outcome.in_sample.r2, None];
    let beyond = vec![
        mediator.out_of_sample.pooled.r2,
        out_of_sample.conditional.pooled.r2,
        out_of_sample.path.pooled.r2,
    ];
    let bars = |name: &str, r2: Vec<Option<f64>>, ink: Ink| Mark::Bars {
        name: name.into(),
        at: places(r2.len()),
        base: Vec::new(),
        labels: r2
            .iter()
            .map(|r2| r2.map_or(String::new(), ratio))
            .collect(),
        length: r2,
        whiskers: Vec::new(),
        ink,
        lying: false,
        stack: None,
        width: 0.7,
    };
    Panel::new(
        Axis::categories(names),
        Axis::numbers("R², share of variance explained", NumberFormat::Ratio),
        vec![
            bars("in sample", within, Ink::Quiet),
            bars("forecast of unseen weeks", beyond, Ink::Model),
        ],
    )
    .titled("Variance explained, in and out of sample")
}
