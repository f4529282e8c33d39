//! Every setting, as one value and as `headwater.toml`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::data::role::{Role, Roles};
use crate::data::{DataSettings, Loaded, Table, assemble, complete_roles, toml_line};
use crate::effects::BootstrapSettings;
use crate::error::{Error, Result};
use crate::estimators::EstimatorSettings;
use crate::features::{FeatureSettings, Interactions, Recipe};
use crate::finding::{Finding, Status};
use crate::mediation::{CrossFit, Link, MediationModel, MediationSettings, Reading};
use crate::validation::cross_validation::ValidationSettings;
use crate::validation::sensitivity::SensitivitySettings;

/// All settings of an analysis. Each room owns its part; unknown keys are refused.
///
/// ```
/// use headwater::analysis::Settings;
/// let settings = Settings::from_toml("headwater.toml", "seed = 7\n[stages.outcome]\nkind = 'ols'")?;
/// assert_eq!((settings.seed, settings.stages.outcome.name()), (7, "ols"));
/// let error = Settings::from_toml("headwater.toml", "sede = 7").unwrap_err();
/// assert!(error.to_string().contains("unknown key `sede`; did you mean `seed`"));
/// let error = Settings::from_toml("headwater.toml", "[mediation]\nlink = 'lgo'").unwrap_err();
/// assert!(error.to_string().contains("unknown value `lgo`; did you mean `log`"));
/// # Ok::<(), headwater::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The seed of every random stream.
    pub seed: u64,
    /// How the file is read.
    pub data: DataSettings,
    /// Roles of columns; columns that are not listed are inferred by name.
    #[serde(skip_serializing_if = "Roles::is_empty")]
    #[schemars(with = "indexmap::IndexMap<String, crate::data::role::Variable>")]
    pub columns: Roles,
    /// How spend becomes columns.
    pub features: FeatureSettings,
    /// The estimators.
    pub stages: StageSettings,
    /// How the two stages are joined.
    pub mediation: MediationSettings,
    /// How intervals are made.
    pub bootstrap: BootstrapSettings,
    /// How the model is scored out of sample.
    pub validation: ValidationSettings,
    /// When a channel counts as worth its money.
    pub sensitivity: SensitivitySettings,
}

/// The estimator of each stage: `[stages.mediator]` and `[stages.outcome]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct StageSettings {
    /// Exposures to mediator.
    pub mediator: EstimatorSettings,
    /// Mediator to outcome.
    pub outcome: EstimatorSettings,
}

impl Default for StageSettings {
    fn default() -> Self {
        let ridge = || EstimatorSettings::named("ridge").expect("ridge is an estimator");
        StageSettings {
            mediator: ridge(),
            outcome: ridge(),
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            seed: 42,
            data: DataSettings::default(),
            columns: Roles::default(),
            features: FeatureSettings::default(),
            stages: StageSettings::default(),
            mediation: MediationSettings::default(),
            bootstrap: BootstrapSettings::default(),
            validation: ValidationSettings::default(),
            sensitivity: SensitivitySettings::default(),
        }
    }
}

impl Settings {
    /// The settings called `name`: `default`, or `seed` for the founding system's two stages
    /// exactly (boosted trees on its feature recipe, in-sample predictions, scikit-learn's folds).
    ///
    /// # Errors
    /// For another name.
    pub fn preset(name: &str) -> Result<Self> {
        match name {
            "default" => Ok(Settings::default()),
            "seed" => {
                let boosting = |text: &str| {
                    toml::from_str::<EstimatorSettings>(text)
                        .expect("the preset's settings are valid")
                };
                Ok(Settings {
                    features: FeatureSettings {
                        recipe: Recipe::Seed,
                        ..FeatureSettings::default()
                    },
                    stages: StageSettings {
                        mediator: boosting(
                            "kind = 'boosting'\nlearning_rate = 0.1\nmax_depth = 3\nsubsample = 0.8\n\
                             colsample_bytree = 0.8\nreg_alpha = 0.1\nreg_lambda = 1.0\n\
                             min_child_weight = 1.0\nrounds = 200\nmonotone = false",
                        ),
                        outcome: boosting(
                            "kind = 'boosting'\nlearning_rate = 0.08\nmax_depth = 4\nsubsample = 0.85\n\
                             colsample_bytree = 0.9\nreg_alpha = 0.05\nreg_lambda = 0.8\n\
                             min_child_weight = 1.0\nrounds = 300\nmonotone = false",
                        ),
                    },
                    mediation: MediationSettings {
                        reading: Reading::Predicted,
                        cross_fit: CrossFit::Never,
                        ..MediationSettings::default()
                    },
                    validation: ValidationSettings {
                        sklearn_default: true,
                        ..ValidationSettings::default()
                    },
                    ..Settings::default()
                })
            }
            other => Err(Error::setting(
                format!("there is no preset \"{other}\""),
                "use `default` or `seed`",
            )),
        }
    }

