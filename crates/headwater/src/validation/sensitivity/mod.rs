//! How much the answer depends on what no fit can show.
//!
//! Three questions of the linear twin, each in closed form:
//!
//! - [`UnmeasuredDemand`]: something unseen moves mediator and outcome together (A2 fails),
//! - [`DirectShare`]: part of a channel's effect goes around the mediator (A3 fails),
//! - [`Robustness`]: a hidden cause stands behind exposure and outcome (A1 fails).
//!
//! [`Stories`] puts the returns under the first two side by side.

mod direct_share;
mod findings;
mod returns;
mod rho;
mod robustness;
mod stories;
mod system;
mod worlds;

pub use direct_share::{
    ChannelReturn, DirectShare, LocalToZero, RankingBreak, SHARES, ShareRow, ShareTable,
    VerdictBreak, return_given_direct,
};
pub use findings::not_assessed;
pub use returns::{Judged, Return};
pub use rho::{ChannelSplit, RhoPoint, Shocks, UnmeasuredDemand, grid};
pub use robustness::{
    Benchmark, Coefficient, Confounder, Robustness, Slope, partial_r2, robustness_value,
};
pub use stories::{QUARTER, Stories, Story, StoryRow, StoryWorld};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::linear_twin::LinearTwin;
use crate::data::role::{Role, Roles, Unit};
use crate::error::{Error, Result};
use crate::finding::Finding;
use crate::mediation::Link;
use returns::Costs;
use system::System;

/// How sensitivity is judged: `[sensitivity]` in `headwater.toml`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SensitivitySettings {
    /// The gross margin, in (0, 1]: what is left of a unit of outcome. A channel is worth its
    /// money when its return is above 1 / margin. When absent, 1: revenue against cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin: Option<f64>,
}

impl SensitivitySettings {
    /// Refuses margins outside (0, 1].
    ///
    /// ```
    /// use headwater::validation::sensitivity::SensitivitySettings;
    /// assert!(SensitivitySettings { margin: Some(0.4) }.validate().is_ok());
    /// assert!(SensitivitySettings { margin: Some(40.0) }.validate().is_err());
    /// ```
    pub fn validate(&self) -> Result<()> {
        match self.margin {
            Some(margin) if !(margin > 0.0 && margin <= 1.0) => Err(Error::setting(
                format!("[sensitivity] margin = {margin} must lie above 0 and at most at 1"),
                "write a share, such as `margin = 0.4` for 40%, or leave the line out",
            )),
            _ => Ok(()),
        }
    }

    /// The return above which a channel is worth its money.
    pub fn bound(&self) -> f64 {
        1.0 / self.margin.unwrap_or(1.0)
    }
}

/// How intervals are made: resamples of whole weeks in blocks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Resamples {
    /// The number of resamples; 0 for no intervals.
    pub replicates: usize,
    /// Weeks in a block, as in the bootstrap of the effects.
    pub block_length: usize,
    /// The seed of the random streams.
    pub seed: u64,
    /// The nominal coverage, in (0, 1).
    pub level: f64,
}

/// What would change the answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sensitivity {
    /// The scale of every slope: of the outcome, or of its logarithm.
    pub link: Link,
    /// Unmeasured demand; null when it could not be assessed, as its finding says.
    pub unmeasured_demand: Option<UnmeasuredDemand>,
    /// Direct paths; null with a weak first stage.
    pub direct_share: Option<DirectShare>,
    /// Hidden causes; null when no slope has an error.
    pub robustness: Option<Robustness>,
    /// Returns under three stories; null when no channel has a return.
    pub stories: Option<Stories>,
}

/// Asks the linear twin what would change the answer. `None` when the twin's system has no
/// solution; the findings, always the same four, say why.
///
/// ```
/// use headwater::analysis::{Settings, run};
/// use headwater::progress::Silent;
/// use headwater::simulate::{MarketSettings, simulate};
/// use headwater::validation::linear_twin::LinearTwin;
/// use headwater::validation::sensitivity::{Resamples, SensitivitySettings, sensitivity};
///
/// let market = simulate(&MarketSettings::default())?;
/// let mut settings = Settings::default();
/// settings.bootstrap.replicates = Some(0);
/// let fit = run(&market.dataset, Vec::new(), &settings, &Silent)?;
/// let twin = LinearTwin::of(&fit.model, &market.dataset)?;
/// let resamples = Resamples { replicates: 100, block_length: 8, seed: 42, level: 0.95 };
/// let (found, findings) = sensitivity(
///     &twin,
///     market.dataset.roles(),
///     &SensitivitySettings::default(),
///     &resamples,
/// );
/// let demand = found.and_then(|found| found.unmeasured_demand).expect("the market has noise");
/// // The correlation that the truth, no hidden demand and a return of 3, needs is near 0.
/// assert!(demand.no_direct_path.excludes(0.0) == Some(false));
/// assert_eq!(findings.len(), 4);
/// # Ok::<(), headwater::error::Error>(())
/// ```
pub fn sensitivity(
    twin: &LinearTwin,
    roles: &Roles,
    settings: &SensitivitySettings,
    resamples: &Resamples,
) -> (Option<Sensitivity>, Vec<Finding>) {
    let mediator = roles.only(Role::Mediator).unwrap_or("the mediator");
    let outcome = roles.only(Role::Outcome).unwrap_or("the outcome");
    let unit = roles
        .columns
        .get(mediator)
        .map_or(Unit::Money, |it| it.unit);
    let system = match System::new(twin, mediator) {
        Ok(system) => system,
        Err(error) => return (None, findings::not_assessed(&error)),
    };
    let bound = settings.bound();
    let costs = Costs::new(&system, unit);
    let demand = UnmeasuredDemand::new(&system, resamples);
    let direct_share = match &system.exclusion {
        Ok(exclusion) => Ok(DirectShare::new(
            &system,
            exclusion,
            &costs,
            bound,
            resamples.level,
        )),
        Err(why) => Err(why.clone()),
    };
    let robustness = Robustness::new(&system);
    let b_auto = demand.as_ref().ok().map(|demand| demand.b_auto);
    let stories = Stories::new(&system, &costs, b_auto, bound);
    let words = findings::Words {
        mediator,
        outcome,
        drawn: twin
            .exposures
            .iter()
            .filter(|exposure| exposure.drawn)
            .map(|exposure| exposure.name.as_str())
            .collect(),
    };
    let findings = vec![
        words.unmeasured_demand(&demand),
        words.direct_share(&direct_share),
        words.robustness(&robustness),
        words.stories(stories.as_ref()),
    ];
    let sensitivity = Sensitivity {
        link: twin.link,
        unmeasured_demand: demand.ok(),
        direct_share: direct_share.ok(),
        robustness: robustness.ok(),
        stories,
    };
    (Some(sensitivity), findings)
}
