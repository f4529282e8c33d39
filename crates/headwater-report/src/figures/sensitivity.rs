//! What would change the answer.

use headwater::analysis::Analysis;
use headwater::error::{Error, Result};
use headwater::mediation::Link;
use headwater::validation::sensitivity::{DirectShare, Sensitivity, UnmeasuredDemand};

use super::panel::{height_of, places};
use super::{Axis, Content, Figure, Ink, Mark, NumberFormat, Panel, claim};
use crate::number::{percent, ratio, with_interval};

/// What a unit of the mediator is worth by the strength of demand that nobody measured, and the share of
/// a channel's effect around the mediator that turns its verdict.
///
/// # Errors
/// When the run could not assess either.
pub fn sensitivity(analysis: &Analysis) -> Result<Figure> {
    let found = analysis.sensitivity.as_ref();
    let not_assessed = || {
        let mut findings = analysis.findings.iter();
        let why = findings.find(|finding| finding.id == "sensitivity.unmeasured_demand");
        Error::setting(
            match why {
                Some(finding) => format!("sensitivity was not assessed: {}", finding.summary),
                None => "sensitivity was not assessed in this run".into(),
            },
            "fit more weeks, or fewer columns, so that the linear system behind the model has a solution",
        )
    };
    let found = found.ok_or_else(not_assessed)?;
    let mut panels = Vec::new();
    panels.extend(
        found
            .unmeasured_demand
            .as_ref()
            .map(|it| sweep(analysis, found, it)),
    );
    panels.extend(found.direct_share.as_ref().map(breaks));
    if panels.is_empty() {
        return Err(not_assessed());
    }
    let mediator = &analysis.stages.mediator.target;
    let outcome = &analysis.stages.outcome.target;
    let zero = found
        .unmeasured_demand
        .as_ref()
        .map(|demand| &demand.zero_crossing);
    let zero = zero.filter(|zero| zero.point.is_some());
    let shares: Vec<String> = found
        .direct_share
        .iter()
        .flat_map(|direct| &direct.verdicts)
        .map(|verdict| match verdict.share {
            Some(share) => format!("{} at {}", verdict.channel, percent(share)),
            None => format!("{} never", verdict.channel),
        })
        .collect();
    let rows = found
        .direct_share
        .as_ref()
        .map_or(0, |direct| direct.verdicts.len());
    Ok(Figure {
        id: "sensitivity".into(),
        title: match zero {
            Some(zero) => format!(
                "Hidden demand that correlates what is unexplained by {} would explain all that seems to go through \
                 {mediator}",
                with_interval(zero, ratio)
            ),
            None => format!("What a direct path around {mediator} would change"),
        },
        caption: format!(
            "Left, the worth of a unit of {mediator} if something unmeasured moved {mediator} and {outcome} together, by \
             how strongly; at 0 nothing does. Right, the smallest share of any one channel's effect around {mediator} \
             that moves a channel across break-even. Least squares; no data can show either. {}",
            claim::rests_on(analysis)
        ),
        alt: format!(
            "A falling curve of the worth of {mediator} by a correlation{}. Bars of shares that turn a verdict: {}.",
            zero.map_or(String::new(), |zero| format!(
                ", 0 at {}",
                with_interval(zero, ratio)
            )),
            match shares.is_empty() {
                true => "not assessed".into(),
                false => shares.join(", "),
            }
        ),
        width: 1100.0,
        height: height_of(rows).max(500.0),
        content: Content::Panels {
            columns: panels.len(),
            panels,
        },
    })
}

fn sweep(analysis: &Analysis, found: &Sensitivity, demand: &UnmeasuredDemand) -> Panel {
    let (mediator, outcome) = (
        &analysis.stages.mediator.target,
        &analysis.stages.outcome.target,
    );
    let points = demand.points.iter();
    let rho: Vec<f64> = points.clone().map(|point| point.rho).collect();
    let upright = |label: &str, at: Option<f64>, ink: Ink| {
        at.map(|at| Mark::Reference {
            label: format!("{label} {}", ratio(at)),
            at,
            upright: true,
            ink,
            dashed: true,
        })
    };
    let mut marks = vec![
        Mark::Band {
            name: "interval".into(),
            x: rho.clone(),
            lower: points.clone().map(|point| point.b.lower).collect(),
            upper: points.clone().map(|point| point.b.upper).collect(),
            ink: Ink::Through,
        },
        Mark::Line {
            name: format!("worth of a unit of {mediator}"),
            x: rho,
            y: points.map(|point| point.b.point).collect(),
            ink: Ink::Through,
            dashed: false,
        },
    ];
    marks.extend(upright(
        "worth nothing at",
        demand.zero_crossing.point,
        Ink::Bad,
    ));
    marks.extend(upright(
        "no direct path needs",
        demand.no_direct_path.point,
        Ink::Quiet,
    ));
    let worth = match found.link {
        Link::Identity => format!("{outcome} for a unit of {mediator}"),
        Link::Log => format!("log {outcome} for a unit of {mediator}"),
    };
    let format = match found.link {
        Link::Identity => NumberFormat::Ratio,
        Link::Log => NumberFormat::Amount,
    };
    Panel::new(
        Axis::numbers("correlation of what is unexplained", NumberFormat::Ratio),
        Axis::numbers(worth, format),
        marks,
    )
    .titled("Hidden demand")
}

fn breaks(direct: &DirectShare) -> Panel {
    let verdicts = direct.verdicts.iter();
    let bars = Mark::Bars {
        name: String::new(),
        at: places(direct.verdicts.len()),
        base: Vec::new(),
        length: verdicts.clone().map(|verdict| verdict.share).collect(),
        whiskers: Vec::new(),
        labels: verdicts
            .clone()
            .map(|verdict| match (verdict.share, &verdict.by) {
                (Some(share), Some(by)) if *by != verdict.channel => {
                    format!("{} of {by}", percent(share))
                }
                (Some(share), _) => percent(share),
                (None, _) => "never".into(),
            })
            .collect(),
        ink: Ink::Doubt,
        lying: true,
        stack: None,
        width: 0.6,
    };
    let names = verdicts.map(|verdict| match verdict.worth {
        true => format!("{} (pays)", verdict.channel),
        false => format!("{} (does not pay)", verdict.channel),
    });
    let panel = Panel::new(
        Axis::numbers("share around the mediator", NumberFormat::Percent),
        Axis::categories(names),
        vec![bars],
    )
    .titled(format!(
        "Share that moves it across {}",
        ratio(direct.bound)
    ));
    match direct.verdicts.is_empty() {
        true => panel.empty("no channel has a return"),
        false => panel,
    }
}
