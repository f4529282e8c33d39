//! A budget problem: what is to be split, and within which bounds.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// A number that depends on a plan: what the plan is worth, or what it costs.
///
/// `x` holds the dollars of each channel over the horizon, in the order of the problem's channels.
/// Both verbs are asked from several threads at once. They are asked inside the bounds only.
pub trait Surface: Sync {
    /// The surface at `x`, in dollars.
    fn value(&self, x: &[f64]) -> f64;

    /// The partial derivatives at `x`, one for each channel. At a kink either side will do; an
    /// infinite slope at a bound is allowed.
    fn gradient(&self, x: &[f64]) -> Vec<f64>;
}

/// What one channel may be given over the horizon, in dollars.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Bounds {
    /// Not less than this; at least 0.
    pub least: f64,
    /// Not more than this; finite.
    pub most: f64,
}

/// What some channels may be given together over the horizon, in dollars.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Group {
    /// The name that errors use.
    pub name: String,
    /// Channels by their place in the problem. Groups may overlap.
    pub members: Vec<usize>,
    /// Not less than this; at least 0.
    pub least: f64,
    /// Not more than this; infinite for no upper bound.
    pub most: f64,
}

/// How much may be spent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum Budget {
    /// The bill is at most this many dollars. What no channel can use is left unspent.
    Fixed(f64),
    /// Spend until the marginal worth of a bill dollar falls to `hurdle`.
    Flexible {
        /// Worth that the last bill dollar must bring; at least 0. With margin `m` on revenue,
        /// `1 / m` is where a dollar just pays for itself.
        hurdle: f64,
    },
}

/// A budget problem.
///
/// ```
/// use headwater::decisions::budget::{Bounds, Budget, Problem, Surface, solve};
///
/// /// Worth `3 sqrt(x0) + 4 sqrt(x1)`.
/// struct Worth;
/// impl Surface for Worth {
///     fn value(&self, x: &[f64]) -> f64 {
///         3.0 * x[0].sqrt() + 4.0 * x[1].sqrt()
///     }
///     fn gradient(&self, x: &[f64]) -> Vec<f64> {
///         vec![1.5 / x[0].sqrt(), 2.0 / x[1].sqrt()]
///     }
/// }
/// /// The bill is what is spent.
/// struct Spend;
/// impl Surface for Spend {
///     fn value(&self, x: &[f64]) -> f64 {
///         x.iter().sum()
///     }
///     fn gradient(&self, x: &[f64]) -> Vec<f64> {
///         vec![1.0; x.len()]
///     }
/// }
///
/// let problem = Problem {
///     channels: vec!["facebook".into(), "tiktok".into()],
///     worth: &Worth,
///     bill: &Spend,
///     budget: Budget::Fixed(2500.0),
///     bounds: vec![Bounds { least: 0.0, most: 2500.0 }; 2],
///     groups: Vec::new(),
///     plans: vec![vec![1250.0, 1250.0]],
/// };
/// let best = solve(&problem)?;
/// // Proportional to 3^2 and 4^2.
/// assert!((best.x[0] - 900.0).abs() < 1e-3);
/// assert!(best.certificate.holds());
/// # Ok::<(), headwater::error::Error>(())
/// ```
#[derive(Clone)]
pub struct Problem<'a> {
    /// A name for each channel, which errors use.
    pub channels: Vec<String>,
    /// What a plan is worth.
    pub worth: &'a dyn Surface,
    /// What a plan costs: own spend and the mediator spend it induces. May fall in a channel.
    pub bill: &'a dyn Surface,
    /// How much may be spent.
    pub budget: Budget,
    /// One for each channel.
    pub bounds: Vec<Bounds>,
    /// Bounds on sums of channels.
    pub groups: Vec<Group>,
    /// Plans already known, such as the current one. The search starts from each as well (moved
    /// inside the bounds where it is not), so the solution is never worth less than any of them
    /// that is allowed.
    pub plans: Vec<Vec<f64>>,
}

