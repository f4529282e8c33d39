//! A table as it stands in the file: named columns of cells, before any is understood.

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::Path;

use jiff::civil::Date;
use miette::{NamedSource, SourceSpan};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{DataSettings, Source, csv, excel, parquet};
use crate::error::{Error, Result};
use crate::finding::Finding;

/// The most cells of a table, which take half a gigabyte: 200,000 rows of 100 columns.
pub(super) const MOST_CELLS: usize = 20_000_000;

/// The most bytes of a file, or of what it unpacks to, which with its text and its cells take less than
/// 2 GB.
pub(super) const MOST_BYTES: usize = 256 << 20;

/// The most columns of a table, as in a spreadsheet.
const MOST_COLUMNS: usize = 16_384;

/// One cell. Text files hold only text; workbooks also hold numbers and dates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Cell {
    /// Text, as written.
    Text(String),
    /// A number the file itself calls a number.
    Number(#[serde(with = "bits")] f64),
    /// A day the file itself calls a date; its time of day is left out.
    Date(Date),
}

/// Numbers as their bits: JSON has no infinity, which a broken column may hold.
mod bits {
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(number: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(number.to_bits())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        u64::deserialize(deserializer).map(f64::from_bits)
    }
}

/// The text of the cells read so far: a file may write a text once and name it a thousand times.
#[derive(Default)]
pub(super) struct Wording(usize);

impl Wording {
    /// Counts in a cell of the file of that name.
    ///
    /// # Errors
    /// When it is too much.
    pub(super) fn add(&mut self, cell: &Cell, name: &str) -> Result<()> {
        if let Cell::Text(text) = cell {
            self.0 += text.len();
        }
        match self.0 > MOST_BYTES {
            true => Err(Error::input(
                format!("{name} holds more than {} MB of text", MOST_BYTES >> 20),
                "leave out the columns that the model does not need: a market is told in numbers",
            )),
            false => Ok(()),
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cell::Text(text) => f.write_str(text.trim()),
            Cell::Number(number) => write!(f, "{number}"),
            Cell::Date(date) => write!(f, "{date}"),
        }
    }
}

impl Cell {
    /// Whether the cell says that there is no value: empty, `NA`, `N/A`, `#N/A`, `NaN`, `null`,
    /// `none` (in any case) or a dash.
    pub fn is_missing(&self) -> bool {
        match self {
            Cell::Text(text) => matches!(
                text.trim().to_ascii_lowercase().as_str(),
                "" | "na" | "n/a" | "#n/a" | "nan" | "null" | "none" | "-" | "–" | "—"
            ),
            Cell::Number(number) => number.is_nan(),
            Cell::Date(_) => false,
        }
    }

    fn is_blank(&self) -> bool {
        matches!(self, Cell::Text(text) if text.trim().is_empty())
    }
}

/// A row with at least one cell that is not blank.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Row {
    /// Its number as a person counts rows in the file, from 1.
    pub number: usize,
    /// The byte of the text where the row starts; 0 for files that are not text.
    pub start: usize,
    /// The cells, possibly fewer or more than the header has names.
    pub cells: Vec<Cell>,
}

/// The text a table was read from, to point at a cell.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Text {
    pub text: String,
    pub delimiter: u8,
}

/// A table as it stands in the file. Every row has as many cells as there are columns; blank
/// rows and unnamed blank columns at the end are gone, and nothing else is. It can be serialised, to be
/// kept or sent to another process of the same version.
///
/// ```
/// use headwater::data::Table;
/// let table = Table::from_csv_bytes("spend.csv", b"week;spend\n2024-01-01;1,5\n")?;
/// assert_eq!(table.column_names(), ["week", "spend"]);
/// # Ok::<(), headwater::error::Error>(())
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Table {
    source: Source,
    text: Option<Text>,
    header: Row,
    names: Vec<String>,
    rows: Vec<Row>,
    findings: Vec<Finding>,
}

impl Table {
    /// Reads a CSV, Excel (`.xlsx`) or Parquet file. The kind is told by the content, not by the name.
    ///
    /// # Errors
    /// When the file cannot be opened or is none of these, holds no rows or more than 20 million cells,
    /// has an empty or repeated column name, or rows longer than the header.
    pub fn read(path: &Path, settings: &DataSettings) -> Result<Table> {
        Table::read_as(path, &name_of(path), settings)
    }

