//! What the columns look like before anything is fitted to them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Dataset;
use super::role::{Role, Unit};
use crate::numeric::summary::mean;
use crate::numeric::vector::{dot, scaled};

/// The columns of a dataset in figures: see [`Dataset::describe`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Description {
    /// The first day of each week, ISO 8601, ascending.
    pub weeks: Vec<String>,
    /// The columns that have a part in the model, in file order.
    pub columns: Vec<ColumnDescription>,
    /// Exposures whose unit is money, in file order.
    pub spend: Vec<SpendShare>,
    /// Exposures that are counted in something else, which have no share of spend.
    pub not_in_money: Vec<String>,
    /// How the columns move together.
    pub correlation: Correlation,
}

/// One column. Fills have been made: a dataset has no missing value, and what was filled is a
/// finding (`data.filled`) of reading the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ColumnDescription {
    /// Its name in the file.
    pub name: String,
    /// Its part in the graph.
    pub role: Role,
    /// Money or a count; says nothing of levers and controls.
    pub unit: Unit,
    /// The mean over all weeks; null without a week.
    pub mean: Option<f64>,
    /// The standard deviation over weeks, `sqrt(sum (x - mean)^2 / (n - 1))`; null with fewer than
    /// two weeks.
    pub sd: Option<f64>,
    /// The least value; null without a week.
    pub min: Option<f64>,
    /// The largest value; null without a week.
    pub max: Option<f64>,
    /// Weeks in which it is 0.
    pub zero_weeks: usize,
    /// Whether it has the same value in every week: nothing can be learned from it.
    pub constant: bool,
    /// One value a week, in its own unit.
    pub values: Vec<f64>,
}

/// What was spent on one exposure over all weeks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SpendShare {
    /// The exposure's column.
    pub exposure: String,
    /// Its spend over all weeks, in money.
    pub spend: f64,
    /// Its part of what was spent on all exposures, in 0 to 1; null where nothing was spent.
    pub share: Option<f64>,
}

/// Pearson's correlation of each pair of columns over all weeks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Correlation {
    /// Rows and columns of the matrix, in file order.
    pub columns: Vec<String>,
    /// In -1 to 1, 1 on the diagonal, symmetric; null where a column is constant.
    pub values: Vec<Vec<Option<f64>>>,
    /// The two different columns that move together the most, by absolute correlation, and how much;
    /// null where no pair has a correlation.
    pub strongest: Option<(String, String, f64)>,
}

impl Dataset {
    /// Every column that has a part in the model in figures, shares of spend, and correlations.
    /// Describes and judges nothing: correlation of spend and revenue is no effect.
    ///
    /// ```
    /// use headwater::simulate::{MarketSettings, simulate};
    /// let description = simulate(&MarketSettings::default())?.dataset.describe();
    /// let shares = description.spend.iter().filter_map(|exposure| exposure.share);
    /// assert!((shares.sum::<f64>() - 1.0).abs() < 1e-12);
    /// assert_eq!(description.correlation.values[0][0], Some(1.0));
    /// # Ok::<(), headwater::error::Error>(())
    /// ```
    pub fn describe(&self) -> Description {
        let roles = self.roles();
        let columns: Vec<ColumnDescription> = self
            .columns()
            .filter_map(|(name, values)| {
                let variable = roles.columns.get(name)?;
                Some(ColumnDescription::of(
                    name,
                    variable.role,
                    variable.unit,
                    values,
                ))
            })
            .collect();
        let (in_money, counted): (Vec<&str>, Vec<&str>) = roles
            .exposures()
            .into_iter()
            .partition(|name| roles.columns[*name].unit == Unit::Money);
        let spent = |name: &str| self.column(name).iter().sum::<f64>();
        let all: f64 = in_money.iter().map(|name| spent(name)).sum();
        let spend = in_money.into_iter().map(|name| SpendShare {
            exposure: name.into(),
            spend: spent(name),
            share: (all > 0.0).then(|| spent(name) / all),
        });
        Description {
            weeks: self.weeks().iter().map(ToString::to_string).collect(),
            spend: spend.collect(),
            not_in_money: counted.into_iter().map(String::from).collect(),
            correlation: Correlation::of(&columns),
            columns,
        }
    }
}

impl ColumnDescription {
    fn of(name: &str, role: Role, unit: Unit, values: &[f64]) -> Self {
        let n = values.len();
        let center = mean(values);
        let squares: f64 = values.iter().map(|value| (value - center).powi(2)).sum();
        ColumnDescription {
            name: name.into(),
            role,
            unit,
            mean: (n > 0).then_some(center),
            sd: (n > 1).then(|| (squares / (n - 1) as f64).sqrt()),
            min: values.iter().copied().min_by(f64::total_cmp),
            max: values.iter().copied().max_by(f64::total_cmp),
            zero_weeks: values.iter().filter(|value| **value == 0.0).count(),
            constant: values.windows(2).all(|pair| pair[0] == pair[1]),
            values: values.to_vec(),
        }
    }

    /// The values around their mean, as a vector of length 1; none for a constant.
    fn direction(&self) -> Option<Vec<f64>> {
        if self.constant {
            return None;
        }
        let values = scaled(&self.values);
        let center = mean(&values);
        let around: Vec<f64> = values.iter().map(|value| value - center).collect();
        let length = dot(&around, &around).sqrt();
        (length > 0.0).then(|| around.iter().map(|value| value / length).collect())
    }
}

impl Correlation {
    fn of(columns: &[ColumnDescription]) -> Self {
        let directions: Vec<Option<Vec<f64>>> =
            columns.iter().map(ColumnDescription::direction).collect();
        let pair = |a: usize, b: usize| match (&directions[a], &directions[b]) {
            (Some(_), Some(_)) if a == b => Some(1.0),
            (Some(a), Some(b)) => Some(dot(a, b).clamp(-1.0, 1.0)),
            _ => None,
        };
        let all = 0..columns.len();
        let values: Vec<Vec<Option<f64>>> = all
            .clone()
            .map(|a| all.clone().map(|b| pair(a, b)).collect())
            .collect();
        let pairs = all.flat_map(|b| (0..b).map(move |a| (a, b)));
        let strongest = pairs
            .filter_map(|(a, b)| Some((a, b, values[a][b]?)))
            .max_by(|x, y| x.2.abs().total_cmp(&y.2.abs()))
            .map(|(a, b, r)| (columns[a].name.clone(), columns[b].name.clone(), r));
        Correlation {
            columns: columns.iter().map(|column| column.name.clone()).collect(),
            values,
            strongest,
        }
    }
}
