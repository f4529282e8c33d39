//! Excel and OpenDocument workbooks.

use std::io::Cursor;

use calamine::{CellErrorType, Data, Reader, SheetVisible, open_workbook_auto_from_rs};
use jiff::civil::Date;

use super::table::{Cell, Row, Table};
use crate::error::{Error, Result};

/// Reads the sheet of that name, or the only visible one that is not empty.
pub(super) fn read(name: &str, bytes: &[u8], sheet: Option<&str>) -> Result<Table> {
    let broken = |error: calamine::Error| Error::File {
        path: name.into(),
        message: format!("the workbook cannot be read: {error}"),
        help: "open it in a spreadsheet, remove any password, and save it as .xlsx or CSV".into(),
    };
    let mut workbook = open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(broken)?;
    let visible: Vec<String> = workbook
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.visible == SheetVisible::Visible)
        .map(|sheet| sheet.name.clone())
        .collect();
    let sheet = match sheet {
        Some(sheet) if workbook.sheet_names().iter().any(|other| other == sheet) => {
            sheet.to_string()
        }
        Some(sheet) => {
            return Err(Error::input(
                format!(
                    "{name} has no sheet \"{sheet}\"; it has {}",
                    quoted(&workbook.sheet_names())
                ),
                "correct `sheet` under [data] in headwater.toml",
            ));
        }
        None => {
            let mut filled = Vec::new();
            for sheet in visible {
                if !workbook.worksheet_range(&sheet).map_err(broken)?.is_empty() {
                    filled.push(sheet);
                }
            }
            match filled.as_slice() {
                [only] => only.clone(),
                [] => {
                    return Err(Error::input(
                        format!("{name} is empty"),
                        "give a sheet with a header row and one row for each week",
                    ));
                }
                [first, ..] => {
                    return Err(Error::input(
                        format!("{name} has several sheets with data: {}", quoted(&filled)),
                        format!(
                            "name the one to read: write `sheet = \"{first}\"` under [data] in headwater.toml"
                        ),
                    ));
                }
            }
        }
    };
    let range = workbook.worksheet_range(&sheet).map_err(broken)?;
    let first_row = range.start().map_or(0, |(row, _)| row as usize);
    let rows = range
        .rows()
        .enumerate()
        .map(|(i, cells)| Row {
            number: first_row + i + 1,
            start: 0,
            cells: cells.iter().map(cell).collect(),
        })
        .collect();
    Table::new(name, bytes, None, rows, Vec::new())
}

fn quoted(names: &[String]) -> String {
    names
        .iter()
        .map(|name| format!("\"{name}\""))
        .collect::<Vec<_>>()
        .join(", ")
}

fn cell(data: &Data) -> Cell {
    match data {
        Data::Int(number) => Cell::Number(*number as f64),
        Data::Float(number) => Cell::Number(*number),
        Data::Bool(flag) => Cell::Number(f64::from(u8::from(*flag))),
        Data::DateTime(moment) if moment.is_datetime() => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            match (i16::try_from(year), i8::try_from(month), i8::try_from(day)) {
                (Ok(year), Ok(month), Ok(day)) => {
                    Date::new(year, month, day).map_or(Cell::Number(moment.as_f64()), Cell::Date)
                }
                _ => Cell::Number(moment.as_f64()),
            }
        }
        Data::DateTime(duration) => Cell::Number(duration.as_f64()),
        Data::Error(CellErrorType::NA) => Cell::Text("#N/A".into()),
        // Text, ISO dates and durations, and other error values (`#DIV/0!`), as written.
        other => Cell::Text(other.to_string()),
    }
}
