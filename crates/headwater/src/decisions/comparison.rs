//! Several plans side by side.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::baseline::Baseline;
use super::plans::Plans;
use super::scenario::{Asked, Detail, Effects, Scenario, Sums};
use crate::data::Dataset;
use crate::effects::Ensemble;
use crate::error::{Error, Result};
use crate::estimate::Estimate;

/// Scenarios of the same run, and by how much each differs from the first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Scenarios {
    /// In the order asked for.
    pub scenarios: Vec<Scenario>,
    /// One for each scenario after the first.
    pub differences: Vec<Difference>,
}

/// By how much a scenario differs from the first: every model takes the difference by itself, so an
/// error that both share cancels and the interval is narrower than those of the two.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// The scenario.
    pub name: String,
    /// What is taken from it.
    pub from: String,
    /// The difference of the changes of spend.
    pub spend: f64,
    /// The differences of the changes that follow.
    pub total: Effects,
    /// The difference of profits, where both have one.
    pub profit: Estimate,
}

impl Scenarios {
    /// Asks all models for every plan: see [`Scenario::of`].
    ///
    /// # Errors
    /// Those of [`Scenario::of`], with the plan's name, and when there is no plan.
    pub fn of(ensemble: &Ensemble, data: &Dataset, plans: &Plans) -> Result<Self> {
        Scenarios::beside(&Baseline::new(ensemble, data), plans)
    }

    /// [`Scenarios::of`] with a baseline that many questions share.
    ///
    /// # Errors
    /// Those of [`Scenarios::of`].
    pub fn beside(baseline: &Baseline, plans: &Plans) -> Result<Self> {
        let asked: Vec<Asked> = plans
            .plans
            .iter()
            .map(|(name, plan)| {
                Asked::of(baseline, name, plan, Detail::Weekly).map_err(|error| match error {
                    Error::Setting { message, help } if plans.plans.len() > 1 => Error::Setting {
                        message: format!("scenario {name}: {message}"),
                        help,
                    },
                    other => other,
                })
            })
            .collect::<Result<_>>()?;
        let Some((first, others)) = asked.split_first() else {
            return Err(Error::setting(
                "there is no plan to ask for",
                "name at least one scenario",
            ));
        };
        let paid = baseline.data().roles().mediator_in_money();
        Ok(Scenarios {
            differences: others
                .iter()
                .map(|other| Difference::between(first, other, paid))
                .collect(),
            scenarios: asked.into_iter().map(|asked| asked.scenario).collect(),
        })
    }
}

impl Difference {
    fn between(first: &Asked, other: &Asked, paid: bool) -> Self {
        let both = first.sums.clone().beside(other.sums.clone());
        let sums = both.clone().map(|(first, other)| other.less(&first));
        let (one, two) = (&first.scenario, &other.scenario);
        let spend = two.returns.spend - one.returns.spend;
        let margin = |scenario: &Scenario| {
            let profit = &scenario.returns.profit;
            scenario.plan.margin.filter(|_| profit.point.is_some())
        };
        Difference {
            name: two.name.clone(),
            from: one.name.clone(),
            spend,
            total: Sums::effects(&sums),
            profit: match (margin(one), margin(two)) {
                (Some(of_one), Some(of_two)) => both.estimate(|(one, two)| {
                    let induced = if paid { two.less(one).mediator() } else { 0.0 };
                    of_two * two.outcome() - of_one * one.outcome() - spend - induced
                }),
                _ => {
                    let profits = [two, one].map(|scenario| &scenario.returns.profit);
                    let none = profits.into_iter().find(|profit| profit.point.is_none());
                    let why = none.and_then(|profit| profit.why.clone());
                    Estimate::not_assessed(why.unwrap_or_default(), sums.level())
                }
            },
        }
    }
}
