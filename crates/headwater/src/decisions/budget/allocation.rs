//! The answer: where the money goes, what that is expected to bring, and how far to trust it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::certificate::Certificate;
use super::problem::Bounds;
use super::settings::BudgetSettings;
use crate::decisions::support::Outside;
use crate::estimate::Estimate;
use crate::finding::Finding;

/// A plan for the weeks after the data beside the current one: what was spent in as many weeks
/// before, again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Allocation {
    /// What was asked, with what was left out filled in.
    pub settings: BudgetSettings,
    /// The first day of the first and of the last planned week, ISO 8601.
    pub weeks: (String, String),
    /// The first day of the last week in which effects are counted.
    pub counted_to: String,
    /// Of the bootstrap; 0 where none were asked for.
    pub replicates: usize,
    /// What was optimised.
    pub method: Method,
    /// Channel by channel.
    pub channels: Vec<ChannelPlan>,
    /// What the current plan costs.
    pub current: Cost,
    /// What the plan costs.
    pub planned: Cost,
    /// What the plan is expected to bring beside the current one.
    pub gain: Gain,
    /// What to make of that.
    pub verdict: Verdict,
    /// The channel whose effect is worth most to know, where the gain may be noise and knowing it is
    /// worth anything.
    pub experiment: Option<String>,
    /// The mean over replicates of what the best plan of that replicate would bring beyond this
    /// one, in the unit of the objective: the expected value of perfect information. None without
    /// replicates.
    pub regret: Option<f64>,
    /// What one more unit of budget is worth, in the unit of the objective.
    pub shadow_price: f64,
    /// The proof that no small move betters the plan.
    pub certificate: Certificate,
    /// Groups whose bounds hold the plan back.
    pub binding_groups: Vec<String>,
    /// Other readings of the data, under which the plan was asked for again.
    pub stories: Vec<StoryPlan>,
    /// The outcome of a unit of the mediator, where every planned channel works through it alone
    /// and linearly: no channel can then return as much as that, whatever the data.
    pub return_on_mediator: Option<f64>,
    /// What of the plan lies beyond what the data have seen.
    pub outside: Vec<Outside>,
    /// The part of the moved money that this is, in [0, 1]; none where no money moves.
    pub share_outside: Option<f64>,
    /// Doubts.
    pub findings: Vec<Finding>,
}

impl Allocation {
    /// The names of the stories, each once: a story may have several worlds.
    pub fn story_names(&self) -> Vec<&str> {
        story_names(&self.stories)
    }
}

/// Each name once, in order.
pub(super) fn story_names(stories: &[StoryPlan]) -> Vec<&str> {
    let mut names: Vec<&str> = stories.iter().map(|story| story.name.as_str()).collect();
    names.dedup();
    names
}

/// What was optimised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Method {
    /// What linear models say of a plan, exactly.
    Exact,
    /// Lines with bends through what the models say of 15 totals a channel.
    Surrogate {
        /// Why there is nothing exact.
        why: String,
    },
}

/// What one channel gets over the planned weeks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChannelPlan {
    /// The exposure.
    pub channel: String,
    /// What it gets by the current plan.
    pub current: f64,
    /// What it gets by the plan.
    pub planned: f64,
    /// The difference.
    pub change: f64,
    /// `planned` by week.
    pub planned_weekly: f64,
    /// `current` by week.
    pub current_weekly: f64,
    /// What it could get.
    pub bounds: Bounds,
    /// Where these come from.
    pub bounded_by: BoundedBy,
    /// The bound at which the plan ends.
    pub at_bound: Option<End>,
    /// What the next unit of the bill on this channel brings, in the unit of the objective; none
    /// where it costs nothing or pays for itself.
    pub marginal: Option<f64>,
    /// The 10% and 90% quantiles of what it gets by the best plans of single replicates.
    pub spread: Option<(f64, f64)>,
    /// The expected value of knowing this channel's effect (and no other), in the unit of the
    /// objective: the replicates are sorted by it and cut into five blocks, each gets its own plan,
    /// and this is what these plans bring more than the one plan (Strong and Oakley 2013). An upper
    /// bound: blocks differ by chance as well.
    pub information: Option<f64>,
    /// In how many stories the channel moves the same way, in all worlds of the story.
    pub agreeing_stories: usize,
}

/// Where the bounds of a channel come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BoundedBy {
    /// The bounds that were asked for.
    Asked,
    /// The largest change.
    MaxChange,
    /// What the data have seen, which is narrower.
    Support,
    /// The budget.
    Budget,
}

/// An end of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// The lower.
    Least,
    /// The upper.
    Most,
    /// Both: there is no room.
    Both,
}

/// What a plan costs over the planned weeks and those in which it still works.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Cost {
    /// On the planned channels.
    pub spend: f64,
    /// On the mediator, set off by that: the mean over replicates; 0 where it is not in money or
    /// fixed.
    pub induced: f64,
    /// The sum, which the budget pays.
    pub bill: f64,
}

/// The plan beside the current one. Intervals are those of effects, from the replicates; the
/// weeks to come will scatter around either plan by more (that would be a prediction interval).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Gain {
    /// Of the outcome.
    pub outcome: Estimate,
    /// Of spend on the planned channels.
    pub spend: f64,
    /// Of the mediator spend that follows.
    pub induced: Estimate,
    /// `margin * outcome - spend - induced`.
    pub profit: Estimate,
    /// Of what was made as large as possible: the outcome, profit, or with a hurdle the outcome
    /// less `hurdle * bill`.
    pub objective: Estimate,
    /// The same with an interval of 80%.
    pub narrow: Estimate,
    /// The share of replicates in which the plan beats the current one.
    pub better: Option<f64>,
    /// The gain of the objective as the optimised surface has it, the mean over replicates.
    pub promised: f64,
    /// The same by the models themselves.
    pub modelled: f64,
    /// The number of models in which the mediator would fall below zero in some week and is held
    /// there.
    pub held_at_zero: usize,
    /// The optimiser's curse (Smith and Winkler 2006).
    pub halves: Option<Halves>,
}

/// A plan chosen on every other replicate and judged by the rest: the choice finds what is good by
/// chance, which the other half does not repeat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Halves {
    /// The gain of that plan by the replicates it was chosen on.
    pub chosen: f64,
    /// The gain of that plan by the others.
    pub judged: f64,
}

/// What to make of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The 80% interval of the gain lies above 0.
    Better,
    /// The 80% interval of the gain covers 0: do nothing.
    Noise,
    /// The 80% interval of the gain lies below 0: the budget is cut, or the bounds force a loss.
    Worse,
    /// The best plan is the current one.
    Current,
    /// There is no interval.
    NotAssessed,
}

/// The plan in one world of another reading of the data; worlds of one story share its name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StoryPlan {
    /// What it supposes.
    pub name: String,
    /// What each channel gets, in the order of the channels.
    pub planned: Vec<f64>,
}
