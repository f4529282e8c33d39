//! The prices that were seen.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::numeric::summary::{mean, quantiles};

/// The part of weeks between whose prices answers are given.
const WITHIN: [f64; 2] = [0.05, 0.95];
/// The weeks that stand for now: a year, so that seasons cancel.
pub(super) const YEAR: usize = 52;

/// The prices that were seen; no answer leaves `least` to `most`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PriceRange {
    /// The column.
    pub column: String,
    /// The 5% quantile of weekly prices.
    pub least: f64,
    /// The 95% quantile of weekly prices.
    pub most: f64,
    /// The mean price of the last 52 weeks (of all where there are fewer).
    pub now: f64,
    /// How many different prices there are.
    pub levels: usize,
}

impl PriceRange {
    /// Reads the prices of a column.
    ///
    /// # Errors
    /// Names the week of a price that is not above zero.
    pub(super) fn of(data: &Dataset, column: &str) -> Result<Self> {
        let prices = data.column(column);
        if let Some(t) = prices.iter().position(|price| *price <= 0.0) {
            return Err(Error::input(
                format!(
                    "{column} is {} in week {}: an elasticity needs prices above zero",
                    prices[t],
                    data.weeks()[t]
                ),
                "correct the price of that week, or name another column with --price",
            ));
        }
        let [least, most] = quantiles(prices, WITHIN);
        let mut sorted = prices.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        sorted.dedup();
        Ok(PriceRange {
            column: column.into(),
            least,
            most,
            now: mean(&prices[prices.len().saturating_sub(YEAR)..]),
            levels: sorted.len(),
        })
    }

    /// Whether there is a range at all.
    pub fn varies(&self) -> bool {
        self.least < self.most
    }
}
