//! Estimators: one small trait, two stages use it.
//!
//! [`Estimator`] is a recipe without data, [`Predictor`] is what fitting returns: "not
//! fitted" cannot be written. Fitting takes a weight for every week, the number of times a
//! bootstrap drew it, so that folds inside a fit keep the original week order and copies of
//! a week always fall on one side (methods brief, 2.1).

use serde::{Deserialize, Serialize};

use crate::design::Design;
use crate::error::Result;
use crate::splits::Fold;

/// A recipe for predicting a target from a design.
pub trait Estimator: Send + Sync {
    /// Fits to the weeks with a positive weight, tuning included.
    ///
    /// `y` and `weights` hold one value a week of `x`. Rows with weight 0 are never read.
    fn fit(&self, x: &Design, y: &[f64], weights: &[f64]) -> Result<Box<dyn Predictor>>;

    /// The mean squared error over the test weeks of `folds`, all tuning done inside each
    /// training range; used to choose between candidate designs, such as adstock decays.
    fn cross_validate(&self, x: &Design, y: &[f64], weights: &[f64], folds: &[Fold])
    -> Result<f64>;

    /// Whether in-sample predictions contain the noise of the training weeks, so that a later
    /// stage must learn from cross-fitted ones (methods brief, 1.5).
    fn overfits(&self) -> bool;
}

/// A fitted estimator.
pub trait Predictor: Send + Sync {
    /// Predictions for every week of `x`, which must have the columns of the fit in order.
    fn predict(&self, x: &Design) -> Result<Vec<f64>>;

    /// What was learned about each column; SHAP means are over the weeks of `x`.
    fn terms(&self, x: &Design) -> Result<Vec<Term>>;

    /// What tuning chose, in words and numbers for the report: penalty, rounds.
    fn tuned(&self) -> serde_json::Map<String, serde_json::Value>;

    /// The model as JSON: coefficients, or XGBoost's own format for trees.
    fn to_json(&self) -> Result<serde_json::Value>;
}

/// What a fitted estimator learned about one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Term {
    /// The column, or `intercept`.
    pub name: String,
    /// Linear models: the slope in target units per column unit.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub coefficient: Option<f64>,
    /// Trees: the number of splits on the column.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub weight: Option<f64>,
    /// Trees: the mean loss reduction of those splits.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub gain: Option<f64>,
    /// Trees: the mean sum of second derivatives in those splits.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cover: Option<f64>,
    /// Trees: the mean absolute SHAP value over the weeks, in target units.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub shap: Option<f64>,
}
