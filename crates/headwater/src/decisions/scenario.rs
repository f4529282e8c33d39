//! What if: a plan against what happened, week by week.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::outlook::{average_weeks, tail_weeks};
use super::plan::{Plan, Planned};
use super::support::{Outside, Support};
use crate::data::Dataset;
use crate::data::role::{Role, Unit};
use crate::effects::{Answers, Ensemble};
use crate::error::Result;
use crate::estimate::Estimate;
use crate::finding::{Bound, Finding, Status};
use crate::mediation::{BuiltPath, FittedMediation, MediatorPolicy};
use crate::words::listed;

/// What a plan would have changed, as differences between the planned world and the one that was:
/// `direct = Y(x', M(x)) - Y(x, M(x))`, `through = Y(x', M(x')) - Y(x', M(x))`, both with the
/// residuals of the weeks kept; counted from the first week of the plan until its carry-over has
/// faded, beyond the last week of the data where need be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// Week by week.
    pub weekly: Vec<Week>,
    /// What lies beyond what the data have seen: computed up to the edge only, unless the plan
    /// allows extrapolation.
    pub outside: Vec<Outside>,
    /// Doubts about the plan.
    pub findings: Vec<Finding>,
}

/// Changes of the mediator and the outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Week {
    /// The first day of the week, ISO 8601.
    pub week: String,
    /// Whether the data end before it: an average week of the last year stands in for it.
    pub beyond_data: bool,
    /// The change of spend on all exposures in money.
    pub spend: f64,
    /// The changes that follow.
    #[serde(flatten)]
    pub effects: Effects,
}

/// What a change costs and returns; ratios are of changes, so a cut has the return of what it saves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Returns {
    /// The change of spend on exposures in money.
    pub spend: f64,
    /// The change of mediator spend that follows.
    pub induced: Estimate,
    /// Change of the outcome by change of spend.
    pub gross_roas: Estimate,
    /// Change of the outcome by change of spend and induced mediator spend.
    pub loaded_roas: Estimate,
    /// `margin * outcome - spend - induced`.
    pub profit: Estimate,
}

/// What one model says of the change: mediator, direct and through, by week.
struct Moved {
    mediator: Vec<f64>,
    direct: Vec<f64>,
    through: Vec<f64>,
    sums: [f64; 3],
    clamped: usize,
}

/// The world that stands and the one that is planned, ready to be asked of many models.
pub struct Worlds {
    reference: BuiltPath,
    planned: BuiltPath,
    policy: MediatorPolicy,
    /// Whether anything of the plan reaches the outcome around the mediator.
    around: bool,
}

impl Worlds {
    /// `reference` holds the weeks of `ensemble`, `planned` the same weeks as they would be.
    ///
    /// # Errors
    /// Those of [`Prepared::build_world`](crate::mediation::Prepared::build_world).
    pub fn new(
        ensemble: &Ensemble,
        reference: &Dataset,
        planned: &Dataset,
        policy: MediatorPolicy,
    ) -> Result<Self> {
        let prepared = ensemble.prepared();
        let roles = reference.roles();
        let changed = |name: &str| reference.column(name) != planned.column(name);
        Ok(Worlds {
            around: prepared.direct.iter().any(|name| changed(name))
                || roles.covariates().into_iter().any(changed),
            reference: prepared.build_world(reference)?,
            planned: prepared.build_world(planned)?,
            policy,
        })
    }

