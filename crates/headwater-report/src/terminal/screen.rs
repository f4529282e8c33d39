//! The one screen of a fit: the answer in words, then the numbers behind it, then what they
//! rest on.

use headwater::analysis::Analysis;
use headwater::validation::cross_validation::OutOfSample;
use headwater::validation::metrics::Metrics;

use crate::number::{NOTHING, amount, percent, ratio};
use crate::summary::{FORECAST, PATH};
use crate::terminal::answer::answer;
use crate::terminal::assumptions::assumptions;
use crate::terminal::effects::effects;
use crate::terminal::findings::findings_of_fit;
use crate::terminal::sensitivity::sensitivity;
use crate::terminal::style::Style;
use crate::terminal::table::{Align, Table};

/// What the analysis itself does not know: where it lies and how to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunInfo {
    /// The run directory as the user would type it, or what else holds the run.
    pub directory: String,
    /// What shows every check with its figure.
    pub checks: String,
    /// What says what a check means.
    pub meaning: String,
    /// What to do next, one sentence or command each; may be empty.
    pub next: Vec<String>,
}

impl RunInfo {
    /// A run in a directory, to which commands are put.
    pub fn of_directory(directory: &str, next: Vec<String>) -> Self {
        RunInfo {
            directory: directory.into(),
            checks: format!("headwater validate {directory}"),
            meaning: "headwater explain ID".into(),
            next,
        }
    }
}

/// The screen that `headwater fit` prints.
///
/// Nothing in it is computed here: a sentence repeats a finding, an estimate or a
/// comparison that the analysis holds.
///
/// ```
/// use headwater::analysis::{Settings, run};
/// use headwater::progress::Silent;
/// use headwater::simulate::{MarketSettings, simulate};
/// use headwater_report::{RunInfo, Style, screen};
///
/// let market = simulate(&MarketSettings::default())?;
/// let mut settings = Settings::default();
/// settings.bootstrap.replicates = Some(40);
/// let fit = run(&market.dataset, Vec::new(), &settings, &Silent)?;
/// let place = RunInfo::of_directory("market-run", Vec::new());
/// let text = screen(&fit.analysis, &place, Style::new(false, 80));
/// assert!(text.contains("THE ANSWER"));
/// assert!(text.lines().all(|line| line.chars().count() <= 80));
/// # Ok::<(), headwater::error::Error>(())
/// ```
pub fn screen(analysis: &Analysis, run: &RunInfo, style: Style) -> String {
    let mut text = title(analysis, &style);
    text += &answer(analysis, &style);
    text += &accuracy(analysis, &style);
    text += &effects(analysis, &style);
    text += &assumptions(analysis, &style);
    if let Some(found) = &analysis.sensitivity {
        text += &sensitivity(&style, found, &analysis.stages.mediator.target);
    }
    text += &style.heading("Checks");
    // Those that the answer has said in full are not said twice.
    let said = analysis.findings.iter();
    let said: Vec<_> = said
        .filter(|finding| [FORECAST, PATH].contains(&finding.id.as_str()))
        .collect();
    let others = analysis.findings.iter();
    let others = others.filter(|other| !said.iter().any(|it| it.summary.contains(&other.summary)));
    text += &findings_of_fit(&style, others, run);
    text + &next(run, &style)
}

/// What to do next, and where everything lies.
pub(crate) fn next(run: &RunInfo, style: &Style) -> String {
    let mut text = style.heading("Next");
    for step in &run.next {
        text += &style.hanging("  - ", 4, step);
    }
    text + &format!("\n  Everything is in {}\n", style.strong(&run.directory))
}

/// Which data, which model, in two lines.
pub(crate) fn title(analysis: &Analysis, style: &Style) -> String {
    let data = &analysis.data;
    style.strong(&style.paragraph(
        0,
        &format!(
            "{}: {} weeks, {} to {}",
            data.source, data.weeks, data.first_week, data.last_week
        ),
    )) + &style.paragraph(0, &graph(analysis))
        + &style.dim(&style.paragraph(0, &models(analysis)))
}

