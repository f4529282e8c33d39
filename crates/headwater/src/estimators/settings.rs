//! Which estimator, and how it is set.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::Estimator;
use super::boosting::{Boosting, BoostingSettings};
use super::linear::{Ols, Penalized, Penalty};
use crate::error::{Error, Result};

/// The settings of an estimator, a table of `headwater.toml`.
///
/// ```
/// use headwater::estimators::EstimatorSettings;
/// let settings: EstimatorSettings = toml::from_str("kind = 'elastic_net'\nl1_ratio = 0.2")?;
/// assert_eq!(settings.name(), "elastic_net");
/// assert!(EstimatorSettings::named("rigde").unwrap_err().to_string().contains("ridge"));
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum EstimatorSettings {
    /// Ordinary least squares.
    #[serde(deserialize_with = "nothing_else")]
    Ols,
    /// Squares of the slopes are penalised.
    Ridge {
        /// The penalty λ: see [`Penalized`].
        #[serde(default)]
        #[schemars(with = "WordOrNumber")]
        penalty: Penalty,
        /// Whether causal columns are penalised too. Effects are then shrunk, and their
        /// intervals are no confidence intervals (methods brief, 2.5).
        #[serde(default)]
        penalize_causal: bool,
    },
    /// Absolute slopes are penalised: some become exactly 0.
    Lasso {
        /// The penalty λ: see [`Penalized`].
        #[serde(default)]
        #[schemars(with = "WordOrNumber")]
        penalty: Penalty,
        /// Whether causal columns are penalised too.
        #[serde(default)]
        penalize_causal: bool,
    },
    /// A mix of ridge and lasso.
    ElasticNet {
        /// The lasso's part of the penalty, in [0, 1]. More makes more slopes exactly 0.
        #[serde(default = "half")]
        l1_ratio: f64,
        /// The penalty λ: see [`Penalized`].
        #[serde(default)]
        #[schemars(with = "WordOrNumber")]
        penalty: Penalty,
        /// Whether causal columns are penalised too.
        #[serde(default)]
        penalize_causal: bool,
    },
    /// Gradient-boosted trees.
    Boosting(BoostingSettings),
}

fn half() -> f64 {
    0.5
}

/// Refuses keys beside `kind`, which serde lets pass for a variant without fields.
fn nothing_else<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Nothing {}
    Nothing::deserialize(deserializer).map(|Nothing {}| ())
}

impl EstimatorSettings {
    /// The names that [`named`](Self::named) knows.
    pub const NAMES: [&str; 5] = ["ols", "ridge", "lasso", "elastic_net", "boosting"];

    /// The default settings of the estimator of that name; `-` and `_` are the same.
    ///
    /// # Errors
    /// For an unknown name, listing those there are.
    pub fn named(name: &str) -> Result<Self> {
        let (penalty, penalize_causal) = (Penalty::CrossValidated, false);
        Ok(match name.replace('-', "_").as_str() {
            "ols" => EstimatorSettings::Ols,
            "ridge" => EstimatorSettings::Ridge {
                penalty,
                penalize_causal,
            },
            "lasso" => EstimatorSettings::Lasso {
                penalty,
                penalize_causal,
            },
            "elastic_net" => EstimatorSettings::ElasticNet {
                l1_ratio: half(),
                penalty,
                penalize_causal,
            },
            "boosting" => EstimatorSettings::Boosting(BoostingSettings::default()),
            _ => {
                return Err(Error::setting(
                    format!(
                        "there is no estimator \"{name}\"; there are {}",
                        Self::NAMES.join(", ")
                    ),
                    "choose one of them",
                ));
            }
        })
    }

    /// The name of the estimator, as in `kind`.
    pub fn name(&self) -> &'static str {
        match self {
            EstimatorSettings::Ols => "ols",
            EstimatorSettings::Ridge { .. } => "ridge",
            EstimatorSettings::Lasso { .. } => "lasso",
            EstimatorSettings::ElasticNet { .. } => "elastic_net",
            EstimatorSettings::Boosting(_) => "boosting",
        }
    }

    /// Whether controls are shrunk and the columns that carry effects are not.
    pub fn shrinks_only_controls(&self) -> bool {
        !matches!(self, EstimatorSettings::Ols) && !self.shrinks_causal()
    }

    /// Whether slopes of causal columns are shrunk, so that their intervals are no confidence
    /// intervals (methods brief, 2.5). Trees shrink everything.
    pub fn shrinks_causal(&self) -> bool {
        match self {
            EstimatorSettings::Ols => false,
            EstimatorSettings::Ridge {
                penalize_causal, ..
            }
            | EstimatorSettings::Lasso {
                penalize_causal, ..
            }
            | EstimatorSettings::ElasticNet {
                penalize_causal, ..
            } => *penalize_causal,
            EstimatorSettings::Boosting(_) => true,
        }
    }

    /// Checks every range.
    ///
    /// # Errors
    /// Names the setting, its value and what it must be.
    pub fn validate(&self) -> Result<()> {
        match self {
            EstimatorSettings::Ols => Ok(()),
            EstimatorSettings::Boosting(settings) => settings.validate(),
            EstimatorSettings::Ridge { penalty, .. } | EstimatorSettings::Lasso { penalty, .. } => {
                penalty.validate()
            }
            EstimatorSettings::ElasticNet {
                l1_ratio, penalty, ..
            } => {
                require(
                    "l1_ratio",
                    *l1_ratio,
                    (0.0..=1.0).contains(l1_ratio),
                    "from 0 to 1",
                )?;
                penalty.validate()
            }
        }
    }

    /// The estimator. `seed` moves only boosting that samples weeks or columns.
    ///
    /// Settings out of range are refused when it is fitted, if [`validate`](Self::validate)
    /// was not asked before.
    pub fn build(&self, seed: u64) -> Box<dyn Estimator> {
        let penalized = |l1_ratio, penalty: &Penalty, penalize_causal: &bool| {
            Box::new(Penalized {
                l1_ratio,
                penalty: *penalty,
                penalize_causal: *penalize_causal,
            })
        };
        match self {
            EstimatorSettings::Ols => Box::new(Ols),
            EstimatorSettings::Ridge {
                penalty,
                penalize_causal,
            } => penalized(0.0, penalty, penalize_causal),
            EstimatorSettings::Lasso {
                penalty,
                penalize_causal,
            } => penalized(1.0, penalty, penalize_causal),
            EstimatorSettings::ElasticNet {
                l1_ratio,
                penalty,
                penalize_causal,
            } => penalized(*l1_ratio, penalty, penalize_causal),
            EstimatorSettings::Boosting(settings) => {
                Box::new(Boosting::new(settings.clone(), seed))
            }
        }
    }
}

/// Refuses a setting out of its range.
pub(super) fn require(
    setting: &str,
    value: impl std::fmt::Display,
    holds: bool,
    range: &str,
) -> Result<()> {
    if holds {
        return Ok(());
    }
    Err(Error::setting(
        format!("{setting} = {value}, but it must be {range}"),
        format!("set {setting} to a number {range} in headwater.toml"),
    ))
}

/// How a setting that is either a word or a number is written in TOML.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum WordOrNumber {
    /// A number.
    Number(f64),
    /// A word.
    Word(String),
}
