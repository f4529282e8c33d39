//! How much each column moves the sum of trees: SHAP values.

use super::MOST_LEVELS;
use super::trees::{Tree, Trees};
use super::weeks::Columns;

/// The mean over the weeks of each column's absolute SHAP value, in units of the target; what a column
/// is not known to be is averaged by the weights of the weeks in the nodes (Lundberg, Erion and Lee
/// 2018, arXiv:1802.03888, "path dependent").
///
/// A leaf is reached where all columns on its path lie between bounds. Its share of the players' game
/// is a product, so its Shapley values are integrals over t in (0, 1) (Owen 1972, *Management Science*
/// 18:5):
///
/// ```text
/// value · (o_i − z_i) ∫ Π_{j ≠ i} (t o_j + (1 − t) z_j) dt
/// ```
///
/// with o_j 1 where the week's column lies between the bounds, else 0, and z_j the part of the weights
/// that goes on towards the leaf at the splits on j. The integrand is a polynomial of one degree less
/// than columns, so Gauss-Legendre nodes give it exactly; weeks that agree on all o share the answer.
pub(super) fn mean_absolute(trees: &Trees, columns: &Columns, width: usize) -> Vec<f64> {
    let mut values = vec![0.0; columns.weeks * width];
    let integral = Integral::default();
    for tree in trees.iter() {
        integral.below(&tree, 0, &mut Vec::new(), columns, &mut values);
    }
    let mut means = vec![0.0; width];
    for (mean, weeks) in means
        .iter_mut()
        .zip(values.chunks_exact(columns.weeks.max(1)))
    {
        for value in weeks {
            *mean += value.abs() / columns.weeks as f64;
        }
    }
    means
}

/// A column on the way to a leaf.
#[derive(Clone)]
struct Step {
    column: usize,
    /// The leaf is reached from this value on, and below that one.
    from: f32,
    to: f32,
    /// The part of the weights that goes on.
    share: f64,
}

/// Gauss-Legendre nodes with their weights, by how many there are less one.
struct Integral([Vec<(f64, f64)>; MOST_LEVELS.div_ceil(2)]);

impl Default for Integral {
    fn default() -> Self {
        Integral(std::array::from_fn(|less| gauss_legendre(less + 1)))
    }
}

impl Integral {
    fn below(
        &self,
        tree: &Tree,
        place: usize,
        path: &mut Vec<Step>,
        columns: &Columns,
        values: &mut [f64],
    ) {
        let node = tree.nodes[place];
        if node.is_leaf() {
            self.reach(f64::from(node.value()), path, columns, values);
            return;
        }
        for side in 0..2 {
            let child = node.left() + side;
            let share = f64::from(tree.covers[child]) / f64::from(tree.covers[place]);
            let before = path.clone();
            let at = path.iter().position(|step| step.column == node.column());
            let at = at.unwrap_or_else(|| {
                path.push(Step {
                    column: node.column(),
                    from: f32::NEG_INFINITY,
                    to: f32::INFINITY,
                    share: 1.0,
                });
                path.len() - 1
            });
            let step = &mut path[at];
            step.share *= share;
            if side == 0 {
                step.to = step.to.min(node.value());
            } else {
                step.from = step.from.max(node.value());
            }
            self.below(tree, child, path, columns, values);
            *path = before;
        }
    }

    /// Adds the Shapley values of one leaf, column after column with all weeks of each.
    fn reach(&self, leaf: f64, path: &[Step], columns: &Columns, values: &mut [f64]) {
        if path.is_empty() {
            return;
        }
        let mut patterns = vec![0; columns.weeks];
        for (at, step) in path.iter().enumerate() {
            for (pattern, value) in patterns.iter_mut().zip(columns.column(step.column)) {
                *pattern |= usize::from(*value >= step.from && *value < step.to) << at;
            }
        }
        let mut known: Vec<Vec<f64>> = vec![Vec::new(); 1 << path.len()];
        for &pattern in &patterns {
            if known[pattern].is_empty() {
                known[pattern] = self.shapley(leaf, path, pattern);
            }
        }
        for (at, step) in path.iter().enumerate() {
            let values = &mut values[step.column * columns.weeks..][..columns.weeks];
            for (value, &pattern) in values.iter_mut().zip(&patterns) {
                *value += known[pattern][at];
            }
        }
    }

    /// One leaf's Shapley values where the week's columns in `pattern` lead to it.
    fn shapley(&self, leaf: f64, path: &[Step], pattern: usize) -> Vec<f64> {
        let leads = |at: usize| f64::from(u8::from(pattern >> at & 1 == 1));
        let mut values = vec![0.0; path.len()];
        // n nodes are exact to degree 2n - 1, and the degree is one less than the columns.
        for &(t, weight) in &self.0[path.len().div_ceil(2) - 1] {
            let factor = |(at, step): (usize, &Step)| t * leads(at) + (1.0 - t) * step.share;
            let product: f64 = path.iter().enumerate().map(factor).product();
            for (at, (value, step)) in values.iter_mut().zip(path).enumerate() {
                // No factor is 0: t lies inside (0, 1) and every node holds weeks.
                let others = product / factor((at, step));
                *value += leaf * (leads(at) - step.share) * weight * others;
            }
        }
        values
    }
}

/// Nodes and weights on (0, 1) that integrate polynomials up to degree `2 count - 1` exactly: the roots
/// of the Legendre polynomial, by Newton's method.
fn gauss_legendre(count: usize) -> Vec<(f64, f64)> {
    let n = count as f64;
    let node = |nth: usize| {
        // Within the reach of Newton's method (Abramowitz and Stegun, 22.16.6).
        let mut x = (std::f64::consts::PI * (nth as f64 + 0.75) / (n + 0.5)).cos();
        let mut slope = 0.0;
        for _ in 0..10 {
            let (mut before, mut value) = (1.0, x);
            for degree in 1..count {
                let k = degree as f64;
                (before, value) = (
                    value,
                    ((2.0 * k + 1.0) * x * value - k * before) / (k + 1.0),
                );
            }
            slope = n * (x * value - before) / (x * x - 1.0);
            x -= value / slope;
        }
        // From (-1, 1), where the weights add up to 2, to (0, 1).
        ((1.0 - x) / 2.0, 1.0 / ((1.0 - x * x) * slope * slope))
    };
    (0..count).map(node).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gauss_legendre_integrates_every_polynomial_it_promises() {
        for count in 1..=8 {
            let nodes = gauss_legendre(count);
            for degree in 0..2 * count as i32 {
                let integral: f64 = nodes.iter().map(|(t, w)| w * t.powi(degree)).sum();
                // The integral of t^d over (0, 1); a few roundings of at most 8 terms.
                let exact = 1.0 / f64::from(degree + 1);
                assert!(
                    (integral - exact).abs() < 1e-14,
                    "{count} nodes, degree {degree}: {integral}"
                );
            }
        }
    }
}
