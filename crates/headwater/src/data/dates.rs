//! Dates: the reading of a whole column that gives regular weeks.

use jiff::civil::{Date, ISOWeekDate, Weekday};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::table::{Cell, Table};
use super::weeks;
use crate::error::{Error, Result};

/// How dates are written. Names of months (`17 Sep 2023`) are understood in every format, and
/// times of day are left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DateFormat {
    /// The reading that gives regular weeks.
    #[default]
    Auto,
    /// `2023-09-17`, also with `/` or `.`, and `20230917`.
    Iso,
    /// `17/09/2023`, also with `-` or `.`, and with two digits of the year.
    DayFirst,
    /// `09/17/2023`, also with `-` or `.`, and with two digits of the year.
    MonthFirst,
    /// `2023-W37`, its Monday; when set, also `2023-37`.
    IsoWeek,
}

impl DateFormat {
    const ALL: [DateFormat; 4] = [
        DateFormat::Iso,
        DateFormat::DayFirst,
        DateFormat::MonthFirst,
        DateFormat::IsoWeek,
    ];

    /// The name in `headwater.toml`.
    pub fn name(self) -> &'static str {
        match self {
            DateFormat::Auto => "auto",
            DateFormat::Iso => "iso",
            DateFormat::DayFirst => "day_first",
            DateFormat::MonthFirst => "month_first",
            DateFormat::IsoWeek => "iso_week",
        }
    }
}

/// The dates of a column, one a row, and the format they were read in.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Dates {
    pub dates: Vec<Date>,
    pub format: DateFormat,
}

/// Reads the date column.
///
/// With [`DateFormat::Auto`] every format is tried on the whole column. Of those that read
/// every cell, the one with the largest share of steps of 7 days wins; without any such step,
/// the one with the most regular steps of a day or a month. Between equals, the
/// one that continues the weeks of `history` most regularly.
///
/// # Errors
/// Names the cell that is no date, or asks when two formats are equally regular.
pub(super) fn read(
    table: &Table,
    column: usize,
    setting: DateFormat,
    history: &[Date],
) -> Result<Dates> {
    let formats: Vec<_> = match setting {
        DateFormat::Auto => DateFormat::ALL.to_vec(),
        format => vec![format],
    };
    let explicit = setting != DateFormat::Auto;
    let parsed: Vec<(DateFormat, Vec<Option<Date>>)> = formats
        .into_iter()
        .map(|format| {
            (
                format,
                table
                    .cells(column)
                    .map(|cell| date(cell, format, explicit))
                    .collect(),
            )
        })
        .collect();
    let mut readings: Vec<Dates> = Vec::new();
    for (format, dates) in &parsed {
        if let Some(dates) = dates.iter().copied().collect::<Option<Vec<Date>>>()
            && readings.iter().all(|reading| reading.dates != dates)
        {
            readings.push(Dates {
                dates,
                format: *format,
            });
        }
    }
    let order = |a: &Dates, b: &Dates| {
        let own = regularity(&b.dates).total_cmp(&regularity(&a.dates));
        let continued = |reading: &Dates| regularity(&[&reading.dates, history].concat());
        own.then_with(|| continued(b).total_cmp(&continued(a)))
    };
    readings.sort_by(order);
    match readings.as_slice() {
        [first, second, ..] if order(first, second).is_eq() => {
            Err(ambiguous(table, column, first, second))
        }
        [..] if !readings.is_empty() => Ok(readings.swap_remove(0)),
        _ => Err(unreadable(table, column, setting, &parsed)),
    }
}

/// Whether at least half of the known cells are dates, in some format.
pub(super) fn looks_like_dates(table: &Table, column: usize) -> bool {
    let known: Vec<_> = table
        .cells(column)
        .filter(|cell| !cell.is_missing())
        .collect();
    !known.is_empty()
        && DateFormat::ALL.into_iter().any(|format| {
            let read = known
                .iter()
                .filter(|cell| date(cell, format, false).is_some())
                .count();
            read * 2 >= known.len()
        })
}

