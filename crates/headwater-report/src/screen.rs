//! The one screen of a fit: the answer in words, then the numbers behind it, then what they
//! rest on.

use headwater::analysis::{Analysis, Measure, OutOfSample};
use headwater::data::role::Unit;
use headwater::effects::ChannelEffects;
use headwater::estimate::Estimate;
use headwater::finding::{Finding, Status};
use headwater::validation::metrics::Metrics;

use crate::findings::{findings, word};
use crate::number::{NOTHING, amount, percent, ratio, with_interval};
use crate::style::Style;
use crate::table::{Align, Footnotes, table};

/// What the analysis itself does not know: where it lies and how to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunInfo {
    /// The run directory as the user would type it.
    pub directory: String,
    /// What to do next, one sentence or command each; may be empty.
    pub next: Vec<String>,
}

/// The screen that `headwater fit` prints.
///
/// Nothing in it is computed here: a sentence repeats a finding, an estimate or a
/// comparison that the analysis holds.
pub fn screen(analysis: &Analysis, run: &RunInfo, style: Style) -> String {
    let mut text = title(analysis, &style);
    text += &answer(analysis, &style);
    text += &accuracy(analysis, &style);
    text += &effects(analysis, &style);
    text += &assumptions(analysis, &style);
    text += &style.heading("Checks");
    text += &findings(&style, &analysis.findings);
    text += &style.heading("Next");
    for step in &run.next {
        text += &style.hanging("  - ", 4, step);
    }
    text += &format!("\n  Everything is in {}\n", style.strong(&run.directory));
    text
}

/// Which data, which model, in two lines.
fn title(analysis: &Analysis, style: &Style) -> String {
    let data = &analysis.data;
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
    let models = format!(
        "{} then {}, {} reading, {} link, seed {}",
        mediator.estimator, outcome.estimator, outcome.reading, outcome.link, analysis.seed
    );
    style.strong(&style.paragraph(
        0,
        &format!(
            "{}: {} weeks, {} to {}",
            data.source, data.weeks, data.first_week, data.last_week
        ),
    )) + &style.paragraph(0, &graph)
        + &style.dim(&style.paragraph(0, &models))
}

/// The answer for a budget owner.
fn answer(analysis: &Analysis, style: &Style) -> String {
    let path = analysis
        .findings
        .iter()
        .find(|finding| finding.id == "mediation.path");
    let mut text = style.heading("The answer");
    let (status, forecast) = forecast(analysis);
    text += &marked(style, status, "Forecast", &forecast);
    text += &path_sentence(analysis, path, style);
    text += &channels(analysis, path, style);
    text
}

/// A paragraph after its topic in the colour of a status.
fn marked(style: &Style, status: Status, topic: &str, sentence: &str) -> String {
    let label = format!("  {topic:<9} ");
    style
        .hanging(&label, label.len(), sentence)
        .replacen(topic, &style.status(status, topic), 1)
}

/// Whether the model beats every naive forecast in weeks it had not seen.
fn forecast(analysis: &Analysis) -> (Status, String) {
    let outcome = &analysis.stages.outcome;
    let scores = &outcome.out_of_sample.path;
    let (Some(rmse), Some(mae)) = (
        scores.against_naive(Measure::Rmse),
        scores.against_naive(Measure::Mae),
    ) else {
        return (
            Status::NotAssessed,
            format!(
                "Not assessed: there is no naive forecast of {} to compare with.",
                outcome.target
            ),
        );
    };
    let figures = format!(
        "RMSE {} against {} ({}), MAE {} against {} ({}).",
        amount(rmse.model_error),
        amount(rmse.naive_error),
        rmse.naive,
        amount(mae.model_error),
        amount(mae.naive_error),
        mae.naive
    );
    let weeks = scores.pooled.weeks;
    let target = &outcome.target;
    match (rmse.model_is_better(), mae.model_is_better()) {
        (true, true) => (
            Status::Passed,
            format!(
                "In {weeks} weeks it had not seen, the model forecasts {target} better than every \
                 naive forecast: {figures}"
            ),
        ),
        (false, false) => (
            Status::Failed,
            format!(
                "In {weeks} weeks it had not seen, the model forecasts {target} no better than a \
                 naive rule: {figures} Do not plan with its forecasts."
            ),
        ),
        (squared, _) => (
            Status::Warning,
            format!(
                "In {weeks} weeks it had not seen, the model beats every naive forecast of \
                 {target} by {}, but not by {}: {figures}",
                if squared {
                    "RMSE (large misses)"
                } else {
                    "MAE (typical misses)"
                },
                if squared {
                    "MAE (typical misses)"
                } else {
                    "RMSE (large misses)"
                },
            ),
        ),
    }
}

