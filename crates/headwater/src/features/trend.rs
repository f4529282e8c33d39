//! A linear trend that depends on the date alone, not on where the file begins.

use jiff::civil::{Date, date};

/// The day from which trend and season are counted: a first of January, so that the annual
/// cosine peaks at the turn of the year.
pub const EPOCH: Date = date(2000, 1, 1);

/// The weeks of an average year, 365.25 / 7.
pub const WEEKS_PER_YEAR: f64 = 365.25 / 7.0;

/// The weeks from [`EPOCH`] to a date; negative before it.
pub fn weeks_since_epoch(date: Date) -> f64 {
    // by the duration, as a span of calendar units takes many times as long
    (date.duration_since(EPOCH).as_hours() / 24) as f64 / 7.0
}

/// The years from [`EPOCH`] to each week: a slope on it is the change in a year.
///
/// ```
/// use headwater::features::trend::trend;
/// use jiff::civil::date;
/// let years = trend(&[date(2024, 1, 1), date(2024, 1, 8)]);
/// assert!((years[0] - 24.0).abs() < 1e-12 && years[1] > years[0]);
/// ```
pub fn trend(weeks: &[Date]) -> Vec<f64> {
    weeks
        .iter()
        .map(|&week| weeks_since_epoch(week) / WEEKS_PER_YEAR)
        .collect()
}
