//! The settings of boosted trees.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::MOST_LEVELS;
use crate::error::Result;
use crate::estimators::settings::{WordOrNumber, require};

/// The number of trees; in TOML `"early_stopping"`, a number, or `{ max = 500, patience = 30 }`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Written", into = "Written")]
pub enum Rounds {
    /// So many.
    Fixed(usize),
    /// As many as predict the last fifth of the training weeks (at least 4) best after
    /// learning from the weeks before; then all training weeks are fitted with that number.
    EarlyStopping {
        /// The most rounds tried.
        max: usize,
        /// Stop after so many rounds without a better one.
        patience: usize,
    },
}

impl Default for Rounds {
    fn default() -> Self {
        Rounds::EarlyStopping {
            max: 500,
            patience: 30,
        }
    }
}

/// How [`Rounds`] stand in TOML.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Written {
    Whole(usize),
    Plain(WordOrNumber),
    Table(Limits),
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Limits {
    max: usize,
    patience: usize,
}

pub(super) const EARLY_STOPPING: &str = "early_stopping";

impl TryFrom<Written> for Rounds {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        match written {
            Written::Table(Limits { max, patience }) => Ok(Rounds::EarlyStopping { max, patience }),
            Written::Plain(WordOrNumber::Word(word)) if word == EARLY_STOPPING => {
                Ok(Rounds::default())
            }
            Written::Whole(rounds) => Ok(Rounds::Fixed(rounds)),
            Written::Plain(other) => Err(format!(
                "rounds = {}, but it must be \"{EARLY_STOPPING}\" or a whole number of at least 1",
                match other {
                    WordOrNumber::Word(word) => format!("\"{word}\""),
                    WordOrNumber::Number(number) => number.to_string(),
                }
            )),
        }
    }
}

impl From<Rounds> for Written {
    fn from(rounds: Rounds) -> Self {
        match rounds {
            Rounds::Fixed(rounds) => Written::Whole(rounds),
            rounds if rounds == Rounds::default() => {
                Written::Plain(WordOrNumber::Word(EARLY_STOPPING.into()))
            }
            Rounds::EarlyStopping { max, patience } => Written::Table(Limits { max, patience }),
        }
    }
}

/// The settings of boosted trees, by XGBoost's names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BoostingSettings {
    /// The part of each tree that is added, in (0, 1]. Less needs more rounds and overfits
    /// later.
    pub learning_rate: f64,
    /// The deepest level of a tree, 1 to 16. Depth d can see interactions of d columns.
    pub max_depth: usize,
    /// The part of the weeks each tree sees, in (0, 1].
    pub subsample: f64,
    /// The part of the columns each tree sees, in (0, 1].
    pub colsample_bytree: f64,
    /// Penalty on the absolute leaf values, at least 0, in target units times weeks. More
    /// shrinks leaves to 0. Together with sign constraints official XGBoost leaves it out of
    /// the gain of a split, and so may split elsewhere.
    pub reg_alpha: f64,
    /// Penalty on the squared leaf values, at least 0, in weeks: a leaf of n weeks keeps
    /// n / (n + λ) of its mean.
    pub reg_lambda: f64,
    /// The least weight of weeks in a leaf. The default 3, where XGBoost has 1, keeps a single
    /// odd week from getting a leaf of its own.
    pub min_child_weight: f64,
    /// The number of trees, 1 to 10,000.
    #[schemars(with = "Written")]
    pub rounds: Rounds,
    /// Whether the sign constraints of the design's columns are imposed. Without them a tree's
    /// effect of removing spend is biased further towards 0 (methods brief, 2.5).
    pub monotone: bool,
}

impl Default for BoostingSettings {
    fn default() -> Self {
        BoostingSettings {
            learning_rate: 0.05,
            max_depth: 3,
            subsample: 1.0,
            colsample_bytree: 1.0,
            reg_alpha: 0.0,
            reg_lambda: 1.0,
            min_child_weight: 3.0,
            rounds: Rounds::default(),
            monotone: true,
        }
    }
}

impl BoostingSettings {
    /// Checks every range.
    ///
    /// # Errors
    /// Names the setting, its value and what it must be.
    pub fn validate(&self) -> Result<()> {
        for (setting, value) in [
            ("learning_rate", self.learning_rate),
            ("subsample", self.subsample),
            ("colsample_bytree", self.colsample_bytree),
        ] {
            require(
                setting,
                value,
                value > 0.0 && value <= 1.0,
                "above 0 and at most 1",
            )?;
        }
        for (setting, value) in [
            ("reg_alpha", self.reg_alpha),
            ("reg_lambda", self.reg_lambda),
            ("min_child_weight", self.min_child_weight),
        ] {
            require(
                setting,
                value,
                value.is_finite() && value >= 0.0,
                "of at least 0",
            )?;
        }
        let depth = self.max_depth;
        require(
            "max_depth",
            depth,
            (1..=MOST_LEVELS).contains(&depth),
            "from 1 to 16",
        )?;
        let (rounds, patience) = match self.rounds {
            Rounds::Fixed(rounds) => (rounds, 1),
            Rounds::EarlyStopping { max, patience } => (max, patience),
        };
        require(
            "rounds",
            rounds,
            (1..=10_000).contains(&rounds),
            "from 1 to 10000",
        )?;
        require("patience", patience, patience >= 1, "of at least 1")
    }
}
