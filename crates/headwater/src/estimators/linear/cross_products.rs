//! Weighted cross-products of columns and target, from which penalised fits are solved.

use std::ops::Range;

use crate::design::{Design, Purpose};
use crate::numeric::vector::dot;

/// A z-scored column counts as a combination of earlier ones when less than this part of its
/// variance is its own; cross-products see no finer.
pub(super) const DEPENDENT: f64 = 1e-12;

/// The weeks to learn from: unpenalised columns first, then penalised ones, then the target,
/// each z-scored over all of them so that cross-products of parts do not cancel.
pub(super) struct Sample {
    /// Unpenalised columns.
    pub(super) free: usize,
    /// Penalised columns.
    pub(super) penalized: usize,
    /// The design column at each position.
    pub(super) order: Vec<usize>,
    /// The row of the design for each row here.
    pub(super) weeks: Vec<usize>,
    pub(super) weights: Vec<f64>,
    /// Mean and standard deviation (0: constant) by position, the target last.
    pub(super) centers: Vec<f64>,
    pub(super) scales: Vec<f64>,
    /// Row by row, one value a position.
    pub(super) values: Vec<f64>,
}

impl Sample {
    pub(super) fn new(
        x: &Design,
        y: &[f64],
        weights: &[f64],
        weeks: Vec<usize>,
        penalize_causal: bool,
    ) -> Self {
        let penalized =
            |&at: &usize| penalize_causal || x.columns()[at].purpose == Purpose::Control;
        let (tail, mut order): (Vec<usize>, Vec<usize>) = (0..x.width()).partition(penalized);
        let free = order.len();
        order.extend(&tail);
        let size = order.len() + 1;
        let weights: Vec<f64> = weeks.iter().map(|&week| weights[week]).collect();
        let total: f64 = weights.iter().sum();
        let mut centers = vec![0.0; size];
        let mut scales = vec![0.0; size];
        let mut values = vec![0.0; size * weeks.len()];
        for position in 0..size {
            let column = order.get(position).map_or(y, |&at| &x.columns()[at].values);
            let observed = || weeks.iter().map(|&week| column[week]).zip(&weights);
            let rough = observed().map(|(value, w)| w * value).sum::<f64>() / total;
            // The second pass removes the rounding of the first.
            let rest: f64 = observed().map(|(value, w)| w * (value - rough)).sum();
            let center = rough + rest / total;
            let square: f64 = observed()
                .map(|(value, w)| w * (value - center) * (value - center))
                .sum();
            let scale = (square / total).sqrt();
            // What centring a constant leaves is rounding of the size of the constant.
            let varies = scale > 8.0 * f64::EPSILON * center.abs();
            let inverse = if varies { 1.0 / scale } else { 0.0 };
            centers[position] = center;
            scales[position] = if varies { scale } else { 0.0 };
            for (row, &week) in weeks.iter().enumerate() {
                values[row * size + position] = (column[week] - center) * inverse;
            }
        }
        Sample {
            free,
            penalized: tail.len(),
            order,
            weeks,
            weights,
            centers,
            scales,
            values,
        }
    }

    pub(super) fn size(&self) -> usize {
        self.centers.len()
    }

    /// The rows that lie in a range of weeks.
    pub(super) fn rows(&self, weeks: &Range<usize>) -> Range<usize> {
        let cut = |week: usize| self.weeks.partition_point(|&row| row < week);
        cut(weeks.start)..cut(weeks.end)
    }
}

/// Sums over rows: Σ w, Σ w x, and Σ w x x' (lower triangle).
#[derive(Clone)]
pub(super) struct Moments {
    size: usize,
    weight: f64,
    sums: Vec<f64>,
    products: Vec<f64>,
}

impl Moments {
    fn new(size: usize) -> Self {
        Moments {
            size,
            weight: 0.0,
            sums: vec![0.0; size],
            products: vec![0.0; size * size],
        }
    }