    /// Reads a file that messages call `name`, whatever it is called on the disk: an upload is kept
    /// under a name of the server's own.
    ///
    /// # Errors
    /// As [`Table::read`].
    pub fn read_as(path: &Path, name: &str, settings: &DataSettings) -> Result<Table> {
        Table::from_bytes(name, bytes_of(path, name)?, settings)
    }

    /// Reads the bytes of a file that messages call `name`.
    ///
    /// ```
    /// use headwater::data::{DataSettings, Table};
    /// let bytes = b"week,spend\n2024-01-01,1.5\n".to_vec();
    /// let table = Table::from_bytes("spend.csv", bytes, &DataSettings::default())?;
    /// assert_eq!(table.len(), 1);
    /// # Ok::<(), headwater::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Table::read`].
    pub fn from_bytes(name: &str, bytes: Vec<u8>, settings: &DataSettings) -> Result<Table> {
        match Format::of(&bytes) {
            Format::Workbook => excel::read(name, &bytes, settings.sheet.as_deref()),
            Format::OldWorkbook => {
                let what = "is a workbook of an old Excel (.xls), or one with a password";
                Err(excel::not_excel(name, what))
            }
            Format::Parquet => parquet::read(name, bytes),
            Format::Text => csv::read(name, &bytes),
        }
    }

    /// Reads CSV from memory; `name` is used in messages.
    ///
    /// # Errors
    /// As [`Table::read`].
    pub fn from_csv_bytes(name: &str, bytes: &[u8]) -> Result<Table> {
        csv::read(name, bytes)
    }

    /// Makes a table of named columns of cells, one a week, for values that come from no file. `name` is
    /// used in messages; rows count from 1, the header being row 1. The source's hash is that of the
    /// cells written out.
    ///
    /// ```
    /// use headwater::data::{Cell, Table};
    /// let week = [Cell::Text("2024-01-01".into()), Cell::Text("2024-01-08".into())];
    /// let spend = [Cell::Number(10.0), Cell::Number(12.5)];
    /// let table = Table::from_columns("frame", vec![
    ///     ("week".into(), week.to_vec()),
    ///     ("spend".into(), spend.to_vec()),
    /// ])?;
    /// assert_eq!(table.len(), 2);
    /// # Ok::<(), headwater::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// Names columns of different lengths; and those of [`Table::read`] about names.
    pub fn from_columns(name: &str, columns: Vec<(String, Vec<Cell>)>) -> Result<Table> {
        Table::of_columns(name, None, columns)
    }

    /// A table of columns of the same length; its source is the `file`, or the cells where there is none.
    pub(super) fn of_columns(
        name: &str,
        file: Option<&[u8]>,
        columns: Vec<(String, Vec<Cell>)>,
    ) -> Result<Table> {
        let weeks = columns.first().map_or(0, |(_, cells)| cells.len());
        if let Some((other, cells)) = columns.iter().find(|(_, cells)| cells.len() != weeks) {
            return Err(Error::input(
                format!(
                    "{name}: column {other} has {} values and {} has {weeks}",
                    cells.len(),
                    columns[0].0
                ),
                "give every column a value for each week",
            ));
        }
        let (header, mut cells): (Vec<Cell>, Vec<_>) = columns
            .into_iter()
            .map(|(name, cells)| (Cell::Text(name), cells.into_iter()))
            .unzip();
        let weeks = (0..weeks).map(|_| cells.iter_mut().filter_map(Iterator::next).collect());
        let rows: Vec<Row> = std::iter::once(header)
            .chain(weeks)
            .enumerate()
            .map(|(at, cells)| Row {
                number: at + 1,
                start: 0,
                cells,
            })
            .collect();
        match file {
            Some(bytes) => Table::new(name, bytes, None, rows, Vec::new()),
            None => Table::new(name, &written(&rows), None, rows, Vec::new()),
        }
    }

    /// The header with some of the rows, under a name of its own. Rows keep their numbers; the source's
    /// hash is that of the cells written out.
    pub(super) fn part(&self, name: &str, rows: impl Iterator<Item = usize>) -> Result<Table> {
        let rows = rows.map(|row| self.rows[row].clone());
        let rows: Vec<Row> = std::iter::once(self.header.clone()).chain(rows).collect();
        Table::new(name, &written(&rows), None, rows, Vec::new())
    }

