//! Where the outcome came from.

use headwater::analysis::Analysis;
use headwater::decisions::Attribution;
use headwater::decisions::attribution::Part;

use super::panel::{alone, ends, height_of};
use super::{Axis, Figure, Ink, Mark, NumberFormat, Panel, claim};
use crate::number::{amount, percent, with_interval};
use crate::terminal::attribution::{brought, part_name};

/// The parts of the outcome, each beginning where the one before ends, up to all of it.
pub fn waterfall(attribution: &Attribution, analysis: &Analysis) -> Figure {
    let Attribution {
        outcome, mediator, ..
    } = attribution;
    let rows = &attribution.rows;
    let mut begins = Vec::with_capacity(rows.len());
    let mut reached = 0.0;
    for row in rows {
        begins.push(reached);
        reached += row.amount.point.unwrap_or(0.0);
    }
    let bars = |name: &str, ink: Ink, of: &dyn Fn(&Part) -> bool| -> Option<Mark> {
        let which: Vec<usize> = (0..rows.len()).filter(|&nth| of(&rows[nth].part)).collect();
        let pick = || which.iter().map(|&nth| (nth, &rows[nth]));
        let shifted = |nth: usize| {
            ends(&rows[nth].amount).map(|(lower, upper)| (begins[nth] + lower, begins[nth] + upper))
        };
        let label = |nth: usize| match rows[nth].share.point {
            Some(share) => format!(
                "{}, {}",
                with_interval(&rows[nth].amount, amount),
                percent(share)
            ),
            None => with_interval(&rows[nth].amount, amount),
        };
        (!which.is_empty()).then(|| Mark::Bars {
            name: name.into(),
            at: pick().map(|(nth, _)| nth as f64).collect(),
            base: pick().map(|(nth, _)| begins[nth]).collect(),
            length: pick().map(|(_, row)| row.amount.point).collect(),
            whiskers: pick().map(|(nth, _)| shifted(nth)).collect(),
            labels: pick().map(|(nth, _)| label(nth)).collect(),
            ink,
            lying: true,
            stack: Some("part".into()),
            width: 0.6,
        })
    };
    let mut marks: Vec<Mark> = [
        bars("base", Ink::Quiet, &|part| matches!(part, Part::Base)),
        bars("not set off by a channel", Ink::Model, &|part| {
            matches!(part, Part::Autonomous)
        }),
        bars(&format!("through {mediator}"), Ink::Through, &|part| {
            matches!(part, Part::Through(_))
        }),
        bars(&format!("around {mediator}"), Ink::Direct, &|part| {
            matches!(part, Part::Direct(_))
        }),
    ]
    .into_iter()
    .flatten()
    .collect();
    marks.push(Mark::Bars {
        name: "all".into(),
        at: vec![rows.len() as f64],
        base: Vec::new(),
        length: vec![Some(attribution.total)],
        whiskers: Vec::new(),
        labels: vec![amount(attribution.total)],
        ink: Ink::Actual,
        lying: true,
        stack: Some("part".into()),
        width: 0.6,
    });
    let names = rows.iter().map(|row| part_name(&row.part, mediator));
    let names: Vec<String> = names.chain(["all".into()]).collect();
    let said: Vec<String> = rows
        .iter()
        .zip(&names)
        .map(|(row, name)| format!("{name} {}", with_interval(&row.amount, amount)))
        .collect();
    let (_, claimed) = brought(attribution);
    Figure {
        id: "waterfall".into(),
        title: claim::unless_doubted(
            analysis,
            &format!("Where {outcome} came from"),
            claim::title(analysis, &claimed),
        ),
        caption: format!(
            "The parts add up to all of {outcome}; whiskers are the interval of each part. {mediator} that a channel \
             set off stands in the channel's row. The base is season, trend, prices and what nothing explains. {}",
            claim::rests_on(analysis)
        ),
        alt: format!(
            "Bars that follow each other up to {}: {}.",
            amount(attribution.total),
            said.join("; ")
        ),
        width: 960.0,
        height: height_of(names.len()),
        content: alone(Panel::new(
            Axis::numbers(
                format!("{}, over all weeks", claim::measured(analysis, outcome)),
                NumberFormat::Amount,
            ),
            Axis::categories(names),
            marks,
        )),
    }
}
