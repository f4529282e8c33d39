//! What both stages left unexplained.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};

use super::{dates, target};
use crate::data::Dataset;
use crate::data::role::{Role, Unit};
use crate::mediation::FittedMediation;
use crate::numeric::summary::{mean, quantiles};
use crate::validation::diagnostics::autocorrelation::autocorrelations;

/// The findings that judge what these residuals show. They examine the least-squares regression of
/// each stage where it has one, which classical tests are about; the residuals here are the model's
/// own.
const JUDGED_BY: [&str; 4] = [
    "diagnostics.normality",
    "diagnostics.autocorrelation",
    "diagnostics.heteroskedasticity",
    "diagnostics.influence",
];

/// The residuals of both stages, over the weeks that the model learned from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Residuals {
    /// The first day of each week, ISO 8601, ascending.
    pub weeks: Vec<String>,
    /// Stage 1.
    pub mediator: StageResiduals,
    /// Stage 2, on the scale of the outcome whatever the link.
    pub outcome: StageResiduals,
    /// The ids of the findings that judge them.
    pub judged_by: Vec<String>,
}

/// The residuals of one stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StageResiduals {
    /// The column it explains.
    pub target: String,
    /// What the column is measured in.
    pub unit: Unit,
    /// What the model says of each week, having learned from it.
    pub fitted: Vec<f64>,
    /// `actual - fitted`, one value a week, in the unit of the target.
    pub residual: Vec<f64>,
    /// How they are distributed; null where they do not vary.
    pub distribution: Option<ErrorDistribution>,
    /// Why there is no distribution.
    pub not_assessed: Option<String>,
}

/// How residuals are distributed and whether they last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ErrorDistribution {
    /// How many fall where.
    pub histogram: Histogram,
    /// Their quantiles beside those of a normal distribution.
    pub normal: NormalQuantiles,
    /// Autocorrelations at lags of 1, 2, ... weeks, up to `10 log10(n)` of them, as R's `acf` does.
    pub autocorrelations: Vec<f64>,
    /// `1.96 / sqrt(n)`: the autocorrelations of noise lie within this band around 0 in 95 of 100
    /// lags.
    pub band: f64,
}

/// Counts of residuals in bins of the same width, over all of their range.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Histogram {
    /// How the width was chosen, in words.
    pub rule: String,
    /// The middle of each bin, ascending, in the unit of the target.
    pub middles: Vec<f64>,
    /// The width of a bin, in the unit of the target.
    pub width: f64,
    /// Weeks in each bin. A residual between two bins is counted in the upper one.
    pub counts: Vec<usize>,
    /// What a normal distribution with the residuals' mean and standard deviation would put in each
    /// bin, in weeks.
    pub normal: Vec<f64>,
}

/// Quantiles of the residuals beside those of a normal distribution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NormalQuantiles {
    /// Standard normal quantiles at `(i - 0.5) / n`, ascending.
    pub theoretical: Vec<f64>,
    /// The residuals in ascending order, in the unit of the target.
    pub residual: Vec<f64>,
    /// The line through the quartiles of both at each of `theoretical`: where normal residuals lie.
    pub line: Vec<f64>,
}

impl Residuals {
    /// Of a model that was fitted to all weeks of `dataset`.
    pub(in crate::analysis) fn of(dataset: &Dataset, model: &FittedMediation) -> Self {
        Residuals {
            weeks: dates(dataset),
            mediator: StageResiduals::of(
                target(dataset, Role::Mediator),
                dataset.mediator(),
                model.forecast_mediator().to_vec(),
            ),
            outcome: StageResiduals::of(
                target(dataset, Role::Outcome),
                dataset.outcome(),
                model.fitted_outcome(),
            ),
            judged_by: JUDGED_BY.map(String::from).to_vec(),
        }
    }
}

