//! A fit on disk: written under another name and renamed, so that a killed fit leaves no half run and
//! loses no earlier one.

use std::fs;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde::Serialize;

use super::fit::Fit;
use crate::data::to_csv;
use crate::error::{Error, Result};
use crate::estimators::Predictor;
use crate::files;

const ANALYSIS: &str = "analysis.json";
const SETTINGS: &str = "headwater.toml";
const MODELS: [&str; 2] = ["models/stage1.json", "models/stage2.json"];
const DATASET: &str = "dataset.csv";

/// The text of every file of a run directory, by its name: `analysis.json`, `headwater.toml`,
/// `models/stage1.json`, `models/stage2.json` and `dataset.csv`.
///
/// ```
/// use headwater::analysis::{RunFiles, SavedRun, Settings, run};
/// use headwater::progress::Silent;
/// use headwater::simulate::{MarketSettings, simulate};
///
/// let market = simulate(&MarketSettings::default())?;
/// let mut settings = Settings::default();
/// settings.bootstrap.replicates = Some(40);
/// let fit = run(&market.dataset, Vec::new(), &settings, &Silent)?;
/// let files = RunFiles::of(&fit)?;
/// assert_eq!(SavedRun::of(&files, "a run in memory".as_ref())?.analysis, fit.analysis);
/// # Ok::<(), headwater::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFiles {
    texts: IndexMap<String, String>,
}

impl RunFiles {
    /// What [`write`](Self::write) writes of a fit.
    ///
    /// # Errors
    /// When a model cannot be written as JSON.
    pub fn of(fit: &Fit) -> Result<Self> {
        let (first, second) = (fit.model.mediator_stage().0, fit.model.outcome_stage().0);
        let [stage1, stage2] = MODELS;
        let model = |stage: &dyn Predictor| Ok::<_, Error>(stage.to_json()? + "\n");
        let ((of_first, analysis), of_second) =
            rayon::join(|| (model(first), json(&fit.analysis)), || model(second));
        let texts = [
            (ANALYSIS, analysis?),
            (SETTINGS, fit.settings.to_toml(fit.dataset.roles())),
            (stage1, of_first?),
            (stage2, of_second?),
            (DATASET, to_csv(&fit.dataset)),
        ];
        Ok(texts.into_iter().collect())
    }

    /// Reads a run directory. Other files in it are left alone; what is missing is noticed when it is
    /// asked for.
    ///
    /// # Errors
    /// Names the folder that is no run, and the file of it that cannot be read.
    pub fn read(directory: &Path) -> Result<Self> {
        if !directory.exists() {
            files::sweep(directory);
        }
        if !directory.join(ANALYSIS).is_file() {
            if let Some(brand) = first_brand(directory) {
                return Err(Error::File {
                    path: directory.display().to_string(),
                    message: "holds the runs of many brands, each in a folder of its own".into(),
                    help: format!(
                        "name the folder of one brand, such as {}; brands.csv in it lists all",
                        brand.display()
                    ),
                });
            }
            let message = match (directory.is_dir(), directory.exists()) {
                (true, _) => "is not a run of Headwater: it holds no analysis.json",
                (false, true) => "is a file, and a run is a folder",
                (false, false) => "there is no such folder",
            };
            return Err(Error::File {
                path: directory.display().to_string(),
                message: message.into(),
                help: "name a folder that `headwater fit` wrote".into(),
            });
        }
        let names = [ANALYSIS, SETTINGS, MODELS[0], MODELS[1], DATASET];
        let there = names
            .into_iter()
            .filter(|name| directory.join(name).exists());
        there
            .map(|name| Ok((name, read(&directory.join(name))?)))
            .collect()
    }

    /// The same files and another one, such as a log; it is written with them and not read with them.
    pub fn with(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.texts.insert(name.into(), text.into());
        self
    }

    /// Every file: its name and its text.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let texts = self.texts.iter();
        texts.map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// The text of the file of that name, where messages place the run in `directory`.
    ///
    /// # Errors
    /// When the run lacks it.
    pub(super) fn text(&self, name: &str, directory: &Path) -> Result<&str> {
        let text = self.texts.get(name).map(String::as_str);
        text.ok_or_else(|| unreadable(&directory.join(name), &"it is missing"))
    }

    /// Writes the files into the folder `dir`.
    ///
    /// # Errors
    /// When `dir` exists and `overwrite` is false, when it holds something other than a run, and
    /// when the disk refuses.
    pub fn write(&self, dir: &Path, overwrite: bool) -> Result<()> {
        if dir.exists() && !overwrite {
            return Err(Error::File {
                path: dir.display().to_string(),
                message: "already exists".into(),
                help: "name another folder with --out, or replace this one with --force".into(),
            });
        }
        if dir.exists() && !dir.join(ANALYSIS).exists() && !is_empty(dir) {
            return Err(Error::File {
                path: dir.display().to_string(),
                message: "is not a Headwater run, so it will not be replaced".into(),
                help: "name another folder with --out".into(),
            });
        }
        files::build(dir, overwrite, at, |parts| {
            let models = "models";
            fs::create_dir(parts.join(models)).map_err(|why| at(&dir.join(models), &why))?;
            self.iter().try_for_each(|(name, text)| {
                fs::write(parts.join(name), text).map_err(|why| at(&dir.join(name), &why))
            })
        })
    }
}

impl<Name: Into<String>> FromIterator<(Name, String)> for RunFiles {
    fn from_iter<Files: IntoIterator<Item = (Name, String)>>(files: Files) -> Self {
        let files = files.into_iter();
        RunFiles {
            texts: files.map(|(name, text)| (name.into(), text)).collect(),
        }
    }
}

impl Fit {
    /// Writes the [files](RunFiles) of the fit into the folder `dir`.
    ///
    /// # Errors
    /// Those of [`RunFiles::of`] and [`RunFiles::write`].
    pub fn write(&self, dir: &Path, overwrite: bool) -> Result<()> {
        RunFiles::of(self)?.write(dir, overwrite)
    }
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|why| unreadable(path, &why))
}

fn unreadable(path: &Path, why: &dyn std::fmt::Display) -> Error {
    Error::File {
        path: path.display().to_string(),
        message: format!("the file of this run cannot be read: {why}"),
        help: "a run holds analysis.json, headwater.toml and dataset.csv; fit the data again if one is lost"
            .into(),
    }
}

/// The first run in the folder of a panel, by its name.
fn first_brand(directory: &Path) -> Option<PathBuf> {
    if !directory.join("brands.json").is_file() {
        return None;
    }
    let entries = fs::read_dir(directory.join("brands")).ok()?;
    let folders = entries.filter_map(|entry| Some(entry.ok()?.path()));
    folders
        .filter(|folder| folder.join(ANALYSIS).is_file())
        .min()
}

fn is_empty(dir: &Path) -> bool {
    fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_none())
}

pub(super) fn json(value: &impl Serialize) -> Result<String> {
    let mut text = serde_json::to_string_pretty(value).map_err(|error| {
        Error::estimator(
            format!("a result cannot be written as JSON: {error}"),
            "report this as a bug",
        )
    })?;
    text.push('\n');
    Ok(text)
}

pub(super) fn at(path: &Path, error: &std::io::Error) -> Error {
    Error::File {
        path: path.display().to_string(),
        message: error.to_string(),
        help: "nothing was changed; check that the folder exists, may be written to, and that the disk has room".into(),
    }
}
