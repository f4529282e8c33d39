//! What is asked of the optimiser.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::problem::Bounds;
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::mediation::MediatorPolicy;
use crate::words::{closest, either};

/// The most weeks that can be planned at once.
const LONGEST: usize = 52;

/// A question to the optimiser. What is left out is filled in, and the answer says with what.
///
/// ```
/// use headwater::decisions::budget::BudgetSettings;
/// let settings = BudgetSettings {
///     budget: Some(20_000.0),
///     bounds: vec!["facebook_spend=0..8000".parse()?],
///     groups: vec!["social=facebook_spend,tiktok_spend:2000..12000".parse()?],
///     risk: "cvar:0.2".parse()?,
///     ..BudgetSettings::default()
/// };
/// settings.validate()?;
/// # Ok::<(), headwater::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BudgetSettings {
    /// The most that own spend and the mediator spend it sets off may cost over the horizon; left
    /// out, what the current plan costs.
    pub budget: Option<f64>,
    /// In place of a budget: spend until the last dollar of the bill brings so much outcome.
    pub hurdle: Option<f64>,
    /// Bounds of single channels, which replace `max_change` for them.
    pub bounds: Vec<ChannelBounds>,
    /// Bounds of several channels together.
    pub groups: Vec<ChannelGroup>,
    /// How far a channel without bounds of its own may move from its current spend.
    #[schemars(with = "String")]
    pub max_change: MaxChange,
    /// The number of weeks to plan, 1 to 52.
    pub horizon: usize,
    /// What is made as large as possible.
    #[schemars(with = "String")]
    pub objective: Objective,
    /// What is left of a unit of outcome, in (0, 1]: makes a profit of a gain.
    pub margin: Option<f64>,
    /// What is made of uncertain effects.
    #[schemars(with = "String")]
    pub risk: Risk,
    /// What the owner of the mediator's budget does.
    #[schemars(with = "String")]
    pub mediator: MediatorPolicy,
    /// Plans beyond what the data have seen as well.
    pub allow_extrapolation: bool,
}

impl Default for BudgetSettings {
    fn default() -> Self {
        BudgetSettings {
            budget: None,
            hurdle: None,
            bounds: Vec::new(),
            groups: Vec::new(),
            max_change: MaxChange::Share(0.3),
            horizon: 8,
            objective: Objective::Revenue,
            margin: None,
            risk: Risk::Mean,
            mediator: MediatorPolicy::Free,
            allow_extrapolation: false,
        }
    }
}

impl BudgetSettings {
    /// Refuses what contradicts itself or is out of range. Bounds and groups are checked against
    /// the channels later.
    ///
    /// # Errors
    /// Names the setting and what it must be.
    pub fn validate(&self) -> Result<()> {
        if self.horizon == 0 || self.horizon > LONGEST {
            return Err(Error::setting(
                format!("a horizon of {} weeks cannot be planned", self.horizon),
                format!("plan 1 to {LONGEST} weeks, such as --horizon 8"),
            ));
        }
        if let Some(margin) = self.margin
            && !(margin > 0.0 && margin <= 1.0)
        {
            return Err(Error::setting(
                format!("the margin {margin} is not a part of the outcome"),
                "write what is left of a unit of outcome, between 0 and 1, such as 0.4",
            ));
        }
        if self.objective == Objective::Profit && self.margin.is_none() {
            return Err(Error::setting(
                "profit needs a margin, and none is set",
                "add --margin 0.4, or whatever is left of a unit of outcome",
            ));
        }
        if let Some(budget) = self.budget
            && !(budget > 0.0 && budget.is_finite())
        {
            return Err(Error::setting(
                format!("the budget is {budget}, not an amount of money above 0"),
                "give a budget such as --budget 20000, or leave it out to split what is spent now",
            ));
        }
        if let Some(hurdle) = self.hurdle {
            if !(hurdle >= 0.0 && hurdle.is_finite()) {
                return Err(Error::setting(
                    format!("the hurdle is {hurdle}, not a return of at least 0"),
                    "give the outcome that the last unit of money must bring, such as --hurdle 1.5",
                ));
            }
            if self.budget.is_some() {
                return Err(Error::setting(
                    "both a budget and a hurdle are given",
                    "keep --budget for a fixed sum, or --hurdle to let the last dollar decide the sum",
                ));
            }
            if self.objective == Objective::Profit {
                return Err(Error::setting(
                    "a hurdle is a return on the outcome and has no use when profit is the objective",
                    "drop --objective profit: the hurdle 1 / margin is where profit is largest",
                ));
            }
        }
        self.max_change.validate()?;
        self.risk.validate()?;
        self.mediator.validate()?;
        for ChannelBounds { channel, bounds } in &self.bounds {
            check_range(channel, bounds)?;
            if self.bounds.iter().filter(|o| o.channel == *channel).count() > 1 {
                return Err(Error::setting(
                    format!("{channel} has two pairs of bounds"),
                    "give each channel one --bound",
                ));
            }
        }
        let mut groups = self.groups.iter();
        groups
            .try_for_each(|group| check_range(&format!("the group {}", group.name), &group.bounds))
    }
}

