//! An orthonormal basis of the columns of a regression.

use crate::numeric::vector::dot;

/// An orthonormal basis Q of the span of an intercept and some columns: the fit of `y` is QQ'y.
///
/// Columns are centred and scaled before modified Gram-Schmidt, every projection is done twice
/// (Björck 1994), and a column of which less than 1e-10 is its own is left out and named: the
/// rule of [`least_squares`](crate::numeric::least_squares::least_squares).
#[derive(Debug, Clone)]
pub struct Basis {
    vectors: Vec<Vec<f64>>,
    intercept: bool,
    /// The positions of the columns that depend on the intercept and the columns before them.
    pub dependent: Vec<usize>,
}

impl Basis {
    /// The basis of an intercept and `columns`, each of `rows` values.
    ///
    /// ```
    /// use headwater::validation::diagnostics::Basis;
    /// let basis = Basis::new(4, [[0.0, 1.0, 2.0, 3.0].as_slice(), &[1.0, 3.0, 5.0, 7.0]]);
    /// assert_eq!((basis.rank(), basis.dependent.as_slice()), (2, [1].as_slice()));
    /// ```
    pub fn new<'a>(rows: usize, columns: impl IntoIterator<Item = &'a [f64]>) -> Self {
        let ones = vec![1.0 / (rows as f64).sqrt(); rows];
        let mut basis = Basis {
            vectors: if rows > 0 { vec![ones] } else { Vec::new() },
            intercept: true,
            dependent: Vec::new(),
        };
        basis.extend(columns);
        basis
    }

    /// The basis of `columns` alone, where the intercept itself is what is asked about.
    pub fn without_intercept<'a>(columns: impl IntoIterator<Item = &'a [f64]>) -> Self {
        let mut basis = Basis {
            vectors: Vec::new(),
            intercept: false,
            dependent: Vec::new(),
        };
        basis.extend(columns);
        basis
    }

    fn extend<'a>(&mut self, columns: impl IntoIterator<Item = &'a [f64]>) {
        for (position, column) in columns.into_iter().enumerate() {
            match self.own_part(column) {
                Some(own) if self.vectors.len() < column.len() => self.vectors.push(own),
                _ => self.dependent.push(position),
            }
        }
    }

    /// What a column adds to the basis, of unit length.
    fn own_part(&self, column: &[f64]) -> Option<Vec<f64>> {
        let scaled = scaled(column);
        let raw = dot(&scaled, &scaled).sqrt();
        let centred = self.centred(scaled);
        let length = dot(&centred, &centred).sqrt();
        // Centring leaves rounding of the size of the raw values behind.
        let rounding = 8.0 * f64::EPSILON * raw;
        if length <= rounding {
            return None;
        }
        let own = self.project_out(centred);
        let left = dot(&own, &own).sqrt();
        let enough = left > (1e-10 * length).max(rounding);
        enough.then(|| own.iter().map(|value| value / left).collect())
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
            for vector in &self.vectors {
                let part = dot(vector, &values);
                values
                    .iter_mut()
                    .zip(vector)
                    .for_each(|(value, v)| *value -= part * v);
            }
        }
        values
    }

    /// What the columns leave of `values`: (I − QQ') values.
    pub fn residual(&self, values: &[f64]) -> Vec<f64> {
        self.project_out(self.centred(values.to_vec()))
    }

    /// The number of columns that add something, the intercept included.
    pub fn rank(&self) -> usize {
        self.vectors.len()
    }

    /// The basis vectors.
    pub fn vectors(&self) -> &[Vec<f64>] {
        &self.vectors
    }

    /// The leverage of each row, the diagonal of QQ', in [0, 1].
    pub fn leverage(&self) -> Vec<f64> {
        let rows = self.vectors.first().map_or(0, Vec::len);
        let of_row = |row: usize| self.vectors.iter().map(|v| v[row] * v[row]).sum::<f64>();
        (0..rows).map(of_row).collect()
    }
}

/// Values divided by the largest in size, so that no square overflows; zeros stay zeros.
pub(super) fn scaled(values: &[f64]) -> Vec<f64> {
    let largest = values.iter().fold(0.0, |most: f64, v| most.max(v.abs()));
    let scale = if largest > 0.0 { largest } else { 1.0 };
    values.iter().map(|value| value / scale).collect()
}
