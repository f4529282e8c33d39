//! Many brands, each a market with effects of its own, as one panel.

use indexmap::IndexMap;
use rand::RngExt;

use super::{Market, MarketSettings, Truth, simulate};
use crate::error::{Error, Result};
use crate::numeric::random::stream;

/// The streams of brands, apart from those inside a market.
const FIRST_BRAND: u64 = 1 << 32;

/// The least and the most that a brand's effects are of those in the settings.
const FACTORS: std::ops::Range<f64> = 0.5..1.5;

/// Markets of many brands.
#[derive(Debug, Clone)]
pub struct Brands {
    /// The market of each brand, by its name.
    pub markets: IndexMap<String, Market>,
}

/// Simulates brands whose markets have nothing in common but the weeks: each has spend and noise of its
/// own, and its effects and its worth of a Google dollar are those of `settings` times factors drawn
/// evenly from 0.5 to 1.5.
///
/// ```
/// use headwater::simulate::{MarketSettings, simulate_brands};
/// let brands = simulate_brands(&MarketSettings::default(), 3)?;
/// assert!(brands.to_csv().starts_with("brand,week,facebook_spend,"));
/// let returns: Vec<f64> = brands.truths().values().map(|truth| truth.search_return).collect();
/// assert!(returns.iter().all(|worth| (1.5..4.5).contains(worth)) && returns[0] != returns[1]);
/// # Ok::<(), headwater::error::Error>(())
/// ```
///
/// # Errors
/// Those of [`simulate`], with the brand; and without any brand.
pub fn simulate_brands(settings: &MarketSettings, brands: usize) -> Result<Brands> {
    if brands == 0 {
        return Err(Error::setting(
            "a panel of 0 brands cannot be simulated",
            "ask for at least one brand",
        ));
    }
    let digits = brands.to_string().len();
    let market = |brand: usize| {
        let name = format!("brand-{brand:0digits$}");
        let market = simulate(&of_brand(settings, brand)).map_err(|error| match error {
            Error::Setting { message, help } => Error::setting(format!("{name}: {message}"), help),
            error => error,
        })?;
        Ok((name, market))
    };
    Ok(Brands {
        markets: (1..=brands).map(market).collect::<Result<_>>()?,
    })
}

/// The settings of the `brand`-th brand, whatever the number of brands.
fn of_brand(settings: &MarketSettings, brand: usize) -> MarketSettings {
    let mut random = stream(settings.seed, FIRST_BRAND + brand as u64);
    // As many bits as every reader of JSON keeps of a number.
    let seed = random.random::<u64>() >> 11;
    let mut factor = || random.random_range(FACTORS);
    let mut settings = MarketSettings {
        seed,
        search_return: settings.search_return * factor(),
        ..settings.clone()
    };
    for channel in &mut settings.channels {
        channel.mediated *= factor();
        channel.direct *= factor();
    }
    settings
}

impl Brands {
    /// All brands as one CSV file, one after the other, with a first column `brand`.
    pub fn to_csv(&self) -> String {
        let mut text = String::new();
        for (brand, market) in &self.markets {
            let rows = market.to_csv();
            let (header, rows) = rows.split_once('\n').unwrap_or((&rows, ""));
            if text.is_empty() {
                text += &format!("brand,{header}\n");
            }
            for row in rows.lines() {
                text += &format!("{brand},{row}\n");
            }
        }
        text
    }

    /// The effects that each brand's market was made with.
    pub fn truths(&self) -> IndexMap<&str, &Truth> {
        let markets = self.markets.iter();
        markets
            .map(|(brand, market)| (brand.as_str(), &market.truth))
            .collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_brand_is_the_market_that_its_truth_describes() {
        let brands = simulate_brands(&MarketSettings::default(), 10).unwrap();
        let names: Vec<&String> = brands.markets.keys().collect();
        assert_eq!((&**names[0], &**names[9]), ("brand-01", "brand-10"));
        for market in brands.markets.values() {
            let again = simulate(&market.truth.settings).unwrap();
            assert_eq!(again.to_csv(), market.to_csv());
        }
        let seeds: std::collections::BTreeSet<u64> = brands
            .truths()
            .values()
            .map(|truth| truth.settings.seed)
            .collect();
        assert_eq!(seeds.len(), 10);
    }

    #[test]
    fn the_number_of_brands_changes_none_of_them() {
        let settings = MarketSettings::default();
        let (few, many) = (simulate_brands(&settings, 2), simulate_brands(&settings, 9));
        let (few, many) = (few.unwrap(), many.unwrap());
        assert_eq!(
            few.markets["brand-2"].to_csv(),
            many.markets["brand-2"].to_csv()
        );
    }

    #[test]
    fn what_cannot_be_simulated_names_the_brand() {
        let settings = MarketSettings {
            outcome_noise: 1000.0,
            ..MarketSettings::default()
        };
        let refused = simulate_brands(&settings, 2).unwrap_err().to_string();
        assert!(refused.starts_with("brand-1: "), "{refused}");
        let none = simulate_brands(&MarketSettings::default(), 0).unwrap_err();
        assert_eq!(none.to_string(), "a panel of 0 brands cannot be simulated");
    }
}
