//! The one screen of a fit: the answer in words, then the numbers behind it, then what they
//! rest on.

use headwater::analysis::Analysis;
use headwater::data::role::Unit;
use headwater::effects::ChannelEffects;
use headwater::estimate::Estimate;
use headwater::finding::{Finding, Status};
use headwater::validation::cross_validation::OutOfSample;
use headwater::validation::metrics::Metrics;

use crate::findings::{findings, word};
use crate::number::{NOTHING, amount, percent, ratio, with_interval};
use crate::style::Style;
use crate::table::{Align, Footnotes, table};

/// The findings that the answer repeats.
const FORECAST: &str = "validation.outcome_path";
const PATH: &str = "mediation.path";

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
    // Those that the answer has said in full are not said twice.
    let said = [FORECAST, PATH];
    let others = analysis.findings.iter();
    let others = others.filter(|finding| !said.contains(&finding.id.as_str()));
    text += &findings(&style, others);
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
pub(crate) fn answer(analysis: &Analysis, style: &Style) -> String {
    let find = |id: &str| analysis.findings.iter().find(|finding| finding.id == id);
    let path = find(PATH);
    let mut text = style.heading("The answer");
    let (status, said) = forecast(find(FORECAST));
    text += &marked(style, status, "Forecast", &said);
    let (status, said) = match path {
        Some(finding) => (finding.status, finding.summary.clone()),
        None => (Status::NotAssessed, "not assessed".into()),
    };
    text += &marked(style, status, "Path", &(said + "."));
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

/// Whether the model beats every naive forecast in weeks it had not seen, with the figures of
/// the finding that says so.
fn forecast(skill: Option<&Finding>) -> (Status, String) {
    let Some(skill) = skill else {
        return (Status::NotAssessed, "not assessed.".into());
    };
    let number = |key: &str| Some(amount(skill.evidence.get(key)?.as_f64()?));
    let name = |key: &str| skill.evidence.get(key)?.as_str();
    let figures = || {
        Some(format!(
            ": RMSE {} against {} ({}), MAE {} against {} ({})",
            number("rmse")?,
            number("naive_rmse")?,
            name("naive_by_rmse")?,
            number("mae")?,
            number("naive_mae")?,
            name("naive_by_mae")?
        ))
    };
    let advice = match skill.status {
        Status::Failed => " Do not plan with these forecasts.",
        _ => "",
    };
    let figures = figures().unwrap_or_default();
    (skill.status, format!("{}{figures}.{advice}", skill.summary))
}

/// One sentence for each channel with a clear total effect; the others by name.
fn channels(analysis: &Analysis, path: Option<&Finding>, style: &Style) -> String {
    let outcome = &analysis.stages.outcome.target;
    let drawn = analysis.roles.direct_exposures();
    let (mut clear, mut unclear) = (Vec::new(), Vec::new());
    let (mut unknown, mut pathless) = (Vec::new(), Vec::new());
    let mut rests_on_path = false;
    let failed = path.is_some_and(|finding| finding.status == Status::Failed);
    for effect in &analysis.effects {
        match effect.total.excludes(0.0) {
            // What goes through a path that is not there is not clear, whatever its interval.
            Some(true) if failed && !drawn.contains(&effect.channel.as_str()) => {
                pathless.push(effect.channel.as_str());
            }
            Some(true) => {
                clear.push(sentence(effect, outcome));
                rests_on_path |= !drawn.contains(&effect.channel.as_str());
            }
            Some(false) => unclear.push(effect.channel.as_str()),
            None => unknown.push(effect.channel.as_str()),
        }
    }
    let others: Vec<String> = [
        ("Total effects that may be 0", &unclear),
        (
            "Total effects that rest on the path that is not supported",
            &pathless,
        ),
        ("Without an interval", &unknown),
    ]
    .into_iter()
    .filter(|(_, names)| !names.is_empty())
    .map(|(what, names)| format!("{what}: {}.", names.join(", ")))
    .collect();
    if clear.is_empty() {
        let status = match unclear.is_empty() && pathless.is_empty() {
            true => Status::NotAssessed,
            false => Status::Warning,
        };
        let said = format!(
            "nothing is clear enough to move money on. {}",
            others.join(" ")
        );
        return marked(style, status, "Channels", said.trim_end());
    }
    let mut proviso = String::from("if the assumptions below hold:");
    if rests_on_path && path.is_none_or(|finding| finding.status != Status::Passed) {
        let status = path.map_or(Status::NotAssessed, |finding| finding.status);
        proviso = format!(
            "the path check above is `{}`; if the assumptions below hold nevertheless:",
            word(status)
        );
    }
    clear.insert(0, proviso);
    clear.extend(others);
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
        "{} {verb} {outcome}: {}",
        effect.channel,
        with_interval(&effect.total, amount)
    );
    if effect.unit == Unit::Money && effect.roas.loaded.point.is_some() {
        said += &format!(
            ", loaded ROAS {}",
            with_interval(&effect.roas.loaded, ratio)
        );
    }
    said + "."
}

/// Accuracy of both stages: out of sample beside naive forecasts, in sample last.
fn accuracy(analysis: &Analysis, style: &Style) -> String {
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
            &format!("The contrast: {}. {intervals}", analysis.contrast),
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
        + &returns_legend(mediator, style)
}

/// What the three returns mean.
pub(crate) fn returns_legend(mediator: &str, style: &Style) -> String {
    style.dim(&style.paragraph(
        2,
        &format!(
            "ROAS gross: total / spend. Loaded: total / (spend + induced {mediator}). Marginal: \
             the next unit of spend, gross."
        ),
    ))
}

/// What no fit can show, in one block.
pub(crate) fn assumptions(analysis: &Analysis, style: &Style) -> String {
    if analysis.assumptions.is_empty() {
        return String::new();
    }
    let mut text = style.heading("Only true if");
    for assumption in &analysis.assumptions {
        text += &style.hanging(&format!("  {} ", assumption.id), 5, &assumption.statement);
    }
    text
}