/// A score that ranks any share of weekly steps above all other regularity.
fn regularity(dates: &[Date]) -> f64 {
    let steps = weeks::steps(dates);
    let share = |from: i64, to: i64| {
        let regular = steps
            .iter()
            .filter(|step| (from..=to).contains(step))
            .count();
        regular as f64 / steps.len().max(1) as f64
    };
    match share(7, 7) {
        weekly if weekly > 0.0 => 1.0 + weekly,
        _ => share(1, 1).max(share(28, 31)),
    }
}

fn ambiguous(table: &Table, column: usize, first: &Dates, second: &Dates) -> Error {
    let cell = |row: usize| {
        table
            .cells(column)
            .nth(row)
            .map(Cell::to_string)
            .unwrap_or_default()
    };
    // The first cell that the two readings understand differently.
    let row = (0..table.len())
        .find(|&row| first.dates[row] != second.dates[row])
        .unwrap_or(0);
    let span = |dates: &Dates| {
        let (first, last) = (dates.dates.iter().min(), dates.dates.iter().max());
        format!(
            "from {} to {}",
            first.copied().unwrap_or_default(),
            last.copied().unwrap_or_default()
        )
    };
    table.error_at(
        row,
        column,
        format!(
            "{}, column {}: the dates can be read two ways that are equally regular: as {} they run {}, as {} {}; \"{}\" is {} or {}",
            table.source().name,
            table.column_names()[column],
            first.format.name(),
            span(first),
            second.format.name(),
            span(second),
            cell(row),
            first.dates[row],
            second.dates[row],
        ),
        format!(
            "write `date_format = \"{}\"` or `date_format = \"{}\"` under [data] in headwater.toml",
            first.format.name(),
            second.format.name()
        ),
        "which of the two?",
    )
}

fn unreadable(
    table: &Table,
    column: usize,
    setting: DateFormat,
    parsed: &[(DateFormat, Vec<Option<Date>>)],
) -> Error {
    // The format that reads most cells shows best which cell is wrong; the first of equals.
    let count = |dates: &[Option<Date>]| dates.iter().flatten().count();
    let best = parsed
        .iter()
        .rev()
        .max_by_key(|(_, dates)| count(dates))
        .map_or(&[][..], |(_, dates)| dates);
    let faults: Vec<usize> = (0..best.len()).filter(|&row| best[row].is_none()).collect();
    let row = faults.first().copied().unwrap_or(0);
    let cell = table
        .cells(column)
        .nth(row)
        .cloned()
        .unwrap_or(Cell::Text(String::new()));
    let text = cell.to_string();
    let place = format!(
        "{}, row {}, column {}",
        table.source().name,
        table.row_number(row),
        table.column_names()[column]
    );
    let more = super::and_more(table, &faults);
    if cell.is_missing() {
        return table.error_at(
            row,
            column,
            format!("{place}: the date is missing{more}"),
            "write the first day of the week in the cell, or delete the row",
            "no date",
        );
    }
    if text == table.column_names()[column] {
        return table.error_at(
            row,
            column,
            format!("{place}: the header stands here again{more}"),
            "delete the row; where several exports were put together, keep the header of the first",
            "not a week",
        );
    }
    let mut odd_years = parsed
        .iter()
        .filter_map(|(format, _)| any_date(&cell, *format, setting != DateFormat::Auto));
    if let Some(odd) = odd_years.find(|date| !YEARS.contains(&date.year())) {
        return table.error_at(
            row,
            column,
            format!(
                "{place}: \"{text}\" is a day of the year {}{more}",
                odd.year()
            ),
            format!(
                "correct the year: it must lie from {} to {}",
                YEARS.start(),
                YEARS.end()
            ),
            "which year?",
        );
    }
    if is_year_and_number(&text) {
        return table.error_at(
            row,
            column,
            format!("{place}: \"{text}\" is a month, or the number of a week{more}"),
            "if these are ISO weeks, write `date_format = \"iso_week\"` under [data] in headwater.toml; if they are months, give weekly data",
            "a month or a week?",
        );
    }
    let (what, help) = match setting {
        DateFormat::Auto => (
            format!("\"{text}\" is not a date that can be read"),
            "write dates as 2023-09-17, 17/09/2023, 09/17/2023, 17 Sep 2023 or 2023-W37, all in the same way; delete rows that hold totals".into(),
        ),
        format => (
            format!("\"{text}\" is not a date in the format {}", format.name()),
            format!("correct the cell, or change `date_format = \"{}\"` under [data] in headwater.toml", format.name()),
        ),
    };
    table.error_at(
        row,
        column,
        format!("{place}: {what}{more}"),
        help,
        "not a date",
    )
}

