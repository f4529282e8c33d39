//! How much of the carry-over falls after the last week of the data.

use crate::features::Kernel;
use crate::finding::{Finding, Status};

/// A share of the carry-over beyond the data that is worth a warning.
const NOTABLE: f64 = 0.02;

/// The share of an exposure's adstocked spend that falls after the last week: with normalised
/// weights `w` and weeks `t = 1..n`, `sum_t x_t (1 - w_0 - ... - w_(n-t)) / sum_t x_t`, which for a
/// geometric decay `d` is `sum_t x_t d^(n-t+1) / sum_t x_t`. 0 for no spend.
///
/// ```
/// use headwater::effects::carry_over_beyond;
/// assert_eq!(carry_over_beyond(&[0.0, 1.0], 0.5), 0.5);
/// assert_eq!(carry_over_beyond(&[1.0, 0.0], 0.5), 0.25);
/// ```
pub fn carry_over_beyond(spend: &[f64], kernel: impl Into<Kernel>) -> f64 {
    let total: f64 = spend.iter().sum();
    if total <= 0.0 {
        return 0.0;
    }
    kernel.into().beyond(spend) / total
}

/// Says how much of the effects is not counted because it falls after the last week, for exposures
/// with the share of each.
pub fn carry_over_finding<'a>(shares: impl Iterator<Item = (&'a str, f64)>) -> Finding {
    let shares: Vec<(&str, f64)> = shares.collect();
    let most = shares.iter().map(|(_, share)| *share).fold(0.0, f64::max);
    let finding = if most > NOTABLE {
        Finding::new(
            "effects.carry_over_beyond_data",
            Status::Warning,
            format!(
                "effects are counted up to the last week: up to {:.1}% of a channel's carry-over falls after it \
                 and is not included",
                100.0 * most
            ),
        )
    } else {
        Finding::new(
            "effects.carry_over_beyond_data",
            Status::Passed,
            format!(
                "at most {:.1}% of a channel's carry-over falls after the last week",
                100.0 * most
            ),
        )
    };
    shares
        .into_iter()
        .fold(finding, |finding, (name, share)| finding.with(name, share))
}
