//! Files that cannot be used: each in `fixtures/faulty` is named for its fault, and the snapshot holds what
//! is said of it. A new file changes the snapshot, and so must be read as an analyst would read it.
#![allow(clippy::unwrap_used)] // a test may panic

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use headwater::analysis::{RunFiles, SavedRun, Settings};
use headwater::data::{DataSettings, Table, load};
use headwater::error::Error;
use headwater::estimators;
use miette::Diagnostic;

use crate::common::fixture;

/// What is said of a file: read as the settings, the model or the analysis of a run that its name says, or
/// as data.
fn refusal(path: &Path, name: &str) -> Error {
    let text = || fs::read_to_string(path).unwrap();
    let refused = if name.ends_with(".toml") {
        Settings::from_toml(name, &text()).err()
    } else if name.ends_with("_model.json") {
        estimators::load(&text()).err()
    } else if name.ends_with("_analysis.json") {
        let files: RunFiles = [("analysis.json", text())].into_iter().collect();
        SavedRun::of(&files, "run".as_ref()).err()
    } else {
        load(path, &DataSettings::default(), None).err()
    };
    refused.unwrap_or_else(|| panic!("{name} was taken"))
}

/// The message, the remedy, and the text that is pointed at.
fn said(error: &Error) -> String {
    let mut said = format!("  {error}\n  help: {}\n", error.help().unwrap());
    if let Error::Input(input) = error
        && let (Some(source), Some(span)) = (&input.source_text, input.span)
    {
        let pointed = &source.inner()[span.offset()..span.offset() + span.len()];
        let shown: String = pointed.chars().take(60).collect();
        writeln!(said, "  at: {shown:?} ({})", input.label).unwrap();
    }
    said
}

#[test]
fn every_faulty_file_is_refused_with_its_place_and_a_remedy() {
    let entries = fs::read_dir(fixture("faulty")).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let (mut all, mut parquet) = (String::new(), String::new());
    for path in files {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // Read, with a finding: see `reading.rs`.
        if name == "empty_column.csv" {
            continue;
        }
        let text = match name.ends_with(".parquet") {
            true => &mut parquet,
            false => &mut all,
        };
        let error = refusal(&path, &name);
        write!(text, "{name}\n{}\n", said(&error)).unwrap();
    }
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("faulty", all);
        if cfg!(feature = "parquet") {
            insta::assert_snapshot!("faulty_parquet", parquet);
        } else {
            insta::assert_snapshot!("parquet_without_readers", parquet);
        }
    });
}

/// The message and remedy of a table that must not be read.
fn refused(name: &str, bytes: Vec<u8>) -> String {
    let error = Table::from_bytes(name, bytes, &DataSettings::default()).unwrap_err();
    said(&error)
}

#[test]
fn sixty_four_megabytes_of_commas_are_refused_before_they_are_cells() {
    assert_eq!(
        refused("commas.csv", vec![b','; 64 << 20]),
        "  commas.csv has more than 20000000 cells\n  help: leave out rows and columns that the \
         model does not need\n"
    );
}

#[test]
fn more_columns_than_a_spreadsheet_has_are_refused() {
    let names: Vec<String> = (0..20_000).map(|column| format!("c{column}")).collect();
    let text = format!("{}\n{}\n", names.join(","), "1,".repeat(19_999));
    assert_eq!(
        refused("wide.csv", text.into_bytes()),
        "  wide.csv has 20000 columns, more than the 16384 of a spreadsheet\n  help: leave out the \
         columns that the model does not need\n"
    );
}

#[test]
#[cfg(unix)]
fn a_file_without_end_is_refused() {
    let error = Table::read("/dev/zero".as_ref(), &DataSettings::default()).unwrap_err();
    assert_eq!(error.to_string(), "zero is larger than 256 MB");
}

#[test]
fn a_workbook_that_unpacks_to_gigabytes_is_refused() {
    use std::io::Write as _;
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    archive.start_file("[Content_Types].xml", options).unwrap();
    archive
        .start_file("xl/worksheets/sheet1.xml", options)
        .unwrap();
    let spaces = vec![b' '; 1 << 20];
    for _ in 0..300 {
        archive.write_all(&spaces).unwrap();
    }
    let bytes = archive.finish().unwrap().into_inner();
    assert!(bytes.len() < 1 << 20, "{} bytes", bytes.len());
    assert_eq!(
        refused("spaces.xlsx", bytes),
        "  spaces.xlsx unpacks to more than 256 MB\n  help: delete what lies far from the table, or \
         save the table as CSV with one row for each week\n"
    );
}
