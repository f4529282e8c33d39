//! Settings from a file, a preset and the command line, in this order.

use std::path::{Path, PathBuf};

use headwater::analysis::Settings;
use headwater::data::role::{Role, Roles, Variable};
use headwater::data::{Table, complete_roles, default_variable};
use headwater::error::{Error, Result};
use headwater::estimators::EstimatorSettings;
use headwater::features::Interactions;
use headwater::mediation::{Link, Reading};
use headwater::validation::cross_validation::Scheme;
use serde::de::DeserializeOwned;

use crate::terminal::Terminal;

/// The settings file that a user most likely has.
pub const SETTINGS_FILE: &str = "headwater.toml";

/// Where settings come from.
#[derive(clap::Args)]
pub struct Source {
    /// A settings file, as `headwater init` writes it; never read unless named here
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Settings by name: `default`, or `seed` for the founding system's two stages exactly
    #[arg(long, value_name = "NAME", conflicts_with = "config")]
    preset: Option<String>,
}

impl Source {
    /// The settings, and a note on stderr when a settings file lies here unread.
    pub fn read(&self, terminal: &Terminal) -> Result<Settings> {
        if let Some(path) = &self.config {
            let name = path.display().to_string();
            let text = std::fs::read_to_string(path).map_err(|why| Error::File {
                path: name.clone(),
                message: why.to_string(),
                help: "check the name after --config; `headwater init DATA` writes such a file"
                    .into(),
            })?;
            return Settings::from_toml(&name, &text);
        }
        if Path::new(SETTINGS_FILE).exists() {
            terminal.note(&format!(
                "{SETTINGS_FILE} in this folder is not read; to use it, add --config {SETTINGS_FILE}"
            ));
        }
        match &self.preset {
            Some(name) => Settings::preset(name),
            None => Ok(Settings::default()),
        }
    }
}

/// What the command line sets in place of the file.
#[derive(clap::Args)]
#[command(next_help_heading = "Settings (in place of those in the file)")]
pub struct Overrides {
    /// The estimator of both stages [default: ridge]
    #[arg(long, value_name = "NAME", value_parser = EstimatorSettings::named)]
    estimator: Option<EstimatorSettings>,

    /// `identity`: effects add up; `log`: they multiply [default: identity]
    #[arg(long, value_parser = by_name::<Link>)]
    link: Option<Link>,

    /// How revenue reads the mediator: `two_slope`, `predicted`, `observed` [default: two_slope]
    #[arg(long, value_parser = by_name::<Reading>)]
    reading: Option<Reading>,

    /// Draw the edge from this exposure past the mediator to the outcome; repeat for more
    #[arg(long, value_name = "COLUMN")]
    direct: Vec<String>,

    /// Leave this column out of the model; repeat for more
    #[arg(long, value_name = "COLUMN")]
    ignore: Vec<String>,

    /// The seed of every random stream [default: 42]
    #[arg(long)]
    seed: Option<u64>,

    /// Bootstrap replicates for the intervals, 0 for none [default: 1000, trees 200]
    #[arg(long, value_name = "N")]
    bootstrap: Option<usize>,

    /// The nominal coverage of intervals [default: 0.95]
    #[arg(long)]
    level: Option<f64>,

    /// Pairs whose product is a column: `auto` chooses those that improve forecasts inside the
    /// training weeks, `none` adds none; to name pairs, write them in the file [default: none]
    #[arg(long, value_name = "HOW", value_parser = interactions)]
    interactions: Option<Interactions>,

    /// Folds of the out-of-sample scores [default: 5]
    #[arg(long, value_name = "N")]
    folds: Option<usize>,

    /// Which weeks a fold learns from: `expanding` (all before the tested ones), `rolling` (the
    /// last of them) or `blocked` (on both sides of a block) [default: expanding]
    #[arg(long, value_name = "SCHEME", value_parser = by_name::<Scheme>)]
    cv: Option<Scheme>,

    /// Weeks left out between training and tested weeks [default: 0; blocked: as long as spend
    /// carries over]
    #[arg(long, value_name = "WEEKS")]
    gap: Option<usize>,

    /// Keep the last N weeks out of every fold and score them once
    #[arg(long, value_name = "N")]
    holdout: Option<usize>,
}

/// Reads how interactions are found; pairs have their place in the settings file.
fn interactions(how: &str) -> Result<Interactions, String> {
    match how {
        "auto" => Ok(Interactions::Auto),
        "none" => Ok(Interactions::default()),
        _ => Err(
            "choose `auto` or `none`; pairs are named under [features] in a settings file, \
                  such as interactions = [[\"email_sends\", \"average_price\"]]"
                .into(),
        ),
    }
}

/// Reads a setting by the name it has in the settings file.
fn by_name<T: DeserializeOwned>(name: &str) -> Result<T, String> {
    serde_json::from_value(name.replace('-', "_").into()).map_err(|why| why.to_string())
}

impl Overrides {
    /// Writes what was given over `settings`.
    pub fn apply(&self, settings: &mut Settings) -> Result<()> {
        if let Some(estimator) = &self.estimator {
            settings.stages.mediator = estimator.clone();
            settings.stages.outcome = estimator.clone();
        }
        if let Some(link) = self.link {
            settings.mediation.link = link;
        }
        if let Some(reading) = self.reading {
            settings.mediation.reading = reading;
        }
        if let Some(seed) = self.seed {
            settings.seed = seed;
        }
        if let Some(replicates) = self.bootstrap {
            settings.bootstrap.replicates = Some(replicates);
        }
        if let Some(level) = self.level {
            settings.bootstrap.level = level;
        }
        if let Some(folds) = self.folds {
            settings.validation.folds = folds;
        }
        if let Some(interactions) = &self.interactions {
            settings.features.interactions = interactions.clone();
        }
        if let Some(scheme) = self.cv {
            settings.validation.scheme = scheme;
        }
        if let Some(gap) = self.gap {
            settings.validation.gap = Some(gap);
        }
        if let Some(weeks) = self.holdout {
            settings.validation.holdout_weeks = weeks;
        }
        settings.validate()
    }

    /// The columns of the settings, with those that the command line leaves out or draws an edge from.
    ///
    /// # Errors
    /// When the table has no such column, or the one to draw from is no exposure.
    pub fn columns(&self, table: &Table, settings: &Settings) -> Result<Roles> {
        let mut given = settings.columns.clone();
        for column in &self.ignore {
            if table.position(column).is_none() {
                return Err(Error::setting(
                    format!("--ignore {column}: there is no column of that name"),
                    format!("choose one of {}", table.column_names().join(", ")),
                ));
            }
            let variable = default_variable(column, Role::Ignore);
            given.columns.insert(column.clone(), variable);
        }
        if self.direct.is_empty() {
            return Ok(given);
        }
        let mut roles = complete_roles(table, &settings.data, &given)?.roles;
        settings.ignore_unknown_exposures(&mut roles);
        for column in &self.direct {
            let variable = roles.columns.get(column);
            let Some(exposure) = variable.filter(|variable| variable.role == Role::Exposure) else {
                let exposures = roles.exposures().join(", ");
                return Err(Error::setting(
                    format!("--direct {column}: there is no exposure of that name"),
                    format!("choose one of {exposures}"),
                ));
            };
            let drawn = Variable {
                direct: true,
                ..exposure.clone()
            };
            given.columns.insert(column.clone(), drawn);
        }
        Ok(given)
    }
}
