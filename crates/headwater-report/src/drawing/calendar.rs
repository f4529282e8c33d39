//! Weeks as points in time.

/// `2023-04-17` as year, month (1 to 12) and day.
pub(super) fn date(week: &str) -> Option<(i32, usize, u32)> {
    let mut parts = week.splitn(3, '-');
    let year = parts.next()?.parse().ok()?;
    let month = parts
        .next()?
        .parse()
        .ok()
        .filter(|m| (1..=12).contains(m))?;
    let day = parts.next()?.get(..2)?.parse().ok()?;
    Some((year, month, day))
}

/// Milliseconds since 1970 of a position among weeks, 7 days a step before the first and after the last;
/// none where the weeks are no dates.
pub(super) fn milliseconds(weeks: &[String], position: f64) -> Option<f64> {
    let last = weeks.len().checked_sub(1)?;
    let whole = position.floor().clamp(0.0, last as f64);
    let from = days(&weeks[whole as usize])?;
    let step = match weeks.get(whole as usize + 1) {
        Some(next) if position >= 0.0 => days(next)? - from,
        _ => 7.0,
    };
    Some((from + (position - whole) * step) * 86_400_000.0).filter(|time| time.is_finite())
}

/// Days since 1 January 1970 of the Gregorian calendar.
fn days(week: &str) -> Option<f64> {
    let (year, month, day) = date(week)?;
    // Years begin in March, so that the leap day comes last.
    let (year, month) = match month {
        1 | 2 => (year - 1, month as i32 + 9),
        _ => (year, month as i32 - 3),
    };
    let before = 365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let within = (153 * month + 2) / 5 + day as i32 - 1;
    Some(f64::from(before + within - 719_468))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_over_leap_years() {
        for (week, known) in [
            ("1970-01-01", 0.0),
            ("2000-03-01", 11_017.0),
            ("2024-02-29", 19_782.0),
        ] {
            assert_eq!(days(week), Some(known), "{week}");
        }
    }

    #[test]
    fn positions_between_weeks_are_times_between_them() {
        let weeks = ["2024-01-01".to_string(), "2024-01-08".to_string()];
        let day = 86_400_000.0;
        let monday = milliseconds(&weeks, 0.0).unwrap();
        assert_eq!(milliseconds(&weeks, 0.5).unwrap() - monday, 3.5 * day);
        assert_eq!(milliseconds(&weeks, -0.5).unwrap() - monday, -3.5 * day);
        assert_eq!(milliseconds(&weeks, 1.5).unwrap() - monday, 10.5 * day);
        assert_eq!(milliseconds(&["week 1".to_string()], 0.0), None);
        assert_eq!(milliseconds(&[], 0.0), None);
    }
}
