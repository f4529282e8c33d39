//! Data as a Python user hands them over: a table, how to read it, and what is said of its columns.

use std::path::PathBuf;

use headwater::analysis::Settings;
use headwater::data::role::Roles;
use headwater::data::{DataSettings, Inference, Loaded, Table, assemble, complete_roles};
use headwater::error::{Error, Result};
use headwater::finding::Finding;
use headwater_report::{Style, check_screen};
use pyo3::prelude::*;
use pyo3_arrow::input::AnyRecordBatch;

use crate::errors::PyAnswer;
use crate::frame::Frame;
use crate::tables;
use crate::values::cell;
use crate::work::work;

/// A table that was read, with the roles that were given.
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
}

/// Reads settings or roles that Python wrote as JSON.
pub fn parse<'de, T: serde::Deserialize<'de>>(what: &str, json: &'de str) -> Result<T> {
    serde_json::from_str(json).map_err(|why| {
        Error::setting(
            format!("{what}: {why}"),
            "see help(headwater.read) and help(headwater.Roles)",
        )
    })
}

#[pymethods]
impl Data {
    /// Reads a CSV, Excel or Parquet file.
    #[staticmethod]
    fn from_file(py: Python<'_>, path: PathBuf, settings: &str, roles: &str) -> PyAnswer<Self> {
        let settings: DataSettings = parse("how to read the data", settings)?;
        let given = parse("the roles", roles)?;
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
        source: AnyRecordBatch,
        name: &str,
        settings: &str,
        roles: &str,
    ) -> PyAnswer<Self> {
        let settings = parse("how to read the data", settings)?;
        let given = parse("the roles", roles)?;
        let reader = source.into_reader()?;
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
        let settings = parse("how to read the data", settings)?;
        let given = parse("the roles", roles)?;
        let read = |(column, values): (String, Bound<'_, PyAny>)| -> PyAnswer<_> {
            let values = values.try_iter()?.enumerate();
            let cells = values.map(|(at, value)| cell(&value?, &column, at + 2));
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

    /// The roles that were given, as JSON.
    fn given_roles(&self) -> String {
        json(&self.given)
    }

    /// How the table is read, as JSON.
    fn reading(&self) -> String {
        json(&self.settings)
    }

    /// The role of every column, as JSON.
    fn roles(&self) -> PyAnswer<String> {
        let understood = self.understand(&Settings::default())?;
        Ok(json(&understood.inference.roles))
    }

    /// What reading found.
    fn findings(&self) -> PyAnswer<Frame> {
        let understood = self.understand(&Settings::default())?;
        Ok(tables::findings(&understood.findings()))
    }

    /// Every column in figures.
    fn describe(&self) -> PyAnswer<Frame> {
        let understood = self.understand(&Settings::default())?;
        Ok(tables::description(&understood.loaded.dataset.describe()))
    }

    /// The weeks as they are used: after sums of days and fills.
    fn weeks(&self) -> PyAnswer<Frame> {
        let understood = self.understand(&Settings::default())?;
        Ok(tables::weeks(&understood.loaded.dataset))
    }

    /// What `headwater check` shows of the roles and the data.
    fn screen(&self) -> PyAnswer<String> {
        let understood = self.understand(&Settings::default())?;
        let dates = understood.loaded.date_format;
        Ok(check_screen(
            self.name(),
            &understood.inference,
            dates,
            &understood.loaded.findings,
            Style::new(false, 100),
        ))
    }
}

/// A value of the library as JSON on lines of their own, as the command line prints it.
pub fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).expect("values of the library are plain data") + "\n"
}

/// The word that stands for a choice of the library, as JSON has it.
pub fn word(choice: &impl serde::Serialize) -> String {
    match serde_json::to_value(choice) {
        Ok(serde_json::Value::String(word)) => word,
        other => unreachable!("a choice is a word: {other:?}"),
    }
}
