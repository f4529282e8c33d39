//! Direct paths: what if part of a channel's effect went around the mediator?

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};

use super::super::linear_twin::Partialled;
use super::returns::{Costs, Judged, Return};
use super::system::{Exclusion, System};
use super::worlds::{Scan, Worlds, first_change};

/// The direct shares of the table.
pub const SHARES: [f64; 4] = [0.0, 0.1, 0.25, 0.5];

/// The prior standard deviation of a direct slope, as a share of the total slope.
const PRIOR_SHARE: f64 = 0.1;

/// `b(gamma) = b_ind - (M^'M^)^-1 M^' S~ gamma`: the return of a mediator unit that two-stage least
/// squares finds once the instruments' direct slopes `gamma`, one for each column, are taken out
/// (methods brief, 6.2).
///
/// # Panics
/// When `gamma` is not as long as the system has columns.
pub fn return_given_direct(instruments: &Partialled, gamma: &[f64]) -> f64 {
    let induced = instruments.projection(&instruments.m);
    let around = &instruments.s * nalgebra::DVector::from_column_slice(gamma);
    instruments.b_ind() - induced.dot(&around) / induced.norm_squared()
}

/// How returns depend on effects that go around the mediator.
///
/// When the share `p` of channel `j`'s effect is direct (on the scale of the link, column by
/// column of `S` in proportion to its effect on the mediator), and the others act through the
/// mediator alone,
///
/// ```text
/// b(p)    = b_ind (1 - p) / (1 - p (1 - w_j))
/// TE_j(p) = a_j b_ind / (1 - p (1 - w_j))      w_j = M^'S~_j a_j / M^'M^
/// TE_k(p) = a_k b(p)                           k not j
/// ```
///
/// The data fix the sum of what channels bring: a channel with a direct path is worth more than
/// the no-direct-path rule says and the others less. The same share of every channel changes no
/// total, only what is said to go through the mediator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DirectShare {
    /// A channel is worth its money above this return: 1 / margin.
    pub bound: f64,
    /// Which return is held against the bound.
    pub judged: Judged,
    /// One entry for each channel without a drawn edge: that channel's share direct, the others'
    /// not.
    pub alone: Vec<ShareTable>,
    /// The same share of every channel without a drawn edge.
    pub proportional: Vec<ShareRow>,
    /// One entry for each channel that has a return.
    pub verdicts: Vec<VerdictBreak>,
    /// Where the order of the returns changes; null with fewer than two returns.
    pub ranking: Option<RankingBreak>,
    /// The return of a mediator unit when small direct paths are allowed for.
    pub local_to_zero: LocalToZero,
}

/// Returns by the direct share of one channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ShareTable {
    /// The channel part of whose effect is direct.
    pub channel: String,
    /// `w_j`: the channel's part in what the exposures induce of the mediator. They sum to 1; one
    /// may be negative or above 1 when channels move against each other.
    pub weight: f64,
    /// By share.
    pub rows: Vec<ShareRow>,
}

/// The world at one direct share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ShareRow {
    /// The direct share, in [0, 1].
    pub share: f64,
    /// What a unit of the mediator is worth, on the scale of the link; null when the weight rules
    /// such a share out.
    pub b: Option<f64>,
    /// Every exposure.
    pub returns: Vec<ChannelReturn>,
}

/// A channel's return in one world.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChannelReturn {
    /// The exposure's column.
    pub channel: String,
    /// Null where it has none.
    #[serde(flatten)]
    pub value: Return,
}

/// The smallest direct share of one channel that overturns a channel's verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VerdictBreak {
    /// The channel judged.
    pub channel: String,
    /// Its return without direct paths.
    pub value: f64,
    /// Whether that is above the bound.
    pub worth: bool,
    /// Its own direct share that overturns it; null when none does or its edge is drawn.
    pub own_share: Option<f64>,
    /// The smallest share of any one channel that overturns it; null when none does.
    pub share: Option<f64>,
    /// The channel whose share that is.
    pub by: Option<String>,
}

/// The smallest direct share of one channel that lets two channels change places.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RankingBreak {
    /// The channels from the best return to the worst, without direct paths.
    pub order: Vec<String>,
    /// Null when none does.
    pub share: Option<f64>,
    /// The channel whose share that is.
    pub by: Option<String>,
    /// The better of the two before.
    pub overtaken: Option<String>,
    /// The better of the two after.
    pub overtakes: Option<String>,
}

/// The interval of `b` when direct slopes are small but not zero: `gamma_c ~ N(0, (0.1 tau_c)^2)`,
/// so `b ~ N(b_ind, V + A Omega A')` with `A = (M^'M^)^-1 M^' S~` (Conley, Hansen and Rossi 2012).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LocalToZero {
    /// Two-stage least squares.
    pub b_ind: f64,
    /// Its Newey-West standard error, `sqrt(V)`.
    pub standard_error: f64,
    /// `sqrt(A Omega A')`.
    pub prior_error: f64,
    /// The nominal coverage.
    pub level: f64,
    /// The lower end.
    pub lower: f64,
    /// The upper end.
    pub upper: f64,
}

