//! Does the no-direct-path rule hold? The tests of the methods brief, 1.6, and their verdict.

pub mod anderson_rubin;
pub mod direct_path;
pub mod overidentification;
pub mod power;
mod report;
pub mod strength;
pub mod totals;
pub mod two_slope;
mod verdict;

pub use anderson_rubin::AndersonRubinSet;
pub use direct_path::{DirectPath, RuleTest};
pub use overidentification::Overidentification;
pub use power::Power;
pub use strength::{Grade, PathStrength};
pub use totals::{ChannelTotal, TotalDraws, TotalsSettings};
pub use two_slope::TwoSlope;
pub use verdict::Verdict;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::linear_twin::{LinearTwin, TwinExposure};
use crate::data::role::{Role, Variable};
use crate::data::{default_variable, toml_line};
use crate::error::Result;
use crate::finding::Finding;

/// Everything that was tested about the path, and what follows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PathAssessment {
    /// What can be said.
    pub verdict: Verdict,
    /// Why, one sentence each, with figures.
    pub reasons: Vec<String>,
    /// The lines of `headwater.toml` that draw the edges found; empty unless a direct path was
    /// found and could be told from others.
    pub config: Vec<String>,
    /// What none of these tests can see.
    pub blind_spot: String,
    /// Whether effects should be read from `totals`.
    pub use_totals: bool,
    /// How strongly the exposures move the mediator.
    pub strength: Option<PathStrength>,
    /// What a unit of the mediator may be worth, whatever the strength.
    pub anderson_rubin: Option<AndersonRubinSet>,
    /// What an induced and any other unit of the mediator are worth.
    pub two_slope: Option<TwoSlope>,
    /// Whether the exposures agree among each other; null with a single one.
    pub overidentification: Option<Overidentification>,
    /// Whether the rule fits as drawn, and which exposures would have to be freed.
    pub direct_path: Option<DirectPath>,
    /// How often a direct path would have been caught; null where J cannot be used.
    pub power: Option<Power>,
    /// Totals without the rule, and what the rule leaves out.
    pub totals: Vec<ChannelTotal>,
    /// What could not be computed, and why.
    pub not_assessed: Vec<String>,
}

/// How the assessment speaks of the columns, and how it draws.
#[derive(Debug, Clone, Copy)]
pub struct AssessmentSettings<'a> {
    /// The mediator's column.
    pub mediator: &'a str,
    /// The outcome's column.
    pub outcome: &'a str,
    /// Intervals of the totals.
    pub totals: TotalsSettings,
}

impl PathAssessment {
    /// Runs every test that the linear twin allows. The findings are the verdict
    /// (`mediation.path`) and what it rests on.
    pub fn of(
        twin: &Result<LinearTwin>,
        settings: &AssessmentSettings,
    ) -> (PathAssessment, Vec<Finding>) {
        let mut assessment = PathAssessment {
            verdict: Verdict::NotAssessed,
            reasons: Vec::new(),
            config: Vec::new(),
            blind_spot: report::blind_spot(settings),
            use_totals: false,
            strength: None,
            anderson_rubin: None,
            two_slope: None,
            overidentification: None,
            direct_path: None,
            power: None,
            totals: Vec::new(),
            not_assessed: Vec::new(),
        };
        let twin = match twin {
            Ok(twin) => twin,
            Err(error) => {
                assessment.not_assessed.push(error.to_string());
                return assessment.concluded(settings, &[]);
            }
        };
        let draws = match TotalDraws::of(twin, &settings.totals) {
            Ok(draws) => draws,
            Err(error) => {
                assessment.not_assessed.push(error.to_string());
                return assessment.concluded(settings, &twin.exposures);
            }
        };
        assessment.totals = draws.estimates(twin, &settings.totals);
        let system = match twin.instruments(&[], None) {
            Ok(system) if system.df < PathStrength::LEAST_DF => {
                assessment.not_assessed.push(format!(
                    "the columns leave {} weeks to spare, too few (below {}) to test the path; use more weeks or \
                     fewer controls",
                    system.df,
                    PathStrength::LEAST_DF
                ));
                return assessment.concluded(settings, &twin.exposures);
            }
            Ok(system) => system,
            Err(error) => {
                assessment.not_assessed.push(error.to_string());
                return assessment.concluded(settings, &twin.exposures);
            }
        };
        assessment.anderson_rubin = AndersonRubinSet::of(&system, 1.0 - direct_path::LEVEL);
        assessment.two_slope = TwoSlope::of(&system);
        assessment.overidentification = Overidentification::of(&system);
        assessment.strength = PathStrength::of(&system);
        if let Some(strength) = &assessment.strength {
            match Verdict::rule_test(strength) {
                RuleTest::HansenJ => {
                    assessment.direct_path = DirectPath::by_hansen_j(twin);
                    assessment.power = Power::of(twin, settings.totals.seed);
                }
                RuleTest::PlausibleWorth => {
                    assessment.direct_path = DirectPath::by_plausible_worth(twin);
                }
            }
            assessment.verdict = Verdict::weigh(
                strength,
                assessment.direct_path.as_ref(),
                assessment.two_slope.as_ref(),
            );
        } else {
            assessment.not_assessed.push(format!(
                "the {} columns of exposures are too many for {} weeks, or their moments are singular; use more \
                 weeks, fewer lags, or merge exposures that always run together",
                system.s.ncols(),
                twin.weeks()
            ));
        }
        assessment.concluded(settings, &twin.exposures)
    }

    /// The verdict in words, the lines of configuration and the findings.
    fn concluded(
        mut self,
        settings: &AssessmentSettings,
        exposures: &[TwinExposure],
    ) -> (Self, Vec<Finding>) {
        self.use_totals = self.verdict.needs_totals();
        self.reasons = report::reasons(&self, settings);
        if let Some(direct) = &self.direct_path
            && self.verdict == Verdict::DirectPathFound
        {
            let exposures = exposures.iter();
            self.config = exposures
                .filter(|exposure| direct.channels.contains(&exposure.name))
                .map(config_line)
                .collect();
        }
        let findings = report::findings(&self, settings);
        (self, findings)
    }
}

/// The line under `[columns]` that draws an exposure's edge to the outcome.
fn config_line(exposure: &TwinExposure) -> String {
    let variable = Variable {
        direct: true,
        unit: exposure.unit,
        ..default_variable(&exposure.name, Role::Exposure)
    };
    toml_line(&exposure.name, &variable)
}
