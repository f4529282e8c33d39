//! Returns under three stories that the data cannot tell apart.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::returns::{Costs, Judged, Return};
use super::system::System;
use super::worlds::Worlds;

/// The direct share of the third story.
pub const QUARTER: f64 = 0.25;

/// The returns of every channel under three stories.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Stories {
    /// A channel is worth its money above this return: 1 / margin.
    pub bound: f64,
    /// Which return is held against the bound.
    pub judged: Judged,
    /// `b_ind`: a mediator unit's worth in the first and, before the direct share, third story.
    pub b_ind: Option<f64>,
    /// `b_auto`: its worth in the second; null when nothing is left of the mediator.
    pub b_auto: Option<f64>,
    /// Every exposure.
    pub channels: Vec<StoryRow>,
    /// The worlds of the stories that could be told; absent in older runs.
    #[serde(default)]
    pub worlds: Vec<StoryWorld>,
    /// Whether every story puts the channels in the same order and on the same sides of the bound;
    /// null where a story could not be told.
    pub agrees: Option<bool>,
    /// Why a story is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// One world of a story: a story of a direct share has one for each channel that could have it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StoryWorld {
    /// Which story it belongs to.
    pub story: Story,
    /// The channel with the direct share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direct: Option<String>,
    /// The gross return of every channel, in the order of [`Stories::channels`]; null where it has
    /// none.
    pub gross: Vec<Option<f64>>,
}

/// What is told of the way from spend to outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Story {
    /// Nothing goes around the mediator but where an edge is drawn (A3).
    NoDirectPath,
    /// Nothing unmeasured moves both mediator and outcome (A2).
    NoHiddenDemand,
    /// A quarter of one channel's effect is direct.
    QuarterDirect,
}

