//! When: how an effect spreads over the weeks after the spend (methods brief, 1.3).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::outlook::average_weeks;
use super::support::Support;
use crate::data::Dataset;
use crate::data::role::{Role, Unit};
use crate::effects::{Answers, Ensemble};
use crate::error::Result;
use crate::estimate::Estimate;
use crate::features::Kernel;
use crate::finding::{Finding, Status};
use crate::mediation::{BuiltPath, FittedMediation};
use crate::words::{agreeing, listed};

/// The most weeks that an effect is followed (methods brief, 1.1).
const FOLLOWED: usize = 26;
/// Pulses start in every fourth of the last 52 weeks: all seasons and levels of spend.
const START_WEEKS: usize = 52;
const BETWEEN_STARTS: usize = 4;
/// The size of a pulse as a part of the mean spend of weeks with spend; for trees, whose response
/// is made of steps, at least so much of the range seen.
const PULSE: f64 = 0.10;

/// What a small pulse of spend in one week does in that week and the 26 after it.
///
/// The contrast `Y(x + pulse) - Y(x)` by g-computation, where `x` is the spend as it was, followed by
/// average weeks so that every pulse has its full tail; averaged over start weeks and divided by the
/// pulse. For a linear model this is slope times kernel, see [`impulse_response`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Timing {
    /// The mediator's column.
    pub mediator: String,
    /// The first day of each week in which a pulse starts, ISO 8601.
    pub starts: Vec<String>,
    /// Weeks after the pulse in which effects are counted.
    pub followed: usize,
    /// Every exposure, in file order.
    pub channels: Vec<ChannelTiming>,
    /// Doubts.
    pub findings: Vec<Finding>,
}

/// The timing of one exposure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChannelTiming {
    /// The exposure's column.
    pub channel: String,
    /// What the exposure is measured in.
    pub unit: Unit,
    /// The size of the pulse, in the exposure's unit.
    pub pulse: f64,
    /// Effects of one unit of the exposure by weeks after it.
    pub response: Vec<WeekAfter>,
    /// Of one unit, summed over the weeks followed, in outcome units.
    pub effect: Estimate,
    /// Whether the interval of that sum excludes 0; `None` without an interval. Where it does not,
    /// the timing means little.
    pub clear: Option<bool>,
    /// How long the whole effect takes.
    pub lag: Lag,
    /// How long the exposure takes to move the mediator.
    pub mediator_lag: Lag,
    /// When spend should start so that it works while the mediator's campaign runs.
    pub lead: Lead,
    /// Whether the carry-over was set rather than learned: then no interval shows how little is known
    /// of it.
    pub carry_over_set: bool,
    /// Whether one carry-over was chosen for all exposures, so that they differ in timing by nothing but
    /// levels of spend; see `per_channel` under `[features]`.
    pub carry_over_shared: bool,
    /// Whether every carry-over that could be chosen is strongest at once, so that a peak in the
    /// first week is an assumption.
    pub peak_assumed: bool,
}

/// Effects of one unit of an exposure so many weeks after it was spent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WeekAfter {
    /// Weeks after the spend; 0 is the same week.
    pub week: usize,
    /// On the mediator, in mediator units.
    pub mediator: Estimate,
    /// On the outcome, in outcome units.
    pub total: Estimate,
    /// The part of that around the mediator.
    pub direct: Estimate,
    /// The part of that through the mediator.
    pub mediated: Estimate,
}

/// How long an effect takes, in weeks after the spend.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Lag {
    /// `sum_l l r_l / sum_l r_l` over the responses `r_l` of the weeks followed.
    pub mean: Estimate,
    /// The week with the largest response.
    pub peak: Estimate,
    /// The first week by which half of the effect has come; 0 is the same week.
    pub half: Estimate,
    /// The first week by which 90% of the effect has come.
    pub nine_tenths: Estimate,
}

/// How many weeks before a campaign on the mediator an exposure should start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Lead {
    /// [`Lag::half`] of the mediator's response.
    Weeks,
    /// The interval of the mean lag covers 0: not distinguishable from the same week.
    SameWeek,
    /// There is no interval to decide it, or the exposure does not clearly act.
    NotAssessed,
}

