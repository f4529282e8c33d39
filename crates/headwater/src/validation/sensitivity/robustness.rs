//! Robustness values: how strong a hidden cause of both sides would have to be.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

use super::system::System;
use crate::error::{Error, Result};
use crate::numeric::least_squares::{LeastSquares, Unsolvable, least_squares};
use crate::numeric::orthonormal::Basis;

/// The error rate at which a coefficient counts as distinguishable from 0.
pub const ALPHA: f64 = 0.05;

/// The share of what is left of the outcome that the regressor explains, `t^2 / (t^2 + df)`.
pub fn partial_r2(t: f64, df: f64) -> f64 {
    t * t / (t * t + df)
}

/// `RV_q`: a hidden cause that explains this share of what is left of both the regressor and the
/// outcome would take the share `q` of the estimate; `1/2 (sqrt(f^4 + 4 f^2) - f^2)` with
/// `f = q |t| / sqrt(df)`. With `alpha`, `RV_{q,alpha}`: it would bring the estimate within
/// reach of chance, `f` less `t*_{1-alpha/2, df-1} / sqrt(df - 1)`, 0 when it is there already.
///
/// `t` must be the classical one of least squares: the identity is algebraic (Cinelli and Hazlett
/// 2020). NaN without degrees of freedom.
///
/// ```
/// use headwater::validation::sensitivity::robustness_value;
/// let erased = robustness_value(3.0, 90.0, 1.0, None);
/// assert!((erased - 0.2701562).abs() < 1e-6);
/// let chance = robustness_value(3.0, 90.0, 1.0, Some(0.05));
/// assert!((chance - 0.1001790).abs() < 1e-6);
/// ```
pub fn robustness_value(t: f64, df: f64, q: f64, alpha: Option<f64>) -> f64 {
    let mut f = q * t.abs() / df.sqrt();
    if let Some(alpha) = alpha {
        f -= critical(alpha, df - 1.0) / (df - 1.0).sqrt();
    }
    if f <= 0.0 {
        return 0.0;
    }
    let square = f * f;
    // Beyond this the subtraction would lose what is left: 1 - 1/f^2 + ...
    if square > 1e8 {
        return 1.0 - 1.0 / square;
    }
    0.5 * ((square * square + 4.0 * square).sqrt() - square)
}

/// The two-sided critical value of Student's t; NaN without degrees of freedom.
fn critical(alpha: f64, df: f64) -> f64 {
    StudentsT::new(0.0, 1.0, df).map_or(f64::NAN, |t| t.inverse_cdf(1.0 - alpha / 2.0))
}

/// A hidden cause, by the shares of what the observed regressors leave that it would explain.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Confounder {
    /// Of the regressor, `R2_{D~Z|X}`, in [0, 1].
    pub of_regressor: f64,
    /// Of the outcome, `R2_{Y~Z|D,X}`, in [0, 1].
    pub of_outcome: f64,
}

impl Confounder {
    /// A cause `k` times as strong as an observed control that explains these shares (`of_regressor`
    /// given the other controls, `of_outcome` given the regressor too), and whether a share had to
    /// be capped at 1 because nothing could be that strong (Cinelli and Hazlett 2020).
    ///
    /// ```
    /// use headwater::validation::sensitivity::Confounder;
    /// let control = Confounder { of_regressor: 0.2, of_outcome: 0.1 };
    /// let (same, capped) = control.times(1.0);
    /// assert!((same.of_regressor - 0.25).abs() < 1e-15 && !capped);
    /// ```
    pub fn times(&self, k: f64) -> (Confounder, bool) {
        let (x, y) = (self.of_regressor, self.of_outcome);
        let regressor = k * x / (1.0 - x);
        let shared = k * x * x / ((1.0 - k * x) * (1.0 - x));
        let outcome = ((k.sqrt() + shared.sqrt()) / (1.0 - shared).sqrt()).powi(2) * y / (1.0 - y);
        // A NaN comes from shares that leave nothing: no less capped than a share above 1.
        let most = |share: f64| if share < 1.0 { share } else { 1.0 };
        let strong = Confounder {
            of_regressor: most(regressor),
            of_outcome: most(outcome),
        };
        let capped = strong.of_regressor == 1.0 || strong.of_outcome == 1.0;
        (strong, capped)
    }

