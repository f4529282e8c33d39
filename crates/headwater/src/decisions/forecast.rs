//! The weeks to come: what they will bring, and what the plan for them changes.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::baseline::Baseline;
use super::outlook::{last_year, tail_weeks};
use super::plan::{Plan, Planned};
use super::scenario::{Detail, Question, Scenario, counted};
use crate::data::role::Role;
use crate::data::{Coming, Dataset};
use crate::effects::Ensemble;
use crate::error::Result;
use crate::estimate::Estimate;
use crate::finding::{Finding, Status};
use crate::words::agreeing;

/// Two different answers about the weeks to come, which never share an interval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Forecast {
    /// What the weeks will bring if the plan is kept, with prediction intervals: how far a week falls
    /// from its forecast, whatever the reason.
    pub weeks: Vec<ForecastWeek>,
    /// The sums of the forecasts. They have no interval: those of single weeks do not say how their
    /// errors add up.
    pub mediator: Estimate,
    /// The same for the outcome.
    pub outcome: Estimate,
    /// What the planned spend changes against last year's mean spend in the same weeks, with effect
    /// intervals: how far the model's slopes may be off.
    pub effect: Scenario,
    /// Doubts about the file and the forecast; those about the plan are in the effect.
    pub findings: Vec<Finding>,
}

/// The forecast of one week.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ForecastWeek {
    /// The first day of the week, ISO 8601.
    pub week: String,
    /// The planned spend on all exposures in money.
    pub spend: f64,
    /// The forecast of the mediator from the spend.
    pub mediator: Estimate,
    /// The forecast of the outcome from the forecast mediator.
    pub outcome: Estimate,
}

impl Forecast {
    /// Forecasts the coming weeks and compares their plan with the same weeks at last year's mean
    /// spend, levers and controls alike in both.
    ///
    /// Levers and controls that `coming` does not have stand at their mean over the last 52 weeks.
    /// `terms` holds the margin and whether to compute beyond what was seen. `around` makes an
    /// estimate of the forecast of the outcome in the `n`-th coming week, the first being 1.
    ///
    /// # Errors
    /// Those of [`Dataset::extended`] and of [`Scenario::of`].
    pub fn of(
        ensemble: &Ensemble,
        data: &Dataset,
        coming: &Coming,
        terms: &Plan,
        around: impl Fn(usize, f64) -> Estimate,
    ) -> Result<Self> {
        terms.validate()?;
        let (n, k) = (data.len(), coming.weeks.len());
        let roles = data.roles();
        let exposure = |name: &str| roles.columns[name].role == Role::Exposure;
        let tail = tail_weeks(ensemble);
        let world = |more: usize, planned: bool| {
            data.extended(k + more, |name, history| {
                let mean = last_year(history);
                let given = coming
                    .columns
                    .get(name)
                    .filter(|_| planned || !exposure(name));
                let given = given.map_or(vec![mean; k], |values| values.to_vec());
                given
                    .into_iter()
                    .chain(std::iter::repeat_n(mean, more))
                    .collect()
            })
        };
        let (reference, planned) = (world(tail, false)?, world(tail, true)?);

        let as_planned = Arc::new(ensemble.prepared().over(&world(0, true)?)?);
        let model = ensemble.point().over(&as_planned)?;
        let mediator = &model.forecast_mediator()[n..];
        let outcome = &model.forecast_outcome(false)?[n..];
        let spend = spend(&planned);
        let level = ensemble.level();
        let weeks: Vec<ForecastWeek> = (0..k)
            .map(|t| ForecastWeek {
                week: coming.weeks[t].to_string(),
                spend: spend[n + t],
                mediator: Estimate::point_only(
                    mediator[t],
                    level,
                    "errors of forecasts were measured for the outcome alone",
                ),
                outcome: around(t + 1, outcome[t]),
            })
            .collect();
        let sum = |values: &[f64]| {
            let why = "prediction intervals of weeks do not say how their errors add up";
            Estimate::point_only(values.iter().sum(), level, why)
        };

        let day = |t: usize| Some(reference.weeks()[t]);
        let question = Question {
            name: &coming.source.name,
            plan: Plan {
                from: day(n),
                to: day(n + k - 1),
                set: Vec::new(),
                ..terms.clone()
            },
            reference: &reference,
            counted_to: reference.len(),
            planned: Planned {
                weeks: n..n + k,
                data: planned,
                held_at_zero: Vec::new(),
            },
            detail: Detail::Weekly,
        };
        let effect = question
            .put(&Baseline::new(ensemble, data), &ensemble.over(&reference)?)?
            .scenario;
        let mut findings = coming.findings.clone();
        findings.extend(stand_in(data, coming));
        findings.extend(unread(data, coming));
        findings.extend(horizon(&weeks));
        Ok(Forecast {
            mediator: sum(mediator),
            outcome: sum(outcome),
            weeks,
            effect,
            findings,
        })
    }
}

/// Spend on exposures in money, week by week.
fn spend(data: &Dataset) -> Vec<f64> {
    let money = data.roles().exposures_in_money().into_iter();
    money.fold(vec![0.0; data.len()], |mut sum, name| {
        let weeks = sum.iter_mut().zip(&**data.column(name));
        weeks.for_each(|(sum, spend)| *sum += spend);
        sum
    })
}

/// Levers and controls that the file does not plan.
fn stand_in(data: &Dataset, coming: &Coming) -> Option<Finding> {
    let covariates = data.roles().covariates().into_iter();
    let missing: Vec<&str> = covariates
        .filter(|name| !coming.columns.contains_key(*name))
        .collect();
    (!missing.is_empty()).then(|| {
        Finding::new(
            "decisions.coming_controls",
            Status::Warning,
            format!(
                "{} not in {} and {} at the mean of the last 52 weeks: add what is planned, since \
                 forecasts with other prices or promotions are off",
                agreeing(&missing, "is", "are"),
                coming.source.name,
                if missing.len() == 1 {
                    "stands"
                } else {
                    "stand"
                },
            ),
        )
        .with("columns", missing)
    })
}

/// Columns of the file without a part in the plan.
fn unread(data: &Dataset, coming: &Coming) -> Option<Finding> {
    let role = |name: &String| data.roles().columns.get(name).map(|variable| variable.role);
    let follows = |name: &&String| matches!(role(name), Some(Role::Mediator | Role::Outcome));
    let (follow, others): (Vec<&String>, Vec<&String>) = coming.unread.iter().partition(follows);
    let mut said = Vec::new();
    if !follow.is_empty() {
        said.push(format!(
            "{} not read, since the model forecasts what follows from the plan",
            agreeing(&follow, "is", "are")
        ));
    }
    if !others.is_empty() {
        said.push(format!(
            "{} no part in the model",
            agreeing(&others, "has", "have")
        ));
    }
    (!said.is_empty()).then(|| {
        Finding::new(
            "decisions.coming_unread",
            Status::Warning,
            format!("{}: {}", coming.source.name, said.join("; ")),
        )
        .with("columns", coming.unread.clone())
    })
}

/// Weeks without a prediction interval, and why.
fn horizon(weeks: &[ForecastWeek]) -> Option<Finding> {
    let bare: Vec<&ForecastWeek> = weeks
        .iter()
        .filter(|week| week.outcome.interval().is_none())
        .collect();
    let why = bare.first()?.outcome.why.as_deref().unwrap_or("not given");
    Some(
        Finding::new(
            "decisions.forecast_interval",
            Status::NotAssessed,
            format!(
                "{} of {} without a prediction interval: {why}",
                bare.len(),
                counted(weeks.len())
            ),
        )
        .with("weeks", bare.len()),
    )
}
