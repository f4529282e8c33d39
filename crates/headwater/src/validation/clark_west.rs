//! Do more columns forecast better, beyond what their estimation costs?

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

use super::cross_validation::CrossValidation;
use super::hac;
use super::ridge_twin::{ridge_twin, with_every_edge};
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::features::FeatureSettings;
use crate::finding::{Bound, Finding, Status};
use crate::mediation::{Link, Reading};
use crate::numeric::summary::mean;
use crate::splits::Fold;
use crate::words::p_value;

/// The comparison of two nested models on the same forecast weeks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClarkWest {
    /// `1 - MSE(unrestricted) / MSE(restricted)`: the share of the squared error that the larger
    /// model removes; below 0 when it forecasts worse.
    pub gain: f64,
    /// The mean of the adjusted difference over its Newey-West standard error.
    pub statistic: f64,
    /// One-sided: the chance of such a statistic when the added columns forecast nothing.
    pub p: f64,
}

/// Clark and West's (2007) test of equal forecasts by nested models.
///
/// A larger model whose added columns are worth nothing forecasts *worse*, because it estimates
/// them. The test gives that back: the mean of
///
/// ```text
/// f_t = (y_t - r_t)^2 - [ (y_t - u_t)^2 - (r_t - u_t)^2 ]
/// ```
///
/// is 0 when they are worth nothing and above 0 otherwise (`r` restricted, `u` unrestricted). Its
/// variance is Newey and West's with `lags` Bartlett lags, without correction for small samples; a
/// standard normal bounds it. A `gain` below 0 with a small `p` says: the columns carry
/// information, but not enough of it to pay for their estimation on so few weeks.
///
/// # Errors
/// When the lengths differ, when there are fewer than 8 weeks or not more weeks than lags, and when
/// the forecasts are the same in every week.
///
/// ```
/// use headwater::validation::clark_west::clark_west;
/// let actual = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0];
/// let close = actual.map(|y| y + 0.5);
/// let test = clark_west(&actual, &[4.0; 8], &close, 2)?;
/// assert!(test.gain > 0.9 && test.p < 0.05);
/// # Ok::<(), headwater::error::Error>(())
/// ```
pub fn clark_west(
    actual: &[f64],
    restricted: &[f64],
    unrestricted: &[f64],
    lags: usize,
) -> Result<ClarkWest> {
    let n = actual.len();
    if restricted.len() != n || unrestricted.len() != n {
        return Err(Error::setting(
            format!(
                "{n} weeks happened, {} and {} were forecast",
                restricted.len(),
                unrestricted.len()
            ),
            "give both forecasts of the same weeks",
        ));
    }
    if n < 8 || n <= lags {
        return Err(Error::TooFewWeeks {
            message: format!("{n} forecast weeks cannot compare two models with {lags} lags"),
            help: "use more or longer folds".into(),
        });
    }
    let f = adjusted(actual, restricted, unrestricted);
    let centre = mean(&f);
    let about: Vec<f64> = f.iter().map(|value| value - centre).collect();
    let statistic = n as f64 * centre / hac::long_run_variance(&about, lags).sqrt();
    if !statistic.is_finite() {
        return Err(same_forecasts());
    }
    Ok(ClarkWest {
        gain: 1.0 - squared(actual, unrestricted) / squared(actual, restricted),
        statistic,
        p: Normal::standard().sf(statistic),
    })
}

/// Clark and West's adjusted differences, one a week.
fn adjusted(actual: &[f64], restricted: &[f64], unrestricted: &[f64]) -> Vec<f64> {
    let forecasts = restricted.iter().zip(unrestricted);
    actual
        .iter()
        .zip(forecasts)
        .map(|(y, (r, u))| (y - r).powi(2) - (y - u).powi(2) + (r - u).powi(2))
        .collect()
}

/// The mean squared error.
fn squared(actual: &[f64], forecast: &[f64]) -> f64 {
    let pairs = actual.iter().zip(forecast);
    mean(&pairs.map(|(y, p)| (y - p).powi(2)).collect::<Vec<_>>())
}

