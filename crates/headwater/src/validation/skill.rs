//! Does the model forecast better than a forecast that needs no model?

use super::cross_validation::OutOfSample;
use crate::finding::{Bound, Finding, Status};

/// Compares the pooled out-of-sample errors of `forecast` (a phrase, such as "the forecast of
/// revenue") with the best naive forecast, by squared and by absolute
/// error: passed when both are smaller, a warning when one is, failed when none is.
///
/// `skill = 1 - MSE / MSE(best naive)`: the share of the naive forecast's squared error that the
/// model removes.
pub fn skill(id: &str, forecast: &str, scores: &OutOfSample) -> Finding {
    let model = &scores.pooled;
    let by_rmse = scores
        .naive
        .assessed()
        .min_by(|a, b| a.1.rmse.total_cmp(&b.1.rmse));
    let by_mae = scores
        .naive
        .assessed()
        .min_by(|a, b| a.1.mae.total_cmp(&b.1.mae));
    let (Some((rmse_name, best_rmse)), Some((mae_name, best_mae))) = (by_rmse, by_mae) else {
        return Finding::new(id, Status::NotAssessed, "no naive forecast could be made");
    };
    let wins = (model.rmse < best_rmse.rmse, model.mae < best_mae.mae);
    let (status, verdict) = match wins {
        (true, true) => (
            Status::Passed,
            "beats naive forecasts by squared and by absolute error",
        ),
        (true, false) => (
            Status::Warning,
            "beats naive forecasts by squared error, but not by absolute error",
        ),
        (false, true) => (
            Status::Warning,
            "beats naive forecasts by absolute error, but not by squared error",
        ),
        (false, false) => (Status::Failed, "does not beat naive forecasts"),
    };
    let squared = 1.0 - (model.rmse / best_rmse.rmse).powi(2);
    let absolute = 1.0 - model.mae / best_mae.mae;
    // The lesser of the two decides.
    let (name, figure) = if squared <= absolute {
        ("skill over naive by squared error", squared)
    } else {
        ("skill over naive by absolute error", absolute)
    };
    Finding::new(
        id,
        status,
        format!(
            "out of sample ({} weeks), {forecast} {verdict}",
            model.weeks
        ),
    )
    .measured(name, figure, Bound::AtLeast(0.0))
    .with("rmse", model.rmse)
    .with("naive_rmse", best_rmse.rmse)
    .with("naive_by_rmse", rmse_name)
    .with("mae", model.mae)
    .with("naive_mae", best_mae.mae)
    .with("naive_by_mae", mae_name)
    .with("skill", squared)
}
