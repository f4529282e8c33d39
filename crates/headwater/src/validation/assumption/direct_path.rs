//! Which exposures reach the outcome around the mediator?

use nalgebra::DMatrix;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::overidentification::Overidentification;
use crate::error::Result;
use crate::validation::linear_twin::{LinearTwin, Partialled};
use crate::validation::{ChiSquaredTest, hac, holm};

/// The level of every test of the rule.
pub const LEVEL: f64 = 0.05;

/// The correlation of what both stages leave unexplained up to which the weak-stage test must
/// reject: one standard deviation of the usual prior for it (methods brief, 8.2). How much further
/// the rejection holds is reported beside it.
const PLAUSIBLE_CORRELATION: f64 = 0.3;

/// Steps of the correlation at which the weak-stage test is tried.
const STEP: f64 = 0.05;

/// How well "no direct path" fits, and which exposures would have to be freed to make it fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DirectPath {
    /// The test that decided.
    pub test: RuleTest,
    /// Its p value for the graph as drawn.
    pub p: f64,
    /// The fewest exposures whose direct edge makes the rule fit; empty when it fits as drawn, or
    /// when none does.
    pub channels: Vec<String>,
    /// Whether freeing them leaves a test that could still have failed. False means that the data
    /// cannot tell these channels from others.
    pub verified: bool,
    /// Single exposures that would do as well, by the same test.
    pub alternatives: Vec<String>,
    /// Of the weak-stage test: the correlation of what both stages leave unexplained up to which
    /// it rejects; null for J, which needs no such bound, and where it does not reject.
    pub holds_up_to: Option<f64>,
    /// Each exposure's direct effect if nothing unmeasured moves mediator and outcome together
    /// (A2).
    pub given_mediator: Vec<DirectEffect>,
    /// All undrawn direct effects together under A2, HAC score form.
    pub joint_given_mediator: Option<ChiSquaredTest>,
}

/// How the rule was tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleTest {
    /// HAC Hansen J: needs a first stage that is not weak.
    HansenJ,
    /// Whether all that a channel does to the outcome could have gone through the mediator at any
    /// worth that a residual correlation within 0.3 allows, by HAC score tests, corrected for
    /// several channels by Holm's rule. Needs no first stage.
    PlausibleWorth,
}

impl RuleTest {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            RuleTest::HansenJ => "HAC Hansen J",
            RuleTest::PlausibleWorth => "HAC score tests at every plausible worth",
        }
    }
}

/// A direct effect under A2.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DirectEffect {
    /// The exposure.
    pub channel: String,
    /// Its direct effect over all weeks, in outcome units: `sum lost d` of `Y ~ M + S + W`.
    pub effect: f64,
    /// The same as a share of its unrestricted total effect; null where that is 0.
    pub share: Option<f64>,
    /// HAC score test of no direct effect, the others free.
    pub p: f64,
    /// The same, by Holm's (1979) rule for all exposures together.
    pub p_holm: f64,
}

impl DirectPath {
    /// Tests the rule for the graph as drawn by Hansen's J and searches for the exposures to free:
    /// one at a time, each time the one that makes the rest fit best (the moment selection of
    /// Andrews 1999, forward). `None` with a single instrument.
    pub fn by_hansen_j(twin: &LinearTwin) -> Option<Self> {
        let mut found = DirectPath::new(twin, RuleTest::HansenJ, hansen_j(twin, &[])?);
        if found.p < LEVEL {
            found.search(twin, &undrawn(twin));
        }
        Some(found)
    }

    /// Tests each exposure by whether all it does to the outcome can have gone through the
    /// mediator, whatever the first stage: the HAC score test of its slope in
    /// `Y - worth M ~ S + W`, at the worth of a mediator unit that suits it best.
    pub fn by_plausible_worth(twin: &LinearTwin) -> Option<Self> {
        let system = twin.reduced_form(None).ok()?;
        let names = undrawn(twin);
        let lags = hac::lags(twin.weeks());
        let tested = |correlation: f64| -> Option<Vec<(&str, f64)>> {
            let worths: Vec<f64> = plausible_worths(&system, correlation).collect();
            let p = |name: &str| {
                let own = twin.columns_of(name);
                let at = |worth: &f64| Some(score(&system, &own, Some(*worth), lags)?.p);
                let all: Option<Vec<f64>> = worths.iter().map(at).collect();
                all?.into_iter().reduce(f64::max)
            };
            let each = names.iter().copied();
            let mut tested: Vec<(&str, f64)> = each
                .map(|name| Some((name, p(name)?)))
                .collect::<Option<_>>()?;
            tested.sort_by(|a, b| a.1.total_cmp(&b.1));
            let adjusted = holm(&tested.iter().map(|(_, p)| *p).collect::<Vec<_>>());
            for ((_, p), adjusted) in tested.iter_mut().zip(adjusted) {
                *p = adjusted;
            }
            Some(tested)
        };
        let at_bound = tested(PLAUSIBLE_CORRELATION)?;
        let mut found = DirectPath::new(twin, RuleTest::PlausibleWorth, at_bound.first()?.1);
        let rejected = at_bound.iter().filter(|(_, p)| *p < LEVEL);
        found.channels = rejected.map(|(name, _)| name.to_string()).collect();
        found.verified = !found.channels.is_empty();
        if found.verified {
            let mut holds = PLAUSIBLE_CORRELATION;
            while holds + STEP < 0.99 && tested(holds + STEP)?.first()?.1 < LEVEL {
                holds += STEP;
            }
            found.holds_up_to = Some((holds / STEP).round() / STEP.recip());
        }
        Some(found)
    }

