//! Linear estimators and what they fit.

mod cross_products;
mod descent;
mod ols;
mod penalized;
mod ridge_path;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Predictor, Term, refuse_repeats, require_columns};
use crate::design::Design;
use crate::error::{Error, Result};

pub use ols::Ols;
pub use penalized::{Penalized, Penalty};

/// ŷ = b₀ + Σⱼ xⱼ bⱼ, in the units of the target and of the columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LinearModel {
    /// b₀.
    intercept: f64,
    /// Column names with their slopes, in design order.
    slopes: Vec<(Arc<str>, f64)>,
    /// What tuning chose.
    tuned: Map<String, Value>,
}

impl LinearModel {
    fn new(x: &Design, intercept: f64, slopes: Vec<f64>, tuned: Map<String, Value>) -> Self {
        let names = x.columns().iter().map(|column| column.name.clone());
        LinearModel {
            intercept,
            slopes: names.zip(slopes).collect(),
            tuned,
        }
    }
}

impl Predictor for LinearModel {
    fn predict(&self, x: &Design) -> Result<Vec<f64>> {
        require_columns(self.slopes.iter().map(|(name, _)| &**name), x)?;
        let mut predictions = vec![self.intercept; x.weeks()];
        for (column, (_, slope)) in x.columns().iter().zip(&self.slopes) {
            for (prediction, value) in predictions.iter_mut().zip(column.values.iter()) {
                *prediction += slope * value;
            }
        }
        Ok(predictions)
    }

    fn slopes(&self) -> Option<&[(Arc<str>, f64)]> {
        Some(&self.slopes)
    }

    fn terms(&self, x: &Design) -> Result<Vec<Term>> {
        require_columns(self.slopes.iter().map(|(name, _)| &**name), x)?;
        let term = |name: &str, coefficient| Term {
            coefficient: Some(coefficient),
            ..Term::named(name)
        };
        Ok(std::iter::once(term("intercept", self.intercept))
            .chain(self.slopes.iter().map(|(name, slope)| term(name, *slope)))
            .collect())
    }

    fn tuned(&self) -> Map<String, Value> {
        self.tuned.clone()
    }

    fn to_json(&self) -> Result<String> {
        super::written(serde_json::to_string_pretty(&json!({ "linear": self })))
    }
}

/// Reads a model written by a linear estimator's [`Predictor::to_json`].
///
/// # Errors
/// When the text is not such a model.
pub fn load(value: &Value) -> Result<Box<dyn Predictor>> {
    let model = value.get("linear").unwrap_or(&Value::Null);
    let model = LinearModel::deserialize(model).map_err(|error| {
        Error::estimator(
            format!("the linear model cannot be read: {error}"),
            "write it again with headwater fit",
        )
    })?;
    refuse_repeats(model.slopes.iter().map(|(name, _)| &**name))?;
    Ok(Box::new(model))
}
