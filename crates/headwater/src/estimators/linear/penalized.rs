//! Ridge, lasso and elastic net: one objective, solved on cross-products.
//!
//! Weeks are few and a bootstrap refits thousands of times, so everything after one pass over
//! the weeks happens on cross-products of the columns. Unpenalised columns are eliminated
//! first by a partial Cholesky factorisation; what is left is a problem in which every column
//! is penalised, the same for ridge and lasso.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::LinearModel;
use crate::design::{Design, Purpose};
use crate::error::{Error, Result};
use crate::estimators::settings::{WordOrNumber, require};
use crate::estimators::{Estimator, Predictor, training_rows};
use crate::splits::tuning_folds;

/// How the penalty λ is found; in TOML `"cross_validated"` or a number.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(try_from = "WordOrNumber", into = "WordOrNumber")]
pub enum Penalty {
    /// The λ with the smallest mean squared error over later weeks.
    #[default]
    CrossValidated,
    /// This λ, at least 0.
    Fixed(f64),
}

const CROSS_VALIDATED: &str = "cross_validated";

impl TryFrom<WordOrNumber> for Penalty {
    type Error = String;

    fn try_from(written: WordOrNumber) -> Result<Self, String> {
        match written {
            WordOrNumber::Number(penalty) => Ok(Penalty::Fixed(penalty)),
            WordOrNumber::Word(word) if word == CROSS_VALIDATED => Ok(Penalty::CrossValidated),
            WordOrNumber::Word(word) => Err(format!(
                "penalty = \"{word}\", but it must be \"{CROSS_VALIDATED}\" or a number"
            )),
        }
    }
}

impl From<Penalty> for WordOrNumber {
    fn from(penalty: Penalty) -> Self {
        match penalty {
            Penalty::CrossValidated => WordOrNumber::Word(CROSS_VALIDATED.into()),
            Penalty::Fixed(penalty) => WordOrNumber::Number(penalty),
        }
    }
}

impl Penalty {
    /// Checks the range.
    ///
    /// # Errors
    /// When a fixed penalty is negative or not finite.
    pub fn validate(&self) -> Result<()> {
        match self {
            Penalty::CrossValidated => Ok(()),
            Penalty::Fixed(penalty) => require(
                "penalty",
                penalty,
                penalty.is_finite() && *penalty >= 0.0,
                "of at least 0",
            ),
        }
    }
}

/// Penalised least squares. With z-scored columns and target (weighted mean 0, weighted mean
/// square 1, divisor W = Σ w) it minimises
///
/// ```text
/// 1/(2W) Σᵢ wᵢ (yᵢ − xᵢ b)² + λ Σⱼ fⱼ [ (1 − l1)/2 bⱼ² + l1 |bⱼ| ]
/// ```
///
/// where fⱼ is 0 for causal columns (unless `penalize_causal`) and 1 for controls. The
/// intercept is not penalised, and a column that does not vary gets slope 0. Slopes are
/// reported in the units of target and column. λ has no unit: the same number means the same
/// in dollars and in cents. A larger λ shrinks more; 0 is least squares.
///
/// Against other libraries, with n weeks of weight 1 and s the standard deviation of the
/// target (divisor n): scikit-learn's `Ridge(alpha)` on z-scored columns has λ = alpha / n,
/// its `Lasso(alpha)` λ = alpha / s; glmnet's `lambda` is λ s for ridge and lasso alike.
///
/// **Tuning.** [`Penalty::CrossValidated`] tries 24 values of λ, evenly spaced in the
/// logarithm from ρ / max(l1, 0.01), where no penalised slope is left (ridge: at most 1 % of
/// it), down to ρ / 10,000 (ρ / 100 where columns outnumber weeks and some slopes must be 0);
/// ρ is the largest correlation of a penalised column with the target after the unpenalised
/// columns. Each is fitted to the training weeks of the folds of
/// [`tuning_folds`](crate::splits::tuning_folds), laid from the first to the last week with a
/// positive weight, and scored on their later weeks; columns are z-scored inside each
/// training range. The smallest mean squared error wins, ties go to the larger λ.
///
/// ```
/// use headwater::design::{Column, Design};
/// use headwater::estimators::{Estimator, linear::{Penalized, Penalty}};
/// let x = Design::new(4, vec![Column::control("price", vec![-1.0, 1.0, -1.0, 1.0])]);
/// let ridge = Penalized { l1_ratio: 0.0, penalty: Penalty::Fixed(1.0), penalize_causal: false };
/// let fit = ridge.fit(&x, &[1.0, 5.0, 1.0, 5.0], &[1.0; 4])?;
/// // The least-squares slope is 2; λ = 1 halves it.
/// assert!((fit.terms(&x)?[1].coefficient.unwrap() - 1.0).abs() < 1e-12);
/// # Ok::<(), headwater::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Penalized {
    /// The lasso's part l1 of the penalty, in [0, 1]: 0 is ridge, 1 is lasso.
    pub l1_ratio: f64,
    /// The penalty λ.
    pub penalty: Penalty,
    /// Whether causal columns are penalised too.
    pub penalize_causal: bool,
}

