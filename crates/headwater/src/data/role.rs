//! Roles of columns: the small graph from which every design matrix is derived.
//!
//! ```text
//! exposures ──> mediator ──> outcome
//!     └─(only where direct = true)──┘
//! levers, controls ──> mediator and outcome
//! ```

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a column is in the causal graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The week.
    Date,
    /// Upper-funnel marketing whose effect is asked for.
    Exposure,
    /// What the exposures move on the way to the outcome: paid search spend.
    Mediator,
    /// Own marketing that is held fixed: emails, SMS.
    Lever,
    /// Everything else that moves the mediator or the outcome: price, promotions.
    Control,
    /// What is sold: revenue.
    Outcome,
    /// The key of a panel, such as a brand or region.
    Panel,
    /// Not used by the model.
    Ignore,
}

/// What to do where a value is missing. Every fill is reported as a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fill {
    /// Refuse the file: a missing spend is not a zero. The default for exposures, the
    /// mediator and the outcome.
    Error,
    /// Write 0.
    Zero,
    /// Repeat the last known value. The default for prices.
    CarryForward,
    /// The median of the earlier weeks of the same season. The default for levers and
    /// the other controls.
    SeasonalMedian,
}

/// What an exposure or the mediator is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Money: return on spend has a meaning.
    Money,
    /// Impressions, clicks, sends: effects are reported, returns on spend are not.
    Count,
}

/// The settings of one column, a line under `[columns]` in `headwater.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// The role in the graph.
    pub role: Role,
    /// Draws the edge exposure -> outcome. Only exposures can have it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub direct: bool,
    /// The policy for missing values.
    pub fill: Fill,
    /// Money or a count; meaningful for exposures and the mediator.
    pub unit: Unit,
}

/// The role of every column of the file, in file order.
///
/// In TOML a line needs the role alone; `fill` and `unit` keep the usual ones of a column of that
/// name and role ([`default_variable`](super::default_variable)).
///
/// ```
/// use headwater::data::role::{Fill, Roles};
/// let roles: Roles = toml::from_str("avg_price = { role = \"control\" }")?;
/// assert_eq!(roles.columns["avg_price"].fill, Fill::CarryForward);
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(from = "Lines", into = "IndexMap<String, Variable>")]
pub struct Roles {
    /// Column name to its settings.
    pub columns: IndexMap<String, Variable>,
}

/// The lines of `[columns]` as they may be written.
#[derive(Deserialize)]
#[serde(transparent)]
struct Lines(IndexMap<String, Line>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    role: Role,
    #[serde(default)]
    direct: bool,
    fill: Option<Fill>,
    unit: Option<Unit>,
}

impl From<Lines> for Roles {
    fn from(lines: Lines) -> Self {
        let complete = |(name, line): (String, Line)| {
            let usual = super::default_variable(&name, line.role);
            let variable = Variable {
                role: line.role,
                direct: line.direct,
                fill: line.fill.unwrap_or(usual.fill),
                unit: line.unit.unwrap_or(usual.unit),
            };
            (name, variable)
        };
        Roles {
            columns: lines.0.into_iter().map(complete).collect(),
        }
    }
}

impl From<Roles> for IndexMap<String, Variable> {
    fn from(roles: Roles) -> Self {
        roles.columns
    }
}

impl Roles {
    /// Whether no column is listed.
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// Names of the columns with that role, in file order.
    pub fn with_role(&self, role: Role) -> impl Iterator<Item = &str> {
        self.columns
            .iter()
            .filter(move |(_, variable)| variable.role == role)
            .map(|(name, _)| name.as_str())
    }

    /// The exposures, in file order.
    pub fn exposures(&self) -> Vec<&str> {
        self.with_role(Role::Exposure).collect()
    }

    /// The exposures with a drawn edge to the outcome, in file order.
    pub fn direct_exposures(&self) -> Vec<&str> {
        self.columns
            .iter()
            .filter(|(_, variable)| variable.role == Role::Exposure && variable.direct)
            .map(|(name, _)| name.as_str())
            .collect()
    }

    /// The exposures measured in money, in file order.
    pub fn exposures_in_money(&self) -> Vec<&str> {
        let money = |name: &&str| self.columns[*name].unit == Unit::Money;
        self.exposures().into_iter().filter(money).collect()
    }

    /// Whether the mediator is measured in money, so that what is induced of it is a bill.
    pub fn mediator_in_money(&self) -> bool {
        let mut mediators = self.with_role(Role::Mediator);
        mediators.all(|name| self.columns[name].unit == Unit::Money)
    }

    /// Levers, then controls, each in file order.
    pub fn covariates(&self) -> Vec<&str> {
        self.with_role(Role::Lever)
            .chain(self.with_role(Role::Control))
            .collect()
    }

    /// The only column with that role; `None` when there is none or more than one.
    pub fn only(&self, role: Role) -> Option<&str> {
        let mut names = self.with_role(role);
        names.next().filter(|_| names.next().is_none())
    }
}
