//! What the data have seen: a plan is computed up to its edge and no further (methods brief, 7.4).

use std::ops::Range;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::data::Dataset;
use crate::data::role::{Role, Unit};
use crate::error::Result;
use crate::features::Kernel;
use crate::finding::{Bound, Finding, Status};
use crate::mediation::FittedMediation;
use crate::numeric::summary::quantiles;
use crate::words::listed;

/// The part of active weeks that lies within the edges.
const WITHIN: [f64; 2] = [0.025, 0.975];
/// Weeks without spend from which "no spend" counts as seen.
const ZERO_WEEKS: usize = 8;

/// The part of the least and the multiple of the greatest sum over as many weeks that is near
/// enough to what was seen.
const WINDOW: [f64; 2] = [0.7, 1.3];

/// The range of every exposure, lever and control in the weeks of the fit.
#[derive(Debug, Clone)]
pub struct Support {
    seen: IndexMap<String, Seen>,
}

/// What was seen of one column.
#[derive(Debug, Clone, Copy)]
struct Seen {
    least: f64,
    most: f64,
    /// How an exposure carries over; its edges are those of carried-over spend.
    kernel: Option<Kernel>,
    /// Whether its change is a sum of money.
    money: bool,
}

/// The part of a plan that lies beyond what the data have seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Outside {
    /// The column.
    pub column: String,
    /// The weeks that were held at the edge.
    pub weeks: usize,
    /// What was asked for beyond the edge, summed over those weeks, in the column's unit; below 0
    /// for a cut.
    pub amount: f64,
    /// The part of the column's change that this is, in [0, 1].
    pub share: f64,
    /// The least value within, a week: of carried-over spend for exposures.
    pub least: f64,
    /// The greatest value within, a week.
    pub most: f64,
}

impl Support {
    /// Learns the edges from the weeks of the fit: for exposures the 2.5% and 97.5% quantiles of
    /// carried-over spend over weeks with spend (no spend at all only where at least 8 weeks had
    /// none), for levers and controls the least and the greatest value.
    pub fn of(data: &Dataset, model: &FittedMediation) -> Self {
        let roles = data.roles();
        let (first, _) = model.carry_overs();
        let features = &model.prepared().features;
        let exposures = roles.exposures().into_iter().map(|name| {
            let spend = data.column(name);
            let kernel = features.kernel(name, first).unwrap_or(Kernel::from(0.0));
            let levels = kernel.apply(spend);
            let active = levels
                .iter()
                .zip(&**spend)
                .filter(|(_, spend)| **spend != 0.0);
            let active: Vec<f64> = active.map(|(level, _)| *level).collect();
            let [least, most] = match active.is_empty() {
                true => [0.0, 0.0],
                false => quantiles(&active, WITHIN),
            };
            let off = spend.len() - active.len();
            let seen = Seen {
                least: if off >= ZERO_WEEKS {
                    least.min(0.0)
                } else {
                    least
                },
                most,
                kernel: Some(kernel),
                money: roles.columns[name].unit == Unit::Money,
            };
            (name.to_string(), seen)
        });
        let covariates = roles.covariates().into_iter().map(|name| {
            let values = data.column(name).iter();
            let seen = Seen {
                least: values.clone().copied().fold(f64::INFINITY, f64::min),
                most: values.copied().fold(f64::NEG_INFINITY, f64::max),
                kernel: None,
                money: false,
            };
            (name.to_string(), seen)
        });
        Support {
            seen: exposures.chain(covariates).collect(),
        }
    }

    /// The least and the greatest value of a column within what was seen; of carried-over spend for
    /// exposures. `None` for a column without a part in the model.
    pub fn range(&self, column: &str) -> Option<(f64, f64)> {
        let seen = self.seen.get(column)?;
        Some((seen.least, seen.most))
    }

    /// The carried-over level of an exposure, week by week; `None` for other columns.
    pub(super) fn levels(&self, column: &str, spend: &[f64]) -> Option<Vec<f64>> {
        let kernel = self.seen.get(column)?.kernel?;
        Some(kernel.apply(spend))
    }

    /// `planned` with every week held at the edge, and what that left out. A week that stands beyond
    /// an edge in `reference` may stay where it is but moves no further out.
    ///
    /// # Errors
    /// Those of [`Dataset::with_column`].
    pub fn hold(&self, reference: &Dataset, planned: &Dataset) -> Result<(Dataset, Vec<Outside>)> {
        let mut held = planned.clone();
        let mut outside = Vec::new();
        for (name, seen) in &self.seen {
            let (stands, wanted) = (reference.column(name), planned.column(name));
            if stands == wanted {
                continue;
            }
            let values = seen.hold(stands, wanted);
            let pairs = || wanted.iter().zip(&values);
            let weeks = pairs().filter(|(wanted, held)| wanted != held).count();
            if weeks == 0 {
                continue;
            }
            let moved = |values: &[f64]| -> f64 {
                let moved = wanted.iter().zip(values);
                moved.map(|(wanted, value)| (wanted - value).abs()).sum()
            };
            outside.push(Outside {
                column: name.clone(),
                weeks,
                amount: pairs().map(|(wanted, held)| wanted - held).sum(),
                share: moved(&values) / moved(stands),
                least: seen.least,
                most: seen.most,
            });
            held = held.with_column(name, values)?;
        }
        Ok((held, outside))
    }

