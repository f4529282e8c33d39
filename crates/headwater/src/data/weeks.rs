//! Regular weeks: the spacing of the dates, gaps, repeats, and days summed to weeks.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::role::{Role, Roles};
use super::table::Table;
use crate::error::{Error, Result};
use crate::finding::{Finding, Status};

/// What to do with daily rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Daily {
    /// Refuse them.
    #[default]
    Error,
    /// Sum them to weeks that start on Monday; levels such as prices are averaged.
    Sum,
}

/// One week and the rows that belong to it: one, or for daily files seven.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Week {
    pub first: Date,
    pub rows: Vec<usize>,
}

/// The weeks of a file, ascending by 7 days.
#[derive(Debug, Clone)]
pub(super) struct Weeks {
    pub weeks: Vec<Week>,
    pub daily: bool,
    pub findings: Vec<Finding>,
}

impl Weeks {
    /// Adds the weeks of `history` that the file does not have; they have no rows.
    pub fn put_over(&mut self, history: &[Date]) {
        let own: BTreeSet<Date> = self.weeks.iter().map(|week| week.first).collect();
        let others = history.iter().filter(|week| !own.contains(week));
        self.weeks.extend(others.map(|&first| Week {
            first,
            rows: Vec::new(),
        }));
        self.weeks.sort_by_key(|week| week.first);
    }
}

/// The days between neighbours of the distinct dates in order.
pub(super) fn steps(dates: &[Date]) -> Vec<i64> {
    let distinct: Vec<Date> = dates
        .iter()
        .copied()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    distinct
        .windows(2)
        .map(|pair| days(pair[0], pair[1]))
        .collect()
}

pub(super) fn days(from: Date, to: Date) -> i64 {
    // Dates lie within years -9999 to 9999, so that their distance in days always fits.
    from.until(to).map_or(0, |span| i64::from(span.get_days()))
}

/// Sorts the rows into weeks.
///
/// # Errors
/// When dates repeat, weeks are missing, or the spacing is neither weekly nor, on request, daily.
pub(super) fn arrange(
    table: &Table,
    column: usize,
    dates: &[Date],
    roles: &Roles,
    daily: Daily,
) -> Result<Weeks> {
    let mut order: Vec<usize> = (0..dates.len()).collect();
    order.sort_by_key(|&row| dates[row]);
    let calendar = Calendar {
        table,
        column,
        dates,
        order,
    };
    calendar.refuse_repeats(roles)?;
    let is_daily = calendar.spacing_is_daily(daily)?;
    calendar.refuse_gaps(if is_daily { 1 } else { 7 })?;
    let mut findings: Vec<Finding> = calendar.sorted_finding().into_iter().collect();
    let mut weeks: Vec<Week> = Vec::new();
    for &row in &calendar.order {
        let back = if is_daily {
            dates[row].weekday().to_monday_zero_offset()
        } else {
            0
        };
        let first = dates[row].checked_sub(back.days()).unwrap_or(dates[row]);
        match weeks.last_mut().filter(|week| week.first == first) {
            Some(week) => week.rows.push(row),
            None => weeks.push(Week {
                first,
                rows: vec![row],
            }),
        }
    }
    if is_daily {
        let mut partial = Vec::new();
        weeks.retain(|week| {
            let full = week.rows.len() == 7;
            if !full {
                partial.push((week.first, week.rows.len()));
            }
            full
        });
        findings.extend(partial_days_finding(&partial));
    }
    Ok(Weeks {
        weeks,
        daily: is_daily,
        findings,
    })
}

/// The edge weeks that daily rows did not fill.
fn partial_days_finding(partial: &[(Date, usize)]) -> Option<Finding> {
    let said: Vec<String> = partial
        .iter()
        .map(|(week, days)| format!("{week} ({days} of 7 days)"))
        .collect();
    (!said.is_empty()).then(|| {
        Finding::new(
            "data.partial_week",
            Status::Warning,
            format!(
                "the daily rows do not fill the week of {}, which {} left out; give the missing days to keep {}",
                said.join(" and of "),
                if said.len() == 1 { "is" } else { "are" },
                if said.len() == 1 { "it" } else { "them" },
            ),
        )
        .with("weeks", partial.iter().map(|(week, _)| week.to_string()).collect::<Vec<_>>())
        .with("days", partial.iter().map(|(_, days)| *days).collect::<Vec<_>>())
        .with("left_out", true)
    })
}