/// The one-sided p value of [`clark_west`] from the means of its `f_t` over each fold, as a t test
/// with one degree of freedom less than folds (Ibragimov and Müller 2010).
///
/// The weeks of a fold are forecast by one fit, so the differences of a whole fold hang together,
/// over far more weeks than a handful of Bartlett lags reach: on simulated markets of 104 and 156
/// weeks without direct effects, five folds and errors with and without autocorrelation, the normal
/// form rejected 13 to 23% at a nominal 5%, this one 7 to 9%.
///
/// # Errors
/// With fewer than 3 folds, and when the means never differ.
///
/// ```
/// use headwater::validation::clark_west::clark_west_by_fold;
/// let actual = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0];
/// let close = actual.map(|y| y + 0.5);
/// let p = clark_west_by_fold(&actual, &[4.0; 6], &close, &[2, 2, 2])?;
/// assert!(p > 0.0 && p < 0.5);
/// # Ok::<(), headwater::error::Error>(())
/// ```
///
/// # Panics
/// When the folds are not all the weeks.
pub fn clark_west_by_fold(
    actual: &[f64],
    restricted: &[f64],
    unrestricted: &[f64],
    fold_weeks: &[usize],
) -> Result<f64> {
    let all: usize = fold_weeks.iter().sum();
    assert_eq!(all, actual.len(), "every week belongs to a fold");
    if fold_weeks.len() < 3 {
        return Err(Error::setting(
            format!("{} folds cannot compare two models", fold_weeks.len()),
            "set `folds` under [validation] to at least 3",
        ));
    }
    let f = adjusted(actual, restricted, unrestricted);
    let mut rest = f.as_slice();
    let means = fold_weeks.iter().map(|&weeks| {
        let (fold, later) = rest.split_at(weeks);
        rest = later;
        mean(fold)
    });
    let means: Vec<f64> = means.collect();
    let folds = means.len() as f64;
    let centre = mean(&means);
    let squares: f64 = means.iter().map(|value| (value - centre).powi(2)).sum();
    let statistic = centre / (squares / (folds - 1.0) / folds).sqrt();
    match StudentsT::new(0.0, 1.0, folds - 1.0) {
        Ok(t) if statistic.is_finite() => Ok(t.sf(statistic)),
        _ => Err(same_forecasts()),
    }
}

fn same_forecasts() -> Error {
    Error::setting(
        "the two models forecast the same, or their difference never varies",
        "compare models that differ",
    )
}

/// What drawing every edge from the exposures to the outcome adds to forecasts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NestedGain {
    /// The test on the pooled weeks of all folds, its p value by the normal distribution.
    pub test: ClarkWest,
    /// The p value that decides: see [`clark_west_by_fold`].
    pub p: f64,
    /// Forecast weeks.
    pub weeks: usize,
    /// Bartlett lags.
    pub lags: usize,
    /// The exposures whose edges were added.
    pub added: Vec<String>,
}