/// The number of penalties tried.
const GRID: usize = 24;
/// The smallest l1 part that the largest penalty is computed with: ridge never reaches 0.
const LEAST_L1: f64 = 0.01;
/// A z-scored column counts as a combination of earlier ones when less than this part of its
/// variance is its own; cross-products see no finer.
const DEPENDENT: f64 = 1e-12;
/// Coordinate descent stops when no slope moves the z-scored prediction by more.
const SETTLED: f64 = 1e-12;
/// The same while tuning, where only the third digit of an error matters.
const SETTLED_TUNING: f64 = 1e-6;

impl Estimator for Penalized {
    /// # Errors
    /// [`Error::RankDeficient`] names unpenalised columns that are combinations of earlier
    /// ones; [`Error::TooFewWeeks`] when there is too little to tune on.
    fn fit(&self, x: &Design, y: &[f64], weights: &[f64]) -> Result<Box<dyn Predictor>> {
        require("l1_ratio", self.l1_ratio, (0.0..=1.0).contains(&self.l1_ratio), "from 0 to 1")?;
        self.penalty.validate()?;
        let weeks = training_rows(x, y, weights)?;
        let sample = Sample::new(x, y, weights, weeks, self.penalize_causal);
        let mut tuned = Map::new();
        tuned.insert("l1_ratio".into(), self.l1_ratio.into());

        let mut blocks = Moments::new(&sample);
        let (penalty, moments) = match self.penalty {
            Penalty::Fixed(penalty) => {
                tuned.insert("penalty_chosen_by".into(), "setting".into());
                blocks.add(&sample, 0..sample.weights.len());
                (penalty, blocks)
            }
            Penalty::CrossValidated => self.tune(&sample, blocks, &mut tuned)?,
        };
        tuned.insert("penalty".into(), penalty.into());

        let mut problem = Standardized::new(&moments);
        let slopes = self.solve(&mut problem, &sample, penalty).map_err(|dependent| {
            let mut positions: Vec<usize> =
                dependent.iter().map(|&position| sample.order[position]).collect();
            positions.sort_unstable();
            Error::RankDeficient {
                stage: "penalised".into(),
                columns: positions.iter().map(|&at| x.columns()[at].name.to_string()).collect(),
            }
        })?;

        let target = sample.free + sample.penalized;
        let mut coefficients = vec![0.0; x.width()];
        let mut intercept = sample.centers[target];
        for (position, slope) in slopes.iter().enumerate() {
            if *slope != 0.0 {
                let slope = slope * sample.scales[target] / sample.scales[position];
                coefficients[sample.order[position]] = slope;
                intercept -= slope * sample.centers[position];
            }
        }
        Ok(Box::new(LinearModel::new(x, intercept, coefficients, tuned)))
    }

    fn overfits(&self) -> bool {
        false
    }
}

