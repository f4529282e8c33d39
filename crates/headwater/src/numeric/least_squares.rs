//! Weighted least squares by Householder QR.

use super::vector::dot;

/// A least-squares fit with what it says about its own precision.
#[derive(Debug, Clone, PartialEq)]
pub struct LeastSquares {
    /// The intercept; `None` when the fit has none.
    pub intercept: Option<f64>,
    /// One slope a column, in order.
    pub coefficients: Vec<f64>,
    /// The classical standard error of the intercept; `None` without an intercept or without
    /// residual degrees of freedom.
    pub intercept_error: Option<f64>,
    /// The classical standard errors of the slopes, s² (X'WX)⁻¹; `None` without residual
    /// degrees of freedom.
    pub standard_errors: Option<Vec<f64>>,
    /// s = √(Σ w e² / df); `None` without residual degrees of freedom.
    pub residual_sd: Option<f64>,
    /// Σ w − the number of parameters: a weight counts copies of a row.
    pub residual_df: f64,
    /// 1 − Σ w e² / Σ w (y − ȳ)², about 0 instead of ȳ without an intercept; `None` when the
    /// target does not vary.
    pub r_squared: Option<f64>,
}

/// Why there is no unique least-squares solution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsolvable {
    /// The positions of the columns that are combinations of the earlier ones and the
    /// intercept, in order.
    Dependent(Vec<usize>),
    /// Fewer rows with a positive weight than parameters.
    TooFewRows {
        /// The rows with a positive weight.
        rows: usize,
        /// The slopes and the intercept.
        parameters: usize,
    },
}

/// A column counts as a combination of earlier ones when less than this part of its length is
/// its own: solving for it would leave fewer than six of sixteen digits.
const DEPENDENT: f64 = 1e-10;

/// Minimises Σ wᵢ (yᵢ − b₀ − Σⱼ xᵢⱼ bⱼ)², without b₀ when `intercept` is false.
///
/// `columns` are slices as long as `y` and `weights`; weights count copies of a row, so that a
/// weight of 2 equals the row written twice. Rows of weight 0 are never read. Columns are
/// centred by their weighted mean (with an intercept) and scaled to unit length, then reduced
/// by Householder reflections in the given order, and refined once; X'X, which squares the condition number, is
/// never formed (Golub and Van Loan, *Matrix Computations*, 5.3).
///
/// # Errors
/// [`Unsolvable`] when columns depend on each other or rows are too few.
///
/// ```
/// use headwater::numeric::least_squares::least_squares;
/// let x = [0.0, 1.0, 2.0, 3.0];
/// let fit = least_squares(&[&x], &[1.0, 3.0, 5.0, 7.0], &[1.0; 4], true).expect("solvable");
/// assert!((fit.coefficients[0] - 2.0).abs() < 1e-14);
/// assert!((fit.intercept.expect("asked for") - 1.0).abs() < 1e-14);
/// ```
pub fn least_squares(
    columns: &[&[f64]],
    y: &[f64],
    weights: &[f64],
    intercept: bool,
) -> Result<LeastSquares, Unsolvable> {
    let rows: Vec<usize> = (0..y.len()).filter(|&row| weights[row] > 0.0).collect();
    let parameters = columns.len() + usize::from(intercept);
    if rows.len() < parameters.max(1) {
        return Err(Unsolvable::TooFewRows {
            rows: rows.len(),
            parameters,
        });
    }
    let total: f64 = rows.iter().map(|&row| weights[row]).sum();
    let roots: Vec<f64> = rows.iter().map(|&row| weights[row].sqrt()).collect();

    let centred = |values: &[f64]| {
        let (center, mut centred, raw_length) = centre(values, &rows, weights, total, intercept);
        centred
            .iter_mut()
            .zip(&roots)
            .for_each(|(value, root)| *value *= root);
        // Centring leaves rounding of the size of the raw values behind.
        (center, centred, 8.0 * f64::EPSILON * raw_length)
    };

    let width = columns.len();
    let mut factor = Factor::default();
    let mut centers = Vec::with_capacity(width);
    let mut design = Vec::with_capacity(width);
    let mut dependent = Vec::new();
    for (position, column) in columns.iter().enumerate() {
        let (center, column, rounding) = centred(column);
        if !factor.push(column.clone(), rounding) {
            dependent.push(position);
        }
        centers.push(center);
        design.push(column);
    }
    if !dependent.is_empty() {
        return Err(Unsolvable::Dependent(dependent));
    }

    let (y_center, mut target, rounding) = centred(y);
    let varies = dot(&target, &target).sqrt() > rounding;
    if !varies {
        target.fill(0.0);
    }
    let total_ss = dot(&target, &target);
    let mut coefficients = vec![0.0; width];
    let mut residuals = target.clone();
    // Solving once more for what the first solution left regains digits that a badly
    // conditioned design costs (Golub and Van Loan, 5.3.8).
    for _ in 0..2 {
        let mut right = residuals;
        factor.reflect(&mut right);
        let steps = factor.solve(&right[..width]);
        coefficients
            .iter_mut()
            .zip(steps)
            .for_each(|(slope, step)| *slope += step);
        residuals = target.clone();
        for (column, slope) in design.iter().zip(&coefficients) {
            residuals
                .iter_mut()
                .zip(column)
                .for_each(|(left, value)| *left -= slope * value);
        }
    }
    let residual_ss = dot(&residuals, &residuals);
    let b0 = y_center - dot(&centers, &coefficients);

    let residual_df = total - parameters as f64;
    let residual_sd = (residual_df > 0.0).then(|| (residual_ss / residual_df).sqrt());
    let inverse = factor.inverse();
    Ok(LeastSquares {
        intercept: intercept.then_some(b0),
        intercept_error: residual_sd.filter(|_| intercept).map(|s| {
            // var(b₀) = s² (1/Σw + x̄' (X'X)⁻¹ x̄), and (X'X)⁻¹ = R⁻¹ R⁻ᵀ.
            let spread: f64 = (0..width)
                .map(|k| {
                    (0..=k)
                        .map(|j| centers[j] * inverse[j][k])
                        .sum::<f64>()
                        .powi(2)
                })
                .sum();
            s * (1.0 / total + spread).sqrt()
        }),
        standard_errors: residual_sd
            .map(|s| inverse.iter().map(|row| s * dot(row, row).sqrt()).collect()),
        coefficients,
        residual_sd,
        residual_df,
        r_squared: varies.then(|| 1.0 - residual_ss / total_ss),
    })
}

