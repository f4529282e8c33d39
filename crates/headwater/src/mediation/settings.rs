//! The settings of the two-stage model.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::link::Link;

/// How stage 2 reads the mediator (methods brief, 0.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// The part that the exposures induced, `m(s, W) - m(0, W)` of stage 1, and the rest of the
    /// mediator, a slope each: `b_ind` is the worth of a mediator dollar that the exposures
    /// induced, `b_auto` of one that moved for other reasons. With least squares these are the
    /// slopes of the prediction and the residual of stage 1, as the controls of both stages are
    /// the same; with shrunken controls the split keeps the controls' part of the prediction from
    /// standing in for what the penalty took from them.
    #[default]
    TwoSlope,
    /// The prediction of stage 1 alone: the founding system's rule.
    Predicted,
    /// The observed mediator: one slope for every mediator dollar.
    Observed,
}

impl Reading {
    /// The name in settings and in `analysis.json`.
    pub fn name(self) -> &'static str {
        match self {
            Reading::TwoSlope => "two_slope",
            Reading::Predicted => "predicted",
            Reading::Observed => "observed",
        }
    }
}

/// Whether stage 2 learns from cross-fitted predictions of the mediator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CrossFit {
    /// Cross-fit where the stage-1 estimator overfits (trees), else not.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never: in-sample predictions.
    Never,
}

/// How the two stages are joined: `[mediation]` in `headwater.toml`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MediationSettings {
    /// How stage 2 reads the mediator.
    pub reading: Reading,
    /// The scale on which stage 2 is additive.
    pub link: Link,
    /// Whether stage 2 learns from cross-fitted predictions.
    pub cross_fit: CrossFit,
}