impl Penalized {
    /// The z-scored slopes by position, or the positions that have none of their own.
    fn solve(
        &self,
        problem: &mut Standardized,
        sample: &Sample,
        penalty: f64,
    ) -> Result<Vec<f64>, Vec<usize>> {
        let (free, width) = (sample.free, sample.free + sample.penalized);
        let threshold = penalty * self.l1_ratio;
        let mut slopes = vec![0.0; width];
        let mut dependent = problem.eliminate(0..free);
        if threshold == 0.0 {
            problem.add_to_diagonal(free..width, penalty * (1.0 - self.l1_ratio));
            dependent.extend(problem.eliminate(free..width));
            problem.substitute_back(&mut slopes, width);
        } else {
            let mut descent = Descent::new(problem, free, width);
            let ridge = penalty * (1.0 - self.l1_ratio);
            descent.run(ridge, threshold, SETTLED);
            descent.polish(ridge, threshold);
            slopes[free..].copy_from_slice(&descent.slopes);
            problem.substitute_back(&mut slopes, free);
        }
        // A column that does not vary has slope 0 by definition: that is no ambiguity.
        dependent.retain(|&position| problem.inverse_scales[position] > 0.0);
        if dependent.is_empty() { Ok(slopes) } else { Err(dependent) }
    }

    /// The penalty with the smallest error over later weeks, and the moments of all weeks.
    fn tune(
        &self,
        sample: &Sample,
        mut moments: Moments,
        tuned: &mut Map<String, Value>,
    ) -> Result<(f64, Moments)> {
        let (first, last) = (sample.weeks[0], sample.weeks[sample.weeks.len() - 1]);
        let span = last + 1 - first;
        let folds = tuning_folds(span).map_err(|_| too_few_to_tune(span))?;
        let row_of = |week: usize| sample.weeks.partition_point(|&row| row < first + week);

        // Training ranges grow, so each fold's moments are the last fold's and a few rows.
        let mut done = 0;
        let mut problems = Vec::with_capacity(folds.len());
        for fold in &folds {
            let trained = row_of(fold.train.end);
            let tested = row_of(fold.test.start)..row_of(fold.test.end);
            moments.add(sample, done..trained);
            done = trained;
            if trained >= 2 && !tested.is_empty() {
                problems.push((Standardized::new(&moments), 0..trained, tested));
            }
        }
        moments.add(sample, done..sample.weeks.len());
        if problems.is_empty() {
            return Err(too_few_to_tune(sample.weeks.len()));
        }

        let mut whole = Standardized::new(&moments);
        whole.eliminate(0..sample.free);
        let strongest = whole.strongest(sample.free);
        // Rounding is no correlation: then every penalty gives the same fit.
        if strongest <= 1e-12 {
            let why = if sample.penalized == 0 {
                "nothing to choose: no column is penalised"
            } else {
                "nothing to choose: no penalised column varies with the target"
            };
            tuned.insert("penalty_chosen_by".into(), why.into());
            return Ok((1.0, moments));
        }
        let wide = self.l1_ratio > 0.0 && sample.penalized >= sample.weeks.len();
        let grid = grid(
            strongest / self.l1_ratio.max(LEAST_L1),
            strongest * if wide { 1e-2 } else { 1e-4 },
        );

        let mut squares = [0.0; GRID];
        let mut total = 0.0;
        for (mut problem, trained, tested) in problems {
            problem.eliminate(0..sample.free);
            total += sample.weights[tested.clone()].iter().sum::<f64>();
            let later = problem.residualize(sample, tested.clone());
            let scored = Scored {
                rows: later,
                weights: &sample.weights[tested],
                // Errors of all folds are added in one unit.
                unit: problem.scales_target.powi(2),
            };
            if self.l1_ratio > 0.0 {
                self.score_descent(&problem, sample, scored, &grid, &mut squares);
            } else {
                score_ridge(&problem, sample, trained, scored, &grid, &mut squares);
            }
        }
        let mut best = 0;
        for at in 1..GRID {
            if squares[at] < squares[best] {
                best = at;
            }
        }
        tuned.insert("penalty_chosen_by".into(), CROSS_VALIDATED.into());
        let target_scale = sample.scales[sample.free + sample.penalized];
        tuned.insert(
            "cross_validated_mse".into(),
            (squares[best] / total * target_scale.powi(2)).into(),
        );
        if best == 0 || best == GRID - 1 {
            let end = if best == 0 { "largest" } else { "smallest" };
            tuned.insert("penalty_at_grid_end".into(), end.into());
        }
        Ok((grid[best], moments))
    }

