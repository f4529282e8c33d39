//! What is promised of every error, table and dataset.

use headwater::data::role::Roles;
use headwater::data::{
    DataSettings, Dataset, DateFormat, Decimal, Loaded, Table, assemble, complete_roles, to_csv,
};
use headwater::error::Error;
use headwater::finding::Finding;
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};

/// No message is longer: one that quotes a cell quotes its beginning.
const LONGEST_MESSAGE: usize = 4_000;

/// An error says what is wrong and what to do next, in text that a terminal can show.
pub fn of_error(error: &Error) {
    let message = error.to_string();
    assert!(!message.trim().is_empty(), "no message: {error:?}");
    let help = error.help().map(|help| help.to_string());
    let help = help.unwrap_or_default();
    assert!(!help.trim().is_empty(), "no remedy: {message}");
    for text in [&message, &help] {
        assert!(
            text.len() <= LONGEST_MESSAGE,
            "a message of {} bytes: {text}",
            text.len()
        );
    }
    if let Error::Input(input) = error
        && let (Some(source), Some(span)) = (&input.source_text, input.span)
    {
        let text = source.inner();
        let end = span.offset() + span.len();
        assert!(
            text.is_char_boundary(span.offset()) && text.is_char_boundary(end),
            "{message} points at {span:?} of {} bytes",
            text.len()
        );
    }
    // Drawing takes longer than reading: the fuzzer leaves it to the tests.
    if !cfg!(test) {
        return;
    }
    let mut shown = String::new();
    GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor())
        .render_report(&mut shown, error)
        .expect("a report can be written to memory");
}

/// A finding has an id and a sentence.
pub fn of_findings(findings: &[Finding]) {
    for finding in findings {
        assert!(finding.id.contains('.'), "{finding:?}");
        assert!(!finding.summary.trim().is_empty(), "{finding:?}");
    }
}

/// A table has as many cells in every column as it says, and names that can be told apart.
pub fn of_table(table: &Table) {
    let names = table.column_names();
    assert!(names.len() >= 2 && !table.is_empty());
    assert!(names.iter().all(|name| !name.is_empty()));
    for (column, name) in names.iter().enumerate() {
        assert_eq!(table.position(name), Some(column), "a name stands twice");
        assert_eq!(table.cells(column).len(), table.len());
    }
    let numbers: Vec<usize> = (0..table.len()).map(|row| table.row_number(row)).collect();
    assert!(
        numbers.is_sorted_by(|a, b| a < b),
        "rows are counted upwards: {numbers:?}"
    );
}

/// A table becomes weeks with finite numbers, or an error.
pub fn of_weeks(table: &Table, settings: &DataSettings, roles: &Roles) -> Option<Dataset> {
    let inference = match complete_roles(table, settings, roles) {
        Ok(inference) => inference,
        Err(error) => {
            of_error(&error);
            return None;
        }
    };
    of_findings(&inference.findings);
    match assemble(table, settings, &inference.roles) {
        Ok(loaded) => {
            of_loaded(&loaded);
            Some(loaded.dataset)
        }
        Err(error) => {
            of_error(&error);
            None
        }
    }
}

/// A dataset holds a finite number for every week, 7 days apart, and is the same once written and read
/// again, which is how a run keeps it.
fn of_loaded(loaded: &Loaded) {
    of_findings(&loaded.findings);
    let dataset = &loaded.dataset;
    let weeks = dataset.weeks();
    for pair in weeks.windows(2) {
        assert_eq!(
            pair[0].until(pair[1]).map(|span| span.get_days()).ok(),
            Some(7)
        );
    }
    for (name, values) in dataset.columns() {
        assert_eq!(values.len(), weeks.len(), "{name}");
        assert!(
            values.iter().all(|value| value.is_finite()),
            "{name}: {values:?}"
        );
    }
    assert_eq!(loaded.weeks_in_file, weeks);
    dataset.describe();
    let as_written = DataSettings {
        date_format: DateFormat::Iso,
        decimal: Decimal::Point,
        ..DataSettings::default()
    };
    let text = to_csv(dataset);
    let again = Table::from_csv_bytes("dataset.csv", text.as_bytes())
        .and_then(|table| assemble(&table, &as_written, dataset.roles()))
        .unwrap_or_else(|error| panic!("what was written cannot be read: {error}\n{text}"))
        .dataset;
    assert_eq!(again.weeks(), weeks);
    let bits = |dataset: &Dataset| -> Vec<(String, Vec<u64>)> {
        let columns = dataset.columns();
        columns
            .map(|(name, values)| {
                let bits = values.iter().map(|value| value.to_bits());
                (name.to_string(), bits.collect())
            })
            .collect()
    };
    assert_eq!(bits(&again), bits(dataset));
}