    fn add(&mut self, sample: &Sample, rows: Range<usize>) {
        let size = self.size;
        for row in rows {
            let weight = sample.weights[row];
            let values = &sample.values[row * size..][..size];
            self.weight += weight;
            for (i, value) in values.iter().enumerate() {
                let weighted = weight * value;
                self.sums[i] += weighted;
                for (sum, other) in self.products[i * size..].iter_mut().zip(&values[..=i]) {
                    *sum += weighted * other;
                }
            }
        }
    }
}

/// The moments of a sample's rows up to every end asked for so far, each made from the one before:
/// training ranges of folds differ by a few rows.
pub(super) struct Cumulative {
    /// By end, in order; the first is empty.
    known: Vec<(usize, Moments)>,
}

impl Cumulative {
    pub(super) fn new(sample: &Sample) -> Self {
        Cumulative {
            known: vec![(0, Moments::new(sample.size()))],
        }
    }

    pub(super) fn up_to(&mut self, sample: &Sample, end: usize) -> &Moments {
        let after = self.known.partition_point(|(known, _)| *known <= end);
        let (before, moments) = &self.known[after - 1];
        if *before == end {
            return &self.known[after - 1].1;
        }
        let (before, mut moments) = (*before, moments.clone());
        moments.add(sample, before..end);
        self.known.insert(after, (end, moments));
        &self.known[after].1
    }
}

/// The correlations of columns and target over some rows, which elimination turns column by
/// column into a Cholesky factor with the correlations of the rest after it.
pub(super) struct Standardized {
    pub(super) size: usize,
    pub(super) centers: Vec<f64>,
    /// 0 for a column that does not vary.
    pub(super) inverse_scales: Vec<f64>,
    pub(super) target_scale: f64,
    /// Lower triangle, row by row; the target is the last row.
    pub(super) matrix: Vec<f64>,
}

impl Standardized {
    pub(super) fn new(moments: &Moments) -> Self {
        let size = moments.size;
        let centers: Vec<f64> = moments
            .sums
            .iter()
            .map(|sum| sum / moments.weight)
            .collect();
        let mut inverse_scales = vec![0.0; size];
        let mut target_scale = 1.0;
        for (i, center) in centers.iter().enumerate() {
            let square = moments.products[i * size + i] / moments.weight;
            let variance = square - center * center;
            let varies = variance > DEPENDENT * square;
            inverse_scales[i] = if varies { variance.sqrt().recip() } else { 0.0 };
            if i == size - 1 {
                // A target that does not vary keeps its unit: later weeks may differ from it.
                inverse_scales[i] = if varies { inverse_scales[i] } else { 1.0 };
                target_scale = inverse_scales[i].recip();
            }
        }
        let mut matrix = vec![0.0; size * size];
        for i in 0..size {
            for j in 0..=i {
                let covariance =
                    moments.products[i * size + j] / moments.weight - centers[i] * centers[j];
                matrix[i * size + j] = covariance * inverse_scales[i] * inverse_scales[j];
            }
        }
        Standardized {
            size,
            centers,
            inverse_scales,
            target_scale,
            matrix,
        }
    }

    pub(super) fn add_to_diagonal(&mut self, positions: Range<usize>, value: f64) {
        for i in positions {
            self.matrix[i * self.size + i] += value;
        }
    }

    /// Cholesky steps for these positions; answers those with no variance of their own, whose
    /// column of the factor is 0.
    pub(super) fn eliminate(&mut self, positions: Range<usize>) -> Vec<usize> {
        let size = self.size;
        let mut dependent = Vec::new();
        let mut column = vec![0.0; size];
        for k in positions {
            let pivot = self.matrix[k * size + k];
            if pivot <= DEPENDENT {
                dependent.push(k);
                (k..size).for_each(|i| self.matrix[i * size + k] = 0.0);
                continue;
            }
            let root = pivot.sqrt();
            for (i, value) in column.iter_mut().enumerate().skip(k) {
                self.matrix[i * size + k] /= root;
                *value = self.matrix[i * size + k];
            }
            for i in k + 1..size {
                let factor = column[i];
                let row = &mut self.matrix[i * size..][k + 1..=i];
                row.iter_mut()
                    .zip(&column[k + 1..])
                    .for_each(|(value, l)| *value -= factor * l);
            }
        }
        dependent
    }

