//! What if: a plan against what happened, week by week.

use std::ops::Range;

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::baseline::Baseline;
use super::joint_support;
use super::plan::{Plan, Planned};
use super::support::Outside;
use crate::data::Dataset;
use crate::data::role::{Role, Unit};
use crate::effects::{Answers, Ensemble};
use crate::error::Result;
use crate::estimate::Estimate;
use crate::finding::{Bound, Finding, Status};
use crate::mediation::{Change, Intervention};
use crate::words::{agreeing, listed};

/// What a plan would have changed, as differences between the planned world and the one that was:
/// `direct = Y(x', M(x)) - Y(x, M(x))`, `through = Y(x', M(x')) - Y(x', M(x))`, both with the
/// residuals of the weeks kept; counted from the first week of the plan until its carry-over has
/// faded, beyond the last week of the data where need be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Scenario {
    /// What it is called.
    pub name: String,
    /// What was asked.
    pub plan: Plan,
    /// The first day of the first and of the last week of the plan, ISO 8601.
    pub weeks: (String, String),
    /// The first day of the last week in which effects are counted.
    pub counted_to: String,
    /// Summed over the counted weeks.
    pub total: Effects,
    /// What it costs and returns.
    pub returns: Returns,
    /// The same by the pooled slope, where the checks of the run contradict neither reading of the
    /// mediator or its first stage is too weak for the other: see [`Scenario::best`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pooled: Option<Pooled>,
    /// Whether the levers and controls that the plan changes were left out of the penalty for it, so
    /// that their effects are not shrunk.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unpenalised: bool,
    /// The same in at most about sixteen blocks of weeks, those of the data apart from those after.
    pub blocks: Vec<Block>,
    /// Week by week.
    pub weekly: Vec<Week>,
    /// What lies beyond what the data have seen: computed up to the edge only, unless the plan
    /// allows extrapolation.
    pub outside: Vec<Outside>,
    /// Doubts about the plan.
    pub findings: Vec<Finding>,
}

/// A plan by the pooled slope: what a unit of the mediator is worth whatever set it off. Right if
/// nothing goes around the mediator but where an edge is drawn and nothing unmeasured moves mediator
/// and outcome together; then the most precise (methods brief, 0.2).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Pooled {
    /// Summed over the counted weeks.
    pub total: Effects,
    /// What it costs and returns.
    pub returns: Returns,
}

/// Changes of the mediator and the outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Effects {
    /// Of the mediator, in its unit.
    pub mediator: Estimate,
    /// Of the outcome, in its unit.
    pub outcome: Estimate,
    /// The part of that which goes around the mediator.
    pub direct: Estimate,
    /// The part of that which goes through the mediator.
    pub through: Estimate,
}

/// Changes of one week.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Week {
    /// The first day of the week, ISO 8601.
    pub week: String,
    /// Whether the data end before it: unless it is planned, an average week of the last year stands in
    /// for it.
    pub beyond_data: bool,
    /// The change of spend on all exposures in money.
    pub spend: f64,
    /// The changes that follow.
    #[serde(flatten)]
    pub effects: Effects,
}

/// Changes summed over some weeks in a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Block {
    /// The first day of its first week, ISO 8601.
    pub first: String,
    /// The first day of its last week.
    pub last: String,
    /// The number of its weeks.
    pub weeks: usize,
    /// Whether the data end before it.
    pub beyond_data: bool,
    /// The change of spend on all exposures in money.
    pub spend: f64,
    /// The changes that follow.
    #[serde(flatten)]
    pub effects: Effects,
}

/// What a change costs and returns; ratios are of changes, so a cut has the return of what it saves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Returns {
    /// The change of spend on exposures in money.
    pub spend: f64,
    /// The change of mediator spend that follows.
    pub induced: Estimate,
    /// Change of the outcome by change of spend.
    pub gross_roas: Estimate,
    /// Change of the outcome by change of spend and induced mediator spend.
    pub loaded_roas: Estimate,
    /// `margin * outcome - spend - induced`; a mediator that is not measured in money is not charged.
    pub profit: Estimate,
}

