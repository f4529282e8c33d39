//! Simulated markets.

use headwater::data::{DataSettings, Table};
use headwater::simulate::MarketSettings;
use pyo3::prelude::*;

use crate::data::{Data, json, parse};
use crate::errors::PyAnswer;
use crate::frame::Frame;
use crate::tables;

/// A market of these settings: its CSV, its data, its truth as JSON and as a table.
#[pyfunction]
pub fn simulate(settings: &str) -> PyAnswer<(String, Data, String, Frame)> {
    let settings: MarketSettings = parse("the market", settings)?;
    let market = headwater::simulate::simulate(&settings)?;
    let csv = market.to_csv();
    // As read from the file that `headwater simulate` writes.
    let data = Data {
        table: Table::from_csv_bytes("simulated.csv", csv.as_bytes())?,
        settings: DataSettings::default(),
        given: Default::default(),
    };
    Ok((csv, data, json(&market.truth), tables::truth(&market.truth)))
}

/// The settings of the sample market, as JSON.
#[pyfunction]
pub fn market_settings() -> String {
    json(&MarketSettings::default())
}
