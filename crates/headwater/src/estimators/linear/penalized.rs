//! Ridge, lasso and elastic net: one objective, solved on cross-products.
//!
//! Weeks are few and a bootstrap refits thousands of times, so everything after one pass over
//! the weeks happens on cross-products of the columns. Unpenalised columns are eliminated
//! first by a partial Cholesky factorisation; what is left is a problem in which every column
//! is penalised, the same for ridge and lasso.

use std::ops::Range;

use nalgebra::DMatrix;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::LinearModel;
use super::cross_products::{Cumulative, Moments, Sample, Scored, Standardized};
use super::descent::Descent;
use super::ridge_path::score_ridge;
use crate::design::Design;
use crate::error::{Error, Result};
use crate::estimators::settings::{WordOrNumber, require};
use crate::estimators::{Estimator, Judged, Predictor, generalised, training_rows};
use crate::splits::tuning_folds;

/// How the penalty λ is found; in TOML `"cross_validated"` or a number.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
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
/// [`tuning_folds`], laid from the first to the last week with a
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
pub(super) const GRID: usize = 24;
/// The smallest l1 part that the largest penalty is computed with: ridge never reaches 0.
const LEAST_L1: f64 = 0.01;
/// Coordinate descent stops when no slope moves the z-scored prediction by more.
const SETTLED: f64 = 1e-12;
/// The same while tuning, where only the third digit of an error matters.
const SETTLED_TUNING: f64 = 1e-6;

impl Estimator for Penalized {
    /// # Errors
    /// [`Error::RankDeficient`] names unpenalised columns that are combinations of earlier
    /// ones; [`Error::TooFewWeeks`] when there is too little to tune on.
    fn fit(&self, x: &Design, y: &[f64], weights: &[f64]) -> Result<Box<dyn Predictor>> {
        let sample = self.sample(x, y, weights)?;
        let mut moments = Cumulative::new(&sample);
        let learned = self.learn(x, &sample, &mut moments, sample.weeks.len())?;
        Ok(self.model(x, &sample, learned))
    }

    fn cross_validate(&self, x: &Design, y: &[f64], weights: &[f64]) -> Result<f64> {
        Ok(self.judge(x, y, weights)?.error)
    }

    fn judge(&self, x: &Design, y: &[f64], weights: &[f64]) -> Result<Judged> {
        let sample = self.sample(x, y, weights)?;
        let rows = 0..sample.weeks.len();
        let mut moments = Cumulative::new(&sample);
        let learned = self.learn(x, &sample, &mut moments, rows.end)?;
        let problem = &learned.problem;
        let scored = Scored {
            rows: problem.scores(&sample, rows.clone()),
            weights: &sample.weights,
            unit: (problem.target_scale * sample.scales[sample.free + sample.penalized]).powi(2),
        };
        let df = self.degrees_of_freedom(&sample, moments.up_to(&sample, rows.end), &learned);
        let error = generalised(
            scored.squares(&learned.slopes),
            sample.weights.iter().sum(),
            df,
        )?;
        Ok(Judged {
            error,
            fit: Some(self.model(x, &sample, learned)),
        })
    }

    fn overfits(&self) -> bool {
        false
    }
}

/// What was learned from some rows of a sample.
struct Learned {
    /// The correlations over those rows.
    problem: Standardized,
    /// The slopes on their z-scores, by position.
    slopes: Vec<f64>,
    tuning: Tuning,
}

/// A penalty and where it comes from.
struct Tuning {
    penalty: f64,
    chosen_by: &'static str,
    /// Over the later weeks of the tuning folds, in squared units of the target.
    mse: Option<f64>,
    /// The end of the grid at which the penalty lies.
    grid_end: Option<&'static str>,
}

impl Tuning {
    fn untuned(penalty: f64, chosen_by: &'static str) -> Self {
        Tuning {
            penalty,
            chosen_by,
            mse: None,
            grid_end: None,
        }
    }

    fn report(&self, l1_ratio: f64) -> Map<String, Value> {
        let mut report = Map::new();
        report.insert("l1_ratio".into(), l1_ratio.into());
        report.insert("penalty_chosen_by".into(), self.chosen_by.into());
        if let Some(mse) = self.mse {
            report.insert("cross_validated_mse".into(), mse.into());
        }
        if let Some(end) = self.grid_end {
            report.insert("penalty_at_grid_end".into(), end.into());
        }
        report.insert("penalty".into(), self.penalty.into());
        report
    }
}

impl Penalized {
    fn sample(&self, x: &Design, y: &[f64], weights: &[f64]) -> Result<Sample> {
        require(
            "l1_ratio",
            self.l1_ratio,
            (0.0..=1.0).contains(&self.l1_ratio),
            "from 0 to 1",
        )?;
        self.penalty.validate()?;
        let weeks = training_rows(x, y, weights)?;
        Ok(Sample::new(x, y, weights, weeks, self.penalize_causal))
    }