/// The dates of a table, with its rows in their order.
struct Calendar<'a> {
    table: &'a Table,
    column: usize,
    dates: &'a [Date],
    order: Vec<usize>,
}

impl Calendar<'_> {
    fn place(&self, row: usize) -> String {
        format!(
            "{}, row {}",
            self.table.source().name,
            self.table.row_number(row)
        )
    }

    /// Whether the column has another value in one row than in the other.
    fn tells_apart(&self, column: &str, one: usize, other: usize) -> bool {
        self.table.position(column).is_some_and(|column| {
            let cell = |row| self.table.cells(column).nth(row);
            cell(one) != cell(other)
        })
    }

    fn refuse_repeats(&self, roles: &Roles) -> Result<()> {
        let repeats: Vec<(usize, usize)> = self
            .order
            .windows(2)
            .map(|pair| (pair[0], pair[1]))
            .filter(|&(first, second)| self.dates[first] == self.dates[second])
            .collect();
        let Some(&(first, second)) = repeats.first() else {
            return Ok(());
        };
        // A panel that was split still holds its key, the same in every row.
        let keys: Vec<&str> = roles
            .with_role(Role::Panel)
            .filter(|key| self.tells_apart(key, first, second))
            .collect();
        if !keys.is_empty() || repeats.len() * 2 >= self.dates.len() {
            let (found, key, by) = match keys.first() {
                // Quotes where a shell needs them.
                Some(key) if key.contains(' ') => (keys.join(", "), *key, format!("{key:?}")),
                Some(key) => (keys.join(", "), *key, key.to_string()),
                None => (
                    "no column with the role panel".into(),
                    "the key",
                    "COLUMN".into(),
                ),
            };
            return Err(self.table.error_at(
                second,
                self.column,
                format!(
                    "{}: {} stands in several rows, here and in row {}: the file holds several series for each date ({found})",
                    self.place(second),
                    self.dates[second],
                    self.table.row_number(first),
                ),
                format!(
                    "fit each by itself with `headwater fit FILE --by {by}`, keep one value of {key} (filter the rows), or add the rows of each date up to one: spends, counts and revenue summed, prices averaged"
                ),
                "this date again",
            ));
        }
        let identical = (0..self.table.column_names().len()).all(|column| {
            self.table.cells(column).nth(first) == self.table.cells(column).nth(second)
        });
        let later: Vec<usize> = repeats.iter().map(|(_, row)| *row).collect();
        Err(self.table.error_at(
            second,
            self.column,
            format!(
                "{}: week {} stands twice, here and in row {}; the two rows {}{}",
                self.place(second),
                self.dates[second],
                self.table.row_number(first),
                if identical { "are identical" } else { "differ" },
                super::and_more(self.table, &later),
            ),
            if identical {
                "delete one of the two rows"
            } else {
                "delete the row that is wrong, or add the two up to one row"
            },
            "this week again",
        ))
    }

    /// Whether the rows are days that may be summed; errors unless they are days or weeks.
    fn spacing_is_daily(&self, daily: Daily) -> Result<bool> {
        let steps = steps(self.dates);
        let mostly = |from: i64, to: i64| {
            let regular = steps
                .iter()
                .filter(|step| (from..=to).contains(step))
                .count();
            regular * 2 >= steps.len()
        };
        if mostly(7, 7) {
            return Ok(false);
        }
        if mostly(1, 1) {
            return match daily {
                Daily::Sum => Ok(true),
                Daily::Error => Err(self.refuse_spacing(
                    "the rows are daily, and the model needs weeks",
                    "write `daily = \"sum\"` under [data] in headwater.toml to sum the days to weeks",
                )),
            };
        }
        let found = [
            ("every two weeks", 14, 14),
            ("monthly", 28, 31),
            ("quarterly", 89, 92),
            ("yearly", 365, 366),
        ]
        .into_iter()
        .find(|(_, from, to)| mostly(*from, *to));
        Err(match found {
            Some((found, ..)) => self.refuse_spacing(
                &format!("the rows are {found}, and the model needs weeks"),
                "give one row for each week; longer periods cannot be divided without inventing data",
            ),
            None => {
                let (least, most) =
                    (steps.iter().min().unwrap_or(&0), steps.iter().max().unwrap_or(&0));
                self.refuse_spacing(
                    &format!("the dates have no regular spacing: from {least} to {most} days lie between neighbours"),
                    "give one row for each week, 7 days apart; if day and month were mistaken for each other, set `date_format` under [data] in headwater.toml",
                )
            }
        })
    }

    fn refuse_spacing(&self, what: &str, help: &str) -> Error {
        let shown: Vec<String> = self
            .order
            .iter()
            .take(3)
            .map(|&row| self.dates[row].to_string())
            .collect();
        let message = format!(
            "{}, column {}: {what}; the first dates are {}",
            self.table.source().name,
            self.table.column_names()[self.column],
            shown.join(", "),
        );
        self.table
            .error_at(self.order[0], self.column, message, help, "the first date")
    }

    /// Every step must be `step` days: names the dates missing between two rows, or the row
    /// that stands off the regular days.
    fn refuse_gaps(&self, step: i64) -> Result<()> {
        let unit = if step == 7 { "week" } else { "day" };
        const SHOWN: usize = 10;
        // The first dates that are missing, and how many there are.
        let (mut shown, mut missing) = (Vec::new(), 0);
        let mut after = None;
        for pair in self.order.windows(2) {
            let (from, to) = (self.dates[pair[0]], self.dates[pair[1]]);
            let apart = days(from, to);
            if apart % step != 0 {
                return Err(self.table.error_at(
                    pair[1],
                    self.column,
                    format!(
                        "{}: week {from} (row {}) is followed by {to}, {apart} days later",
                        self.place(pair[1]),
                        self.table.row_number(pair[0]),
                    ),
                    "correct the date, so that all weeks start on the same day",
                    format!("{apart} days after the week before"),
                ));
            }
            if apart > step {
                after.get_or_insert(pair[1]);
                let between =
                    (1..apart / step).filter_map(|n| from.checked_add((n * step).days()).ok());
                let room = SHOWN - shown.len();
                shown.extend(between.take(room).map(|date| date.to_string()));
                missing += apart / step - 1;
            }
        }
        let Some(row) = after else { return Ok(()) };
        let more = match missing - shown.len() as i64 {
            0 => String::new(),
            rest => format!(" and {rest} more"),
        };
        Err(self.table.error_at(
            row,
            self.column,
            format!(
                "{}: {} {unit}{}: {}{more}",
                self.place(row),
                missing,
                if missing == 1 {
                    " is missing before this row"
                } else {
                    "s are missing, the first before this row"
                },
                shown.join(", "),
            ),
            format!("add a row for each missing {unit}; a {unit} without spend is a row with 0, not a row left out"),
            format!("rows are missing before this {unit}"),
        ))
    }

    /// Newest first is a habit of exports; any other order may be a mistake worth a look.
    fn sorted_finding(&self) -> Option<Finding> {
        if self.dates.is_sorted() {
            return None;
        }
        let newest_first = self.dates.iter().rev().is_sorted();
        Some(if newest_first {
            Finding::new(
                "data.sorted",
                Status::Passed,
                "the rows stood newest first and were put in order of time",
            )
        } else {
            let row = (1..self.dates.len())
                .find(|&row| self.dates[row] < self.dates[row - 1])
                .map_or(0, |row| self.table.row_number(row));
            Finding::new(
                "data.sorted",
                Status::Warning,
                format!("the rows were not in order of time (row {row} is earlier than the row before it) and were sorted"),
            )
            .with("row", row)
        })
    }
}