    fn score_descent(
        &self,
        problem: &Standardized,
        sample: &Sample,
        scored: Scored,
        grid: &[f64; GRID],
        squares: &mut [f64; GRID],
    ) {
        let mut descent = Descent::new(problem, sample.free, sample.free + sample.penalized);
        for (penalty, sum) in grid.iter().zip(squares) {
            let ridge = penalty * (1.0 - self.l1_ratio);
            descent.run(ridge, penalty * self.l1_ratio, SETTLED_TUNING);
            *sum += scored.squares(&descent.slopes);
        }
    }
}

fn too_few_to_tune(weeks: usize) -> Error {
    Error::TooFewWeeks {
        message: format!(
            "choosing the penalty by cross-validation needs at least 6 weeks, in the earlier of \
             which something happens, and there are {weeks}"
        ),
        help: "use more weeks, or set penalty to a number".into(),
    }
}

/// Evenly spaced in the logarithm, both ends included, largest first.
fn grid(largest: f64, smallest: f64) -> [f64; GRID] {
    let step = (smallest / largest).powf(1.0 / (GRID - 1) as f64);
    std::array::from_fn(|at| largest * step.powi(at as i32))
}

/// The weeks to learn from: unpenalised columns first, then penalised ones, then the target,
/// each z-scored over all of them so that cross-products of parts do not cancel.
struct Sample {
    /// Unpenalised columns.
    free: usize,
    /// Penalised columns.
    penalized: usize,
    /// The design column at each position.
    order: Vec<usize>,
    /// The row of the design for each row here.
    weeks: Vec<usize>,
    weights: Vec<f64>,
    /// Mean and standard deviation (0: constant) by position, the target last.
    centers: Vec<f64>,
    scales: Vec<f64>,
    /// Row by row, one value a position.
    values: Vec<f64>,
}

impl Sample {
    fn new(x: &Design, y: &[f64], weights: &[f64], weeks: Vec<usize>, all: bool) -> Self {
        let penalized = |&at: &usize| all || x.columns()[at].purpose == Purpose::Control;
        let (tail, mut order): (Vec<usize>, Vec<usize>) = (0..x.width()).partition(penalized);
        let free = order.len();
        order.extend(&tail);
        let size = order.len() + 1;
        let weights: Vec<f64> = weeks.iter().map(|&week| weights[week]).collect();
        let total: f64 = weights.iter().sum();
        let mut centers = vec![0.0; size];
        let mut scales = vec![0.0; size];
        let mut values = vec![0.0; size * weeks.len()];
        for position in 0..size {
            let column = order.get(position).map_or(y, |&at| &x.columns()[at].values);
            let average = |of: &dyn Fn(f64) -> f64| {
                let sum: f64 = weeks.iter().zip(&weights).map(|(&i, w)| w * of(column[i])).sum();
                sum / total
            };
            let rough = average(&|value| value);
            let center = rough + average(&|value| value - rough);
            let scale = average(&|value| (value - center) * (value - center)).sqrt();
            // What centring a constant leaves is rounding of the size of the constant.
            let varies = scale > 8.0 * f64::EPSILON * center.abs();
            let inverse = if varies { 1.0 / scale } else { 0.0 };
            centers[position] = center;
            scales[position] = if varies { scale } else { 0.0 };
            for (row, &week) in weeks.iter().enumerate() {
                values[row * size + position] = (column[week] - center) * inverse;
            }
        }
        Sample { free, penalized: tail.len(), order, weeks, weights, centers, scales, values }
    }

