//! Where the outcome came from: a split that adds up to all of it and counts nothing twice.

use rand::seq::SliceRandom;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::data::Dataset;
use crate::data::role::Role;
use crate::effects::{Answers, Ensemble};
use crate::error::Result;
use crate::estimate::Estimate;
use crate::features::ExposurePath;
use crate::finding::{Bound, Finding, Status};
use crate::mediation::FittedMediation;
use crate::numeric::random::stream;

/// The most exposures whose coalitions are all asked: 1024.
const MOST_EXACT: usize = 10;
/// Worlds to ask of all replicates together, beyond which fewer replicates are asked, but at least
/// [`FEWEST`].
const MOST_WORLDS: usize = 200_000;
const FEWEST: usize = 200;
/// Pairs of an order and its reverse, as worlds allow.
const MOST_PAIRS: usize = 50;
const WORLDS_OF_ORDERS: usize = 4_000;
/// The random stream of the orders, apart from those of the replicates, which count from 1.
const ORDERS: u64 = 0;
/// The part of the outcome up to which two sums count as the same.
const SAME: f64 = 1e-11;
/// A gap, as a part of the effect of all exposures together, that is worth a warning.
const NOTABLE: f64 = 0.05;

/// The outcome of all weeks, split without rest among the base, the mediator that no exposure induced,
/// and each exposure around and through the mediator.
///
/// With `v(S)` the outcome had only the exposures in `S` run, the rest as observed: the exposures share
/// `v(all) - v(none)` by Shapley's (1953) value, the mean over all orders of what each adds when it
/// joins those before it; where effects add up this is its removal. What it adds is split on the way as
/// everywhere, `Y(x', M(x)) - Y(x, M(x))` around and `Y(x', M(x')) - Y(x', M(x))` through. Then the
/// mediator that no exposure induced is taken away, and the base is what remains: no mediator spend
/// that was induced stands in its row, so nothing is counted twice.
///
/// On the log scale an effect depends on what else runs. The exposures come last here, so that their
/// sum is the total effect that every other answer gives them; what they share with the mediator's own
/// part and the base is theirs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Attribution {
    /// The outcome's column.
    pub outcome: String,
    /// The mediator's column.
    pub mediator: String,
    /// The outcome summed over all weeks.
    pub total: f64,
    /// Base first; the amounts add up to `total`.
    pub rows: Vec<Contribution>,
    /// Each exposure: its part in the split beside what its removal alone would take away.
    pub channels: Vec<Split>,
    /// What all exposures together did: `v(all) - v(none)`.
    pub together: Estimate,
    /// `together` less the sum of removals: what no removal alone shows.
    pub gap: Estimate,
    /// How the orders were averaged.
    pub method: Method,
    /// Doubts.
    pub findings: Vec<Finding>,
}

/// A row of the split.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Contribution {
    /// Whose it is.
    pub part: Part,
    /// In outcome units.
    pub amount: Estimate,
    /// The same as a share of the outcome.
    pub share: Estimate,
}

/// What a part of the outcome is put down to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Season, trend, levers, controls, the intercept and what nothing explains. Under a reading of the
    /// prediction alone the mediator's own part is in it.
    Base,
    /// The mediator that no exposure induced.
    Autonomous,
    /// This exposure through the mediator.
    Through(String),
    /// This exposure around the mediator.
    Direct(String),
}

/// One exposure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Split {
    /// The exposure's column.
    pub channel: String,
    /// Its Shapley value.
    pub shapley: Estimate,
    /// Its total effect when it alone is taken away.
    pub removal: Estimate,
}

/// How Shapley values were computed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Removals add up to the whole, so each is its exposure's value.
    Additive,
    /// All coalitions were asked.
    Exact {
        /// How many.
        coalitions: usize,
    },
    /// Orders were drawn, each with its reverse.
    Sampled {
        /// How many orders.
        orders: usize,
        /// The seed they were drawn with.
        seed: u64,
        /// The largest standard error of a value of the fitted model that is due to the drawing, in
        /// outcome units; none from a single pair.
        error: Option<f64>,
    },
}

