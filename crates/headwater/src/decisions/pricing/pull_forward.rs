//! Sales that promotions only moved: what the weeks around them lost.

use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::data::Dataset;
use crate::effects::Ensemble;
use crate::estimate::{Estimate, Interval};
use crate::mediation::FittedMediation;
use crate::numeric::long_run::{lags, long_run_variance};
use crate::numeric::orthonormal::Basis;
use crate::numeric::vector::dot;

/// The weeks before in which a promotion may have taken this week's sales, and the week after in
/// which it may be waited for; methods brief, 6.4.
const AFTER: RangeInclusive<isize> = 1..=4;
const BEFORE: RangeInclusive<isize> = -1..=-1;
/// Residual degrees of freedom that are needed.
const ENOUGH_DF: usize = 10;

/// What the weeks around promotions lost (below 0) or gained, in outcome units over all promotions,
/// the mediator given.
///
/// Where the model has no lags of the promotion, they are looked for in what it left over: least
/// squares of the residuals of stage 2 on the promotion of the last four weeks and of the next one
/// beside the columns of stage 2, the same as adding them to it (Frisch, Waugh and Lovell) if stage 2
/// is by least squares. Intervals by Newey-West errors. Trees fit the weeks they were shown so
/// closely that their residuals hide a part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PullForward {
    /// Whether the model has lags of the promotion, so that its lift counts them already.
    pub in_model: bool,
    /// In the four weeks after.
    pub after: Estimate,
    /// In the week before: sales that waited.
    pub before: Estimate,
    /// The lift with both added; a point where either is clear, else why not.
    pub net_lift: Estimate,
}

impl PullForward {
    pub(super) fn none(why: &str, level: f64) -> Self {
        let missing = || Estimate::not_assessed(why, level);
        PullForward {
            in_model: false,
            after: missing(),
            before: missing(),
            net_lift: missing(),
        }
    }

    pub(super) fn of(ensemble: &Ensemble, data: &Dataset, column: &str, lift: &Estimate) -> Self {
        let level = ensemble.level();
        let model = ensemble.point();
        if has_lags(model, column) {
            return PullForward {
                in_model: true,
                net_lift: lift.clone(),
                ..PullForward::none("the model has lags of the promotion", level)
            };
        }
        let promotions = data.column(column);
        let amount: f64 = promotions.iter().sum();
        let seen = |weeks: RangeInclusive<isize>| match Seen::of(model, data, promotions, weeks) {
            Ok(seen) => seen.estimate(amount, level),
            Err(why) => Estimate::not_assessed(why, level),
        };
        let (after, before) = (seen(AFTER), seen(BEFORE));
        let clear = [&after, &before]
            .into_iter()
            .filter(|part| part.excludes(0.0) == Some(true));
        let moved = clear.filter_map(|part| part.point).reduce(|a, b| a + b);
        let net_lift = match (lift.point, moved) {
            (Some(lift), Some(moved)) => Estimate::point_only(
                lift + moved,
                level,
                "the lift and what was moved have intervals of different kinds",
            ),
            (None, _) => lift.clone(),
            (_, None) => Estimate::not_assessed("nothing clear to take off", level),
        };
        PullForward {
            in_model: false,
            after,
            before,
            net_lift,
        }
    }
}

/// Whether a lag of the column stands in the design of stage 2.
fn has_lags(model: &FittedMediation, column: &str) -> bool {
    let (_, design) = model.outcome_stage();
    let lag = |name: &str| {
        name.strip_prefix(column)
            .and_then(|rest| rest.strip_prefix(", "))
            .is_some_and(|rest| rest.ends_with(" before"))
    };
    design.columns().iter().any(|column| lag(&column.name))
}

/// A sum of slopes on shifted promotions.
struct Seen {
    slope: f64,
    error: f64,
    df: f64,
    weeks: usize,
}

impl Seen {
    /// The sum of the slopes on the promotion shifted by `weeks`, the other shifts held fixed.
    fn of(
        model: &FittedMediation,
        data: &Dataset,
        promotions: &[f64],
        weeks: RangeInclusive<isize>,
    ) -> Result<Self, String> {
        let outcome = data.outcome();
        let fitted = model.fitted_outcome();
        let (_, design) = model.outcome_stage();
        // The weeks whose neighbours are all in the data.
        let (first, last) = (
            *AFTER.end() as usize,
            data.len() - BEFORE.end().unsigned_abs(),
        );
        if last <= first || fitted.len() != data.len() {
            return Err("there are too few weeks".into());
        }
        let rows = first..last;
        let shifted = |by: isize| -> Vec<f64> {
            rows.clone()
                .map(|t| promotions[t.wrapping_add_signed(-by)])
                .collect()
        };
        // The slope on the first shift is the sum of all slopes when each other is taken as its
        // difference from the first.
        let lead = shifted(*weeks.start());
        let mut shifts: Vec<Vec<f64>> = Vec::new();
        for by in AFTER.chain(BEFORE).filter(|by| by != weeks.start()) {
            let own = if weeks.contains(&by) { 1.0 } else { 0.0 };
            let column = shifted(by).into_iter().zip(&lead);
            shifts.push(column.map(|(value, lead)| value - own * lead).collect());
        }
        let columns = design.columns().iter();
        let columns = columns.map(|column| &column.values[rows.clone()]);
        let beside = shifts.iter().map(Vec::as_slice).chain(columns);
        let basis = Basis::new(rows.len(), beside);
        let df = rows.len().saturating_sub(basis.rank() + 1);
        if df < ENOUGH_DF {
            return Err(format!(
                "{} weeks are too few beside {} columns",
                rows.len(),
                basis.rank()
            ));
        }
        let left: Vec<f64> = rows.clone().map(|t| outcome[t] - fitted[t]).collect();
        let (own, left) = (basis.residual(&lead), basis.residual(&left));
        let length = dot(&own, &own);
        if length <= 1e-10 * dot(&lead, &lead) {
            return Err(
                "promotions around a week cannot be told apart from the model's columns".into(),
            );
        }
        let slope = dot(&own, &left) / length;
        let moments: Vec<f64> = own
            .iter()
            .zip(&left)
            .map(|(own, left)| own * (left - slope * own))
            .collect();
        let spread = long_run_variance(&moments, lags(moments.len())).max(0.0);
        let weeks = moments.len();
        Ok(Seen {
            slope,
            // as HC1: residuals of least squares are smaller than errors
            error: (spread * weeks as f64 / df as f64).sqrt() / length,
            df: df as f64,
            weeks,
        })
    }

    fn estimate(&self, amount: f64, level: f64) -> Estimate {
        let Ok(t) = StudentsT::new(0.0, 1.0, self.df) else {
            return Estimate::not_assessed("there are too few weeks", level);
        };
        let reach = t.inverse_cdf(0.5 + level / 2.0) * self.error;
        let sides = [self.slope - reach, self.slope + reach].map(|slope| slope * amount);
        Estimate::new(
            self.slope * amount,
            Interval {
                lower: sides[0].min(sides[1]),
                upper: sides[0].max(sides[1]),
            },
            level,
            format!("Newey-West, {} lags", lags(self.weeks)),
        )
    }
}
