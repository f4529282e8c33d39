//! What a reader of a plan should know.

use super::allocation::{Allocation, BoundedBy, Method, Verdict};
use super::horizon::Horizon;
use crate::finding::{Bound, Finding, Status};
use crate::words::{agreeing, listed};

/// How far a model may be from the surface that stood for it, as a part of the promised gain.
const EXACT: f64 = 1e-6;
const SURROGATE: f64 = 0.2;

/// The findings of the plan, after those that the solver left in it.
pub(super) fn findings(plan: &Allocation, horizon: &Horizon, mediator: &str) -> Vec<Finding> {
    let own = [
        Some(gain(plan)),
        Some(promise(plan)),
        Some(support(plan)),
        stories(plan),
        dominance(plan, mediator),
        even(horizon),
        unknown(horizon),
    ];
    let solver = plan.findings.iter().cloned();
    own.into_iter().flatten().chain(solver).collect()
}

fn gain(plan: &Allocation) -> Finding {
    let id = "decisions.allocation_gain";
    let experiment = match &plan.experiment {
        Some(channel) => format!(
            "leave spend as it is and run an experiment on {channel}, whose effect is worth most to know"
        ),
        None => "leave spend as it is".into(),
    };
    let (status, said) = match plan.verdict {
        Verdict::Better => (
            Status::Passed,
            "the 80% interval of the plan's gain lies above 0".into(),
        ),
        Verdict::Noise => (
            Status::Warning,
            format!("the 80% interval of the plan's gain covers 0: {experiment}"),
        ),
        Verdict::Worse => (
            Status::Warning,
            "the 80% interval of the plan's gain lies below 0: budget or bounds allow nothing better"
                .into(),
        ),
        Verdict::Current => (
            Status::Passed,
            "no plan within budget and bounds betters the current one".into(),
        ),
        Verdict::NotAssessed => (
            Status::NotAssessed,
            "whether the plan's gain is more than noise cannot be said without replicates; fit with --bootstrap 1000"
                .into(),
        ),
    };
    let finding = Finding::new(id, status, said);
    match plan.gain.narrow.lower {
        Some(lower) => {
            finding.measured("lower end of the 80% interval", lower, Bound::AtLeast(0.0))
        }
        None => finding,
    }
}

/// Whether the models keep what the surface promised.
fn promise(plan: &Allocation) -> Finding {
    let (promised, modelled) = (plan.gain.promised, plan.gain.modelled);
    let gap = (modelled - promised).abs();
    let (allowed, what) = match &plan.method {
        Method::Exact => (EXACT, "the slopes of the models"),
        Method::Surrogate { .. } => (SURROGATE, "the surrogate"),
    };
    // a gain of nothing is measured by what the plan costs
    let scale = promised.abs().max(1e-6 * plan.planned.bill.abs());
    let share = if gap == 0.0 { 0.0 } else { gap / scale };
    let figures = format!("{what} promised a gain of {promised:.0}, the models give {modelled:.0}");
    let (status, said) = match (share <= allowed, &plan.method) {
        (true, _) => (Status::Passed, figures),
        (false, Method::Exact) => (
            Status::Warning,
            format!(
                "{figures}: in {} of the models the mediator is held at zero in some week. The plan may not be the best; narrow the bounds",
                plan.gain.held_at_zero
            ),
        ),
        (false, Method::Surrogate { .. }) => (
            Status::Warning,
            format!(
                "{figures}: channels do not add up, or effects jump. Believe the models; the plan may not be the best"
            ),
        ),
    };
    Finding::new("decisions.allocation_promise", status, said).measured(
        "gap as a share of the gain",
        share,
        Bound::AtMost(allowed),
    )
}

fn support(plan: &Allocation) -> Finding {
    let id = "decisions.allocation_support";
    let cut: Vec<&str> = plan
        .channels
        .iter()
        .filter(|c| c.bounded_by == BoundedBy::Support && c.at_bound.is_some())
        .map(|c| c.channel.as_str())
        .collect();
    let finding = match plan.share_outside {
        Some(share) if share > 0.0 => Finding::new(
            id,
            Status::Warning,
            format!(
                "{:.0}% of the money that moves lies beyond what the data have seen: nothing there says what it would do. Plan within, without --allow-extrapolation",
                100.0 * share
            ),
        ),
        _ if !cut.is_empty() => Finding::new(
            id,
            Status::Passed,
            format!(
                "the plan lies within what the data have seen, where {} at the edge: to learn what lies beyond, try it in an experiment",
                agreeing(&cut, "ends", "end")
            ),
        ),
        _ => Finding::new(
            id,
            Status::Passed,
            "the plan lies within what the data have seen",
        ),
    };
    let share = plan.share_outside.unwrap_or(0.0);
    finding.measured("share of moved money outside", share, Bound::AtMost(0.0))
}

fn stories(plan: &Allocation) -> Option<Finding> {
    // a story may have several worlds, and a channel agrees with it in all or none
    let asked = plan.story_names().len();
    if asked == 0 {
        return None;
    }
    let torn = plan.channels.iter().filter(|c| c.agreeing_stories < asked);
    let torn: Vec<&str> = torn.map(|c| c.channel.as_str()).collect();
    let (status, said) = match torn.is_empty() {
        true => (
            Status::Passed,
            format!("every move has the same sign under all {asked} stories"),
        ),
        false => (
            Status::Warning,
            format!(
                "the direction for {} depends on the story: move only the channels on which all {asked} agree",
                listed(&torn)
            ),
        ),
    };
    Some(Finding::new("decisions.allocation_stories", status, said))
}

fn dominance(plan: &Allocation, mediator: &str) -> Option<Finding> {
    let most = plan.return_on_mediator?;
    Some(
        Finding::new(
            "decisions.dominance",
            Status::Warning,
            format!(
                "with everything through {mediator}, no channel can return more than {most:.2} on its \
                 bill, the worth of a unit of {mediator} that spend sets off. That is what created \
                 demand is worth: if buying {mediator} outright returned as much, all money would \
                 belong there, which these data do not say"
            ),
        )
        .with("return_on_mediator", most),
    )
}

fn even(horizon: &Horizon) -> Option<Finding> {
    let even = horizon.channels.iter().filter(|channel| channel.even);
    let even: Vec<&str> = even.map(|channel| channel.name.as_str()).collect();
    (!even.is_empty()).then(|| {
        Finding::new(
            "decisions.flighting",
            Status::Warning,
            format!(
                "the last {} weeks give no pattern for {} (no spend, or refunds): planned evenly, week by week",
                horizon.weeks.len(),
                listed(&even)
            ),
        )
    })
}

fn unknown(horizon: &Horizon) -> Option<Finding> {
    (!horizon.unknown.is_empty()).then(|| {
        Finding::new(
            "decisions.not_planned",
            Status::Warning,
            format!(
                "{} did not vary over the weeks of the fit, so nothing is known of its effect: left as it is, outside the budget",
                listed(&horizon.unknown)
            ),
        )
    })
}
