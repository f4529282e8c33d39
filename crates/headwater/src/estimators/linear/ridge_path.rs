//! Ridge errors of many penalties at the price of one.

use std::ops::Range;

use super::cross_products::{Sample, Scored, Standardized};
use super::penalized::GRID;
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
    grid: &[f64; GRID],
    squares: &mut [f64; GRID],
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
        // Column by column, as sums over columns would wait for one another.
        let weeks = weights.len();
        let past = turned(&past, m + 1);
        let (past, right) = past.split_at(m * weeks);
        let mut products = vec![0.0; weeks * weeks];
        let mut rows = vec![0.0; scored.weights.len() * (weeks + 1)];
        for (at, column) in past.chunks_exact(weeks).enumerate() {
            for (week, value) in column.iter().enumerate() {
                let product = products[week * weeks..][..=week].iter_mut();
                product.zip(column).for_each(|(p, x)| *p += value * x);
            }
            for (row, later) in rows
                .chunks_exact_mut(weeks + 1)
                .zip(scored.rows.chunks_exact(m + 1))
            {
                let product = row.iter_mut().zip(column);
                product.for_each(|(p, x)| *p += later[at] * x);
            }
        }
        for week in 0..weeks {
            for other in 0..week {
                products[other * weeks + week] = products[week * weeks + other];
            }
        }
        for (row, later) in rows
            .chunks_exact_mut(weeks + 1)
            .zip(scored.rows.chunks_exact(m + 1))
        {
            row[weeks] = later[m];
        }
        scored.rows = rows;
        (products, right.to_vec())
    };
    let mut columns = turned(&scored.rows, right.len() + 1);
    let (diagonal, beside) = tridiagonalize(&mut matrix, &mut right, &mut columns);
    scored.rows = turned(&columns, scored.weights.len());
    scored.add_squares(&solve(&diagonal, &beside, &right, grid), squares);
}

/// A matrix with lines of that width, its rows and columns exchanged.
fn turned(values: &[f64], width: usize) -> Vec<f64> {
    let lines = values.len() / width.max(1);
    let mut turned = vec![0.0; values.len()];
    for (line, values) in values.chunks_exact(width).enumerate() {
        for (at, value) in values.iter().enumerate() {
            turned[at * lines + line] = *value;
        }
    }
    turned
}

/// θ of (T + λI) θ = `right` for a tridiagonal T, by position: all penalties go side by side,
/// as each one's divisions wait for one another.
fn solve(diagonal: &[f64], beside: &[f64], right: &[f64], grid: &[f64; GRID]) -> Vec<[f64; GRID]> {
    let m = right.len();
    let mut inverses = vec![[0.0; GRID]; m];
    let mut theta = vec![[0.0; GRID]; m];
    for k in 0..m {
        for at in 0..GRID {
            let (mut pivot, mut value) = (diagonal[k] + grid[at], right[k]);
            if k > 0 {
                let factor = beside[k - 1] * inverses[k - 1][at];
                pivot -= factor * beside[k - 1];
                value -= factor * theta[k - 1][at];
            }
            inverses[k][at] = 1.0 / pivot;
            theta[k][at] = value;
        }
    }
    for k in (0..m).rev() {
        for at in 0..GRID {
            if k + 1 < m {
                theta[k][at] -= beside[k] * theta[k + 1][at];
            }
            theta[k][at] *= inverses[k][at];
        }
    }
    theta
}

/// Householder's reduction of a symmetric matrix A to T = Q'AQ; `right` becomes Q'right and
/// the columns of a matrix X, one after another in `columns` (all but the last), become those of X Q.
/// Answers the diagonal of T and the values beside it (Golub and Van Loan, 8.3.1).
fn tridiagonalize(
    matrix: &mut [f64],
    right: &mut [f64],
    columns: &mut [f64],
) -> (Vec<f64>, Vec<f64>) {
    let m = right.len();
    let weeks = columns.len() / (m + 1);
    let mut along = vec![0.0; weeks];
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
        step.fill(0.0);
        for (row, v) in below.clone().zip(&*v) {
            let row = &matrix[row * m..][below.clone()];
            step.iter_mut().zip(row).for_each(|(s, a)| *s += a * v);
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
        let right = &mut right[below.clone()];
        let twice = 2.0 * dot(right, v);
        for (value, v) in right.iter_mut().zip(&*v) {
            *value -= twice * v;
        }
        // All weeks side by side: week by week each sum would wait for the one before.
        let columns = &mut columns[below.start * weeks..m * weeks];
        along.fill(0.0);
        for (column, v) in columns.chunks_exact(weeks.max(1)).zip(&*v) {
            along.iter_mut().zip(column).for_each(|(a, x)| *a += x * v);
        }
        along.iter_mut().for_each(|a| *a *= 2.0);
        for (column, v) in columns.chunks_exact_mut(weeks.max(1)).zip(&*v) {
            column.iter_mut().zip(&along).for_each(|(x, a)| *x -= a * v);
        }
    }
    ((0..m).map(|k| matrix[k * m + k]).collect(), beside)
}