/// What one model says of a plan: in all, by block of weeks as the scenario cuts them, and week by week.
struct Moved {
    sums: Sums,
    blocks: Vec<Sums>,
    weekly: Vec<Sums>,
    clamped: usize,
}

impl Moved {
    /// `detail` says whether blocks and weeks are wanted.
    fn of(
        change: &Change,
        counted: &Range<usize>,
        blocks: &[Range<usize>],
        detail: Detail,
    ) -> Self {
        let over = |weeks: &Range<usize>| Sums::over(change, weeks.clone());
        let weekly = match detail {
            Detail::Weekly => counted.clone().map(|t| over(&(t..t + 1))).collect(),
            _ => Vec::new(),
        };
        Moved {
            sums: over(counted),
            blocks: blocks.iter().map(over).collect(),
            weekly,
            clamped: change.clamped,
        }
    }
}

/// How much of a scenario is wanted, from the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Detail {
    /// Totals and returns.
    Sums,
    /// The doubts as well.
    Totals,
    /// Blocks and weeks as well.
    Weekly,
}

/// A scenario with what every model says of its sums.
pub(super) struct Asked {
    pub scenario: Scenario,
    pub sums: Answers<Sums>,
}

/// What one model says of a plan over all counted weeks.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sums {
    mediator: f64,
    direct: f64,
    through: f64,
}

/// What the sums of a plan are multiplied with.
struct Prices {
    spend: f64,
    /// Whether the mediator is paid for in money.
    paid: bool,
    margin: Option<f64>,
    /// Why the change has no full price.
    unpriced: Option<String>,
}

impl Sums {
    fn over(change: &Change, weeks: Range<usize>) -> Self {
        weeks.fold(Sums::default(), |sums, t| Sums {
            mediator: sums.mediator + change.mediator[t],
            direct: sums.direct + change.direct[t],
            through: sums.through + change.through[t],
        })
    }

    pub fn mediator(&self) -> f64 {
        self.mediator
    }

    pub fn outcome(&self) -> f64 {
        self.direct + self.through
    }

    /// Every sum less that of another.
    pub fn less(&self, other: &Sums) -> Sums {
        Sums {
            mediator: self.mediator - other.mediator,
            direct: self.direct - other.direct,
            through: self.through - other.through,
        }
    }

    pub fn effects(sums: &Answers<Sums>) -> Effects {
        effects(sums)
    }
}

/// A plan with its world built, over weeks that `reference` goes on to after those of the data.
pub(super) struct Question<'a> {
    pub name: &'a str,
    pub plan: Plan,
    /// The weeks of the fit and more, until the plan's carry-over has faded or longer.
    pub reference: &'a Dataset,
    /// `reference` as the plan would have it.
    pub planned: Planned,
    /// Where the weeks end in which effects are counted.
    pub counted_to: usize,
    pub detail: Detail,
}

impl Scenario {
    /// Compares the plan with the weeks of the data as they were.
    ///
    /// `data` holds the weeks that `ensemble` was fitted to.
    ///
    /// # Errors
    /// Those of [`Plan::apply`].
    pub fn of(ensemble: &Ensemble, data: &Dataset, name: &str, plan: &Plan) -> Result<Self> {
        Baseline::new(ensemble, data).scenario(name, plan)
    }

    /// This scenario with the answer of models that read the mediator with one slope.
    ///
    /// # Errors
    /// Those of [`Scenario::of`].
    pub fn beside(self, one_slope: &Baseline) -> Result<Self> {
        let asked = Asked::of(one_slope, &self.name, &self.plan, Detail::Sums)?;
        let (total, returns) = (asked.scenario.total, asked.scenario.returns);
        Ok(Scenario {
            pooled: Some(Pooled { total, returns }),
            ..self
        })
    }

    /// The most precise totals that the checks of the run do not contradict: those of the pooled
    /// slope where there are some.
    pub fn best(&self) -> &Effects {
        self.pooled
            .as_ref()
            .map_or(&self.total, |pooled| &pooled.total)
    }
}

