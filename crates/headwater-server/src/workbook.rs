//! A workbook before it is read: whether its cells fit into memory.
//!
//! A workbook of a few kilobytes can hold gigabytes of nothing, or two cells at opposite corners of a
//! sheet, whose rectangle the reader would lay out. CSV cannot: it is as large as it is sent.

use std::fs::File;
use std::io::{self, Cursor, Read, Write};
use std::path::Path;

use calamine::{Reader, Xlsx};
use headwater::error::{Error, Result};
use zip::ZipArchive;

/// The most bytes that a workbook may unpack to: four times what may be sent of a plain file.
const MOST_BYTES: usize = 256 << 20;

/// The most cells that a sheet may span: 50,000 weeks of 100 columns.
const MOST_CELLS: u64 = 5_000_000;

/// Refuses a workbook that would not fit, and one that is not .xlsx, whose size cannot be told before it
/// is read. Other files pass.
pub fn check(path: &Path, name: &str) -> Result<()> {
    let mut start = [0; 4];
    let found = File::open(path).and_then(|mut file| {
        let found = file.read(&mut start)?;
        Ok(&start[..found])
    });
    match found {
        Ok(b"PK\x03\x04") => {}
        Ok(b"\xD0\xCF\x11\xE0") => return Err(unknown(name)),
        // A file that cannot be opened is told by the reader.
        _ => return Ok(()),
    }
    let Ok(bytes) = std::fs::read(path) else {
        return Ok(());
    };
    check_bytes(&bytes, name)?;
    check_cells(&bytes, name)
}

/// Unpacks everything into nothing, because what a ZIP file says of its sizes may be false.
fn check_bytes(bytes: &[u8], name: &str) -> Result<()> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| unknown(name))?;
    let mut counted = Counted(0);
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).map_err(|_| unknown(name))?;
        let unpacked = io::copy(&mut part, &mut counted);
        if counted.0 > MOST_BYTES {
            return Err(too_large(
                name,
                &format!("unpacks to more than {} MB", MOST_BYTES >> 20),
            ));
        }
        unpacked.map_err(|_| unknown(name))?;
    }
    Ok(())
}

/// Looks where the outermost cells of each sheet lie.
fn check_cells(bytes: &[u8], name: &str) -> Result<()> {
    let mut workbook = Xlsx::new(Cursor::new(bytes)).map_err(|_| unknown(name))?;
    for sheet in workbook.sheet_names() {
        // A sheet of charts has no cells; a broken one is told by the reader.
        let Ok(mut cells) = workbook.worksheet_cells_reader(&sheet) else {
            continue;
        };
        let mut corners: Option<[(u32, u32); 2]> = None;
        while let Ok(Some(cell)) = cells.next_cell() {
            let (row, column) = cell.get_position();
            let [first, last] = corners.unwrap_or([(row, column); 2]);
            corners = Some([
                (first.0.min(row), first.1.min(column)),
                (last.0.max(row), last.1.max(column)),
            ]);
        }
        let Some([first, last]) = corners else {
            continue;
        };
        let (rows, columns) = (last.0 - first.0 + 1, last.1 - first.1 + 1);
        if u64::from(rows) * u64::from(columns) > MOST_CELLS {
            let why = format!("has a sheet \"{sheet}\" of {rows} rows and {columns} columns");
            return Err(too_large(name, &why));
        }
    }
    Ok(())
}

/// Counts what is written, up to where it is too much.
struct Counted(usize);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        match self.0 > MOST_BYTES {
            true => Err(io::Error::other("too much")),
            false => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn too_large(name: &str, why: &str) -> Error {
    Error::input(
        format!("{name} {why}"),
        "delete what lies far from the table, or save the table as CSV with one row for each week",
    )
}

fn unknown(name: &str) -> Error {
    Error::input(
        format!("{name} is no .xlsx workbook that can be opened here"),
        "open it in a spreadsheet, remove any password, and save it as .xlsx or CSV; `headwater fit` on \
         the command line reads .xls and .ods as well",
    )
}