    /// How far the estimate would be off: `se sqrt(df R2_Y R2_D / (1 - R2_D))`, in the estimate's
    /// unit, in either direction; infinite when nothing of the regressor would be left.
    pub fn bias(&self, standard_error: f64, df: f64) -> f64 {
        if self.of_outcome == 0.0 {
            return 0.0;
        }
        let part = self.of_outcome * self.of_regressor / (1.0 - self.of_regressor);
        standard_error * (df * part).sqrt()
    }

    /// The standard error given the cause:
    /// `se sqrt((1 - R2_Y) / (1 - R2_D)) sqrt(df / (df - 1))`.
    pub fn adjusted_error(&self, standard_error: f64, df: f64) -> f64 {
        let kept = (1.0 - self.of_outcome) / (1.0 - self.of_regressor);
        standard_error * (kept * df / (df - 1.0)).sqrt()
    }
}

/// What a coefficient of the linear twin stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Slope {
    /// `tau`: an exposure's column on the outcome, through the mediator and around it.
    Total,
    /// `a`: an exposure's column on the mediator.
    FirstStage,
    /// `b_auto`: the mediator on the outcome, exposures and controls given.
    Mediator,
}

/// A coefficient and the hidden cause that would overturn it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Coefficient {
    /// What it stands for.
    pub slope: Slope,
    /// The regressor's column.
    pub column: String,
    /// Least squares.
    pub estimate: f64,
    /// The classical standard error.
    pub standard_error: f64,
    /// `estimate / standard_error`.
    pub t: f64,
    /// Weeks minus columns of its regression.
    pub df: f64,
    /// [`partial_r2`].
    pub partial_r2: f64,
    /// [`robustness_value`] with `q = 1`: what it takes to erase the estimate.
    pub robustness_value: f64,
    /// The same with `alpha = 0.05`: what it takes to bring it within reach of chance; null with
    /// one degree of freedom.
    pub robustness_value_05: Option<f64>,
    /// The smallest `|t|` beyond the reach of chance once one more cause is taken into account.
    pub critical_t: Option<f64>,
    /// The observed control whose like would do most damage; null without controls.
    pub benchmark: Option<Benchmark>,
}

/// What a hidden cause as strong as an observed control would leave of a coefficient.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Benchmark {
    /// The control.
    pub control: String,
    /// The hidden cause of the same strength.
    pub confounder: Confounder,
    /// A share was above 1 and is held at it: nothing could be that strong on top of the control.
    pub capped: bool,
    /// The estimate pulled towards 0 by [`Confounder::bias`]; null when that has no bound.
    pub adjusted_estimate: Option<f64>,
    /// [`Confounder::adjusted_error`]; null when it has no bound.
    pub adjusted_error: Option<f64>,
    /// Their ratio in the sign of the estimate: negative when the cause would turn it round.
    pub adjusted_t: Option<f64>,
}

impl Coefficient {
    /// Whether chance alone seldom makes such an estimate, all causes observed.
    pub fn distinguishable(&self) -> bool {
        self.robustness_value_05.is_some_and(|value| value > 0.0)
    }

    /// Whether it would stay so beside a hidden cause as strong as the strongest observed control;
    /// `None` without a control.
    pub fn survives(&self) -> Option<bool> {
        let benchmark = self.benchmark.as_ref()?;
        let critical = self.critical_t?;
        Some(benchmark.adjusted_t.is_some_and(|t| t >= critical))
    }
}

/// Robustness values of every slope of the linear twin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Robustness {
    /// Totals, first stage, then the mediator.
    pub coefficients: Vec<Coefficient>,
}

impl Robustness {
    pub(super) fn new(system: &System<'_>) -> Result<Self> {
        let twin = system.twin;
        let controls = independent(&twin.controls, twin.weeks());
        let exposures: Vec<(&str, &[f64])> = twin
            .columns
            .iter()
            .map(|column| (column.name.as_str(), column.values.as_slice()))
            .collect();
        let given: Vec<(&str, &[f64])> = exposures.iter().chain(&controls).copied().collect();
        let first_control = exposures.len();
        let total = regress(&given, &twin.outcome)?;
        let first = regress(&given, &twin.mediator)?;
        let mut coefficients = Vec::new();
        for (slope, fit) in [(Slope::Total, &total), (Slope::FirstStage, &first)] {
            for (at, (column, values)) in exposures.iter().enumerate() {
                let mut others = given.clone();
                others.remove(at);
                let treatment = regress(&others, values)?;
                let strength = |control: usize| {
                    Some(Confounder {
                        of_regressor: explained(&treatment, first_control - 1 + control)?,
                        of_outcome: explained(fit, first_control + control)?,
                    })
                };
                coefficients.extend(coefficient(slope, column, fit, at, &controls, strength));
            }
        }
        let mut all = given.clone();
        all.insert(0, ("the mediator", &twin.mediator));
        // One column more than the reduced form: with one week to spare there is none for it.
        if first.residual_df > 1.0 {
            let fit = regress(&all, &twin.outcome)?;
            let strength = |control: usize| {
                Some(Confounder {
                    of_regressor: explained(&first, first_control + control)?,
                    of_outcome: explained(&fit, first_control + 1 + control)?,
                })
            };
            let of = coefficient(Slope::Mediator, "mediator", &fit, 0, &controls, strength);
            coefficients.extend(of);
        }
        if coefficients.is_empty() {
            return Err(Error::TooFewWeeks {
                message: "the stages fit every week exactly, so no slope has an error".into(),
                help: "use more weeks or fewer columns".into(),
            });
        }
        Ok(Robustness { coefficients })
    }
}

