//! Is a relation between two wandering series more than their wandering?

use serde_json::json;

use super::autocorrelation::durbin_watson;
use super::drift::without_season;
use super::noise::Autoregressive;
use super::regression::{Examined, Regression};
use crate::data::Dataset;
use crate::design::Purpose;
use crate::finding::{Bound, Finding, Status};
use crate::numeric::least_squares::least_squares;
use crate::numeric::orthonormal::Basis;
use crate::numeric::random::stream;
use crate::numeric::vector::scaled;
use crate::validation::hac;

/// Dickey and Fuller's test for a unit root, with lags against autocorrelation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DickeyFuller {
    /// The t statistic of the level in Δx_t = a + b t + ρ x_{t−1} + Σ_l c_l Δx_{t−l}.
    pub statistic: f64,
    /// MacKinnon's (2010) 5% critical value for the number of rows: below it a random walk is
    /// rejected.
    pub critical: f64,
    /// The lagged differences in the regression.
    pub lags: usize,
}

impl DickeyFuller {
    /// Whether a random walk is believable at 5%.
    pub fn unit_root(&self) -> bool {
        self.statistic >= self.critical
    }
}

/// The augmented Dickey-Fuller test with `lags` lagged differences, with a linear trend when
/// `trend`, else with a constant alone. `None` when the series is too short or moves on a line.
///
/// ```
/// use headwater::validation::diagnostics::stationarity::dickey_fuller;
/// let swinging: Vec<f64> = (0..60).map(|t| f64::from((t * t * 31) % 17)).collect();
/// assert!(dickey_fuller(&swinging, 0, true).is_some_and(|test| !test.unit_root()));
/// ```
pub fn dickey_fuller(series: &[f64], lags: usize, trend: bool) -> Option<DickeyFuller> {
    regression(series, lags, lags, trend).map(|(test, _)| test)
}

/// The test and Akaike's criterion, on the rows that `most` lags leave.
fn regression(
    series: &[f64],
    lags: usize,
    most: usize,
    trend: bool,
) -> Option<(DickeyFuller, f64)> {
    let x = scaled(series);
    let steps: Vec<f64> = x.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let rows = steps.len().checked_sub(most)?;
    let time: Vec<f64> = (0..rows).map(|t| t as f64).collect();
    let mut columns = vec![&x[most..most + rows]];
    columns.extend((1..=lags).map(|lag| &steps[most - lag..most - lag + rows]));
    if trend {
        columns.push(&time);
    }
    let fit = least_squares(&columns, &steps[most..], &vec![1.0; rows], true).ok()?;
    let statistic = fit.coefficients[0] / fit.standard_errors.as_ref()?[0];
    let deviation = fit.residual_sd?;
    // MacKinnon 2010, table 2, one variable, 5%.
    let response: [f64; 4] = if trend {
        [-3.41049, -4.3904, -9.036, -45.374]
    } else {
        [-2.86154, -2.8903, -4.234, -40.040]
    };
    let inverse = 1.0 / rows as f64;
    let critical = response.iter().rev().fold(0.0, |sum, c| sum * inverse + c);
    let rss = deviation * deviation * fit.residual_df;
    let akaike = rows as f64 * (rss / rows as f64).ln() + 2.0 * (columns.len() + 1) as f64;
    let usable = statistic.is_finite() && deviation > 1e-12;
    usable.then_some((
        DickeyFuller {
            statistic,
            critical,
            lags,
        },
        akaike,
    ))
}

/// The test about a trend with the number of lags that Akaike's criterion likes best, up to the
/// Newey-West rule: every lag costs power, which 104 weeks do not have to spare.
fn persistent(series: &[f64]) -> Option<DickeyFuller> {
    let most = hac::lags(series.len());
    (0..=most)
        .filter_map(|lags| regression(series, lags, most, true))
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(best, _)| best)
}

/// How believable it is that the errors of a regression are a random walk, the spurious
/// regression of Granger and Newbold (1974): the share of simulated random walks whose residuals
/// on the same columns have a Durbin-Watson statistic at least as large as the one observed
/// (Sargan and Bhargava 1983, their null distribution simulated for the very columns at hand).
/// NaN when the residuals are 0.
pub fn random_walk_errors(residual: &[f64], basis: &Basis, seed: u64) -> f64 {
    let observed = durbin_watson(residual);
    if observed.is_nan() {
        return f64::NAN;
    }
    let walk = Autoregressive { phi: 1.0 };
    let mut random = stream(seed, 1);
    let beyond = (0..WALKS)
        .filter(|_| {
            let errors = basis.residual(&walk.draw(residual.len(), &mut random));
            durbin_watson(&errors) >= observed
        })
        .count();
    (beyond + 1) as f64 / (WALKS + 1) as f64
}

