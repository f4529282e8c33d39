//! What the channels would have returned at other levels of spend.

use headwater::analysis::Analysis;
use headwater::data::role::Unit;
use headwater::decisions::ResponseCurves;
use headwater::decisions::response_curve::{CurvePoint, ResponseCurve};

use super::panel::{ends, grid};
use super::{Axis, Figure, Ink, Mark, NumberFormat, Panel, Shape, claim};
use crate::number::{amount, with_interval};

/// A panel for each channel: its effect over the spend, with intervals, whole where the data have seen
/// such spend and broken beyond.
pub fn response_curves(curves: &ResponseCurves, analysis: &Analysis) -> Figure {
    let panels = curves.channels.iter().map(|curve| panel(curve, curves));
    let (content, width, height) = grid(panels.collect());
    let said: Vec<String> = curves
        .channels
        .iter()
        .filter_map(|curve| {
            let now = now(curve)?;
            Some(format!(
                "{} at a spend of {}: {}",
                curve.channel,
                amount(now.spend),
                with_interval(&now.total, amount)
            ))
        })
        .collect();
    Figure {
        id: "response_curves".into(),
        title: claim::unless_doubted(analysis, "Response curves", title(curves)),
        caption: format!(
            "{} against no spend, over all weeks, by what is spent on each channel; the point is the spend as \
             it was. Broken: beyond what the data have seen. {}{}",
            curves.outcome,
            straight(curves),
            claim::rests_on(analysis)
        ),
        alt: format!("Curves with bands, a panel each. {}.", said.join("; ")),
        width,
        height,
        content,
    }
}

fn now(curve: &ResponseCurve) -> Option<&CurvePoint> {
    curve.points.iter().find(|point| point.scale == 1.0)
}

fn straight(curves: &ResponseCurves) -> &'static str {
    match curves
        .channels
        .iter()
        .any(|curve| curve.linear_by_assumption)
    {
        true => "A straight line is the model's assumption: saturation could not show. ",
        false => "",
    }
}

/// For which channels the next unit pays, or raises the outcome where no margin is set.
fn title(curves: &ResponseCurves) -> String {
    let (mut yes, mut no, mut unclear) = (Vec::new(), Vec::new(), Vec::new());
    for curve in &curves.channels {
        let next = now(curve).map(|now| match curve.break_even.is_some() {
            true => &now.marginal_loaded,
            false => &now.marginal,
        });
        let bound = curve.break_even.as_ref().map_or(0.0, |found| found.bound);
        match next.map(|next| (next.excludes(bound), next.point)) {
            Some((Some(true), Some(point))) if point > bound => yes.push(curve.channel.as_str()),
            Some((Some(true), Some(_))) => no.push(curve.channel.as_str()),
            _ => unclear.push(curve.channel.as_str()),
        }
    }
    let paid = curves.question.margin.is_some();
    let outcome = &curves.outcome;
    let (pays, does_not) = match paid {
        true => ("pays its way".into(), "does not pay its way".into()),
        false => (format!("raises {outcome}"), format!("lowers {outcome}")),
    };
    let said: Vec<String> = [
        (yes, pays),
        (no, does_not),
        (unclear, "is not clear either way".into()),
    ]
    .into_iter()
    .filter(|(names, _)| !names.is_empty())
    .map(|(names, verb)| format!("on {} {verb}", claim::few(&names)))
    .collect();
    format!("The next unit of spend {}", said.join("; "))
}

fn panel(curve: &ResponseCurve, curves: &ResponseCurves) -> Panel {
    let spend: Vec<f64> = curve.points.iter().map(|point| point.spend).collect();
    let total = || curve.points.iter().map(|point| &point.total);
    // The broken part begins at the last point that was seen, so that the line has no hole.
    let seen = |nth: usize| curve.points[nth].seen;
    let line = |keep: &dyn Fn(usize) -> bool| -> Vec<Option<f64>> {
        let all = curve.points.iter().enumerate();
        all.map(|(nth, point)| point.total.point.filter(|_| keep(nth)))
            .collect()
    };
    let beyond = |nth: usize| {
        let next = (nth + 1).min(curve.points.len() - 1);
        !seen(nth) || !seen(nth.saturating_sub(1)) || !seen(next)
    };
    let mut marks = vec![
        Mark::Band {
            name: "interval".into(),
            x: spend.clone(),
            lower: total().map(|total| total.lower).collect(),
            upper: total().map(|total| total.upper).collect(),
            ink: Ink::Model,
        },
        Mark::Line {
            name: "beyond what the data have seen".into(),
            x: spend.clone(),
            y: line(&beyond),
            ink: Ink::Model,
            dashed: true,
        },
        Mark::Line {
            name: curves.outcome.clone(),
            x: spend.clone(),
            y: line(&seen),
            ink: Ink::Model,
            dashed: false,
        },
    ];
    marks.extend(now(curve).map(|now| Mark::Points {
        name: "as it was".into(),
        x: vec![now.spend],
        y: vec![now.total.point],
        whiskers: vec![ends(&now.total)],
        labels: Vec::new(),
        ink: Ink::Actual,
        shape: Shape::Circle,
        lying: false,
    }));
    let pays = curve.break_even.as_ref();
    if let Some(spend) = pays.and_then(|found| found.place.and(found.spend.point)) {
        marks.push(Mark::Reference {
            label: "stops paying".into(),
            at: spend,
            upright: true,
            ink: Ink::Bad,
            dashed: true,
        });
    }
    let unit = match curve.unit {
        Unit::Money => "spend, in money",
        Unit::Count => "as counted",
    };
    let panel = Panel::new(
        Axis::numbers(unit, NumberFormat::Amount),
        Axis::numbers(curves.outcome.as_str(), NumberFormat::Amount),
        marks,
    )
    .titled(curve.channel.as_str());
    match total().find_map(|total| total.point) {
        Some(_) => panel,
        None => {
            let why = total().find_map(|total| total.why.clone());
            panel.empty(why.unwrap_or_else(|| "there is no curve".into()))
        }
    }
}
