//! The settings of a fit: a preset or a file, then what a mapping says, then single parameters.

use headwater::analysis::Settings;
use headwater::error::{Error, Result};
use headwater::estimators::EstimatorSettings;
use miette::Diagnostic;
use pyo3::prelude::*;

use crate::data::{Data, json, parse, plain};
use crate::errors::PyAnswer;

/// Settings as Python hands them over.
#[derive(FromPyObject)]
pub struct Stated(
    /// The name of a preset.
    Option<String>,
    /// The name and the text of a settings file.
    Option<(String, String)>,
    /// Who says it, and an object with the keys of a settings file, each over the one before.
    Vec<(String, String)>,
);

impl Stated {
    /// The settings.
    pub fn read(&self) -> Result<Settings> {
        let Stated(preset, config, stated) = self;
        let mut settings = match (preset, config) {
            (_, Some((name, text))) => Settings::from_toml(name, text)?,
            (Some(name), None) => Settings::preset(name)?,
            (None, None) => Settings::default(),
        };
        for (name, stated) in stated {
            let over = settings.with(name, parse(name, stated)?);
            settings = over.map_err(|why| {
                let help = why.help().map_or_else(String::new, |help| help.to_string());
                Error::setting(plain(&why.to_string()), help)
            })?;
        }
        Ok(settings)
    }

    /// The settings, the data read as they were.
    pub fn read_for(&self, data: &Data) -> Result<Settings> {
        Ok(Settings {
            data: data.settings.clone(),
            ..self.read()?
        })
    }
}

/// How the settings have data read, as JSON.
#[pyfunction]
pub fn reading(stated: Stated) -> PyAnswer<String> {
    Ok(json(&stated.read()?.data))
}

/// The text of a settings file.
#[pyfunction]
pub fn settings_file(path: String) -> PyAnswer<String> {
    Ok(std::fs::read_to_string(&path).map_err(|why| Error::File {
        path,
        message: why.to_string(),
        help: "check the name given as config; `headwater init DATA` writes such a file".into(),
    })?)
}

/// The settings of the estimator of that name, as JSON.
#[pyfunction]
pub fn estimator(name: &str) -> PyAnswer<String> {
    Ok(json(&EstimatorSettings::named(name)?))
}
