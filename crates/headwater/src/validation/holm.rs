//! The correction for asking several questions.

/// Holm's adjusted p values, in the given order: each is the smallest level at which its
/// hypothesis is rejected while the chance of any false rejection stays below that level,
/// whatever the dependence (Holm 1979). NaN stays NaN and is not counted.
///
/// ```
/// use headwater::validation::holm;
/// assert_eq!(holm(&[0.04, 0.01, 0.5]), vec![0.08, 0.03, 0.5]);
/// ```
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).filter(|&i| !p[i].is_nan()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut adjusted = vec![f64::NAN; p.len()];
    let mut so_far: f64 = 0.0;
    for (rank, &i) in order.iter().enumerate() {
        so_far = so_far.max((p[i] * (order.len() - rank) as f64).min(1.0));
        adjusted[i] = so_far;
    }
    adjusted
}