impl StageResiduals {
    fn of((target, unit): (String, Unit), actual: &[f64], fitted: Vec<f64>) -> Self {
        let residual: Vec<f64> = actual.iter().zip(&fitted).map(|(y, p)| y - p).collect();
        let largest = |values: &[f64]| values.iter().fold(0.0, |most: f64, v| most.max(v.abs()));
        // what is left of a perfect fit is rounding, whose distribution would say nothing
        let distribution = (largest(&residual) > 1e-9 * largest(actual))
            .then(|| ErrorDistribution::of(&residual))
            .flatten();
        let not_assessed = distribution.is_none().then(|| {
            format!(
                "the model leaves nothing of {target} unexplained that varies from week to week"
            )
        });
        StageResiduals {
            target,
            unit,
            fitted,
            residual,
            distribution,
            not_assessed,
        }
    }
}

impl ErrorDistribution {
    /// None for residuals that do not vary.
    fn of(residual: &[f64]) -> Option<Self> {
        let n = residual.len();
        let center = mean(residual);
        let squares: f64 = residual.iter().map(|e| (e - center).powi(2)).sum();
        let sd = (squares / n.saturating_sub(1).max(1) as f64).sqrt();
        let normal = Normal::new(center, sd).ok().filter(|_| sd > 0.0)?;
        let lags = (10.0 * (n as f64).log10()).floor() as usize;
        Some(ErrorDistribution {
            histogram: Histogram::of(residual, &normal)?,
            normal: NormalQuantiles::of(residual),
            autocorrelations: autocorrelations(residual, lags.min(n - 1)),
            band: 1.96 / (n as f64).sqrt(),
        })
    }
}

impl Histogram {
    /// Bins of Freedman and Diaconis' (1981) width `2 IQR n^(-1/3)`, at most one a residual; where
    /// the middle half of the residuals are equal, Sturges' (1926) `log2(n) + 1` bins. None where
    /// all are equal.
    fn of(residual: &[f64], normal: &Normal) -> Option<Self> {
        let n = residual.len();
        let [least, lower, upper, most] = quantiles(residual, [0.0, 0.25, 0.75, 1.0]);
        let range = most - least;
        if range <= 0.0 {
            return None;
        }
        let wanted = 2.0 * (upper - lower) / (n as f64).cbrt();
        let (bins, rule) = if wanted > 0.0 {
            let bins = (range / wanted).ceil().min(n as f64) as usize;
            (bins, "Freedman and Diaconis")
        } else {
            ((n as f64).log2().ceil() as usize + 1, "Sturges")
        };
        let bins = bins.max(1);
        let width = range / bins as f64;
        let mut counts = vec![0; bins];
        for e in residual {
            // the largest residual stands on the upper end of the last bin
            let bin = ((e - least) / width).floor() as usize;
            counts[bin.min(bins - 1)] += 1;
        }
        let edge = |bin: usize| least + width * bin as f64;
        let expected = |bin| n as f64 * (normal.cdf(edge(bin + 1)) - normal.cdf(edge(bin)));
        Some(Histogram {
            rule: rule.into(),
            middles: (0..bins).map(|bin| edge(bin) + width / 2.0).collect(),
            width,
            counts,
            normal: (0..bins).map(expected).collect(),
        })
    }
}

impl NormalQuantiles {
    fn of(residual: &[f64]) -> Self {
        let n = residual.len() as f64;
        let standard = Normal::standard();
        let theoretical: Vec<f64> = (1..=residual.len())
            .map(|i| standard.inverse_cdf((i as f64 - 0.5) / n))
            .collect();
        let mut sorted = residual.to_vec();
        sorted.sort_by(f64::total_cmp);
        let [lower, upper] = quantiles(residual, [0.25, 0.75]);
        let quartile = standard.inverse_cdf(0.75);
        let slope = (upper - lower) / (2.0 * quartile);
        let middle = (lower + upper) / 2.0;
        NormalQuantiles {
            line: theoretical.iter().map(|z| middle + slope * z).collect(),
            theoretical,
            residual: sorted,
        }
    }
}
