//! From decompositions and their replicates to estimates with intervals.

use super::bootstrap::Bootstrap;
use super::decomposition::Decomposition;
use super::{ChannelEffects, Roas};
use crate::data::role::Unit;
use crate::estimate::{Estimate, Interval};
use crate::finding::{Finding, Status};
use crate::numeric::summary::quantiles;
use crate::numeric::vector::has_square;

/// The estimates of one exposure.
pub struct Channel<'a> {
    /// The exposure's column.
    pub name: &'a str,
    /// The exposure's position in every replicate.
    pub index: usize,
    /// What the exposure is measured in.
    pub unit: Unit,
    /// Its sum over all weeks.
    pub spend: f64,
    /// Whether it varied over the weeks, so that anything could be learned about it.
    pub learned: bool,
    /// Whether the graph draws its edge to the outcome.
    pub direct: bool,
    /// What the mediator is measured in.
    pub mediator_unit: Unit,
    /// The point estimates.
    pub point: Decomposition,
}

impl Channel<'_> {
    /// Percentile intervals (equal tails) for every effect; ratios take numerator and denominator
    /// from the same replicate (methods brief, 2.3).
    /// `shrunken` stamps intervals of estimators that shrink effects (2.5).
    pub fn estimate(&self, bootstrap: &Bootstrap, level: f64, shrunken: bool) -> ChannelEffects {
        let method = bootstrap.method(shrunken);
        let draws: Vec<&Decomposition> = bootstrap
            .draws
            .iter()
            .map(|draw| &draw[self.index])
            .collect();
        let estimate = |of: &dyn Fn(&Decomposition) -> f64| -> Estimate {
            let values = draws.iter().map(|draw| of(draw)).collect();
            estimated(of(&self.point), values, level, &method)
        };
        let missing = |why: &str| Estimate::not_assessed(why, level);
        let points = [self.point.total, self.point.direct, self.point.indirect];
        let nothing = match points.into_iter().all(has_square) {
            _ if !self.learned => Some("it never varies, so nothing can be learned about it"),
            false => Some(NO_NUMBER),
            true => None,
        };
        if let Some(why) = nothing {
            let unknown = || missing(why);
            return ChannelEffects {
                channel: self.name.into(),
                unit: self.unit,
                spend: self.spend,
                total: unknown(),
                direct: unknown(),
                indirect: unknown(),
                proportion_mediated: unknown(),
                induced_mediator_spend: unknown(),
                roas: Roas {
                    gross: unknown(),
                    loaded: unknown(),
                    marginal: unknown(),
                },
            };
        }
        let total = estimate(&|draw| draw.total);
        let by_assumption = |value| {
            let interval = Interval {
                lower: value,
                upper: value,
            };
            Estimate::new(
                value,
                interval,
                level,
                "by assumption: no direct edge is drawn",
            )
        };
        let direct = if self.direct {
            estimate(&|draw| draw.direct)
        } else {
            by_assumption(0.0)
        };
        let proportion_mediated = match total.excludes(0.0) {
            Some(true) if self.direct => estimate(&|draw| draw.indirect / draw.total),
            Some(true) => by_assumption(1.0),
            Some(false) => missing("the interval of the total effect covers 0"),
            None => missing("the total effect has no interval"),
        };
        let spend = self.spend;
        let roas = |of: &dyn Fn(&Decomposition) -> f64| match self.unit {
            Unit::Money if spend > 0.0 => estimate(of),
            Unit::Money => missing("nothing was spent"),
            Unit::Count => missing("the exposure is not measured in money"),
        };
        let bill = |draw: &Decomposition| spend + draw.induced_mediator;
        let loaded = if self.mediator_unit == Unit::Count {
            missing("the mediator is not measured in money")
        } else if bill(&self.point) <= 0.0 || draws.iter().any(|draw| bill(draw) <= 0.0) {
            missing("spend and the mediator spend it induces may sum to nothing or less")
        } else {
            roas(&|draw| draw.total / bill(draw))
        };
        ChannelEffects {
            channel: self.name.into(),
            unit: self.unit,
            spend,
            indirect: estimate(&|draw| draw.indirect),
            induced_mediator_spend: estimate(&|draw| draw.induced_mediator),
            roas: Roas {
                gross: roas(&|draw| draw.total / spend),
                loaded,
                marginal: roas(&|draw| draw.marginal / spend),
            },
            total,
            direct,
            proportion_mediated,
        }
    }
}

/// Why a figure is none: under a logarithmic link a world far from all weeks can have no end.
const NO_NUMBER: &str = "it has no finite value here";

/// A point with the [percentile] interval of its replicates, as far as they are numbers to compute with.
pub(super) fn estimated(point: f64, values: Vec<f64>, level: f64, method: &str) -> Estimate {
    if !has_square(point) {
        return Estimate::not_assessed(NO_NUMBER, level);
    }
    if values.is_empty() {
        let why = "no bootstrap replicates were asked for";
        return Estimate::point_only(point, level, why);
    }
    if !values.iter().copied().all(has_square) {
        let why = "in some replicates it has no finite value";
        return Estimate::point_only(point, level, why);
    }
    Estimate::new(point, percentile(&values, level), level, method)
}

/// The equal-tailed percentile interval of bootstrap values (type-7 quantiles).
///
/// ```
/// use headwater::effects::percentile;
/// let values: Vec<f64> = (0..=1000).map(f64::from).collect();
/// let interval = percentile(&values, 0.95);
/// assert!((interval.lower - 25.0).abs() < 1e-9 && (interval.upper - 975.0).abs() < 1e-9);
/// ```
pub fn percentile(values: &[f64], level: f64) -> Interval {
    let tail = (1.0 - level) / 2.0;
    let [lower, upper] = quantiles(values, [tail, 1.0 - tail]);
    Interval { lower, upper }
}

/// A share of weeks held at zero above which the linear reading of an effect is in doubt
/// (methods brief, 1.2).
const CLAMPED_SHARE: f64 = 0.02;

/// Says in how many weeks the world without an exposure had its mediator held at zero.
pub fn clamped_finding(channels: &[Channel<'_>], weeks: usize, mediator: &str) -> Finding {
    let worst = channels.iter().max_by_key(|channel| channel.point.clamped);
    let (name, clamped) = worst.map_or(("", 0), |channel| (channel.name, channel.point.clamped));
    let share = clamped as f64 / weeks as f64;
    let finding = if share > CLAMPED_SHARE {
        Finding::new(
            "effects.mediator_held_at_zero",
            Status::Warning,
            format!(
                "without {name}, {mediator} would have fallen below zero in {clamped} of {weeks} weeks and \
                 was held at zero: effects through {mediator} are smaller than the slopes say"
            ),
        )
    } else {
        Finding::new(
            "effects.mediator_held_at_zero",
            Status::Passed,
            format!("{mediator} had to be held at zero in at most {clamped} of {weeks} weeks"),
        )
    };
    channels.iter().fold(finding, |finding, channel| {
        finding.with(channel.name, channel.point.clamped)
    })
}