    /// Ignores the exposures that the feature recipe cannot use, and says which: the seed system
    /// models Facebook, TikTok and Snapchat alone. Nothing happens under the standard recipe.
    ///
    /// For between [`complete_roles`](crate::data::complete_roles) and
    /// [`assemble`](crate::data::assemble).
    ///
    /// ```
    /// use headwater::analysis::Settings;
    /// use headwater::data::role::Role;
    /// use headwater::simulate::{MarketSettings, simulate};
    ///
    /// let mut roles = simulate(&MarketSettings::default())?.dataset.roles().clone();
    /// let finding = Settings::preset("seed")?.ignore_unknown_exposures(&mut roles);
    /// assert_eq!(roles.columns["instagram_spend"].role, Role::Ignore);
    /// assert_eq!(finding.unwrap().evidence["ignored"][0], "instagram_spend");
    /// # Ok::<(), headwater::error::Error>(())
    /// ```
    pub fn ignore_unknown_exposures(&self, roles: &mut Roles) -> Option<Finding> {
        let exposures = roles.exposures().into_iter();
        let unknown: Vec<String> = exposures
            .filter(|name| !self.features.recipe.knows(name))
            .map(String::from)
            .collect();
        for name in &unknown {
            let variable = &mut roles.columns[name.as_str()];
            (variable.role, variable.direct) = (Role::Ignore, false);
        }
        if unknown.is_empty() {
            return None;
        }
        Some(
            Finding::new(
                "features.seed_exposures",
                Status::Warning,
                format!(
                    "the seed recipe models Facebook, TikTok and Snapchat alone, so {} {} no part in the \
                     model; use the default settings for an analysis of all channels",
                    unknown.join(", "),
                    if unknown.len() == 1 { "has" } else { "have" }
                ),
            )
            .with("ignored", unknown),
        )
    }

    /// The dataset of a table: columns that the settings do not name get their role by name, and all that
    /// was noticed on the way stands in the findings.
    ///
    /// ```
    /// use headwater::analysis::Settings;
    /// use headwater::data::Table;
    /// use headwater::simulate::{MarketSettings, simulate};
    ///
    /// let csv = simulate(&MarketSettings::default())?.to_csv();
    /// let table = Table::from_csv_bytes("market.csv", csv.as_bytes())?;
    /// let loaded = Settings::default().assemble(&table)?;
    /// assert_eq!(loaded.dataset.roles().exposures().len(), 4);
    /// # Ok::<(), headwater::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`complete_roles`] and [`assemble`].
    pub fn assemble(&self, table: &Table) -> Result<Loaded> {
        let mut inference = complete_roles(table, &self.data, &self.columns)?;
        let unknown = self.ignore_unknown_exposures(&mut inference.roles);
        let mut loaded = assemble(table, &self.data, &inference.roles)?;
        let noticed = inference.findings.into_iter().chain(unknown);
        loaded.findings.splice(0..0, noticed);
        Ok(loaded)
    }

    /// Reads a settings file; what it leaves out keeps its default.
    ///
    /// # Errors
    /// Points at unknown keys, with the nearest known one, and at values of a wrong type.
    pub fn from_toml(name: &str, text: &str) -> Result<Self> {
        let settings: Settings = toml::from_str(text).map_err(|error| {
            let otherwise =
                "`headwater init DATA` writes a file with every setting and what it means";
            Error::toml(name, text, &error, otherwise)
        })?;
        settings.validate()?;
        Ok(settings)
    }