/// What one model says.
struct Shares {
    all: f64,
    /// With no exposure.
    none: f64,
    /// With no exposure and none of the mediator's own part; none where the model has no such part.
    bare: Option<f64>,
    /// What each exposure's removal alone takes away.
    removals: Vec<f64>,
    /// Each exposure around the mediator.
    direct: Vec<f64>,
    /// Each exposure through it.
    through: Vec<f64>,
    /// The largest Monte-Carlo standard error.
    error: Option<f64>,
}

impl Shares {
    fn together(&self) -> f64 {
        self.all - self.none
    }

    fn gap(&self) -> f64 {
        self.together() - self.removals.iter().sum::<f64>()
    }
}

impl Attribution {
    /// Asks every model of `ensemble`, which was fitted to `data`; `seed` draws orders where there are
    /// more than 10 exposures.
    ///
    /// # Errors
    /// Those of [`FittedMediation::potential_outcome`].
    pub fn of(ensemble: &Ensemble, data: &Dataset, seed: u64) -> Result<Self> {
        let prepared = ensemble.prepared();
        let game = Game {
            observed: &prepared.observed,
            players: prepared.features.exposures(),
            direct: &prepared.direct,
        };
        let mut shares = ensemble.ask(|model| game.removals(model))?;
        let adds_up = |shares: &Shares| shares.gap().abs() <= SAME * shares.all.abs();
        let method = if adds_up(&shares.point) && shares.draws.iter().all(adds_up) {
            Method::Additive
        } else if game.players.len() <= MOST_EXACT {
            let coalitions = 1usize << game.players.len();
            let most = (MOST_WORLDS / coalitions).max(FEWEST);
            shares = ensemble.ask_first(most, |model| game.exact(model))?;
            Method::Exact { coalitions }
        } else {
            let players = game.players.len();
            let pairs = (WORLDS_OF_ORDERS / (2 * players)).clamp(1, MOST_PAIRS);
            let orders = orders(players, pairs, seed);
            let most = (MOST_WORLDS / (players * orders.len())).max(FEWEST);
            shares = ensemble.ask_first(most, |model| game.sampled(model, &orders))?;
            Method::Sampled {
                orders: orders.len(),
                seed,
                error: shares.point.error,
            }
        };
        Ok(written(
            &game,
            &shares,
            method,
            data,
            ensemble.draws().len(),
        ))
    }
}

/// Pairs of a random order and its reverse.
fn orders(players: usize, pairs: usize, seed: u64) -> Vec<Vec<usize>> {
    let mut rng = stream(seed, ORDERS);
    let mut orders = Vec::with_capacity(2 * pairs);
    for _ in 0..pairs {
        let mut order: Vec<usize> = (0..players).collect();
        order.shuffle(&mut rng);
        let reverse = order.iter().rev().copied().collect();
        orders.extend([order, reverse]);
    }
    orders
}

/// The exposures as players.
struct Game<'a> {
    observed: &'a ExposurePath,
    players: Vec<&'a str>,
    direct: &'a [String],
}

