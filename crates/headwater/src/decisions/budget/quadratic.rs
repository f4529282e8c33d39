//! Separable quadratic programs with few rows, by their dual.

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

/// Sweeps over the rows at most; one is enough for one row, and a few where rows share few
/// variables.
const SWEEPS: usize = 500;

/// Maximises `sum g_j d_j - h_j d_j^2 / 2` with `lower <= d <= upper` and all rows; `h_j > 0`.
///
/// Given prices `p`, each variable has its own best value,
/// `d_j = clamp((g_j - sum_r p_r a_rj) / h_j)`. Prices are found row after row, each exactly, until
/// none moves (Hildreth 1957). Rows without a common solution are left unsatisfied; the caller
/// looks at the sums.
pub(super) fn best_step(g: &[f64], h: &[f64], lower: &[f64], upper: &[f64], rows: &[Row]) -> Step {
    let mut prices = vec![0.0; rows.len()];
    // What is left of the slope of each variable after all prices are paid.
    let mut slope = g.to_vec();
    let value = |j: usize, slope: f64| (slope / h[j]).clamp(lower[j], upper[j]);
    for _ in 0..SWEEPS {
        let mut moved = false;
        for (row, price) in rows.iter().zip(&mut prices) {
            for (j, weight) in &row.weights {
                slope[*j] += *price * weight;
            }
            let sum = |price: f64| -> f64 {
                let each = row.weights.iter();
                each.map(|(j, weight)| weight * value(*j, slope[*j] - price * weight))
                    .sum()
            };
            let free = sum(0.0);
            // A first guess of the size of a price: the steepest slope per unit of weight.
            let size = row.weights.iter().fold(0.0_f64, |size, (j, weight)| {
                let slope = slope[*j].abs().max(h[*j] * (upper[*j] - lower[*j]));
                if *weight == 0.0 {
                    size
                } else {
                    size.max(slope / weight.abs())
                }
            });
            let found = if free > row.most {
                smallest(size, |price| sum(price) <= row.most)
            } else if free < row.least {
                -smallest(size, |price| sum(-price) >= row.least)
            } else {
                0.0
            };
            moved |= (found - *price).abs() > 1e-13 * size;
            *price = found;
            for (j, weight) in &row.weights {
                slope[*j] -= found * weight;
            }
        }
        if !moved || rows.len() == 1 {
            break;
        }
    }
    let d = (0..g.len()).map(|j| value(j, slope[j])).collect();
    Step { d, prices }
}

/// The smallest price above 0 that is `enough`, to the last bit, by bisection; the largest tried
/// where none is.
fn smallest(size: f64, enough: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, if size > 0.0 { size } else { 1.0 });
    for _ in 0..60 {
        if enough(high) {
            break;
        }
        low = high;
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if enough(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
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
}
