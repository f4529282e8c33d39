//! The plan of most worth beside the current one.

use headwater::analysis::Analysis;
use headwater::decisions::Allocation;
use headwater::decisions::budget::Verdict;
use headwater::estimate::Estimate;

use super::panel::{height_of, lying, places};
use super::{Axis, Content, Figure, Ink, Mark, NumberFormat, Panel, Shape, claim};
use crate::number::{amount, percent, with_interval};
use crate::terminal::budget::sentence;

/// What each channel gets now and by the plan, and what the plan is expected to change.
pub fn budget(plan: &Allocation, analysis: &Analysis) -> Figure {
    let (first, last) = &plan.weeks;
    let (_, said) = sentence(plan, analysis);
    let moves: Vec<String> = plan
        .channels
        .iter()
        .map(|channel| {
            format!(
                "{} from {} to {}",
                channel.channel,
                amount(channel.current),
                amount(channel.planned)
            )
        })
        .collect();
    let zone = match plan.verdict {
        Verdict::Noise => {
            "The 80% interval of the gain covers 0: leaving the budget alone is as good. "
        }
        _ => "",
    };
    let spread = match plan.channels.iter().any(|channel| channel.spread.is_some()) {
        true => {
            "Whiskers of the plan: the 10% and 90% quantiles of the best plans of single replicates. "
        }
        false => "",
    };
    Figure {
        id: "budget".into(),
        title: claim::unless_doubted(
            analysis,
            &format!("A plan for {} weeks", plan.settings.horizon),
            claim::title(analysis, &said),
        ),
        caption: format!(
            "{} weeks, {first} to {last}. Left, what each channel gets. {spread}Right, what the plan changes, with \
             intervals. {zone}{}",
            plan.settings.horizon,
            claim::rests_on(analysis)
        ),
        alt: format!(
            "Bars of spend now and by the plan: {}. The gain is {}.",
            moves.join("; "),
            with_interval(&plan.gain.objective, amount)
        ),
        width: 1100.0,
        height: height_of(2 * plan.channels.len()).max(480.0),
        content: Content::Panels {
            columns: 2,
            panels: vec![channels(plan), gain(plan, analysis)],
        },
    }
}

fn channels(plan: &Allocation) -> Panel {
    let channels = plan.channels.iter();
    let bars = |name: &str, length: Vec<Option<f64>>, whiskers, ink| {
        let labels = length
            .iter()
            .flatten()
            .map(|spend| amount(*spend))
            .collect();
        Mark::Bars {
            name: name.into(),
            at: places(plan.channels.len()),
            base: Vec::new(),
            length,
            whiskers,
            labels,
            ink,
            lying: true,
            stack: None,
            width: 0.7,
        }
    };
    let now = channels
        .clone()
        .map(|channel| Some(channel.current))
        .collect();
    let planned = channels
        .clone()
        .map(|channel| Some(channel.planned))
        .collect();
    let spread = channels.clone().map(|channel| channel.spread).collect();
    let panel = Panel::new(
        Axis::numbers("spend over the weeks, in money", NumberFormat::Amount),
        Axis::categories(channels.map(|channel| channel.channel.as_str())),
        vec![
            bars("now", now, Vec::new(), Ink::Quiet),
            bars("plan", planned, spread, Ink::Model),
        ],
    )
    .titled("What each channel gets");
    match plan.channels.is_empty() {
        true => panel.empty("no channel is measured in money"),
        false => panel,
    }
}

fn gain(plan: &Allocation, analysis: &Analysis) -> Panel {
    let outcome = &analysis.stages.outcome.target;
    let mediator = &analysis.stages.mediator.target;
    let gain = &plan.gain;
    let rows: Vec<(&str, &Estimate)> = [
        (outcome.as_str(), &gain.outcome),
        ("profit", &gain.profit),
        (mediator.as_str(), &gain.induced),
    ]
    .into_iter()
    .filter(|(_, estimate)| estimate.point.is_some())
    .collect();
    let estimates: Vec<&Estimate> = rows.iter().map(|(_, estimate)| *estimate).collect();
    let interval = percent(gain.objective.level);
    let goal = [&gain.narrow];
    let names = rows.iter().map(|(name, _)| name.to_string());
    let names = std::iter::once("what was maximised".to_string()).chain(names);
    let names: Vec<String> = names.collect();
    let mut marks = vec![Mark::Reference {
        label: "no change".into(),
        at: 0.0,
        upright: true,
        ink: Ink::Quiet,
        dashed: true,
    }];
    let ink = match plan.verdict {
        Verdict::Better => Ink::Good,
        Verdict::Worse => Ink::Bad,
        _ => Ink::Doubt,
    };
    marks.push(lying(
        "80% interval",
        &goal,
        0.0,
        ink,
        Shape::Diamond,
        Some(amount),
    ));
    marks.push(lying(
        &format!("{interval} interval"),
        &estimates,
        1.0,
        Ink::Model,
        Shape::Circle,
        Some(amount),
    ));
    Panel::new(
        Axis::numbers(
            "change against the current plan, in money",
            NumberFormat::Amount,
        ),
        Axis::categories(names),
        marks,
    )
    .titled("What the plan changes")
}
