//! The worlds in which one channel's effect is partly direct.

use super::returns::{Costs, Return};
use super::system::{Exclusion, System};

/// The steps in which shares from 0 to 1 are searched for a change of verdict or rank.
const STEPS: u32 = 100;

/// A channel whose direct share can be varied: its edge is not drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mover {
    /// Its position among the exposures.
    pub(super) exposure: usize,
    /// `w_j`: see [`DirectShare`](super::DirectShare).
    pub(super) weight: f64,
}

/// The judged returns along the shares of one mover, step by step from 0 while the share is
/// possible.
pub(super) struct Scan {
    pub(super) mover: Mover,
    steps: Vec<Step>,
}

struct Step {
    share: f64,
    /// One entry for each exposure; NaN where it has none.
    returns: Vec<f64>,
}

impl Scan {
    /// The returns without direct paths.
    pub(super) fn without(&self) -> &[f64] {
        self.steps.first().map_or(&[], |step| &step.returns)
    }
}

/// All worlds of one system.
pub(super) struct Worlds<'a> {
    pub(super) system: &'a System<'a>,
    pub(super) costs: &'a Costs,
    pub(super) movers: Vec<Mover>,
    exclusion: &'a Exclusion,
}

impl<'a> Worlds<'a> {
    pub(super) fn new(system: &'a System<'a>, exclusion: &'a Exclusion, costs: &'a Costs) -> Self {
        let pull = exclusion.pull();
        let weight = |exposure: usize| -> f64 {
            let own = system
                .twin
                .columns_of(&system.twin.exposures[exposure].name);
            let instruments = exclusion.at.iter().zip(pull.iter());
            instruments
                .filter(|(at, _)| own.contains(at))
                .map(|(at, pull)| pull * system.first_stage[*at])
                .sum()
        };
        let movers = (0..system.twin.exposures.len())
            .filter(|at| !system.twin.exposures[*at].drawn)
            .map(|exposure| Mover {
                exposure,
                weight: weight(exposure),
            })
            .collect();
        Worlds {
            system,
            costs,
            movers,
            exclusion,
        }
    }

    /// `b` and `gamma / a` of the mover when its direct share is `p`; `None` when no data could
    /// have that share (beyond the pole of a negative weight).
    pub(super) fn slopes_at(&self, mover: Mover, p: f64) -> Option<(f64, f64)> {
        let left = 1.0 - p * (1.0 - mover.weight);
        let b_ind = self.exclusion.b_ind;
        (left > 1e-9).then(|| (b_ind * (1.0 - p) / left, b_ind * p / left))
    }

    /// The slopes of every column of `S` when the direct share of `mover` is `p`.
    pub(super) fn totals(&self, mover: Mover, p: f64) -> Option<Vec<f64>> {
        let (b, delta) = self.slopes_at(mover, p)?;
        let first = &self.system.first_stage;
        let mut direct = vec![0.0; first.len()];
        for (at, _) in &self.system.twin.exposures[mover.exposure].lost {
            direct[*at] = delta * first[*at];
        }
        Some(self.exclusion.totals(first, b, &direct))
    }

    /// What an exposure brings when the columns of `S` have these slopes on the outcome.
    pub(super) fn effect(&self, exposure: usize, totals: &[f64]) -> f64 {
        let twin = self.system.twin;
        twin.contribution(&twin.exposures[exposure], totals)
    }

    /// The judged return of a channel when the direct share of `mover` is `p`; NaN when there is
    /// none.
    pub(super) fn judge(&self, exposure: usize, mover: Mover, p: f64) -> f64 {
        self.totals(mover, p).map_or(f64::NAN, |totals| {
            self.costs.judge(exposure, self.effect(exposure, &totals))
        })
    }

    /// The returns of every exposure in a world; none when the world is not possible.
    pub(super) fn returns(&self, totals: Option<&[f64]>) -> Vec<Return> {
        let of = |at: usize| match totals {
            Some(totals) => self.costs.of(at, self.effect(at, totals)),
            None => Return::default(),
        };
        (0..self.system.twin.exposures.len()).map(of).collect()
    }

    pub(super) fn scan(&self, mover: Mover) -> Scan {
        let steps = (0..=STEPS)
            .map(|step| f64::from(step) / f64::from(STEPS))
            .map_while(|share| {
                let totals = self.totals(mover, share)?;
                let returns = (0..self.system.twin.exposures.len())
                    .map(|at| self.costs.judge(at, self.effect(at, &totals)))
                    .collect();
                Some(Step { share, returns })
            })
            .collect();
        Scan { mover, steps }
    }
}

/// The first share at which `margin` is on another side of 0 than at share 0: found between two
/// steps of the scan, then halved down to rounding by `exact`. `None` when it never is.
pub(super) fn first_change(
    scan: &Scan,
    margin: impl Fn(&[f64]) -> f64,
    exact: impl Fn(f64) -> f64,
) -> Option<f64> {
    let start = margin(&scan.steps.first()?.returns) > 0.0;
    let changed = |value: f64| !value.is_nan() && (value > 0.0) != start;
    let at = scan
        .steps
        .iter()
        .position(|step| changed(margin(&step.returns)))?;
    let (mut low, mut high) = (scan.steps[at.checked_sub(1)?].share, scan.steps[at].share);
    while high - low > 1e-12 {
        let middle = 0.5 * (low + high);
        if changed(exact(middle)) {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some(high)
}
