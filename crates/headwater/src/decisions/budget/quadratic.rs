//! Separable quadratic programs with few rows, by their dual.

use nalgebra::{DMatrix, DVector};

/// `least <= sum of weight_j d_j <= most` over the named variables.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// Variables by number, with their weights.
    pub weights: Vec<(usize, f64)>,
    pub least: f64,
    pub most: f64,
}

impl Row {
    /// The row's sum at `d`.
    pub fn sum(&self, d: &[f64]) -> f64 {
        self.weights.iter().map(|(j, weight)| weight * d[*j]).sum()
    }
}

/// A solution with the price of each row.
pub(super) struct Step {
    pub d: Vec<f64>,
    /// For each row what one more unit of its bound is worth: above 0 where `most` binds, below 0
    /// where `least` does. Where several prices fit, the one nearest 0.
    pub prices: Vec<f64>,
}

/// Sweeps over the rows at most; one is enough for one row, and with the jumps between them a few
/// are for rows that share variables.
const SWEEPS: usize = 500;
/// Jumps between two sweeps at most.
const JUMPS: usize = 20;
/// What is added to the diagonal of a jump's matrix, as a share: rows may depend on each other.
const RIDGE: f64 = 1e-12;

/// Maximises `sum g_j d_j - h_j d_j^2 / 2` with `lower <= d <= upper` and all rows; `h_j > 0`.
///
/// Given prices `p`, each variable has its own best value,
/// `d_j = clamp((g_j - sum_r p_r a_rj) / h_j)`. Prices are found row after row, each exactly, until
/// none moves (Hildreth 1957). Alone that crawls where rows share variables, so after each sweep
/// all prices jump to where the rows that bind meet their bounds at once if the same variables stay
/// between theirs (Newton steps on the dual, which is piecewise quadratic, each as long as the dual
/// falls). Rows without a common solution are left unsatisfied; the caller looks at the
/// sums.
pub(super) fn best_step(g: &[f64], h: &[f64], lower: &[f64], upper: &[f64], rows: &[Row]) -> Step {
    let program = Program {
        g,
        h,
        lower,
        upper,
        rows,
    };
    let mut prices = vec![0.0; rows.len()];
    for _ in 0..SWEEPS {
        let moved = program.sweep(&mut prices);
        if !moved || rows.len() == 1 {
            break;
        }
        for _ in 0..JUMPS {
            if !program.jump(&mut prices) {
                break;
            }
        }
    }
    let d = program.best_values(&program.slopes(&prices));
    Step { d, prices }
}

struct Program<'a> {
    g: &'a [f64],
    h: &'a [f64],
    lower: &'a [f64],
    upper: &'a [f64],
    rows: &'a [Row],
}

