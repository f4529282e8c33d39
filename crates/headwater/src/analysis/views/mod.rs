//! A fit week by week, as pictures and tables of it need: what was predicted and forecast, what was
//! left, and what repeats from year to year. Nothing here judges: the findings of the run do.

mod fitted_weeks;
mod residuals;
mod seasons;

pub use fitted_weeks::{FittedWeeks, FoldWeeks, ForecastWeeks, StageWeeks};
pub use residuals::{ErrorDistribution, Histogram, NormalQuantiles, Residuals, StageResiduals};
pub use seasons::{SeasonParts, Seasons, StageSeason};

use crate::data::Dataset;
use crate::data::role::{Role, Unit};

/// The first day of every week, ISO 8601.
fn dates(dataset: &Dataset) -> Vec<String> {
    dataset.weeks().iter().map(ToString::to_string).collect()
}

/// The column of the mediator or outcome, with its unit.
fn target(dataset: &Dataset, role: Role) -> (String, Unit) {
    let name = dataset.roles().only(role).expect("checked by Dataset::new");
    (name.into(), dataset.roles().columns[name].unit)
}
