//! What each channel is worth in all, whatever path it takes.

use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::data::role::Unit;
use crate::effects::{draw_blocks, percentile};
use crate::error::{Error, Result};
use crate::estimate::Estimate;
use crate::numeric::random::stream;
use crate::validation::linear_twin::{LinearTwin, TwinExposure};

/// The total effect of a channel without and with the rule that it acts through the mediator
/// alone (methods brief, 0.3, tiers 1 and 2), for the contrast observed spend against none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChannelTotal {
    /// The exposure.
    pub channel: String,
    /// Tier 1: least squares of the outcome on the exposures and controls, the mediator left out.
    /// Needs A1 alone.
    pub unrestricted: Estimate,
    /// Tier 2: `a_j b_ind`, needs A1 and A3; with a drawn edge, what goes through the mediator.
    pub through_mediator: Estimate,
    /// Tier 1 minus tier 2: what the rule leaves out, if it is wrong.
    pub gap: Estimate,
    /// Tier 1 per unit of spend.
    pub roas: Estimate,
}

/// Keeps the random streams apart from those of the bootstrap of both stages.
const STREAM: u64 = 2 << 40;

/// How often a replicate may be drawn again.
const MOST_REDRAWS: usize = 20;

/// A column of unit length with less than this of its own in a resample cannot be told apart.
const SINGULAR: f64 = 1e-6;

/// A log link multiplies: far from the data its effects leave the range of numbers.
const TOO_LARGE: &str = "without the exposure the outcome would be too large for a number: the data do not reach \
                         that far on the scale of the link";

const NO_WORTH: &str =
    "every exposure has a drawn edge: nothing tells what an induced unit is worth";

/// How totals get their intervals.
#[derive(Debug, Clone, Copy)]
pub struct TotalsSettings {
    /// Replicates; 0 for none.
    pub replicates: usize,
    /// The nominal coverage.
    pub level: f64,
    /// Weeks in a block.
    pub block_length: usize,
    /// The seed of the streams.
    pub seed: u64,
}

/// The totals of one fit or replicate, an entry for each exposure.
#[derive(Debug, Clone)]
struct Totals {
    unrestricted: Vec<f64>,
    through: Vec<f64>,
}

/// Replicates of the totals.
#[derive(Debug, Clone)]
pub struct TotalDraws {
    point: Totals,
    draws: Vec<Totals>,
}

impl TotalDraws {
    /// A pairs moving-block bootstrap of the reduced form and the first stage of the linear twin.
    ///
    /// # Errors
    /// Those of [`LinearTwin::reduced_form`].
    pub fn of(twin: &LinearTwin, settings: &TotalsSettings) -> Result<Self> {
        let resampler = Resampler::of(twin)?;
        let point = resampler.totals(twin, &vec![1.0; twin.weeks()]);
        let point = point.ok_or_else(|| {
            Error::setting(
                "the exposures cannot be told apart",
                "merge exposures that always run together",
            )
        })?;
        let draws = (0..settings.replicates)
            .into_par_iter()
            .filter_map(|replicate| {
                let mut rng = stream(settings.seed, STREAM + replicate as u64);
                // A resample that cannot tell the columns apart is drawn again.
                (0..MOST_REDRAWS).find_map(|_| {
                    let mut weights = vec![0.0; twin.weeks()];
                    for row in draw_blocks(twin.weeks(), settings.block_length, &mut rng) {
                        weights[row] += 1.0;
                    }
                    resampler.totals(twin, &weights)
                })
            })
            .collect();
        Ok(TotalDraws { point, draws })
    }

    /// Totals of every exposure with percentile intervals.
    pub fn estimates(&self, twin: &LinearTwin, settings: &TotalsSettings) -> Vec<ChannelTotal> {
        let level = settings.level;
        let unidentified = twin.columns.iter().all(|column| column.drawn);
        let estimate = |of: &dyn Fn(&Totals) -> f64| {
            let point = of(&self.point);
            if !point.is_finite() {
                return Estimate::not_assessed(
                    if unidentified { NO_WORTH } else { TOO_LARGE },
                    level,
                );
            }
            if self.draws.is_empty() {
                let why = "no bootstrap replicates were asked for";
                return Estimate::point_only(point, level, why);
            }
            let values: Vec<f64> = self.draws.iter().map(of).collect();
            let method = format!(
                "percentile, {} replicates, pairs bootstrap of the linear twin in blocks of {} weeks",
                self.draws.len(),
                settings.block_length
            );
            if values.iter().any(|value| !value.is_finite()) {
                return Estimate::point_only(point, level, TOO_LARGE);
            }
            Estimate::new(point, percentile(&values, level), level, method)
        };
        let channel = |(at, exposure): (usize, &TwinExposure)| ChannelTotal {
            channel: exposure.name.clone(),
            unrestricted: estimate(&|totals| totals.unrestricted[at]),
            through_mediator: estimate(&|totals| totals.through[at]),
            gap: estimate(&|totals| totals.unrestricted[at] - totals.through[at]),
            roas: match exposure.unit {
                Unit::Count => {
                    Estimate::not_assessed("the exposure is not measured in money", level)
                }
                Unit::Money if exposure.spend <= 0.0 => {
                    Estimate::not_assessed("nothing was spent", level)
                }
                Unit::Money => estimate(&|totals| totals.unrestricted[at] / exposure.spend),
            },
        };
        twin.exposures.iter().enumerate().map(channel).collect()
    }
}