    fn size(&self) -> usize {
        self.centers.len()
    }
}

/// Sums over rows: Σ w, Σ w x, and Σ w x x' (lower triangle).
struct Moments {
    size: usize,
    weight: f64,
    sums: Vec<f64>,
    products: Vec<f64>,
}

impl Moments {
    fn new(sample: &Sample) -> Self {
        let size = sample.size();
        Moments { size, weight: 0.0, sums: vec![0.0; size], products: vec![0.0; size * size] }
    }

    fn add(&mut self, sample: &Sample, rows: Range<usize>) {
        let size = self.size;
        for row in rows {
            let weight = sample.weights[row];
            let values = &sample.values[row * size..][..size];
            self.weight += weight;
            for (i, value) in values.iter().enumerate() {
                let weighted = weight * value;
                self.sums[i] += weighted;
                for (sum, other) in self.products[i * size..].iter_mut().zip(&values[..=i]) {
                    *sum += weighted * other;
                }
            }
        }
    }
}

/// The correlations of columns and target over some rows, which elimination turns column by
/// column into a Cholesky factor with the correlations of the rest after it.
struct Standardized {
    size: usize,
    centers: Vec<f64>,
    /// 0 for a column that does not vary.
    inverse_scales: Vec<f64>,
    scales_target: f64,
    /// Lower triangle, row by row; the target is the last row.
    matrix: Vec<f64>,
}

impl Standardized {
    fn new(moments: &Moments) -> Self {
        let size = moments.size;
        let centers: Vec<f64> = moments.sums.iter().map(|sum| sum / moments.weight).collect();
        let mut inverse_scales = vec![0.0; size];
        let mut scales_target = 1.0;
        for (i, center) in centers.iter().enumerate() {
            let square = moments.products[i * size + i] / moments.weight;
            let variance = square - center * center;
            let varies = variance > DEPENDENT * square;
            inverse_scales[i] = if varies { variance.sqrt().recip() } else { 0.0 };
            if i == size - 1 {
                // A target that does not vary keeps its unit: later weeks may differ from it.
                inverse_scales[i] = if varies { inverse_scales[i] } else { 1.0 };
                scales_target = inverse_scales[i].recip();
            }
        }
        let mut matrix = vec![0.0; size * size];
        for i in 0..size {
            for j in 0..=i {
                let covariance =
                    moments.products[i * size + j] / moments.weight - centers[i] * centers[j];
                matrix[i * size + j] = covariance * inverse_scales[i] * inverse_scales[j];
            }
        }
        Standardized { size, centers, inverse_scales, scales_target, matrix }
    }

    fn add_to_diagonal(&mut self, positions: Range<usize>, value: f64) {
        for i in positions {
            self.matrix[i * self.size + i] += value;
        }
    }

    /// Cholesky steps for these positions; answers those with no variance of their own, whose
    /// column of the factor is 0.
    fn eliminate(&mut self, positions: Range<usize>) -> Vec<usize> {
        let size = self.size;
        let mut dependent = Vec::new();
        let mut pivots = vec![0.0; size];
        for k in positions {
            let pivot = self.matrix[k * size + k];
            if pivot <= DEPENDENT {
                dependent.push(k);
                (k..size).for_each(|i| self.matrix[i * size + k] = 0.0);
                continue;
            }
            let root = pivot.sqrt();
            for i in k..size {
                self.matrix[i * size + k] /= root;
                pivots[i] = self.matrix[i * size + k];
            }
            for i in k + 1..size {
                let factor = pivots[i];
                let row = &mut self.matrix[i * size..][k + 1..=i];
                row.iter_mut().zip(&pivots[k + 1..]).for_each(|(value, l)| *value -= factor * l);
            }
        }
        dependent
    }

