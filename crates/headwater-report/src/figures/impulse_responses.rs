//! How the effect of spend spreads over the weeks after it.

use headwater::analysis::Analysis;
use headwater::decisions::Timing;
use headwater::decisions::timing::ChannelTiming;

use super::panel::{ends, grid};
use super::{Axis, Figure, Ink, Mark, NumberFormat, Panel, claim};
use crate::terminal::timing::{after, alike};

/// A panel for each channel: what one unit does to the outcome in each week after it.
pub fn impulse_responses(timing: &Timing, analysis: &Analysis) -> Figure {
    let outcome = &analysis.stages.outcome.target;
    let panels = timing
        .channels
        .iter()
        .map(|channel| panel(channel, outcome));
    let (content, width, height) = grid(panels.collect());
    let said = alike(
        timing
            .channels
            .iter()
            .map(|channel| (&*channel.channel, half(channel))),
    );
    let said: Vec<String> = said
        .into_iter()
        .map(|(names, said)| format!("{}: {said}", claim::few(&names)))
        .collect();
    let set = timing.channels.iter().any(|channel| channel.carry_over_set);
    let shared = timing
        .channels
        .iter()
        .any(|channel| channel.carry_over_shared);
    let learned = match (set, shared) {
        (true, _) => "The carry-over was set, not learned. ",
        (false, true) => "One carry-over was chosen for all channels, so their shapes are alike. ",
        (false, false) => "",
    };
    Figure {
        id: "impulse_responses".into(),
        title: claim::unless_doubted(
            analysis,
            "When effects come",
            format!("Half of the effect comes, {}", said.join("; ")),
        ),
        caption: format!(
            "{outcome} that one unit of spend adds in its own week (0) and in each week after, with intervals; \
             followed for {} weeks. {learned}{}",
            timing.followed,
            claim::rests_on(analysis)
        ),
        alt: format!(
            "Bars by weeks after the spend, a panel each channel. Half of the effect comes, {}.",
            said.join("; ")
        ),
        width,
        height,
        content,
    }
}

/// When half of the effect has come, where there is a clear effect.
fn half(channel: &ChannelTiming) -> String {
    match (channel.clear, channel.lag.half.point) {
        (Some(false), _) => "no clear effect to time".into(),
        (_, None) => "not assessed".into(),
        (Some(true), _) => after(&channel.lag.half),
        (None, _) => format!("{}, without an interval", after(&channel.lag.half)),
    }
}

fn panel(channel: &ChannelTiming, outcome: &str) -> Panel {
    let response = &channel.response;
    let bars = Mark::Bars {
        name: String::new(),
        at: response.iter().map(|after| after.week as f64).collect(),
        base: Vec::new(),
        length: response.iter().map(|after| after.total.point).collect(),
        whiskers: response.iter().map(|after| ends(&after.total)).collect(),
        labels: Vec::new(),
        ink: match channel.clear {
            Some(false) => Ink::Quiet,
            _ => Ink::Through,
        },
        lying: false,
        stack: None,
        width: 0.7,
    };
    let panel = Panel::new(
        Axis::numbers("weeks after", NumberFormat::Count),
        Axis::numbers(format!("{outcome} a unit"), NumberFormat::Amount),
        vec![bars],
    )
    .titled(match channel.clear {
        Some(false) => format!("{}: no clear effect", channel.channel),
        _ => channel.channel.clone(),
    });
    match response.iter().find_map(|after| after.total.point) {
        Some(_) => panel,
        None => {
            let why = channel.effect.why.clone();
            panel.empty(why.unwrap_or_else(|| "there is no effect to follow".into()))
        }
    }
}
