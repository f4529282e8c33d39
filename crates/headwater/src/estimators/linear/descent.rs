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
    fn sweep(&mut self, ridge: f64, threshold: f64, active_only: bool) -> f64 {
        let m = self.right.len();
        let mut largest: f64 = 0.0;
        for j in 0..m {
            let (old, curvature) = (self.slopes[j], self.matrix[j * m + j]);
            if curvature <= DEPENDENT || (active_only && old == 0.0) {
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

    /// Descends until no slope moves by more than `settled`. The cap of sweeps is there for
    /// nearly collinear columns under a tiny penalty; [`polish`](Self::polish) ends those.
    pub(super) fn run(&mut self, ridge: f64, threshold: f64, settled: f64) {
        const SWEEPS: usize = 10_000;
        let mut sweeps = 0;
        while self.sweep(ridge, threshold, false) > settled && sweeps < SWEEPS {
            sweeps += 1;
            while self.sweep(ridge, threshold, true) > settled && sweeps < SWEEPS {
                sweeps += 1;
            }
        }
    }

    /// Solves for the slopes that are not 0 exactly, signs given, by Cholesky, and keeps the
    /// solution if it violates the optimality conditions less.
    pub(super) fn polish(&mut self, ridge: f64, threshold: f64) {
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
        let mut slopes = vec![0.0; m];
        active
            .iter()
            .zip(exact)
            .for_each(|(&j, slope)| slopes[j] = slope);
        if self.violation(&slopes, ridge, threshold)
            < self.violation(&self.slopes, ridge, threshold)
        {
            self.slopes = slopes;
        }
    }

    /// The largest violation of the optimality (Karush-Kuhn-Tucker) conditions.
    fn violation(&self, slopes: &[f64], ridge: f64, threshold: f64) -> f64 {
        let m = slopes.len();
        (0..m)
            .map(|j| {
                let gradient = self.right[j] - dot(&self.matrix[j * m..][..m], slopes);
                if slopes[j] == 0.0 {
                    (gradient.abs() - threshold).max(0.0)
                } else {
                    (gradient - ridge * slopes[j] - threshold.copysign(slopes[j])).abs()
                }
            })
            .fold(0.0, f64::max)
    }
}
