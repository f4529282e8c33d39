//! Settings: the defaults, and the command line that does the same.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::Json;
use axum::extract::State;
use headwater::analysis::Settings;
use headwater::data::role::{Role, Roles};
use headwater::error::Error;
use headwater::estimators::EstimatorSettings;
use headwater::features::Interactions;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::body::Body;
use crate::error::{ApiError, Result};
use crate::reading::Reading;
use crate::server::Server;
use crate::settings_json;

const ESTIMATORS: [&str; 5] = ["ridge", "ols", "lasso", "elastic_net", "boosting"];
const PRESETS: [&str; 2] = ["default", "seed"];

pub fn routes() -> ApiRouter<Arc<Server>> {
    ApiRouter::new()
        .api_route(
            "/settings",
            get_with(defaults, |o| {
                o.summary("The default settings, and what can be chosen")
            }),
        )
        .api_route(
            "/settings/command",
            post_with(command, |o| {
                o.summary("The command line that fits with these settings")
            }),
        )
}

/// The default settings, and what can be chosen.
#[derive(Debug, Serialize, JsonSchema)]
struct Defaults {
    /// The default settings, with the keys of `headwater.toml`.
    settings: Settings,
    /// The estimators of a stage.
    estimators: Vec<Choice>,
    /// Settings by name.
    presets: Vec<Preset>,
}

/// An estimator with its default settings.
#[derive(Debug, Serialize, JsonSchema)]
struct Choice {
    /// Its name.
    name: &'static str,
    /// What `stages.mediator` or `stages.outcome` holds for it.
    settings: EstimatorSettings,
}

/// Settings by name.
#[derive(Debug, Serialize, JsonSchema)]
struct Preset {
    /// The name.
    name: &'static str,
    /// The settings.
    settings: Settings,
}

/// Settings for an upload.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// The upload.
    dataset: String,
    /// Settings with the keys of `headwater.toml`; what is left out keeps its default.
    #[serde(default)]
    settings: Value,
}

/// The same on the command line.
#[derive(Debug, Serialize, JsonSchema)]
struct Command {
    /// The command, for a shell.
    command: String,
    /// The settings file that it names, or would name.
    toml: String,
}

async fn defaults() -> Result<Json<Defaults>> {
    let estimators = ESTIMATORS.map(|name| {
        Ok(Choice {
            name,
            settings: EstimatorSettings::named(name)?,
        })
    });
    let presets = PRESETS.map(|name| {
        Ok(Preset {
            name,
            settings: Settings::preset(name)?,
        })
    });
    Ok(Json(Defaults {
        settings: Settings::default(),
        estimators: estimators.into_iter().collect::<Result<_, Error>>()?,
        presets: presets.into_iter().collect::<Result<_, Error>>()?,
    }))
}

async fn command(
    State(server): State<Arc<Server>>,
    Body(asked): Body<Asked>,
) -> Result<Json<Command>> {
    let record = server.dataset(&asked.dataset)?;
    let settings = settings_json::of(asked.settings, &record.roles)?;
    let path = server.datasets.file(record.id);
    let command = server.read(move || {
        let plain = Settings {
            columns: Roles::default(),
            ..settings.clone()
        };
        let unusable = |error: Error| ApiError::unusable(&error);
        let told = Reading::of(&path, &record.name, &plain).map_err(unusable)?;
        let chosen = Reading::of(&path, &record.name, &settings).map_err(unusable)?;
        let mut words = vec!["headwater".to_string(), "fit".into(), quoted(&record.name)];
        let options = options(&settings)
            .filter(|_| told.loaded.is_ok())
            .and_then(|mut options| {
                options.extend(role_options(&told.roles, &chosen.roles)?);
                Some(options)
            });
        words.extend(
            options.unwrap_or_else(|| vec!["--config".to_string(), "headwater.toml".into()]),
        );
        Ok(Command {
            command: words.join(" "),
            toml: settings.to_toml(&chosen.roles),
        })
    });
    command.await.map(Json)
}

/// The options of `headwater fit` that make these settings of the defaults; none where there are none.
fn options(settings: &Settings) -> Option<Vec<String>> {
    let mut made = Settings::default();
    let mut options = Vec::new();
    let mut add = |option: &str, value: String| options.extend([option.to_string(), value]);
    let name = settings.stages.mediator.name();
    let stage = EstimatorSettings::named(name).ok()?;
    if stage != made.stages.mediator {
        (made.stages.mediator, made.stages.outcome) = (stage.clone(), stage);
        add("--estimator", name.into());
    }
    if settings.mediation.link != made.mediation.link {
        made.mediation.link = settings.mediation.link;
        add("--link", settings.mediation.link.name().into());
    }
    if settings.mediation.reading != made.mediation.reading {
        made.mediation.reading = settings.mediation.reading;
        add("--reading", settings.mediation.reading.name().into());
    }
    if settings.seed != made.seed {
        made.seed = settings.seed;
        add("--seed", settings.seed.to_string());
    }
    if let Some(replicates) = settings.bootstrap.replicates {
        made.bootstrap.replicates = Some(replicates);
        add("--bootstrap", replicates.to_string());
    }
    if settings.bootstrap.level != made.bootstrap.level {
        made.bootstrap.level = settings.bootstrap.level;
        add("--level", settings.bootstrap.level.to_string());
    }
    if settings.features.interactions == Interactions::Auto {
        made.features.interactions = Interactions::Auto;
        add("--interactions", "auto".into());
    }
    let (validation, default) = (&settings.validation, &mut made.validation);
    if validation.folds != default.folds {
        default.folds = validation.folds;
        add("--folds", validation.folds.to_string());
    }
    if validation.scheme != default.scheme {
        default.scheme = validation.scheme;
        let scheme = serde_json::to_value(validation.scheme).ok()?;
        add("--cv", scheme.as_str()?.into());
    }
    if let Some(gap) = validation.gap {
        default.gap = Some(gap);
        add("--gap", gap.to_string());
    }
    if validation.holdout_weeks != default.holdout_weeks {
        default.holdout_weeks = validation.holdout_weeks;
        add("--holdout", validation.holdout_weeks.to_string());
    }
    made.columns = settings.columns.clone();
    (made == *settings).then_some(options)
}

/// The options that make the chosen roles of those told by name; none where there are none.
fn role_options(told: &Roles, chosen: &Roles) -> Option<Vec<String>> {
    let mut options = Vec::new();
    for (name, variable) in &chosen.columns {
        let usual = told.columns.get(name)?;
        if variable == usual {
            continue;
        }
        let drawn = headwater::data::role::Variable {
            direct: true,
            ..usual.clone()
        };
        if usual.role == Role::Exposure && *variable == drawn {
            options.extend(["--direct".to_string(), quoted(name)]);
        } else if variable.role == Role::Ignore {
            options.extend(["--ignore".to_string(), quoted(name)]);
        } else {
            return None;
        }
    }
    Some(options)
}

/// A word as a shell reads it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '/');
    if !word.is_empty() && !word.starts_with('-') && word.chars().all(plain) {
        return word.into();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
