//! What happened beside what was forecast, week by week.

use headwater::analysis::Analysis;
use headwater::analysis::views::{FittedWeeks, StageWeeks};
use headwater::finding::Status;
use headwater::validation::cross_validation::{OutOfSample, Scheme};

use super::weekly::{amounts, by_fold, folds, intervals, line, measured};
use super::{Axis, Content, Figure, Ink, Panel};
use crate::number::{amount, percent};

/// Both stages over time: what happened, what models that had not seen a week forecast for it, with
/// prediction intervals where earlier errors allow them, and quietly what the model says of weeks it
/// has learned from.
pub fn actual_predicted(weeks: &FittedWeeks, analysis: &Analysis) -> Figure {
    let (mediator, outcome) = (&weeks.mediator, &weeks.outcome);
    let path = &analysis.stages.outcome.out_of_sample.path;
    Figure {
        id: "actual_predicted".into(),
        title: forecast_claim(analysis),
        caption: format!(
            "Shaded: the test weeks of each fold. {} {} {} Quiet line: in sample, from a model that has seen the answer, {} as observed for {}; \
             never a forecast. {}",
            learned(weeks),
            errors(&outcome.target, path),
            banded(weeks),
            mediator.target,
            outcome.target,
            source(analysis)
        ),
        alt: format!(
            "Lines over {} weeks for {} and {}: actual values, dashed forecasts in {} shaded folds, and \
             the in-sample fit. {}",
            weeks.weeks.len(),
            outcome.target,
            mediator.target,
            weeks.folds.len(),
            errors(&outcome.target, path)
        ),
        width: 960.0,
        height: 880.0,
        content: Content::Panels {
            columns: 1,
            panels: vec![panel(weeks, outcome), panel(weeks, mediator)],
        },
    }
}

fn panel(weeks: &FittedWeeks, stage: &StageWeeks) -> Panel {
    let mut marks = folds(weeks);
    if let Some(level) = stage.interval_level {
        let name = format!("{} prediction interval", percent(level));
        marks.extend(intervals(weeks, stage, &name));
    }
    marks.push(line("in sample", &stage.in_sample, Ink::Quiet));
    marks.push(line("actual", &stage.actual, Ink::Actual));
    marks.extend(by_fold(
        weeks,
        stage,
        "forecast of unseen weeks",
        Ink::Model,
        |made| Some(&made.forecast),
    ));
    let title = format!("{}, from the exposures alone", stage.target);
    Panel::new(
        Axis::weeks(&weeks.weeks),
        amounts(format!("{}, a week", measured(&stage.target, stage.unit))),
        marks,
    )
    .titled(title)
}

/// Whether the model forecasts better than none, as the run's check of it found.
pub(super) fn forecast_claim(analysis: &Analysis) -> String {
    let outcome = &analysis.stages.outcome.target;
    let found = analysis
        .findings
        .iter()
        .find(|finding| finding.id == "validation.outcome_path");
    match found.map(|finding| finding.status) {
        Some(Status::Passed) => format!(
            "In weeks it had not seen, the model forecasts {outcome} from the exposures better than naive forecasts"
        ),
        Some(Status::Warning) => format!(
            "In weeks it had not seen, the model beats naive forecasts of {outcome} by one measure of error \
             and not by another"
        ),
        Some(Status::Failed) => format!(
            "In weeks it had not seen, the model does not forecast {outcome} better than naive forecasts"
        ),
        Some(Status::NotAssessed) | None => {
            format!("Forecasts of {outcome} in weeks that the model had not seen")
        }
    }
}

/// What the folds learned from.
pub(super) fn learned(weeks: &FittedWeeks) -> String {
    let folds = weeks.folds.len();
    match weeks.scheme {
        Scheme::Expanding => format!(
            "Each of {folds} folds is forecast by a model that learned from the weeks before it alone."
        ),
        Scheme::Rolling => format!(
            "Each of {folds} folds is forecast by a model that learned from a window of weeks \
             before it alone."
        ),
        Scheme::Blocked => format!(
            "Each of {folds} folds is predicted by a model that learned from the weeks on both sides of \
             it: interpolation, which is easier than a forecast."
        ),
    }
}

/// The model's error beside that of the best naive forecast, in one sentence.
pub(super) fn errors(target: &str, scores: &OutOfSample) -> String {
    let own = amount(scores.pooled.rmse);
    match scores.naive.best() {
        Some((name, naive)) => format!(
            "Typical error (RMSE) for {target} over these {} weeks: {own}; the best naive forecast, {name}: {}.",
            scores.pooled.weeks,
            amount(naive.rmse)
        ),
        None => format!(
            "Typical error (RMSE) for {target} over these {} weeks: {own}; no naive forecast could be made.",
            scores.pooled.weeks
        ),
    }
}

/// What the bands are and which folds have none.
fn banded(weeks: &FittedWeeks) -> String {
    let stage = &weeks.outcome;
    let Some(level) = stage.interval_level else {
        let why = stage.no_interval.as_deref();
        let why = why.unwrap_or("none were asked for");
        return format!("No prediction intervals: {why}.");
    };
    let without = stage.forecasts.iter();
    let without = without.filter(|made| made.interval.is_none()).count();
    let missing = match without {
        0 => String::new(),
        1 => "; the first fold has none, as too few errors were known by then".into(),
        more => format!("; the first {more} folds have none, as too few errors were known by then"),
    };
    format!(
        "Bands: {} prediction intervals for {} from the errors of earlier folds{missing}.",
        percent(level),
        stage.target
    )
}

/// The end of a caption: which weeks of which file.
pub(super) fn source(analysis: &Analysis) -> String {
    let data = &analysis.data;
    format!(
        "{} weeks, {} to {}. Source: {}; Headwater {}.",
        data.weeks, data.first_week, data.last_week, data.source, analysis.headwater_version
    )
}