impl Asked {
    /// See [`Baseline::scenario`].
    pub fn of(baseline: &Baseline, name: &str, plan: &Plan, detail: Detail) -> Result<Self> {
        let data = baseline.data();
        let weeks = plan.weeks(data)?;
        let counted_to = data.len().max(weeks.end + baseline.tail());
        let (reference, ensemble) = baseline.over(counted_to)?;
        let plan = Plan {
            from: Some(data.weeks()[weeks.start]),
            to: Some(data.weeks()[weeks.end - 1]),
            ..plan.clone()
        };
        let question = Question {
            name,
            planned: plan.apply(reference)?,
            plan,
            reference,
            counted_to,
            detail,
        };
        question.put(baseline, &ensemble)
    }
}

impl Question<'_> {
    /// Asks all models of `ensemble`, which stand over the weeks of the reference.
    pub fn put(self, baseline: &Baseline, ensemble: &Ensemble) -> Result<Asked> {
        let Question {
            name,
            plan,
            reference,
            planned,
            counted_to,
            detail,
        } = self;
        let (data, support) = (baseline.data(), baseline.support());
        let (held, outside) = support.hold(reference, &planned.data)?;
        let computed = match plan.allow_extrapolation {
            true => &planned.data,
            false => &held,
        };
        let point = ensemble.point();
        let intervention = Intervention::new(point, reference, computed, plan.mediator)?;
        let counted = planned.weeks.start..counted_to;
        let cuts = match detail {
            Detail::Weekly => blocks(counted.clone(), data.len().max(planned.weeks.end)),
            _ => Vec::new(),
        };
        let moved = ensemble.ask(|model| {
            let change = model.change(&intervention)?;
            Ok(Moved::of(&change, &counted, &cuts, detail))
        })?;

        let spend = spend_change(reference, computed);
        let day = |t: usize| reference.weeks()[t].to_string();
        let weeks = 0..moved.point.weekly.len();
        let weekly = weeks.into_par_iter().map(|nth| {
            let t = counted.start + nth;
            Week {
                week: day(t),
                beyond_data: t >= data.len(),
                spend: spend[t],
                effects: effects(&moved.pick(|moved| moved.weekly[nth])),
            }
        });
        let blocks = cuts.into_par_iter().enumerate();
        let blocks = blocks.map(|(nth, weeks)| Block {
            first: day(weeks.start),
            last: day(weeks.end - 1),
            weeks: weeks.len(),
            beyond_data: weeks.start >= data.len(),
            spend: spend[weeks].iter().sum(),
            effects: effects(&moved.pick(|moved| moved.blocks[nth])),
        });
        let (weekly, blocks) = (weekly.collect(), blocks.collect());
        let mut findings = Vec::new();
        if detail >= Detail::Totals {
            let share = support.share_of_dollars(reference, &planned.data, &outside);
            let joint = baseline.joint_support();
            findings = vec![
                support_finding(&plan, &outside, share, ensemble.flat_beyond()),
                support.window_totals(data, reference, computed, planned.weeks.clone()),
                joint_support::finding(joint, support, reference, computed, counted_to),
            ];
            findings.extend(held_at_zero(&planned));
            findings.extend(mediator_held_at_zero(moved.point.clamped, data));
        }
        let sums = moved.map(|moved| moved.sums);
        let prices = Prices {
            spend: spend.iter().sum(),
            paid: data.roles().mediator_in_money(),
            margin: plan.margin,
            unpriced: unpriced(reference, computed),
        };
        let scenario = Scenario {
            name: name.into(),
            weeks: (day(planned.weeks.start), day(planned.weeks.end - 1)),
            counted_to: day(counted.end - 1),
            weekly,
            blocks,
            total: Sums::effects(&sums),
            returns: returns(&sums, &prices, reference),
            findings,
            outside,
            plan,
            pooled: None,
            unpenalised: false,
        };
        Ok(Asked { scenario, sums })
    }
}

