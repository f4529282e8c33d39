//! Estimators: one small trait, two stages use it.
//!
//! [`Estimator`] is a recipe without data, [`Predictor`] is what fitting returns: "not
//! fitted" cannot be written. Fitting takes a weight for every week, the number of times a
//! bootstrap drew it, so that folds inside a fit keep the original week order and copies of
//! a week always fall on one side (methods brief, 2.1).

pub mod boosting;
pub mod linear;
mod settings;

use std::collections::HashSet;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::design::Design;
use crate::error::{Error, Result};

pub use settings::EstimatorSettings;

/// A recipe for predicting a target from a design.
pub trait Estimator: Send + Sync {
    /// Fits to the weeks with a positive weight, tuning included.
    ///
    /// `y` and `weights` hold one value a week of `x`. Rows with weight 0 are never read.
    fn fit(&self, x: &Design, y: &[f64], weights: &[f64]) -> Result<Box<dyn Predictor>>;

    /// The error to expect in a week that was not learned from, in squared units of the target:
    /// the yardstick between candidate designs, such as adstock decays.
    ///
    /// Linear estimators answer by generalised cross-validation (Craven and Wahba 1979), leaving
    /// out one week at a time in closed form: `(RSS / W) / (1 - df / W)^2` with `W` the sum of the
    /// weights. Every week counts, so the choice is steady; forward folds would compare candidates
    /// on two fifths of the weeks, and in a bootstrap's resamples choose almost at random. Trees,
    /// whose training errors say nothing, answer by the forward folds of
    /// [`tuning_folds`](crate::splits::tuning_folds).
    ///
    /// # Errors
    /// Those of [`fit`](Estimator::fit), and when there are too few weeks to judge by.
    fn cross_validate(&self, x: &Design, y: &[f64], weights: &[f64]) -> Result<f64>;

    /// [`cross_validate`](Estimator::cross_validate) together with the [`fit`](Estimator::fit) to the
    /// same weeks, where the one cannot be had without the other: who chooses among designs needs the
    /// fit to the best of them next.
    ///
    /// # Errors
    /// Those of [`cross_validate`](Estimator::cross_validate).
    fn judge(&self, x: &Design, y: &[f64], weights: &[f64]) -> Result<Judged> {
        let error = self.cross_validate(x, y, weights)?;
        Ok(Judged { error, fit: None })
    }

    /// Whether in-sample predictions contain the noise of the training weeks, so that a later
    /// stage must learn from cross-fitted ones (methods brief, 1.5).
    fn overfits(&self) -> bool;
}

/// A design as [`Estimator::judge`] finds it.
pub struct Judged {
    /// The error to expect in a week that was not learned from, in squared units of the target.
    pub error: f64,
    /// The fit, where judging made it.
    pub fit: Option<Box<dyn Predictor>>,
}

/// A fitted estimator.
pub trait Predictor: Send + Sync {
    /// Predictions for every week of `x`, which must have the columns of the fit in order.
    fn predict(&self, x: &Design) -> Result<Vec<f64>>;

    /// The name and slope of each column, in the order of the fit, where predictions are a straight line in
    /// all of them; none for trees.
    fn slopes(&self) -> Option<&[(Arc<str>, f64)]> {
        None
    }

    /// What was learned about each column; SHAP means are over the weeks of `x`.
    ///
    /// One term a column, in order; linear models put `intercept` first.
    fn terms(&self, x: &Design) -> Result<Vec<Term>>;

    /// What tuning chose, in words and numbers for the report: penalty, rounds.
    fn tuned(&self) -> serde_json::Map<String, serde_json::Value>;

    /// The model as a JSON text: coefficients, or XGBoost's own format for trees.
    fn to_json(&self) -> Result<String>;
}

/// What a fitted estimator learned about one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
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

impl Term {
    /// A term about which nothing is known yet.
    pub fn named(name: &str) -> Self {
        Term {
            name: name.into(),
            coefficient: None,
            weight: None,
            gain: None,
            cover: None,
            shap: None,
        }
    }
}

/// Generalised cross-validation of a fit with `df` degrees of freedom to weeks of total `weight`.
fn generalised(squares: f64, weight: f64, df: f64) -> Result<f64> {
    let left = 1.0 - df / weight;
    if left <= 0.0 {
        return Err(too_few_to_judge());
    }
    Ok(squares / weight / (left * left))
}

fn too_few_to_judge() -> Error {
    Error::TooFewWeeks {
        message: "there are too few weeks to choose an adstock decay by".into(),
        help:
            "use more weeks or fewer columns, or set `decay` under [features.adstock] to a number"
                .into(),
    }
}

