//! Data as a Python user hands them over: a table, how to read it, and what is said of its columns.

use std::path::PathBuf;

use headwater::analysis::{Settings, cannot_fit};
use headwater::data::role::Roles;
use headwater::data::{DataSettings, Inference, Loaded, Table, assemble, complete_roles};
use headwater::error::{Error, Result};
use headwater::finding::Finding;
use headwater_report::{Style, check_screen};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyIterator, PyString};
use pyo3_arrow::input::AnyRecordBatch;
use serde::{Deserialize, Serialize};

use crate::errors::PyAnswer;
use crate::frame::Frame;
use crate::tables;
use crate::values::cell;
use crate::work::work;

/// A table that was read, with the roles that were given.
#[derive(Serialize, Deserialize)]
#[pyclass(frozen, module = "headwater._native")]
pub struct Data {
    pub table: Table,
    pub settings: DataSettings,
    pub given: Roles,
}

/// The graph of a table and its weeks, as far as they can be told.
pub struct Understood {
    pub inference: Inference,
    pub loaded: Loaded,
}

impl Understood {
    /// Everything that reading found.
    pub fn findings(&self) -> Vec<Finding> {
        let findings = self.inference.findings.iter();
        findings.chain(&self.loaded.findings).cloned().collect()
    }
}

impl Data {
    /// The weeks with the roles that `settings` and then the data name, the others told by their names.
    pub fn understand(&self, settings: &Settings) -> Result<Understood> {
        let mut given = settings.columns.clone();
        given.columns.extend(self.given.columns.clone());
        let mut inference = complete_roles(&self.table, &self.settings, &given)?;
        let unknown = settings.ignore_unknown_exposures(&mut inference.roles);
        inference.findings.extend(unknown);
        let loaded = assemble(&self.table, &self.settings, &inference.roles)?;
        Ok(Understood { inference, loaded })
    }

    /// The weeks for who looks at them before a fit.
    fn understood(&self) -> Result<Understood> {
        self.understand(&Settings::default())
    }

    /// What `headwater check` finds.
    fn doubts(&self, understood: &Understood) -> Vec<Finding> {
        let mut findings = understood.findings();
        findings.extend(cannot_fit(&understood.loaded.dataset, &Settings::default()));
        findings
    }
}

/// Reads settings or roles that Python wrote as JSON.
pub fn parse<'de, T: serde::Deserialize<'de>>(what: &str, json: &'de str) -> Result<T> {
    serde_json::from_str(json).map_err(|why| {
        let why = why.to_string();
        // The place is one of JSON that the user has not written.
        let why = why.split(" at line ").next().unwrap_or_default();
        Error::setting(
            format!("{what}: {}", plain(why)),
            "see help(headwater.MediationMix) and help(headwater.read)",
        )
    })
}

/// How Python has the data read, and what it says of their columns.
fn told(settings: &str, roles: &str) -> Result<(DataSettings, Roles)> {
    Ok((
        parse("how to read the data", settings)?,
        parse("the roles", roles)?,
    ))
}

/// A message without the names of Rust's numbers.
pub fn plain(message: &str) -> String {
    let message = message.replace("expected u64", "expected a whole number from 0 up");
    let message = message.replace("expected usize", "expected a whole number from 0 up");
    message.replace("expected f64", "expected a number")
}

#[pymethods]
impl Data {
    /// Reads a CSV, Excel or Parquet file.
    #[staticmethod]
    fn from_file(py: Python<'_>, path: PathBuf, settings: &str, roles: &str) -> PyAnswer<Self> {
        let (settings, given) = told(settings, roles)?;
        let table = work(py, None, None, |_| Table::read(&path, &settings))?;
        Ok(Data {
            table,
            settings,
            given,
        })
    }

    /// Reads whatever has the Arrow PyCapsule interface.
    #[staticmethod]
    fn from_arrow(
        py: Python<'_>,
        source: &Bound<'_, PyAny>,
        name: &str,
        settings: &str,
        roles: &str,
    ) -> PyAnswer<Self> {
        let (settings, given) = told(settings, roles)?;
        let reader = source
            .extract::<AnyRecordBatch>()
            .and_then(AnyRecordBatch::into_reader)
            .map_err(|why| no_table(source, name, &why))?;
        let table = work(py, None, None, |_| {
            let schema = reader.schema();
            Table::from_arrow(name, &schema, reader)
        })?;
        Ok(Data {
            table,
            settings,
            given,
        })
    }

