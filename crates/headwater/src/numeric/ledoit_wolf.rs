//! Covariance shrunk towards a multiple of the identity (Ledoit and Wolf 2004), and distances by it.

use nalgebra::{Cholesky, DMatrix, DVector, Dyn};

/// A shrunken covariance `(1 - s) S + s m I` of `n` rows, `S` with divisor `n` and `m` the mean of
/// its diagonal; `s` in [0, 1] minimises the expected squared error.
#[derive(Debug, Clone)]
pub struct LedoitWolf {
    mean: Vec<f64>,
    shrinkage: f64,
    covariance: DMatrix<f64>,
    factor: Cholesky<f64, Dyn>,
}

impl LedoitWolf {
    /// From rows of equal length; none with fewer than two rows, no column, or where the rows do
    /// not vary.
    ///
    /// ```
    /// use headwater::numeric::ledoit_wolf::LedoitWolf;
    /// let rows = [[1.0, 2.0], [2.0, 1.0], [3.0, 5.0], [4.0, 4.0]];
    /// let rows: Vec<&[f64]> = rows.iter().map(|row| &row[..]).collect();
    /// let covariance = LedoitWolf::fit(&rows).expect("four rows that vary");
    /// assert_eq!(covariance.distance(&[2.5, 3.0]), 0.0); // their mean
    /// assert!(LedoitWolf::fit(&rows[..1]).is_none());
    /// ```
    pub fn fit(rows: &[&[f64]]) -> Option<Self> {
        let (n, p) = (rows.len(), rows.first()?.len());
        if n < 2 || p == 0 {
            return None;
        }
        let mean: Vec<f64> = (0..p)
            .map(|j| rows.iter().map(|row| row[j]).sum::<f64>() / n as f64)
            .collect();
        let centred = DMatrix::from_fn(n, p, |i, j| rows[i][j] - mean[j]);
        let empirical = centred.tr_mul(&centred) / n as f64;
        let (trace, squares) = (empirical.trace(), empirical.norm_squared());
        let scale = trace / p as f64;
        // the mean over rows of || x x' - S ||^2, per column
        let fourth: f64 = centred
            .row_iter()
            .map(|row| row.norm_squared().powi(2))
            .sum();
        let (n, columns) = (n as f64, p as f64);
        let spread = (squares - scale * trace) / columns;
        let noise = ((fourth / n - squares) / (n * columns)).min(spread);
        let shrinkage = match p > 1 && noise > 0.0 {
            true => noise / spread,
            false => 0.0,
        };
        let covariance =
            empirical * (1.0 - shrinkage) + DMatrix::identity(p, p) * (shrinkage * scale);
        Some(LedoitWolf {
            mean,
            shrinkage,
            factor: covariance.clone().cholesky()?,
            covariance,
        })
    }

    /// `s`.
    pub fn shrinkage(&self) -> f64 {
        self.shrinkage
    }

    /// The shrunken covariance, a row after another.
    pub fn covariance(&self) -> Vec<Vec<f64>> {
        let rows = self.covariance.row_iter();
        rows.map(|row| row.iter().copied().collect()).collect()
    }

    /// The Mahalanobis distance of a row from the mean, not squared.
    ///
    /// # Panics
    /// When the row has another length than those of the fit.
    pub fn distance(&self, row: &[f64]) -> f64 {
        assert_eq!(row.len(), self.mean.len(), "a row of another length");
        let away = row.iter().zip(&self.mean).map(|(x, mean)| x - mean);
        let away = DVector::from_iterator(row.len(), away);
        away.dot(&self.factor.solve(&away)).max(0.0).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::LedoitWolf;

    fn rows() -> Vec<[f64; 3]> {
        let row = |i| {
            let t = f64::from(i);
            [t, (3.0 * t) % 5.0, 0.5 * t + (7.0 * t) % 3.0]
        };
        (0..8).map(row).collect()
    }

    /// scikit-learn 1.9.1: `LedoitWolf().fit(X)`, its `shrinkage_`, `covariance_` and the root of
    /// `mahalanobis`; sums of 8 terms in another order agree to a few roundings.
    #[test]
    fn agrees_with_scikit_learn() {
        let rows = rows();
        let rows: Vec<&[f64]> = rows.iter().map(|row| &row[..]).collect();
        let fitted = LedoitWolf::fit(&rows).expect("rows that vary");
        let near = |actual: f64, expected: f64| assert!((actual - expected).abs() < 1e-13);
        near(fitted.shrinkage(), 0.416_014_353_229_476_6);
        let expected = [
            [
                4.355_135_792_272_01,
                0.072_998_205_846_315_42,
                1.642_459_631_542_097,
            ],
            [
                0.072_998_205_846_315_42,
                2.420_683_337_344_652_6,
                -0.273_743_271_923_682_8,
            ],
            [
                1.642_459_631_542_097,
                -0.273_743_271_923_682_8,
                2.521_055_870_383_336,
            ],
        ];
        for (row, expected) in fitted.covariance().iter().zip(expected) {
            row.iter().zip(expected).for_each(|(a, b)| near(*a, b));
        }
        assert!((fitted.distance(&[9.0, 0.0, 4.0]) - 2.968_343_74).abs() < 1e-8);
    }

    /// scikit-learn 1.9.1, six columns of three rows.
    #[test]
    fn more_columns_than_rows_still_have_distances() {
        let rows: Vec<Vec<f64>> = rows()[..3]
            .iter()
            .map(|row| row.iter().copied().chain(row.map(|x| x * x)).collect())
            .collect();
        let rows: Vec<&[f64]> = rows.iter().map(|row| &row[..]).collect();
        let fitted = LedoitWolf::fit(&rows).expect("rows that vary");
        assert!((fitted.shrinkage() - 0.486_465_712_395_711_4).abs() < 1e-13);
        let moved: Vec<f64> = rows[0].iter().map(|x| x + 1.0).collect();
        assert!((fitted.distance(&moved) - 1.221_099_17).abs() < 1e-8);
    }

    #[test]
    fn one_column_is_not_shrunk_and_what_does_not_vary_has_no_distance() {
        let column: Vec<[f64; 1]> = rows().iter().map(|row| [row[0]]).collect();
        let column: Vec<&[f64]> = column.iter().map(|row| &row[..]).collect();
        let fitted = LedoitWolf::fit(&column).expect("rows that vary");
        assert_eq!((fitted.shrinkage(), fitted.covariance()[0][0]), (0.0, 5.25));
        assert!(LedoitWolf::fit(&[&[2.0, 3.0], &[2.0, 3.0]]).is_none());
    }
}
