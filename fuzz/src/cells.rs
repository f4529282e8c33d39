//! Dates and numbers, however they are written.

use headwater::data::role::{Role, Roles};
use headwater::data::{Cell, DataSettings, DateFormat, Decimal, Table, default_variable};

use super::promises;

/// The lines of the bytes are cells: the first half dates, the second half spends, in every format that
/// a person can ask for. A tab in front of a line makes it a number of a workbook.
pub fn hold(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let cells: Vec<Cell> = text.lines().map(cell).collect();
    let weeks = cells.len() / 2;
    let (dates, spends) = (cells[..weeks].to_vec(), cells[weeks..2 * weeks].to_vec());
    let counted =
        |from: usize| (0..weeks).map(move |week| Cell::Number((from + week * week) as f64));
    let columns = vec![
        ("week".to_string(), dates),
        ("spend".to_string(), spends),
        ("search".to_string(), counted(10).collect()),
        ("revenue".to_string(), counted(100).collect()),
    ];
    let table = match Table::from_columns("cells", columns) {
        Ok(table) => table,
        Err(error) => return promises::of_error(&error),
    };
    let named = [
        ("week", Role::Date),
        ("spend", Role::Exposure),
        ("search", Role::Mediator),
        ("revenue", Role::Outcome),
    ];
    let mut roles = Roles::default();
    for (name, role) in named {
        let variable = default_variable(name, role);
        roles.columns.insert(name.to_string(), variable);
    }
    let formats = [
        DateFormat::Auto,
        DateFormat::Iso,
        DateFormat::DayFirst,
        DateFormat::MonthFirst,
        DateFormat::IsoWeek,
    ];
    for date_format in formats {
        for decimal in [Decimal::Auto, Decimal::Point, Decimal::Comma] {
            let settings = DataSettings {
                date_format,
                decimal,
                ..DataSettings::default()
            };
            promises::of_weeks(&table, &settings, &roles);
        }
    }
}

fn cell(line: &str) -> Cell {
    let number = line.strip_prefix('\t').and_then(|rest| rest.parse().ok());
    number.map_or_else(|| Cell::Text(line.into()), Cell::Number)
}