/// Convolves weights by lag: the response to a unit that passes through one kernel after the other,
/// `r_l = sum_k u_k v_(l-k)`, over the lags of the first kernel. Without kernels the unit itself, at
/// lag 0.
///
/// Two geometric kernels `p^l` and `q^l` give `(p^(l+1) - q^(l+1)) / (p - q)` (methods brief, 1.3).
///
/// ```
/// use headwater::decisions::timing::impulse_response;
/// let halves = [1.0, 0.5, 0.25];
/// assert_eq!(impulse_response(&[&halves, &halves]), [1.0, 1.0, 0.75]);
/// ```
pub fn impulse_response(kernels: &[&[f64]]) -> Vec<f64> {
    let Some((first, others)) = kernels.split_first() else {
        return vec![1.0];
    };
    others.iter().fold(first.to_vec(), |response, kernel| {
        let at = |lag: usize| {
            let earlier = response[..=lag].iter().rev();
            earlier.zip(*kernel).map(|(r, w)| r * w).sum()
        };
        (0..response.len()).map(at).collect()
    })
}

/// The mean lag of a response, `sum_l l r_l / sum_l r_l`; NaN or infinite where it sums to 0.
pub fn mean_lag(response: &[f64]) -> f64 {
    let weighted = response.iter().enumerate();
    weighted.map(|(lag, r)| lag as f64 * r).sum::<f64>() / response.iter().sum::<f64>()
}

/// The first lag by which `share` of the sum of a response has come; NaN where it sums to 0.
///
/// ```
/// use headwater::decisions::timing::lag_until;
/// assert_eq!(lag_until(&[0.4, 0.3, 0.2, 0.1], 0.5), 1.0);
/// assert!(lag_until(&[0.0, 0.0], 0.5).is_nan());
/// ```
pub fn lag_until(response: &[f64], share: f64) -> f64 {
    let sum: f64 = response.iter().sum();
    let mut come = 0.0;
    let reached = response.iter().position(|r| {
        come += r;
        // a share of 1 is reached in spite of rounding
        come / sum >= share - 1e-12
    });
    reached.map_or(f64::NAN, |lag| lag as f64)
}

/// The lag of the largest response in the direction of their sum; NaN where it sums to 0.
fn peak(response: &[f64]) -> f64 {
    let sum: f64 = response.iter().sum();
    if sum == 0.0 {
        return f64::NAN;
    }
    let mut at = 0;
    for (lag, r) in response.iter().enumerate() {
        if r * sum.signum() > response[at] * sum.signum() {
            at = lag;
        }
    }
    at as f64
}

/// What one model says of a pulse, per unit, by weeks after it.
struct Response {
    mediator: Vec<f64>,
    direct: Vec<f64>,
    total: Vec<f64>,
}

/// The worlds with a pulse on one exposure, one for each start week.
struct Pulses {
    size: f64,
    direct: bool,
    worlds: Vec<(usize, BuiltPath)>,
}

