//! A fitted run: made, kept, written, read back.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use headwater::analysis::{Advisor, Comparison, Fit, RunFiles, SavedRun};
use headwater::data::{DataSettings, DateFormat, Decimal, Table};
use headwater::error::{Error, Result};
use headwater::estimators::EstimatorSettings;
use headwater::progress::Progress;
use headwater_report::figures::CATALOGUE;
use headwater_report::report::Report;
use headwater_report::summary::Summary;
use headwater_report::{RunInfo, Style, comparison_screen, screen};
use pyo3::prelude::*;

use crate::answer::{Answer, drawn};
use crate::data::{Data, json};
use crate::errors::PyAnswer;
use crate::frame::Frame;
use crate::settings::Stated;
use crate::tables;
use crate::work::work;

/// What a model was fitted with, learned, and answers.
#[pyclass(frozen, module = "headwater._native")]
pub struct Run {
    pub saved: SavedRun,
    files: RunFiles,
    threads: Option<NonZeroUsize>,
    /// The models with their replicates: those of the fit, or fitted again at the first question.
    advisor: Mutex<Option<Arc<Advisor>>>,
}

impl Run {
    fn of_fit(fit: Fit, threads: Option<NonZeroUsize>, progress: &dyn Progress) -> Result<Self> {
        let files = RunFiles::of(&fit)?;
        let advisor = Advisor::of(&fit, progress)?;
        Ok(Run {
            saved: SavedRun {
                directory: PathBuf::new(),
                analysis: fit.analysis,
                settings: fit.settings,
                dataset: fit.dataset,
            },
            files,
            threads,
            advisor: Mutex::new(Some(Arc::new(advisor))),
        })
    }

    fn of_files(files: RunFiles, place: &Path, threads: Option<NonZeroUsize>) -> Result<Self> {
        Ok(Run {
            saved: SavedRun::of(&files, place)?,
            files,
            threads,
            advisor: Mutex::new(None),
        })
    }

    /// Who answers, after fitting the replicates again where this run was read back.
    ///
    /// Nothing is locked meanwhile: a thread of the pool that waits for its part of a fit may take up
    /// the question of another thread, and would wait for itself. Who asks at the same time fits the
    /// same again.
    fn advisor(&self, progress: &dyn Progress) -> Result<Arc<Advisor>> {
        let known = || self.advisor.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(advisor) = &*known() {
            return Ok(Arc::clone(advisor));
        }
        let opened = Arc::new(Advisor::open(&self.saved, progress)?);
        Ok(Arc::clone(known().get_or_insert(opened)))
    }

    /// Puts a question without holding the interpreter.
    pub fn ask<T: Send>(
        &self,
        py: Python<'_>,
        progress: Option<&Py<PyAny>>,
        question: impl FnOnce(&Advisor) -> Result<T> + Send,
    ) -> PyAnswer<T> {
        work(py, progress, self.threads, |progress| {
            question(&*self.advisor(progress)?)
        })
    }
}

#[pymethods]
impl Run {
    /// Fits data.
    #[staticmethod]
    fn fit(
        py: Python<'_>,
        data: &Data,
        stated: Stated,
        threads: Option<NonZeroUsize>,
        progress: Option<Py<PyAny>>,
    ) -> PyAnswer<Self> {
        let settings = stated.read_for(data)?;
        work(py, progress.as_ref(), threads, |progress| {
            let understood = data.understand(&settings)?;
            let findings = understood.findings();
            let dataset = &understood.loaded.dataset;
            let fit = headwater::analysis::run(dataset, findings, &settings, progress)?;
            Run::of_fit(fit, threads, progress)
        })
    }

    /// Reads a run directory.
    #[staticmethod]
    fn load(directory: PathBuf, threads: Option<NonZeroUsize>) -> PyAnswer<Self> {
        let files = RunFiles::read(&directory)?;
        Ok(Run::of_files(files, &directory, threads)?)
    }

    /// A run of the texts of its files.
    #[staticmethod]
    fn from_files(files: Vec<(String, String)>, threads: Option<NonZeroUsize>) -> PyAnswer<Self> {
        let files = files.into_iter().collect();
        Ok(Run::of_files(files, Path::new("the run"), threads)?)
    }

    /// The text of each file of a run directory, by its name.
    fn files(&self) -> Vec<(&str, &str)> {
        self.files.iter().collect()
    }

    /// Writes a run directory.
    fn save(&self, directory: PathBuf, overwrite: bool) -> PyAnswer<()> {
        if directory.exists() && !overwrite {
            return Err(Error::File {
                path: directory.display().to_string(),
                message: "already exists".into(),
                help: "name another folder, or replace this run with overwrite=True".into(),
            }
            .into());
        }
        Ok(self.files.write(&directory, overwrite)?)
    }

    /// What reading, fitting and checking found.
    fn findings(&self) -> Frame {
        tables::findings(&self.saved.analysis.findings)
    }

    fn effects(&self) -> Frame {
        tables::effects(&self.saved.analysis)
    }

    fn totals(&self) -> Frame {
        tables::totals(&self.saved.analysis)
    }