    /// Fills in the slopes before `from`, given those from it on.
    pub(super) fn substitute_back(&self, slopes: &mut [f64], from: usize) {
        let (size, width) = (self.size, self.size - 1);
        for k in (0..from).rev() {
            let pivot = self.matrix[k * size + k];
            let explained: f64 = (k + 1..width)
                .map(|i| self.matrix[i * size + k] * slopes[i])
                .sum();
            slopes[k] = if pivot > 0.0 {
                (self.matrix[width * size + k] - explained) / pivot
            } else {
                0.0
            };
        }
    }

    /// The largest absolute correlation of a position from `free` on with the target.
    pub(super) fn strongest(&self, free: usize) -> f64 {
        let width = self.size - 1;
        self.matrix[width * self.size..][free..width]
            .iter()
            .fold(0.0, |strongest, value| f64::max(strongest, value.abs()))
    }

    /// The z-scores of these rows, row by row, the target last.
    pub(super) fn scores(&self, sample: &Sample, rows: Range<usize>) -> Vec<f64> {
        let mut scores = sample.values[rows.start * self.size..rows.end * self.size].to_vec();
        for row in scores.chunks_exact_mut(self.size) {
            for (i, score) in row.iter_mut().enumerate() {
                *score = (*score - self.centers[i]) * self.inverse_scales[i];
            }
        }
        scores
    }

    /// What the eliminated columns leave of the others and the target in these rows, row by
    /// row: z-scores after forward substitution.
    pub(super) fn residualize(&self, sample: &Sample, rows: Range<usize>) -> Vec<f64> {
        let (size, free) = (self.size, sample.free);
        let mut left = Vec::with_capacity(rows.len() * (size - free));
        for scores in self.scores(sample, rows).chunks_exact_mut(size) {
            for k in 0..free {
                let pivot = self.matrix[k * size + k];
                if pivot > 0.0 {
                    let step = scores[k] / pivot;
                    for (i, score) in scores.iter_mut().enumerate().skip(k + 1) {
                        *score -= self.matrix[i * size + k] * step;
                    }
                }
            }
            left.extend_from_slice(&scores[free..]);
        }
        left
    }

    /// The block from `free` up to the target as a full symmetric matrix, and the target row.
    pub(super) fn remaining(&self, free: usize, width: usize) -> (Vec<f64>, Vec<f64>) {
        let (size, m) = (self.size, width - free);
        let mut block = vec![0.0; m * m];
        for i in 0..m {
            for j in 0..=i {
                let value = self.matrix[(free + i) * size + free + j];
                block[i * m + j] = value;
                block[j * m + i] = value;
            }
        }
        (block, self.matrix[width * size..][free..width].to_vec())
    }
}

/// Later weeks with their residualised columns and target, row by row.
pub(super) struct Scored<'a> {
    pub(super) rows: Vec<f64>,
    pub(super) weights: &'a [f64],
    pub(super) unit: f64,
}

impl Scored<'_> {
    /// Σ w (y − x b)².
    pub(super) fn squares(&self, slopes: &[f64]) -> f64 {
        let squares = self.rows.chunks_exact(slopes.len() + 1).zip(self.weights);
        let sum: f64 = squares
            .map(|(row, weight)| {
                let (columns, target) = row.split_at(slopes.len());
                let error = target[0] - dot(columns, slopes);
                weight * error * error
            })
            .sum();
        sum * self.unit
    }

    /// Adds Σ w (y − x b)² for `N` slopes a column at once.
    pub(super) fn add_squares<const N: usize>(&self, slopes: &[[f64; N]], squares: &mut [f64; N]) {
        let mut sums = [0.0; N];
        for (row, weight) in self.rows.chunks_exact(slopes.len() + 1).zip(self.weights) {
            let mut errors = [row[slopes.len()]; N];
            for (value, slopes) in row.iter().zip(slopes) {
                for (error, slope) in errors.iter_mut().zip(slopes) {
                    *error -= value * slope;
                }
            }
            for (sum, error) in sums.iter_mut().zip(errors) {
                *sum += weight * error * error;
            }
        }
        for (square, sum) in squares.iter_mut().zip(sums) {
            *square += sum * self.unit;
        }
    }
}
