//! Errors that last, drawn again under a null hypothesis.

use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::numeric::orthonormal::Basis;
use crate::numeric::vector::{dot, scaled};

/// u_t = φ u_{t−1} + √(1 − φ²) z_t: first-order autoregressive errors of variance 1. With φ = 1 a
/// random walk.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Autoregressive {
    /// φ, in (-1, 1].
    pub phi: f64,
}

/// Beyond these many weeks residuals are as correlated as the errors, to two digits.
const LONG: usize = 600;

impl Autoregressive {
    /// The φ whose residuals would on average be as correlated as `residual` is. Residuals of a
    /// fit with many columns are less correlated than the errors were: E[e'Le] / E[e'e] =
    /// tr(M L M V(φ)) / tr(M V(φ)), M = I − QQ', is solved for φ. `None` for residuals of 0.
    pub fn of_residual(residual: &[f64], basis: &Basis) -> Option<Self> {
        let e = scaled(residual);
        let n = e.len();
        let observed = dot(&e[1.min(n)..], &e) / dot(&e, &e);
        if observed.is_nan() {
            return None;
        }
        if n > LONG {
            return Some(Autoregressive {
                phi: observed.clamp(-0.99, 0.99),
            });
        }
        let (lagged, plain) = diagonal_sums(basis, n);
        let expected = |phi: f64| {
            let power = |sums: &[f64]| sums.iter().rev().fold(0.0, |sum, s| sum * phi + s);
            power(&lagged) / power(&plain)
        };
        let (mut low, mut high) = (-0.99, 0.99);
        for _ in 0..30 {
            let middle = (low + high) / 2.0;
            if expected(middle) < observed {
                low = middle;
            } else {
                high = middle;
            }
        }
        Some(Autoregressive { phi: low })
    }

    /// `n` weeks of errors.
    pub fn draw(self, n: usize, random: &mut ChaCha8Rng) -> Vec<f64> {
        let walk = self.phi >= 1.0;
        let gain = if walk {
            1.0
        } else {
            (1.0 - self.phi * self.phi).sqrt()
        };
        let mut last = None;
        (0..n)
            .map(|_| {
                let z: f64 = StandardNormal.sample(random);
                let next = last.map_or(z, |last: f64| self.phi * last + gain * z);
                last = Some(next);
                next
            })
            .collect()
    }
}

/// The sums of the diagonals, at distance 0, 1, … from the middle, of M L M and of M; L pairs
/// every week with the ones beside it, half each.
fn diagonal_sums(basis: &Basis, n: usize) -> (Vec<f64>, Vec<f64>) {
    let (mut lagged, mut plain) = (vec![0.0; n], vec![0.0; n]);
    for i in 0..n {
        let mut unit = vec![0.0; n];
        unit[i] = 1.0;
        let column = basis.residual(&unit);
        let beside = |j: usize| {
            let before = if j > 0 { column[j - 1] } else { 0.0 };
            (before + column.get(j + 1).unwrap_or(&0.0)) / 2.0
        };
        let paired = basis.residual(&(0..n).map(beside).collect::<Vec<f64>>());
        for j in 0..n {
            plain[i.abs_diff(j)] += column[j];
            lagged[i.abs_diff(j)] += paired[j];
        }
    }
    (lagged, plain)
}