    fn contrast(&self, model: &FittedMediation) -> Result<Moved> {
        let world = |direct: &BuiltPath, mediated: &BuiltPath| {
            model.potential_outcome_under(self.policy, direct, mediated)
        };
        let before = world(&self.reference, &self.reference)?;
        let after = world(&self.planned, &self.planned)?;
        let difference = |after: &[f64], before: &[f64]| -> Vec<f64> {
            after.iter().zip(before).map(|(a, b)| a - b).collect()
        };
        let mediator = difference(&after.mediator, &before.mediator);
        let (direct, through) = if self.around {
            let between = world(&self.planned, &self.reference)?;
            (
                difference(&between.outcome, &before.outcome),
                difference(&after.outcome, &between.outcome),
            )
        } else {
            let nothing = vec![0.0; mediator.len()];
            (nothing, difference(&after.outcome, &before.outcome))
        };
        let sum = |values: &[f64]| values.iter().sum::<f64>();
        Ok(Moved {
            sums: [sum(&mediator), sum(&direct), sum(&through)],
            mediator,
            direct,
            through,
            clamped: after.clamped,
        })
    }
}

impl Scenario {
    /// Compares the plan with the weeks of the data as they were.
    ///
    /// `data` holds the weeks that `ensemble` was fitted to.
    ///
    /// # Errors
    /// Those of [`Plan::apply`].
    pub fn of(ensemble: &Ensemble, data: &Dataset, name: &str, plan: &Plan) -> Result<Self> {
        let weeks = plan.weeks(data)?;
        let beyond = (weeks.end + tail_weeks(ensemble)).saturating_sub(data.len());
        let reference = average_weeks(data, beyond)?;
        let extended;
        let ensemble = if beyond > 0 {
            extended = ensemble.over(&reference)?;
            &extended
        } else {
            ensemble
        };
        let plan = Plan {
            from: Some(data.weeks()[weeks.start]),
            to: Some(data.weeks()[weeks.end - 1]),
            ..plan.clone()
        };
        let planned = plan.apply(&reference)?;
        let support = Support::of(data, ensemble.point());
        let (held, outside) = support.hold(&reference, &planned.data)?;
        let beyond_edge = support.share_of_dollars(&reference, &planned.data, &outside);
        let computed = if plan.allow_extrapolation {
            &planned.data
        } else {
            &held
        };
        let worlds = Worlds::new(ensemble, &reference, computed, plan.mediator)?;
        let moved = ensemble.ask(|model| worlds.contrast(model))?;

        let spend = spend_change(&reference, computed);
        let counted = planned.weeks.start..reference.len();
        let weekly = counted.clone().into_par_iter().map(|t| Week {
            week: reference.weeks()[t].to_string(),
            beyond_data: t >= data.len(),
            spend: spend[t],
            effects: effects(&moved, |moved| {
                [moved.mediator[t], moved.direct[t], moved.through[t]]
            }),
        });
        let clamped = moved.point.clamped;
        Ok(Scenario {
            name: name.into(),
            weeks: (
                data.weeks()[weeks.start].to_string(),
                data.weeks()[weeks.end - 1].to_string(),
            ),
            counted_to: reference.weeks()[counted.end - 1].to_string(),
            weekly: weekly.collect(),
            total: effects(&moved, |moved| moved.sums),
            returns: returns(&moved, &reference, &plan, spend.iter().sum()),
            findings: findings(&plan, &planned, &outside, beyond_edge, clamped, data),
            outside,
            plan,
        })
    }
}

/// The change of spend on exposures in money, week by week.
fn spend_change(reference: &Dataset, planned: &Dataset) -> Vec<f64> {
    let roles = reference.roles();
    let money = roles.exposures().into_iter();
    let money = money.filter(|name| roles.columns[*name].unit == Unit::Money);
    money.fold(vec![0.0; reference.len()], |mut sum, name| {
        let pairs = planned.column(name).iter().zip(&**reference.column(name));
        for (sum, (planned, stands)) in sum.iter_mut().zip(pairs) {
            *sum += planned - stands;
        }
        sum
    })
}

/// Estimates of mediator, direct and through as `of` picks them.
fn effects(moved: &Answers<Moved>, of: impl Fn(&Moved) -> [f64; 3]) -> Effects {
    Effects {
        mediator: moved.estimate(|moved| of(moved)[0]),
        outcome: moved.estimate(|moved| of(moved)[1] + of(moved)[2]),
        direct: moved.estimate(|moved| of(moved)[1]),
        through: moved.estimate(|moved| of(moved)[2]),
    }
}