    /// Reads settings from a value with the keys of a settings file; null means left out, as TOML has no
    /// word for it.
    ///
    /// ```
    /// use headwater::analysis::Settings;
    /// use serde_json::json;
    /// let settings = Settings::from_value("settings", json!({"seed": 7, "bootstrap": null}))?;
    /// assert_eq!(settings.seed, 7);
    /// let error = Settings::from_value("settings", json!({"sede": 7})).unwrap_err();
    /// assert!(error.to_string().contains("did you mean `seed`"));
    /// # Ok::<(), headwater::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Settings::from_toml`], in the same words.
    pub fn from_value(name: &str, value: Value) -> Result<Self> {
        Settings::default().with(name, value)
    }

    /// These settings with what `value` says in their place, by the keys of a settings file. A value
    /// replaces what stood under its key; of a section, the keys that it names.
    ///
    /// ```
    /// use headwater::analysis::Settings;
    /// use serde_json::json;
    /// let monthly = Settings::from_toml("a file", "seed = 7\n[validation]\nfolds = 4")?;
    /// let settings = monthly.with("settings", json!({"validation": {"gap": 2}}))?;
    /// assert_eq!((settings.validation.folds, settings.validation.gap), (4, Some(2)));
    /// # Ok::<(), headwater::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Settings::from_toml`], in the same words.
    pub fn with(&self, name: &str, value: Value) -> Result<Self> {
        let unusable = |why: &dyn std::fmt::Display| {
            Error::setting(
                format!("{name}: {why}"),
                "give a mapping with the keys of headwater.toml",
            )
        };
        let mut table = toml::Table::try_from(self).map_err(|why| unusable(&why))?;
        let stated = stated(value).unwrap_or_else(|| Value::Object(Default::default()));
        let stated = toml::Table::try_from(stated).map_err(|why| unusable(&why))?;
        for (key, value) in stated {
            match (table.get_mut(&key), value) {
                (Some(toml::Value::Table(section)), toml::Value::Table(values)) => {
                    section.extend(values);
                }
                (_, value) => {
                    table.insert(key, value);
                }
            }
        }
        let text = toml::to_string(&table).map_err(|why| unusable(&why))?;
        Settings::from_toml(name, &text)
    }

    /// Checks every range.
    pub fn validate(&self) -> Result<()> {
        self.stages.mediator.validate()?;
        self.stages.outcome.validate()?;
        self.validation.validate()?;
        self.sensitivity.validate()?;
        if self.features.interactions == Interactions::Auto && self.mediation.link == Link::Log {
            return Err(Error::setting(
                "`interactions = \"auto\"` chooses on the scale of the outcome, but `link = \"log\"` \
                 makes effects multiply already",
                "name the pairs under [features], or use `link = \"identity\"`",
            ));
        }
        self.bootstrap.validate()
    }

    /// The recipe of the two stages.
    pub fn model(&self) -> MediationModel {
        MediationModel {
            settings: self.mediation.clone(),
            mediator: self.stages.mediator.build(self.seed),
            outcome: self.stages.outcome.build(self.seed),
        }
    }

    /// The settings as a commented `headwater.toml`, with a line for every column in `roles`.
    /// [`Settings::from_toml`] reads it back.
    pub fn to_toml(&self, roles: &Roles) -> String {
        let tables = Settings {
            columns: Roles::default(),
            ..self.clone()
        };
        let tables = toml::to_string(&tables).expect("settings are plain values");
        let mut text = String::from(PREAMBLE);
        for line in tables.lines() {
            if line == "[features]" {
                text += COLUMNS;
                for (name, variable) in &roles.columns {
                    text += &toml_line(name, variable);
                    text.push('\n');
                }
                text.push('\n');
            }
            if let Some((_, comment)) = COMMENTS.iter().find(|(header, _)| *header == line) {
                text += comment;
            }
            text += line;
            text.push('\n');
        }
        text
    }
}

/// The value without what is null.
fn stated(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Object(entries) => {
            let entries = entries.into_iter();
            let entries = entries.filter_map(|(key, value)| Some((key, stated(value)?)));
            Some(Value::Object(entries.collect()))
        }
        Value::Array(values) => Some(values.into_iter().filter_map(stated).collect()),
        other => Some(other),
    }
}

const PREAMBLE: &str = "\
# Every setting of a Headwater analysis. A line that is left out keeps the value that
# `headwater init` shows. Use it with: headwater fit DATA --config headwater.toml

# The seed of every random stream: the same data, settings and seed give the same bytes.
";