impl BudgetSettings {
    /// [Validates](Self::validate) the settings and holds them against the weeks and channels of
    /// `data`; what the data have seen, and whether bounds and budget can be met together, takes a
    /// model to know.
    ///
    /// # Errors
    /// Those of [`validate`](Self::validate), a horizon longer than the data, and a bound or group that
    /// names no exposure in money.
    pub fn check(&self, data: &Dataset) -> Result<()> {
        self.validate()?;
        if data.len() < self.horizon {
            return Err(too_long(self.horizon, data.len()));
        }
        let known = data.roles().exposures_in_money();
        let bounds = self.bounds.iter().map(|asked| &asked.channel);
        let groups = self.groups.iter().flat_map(|group| &group.channels);
        match bounds
            .chain(groups)
            .find(|name| !known.contains(&name.as_str()))
        {
            None => Ok(()),
            Some(name) => Err(no_channel(name, "is no exposure measured in money", &known)),
        }
    }
}

/// More weeks to plan than there are.
pub(super) fn too_long(horizon: usize, weeks: usize) -> Error {
    Error::setting(
        format!(
            "a horizon of {horizon} weeks needs the pattern of as many weeks, and the data have {weeks}"
        ),
        format!("plan at most {weeks} weeks with --horizon"),
    )
}

/// A name that no budget can go to.
pub(super) fn no_channel(name: &str, why: &str, known: &[&str]) -> Error {
    let split = format!("a budget can be split among {}", either(known));
    let help = match closest(name, known) {
        Some(near) => format!("did you mean {near}? {split}"),
        None => split,
    };
    Error::setting(format!("{name} {why}"), help)
}

fn check_range(what: &str, bounds: &Bounds) -> Result<()> {
    let Bounds { least, most } = *bounds;
    if least >= 0.0 && least.is_finite() && most >= least {
        return Ok(());
    }
    Err(Error::setting(
        format!("{what} cannot be held between {least} and {most}"),
        "write two amounts over the whole horizon, the smaller first and none below 0, such as 0..8000",
    ))
}

/// The bounds of one channel over the horizon. Written `facebook_spend=0..8000`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChannelBounds {
    /// An exposure in money.
    pub channel: String,
    /// Totals over the horizon.
    #[serde(flatten)]
    pub bounds: Bounds,
}

impl FromStr for ChannelBounds {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let parsed = text
            .rsplit_once('=')
            .and_then(|(channel, range)| Some((channel.trim(), self::range(range)?)));
        match parsed {
            Some((channel, bounds)) if !channel.is_empty() => {
                check_range(channel, &bounds)?;
                Ok(ChannelBounds {
                    channel: channel.into(),
                    bounds,
                })
            }
            _ => Err(Error::setting(
                format!("{text:?} is no bound of a channel"),
                "write the channel, =, and its least and most over the horizon: facebook_spend=0..8000",
            )),
        }
    }
}

/// The bounds of several channels together. Written `social=facebook_spend,tiktok_spend:2000..12000`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChannelGroup {
    /// What it is called.
    pub name: String,
    /// Exposures in money.
    pub channels: Vec<String>,
    /// Totals over the horizon; no end above for no upper bound.
    #[serde(flatten)]
    pub bounds: Bounds,
}

impl FromStr for ChannelGroup {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let refuse = || {
            Error::setting(
                format!("{text:?} is no group of channels"),
                "write its name, =, its channels, :, and their least and most together: \
                 social=facebook_spend,tiktok_spend:2000..12000",
            )
        };
        let (name, rest) = text.split_once('=').ok_or_else(refuse)?;
        let (members, bounds) = rest.rsplit_once(':').ok_or_else(refuse)?;
        let bounds = range(bounds).ok_or_else(refuse)?;
        let channels: Vec<String> = members.split(',').map(|one| one.trim().into()).collect();
        if name.trim().is_empty() || channels.iter().any(String::is_empty) {
            return Err(refuse());
        }
        check_range(&format!("the group {}", name.trim()), &bounds)?;
        Ok(ChannelGroup {
            name: name.trim().into(),
            channels,
            bounds,
        })
    }
}

