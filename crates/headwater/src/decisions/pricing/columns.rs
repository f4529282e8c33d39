//! Which column holds prices, which promotions: by name, never by guess.

use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::words::either;

/// The column of prices.
pub(super) fn price<'a>(data: &'a Dataset, named: Option<&str>) -> Result<&'a str> {
    if let Some(name) = named {
        return covariate(data, name, "--price");
    }
    let found = holding(data, "price");
    match found.as_slice() {
        [only] => Ok(only),
        [] => Err(Error::setting(
            "no lever or control has \"price\" in its name",
            match data.roles().covariates().as_slice() {
                [] => "give the data a column of list prices with the role control, and fit again"
                    .into(),
                known => format!("name the column of prices with --price: {}", either(known)),
            },
        )),
        several => Err(Error::setting(
            format!("several columns may hold the price: {}", either(several)),
            format!("name one with --price, such as --price {}", several[0]),
        )),
    }
}

/// The column of promotions, if there is one.
pub(super) fn promotion<'a>(
    data: &'a Dataset,
    named: Option<&str>,
    price: &str,
) -> Result<Option<&'a str>> {
    if let Some(name) = named {
        return match covariate(data, name, "--promotion")? {
            name if name == price => Err(Error::setting(
                format!("{name} cannot be both the price and the promotion"),
                "name two different columns with --price and --promotion",
            )),
            name => Ok(Some(name)),
        };
    }
    let mut found = holding(data, "promo");
    found.retain(|name| *name != price);
    match found.as_slice() {
        [] => Ok(None),
        [only] => Ok(Some(only)),
        several => Err(Error::setting(
            format!("several columns may hold promotions: {}", either(several)),
            format!(
                "name one with --promotion, such as --promotion {}",
                several[0]
            ),
        )),
    }
}

/// Levers and controls with `part` in their names.
fn holding<'a>(data: &'a Dataset, part: &str) -> Vec<&'a str> {
    let mut known = data.roles().covariates();
    known.retain(|name| name.to_lowercase().contains(part));
    known
}

/// The lever or control of that name.
fn covariate<'a>(data: &'a Dataset, name: &str, option: &str) -> Result<&'a str> {
    let known = data.roles().covariates();
    let found = known.iter().find(|known| **known == name);
    found.copied().ok_or_else(|| {
        Error::setting(
            format!("{name} is no lever or control of this run"),
            match known.is_empty() {
                true => "the run has none: fit again with a column of that role".into(),
                false => format!("{option} takes one of {}", either(&known)),
            },
        )
    })
}
