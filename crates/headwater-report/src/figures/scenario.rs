//! What a plan would have changed, alone and beside others.

use headwater::analysis::Analysis;
use headwater::decisions::scenario::Block;
use headwater::decisions::{Scenario, Scenarios};
use headwater::estimate::Estimate;
use headwater::finding::Status;

use super::panel::{ends, height_of, lying};
use super::{Axis, Content, Figure, Ink, Mark, NumberFormat, Panel, Shape, claim};
use crate::number::{amount, with_interval};
use crate::terminal::scenario::{Tense, changes, clear, moved};

/// One plan: what changes over time, and in all.
pub fn scenario(scenario: &Scenario, analysis: &Analysis) -> Figure {
    let outcome = &analysis.stages.outcome.target;
    let (first, last) = &scenario.weeks;
    // what only one of two readings shows is not clear
    let total = match clear(&scenario.total.outcome) {
        Status::Passed => scenario.best(),
        _ => &scenario.total,
    };
    let said = moved(&total.outcome, outcome, Tense::Past);
    let asked = format!("{}: {}", scenario.name, changes(&scenario.plan));
    Figure {
        id: "scenario".into(),
        title: claim::unless_doubted(
            analysis,
            &asked,
            format!(
                "With {}, {}",
                changes(&scenario.plan),
                said.trim_end_matches('.')
            ),
        ),
        caption: format!(
            "{asked}, weeks {first} to {last}, against what was spent; effects are counted to {}. Left, the \
             change of {outcome} by weeks, with intervals; right, the changes in all. {}{}",
            scenario.counted_to,
            held(scenario),
            claim::rests_on(analysis)
        ),
        alt: format!(
            "Bars of the change of {outcome} over time; in all {}.",
            with_interval(&total.outcome, amount)
        ),
        width: 1100.0,
        height: 520.0,
        content: Content::Panels {
            columns: 2,
            panels: vec![over_time(scenario, analysis), in_all(scenario, analysis)],
        },
    }
}

/// What of the plan lies beyond what was seen.
fn held(scenario: &Scenario) -> String {
    let columns: Vec<&str> = scenario
        .outside
        .iter()
        .map(|it| it.column.as_str())
        .collect();
    match (columns.is_empty(), scenario.plan.allow_extrapolation) {
        (true, _) => String::new(),
        (false, true) => format!("Beyond what the data have seen: {}. ", claim::few(&columns)),
        (false, false) => format!(
            "Held at the edge of what the data have seen: {}. ",
            claim::few(&columns)
        ),
    }
}

fn over_time(scenario: &Scenario, analysis: &Analysis) -> Panel {
    let blocks = &scenario.blocks;
    let mediator = &analysis.stages.mediator.target;
    let at = || {
        (0..blocks.len())
            .map(|nth| nth as f64)
            .collect::<Vec<f64>>()
    };
    let through: fn(&Block) -> &Estimate = |block| &block.effects.through;
    let direct: fn(&Block) -> &Estimate = |block| &block.effects.direct;
    let mut marks = Vec::new();
    let around = blocks
        .iter()
        .any(|block| block.effects.direct.point != Some(0.0));
    if around {
        marks.push(bars(
            &format!("around {mediator}"),
            blocks,
            direct,
            Vec::new(),
            Ink::Direct,
        ));
    }
    let begins = blocks.iter().map(|block| {
        let part = |estimate: &Estimate| estimate.point.unwrap_or(0.0);
        let (direct, through) = (part(&block.effects.direct), part(&block.effects.through));
        if direct * through > 0.0 { direct } else { 0.0 }
    });
    let name = format!("through {mediator}");
    marks.push(bars(&name, blocks, through, begins.collect(), Ink::Through));
    marks.push(Mark::Points {
        name: "in all".into(),
        x: at(),
        y: blocks
            .iter()
            .map(|block| block.effects.outcome.point)
            .collect(),
        whiskers: blocks
            .iter()
            .map(|block| ends(&block.effects.outcome))
            .collect(),
        labels: Vec::new(),
        ink: Ink::Actual,
        shape: Shape::Diamond,
        lying: false,
    });
    let lengths: Vec<usize> = blocks.iter().map(|block| block.weeks).collect();
    let longest = lengths.iter().max().copied().unwrap_or(1);
    let each = match longest {
        1 => "first day of the week".to_owned(),
        weeks => format!("first day of up to {weeks} weeks"),
    };
    let x = Axis {
        title: each,
        ..Axis::categories(blocks.iter().map(|block| block.first.as_str()))
    };
    let outcome = claim::measured(analysis, &analysis.stages.outcome.target);
    let y = Axis::numbers(format!("change of {outcome}"), NumberFormat::Amount);
    Panel::new(x, y, marks).titled("Over time")
}

fn bars(
    name: &str,
    blocks: &[Block],
    of: fn(&Block) -> &Estimate,
    base: Vec<f64>,
    ink: Ink,
) -> Mark {
    Mark::Bars {
        name: name.into(),
        at: (0..blocks.len()).map(|nth| nth as f64).collect(),
        base,
        length: blocks.iter().map(|block| of(block).point).collect(),
        whiskers: Vec::new(),
        labels: Vec::new(),
        ink,
        lying: false,
        stack: Some("change".into()),
        width: 0.7,
    }
}