/// The weighted mean of the rows (0 when not `centring`), the values about it, and the
/// weighted length of the raw values.
fn centre(
    values: &[f64],
    rows: &[usize],
    weights: &[f64],
    total: f64,
    centring: bool,
) -> (f64, Vec<f64>, f64) {
    let average = |shift: f64| {
        rows.iter()
            .map(|&row| weights[row] * (values[row] - shift))
            .sum::<f64>()
            / total
    };
    // The second pass removes the rounding of the first.
    let center = if centring {
        let first = average(0.0);
        first + average(first)
    } else {
        0.0
    };
    let raw = rows
        .iter()
        .map(|&row| weights[row] * values[row] * values[row])
        .sum::<f64>();
    let centred = rows.iter().map(|&row| values[row] - center).collect();
    (center, centred, raw.sqrt())
}

/// Householder reflections and the triangle R of the columns pushed so far, each scaled to
/// unit length first.
#[derive(Default)]
struct Factor {
    /// Unit vectors v of the reflections I − 2vv'; the first `k` entries of number `k` are 0.
    reflections: Vec<Vec<f64>>,
    /// The columns of R, of length 1, 2, 3, …
    triangle: Vec<Vec<f64>>,
    /// The lengths the columns had.
    scales: Vec<f64>,
}

impl Factor {
    /// Adds a column, or answers `false` when it depends on the earlier ones: what is left of
    /// it is under [`DEPENDENT`] of its length, or under `rounding`.
    fn push(&mut self, mut column: Vec<f64>, rounding: f64) -> bool {
        let scale = dot(&column, &column).sqrt();
        if scale <= rounding {
            return false;
        }
        column.iter_mut().for_each(|value| *value /= scale);
        self.reflect(&mut column);
        let k = self.reflections.len();
        let rest = dot(&column[k..], &column[k..]).sqrt();
        if rest <= DEPENDENT.max(rounding / scale) {
            return false;
        }
        // The sign that adds, never cancels.
        let diagonal = if column[k] > 0.0 { -rest } else { rest };
        let mut reflection = column.clone();
        reflection[..k].fill(0.0);
        reflection[k] -= diagonal;
        let length = dot(&reflection, &reflection).sqrt();
        reflection.iter_mut().for_each(|value| *value /= length);
        self.reflections.push(reflection);
        column.truncate(k);
        column.push(diagonal);
        self.triangle.push(column);
        self.scales.push(scale);
        true
    }

