//! What less and more of each channel changes.

use headwater::analysis::Analysis;
use headwater::decisions::{By, Change, Plan, Plans, Scenario, Scenarios};

use super::panel::{ends, grid};
use super::{Axis, Figure, Ink, Mark, NumberFormat, Panel, Shape, claim};
use crate::number::{amount, percent, with_interval};

/// The changes of spend that are asked for, in percent.
const CHANGES: [f64; 6] = [-50.0, -25.0, 25.0, 50.0, 75.0, 100.0];

/// The plans that [`scenario_analysis`] draws: half to twice the spend of each channel, the others as
/// they were.
///
/// ```
/// let plans = headwater_report::figures::half_to_twice(&["facebook_spend"]);
/// assert_eq!(plans.plans.keys().next().map(String::as_str), Some("facebook_spend=-50%"));
/// ```
pub fn half_to_twice(channels: &[&str]) -> Plans {
    let plans = channels.iter().flat_map(|channel| {
        CHANGES.map(|change| {
            let change = Change {
                column: channel.to_string(),
                by: By::Percent(change),
            };
            let name = format!("{}={}", change.column, change.by);
            let plan = Plan {
                set: vec![change],
                ..Plan::default()
            };
            (name, plan)
        })
    });
    Plans {
        plans: plans.collect(),
    }
}

/// One change in percent of one channel: where it stands and what it brings.
struct Step<'a> {
    share: f64,
    scenario: &'a Scenario,
}

/// A panel for each channel that `scenarios` change by a percentage: the change of the outcome by the
/// change of spend, with intervals, rings where the plan went beyond what the data have seen.
pub fn scenario_analysis(scenarios: &Scenarios, analysis: &Analysis) -> Figure {
    let channels = by_channel(scenarios);
    let outcome = &analysis.stages.outcome.target;
    let panels = channels
        .iter()
        .map(|(name, steps)| panel(name, steps, outcome));
    let (content, width, height) = grid(panels.collect());
    let twice = |steps: &[Step<'_>]| -> Option<(f64, bool, String)> {
        let most = steps.last()?;
        let change = &most.scenario.total.outcome;
        let clear = change.excludes(0.0) == Some(true);
        Some((most.share, clear, with_interval(change, amount)))
    };
    let said: Vec<String> = channels
        .iter()
        .filter_map(|(name, steps)| {
            let (share, _, change) = twice(steps)?;
            Some(format!("{name} by {}: {change}", percent(share)))
        })
        .collect();
    let clear: Vec<&str> = channels
        .iter()
        .filter(|(_, steps)| twice(steps).is_some_and(|(_, clear, _)| clear))
        .map(|(name, _)| *name)
        .collect();
    Figure {
        id: "scenario_analysis".into(),
        title: claim::unless_doubted(
            analysis,
            "Less and more of each channel",
            match clear.is_empty() {
                true => format!(
                    "Half to twice the spend of any one channel changes {outcome} by nothing clear"
                ),
                false => format!(
                    "More of {} would have changed {outcome} clearly",
                    claim::few(&clear)
                ),
            },
        ),
        caption: format!(
            "Change of {outcome} over all weeks by the change of each channel's spend, the others as they were. Rings: \
             part of the plan lies beyond what the data have seen and is computed up to that edge. {}",
            claim::rests_on(analysis)
        ),
        alt: format!(
            "Lines with bands, a panel each channel; at the most spend: {}.",
            said.join("; ")
        ),
        width,
        height,
        content,
    }
}

fn by_channel(scenarios: &Scenarios) -> Vec<(&str, Vec<Step<'_>>)> {
    let mut channels: Vec<(&str, Vec<Step<'_>>)> = Vec::new();
    for scenario in &scenarios.scenarios {
        let [
            Change {
                column,
                by: By::Percent(percent),
            },
        ] = &scenario.plan.set[..]
        else {
            continue;
        };
        let step = Step {
            share: percent / 100.0,
            scenario,
        };
        match channels.iter_mut().find(|(name, _)| name == column) {
            Some((_, steps)) => steps.push(step),
            None => channels.push((column, vec![step])),
        }
    }
    for (_, steps) in &mut channels {
        steps.sort_by(|a, b| a.share.total_cmp(&b.share));
    }
    channels
}

fn panel(name: &str, steps: &[Step<'_>], outcome: &str) -> Panel {
    let share: Vec<f64> = steps.iter().map(|step| step.share).collect();
    let of = |step: &Step<'_>| step.scenario.total.outcome.clone();
    let points = |outside: bool| -> Mark {
        let kept = || {
            let all = steps.iter();
            all.filter(move |step| step.scenario.outside.is_empty() != outside)
        };
        Mark::Points {
            name: match outside {
                true => "partly beyond what was seen".into(),
                false => "within what was seen".into(),
            },
            x: kept().map(|step| step.share).collect(),
            y: kept().map(|step| of(step).point).collect(),
            whiskers: kept().map(|step| ends(&of(step))).collect(),
            labels: Vec::new(),
            ink: if outside { Ink::Doubt } else { Ink::Model },
            shape: if outside { Shape::Ring } else { Shape::Circle },
            lying: false,
        }
    };
    let line = Mark::Line {
        name: String::new(),
        x: share,
        y: steps.iter().map(|step| of(step).point).collect(),
        ink: Ink::Model,
        dashed: false,
    };
    let nothing = Mark::Reference {
        label: String::new(),
        at: 0.0,
        upright: false,
        ink: Ink::Quiet,
        dashed: true,
    };
    let panel = Panel::new(
        Axis::numbers("change of spend", NumberFormat::Percent),
        Axis::numbers(format!("change of {outcome}"), NumberFormat::Amount),
        vec![nothing, line, points(false), points(true)],
    )
    .titled(name);
    match steps.iter().find_map(|step| of(step).point) {
        Some(_) => panel,
        None => panel.empty("the effect of this channel is not assessed"),
    }
}
