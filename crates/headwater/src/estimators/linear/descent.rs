//! Coordinate descent for the lasso and the elastic net.

use super::cross_products::{DEPENDENT, Standardized};
use crate::numeric::vector::dot;

/// Coordinate descent with covariance updates (Friedman, Hastie and Tibshirani 2010,
/// *Journal of Statistical Software* 33:1, 2.2), which starts where the last penalty ended.
pub(super) struct Descent {
    matrix: Vec<f64>,
    right: Vec<f64>,
    pub(super) slopes: Vec<f64>,
    /// right − matrix · slopes.
    gradient: Vec<f64>,
}

impl Descent {
    pub(super) fn new(problem: &Standardized, free: usize, width: usize) -> Self {
        let (matrix, right) = problem.remaining(free, width);
        Descent {
            slopes: vec![0.0; right.len()],
            gradient: right.clone(),
            matrix,
            right,
        }
    }

    /// Moves each slope to its best value given the others; answers the largest change of the
    /// prediction.
    fn sweep(&mut self, ridge: f64, threshold: f64) -> f64 {
        let m = self.right.len();
        let mut largest: f64 = 0.0;
        for j in 0..m {
            let (old, curvature) = (self.slopes[j], self.matrix[j * m + j]);
            if curvature <= DEPENDENT {
                continue;
            }
            let pull = self.gradient[j] + curvature * old;
            let shrunk = (pull.abs() - threshold).max(0.0).copysign(pull) / (curvature + ridge);
            let step = shrunk - old;
            if step != 0.0 {
                self.slopes[j] = shrunk;
                let row = &self.matrix[j * m..][..m];
                self.gradient
                    .iter_mut()
                    .zip(row)
                    .for_each(|(g, a)| *g -= a * step);
                largest = largest.max(step.abs() * curvature.sqrt());
            }
        }
        largest
    }

    /// Descends until no slope moves by more than `settled` or the optimality conditions hold to
    /// it. Every few sweeps it leaps: sweeps alone crawl along the valley of nearly collinear
    /// columns, such as an annual wave seen for half a year.
    pub(super) fn run(&mut self, ridge: f64, threshold: f64, settled: f64) {
        const SWEEPS: usize = 10;
        const ROUNDS: usize = 1_000;
        for _ in 0..ROUNDS {
            for _ in 0..SWEEPS {
                if self.sweep(ridge, threshold) <= settled {
                    return;
                }
            }
            self.leap(ridge, threshold);
            if self.violation(ridge, threshold) <= settled {
                return;
            }
        }
    }

    /// Moves towards the exact solution for the slopes that are not 0, their signs given (by
    /// Cholesky), as far as no sign changes; a slope that stops the move becomes 0. The objective
    /// never grows: it is quadratic on that segment.
    pub(super) fn leap(&mut self, ridge: f64, threshold: f64) {
        let m = self.right.len();
        let active: Vec<usize> = (0..m).filter(|&j| self.slopes[j] != 0.0).collect();
        let size = active.len() + 1;
        let mut system = Standardized {
            size,
            centers: Vec::new(),
            inverse_scales: Vec::new(),
            target_scale: 1.0,
            matrix: vec![0.0; size * size],
        };
        for (i, &row) in active.iter().enumerate() {
            for (j, &column) in active[..=i].iter().enumerate() {
                system.matrix[i * size + j] = self.matrix[row * m + column];
            }
            system.matrix[(size - 1) * size + i] =
                self.right[row] - threshold.copysign(self.slopes[row]);
        }
        system.add_to_diagonal(0..size - 1, ridge);
        if !system.eliminate(0..size - 1).is_empty() {
            return;
        }
        let mut exact = vec![0.0; size - 1];
        system.substitute_back(&mut exact, size - 1);

        // The share of the way at which a slope reaches 0.
        let stops = |(&j, &exact): (&usize, &f64)| {
            let slope = self.slopes[j];
            (slope * exact < 0.0).then(|| slope / (slope - exact))
        };
        let share = active
            .iter()
            .zip(&exact)
            .filter_map(stops)
            .fold(1.0, f64::min);
        for (&j, &exact) in active.iter().zip(&exact) {
            let slope = self.slopes[j];
            let stopped = slope * exact < 0.0 && slope / (slope - exact) <= share;
            self.slopes[j] = if stopped {
                0.0
            } else {
                slope + share * (exact - slope)
            };
        }
        for (j, gradient) in self.gradient.iter_mut().enumerate() {
            *gradient = self.right[j] - dot(&self.matrix[j * m..][..m], &self.slopes);
        }
    }

    /// The largest violation of the optimality (Karush-Kuhn-Tucker) conditions.
    fn violation(&self, ridge: f64, threshold: f64) -> f64 {
        self.slopes
            .iter()
            .zip(&self.gradient)
            .map(|(&slope, &gradient)| {
                if slope == 0.0 {
                    (gradient.abs() - threshold).max(0.0)
                } else {
                    (gradient - ridge * slope - threshold.copysign(slope)).abs()
                }
            })
            .fold(0.0, f64::max)
    }
}
