//! A stand-in for models whose effects are no sums of smooth curves: trees, the log link,
//! interactions, flags, lags, capped mediators.

use super::horizon::Horizon;
use super::problem::Bounds;
use super::surface::{Curve, Curves, Weights};
use crate::effects::{Answers, Ensemble};
use crate::error::Result;
use crate::mediation::{BuiltPath, MediatorPolicy};
use crate::progress::in_parallel;

/// Totals of a channel at which the models are asked.
const POINTS: usize = 15;

/// Outcome and mediator of a plan less those of the current one, and the weeks in which the mediator
/// is held at zero.
pub(super) type Moved = (f64, f64, usize);

/// Outcome and mediator of a plan less those of the current one, by each model, summed over the
/// weeks that count.
///
/// # Errors
/// Those of [`potential_outcome_under`](crate::mediation::FittedMediation::potential_outcome_under).
pub(super) fn contrasts(
    ensemble: &Ensemble,
    horizon: &Horizon,
    totals: &[f64],
    policy: MediatorPolicy,
) -> Result<Answers<Moved>> {
    let prepared = ensemble.prepared();
    let current = prepared.build_world(&horizon.reference)?;
    let planned = prepared.build_world(&horizon.planned(totals)?)?;
    ensemble.ask(|model| {
        let world = |path: &BuiltPath| model.potential_outcome_under(policy, path, path);
        let (before, after) = (world(&current)?, world(&planned)?);
        let moved = |after: &[f64], before: &[f64]| -> f64 {
            after.iter().zip(before).map(|(a, b)| a - b).sum()
        };
        Ok((
            moved(&after.outcome, &before.outcome),
            moved(&after.mediator, &before.mediator),
            after.clamped.max(before.clamped),
        ))
    })
}

/// Lines with bends through what the models say of each channel at 15 totals within its bounds, the
/// other channels at their current spend; channels add up.
///
/// Of the outcome the slopes are made to fall and to be no less than 0, by least squares with the
/// lengths of the pieces as weights (pool adjacent violators): trees jump where the data have a
/// gap, and a search over jumps finds noise. Of the mediator they stay as they are.
///
/// # Errors
/// Those of [`contrasts`].
pub(super) fn surrogate(
    ensemble: &Ensemble,
    horizon: &Horizon,
    bounds: &[Bounds],
    policy: MediatorPolicy,
) -> Result<(Curves, Weights, Vec<Weights>)> {
    let empty = || Weights {
        outcome: Vec::new(),
        mediator: Vec::new(),
    };
    let mut curves = Vec::new();
    let mut point = empty();
    let mut draws: Vec<Weights> = ensemble.draws().iter().map(|_| empty()).collect();
    let current = horizon.current();
    for (j, Bounds { least, most }) in bounds.iter().enumerate() {
        let mut grid: Vec<f64> = (0..POINTS)
            .map(|i| least + (most - least) * i as f64 / (POINTS - 1) as f64)
            .chain([0.0, current[j]])
            .collect();
        grid.sort_by(f64::total_cmp);
        // a total asked twice, to rounding, has no slope
        grid.dedup_by(|a, b| *a - *b <= 1e-9 * most.max(current[j]));
        let answers: Vec<Answers<Moved>> = in_parallel(&grid, |_, total| {
            let mut totals = current.clone();
            totals[j] = *total;
            contrasts(ensemble, horizon, &totals, policy)
        })?;
        let lengths: Vec<f64> = grid.windows(2).map(|ends| ends[1] - ends[0]).collect();
        let slopes = |of: &dyn Fn(&Answers<Moved>) -> f64| -> Vec<f64> {
            let heights: Vec<f64> = answers.iter().map(of).collect();
            let rises = heights.windows(2).map(|ends| ends[1] - ends[0]);
            rises.zip(&lengths).map(|(rise, run)| rise / run).collect()
        };
        let add = |weights: &mut Weights, of: &dyn Fn(&Answers<Moved>) -> Moved| {
            let outcome = concave(&slopes(&|answers| of(answers).0), &lengths);
            weights.outcome.extend(outcome);
            weights.mediator.extend(slopes(&|answers| of(answers).1));
        };
        add(&mut point, &|answers| answers.point);
        for (b, draw) in draws.iter_mut().enumerate() {
            add(draw, &|answers| answers.draws[b]);
        }
        // the last goes on, so that at the upper bound the slope is that of the way there
        let inner = grid.iter().take(lengths.len()).skip(1);
        let ends = inner.copied().chain([f64::INFINITY]);
        let segments = grid.iter().zip(ends);
        let segments = segments.map(|(from, to)| Curve::Segment { from: *from, to });
        curves.push(segments.take(lengths.len()).collect());
    }
    Ok((Curves::new(curves), point, draws))
}

/// The falling slopes of at least 0 that are nearest to `slopes` by weighted least squares.
fn concave(slopes: &[f64], weights: &[f64]) -> Vec<f64> {
    // blocks of one slope: the weighted mean, the weight, how many
    let mut blocks: Vec<(f64, f64, usize)> = Vec::new();
    for (slope, weight) in slopes.iter().zip(weights) {
        let mut block = (*slope, *weight, 1);
        while let Some(before) = blocks.pop_if(|before| before.0 < block.0) {
            let weight = before.1 + block.1;
            let mean = (before.0 * before.1 + block.0 * block.1) / weight;
            block = (mean, weight, before.2 + block.2);
        }
        blocks.push(block);
    }
    let blocks = blocks.into_iter();
    blocks
        .flat_map(|(slope, _, count)| std::iter::repeat_n(slope.max(0.0), count))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::concave;

    #[test]
    fn slopes_that_fall_stay_and_those_that_rise_are_pooled() {
        assert_eq!(concave(&[3.0, 2.0, 1.0], &[1.0; 3]), [3.0, 2.0, 1.0]);
        // scikit-learn 1.9.1: isotonic_regression of the same with signs turned and these weights
        let pooled = concave(&[4.0, 1.0, 3.0, 2.0, 5.0], &[1.0, 2.0, 1.0, 1.0, 1.0]);
        for (slope, expected) in pooled.iter().zip([4.0, 2.4, 2.4, 2.4, 2.4]) {
            assert!((slope - expected).abs() < 1e-12);
        }
        assert_eq!(concave(&[1.0, -2.0, 0.5], &[1.0; 3]), [1.0, 0.0, 0.0]);
        assert!(concave(&[], &[]).is_empty());
    }
}
