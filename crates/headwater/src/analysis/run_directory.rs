//! A fit on disk: written under a temporary name and renamed, so that a killed fit leaves no half
//! run.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::fit::Fit;
use crate::data::to_csv;
use crate::error::{Error, Result};

impl Fit {
    /// Writes `analysis.json`, `headwater.toml`, `models/stage1.json`, `models/stage2.json` and
    /// `dataset.csv` into the folder `dir`.
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
        if dir.exists() && !dir.join("analysis.json").exists() && !is_empty(dir) {
            return Err(Error::File {
                path: dir.display().to_string(),
                message: "is not a Headwater run, so it will not be replaced".into(),
                help: "name another folder with --out".into(),
            });
        }
        let parts = partial(dir);
        let written = self.write_parts(&parts).and_then(|()| {
            if dir.exists() {
                remove(dir)?;
            }
            fs::rename(&parts, dir).map_err(|error| at(dir, &error))
        });
        if written.is_err() {
            // The error that matters is the first one.
            let _ = fs::remove_dir_all(&parts);
        }
        written
    }

    fn write_parts(&self, dir: &Path) -> Result<()> {
        if dir.exists() {
            remove(dir)?;
        }
        let models = dir.join("models");
        fs::create_dir_all(&models).map_err(|error| at(&models, &error))?;
        let (first, second) = (self.model.mediator_stage().0, self.model.outcome_stage().0);
        write(&dir.join("analysis.json"), &json(&self.analysis)?)?;
        write(
            &dir.join("headwater.toml"),
            &self.settings.to_toml(self.dataset.roles()),
        )?;
        write(&models.join("stage1.json"), &json(&first.to_json()?)?)?;
        write(&models.join("stage2.json"), &json(&second.to_json()?)?)?;
        write(&dir.join("dataset.csv"), &to_csv(&self.dataset))
    }
}

fn is_empty(dir: &Path) -> bool {
    fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_none())
}

/// The temporary name beside `dir`, of this process.
fn partial(dir: &Path) -> PathBuf {
    let name = dir.file_name().unwrap_or_default().to_string_lossy();
    dir.with_file_name(format!(".{name}.partial-{}", std::process::id()))
}

fn json(value: &impl Serialize) -> Result<String> {
    let mut text = serde_json::to_string_pretty(value).map_err(|error| {
        Error::estimator(
            format!("a result cannot be written as JSON: {error}"),
            "report this as a bug",
        )
    })?;
    text.push('\n');
    Ok(text)
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(|error| at(path, &error))
}

fn remove(dir: &Path) -> Result<()> {
    fs::remove_dir_all(dir).map_err(|error| at(dir, &error))
}

fn at(path: &Path, error: &std::io::Error) -> Error {
    Error::File {
        path: path.display().to_string(),
        message: error.to_string(),
        help: "check that the folder exists, may be written to, and that the disk has room".into(),
    }
}