    /// Fills in the slopes before `from`, given those from it on.
    fn substitute_back(&self, slopes: &mut [f64], from: usize) {
        let (size, width) = (self.size, self.size - 1);
        for k in (0..from).rev() {
            let pivot = self.matrix[k * size + k];
            let explained: f64 =
                (k + 1..width).map(|i| self.matrix[i * size + k] * slopes[i]).sum();
            slopes[k] = if pivot > 0.0 {
                (self.matrix[width * size + k] - explained) / pivot
            } else {
                0.0
            };
        }
    }

    /// The largest absolute correlation of a position from `free` on with the target.
    fn strongest(&self, free: usize) -> f64 {
        let width = self.size - 1;
        self.matrix[width * self.size..][free..width]
            .iter()
            .fold(0.0, |strongest, value| f64::max(strongest, value.abs()))
    }

    /// What the eliminated columns leave of the others and the target in these rows, row by
    /// row: z-scores after forward substitution.
    fn residualize(&self, sample: &Sample, rows: Range<usize>) -> Vec<f64> {
        let (size, free) = (self.size, sample.free);
        let mut left = Vec::with_capacity(rows.len() * (size - free));
        let mut scores = vec![0.0; size];
        for row in rows {
            let values = &sample.values[row * size..][..size];
            for (i, score) in scores.iter_mut().enumerate() {
                *score = (values[i] - self.centers[i]) * self.inverse_scales[i];
            }
            for k in 0..free {
                let pivot = self.matrix[k * size + k];
                if pivot > 0.0 {
                    let step = scores[k] / pivot;
                    for (i, score) in scores.iter_mut().enumerate().skip(k + 1) {
                        *score -= self.matrix[i * size + k] * step;
                    }
                }
            }
            left.extend_from_slice(&scores[free..]);
        }
        left
    }

    /// The block from `free` up to the target as a full symmetric matrix, and the target row.
    fn remaining(&self, free: usize, width: usize) -> (Vec<f64>, Vec<f64>) {
        let (size, m) = (self.size, width - free);
        let mut block = vec![0.0; m * m];
        for i in 0..m {
            for j in 0..=i {
                let value = self.matrix[(free + i) * size + free + j];
                block[i * m + j] = value;
                block[j * m + i] = value;
            }
        }
        (block, self.matrix[width * size..][free..width].to_vec())
    }
}

/// Later weeks with their residualised columns and target, row by row.
struct Scored<'a> {
    rows: Vec<f64>,
    weights: &'a [f64],
    unit: f64,
}

