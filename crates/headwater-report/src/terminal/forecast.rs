//! What `headwater predict` prints: what the coming weeks will bring, and, apart from that, what their
//! plan changes.

use headwater::analysis::Analysis;
use headwater::decisions::Forecast;

use crate::number::{amount, percent, with_interval};
use crate::summary::FORECAST;
use crate::terminal::answer::marked;
use crate::terminal::findings::{checks, findings};
use crate::terminal::path_doubt::path_doubt;
use crate::terminal::scenario::{Names, Tense, answer, over_time, rests_on, through, totals};
use crate::terminal::style::Style;
use crate::terminal::table::{Align, table};

/// Weeks that are shown unless every week is asked for.
const SHOWN: usize = 16;

/// The screen of a forecast; `weekly` shows every week of it.
pub fn forecast_screen(
    forecast: &Forecast,
    analysis: &Analysis,
    weekly: bool,
    style: Style,
) -> String {
    let names = Names::of(analysis);
    let effect = &forecast.effect;
    let (first, last) = &effect.weeks;
    let title = format!("{}: weeks {first} to {last}", effect.name);
    let mut text = style.strong(&style.paragraph(0, &title));
    text += &style.heading("What the weeks will bring");
    let skill = analysis
        .findings
        .iter()
        .find(|finding| finding.id == FORECAST);
    if let Some(skill) = skill {
        text += &marked(
            &style,
            skill.status,
            "Skill",
            &format!("{}.", skill.summary),
        );
    }
    let shown = if weekly { forecast.weeks.len() } else { SHOWN };
    let rows = forecast.weeks.iter().take(shown).map(|week| {
        vec![
            week.week.clone(),
            amount(week.spend),
            with_interval(&week.mediator, amount),
            with_interval(&week.outcome, amount),
        ]
    });
    let mut rows: Vec<Vec<String>> = rows.collect();
    rows.push(vec![
        "all weeks".into(),
        String::new(),
        with_interval(&forecast.mediator, amount),
        with_interval(&forecast.outcome, amount),
    ]);
    let header = [
        ("week", Align::Left),
        ("spend", Align::Right),
        (names.mediator, Align::Right),
        (names.outcome, Align::Right),
    ];
    text += &table(&style, &header, rows);
    let level = percent(analysis.forecast_intervals.level);
    let mut covers = format!(
        "In brackets {level} prediction intervals, from errors of forecasts that were made before: so \
         many of the single weeks should fall inside, whatever moves them. They say nothing of what \
         spend does, and the sum has none. The spend is taken as written, also where checks below say \
         that it was never seen."
    );
    if forecast.weeks.len() > shown {
        covers += &format!(
            " The first {shown} of {} weeks; all: --weekly.",
            forecast.weeks.len()
        );
    }
    text += &style.dim(&style.paragraph(2, &covers));
    if !forecast.findings.is_empty() {
        text += &findings(&style, &forecast.findings);
    }
    text += &style.heading("What the plan changes");
    text += &path_doubt(analysis, through(&effect.total), &style);
    text += &answer(effect, &names, Tense::Future, &style);
    text += &style.dim(&style.paragraph(
        2,
        "Against last year's mean spend on every channel in the same weeks, all else alike. These are \
         effect intervals, from replicates of the model: they say how far its slopes may be off, and \
         nothing of how a single week turns out.",
    ));
    text += &totals(effect, &names, &style);
    text += &over_time(effect, &names, weekly, &style);
    text += &checks(&style, "Checks of the plan", &effect.findings);
    text + &rests_on(analysis, &style)
}
