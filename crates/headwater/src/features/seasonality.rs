//! Annual seasonality as Fourier pairs.

use std::f64::consts::TAU;

use jiff::civil::Date;

use super::trend::{WEEKS_PER_YEAR, weeks_since_epoch};

/// The most pairs weekly data can tell apart: half of the 52.18 weeks of a year.
pub const MAX_PAIRS: usize = 26;

/// `sin(2 pi k t / P)` and `cos(2 pi k t / P)` for `k = 1..=pairs`, `P` = 365.25 / 7 weeks and
/// `t` the weeks since a fixed day: the same date has the same value in every file.
///
/// More pairs follow shorter swings of the year and cost two columns each. Names are
/// `annual_sin_1`, `annual_cos_1`, and so on.
///
/// ```
/// use headwater::features::seasonality::fourier;
/// use jiff::civil::date;
/// let columns = fourier(&[date(2000, 1, 1)], 1);
/// assert_eq!(columns[1], ("annual_cos_1".to_string(), vec![1.0]));
/// ```
pub fn fourier(weeks: &[Date], pairs: usize) -> Vec<(String, Vec<f64>)> {
    let since: Vec<f64> = weeks.iter().copied().map(weeks_since_epoch).collect();
    let wave = |name: &str, k: usize, function: fn(f64) -> f64| {
        let angle = |since: &f64| TAU * k as f64 * since / WEEKS_PER_YEAR;
        let values = since.iter().map(|since| function(angle(since))).collect();
        (format!("annual_{name}_{k}"), values)
    };
    (1..=pairs)
        .flat_map(|k| [wave("sin", k, f64::sin), wave("cos", k, f64::cos)])
        .collect()
}