const COLUMNS: &str = "\
# One line a column.
#   role:   date; exposure (its effect is asked for); mediator (what exposures move on the way,
#           such as paid search); lever (emails, SMS); control (price, promotions); outcome;
#           panel; ignore
#   direct: true draws the edge from an exposure to the outcome
#   fill:   what to do where a value is missing: error, zero, carry_forward, seasonal_median
#   unit:   money, or count for impressions and clicks
[columns]
";

const COMMENTS: &[(&str, &str)] = &[
    (
        "[data]",
        "# How the file is read. date_format: auto, iso, day_first, month_first, iso_week.
# daily = \"sum\" adds daily rows up to weeks. decimal: auto, point, comma.
",
    ),
    (
        "[features]",
        "# How columns become terms of the two stages. saturation: none (effects in proportion to
# spend), log1p (they level off), { hill = { half_saturation = 1.0, slope = 1.5 } }, { logistic =
# { rate = 1.0 } }, { tanh = { scale = 1.0 } } or { michaelis_menten = { half_saturation = 1.0 } },
# where 1 is a usual active week. interactions: pairs whose product is added, such as
# [[\"instagram_spend\", \"average_price\"]], or \"auto\": those of levers, controls and exposures with
# a direct edge that improve forecasts inside the training weeks.
# Not set unless you add them:
#   country = \"GB\"                       adds the retail events of US, GB, DE, FR or IN
#   lags = { email_sends = [1, 2] }      columns also as they were some weeks before
#   asked = [\"avg_price\"]                levers and controls left out of the penalty, because their
#                                        own effect is asked for
#   winsorise = { upper = 0.99 }         holds extremes at a quantile of the training weeks
#   per_channel = true                   chooses carry-over for each exposure by itself, and a
#   saturations = [\"log1p\"]              saturation among these as well
#   [features.channels.facebook_spend]   adstock = { ... } and saturation = ... of one exposure
",
    ),
    (
        "[features.adstock]",
        "# Carry-over of spend, normalised. decay: cross_validated (from the grid), or a number in [0, 1)
# for geometric carry-over. kernels = [...] adds other kinds to choose from:
#   { delayed = { decay = 0.5, peak = 1.0, lags = 8 } }, { weibull_pdf = { shape = 2.0, scale = 3.0,
#   lags = 8 } }, { weibull_cdf = { shape = 2.0, scale = 3.0, lags = 8 } }
",
    ),
    (
        "[stages.mediator]",
        "# Stage 1, exposures to mediator. kind: ols, ridge, lasso, elastic_net, boosting.
",
    ),
    (
        "[stages.outcome]",
        "# Stage 2, mediator to outcome.
",
    ),
    (
        "[mediation]",
        "# How the stages are joined. reading: two_slope (what the exposures induced of the mediator
# and the rest, a slope each), predicted (stage 1's prediction alone) or observed. link: identity,
# or log for effects that multiply. cross_fit: auto (for trees), always, never.
",
    ),
    (
        "[bootstrap]",
        "# Intervals. replicates = 0 for none; left out, 1000 for linear stages and 200 for trees.
# block_length: auto or weeks. resampling: auto, pairs (weeks in blocks) or residual.
",
    ),
    (
        "[validation]",
        "# Out-of-sample scores. scheme: expanding (train on all weeks before the test weeks), rolling
# (on the last train_weeks of them) or blocked (on both sides of a block, gap weeks left out).
# test_weeks: left out, as many as leave the first fold a year and eight weeks to learn from.
# holdout_weeks: the last weeks, kept out of every fold and scored once.
# interval_method: split, or adaptive (widens after misses). placebos = 0 for none.
# sklearn_default = true: weeks / (folds + 1) test weeks instead.
",
    ),
    (
        "[sensitivity]",
        "# margin: what is left of a unit of outcome, such as 0.4; a channel is worth its money when
# its return is above 1 / margin. Left out, above 1.
",
    ),
    (
        "[validation.bounds]",
        "# What `headwater validate` asks of weeks the model had not seen, with the mediator predicted;
# inf or -inf switches a bound off. path_skill: 1 - MSE / MSE(best naive forecast), 0 is as good
# as the naive forecast. path_r2, path_wmape: off, because what can be reached depends on the noise.
# fold_spread: standard deviation over mean of the folds' RMSE; chance alone gives 0.25 with 8 weeks
# a fold, and twice that is allowed.
",
    ),
];