    /// Whether the sums of spend over the weeks of a plan are ones that were seen: at most 1.3 times
    /// the greatest sum over as many weeks of the fit in a row, at least 0.7 times the least.
    ///
    /// `data` holds the weeks of the fit. A plan that is longer than they are is held against all
    /// of them, a week on average.
    pub fn window_totals(
        &self,
        data: &Dataset,
        reference: &Dataset,
        planned: &Dataset,
        weeks: Range<usize>,
    ) -> Finding {
        const ID: &str = "decisions.window_total";
        let mut beyond: Vec<(String, f64, Bound)> = Vec::new();
        let length = weeks.len().min(data.len());
        let part = length as f64 / weeks.len().max(1) as f64;
        for name in data.roles().exposures() {
            let sum = |data: &Dataset| data.column(name)[weeks.clone()].iter().sum::<f64>();
            let (stands, wanted) = (part * sum(reference), part * sum(planned));
            let seen = data.column(name).windows(length.max(1));
            let sums: Vec<f64> = seen.map(|window| window.iter().sum()).collect();
            let most = sums.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let least = sums.iter().copied().fold(f64::INFINITY, f64::min);
            let bounds = [
                (wanted > stands, wanted / most, Bound::AtMost(WINDOW[1])),
                (wanted < stands, wanted / least, Bound::AtLeast(WINDOW[0])),
            ];
            let broken = bounds
                .into_iter()
                .filter(|(moves, ratio, bound)| *moves && !bound.holds(*ratio));
            beyond.extend(broken.map(|(_, ratio, bound)| (name.to_string(), ratio, bound)));
        }
        let span = match weeks.len() {
            1 => "1 week".into(),
            more => format!("{more} weeks"),
        };
        let Some((_, ratio, bound)) = beyond.first() else {
            let said =
                format!("the spend of the plan sums to what {span} of the data have summed to");
            return Finding::new(ID, Status::Passed, said);
        };
        let said: Vec<String> = beyond
            .iter()
            .map(|(name, ratio, bound)| match bound {
                Bound::AtMost(_) if !ratio.is_finite() => format!("{name} never had any"),
                Bound::AtMost(_) => format!("{name} {ratio:.2} times the most"),
                Bound::AtLeast(_) => format!("{name} {ratio:.2} times the least"),
            })
            .collect();
        Finding::new(
            ID,
            Status::Warning,
            format!(
                "over the plan's {span} spend sums to more or less than any as long stretch of the data: \
                 {}; sums of {} to {} times are near enough. Change less, or try it in part first",
                listed(&said),
                WINDOW[0],
                WINDOW[1]
            ),
        )
        .measured("times the sum seen", *ratio, *bound)
        .with(
            "columns",
            beyond.iter().map(|(name, ..)| name.clone()).collect::<Vec<_>>(),
        )
    }

    /// The share of the plan's change in money that lies outside, in [0, 1]; `None` when no money
    /// moves.
    pub fn share_of_dollars(
        &self,
        reference: &Dataset,
        planned: &Dataset,
        outside: &[Outside],
    ) -> Option<f64> {
        let money = |name: &str| self.seen.get(name).is_some_and(|seen| seen.money);
        let moved = |name: &str| -> f64 {
            let weeks = planned.column(name).iter().zip(&**reference.column(name));
            weeks
                .map(|(planned, stands)| (planned - stands).abs())
                .sum()
        };
        let exposures = reference.roles().with_role(Role::Exposure);
        let all: f64 = exposures.filter(|name| money(name)).map(moved).sum();
        let beyond = outside.iter().filter(|one| money(&one.column));
        let beyond: f64 = beyond.map(|one| one.share * moved(&one.column)).sum();
        (all > 0.0).then(|| beyond / all)
    }
}

impl Seen {
    /// Week by week: an increase up to where the carried-over level meets the upper edge, a decrease
    /// down to the lower one, in the week in which the spend acts most.
    fn hold(&self, stands: &[f64], wanted: &[f64]) -> Vec<f64> {
        let kernel = self.kernel.unwrap_or(Kernel::from(0.0));
        let response = response(&kernel, wanted.len() + stands.len());
        let lag = (1..response.len()).fold(0, |best, lag| {
            if response[lag] > response[best] {
                lag
            } else {
                best
            }
        });
        // what stands, and after the last week goes on as it ends
        let after = stands.last().copied().unwrap_or(0.0);
        let goes_on = || {
            stands
                .iter()
                .copied()
                .chain(std::iter::repeat_n(after, lag))
        };
        let levels = kernel.apply(&goes_on().collect::<Vec<_>>());
        let mut held: Vec<f64> = goes_on().collect();
        for (t, (&stands, &wanted)) in stands.iter().zip(wanted).enumerate() {
            if wanted == stands || response[lag] <= 0.0 {
                held[t] = wanted;
                continue;
            }
            held[t] = 0.0;
            let acts = t + lag;
            let past = held[..=acts].iter().rev().zip(response.iter());
            let carried: f64 = past.map(|(spend, weight)| spend * weight).sum();
            let at = |level: f64| (level - carried) / response[lag];
            held[t] = match wanted > stands {
                true => wanted.min(at(self.most.max(levels[acts])).max(stands)),
                false => wanted.max(at(self.least.min(levels[acts])).min(stands)),
            };
        }
        held.truncate(wanted.len());
        held
    }
}

/// What one unit of spend is in the week itself and in each of the weeks after it.
fn response(kernel: &Kernel, weeks: usize) -> Vec<f64> {
    let mut unit = vec![0.0; weeks];
    if let Some(first) = unit.first_mut() {
        *first = 1.0;
    }
    kernel.apply(&unit)
}
