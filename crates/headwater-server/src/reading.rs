//! An upload as the library reads it: the table, a role for every column, the weeks.

use std::path::Path;

use headwater::analysis::Settings;
use headwater::data::role::Roles;
use headwater::data::{Loaded, Table, assemble, complete_roles};
use headwater::error::{Error, Result};
use headwater::finding::Finding;
use indexmap::IndexMap;

/// The most rows that an upload may have: 200,000 daily rows are more than five hundred years.
pub const MOST_ROWS: usize = 200_000;

/// What was read of an upload, as far as it could be.
pub struct Reading {
    /// The cells.
    pub table: Table,
    /// The roles of all columns; those that were given where the others could not be told.
    pub roles: Roles,
    /// Why each column has its role.
    pub reasons: IndexMap<String, String>,
    /// What telling the roles found.
    pub findings: Vec<Finding>,
    /// The weeks, or why they cannot be used.
    pub loaded: Result<Loaded>,
}

impl Reading {
    /// Reads the file of an upload that its user calls `name`, as `headwater fit` would with these
    /// settings.
    ///
    /// # Errors
    /// When the file cannot be read at all, or is too long. What keeps a table from being fitted stands in
    /// [`loaded`](Self::loaded).
    pub fn of(path: &Path, name: &str, settings: &Settings) -> Result<Self> {
        let table = Table::read_as(path, name, &settings.data)?;
        if table.len() > MOST_ROWS {
            return Err(Error::input(
                format!(
                    "{name} has {} rows; this page takes {MOST_ROWS}",
                    table.len()
                ),
                "add the rows up to weeks first, or use `headwater fit` on the command line",
            ));
        }
        let inferred = complete_roles(&table, &settings.data, &settings.columns);
        let mut inferred = match inferred {
            Ok(inferred) => inferred,
            Err(error) => {
                return Ok(Reading {
                    table,
                    roles: settings.columns.clone(),
                    reasons: IndexMap::new(),
                    findings: Vec::new(),
                    loaded: Err(error),
                });
            }
        };
        let unknown = settings.ignore_unknown_exposures(&mut inferred.roles);
        inferred.findings.extend(unknown);
        let loaded = assemble(&table, &settings.data, &inferred.roles);
        Ok(Reading {
            table,
            roles: inferred.roles,
            reasons: inferred.reasons,
            findings: inferred.findings,
            loaded,
        })
    }
}
