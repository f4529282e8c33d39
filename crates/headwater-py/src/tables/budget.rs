//! Where the money of the coming weeks goes.

use headwater::analysis::Recommendations;
use headwater::decisions::budget::Allocation;
use serde::{Deserialize, Serialize};

use super::estimates;
use crate::frame::Frame;
use crate::values::word;

/// What a channel gets over the horizon, now and by the plan, and what held it.
#[derive(Serialize, Deserialize)]
struct PlanRow {
    channel: String,
    current: f64,
    planned: f64,
    change: f64,
    current_weekly: f64,
    planned_weekly: f64,
    least: f64,
    most: f64,
    bounded_by: String,
    marginal: Option<f64>,
    agreeing_stories: i64,
}

/// A row for each channel.
pub fn plan(plan: &Allocation) -> Frame {
    let rows = plan.channels.iter().map(|channel| PlanRow {
        channel: channel.channel.clone(),
        current: channel.current,
        planned: channel.planned,
        change: channel.change,
        current_weekly: channel.current_weekly,
        planned_weekly: channel.planned_weekly,
        least: channel.bounds.least,
        most: channel.bounds.most,
        bounded_by: word(&channel.bounded_by),
        marginal: channel.marginal,
        agreeing_stories: channel.agreeing_stories as i64,
    });
    Frame::of(&rows.collect::<Vec<_>>())
}

estimates!(
    /// What a plan brings more than the current one over the horizon.
    GainRow {}
);

/// A row for each estimate of the gain.
pub fn gain(plan: &Allocation) -> Frame {
    let gain = &plan.gain;
    let estimates = [
        ("outcome", &gain.outcome),
        ("induced", &gain.induced),
        ("profit", &gain.profit),
        ("objective", &gain.objective),
        ("narrow", &gain.narrow),
    ];
    Frame::of(&estimates.map(|(quantity, estimate)| GainRow::new(quantity, estimate)))
}

estimates!(
    /// A move of money; `supported` is false for those that the data do not support, `why_not` says why.
    MoveRow {
        from: Option<String>,
        to: Option<String>,
        amount: f64,
        supported: bool,
        sentence: String,
        why_not: Option<String>,
    }
);

/// A row for each effect of each move.
pub fn moves(advice: &Recommendations) -> Frame {
    let supported = advice.moves.iter().map(|advice| (true, advice));
    let others = advice.not_supported.iter().map(|advice| (false, advice));
    let rows = supported.chain(others).flat_map(|(supported, advice)| {
        let moved = &advice.moved;
        let estimates = [("outcome", &moved.outcome), ("induced", &moved.induced)];
        estimates.map(|(quantity, estimate)| {
            MoveRow::new(
                moved.from.clone(),
                moved.to.clone(),
                moved.amount,
                supported,
                advice.sentence.clone(),
                advice.why_not.clone(),
                quantity,
                estimate,
            )
        })
    });
    Frame::of(&rows.collect::<Vec<_>>())
}

estimates!(
    /// A channel by its return; `best` is the share of replicates in which it is the best.
    RankRow {
        channel: String,
        best: Option<f64>,
    }
);

/// A row for each channel, the best first.
pub fn ranking(advice: &Recommendations) -> Frame {
    let rows = advice.ranking.iter();
    let rows = rows.map(|ranked| {
        RankRow::new(
            ranked.channel.clone(),
            ranked.best,
            "loaded_roas",
            &ranked.loaded,
        )
    });
    Frame::of(&rows.collect::<Vec<_>>())
}
