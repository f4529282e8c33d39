//! Vectors as slices.

/// Σᵢ aᵢ bᵢ over the shorter of the two.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Whether sums of squares of such values are numbers still.
///
/// ```
/// use headwater::numeric::vector::has_square;
/// assert!(has_square(-1e18) && !has_square(1e200) && !has_square(f64::NAN));
/// ```
pub fn has_square(value: f64) -> bool {
    value.abs() <= 1e100
}

/// Values divided by the largest in size, so that no square overflows; zeros stay zeros.
///
/// ```
/// assert_eq!(headwater::numeric::vector::scaled(&[1e300, -2e300]), [0.5, -1.0]);
/// ```
pub fn scaled(values: &[f64]) -> Vec<f64> {
    let largest = values.iter().fold(0.0, |most: f64, v| most.max(v.abs()));
    let scale = if largest > 0.0 { largest } else { 1.0 };
    values.iter().map(|value| value / scale).collect()
}