/// How strong the path through the mediator is: the finding, then the intervals.
fn path_sentence(analysis: &Analysis, path: Option<&Finding>, style: &Style) -> String {
    let mediator = &analysis.stages.mediator.target;
    let named = |wanted: Option<bool>| -> Vec<&str> {
        analysis
            .effects
            .iter()
            .filter(|effect| effect.indirect.excludes(0.0) == wanted)
            .map(|effect| effect.channel.as_str())
            .collect()
    };
    let (away, around, unknown) = (named(Some(true)), named(Some(false)), named(None));
    let intervals = match (away.is_empty(), around.is_empty(), unknown.is_empty()) {
        (true, true, _) => format!("No interval of an effect through {mediator} was computed."),
        (true, false, _) => {
            format!("No channel has an effect through {mediator} that is distinguishable from 0.")
        }
        (false, true, true) => {
            format!("Every channel's effect through {mediator} is distinguishable from 0.")
        }
        (false, ..) => format!(
            "Effects through {mediator} distinguishable from 0: {}.",
            away.join(", ")
        ),
    };
    let (status, summary) = match path {
        Some(finding) => (finding.status, finding.summary.as_str()),
        None => (
            Status::NotAssessed,
            "The strength of the path was not assessed.",
        ),
    };
    marked(style, status, "Path", &format!("{summary} {intervals}"))
}