impl Game<'_> {
    /// The path on which only the players in `coalition` run.
    fn path(&self, coalition: impl Fn(usize) -> bool) -> ExposurePath {
        let absent = self
            .players
            .iter()
            .enumerate()
            .filter(|(nth, _)| !coalition(*nth));
        absent.fold(self.observed.clone(), |path, (_, name)| path.without(name))
    }

    fn drawn(&self, nth: usize) -> bool {
        self.direct.iter().any(|name| name == self.players[nth])
    }

    /// What `nth` adds around and through the mediator when it joins: from `before` to `after`, whose
    /// outcomes are known.
    fn joins(
        &self,
        model: &FittedMediation,
        nth: usize,
        (before, without): (&ExposurePath, f64),
        (after, with): (&ExposurePath, f64),
    ) -> Result<(f64, f64)> {
        let around = match self.drawn(nth) {
            true => model.potential_outcome(after, before)?.total(),
            false => without,
        };
        Ok((around - without, with - around))
    }

    /// Everything but the split of the gap: each exposure has what its removal takes away.
    fn removals(&self, model: &FittedMediation) -> Result<Shares> {
        let world = |path: &ExposurePath| Ok(model.potential_outcome(path, path)?.total());
        let all = world(self.observed)?;
        let nothing = self.path(|_| false);
        let bare = model.potential_outcome_of_induced(&nothing)?;
        let mut shares = Shares {
            all,
            none: world(&nothing)?,
            bare: bare.map(|world| world.total()),
            removals: Vec::with_capacity(self.players.len()),
            direct: Vec::with_capacity(self.players.len()),
            through: Vec::with_capacity(self.players.len()),
            error: None,
        };
        for nth in 0..self.players.len() {
            let path = self.observed.without(self.players[nth]);
            let without = world(&path)?;
            let (direct, through) =
                self.joins(model, nth, (&path, without), (self.observed, all))?;
            shares.removals.push(all - without);
            shares.direct.push(direct);
            shares.through.push(through);
        }
        Ok(shares)
    }

    /// Over all coalitions: `sum_S |S|! (K - |S| - 1)! / K! [v(S + j) - v(S)]`.
    fn exact(&self, model: &FittedMediation) -> Result<Shares> {
        let mut shares = self.removals(model)?;
        let players = self.players.len();
        let mut worlds = Vec::with_capacity(1 << players);
        for coalition in 0usize..1 << players {
            let path = self.path(|nth| coalition >> nth & 1 == 1);
            let total = model.potential_outcome(&path, &path)?.total();
            worlds.push((path, total));
        }
        // |S|! (K - |S| - 1)! / K! = 1 / (K C(K - 1, |S|))
        let mut choose = 1.0;
        let weights: Vec<f64> = (0..players)
            .map(|size| {
                let weight = 1.0 / (players as f64 * choose);
                choose *= (players - 1 - size) as f64 / (size + 1) as f64;
                weight
            })
            .collect();
        for nth in 0..players {
            let (mut direct, mut through) = (0.0, 0.0);
            for coalition in (0usize..1 << players).filter(|coalition| coalition >> nth & 1 == 0) {
                let weight = weights[coalition.count_ones() as usize];
                let (before, after) = (&worlds[coalition], &worlds[coalition | 1 << nth]);
                let joined = self.joins(model, nth, (&before.0, before.1), (&after.0, after.1))?;
                direct += weight * joined.0;
                through += weight * joined.1;
            }
            (shares.direct[nth], shares.through[nth]) = (direct, through);
        }
        Ok(shares)
    }

    /// Over drawn orders, which come in pairs.
    fn sampled(&self, model: &FittedMediation, orders: &[Vec<usize>]) -> Result<Shares> {
        let mut shares = self.removals(model)?;
        let players = self.players.len();
        let (mut direct, mut through) = (vec![0.0; players], vec![0.0; players]);
        let (mut sums, mut squares) = (vec![0.0; players], vec![0.0; players]);
        for pair in orders.chunks(2) {
            let mut of_pair = vec![0.0; players];
            for order in pair {
                let mut before = (self.path(|_| false), shares.none);
                for &nth in order {
                    let name = self.players[nth];
                    let path = before.0.with(name, self.observed.get(name).to_vec());
                    let total = model.potential_outcome(&path, &path)?.total();
                    let joined = self.joins(model, nth, (&before.0, before.1), (&path, total))?;
                    direct[nth] += joined.0;
                    through[nth] += joined.1;
                    of_pair[nth] += (joined.0 + joined.1) / pair.len() as f64;
                    before = (path, total);
                }
            }
            for (nth, value) in of_pair.into_iter().enumerate() {
                sums[nth] += value;
                squares[nth] += value * value;
            }
        }
        let scale = |sum: Vec<f64>| {
            sum.into_iter()
                .map(|sum| sum / orders.len() as f64)
                .collect()
        };
        (shares.direct, shares.through) = (scale(direct), scale(through));
        let pairs = (orders.len() / 2) as f64;
        let error = |nth: usize| -> f64 {
            let variance: f64 = (squares[nth] - sums[nth] * sums[nth] / pairs) / (pairs - 1.0);
            (variance.max(0.0) / pairs).sqrt()
        };
        shares.error = (pairs > 1.0).then(|| (0..players).map(error).fold(0.0, f64::max));
        Ok(shares)
    }
}

