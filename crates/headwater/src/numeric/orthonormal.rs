//! An orthonormal basis that grows by one column at a time.

use nalgebra::DVectorView;

/// A column counts as a combination of earlier ones when less than this part of its length is its
/// own: what is left of it would hold fewer than six of sixteen digits.
pub const DEPENDENT: f64 = 1e-10;

/// Orthonormal columns that span those pushed so far, by Gram-Schmidt done twice (Giraud, Langou
/// and Rozloznik 2005: twice is enough).
///
/// ```
/// use headwater::numeric::orthonormal::Basis;
/// let mut basis = Basis::default();
/// assert!(basis.push(&[1.0, 1.0, 1.0]) && basis.push(&[0.0, 1.0, 2.0]));
/// assert!(!basis.push(&[3.0, 4.0, 5.0]));
/// let residual = basis.residual(&[1.0, 0.0, 1.0]);
/// assert!((residual[1] + 2.0 / 3.0).abs() < 1e-15);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Basis {
    columns: Vec<Vec<f64>>,
}

impl Basis {
    /// Adds what `column` has of its own; `false` when it has nothing.
    pub fn push(&mut self, column: &[f64]) -> bool {
        // Squares of absurd units overflow; the direction does not depend on them.
        let largest = column.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        if largest == 0.0 || !largest.is_finite() {
            return false;
        }
        let mut own: Vec<f64> = column.iter().map(|x| x / largest).collect();
        let length = dot(&own, &own).sqrt();
        own = self.residual(&own);
        let left = dot(&own, &own).sqrt();
        if left <= DEPENDENT * length {
            return false;
        }
        own.iter_mut().for_each(|x| *x /= left);
        self.columns.push(own);
        true
    }

    /// What the basis leaves of `values`.
    pub fn residual(&self, values: &[f64]) -> Vec<f64> {
        let mut left = values.to_vec();
        for _ in 0..2 {
            for column in &self.columns {
                let part = dot(column, &left);
                left.iter_mut()
                    .zip(column)
                    .for_each(|(x, q)| *x -= part * q);
            }
        }
        left
    }

    /// The orthonormal columns.
    pub fn columns(&self) -> &[Vec<f64>] {
        &self.columns
    }

    /// The number of columns.
    pub fn rank(&self) -> usize {
        self.columns.len()
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    DVectorView::from_slice(a, a.len()).dot(&DVectorView::from_slice(b, b.len()))
}