impl Problem<'_> {
    /// Refuses what contradicts itself, naming the bound and the remedy. Whether the budget pays
    /// for the lower bounds is not asked here: that takes the bill.
    pub(super) fn check(&self) -> Result<()> {
        let count = self.channels.len();
        if count == 0 {
            return Err(Error::setting(
                "there is no channel to give a budget to",
                "name at least one exposure with the unit dollars",
            ));
        }
        if self.bounds.len() != count {
            return Err(Error::setting(
                format!("{count} channels have {} bounds", self.bounds.len()),
                "give each channel one pair of bounds",
            ));
        }
        self.check_budget()?;
        for (channel, bounds) in self.channels.iter().zip(&self.bounds) {
            check_bounds(
                &format!("the bounds of {channel}"),
                bounds.least,
                bounds.most,
            )?;
            if bounds.most.is_infinite() {
                return Err(Error::setting(
                    format!("{channel} has no upper bound"),
                    format!("give {channel} the largest spend that you would believe the model at"),
                ));
            }
        }
        for group in &self.groups {
            self.check_group(group)?;
        }
        for (number, plan) in self.plans.iter().enumerate() {
            if plan.len() != count || plan.iter().any(|dollars| !dollars.is_finite()) {
                return Err(Error::setting(
                    format!(
                        "known plan {} does not give each of the {count} channels a finite number of dollars",
                        number + 1
                    ),
                    "write one number of dollars for each channel",
                ));
            }
        }
        Ok(())
    }

    fn check_budget(&self) -> Result<()> {
        match self.budget {
            Budget::Fixed(dollars) if !(dollars > 0.0 && dollars.is_finite()) => {
                Err(Error::setting(
                    format!("the budget is {dollars}, not a number of dollars above 0"),
                    "give a budget above 0; to spend nothing needs no plan",
                ))
            }
            Budget::Flexible { hurdle } if !(hurdle >= 0.0 && hurdle.is_finite()) => {
                Err(Error::setting(
                    format!("the hurdle is {hurdle}, not a number of at least 0"),
                    "give the worth that the last dollar must bring, such as 1 / margin",
                ))
            }
            _ => Ok(()),
        }
    }

    fn check_group(&self, group: &Group) -> Result<()> {
        let name = &group.name;
        check_bounds(
            &format!("the bounds of the group {name}"),
            group.least,
            group.most,
        )?;
        let distinct: BTreeSet<usize> = group.members.iter().copied().collect();
        if distinct.is_empty()
            || distinct.len() != group.members.len()
            || group.members.iter().any(|j| *j >= self.channels.len())
        {
            return Err(Error::setting(
                format!("the group {name} does not name one or more different channels"),
                "name each channel of the group once",
            ));
        }
        let sum = |bound: fn(&Bounds) -> f64| -> f64 {
            let members = group.members.iter();
            members.map(|j| bound(&self.bounds[*j])).sum()
        };
        let members: Vec<&str> = group
            .members
            .iter()
            .map(|j| self.channels[*j].as_str())
            .collect();
        let members = members.join(", ");
        let (least, most) = (sum(|bounds| bounds.least), sum(|bounds| bounds.most));
        if least > group.most {
            return Err(Error::setting(
                format!(
                    "the group {name} may get at most {}, but its channels ({members}) must get at least {least} by their own bounds",
                    group.most
                ),
                format!(
                    "raise the upper bound of {name} to {least} or lower the least of a channel"
                ),
            ));
        }
        if most < group.least {
            return Err(Error::setting(
                format!(
                    "the group {name} must get at least {}, but its channels ({members}) may get at most {most} by their own bounds",
                    group.least
                ),
                format!(
                    "lower the least of {name} to {most} or raise the upper bound of a channel"
                ),
            ));
        }
        Ok(())
    }
}

fn check_bounds(what: &str, least: f64, most: f64) -> Result<()> {
    if least.is_nan() || most.is_nan() {
        return Err(Error::setting(
            format!("{what} are {least} to {most}: not a number"),
            "write two numbers of dollars",
        ));
    }
    if least < 0.0 || least.is_infinite() {
        return Err(Error::setting(
            format!("{what} start at {least}: spend is a finite number of dollars, not below 0"),
            "write 0 for no lower bound",
        ));
    }
    if least > most {
        return Err(Error::setting(
            format!("{what} are {least} to {most}: the least is above the most"),
            "exchange the two numbers, or raise the upper bound",
        ));
    }
    Ok(())
}
