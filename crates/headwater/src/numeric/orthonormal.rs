//! An orthonormal basis that grows by one column at a time.

use nalgebra::DVectorView;

use super::vector::scaled;

/// A column counts as a combination of earlier ones when less than this part of its length is its
/// own: what is left of it would hold fewer than six of sixteen digits.
pub const DEPENDENT: f64 = 1e-10;

/// An orthonormal basis Q of the columns pushed so far, with an intercept ([`Basis::new`]) or without
/// ([`Basis::default`]): the least-squares fit of `y` on them is QQ'y.
///
/// Columns are scaled, centred where there is an intercept, and projected twice (Giraud, Langou and
/// Rozloznik 2005: twice is enough). A column of which less than [`DEPENDENT`] is its own is left out:
/// the rule of [`least_squares`](super::least_squares::least_squares).
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
    intercept: bool,
    dependent: Vec<usize>,
}

impl Basis {
    /// The basis of an intercept and `columns`, each of `rows` values.
    ///
    /// ```
    /// use headwater::numeric::orthonormal::Basis;
    /// let basis = Basis::new(4, [[0.0, 1.0, 2.0, 3.0].as_slice(), &[1.0, 3.0, 5.0, 7.0]]);
    /// assert_eq!((basis.rank(), basis.dependent()), (2, [1].as_slice()));
    /// ```
    pub fn new<'a>(rows: usize, columns: impl IntoIterator<Item = &'a [f64]>) -> Self {
        let mut basis = Basis::default();
        if rows > 0 {
            basis.columns.push(vec![1.0 / (rows as f64).sqrt(); rows]);
            basis.intercept = true;
        }
        for column in columns {
            basis.push(column);
        }
        basis
    }

    /// Adds what `column` has of its own; `false` when it has nothing.
    pub fn push(&mut self, column: &[f64]) -> bool {
        let own = self.own_part(column);
        let adds = own.is_some();
        match own {
            Some(own) => self.columns.push(own),
            None => {
                let given = self.columns.len() - usize::from(self.intercept);
                self.dependent.push(given + self.dependent.len());
            }
        }
        adds
    }

    /// What a column adds to the basis, of unit length.
    fn own_part(&self, column: &[f64]) -> Option<Vec<f64>> {
        if self.columns.len() >= column.len() || column.iter().any(|x| !x.is_finite()) {
            return None;
        }
        // Squares of absurd units overflow; the direction does not depend on them.
        let scaled = scaled(column);
        // Centring leaves rounding of the size of the raw values behind.
        let rounding = 8.0 * f64::EPSILON * length(&scaled);
        let centred = self.centred(scaled);
        let whole = length(&centred);
        let own = self.project_out(centred);
        let left = length(&own);
        let enough = left > (DEPENDENT * whole).max(rounding);
        enough.then(|| own.iter().map(|x| x / left).collect())
    }

    fn centred(&self, mut values: Vec<f64>) -> Vec<f64> {
        if self.intercept {
            for _ in 0..2 {
                let mean = values.iter().sum::<f64>() / values.len() as f64;
                values.iter_mut().for_each(|value| *value -= mean);
            }
        }
        values
    }

    fn project_out(&self, mut values: Vec<f64>) -> Vec<f64> {
        for _ in 0..2 {
            for column in &self.columns {
                let part = dot(column, &values);
                values
                    .iter_mut()
                    .zip(column)
                    .for_each(|(x, q)| *x -= part * q);
            }
        }
        values
    }

    /// What the basis leaves of `values`: (I − QQ') values.
    pub fn residual(&self, values: &[f64]) -> Vec<f64> {
        self.project_out(self.centred(values.to_vec()))
    }

    /// The orthonormal columns, the intercept first where there is one.
    pub fn columns(&self) -> &[Vec<f64>] {
        &self.columns
    }

    /// The number of columns that add something, the intercept included.
    pub fn rank(&self) -> usize {
        self.columns.len()
    }

    /// The positions, in the order pushed, of the columns that add nothing to those before them.
    pub fn dependent(&self) -> &[usize] {
        &self.dependent
    }

    /// The leverage of each row, the diagonal of QQ', in [0, 1].
    pub fn leverage(&self) -> Vec<f64> {
        let rows = self.columns.first().map_or(0, Vec::len);
        let of_row = |row: usize| self.columns.iter().map(|q| q[row] * q[row]).sum::<f64>();
        (0..rows).map(of_row).collect()
    }
}

fn length(values: &[f64]) -> f64 {
    dot(values, values).sqrt()
}

/// In partial sums, which is several times as fast as one after the other.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    DVectorView::from_slice(a, a.len()).dot(&DVectorView::from_slice(b, b.len()))
}
