//! A run directory, read back.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::fit::{Fit, run};
use super::run_directory::RunFiles;
use super::settings::Settings;
use super::{Analysis, SCHEMA_VERSION};
use crate::data::{DataSettings, Dataset, DateFormat, Decimal, Table, assemble, to_csv};
use crate::error::{Error, Result};
use crate::finding::Finding;
use crate::progress::Progress;

/// What a fit wrote: the analysis, the settings with every role, and the weeks that were used.
#[derive(Debug, Clone)]
pub struct SavedRun {
    /// The folder.
    pub directory: PathBuf,
    /// What was learned.
    pub analysis: Analysis,
    /// Every setting, every column's role resolved.
    pub settings: Settings,
    /// The weeks that were used, after fills. Its source is the file that was fitted.
    pub dataset: Dataset,
}

impl SavedRun {
    /// Reads `analysis.json`, `headwater.toml` and `dataset.csv` of a run directory.
    ///
    /// ```
    /// use headwater::analysis::{SavedRun, Settings, run};
    /// use headwater::progress::Silent;
    /// use headwater::simulate::{MarketSettings, simulate};
    ///
    /// let market = simulate(&MarketSettings::default())?;
    /// let mut settings = Settings::default();
    /// settings.bootstrap.replicates = Some(40);
    /// let folder = tempfile::tempdir().expect("a folder");
    /// let fit = run(&market.dataset, Vec::new(), &settings, &Silent)?;
    /// fit.write(&folder.path().join("run"), false)?;
    ///
    /// let saved = SavedRun::open(&folder.path().join("run"))?;
    /// assert_eq!(saved.analysis, fit.analysis);
    /// # Ok::<(), headwater::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// Names the folder that is no run, the file of it that is missing or cannot be read, a run
    /// of a newer Headwater, and a `dataset.csv` that was changed after the fit.
    pub fn open(directory: &Path) -> Result<Self> {
        SavedRun::of(&RunFiles::read(directory)?, directory)
    }

    /// Reads the files of a run, which messages place in `directory`.
    ///
    /// # Errors
    /// Those of [`SavedRun::open`].
    pub fn of(files: &RunFiles, directory: &Path) -> Result<Self> {
        let file = |name: &str| -> Result<_> {
            let path = directory.join(name).display().to_string();
            Ok((path, files.text(name, directory)?))
        };
        let (path, text) = file("analysis.json")?;
        let analysis = parse(&path, text)?;
        let (path, text) = file("headwater.toml")?;
        let settings = Settings::from_toml(&path, text)?;
        let (path, text) = file("dataset.csv")?;
        let dataset = dataset(&path, text, &settings, &analysis)?;
        Ok(SavedRun {
            directory: directory.into(),
            analysis,
            settings,
            dataset,
        })
    }

    /// What reading the file found when it was fitted.
    pub fn data_findings(&self) -> Vec<Finding> {
        let findings = self.analysis.findings.iter();
        let from_reading = |finding: &&Finding| {
            finding.id.starts_with("data.") || finding.id == "features.seed_exposures"
        };
        findings.filter(from_reading).cloned().collect()
    }

    /// Fits the same weeks with the same settings again: the same analysis, and the model with it.
    ///
    /// # Errors
    /// Those of [`run`].
    pub fn refit(&self, progress: &dyn Progress) -> Result<Fit> {
        run(
            &self.dataset,
            self.data_findings(),
            &self.settings,
            progress,
        )
    }
}

/// Reads an analysis; its version first, since a newer form may not be readable at all.
fn parse(path: &str, text: &str) -> Result<Analysis> {
    #[derive(serde::Deserialize)]
    struct Version {
        schema_version: u32,
    }
    let refuse = |message: String, help: &str| Error::File {
        path: path.into(),
        message,
        help: help.into(),
    };
    let unreadable = |why: serde_json::Error| {
        let what = if why.is_eof() {
            format!("is cut off in line {}", why.line())
        } else {
            format!("this is not an analysis of Headwater: {why}")
        };
        refuse(what, "fit the data again")
    };
    let version: Version = serde_json::from_str(text).map_err(unreadable)?;
    if version.schema_version > SCHEMA_VERSION {
        return Err(refuse(
            format!(
                "written by a newer Headwater: its form is version {}, and this program knows {SCHEMA_VERSION}",
                version.schema_version
            ),
            "use the newer program, or fit the data again with this one",
        ));
    }
    serde_json::from_str(text).map_err(unreadable)
}

/// The weeks of a run, under the name of the file that was fitted.
fn dataset(path: &str, text: &str, settings: &Settings, analysis: &Analysis) -> Result<Dataset> {
    let as_written = DataSettings {
        date_format: DateFormat::Iso,
        decimal: Decimal::Point,
        ..DataSettings::default()
    };
    let table = Table::from_csv_bytes("dataset.csv", text.as_bytes())?;
    let loaded = assemble(&table, &as_written, &settings.columns)?.dataset;
    let source = crate::data::Source {
        name: analysis.data.source.clone(),
        sha256: analysis.data.sha256.clone(),
    };
    let columns = loaded
        .columns()
        .map(|(name, values)| (name.to_string(), values.clone()))
        .collect();
    let dataset = Dataset::new(
        source,
        loaded.roles().clone(),
        loaded.weeks().to_vec(),
        columns,
    )?;
    let summary = super::fit::summarise(&dataset);
    // Runs from before the hash was kept can be checked by their weeks only.
    let same_hash = match &analysis.data.dataset_sha256 {
        Some(hash) => *hash == dataset_sha256(&dataset),
        None => true,
    };
    let weeks =
        |data: &super::DataSummary| (data.weeks, data.first_week.clone(), data.last_week.clone());
    if same_hash && weeks(&summary) == weeks(&analysis.data) {
        return Ok(dataset);
    }
    Err(Error::File {
        path: path.into(),
        message: "was changed after the fit: its values are no longer those that the analysis describes"
            .into(),
        help: "to fit changed data, use `headwater fit` on the file, with the run's headwater.toml as \
               --config"
            .into(),
    })
}

/// SHA-256 of the weeks as `dataset.csv` holds them, in hex.
pub(super) fn dataset_sha256(dataset: &Dataset) -> String {
    let hash = Sha256::digest(to_csv(dataset));
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
