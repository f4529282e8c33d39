//! Five things that can be said of the path.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::direct_path::{DirectPath, LEVEL, RuleTest};
use super::strength::{Grade, PathStrength};
use super::two_slope::TwoSlope;

/// What the data say of "the exposures act through the mediator alone".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The exposures move the mediator, the outcome follows, and no test of the rule rejects. Not
    /// a proof: see the blind spot.
    PathSupported,
    /// The two slopes of the mediator differ although the exposures agree among each other: hidden
    /// demand, or direct effects in proportion to the mediated ones. The data cannot say which.
    NotSeparable,
    /// The rule does not fit: some exposure reaches the outcome around the mediator.
    DirectPathFound,
    /// The exposures hardly move the mediator, or the outcome does not visibly follow.
    TooWeakToSay,
    /// The tests could not be run.
    NotAssessed,
}

impl Verdict {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Verdict::PathSupported => "path supported",
            Verdict::NotSeparable => "not separable",
            Verdict::DirectPathFound => "direct path found",
            Verdict::TooWeakToSay => "too weak to say",
            Verdict::NotAssessed => "not assessed",
        }
    }

    /// Whether effects should be read from unrestricted totals, because the rule on which the
    /// mediated ones rest was rejected or cannot be checked.
    pub fn needs_totals(self) -> bool {
        matches!(self, Verdict::DirectPathFound | Verdict::TooWeakToSay)
    }

    /// Weighs the tests (methods brief, 0.2).
    ///
    /// A first stage without strength leaves only what holds whatever its strength: the test of
    /// each channel at every plausible worth can still show a direct path. With strength, Hansen's
    /// J comes first, then the comparison of the two slopes, then whether the mediated effect
    /// differs from 0.
    pub fn weigh(
        strength: &PathStrength,
        direct: Option<&DirectPath>,
        two_slope: Option<&TwoSlope>,
    ) -> Self {
        if direct.is_some_and(|direct| direct.p < LEVEL) {
            return Verdict::DirectPathFound;
        }
        if Verdict::rule_test(strength) == RuleTest::PlausibleWorth {
            return Verdict::TooWeakToSay;
        }
        let Some(two_slope) = two_slope else {
            return Verdict::NotAssessed;
        };
        if two_slope.test.p < LEVEL {
            Verdict::NotSeparable
        } else if two_slope.b_ind_interval().contains(0.0) {
            Verdict::TooWeakToSay
        } else {
            Verdict::PathSupported
        }
    }

    /// The test of the rule that this first stage allows.
    pub fn rule_test(strength: &PathStrength) -> RuleTest {
        if strength.grade == Grade::Weak || strength.p.is_nan() || strength.p >= LEVEL {
            RuleTest::PlausibleWorth
        } else {
            RuleTest::HansenJ
        }
    }
}
