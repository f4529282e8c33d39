//! What `headwater retrain` prints: which weeks changed, what moved, how far to trust it now.

use headwater::analysis::{EffectChange, Retraining, VerdictChange, WeekChanges};
use headwater::estimate::Estimate;
use headwater::finding::Status;

use crate::number::{NOTHING, amount, ratio};
use crate::summary::{mark, word};
use crate::terminal::findings::findings;
use crate::terminal::screen::{RunInfo, next};
use crate::terminal::style::Style;
use crate::terminal::table::{Align, table};

/// Changed values that are shown; all of them are in the JSON.
const SHOWN: usize = 12;

/// The screen of a retraining of the run in `earlier`; `run` is the new one.
pub fn retraining_screen(
    retraining: &Retraining,
    earlier: &str,
    run: &RunInfo,
    style: Style,
) -> String {
    let (before, after) = (&retraining.before, &retraining.after);
    let mut text = style.strong(&style.paragraph(
        0,
        &format!(
            "{earlier} ({} weeks to {}) with {} ({} weeks to {})",
            before.weeks, before.last_week, after.source, after.weeks, after.last_week
        ),
    ));
    text += &style.heading("Weeks");
    text += &weeks(&retraining.weeks, &style);
    text += &style.heading(&format!("What moved: effects on {}", retraining.outcome));
    text += &effects(&retraining.effects, &style);
    text += &style.heading("Verdicts, before and now");
    text += &verdicts(&retraining.verdicts, &style);
    text += &style.heading("Checks of the refresh");
    for finding in &retraining.findings {
        if finding.status == Status::Passed {
            let said = format!("{}: {}", finding.id, finding.summary);
            let line = style.hanging("  X ", 4, &said);
            let sign = style.status(Status::Passed, mark(Status::Passed));
            text += &line.replacen('X', &sign, 1);
        }
    }
    let doubts: Vec<_> = retraining
        .findings
        .iter()
        .filter(|finding| finding.status != Status::Passed)
        .collect();
    text += &without_count(&findings(&style, doubts));
    text + &next(run, &style)
}

/// The list without its last line, the count of those that passed: they are listed here.
fn without_count(list: &str) -> String {
    let lines: Vec<&str> = list.lines().collect();
    let kept = &lines[..lines.len().saturating_sub(1)];
    kept.iter().map(|line| format!("{line}\n")).collect()
}

/// `2024-01-01 to 2024-02-19`, or the one there is.
fn span(weeks: &[String]) -> String {
    match weeks {
        [] => "none".into(),
        [one] => format!("1 ({one})"),
        [first, .., last] => format!("{} ({first} to {last})", weeks.len()),
    }
}

fn weeks(weeks: &WeekChanges, style: &Style) -> String {
    let mut text = String::new();
    let changed = weeks.changed_weeks();
    for (label, said) in [
        ("added", span(&weeks.added)),
        (
            "corrected",
            match changed.len() {
                0 => "none".into(),
                count => format!("{count}, the values of the file were taken"),
            },
        ),
        ("unchanged", weeks.kept.to_string()),
        ("not in the file", format!("{}, kept", span(&weeks.missing))),
    ] {
        let said = said.replace("none, kept", "none");
        text += &style.hanging(&format!("  {label:<16} "), 19, &said);
    }
    if weeks.changed.is_empty() {
        return text;
    }
    let rows = weeks.changed.iter().take(SHOWN).map(|cell| {
        vec![
            cell.week.clone(),
            cell.column.clone(),
            cell.before.to_string(),
            cell.after.to_string(),
        ]
    });
    text.push('\n');
    text += &table(
        style,
        &[
            ("week", Align::Left),
            ("column", Align::Left),
            ("in the run", Align::Right),
            ("in the file", Align::Right),
        ],
        rows.collect(),
    );
    if weeks.changed.len() > SHOWN {
        let more = format!("and {} more; --json lists all", weeks.changed.len() - SHOWN);
        text += &style.dim(&style.paragraph(2, &more));
    }
    text
}

/// A point with its interval below it.
fn cell(estimate: &Estimate, write: fn(f64) -> String) -> String {
    let mut cell = estimate.point.map_or(NOTHING.into(), write);
    if let Some(interval) = estimate.interval() {
        cell += &format!("\n{} to {}", write(interval.lower), write(interval.upper));
    }
    cell
}

fn effects(effects: &[EffectChange], style: &Style) -> String {
    let rows = effects.iter().map(|effect| {
        vec![
            effect.channel.clone(),
            cell(&effect.per_unit_before, ratio),
            cell(&effect.per_unit_after, ratio),
            effect
                .relative_change
                .map_or(NOTHING.into(), |change| format!("{:+.0}%", 100.0 * change)),
            match effect.in_earlier_interval {
                Some(true) => "inside",
                Some(false) => "outside",
                None => NOTHING,
            }
            .into(),
        ]
    });
    let totals = effects.iter().map(|effect| {
        vec![
            effect.channel.clone(),
            cell(&effect.total_before, amount),
            cell(&effect.total_after, amount),
        ]
    });
    table(
        style,
        &[
            ("per unit of spend", Align::Left),
            ("before", Align::Right),
            ("now", Align::Right),
            ("change", Align::Right),
            ("earlier interval", Align::Right),
        ],
        rows.collect(),
    ) + "\n"
        + &table(
            style,
            &[
                ("total", Align::Left),
                ("before", Align::Right),
                ("now", Align::Right),
            ],
            totals.collect(),
        )
        + &style.dim(&style.paragraph(
            2,
            "Totals are sums over all weeks of each run, so more weeks make them larger.",
        ))
}

fn verdicts(verdicts: &[VerdictChange], style: &Style) -> String {
    if verdicts.is_empty() {
        return style.paragraph(2, "Every check of the model came out as before.");
    }
    let said = |status: Option<Status>| status.map_or("not in the run", word);
    let mut text = String::new();
    for verdict in verdicts {
        let status = verdict.after.unwrap_or(Status::NotAssessed);
        let line = format!(
            "{} was `{}`, is `{}`: {}",
            verdict.id,
            said(verdict.before),
            said(verdict.after),
            verdict.summary
        );
        let line = style.hanging("  X ", 4, &line);
        text += &line.replacen('X', &style.status(status, mark(status)), 1);
    }
    text
}