impl Timing {
    /// Puts a pulse on each exposure in turn to every model of `ensemble`, which was fitted to `data`.
    /// `trees` asks for pulses that steps can answer.
    ///
    /// # Errors
    /// Those of [`Ensemble::over`].
    pub fn of(ensemble: &Ensemble, data: &Dataset, trees: bool) -> Result<Self> {
        let support = Support::of(data, ensemble.point());
        let learned_from = ensemble;
        let longer = average_weeks(data, FOLLOWED)?;
        let ensemble = &learned_from.over(&longer)?;
        let prepared = ensemble.prepared();
        let starts: Vec<usize> = (0..data.len())
            .rev()
            .take(START_WEEKS)
            .step_by(BETWEEN_STARTS)
            .collect();
        let names = data.roles().exposures();
        let pulses: Vec<Pulses> = names
            .iter()
            .map(|name| {
                let size = pulse(data, &support, name, trees);
                let world = |&start: &usize| {
                    let mut spend = prepared.observed.get(name).to_vec();
                    spend[start] += size;
                    (start, prepared.build(prepared.observed.with(name, spend)))
                };
                Pulses {
                    size,
                    direct: prepared.direct.iter().any(|direct| direct == name),
                    worlds: match size > 0.0 {
                        true => starts.iter().map(world).collect(),
                        false => Vec::new(),
                    },
                }
            })
            .collect();
        let observed = prepared.build(prepared.observed.clone());
        let answers = ensemble.ask(|model| {
            let before = model.potential_outcome_built(&observed, &observed)?;
            let mut responses = Vec::with_capacity(pulses.len());
            for pulses in &pulses {
                responses.push(pulses.response(model, &observed, &before)?);
            }
            Ok(responses)
        })?;
        let channels: Vec<ChannelTiming> = names
            .iter()
            .enumerate()
            .map(|(nth, name)| {
                let unit = data.roles().columns[*name].unit;
                channel(ensemble, &answers, nth, name, unit, pulses[nth].size)
            })
            .collect();
        Ok(Timing {
            mediator: data.roles().only(Role::Mediator).unwrap_or_default().into(),
            starts: starts
                .iter()
                .rev()
                .map(|&start| data.weeks()[start].to_string())
                .collect(),
            followed: FOLLOWED,
            findings: vec![finding(&channels)],
            channels,
        })
    }
}

/// The size of the pulse on an exposure; 0 where nothing was ever spent on it.
fn pulse(data: &Dataset, support: &Support, name: &str, trees: bool) -> f64 {
    let active = data.column(name).iter().filter(|spend| **spend != 0.0);
    let active: Vec<f64> = active.copied().collect();
    if active.is_empty() {
        return 0.0;
    }
    let small = PULSE * crate::numeric::summary::mean(&active);
    let (least, most) = support.range(name).unwrap_or_default();
    match trees {
        true => small.max(PULSE * (most - least)),
        false => small,
    }
}

impl Pulses {
    fn response(
        &self,
        model: &FittedMediation,
        observed: &BuiltPath,
        before: &crate::mediation::World,
    ) -> Result<Response> {
        let weeks = FOLLOWED + 1;
        let mut response = Response {
            mediator: vec![0.0; weeks],
            direct: vec![0.0; weeks],
            total: vec![0.0; weeks],
        };
        let scale = 1.0 / (self.size * self.worlds.len() as f64);
        let add = |sum: &mut [f64], start: usize, after: &[f64], before: &[f64]| {
            let weeks = after[start..].iter().zip(&before[start..]);
            for (sum, (after, before)) in sum.iter_mut().zip(weeks) {
                *sum += (after - before) * scale;
            }
        };
        for (start, pulsed) in &self.worlds {
            let after = model.potential_outcome_built(pulsed, pulsed)?;
            add(
                &mut response.mediator,
                *start,
                &after.mediator,
                &before.mediator,
            );
            add(&mut response.total, *start, &after.outcome, &before.outcome);
            if self.direct {
                let around = model.potential_outcome_built(pulsed, observed)?;
                add(
                    &mut response.direct,
                    *start,
                    &around.outcome,
                    &before.outcome,
                );
            }
        }
        Ok(response)
    }
}

