//! From cells with roles to a [`Dataset`]: checks, fills, sorts.

use std::path::Path;
use std::sync::Arc;

use indexmap::IndexMap;
use jiff::civil::Date;
use sha2::{Digest, Sha256};

use super::dates::DateFormat;
use super::numbers::{self, Content};
use super::role::{Fill, Role, Roles, Unit, Variable};
use super::schema::{self, infer_roles};
use super::table::{Cell, Table};
use super::weeks::{self, Week, Weeks};
use super::{DataSettings, Dataset, Source, dates, missing};
use crate::error::{Error, Result};
use crate::finding::{Finding, Status};
use crate::numeric::summary::median;

/// The fewest weeks that can be checked at all; a model asks for more.
const FEWEST_WEEKS: usize = 8;

/// A dataset, and what was noticed on the way.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The data.
    pub dataset: Dataset,
    /// How the dates were read. No finding says it: the same weeks in another spelling give the
    /// same analysis.
    pub date_format: DateFormat,
    /// The weeks that the file itself holds: all of them, unless they [`extend`] a history.
    pub weeks_in_file: Vec<Date>,
    /// Findings named `data.*`, in an order that depends on the file alone.
    pub findings: Vec<Finding>,
}

/// Reads a file and builds the dataset, inferring the roles when none are given.
///
/// ```
/// use headwater::data::{DataSettings, load};
/// let folder = tempfile::tempdir().expect("a folder");
/// let path = folder.path().join("market.csv");
/// let mut text = String::from("week;facebook_spend;google_spend;revenue\n");
/// for week in 1..=10 {
///     text += &format!("2024-W{week:02};1.{week:03},50;{week},5;{}\n", 90 + week * week);
/// }
/// std::fs::write(&path, text).expect("a file");
/// let loaded = load(&path, &DataSettings::default(), None)?;
/// assert_eq!(loaded.dataset.column("facebook_spend")[2], 1003.5);
/// assert_eq!(loaded.dataset.weeks()[0].to_string(), "2024-01-01");
/// # Ok::<(), headwater::error::Error>(())
/// ```
///
/// # Errors
/// As [`Table::read`], [`infer_roles`] and [`assemble`].
pub fn load(path: &Path, settings: &DataSettings, roles: Option<&Roles>) -> Result<Loaded> {
    let table = Table::read(path, settings)?;
    let Some(roles) = roles else {
        let inference = infer_roles(&table, settings)?;
        let mut loaded = assemble(&table, settings, &inference.roles)?;
        loaded.findings.splice(0..0, inference.findings);
        return Ok(loaded);
    };
    assemble(&table, settings, roles)
}

/// Builds the dataset: reads dates and numbers, puts the weeks in order, fills missing values
/// by each column's policy, and says what it noticed.
///
/// Columns that `roles` does not name have no part in the model and are reported. Columns with
/// the role ignore or panel may be absent from the table.
///
/// # Errors
/// Names file, row, column and week of what cannot be used: missing values without a policy,
/// text or infinite numbers, negative spend, a constant exposure, mediator or outcome,
/// repeated or missing weeks, rows that are not weekly, and fewer than 8 weeks.
pub fn assemble(table: &Table, settings: &DataSettings, roles: &Roles) -> Result<Loaded> {
    refuse_few(table, table.len(), "row")?;
    join(None, table, settings, roles)
}

/// Puts the weeks of a newer file over those of `history`: weeks that both have take the file's
/// values, weeks that only one has are kept. Missing values are filled as [`assemble`] fills them,
/// from all weeks together. The file may hold few weeks, even one.
///
/// The source of the result is the file when it holds every week, else both: their names joined by
/// ` + ` and the SHA-256 of their two hashes.
///
/// # Errors
/// As [`assemble`] with the roles of `history`, and names the weeks between which some are missing.
pub fn extend(history: &Dataset, table: &Table, settings: &DataSettings) -> Result<Loaded> {
    join(Some(history), table, settings, history.roles())
}

