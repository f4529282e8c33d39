//! What an intervention changes: differences of potential outcomes, for many refits of one recipe.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use super::link::Link;
use super::model::{FittedMediation, Mediated, subtract};
use super::policy::MediatorPolicy;
use super::prepared::BuiltPath;
use crate::data::Dataset;
use crate::design::Design;
use crate::error::Result;
use crate::features::{CarryOver, ExposurePath};

/// Other spend, levers or controls over the weeks of a model, built once and then asked of the model
/// and of all its refits: see [`FittedMediation::change`].
///
/// For linear stages it keeps by how much each column of a design moves, which is the same for all
/// refits with the same carry-over.
pub struct Intervention {
    standing: BuiltPath,
    planned: BuiltPath,
    policy: MediatorPolicy,
    /// Whether anything that changes reaches the outcome around the mediator.
    around: bool,
    /// The column of stage 2 that moves with the mediator one for one, where no other does.
    mediator_column: Option<usize>,
    mediator_moves: Vec<(CarryOver, OnceLock<Moves>)>,
    outcome_moves: Vec<(CarryOver, OnceLock<Moves>)>,
}

/// What an intervention changes, week by week.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Of the mediator, `M(x') - M(x)`.
    pub mediator: Vec<f64>,
    /// Of the outcome around the mediator, `Y(x', M(x)) - Y(x, M(x))`.
    pub direct: Vec<f64>,
    /// Of the outcome through the mediator, `Y(x', M(x')) - Y(x', M(x))`.
    pub through: Vec<f64>,
    /// Weeks in which the mediator would have fallen below zero and was held at zero.
    pub clamped: usize,
}

/// The columns of a design that an intervention moves, by their place, and by how much each week.
#[derive(Clone)]
struct Moves(Vec<(usize, Vec<f64>)>);

impl Moves {
    fn between(standing: &Design, planned: &Design) -> Self {
        let columns = standing.columns().iter().zip(planned.columns()).enumerate();
        let moved = columns.filter(|(_, (stands, wanted))| stands.values != wanted.values);
        let by = moved
            .map(|(place, (stands, wanted))| (place, subtract(&wanted.values, &stands.values)));
        Moves(by.collect())
    }

    /// `sum_j slope_j (x'_tj - x_tj)`, week by week.
    fn times(&self, slopes: &[(Arc<str>, f64)], weeks: usize) -> Vec<f64> {
        let mut sums = vec![0.0; weeks];
        for (place, by) in &self.0 {
            let (_, slope) = slopes[*place];
            for (sum, by) in sums.iter_mut().zip(by) {
                *sum += slope * by;
            }
        }
        sums
    }
}

impl Intervention {
    /// `standing` holds the weeks that `model` stands over, `planned` the same as they would be.
    ///
    /// # Errors
    /// Those of [`Prepared::build_world`](super::Prepared::build_world).
    pub fn new(
        model: &FittedMediation,
        standing: &Dataset,
        planned: &Dataset,
        policy: MediatorPolicy,
    ) -> Result<Self> {
        let (prepared, roles) = (&model.prepared, standing.roles());
        let changed = |name: &str| standing.column(name) != planned.column(name);
        let covariates = roles.covariates().into_iter().any(changed);
        let unbuilt = || {
            let carry_overs = prepared.carry_overs();
            carry_overs
                .map(|carry_over| (carry_over.clone(), OnceLock::new()))
                .collect()
        };
        let standing = prepared.standing();
        Ok(Intervention {
            around: covariates || prepared.direct.iter().any(|name| changed(name)),
            // features read nothing of the spend
            planned: match covariates {
                true => prepared.build_world(planned)?,
                false => prepared.build(ExposurePath::observed(planned)),
            },
            policy,
            mediator_column: model.mediator_column(&standing),
            mediator_moves: unbuilt(),
            outcome_moves: unbuilt(),
            standing,
        })
    }

    /// The moves of stage 1's columns.
    fn of_mediator(&self, carry_over: &CarryOver) -> Cow<'_, Moves> {
        known(&self.mediator_moves, carry_over, || {
            let [standing, planned] =
                [&self.standing, &self.planned].map(|path| path.mediator_design(carry_over));
            Moves::between(&standing, &planned)
        })
    }

    /// The moves of stage 2's columns while the mediator stands.
    fn of_outcome(&self, model: &FittedMediation) -> Cow<'_, Moves> {
        let carry_over = &model.second.carry_over;
        known(&self.outcome_moves, carry_over, || {
            let still = vec![0.0; model.mediator.len()];
            let [standing, planned] =
                [&self.standing, &self.planned].map(|path| model.outcome_design_at(path, &still));
            Moves::between(&standing, &planned)
        })
    }
}

