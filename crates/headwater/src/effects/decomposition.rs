//! One exposure's effect, split into what goes through the mediator and what goes around it.

use crate::error::Result;
use crate::mediation::{BuiltPath, FittedMediation, Prepared};

/// The sums of one exposure's effects for one fitted model, for the contrast observed spend
/// against none (see [`ChannelEffects`](super::ChannelEffects) for the definitions).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decomposition {
    /// `sum Y - sum Y(x, M(x))`.
    pub total: f64,
    /// `sum Y(x', M(x)) - sum Y(x, M(x))`.
    pub direct: f64,
    /// `sum Y - sum Y(x', M(x))`.
    pub indirect: f64,
    /// `sum M - sum M(x)`.
    pub induced_mediator: f64,
    /// `[sum Y(x(1+h)) - sum Y(x(1-h))] / 2h`: divided by spend, the marginal gross ROAS. NaN where no
    /// `h` was given.
    pub marginal: f64,
    /// Weeks of the world without the exposure in which the mediator was held at zero.
    pub clamped: usize,
}

/// Half the width of the central difference: 1% of spend for smooth stages, 10% for trees, whose
/// derivative is zero almost everywhere (methods brief, 2.5).
pub const SMOOTH_STEP: f64 = 0.01;
/// See [`SMOOTH_STEP`].
pub const TREE_STEP: f64 = 0.10;

impl Decomposition {
    /// Compares the observed world with the one in which `exposure` never ran.
    ///
    /// `direct + indirect == total` by construction: all three are differences between the same
    /// worlds.
    pub fn of(model: &FittedMediation, exposure: &str, step: f64) -> Result<Self> {
        let contrasts = Contrasts::of(model.prepared(), std::iter::once(exposure), step);
        Ok(contrasts.decompose(model)?[0])
    }
}

/// The paths that decompositions compare, built once for all refits of a model.
pub struct Contrasts {
    observed: BuiltPath,
    exposures: Vec<Contrast>,
}

/// The paths in which one exposure differs from what was observed.
struct Contrast {
    /// Whether its edge to the outcome is drawn.
    direct: bool,
    without: BuiltPath,
    nudged: Option<Nudged>,
}

/// An exposure with a little more spend and with a little less.
struct Nudged {
    more: BuiltPath,
    less: BuiltPath,
    step: f64,
}

impl Contrasts {
    /// For these exposures; `step` is half the width of the central difference, as a part of the
    /// spend, or `None` where nobody asks for marginal effects.
    pub fn of<'a>(
        prepared: &Prepared,
        exposures: impl Iterator<Item = &'a str>,
        step: impl Into<Option<f64>>,
    ) -> Self {
        let (observed, step) = (&prepared.observed, step.into());
        let scaled = |exposure: &str, factor| prepared.build(observed.scaled(exposure, factor));
        let contrast = |exposure: &str| Contrast {
            direct: prepared.direct.iter().any(|name| name == exposure),
            without: prepared.build(observed.without(exposure)),
            nudged: step.map(|step| Nudged {
                more: scaled(exposure, 1.0 + step),
                less: scaled(exposure, 1.0 - step),
                step,
            }),
        };
        Contrasts {
            exposures: exposures.map(contrast).collect(),
            observed: prepared.build(observed.clone()),
        }
    }

    /// One decomposition for each exposure.
    pub fn decompose(&self, model: &FittedMediation) -> Result<Vec<Decomposition>> {
        let world = |direct: &BuiltPath, mediated: &BuiltPath| {
            model.potential_outcome_built(direct, mediated)
        };
        let observed = &self.observed;
        let after = world(observed, observed)?;
        let decompose = |contrast: &Contrast| {
            let before = world(&contrast.without, &contrast.without)?;
            // Without a drawn edge the two middle worlds are the same by definition.
            let middle = if contrast.direct {
                world(observed, &contrast.without)?.total()
            } else {
                before.total()
            };
            let marginal = match &contrast.nudged {
                Some(Nudged { more, less, step }) => {
                    (world(more, more)?.total() - world(less, less)?.total()) / (2.0 * step)
                }
                None => f64::NAN,
            };
            Ok(Decomposition {
                total: after.total() - before.total(),
                direct: middle - before.total(),
                indirect: after.total() - middle,
                induced_mediator: after.mediator.iter().sum::<f64>()
                    - before.mediator.iter().sum::<f64>(),
                marginal,
                clamped: before.clamped,
            })
        };
        self.exposures.iter().map(decompose).collect()
    }
}