/// The weeks of the table, over those of `history` where there is one.
fn join(
    history: Option<&Dataset>,
    table: &Table,
    settings: &DataSettings,
    roles: &Roles,
) -> Result<Loaded> {
    let date_column = check_roles(table, roles)?;
    let known = history.map_or(&[][..], Dataset::weeks);
    let dates = dates::read(table, date_column, settings.date_format, known)?;
    let mut weeks = weeks::arrange(table, date_column, &dates.dates, roles, settings.daily)?;
    if history.is_none() {
        refuse_few(table, weeks.weeks.len(), "full week")?;
    }
    let in_file: Vec<Date> = weeks.weeks.iter().map(|week| week.first).collect();
    weeks.put_over(known);
    let firsts: Vec<Date> = weeks.weeks.iter().map(|week| week.first).collect();
    refuse_gap(&firsts, &table.source().name)?;
    let before = |name: &str, week: Date| -> Option<f64> {
        let history = history?;
        let at = history.weeks().binary_search(&week).ok()?;
        Some(history.column(name)[at])
    };

    let mut findings = vec![weeks_finding(&firsts)];
    findings.extend(table.findings().iter().cloned());
    findings.extend(unnamed_finding(table, roles));
    findings.extend(weeks.findings.iter().cloned());
    findings.extend(daily_finding(&weeks, table, roles));

    let contents = numbers::contents(table, settings.decimal);
    let mut columns = IndexMap::new();
    for (position, name) in table.column_names().iter().enumerate() {
        let Some(variable) = roles
            .columns
            .get(name)
            .filter(|variable| takes_part(variable.role))
        else {
            continue;
        };
        let column = Column {
            table,
            position,
            name,
            variable,
            dates: &dates.dates,
        };
        let known = |week| before(name, week);
        let values = column.values(contents[position], &weeks, known, &mut findings)?;
        columns.insert(name.clone(), Arc::<[f64]>::from(values));
    }
    for (name, values) in &columns {
        let role = roles.columns[name].role;
        findings.extend(check_constant(table, name, role, values)?);
        if matches!(role, Role::Exposure | Role::Mediator) {
            findings.extend(spikes_finding(name, values, &firsts));
        }
    }
    if !weeks.daily {
        findings.extend(partial_finding(&columns, roles, &firsts));
    }
    let source = match history {
        Some(history) if in_file.len() < firsts.len() => joined(history.source(), table.source()),
        _ => table.source().clone(),
    };
    let dataset = Dataset::new(source, roles.clone(), firsts, columns)?;
    Ok(Loaded {
        dataset,
        date_format: dates.format,
        weeks_in_file: in_file,
        findings,
    })
}