const WALKS: usize = 199;
/// With fewer a series that returns to its level within a quarter looks like a walk.
const FEWEST_WEEKS: usize = 40;
const ID: &str = "diagnostics.spurious_regression";

/// What one stage shows.
struct Stage<'a> {
    name: &'a str,
    target_wanders: bool,
    wanderers: Vec<&'a str>,
    durbin_watson: f64,
    r_squared: f64,
    p_walk: f64,
}

impl Stage<'_> {
    /// Whether the target and something it is explained by wander.
    fn wanders(&self) -> bool {
        self.target_wanders && !self.wanderers.is_empty()
    }

    /// Both sides wander, and so do the errors, or the fit is better than they allow.
    fn spurious(&self) -> bool {
        self.wanders() && (self.p_walk > 0.05 || self.durbin_watson < self.r_squared)
    }
}

/// Whether a stage regresses one random walk on another.
pub(super) fn finding(data: &Dataset, stages: &[Examined; 2], seed: u64) -> Finding {
    if data.len() < FEWEST_WEEKS {
        let said = format!(
            "{} weeks are too few to tell a random walk from a level",
            data.len()
        );
        return Finding::new(ID, Status::NotAssessed, said);
    }
    let exposures = data.roles().exposures();
    let wandering: Vec<&str> = exposures
        .into_iter()
        .filter(|name| wanders(data.column(name)) == Some(true))
        .collect();
    let mut examined = Vec::new();
    for stage in stages {
        match &stage.regression {
            Ok(regression) => {
                examined.extend(examine(regression, stage.stage.target, &wandering, seed))
            }
            Err(why) => return Finding::new(ID, Status::NotAssessed, why.clone()),
        }
    }
    if examined.len() < stages.len() {
        let said = "a target moves on a straight line, so it cannot be told from a random walk";
        return Finding::new(ID, Status::NotAssessed, said);
    }
    let worst = examined
        .iter()
        .max_by(|a, b| {
            let order = |stage: &Stage| (stage.spurious(), stage.wanders());
            order(a).cmp(&order(b)).then(a.p_walk.total_cmp(&b.p_walk))
        })
        .expect("there are two stages");
    let (status, summary) = if worst.spurious() {
        let said = format!(
            "{} and {} wander like random walks, and the errors of the stage wander too \
             (Durbin-Watson {:.2}, R2 {:.2}): such series seem related when they are not; compare \
             with a fit on week-to-week changes before believing the effect",
            worst.name,
            worst.wanderers.join(", "),
            worst.durbin_watson,
            worst.r_squared
        );
        (Status::Warning, said)
    } else {
        let said = "no stage relates one wandering series to another and leaves wandering errors";
        (Status::Passed, said.to_string())
    };
    let evidence: Vec<_> = examined
        .iter()
        .map(|stage| {
            json!({
                "stage": stage.name,
                "target_unit_root": stage.target_wanders,
                "unit_roots": stage.wanderers,
                "durbin_watson": stage.durbin_watson,
                "r_squared": stage.r_squared,
                "p_random_walk_errors": stage.p_walk,
            })
        })
        .collect();
    let finding = Finding::new(ID, status, summary);
    let finding = if !worst.wanders() {
        finding // the errors' figures decide nothing
    } else if worst.durbin_watson < worst.r_squared {
        let (figure, bound) = (worst.durbin_watson, worst.r_squared);
        finding.measured("Durbin-Watson beside R2", figure, Bound::AtLeast(bound))
    } else {
        finding.measured(
            "p value of random-walk errors",
            worst.p_walk,
            Bound::AtMost(0.05),
        )
    };
    finding.with("stages", evidence)
}

fn examine<'a>(
    regression: &'a Regression<'a>,
    target: &[f64],
    exposures: &[&'a str],
    seed: u64,
) -> Option<Stage<'a>> {
    let causal = regression
        .columns
        .iter()
        .filter(|column| column.purpose == Purpose::Causal);
    let mut wanderers: Vec<&str> = causal
        .filter(|column| wanders(&column.values) == Some(true))
        .map(|column| &*column.name)
        .collect();
    if wanderers.is_empty() {
        wanderers = exposures.to_vec();
    }
    Some(Stage {
        name: regression.name,
        target_wanders: wanders(target)?,
        wanderers,
        durbin_watson: durbin_watson(&regression.residual),
        r_squared: regression.r_squared,
        p_walk: random_walk_errors(&regression.residual, &regression.basis, seed),
    })
}

/// Whether a series, season and trend apart, may be a random walk; `None` when it cannot be told.
fn wanders(values: &[f64]) -> Option<bool> {
    persistent(&without_season(values)).map(|test| test.unit_root())
}
