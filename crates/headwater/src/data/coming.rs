//! Weeks that are still to come: what is planned for them, without mediator and outcome.

use std::sync::Arc;

use indexmap::IndexMap;
use jiff::ToSpan;
use jiff::civil::Date;

use super::assembly::Column;
use super::role::{Role, Roles};
use super::table::Table;
use super::{DataSettings, Dataset, Source, dates, numbers, weeks};
use crate::error::{Error, Result};
use crate::finding::Finding;
use crate::words::agreeing;

/// The most weeks that are looked ahead.
const MOST_WEEKS: usize = 104;

/// The plan of the weeks right after a dataset.
#[derive(Debug, Clone)]
pub struct Coming {
    /// The file.
    pub source: Source,
    /// The first day of each week.
    pub weeks: Vec<Date>,
    /// Every exposure and those of the levers and controls that the file has, one value a week.
    pub columns: IndexMap<String, Arc<[f64]>>,
    /// Columns of the file that were not read: the mediator, the outcome and what has no part in the
    /// model.
    pub unread: Vec<String>,
    /// `data.*` about the file.
    pub findings: Vec<Finding>,
}

impl Coming {
    /// Reads the weeks right after those of `history`: spend on every exposure, and as many of the
    /// levers and controls as are planned. Missing values are filled as [`assemble`](super::assemble)
    /// fills them.
    ///
    /// ```
    /// use headwater::data::{Coming, DataSettings, Table};
    /// use headwater::simulate::{MarketSettings, simulate};
    /// let history = simulate(&MarketSettings::default())?.dataset; // ends in week 2023-12-25
    /// let text = "week,facebook_spend,instagram_spend,tiktok_spend,snapchat_spend\n\
    ///             2024-01-01,5200,3100,2400,900\n";
    /// let table = Table::from_csv_bytes("coming.csv", text.as_bytes())?;
    /// let coming = Coming::read(&table, &history, &DataSettings::default())?;
    /// assert_eq!(coming.columns["tiktok_spend"][0], 2400.0);
    /// # Ok::<(), headwater::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// Names an exposure that the file lacks, the row of a week that is no week after the history or
    /// beyond the 104th, and what [`assemble`](super::assemble) refuses.
    pub fn read(table: &Table, history: &Dataset, settings: &DataSettings) -> Result<Self> {
        let (file, roles) = (&table.source().name, history.roles());
        refuse_missing_exposures(table, roles)?;
        let planned = |role| matches!(role, Role::Exposure | Role::Lever | Role::Control);
        let mut given = roles.clone();
        given.columns.retain(|name, variable| {
            let there = table.position(name).is_some() && planned(variable.role);
            there || variable.role == Role::Date
        });
        let date_name = roles.only(Role::Date).unwrap_or("week");
        let date_column = table.position(date_name).ok_or_else(|| {
            Error::input(
                format!("{file} has no column {date_name}, which holds the weeks of the run"),
                format!("name the column with the first day of each week {date_name}"),
            )
        })?;
        let known = history.weeks();
        let dates = dates::read(table, date_column, settings.date_format, known)?;
        let mut arranged =
            weeks::arrange(table, date_column, &dates.dates, &given, settings.daily)?;
        let own = arranged.weeks.iter();
        let own: Vec<(Date, usize)> = own.map(|week| (week.first, week.rows[0])).collect();
        if let Some((row, message, help)) = refused_week(known, &own) {
            let number = table.row_number(row);
            let message = format!("{file}, row {number}, {message}");
            return Err(table.error_at(row, date_column, message, help, "this week"));
        }
        if own.is_empty() {
            return Err(Error::input(
                format!("{file} holds no full week"),
                "give at least one full week",
            ));
        }
        arranged.put_over(known);
        let mut findings = table.findings().to_vec();
        findings.extend(arranged.findings.iter().cloned());
        let contents = numbers::contents(table, settings.decimal);
        let mut columns = IndexMap::new();
        for (name, variable) in &given.columns {
            let Some(position) = table.position(name).filter(|_| planned(variable.role)) else {
                continue;
            };
            let column = Column {
                table,
                position,
                name,
                variable,
                dates: &dates.dates,
            };
            let before = |week: Date| {
                let at = known.binary_search(&week).ok()?;
                Some(history.column(name)[at])
            };
            let values = column.values(contents[position], &arranged, before, &mut findings)?;
            columns.insert(name.clone(), values[known.len()..].into());
        }
        let unread = table.column_names().iter();
        let unread = unread.filter(|name| !columns.contains_key(*name) && *name != date_name);
        Ok(Coming {
            source: table.source().clone(),
            weeks: own.iter().map(|(first, _)| *first).collect(),
            unread: unread.cloned().collect(),
            columns,
            findings,
        })
    }
}

fn refuse_missing_exposures(table: &Table, roles: &Roles) -> Result<()> {
    let missing: Vec<&str> = roles
        .exposures()
        .into_iter()
        .filter(|name| table.position(name).is_none())
        .collect();
    let Some(first) = missing.first() else {
        return Ok(());
    };
    let likeness =
        |name: &&String| strsim::jaro_winkler(&name.to_lowercase(), &first.to_lowercase());
    let others = table.column_names().iter();
    let others = others.filter(|name| !roles.columns.contains_key(*name));
    let near = others.max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    let hint = match near.filter(|name| likeness(name) > 0.8) {
        Some(near) => format!("is {near} meant to be {first}? "),
        None => String::new(),
    };
    Err(Error::input(
        format!(
            "{}: {} missing; a plan names the spend of every channel",
            table.source().name,
            agreeing(&missing, "is", "are")
        ),
        format!("{hint}Add the column, with 0 in weeks without spend"),
    ))
}

/// The row of the first week that does not follow the history, what is wrong with it, and the remedy.
fn refused_week(known: &[Date], own: &[(Date, usize)]) -> Option<(usize, String, String)> {
    let last = *known.last()?;
    let next = last.saturating_add(7.days());
    let (first, row) = *own.first()?;
    let away = weeks::days(last, first);
    if away <= 0 {
        let message = format!("week {first}: the run has it already, its last week is {last}");
        let help = format!(
            "begin with week {next}; to fit the run again with newer weeks, use `headwater retrain`"
        );
        return Some((row, message, help));
    }
    if away % 7 != 0 {
        let message = format!("week {first} does not start on the weekday of the run's weeks");
        return Some((row, message, format!("begin with week {next}")));
    }
    if away > 7 {
        let message = format!("week {first}: the run ends with week {last}, so weeks are missing");
        let help = format!(
            "begin with week {next}; if the weeks between are over, add them to the run with \
             `headwater retrain`"
        );
        return Some((row, message, help));
    }
    let (week, row) = own.get(MOST_WEEKS)?;
    let message = format!("week {week} is more than {MOST_WEEKS} weeks after the run");
    Some((*row, message, format!("give at most {MOST_WEEKS} weeks")))
}