/// The answer from what the models say.
fn written(
    game: &Game,
    shares: &Answers<Shares>,
    method: Method,
    data: &Dataset,
    replicates: usize,
) -> Attribution {
    let total = shares.point.all;
    let row = |part: Part, of: &dyn Fn(&Shares) -> f64| Contribution {
        part,
        amount: shares.estimate(of),
        share: match total > 0.0 {
            true => shares.estimate(|one| of(one) / total),
            false => {
                Estimate::not_assessed("the outcome does not sum to more than 0", shares.level())
            }
        },
    };
    let bare = shares.point.bare.is_some();
    let mut rows = vec![row(Part::Base, &|one| one.bare.unwrap_or(one.none))];
    if bare {
        let own = |one: &Shares| one.none - one.bare.unwrap_or(one.none);
        rows.push(row(Part::Autonomous, &own));
    }
    for (nth, name) in game.players.iter().enumerate() {
        rows.push(row(Part::Through(name.to_string()), &|one| {
            one.through[nth]
        }));
        if game.drawn(nth) {
            rows.push(row(Part::Direct(name.to_string()), &|one| one.direct[nth]));
        }
    }
    let split = |(nth, name): (usize, &&str)| Split {
        channel: name.to_string(),
        shapley: shares.estimate(|one| one.direct[nth] + one.through[nth]),
        removal: shares.estimate(|one| one.removals[nth]),
    };
    let roles = data.roles();
    let mediator = roles.only(Role::Mediator).unwrap_or_default();
    Attribution {
        outcome: roles.only(Role::Outcome).unwrap_or_default().into(),
        mediator: mediator.into(),
        total,
        rows,
        channels: game.players.iter().enumerate().map(split).collect(),
        together: shares.estimate(Shares::together),
        gap: shares.estimate(Shares::gap),
        findings: findings(
            &shares.point,
            &method,
            bare,
            mediator,
            (shares.draws.len(), replicates),
        ),
        method,
    }
}

fn findings(
    point: &Shares,
    method: &Method,
    bare: bool,
    mediator: &str,
    (asked, replicates): (usize, usize),
) -> Vec<Finding> {
    let share = match point.together() {
        0.0 => 0.0,
        together => (point.gap() / together).abs(),
    };
    let id = "decisions.interaction_gap";
    let gap = if *method == Method::Additive || share <= NOTABLE {
        Finding::new(
            id,
            Status::Passed,
            format!(
                "taking channels away one at a time adds up to within {:.1}% of taking all away",
                100.0 * share
            ),
        )
    } else {
        Finding::new(
            id,
            Status::Warning,
            format!(
                "taking channels away one at a time adds up to {:.0}% of taking all away: channels overlap \
                 or help each other, and the split shares that out over all orders; for a decision about \
                 one channel use its removal, not its part in the split",
                100.0 * (point.together() - point.gap()) / point.together()
            ),
        )
    };
    let mut findings = vec![gap.measured("share of the whole", share, Bound::AtMost(NOTABLE))];
    let mut limits = Vec::new();
    if let Method::Sampled { orders, error, .. } = method {
        limits.push(match error {
            Some(error) => format!(
                "there are too many channels for all coalitions: values are means over {orders} drawn orders, \
                 with a standard error of at most {error:.3e} due to the drawing"
            ),
            None => format!(
                "there are too many channels for all coalitions: values are means over {orders} drawn orders, \
                 too few to say how far the drawing moves them"
            ),
        });
    }
    if asked < replicates {
        limits.push(format!(
            "{asked} of {replicates} replicates were asked, to save time"
        ));
    }
    if !bare {
        limits.push(format!(
            "this model reads the prediction of {mediator} alone and so has no part for {mediator} that no \
             channel induced: it is in the base; fit with reading = \"two_slope\" to see it"
        ));
    }
    let finding = match limits.is_empty() {
        true => Finding::new(
            "decisions.attribution",
            Status::Passed,
            "the rows add up to the outcome, from all orders of channels and all replicates",
        ),
        false => Finding::new("decisions.attribution", Status::Warning, limits.join("; ")),
    };
    findings.push(finding);
    findings
}