/// A channel under the three stories.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StoryRow {
    /// The exposure's column.
    pub channel: String,
    /// Whether its edge to the outcome is drawn: then every story estimates its direct effect.
    pub drawn: bool,
    /// No direct path but the drawn ones (A3): total effect `a_j b_ind`.
    pub no_direct_path: Return,
    /// No unmeasured demand (A2): direct effects are free, total effect `tau_j`.
    pub no_hidden_demand: Return,
    /// The part of that which goes through the mediator: `a_j b_auto`.
    pub through_without_hidden_demand: Return,
    /// A quarter of some one channel's effect is direct: the least return over which one it is.
    pub quarter_direct_least: Return,
    /// The same, the greatest return.
    pub quarter_direct_most: Return,
    /// Whether every story puts it on the same side of the bound; null where a story is missing.
    pub same_side: Option<bool>,
    /// Why it has no return.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl Stories {
    /// `None` when no exposure has a return.
    pub(super) fn new(
        system: &System<'_>,
        costs: &Costs,
        b_auto: Option<f64>,
        bound: f64,
    ) -> Option<Self> {
        let judged = costs.channels();
        if judged.is_empty() {
            return None;
        }
        let twin = system.twin;
        let exposures = 0..twin.exposures.len();
        let world = |slopes: &[f64]| -> Vec<Return> {
            let of = |at| costs.of(at, twin.contribution(&twin.exposures[at], slopes));
            exposures.clone().map(of).collect()
        };
        let free = world(&system.totals);
        let through = b_auto.map(|b| {
            let slopes: Vec<f64> = system.first_stage.iter().map(|a| a * b).collect();
            world(&slopes)
        });
        let exclusion = system.exclusion.as_ref();
        let told = exclusion.ok().map(|exclusion| {
            let nothing = vec![0.0; system.first_stage.len()];
            let slopes = exclusion.totals(&system.first_stage, exclusion.b_ind, &nothing);
            let worlds = Worlds::new(system, exclusion, costs);
            let movers = worlds.movers.iter();
            let movers: Vec<usize> = movers.map(|mover| mover.exposure).collect();
            let quarters: Vec<Vec<Return>> = worlds
                .movers
                .iter()
                .map(|mover| worlds.returns(worlds.totals(*mover, QUARTER).as_deref()))
                .collect();
            (world(&slopes), quarters, movers)
        });
        let of = |story, direct, world: &[Return]| StoryWorld {
            story,
            direct,
            gross: world.iter().map(|value| value.gross).collect(),
        };
        let mut worlds = vec![of(Story::NoHiddenDemand, None, &free)];
        if let Some((without, quarters, movers)) = &told {
            worlds.insert(0, of(Story::NoDirectPath, None, without));
            worlds.extend(quarters.iter().zip(movers).map(|(world, mover)| {
                let name = twin.exposures[*mover].name.clone();
                of(Story::QuarterDirect, Some(name), world)
            }));
        }
        let agrees = told.as_ref().and_then(|(without, quarters, _)| {
            let first = order_and_sides(&judged, costs.judged, without, bound)?;
            let mut others = std::iter::once(&free).chain(quarters);
            others.try_fold(true, |same, world| {
                Some(same && order_and_sides(&judged, costs.judged, world, bound)? == first)
            })
        });
        let channels = exposures.clone().map(|at| {
            let quarters = told.iter().flat_map(|(_, quarters, _)| quarters);
            let quarters: Vec<Return> = quarters.map(|world| world[at]).collect();
            StoryRow {
                channel: twin.exposures[at].name.clone(),
                drawn: twin.exposures[at].drawn,
                no_direct_path: told
                    .as_ref()
                    .map_or_else(Return::default, |(world, ..)| world[at]),
                no_hidden_demand: free[at],
                through_without_hidden_demand: through
                    .as_ref()
                    .map_or_else(Return::default, |world| world[at]),
                quarter_direct_least: extreme(&quarters, f64::min),
                quarter_direct_most: extreme(&quarters, f64::max),
                same_side: told.as_ref().and_then(|(without, quarters, _)| {
                    let worlds = [without, &free].into_iter().chain(quarters);
                    same_side(worlds.map(|world| costs.judged.pick(&world[at])), bound)
                }),
                why: costs.why(at),
            }
        });
        Some(Stories {
            bound,
            judged: costs.judged,
            b_ind: exclusion.ok().map(|exclusion| exclusion.b_ind),
            b_auto,
            channels: channels.collect(),
            worlds,
            agrees,
            why: exclusion.err().cloned(),
        })
    }
}

/// The channels from best to worst and whether each is above the bound; `None` when a return is
/// missing.
fn order_and_sides(
    channels: &[usize],
    judged: Judged,
    world: &[Return],
    bound: f64,
) -> Option<(Vec<usize>, Vec<bool>)> {
    let values = channels
        .iter()
        .map(|at| judged.pick(&world[*at]))
        .collect::<Option<Vec<f64>>>()?;
    let mut order: Vec<usize> = (0..channels.len()).collect();
    order.sort_by(|one, other| values[*other].total_cmp(&values[*one]));
    Some((order, values.iter().map(|value| *value > bound).collect()))
}

/// Whether all values lie on the same side of the bound; `None` when one is missing.
fn same_side(values: impl Iterator<Item = Option<f64>>, bound: f64) -> Option<bool> {
    let above: Vec<bool> = values
        .map(|value| Some(value? > bound))
        .collect::<Option<_>>()?;
    Some(above.windows(2).all(|pair| pair[0] == pair[1]))
}

/// The least or greatest of each figure; null where a world has none.
fn extreme(worlds: &[Return], choose: fn(f64, f64) -> f64) -> Return {
    let of = |pick: fn(&Return) -> Option<f64>| {
        let values: Option<Vec<f64>> = worlds.iter().map(pick).collect();
        values?.into_iter().reduce(choose)
    };
    Return {
        gross: of(|world| world.gross),
        loaded: of(|world| world.loaded),
    }
}
