//! Unmeasured demand: what if something unseen moves mediator and outcome together?

use nalgebra::DVector;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Resamples;
use super::system::System;
use crate::effects::{draw_blocks, percentile};
use crate::estimate::Estimate;
use crate::numeric::random::stream;

/// The correlations that are tried: -0.9 to 0.9 in steps of 0.1.
pub fn grid() -> impl Iterator<Item = f64> {
    (-9..=9).map(|tenth| f64::from(tenth) / 10.0)
}

/// Far from the streams of the effects' bootstrap.
const FIRST_STREAM: u64 = 1 << 40;

/// More failed resamples than this share and there is no interval.
const MOST_FAILED: f64 = 0.1;

/// What exposures and controls leave of outcome and mediator in the reduced form:
/// `e1 = Y - P Y` (the mediator is not a regressor) and `e2 = M - P M`.
///
/// When the correlation of the two stages' errors is `rho`, the slope of the mediator is
///
/// ```text
/// b(rho) = (s1/s2) { r - rho sqrt((1 - r^2) / (1 - rho^2)) }
/// rho(b) = (r s1 - b s2) / sqrt(s1^2 - 2 b r s1 s2 + b^2 s2^2)
/// ```
///
/// whatever the direct effects (Imai, Keele and Yamamoto 2010; closed form in methods brief, 6.1).
///
/// ```
/// use headwater::validation::sensitivity::Shocks;
/// let shocks = Shocks { outcome_sd: 2.0, mediator_sd: 1.0, correlation: 0.6 };
/// assert!((shocks.slope(0.0) - 1.2).abs() < 1e-15);
/// assert!(shocks.slope(0.6).abs() < 1e-15);
/// assert!((shocks.correlation_for(shocks.slope(-0.3)) + 0.3).abs() < 1e-15);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Shocks {
    /// `s1`, the root mean square of `e1`.
    pub outcome_sd: f64,
    /// `s2`, the root mean square of `e2`.
    pub mediator_sd: f64,
    /// `r = corr(e1, e2)`: also the `rho` at which nothing goes through the mediator.
    pub correlation: f64,
}

impl Shocks {
    /// From the residuals of the reduced form. `None` when one of them has no variation left, of
    /// `outcome` or `mediator` before the exposures were taken out, or they are the same series.
    fn of(e1: &DVector<f64>, outcome: f64, e2: &DVector<f64>, mediator: f64) -> Option<Self> {
        // Less than this part of a length is rounding.
        const NOTHING: f64 = 1e-9;
        let (length1, length2) = (e1.norm(), e2.norm());
        let correlation = e1.dot(e2) / (length1 * length2);
        let weeks = (e1.len() as f64).sqrt();
        let varies = length1 > NOTHING * outcome && length2 > NOTHING * mediator;
        (varies && correlation.abs() < 1.0 - 1e-12).then_some(Shocks {
            outcome_sd: length1 / weeks,
            mediator_sd: length2 / weeks,
            correlation,
        })
    }

    /// `b(rho)`: what a unit of the mediator is worth if the errors correlate at `rho`, in (-1, 1).
    /// `b(0)` is `b_auto`.
    pub fn slope(&self, rho: f64) -> f64 {
        let r = self.correlation;
        let turned = rho * ((1.0 - r * r) / (1.0 - rho * rho)).sqrt();
        self.outcome_sd / self.mediator_sd * (r - turned)
    }

    /// `rho(b)`: the correlation of the errors at which a unit of the mediator is worth `b`.
    pub fn correlation_for(&self, b: f64) -> f64 {
        let (s1, s2, r) = (self.outcome_sd, self.mediator_sd, self.correlation);
        (r * s1 - b * s2) / (s1 * s1 - 2.0 * b * r * s1 * s2 + b * b * s2 * s2).sqrt()
    }
}

/// How the effects through the mediator depend on unmeasured demand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UnmeasuredDemand {
    /// The residuals of the reduced form.
    pub shocks: Shocks,
    /// `b(0)`: the slope if there is no unmeasured demand (A2), outcome on its link's scale.
    pub b_auto: f64,
    /// The slope if there is no direct path (A3); null with a weak first stage.
    pub b_ind: Option<f64>,
    /// The correlation at which nothing goes through the mediator.
    pub zero_crossing: Estimate,
    /// The correlation that the no-direct-path story needs, `rho(b_ind)`.
    pub no_direct_path: Estimate,
    /// The sweep.
    pub points: Vec<RhoPoint>,
}

/// The effects at one correlation of the errors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RhoPoint {
    /// The correlation.
    pub rho: f64,
    /// `b(rho)`.
    pub b: Estimate,
    /// Every exposure.
    pub channels: Vec<ChannelSplit>,
}

/// An exposure's effect for observed spend against none, summed over the weeks, in outcome units.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChannelSplit {
    /// The exposure's column.
    pub channel: String,
    /// Through the mediator, `NIE_j = a_j b(rho)` summed; null when beyond what a number holds
    /// (log link, absurd slopes).
    pub through: Option<f64>,
    /// Around it, `NDE_j = tau_j - a_j b(rho)` summed: what is left of the total, which does not
    /// depend on `rho`.
    pub around: Option<f64>,
}

