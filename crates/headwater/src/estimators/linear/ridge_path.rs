//! Ridge errors of many penalties at the price of one.

use std::ops::Range;

use super::cross_products::{Sample, Scored, Standardized};
use crate::numeric::vector::dot;

/// Adds every penalty's ridge error over the later weeks.
///
/// (A + λI) θ = r is solved for all λ from one orthogonal reduction of A to a tridiagonal
/// matrix, after which each λ costs a few operations a column. A is X'X, or XX' where columns
/// outnumber weeks: X'(XX' + λI)⁻¹y = (X'X + λI)⁻¹X'y.
pub(super) fn score_ridge(
    problem: &Standardized,
    sample: &Sample,
    trained: Range<usize>,
    mut scored: Scored,
    grid: &[f64],
    squares: &mut [f64],
) {
    let m = sample.penalized;
    let (mut matrix, mut right) = if m <= trained.len() {
        problem.remaining(sample.free, problem.size - 1)
    } else {
        let weights = &sample.weights[trained.clone()];
        let total: f64 = weights.iter().sum();
        let mut past = problem.residualize(sample, trained);
        for (row, weight) in past.chunks_exact_mut(m + 1).zip(weights) {
            let root = (weight / total).sqrt();
            row.iter_mut().for_each(|value| *value *= root);
        }
        let past: Vec<&[f64]> = past.chunks_exact(m + 1).collect();
        let products = |row: &[f64]| -> Vec<f64> {
            past.iter()
                .map(|other| dot(&row[..m], &other[..m]))
                .collect()
        };
        scored.rows = scored
            .rows
            .chunks_exact(m + 1)
            .flat_map(|row| products(row).into_iter().chain([row[m]]))
            .collect();
        (
            past.iter().flat_map(|row| products(row)).collect(),
            past.iter().map(|row| row[m]).collect(),
        )
    };
    let (diagonal, beside) = tridiagonalize(&mut matrix, &mut right, &mut scored.rows);
    let m = right.len();
    let mut pivots = vec![0.0; m];
    let mut theta = vec![0.0; m];
    for (penalty, sum) in grid.iter().zip(squares) {
        for k in 0..m {
            pivots[k] = diagonal[k] + penalty;
            theta[k] = right[k];
            if k > 0 {
                let factor = beside[k - 1] / pivots[k - 1];
                pivots[k] -= factor * beside[k - 1];
                theta[k] -= factor * theta[k - 1];
            }
        }
        for k in (0..m).rev() {
            let next = if k + 1 < m {
                beside[k] * theta[k + 1]
            } else {
                0.0
            };
            theta[k] = (theta[k] - next) / pivots[k];
        }
        *sum += scored.squares(&theta);
    }
}

/// Householder's reduction of a symmetric matrix A to T = Q'AQ; `right` becomes Q'right and
/// the columns of `rows` (all but the last) become rows Q. Answers the diagonal of T and the
/// values beside it (Golub and Van Loan, 8.3.1).
fn tridiagonalize(matrix: &mut [f64], right: &mut [f64], rows: &mut [f64]) -> (Vec<f64>, Vec<f64>) {
    let m = right.len();
    let mut beside = vec![0.0; m.saturating_sub(1)];
    let mut v = vec![0.0; m];
    let mut step = vec![0.0; m];
    for k in 0..m.saturating_sub(1) {
        let below = k + 1..m;
        let v = &mut v[below.clone()];
        v.copy_from_slice(&matrix[k * m..][below.clone()]);
        let length = dot(v, v).sqrt();
        let rest = dot(&v[1..], &v[1..]);
        if rest == 0.0 {
            beside[k] = v[0];
            continue;
        }
        // The sign that adds, never cancels.
        beside[k] = if v[0] > 0.0 { -length } else { length };
        v[0] -= beside[k];
        let norm = dot(v, v).sqrt();
        v.iter_mut().for_each(|value| *value /= norm);

        // A − 2 v s' − 2 s v' with s = A v − (v'A v) v.
        let step = &mut step[below.clone()];
        for (i, row) in below.clone().enumerate() {
            step[i] = dot(&matrix[row * m..][below.clone()], v);
        }
        let curvature = dot(step, v);
        step.iter_mut()
            .zip(&*v)
            .for_each(|(s, v)| *s -= curvature * v);
        for (i, row) in below.clone().enumerate() {
            let (twice_v, twice_s) = (2.0 * v[i], 2.0 * step[i]);
            let row = &mut matrix[row * m..][below.clone()];
            for (value, (s, v)) in row.iter_mut().zip(step.iter().zip(&*v)) {
                *value -= twice_v * s + twice_s * v;
            }
        }
        let reflect = |vector: &mut [f64]| {
            let twice = 2.0 * dot(vector, v);
            vector
                .iter_mut()
                .zip(&*v)
                .for_each(|(value, v)| *value -= twice * v);
        };
        reflect(&mut right[below.clone()]);
        rows.chunks_exact_mut(m + 1)
            .for_each(|row| reflect(&mut row[below.clone()]));
    }
    ((0..m).map(|k| matrix[k * m + k]).collect(), beside)
}