    fn reflect(&self, vector: &mut [f64]) {
        for (k, reflection) in self.reflections.iter().enumerate() {
            let twice = 2.0 * dot(&reflection[k..], &vector[k..]);
            for (value, v) in vector[k..].iter_mut().zip(&reflection[k..]) {
                *value -= twice * v;
            }
        }
    }

    /// R x = `right`, in the columns' own units.
    fn solve(&self, right: &[f64]) -> Vec<f64> {
        let mut x = right.to_vec();
        for k in (0..x.len()).rev() {
            x[k] /= self.triangle[k][k];
            for j in 0..k {
                x[j] -= self.triangle[k][j] * x[k];
            }
        }
        x.iter_mut()
            .zip(&self.scales)
            .for_each(|(value, scale)| *value /= scale);
        x
    }

    /// The rows of R⁻¹ in the columns' own units.
    fn inverse(&self) -> Vec<Vec<f64>> {
        let width = self.triangle.len();
        let mut rows = vec![vec![0.0; width]; width];
        for k in 0..width {
            let mut unit = vec![0.0; width];
            unit[k] = 1.0;
            for (row, value) in rows.iter_mut().zip(self.solve(&unit)) {
                row[k] = value;
            }
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_with_a_millionth_of_its_own_is_solved_and_one_without_is_named() {
        let x: Vec<f64> = (0..12).map(f64::from).collect();
        let own: Vec<f64> = (0..12).map(|i| f64::from(i * i % 5)).collect();
        let near =
            |part: f64| -> Vec<f64> { x.iter().zip(&own).map(|(x, own)| x + part * own).collect() };
        let y: Vec<f64> = x
            .iter()
            .zip(near(1e-6))
            .map(|(a, b)| 3.0 * a - 2.0 * b)
            .collect();
        let fit = least_squares(&[&x, &near(1e-6)], &y, &[1.0; 12], true).expect("solvable");
        // The condition number is about 1e7: of sixteen digits nine are left.
        assert!((fit.coefficients[1] + 2.0).abs() < 1e-8);
        let refused = least_squares(&[&x, &near(1e-13)], &y, &[1.0; 12], true);
        assert_eq!(refused, Err(Unsolvable::Dependent(vec![1])));
    }

    #[test]
    fn every_dependent_column_is_named_and_later_ones_are_still_judged() {
        let a = [1.0, 2.0, 4.0, 8.0, 9.0];
        let b = [3.0, 1.0, 4.0, 1.0, 5.0];
        let sum = [5.0, 4.0, 9.0, 10.0, 15.0];
        let columns: [&[f64]; 5] = [&a, &[7.0; 5], &b, &sum, &a];
        let refused = least_squares(&columns, &a, &[1.0; 5], true);
        assert_eq!(
            refused,
            Err(Unsolvable::TooFewRows {
                rows: 5,
                parameters: 6
            })
        );
        // a + b + 1: without an intercept the constant column takes its part.
        let refused = least_squares(&columns, &a, &[1.0; 5], false);
        assert_eq!(refused, Err(Unsolvable::Dependent(vec![3, 4])));
        let refused = least_squares(&columns[..4], &a, &[1.0; 5], true);
        assert_eq!(refused, Err(Unsolvable::Dependent(vec![1, 3])));
    }

    #[test]
    fn a_perfect_fit_without_spare_rows_has_no_standard_errors() {
        let fit = least_squares(&[&[1.0, 2.0]], &[3.0, 5.0], &[1.0; 2], true).expect("solvable");
        assert_eq!((fit.residual_sd, fit.standard_errors), (None, None));
        assert_eq!(fit.residual_df, 0.0);
        let flat =
            least_squares(&[&[1.0, 2.0, 4.0]], &[5.0; 3], &[1.0; 3], true).expect("solvable");
        assert_eq!((flat.r_squared, flat.coefficients[0]), (None, 0.0));
    }
}