    fn new(twin: &LinearTwin, test: RuleTest, p: f64) -> Self {
        let (given_mediator, joint_given_mediator) =
            given_mediator(twin, &undrawn(twin)).unwrap_or_default();
        DirectPath {
            test,
            p,
            channels: Vec::new(),
            verified: false,
            alternatives: Vec::new(),
            holds_up_to: None,
            given_mediator,
            joint_given_mediator,
        }
    }

    fn search(&mut self, twin: &LinearTwin, undrawn: &[&str]) {
        let mut freed: Vec<&str> = Vec::new();
        while freed.len() < undrawn.len() {
            let mut tried: Vec<(&str, f64)> = undrawn
                .iter()
                .filter(|name| !freed.contains(name))
                .filter_map(|name| {
                    let mut more = freed.clone();
                    more.push(name);
                    Some((*name, hansen_j(twin, &more)?))
                })
                .collect();
            tried.sort_by(|a, b| b.1.total_cmp(&a.1));
            let Some((best, p)) = tried.first().copied() else {
                // Nothing is left that could fail: the culprits cannot be told apart.
                break;
            };
            freed.push(best);
            if p >= LEVEL {
                self.verified = true;
                self.channels = freed.iter().map(|name| name.to_string()).collect();
                if freed.len() == 1 {
                    let others = tried[1..].iter().filter(|(_, p)| *p >= LEVEL);
                    self.alternatives = others.map(|(name, _)| name.to_string()).collect();
                }
                return;
            }
        }
    }
}

/// The p value of Hansen's J with the named exposures freed; `None` when nothing is left to test.
fn hansen_j(twin: &LinearTwin, freed: &[&str]) -> Option<f64> {
    let system = twin.instruments(freed, None).ok()?;
    Some(Overidentification::of(&system)?.hansen_j.p)
}

/// The exposures without a drawn edge.
pub fn undrawn(twin: &LinearTwin) -> Vec<&str> {
    twin.exposures
        .iter()
        .filter(|exposure| !exposure.drawn)
        .map(|exposure| exposure.name.as_str())
        .collect()
}

/// What a unit of the mediator is worth for residual correlations up to `most` either way
/// (methods brief, 6.1).
fn plausible_worths(system: &Partialled, most: f64) -> impl Iterator<Item = f64> {
    let (e1, e2) = (system.residual(&system.y), system.residual(&system.m));
    let (s1, s2) = (e1.norm(), e2.norm());
    let between = (e1.dot(&e2) / (s1 * s2)).clamp(-1.0, 1.0);
    let steps = (most / STEP).round() as i32;
    (-steps..=steps).map(move |step| {
        let rho = f64::from(step) * STEP;
        let other = ((1.0 - between * between) / (1.0 - rho * rho)).sqrt();
        s1 / s2 * (between - rho * other)
    })
}

/// `d` of `Y ~ M + S + W` for each undrawn exposure, with score tests.
fn given_mediator(
    twin: &LinearTwin,
    undrawn: &[&str],
) -> Result<(Vec<DirectEffect>, Option<ChiSquaredTest>)> {
    let system = twin.reduced_form(None)?;
    let lags = hac::lags(twin.weeks());
    let (b, a, tau) = (system.b_auto(), system.first_stage(), system.totals());
    let direct: Vec<f64> = (0..tau.len()).map(|c| tau[c] - b * a[c]).collect();
    let total: Vec<f64> = tau.iter().copied().collect();
    let mut effects = Vec::new();
    for name in undrawn {
        let own = twin.columns_of(name);
        let Some(test) = score(&system, &own, None, lags) else {
            continue;
        };
        let exposure = twin.exposures.iter().find(|one| one.name == *name);
        let exposure = exposure.expect("undrawn exposures come from the twin");
        let (effect, all) = (
            twin.contribution(exposure, &direct),
            twin.contribution(exposure, &total),
        );
        if !effect.is_finite() {
            // Too large for a number on a log link.
            continue;
        }
        effects.push(DirectEffect {
            channel: name.to_string(),
            effect,
            share: Some(effect / all).filter(|share| share.is_finite()),
            p: test.p,
            p_holm: 1.0,
        });
    }
    effects.sort_by(|a, b| a.p.total_cmp(&b.p));
    let adjusted = holm(&effects.iter().map(|effect| effect.p).collect::<Vec<_>>());
    for (effect, p) in effects.iter_mut().zip(adjusted) {
        effect.p_holm = p;
    }
    let all: Vec<usize> = undrawn
        .iter()
        .flat_map(|name| twin.columns_of(name))
        .collect();
    Ok((effects, score(&system, &all, None, lags)))
}

/// The HAC score test that the columns `own` of `S` have no slope in `Y ~ M + S + W`, or, where
/// the worth of a mediator unit is given, in `Y - worth M ~ S + W`.
fn score(
    system: &Partialled,
    own: &[usize],
    worth: Option<f64>,
    lags: usize,
) -> Option<ChiSquaredTest> {
    let mut held = crate::numeric::orthonormal::Basis::default();
    let target = match worth {
        Some(worth) => &system.y - &system.m * worth,
        None => {
            held.push(system.m.as_slice());
            system.y.clone()
        }
    };
    for (at, column) in system.s.column_iter().enumerate() {
        if !own.contains(&at) {
            held.push(column.clone_owned().as_slice());
        }
    }
    let left = |values: &[f64]| nalgebra::DVector::from_vec(held.residual(values));
    let columns: Vec<_> = own
        .iter()
        .map(|at| left(system.s.column(*at).clone_owned().as_slice()))
        .collect();
    if columns.is_empty() {
        return None;
    }
    let d = DMatrix::from_columns(&columns);
    hac::score_test(&d, &left(target.as_slice()), lags)
}
