//! Weeks after the data, as far as an answer needs them.

use crate::data::Dataset;
use crate::effects::Ensemble;
use crate::error::Result;
use crate::mediation::FittedMediation;
use crate::numeric::summary::mean;

/// Weeks over which the average week is taken: a year, so that seasons cancel.
const YEAR: usize = 52;
/// The most weeks that an effect is followed (methods brief, 1.1).
const LONGEST_TAIL: usize = 26;

/// The data and `more` average weeks after them: each column at its mean over the last 52 weeks
/// (over all where there are fewer); trend, season and holidays follow the calendar.
///
/// # Errors
/// Those of [`Dataset::extended`].
///
/// ```
/// use headwater::decisions::average_weeks;
/// use headwater::simulate::{MarketSettings, simulate};
/// let data = simulate(&MarketSettings::default())?.dataset;
/// assert_eq!(average_weeks(&data, 8)?.len(), 112);
/// # Ok::<(), headwater::error::Error>(())
/// ```
pub fn average_weeks(data: &Dataset, more: usize) -> Result<Dataset> {
    data.extended(more, |_, history| vec![last_year(history); more])
}

/// The mean of the last 52 weeks, of all where there are fewer.
pub(super) fn last_year(history: &[f64]) -> f64 {
    mean(&history[history.len().saturating_sub(YEAR)..])
}

/// The weeks after a plan in which its carry-over still works: the smallest number after which 99%
/// of the effect of a week's spend has come, over both stages of all replicates; at most 26
/// (methods brief, 1.1).
pub fn tail_weeks(ensemble: &Ensemble) -> usize {
    let models = ensemble.draws().iter().chain([ensemble.point()]);
    let reach = models.map(FittedMediation::reach);
    reach.max().unwrap_or(0).min(LONGEST_TAIL)
}