/// Forecasts the same folds twice, with the mediator as observed: by the drawn graph, and with an
/// edge from every exposure to the outcome. Both by default ridge in both stages, whatever the
/// estimators of the analysis, on its features, link and folds.
///
/// The drawn graph is read with two slopes (or as `reading = "observed"` says), which is the larger
/// model with restrictions: `y` on the exposures' part of the mediator, the rest and the controls
/// lies within `y` on the mediator, all exposures and the controls. With two slopes the edges add
/// one column fewer than there are exposures: direct effects in proportion to the mediated ones
/// are the same forecasts and are not seen (methods brief, 1.6).
///
/// # Errors
/// When every edge is drawn already, when the folds cannot be fitted, and those of [`clark_west`].
pub fn nested_gain(
    data: &Dataset,
    features: &FeatureSettings,
    reading: Reading,
    link: Link,
    folds: &[Fold],
) -> Result<NestedGain> {
    let roles = data.roles();
    let drawn = roles.direct_exposures();
    let undrawn = |name: &&str| !drawn.contains(name);
    let added: Vec<String> = roles
        .exposures()
        .into_iter()
        .filter(undrawn)
        .map(String::from)
        .collect();
    let within = match reading {
        Reading::Observed => Reading::Observed,
        Reading::TwoSlope | Reading::Predicted => Reading::TwoSlope,
    };
    if added.is_empty() || (within == Reading::TwoSlope && added.len() == 1) {
        return Err(Error::setting(
            if added.is_empty() {
                "every edge from an exposure to the outcome is drawn already"
            } else {
                "with one exposure that has no edge of its own, drawing it changes no forecast: it and the \
                 mediated effect are one column"
            },
            "compare graphs that differ by more than one edge, or use `reading = \"observed\"`",
        ));
    }
    let forecast = |data: &Dataset, reading| -> Result<Vec<f64>> {
        let (features, model) = ridge_twin(features, reading, link);
        let scores = CrossValidation::run(&model, data, &features, folds)?;
        let folds = scores.forecasts.into_iter();
        Ok(folds.flat_map(|fold| fold.conditional).collect())
    };
    let every_edge = with_every_edge(data)?;
    let (restricted, unrestricted) = rayon::join(
        || forecast(data, within),
        || forecast(&every_edge, Reading::Observed),
    );
    let rows = folds.iter().flat_map(|fold| fold.test.clone());
    let actual: Vec<f64> = rows.map(|row| data.outcome()[row]).collect();
    let lags = hac::lags(actual.len());
    let (restricted, unrestricted) = (restricted?, unrestricted?);
    let fold_weeks: Vec<usize> = folds.iter().map(|fold| fold.test.len()).collect();
    Ok(NestedGain {
        p: clark_west_by_fold(&actual, &restricted, &unrestricted, &fold_weeks)?,
        test: clark_west(&actual, &restricted, &unrestricted, lags)?,
        weeks: actual.len(),
        lags,
        added,
    })
}

/// Below this p value the edges forecast beyond chance.
const SIGNIFICANT: f64 = 0.05;

/// Says in words whether the missing edges forecast.
pub fn direct_gain(outcome: &str, gain: Result<NestedGain>) -> Finding {
    const ID: &str = "mediation.direct_gain";
    let gain = match gain {
        Ok(gain) => gain,
        Err(error) => {
            return Finding::new(
                ID,
                Status::NotAssessed,
                format!(
                    "whether direct edges would forecast {outcome} better is not known: {error}"
                ),
            );
        }
    };
    let test = &gain.test;
    let moved = format!(
        "drawing the direct edges of {} {} the squared forecast error of {outcome} by {:.0}% over {} weeks \
         (Clark-West by folds, {})",
        gain.added.join(", "),
        if test.gain >= 0.0 { "lowers" } else { "raises" },
        100.0 * test.gain.abs(),
        gain.weeks,
        p_value(gain.p),
    );
    let (status, verdict) = match (gain.p < SIGNIFICANT, test.gain > 0.0) {
        (true, true) => (
            Status::Warning,
            "an exposure seems to act around the mediator: see which, and draw its edge with `direct = true`",
        ),
        (true, false) => (
            Status::Warning,
            "the edges carry information, though too little to pay for their estimation on so few weeks: \
             forecast without them, but do not rely on their absence",
        ),
        (false, _) => (
            Status::Passed,
            "forecasts give no reason to draw them, which is no proof that there is no direct effect",
        ),
    };
    Finding::new(ID, status, format!("{moved}; {verdict}"))
        .measured("p value", gain.p, Bound::AtLeast(SIGNIFICANT))
        .with("gain", test.gain)
        .with("statistic", test.statistic)
        .with("p", gain.p)
        .with("p_normal", test.p)
        .with("hac_lags", gain.lags)
        .with("weeks", gain.weeks)
        .with("added", gain.added)
}
