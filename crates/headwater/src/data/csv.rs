//! Text files: their encoding, their separator, their cells.

use std::borrow::Cow;
use std::ops::Range;

use csv::StringRecord;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use miette::NamedSource;

use super::table::{Cell, MOST_CELLS, Row, Table, Text, is_no_text};
use crate::error::{Error, Result};
use crate::finding::{Finding, Status};

/// What may separate cells, the first of equals first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Reads delimited text.
pub(super) fn read(name: &str, bytes: &[u8]) -> Result<Table> {
    let (text, finding) = decode(name, bytes)?;
    let text = text.into_owned();
    let (start, delimiter) = layout(name, &text)?;
    let mut rows = Vec::new();
    each_record(name, &text, start, delimiter, |record| {
        rows.push(record.row());
        Ok(())
    })?;
    refuse_odd(name, &text, delimiter, &rows)?;
    Table::new(
        name,
        bytes,
        Some(Text { text, delimiter }),
        rows,
        finding.into_iter().collect(),
    )
}

/// Where the table starts, and the separator of its cells.
///
/// # Errors
/// When the text has more cells than a table may have.
pub(super) fn layout(name: &str, text: &str) -> Result<(usize, u8)> {
    if let Some((start, declared)) = declared_delimiter(text) {
        refuse_many_cells(name, text, declared)?;
        return Ok((start, declared));
    }
    for candidate in DELIMITERS {
        refuse_many_cells(name, text, candidate)?;
    }
    Ok((0, detect_delimiter(text)))
}

/// The text of a file: UTF-8, UTF-16 with or without its mark, or else Windows-1252, the
/// encoding of older Western spreadsheets, which is a guess and said to be one.
pub(super) fn decode<'a>(name: &str, bytes: &'a [u8]) -> Result<(Cow<'a, str>, Option<Finding>)> {
    let marked = Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
    let encoding = match marked {
        Some(encoding) => encoding,
        None => match unmarked_utf16(bytes) {
            Some(encoding) => encoding,
            None if std::str::from_utf8(bytes).is_ok() => UTF_8,
            None => WINDOWS_1252,
        },
    };
    let (text, _, broken) = encoding.decode(bytes);
    // A picture, an archive, a database.
    let binary = text.char_indices().find(|(_, c)| is_no_text(*c));
    let why = match binary {
        _ if broken => Some(format!(
            "it is cut off, or not written in {} as its first bytes say",
            encoding.name()
        )),
        Some((at, odd)) => Some(format!(
            "in line {} stands the control character {:#04x}",
            line_ends(&text[..at]) + 1,
            u32::from(odd)
        )),
        None => None,
    };
    if let Some(why) = why {
        return Err(Error::File {
            path: name.into(),
            message: format!("this is not a text file that can be read as a table: {why}"),
            help: "save the data as CSV (UTF-8) or as an Excel workbook; unpack archives first"
                .into(),
        });
    }
    let finding = (encoding != UTF_8).then(|| {
        let guessed = marked.is_none();
        Finding::new(
            "data.encoding",
            if guessed { Status::Warning } else { Status::Passed },
            if guessed {
                format!(
                    "{name} is not UTF-8 and was read as {}, which is a guess; look at names with accents and currency signs, or save the file as CSV UTF-8",
                    encoding.name()
                )
            } else {
                format!("{name} is written in {} and was read as such", encoding.name())
            },
        )
        .with("encoding", encoding.name())
    });
    Ok((text, finding))
}

