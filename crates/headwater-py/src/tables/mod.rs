//! Answers as tables: one row for each estimate, or for each week, channel, term or check.

mod budget;
mod checks;
mod decisions;
mod effects;
mod stages;
mod weeks;

pub use budget::{gain, moves, plan, ranking};
pub use checks::{comparison, findings};
pub use decisions::{
    attribution, curves, curves_marks, differences, elasticities, forecast, prices, promotion,
    scenario, scenario_weeks, timing, timing_lags,
};
pub use effects::{effects, totals, truth};
pub use stages::{coefficients, importances, scores};
pub use weeks::{description, fitted, residuals, seasons, weeks};

/// Declares the row of a table of estimates: its keys, what is estimated, and the estimate.
///
/// `point` and the interval from `lower` to `upper` of nominal coverage `level` are null where there is
/// none; `why` says why.
macro_rules! estimates {
    ($(#[$about:meta])* $row:ident { $($key:ident: $kind:ty),* $(,)? }) => {
        $(#[$about])*
        #[derive(serde::Serialize, serde::Deserialize)]
        struct $row {
            $($key: $kind,)*
            quantity: String,
            point: Option<f64>,
            lower: Option<f64>,
            upper: Option<f64>,
            level: f64,
            method: String,
            why: Option<String>,
        }

        impl $row {
            #[allow(clippy::too_many_arguments, reason = "an argument a column")]
            fn new($($key: $kind,)* quantity: &str, estimate: &headwater::estimate::Estimate) -> Self {
                $row {
                    $($key,)*
                    quantity: quantity.into(),
                    point: estimate.point,
                    lower: estimate.lower,
                    upper: estimate.upper,
                    level: estimate.level,
                    method: estimate.method.clone(),
                    why: estimate.why.clone(),
                }
            }
        }
    };
}
use estimates;