/// `2024-05`: the month May, or week 5.
fn is_year_and_number(text: &str) -> bool {
    let digits = |part: &str, count: std::ops::RangeInclusive<usize>| {
        count.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    text.split_once(['-', '/'])
        .is_some_and(|(year, number)| digits(year, 4..=4) && digits(number, 1..=2))
}

/// The years of what is sold and advertised; another is a slip, and would make thousands of weeks.
const YEARS: std::ops::RangeInclusive<i16> = 1900..=2199;

/// The day that a cell holds, if it lies in [`YEARS`].
fn date(cell: &Cell, format: DateFormat, explicit: bool) -> Option<Date> {
    any_date(cell, format, explicit).filter(|date| YEARS.contains(&date.year()))
}

/// The day that a cell holds, in any year.
fn any_date(cell: &Cell, format: DateFormat, explicit: bool) -> Option<Date> {
    match cell {
        Cell::Date(date) => Some(*date),
        Cell::Number(number) if number.fract() == 0.0 => {
            parse(&format!("{number}"), format, explicit)
        }
        Cell::Number(_) => None,
        Cell::Text(text) => parse(text, format, explicit),
    }
}

/// Reads one date. `explicit`: the user named the format, so a bare `2024-05` may be a week.
fn parse(text: &str, format: DateFormat, explicit: bool) -> Option<Date> {
    let text = without_time(text.trim());
    if format == DateFormat::IsoWeek {
        return iso_week(text, explicit);
    }
    let mut parts: Vec<&str> = text
        .split(|c: char| matches!(c, '-' | '/' | '.' | ',') || c.is_whitespace())
        .filter(|part| !part.is_empty() && !is_weekday(part))
        .collect();
    if let Some(at) = parts.iter().position(|part| month_number(part).is_some()) {
        let month = month_number(parts.remove(at))?;
        let [first, second] = parts[..] else {
            return None;
        };
        let (day, year) = if first.len() == 4 && year_number(first).is_some() {
            (second, first)
        } else {
            (first, second)
        };
        return Date::new(year_number(year)?, month, day_number(day)?).ok();
    }
    let (year, month, day) = match (format, parts[..].as_ref()) {
        (DateFormat::Iso, [whole]) if whole.len() == 8 && whole.is_ascii() => {
            (&whole[..4], &whole[4..6], &whole[6..])
        }
        (DateFormat::Iso, [year, month, day]) if year.len() == 4 => (*year, *month, *day),
        (DateFormat::DayFirst, [day, month, year]) => (*year, *month, *day),
        (DateFormat::MonthFirst, [month, day, year]) => (*year, *month, *day),
        _ => return None,
    };
    Date::new(year_number(year)?, small_number(month)?, small_number(day)?).ok()
}

/// The text before a time of day: `2024-01-07T00:00:00Z`, `7/1/2024 0:00`.
fn without_time(text: &str) -> &str {
    let Some(colon) = text.find(':') else {
        return text;
    };
    let before = text[..colon].trim_end_matches(|c: char| c.is_ascii_digit());
    match before.strip_suffix(['T', 't', ' ', '\u{a0}']) {
        Some(date) if before.len() < colon => date.trim(),
        _ => text,
    }
}

fn iso_week(text: &str, explicit: bool) -> Option<Date> {
    let (year, rest) = text.split_at_checked(4)?;
    let rest = rest.trim_start_matches(['-', ' ', '/']);
    let week = match rest.strip_prefix(['W', 'w']) {
        Some(week) => week,
        None if explicit => rest,
        None => return None,
    };
    // The day of the week, when given, is the first day of the row's week.
    let (week, day) = week.split_once('-').unwrap_or((week, "1"));
    let day = Weekday::from_monday_one_offset(small_number(day)?).ok()?;
    ISOWeekDate::new(year_number(year)?, small_number(week)?, day)
        .ok()
        .map(ISOWeekDate::date)
}

/// One or two digits.
fn small_number(text: &str) -> Option<i8> {
    let digits = matches!(text.len(), 1 | 2) && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

/// A day, also `1st`, `2nd`, `3rd`, `4th`.
fn day_number(text: &str) -> Option<i8> {
    small_number(text.trim_end_matches(|c: char| c.is_ascii_alphabetic()))
}

/// Four digits, or two: 00 to 69 are 2000 to 2069, 70 to 99 are 1970 to 1999, as POSIX has it
/// but for one year.
fn year_number(text: &str) -> Option<i16> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i16 = text.parse().ok()?;
    match text.len() {
        4 => Some(number),
        2 if number < 70 => Some(2000 + number),
        2 => Some(1900 + number),
        _ => None,
    }
}

fn month_number(text: &str) -> Option<i8> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    starts_a_name(text, &MONTHS).map(|index| index as i8 + 1)
}

