//! Whether the effects can be believed as numbers.

use super::settings::Settings;
use crate::effects::{Bootstrap, ChannelEffects, carry_over_beyond, carry_over_finding};
use crate::estimate::Estimate;
use crate::features::Recipe;
use crate::finding::{Finding, Status};
use crate::mediation::{FittedMediation, Prepared};
use crate::validation::assumption::PathAssessment;

/// No channel can have brought more than all there was; where the numbers say so, the contrast
/// reaches beyond what the data show. Where effects are to be read from the totals without the
/// rule, those are judged too.
pub(super) fn believable(
    effects: &[ChannelEffects],
    path: &PathAssessment,
    all: f64,
    outcome: &str,
) -> Finding {
    const ID: &str = "effects.larger_than_outcome";
    let too_large = |total: &Estimate| total.point.is_some_and(|total| total.abs() > all.abs());
    let mut channels: Vec<&str> = effects
        .iter()
        .filter(|effect| too_large(&effect.total))
        .map(|effect| effect.channel.as_str())
        .collect();
    let totals = path.totals.iter();
    for total in totals.filter(|total| path.use_totals && too_large(&total.unrestricted)) {
        if !channels.contains(&total.channel.as_str()) {
            channels.push(&total.channel);
        }
    }
    let too_large = channels;
    if too_large.is_empty() {
        let said = format!("no effect is larger than all {outcome} in the file");
        return Finding::new(ID, Status::Passed, said);
    }
    let said = format!(
        "the total effect of {} is larger than all {outcome} in the file: a world without the channel lies \
         too far from the data, and the number should not be used",
        too_large.join(", ")
    );
    Finding::new(ID, Status::Failed, said)
        .with("channels", too_large)
        .with("outcome", all)
}

/// A point outside its own interval: the resamples are centred elsewhere.
pub(super) fn outside(effects: &[ChannelEffects]) -> Option<Finding> {
    let outside: Vec<&str> = effects
        .iter()
        .filter(|effect| {
            let total = &effect.total;
            matches!((total.point, total.interval()), (Some(point), Some(interval)) if !interval.contains(point))
        })
        .map(|effect| effect.channel.as_str())
        .collect();
    if outside.is_empty() {
        return None;
    }
    let said = format!(
        "the total effect of {} lies outside its own interval: the resamples are centred elsewhere, so the \
         point is not to be trusted",
        outside.join(", ")
    );
    Some(
        Finding::new("effects.point_outside_interval", Status::Warning, said)
            .with("channels", outside),
    )
}

/// How much carry-over falls after the last week, by the stage that holds more of it back.
pub(super) fn carry_over(
    settings: &Settings,
    prepared: &Prepared,
    model: &FittedMediation,
) -> Finding {
    if settings.features.recipe == Recipe::Seed {
        return Finding::new(
            "effects.carry_over_beyond_data",
            Status::NotAssessed,
            "the moving averages of the seed recipe are not carry-over of spend: what falls after the last \
             week is unknown",
        );
    }
    let (first, second) = model.carry_overs();
    carry_over_finding(prepared.observed.exposures().map(|name| {
        let spend = prepared.observed.get(name);
        let share = |stage| {
            let kernel = prepared.features.kernel(name, stage);
            kernel.map_or(0.0, |kernel| carry_over_beyond(spend, kernel))
        };
        let drawn = prepared.direct.iter().any(|direct| direct == name);
        let beyond = if drawn {
            share(first).max(share(second))
        } else {
            share(first)
        };
        (name, beyond)
    }))
}

/// Intervals of shrunken effects are stamped: they show stability, not coverage.
pub(super) fn shrinkage(settings: &Settings) -> Option<Finding> {
    let stages = [
        ("mediator", &settings.stages.mediator),
        ("outcome", &settings.stages.outcome),
    ];
    let shrunken: Vec<&str> = stages
        .iter()
        .filter(|(_, estimator)| estimator.shrinks_causal())
        .map(|(stage, _)| *stage)
        .collect();
    if shrunken.is_empty() {
        return None;
    }
    Some(
        Finding::new(
            "effects.shrunken",
            Status::Warning,
            format!(
                "effects are shrunk towards 0 by the estimator of the {} stage{}: the intervals show how stable \
                 they are, they are not confidence intervals",
                shrunken.join(" and the "),
                if shrunken.len() > 1 { "s" } else { "" }
            ),
        )
        .with("stages", shrunken),
    )
}

/// Warns when more than 5% of the resamples had to be drawn again.
pub(super) fn redraws(bootstrap: &Bootstrap) -> Option<Finding> {
    let replicates = bootstrap.draws.len();
    let share = bootstrap.redraws as f64 / replicates.max(1) as f64;
    (share > 0.05).then(|| {
        Finding::new(
            "effects.redraws",
            Status::Warning,
            format!(
                "{} of {replicates} resamples left a rare column without variation and were drawn again: the \
                 intervals are conditional on its presence",
                bootstrap.redraws
            ),
        )
        .with("redraws", bootstrap.redraws)
        .with("replicates", replicates)
    })
}
