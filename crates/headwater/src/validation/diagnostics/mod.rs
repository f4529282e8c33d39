//! Are the errors of the two stages, and the data behind them, such that the numbers can be
//! believed? The field's diagnostic tests as plain functions, and [`diagnose`], which puts them to
//! a fitted model and answers in sentences.

pub mod autocorrelation;
pub mod collinearity;
pub(crate) mod decomposition;
pub mod drift;
mod feedback;
pub mod heteroskedasticity;
mod hidden_demand;
pub mod influence;
pub mod newey_west;
pub mod noise;
pub mod normality;
mod regression;
pub mod stationarity;
pub mod structural_break;
pub mod support;

use regression::Examined;

use crate::data::Dataset;
use crate::design::Design;
use crate::finding::{Finding, Status};

/// A fitted stage as the diagnostics see it; one value a week of the dataset everywhere.
#[derive(Debug, Clone, Copy)]
pub struct Stage<'a> {
    /// The column it explains.
    pub name: &'a str,
    /// The design it was fitted on, without an intercept.
    pub design: &'a Design,
    /// What it was fitted to, on the link scale.
    pub target: &'a [f64],
    /// What it left unexplained.
    pub residual: &'a [f64],
}

/// The findings of [`diagnose`], in its order.
pub const IDS: [&str; 13] = [
    "diagnostics.spurious_regression",
    "diagnostics.hidden_demand",
    "diagnostics.feedback",
    "diagnostics.structural_break",
    "diagnostics.collinearity",
    "diagnostics.support",
    "diagnostics.drift",
    "diagnostics.influence",
    "diagnostics.autocorrelation",
    "diagnostics.heteroskedasticity",
    "diagnostics.standard_errors",
    "diagnostics.normality",
    "diagnostics.decomposition",
];

/// Puts every diagnostic to both stages and the data: thirteen findings, what would mislead most
/// first, each about both stages and naming the worse one.
///
/// Classical tests are about least-squares residuals, so they examine the stage's regression:
/// least squares on the same design, whatever the estimator. Where there are too many columns for
/// one, tests that need residuals alone take the stage's own and say so, and the others are not
/// assessed. `seed` moves the simulated null distributions only.
///
/// ```
/// use headwater::design::{Column, Design, Monotone};
/// use headwater::simulate::{MarketSettings, simulate};
/// use headwater::validation::diagnostics::{IDS, Stage, diagnose};
///
/// let data = simulate(&MarketSettings::default())?.dataset;
/// let column = |name: &str| Column::causal(name, data.column(name).clone(), Monotone::Free);
/// let first = Design::new(data.len(), vec![column("facebook_spend"), column("tiktok_spend")]);
/// let second = Design::new(data.len(), vec![column("google_spend")]);
/// let unexplained = vec![0.0; data.len()];
/// let stage = |name, design, target| Stage { name, design, target, residual: &unexplained };
/// let findings = diagnose(
///     &data,
///     &stage("google_spend", &first, data.mediator()),
///     &stage("revenue", &second, data.outcome()),
///     42,
/// );
/// assert!(findings.iter().map(|finding| finding.id.as_str()).eq(IDS));
/// # Ok::<(), headwater::error::Error>(())
/// ```
pub fn diagnose(data: &Dataset, mediator: &Stage, outcome: &Stage, seed: u64) -> Vec<Finding> {
    if let Some(why) = unusable(data, mediator).or_else(|| unusable(data, outcome)) {
        let not_assessed = |id| Finding::new(id, Status::NotAssessed, why.clone());
        return IDS.into_iter().map(not_assessed).collect();
    }
    let stages = [Examined::new(mediator), Examined::new(outcome)];
    vec![
        stationarity::finding(data, &stages, seed),
        hidden_demand::finding(data, &stages, seed),
        feedback::finding(data, &stages),
        structural_break::finding(data, &stages, seed),
        collinearity::finding(&stages),
        support::finding(data),
        drift::finding(data, seed),
        influence::finding(data, &stages),
        autocorrelation::finding(&stages),
        heteroskedasticity::finding(&stages),
        newey_west::finding(&stages),
        normality::finding(&stages),
        decomposition::finding(&stages),
    ]
}

/// Why a stage cannot be examined at all.
fn unusable(data: &Dataset, stage: &Stage) -> Option<String> {
    let weeks = data.len();
    let lengths = [
        stage.design.weeks(),
        stage.target.len(),
        stage.residual.len(),
    ];
    if lengths.iter().any(|length| *length != weeks) {
        return Some(format!(
            "the stage of {} does not cover the {weeks} weeks of the data",
            stage.name
        ));
    }
    let columns = stage.design.columns().iter();
    let broken = columns
        .map(|column| (&*column.name, &column.values[..]))
        .chain([(stage.name, stage.target), ("the residual", stage.residual)])
        .find(|(_, values)| values.iter().any(|value| !value.is_finite()));
    broken.map(|(name, _)| format!("{name} is not a finite number in every week of the stage"))
}