impl Scored<'_> {
    /// Σ w (y − x b)².
    fn squares(&self, slopes: &[f64]) -> f64 {
        let squares = self.rows.chunks_exact(slopes.len() + 1).zip(self.weights);
        let sum: f64 = squares
            .map(|(row, weight)| {
                let (columns, target) = row.split_at(slopes.len());
                let error = target[0] - dot(columns, slopes);
                weight * error * error
            })
            .sum();
        sum * self.unit
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Adds every penalty's ridge error over the later weeks.
///
/// (A + λI) θ = r is solved for all λ from one orthogonal reduction of A to a tridiagonal
/// matrix, after which each λ costs a few operations a column. A is X'X, or XX' where columns
/// outnumber weeks: X'(XX' + λI)⁻¹y = (X'X + λI)⁻¹X'y.
fn score_ridge(
    problem: &Standardized,
    sample: &Sample,
    trained: Range<usize>,
    mut scored: Scored,
    grid: &[f64; GRID],
    squares: &mut [f64; GRID],
) {
    let m = sample.penalized;
    let (mut matrix, mut right) = if m <= trained.len() {
        problem.remaining(sample.free, problem.size - 1)
    } else {
        let weights = &sample.weights[trained.clone()];
        let total: f64 = weights.iter().sum();
        let mut past = problem.residualize(sample, trained);
        for (row, weight) in past.chunks_exact_mut(m + 1).zip(weights) {
            let root = (weight / total).sqrt();
            row.iter_mut().for_each(|value| *value *= root);
        }
        let past: Vec<&[f64]> = past.chunks_exact(m + 1).collect();
        let products = |row: &[f64]| -> Vec<f64> {
            past.iter().map(|other| dot(&row[..m], &other[..m])).collect()
        };
        scored.rows = scored
            .rows
            .chunks_exact(m + 1)
            .flat_map(|row| products(row).into_iter().chain([row[m]]))
            .collect();
        (
            past.iter().flat_map(|row| products(row)).collect(),
            past.iter().map(|row| row[m]).collect(),
        )
    };
    let (diagonal, beside) = tridiagonalize(&mut matrix, &mut right, &mut scored.rows);
    let m = right.len();
    let mut pivots = vec![0.0; m];
    let mut theta = vec![0.0; m];
    for (penalty, sum) in grid.iter().zip(squares) {
        for k in 0..m {
            pivots[k] = diagonal[k] + penalty;
            theta[k] = right[k];
            if k > 0 {
                let factor = beside[k - 1] / pivots[k - 1];
                pivots[k] -= factor * beside[k - 1];
                theta[k] -= factor * theta[k - 1];
            }
        }
        for k in (0..m).rev() {
            let next = if k + 1 < m { beside[k] * theta[k + 1] } else { 0.0 };
            theta[k] = (theta[k] - next) / pivots[k];
        }
        *sum += scored.squares(&theta);
    }
}

/// Householder's reduction of a symmetric matrix A to T = Q'AQ; `right` becomes Q'right and
/// the columns of `rows` (all but the last) become rows Q. Answers the diagonal of T and the
/// values beside it (Golub and Van Loan, 8.3.1).
fn tridiagonalize(
    matrix: &mut [f64],
    right: &mut [f64],
    rows: &mut [f64],
) -> (Vec<f64>, Vec<f64>) {
    let m = right.len();
    let mut beside = vec![0.0; m.saturating_sub(1)];
    let mut v = vec![0.0; m];
    let mut step = vec![0.0; m];
    for k in 0..m.saturating_sub(1) {
        let below = k + 1..m;
        let v = &mut v[below.clone()];
        v.copy_from_slice(&matrix[k * m..][below.clone()]);
        let length = dot(v, v).sqrt();
        let rest = dot(&v[1..], &v[1..]);
        if rest == 0.0 {
            beside[k] = v[0];
            continue;
        }
        // The sign that adds, never cancels.
        beside[k] = if v[0] > 0.0 { -length } else { length };
        v[0] -= beside[k];
        let norm = dot(v, v).sqrt();
        v.iter_mut().for_each(|value| *value /= norm);

        // A − 2 v s' − 2 s v' with s = A v − (v'A v) v.
        let step = &mut step[below.clone()];
        for (i, row) in below.clone().enumerate() {
            step[i] = dot(&matrix[row * m..][below.clone()], v);
        }
        let curvature = dot(step, v);
        step.iter_mut().zip(&*v).for_each(|(s, v)| *s -= curvature * v);
        for (i, row) in below.clone().enumerate() {
            let (twice_v, twice_s) = (2.0 * v[i], 2.0 * step[i]);
            let row = &mut matrix[row * m..][below.clone()];
            for (value, (s, v)) in row.iter_mut().zip(step.iter().zip(&*v)) {
                *value -= twice_v * s + twice_s * v;
            }
        }
        let reflect = |vector: &mut [f64]| {
            let twice = 2.0 * dot(vector, v);
            vector.iter_mut().zip(&*v).for_each(|(value, v)| *value -= twice * v);
        };
        reflect(&mut right[below.clone()]);
        rows.chunks_exact_mut(m + 1).for_each(|row| reflect(&mut row[below.clone()]));
    }
    ((0..m).map(|k| matrix[k * m + k]).collect(), beside)
}

/// Coordinate descent with covariance updates (Friedman, Hastie and Tibshirani 2010,
/// *Journal of Statistical Software* 33:1, 2.2), which starts where the last penalty ended.
struct Descent {
    matrix: Vec<f64>,
    right: Vec<f64>,
    slopes: Vec<f64>,
    /// right − matrix · slopes.
    gradient: Vec<f64>,
}

impl Descent {
    fn new(problem: &Standardized, free: usize, width: usize) -> Self {
        let (matrix, right) = problem.remaining(free, width);
        Descent {
            slopes: vec![0.0; right.len()],
            gradient: right.clone(),
            matrix,
            right,
        }
    }

    /// Moves each slope to its best value given the others; answers the largest change of the
    /// prediction.
    fn sweep(&mut self, ridge: f64, threshold: f64, active_only: bool) -> f64 {
        let m = self.right.len();
        let mut largest: f64 = 0.0;
        for j in 0..m {
            let (old, curvature) = (self.slopes[j], self.matrix[j * m + j]);
            if curvature <= DEPENDENT || (active_only && old == 0.0) {
                continue;
            }
            let pull = self.gradient[j] + curvature * old;
            let shrunk = (pull.abs() - threshold).max(0.0).copysign(pull) / (curvature + ridge);
            let step = shrunk - old;
            if step != 0.0 {
                self.slopes[j] = shrunk;
                let row = &self.matrix[j * m..][..m];
                self.gradient.iter_mut().zip(row).for_each(|(g, a)| *g -= a * step);
                largest = largest.max(step.abs() * curvature.sqrt());
            }
        }
        largest
    }

    /// Descends until no slope moves by more than `settled`. The cap of sweeps is there for
    /// nearly collinear columns under a tiny penalty; [`polish`](Self::polish) ends those.
    fn run(&mut self, ridge: f64, threshold: f64, settled: f64) {
        const SWEEPS: usize = 10_000;
        let mut sweeps = 0;
        while self.sweep(ridge, threshold, false) > settled && sweeps < SWEEPS {
            sweeps += 1;
            while self.sweep(ridge, threshold, true) > settled && sweeps < SWEEPS {
                sweeps += 1;
            }
        }
    }

    /// Solves for the slopes that are not 0 exactly, signs given, by Cholesky, and keeps the
    /// solution if it violates the optimality conditions less.
    fn polish(&mut self, ridge: f64, threshold: f64) {
        let m = self.right.len();
        let active: Vec<usize> = (0..m).filter(|&j| self.slopes[j] != 0.0).collect();
        let size = active.len() + 1;
        let mut system = Standardized {
            size,
            centers: Vec::new(),
            inverse_scales: Vec::new(),
            scales_target: 1.0,
            matrix: vec![0.0; size * size],
        };
        for (i, &row) in active.iter().enumerate() {
            for (j, &column) in active[..=i].iter().enumerate() {
                system.matrix[i * size + j] = self.matrix[row * m + column];
            }
            system.matrix[(size - 1) * size + i] =
                self.right[row] - threshold.copysign(self.slopes[row]);
        }
        system.add_to_diagonal(0..size - 1, ridge);
        if !system.eliminate(0..size - 1).is_empty() {
            return;
        }
        let mut exact = vec![0.0; size - 1];
        system.substitute_back(&mut exact, size - 1);
        let mut slopes = vec![0.0; m];
        active.iter().zip(exact).for_each(|(&j, slope)| slopes[j] = slope);
        if self.violation(&slopes, ridge, threshold)
            < self.violation(&self.slopes, ridge, threshold)
        {
            self.slopes = slopes;
        }
    }

    /// The largest violation of the optimality (Karush-Kuhn-Tucker) conditions.
    fn violation(&self, slopes: &[f64], ridge: f64, threshold: f64) -> f64 {
        let m = slopes.len();
        (0..m)
            .map(|j| {
                let gradient = self.right[j] - dot(&self.matrix[j * m..][..m], slopes);
                if slopes[j] == 0.0 {
                    (gradient.abs() - threshold).max(0.0)
                } else {
                    (gradient - ridge * slopes[j] - threshold.copysign(slopes[j])).abs()
                }
            })
            .fold(0.0, f64::max)
    }
}