    /// Reads named lists of values.
    #[staticmethod]
    fn from_columns(
        columns: Vec<(String, Bound<'_, PyAny>)>,
        name: &str,
        settings: &str,
        roles: &str,
    ) -> PyAnswer<Self> {
        let (settings, given) = told(settings, roles)?;
        let read = |(column, values): (String, Bound<'_, PyAny>)| -> PyAnswer<_> {
            let values = many(&values, name, &column)?.enumerate();
            let cells = values.map(|(at, value)| cell(&value?, name, &column, at + 2));
            let cells = cells.collect::<PyAnswer<Vec<_>>>()?;
            Ok((column, cells))
        };
        let columns = columns
            .into_iter()
            .map(read)
            .collect::<PyAnswer<Vec<_>>>()?;
        let table = Table::from_columns(name, columns)?;
        Ok(Data {
            table,
            settings,
            given,
        })
    }

    /// The same table with other roles.
    fn with_roles(&self, roles: &str) -> PyAnswer<Self> {
        Ok(Data {
            table: self.table.clone(),
            settings: self.settings.clone(),
            given: parse("the roles", roles)?,
        })
    }

    #[getter]
    fn name(&self) -> &str {
        &self.table.source().name
    }

    #[getter]
    fn columns(&self) -> Vec<String> {
        self.table.column_names().to_vec()
    }

    /// What pickle keeps: everything, the text of the file and its hash as well.
    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        let kept = py.get_type::<Data>().getattr("from_kept")?;
        Ok((kept, (json(self),)))
    }

    /// Data as pickle kept them.
    #[staticmethod]
    fn from_kept(kept: &str) -> PyAnswer<Self> {
        Ok(parse("the pickled data", kept)?)
    }

    /// The role of every column, as JSON.
    fn roles(&self) -> PyAnswer<String> {
        let understood = self.understood()?;
        Ok(json(&understood.inference.roles))
    }

    /// What reading found.
    fn findings(&self) -> PyAnswer<Frame> {
        Ok(tables::findings(&self.doubts(&self.understood()?)))
    }

    /// Every column in figures.
    fn describe(&self) -> PyAnswer<Frame> {
        let understood = self.understood()?;
        Ok(tables::description(&understood.loaded.dataset.describe()))
    }

    /// The weeks as they are used: after sums of days and fills.
    fn weeks(&self) -> PyAnswer<Frame> {
        let understood = self.understood()?;
        Ok(tables::weeks(&understood.loaded.dataset))
    }

    /// What `headwater check` shows of the roles and the data.
    fn screen(&self) -> PyAnswer<String> {
        let understood = self.understood()?;
        let dates = understood.loaded.date_format;
        Ok(check_screen(
            self.name(),
            &understood.inference,
            dates,
            &self.doubts(&understood),
            Style::new(false, 100),
        ))
    }
}

/// What is said of Arrow data that are not named columns.
fn no_table(source: &Bound<'_, PyAny>, name: &str, why: &PyErr) -> Error {
    let why = why.value(source.py());
    let kind = source.get_type();
    let kind = kind
        .name()
        .map_or_else(|_| "value".into(), |kind| kind.to_string());
    Error::input(
        format!("{name}: a value of type {kind} cannot be read as a table: {why}"),
        "give a data frame with a column for the week, the spends, the search spend and the revenue",
    )
}

/// The values of a column, which is no single value and no text.
fn many<'py>(
    values: &Bound<'py, PyAny>,
    name: &str,
    column: &str,
) -> PyAnswer<Bound<'py, PyIterator>> {
    let kind = values.get_type().name()?;
    let single = values.is_instance_of::<PyString>() || values.is_instance_of::<PyBytes>();
    match values.try_iter() {
        Ok(values) if !single => Ok(values),
        _ => Err(Error::input(
            format!("{name}, column {column}: a value of type {kind} is no sequence of values"),
            "give a value for each week, as a list or an array",
        )
        .into()),
    }
}

/// A value of the library as JSON on lines of their own, as the command line prints it.
pub fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).expect("values of the library are plain data") + "\n"
}
