//! Is there a path from the exposures through the mediator to the outcome?

use super::strength::{PathStrength, WEAK};
use crate::effects::ChannelEffects;
use crate::error::Result;
use crate::finding::{Finding, Status};
use crate::mediation::Reading;

/// Below this p value the exposures move the mediator beyond chance.
const SIGNIFICANT: f64 = 0.05;

/// Weighs the first stage and the indirect intervals together.
///
/// Passed: the first stage is strong and some indirect interval excludes 0. Warning: some interval
/// does but the first stage is weak. Failed: every indirect interval covers 0, or the exposures do
/// not move the mediator beyond chance (with several channels one interval excludes 0 by accident
/// far more often than its level says). The absence of direct effects is not tested here.
pub fn path(
    mediator: &str,
    reading: Reading,
    drawn: &[String],
    strength: Result<PathStrength>,
    effects: &[ChannelEffects],
) -> Finding {
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
    let who = if drawn.is_empty() {
        "the exposures".into()
    } else {
        format!(
            "the exposures other than {}",
            listed(&drawn.iter().map(String::as_str).collect::<Vec<_>>())
        )
    };
    let proviso = match reading {
        Reading::Observed => "no unmeasured demand moves it together with the outcome, and ",
        Reading::TwoSlope | Reading::Predicted => "",
    };
    let figures = format!(
        "{who} explain {:.0}% of what the controls leave of {mediator} (HAC F {:.1}; HAC score test p {})",
        100.0 * strength.partial_r2,
        strength.f_hac,
        if strength.p < 0.001 {
            "below 0.001".into()
        } else {
            format!("{:.3}", strength.p)
        },
    );
    let channels = listed(&excluding);
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
                "the path through {mediator} is not supported: {figures}; 0 lies outside the indirect \
                 interval of {channels}, which happens by chance when {} channels are tried",
                effects.len()
            ),
        )
    } else if strength.f_hac < WEAK {
        (
            Status::Warning,
            format!(
                "the path through {mediator} is weak: {figures}; 0 lies outside the indirect interval of \
                 {channels}, but the size of the effect is uncertain"
            ),
        )
    } else {
        (
            Status::Passed,
            format!(
                "a path through {mediator} is visible: {figures}; 0 lies outside the indirect interval of \
                 {channels}. This holds if {proviso}no exposure has a direct effect that is not drawn, which \
                 is not tested yet"
            ),
        )
    };
    Finding::new(ID, status, summary)
        .with("instruments", strength.exposures)
        .with("f", strength.f)
        .with("f_hac", strength.f_hac)
        .with("p", strength.p)
        .with("partial_r2", strength.partial_r2)
        .with("hac_lags", strength.lags)
        .with("indirect_intervals_excluding_0", excluding)
}

/// `a`, `a and b`, `a, b and c`.
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [name] => (*name).into(),
        [names @ .., last] => format!("{} and {last}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::role::Unit;
    use crate::effects::Roas;
    use crate::error::Error;
    use crate::estimate::{Estimate, Interval};

    fn strength(f_hac: f64, p: f64) -> Result<PathStrength> {
        Ok(PathStrength {
            exposures: 2,
            f: f_hac,
            f_hac,
            partial_r2: 0.4,
            p,
            lags: 4,
        })
    }

    /// A channel whose indirect interval is 1 to 3, or -1 to 3.
    fn channel(name: &str, excludes: bool) -> ChannelEffects {
        let lower = if excludes { 1.0 } else { -1.0 };
        let estimate = || Estimate::new(2.0, Interval { lower, upper: 3.0 }, 0.95, "made up");
        ChannelEffects {
            channel: name.into(),
            unit: Unit::Money,
            spend: 1.0,
            total: estimate(),
            direct: estimate(),
            indirect: estimate(),
            proportion_mediated: estimate(),
            induced_mediator_spend: estimate(),
            roas: Roas {
                gross: estimate(),
                loaded: estimate(),
                marginal: estimate(),
            },
        }
    }

    #[track_caller]
    fn assert_says(
        strength: Result<PathStrength>,
        effects: &[ChannelEffects],
        status: Status,
        said: &str,
    ) {
        let finding = path("google", Reading::TwoSlope, &[], strength, effects);
        assert_eq!(finding.status, status, "{}", finding.summary);
        assert!(finding.summary.contains(said), "{}", finding.summary);
    }

    #[test]
    fn a_path_is_visible_only_with_a_strong_stage_and_an_interval_without_zero() {
        let clear = [channel("a", true), channel("b", true), channel("c", false)];
        assert_says(
            strength(20.0, 0.001),
            &clear,
            Status::Passed,
            "interval of a and b. This holds if",
        );
        assert_says(
            strength(5.0, 0.001),
            &clear,
            Status::Warning,
            "the path through google is weak",
        );
        assert_says(
            strength(20.0, 0.3),
            &clear,
            Status::Failed,
            "by chance when 3 channels are tried",
        );
    }

    #[test]
    fn a_path_whose_intervals_all_cover_zero_is_not_supported() {
        let said = "the path through google is not supported: every indirect interval covers 0";
        assert_says(
            strength(50.0, 0.001),
            &[channel("a", false)],
            Status::Failed,
            said,
        );
    }

    #[test]
    fn a_path_without_intervals_or_strength_is_not_assessed() {
        let mut bare = channel("a", true);
        bare.indirect = Estimate::point_only(2.0, 0.95, "no bootstrap");
        assert_says(
            strength(50.0, 0.001),
            &[bare],
            Status::NotAssessed,
            "without bootstrap intervals",
        );
        let error = Err(Error::setting("no causal column", "none"));
        assert_says(
            error,
            &[channel("a", true)],
            Status::NotAssessed,
            "could not be measured: no causal column",
        );
    }
}