/// UTF-16 without its mark shows as text with a zero in every other byte.
fn unmarked_utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(512) & !1];
    let zeros = |offset| {
        sample
            .iter()
            .skip(offset)
            .step_by(2)
            .filter(|byte| **byte == 0)
            .count()
    };
    let (even, odd, half) = (zeros(0), zeros(1), sample.len() / 2);
    if half == 0 {
        None
    } else if odd * 10 >= half * 9 && even == 0 {
        Some(UTF_16LE)
    } else if even * 10 >= half * 9 && odd == 0 {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// Refuses a text with more separators and lines than a table may have cells, before they are laid out.
fn refuse_many_cells(name: &str, text: &str, delimiter: u8) -> Result<()> {
    let ends = [delimiter, b'\n', b'\r'];
    let cells = text.bytes().filter(|byte| ends.contains(byte)).count();
    if cells <= MOST_CELLS {
        return Ok(());
    }
    Err(Error::input(
        format!("{name} has more than {MOST_CELLS} cells"),
        "leave out rows and columns that the model does not need",
    ))
}

/// The separator named by a first line `sep=;`, as Excel writes it, and where the table starts.
fn declared_delimiter(text: &str) -> Option<(usize, u8)> {
    let line = text.lines().next()?;
    match line.trim_matches('"').strip_prefix("sep=")?.as_bytes() {
        [delimiter] => Some((line.len(), *delimiter)),
        _ => None,
    }
}

/// The separator that splits the header into most cells while the rows agree with it: the
/// largest number of header cells times the share of rows with as many cells.
fn detect_delimiter(text: &str) -> u8 {
    const ROWS: usize = 50;
    let score = |delimiter: u8| {
        let mut widths = reader(text, delimiter)
            .into_records()
            .take(ROWS)
            .filter_map(|record| record.ok())
            .map(|record| record.len());
        let header = widths.next().unwrap_or(0);
        let widths: Vec<_> = widths.collect();
        let agree = widths.iter().filter(|width| **width == header).count();
        // A file of a header alone has no rows to disagree.
        let share = (agree + 1) as f64 / (widths.len() + 1) as f64;
        if header > 1 {
            header as f64 * share * share
        } else {
            0.0
        }
    };
    // The first of equals: a comma unless something else is better.
    let mut best = (b',', 0.0);
    for delimiter in DELIMITERS {
        let candidate = score(delimiter);
        if candidate > best.1 {
            best = (delimiter, candidate);
        }
    }
    best.0
}

fn reader(text: &str, delimiter: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes())
}

/// A record of a text: its cells, and where it stands.
pub(super) struct Record<'a> {
    /// Its number as a person counts rows in the file, from 1.
    pub number: usize,
    /// Its bytes, with the line end that closes it.
    pub bytes: Range<usize>,
    /// Its cells, as written.
    pub cells: &'a StringRecord,
}

impl Record<'_> {
    /// The record as a row of a table.
    pub fn row(&self) -> Row {
        let cells = self.cells.iter();
        Row {
            number: self.number,
            start: self.bytes.start,
            cells: cells.map(|cell| Cell::Text(cell.to_string())).collect(),
        }
    }
}

/// Visits the records of `text` from byte `start`. Rows are counted as a spreadsheet does: a blank
/// line is a row, a line break inside quotes is not.
pub(super) fn each_record(
    name: &str,
    text: &str,
    start: usize,
    delimiter: u8,
    mut visit: impl FnMut(Record) -> Result<()>,
) -> Result<()> {
    let mut reader = reader(&text[start..], delimiter);
    let mut cells = StringRecord::new();
    let mut number = 1;
    let mut counted = 0;
    let mut inside = 0;
    loop {
        let more = reader
            .read_record(&mut cells)
            .map_err(|error| Error::File {
                path: name.into(),
                message: error.to_string(),
                help: "save the file again as CSV (UTF-8)".into(),
            })?;
        if !more {
            return Ok(());
        }
        let position = cells
            .position()
            .map_or(0, |position| position.byte() as usize);
        let begin = skip_line_ends(text, start + position);
        number += line_ends(&text[counted..begin]) - inside;
        inside = cells.iter().map(line_ends).sum();
        let mut end = start + reader.position().byte() as usize;
        // `\r` closes a record; the `\n` behind it belongs to the same line end.
        if text[..end].ends_with('\r') && text[end..].starts_with('\n') {
            end += 1;
        }
        visit(Record {
            number,
            bytes: begin..end,
            cells: &cells,
        })?;
        counted = begin;
    }
}