impl Program<'_> {
    /// What is left of the slope of each variable after all prices are paid.
    fn slopes(&self, prices: &[f64]) -> Vec<f64> {
        let mut slopes = self.g.to_vec();
        for (row, price) in self.rows.iter().zip(prices) {
            for (j, weight) in &row.weights {
                slopes[*j] -= price * weight;
            }
        }
        slopes
    }

    fn best_value(&self, j: usize, slope: f64) -> f64 {
        (slope / self.h[j]).clamp(self.lower[j], self.upper[j])
    }

    fn best_values(&self, slopes: &[f64]) -> Vec<f64> {
        let each = slopes.iter().enumerate();
        each.map(|(j, slope)| self.best_value(j, *slope)).collect()
    }

    /// Finds the price of each row in turn; whether one moved.
    fn sweep(&self, prices: &mut [f64]) -> bool {
        let mut moved = false;
        let mut slopes = self.slopes(prices);
        for (row, price) in self.rows.iter().zip(prices) {
            for (j, weight) in &row.weights {
                slopes[*j] += *price * weight;
            }
            let (found, size) = self.price(row, &slopes);
            moved |= (found - *price).abs() > 1e-13 * size;
            *price = found;
            for (j, weight) in &row.weights {
                slopes[*j] -= found * weight;
            }
        }
        moved
    }

    /// The price nearest 0 at which `row` is kept, and the size of prices at which anything changes.
    /// `slopes` are those left by all other rows. Where no price will do, the one from which on no
    /// variable can move further.
    fn price(&self, row: &Row, slopes: &[f64]) -> (f64, f64) {
        let sum = |price: f64| -> f64 {
            let each = row.weights.iter();
            each.map(|(j, weight)| weight * self.best_value(*j, slopes[*j] - price * weight))
                .sum()
        };
        // Between the prices at which a variable meets a bound the sum is a straight line.
        let priced = row.weights.iter().filter(|(_, weight)| *weight != 0.0);
        let bends = || {
            priced.clone().flat_map(|(j, weight)| {
                let bend = |bound: f64| (slopes[*j] - self.h[*j] * bound) / weight;
                [bend(self.lower[*j]), bend(self.upper[*j])]
            })
        };
        let size = bends().fold(0.0_f64, |size, bend| size.max(bend.abs()));
        let free = sum(0.0);
        let (side, excess): (f64, &dyn Fn(f64) -> f64) = if free > row.most {
            (1.0, &|price| sum(price) - row.most)
        } else if free < row.least {
            (-1.0, &|price| row.least - sum(-price))
        } else {
            return (0.0, size);
        };
        let mut bends: Vec<f64> = bends().map(|bend| side * bend).collect();
        bends.retain(|bend| *bend > 0.0);
        bends.sort_by(f64::total_cmp);
        let enough = bends.partition_point(|bend| excess(*bend) > 0.0);
        let Some(high) = bends.get(enough) else {
            return (side * bends.last().copied().unwrap_or(0.0), size);
        };
        let low = if enough == 0 { 0.0 } else { bends[enough - 1] };
        let (over, under) = (excess(low), excess(*high));
        (side * (low + (high - low) * over / (over - under)), size)
    }

    /// Moves the prices other than 0 towards where their rows meet their bounds exactly if the
    /// variables that are between their bounds now are the ones that move: as far as the dual falls
    /// and no price changes its sign. Whether it went only a part of the way.
    fn jump(&self, prices: &mut [f64]) -> bool {
        let slopes = self.slopes(prices);
        let d = self.best_values(&slopes);
        let free = |j: usize| d[j] > self.lower[j] && d[j] < self.upper[j];
        let rows = self.rows.iter().enumerate().filter(|(r, row)| {
            let moves = |(j, weight): &(usize, f64)| *weight != 0.0 && free(*j);
            prices[*r] != 0.0 && row.weights.iter().any(moves)
        });
        let binding: Vec<(usize, &Row)> = rows.collect();
        let bound = |r: usize, row: &Row| if prices[r] > 0.0 { row.most } else { row.least };
        let mut weights = DMatrix::zeros(binding.len(), d.len());
        for (at, (_, row)) in binding.iter().enumerate() {
            for (j, weight) in row.weights.iter().filter(|(j, _)| free(*j)) {
                weights[(at, *j)] = weight / self.h[*j].sqrt();
            }
        }
        let mut matrix = &weights * weights.transpose();
        for at in 0..binding.len() {
            matrix[(at, at)] *= 1.0 + RIDGE;
        }
        let excess = binding.iter().map(|(r, row)| row.sum(&d) - bound(*r, row));
        let excess = DVector::from_iterator(binding.len(), excess);
        let Some(factor) = matrix.cholesky() else {
            return false;
        };
        let change = factor.solve(&excess);

        // Along the change all rows together are one row, and how far to go is its price.
        let mut together = Row {
            weights: (0..d.len()).map(|j| (j, 0.0)).collect(),
            least: f64::NEG_INFINITY,
            most: 0.0,
        };
        let mut reach = (f64::INFINITY, None);
        for ((r, row), change) in binding.iter().zip(change.iter()) {
            for (j, weight) in &row.weights {
                together.weights[*j].1 += change * weight;
            }
            together.most += change * bound(*r, row);
            let to_zero = -prices[*r] / change;
            if to_zero > 0.0 && to_zero < reach.0 {
                reach = (to_zero, Some(*r));
            }
        }
        let (wanted, _) = self.price(&together, &slopes);
        let length = wanted.min(reach.0);
        for ((r, _), change) in binding.iter().zip(change.iter()) {
            prices[*r] += length * change;
        }
        if wanted >= reach.0
            && let Some(r) = reach.1
        {
            prices[r] = 0.0;
        }
        length > 0.0 && (length - 1.0).abs() > 1e-9
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_row_has_its_price_in_closed_form() {
        // max 3a + b - (a^2 + b^2) / 2 with a + b <= 2: a - b = 2, so (2, 0) at price 1.
        let row = Row {
            weights: vec![(0, 1.0), (1, 1.0)],
            least: f64::NEG_INFINITY,
            most: 2.0,
        };
        let step = best_step(&[3.0, 1.0], &[1.0; 2], &[-9.0; 2], &[9.0; 2], &[row]);
        assert!((step.d[0] - 2.0).abs() < 1e-14 && step.d[1].abs() < 1e-14);
        assert!((step.prices[0] - 1.0).abs() < 1e-14);
    }

    #[test]
    fn rows_that_share_a_variable_are_solved_together() {
        // max -(|d - (4, 4, 4)|^2) / 2, a + b <= 2, b + c <= 2: (4-p, 4-p-q, 4-q), p = q = 2.
        let row = |a, b| Row {
            weights: vec![(a, 1.0), (b, 1.0)],
            least: f64::NEG_INFINITY,
            most: 2.0,
        };
        let rows = [row(0, 1), row(1, 2)];
        let step = best_step(&[4.0; 3], &[1.0; 3], &[-9.0; 3], &[9.0; 3], &rows);
        for (found, truth) in step.d.iter().zip([2.0, 0.0, 2.0]) {
            assert!((found - truth).abs() < 1e-11, "{:?}", step.d);
        }
    }

    #[test]
    fn rows_that_bind_together_are_solved_where_one_variable_is_a_thousand_times_stiffer() {
        // Only (t, -t, t) keeps both small rows, so t = (g_0 - g_1 + g_2) / (h_0 + h_1 + h_2); the
        // first row has room. Sweeps alone were not there after 300.
        let row = |weights: &[(usize, f64)], most| Row {
            weights: weights.to_vec(),
            least: f64::NEG_INFINITY,
            most,
        };
        let rows = [
            row(&[(0, 1.13), (1, 0.72), (2, 1.01)], 114.0),
            row(&[(0, 1.0), (1, 1.0)], 0.0),
            row(&[(1, 1.0), (2, 1.0)], 0.0),
        ];
        let (g, h) = ([0.17, 0.53, 0.38], [2e-6, 0.04, 1e-5]);
        let step = best_step(&g, &h, &[-70.0; 3], &[70.0; 3], &rows);
        let t = (g[0] - g[1] + g[2]) / (h[0] + h[1] + h[2]);
        for (found, truth) in step.d.iter().zip([t, -t, t]) {
            // prices near 1, known to 1e-16 each, over the least curvature
            assert!((found - truth).abs() < 1e-9, "{:?} {t}", step.d);
        }
    }
}
