//! Estimates of a simulated market beside the effects that were built into it.

use headwater::analysis::Analysis;
use headwater::effects::ChannelEffects;
use headwater::estimate::Estimate;
use headwater::simulate::{ChannelTruth, Truth};

use crate::number::{NOTHING, amount, percent, ratio};
use crate::terminal::answer::answer;
use crate::terminal::assumptions::assumptions;
use crate::terminal::effects::returns_legend;
use crate::terminal::screen::{RunInfo, next, title};
use crate::terminal::style::Style;
use crate::terminal::table::{Align, table};

/// The screen that `headwater demo` prints: the answer, then every estimate beside the truth.
pub fn demo_screen(analysis: &Analysis, truth: &Truth, run: &RunInfo, style: Style) -> String {
    title(analysis, &style)
        + &answer(analysis, &style)
        + &effects_beside_truth(analysis, truth, style)
        + &assumptions(analysis, &style)
        + &next(run, &style)
}

/// A table of estimates and intervals beside the truth, and whether each interval holds it.
///
/// Channels are matched by name; a channel that the truth does not know is left out. The direct
/// effect has no row where it is 0 both in the graph and in truth: all of the effect is then the
/// effect through the mediator.
pub fn effects_beside_truth(analysis: &Analysis, truth: &Truth, style: Style) -> String {
    let mut rows = Vec::new();
    let (mut inside, mut assessed) = (0, 0);
    for effect in &analysis.effects {
        let channel = truth
            .channels
            .iter()
            .find(|channel| channel.name == effect.channel);
        let Some(channel) = channel else { continue };
        for (i, line) in lines(effect, channel, analysis).into_iter().enumerate() {
            let holds = line.truth.and_then(|truth| line.estimate.excludes(truth));
            assessed += usize::from(holds.is_some());
            inside += usize::from(holds == Some(false));
            rows.push(vec![
                if i == 0 {
                    effect.channel.clone()
                } else {
                    String::new()
                },
                line.name,
                line.estimate.point.map_or(NOTHING.into(), line.write),
                line.estimate.interval().map_or(NOTHING.into(), |interval| {
                    format!(
                        "{} to {}",
                        (line.write)(interval.lower),
                        (line.write)(interval.upper)
                    )
                }),
                line.truth.map_or(NOTHING.into(), line.write),
                match holds {
                    Some(false) => "yes".into(),
                    Some(true) => "NO".into(),
                    None => NOTHING.into(),
                },
            ]);
        }
    }
    let level = percent(analysis.bootstrap.level);
    let header = [
        ("channel", Align::Left),
        ("", Align::Left),
        ("estimate", Align::Right),
        ("interval", Align::Right),
        ("truth", Align::Right),
        ("inside", Align::Left),
    ];
    let verdict = if assessed == 0 {
        "No interval was computed, so nothing can be said of coverage.".to_owned()
    } else if analysis
        .findings
        .iter()
        .any(|finding| finding.id == "effects.shrunken")
    {
        format!(
            "{inside} of {assessed} intervals hold the truth. Effects are shrunk by this estimator: its \
             intervals show how stable they are and promise no coverage."
        )
    } else {
        format!(
            "{inside} of {assessed} intervals hold the truth. Each is meant to do so in {level} of \
             markets; those of one channel err together."
        )
    };
    style.heading("Estimates beside the truth")
        + &table(&style, &header, rows)
        + &style.dim(&style.paragraph(2, &verdict))
        + &returns_legend(&analysis.stages.mediator.target, &style)
}

/// One effect of a channel: what was estimated and what is true.
struct Line<'a> {
    name: String,
    estimate: &'a Estimate,
    truth: Option<f64>,
    write: fn(f64) -> String,
}

fn lines<'a>(
    effect: &'a ChannelEffects,
    truth: &ChannelTruth,
    analysis: &Analysis,
) -> Vec<Line<'a>> {
    let mediator = &analysis.stages.mediator.target;
    let line = |name: &str, estimate: &'a Estimate, truth: Option<f64>, write| Line {
        name: name.into(),
        estimate,
        truth,
        write,
    };
    let money: fn(f64) -> String = amount;
    let through = format!("through {mediator}");
    let mut lines = Vec::new();
    if effect.direct.point == Some(0.0) && truth.direct_effect == 0.0 {
        lines.push(line(
            &format!("total, all {through}"),
            &effect.total,
            Some(truth.total_effect),
            money,
        ));
    } else {
        lines.push(line(
            "total",
            &effect.total,
            Some(truth.total_effect),
            money,
        ));
        lines.push(line(
            "direct",
            &effect.direct,
            Some(truth.direct_effect),
            money,
        ));
        lines.push(line(
            &through,
            &effect.indirect,
            Some(truth.indirect_effect),
            money,
        ));
    }
    lines.push(line(
        &format!("induced {mediator}"),
        &effect.induced_mediator_spend,
        Some(truth.induced_mediator_spend),
        money,
    ));
    lines.push(line(
        "ROAS gross",
        &effect.roas.gross,
        truth.roas_gross,
        ratio,
    ));
    lines.push(line(
        "ROAS loaded",
        &effect.roas.loaded,
        truth.roas_loaded,
        ratio,
    ));
    lines.push(line(
        "ROAS marginal",
        &effect.roas.marginal,
        truth.roas_marginal,
        ratio,
    ));
    lines
}
