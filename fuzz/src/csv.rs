//! Text files.

use headwater::data::role::Roles;
use headwater::data::{Daily, DataSettings, Table};

use super::promises;

/// The bytes are a CSV file: of weeks, or of days to be summed.
pub fn hold(bytes: &[u8]) {
    let table = match Table::from_csv_bytes("market.csv", bytes) {
        Ok(table) => table,
        Err(error) => return promises::of_error(&error),
    };
    promises::of_table(&table);
    for daily in [Daily::Error, Daily::Sum] {
        let settings = DataSettings {
            daily,
            ..DataSettings::default()
        };
        promises::of_weeks(&table, &settings, &Roles::default());
    }
}
