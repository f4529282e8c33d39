//! The graph of causes with what is known of each arrow.

use headwater::analysis::Analysis;
use headwater::data::role::Unit;
use headwater::effects::ChannelEffects;
use headwater::estimate::Estimate;
use headwater::validation::assumption::Verdict;

use super::{Content, Edge, Figure, Graph, Ink, Node, claim};
use crate::number::{amount, ratio, with_interval};
use crate::terminal::path_doubt::supported;

/// The node that stands for all levers and controls.
const COVARIATES: &str = "levers and controls";

/// Exposures, mediator and outcome with an estimate on every arrow. An arrow is broken where its
/// estimate cannot be told from 0, or where the tests found it and the graph does not draw it.
pub fn graph(analysis: &Analysis) -> Figure {
    let mediator = &analysis.stages.mediator.target;
    let outcome = &analysis.stages.outcome.target;
    let edges = edges(analysis);
    let said: Vec<String> = edges
        .iter()
        .filter(|edge| !edge.label.is_empty())
        .map(|edge| format!("{} to {}: {}", edge.from, edge.to, edge.label))
        .collect();
    Figure {
        id: "graph".into(),
        title: claim::path(analysis),
        caption: format!(
            "Arrows into {mediator}: how much of it a unit of spend sets off. From {mediator}: what a unit of it \
             does to {outcome}, by least squares. Arrows around it: the direct effect over all weeks. A broken \
             arrow cannot be told from nothing{}. {}",
            match found(analysis).is_empty() {
                true => "",
                false => ", or was found by the tests and is not drawn in the graph",
            },
            claim::rests_on(analysis)
        ),
        alt: format!("A graph of causes. {}.", said.join("; ")),
        width: 1100.0,
        height: 190.0 + 62.0 * analysis.effects.len() as f64,
        content: Content::Graph(Graph {
            nodes: nodes(analysis),
            edges,
        }),
    }
}

fn nodes(analysis: &Analysis) -> Vec<Node> {
    let exposures = analysis.effects.iter().map(|effect| {
        let what = match effect.unit {
            Unit::Money => "spent",
            Unit::Count => "counted",
        };
        Node {
            id: effect.channel.clone(),
            lines: vec![
                effect.channel.clone(),
                format!("{} {what}", amount(effect.spend)),
            ],
            column: 0,
            ink: Ink::Quiet,
            aside: false,
        }
    });
    let inner = [
        (&analysis.stages.mediator.target, 1, Ink::Through),
        (&analysis.stages.outcome.target, 2, Ink::Actual),
    ];
    let inner = inner.map(|(name, column, ink)| Node {
        id: name.clone(),
        lines: vec![name.clone()],
        column,
        ink,
        aside: false,
    });
    let covariates = analysis.roles.covariates();
    let aside = (!covariates.is_empty()).then(|| Node {
        id: COVARIATES.into(),
        lines: vec![COVARIATES.into(), claim::few(&covariates)],
        column: 1,
        ink: Ink::Quiet,
        aside: true,
    });
    exposures.chain(inner).chain(aside).collect()
}

fn edges(analysis: &Analysis) -> Vec<Edge> {
    let mediator = &analysis.stages.mediator.target;
    let outcome = &analysis.stages.outcome.target;
    let effects = &analysis.effects;
    let induced: Vec<Estimate> = effects
        .iter()
        .map(ChannelEffects::induced_per_unit)
        .collect();
    let mut edges = weighed(effects.iter().zip(&induced).map(|(effect, induced)| {
        let edge = arrow(&effect.channel, mediator, induced, Ink::Through, ratio);
        (edge, induced)
    }));
    edges.push(worth(analysis));
    let drawn = analysis.roles.direct_exposures();
    let direct = effects
        .iter()
        .filter(|effect| drawn.contains(&effect.channel.as_str()));
    edges.extend(weighed(direct.map(|effect| {
        let edge = arrow(
            &effect.channel,
            outcome,
            &effect.direct,
            Ink::Direct,
            amount,
        );
        (edge, &effect.direct)
    })));
    edges.extend(found(analysis).into_iter().map(|channel| Edge {
        from: channel.into(),
        to: outcome.clone(),
        label: "found, not drawn".into(),
        weight: 0.2,
        ink: Ink::Doubt,
        dashed: true,
    }));
    if !analysis.roles.covariates().is_empty() {
        edges.extend([mediator, outcome].map(|to| Edge {
            from: COVARIATES.into(),
            to: to.clone(),
            label: String::new(),
            weight: 0.1,
            ink: Ink::Quiet,
            dashed: false,
        }));
    }
    edges
}

fn arrow(from: &str, to: &str, by: &Estimate, ink: Ink, write: fn(f64) -> String) -> Edge {
    Edge {
        from: from.into(),
        to: to.into(),
        label: with_interval(by, write),
        weight: 0.0,
        ink,
        dashed: by.excludes(0.0) != Some(true),
    }
}

/// Arrows as thick as their estimates are large beside each other.
fn weighed<'a>(arrows: impl Iterator<Item = (Edge, &'a Estimate)>) -> Vec<Edge> {
    let arrows: Vec<(Edge, &Estimate)> = arrows.collect();
    let size = |estimate: &Estimate| estimate.point.map_or(0.0, f64::abs);
    let most = arrows.iter().map(|(_, by)| size(by)).fold(0.0, f64::max);
    let weighed = arrows.into_iter().map(|(edge, by)| Edge {
        weight: if most > 0.0 { size(by) / most } else { 0.0 },
        ..edge
    });
    weighed.collect()
}

/// What a unit of the mediator is worth, as far as the strength of the first stage lets one say.
fn worth(analysis: &Analysis) -> Edge {
    let path = &analysis.path;
    let unit = match analysis.stages.outcome.link.as_str() {
        "log" => " in the log, a unit",
        _ => " a unit",
    };
    // Without a path the slope of what was induced says nothing of the mediator.
    let (label, clear) = match path.two_slope.as_ref().filter(|_| supported(analysis)) {
        None => (format!("worth: {}", path.verdict.words()), false),
        Some(two) => {
            let interval = two.b_ind_interval();
            let number = |value| match unit.contains("log") {
                true => amount(value),
                false => ratio(value),
            };
            let label = format!(
                "{} ({} to {}){unit}",
                number(two.b_ind),
                number(interval.lower),
                number(interval.upper)
            );
            (label, !interval.contains(0.0))
        }
    };
    Edge {
        from: analysis.stages.mediator.target.clone(),
        to: analysis.stages.outcome.target.clone(),
        label,
        weight: 1.0,
        ink: Ink::Through,
        dashed: !clear,
    }
}

/// The channels whose way around the mediator the tests found and the graph does not draw.
fn found(analysis: &Analysis) -> Vec<&str> {
    let direct = analysis.path.direct_path.iter();
    let direct = direct.filter(|_| analysis.path.verdict == Verdict::DirectPathFound);
    let drawn = analysis.roles.direct_exposures();
    direct
        .flat_map(|direct| &direct.channels)
        .map(String::as_str)
        .filter(|channel| !drawn.contains(channel))
        .collect()
}