/// The controls that are not combinations of an intercept and earlier ones.
fn independent(controls: &[(String, Vec<f64>)], weeks: usize) -> Vec<(&str, &[f64])> {
    let mut basis = Basis::default();
    basis.push(&vec![1.0; weeks]);
    let own = controls.iter().filter(|(_, values)| basis.push(values));
    own.map(|(name, values)| (name.as_str(), values.as_slice()))
        .collect()
}

fn regress(columns: &[(&str, &[f64])], target: &[f64]) -> Result<LeastSquares> {
    let values: Vec<&[f64]> = columns.iter().map(|(_, values)| *values).collect();
    least_squares(&values, target, &vec![1.0; target.len()], true).map_err(|error| match error {
        Unsolvable::Dependent(positions) => Error::RankDeficient {
            stage: "linear twin's".into(),
            columns: positions
                .iter()
                .map(|at| columns[*at].0.to_string())
                .collect(),
        },
        Unsolvable::TooFewRows { rows, parameters } => Error::TooFewWeeks {
            message: format!("{rows} weeks cannot hold {parameters} columns"),
            help: "use more weeks or fewer controls".into(),
        },
    })
}

/// The partial R2 of the regressor at `at`; `None` when the fit leaves no error to judge by.
fn explained(fit: &LeastSquares, at: usize) -> Option<f64> {
    let error = fit.standard_errors.as_ref()?[at];
    let share = partial_r2(fit.coefficients[at] / error, fit.residual_df);
    share.is_finite().then_some(share)
}

/// The coefficient at `at` beside the control whose like would do it most damage; `None` when it
/// has no standard error.
fn coefficient(
    slope: Slope,
    column: &str,
    fit: &LeastSquares,
    at: usize,
    controls: &[(&str, &[f64])],
    strength: impl Fn(usize) -> Option<Confounder>,
) -> Option<Coefficient> {
    let (estimate, df) = (fit.coefficients[at], fit.residual_df);
    let standard_error = fit.standard_errors.as_ref()?[at];
    let t = estimate / standard_error;
    if !t.is_finite() {
        return None;
    }
    let benchmark = |(name, (confounder, capped)): (&str, (Confounder, bool))| {
        let size = estimate.abs() - confounder.bias(standard_error, df);
        let adjusted_error = confounder.adjusted_error(standard_error, df);
        let finite = |value: f64| Some(value).filter(|value| value.is_finite());
        Benchmark {
            control: name.into(),
            confounder,
            capped,
            adjusted_estimate: finite(size * estimate.signum()),
            adjusted_error: finite(adjusted_error),
            adjusted_t: finite(size / adjusted_error),
        }
    };
    let damage = |(_, (confounder, _)): &(&str, (Confounder, bool))| confounder.bias(1.0, df);
    let strongest = controls
        .iter()
        .enumerate()
        .filter_map(|(at, (name, _))| Some((*name, strength(at)?.times(1.0))))
        .max_by(|one, other| damage(one).total_cmp(&damage(other)));
    let finite = |value: f64| Some(value).filter(|value| value.is_finite());
    Some(Coefficient {
        slope,
        column: column.into(),
        estimate,
        standard_error,
        t,
        df,
        partial_r2: partial_r2(t, df),
        robustness_value: robustness_value(t, df, 1.0, None),
        robustness_value_05: finite(robustness_value(t, df, 1.0, Some(ALPHA))),
        critical_t: finite(critical(ALPHA, df - 1.0)),
        benchmark: strongest.map(benchmark),
    })
}