fn returns(moved: &Answers<Moved>, data: &Dataset, plan: &Plan, spend: f64) -> Returns {
    let level = moved.level();
    let missing = |why: &str| Estimate::not_assessed(why, level);
    let roles = data.roles();
    let paid = roles
        .with_role(Role::Mediator)
        .all(|name| roles.columns[name].unit == Unit::Money);
    let outcome = |moved: &Moved| moved.sums[1] + moved.sums[2];
    let induced = |moved: &Moved| if paid { moved.sums[0] } else { 0.0 };
    let bill = |moved: &Moved| spend + induced(moved);
    // a plan that moves money around without changing its sum has no return on it
    let gross_spend: f64 = data
        .roles()
        .exposures()
        .iter()
        .map(|name| data.column(name).iter().map(|x| x.abs()).sum::<f64>())
        .sum();
    let moves = spend.abs() > 1e-9 * gross_spend;
    let unchanged = "the plan does not change the sum of spend";
    let one_sided =
        bill(&moved.point) * spend > 0.0 && moved.draws.iter().all(|draw| bill(draw) * spend > 0.0);
    Returns {
        spend,
        induced: match paid {
            true => moved.estimate(|moved| moved.sums[0]),
            false => missing("the mediator is not measured in money"),
        },
        gross_roas: match moves {
            true => moved.estimate(|moved| outcome(moved) / spend),
            false => missing(unchanged),
        },
        loaded_roas: if !paid {
            missing("the mediator is not measured in money")
        } else if !moves {
            missing(unchanged)
        } else if !one_sided {
            missing("spend and the mediator spend it induces may sum to nothing or less")
        } else {
            moved.estimate(|moved| outcome(moved) / bill(moved))
        },
        profit: match plan.margin {
            Some(margin) => moved.estimate(|moved| margin * outcome(moved) - bill(moved)),
            None => missing("no margin is set"),
        },
    }
}

fn findings(
    plan: &Plan,
    planned: &Planned,
    outside: &[Outside],
    share: Option<f64>,
    clamped: usize,
    data: &Dataset,
) -> Vec<Finding> {
    let mut findings = vec![support_finding(plan, outside, share)];
    let held = &planned.held_at_zero;
    if !held.is_empty() {
        let said: Vec<String> = held
            .iter()
            .map(|(column, weeks, amount)| {
                format!("{column} in {weeks} weeks ({amount:.0} could not be taken away)")
            })
            .collect();
        findings.push(
            Finding::new(
                "decisions.held_at_zero",
                Status::Warning,
                format!(
                    "the cut is larger than the spend and is held at zero: {}; cut by a percentage \
                     where every week should lose alike",
                    listed(&said)
                ),
            )
            .with(
                "columns",
                held.iter()
                    .map(|(column, ..)| column.clone())
                    .collect::<Vec<_>>(),
            ),
        );
    }
    if clamped > 0 {
        let mediator = data.roles().only(Role::Mediator).unwrap_or_default();
        findings.push(Finding::new(
            "decisions.mediator_held_at_zero",
            Status::Warning,
            format!(
                "under the plan {mediator} would fall below zero in {clamped} weeks and is held at zero \
                 there: the plan asks more of the slopes than they can say"
            ),
        ));
    }
    findings
}

/// Says how much of a plan lies beyond what the data have seen.
fn support_finding(plan: &Plan, outside: &[Outside], share: Option<f64>) -> Finding {
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
        .map(|one| format!("{} in {} weeks", one.column, one.weeks))
        .collect();
    let dollars = match share {
        Some(share) => format!("{:.0}% of the money it moves", 100.0 * share),
        None => "part of it".into(),
    };
    let done = match plan.allow_extrapolation {
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
