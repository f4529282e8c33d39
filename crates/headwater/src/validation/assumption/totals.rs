//! What each channel is worth in all, whatever path it takes.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::data::role::Unit;
use crate::effects::{draw_blocks, percentile};
use crate::error::Result;
use crate::estimate::Estimate;
use crate::numeric::random::stream;
use crate::validation::linear_twin::{LinearTwin, TwinExposure};

/// The total effect of a channel without and with the rule that it acts through the mediator
/// alone (methods brief, 0.3, tiers 1 and 2), for the contrast observed spend against none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChannelTotal {
    /// The exposure.
    pub channel: String,
    /// Tier 1: least squares of the outcome on the exposures and controls, the mediator left out.
    /// Needs A1 alone.
    pub unrestricted: Estimate,
    /// Tier 2: `a_j b_ind`, needs A1 and A3; with a drawn edge, what goes through the mediator.
    pub through_mediator: Estimate,
    /// Tier 1 minus tier 2: what the rule leaves out, if it is wrong.
    pub gap: Estimate,
    /// Tier 1 per unit of spend.
    pub roas: Estimate,
}

/// Keeps the random streams apart from those of the bootstrap of both stages.
const STREAM: u64 = 2 << 40;

/// How often a replicate may be drawn again.
const MOST_REDRAWS: usize = 20;

/// How totals get their intervals.
#[derive(Debug, Clone, Copy)]
pub struct TotalsSettings {
    /// Replicates; 0 for none.
    pub replicates: usize,
    /// The nominal coverage.
    pub level: f64,
    /// Weeks in a block.
    pub block_length: usize,
    /// The seed of the streams.
    pub seed: u64,
}

/// The totals of one fit or replicate, an entry for each exposure.
#[derive(Debug, Clone)]
struct Totals {
    unrestricted: Vec<f64>,
    through: Vec<f64>,
    /// On the scale of the link: `sum_t sum_c lost_ct tau_c`.
    linear: Vec<f64>,
    /// Mediator units that the exposure set off: `sum_t sum_c lost_ct a_c`.
    induced: Vec<f64>,
}

/// Replicates of the totals.
#[derive(Debug, Clone)]
pub struct TotalDraws {
    point: Totals,
    draws: Vec<Totals>,
}

impl TotalDraws {
    /// A pairs moving-block bootstrap of the reduced form and the first stage of the linear twin.
    ///
    /// # Errors
    /// Those of [`LinearTwin::reduced_form`].
    pub fn of(twin: &LinearTwin, settings: &TotalsSettings) -> Result<Self> {
        let point = Totals::of(twin, None)?;
        let draws = (0..settings.replicates)
            .into_par_iter()
            .filter_map(|replicate| {
                let mut rng = stream(settings.seed, STREAM + replicate as u64);
                // A resample that cannot tell the columns apart is drawn again.
                (0..MOST_REDRAWS).find_map(|_| {
                    let mut weights = vec![0.0; twin.weeks()];
                    for row in draw_blocks(twin.weeks(), settings.block_length, &mut rng) {
                        weights[row] += 1.0;
                    }
                    Totals::of(twin, Some(&weights)).ok()
                })
            })
            .collect();
        Ok(TotalDraws { point, draws })
    }

    /// Totals of every exposure with percentile intervals.
    pub fn estimates(&self, twin: &LinearTwin, settings: &TotalsSettings) -> Vec<ChannelTotal> {
        let level = settings.level;
        let estimate = |of: &dyn Fn(&Totals) -> f64| {
            let point = of(&self.point);
            if !point.is_finite() {
                let why =
                    "every exposure has a drawn edge: nothing tells what an induced unit is worth";
                return Estimate::not_assessed(why, level);
            }
            if self.draws.is_empty() {
                let why = "no bootstrap replicates were asked for";
                return Estimate::point_only(point, level, why);
            }
            let values: Vec<f64> = self.draws.iter().map(of).collect();
            let method = format!(
                "percentile, {} replicates, pairs bootstrap of the linear twin in blocks of {} weeks",
                self.draws.len(),
                settings.block_length
            );
            Estimate::new(point, percentile(&values, level), level, method)
        };
        let channel = |(at, exposure): (usize, &TwinExposure)| ChannelTotal {
            channel: exposure.name.clone(),
            unrestricted: estimate(&|totals| totals.unrestricted[at]),
            through_mediator: estimate(&|totals| totals.through[at]),
            gap: estimate(&|totals| totals.unrestricted[at] - totals.through[at]),
            roas: match exposure.unit {
                Unit::Count => {
                    Estimate::not_assessed("the exposure is not measured in money", level)
                }
                Unit::Money if exposure.spend <= 0.0 => {
                    Estimate::not_assessed("nothing was spent", level)
                }
                Unit::Money => estimate(&|totals| totals.unrestricted[at] / exposure.spend),
            },
        };
        twin.exposures.iter().enumerate().map(channel).collect()
    }

    /// The two-sided bootstrap p value that the exposure's total went through the mediator alone,
    /// the greatest over the `worths` of a mediator unit:
    /// `2 (1 + #{d* beyond 0}) / (1 + B)` with `d = total - worth * induced`. `None` without
    /// replicates or for an unknown exposure.
    pub fn p_of_direct(&self, twin: &LinearTwin, exposure: &str, worths: &[f64]) -> Option<f64> {
        let at = twin.exposures.iter().position(|one| one.name == exposure)?;
        if self.draws.is_empty() {
            return None;
        }
        let p = |worth: &f64| {
            let direct = |totals: &Totals| totals.linear[at] - worth * totals.induced[at];
            let sign = direct(&self.point).signum();
            // NaN is no evidence of a direct effect.
            let beyond = self.draws.iter().filter(|draw| !(direct(draw) * sign > 0.0));
            let share = (1 + beyond.count()) as f64 / (1 + self.draws.len()) as f64;
            (2.0 * share).min(1.0)
        };
        worths.iter().map(p).reduce(f64::max)
    }
}

impl Totals {
    fn of(twin: &LinearTwin, weights: Option<&[f64]>) -> Result<Self> {
        let reduced = twin.reduced_form(weights)?;
        let tau: Vec<f64> = reduced.totals().iter().copied().collect();
        let a: Vec<f64> = reduced.first_stage().iter().copied().collect();
        // With an edge for every exposure nothing identifies the induced slope.
        let b = match twin.instruments_weighted(weights) {
            Ok(system) => system.b_ind(),
            Err(_) => f64::NAN,
        };
        let mediated: Vec<f64> = a.iter().map(|a| a * b).collect();
        let each = |of: &dyn Fn(&TwinExposure) -> f64| twin.exposures.iter().map(of).collect();
        Ok(Totals {
            unrestricted: each(&|one| twin.contribution(one, &tau)),
            through: each(&|one| twin.contribution(one, &mediated)),
            linear: each(&|one| one.moved(&tau)),
            induced: each(&|one| one.moved(&a)),
        })
    }
}
