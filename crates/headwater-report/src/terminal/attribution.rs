//! What `headwater attribution` prints.

use headwater::analysis::Analysis;
use headwater::decisions::Attribution;
use headwater::decisions::attribution::{Contribution, Method, Part};
use headwater::estimate::Estimate;
use headwater::finding::Status;

use crate::number::{NOTHING, amount, percent, with_interval};
use crate::terminal::answer::marked;
use crate::terminal::findings::checks;
use crate::terminal::path_doubt::{Through, path_doubt};
use crate::terminal::scenario::rests_on;
use crate::terminal::style::Style;
use crate::terminal::table::{Align, table};

/// The screen of the split of the outcome.
pub fn attribution_screen(attribution: &Attribution, analysis: &Analysis, style: Style) -> String {
    let (outcome, mediator) = (&attribution.outcome, &attribution.mediator);
    let mut text = style.heading(&format!("Where {outcome} came from"));
    text += &path_doubt(analysis, Through::of_channels(analysis), &style);
    text += &answer(attribution, &style);
    text += "\n";
    text += &rows(attribution, &style);
    if attribution.method != Method::Additive {
        text += "\n";
        text += &removals(attribution, &style);
    }
    let note = format!(
        "The rows add up to all of {outcome}. {mediator} that a channel set off stands in the channel's row, not in \
         its own, so nothing is counted twice. The base is season, trend, prices, promotions, emails and \
         what nothing explains; where no week was seen without {mediator} or without channels, how \
         they part is the shape of the model.",
    );
    text += &style.dim(&style.paragraph(2, &note));
    if attribution.together.interval().is_none()
        && let Some(why) = &attribution.together.why
    {
        text += &style.dim(&style.paragraph(2, &format!("Points without intervals: {why}.")));
    }
    text += &checks(&style, "Checks", &attribution.findings);
    text + &rests_on(analysis, &style)
}

fn answer(attribution: &Attribution, style: &Style) -> String {
    let (status, mut said) = brought(attribution);
    if attribution.method != Method::Additive {
        said += &format!(
            " Taking them away one at a time adds up to something else, a gap of {}; the rows share it out.",
            with_interval(&attribution.gap, amount)
        );
    }
    marked(style, status, "Channels", &said)
}

/// What all channels together brought, in a sentence.
pub(crate) fn brought(attribution: &Attribution) -> (Status, String) {
    let Attribution {
        outcome,
        total,
        together,
        ..
    } = attribution;
    let brought = with_interval(together, amount);
    let total = amount(*total);
    match together.excludes(0.0) {
        Some(true) => (
            Status::Passed,
            format!("of {total} {outcome}, all channels together brought {brought}."),
        ),
        Some(false) => (
            Status::Warning,
            format!(
                "of {total} {outcome}, what all channels together brought cannot be told from 0: {brought}."
            ),
        ),
        None => (
            Status::NotAssessed,
            format!(
                "of {total} {outcome}, all channels together brought {brought} as a point: without an \
                 interval nothing says how sure that is."
            ),
        ),
    }
}

/// Whose a part of the outcome is.
pub(crate) fn part_name(part: &Part, mediator: &str) -> String {
    match part {
        Part::Base => "base".into(),
        Part::Autonomous => format!("{mediator} that no channel set off"),
        Part::Through(channel) => format!("{channel} through {mediator}"),
        Part::Direct(channel) => format!("{channel} around it"),
    }
}

fn rows(attribution: &Attribution, style: &Style) -> String {
    let mediator = &attribution.mediator;
    let row = |row: &Contribution| {
        vec![
            part_name(&row.part, mediator),
            inline(&row.amount, amount),
            inline(&row.share, percent),
        ]
    };
    let mut rows: Vec<Vec<String>> = attribution.rows.iter().map(row).collect();
    rows.push(vec!["all".into(), amount(attribution.total), percent(1.0)]);
    let level = percent(attribution.together.level);
    let part = match attribution.together.interval() {
        Some(_) => format!("part ({level} interval)"),
        None => "part".into(),
    };
    table(
        style,
        &[
            (&part, Align::Left),
            (&attribution.outcome, Align::Right),
            ("share", Align::Right),
        ],
        rows,
    )
}

/// Parts in the split beside removals, where they differ.
fn removals(attribution: &Attribution, style: &Style) -> String {
    let rows = attribution.channels.iter().map(|split| {
        vec![
            split.channel.clone(),
            inline(&split.shapley, amount),
            inline(&split.removal, amount),
        ]
    });
    table(
        style,
        &[
            ("channel", Align::Left),
            ("its part in the split", Align::Right),
            ("without it alone", Align::Right),
        ],
        rows.collect(),
    )
}

fn inline(estimate: &Estimate, write: fn(f64) -> String) -> String {
    match estimate.point {
        Some(_) => with_interval(estimate, write),
        None => NOTHING.into(),
    }
}
