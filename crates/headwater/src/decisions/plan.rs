//! A plan: changes of columns over some weeks of the data.

use std::ops::Range;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::change::Change;
use crate::data::Dataset;
use crate::data::role::Role;
use crate::error::{Error, Result};
use crate::mediation::MediatorPolicy;
use crate::words::{closest, either};

/// Changes of columns over some weeks, and what the mediator's budget does meanwhile. A table of a
/// file of scenarios.
///
/// ```
/// use headwater::decisions::Plan;
/// let plan: Plan = toml::from_str(
///     "from = \"2025-01-05\"\nto = \"2025-03-30\"\n\
///      [[set]]\ncolumn = \"facebook_spend\"\nby = \"+20%\"",
/// )?;
/// assert_eq!(plan.set[0].column, "facebook_spend");
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Plan {
    /// The changes, in order; several of one column follow each other.
    pub set: Vec<Change>,
    /// The first day of the plan; left out, the first week of the data.
    #[serde(deserialize_with = "day", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub from: Option<Date>,
    /// The last day of the plan; left out, the last week of the data.
    #[serde(deserialize_with = "day", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub to: Option<Date>,
    /// What the owner of the mediator's budget does.
    #[schemars(with = "String")]
    pub mediator: MediatorPolicy,
    /// What is left of a unit of outcome, in (0, 1]: makes a profit of a change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin: Option<f64>,
    /// Computes the plan beyond what the data have seen as well.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub allow_extrapolation: bool,
}

/// A day as TOML writes it, with or without quotes.
fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Day {
        Quoted(String),
        Bare(toml::value::Datetime),
    }
    let text = match Option::<Day>::deserialize(deserializer)? {
        None => return Ok(None),
        Some(Day::Quoted(text)) => text,
        Some(Day::Bare(day)) => day.to_string(),
    };
    let day = text.parse().map_err(|_| {
        serde::de::Error::custom(format!("{text} is no day; write it as 2025-01-05"))
    })?;
    Ok(Some(day))
}

/// The data as a plan would have them.
#[derive(Debug, Clone)]
pub struct Planned {
    /// The weeks of the plan.
    pub weeks: Range<usize>,
    /// The data with the changes.
    pub data: Dataset,
    /// Spend that a change would have taken below zero and that is held at zero: column, weeks, and
    /// the amount that was not there to be taken.
    pub held_at_zero: Vec<(String, usize, f64)>,
}

impl Plan {
    /// Refuses a margin outside (0, 1] and a cap below zero.
    ///
    /// # Errors
    /// Names the setting and what it must be.
    pub fn validate(&self) -> Result<()> {
        if let Some(margin) = self.margin
            && !(margin > 0.0 && margin <= 1.0)
        {
            return Err(Error::setting(
                format!("the margin {margin} is not a part of the outcome"),
                "write what is left of a unit of outcome, between 0 and 1, such as 0.4",
            ));
        }
        self.mediator.validate()
    }

    /// The weeks of the plan among those of `data`: every week that starts between its first and
    /// last day.
    ///
    /// # Errors
    /// When the days are in the wrong order, lie outside the data, or no week starts between them.
    pub fn weeks(&self, data: &Dataset) -> Result<Range<usize>> {
        let weeks = data.weeks();
        let (Some(&first), Some(&last)) = (weeks.first(), weeks.last()) else {
            return Err(Error::input(
                "the data have no week",
                "give at least one week",
            ));
        };
        let (from, to) = (self.from.unwrap_or(first), self.to.unwrap_or(last));
        let inside = || format!("choose days from {first} to {last}");
        for (name, day) in [("starts", self.from), ("ends", self.to)] {
            // the days of the last week belong to the data
            let end = last.saturating_add(jiff::Span::new().days(6));
            if let Some(day) = day.filter(|day| *day < first || *day > end) {
                return Err(Error::setting(
                    format!("the plan {name} on {day}, outside the data"),
                    format!(
                        "{}; for weeks that are still to come use `headwater predict` with a file of them",
                        inside()
                    ),
                ));
            }
        }
        if from > to {
            return Err(Error::setting(
                format!("the plan ends on {to}, before it starts on {from}"),
                "give the earlier day as from, the later one as to",
            ));
        }
        let start = weeks.partition_point(|week| *week < from);
        let end = weeks.partition_point(|week| *week <= to);
        if start >= end {
            return Err(Error::setting(
                format!("no week of the data starts from {from} to {to}"),
                format!("weeks start every 7 days from {first}: {}", inside()),
            ));
        }
        Ok(start..end)
    }

    /// The data with the changes of this plan.
    ///
    /// # Errors
    /// Those of [`Plan::weeks`] and [`Plan::validate`]; a column that cannot be planned, a change
    /// without a finite result, and a lever or control that would fall below zero from above.
    pub fn apply(&self, data: &Dataset) -> Result<Planned> {
        self.validate()?;
        let weeks = self.weeks(data)?;
        let mut planned = data.clone();
        let mut held_at_zero = Vec::new();
        for Change { column, by } in &self.set {
            let role = plannable(data, column)?;
            let mut values = planned.column(column).to_vec();
            let mut missing = (0, 0.0);
            for t in weeks.clone() {
                let (stands, value) = (values[t], by.apply(values[t]));
                if !value.is_finite() {
                    return Err(Error::setting(
                        format!("{column} {by} is no number in week {}", data.weeks()[t]),
                        "plan a smaller change",
                    ));
                }
                values[t] = value;
                if value < 0.0 && stands >= 0.0 {
                    if role != Role::Exposure {
                        return Err(Error::setting(
                            format!(
                                "{column} {by} is {value} in week {}, below zero",
                                data.weeks()[t]
                            ),
                            "plan a smaller cut, in percent, or other weeks",
                        ));
                    }
                    values[t] = 0.0;
                    missing = (missing.0 + 1, missing.1 - value);
                }
            }
            if missing.0 > 0 {
                held_at_zero.push((column.clone(), missing.0, missing.1));
            }
            planned = planned.with_column(column, values)?;
        }
        Ok(Planned {
            weeks,
            data: planned,
            held_at_zero,
        })
    }
}

/// The role of a column that a plan may change.
fn plannable(data: &Dataset, column: &str) -> Result<Role> {
    let roles = data.roles();
    let known: Vec<&str> = roles
        .exposures()
        .into_iter()
        .chain(roles.covariates())
        .collect();
    let role = roles.columns.get(column).map(|variable| variable.role);
    if let Some(role @ (Role::Exposure | Role::Lever | Role::Control)) = role {
        return Ok(role);
    }
    let why = match role {
        Some(Role::Mediator) => {
            "is the mediator: it follows from the plan, or is capped or fixed by the mediator policy"
        }
        Some(Role::Outcome) => "is the outcome, which follows from the plan",
        Some(_) => "has no part in the model",
        None => "is no column of the data",
    };
    let help = match closest(column, &known) {
        Some(near) if role.is_none() => {
            format!("did you mean {near}? A plan can change {}", either(&known))
        }
        _ => format!("a plan can change {}", either(&known)),
    };
    Err(Error::setting(format!("{column} {why}"), help))
}
