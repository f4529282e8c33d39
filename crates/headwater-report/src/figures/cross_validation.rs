//! Errors in weeks that the model had not seen, fold by fold.

use headwater::analysis::Analysis;
use headwater::validation::cross_validation::OutOfSample;

use super::panel::places;
use super::{Axis, Content, Figure, Ink, Mark, NumberFormat, Panel, claim};
use crate::number::amount;
use crate::terminal::answer::FORECAST;

/// The error of every fold in both stages, beside the best naive forecast of the same weeks.
pub fn cross_validation(analysis: &Analysis) -> Figure {
    let (mediator, outcome) = (&analysis.stages.mediator, &analysis.stages.outcome);
    let stages = [
        (
            &outcome.target,
            "from the exposures",
            &outcome.out_of_sample.path,
        ),
        (
            &mediator.target,
            "from the exposures",
            &mediator.out_of_sample,
        ),
    ];
    let mut findings = analysis.findings.iter();
    let skill = findings.find(|finding| finding.id == FORECAST);
    let said: Vec<String> = stages
        .iter()
        .map(|(target, _, scores)| {
            let naive = scores.naive.best();
            let naive = naive.map_or("no naive forecast".into(), |(name, metrics)| {
                format!("{} ({name})", amount(metrics.rmse))
            });
            format!(
                "{target}: error {} against {naive}",
                amount(scores.pooled.rmse)
            )
        })
        .collect();
    Figure {
        id: "cross_validation".into(),
        title: match skill {
            Some(finding) => claim::title(analysis, &finding.summary),
            None => format!("Forecasts of {}: not assessed", outcome.target),
        },
        caption: format!(
            "Root mean squared error of forecasts of weeks that the model had not seen: a bar a fold, lines for all \
             folds together and for the best naive forecast of the same weeks. Lower is better. Says nothing of an \
             effect. {}",
            claim::rests_on(analysis)
        ),
        alt: format!("Bars of forecast errors by fold. {}.", said.join("; ")),
        width: 1100.0,
        height: 520.0,
        content: Content::Panels {
            columns: 2,
            panels: stages
                .into_iter()
                .map(|(target, how, scores)| panel(analysis, target, how, scores))
                .collect(),
        },
    }
}

fn panel(analysis: &Analysis, target: &str, how: &str, scores: &OutOfSample) -> Panel {
    let folds = scores.folds.iter();
    let mut marks = vec![Mark::Bars {
        name: "the model, by fold".into(),
        at: places(scores.folds.len()),
        base: Vec::new(),
        length: folds.clone().map(|fold| Some(fold.metrics.rmse)).collect(),
        whiskers: Vec::new(),
        labels: folds
            .clone()
            .map(|fold| amount(fold.metrics.rmse))
            .collect(),
        ink: Ink::Model,
        lying: false,
        stack: None,
        width: 0.6,
    }];
    let line = |label: String, at: f64, ink: Ink| Mark::Reference {
        label,
        at,
        upright: false,
        ink,
        dashed: true,
    };
    let pooled = scores.pooled.rmse;
    marks.push(line(
        format!("the model {}", amount(pooled)),
        pooled,
        Ink::Model,
    ));
    if let Some((name, metrics)) = scores.naive.best() {
        let label = format!("{name} {}", amount(metrics.rmse));
        marks.push(line(label, metrics.rmse, Ink::Bad));
    }
    let x = Axis {
        title: "first test week of the fold".into(),
        ..Axis::categories(folds.map(|fold| fold.test_first.as_str()))
    };
    let y = Axis::numbers(
        format!("error, {} a week", claim::measured(analysis, target)),
        NumberFormat::Amount,
    );
    Panel::new(x, y, marks).titled(format!("{target} {how}"))
}
