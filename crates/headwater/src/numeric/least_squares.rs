//! Weighted least squares by Householder QR.

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
/// by Householder reflections in the given order; X'X, which squares the condition number, is
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

    let mut factor = Factor::default();
    let mut centers = Vec::with_capacity(columns.len());
    let mut dependent = Vec::new();
    for (position, column) in columns.iter().enumerate() {
        let (center, mut centred, raw_length) = centre(column, &rows, weights, total, intercept);
        centred.iter_mut().zip(&roots).for_each(|(value, root)| *value *= root);
        centers.push(center);
        // Centring leaves rounding of the size of the raw values behind.
        let rounding = 8.0 * f64::EPSILON * raw_length;
        if !factor.push(centred, rounding) {
            dependent.push(position);
        }
    }
    if !dependent.is_empty() {
        return Err(Unsolvable::Dependent(dependent));
    }

    let (y_center, mut target, y_length) = centre(y, &rows, weights, total, intercept);
    target.iter_mut().zip(&roots).for_each(|(value, root)| *value *= root);
    let total_ss: f64 = target.iter().map(|value| value * value).sum();
    let varies = total_ss.sqrt() > 8.0 * f64::EPSILON * y_length;
    if !varies {
        target.fill(0.0);
    }
    factor.reflect(&mut target);
    let width = columns.len();
    let coefficients = factor.solve(&target[..width]);
    let residual_ss: f64 = target[width..].iter().map(|value| value * value).sum();

    let residual_df = total - parameters as f64;
    let residual_sd = (residual_df > 0.0).then(|| (residual_ss / residual_df).sqrt());
    let inverse = factor.inverse();
    let b0 = y_center - dot(&centers, &coefficients);
    Ok(LeastSquares {
        intercept: intercept.then_some(b0),
        intercept_error: residual_sd.filter(|_| intercept).map(|s| {
            // var(b₀) = s² (1/Σw + x̄' (X'X)⁻¹ x̄), and (X'X)⁻¹ = R⁻¹ R⁻ᵀ.
            let spread: f64 = (0..width)
                .map(|k| (0..=k).map(|j| centers[j] * inverse[j][k]).sum::<f64>().powi(2))
                .sum();
            s * (1.0 / total + spread).sqrt()
        }),
        standard_errors: residual_sd.map(|s| {
            inverse.iter().map(|row| s * dot(row, row).sqrt()).collect()
        }),
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
        rows.iter().map(|&row| weights[row] * (values[row] - shift)).sum::<f64>() / total
    };
    // The second pass removes the rounding of the first.
    let center = if centring {
        let first = average(0.0);
        first + average(first)
    } else {
        0.0
    };
    let raw = rows.iter().map(|&row| weights[row] * values[row] * values[row]).sum::<f64>();
    let centred = rows.iter().map(|&row| values[row] - center).collect();
    (center, centred, raw.sqrt())
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
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
        x.iter_mut().zip(&self.scales).for_each(|(value, scale)| *value /= scale);
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