/// What was made before for a carry-over that is a candidate; else made now.
fn known<'a>(
    made: &'a [(CarryOver, OnceLock<Moves>)],
    carry_over: &CarryOver,
    make: impl FnOnce() -> Moves,
) -> Cow<'a, Moves> {
    match made.iter().find(|(candidate, _)| candidate == carry_over) {
        Some((_, moves)) => Cow::Borrowed(moves.get_or_init(make)),
        None => Cow::Owned(make()),
    }
}

impl FittedMediation {
    /// What an intervention changes by this model, which is the one that the intervention was built for
    /// or a refit of its recipe to the same weeks.
    ///
    /// Differences of [potential outcomes](Self::potential_outcome_under). Where both stages are
    /// linear, the link is the identity and the mediator enters stage 2 in no product, all that does
    /// not move cancels and the same differences are
    ///
    /// ```text
    /// M(x') - M(x)               = hold(M + (X1' - X1) a) - M
    /// Y(x', M(x)) - Y(x, M(x))   = (X2' - X2) b
    /// Y(x', M(x')) - Y(x', M(x)) = b_M (M(x') - M(x))
    /// ```
    ///
    /// over the columns that move alone, with `hold` the policy and the bound at zero.
    ///
    /// # Errors
    /// Those of the [predictors](crate::estimators::Predictor::predict).
    pub fn change(&self, intervention: &Intervention) -> Result<Change> {
        match self.straight_change(intervention) {
            Some(change) => Ok(change),
            None => self.difference_of_worlds(intervention),
        }
    }

    fn straight_change(&self, intervention: &Intervention) -> Option<Change> {
        let first = self.first.predictor.slopes()?;
        let second = self.second.predictor.slopes()?;
        let (_, worth) = second[intervention.mediator_column?];
        if self.settings.link != Link::Identity {
            return None;
        }
        let weeks = self.weeks();
        let moves = intervention.of_mediator(&self.first.carry_over);
        let moves = moves.times(first, self.mediator.len());
        let (moved, clamped) = self.held(&moves, intervention.policy);
        let mediator = subtract(&moved[weeks.clone()], &self.mediator[weeks.clone()]);
        let direct = match intervention.around {
            true => {
                let moves = intervention.of_outcome(self);
                moves.times(second, self.mediator.len())[weeks].to_vec()
            }
            false => vec![0.0; mediator.len()],
        };
        Some(Change {
            // nothing by a slope below zero is 0 and not -0
            through: mediator.iter().map(|by| 0.0 + worth * by).collect(),
            mediator,
            direct,
            clamped,
        })
    }

    fn difference_of_worlds(&self, intervention: &Intervention) -> Result<Change> {
        let Intervention {
            standing,
            planned,
            policy,
            around,
            ..
        } = intervention;
        let world = |direct: &BuiltPath, mediated: &BuiltPath| {
            self.potential_outcome_under(*policy, direct, mediated)
        };
        let before = world(standing, standing)?;
        let after = world(planned, planned)?;
        let mediator = subtract(&after.mediator, &before.mediator);
        let (direct, through) = match around {
            true => {
                let between = world(planned, standing)?;
                (
                    subtract(&between.outcome, &before.outcome),
                    subtract(&after.outcome, &between.outcome),
                )
            }
            false => (
                vec![0.0; mediator.len()],
                subtract(&after.outcome, &before.outcome),
            ),
        };
        Ok(Change {
            mediator,
            direct,
            through,
            clamped: after.clamped,
        })
    }

    /// The one column of stage 2 that moves with the mediator, one for one; none where a product
    /// moves as well.
    fn mediator_column(&self, path: &BuiltPath) -> Option<usize> {
        let weeks = self.mediator.len();
        let [standing, moved] =
            [0.0, 1.0].map(|level| self.outcome_design_at(path, &vec![level; weeks]));
        match Moves::between(&standing, &moved).0.as_slice() {
            [(place, by)] if by.iter().all(|by| *by == 1.0) => Some(*place),
            _ => None,
        }
    }

    /// Stage 2's design where all of the mediator follows from the exposures.
    fn outcome_design_at(&self, path: &BuiltPath, mediator: &[f64]) -> Design {
        let columns = Mediated::new(self.settings.reading, mediator, mediator);
        path.features
            .outcome_design(&path.path, &self.second.carry_over, columns.as_columns())
    }
}
