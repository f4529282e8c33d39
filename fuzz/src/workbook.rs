//! Excel workbooks.

use std::io::{Cursor, Write};

use headwater::data::role::Roles;
use headwater::data::{DataSettings, Table};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::promises;

/// The bytes are a workbook; or, because what is packed cannot be varied with a purpose, the text of its
/// parts: a line `=== xl/workbook.xml` and beneath it the part.
pub fn hold(bytes: &[u8]) {
    let packed = bytes.starts_with(b"PK").then(|| bytes.to_vec());
    let bytes = packed.unwrap_or_else(|| pack(bytes));
    match Table::from_bytes("market.xlsx", bytes, &DataSettings::default()) {
        Ok(table) => {
            promises::of_table(&table);
            promises::of_weeks(&table, &DataSettings::default(), &Roles::default());
        }
        Err(error) => promises::of_error(&error),
    }
}

/// A workbook of the parts.
fn pack(parts: &[u8]) -> Vec<u8> {
    const MARK: &[u8] = b"=== ";
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let mut lines = parts.split_inclusive(|byte| *byte == b'\n').peekable();
    let mut names = std::collections::HashSet::new();
    while let Some(line) = lines.next() {
        let Some(name) = line.strip_prefix(MARK) else {
            continue;
        };
        let name = String::from_utf8_lossy(name.trim_ascii()).into_owned();
        let mut part = Vec::new();
        while let Some(line) = lines.next_if(|line| !line.starts_with(MARK)) {
            part.extend_from_slice(line);
        }
        let options =
            SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        if names.insert(name.clone()) && archive.start_file(name, options).is_ok() {
            archive.write_all(&part).expect("memory can be written to");
        }
    }
    archive
        .finish()
        .expect("memory can be written to")
        .into_inner()
}
