//! What `headwater timing` prints.

use headwater::analysis::Analysis;
use headwater::decisions::Timing;
use headwater::decisions::timing::{ChannelTiming, Lead, WeekAfter};
use headwater::estimate::Estimate;

use crate::number::{NOTHING, amount, ratio, with_interval};
use crate::terminal::findings::checks;
use crate::terminal::path_doubt::{Through, path_doubt};
use crate::terminal::scenario::rests_on;
use crate::terminal::style::Style;
use crate::terminal::table::{Align, Footnotes, Table, cell, table};

/// The screen of the timing of effects.
pub fn timing_screen(timing: &Timing, analysis: &Analysis, style: Style) -> String {
    let outcome = &analysis.stages.outcome.target;
    let mediator = &timing.mediator;
    let mut text = style.heading("When effects come");
    text += &path_doubt(analysis, Through::of_channels(analysis), &style);
    let said = timing.channels.iter();
    let said = said.map(|channel| (&*channel.channel, sentence(channel, mediator)));
    for (channels, said) in alike(said) {
        text += &style.hanging("  ", 4, &format!("{}: {said}", channels.join(", ")));
    }
    let mut notes = Footnotes::default();
    text += "\n";
    text += &lags(timing, outcome, &mut notes).on(&style);
    text += "\n";
    text += &by_week(timing, outcome, &style, &mut notes);
    text += &notes.list(&style);
    text += &style.dim(&style.paragraph(2, &contrast(timing)));
    text += &checks(&style, "Checks", &timing.findings);
    text + &rests_on(analysis, &style)
}

/// What is said of each channel, once for those of which the same is said.
pub(crate) fn alike<'a>(
    said: impl Iterator<Item = (&'a str, String)>,
) -> Vec<(Vec<&'a str>, String)> {
    let mut all: Vec<(Vec<&str>, String)> = Vec::new();
    for (channel, said) in said {
        match all.iter_mut().find(|(_, other)| *other == said) {
            Some((names, _)) => names.push(channel),
            None => all.push((vec![channel], said)),
        }
    }
    all
}

/// The answer for one channel: how fast it works and when it should start.
pub(crate) fn sentence(channel: &ChannelTiming, mediator: &str) -> String {
    let (Some(_), Some(_)) = (channel.lag.half.point, channel.lag.nine_tenths.point) else {
        let why = channel
            .lag
            .half
            .why
            .as_deref()
            .or(channel.effect.why.as_deref());
        return format!("not assessed: {}.", why.unwrap_or("no value"));
    };
    let lags = format!(
        "half of the effect has come {}, 90% {}",
        after(&channel.lag.half),
        after(&channel.lag.nine_tenths)
    );
    let mut said = match channel.clear {
        Some(true) => format!("{lags}."),
        Some(false) => {
            return format!(
                "the size of the effect is not distinguishable from 0, so its timing means little: by the \
                 model {lags}."
            );
        }
        None => {
            format!("{lags}; there is no interval, so how sure this is cannot be said.")
        }
    };
    let lead = &channel.mediator_lag;
    said += &match channel.lead {
        Lead::Weeks => format!(
            " To work through a campaign on {mediator}, start it {} weeks before: half of what it moves there has \
             come by then.",
            with_interval(&lead.half, whole)
        ),
        Lead::SameWeek => format!(
            " The effect on {mediator} is not distinguishable from the same week: the data give no reason to start earlier."
        ),
        Lead::NotAssessed => format!(" When to start it before {mediator} is not assessed."),
    };
    if channel.carry_over_set {
        said += " The carry-over was set, not learned: the intervals do not show how little is known of it.";
    }
    said
}

/// `by the end of the same week (0 to 1)`, `2 weeks later (1 to 4)`.
pub(crate) fn after(lag: &Estimate) -> String {
    let range = lag
        .interval()
        .map(|i| format!(" ({} to {})", whole(i.lower), whole(i.upper)))
        .unwrap_or_default();
    match lag.point.map(whole).as_deref() {
        Some("0") => format!("by the end of the same week{range}"),
        Some("1") => format!("1 week later{range}"),
        Some(week) => format!("{week} weeks later{range}"),
        None => NOTHING.into(),
    }
}

/// How long the whole effect and the one on the mediator take.
pub(crate) fn lags(timing: &Timing, outcome: &str, notes: &mut Footnotes) -> Table {
    let mut cell = |estimate: &Estimate, write: fn(f64) -> String| cell(estimate, write, notes);
    let rows = timing.channels.iter().map(|channel| {
        vec![
            channel.channel.clone(),
            cell(&channel.effect, ratio),
            cell(&channel.lag.mean, tenths),
            cell(&channel.lag.half, whole),
            cell(&channel.lag.nine_tenths, whole),
            cell(&channel.mediator_lag.mean, tenths),
        ]
    });
    let rows = rows.collect();
    let to_mediator = format!("to {}", timing.mediator);
    let per_unit = format!("{outcome} per unit");
    Table::new(
        &[
            ("channel", Align::Left),
            (&per_unit, Align::Right),
            ("mean lag", Align::Right),
            ("half by", Align::Right),
            ("90% by", Align::Right),
            (&to_mediator, Align::Right),
        ],
        rows,
    )
}

/// The first weeks of the response, and its parts where an edge is drawn.
fn by_week(timing: &Timing, outcome: &str, style: &Style, notes: &mut Footnotes) -> String {
    let weeks = if style.width() < 90 { 4 } else { 5 };
    let mut rows = Vec::new();
    for channel in &timing.channels {
        let mut row = |name: String, of: fn(&WeekAfter) -> &Estimate| {
            let weeks = channel.response.iter().take(weeks);
            let cells = weeks.map(|week| cell(of(week), ratio, notes));
            rows.push(std::iter::once(name).chain(cells).collect());
        };
        row(channel.channel.clone(), |week| &week.total);
        let direct = channel
            .response
            .iter()
            .any(|week| week.direct.point.is_some_and(|x| x != 0.0));
        if direct {
            row("  around it".into(), |week| &week.direct);
            row(format!("  through {}", timing.mediator), |week| {
                &week.mediated
            });
        }
    }
    let titles: Vec<String> = (0..weeks).map(|week| format!("week {week}")).collect();
    let name = format!("{outcome} after");
    let header: Vec<(&str, Align)> = std::iter::once((name.as_str(), Align::Left))
        .chain(titles.iter().map(|title| (title.as_str(), Align::Right)))
        .collect();
    table(style, &header, rows)
}

/// What was compared, and what is assumed of the shape.
pub(crate) fn contrast(timing: &Timing) -> String {
    let pulses: Vec<String> = timing
        .channels
        .iter()
        .map(|channel| format!("{} {}", channel.channel, amount(channel.pulse)))
        .collect();
    let mut said = format!(
        "The contrast: a little more spend in one week ({}) against the spend as it was, followed {} weeks and \
         averaged over {} start weeks; per unit of spend, lags in weeks. Week 0 is the same week.",
        pulses.join(", "),
        timing.followed,
        timing.starts.len()
    );
    if timing
        .channels
        .iter()
        .any(|channel| channel.carry_over_shared)
    {
        said += " One carry-over was chosen for all channels, so they hardly differ here; to let them, fit with \
                 per_channel = true under [features].";
    }
    if timing.channels.iter().any(|channel| channel.peak_assumed) {
        said += " Carry-over here fades from the first week on by assumption; to let an effect peak later, list \
                 delayed kernels under [features.adstock].";
    }
    said
}

fn whole(value: f64) -> String {
    format!("{value:.0}")
}

fn tenths(value: f64) -> String {
    format!("{value:.1}")
}
