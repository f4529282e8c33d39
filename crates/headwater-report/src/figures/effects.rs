//! What each channel did to the outcome.

use headwater::analysis::Analysis;
use headwater::estimate::Estimate;

use super::panel::{alone, height_of, lying, places};
use super::{Axis, Figure, Ink, Mark, NumberFormat, Panel, Shape, claim};
use crate::number::{amount, with_interval};
use crate::terminal::answer::whatever_path;

/// Effects of every channel over all weeks, around the mediator and through it, with the interval of
/// their sum. Where the checks say to read totals without the path, those stand beside them.
pub fn effects(analysis: &Analysis) -> Figure {
    let mediator = &analysis.stages.mediator.target;
    let outcome = &analysis.stages.outcome.target;
    let of = |pick: fn(&headwater::effects::ChannelEffects) -> &Estimate| -> Vec<&Estimate> {
        analysis.effects.iter().map(pick).collect()
    };
    let (total, direct) = (of(|effect| &effect.total), of(|effect| &effect.direct));
    let indirect = of(|effect| &effect.indirect);
    let points = |estimates: &[&Estimate]| -> Vec<Option<f64>> {
        estimates.iter().map(|estimate| estimate.point).collect()
    };
    let at = places(analysis.effects.len());
    let bars = |name: String, estimates: &[&Estimate], base: Vec<f64>, ink: Ink| Mark::Bars {
        name,
        at: at.clone(),
        base,
        length: points(estimates),
        whiskers: Vec::new(),
        labels: Vec::new(),
        ink,
        lying: true,
        stack: Some("effect".into()),
        width: 0.6,
    };
    // What goes through the mediator begins where the direct part ends, unless they pull apart.
    let begins = direct.iter().zip(&indirect).map(|(direct, indirect)| {
        let (direct, indirect) = (direct.point.unwrap_or(0.0), indirect.point.unwrap_or(0.0));
        if direct * indirect > 0.0 { direct } else { 0.0 }
    });
    let mut marks = Vec::new();
    if !analysis.roles.direct_exposures().is_empty() {
        let name = format!("around {mediator}");
        marks.push(bars(name, &direct, Vec::new(), Ink::Direct));
    }
    let name = format!("through {mediator}");
    marks.push(bars(name, &indirect, begins.collect(), Ink::Through));
    marks.push(lying(
        "total",
        &total,
        0.0,
        Ink::Actual,
        Shape::Diamond,
        Some(amount),
    ));
    if whatever_path(analysis) {
        let free: Vec<&Estimate> = analysis
            .effects
            .iter()
            .filter_map(|effect| {
                let mut rows = analysis.path.totals.iter();
                Some(&rows.find(|row| row.channel == effect.channel)?.unrestricted)
            })
            .collect();
        if free.len() == at.len() {
            let name = "by whatever path (read this)";
            marks.push(lying(
                name,
                &free,
                0.38,
                Ink::Doubt,
                Shape::Circle,
                Some(amount),
            ));
        }
    }
    let names = analysis
        .effects
        .iter()
        .map(|effect| effect.channel.as_str());
    let x = Axis::numbers(
        format!("{}, over all weeks", claim::measured(analysis, outcome)),
        NumberFormat::Amount,
    );
    let said: Vec<String> = analysis
        .effects
        .iter()
        .map(|effect| {
            format!(
                "{} {}",
                effect.channel,
                with_interval(&effect.total, amount)
            )
        })
        .collect();
    Figure {
        id: "effects".into(),
        title: claim::effects(analysis),
        caption: format!(
            "What {outcome} would lose without each channel's spend, the others as they were: bars by the way it \
             goes, the mark and its whiskers the total with its interval. {}A total whose whiskers cross 0 \
             may be nothing. {}",
            no_edge(analysis),
            claim::rests_on(analysis)
        ),
        alt: format!(
            "Lying bars, one a channel, of effects on {outcome} over all weeks: {}.",
            said.join("; ")
        ),
        width: 960.0,
        height: height_of(analysis.effects.len()),
        content: alone(Panel::new(x, Axis::categories(names), marks)),
    }
}

/// That nothing goes around the mediator by assumption, where no edge is drawn.
fn no_edge(analysis: &Analysis) -> String {
    match analysis.roles.direct_exposures().is_empty() {
        true => format!(
            "No direct edge is drawn, so all of it goes through {} by assumption. ",
            analysis.stages.mediator.target
        ),
        false => String::new(),
    }
}
