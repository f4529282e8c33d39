//! Trend and season of the mediator and the outcome.

use headwater::analysis::views::{SeasonParts, Seasons, StageSeason};
use headwater::error::{Error, Result};

use super::weekly::{amounts, line, measured};
use super::{Axis, Content, Figure, Ink, Mark, Panel};
use crate::number::ratio;

/// The mediator and the outcome taken apart into trend, what repeats from year to year, and the rest.
pub fn seasons(seasons: &Seasons) -> Figure {
    let stages = [&seasons.mediator, &seasons.outcome];
    let rows: [fn(&Seasons, &StageSeason) -> Panel; 3] = [trend, season, remainder];
    // Of two values for a week of the year the season takes all that the trend leaves: it says nothing, and
    // the rest is rounding.
    let shown = if told(seasons) { &rows[..] } else { &rows[..1] };
    let panels = shown
        .iter()
        .flat_map(|row| stages.map(|stage| row(seasons, stage)));
    let mut missing: Vec<String> = stages
        .iter()
        .filter_map(|stage| stage.not_assessed.as_deref())
        .map(|why| format!("{}. ", capitalised(why)))
        .collect();
    missing.dedup();
    let strengths: String = stages.iter().filter_map(|stage| strengths(stage)).collect();
    let noise = seasons.season_of_noise.map_or(String::new(), |noise| {
        format!(
            "In so many years noise alone has a season of strength {}, about. ",
            ratio(noise)
        )
    });
    let (first, last) = (seasons.weeks.first(), seasons.weeks.last());
    let span = match (first, last) {
        (Some(first), Some(last)) => {
            format!("{} weeks, {first} to {last}.", seasons.weeks.len())
        }
        _ => "There are no weeks.".into(),
    };
    Figure {
        id: "seasons".into(),
        title: claim(seasons),
        caption: format!(
            "Seasonal-trend decomposition by loess (STL) with a year of 52 weeks{} It describes the data and is no \
             part of the model. {strengths}{noise}{}{span}",
            match told(seasons) {
                true => ": trend, season and the rest add up to the series.",
                false =>
                    "; the season and the rest, which so few years cannot tell apart, are not shown.",
            },
            missing.concat()
        ),
        alt: format!(
            "{} and {} over {} weeks with their trend{}. {}.",
            stages[0].target,
            stages[1].target,
            seasons.weeks.len(),
            if told(seasons) {
                ", their season and what remains"
            } else {
                ""
            },
            claim(seasons)
        ),
        width: 960.0,
        height: 200.0 + 270.0 * shown.len() as f64,
        content: Content::Panels {
            columns: 2,
            panels: panels.collect(),
        },
    }
}

/// The picture of a run that has one, with the file that it is of.
///
/// # Errors
/// Where neither series can be taken apart, as with less than two years of weeks.
pub(super) fn assessed(answer: &Seasons, source: &str) -> Result<Figure> {
    let stages = [&answer.mediator, &answer.outcome];
    if stages.iter().any(|stage| stage.parts.is_some()) {
        let mut figure = seasons(answer);
        figure.caption += &format!(" Source: {source}.");
        return Ok(figure);
    }
    let why = answer.outcome.not_assessed.clone();
    Err(Error::TooFewWeeks {
        message: why.unwrap_or_else(|| "there is no season to show".into()),
        help: "add earlier weeks".into(),
    })
}

/// Whether the weeks are enough to tell a season from what remains.
fn told(seasons: &Seasons) -> bool {
    let mut stages = [&seasons.mediator, &seasons.outcome].into_iter();
    stages.any(|stage| {
        stage
            .parts
            .as_ref()
            .is_some_and(|parts| parts.season_strength.is_some())
    })
}

/// Whether the outcome repeats from year to year, as far as the years can say.
fn claim(seasons: &Seasons) -> String {
    let outcome = &seasons.outcome;
    let target = &outcome.target;
    let Some(parts) = &outcome.parts else {
        return format!("Trend and season of {target} are not assessed");
    };
    match (parts.season_strength, seasons.season_of_noise) {
        (Some(strength), Some(noise)) if strength > noise => format!(
            "{target} has a season of strength {}, more than the {} that noise would have",
            ratio(strength),
            ratio(noise)
        ),
        (Some(strength), Some(noise)) => format!(
            "The season of {target}, of strength {}, is no stronger than noise would have ({})",
            ratio(strength),
            ratio(noise)
        ),
        _ => format!("The trend of {target}; two years cannot tell a season from noise"),
    }
}

fn strengths(stage: &StageSeason) -> Option<String> {
    let parts = stage.parts.as_ref()?;
    Some(format!(
        "{}: trend of strength {}, season of {} (0 none, 1 nothing else). ",
        stage.target,
        ratio(parts.trend_strength?),
        ratio(parts.season_strength?)
    ))
}

fn trend(seasons: &Seasons, stage: &StageSeason) -> Panel {
    panel(seasons, stage, "trend", |parts| {
        vec![
            line("actual", &stage.actual, Ink::Actual),
            line("trend", &parts.trend, Ink::Model),
        ]
    })
}

fn season(seasons: &Seasons, stage: &StageSeason) -> Panel {
    panel(seasons, stage, "season", |parts| {
        vec![around_zero(), line("", &parts.season, Ink::Model)]
    })
}

fn remainder(seasons: &Seasons, stage: &StageSeason) -> Panel {
    panel(seasons, stage, "the rest", |parts| {
        vec![around_zero(), line("", &parts.remainder, Ink::Model)]
    })
}

fn around_zero() -> Mark {
    Mark::Reference {
        label: String::new(),
        at: 0.0,
        upright: false,
        ink: Ink::Actual,
        dashed: true,
    }
}

fn panel(
    seasons: &Seasons,
    stage: &StageSeason,
    what: &str,
    marks: impl FnOnce(&SeasonParts) -> Vec<Mark>,
) -> Panel {
    let y = amounts(format!("{}, a week", measured(&stage.target, stage.unit)));
    let empty = |y| Panel::new(Axis::weeks(&seasons.weeks), y, Vec::new());
    let panel = match &stage.parts {
        Some(parts) => Panel::new(Axis::weeks(&seasons.weeks), y, marks(parts)),
        None => empty(y).empty(stage.not_assessed.as_deref().unwrap_or_default()),
    };
    panel.titled(format!("{}: {what}", stage.target))
}

fn capitalised(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
