//! Plans by name, as a file of scenarios holds them.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::plan::Plan;
use crate::error::{Error, Result};
use crate::words::either;

/// Plans by name, in the order of their file.
///
/// ```
/// use headwater::decisions::Plans;
/// let plans = Plans::from_toml(
///     "scenarios.toml",
///     "[careful]\nset = [{ column = \"facebook_spend\", by = \"-10%\" }]\n\
///      [bold]\nfrom = 2025-01-05\nset = [{ column = \"facebook_spend\", by = \"+30%\" }]\n",
/// )?;
/// assert_eq!(plans.plans.keys().collect::<Vec<_>>(), ["careful", "bold"]);
/// assert_eq!(plans.only(&["bold".into()])?.plans.len(), 1);
///
/// let error = Plans::from_toml("scenarios.toml", "[bold]\nform = 2025-01-05").unwrap_err();
/// assert!(error.to_string().contains("unknown key `form`; did you mean `from`"));
/// # Ok::<(), headwater::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Plans {
    /// Each plan under its name.
    pub plans: IndexMap<String, Plan>,
}

impl Plans {
    /// One plan under its name.
    pub fn one(name: &str, plan: Plan) -> Self {
        Plans {
            plans: IndexMap::from([(name.to_string(), plan)]),
        }
    }

    /// Reads a file of scenarios; `name` is used in messages.
    ///
    /// # Errors
    /// Points at the line: an unknown key with the nearest known one, a change that cannot be read, a
    /// margin or policy out of range. A file without a plan is refused.
    pub fn from_toml(name: &str, text: &str) -> Result<Self> {
        let plans: Plans = toml::from_str(text).map_err(|error| {
            let otherwise = "a scenario is a table with changes: [bold] and beneath it \
                             set = [{ column = \"facebook_spend\", by = \"+20%\" }]";
            Error::toml(name, text, &error, otherwise)
        })?;
        if plans.plans.is_empty() {
            return Err(Error::input(
                format!("{name} holds no scenario"),
                "write one as a table: [bold] and beneath it set = [{ column = \"facebook_spend\", \
                 by = \"+20%\" }]",
            ));
        }
        for (plan, one) in &plans.plans {
            one.validate().map_err(|error| match error {
                Error::Setting { message, help } => Error::Setting {
                    message: format!("{name}, scenario {plan}: {message}"),
                    help,
                },
                other => other,
            })?;
        }
        Ok(plans)
    }

    /// As a file of scenarios: [`Plans::from_toml`] reads it back.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("plans are tables of plain values")
    }

    /// The plans of those names, in that order.
    ///
    /// # Errors
    /// Names the one that is not there and all that are.
    pub fn only(&self, names: &[String]) -> Result<Self> {
        let known: Vec<&String> = self.plans.keys().collect();
        let find = |name: &String| {
            let plan = self.plans.get(name).ok_or_else(|| {
                Error::setting(
                    format!("there is no scenario {name}"),
                    format!("the file has {}", either(&known)),
                )
            })?;
            Ok((name.clone(), plan.clone()))
        };
        Ok(Plans {
            plans: names.iter().map(find).collect::<Result<_>>()?,
        })
    }
}