/// The source of weeks that came from two files.
fn joined(older: &Source, newer: &Source) -> Source {
    let hash = Sha256::digest(format!("{}{}", older.sha256, newer.sha256));
    Source {
        name: format!("{} + {}", older.name, newer.name),
        sha256: hash.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}

/// Weeks that neither the file nor the history has; a file by itself is checked by its rows.
fn refuse_gap(weeks: &[Date], file: &str) -> Result<()> {
    let gap = weeks
        .windows(2)
        .map(|pair| (pair[0], pair[1], weeks::days(pair[0], pair[1])))
        .find(|(.., days)| *days != 7);
    let Some((before, after, days)) = gap else {
        return Ok(());
    };
    if days % 7 != 0 {
        return Err(Error::input(
            format!(
                "{file}: week {after} starts {days} days after {before}: the weeks of the file and \
                 those of the run do not start on the same weekday"
            ),
            "give the file weeks that start on the same weekday as those of the run",
        ));
    }
    Err(Error::input(
        format!(
            "{file}: between week {before} and week {after} {} missing in the file and in the run",
            match days / 7 - 1 {
                1 => "1 week is".into(),
                count => format!("{count} weeks are"),
            }
        ),
        "export the file again with these weeks; it may repeat weeks that the run already has",
    ))
}

/// The dataset as CSV: the week, then the columns that have a part in the model; ISO dates and
/// the shortest numbers that read back to the same bits, but for a trailing 0 where `1.234` could
/// be read as a thousand.
pub fn to_csv(dataset: &Dataset) -> String {
    let date = dataset.roles().only(Role::Date).unwrap_or("week");
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = std::iter::once(date).chain(dataset.columns().map(|(name, _)| name));
    let written = "writing to memory cannot fail, and every record has the header's length";
    writer.write_record(header).expect(written);
    for (t, week) in dataset.weeks().iter().enumerate() {
        let values = dataset.columns().map(|(_, values)| write_number(values[t]));
        writer
            .write_record(std::iter::once(week.to_string()).chain(values))
            .expect(written);
    }
    let bytes = writer.into_inner().expect(written);
    String::from_utf8(bytes).expect("names and numbers are UTF-8")
}

fn write_number(value: f64) -> String {
    let text = value.to_string();
    match text.split_once('.') {
        Some((_, fraction)) if fraction.len() == 3 => text + "0",
        _ => text,
    }
}

fn takes_part(role: Role) -> bool {
    !matches!(role, Role::Date | Role::Panel | Role::Ignore)
}

/// Checks the roles against the table and returns the position of the date column.
fn check_roles(table: &Table, roles: &Roles) -> Result<usize> {
    let file = &table.source().name;
    for (name, variable) in &roles.columns {
        if table.position(name).is_none() && !matches!(variable.role, Role::Ignore | Role::Panel) {
            let nearest = table
                .column_names()
                .iter()
                .map(|other| {
                    (
                        strsim::jaro_winkler(&name.to_lowercase(), &other.to_lowercase()),
                        other,
                    )
                })
                .max_by(|a, b| a.0.total_cmp(&b.0));
            let hint = match nearest {
                Some((likeness, other)) if likeness > 0.8 => format!("did you mean {other}? "),
                _ => String::new(),
            };
            return Err(Error::input(
                format!("{file} has no column {name}, which has a role in headwater.toml"),
                format!("{hint}correct the name under [columns], or remove its line"),
            ));
        }
        if variable.direct && variable.role != Role::Exposure {
            return Err(Error::setting(
                format!("the column {name} has `direct = true`, which only an exposure can have"),
                format!(
                    "remove `direct` from the line of {name} under [columns] in headwater.toml"
                ),
            ));
        }
        if variable.role == Role::Outcome && variable.fill != Fill::Error {
            return Err(Error::setting(
                format!(
                    "the outcome {name} has a fill policy, but a filled outcome would be invented"
                ),
                format!(
                    "write `fill = \"error\"` for {name}, and complete or remove the weeks without an outcome"
                ),
            ));
        }
    }
    for (what, role) in [
        ("date", Role::Date),
        ("mediator", Role::Mediator),
        ("outcome", Role::Outcome),
    ] {
        let names: Vec<&str> = roles.with_role(role).collect();
        if names.len() != 1 {
            let found = if names.is_empty() {
                "none has it".into()
            } else {
                format!("{} have it", names.join(", "))
            };
            return Err(Error::input(
                format!("{file}: exactly one column must have the role {what}; {found}"),
                format!("set `role = \"{what}\"` on one column under [columns] in headwater.toml"),
            ));
        }
    }
    if roles.exposures().is_empty() {
        return Err(Error::input(
            format!("{file}: no column has the role exposure"),
            "set `role = \"exposure\"` on the upper-funnel spend columns under [columns] in headwater.toml",
        ));
    }
    let date = roles.only(Role::Date).and_then(|name| table.position(name));
    Ok(date.expect("there is one date, and names that take part stand in the table"))
}

fn refuse_few(table: &Table, count: usize, what: &str) -> Result<()> {
    if count >= FEWEST_WEEKS {
        return Ok(());
    }
    Err(Error::TooFewWeeks {
        message: format!(
            "{} has {count} {what}{}; at least {FEWEST_WEEKS} weeks are needed to look at the data, and far more to fit a model",
            table.source().name,
            if count == 1 { "" } else { "s" },
        ),
        help: "give a longer history: two years of weeks are a good start".into(),
    })
}

fn weeks_finding(weeks: &[Date]) -> Finding {
    let (first, last) = (weeks[0].to_string(), weeks[weeks.len() - 1].to_string());
    Finding::new(
        "data.weeks",
        Status::Passed,
        format!("{} weeks without gaps, from {first} to {last}", weeks.len()),
    )
    .with("weeks", weeks.len())
    .with("first", first)
    .with("last", last)
}

/// Columns of the file that the given roles do not mention.
fn unnamed_finding(table: &Table, roles: &Roles) -> Option<Finding> {
    let unnamed: Vec<(&str, &str)> = table
        .column_names()
        .iter()
        .filter(|name| !roles.columns.contains_key(*name))
        .map(|name| (name.as_str(), "it has no line under [columns]"))
        .collect();
    schema::unassigned_finding(&unnamed)
}

/// Controls are levels that are averaged over the days of a week, unless they are counts.
fn is_averaged(variable: &Variable) -> bool {
    variable.role == Role::Control && variable.unit != Unit::Count
}

fn daily_finding(weeks: &Weeks, table: &Table, roles: &Roles) -> Option<Finding> {
    let named = |averaged: bool| -> Vec<&str> {
        table
            .column_names()
            .iter()
            .map(String::as_str)
            .filter(|name| {
                roles.columns.get(*name).is_some_and(|variable| {
                    takes_part(variable.role) && is_averaged(variable) == averaged
                })
            })
            .collect()
    };
    weeks.daily.then(|| {
        let (summed, averaged) = (named(false), named(true));
        let levels = if averaged.is_empty() { String::new() } else { format!("; averaged: {}", averaged.join(", ")) };
        Finding::new(
            "data.daily_summed",
            Status::Passed,
            format!(
                "daily rows were put together to weeks that start on Monday; summed: {}{levels}; a control that is a count is summed with `unit = \"count\"`",
                summed.join(", ")
            ),
        )
        .with("summed", summed)
        .with("averaged", averaged)
    })
}

/// A column that takes part in the model.
pub(super) struct Column<'a> {
    pub table: &'a Table,
    pub position: usize,
    pub name: &'a str,
    pub variable: &'a Variable,
    pub dates: &'a [Date],
}