/// What leads to what.
pub(crate) fn graph(analysis: &Analysis) -> String {
    let (mediator, outcome) = (&analysis.stages.mediator, &analysis.stages.outcome);
    let mut graph = format!(
        "{} -> {} -> {}",
        analysis.roles.exposures().join(", "),
        mediator.target,
        outcome.target
    );
    let direct = analysis.roles.direct_exposures();
    if !direct.is_empty() {
        graph += &format!(
            "; drawn past it: {} -> {}",
            direct.join(", "),
            outcome.target
        );
    }
    graph
}

/// How it was fitted.
pub(crate) fn models(analysis: &Analysis) -> String {
    let (mediator, outcome) = (&analysis.stages.mediator, &analysis.stages.outcome);
    format!(
        "{} then {}, {} reading, {} link, seed {}",
        mediator.estimator, outcome.estimator, outcome.reading, outcome.link, analysis.seed
    )
}

/// Accuracy of both stages: out of sample beside naive forecasts, in sample last.
fn accuracy(analysis: &Analysis, style: &Style) -> String {
    style.heading("Accuracy")
        + &style.dim(&style.paragraph(2, &scored(analysis)))
        + &accuracy_table(analysis).on(style)
}

/// What the figures of accuracy are pooled over.
pub(crate) fn scored(analysis: &Analysis) -> String {
    let path = &analysis.stages.outcome.out_of_sample.path;
    format!(
        "Pooled over {} weeks in {} that the model had not seen, unless it says in sample.",
        path.pooled.weeks,
        match path.folds.len() {
            1 => "1 forward fold".to_owned(),
            folds => format!("{folds} forward folds"),
        }
    )
}

/// Both stages beside their best naive forecasts.
pub(crate) fn accuracy_table(analysis: &Analysis) -> Table {
    let (mediator, outcome) = (&analysis.stages.mediator, &analysis.stages.outcome);
    let mut rows = Vec::new();
    let line = |name: String, metrics: &Metrics| -> Vec<String> {
        let cell =
            |value: Option<f64>, write: fn(f64) -> String| value.map_or(NOTHING.into(), write);
        vec![
            name,
            cell(metrics.r2, ratio),
            amount(metrics.rmse),
            amount(metrics.mae),
            cell(metrics.wmape, percent),
        ]
    };
    // The naive forecasts that are hard to beat: the best by squared and by absolute error.
    let naive = |scores: &OutOfSample| -> Vec<Vec<String>> {
        let forecasts: Vec<_> = scores.naive.assessed().collect();
        let least = |of: fn(&Metrics) -> f64| {
            forecasts
                .iter()
                .map(|(_, metrics)| of(metrics))
                .fold(f64::INFINITY, f64::min)
        };
        let (rmse, mae) = (least(|metrics| metrics.rmse), least(|metrics| metrics.mae));
        forecasts
            .iter()
            .filter(|(_, metrics)| metrics.rmse == rmse || metrics.mae == mae)
            .map(|(name, metrics)| line(format!("  naive: {name}"), metrics))
            .collect()
    };
    rows.push(line(
        format!("{}, from the exposures", mediator.target),
        &mediator.out_of_sample.pooled,
    ));
    rows.extend(naive(&mediator.out_of_sample));
    rows.push(line(
        format!("{}, {} predicted (path)", outcome.target, mediator.target),
        &outcome.out_of_sample.path.pooled,
    ));
    if outcome.reading != "predicted" {
        rows.push(line(
            format!(
                "{}, {} known (conditional)",
                outcome.target, mediator.target
            ),
            &outcome.out_of_sample.conditional.pooled,
        ));
    }
    rows.extend(naive(&outcome.out_of_sample.path));
    for (target, metrics) in [
        (&mediator.target, &mediator.in_sample),
        (&outcome.target, &outcome.in_sample),
    ] {
        rows.push(line(
            format!("{target}, in sample: not a forecast"),
            metrics,
        ));
    }
    Table::new(
        &[
            ("", Align::Left),
            ("R2", Align::Right),
            ("RMSE", Align::Right),
            ("MAE", Align::Right),
            ("wMAPE", Align::Right),
        ],
        rows,
    )
}
