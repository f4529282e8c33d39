//! Exponentially weighted means as pandas computes them.

use crate::error::{Error, Result};

/// pandas' `Series.ewm(alpha=alpha, adjust=adjust).mean()`, with `alpha` in (0, 1].
///
/// * adjusted: `y_t = sum_i (1 - alpha)^i x_{t-i} / sum_i (1 - alpha)^i` over the weeks so far;
/// * not adjusted: `y_0 = x_0`, `y_t = alpha x_t + (1 - alpha) y_{t-1}`.
///
/// A missing week (NaN) repeats the last mean and still lets the older weeks fade, as pandas 3
/// does by default (`ignore_na=False`). This is a mean, not an adstock: the first week counts in
/// full and a dollar's weight depends on its date. Kept for the seed system's recipe.
///
/// # Errors
/// When `alpha` is outside (0, 1].
///
/// ```
/// use headwater::features::ewm::ewm;
/// assert_eq!(ewm(&[1.0, 0.0, 2.0], 0.5, false)?, [1.0, 0.5, 1.25]);
/// # Ok::<(), headwater::error::Error>(())
/// ```
pub fn ewm(values: &[f64], alpha: f64, adjust: bool) -> Result<Vec<f64>> {
    if !(alpha > 0.0 && alpha <= 1.0) {
        return Err(Error::setting(
            format!("the smoothing factor {alpha} is not in (0, 1]"),
            "1 keeps each week as it is, smaller values smooth more",
        ));
    }
    let (mut mean, mut old_weight) = (f64::NAN, 0.0);
    let means = values.iter().map(|&value| {
        old_weight *= 1.0 - alpha;
        if mean.is_nan() {
            (mean, old_weight) = (value, 1.0);
        } else if !value.is_nan() {
            let new_weight = if adjust { 1.0 } else { 1.0 - old_weight };
            mean = (old_weight * mean + new_weight * value) / (old_weight + new_weight);
            old_weight += new_weight;
        }
        mean
    });
    Ok(means.collect())
}
