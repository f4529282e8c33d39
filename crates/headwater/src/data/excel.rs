//! Excel workbooks (`.xlsx`).
//!
//! A workbook of a few kilobytes can hold gigabytes of nothing, two cells at opposite corners of a sheet,
//! or one text that every cell names. So it is unpacked into nothing first, and its cells and their text
//! are counted before they are laid out. The formats `.xls`, `.xlsb` and `.ods` are not read: their readers
//! lay out a sheet before its size is known.

use std::io::{self, Cursor, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{CellErrorType, Data, Reader, SheetVisible, Xlsx, XlsxError};
use jiff::civil::Date;
use zip::ZipArchive;

use super::table::{Cell, MOST_BYTES, MOST_CELLS, Row, Table, Wording};
use crate::error::{Error, Result};

/// Where every workbook that is a ZIP file lists its parts.
const CONTENTS: &str = "[Content_Types].xml";

/// The words that are used in several cells.
const SHARED_STRINGS: &str = "sharedstrings.xml";

type Workbook<'a> = Xlsx<Cursor<&'a [u8]>>;

/// Reads the sheet of that name, or the only visible one that is not empty.
///
/// # Errors
/// When the file is no `.xlsx` workbook, would not fit into memory, or does not tell which sheet is meant.
pub(super) fn read(name: &str, bytes: &[u8], sheet: Option<&str>) -> Result<Table> {
    check_parts(name, bytes)?;
    // The reader is made for workbooks that a spreadsheet wrote, and gives up on some others.
    let read = catch_unwind(AssertUnwindSafe(|| rows(name, bytes, sheet)));
    let rows = read.unwrap_or_else(|_| Err(broken(name, "a part of it is not as it should be")))?;
    Table::new(name, bytes, None, rows, Vec::new())
}

/// Unpacks everything into nothing, because what a ZIP file says of its sizes may be false.
fn check_parts(name: &str, bytes: &[u8]) -> Result<()> {
    let mut archive = ZipArchive::new(Cursor::new(bytes))
        .map_err(|_| not_excel(name, "is cut off or damaged"))?;
    let mut parts = archive.file_names().flatten();
    if !parts.any(|part| part == CONTENTS) {
        return Err(not_excel(name, "is an archive, but no .xlsx workbook"));
    }
    let mut unpacked = Unpacked::default();
    drop(parts);
    for part in 0..archive.len() {
        let mut part = archive
            .by_index(part)
            .map_err(|why| broken(name, &why.to_string()))?;
        unpacked.text.clear();
        let is_shared = |part: &str| part.to_ascii_lowercase().ends_with(SHARED_STRINGS);
        unpacked.keeps = part.name().is_ok_and(|part| is_shared(&part));
        let copied = io::copy(&mut part, &mut unpacked);
        if unpacked.bytes > MOST_BYTES {
            let what = format!("unpacks to more than {} MB", MOST_BYTES >> 20);
            return Err(too_large(name, &what));
        }
        copied.map_err(|why| broken(name, &why.to_string()))?;
        if unpacked.claims_too_much() {
            return Err(broken(name, "it announces more words than it holds"));
        }
    }
    Ok(())
}

/// Counts what is written, up to where it is too much, and keeps it where that is asked.
#[derive(Default)]
struct Unpacked {
    bytes: usize,
    keeps: bool,
    text: Vec<u8>,
}

impl Unpacked {
    /// Whether a number of words is announced that the text cannot hold: room would be made for them.
    fn claims_too_much(&self) -> bool {
        const CLAIM: &[u8] = b"uniqueCount";
        let claims = self.text.windows(CLAIM.len()).enumerate();
        let mut claims = claims.filter(|(_, words)| *words == CLAIM);
        claims.any(|(at, claim)| {
            let after = self.text[at + claim.len()..].iter();
            let digits = after
                .skip_while(|byte| !byte.is_ascii_digit())
                .take_while(|byte| byte.is_ascii_digit());
            let claimed = digits.fold(0_usize, |number, digit| {
                number
                    .saturating_mul(10)
                    .saturating_add(usize::from(digit - b'0'))
            });
            claimed > self.text.len()
        })
    }
}

impl Write for Unpacked {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes += bytes.len();
        if self.bytes > MOST_BYTES {
            return Err(io::Error::other("too much"));
        }
        if self.keeps {
            // In UTF-16 every other byte of a digit is 0.
            self.text.extend(bytes.iter().filter(|byte| **byte != 0));
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The rows of the sheet.
fn rows(name: &str, bytes: &[u8], sheet: Option<&str>) -> Result<Vec<Row>> {
    let unreadable = |why: XlsxError| broken(name, &why.to_string());
    let mut workbook = Xlsx::new(Cursor::new(bytes)).map_err(unreadable)?;
    if let Some(sheet) = sheet {
        let names = workbook.sheet_names();
        if !names.iter().any(|other| other == sheet) {
            return Err(Error::input(
                format!("{name} has no sheet \"{sheet}\"; it has {}", quoted(&names)),
                "correct `sheet` under [data] in headwater.toml",
            ));
        }
        return rows_of(&mut workbook, name, sheet);
    }
    let sheets = workbook.sheets_metadata().iter();
    let visible: Vec<String> = sheets
        .filter(|sheet| sheet.visible == SheetVisible::Visible)
        .map(|sheet| sheet.name.clone())
        .collect();
    // Rows are kept of one sheet only: many sheets may hold little and span much.
    let (mut filled, mut kept) = (Vec::new(), Vec::new());
    for sheet in visible {
        let rows = rows_of(&mut workbook, name, &sheet)?;
        if rows.is_empty() {
            continue;
        }
        filled.push(sheet);
        kept = rows;
    }
    match filled.as_slice() {
        [_] => Ok(kept),
        [] => Err(Error::input(
            format!("{name} is empty"),
            "give a sheet with a header row and one row for each week",
        )),
        [first, ..] => Err(Error::input(
            format!("{name} has several sheets with data: {}", quoted(&filled)),
            format!(
                "name the one to read: write `sheet = \"{first}\"` under [data] in headwater.toml"
            ),
        )),
    }
}

/// The rectangle of cells that are not empty, row by row; none of a sheet that holds a chart.
fn rows_of(workbook: &mut Workbook, name: &str, sheet: &str) -> Result<Vec<Row>> {
    let unreadable = |why: XlsxError| broken(name, &why.to_string());
    let mut reader = match workbook.worksheet_cells_reader(sheet) {
        Err(XlsxError::NotAWorksheet(_)) => return Ok(Vec::new()),
        reader => reader.map_err(unreadable)?,
    };
    let (mut cells, mut wording) = (Vec::new(), Wording::default());
    let (mut first, mut last) = ([usize::MAX; 2], [0; 2]);
    while let Some(found) = reader.next_cell().map_err(unreadable)? {
        let (row, column) = found.get_position();
        let data = Data::from(found.get_value().clone());
        if data == Data::Empty {
            continue;
        }
        let at = [row as usize, column as usize];
        for side in 0..2 {
            first[side] = first[side].min(at[side]);
            last[side] = last[side].max(at[side]);
        }
        let cell = cell(data);
        wording.add(&cell, name)?;
        cells.push((at, cell));
    }
    if cells.is_empty() {
        return Ok(Vec::new());
    }
    let [height, width] = [last[0] - first[0] + 1, last[1] - first[1] + 1];
    if height.saturating_mul(width) > MOST_CELLS {
        let what = format!(
            "has a sheet \"{sheet}\" of {height} rows and {width} columns, more cells than can be read"
        );
        return Err(too_large(name, &what));
    }
    let mut rows: Vec<Row> = (0..height)
        .map(|row| Row {
            number: first[0] + row + 1,
            start: 0,
            cells: vec![Cell::Text(String::new()); width],
        })
        .collect();
    for ([row, column], cell) in cells {
        rows[row - first[0]].cells[column - first[1]] = cell;
    }
    Ok(rows)
}

fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    names.join(", ")
}

fn cell(data: Data) -> Cell {
    match data {
        Data::Int(number) => Cell::Number(number as f64),
        Data::Float(number) => Cell::Number(number),
        Data::Bool(flag) => Cell::Number(f64::from(u8::from(flag))),
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
        Data::String(text) => Cell::Text(text),
        // ISO dates and durations, and other error values (`#DIV/0!`), as written.
        other => Cell::Text(other.to_string()),
    }
}

/// A file of another kind than its name or its first bytes say.
pub(super) fn not_excel(name: &str, what: &str) -> Error {
    Error::File {
        path: name.into(),
        message: format!("this file {what}"),
        help: "open it in a spreadsheet and save it as .xlsx or CSV".into(),
    }
}

fn broken(name: &str, why: &str) -> Error {
    Error::File {
        path: name.into(),
        message: format!("the workbook cannot be read: {why}"),
        help: "open it in a spreadsheet, remove any password, and save it as .xlsx or CSV".into(),
    }
}

fn too_large(name: &str, what: &str) -> Error {
    Error::input(
        format!("{name} {what}"),
        "delete what lies far from the table, or save the table as CSV with one row for each week",
    )
}