impl DirectShare {
    pub(super) fn new(
        system: &System<'_>,
        exclusion: &Exclusion,
        costs: &Costs,
        bound: f64,
        level: f64,
    ) -> Self {
        let worlds = Worlds::new(system, exclusion, costs);
        let name = |at: usize| system.twin.exposures[at].name.clone();
        let row = |share: f64, b: Option<f64>, totals: Option<Vec<f64>>| {
            let values = worlds.returns(totals.as_deref()).into_iter().enumerate();
            ShareRow {
                share,
                b,
                returns: values
                    .map(|(at, value)| ChannelReturn {
                        channel: name(at),
                        value,
                    })
                    .collect(),
            }
        };
        let alone = worlds.movers.iter().map(|&mover| ShareTable {
            channel: name(mover.exposure),
            weight: mover.weight,
            rows: SHARES
                .iter()
                .map(|&share| {
                    let b = worlds.slopes_at(mover, share).map(|(b, _)| b);
                    row(share, b, worlds.totals(mover, share))
                })
                .collect(),
        });
        let proportional = |&share: &f64| {
            let b = exclusion.b_ind * (1.0 - share);
            let direct: Vec<f64> = system
                .first_stage
                .iter()
                .map(|a| a * exclusion.b_ind * share)
                .collect();
            let totals = exclusion.totals(&system.first_stage, b, &direct);
            row(share, Some(b), Some(totals))
        };
        let scans: Vec<Scan> = worlds
            .movers
            .iter()
            .map(|mover| worlds.scan(*mover))
            .collect();
        DirectShare {
            bound,
            judged: costs.judged,
            alone: alone.collect(),
            proportional: SHARES.iter().map(proportional).collect(),
            verdicts: verdicts(&worlds, &scans, bound),
            ranking: ranking(&worlds, &scans),
            local_to_zero: LocalToZero::new(system, exclusion, level),
        }
    }

    /// The smallest share at which a verdict or the order of two channels changes; `None` when no
    /// share does.
    pub fn first_change(&self) -> Option<f64> {
        let verdicts = self.verdicts.iter().filter_map(|verdict| verdict.share);
        let ranking = self.ranking.iter().filter_map(|ranking| ranking.share);
        verdicts.chain(ranking).min_by(f64::total_cmp)
    }
}

fn verdicts(worlds: &Worlds<'_>, scans: &[Scan], bound: f64) -> Vec<VerdictBreak> {
    let name = |at: usize| worlds.system.twin.exposures[at].name.clone();
    let without = scans.first().map_or(&[][..], Scan::without);
    let verdict = |at: usize| {
        let value = *without.get(at).filter(|value| value.is_finite())?;
        let share = |scan: &Scan| {
            let share = first_change(
                scan,
                |returns| returns[at] - bound,
                |p| worlds.judge(at, scan.mover, p) - bound,
            )?;
            Some((scan.mover.exposure, share))
        };
        let shares: Vec<(usize, f64)> = scans.iter().filter_map(share).collect();
        let own = shares.iter().find(|(mover, _)| *mover == at);
        let least = shares.iter().min_by(|one, other| one.1.total_cmp(&other.1));
        Some(VerdictBreak {
            channel: name(at),
            value,
            worth: value > bound,
            own_share: own.map(|(_, share)| *share),
            share: least.map(|(_, share)| *share),
            by: least.map(|(mover, _)| name(*mover)),
        })
    };
    let judged = worlds.costs.channels().into_iter();
    judged.filter_map(verdict).collect()
}

fn ranking(worlds: &Worlds<'_>, scans: &[Scan]) -> Option<RankingBreak> {
    let without = scans.first()?.without();
    let mut order: Vec<usize> = worlds.costs.channels();
    order.retain(|at| without.get(*at).is_some_and(|value| value.is_finite()));
    order.sort_by(|one, other| without[*other].total_cmp(&without[*one]));
    if order.len() < 2 {
        return None;
    }
    // The first two to change places are neighbours.
    let changes = scans.iter().flat_map(|scan| {
        order.windows(2).filter_map(move |pair| {
            let (better, worse) = (pair[0], pair[1]);
            let share = first_change(
                scan,
                |returns| returns[better] - returns[worse],
                |p| worlds.judge(better, scan.mover, p) - worlds.judge(worse, scan.mover, p),
            )?;
            Some((share, scan.mover.exposure, better, worse))
        })
    });
    let least = changes.min_by(|one, other| one.0.total_cmp(&other.0));
    let name = |at: usize| worlds.system.twin.exposures[at].name.clone();
    Some(RankingBreak {
        order: order.iter().map(|at| name(*at)).collect(),
        share: least.map(|least| least.0),
        by: least.map(|least| name(least.1)),
        overtaken: least.map(|least| name(least.2)),
        overtakes: least.map(|least| name(least.3)),
    })
}

impl LocalToZero {
    fn new(system: &System<'_>, exclusion: &Exclusion, level: f64) -> Self {
        let prior: f64 = exclusion
            .at
            .iter()
            .zip(exclusion.pull().iter())
            .map(|(at, pull)| (pull * PRIOR_SHARE * system.totals[*at]).powi(2))
            .sum();
        let error = (exclusion.error.powi(2) + prior).sqrt();
        let reach = Normal::standard().inverse_cdf(0.5 + level / 2.0) * error;
        LocalToZero {
            b_ind: exclusion.b_ind,
            standard_error: exclusion.error,
            prior_error: prior.sqrt(),
            level,
            lower: exclusion.b_ind - reach,
            upper: exclusion.b_ind + reach,
        }
    }
}