fn in_all(scenario: &Scenario, analysis: &Analysis) -> Panel {
    let mediator = &analysis.stages.mediator.target;
    let outcome = &analysis.stages.outcome.target;
    let of = |effects: &'_ headwater::decisions::scenario::Effects, profit: &'_ Estimate| {
        [
            effects.outcome.clone(),
            effects.mediator.clone(),
            profit.clone(),
        ]
    };
    let careful = of(&scenario.total, &scenario.returns.profit);
    let pooled = scenario.pooled.as_ref();
    let pooled = pooled.map(|pooled| of(&pooled.total, &pooled.returns.profit));
    let mut marks = vec![no_change()];
    let refer = |estimates: &'_ [Estimate; 3]| -> Vec<Estimate> { estimates.to_vec() };
    if let Some(pooled) = &pooled {
        let pooled = refer(pooled);
        let pooled: Vec<&Estimate> = pooled.iter().collect();
        let name = format!("one slope for every unit of {mediator}");
        marks.push(lying(
            &name,
            &pooled,
            -0.18,
            Ink::Model,
            Shape::Diamond,
            Some(amount),
        ));
    }
    let (aside, name) = match pooled.is_some() {
        true => (0.18, "without that"),
        false => (0.0, "change"),
    };
    let careful = refer(&careful);
    let careful: Vec<&Estimate> = careful.iter().collect();
    marks.push(lying(
        name,
        &careful,
        aside,
        Ink::Through,
        Shape::Circle,
        Some(amount),
    ));
    let names = match scenario.plan.margin {
        Some(_) => [outcome.as_str(), mediator.as_str(), "profit"],
        None => [
            outcome.as_str(),
            mediator.as_str(),
            "profit (no margin set)",
        ],
    };
    Panel::new(
        Axis::numbers("change in all", NumberFormat::Amount),
        Axis::categories(names),
        marks,
    )
    .titled(format!(
        "In all, for {} of spend",
        amount(scenario.returns.spend)
    ))
}

fn no_change() -> Mark {
    Mark::Reference {
        label: "no change".into(),
        at: 0.0,
        upright: true,
        ink: Ink::Quiet,
        dashed: true,
    }
}

/// Several plans side by side, and their differences to the first within the same replicates.
pub fn scenarios(scenarios: &Scenarios, analysis: &Analysis) -> Figure {
    let outcome = &analysis.stages.outcome.target;
    let plans = &scenarios.scenarios;
    let names: Vec<String> = plans
        .iter()
        .map(|plan| format!("{}, spend {}", plan.name, amount(plan.returns.spend)))
        .collect();
    let outcomes: Vec<&Estimate> = plans.iter().map(|plan| &plan.total.outcome).collect();
    let profits: Vec<&Estimate> = plans.iter().map(|plan| &plan.returns.profit).collect();
    let panel = |title: String, rows: Vec<String>, estimates: &[&Estimate], ink: Ink| {
        let marks = vec![
            no_change(),
            lying("", estimates, 0.0, ink, Shape::Diamond, Some(amount)),
        ];
        let x = Axis::numbers("change", NumberFormat::Amount);
        let panel = Panel::new(x, Axis::categories(rows), marks).titled(title);
        match estimates.iter().find_map(|estimate| estimate.point) {
            Some(_) => panel,
            None => {
                let why = estimates.iter().find_map(|estimate| estimate.why.clone());
                panel.empty(why.unwrap_or_else(|| "nothing to compare".into()))
            }
        }
    };
    let mut panels = vec![
        panel(
            format!("Change of {outcome}"),
            names.clone(),
            &outcomes,
            Ink::Model,
        ),
        panel("Change of profit".into(), names, &profits, Ink::Good),
    ];
    let differences = &scenarios.differences;
    if !differences.is_empty() {
        let rows = differences
            .iter()
            .map(|one| format!("{} less {}", one.name, one.from));
        let apart: Vec<&Estimate> = differences.iter().map(|one| &one.total.outcome).collect();
        let title = format!("Difference of {outcome}");
        panels.push(panel(title, rows.collect(), &apart, Ink::Direct));
    }
    let said: Vec<String> = plans
        .iter()
        .map(|plan| {
            let change = with_interval(&plan.total.outcome, amount);
            format!("{} ({}): {change}", plan.name, changes(&plan.plan))
        })
        .collect();
    let columns = panels.len();
    Figure {
        id: "scenarios".into(),
        title: claim::unless_doubted(analysis, "Plans side by side", apart(scenarios, outcome)),
        caption: format!(
            "Each plan against what was spent: {}. Differences are taken within the same replicates, so intervals \
             that overlap may still differ. {}",
            plans
                .iter()
                .map(|plan| format!("{}: {}", plan.name, changes(&plan.plan)))
                .collect::<Vec<_>>()
                .join("; "),
            claim::rests_on(analysis)
        ),
        alt: format!(
            "Points with whiskers of the change of {outcome}: {}.",
            said.join("; ")
        ),
        width: 1280.0,
        height: height_of(plans.len()).max(440.0),
        content: Content::Panels { columns, panels },
    }
}

/// Whether the plans differ clearly from the first.
fn apart(scenarios: &Scenarios, outcome: &str) -> String {
    let Some(first) = scenarios.scenarios.first() else {
        return "No plan was asked for".into();
    };
    if scenarios.differences.is_empty() {
        return format!(
            "{}: {}",
            first.name,
            moved(&first.total.outcome, outcome, Tense::Past)
        )
        .trim_end_matches('.')
        .into();
    }
    let said = scenarios.differences.iter().map(|one| {
        let change = with_interval(&one.total.outcome, amount);
        match (one.total.outcome.excludes(0.0), one.total.outcome.point) {
            (Some(true), Some(point)) => {
                let way = if point > 0.0 { "more" } else { "less" };
                format!(
                    "{} brings {way} {outcome} than {}, by {change}",
                    one.name, one.from
                )
            }
            (Some(false), _) => format!("{} is not clearly different from {}", one.name, one.from),
            _ => format!(
                "{} differs from {} by {change}, without an interval",
                one.name, one.from
            ),
        }
    });
    claim::capital(&said.collect::<Vec<_>>().join("; "))
}
