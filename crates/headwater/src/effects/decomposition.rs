//! One exposure's effect, split into what goes through the mediator and what goes around it.

use crate::error::Result;
use crate::features::ExposurePath;
use crate::mediation::FittedMediation;

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
    /// `[sum Y(x(1+h)) - sum Y(x(1-h))] / 2h`: divided by spend, the marginal gross ROAS.
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
        let observed = &model.prepared().observed;
        Decomposition::between(model, &observed.without(exposure), observed, exposure, step)
    }

    fn between(
        model: &FittedMediation,
        from: &ExposurePath,
        to: &ExposurePath,
        exposure: &str,
        step: f64,
    ) -> Result<Self> {
        let after = model.potential_outcome(to, to)?;
        let before = model.potential_outcome(from, from)?;
        // Without a drawn edge the two middle worlds are the same by definition.
        let middle = if model.prepared().direct.iter().any(|name| name == exposure) {
            model.potential_outcome(to, from)?.total()
        } else {
            before.total()
        };
        let more = to.scaled(exposure, 1.0 + step);
        let less = to.scaled(exposure, 1.0 - step);
        let difference = model.potential_outcome(&more, &more)?.total()
            - model.potential_outcome(&less, &less)?.total();
        Ok(Decomposition {
            total: after.total() - before.total(),
            direct: middle - before.total(),
            indirect: after.total() - middle,
            induced_mediator: after.mediator.iter().sum::<f64>()
                - before.mediator.iter().sum::<f64>(),
            marginal: difference / (2.0 * step),
            clamped: before.clamped,
        })
    }
}