    /// Checks the header and makes the rows as long as it is. The first row is the header.
    pub(super) fn new(
        name: &str,
        bytes: &[u8],
        text: Option<Text>,
        rows: Vec<Row>,
        mut findings: Vec<Finding>,
    ) -> Result<Table> {
        let mut rows = rows
            .into_iter()
            .filter(|row| !row.cells.iter().all(Cell::is_blank));
        let Some(header) = rows.next() else {
            return Err(Error::input(
                format!("{name} is empty"),
                "give a file with a header row and one row for each week",
            ));
        };
        let mut table = Table {
            source: Source {
                name: name.into(),
                sha256: sha256(bytes),
            },
            text,
            names: header.cells.iter().map(Cell::to_string).collect(),
            header,
            rows: rows.collect(),
            findings: Vec::new(),
        };
        let widest = table
            .rows
            .iter()
            .map(|row| row.cells.len())
            .max()
            .unwrap_or(0);
        while table.names.last().is_some_and(String::is_empty)
            && (table.names.len() - 1..widest).all(|column| table.is_blank_column(column))
        {
            table.names.pop();
        }
        if table.names.len() > MOST_COLUMNS {
            return Err(Error::input(
                format!(
                    "{name} has {} columns, more than the {MOST_COLUMNS} of a spreadsheet",
                    table.names.len()
                ),
                "leave out the columns that the model does not need",
            ));
        }
        table.check_names()?;
        findings.extend(table.square()?);
        table.findings = findings;
        if table.rows.is_empty() {
            return Err(Error::input(
                format!("{name} has a header but no rows of data"),
                "give one row for each week beneath the header",
            ));
        }
        if table.names.len() == 1 {
            return Err(Error::input(
                format!(
                    "{name} has only one column, named \"{}\"; commas, semicolons, tabs and | were tried as separators",
                    table.names[0]
                ),
                "give a column for the week, the spends, the search spend and the revenue",
            ));
        }
        Ok(table)
    }

    fn is_blank_column(&self, column: usize) -> bool {
        self.rows
            .iter()
            .all(|row| row.cells.get(column).is_none_or(Cell::is_blank))
    }

    fn check_names(&self) -> Result<()> {
        let mut seen = HashMap::new();
        for (column, name) in self.names.iter().enumerate() {
            let (what, help) = if name.is_empty() {
                (
                    format!("column {} has no name", column + 1),
                    "write a name in the header row, or delete the column (pandas writes a nameless one unless told index=False); if this row is a title above the table, delete the row",
                )
            } else if let Some(first) = seen.insert(name, column) {
                (
                    format!(
                        "columns {} and {} are both named \"{name}\"",
                        first + 1,
                        column + 1
                    ),
                    "give each column its own name in the header row",
                )
            } else if let Some(odd) = name.chars().find(|c| is_no_text(*c)) {
                (
                    format!(
                        "the name of column {} holds the control character {:#04x}",
                        column + 1,
                        u32::from(odd)
                    ),
                    "type the name anew in the header row",
                )
            } else {
                continue;
            };
            return Err(self.header_error(
                column,
                format!("{}, row {}: {what}", self.source.name, self.header.number),
                help,
                "here",
            ));
        }
        Ok(())
    }

    /// Gives every row one cell for each name.
    fn square(&mut self) -> Result<Option<Finding>> {
        let width = self.names.len();
        if let Some((i, row)) = self.rows.iter().enumerate().find(|(_, row)| {
            row.cells[width.min(row.cells.len())..]
                .iter()
                .any(|cell| !cell.is_blank())
        }) {
            return Err(self.error_at(
                i,
                width,
                format!(
                    "{}, row {}: the row has {} cells but the header names {width} columns",
                    self.source.name,
                    row.number,
                    row.cells.len()
                ),
                "put numbers that contain the separator in quotes, or name the extra column in the header row",
                "this cell has no column",
            ));
        }
        let mut short = Vec::new();
        for row in &mut self.rows {
            if row.cells.len() < width {
                short.push(row.number);
            }
            row.cells.resize(width, Cell::Text(String::new()));
        }
        Ok((!short.is_empty()).then(|| {
            Finding::new(
                "data.short_rows",
                crate::finding::Status::Warning,
                format!(
                    "{} of {} rows have fewer cells than the header has columns; the cells at their ends are taken as missing",
                    short.len(),
                    self.rows.len()
                ),
            )
            .with("rows", short)
        }))
    }

    /// Where the table came from.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The names in the header row, trimmed, in file order.
    pub fn column_names(&self) -> &[String] {
        &self.names
    }

    /// The number of rows beneath the header.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are no rows; a table that was read has some.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The number of the `row`-th row as a person counts rows in the file: the header is 1.
    pub fn row_number(&self, row: usize) -> usize {
        self.rows[row].number
    }