impl UnmeasuredDemand {
    /// The sweep, with percentile intervals from a block bootstrap of weeks.
    pub(super) fn new(
        system: &System<'_>,
        resamples: &Resamples,
    ) -> std::result::Result<Self, String> {
        let full = &system.full;
        let shocks = shocks(full).ok_or(
            "exposures and controls explain the mediator or the outcome exactly, or explain the same part of \
             both: nothing is left that could move together; use more weeks or fewer columns",
        )?;
        let exclusion = system.exclusion.as_ref();
        let b_ind = exclusion.ok().map(|exclusion| exclusion.b_ind);
        let draws = Draws::new(system, resamples, b_ind.is_some());
        let twin = system.twin;
        let totals: Vec<f64> = twin
            .exposures
            .iter()
            .map(|exposure| twin.contribution(exposure, &system.totals))
            .collect();
        let point = |rho: f64| {
            let b = shocks.slope(rho);
            let slopes: Vec<f64> = system.first_stage.iter().map(|a| a * b).collect();
            let split = |(exposure, total): (&_, &f64)| {
                let exposure: &super::super::linear_twin::TwinExposure = exposure;
                let through = twin.contribution(exposure, &slopes);
                ChannelSplit {
                    channel: exposure.name.clone(),
                    through: Some(through).filter(|value| value.is_finite()),
                    around: Some(total - through).filter(|value| value.is_finite()),
                }
            };
            RhoPoint {
                rho,
                b: draws.estimate(b, |shocks, _| Some(shocks.slope(rho))),
                channels: twin.exposures.iter().zip(&totals).map(split).collect(),
            }
        };
        Ok(UnmeasuredDemand {
            shocks,
            b_auto: shocks.slope(0.0),
            b_ind,
            zero_crossing: draws.estimate(shocks.correlation, |shocks, _| Some(shocks.correlation)),
            no_direct_path: match exclusion {
                Ok(exclusion) => {
                    let needed = shocks.correlation_for(exclusion.b_ind);
                    draws.estimate(needed, |shocks, b_ind| Some(shocks.correlation_for(b_ind?)))
                }
                Err(why) => Estimate::not_assessed(why, resamples.level),
            },
            points: grid().map(point).collect(),
        })
    }
}

fn shocks(system: &super::super::linear_twin::Partialled) -> Option<Shocks> {
    let (e1, e2) = (system.residual(&system.y), system.residual(&system.m));
    Shocks::of(&e1, system.y.norm(), &e2, system.m.norm())
}

/// The reduced form and `b_ind` in resamples of the weeks; empty with the reason.
struct Draws {
    draws: std::result::Result<Vec<(Shocks, Option<f64>)>, String>,
    level: f64,
    method: String,
}

impl Draws {
    /// Resample `i` draws from its own stream: the same on any number of threads.
    fn new(system: &System<'_>, resamples: &Resamples, exclusion: bool) -> Self {
        let twin = system.twin;
        let drawn = twin.columns.iter().any(|column| column.drawn);
        let draw = |replicate: usize| {
            let mut rng = stream(resamples.seed, FIRST_STREAM + replicate as u64);
            let mut weights = vec![0.0; twin.weeks()];
            for row in draw_blocks(twin.weeks(), resamples.block_length, &mut rng) {
                weights[row] += 1.0;
            }
            let full = twin.reduced_form(Some(&weights)).ok()?;
            let b_ind = match (exclusion, drawn) {
                (false, _) => None,
                (true, false) => Some(full.b_ind()),
                (true, true) => Some(twin.instruments(&[], Some(&weights)).ok()?.b_ind()),
            };
            Some((shocks(&full)?, b_ind))
        };
        let asked = resamples.replicates;
        let draws = if asked == 0 {
            Err("no bootstrap replicates were asked for".to_string())
        } else if resamples.block_length == 0 || resamples.block_length > twin.weeks() {
            Err(format!(
                "{} weeks have no blocks of {} weeks",
                twin.weeks(),
                resamples.block_length
            ))
        } else {
            let draws: Vec<(Shocks, Option<f64>)> =
                (0..asked).into_par_iter().filter_map(draw).collect();
            let failed = asked - draws.len();
            if failed as f64 > MOST_FAILED * asked as f64 {
                Err(format!(
                    "{failed} of {asked} resamples left some column without variation of its own"
                ))
            } else {
                Ok(draws)
            }
        };
        let used = draws.as_ref().map_or(0, Vec::len);
        Draws {
            draws,
            level: resamples.level,
            method: format!(
                "percentile, {used} resamples of weeks in blocks of {}",
                resamples.block_length
            ),
        }
    }

    fn estimate(&self, point: f64, of: impl Fn(&Shocks, Option<f64>) -> Option<f64>) -> Estimate {
        let draws = match &self.draws {
            Ok(draws) => draws,
            Err(why) => return Estimate::point_only(point, self.level, why),
        };
        let values: Vec<f64> = draws
            .iter()
            .filter_map(|(shocks, b_ind)| of(shocks, *b_ind))
            .collect();
        let interval = percentile(&values, self.level);
        Estimate::new(point, interval, self.level, self.method.clone())
    }
}