/// One sentence for each channel with a clear total effect; the others by name.
fn channels(analysis: &Analysis, path: Option<&Finding>, style: &Style) -> String {
    let outcome = &analysis.stages.outcome.target;
    let (mut clear, mut unclear, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
    for effect in &analysis.effects {
        match effect.total.excludes(0.0) {
            Some(true) => clear.push(sentence(effect, outcome)),
            Some(false) => unclear.push(effect.channel.as_str()),
            None => unknown.push(effect.channel.as_str()),
        }
    }
    if clear.is_empty() {
        let mut said = String::from("Nothing is clear enough to move money on.");
        if !unclear.is_empty() {
            said += &format!(" Total effects that may be 0: {}.", unclear.join(", "));
        }
        if !unknown.is_empty() {
            said += &format!(" Without an interval: {}.", unknown.join(", "));
        }
        let status = match unclear.is_empty() {
            true => Status::NotAssessed,
            false => Status::Warning,
        };
        return marked(style, status, "Channels", &said);
    }
    let mut proviso = String::from("If the assumptions below hold:");
    if path.is_none_or(|finding| finding.status != Status::Passed) {
        let status = path.map_or(Status::NotAssessed, |finding| finding.status);
        proviso = format!(
            "The path check above is `{}`; if the assumptions below hold nevertheless:",
            word(status)
        );
    }
    clear.insert(0, proviso);
    if !unclear.is_empty() {
        clear.push(format!(
            "Total effects that may be 0: {}.",
            unclear.join(", ")
        ));
    }
    if !unknown.is_empty() {
        clear.push(format!("Without an interval: {}.", unknown.join(", ")));
    }
    let mut lines = clear.into_iter();
    let first = lines.next().unwrap_or_default();
    let mut text = marked(style, Status::Passed, "Channels", &first);
    for line in lines {
        text += &style.paragraph(12, &line);
    }
    text
}

/// What a channel with a clear total effect did, as far as its intervals say.
fn sentence(effect: &ChannelEffects, outcome: &str) -> String {
    let verb = match effect.total.point {
        Some(point) if point < 0.0 => "lowered",
        _ => "raised",
    };
    let mut said = format!(
        "{} {verb} {outcome}: {} in all",
        effect.channel,
        with_interval(&effect.total, amount)
    );
    if effect.unit == Unit::Money && effect.roas.loaded.point.is_some() {
        said += &format!(
            "; {} for each unit of money, induced spend included",
            with_interval(&effect.roas.loaded, ratio)
        );
    }
    said + "."
}

/// Accuracy of both stages: out of sample beside naive forecasts, in sample last.
fn accuracy(analysis: &Analysis, style: &Style) -> String {
    let (mediator, outcome) = (&analysis.stages.mediator, &analysis.stages.outcome);
    let mut rows = Vec::new();
    let line = |name: String, metrics: Option<&Metrics>| -> Vec<String> {
        let cell =
            |value: Option<f64>, write: fn(f64) -> String| value.map_or(NOTHING.into(), write);
        vec![
            name,
            cell(metrics.and_then(|m| m.r2), ratio),
            cell(metrics.map(|m| m.rmse), amount),
            cell(metrics.map(|m| m.mae), amount),
            cell(metrics.and_then(|m| m.wmape), percent),
        ]
    };
    let naive = |scores: &OutOfSample| -> Vec<Vec<String>> {
        scores
            .naive
            .by_name()
            .into_iter()
            .map(|(name, metrics)| line(format!("  naive: {name}"), metrics))
            .collect()
    };
    rows.push(line(
        format!("{}, from the exposures", mediator.target),
        Some(&mediator.out_of_sample.pooled),
    ));
    rows.extend(naive(&mediator.out_of_sample));
    rows.push(line(
        format!("{}, {} predicted (path)", outcome.target, mediator.target),
        Some(&outcome.out_of_sample.path.pooled),
    ));
    rows.push(line(
        format!(
            "{}, {} known (conditional)",
            outcome.target, mediator.target
        ),
        Some(&outcome.out_of_sample.conditional.pooled),
    ));
    rows.extend(naive(&outcome.out_of_sample.path));
    for (target, metrics) in [
        (&mediator.target, &mediator.in_sample),
        (&outcome.target, &outcome.in_sample),
    ] {
        rows.push(line(
            format!("{target}, in sample: not a forecast"),
            Some(metrics),
        ));
    }
    style.heading("Accuracy")
        + &style.dim(&style.paragraph(
            2,
            &format!(
                "Pooled over {} weeks in {} that the model had not seen, unless it says in sample.",
                outcome.out_of_sample.path.pooled.weeks,
                match outcome.out_of_sample.path.folds.len() {
                    1 => "1 forward fold".to_owned(),
                    folds => format!("{folds} forward folds"),
                }
            ),
        ))
        + &table(
            style,
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

/// Effects of every channel with intervals, in outcome units and as returns.
fn effects(analysis: &Analysis, style: &Style) -> String {
    let bootstrap = &analysis.bootstrap;
    let mediator = &analysis.stages.mediator.target;
    let intervals = if bootstrap.replicates == 0 {
        "Points without intervals: no bootstrap was run.".to_owned()
    } else {
        format!(
            "{} intervals from {} bootstrap replicates in blocks of {} weeks.",
            percent(bootstrap.level),
            bootstrap.replicates,
            bootstrap.block_length
        )
    };
    let mut notes = Footnotes::default();
    let mut cell = |estimate: &Estimate, write: fn(f64) -> String| -> String {
        let why = match estimate.interval() {
            Some(_) => None,
            // Said once for all above the table.
            None if estimate.point.is_some() && bootstrap.replicates == 0 => None,
            None => estimate.why.as_deref(),
        };
        let mut cell = estimate.point.map_or(NOTHING.into(), write);
        if let Some(why) = why {
            cell = format!("{cell} {}", notes.mark(why));
        }
        if let Some(interval) = estimate.interval() {
            cell += &format!("\n{} to {}", write(interval.lower), write(interval.upper));
        }
        cell
    };
    let mut worth = Vec::new();
    let mut returns = Vec::new();
    for effect in &analysis.effects {
        let drawn = analysis
            .roles
            .direct_exposures()
            .contains(&effect.channel.as_str());
        worth.push(vec![
            effect.channel.clone(),
            amount(effect.spend),
            cell(&effect.total, amount),
            if drawn || effect.direct.point != Some(0.0) {
                cell(&effect.direct, amount)
            } else {
                "0\nno edge".into()
            },
            cell(&effect.indirect, amount),
            cell(&effect.proportion_mediated, percent),
        ]);
        returns.push(vec![
            effect.channel.clone(),
            cell(&effect.induced_mediator_spend, amount),
            cell(&effect.roas.gross, ratio),
            cell(&effect.roas.loaded, ratio),
            cell(&effect.roas.marginal, ratio),
        ]);
    }
    let through = format!("through {mediator}");
    let induced = format!("induced {mediator}");
    style.heading(&format!("Effects on {}", analysis.stages.outcome.target))
        + &style.dim(&style.paragraph(
            2,
            &format!("{}. {intervals}", analysis.contrast.trim_end_matches('.')),
        ))
        + &table(
            style,
            &[
                ("channel", Align::Left),
                ("spend", Align::Right),
                ("total", Align::Right),
                ("direct", Align::Right),
                (&through, Align::Right),
                ("share through", Align::Right),
            ],
            worth,
        )
        + "\n"
        + &table(
            style,
            &[
                ("channel", Align::Left),
                (&induced, Align::Right),
                ("ROAS gross", Align::Right),
                ("loaded", Align::Right),
                ("marginal", Align::Right),
            ],
            returns,
        )
        + &notes.list(style)
        + &style.dim(&style.paragraph(
            2,
            &format!(
                "Gross: total / spend. Loaded: total / (spend + induced {mediator}). Marginal: \
                 the next unit of spend, gross."
            ),
        ))
}

/// What no fit can show, in one block.
fn assumptions(analysis: &Analysis, style: &Style) -> String {
    if analysis.assumptions.is_empty() {
        return String::new();
    }
    let mut text = style.heading("Only true if");
    for assumption in &analysis.assumptions {
        let needed = match assumption.needed_by.is_empty() {
            true => String::new(),
            false => format!(" (for: {})", assumption.needed_by.join(", ")),
        };
        text += &style.hanging(
            &format!("  {} ", assumption.id),
            5,
            &format!("{}{needed}", assumption.statement),
        );
    }
    text
}
