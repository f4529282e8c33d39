//! Missing values: filled by policy, from the past alone.

use jiff::civil::Date;

use super::role::Fill;
use crate::numeric::summary::median;

/// Fills the gaps of a column and returns their positions; with [`Fill::Error`] it fills none.
///
/// Only known values of earlier weeks are used, so that appending weeks never changes an
/// earlier fill; at the very start, where nothing is known yet, the next known value is taken.
pub(super) fn fill(values: &mut [Option<f64>], weeks: &[Date], policy: Fill) -> Vec<usize> {
    if policy == Fill::Error {
        return Vec::new();
    }
    let known = values.to_vec();
    let gaps: Vec<usize> = (0..known.len()).filter(|&t| known[t].is_none()).collect();
    for &t in &gaps {
        let next = || known[t..].iter().flatten().next().copied();
        values[t] = match policy {
            Fill::Zero => Some(0.0),
            Fill::CarryForward => known[..t]
                .iter()
                .rev()
                .flatten()
                .next()
                .copied()
                .or_else(next),
            _ => seasonal_median(&known[..t], &weeks[..=t]).or_else(next),
        };
    }
    gaps
}

/// The median of the known weeks of earlier years whose number in the year (ISO) is at most 2
/// away from that of the last of `weeks`; without any, of all known weeks.
fn seasonal_median(known: &[Option<f64>], weeks: &[Date]) -> Option<f64> {
    let (&now, earlier) = weeks.split_last()?;
    let number = |date: Date| i32::from(date.iso_week_date().week());
    let is_season = |date: Date| {
        let apart = (number(date) - number(now)).abs();
        let half_a_year_ago = now.since(date).is_ok_and(|span| span.get_days() > 182);
        half_a_year_ago && apart.min(52 - apart) <= 2
    };
    let season: Vec<f64> = known
        .iter()
        .zip(earlier)
        .filter(|(_, date)| is_season(**date))
        .filter_map(|(value, _)| *value)
        .collect();
    let all: Vec<f64> = known.iter().copied().flatten().collect();
    [season, all]
        .into_iter()
        .find(|values| !values.is_empty())
        .map(|values| median(&values))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::{ToSpan, civil::date};

    fn weeks(count: i64) -> Vec<Date> {
        (0..count)
            .map(|t| date(2022, 1, 3) + (7 * t).days())
            .collect()
    }

    #[test]
    fn the_seasonal_median_is_that_of_earlier_years() {
        let weeks = weeks(120);
        let mut values: Vec<Option<f64>> = (0..120).map(|t| Some(f64::from(t))).collect();
        values[110] = None;
        // 110 weeks are 2 years and 6 weeks: weeks 4..=8 and 56..=60 (week 110 is ISO week 7
        // of 2024; weeks 6 and 58 are week 7 of 2022 and 2023), whose median is (8 + 56) / 2.
        assert_eq!(fill(&mut values, &weeks, Fill::SeasonalMedian), [110]);
        assert_eq!(values[110], Some(32.0));
    }

    #[test]
    fn appending_weeks_changes_no_fill() {
        for policy in [Fill::Zero, Fill::CarryForward, Fill::SeasonalMedian] {
            let gappy = |count: i64| -> Vec<Option<f64>> {
                (0..count)
                    .map(|t| (t % 7 != 0).then_some((t * t % 97) as f64))
                    .collect()
            };
            let (mut short, mut long) = (gappy(90), gappy(150));
            fill(&mut short, &weeks(90), policy);
            fill(&mut long, &weeks(150), policy);
            assert_eq!(short, long[..90], "{policy:?}");
            assert!(long.iter().all(Option::is_some));
        }
    }
}