/// The counted weeks in blocks of 1, 4, 13, 26 or 52 weeks, the shortest that make at most 16, with
/// a cut where the data, or later the plan, `ends`.
fn blocks(counted: Range<usize>, ends: usize) -> Vec<Range<usize>> {
    const MOST: usize = 16;
    let lengths = [1, 4, 13, 26, 52];
    let fits = |length: &&usize| counted.len().div_ceil(**length) <= MOST;
    let length = lengths.iter().find(fits).copied();
    let length = length.unwrap_or(counted.len().div_ceil(MOST));
    let cut = ends.clamp(counted.start, counted.end);
    let parts = [counted.start..cut, cut..counted.end];
    let blocks = parts.into_iter().flat_map(|part| {
        let starts = part.clone().step_by(length);
        starts.map(move |start| start..(start + length).min(part.end))
    });
    blocks.collect()
}

/// Why the columns that change have no full price, where they have none.
fn unpriced(reference: &Dataset, computed: &Dataset) -> Option<String> {
    let roles = reference.roles();
    let changed = |name: &&str| reference.column(name) != computed.column(name);
    let exposures = roles.exposures().into_iter();
    let counts: Vec<&str> = exposures
        .filter(|name| roles.columns[*name].unit != Unit::Money)
        .filter(changed)
        .collect();
    if !counts.is_empty() {
        let are = agreeing(&counts, "is", "are");
        return Some(format!(
            "{are} not measured in money, so what the plan costs is not known"
        ));
    }
    let others: Vec<&str> = roles.covariates().into_iter().filter(changed).collect();
    let others = listed(&others);
    (!others.is_empty()).then(|| {
        format!("the plan changes {others} as well, and what that costs is not in the spend")
    })
}

/// The change of spend on exposures in money, week by week.
fn spend_change(reference: &Dataset, planned: &Dataset) -> Vec<f64> {
    let money = reference.roles().exposures_in_money().into_iter();
    money.fold(vec![0.0; reference.len()], |mut sum, name| {
        let pairs = planned.column(name).iter().zip(&**reference.column(name));
        for (sum, (planned, stands)) in sum.iter_mut().zip(pairs) {
            *sum += planned - stands;
        }
        sum
    })
}

/// Estimates of the sums of each model.
fn effects(sums: &Answers<Sums>) -> Effects {
    let through = sums.estimate(|sums| sums.through);
    let mut models = sums.draws.iter().chain([&sums.point]);
    Effects {
        mediator: sums.estimate(|sums| sums.mediator),
        // where nothing goes around the mediator, the same numbers again
        outcome: match models.all(|sums| sums.direct == 0.0) {
            true => through.clone(),
            false => sums.estimate(Sums::outcome),
        },
        direct: sums.estimate(|sums| sums.direct),
        through,
    }
}

impl Prices {
    /// What the mediator spends more.
    fn induced(&self, sums: &Sums) -> f64 {
        if self.paid { sums.mediator } else { 0.0 }
    }

    fn bill(&self, sums: &Sums) -> f64 {
        self.spend + self.induced(sums)
    }
}

fn returns(sums: &Answers<Sums>, prices: &Prices, data: &Dataset) -> Returns {
    let level = sums.level();
    let missing = |why: &str| Estimate::not_assessed(why, level);
    let spend = prices.spend;
    // a plan that moves money around without changing its sum has no return on it
    let gross_spend: f64 = data
        .roles()
        .exposures()
        .iter()
        .map(|name| data.column(name).iter().map(|x| x.abs()).sum::<f64>())
        .sum();
    let moves = spend.abs() > 1e-9 * gross_spend;
    let no_ratio = match (&prices.unpriced, moves) {
        (Some(why), _) => Some(why.as_str()),
        (None, false) => Some("the plan does not change the sum of spend"),
        (None, true) => None,
    };
    let one_sided = || {
        let same_side = |sums: &Sums| prices.bill(sums) * spend > 0.0;
        same_side(&sums.point) && sums.draws.iter().all(same_side)
    };
    Returns {
        spend,
        induced: match prices.paid {
            true => sums.estimate(|sums| sums.mediator),
            false => missing(UNPAID),
        },
        gross_roas: match no_ratio {
            None => sums.estimate(|sums| sums.outcome() / spend),
            Some(why) => missing(why),
        },
        loaded_roas: match no_ratio {
            Some(why) => missing(why),
            None if !prices.paid => missing(UNPAID),
            None if !one_sided() => {
                missing("spend and the mediator spend it induces may sum to nothing or less")
            }
            None => sums.estimate(|sums| sums.outcome() / prices.bill(sums)),
        },
        profit: match (prices.margin, &prices.unpriced) {
            (_, Some(why)) => missing(why),
            (None, _) => missing("no margin is set"),
            (Some(margin), None) => {
                sums.estimate(|sums| margin * sums.outcome() - prices.bill(sums))
            }
        },
    }
}