/// Refuses rows in which cells were cut otherwise than their author meant.
pub(super) fn refuse_odd(name: &str, text: &str, delimiter: u8, rows: &[Row]) -> Result<()> {
    refuse_unclosed(name, text, delimiter, rows)?;
    refuse_other_separator(name, delimiter, rows)
}

/// Refuses a last row whose quotation mark is opened and never closed, so that all lines after it became
/// one cell.
fn refuse_unclosed(name: &str, text: &str, delimiter: u8, rows: &[Row]) -> Result<()> {
    let Some(last) = rows.last() else {
        return Ok(());
    };
    let rest = &text[last.start..];
    let cell = field_span(text, last.start, delimiter, last.cells.len() - 1);
    let closed = rest.matches('"').count().is_multiple_of(2);
    if closed || !text[cell.clone()].starts_with('"') || line_ends(rest.trim_end()) == 0 {
        return Ok(());
    }
    Err(Error::input_at(
        format!(
            "{name}, row {}: a quotation mark is opened and never closed, so that all that follows is one cell",
            last.number
        ),
        "close the quotation mark, or remove it",
        NamedSource::new(name, text.to_string()),
        cell.start..cell.start + 1,
        "opened here",
    ))
}

/// Refuses a row that is one cell, but has as many cells as the header with another separator.
fn refuse_other_separator(name: &str, delimiter: u8, rows: &[Row]) -> Result<()> {
    let width = rows.first().map_or(0, |header| header.cells.len());
    let parts = |row: &Row, other: u8| match row.cells.as_slice() {
        [Cell::Text(text)] => text.bytes().filter(|byte| *byte == other).count() + 1,
        _ => 0,
    };
    let others = DELIMITERS.into_iter().filter(|other| *other != delimiter);
    let odd = others
        .flat_map(|other| rows.iter().map(move |row| (row, other)))
        .find(|(row, other)| width > 2 && parts(row, *other) == width);
    let Some((row, other)) = odd else {
        return Ok(());
    };
    let sign = |delimiter: u8| match delimiter {
        b'\t' => "tabs".to_string(),
        other => format!("\"{}\"", char::from(other)),
    };
    Err(Error::input(
        format!(
            "{name}, row {}: its cells are separated by {}, those of the header by {}",
            row.number,
            sign(other),
            sign(delimiter)
        ),
        "separate all rows in the same way; where files were put together, export them alike first",
    ))
}

fn skip_line_ends(text: &str, from: usize) -> usize {
    from + text.as_bytes()[from..]
        .iter()
        .take_while(|byte| matches!(byte, b'\r' | b'\n'))
        .count()
}

/// Line ends of any system: `\n`, `\r\n`, `\r`.
fn line_ends(text: &str) -> usize {
    let bytes = text.as_bytes();
    (0..bytes.len())
        .filter(|&i| bytes[i] == b'\n' || (bytes[i] == b'\r' && bytes.get(i + 1) != Some(&b'\n')))
        .count()
}

/// The bytes of the `column`-th cell of the row that starts at `start`; empty at the row's end
/// when the row is shorter.
pub(super) fn field_span(text: &str, start: usize, delimiter: u8, column: usize) -> Range<usize> {
    let bytes = text.as_bytes();
    let (mut begin, mut field, mut inside) = (start, 0, false);
    let mut at = start;
    while let Some(&byte) = bytes.get(at) {
        if byte == b'"' && (inside || bytes[begin] == b'"') {
            inside = !inside;
        } else if !inside && (byte == delimiter || byte == b'\n' || byte == b'\r') {
            if field == column {
                return begin..at;
            }
            if byte != delimiter {
                return at..at;
            }
            field += 1;
            begin = at + 1;
        }
        at += 1;
    }
    if field == column { begin..at } else { at..at }
}
