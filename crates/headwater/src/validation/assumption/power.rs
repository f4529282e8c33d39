//! How often would a direct path have been caught?

use rand::RngExt;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::direct_path::{LEVEL, undrawn};
use super::overidentification::Overidentification;
use crate::numeric::random::stream;
use crate::numeric::summary::mean;
use crate::numeric::vector::dot;
use crate::validation::linear_twin::{LinearTwin, Partialled};

/// The power of the J test at these weeks, by simulation from the fit: one channel at a time gets
/// a direct effect as large as its mediated one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Power {
    /// Weeks of each simulated market.
    pub weeks: usize,
    /// The share of the channel's total effect that goes around the mediator.
    pub direct_share: f64,
    /// Markets simulated for each channel.
    pub simulations: usize,
    /// How often the J test rejects at 5%, by channel.
    pub channels: Vec<ChannelPower>,
}

/// The power for one channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChannelPower {
    /// The channel with the direct path.
    pub channel: String,
    /// The share of simulated markets in which the J test rejects.
    pub power: f64,
}

/// Half of the effect is direct.
const DIRECT_SHARE: f64 = 0.5;
const SIMULATIONS: usize = 200;
/// With more channels, those that move the mediator most stand for all.
const MOST_CHANNELS: usize = 6;
/// Keeps the random streams apart from those of the bootstrap.
const STREAM: u64 = 1 << 40;
/// Weeks that an autoregression needs to forget its start.
const WARM_UP: usize = 30;

impl Power {
    /// Simulates `M = S a + u`, `Y = b M + S d + e` with the fitted `a` and `b`, errors that
    /// follow the fitted first-order autoregressions with innovations drawn in pairs, and `d` as
    /// asked. `None` with a single instrument.
    pub fn of(twin: &LinearTwin, seed: u64) -> Option<Self> {
        let system = twin.instruments(&[], None).ok()?;
        if system.s.ncols() < 2 {
            return None;
        }
        let (a, b) = (system.first_stage(), system.b_ind());
        let noise = Noise::of(&system, b);
        let kept: Vec<usize> = (0..twin.columns.len())
            .filter(|at| !twin.columns[*at].drawn)
            .collect();
        let mut moved: Vec<(&str, Vec<f64>)> = undrawn(twin)
            .into_iter()
            .map(|name| {
                let own = twin.columns_of(name);
                let slopes = kept.iter().zip(a.iter());
                let slopes = slopes.map(|(at, a)| if own.contains(at) { *a } else { 0.0 });
                (name, slopes.collect())
            })
            .collect();
        let path = |slopes: &[f64]| &system.s * nalgebra::DVector::from_column_slice(slopes);
        moved.sort_by(|x, y| path(&y.1).norm().total_cmp(&path(&x.1).norm()));
        moved.truncate(MOST_CHANNELS);

        let induced = &system.s * &a;
        let odds = DIRECT_SHARE / (1.0 - DIRECT_SHARE);
        let direct: Vec<_> = moved
            .iter()
            .map(|(_, own)| path(own) * (b * odds))
            .collect();
        let caught: Vec<Vec<bool>> = (0..SIMULATIONS)
            .into_par_iter()
            .map(|simulation| {
                let mut rng = stream(seed, STREAM + simulation as u64);
                let (u, e) = noise.draw(&mut rng);
                let mut market = system.clone();
                market.m = &induced + system.partial(&u);
                let y = &market.m * b + system.partial(&e);
                let rejects = |direct: &nalgebra::DVector<f64>| {
                    market.y = &y + direct;
                    Overidentification::of(&market).is_some_and(|test| test.hansen_j.p < LEVEL)
                };
                direct.iter().map(rejects).collect()
            })
            .collect();
        let power = |at: usize| {
            caught.iter().filter(|caught| caught[at]).count() as f64 / SIMULATIONS as f64
        };
        let channels = moved
            .iter()
            .enumerate()
            .map(|(at, (name, _))| ChannelPower {
                channel: name.to_string(),
                power: power(at),
            });
        Some(Power {
            weeks: twin.weeks(),
            direct_share: DIRECT_SHARE,
            simulations: SIMULATIONS,
            channels: channels.collect(),
        })
    }

    /// The least and the greatest power over the channels.
    pub fn range(&self) -> (f64, f64) {
        let powers = self.channels.iter().map(|channel| channel.power);
        powers.fold((1.0, 0.0), |(least, most), power| {
            (f64::min(least, power), f64::max(most, power))
        })
    }
}

/// The errors of both stages as first-order autoregressions.
struct Noise {
    persistence: (f64, f64),
    innovations: Vec<(f64, f64)>,
}

impl Noise {
    fn of(system: &Partialled, b: f64) -> Self {
        // What the columns took from the errors is given back.
        let weeks = system.m.len() as f64;
        let scale = (weeks / system.df).sqrt();
        let u = system.residual(&system.m) * scale;
        let e = (&system.y - &system.m * b) * (weeks / (weeks - system.held as f64)).sqrt();
        let persistence = |x: &[f64]| {
            let phi = dot(&x[1..], x) / dot(x, x);
            if phi.is_finite() {
                phi.clamp(-0.95, 0.95)
            } else {
                0.0
            }
        };
        let persistence = (persistence(u.as_slice()), persistence(e.as_slice()));
        let innovations = |x: &[f64], phi: f64| -> Vec<f64> {
            let left: Vec<f64> = x.windows(2).map(|pair| pair[1] - phi * pair[0]).collect();
            let centre = mean(&left);
            left.iter().map(|x| x - centre).collect()
        };
        let u = innovations(u.as_slice(), persistence.0);
        let e = innovations(e.as_slice(), persistence.1);
        Noise {
            persistence,
            innovations: u.into_iter().zip(e).collect(),
        }
    }

    fn draw(&self, rng: &mut impl rand::Rng) -> (Vec<f64>, Vec<f64>) {
        let weeks = self.innovations.len() + 1;
        let (mut u, mut e) = (Vec::with_capacity(weeks), Vec::with_capacity(weeks));
        let (mut last_u, mut last_e) = (0.0, 0.0);
        for week in 0..weeks + WARM_UP {
            let (du, de) = self.innovations[rng.random_range(0..self.innovations.len())];
            last_u = self.persistence.0 * last_u + du;
            last_e = self.persistence.1 * last_e + de;
            if week >= WARM_UP {
                u.push(last_u);
                e.push(last_e);
            }
        }
        (u, e)
    }
}