/// `0..8000`.
fn range(text: &str) -> Option<Bounds> {
    let (least, most) = text.split_once("..")?;
    Some(Bounds {
        least: least.trim().parse().ok()?,
        most: most.trim().parse().ok()?,
    })
}

/// How far a channel may move from its current spend. Written `30%` or `none`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub enum MaxChange {
    /// By this part of it either way.
    Share(f64),
    /// As far as the data have seen.
    Unlimited,
}

impl MaxChange {
    fn validate(self) -> Result<()> {
        match self {
            MaxChange::Share(share) if !(share >= 0.0 && share.is_finite()) => Err(Error::setting(
                format!("a change of at most {}% is no band", 100.0 * share),
                "write a percentage of at least 0, such as --max-change 30%, or none",
            )),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for MaxChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // without the digits that a binary fraction adds: 0.07 is 7%
            MaxChange::Share(share) => write!(f, "{}%", (1e10 * share).round() / 1e8),
            MaxChange::Unlimited => f.write_str("none"),
        }
    }
}

impl FromStr for MaxChange {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text.trim() == "none" {
            return Ok(MaxChange::Unlimited);
        }
        let percent = text.trim().strip_suffix('%');
        let percent: Option<f64> = percent.and_then(|digits| digits.trim().parse().ok());
        let Some(percent) = percent else {
            return Err(Error::setting(
                format!("{text:?} does not say how far a channel may move"),
                "write a percentage of its current spend, such as 30%, or none",
            ));
        };
        let change = MaxChange::Share(percent / 100.0);
        change.validate()?;
        Ok(change)
    }
}

/// What is made as large as possible. Written `revenue` or `profit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub enum Objective {
    /// The outcome.
    Revenue,
    /// `margin * outcome - spend - induced mediator spend`.
    Profit,
}

impl fmt::Display for Objective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Objective::Revenue => "revenue",
            Objective::Profit => "profit",
        })
    }
}

impl FromStr for Objective {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "revenue" => Ok(Objective::Revenue),
            "profit" => Ok(Objective::Profit),
            _ => Err(Error::setting(
                format!("{text:?} is no objective"),
                "write revenue or profit",
            )),
        }
    }
}

/// What is made of uncertain effects. Written `mean` or `cvar:0.2`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub enum Risk {
    /// The mean over the replicates.
    Mean,
    /// The mean over this share of the replicates, those in which the plan is worth least
    /// (Rockafellar and Uryasev 2000).
    Cvar(f64),
}

impl Risk {
    fn validate(self) -> Result<()> {
        match self {
            Risk::Cvar(share) if !(share > 0.0 && share <= 1.0) => Err(Error::setting(
                format!("the worst {share} of the replicates is no share of them"),
                "write a share above 0 and at most 1, such as cvar:0.2 for the worst fifth",
            )),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Risk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Risk::Mean => f.write_str("mean"),
            Risk::Cvar(share) => write!(f, "cvar:{share}"),
        }
    }
}

impl FromStr for Risk {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let share = text.strip_prefix("cvar:").map(|share| share.trim().parse());
        let risk = match (text, share) {
            ("mean", _) => Risk::Mean,
            (_, Some(Ok(share))) => Risk::Cvar(share),
            _ => {
                return Err(Error::setting(
                    format!("{text:?} does not say what to make of uncertain effects"),
                    "write mean, or cvar:0.2 for the mean of the worst fifth of the replicates",
                ));
            }
        };
        risk.validate()?;
        Ok(risk)
    }
}

/// Text is how these are written in files and answers.
macro_rules! written_as_text {
    ($($name:ty),*) => {$(
        impl TryFrom<String> for $name {
            type Error = Error;

            fn try_from(text: String) -> Result<Self> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> String {
                value.to_string()
            }
        }
    )*};
}

written_as_text!(MaxChange, Objective, Risk);

/// One world of another reading of the same data, under which the plan is asked for again. Several in
/// a row with the same name are worlds of one story.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Story {
    /// What it supposes, in a few words.
    pub name: String,
    /// What the effect of each channel is multiplied by, in the order of the roles' exposures; the
    /// bill stays.
    pub factors: Vec<f64>,
}