/// Reads a fitted model from what [`Predictor::to_json`] wrote, whatever estimator it was.
///
/// # Errors
/// When the text is no JSON, or neither a linear model nor an XGBoost one, names a column twice, or predicts
/// something else than one number a week.
///
/// ```
/// use headwater::design::{Column, Design};
/// use headwater::estimators::{self, EstimatorSettings};
/// let x = Design::new(6, vec![Column::control("price", vec![1.0, 2.0, 4.0, 3.0, 5.0, 2.0])]);
/// let y = [9.0, 8.0, 6.0, 7.0, 5.0, 8.0];
/// let fit = EstimatorSettings::named("ols")?.build(42).fit(&x, &y, &[1.0; 6])?;
/// let again = estimators::load(&fit.to_json()?)?;
/// assert_eq!(again.predict(&x)?, fit.predict(&x)?);
/// # Ok::<(), headwater::error::Error>(())
/// ```
pub fn load(text: &str) -> Result<Box<dyn Predictor>> {
    const REMEDY: &str = "give models/stage1.json or models/stage2.json of a run directory";
    let value: &serde_json::Value = &serde_json::from_str(text)
        .map_err(|why| Error::estimator(format!("the file is no JSON: {why}"), REMEDY))?;
    if value.get("linear").is_some() {
        linear::load(value)
    } else if value.get("learner").is_some() {
        boosting::load(value)
    } else {
        Err(Error::estimator(
            "the file is not a model: it has neither `linear` (linear models) nor `learner` \
             (boosted trees) at its top",
            REMEDY,
        ))
    }
}

/// The text of a model, unless it holds what JSON has no word for.
fn written(text: serde_json::Result<String>) -> Result<String> {
    text.map_err(|why| {
        Error::estimator(
            format!("the model cannot be written as JSON: {why}"),
            "report this as a bug",
        )
    })
}

/// The rows with a positive weight, after checking that they can be learned from.
///
/// # Errors
/// When no row has a positive weight, a weight is negative or not finite, or a value of a row
/// with a positive weight is not finite: the column and the row are named.
///
/// # Panics
/// When `y` or `weights` has another length than the design: a mistake of the program.
fn training_rows(x: &Design, y: &[f64], weights: &[f64]) -> Result<Vec<usize>> {
    assert_eq!(y.len(), x.weeks(), "one target value a week");
    assert_eq!(weights.len(), x.weeks(), "one weight a week");
    if let Some(row) = weights
        .iter()
        .position(|weight| !(weight.is_finite() && *weight >= 0.0))
    {
        return Err(Error::estimator(
            format!("the weight of week {} is {}", row + 1, weights[row]),
            "weights must be numbers of at least 0",
        ));
    }
    let rows: Vec<usize> = (0..y.len()).filter(|&row| weights[row] > 0.0).collect();
    if rows.is_empty() {
        return Err(Error::TooFewWeeks {
            message: "there is no week to learn from".into(),
            help: "give the estimator at least one week with a positive weight".into(),
        });
    }
    let named = x
        .columns()
        .iter()
        .map(|column| (&*column.name, &*column.values));
    for (name, values) in named.chain([("the target", y)]) {
        // Without a way out the check is several values a step, and nearly always enough.
        if values
            .iter()
            .fold(true, |all, value| all & value.is_finite())
        {
            continue;
        }
        if let Some(&row) = rows.iter().find(|&&row| !values[row].is_finite()) {
            return Err(Error::estimator(
                format!(
                    "{name} is {} in week {} of the design",
                    values[row],
                    row + 1
                ),
                "fill the missing value in the data, or leave the week or the column out",
            ));
        }
    }
    Ok(rows)
}

/// Refuses a model that names a column twice: no design has two of one name.
fn refuse_repeats<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<()> {
    let mut seen = HashSet::new();
    match names.into_iter().find(|name| !seen.insert(*name)) {
        None => Ok(()),
        Some(name) => Err(Error::estimator(
            format!("the model names the column {name} twice"),
            "give each column its own name, and train it again",
        )),
    }
}

/// Refuses a design whose columns are not those of the fit, in order.
fn require_columns<'a>(
    fitted: impl ExactSizeIterator<Item = &'a str> + Clone,
    x: &Design,
) -> Result<()> {
    let given = || x.columns().iter().map(|column| &*column.name);
    if fitted.len() == x.width() && fitted.clone().eq(given()) {
        return Ok(());
    }
    let without = |these: Vec<&str>, those: Vec<&str>| {
        let left: Vec<&str> = these
            .into_iter()
            .filter(|name| !those.contains(name))
            .collect();
        left.join(", ")
    };
    let missing = without(fitted.clone().collect(), given().collect());
    let unknown = without(given().collect(), fitted.collect());
    let what = match (missing.is_empty(), unknown.is_empty()) {
        (true, true) => "they stand in another order".into(),
        (false, true) => format!("missing: {missing}"),
        (true, false) => format!("not in the fit: {unknown}"),
        (false, false) => format!("missing: {missing}; not in the fit: {unknown}"),
    };
    Err(Error::estimator(
        format!("the columns differ from those the model was fitted to; {what}"),
        "predict with the columns of the fit in the same order, or fit again",
    ))
}