/// The linear system in a basis that is orthonormal or of unit length over the weeks as they are,
/// so that its weighted cross products are well conditioned in every resample: controls, drawn
/// columns, instruments, mediator, outcome, in this order. One Cholesky factor of the cross
/// products holds the reduced form, the first stage and two-stage least squares.
struct Resampler {
    /// One row a week.
    rows: Vec<Vec<f64>>,
    /// The columns of `S` in the order of the basis, with their lengths there.
    columns: Vec<(usize, f64)>,
    controls: usize,
    /// How many of `columns` are instruments; they come last.
    instruments: usize,
    /// Lengths of the mediator and the outcome.
    lengths: (f64, f64),
}

impl Resampler {
    fn of(twin: &LinearTwin) -> Result<Self> {
        let system = twin.reduced_form(None)?;
        let mut order: Vec<usize> = (0..twin.columns.len()).collect();
        order.sort_by_key(|at| !twin.columns[*at].drawn);
        let mut basis: Vec<Vec<f64>> = system.held_basis().to_vec();
        let controls = basis.len();
        let mut unit = |values: &[f64]| {
            let length = values.iter().map(|x| x * x).sum::<f64>().sqrt();
            let length = if length > 0.0 { length } else { 1.0 };
            basis.push(values.iter().map(|x| x / length).collect());
            length
        };
        let columns: Vec<(usize, f64)> = order
            .into_iter()
            .map(|at| (at, unit(system.s.column(at).clone_owned().as_slice())))
            .collect();
        let lengths = (unit(system.m.as_slice()), unit(system.y.as_slice()));
        let drawn = twin.columns.iter().filter(|column| column.drawn).count();
        Ok(Resampler {
            rows: (0..twin.weeks())
                .map(|week| basis.iter().map(|column| column[week]).collect())
                .collect(),
            controls,
            instruments: columns.len() - drawn,
            columns,
            lengths,
        })
    }

    /// The totals with each week counted as often as its weight says; `None` when those weeks
    /// cannot tell the columns apart.
    fn totals(&self, twin: &LinearTwin, weights: &[f64]) -> Option<Totals> {
        let width = self.rows[0].len();
        let mut products = DMatrix::zeros(width, width);
        for (row, weight) in self.rows.iter().zip(weights) {
            if *weight == 0.0 {
                continue;
            }
            for i in 0..width {
                let scaled = weight * row[i];
                for j in i..width {
                    products[(j, i)] += scaled * row[j];
                }
            }
        }
        // The mediator may be explained entirely, or be zero in the resample.
        let (m, y) = (width - 2, width - 1);
        let size = products[(m, m)];
        let factor = products
            .view((0, 0), (m, m))
            .clone_owned()
            .cholesky()?
            .unpack();
        if factor.diagonal().iter().any(|own| *own < SINGULAR) || size <= 0.0 {
            return None;
        }
        let coordinates = |target: usize| {
            let right = DVector::from_fn(m, |at, _| products[(target, at)]);
            factor.solve_lower_triangular(&right)
        };
        let (m, y) = (coordinates(m)?, coordinates(y)?);
        let through = factor.transpose();
        let slopes = |coordinates: &DVector<f64>, length: f64| -> Option<Vec<f64>> {
            let solved = through.solve_upper_triangular(coordinates)?;
            let mut slopes = vec![0.0; self.columns.len()];
            for (place, (at, unit)) in self.columns.iter().enumerate() {
                slopes[*at] = solved[self.controls + place] * length / unit;
            }
            Some(slopes)
        };
        let (a, tau) = (slopes(&m, self.lengths.0)?, slopes(&y, self.lengths.1)?);
        let first = m.len() - self.instruments;
        let (m, y) = (m.rows_range(first..), y.rows_range(first..));
        // With an edge for every exposure nothing identifies the induced slope.
        let b = m.dot(&y) / m.norm_squared() * self.lengths.1 / self.lengths.0;
        let mediated: Vec<f64> = a.iter().map(|a| a * b).collect();
        let each = |of: &dyn Fn(&TwinExposure) -> f64| twin.exposures.iter().map(of).collect();
        Some(Totals {
            unrestricted: each(&|one| twin.contribution(one, &tau)),
            through: each(&|one| twin.contribution(one, &mediated)),
        })
    }
}
