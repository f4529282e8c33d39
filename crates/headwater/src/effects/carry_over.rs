//! How much of the carry-over falls after the last week of the data.

use crate::finding::{Finding, Status};

/// A share of the carry-over beyond the data that is worth a warning.
const NOTABLE: f64 = 0.02;

/// The share of an exposure's adstocked spend that falls after the last week: with normalised
/// geometric carry-over of decay `d`, `sum_t x_t d^(n-t) / sum_t x_t` for weeks `t = 1..n`, less
/// what week `n` itself keeps. 0 for no spend.
///
/// ```
/// use headwater::effects::carry_over_beyond;
/// assert_eq!(carry_over_beyond(&[0.0, 1.0], 0.5), 0.5);
/// assert_eq!(carry_over_beyond(&[1.0, 0.0], 0.5), 0.25);
/// ```
pub fn carry_over_beyond(spend: &[f64], decay: f64) -> f64 {
    let total: f64 = spend.iter().sum();
    if total <= 0.0 {
        return 0.0;
    }
    // The adstock state after the last week is what has not been released yet.
    spend.iter().fold(0.0, |state, x| decay * (state + x)) / total
}

/// Says how much of the effects is not counted because it falls after the last week, for exposures
/// with their spend and decay.
pub fn carry_over_finding<'a>(
    exposures: impl Iterator<Item = (&'a str, &'a [f64], f64)>,
) -> Finding {
    let shares: Vec<(&str, f64)> = exposures
        .map(|(name, spend, decay)| (name, carry_over_beyond(spend, decay)))
        .collect();
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
