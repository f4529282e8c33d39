//! What `headwater compare` prints: scores side by side, then where the estimators agree.

use headwater::analysis::{Agree, Agreement, CompareScores, Comparison};
use headwater::finding::Status;
use headwater::validation::metrics::Metrics;

use crate::number::{NOTHING, amount, percent, ratio};
use crate::summary::mark;
use crate::terminal::findings::findings;
use crate::terminal::style::Style;
use crate::terminal::table::{Align, Footnotes, table};

/// The screen of a comparison.
pub fn comparison_screen(comparison: &Comparison, style: Style) -> String {
    let mut text = String::new();
    if let Some(data) = &comparison.data {
        text += &style.strong(&style.paragraph(
            0,
            &format!(
                "{}: {} weeks, {} to {}",
                data.source, data.weeks, data.first_week, data.last_week
            ),
        ));
    }
    text += &style.heading("The answer");
    let own = comparison
        .findings
        .iter()
        .filter(|finding| finding.id.starts_with("compare."));
    for finding in own.clone() {
        let said = style.hanging("  X ", 4, &format!("{}.", finding.summary));
        let sign = style.status(finding.status, mark(finding.status));
        text += &said.replacen('X', &sign, 1);
    }
    text += &accuracy(comparison, &style);
    text += &effects(comparison, &style);
    let others: Vec<_> = comparison
        .findings
        .iter()
        .filter(|finding| !finding.id.starts_with("compare."))
        .collect();
    if !others.is_empty() {
        text += &style.heading("Checks of the data");
        text += &findings(&style, others);
    }
    text
}

/// Scores in weeks that no estimator had seen, and the estimators that could not be fitted.
fn accuracy(comparison: &Comparison, style: &Style) -> String {
    let mut notes = Footnotes::default();
    let mut rows: Vec<Vec<String>> = comparison
        .estimators
        .iter()
        .map(|one| match (&one.scores, &one.why) {
            (Some(scores), _) => score_row(&one.name, scores),
            (None, why) => {
                let mark = notes.mark(why.as_deref().unwrap_or("not fitted"));
                let mut row = vec![one.name.clone(), format!("{NOTHING} {mark}")];
                row.resize(8, NOTHING.into());
                row
            }
        })
        .collect();
    if let Some(naive) = &comparison.naive {
        let error = |write: fn(&Metrics) -> String| write(&naive.metrics);
        rows.push(vec![
            format!("naive: {}", naive.name),
            error(|metrics| optional(metrics.r2, ratio)),
            error(|metrics| amount(metrics.rmse)),
            ratio(0.0),
            error(|metrics| optional(metrics.r2, ratio)),
            error(|metrics| amount(metrics.rmse)),
            ratio(0.0),
            String::new(),
        ]);
    }
    let folds = match comparison.folds {
        1 => "1 fold".to_owned(),
        folds => format!("the same {folds} folds"),
    };
    let shrunken: Vec<&str> = comparison
        .estimators
        .iter()
        .filter(|one| one.shrunken)
        .map(|one| one.name.as_str())
        .collect();
    let mut legend = format!(
        "Path: {} predicted from spend, what a plan can know. Known: {} as it was. Skill: the share \
         of the best naive forecast's squared error that is removed; below 0 it is worse than no \
         model. Effect ±: half the interval of a channel's total effect over the effect, the \
         median channel; less is more stable.",
        comparison.mediator, comparison.mediator
    );
    if !shrunken.is_empty() {
        legend += &format!(
            " Effects by {} are shrunk: the intervals show stability, not coverage.",
            shrunken.join(", ")
        );
    }
    style.heading(&format!("Forecasts of {}", comparison.outcome))
        + &style.dim(&style.paragraph(
            2,
            &format!(
                "Pooled over {} weeks of {folds} that no estimator had seen.",
                comparison.scored_weeks
            ),
        ))
        + &table(
            style,
            &[
                ("", Align::Left),
                ("path R2", Align::Right),
                ("RMSE", Align::Right),
                ("skill", Align::Right),
                ("known R2", Align::Right),
                ("RMSE", Align::Right),
                ("skill", Align::Right),
                ("effect ±", Align::Right),
            ],
            rows,
        )
        + &notes.list(style)
        + &style.dim(&style.paragraph(2, &legend))
}

fn optional(value: Option<f64>, write: fn(f64) -> String) -> String {
    value.map_or(NOTHING.into(), write)
}

fn score_row(name: &str, scores: &CompareScores) -> Vec<String> {
    let conditional = scores.conditional.as_ref();
    vec![
        name.into(),
        optional(scores.path.r2, ratio),
        amount(scores.path.rmse),
        optional(scores.path_skill, ratio),
        optional(conditional.and_then(|metrics| metrics.r2), ratio),
        optional(conditional.map(|metrics| metrics.rmse), amount),
        optional(scores.conditional_skill, ratio),
        optional(scores.effect_half_width, percent),
    ]
}

/// Each channel by each estimator, and whether they agree.
fn effects(comparison: &Comparison, style: &Style) -> String {
    if comparison.channels.is_empty() {
        return String::new();
    }
    let mut rows = Vec::new();
    for channel in &comparison.channels {
        for (at, effect) in channel.effects.iter().enumerate() {
            let interval = |write: fn(f64) -> String, estimate: &headwater::estimate::Estimate| {
                estimate.interval().map_or(NOTHING.into(), |interval| {
                    format!("{} to {}", write(interval.lower), write(interval.upper))
                })
            };
            rows.push(vec![
                if at == 0 {
                    channel.channel.clone()
                } else {
                    String::new()
                },
                effect.name.clone(),
                optional(effect.total.point, amount),
                interval(amount, &effect.total),
                optional(effect.gross.point, ratio),
                interval(ratio, &effect.gross),
            ]);
        }
    }
    let mut text = style.heading(&format!("Total effects on {}", comparison.outcome));
    text += &table(
        style,
        &[
            ("channel", Align::Left),
            ("by", Align::Left),
            ("total", Align::Right),
            ("interval", Align::Right),
            ("gross ROAS", Align::Right),
            ("interval", Align::Right),
        ],
        rows,
    );
    text.push('\n');
    for channel in &comparison.channels {
        let (status, said) = agreement(channel);
        let line = style.hanging("  X ", 4, &format!("{}: {said}", channel.channel));
        text += &line.replacen('X', &style.status(status, mark(status)), 1);
    }
    text
}

fn agreement(channel: &Agreement) -> (Status, String) {
    let shared = channel.shared.map_or(String::new(), |shared| {
        let zero = if shared.contains(0.0) {
            ", 0 among them"
        } else {
            ""
        };
        format!("{} to {}{zero}", amount(shared.lower), amount(shared.upper))
    });
    match channel.verdict {
        Agree::Agree => (
            Status::Passed,
            format!("same sign, and all intervals share {shared}"),
        ),
        Agree::SignsDiffer => (
            Status::Warning,
            format!("the points differ in sign, but all intervals share {shared}"),
        ),
        Agree::Apart => (
            Status::Warning,
            "no value lies in all intervals: the answer hangs on the choice of estimator".into(),
        ),
        Agree::NotAssessed => (
            Status::NotAssessed,
            "fewer than two intervals to compare".into(),
        ),
    }
}