impl Column<'_> {
    /// One value a week, with the findings about fills and percent signs. `history` knows the
    /// weeks that have no row.
    pub fn values(
        &self,
        content: Content,
        weeks: &Weeks,
        history: impl Fn(Date) -> Option<f64>,
        findings: &mut Vec<Finding>,
    ) -> Result<Vec<f64>> {
        let numbers = numbers::read(self.table, self.position, content)?;
        self.refuse_faults(&numbers.faults)?;
        self.refuse_negative_spend(&numbers.values)?;
        if numbers.percent {
            findings.push(
                Finding::new(
                    "data.percent",
                    Status::Passed,
                    format!(
                        "{} is written with percent signs and read as fractions: 15% is 0.15",
                        self.name
                    ),
                )
                .with("column", self.name),
            );
        }
        // Only rows of weeks that are kept; a missing cell in a partial week harms nobody.
        let missing: Vec<usize> = weeks
            .weeks
            .iter()
            .flat_map(|week| &week.rows)
            .copied()
            .filter(|&row| numbers.values[row].is_none())
            .collect();
        let has_history = weeks.weeks.iter().any(|week| week.rows.is_empty());
        let known = has_history || numbers.values.iter().any(Option::is_some);
        if !missing.is_empty() && (self.variable.fill == Fill::Error || !known) {
            return Err(self.refuse_missing(&missing, known));
        }
        let (mut values, mut filled) = self.weekly(&numbers.values, &weeks.weeks, history);
        let firsts: Vec<Date> = weeks.weeks.iter().map(|week| week.first).collect();
        filled.extend(missing::fill(&mut values, &firsts, self.variable.fill));
        filled.sort_unstable();
        filled.dedup();
        findings.extend(self.filled_finding(&filled, &firsts));
        values
            .into_iter()
            .zip(&weeks.weeks)
            .map(|(value, week)| {
                // A sum of finite days may still overflow.
                value.filter(|value| value.is_finite()).ok_or_else(|| {
                    self.error(
                        *week.rows.first().expect("values of the history are finite"),
                        "the week's value cannot be computed",
                        "correct the cells of this week",
                        "here",
                        &[],
                    )
                })
            })
            .collect()
    }

    /// One value a week, or none where it must be filled, and the weeks of which days were
    /// filled. A week with a missing day is missing.
    fn weekly(
        &self,
        days: &[Option<f64>],
        weeks: &[Week],
        history: impl Fn(Date) -> Option<f64>,
    ) -> (Vec<Option<f64>>, Vec<usize>) {
        let mut filled = Vec::new();
        let mut last = None;
        let values = weeks
            .iter()
            .enumerate()
            .map(|(t, week)| {
                match week.rows[..] {
                    [] => return history(week.first),
                    [row] => return days[row],
                    _ => {}
                }
                let mut known = Vec::new();
                for &row in &week.rows {
                    let value = days[row].or(match self.variable.fill {
                        Fill::Zero => Some(0.0),
                        Fill::CarryForward => last,
                        _ => None,
                    });
                    last = value.or(last);
                    if days[row].is_none() {
                        filled.push(t);
                    }
                    known.extend(value);
                }
                let days = week.rows.len() as f64;
                let sum: f64 = known.iter().sum();
                let value = if is_averaged(self.variable) {
                    sum / days
                } else {
                    sum
                };
                (known.len() == week.rows.len()).then_some(value)
            })
            .collect();
        (values, filled)
    }

    fn error(
        &self,
        row: usize,
        what: &str,
        help: impl Into<String>,
        label: impl Into<String>,
        all: &[usize],
    ) -> Error {
        let message = format!(
            "{}, row {}, column {}, week {}: {what}{}",
            self.table.source().name,
            self.table.row_number(row),
            self.name,
            self.dates[row],
            super::and_more(self.table, all),
        );
        self.table
            .error_at(row, self.position, message, help, label)
    }

    fn text(&self, row: usize) -> String {
        self.table
            .cells(self.position)
            .nth(row)
            .map(Cell::to_string)
            .unwrap_or_default()
    }

    fn refuse_faults(&self, faults: &[numbers::NotANumber]) -> Result<()> {
        let Some(first) = faults.first() else {
            return Ok(());
        };
        let alike: Vec<usize> = faults
            .iter()
            .filter(|fault| fault.why == first.why)
            .map(|fault| fault.row)
            .collect();
        Err(self.error(
            first.row,
            &format!("\"{}\" is {}", self.text(first.row), first.why),
            "correct the cell; if the value is not known, leave the cell empty",
            first.why,
            &alike,
        ))
    }

    fn refuse_negative_spend(&self, values: &[Option<f64>]) -> Result<()> {
        if !matches!(self.variable.role, Role::Exposure | Role::Mediator) {
            return Ok(());
        }
        let negative: Vec<usize> = (0..values.len())
            .filter(|&row| values[row].is_some_and(|value| value < 0.0))
            .collect();
        let Some(&row) = negative.first() else {
            return Ok(());
        };
        Err(self.error(
            row,
            &format!("{} is negative, and spend cannot be", self.text(row)),
            "correct the cell; book refunds and credits in the week of the spend they belong to",
            "negative",
            &negative,
        ))
    }

    fn refuse_missing(&self, rows: &[usize], known: bool) -> Error {
        let row = rows[0];
        let with = |fill| {
            schema::toml_line(
                self.name,
                &Variable {
                    fill,
                    ..self.variable.clone()
                },
            )
        };
        if !known {
            return self.error(
                row,
                "the column has no values at all",
                format!(
                    "complete the column, or leave it out: write `{}` under [columns] in headwater.toml",
                    schema::toml_line(self.name, &Variable { role: Role::Ignore, direct: false, ..self.variable.clone() })
                ),
                "empty",
                &[],
            );
        }
        let help = match self.variable.role {
            Role::Outcome => {
                "complete the cell, or delete the row if the week stands at the start or end of the file; an outcome is never filled".into()
            }
            Role::Exposure | Role::Mediator => format!(
                "complete the cell; if nothing was spent when it is empty, write `{}` under [columns] in headwater.toml",
                with(Fill::Zero)
            ),
            _ => format!(
                "complete the cell, or write `{}` under [columns] in headwater.toml",
                with(Fill::SeasonalMedian)
            ),
        };
        let what = match self.variable.role {
            Role::Exposure | Role::Mediator => {
                "the value is missing, and a missing spend is not a zero"
            }
            _ => "the value is missing",
        };
        self.error(row, what, help, "missing", rows)
    }

    fn filled_finding(&self, filled: &[usize], weeks: &[Date]) -> Option<Finding> {
        let how = match self.variable.fill {
            Fill::Error => return None,
            Fill::Zero => ("zero", "with 0"),
            Fill::CarryForward => (
                "carry_forward",
                "with the last known value (the next one before any is known)",
            ),
            Fill::SeasonalMedian => (
                "seasonal_median",
                "with the median of the season in earlier weeks",
            ),
        };
        let names: Vec<String> = filled.iter().map(|&t| weeks[t].to_string()).collect();
        (!filled.is_empty()).then(|| {
            Finding::new(
                "data.filled",
                Status::Warning,
                format!(
                    "{} of {} weeks of {} had missing values, filled {}: {}",
                    filled.len(),
                    weeks.len(),
                    self.name,
                    how.1,
                    list(&names)
                ),
            )
            .with("column", self.name)
            .with("policy", how.0)
            .with("count", filled.len())
            .with("weeks", names)
        })
    }
}

