//! Is there a path from the exposures through the mediator to the outcome?

use super::strength::{PathStrength, WEAK};
use crate::effects::ChannelEffects;
use crate::error::Result;
use crate::finding::{Finding, Status};

/// Below this p value the exposures move the mediator beyond chance.
const SIGNIFICANT: f64 = 0.05;

/// Weighs the first stage and the indirect intervals together.
///
/// Passed: the first stage is strong and some indirect interval excludes 0. Warning: some interval
/// does but the first stage is weak. Failed: every indirect interval covers 0, or the exposures do
/// not move the mediator beyond chance (with several channels one interval excludes 0 by accident
/// far more often than its level says). The absence of direct effects is not tested here.
pub fn path(mediator: &str, strength: Result<PathStrength>, effects: &[ChannelEffects]) -> Finding {
    const ID: &str = "mediation.path";
    let excluding: Vec<&str> = effects
        .iter()
        .filter(|effect| effect.indirect.excludes(0.0) == Some(true))
        .map(|effect| effect.channel.as_str())
        .collect();
    let assessed = effects
        .iter()
        .any(|effect| effect.indirect.interval().is_some());
    let strength = match strength {
        Ok(strength) => strength,
        Err(error) => {
            return Finding::new(
                ID,
                Status::NotAssessed,
                format!(
                    "the strength of the path through {mediator} could not be measured: {error}"
                ),
            )
            .with("indirect_intervals_excluding_0", excluding);
        }
    };
    let figures = format!(
        "the exposures explain {:.0}% of what the controls leave of {mediator} (HAC F {:.1}, p {})",
        100.0 * strength.partial_r2,
        strength.f_hac,
        if strength.p < 0.001 {
            "below 0.001".into()
        } else {
            format!("{:.3}", strength.p)
        },
    );
    let (status, summary) = if !assessed {
        (
            Status::NotAssessed,
            format!("{figures}; without bootstrap intervals nothing is said of the effects"),
        )
    } else if excluding.is_empty() {
        (
            Status::Failed,
            format!(
                "the path through {mediator} is not supported: every indirect interval covers 0; {figures}"
            ),
        )
    } else if strength.p >= SIGNIFICANT {
        (
            Status::Failed,
            format!(
                "the path through {mediator} is not supported: {figures}; the indirect interval of {} leaves \
                 0 out, which one of {} channels may do by chance",
                excluding.join(" and "),
                effects.len()
            ),
        )
    } else if strength.f_hac < WEAK {
        (
            Status::Warning,
            format!(
                "the path through {mediator} is weak: {figures}; the indirect effect of {} is distinguishable \
                 from 0, but its size is uncertain",
                excluding.join(" and ")
            ),
        )
    } else {
        (
            Status::Passed,
            format!(
                "a path through {mediator} is visible: {figures}; the indirect effect of {} is \
                 distinguishable from 0, provided the exposures have no direct effect that is not drawn, \
                 which is not tested yet",
                excluding.join(" and ")
            ),
        )
    };
    Finding::new(ID, status, summary)
        .with("f", strength.f)
        .with("f_hac", strength.f_hac)
        .with("p", strength.p)
        .with("partial_r2", strength.partial_r2)
        .with("hac_lags", strength.lags)
        .with("indirect_intervals_excluding_0", excluding)
}