fn channel(
    ensemble: &Ensemble,
    answers: &Answers<Vec<Response>>,
    nth: usize,
    name: &str,
    unit: Unit,
    pulse: f64,
) -> ChannelTiming {
    let prepared = ensemble.prepared();
    let features = &prepared.features;
    let place = features.exposures().iter().position(|other| *other == name);
    let level = answers.level();
    let unknown = match place {
        None => Some("it never varies, so nothing can be learned about it"),
        Some(_) if pulse == 0.0 => Some("nothing was ever spent on it"),
        Some(_) => None,
    };
    let estimate = |of: &dyn Fn(&Response) -> f64| match unknown {
        Some(why) => Estimate::not_assessed(why, level),
        None => answers.estimate(|responses| of(&responses[nth])),
    };
    let week = |week: usize| WeekAfter {
        week,
        mediator: estimate(&|r| r.mediator[week]),
        total: estimate(&|r| r.total[week]),
        direct: estimate(&|r| r.direct[week]),
        mediated: estimate(&|r| r.total[week] - r.direct[week]),
    };
    let effect = estimate(&|r| r.total.iter().sum());
    let clear = effect.excludes(0.0);
    let lag = |of: fn(&Response) -> &[f64], whose: &str| {
        let still = |response: &Response| of(response).iter().sum::<f64>() == 0.0;
        let figure = |figure: &dyn Fn(&[f64]) -> f64| {
            let moved = |responses: &Vec<Response>| !still(&responses[nth]);
            if unknown.is_none() && !moved(&answers.point) {
                let why = format!(
                    "a pulse of {pulse:.0} does not move {whose} in this model, so there is nothing to time"
                );
                return Estimate::not_assessed(why, level);
            }
            if unknown.is_none() && !answers.draws.iter().all(moved) {
                let share = answers
                    .share(|responses| !moved(responses))
                    .unwrap_or_default();
                let why = format!(
                    "in {:.0}% of replicates a pulse does not move {whose}",
                    100.0 * share
                );
                return Estimate::point_only(figure(of(&answers.point[nth])), level, why);
            }
            estimate(&|response| figure(of(response)))
        };
        Lag {
            mean: figure(&mean_lag),
            peak: figure(&peak),
            half: figure(&|response| lag_until(response, 0.5)),
            nine_tenths: figure(&|response| lag_until(response, 0.9)),
        }
    };
    let mediator_lag = lag(|r| &r.mediator, "the mediator");
    let moves = estimate(&|r| r.mediator.iter().sum()).excludes(0.0);
    let lead = match (moves, mediator_lag.mean.interval()) {
        (Some(true), Some(mean)) if mean.lower > 0.0 => Lead::Weeks,
        (Some(true), Some(_)) => Lead::SameWeek,
        _ => Lead::NotAssessed,
    };
    let fading = |kernel: Option<Kernel>| matches!(kernel, Some(Kernel::Geometric { .. }));
    let base: Vec<_> = prepared.carry_overs().cloned().collect();
    let own = place.map(|nth| features.choices(&base[0], nth));
    let kernels: Vec<Option<Kernel>> = base
        .iter()
        .chain(own.iter().flatten())
        .map(|candidate| features.kernel(name, candidate))
        .collect();
    let set = kernels[0].is_some() && kernels.iter().all(|one| *one == kernels[0]);
    ChannelTiming {
        channel: name.into(),
        unit,
        pulse,
        response: (0..=FOLLOWED).map(week).collect(),
        effect,
        clear,
        lag: lag(|r| &r.total, "the outcome"),
        mediator_lag,
        lead,
        carry_over_set: set,
        carry_over_shared: !set && own.is_none_or(|own| own.is_empty()),
        peak_assumed: features.one_signal_each() && kernels.iter().copied().all(fading),
    }
}

/// Says whose timing means little because the size of the effect may be 0.
fn finding(channels: &[ChannelTiming]) -> Finding {
    let id = "decisions.timing";
    let named = |clear: Option<bool>| -> Vec<&str> {
        let such = channels.iter().filter(|channel| channel.clear == clear);
        such.map(|channel| channel.channel.as_str()).collect()
    };
    let (unclear, unknown) = (named(Some(false)), named(None));
    if !unclear.is_empty() {
        let which = listed(&unclear);
        return Finding::new(
            id,
            Status::Warning,
            format!(
                "the size of the effect is not distinguishable from 0 for {which}, so its timing means \
                 little; do not schedule by it before more weeks or an experiment show an effect"
            ),
        )
        .with("channels", unclear.iter().map(|name| name.to_string()).collect::<Vec<_>>());
    }
    if !unknown.is_empty() {
        return Finding::new(
            id,
            Status::NotAssessed,
            format!(
                "{} without an interval, so it cannot be said whether there is an effect to time",
                agreeing(&unknown, "is", "are")
            ),
        )
        .with(
            "channels",
            unknown
                .iter()
                .map(|name| name.to_string())
                .collect::<Vec<_>>(),
        );
    }
    Finding::new(
        id,
        Status::Passed,
        "every channel has an effect whose interval excludes 0, so there is something to time",
    )
}
