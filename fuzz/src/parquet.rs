//! Parquet files.

use headwater::data::role::Roles;
use headwater::data::{DataSettings, Table};

use super::promises;

/// The bytes are a Parquet file.
pub fn hold(bytes: &[u8]) {
    let mut bytes = bytes.to_vec();
    if !bytes.starts_with(b"PAR1") {
        bytes.splice(0..bytes.len().min(4), *b"PAR1");
    }
    match Table::from_bytes("market.parquet", bytes, &DataSettings::default()) {
        Ok(table) => {
            promises::of_table(&table);
            promises::of_weeks(&table, &DataSettings::default(), &Roles::default());
        }
        Err(error) => promises::of_error(&error),
    }
}
