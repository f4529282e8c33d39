//! Ridge, lasso and elastic net: one objective, solved on cross-products.
//!
//! Weeks are few and a bootstrap refits thousands of times, so everything after one pass over
//! the weeks happens on cross-products of the columns. Unpenalised columns are eliminated
//! first by a partial Cholesky factorisation; what is left is a problem in which every column
//! is penalised, the same for ridge and lasso.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::LinearModel;
use super::cross_products::{Moments, Sample, Scored, Standardized};
use super::descent::Descent;
use super::ridge_path::score_ridge;
use crate::design::Design;
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
/// Coordinate descent stops when no slope moves the z-scored prediction by more.
const SETTLED: f64 = 1e-12;
/// The same while tuning, where only the third digit of an error matters.
const SETTLED_TUNING: f64 = 1e-12;

impl Estimator for Penalized {
    /// # Errors
    /// [`Error::RankDeficient`] names unpenalised columns that are combinations of earlier
    /// ones; [`Error::TooFewWeeks`] when there is too little to tune on.
    fn fit(&self, x: &Design, y: &[f64], weights: &[f64]) -> Result<Box<dyn Predictor>> {
        require(
            "l1_ratio",
            self.l1_ratio,
            (0.0..=1.0).contains(&self.l1_ratio),
            "from 0 to 1",
        )?;
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
        let slopes = self
            .solve(&mut problem, &sample, penalty)
            .map_err(|dependent| {
                let mut positions: Vec<usize> = dependent
                    .iter()
                    .map(|&position| sample.order[position])
                    .collect();
                positions.sort_unstable();
                Error::RankDeficient {
                    stage: "penalised".into(),
                    columns: positions
                        .iter()
                        .map(|&at| x.columns()[at].name.to_string())
                        .collect(),
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
        Ok(Box::new(LinearModel::new(
            x,
            intercept,
            coefficients,
            tuned,
        )))
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
            descent.leap(ridge, threshold);
            slopes[free..].copy_from_slice(&descent.slopes);
            problem.substitute_back(&mut slopes, free);
        }
        // A column that does not vary has slope 0 by definition: that is no ambiguity.
        dependent.retain(|&position| problem.inverse_scales[position] > 0.0);
        if dependent.is_empty() {
            Ok(slopes)
        } else {
            Err(dependent)
        }
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
                unit: problem.target_scale.powi(2),
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
        grid: &[f64],
        squares: &mut [f64],
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
            "choosing the penalty by cross-validation needs at least 6 weeks, spread so that \
             some have later ones to be scored on, and there are {weeks}"
        ),
        help: "use more weeks, or set penalty to a number".into(),
    }
}

/// Evenly spaced in the logarithm, both ends included, largest first.
fn grid(largest: f64, smallest: f64) -> [f64; GRID] {
    let step = (smallest / largest).powf(1.0 / (GRID - 1) as f64);
    std::array::from_fn(|at| largest * step.powi(at as i32))
}
