//! Columns as they were some weeks before.

/// The values of `lag` weeks before; `before` where the file has no such week.
pub(super) fn lagged(values: &[f64], lag: usize, before: f64) -> Vec<f64> {
    let history = std::iter::repeat_n(before, lag);
    history
        .chain(values.iter().copied())
        .take(values.len())
        .collect()
}

/// `email_sends, 2 weeks before`.
pub(super) fn lag_name(name: &str, lag: usize) -> String {
    let weeks = if lag == 1 { "week" } else { "weeks" };
    format!("{name}, {lag} {weeks} before")
}