    /// What was learned in the units of target and columns.
    fn model(&self, x: &Design, sample: &Sample, learned: Learned) -> Box<dyn Predictor> {
        let target = sample.free + sample.penalized;
        let mut coefficients = vec![0.0; x.width()];
        let mut intercept = sample.centers[target];
        for (position, slope) in learned.slopes.iter().enumerate() {
            if *slope != 0.0 {
                let slope = slope * sample.scales[target] / sample.scales[position];
                coefficients[sample.order[position]] = slope;
                intercept -= slope * sample.centers[position];
            }
        }
        Box::new(LinearModel::new(
            x,
            intercept,
            coefficients,
            learned.tuning.report(self.l1_ratio),
        ))
    }

    /// Tunes on and solves for the rows up to `end`; `x` names columns that cannot be told apart.
    fn learn(
        &self,
        x: &Design,
        sample: &Sample,
        moments: &mut Cumulative,
        end: usize,
    ) -> Result<Learned> {
        let tuning = match self.penalty {
            Penalty::Fixed(penalty) => Tuning::untuned(penalty, "setting"),
            Penalty::CrossValidated => self.tune(sample, moments, end)?,
        };
        let mut problem = Standardized::new(moments.up_to(sample, end));
        let slopes = self
            .solve(&mut problem, sample, tuning.penalty)
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
        Ok(Learned {
            problem,
            slopes,
            tuning,
        })
    }

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

    /// The trace of the matrix that turns the target into the fit, intercept included: 1 for
    /// every unpenalised column and `tr (A + r I)^-1 A` for the penalised ones that are not 0,
    /// `A` their correlations after the unpenalised and `r` the ridge part of the penalty (Zou,
    /// Hastie and Tibshirani 2007).
    fn degrees_of_freedom(&self, sample: &Sample, moments: &Moments, learned: &Learned) -> f64 {
        let (free, width) = (sample.free, sample.free + sample.penalized);
        let mut problem = Standardized::new(moments);
        let lost = problem.eliminate(0..free).len();
        let (block, _) = problem.remaining(free, width);
        let active: Vec<usize> = (0..width - free)
            .filter(|&at| learned.slopes[free + at] != 0.0)
            .collect();
        let ridge = learned.tuning.penalty * (1.0 - self.l1_ratio);
        let mut shrunk = 0.0;
        if ridge > 0.0 {
            let system = DMatrix::from_fn(active.len(), active.len(), |i, j| {
                block[active[i] * (width - free) + active[j]] + if i == j { ridge } else { 0.0 }
            });
            shrunk = system
                .cholesky()
                .map_or(0.0, |factor| ridge * factor.inverse().trace());
        }
        (1 + free - lost + active.len()) as f64 - shrunk
    }

    /// The penalty with the smallest error over later weeks.
    fn tune(&self, sample: &Sample, moments: &mut Cumulative, end: usize) -> Result<Tuning> {
        let rows = 0..end;
        let (first, last) = (sample.weeks[rows.start], sample.weeks[rows.end - 1]);
        let span = last + 1 - first;
        let folds = tuning_folds(span).map_err(|_| too_few_to_tune(span))?;
        let rows_of = |weeks: &Range<usize>| sample.rows(&(first + weeks.start..first + weeks.end));

        let mut problems = Vec::with_capacity(folds.len());
        for fold in &folds {
            let (past, later) = (rows_of(&fold.train), rows_of(&fold.test));
            if past.len() >= 2 && !later.is_empty() {
                let problem = Standardized::new(moments.up_to(sample, past.end));
                problems.push((problem, past, later));
            }
        }
        if problems.is_empty() {
            return Err(too_few_to_tune(rows.len()));
        }

        let mut whole = Standardized::new(moments.up_to(sample, end));
        whole.eliminate(0..sample.free);
        let strongest = whole.strongest(sample.free);
        // Rounding is no correlation: then every penalty gives the same fit.
        if strongest <= 1e-12 {
            let why = if sample.penalized == 0 {
                "nothing to choose: no column is penalised"
            } else {
                "nothing to choose: no penalised column varies with the target"
            };
            return Ok(Tuning::untuned(1.0, why));
        }
        let wide = self.l1_ratio > 0.0 && sample.penalized >= rows.len();
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
        let target_scale = sample.scales[sample.free + sample.penalized];
        Ok(Tuning {
            penalty: grid[best],
            chosen_by: CROSS_VALIDATED,
            mse: Some(squares[best] / total * target_scale.powi(2)),
            grid_end: match best {
                0 => Some("largest"),
                at if at == GRID - 1 => Some("smallest"),
                _ => None,
            },
        })
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
