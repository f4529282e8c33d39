//! How much does the fit hang on single weeks?

use super::basis::Basis;
use crate::numeric::vector::dot;

/// The leverage and Cook's distance of every week.
#[derive(Debug, Clone, PartialEq)]
pub struct Influence {
    /// h_t, how far the week's inputs lie from the others: the diagonal of X(X'X)⁻¹X'.
    pub leverage: Vec<f64>,
    /// D_t = e_t² h_t / (k s² (1 − h_t)²): how far all fitted values move when the week is left
    /// out, in units of their own error. NaN where no degrees of freedom or errors are left.
    pub cooks_distance: Vec<f64>,
}

/// The influence of each week on the least-squares fit with that residual, `columns` without the
/// intercept (Cook 1977).
pub fn influence(residual: &[f64], columns: &[&[f64]]) -> Influence {
    let basis = Basis::new(residual.len(), columns.iter().copied());
    let e = super::basis::scaled(residual);
    let k = basis.rank() as f64;
    let variance = dot(&e, &e) / (e.len() as f64 - k);
    let leverage = basis.leverage();
    let cooks_distance = e
        .iter()
        .zip(&leverage)
        // A week that has a column to itself is fitted exactly: its residual is rounding.
        .map(|(e, &h)| {
            if 1.0 - h < 1e-10 {
                f64::NAN
            } else {
                e * e * h / (k * variance * (1.0 - h).powi(2))
            }
        })
        .collect();
    Influence {
        leverage,
        cooks_distance,
    }
}