/// The first ten, and how many more.
fn list(names: &[String]) -> String {
    const SHOWN: usize = 10;
    let rest = names.len().saturating_sub(SHOWN);
    let more = if rest > 0 {
        format!(" and {rest} more")
    } else {
        String::new()
    };
    format!("{}{more}", names[..names.len().min(SHOWN)].join(", "))
}

fn check_constant(
    table: &Table,
    name: &str,
    role: Role,
    values: &[f64],
) -> Result<Option<Finding>> {
    let value = values[0];
    if values.iter().any(|other| *other != value) {
        return Ok(None);
    }
    if matches!(role, Role::Lever | Role::Control) {
        return Ok(Some(
            Finding::new(
                "data.constant_column",
                Status::Warning,
                format!("{name} is {value} in every week: its influence cannot be told from the intercept, so it is left out of the model"),
            )
            .with("column", name)
            .with("value", value),
        ));
    }
    let help = match role {
        Role::Exposure => format!(
            "an exposure that never varies has no measurable effect: write `{}` under [columns] in headwater.toml",
            schema::toml_line(name, &schema::default_variable(name, Role::Ignore))
        ),
        _ => "check that the right column was chosen and that its values are complete".into(),
    };
    let message = format!(
        "{}, column {name}: the value is {value} in every week",
        table.source().name
    );
    Err(match table.position(name) {
        Some(position) => table.header_error(position, message, help, "constant"),
        None => Error::input(message, help),
    })
}