/// Why nothing is charged for the mediator.
const UNPAID: &str = "the mediator is not measured in money";

/// Says where a cut was larger than the spend.
fn held_at_zero(planned: &Planned) -> Option<Finding> {
    let held = &planned.held_at_zero;
    let said: Vec<String> = held
        .iter()
        .map(|(column, weeks, amount)| {
            format!(
                "{column} in {} ({amount:.0} could not be taken away)",
                counted(*weeks)
            )
        })
        .collect();
    let columns: Vec<String> = held.iter().map(|(column, ..)| column.clone()).collect();
    (!held.is_empty()).then(|| {
        Finding::new(
            "decisions.held_at_zero",
            Status::Warning,
            format!(
                "the cut is larger than the spend and is held at zero: {}; cut by a percentage where \
                 every week should lose alike",
                listed(&said)
            ),
        )
        .with("columns", columns)
    })
}

/// Says where the model would have the mediator fall below zero.
fn mediator_held_at_zero(clamped: usize, data: &Dataset) -> Option<Finding> {
    let mediator = data.roles().only(Role::Mediator).unwrap_or_default();
    (clamped > 0).then(|| {
        Finding::new(
            "decisions.mediator_held_at_zero",
            Status::Warning,
            format!(
                "under the plan {mediator} would fall below zero in {} and is held at zero there: the \
                 plan asks more of the slopes than they can say",
                counted(clamped)
            ),
        )
        .with("weeks", clamped)
    })
}

/// `1 week`, `3 weeks`.
pub(super) fn counted(weeks: usize) -> String {
    match weeks {
        1 => "1 week".into(),
        weeks => format!("{weeks} weeks"),
    }
}

/// Says how much of a plan lies beyond what the data have seen.
fn support_finding(
    plan: &Plan,
    outside: &[Outside],
    share: Option<f64>,
    flat_beyond: bool,
) -> Finding {
    let id = "decisions.support";
    if outside.is_empty() {
        return Finding::new(
            id,
            Status::Passed,
            "every week of the plan lies within what the data have seen",
        );
    }
    let columns: Vec<String> = outside
        .iter()
        .map(|one| format!("{} in {}", one.column, counted(one.weeks)))
        .collect();
    let dollars = match share {
        Some(share) => format!("{:.0}% of the money it moves", 100.0 * share),
        None => "part of it".into(),
    };
    let done = match plan.allow_extrapolation {
        true if flat_beyond => {
            "is computed all the same, as asked. Trees say the same for everything beyond the edge: that \
             more of it brings no gain is an artefact of them and no finding of the data"
        }
        true => "is computed all the same, as asked: nothing in the data says what it would do",
        false => {
            "is left out: the plan is computed up to the edge. Plan less, or see the whole of it with \
             --allow-extrapolation"
        }
    };
    let finding = Finding::new(
        id,
        Status::Warning,
        format!(
            "{dollars} lies beyond what the data have seen ({}) and {done}",
            listed(&columns)
        ),
    );
    match share {
        Some(share) => finding.measured("share of money outside", share, Bound::AtMost(0.0)),
        None => finding,
    }
}