fn is_weekday(text: &str) -> bool {
    const DAYS: [&str; 7] = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    starts_a_name(text, &DAYS).is_some()
}

/// The name that `text` writes in full or abbreviates to three letters or more.
fn starts_a_name(text: &str, names: &[&str]) -> Option<usize> {
    let text = text.to_ascii_lowercase();
    if text.len() < 3 {
        return None;
    }
    names.iter().position(|name| name.starts_with(&text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn one_day_is_read_in_all_its_spellings() {
        let day = date(2023, 9, 17);
        for (text, format) in [
            ("2023-09-17", DateFormat::Iso),
            ("2023/9/17", DateFormat::Iso),
            ("20230917", DateFormat::Iso),
            ("2023-09-17 00:00:00", DateFormat::Iso),
            ("2023-09-17T00:00:00Z", DateFormat::Iso),
            ("17.09.2023", DateFormat::DayFirst),
            ("17-9-23", DateFormat::DayFirst),
            ("17/09/2023 0:00", DateFormat::DayFirst),
            ("9/17/2023 12:00 AM", DateFormat::MonthFirst),
            ("09/17/23", DateFormat::MonthFirst),
            ("17 Sep 2023", DateFormat::DayFirst),
            ("17-Sep-23", DateFormat::MonthFirst),
            ("Sept 17th, 2023", DateFormat::Iso),
            ("Sun 17 September 2023", DateFormat::Iso),
            ("2023-W37-7", DateFormat::IsoWeek),
        ] {
            assert_eq!(parse(text, format, false), Some(day), "{text}");
        }
        assert_eq!(
            parse("2024-W05", DateFormat::IsoWeek, false),
            Some(date(2024, 1, 29))
        );
        assert_eq!(
            parse("2024W05", DateFormat::IsoWeek, false),
            Some(date(2024, 1, 29))
        );
        assert_eq!(
            parse("2024-05", DateFormat::IsoWeek, true),
            Some(date(2024, 1, 29))
        );
    }

    #[test]
    fn a_bare_year_and_number_is_never_read_unasked() {
        for format in DateFormat::ALL {
            assert_eq!(parse("2024-05", format, false), None, "{format:?}");
        }
        assert_eq!(parse("2024-W54", DateFormat::IsoWeek, true), None);
        assert_eq!(parse("31/02/2024", DateFormat::DayFirst, true), None);
    }
}
