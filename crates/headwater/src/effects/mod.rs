//! What each channel is worth: through the mediator and around it.

pub mod block_length;
mod bootstrap;
mod carry_over;
mod decomposition;
mod ensemble;
mod summary;

pub use bootstrap::{
    BlockLength, Bootstrap, BootstrapSettings, Replicates, Resampling, draw_blocks,
};
pub use carry_over::{carry_over_beyond, carry_over_finding};
pub use decomposition::{Contrasts, Decomposition, SMOOTH_STEP, TREE_STEP};
pub use ensemble::{Answers, Ensemble};
pub use summary::{Channel, clamped_finding, percentile};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::data::role::Unit;
use crate::estimate::Estimate;

/// The effects of one exposure for the contrast *observed spend against none*, summed over all
/// weeks of the data, with the other exposures as observed.
///
/// With `x` the path without this exposure and `x'` the observed one (methods brief, 1.1):
/// `total = direct + indirect`, `direct = sum Y(x', M(x)) - Y(x, M(x))` (pure direct effect),
/// `indirect = sum Y(x', M(x')) - Y(x', M(x))` (total indirect effect).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChannelEffects {
    /// The exposure's column.
    pub channel: String,
    /// What the exposure is measured in.
    pub unit: Unit,
    /// The exposure's sum over all weeks, in its unit.
    pub spend: f64,
    /// Total effect, in outcome units.
    pub total: Estimate,
    /// Effect around the mediator, in outcome units; exactly 0 without a drawn edge.
    pub direct: Estimate,
    /// Effect through the mediator, in outcome units.
    pub indirect: Estimate,
    /// `indirect / total`; only where the total's interval excludes 0, never clipped.
    pub proportion_mediated: Estimate,
    /// Mediator spend that the exposure set off, in mediator units.
    pub induced_mediator_spend: Estimate,
    /// Returns on spend.
    pub roas: Roas,
}

impl ChannelEffects {
    /// Mediator spend that a unit of the exposure set off, in mediator units: the interval of the sum
    /// by the exposure's own sum, which is known.
    pub fn induced_per_unit(&self) -> Estimate {
        let induced = &self.induced_mediator_spend;
        if self.spend <= 0.0 {
            return Estimate::not_assessed("the exposure sums to nothing", induced.level);
        }
        let per_unit = |sum: Option<f64>| sum.map(|sum| sum / self.spend);
        Estimate {
            point: per_unit(induced.point),
            lower: per_unit(induced.lower),
            upper: per_unit(induced.upper),
            ..induced.clone()
        }
    }
}

/// Outcome per unit of money spent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Roas {
    /// `total / spend`: ignores the induced mediator bill.
    pub gross: Estimate,
    /// `total / (spend + induced mediator spend)`.
    pub loaded: Estimate,
    /// Gross return of the next dollar: central difference around the observed path.
    pub marginal: Estimate,
}