/// Weeks whose spend lies more than 8 robust standard deviations (1.4826 times the median
/// absolute deviation, both over the weeks with spend) from the median of the weeks with spend.
/// Spikes are rare: where more than 1 week in 20 lies that far out, the spend runs in bursts.
fn spikes_finding(name: &str, values: &[f64], weeks: &[Date]) -> Option<Finding> {
    const LIMIT: f64 = 8.0;
    const NORMAL: f64 = 1.4826; // the MAD of a normal distribution is its sd / 1.4826
    let spent: Vec<f64> = values
        .iter()
        .copied()
        .filter(|value| *value != 0.0)
        .collect();
    let middle = median(&spent);
    let deviations: Vec<f64> = spent.iter().map(|value| (value - middle).abs()).collect();
    let scale = NORMAL * median(&deviations);
    // NaN without any spend, 0 when most weeks are alike: nothing to measure by.
    if scale.is_nan() || scale <= 0.0 {
        return None;
    }
    let spikes: Vec<usize> = (0..values.len())
        .filter(|&t| values[t] != 0.0 && (values[t] - middle).abs() > LIMIT * scale)
        .collect();
    let names: Vec<String> = spikes.iter().map(|&t| weeks[t].to_string()).collect();
    let rare = !spikes.is_empty() && spikes.len() * 20 <= values.len().max(20);
    rare.then(|| {
        Finding::new(
            "data.spikes",
            Status::Warning,
            format!(
                "{name} lies far from its usual level in {} of {} weeks: {}; nothing was clipped, so check that these values are real",
                spikes.len(),
                weeks.len(),
                list(&names)
            ),
        )
        .with("column", name)
        .with("weeks", names)
        .with("values", spikes.iter().map(|&t| values[t]).collect::<Vec<_>>())
        .with("median", middle)
    })
}

/// A first or last week in which the outcome and every spend is below 40% of its median is
/// probably not complete. Columns whose median is 0 say nothing.
fn partial_finding(
    columns: &IndexMap<String, Arc<[f64]>>,
    roles: &Roles,
    weeks: &[Date],
) -> Option<Finding> {
    const SHARE: f64 = 0.4;
    let flows: Vec<(&[f64], f64)> = columns
        .iter()
        .filter(|(name, _)| {
            matches!(
                roles.columns[*name].role,
                Role::Exposure | Role::Mediator | Role::Outcome
            )
        })
        .map(|(_, values)| (&**values, median(values)))
        .filter(|(_, median)| *median > 0.0)
        .collect();
    let partial: Vec<String> = [0, weeks.len() - 1]
        .into_iter()
        .filter(|&t| {
            flows.len() >= 2
                && flows
                    .iter()
                    .all(|(values, median)| values[t] < SHARE * median)
        })
        .map(|t| weeks[t].to_string())
        .collect();
    (!partial.is_empty()).then(|| {
        Finding::new(
            "data.partial_week",
            Status::Warning,
            format!(
                "the outcome and all spends of week {} are below 40% of their medians: probably not the whole week; kept, so delete the row if it is partial",
                partial.join(" and week ")
            ),
        )
        .with("weeks", partial)
        .with("left_out", false)
    })
}
