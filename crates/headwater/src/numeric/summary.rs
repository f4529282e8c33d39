//! Means, deviations and quantiles.

/// The arithmetic mean; NaN for an empty slice.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The median (type-7 quantile at 0.5); NaN for an empty slice.
pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// The `q` quantile with linear interpolation (Hyndman and Fan's type 7, the default of
/// NumPy and R); NaN for an empty slice. `q` in [0, 1].
///
/// ```
/// use headwater::numeric::summary::quantile;
/// assert_eq!(quantile(&[4.0, 1.0, 3.0, 2.0], 0.5), 2.5);
/// ```
pub fn quantile(values: &[f64], q: f64) -> f64 {
    quantiles(values, [q])[0]
}

/// Several [quantiles](quantile) of the same values.
pub fn quantiles<const N: usize>(values: &[f64], q: [f64; N]) -> [f64; N] {
    if values.is_empty() {
        return [f64::NAN; N];
    }
    let mut values = values.to_vec();
    let last = values.len() - 1;
    q.map(|q| {
        let position = q * last as f64;
        let below = position.floor() as usize;
        // the values of these ranks stand where sorting would put them
        let (_, &mut low, rest) = values.select_nth_unstable_by(below, f64::total_cmp);
        let above = rest.iter().copied().min_by(f64::total_cmp);
        let high = above.filter(|_| position > below as f64).unwrap_or(low);
        low + (position - below as f64) * (high - low)
    })
}
