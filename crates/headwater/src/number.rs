//! Numbers as a finance person writes them.

use crate::estimate::Estimate;

/// What stands where there is no number.
pub const NOTHING: &str = "—";

/// An amount to two or three digits: `1.2M`, `35.1k`, `840k`, `0.84`.
///
/// ```
/// use headwater::number::amount;
/// assert_eq!(amount(1_234_567.0), "1.2M");
/// assert_eq!(amount(-35_140.0), "-35.1k");
/// assert_eq!(amount(999_960.0), "1.0M");
/// assert_eq!(amount(800_000.0), "800k");
/// assert_eq!(amount(840.2), "840");
/// assert_eq!(amount(0.0), "0");
/// assert_eq!(amount(f64::NAN), "—");
/// ```
pub fn amount(value: f64) -> String {
    if !value.is_finite() {
        return NOTHING.into();
    }
    let size = value.abs();
    if size < 999.5 {
        return small(value);
    }
    // The first scale whose rounded figure has at most three digits before the point.
    let scales = [(1e3, "k"), (1e6, "M"), (1e9, "B"), (1e12, "T")];
    match scales.into_iter().find(|(scale, _)| size < 999.5 * scale) {
        Some((scale, suffix)) if size < 99.95 * scale => format!("{:.1}{suffix}", value / scale),
        Some((scale, suffix)) => format!("{:.0}{suffix}", value / scale),
        None => format!("{value:.1e}"),
    }
}

/// Below a thousand: whole from 100, one decimal from 10, else two significant decimals.
fn small(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 {
        "0".into()
    } else if size >= 99.95 {
        format!("{value:.0}")
    } else if size >= 9.995 {
        format!("{value:.1}")
    } else if size >= 0.01 {
        format!("{value:.2}")
    } else if size >= 1e-4 {
        format!("{value:.5}")
    } else {
        format!("{value:.1e}")
    }
}

/// Two decimals, for returns and shares of variance: `0.84`, `-1.40`.
///
/// ```
/// use headwater::number::ratio;
/// assert_eq!(ratio(0.842), "0.84");
/// assert_eq!(ratio(-0.001), "0.00");
/// assert_eq!(ratio(-25_310.0), "-25.3k");
/// ```
pub fn ratio(value: f64) -> String {
    if !value.is_finite() || value.abs() >= 999.5 {
        return amount(value);
    }
    without_negative_zero(format!("{value:.2}"))
}

/// A share in percent: `35%`, `0.4%`.
///
/// ```
/// use headwater::number::percent;
/// assert_eq!(percent(0.351), "35%");
/// assert_eq!(percent(1.2), "120%");
/// assert_eq!(percent(0.004), "0.4%");
/// ```
pub fn percent(share: f64) -> String {
    if !share.is_finite() {
        return NOTHING.into();
    }
    let percent = 100.0 * share;
    without_negative_zero(if percent != 0.0 && percent.abs() < 0.95 {
        format!("{percent:.1}")
    } else {
        format!("{percent:.0}")
    }) + "%"
}

/// `1.2M (0.8M to 1.6M)`; the point alone without an interval; a dash without a point.
///
/// ```
/// use headwater::estimate::{Estimate, Interval};
/// use headwater::number::{amount, with_interval};
/// let interval = Interval { lower: 800_000.0, upper: 1.6e6 };
/// let effect = Estimate::new(1.2e6, interval, 0.95, "percentile");
/// assert_eq!(with_interval(&effect, amount), "1.2M (800k to 1.6M)");
/// ```
pub fn with_interval(estimate: &Estimate, write: fn(f64) -> String) -> String {
    match (estimate.point, estimate.interval()) {
        (Some(point), Some(interval)) => format!(
            "{} ({} to {})",
            write(point),
            write(interval.lower),
            write(interval.upper)
        ),
        (Some(point), None) => write(point),
        (None, _) => NOTHING.into(),
    }
}

fn without_negative_zero(number: String) -> String {
    match number.strip_prefix('-') {
        Some(digits) if digits.chars().all(|c| matches!(c, '0' | '.')) => digits.into(),
        _ => number,
    }
}
