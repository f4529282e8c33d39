//! Ordinary least squares.

use serde_json::Map;

use super::LinearModel;
use crate::design::Design;
use crate::error::{Error, Result};
use crate::estimators::{Estimator, Judged, Predictor, generalised, training_rows};
use crate::numeric::least_squares::{Unsolvable, least_squares};

/// Minimises Σ wᵢ (yᵢ − b₀ − xᵢb)² by Householder QR: see
/// [`least_squares`].
///
/// ```
/// use headwater::design::{Column, Design};
/// use headwater::estimators::{Estimator, linear::Ols};
/// let x = Design::new(3, vec![Column::control("price", vec![1.0, 2.0, 4.0])]);
/// let fit = Ols.fit(&x, &[9.0, 8.0, 6.0], &[1.0; 3])?;
/// assert!((fit.predict(&x)?[2] - 6.0).abs() < 1e-12);
/// # Ok::<(), headwater::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Ols;

impl Estimator for Ols {
    /// # Errors
    /// [`Error::RankDeficient`] names every column that is constant or a combination of
    /// earlier ones; [`Error::TooFewWeeks`] when there are fewer weeks than columns + 1.
    fn fit(&self, x: &Design, y: &[f64], weights: &[f64]) -> Result<Box<dyn Predictor>> {
        training_rows(x, y, weights)?;
        let columns: Vec<&[f64]> = x.columns().iter().map(|column| &*column.values).collect();
        let fit = least_squares(&columns, y, weights, true).map_err(|why| match why {
            Unsolvable::Dependent(positions) => Error::RankDeficient {
                stage: "least squares".into(),
                columns: positions
                    .iter()
                    .map(|&position| x.columns()[position].name.to_string())
                    .collect(),
            },
            Unsolvable::TooFewRows { rows, parameters } => Error::TooFewWeeks {
                message: format!(
                    "least squares has {parameters} coefficients to find ({} columns and an \
                     intercept) and only {rows} weeks to learn from",
                    x.width()
                ),
                help: "use fewer columns or more weeks, or choose estimator = \"ridge\"".into(),
            },
        })?;
        let intercept = fit.intercept.expect("an intercept was asked for");
        let model = LinearModel::new(x, intercept, fit.coefficients, Map::new());
        Ok(Box::new(model))
    }

    fn cross_validate(&self, x: &Design, y: &[f64], weights: &[f64]) -> Result<f64> {
        Ok(self.judge(x, y, weights)?.error)
    }

    fn judge(&self, x: &Design, y: &[f64], weights: &[f64]) -> Result<Judged> {
        let fit = self.fit(x, y, weights)?;
        let predictions = fit.predict(x)?;
        let squares = predictions
            .iter()
            .zip(y)
            .zip(weights)
            .filter(|(_, weight)| **weight > 0.0);
        let squares = squares
            .map(|((fit, y), weight)| weight * (y - fit).powi(2))
            .sum();
        let error = generalised(squares, weights.iter().sum(), (x.width() + 1) as f64)?;
        Ok(Judged {
            error,
            fit: Some(fit),
        })
    }

    fn overfits(&self) -> bool {
        false
    }
}