    /// The cells of a column, one a row.
    pub fn cells(&self, column: usize) -> impl ExactSizeIterator<Item = &Cell> + Clone {
        self.rows.iter().map(move |row| &row.cells[column])
    }

    /// The position of the column of that name.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|other| other == name)
    }

    pub(super) fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// An error that shows the cell.
    pub(super) fn error_at(
        &self,
        row: usize,
        column: usize,
        message: String,
        help: impl Into<String>,
        label: impl Into<String>,
    ) -> Error {
        let (source, span) = self.locate(&self.rows[row], column);
        Error::input_at(message, help, source, span, label)
    }

    /// An error that shows the name of a column.
    pub(super) fn header_error(
        &self,
        column: usize,
        message: String,
        help: impl Into<String>,
        label: impl Into<String>,
    ) -> Error {
        let (source, span) = self.locate(&self.header, column);
        Error::input_at(message, help, source, span, label)
    }

    /// The text that holds a cell: the file itself, or for files that are not text the header
    /// and the row written out.
    fn locate(&self, row: &Row, column: usize) -> (NamedSource<String>, SourceSpan) {
        if let Some(Text { text, delimiter }) = &self.text {
            let span = csv::field_span(text, row.start, *delimiter, column);
            return (
                NamedSource::new(&self.source.name, text.clone()),
                span.into(),
            );
        }
        let mut text = String::new();
        let mut span = 0..0;
        let header_only = row.number == self.header.number;
        for line in [&self.header, row]
            .into_iter()
            .skip(usize::from(header_only))
        {
            text += &format!("row {}: ", line.number);
            for (i, cell) in line.cells.iter().enumerate() {
                let start = text.len();
                text += &cell.to_string();
                if i == column {
                    span = Range {
                        start,
                        end: text.len(),
                    };
                }
                text += " | ";
            }
            text.push('\n');
        }
        (NamedSource::new(&self.source.name, text), span.into())
    }
}

/// What a file is, told by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Workbook,
    OldWorkbook,
    Parquet,
    Text,
}

impl Format {
    /// What `bytes` are; text unless they say otherwise.
    pub fn of(bytes: &[u8]) -> Format {
        const ZIP: &[u8] = b"PK\x03\x04";
        const OLE: &[u8] = b"\xD0\xCF\x11\xE0";
        if bytes.starts_with(ZIP) {
            Format::Workbook
        } else if bytes.starts_with(OLE) {
            Format::OldWorkbook
        } else if bytes.starts_with(b"PAR1") {
            Format::Parquet
        } else {
            Format::Text
        }
    }
}

/// The bytes of a file that messages call `name`.
///
/// # Errors
/// When it cannot be read, or holds more than a table may have.
pub(super) fn bytes_of(path: &Path, name: &str) -> Result<Vec<u8>> {
    let unreadable = |error: std::io::Error| Error::File {
        path: path.display().to_string(),
        message: format!("the file cannot be read: {error}"),
        help: "check the path and that you may read the file".into(),
    };
    let file = File::open(path).map_err(unreadable)?;
    let size = file.metadata().map_or(0, |found| found.len());
    let mut bytes = Vec::with_capacity(size.min(MOST_BYTES as u64) as usize + 1);
    // One more than is allowed: a device may have no end.
    let most = MOST_BYTES as u64 + 1;
    file.take(most)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() > MOST_BYTES {
        return Err(Error::input(
            format!("{name} is larger than {} MB", MOST_BYTES >> 20),
            "leave out rows and columns that the model does not need: years of weeks of a hundred \
             channels take less than 1 MB",
        ));
    }
    Ok(bytes)
}

/// What messages call a file: its name without its folder.
pub(super) fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(
        || path.display().to_string(),
        |name| name.to_string_lossy().into(),
    )
}

/// The SHA-256 of some bytes, in hex.
pub(super) fn sha256(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The cells written out, for a hash: a separator that no cell is likely to hold keeps them apart.
fn written(rows: &[Row]) -> Vec<u8> {
    let mut text = String::new();
    for row in rows {
        for cell in &row.cells {
            text += &cell.to_string();
            text.push('\u{1f}');
        }
        text.push('\n');
    }
    text.into_bytes()
}
/// A control character that no text holds.
pub(super) fn is_no_text(c: char) -> bool {
    let of_old_texts = matches!(
        c,
        '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1a}' | '\u{80}'..='\u{9f}'
    );
    c.is_control() && !of_old_texts
}