    fn coefficients(&self) -> Frame {
        tables::coefficients(&self.saved.analysis)
    }

    fn scores(&self) -> Frame {
        tables::scores(&self.saved.analysis)
    }

    /// The weeks that were used, to be fitted again.
    fn data(&self) -> PyAnswer<Data> {
        let saved = &self.saved;
        let weeks = headwater::data::to_csv(&saved.dataset);
        Ok(Data {
            table: Table::from_csv_bytes(&saved.analysis.data.source, weeks.as_bytes())?,
            settings: DataSettings {
                date_format: DateFormat::Iso,
                decimal: Decimal::Point,
                ..DataSettings::default()
            },
            given: saved.dataset.roles().clone(),
        })
    }

    /// How its data were read, as JSON.
    fn reading(&self) -> String {
        json(&self.saved.settings.data)
    }

    /// The first screen of the report, as HTML.
    fn page(&self) -> String {
        headwater_report::report::first_screen(&self.saved.analysis)
    }

    /// The verdict on the path in two or three words.
    fn verdict(&self) -> String {
        Summary::of(&self.saved.analysis).verdict
    }

    /// The answer in words, `next` being what to do.
    fn summary(&self, next: Vec<String>) -> Answer {
        let analysis = &self.saved.analysis;
        let info = RunInfo {
            directory: "this model; .save(\"folder\") writes it".into(),
            checks: ".validate()".into(),
            meaning: "headwater.explain(\"id\")".into(),
            next,
        };
        let tables = vec![("scores", tables::scores(analysis))];
        Answer::new(
            &Summary::of(analysis),
            |style| screen(analysis, &info, style),
            tables,
        )
    }

    /// The report as HTML and as Markdown.
    fn report(&self, py: Python<'_>, progress: Option<Py<PyAny>>) -> PyAnswer<(String, String)> {
        self.ask(py, progress.as_ref(), |advisor| {
            let report = Report::of(&self.saved.analysis, advisor, &self.saved.settings);
            Ok((report.html(), report.markdown(None)))
        })
    }

    /// The name of each picture, and what it shows.
    #[staticmethod]
    fn pictures() -> Vec<(&'static str, &'static str)> {
        CATALOGUE
            .iter()
            .map(|entry| (entry.id, entry.about))
            .collect()
    }

    /// A picture by name, as SVG and as JSON for Plotly.
    fn picture(
        &self,
        py: Python<'_>,
        id: &str,
        dark: bool,
        progress: Option<Py<PyAny>>,
    ) -> PyAnswer<(String, String)> {
        let Some(entry) = CATALOGUE.iter().find(|entry| entry.id == id) else {
            let known: Vec<&str> = CATALOGUE.iter().map(|entry| entry.id).collect();
            return Err(Error::setting(
                format!("there is no picture \"{id}\""),
                format!("choose one of {}", known.join(", ")),
            )
            .into());
        };
        self.ask(py, progress.as_ref(), |advisor| {
            let figure = (entry.draw)(&self.saved.analysis, advisor)?;
            Ok(drawn(&figure, dark))
        })
    }
}

/// Estimators fitted to the same data and folds, side by side.
#[pyfunction]
pub fn compare_estimators(
    py: Python<'_>,
    data: &Data,
    stated: Stated,
    estimators: Vec<String>,
    threads: Option<NonZeroUsize>,
    progress: Option<Py<PyAny>>,
) -> PyAnswer<Answer> {
    let settings = stated.read_for(data)?;
    let estimators = estimators.iter().map(|name| EstimatorSettings::named(name));
    let estimators = estimators.collect::<Result<Vec<_>>>()?;
    let comparison = work(py, progress.as_ref(), threads, |progress| {
        let understood = data.understand(&settings)?;
        let findings = understood.findings();
        let dataset = &understood.loaded.dataset;
        headwater::analysis::compare(dataset, findings, &settings, &estimators, progress)
    })?;
    Ok(compared(&comparison))
}

/// Runs of the same weeks, side by side.
#[pyfunction]
pub fn compare_runs(runs: Vec<(String, PyRef<'_, Run>)>) -> PyAnswer<Answer> {
    let analyses = runs.iter();
    let analyses = analyses.map(|(name, run)| (name.clone(), Ok(run.saved.analysis.clone())));
    let comparison = Comparison::of(analyses.collect())?;
    Ok(compared(&comparison))
}

fn compared(comparison: &Comparison) -> Answer {
    let tables = vec![
        ("scores", tables::comparison(comparison)),
        ("findings", tables::findings(&comparison.findings)),
    ];
    Answer::new(
        comparison,
        |style| comparison_screen(comparison, style),
        tables,
    )
}

/// The page of a finding, or of all findings the list.
#[pyfunction]
#[pyo3(signature = (finding=None))]
pub fn explain(finding: Option<&str>) -> PyAnswer<String> {
    use headwater_report::explain::{find, list_screen, page_screen};
    let style = Style::new(false, 100);
    Ok(match finding {
        None => list_screen(style),
        Some(id) => page_screen(&find(id)?, style),
    })
}
