//! The whole flow on one page: settings and a dataset in, an [`Analysis`] out.

mod advisor;
mod assumptions;
mod checks;
mod comparison;
mod effect_findings;
mod fit;
mod folder_names;
mod importances;
mod panel_run;
mod panel_summary;
mod reading;
mod recommendation;
mod retraining;
mod run_directory;
mod saved_run;
mod settings;
mod trust;
pub mod views;

pub use advisor::Advisor;
pub use checks::{CheckGroup, Checks, validate};
pub use comparison::{
    Agree, Agreement, CompareScores, Compared, ComparedEffect, Comparison, NaiveScore, compare,
};
pub use fit::{Fit, cannot_fit, run};
pub use importances::{Importances, StageImportances};
pub use panel_run::PanelRun;
pub use panel_summary::{
    BrandFailure, BrandFit, BrandResult, BrandSummary, ChannelSpread, ChannelSummary, FailureGroup,
    PanelOverview, PanelSummary, Span, Spread,
};
pub use reading::{Reading, Standing, readings, whatever_path};
pub use recommendation::{Experiment, Ranked, Recommendation, Recommendations};
pub use retraining::{ChangedCell, EffectChange, Retraining, VerdictChange, WeekChanges, retrain};
pub use run_directory::RunFiles;
pub use saved_run::SavedRun;
pub use settings::{Settings, StageSettings};

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::data::role::{Roles, Variable};
use crate::effects::ChannelEffects;
use crate::estimators::Term;
use crate::finding::Finding;
use crate::validation::assumption::PathAssessment;
use crate::validation::conformal::PredictionIntervals;
use crate::validation::cross_validation::OutOfSample;
use crate::validation::metrics::Metrics;
use crate::validation::sensitivity::Sensitivity;

/// The version of `analysis.json`; it grows when a reader of the old form could misread the new.
pub const SCHEMA_VERSION: u32 = 1;

/// Everything that was learned from one dataset with one set of settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Analysis {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The version of Headwater that made it.
    pub headwater_version: String,
    /// The seed of every random stream.
    pub seed: u64,
    /// Which weeks of which file.
    pub data: DataSummary,
    /// The graph.
    #[schemars(with = "IndexMap<String, Variable>")]
    pub roles: Roles,
    /// The two stages.
    pub stages: Stages,
    /// How intervals were made.
    pub bootstrap: BootstrapSummary,
    /// What the effects compare, in words.
    pub contrast: String,
    /// Effects of every exposure, in file order.
    pub effects: Vec<ChannelEffects>,
    /// What the data say of the path through the mediator.
    pub path: PathAssessment,
    /// What would change the answer; null when it could not be assessed.
    pub sensitivity: Option<Sensitivity>,
    /// Intervals for forecasts of new weeks; they say nothing of an effect.
    pub forecast_intervals: PredictionIntervals,
    /// What must be assumed for each effect to mean what it says.
    pub assumptions: Vec<Assumption>,
    /// Every check with its outcome.
    pub findings: Vec<Finding>,
}

/// An answer beside what the data say of the path that every answer takes.
#[derive(Debug, Serialize)]
pub struct Answered<'a, Answer: Serialize> {
    /// `mediation.path` of the run.
    pub path: Option<&'a Finding>,
    /// The answer.
    #[serde(flatten)]
    pub answer: &'a Answer,
}

impl Analysis {
    /// An answer of this run as faces write it down.
    pub fn answered<'a, Answer: Serialize>(&'a self, answer: &'a Answer) -> Answered<'a, Answer> {
        let mut findings = self.findings.iter();
        Answered {
            path: findings.find(|finding| finding.id == "mediation.path"),
            answer,
        }
    }
}

/// Which weeks of which file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DataSummary {
    /// The file's name, without its folder.
    pub source: String,
    /// SHA-256 of the file's bytes, in hex.
    pub sha256: String,
    /// SHA-256 of `dataset.csv`, the weeks as they were used, in hex; absent in older runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataset_sha256: Option<String>,
    /// The number of weeks.
    pub weeks: usize,
    /// The first day of the first week, ISO 8601.
    pub first_week: String,
    /// The first day of the last week, ISO 8601.
    pub last_week: String,
}

/// The two stages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Stages {
    /// Exposures to mediator.
    pub mediator: MediatorStage,
    /// Mediator (and drawn direct edges) to outcome.
    pub outcome: OutcomeStage,
}

/// Stage 1: exposures to mediator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MediatorStage {
    /// The mediator's column.
    pub target: String,
    /// `ols`, `ridge`, `lasso`, `elastic_net` or `boosting`.
    pub estimator: String,
    /// What tuning chose: adstock decay, penalty, rounds.
    pub tuned: serde_json::Map<String, serde_json::Value>,
    /// Accuracy over the weeks the model learned from: never the headline.
    pub in_sample: Metrics,
    /// Accuracy over weeks the model had not seen.
    pub out_of_sample: OutOfSample,
    /// What was learned about each column.
    pub terms: Vec<Term>,
}

/// Stage 2: mediator and drawn direct edges to outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OutcomeStage {
    /// The outcome's column.
    pub target: String,
    /// `ols`, `ridge`, `lasso`, `elastic_net` or `boosting`.
    pub estimator: String,
    /// `two_slope`, `predicted` or `observed`: how the stage reads the mediator.
    pub reading: String,
    /// `identity` or `log`.
    pub link: String,
    /// What tuning chose.
    pub tuned: serde_json::Map<String, serde_json::Value>,
    /// Accuracy over the weeks the model learned from, with the mediator as the stage
    /// reads it: never the headline.
    pub in_sample: Metrics,
    /// Accuracy over weeks the model had not seen, twice.
    pub out_of_sample: OutcomeOutOfSample,
    /// What was learned about each column.
    pub terms: Vec<Term>,
}

/// The outcome's out-of-sample scores, by what the test weeks knew of the mediator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OutcomeOutOfSample {
    /// The mediator predicted by stage 1: what a plan can know.
    pub path: OutOfSample,
    /// The mediator as observed.
    pub conditional: OutOfSample,
}

/// How intervals were made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BootstrapSummary {
    /// The number of replicates; 0 means that no interval was computed.
    pub replicates: usize,
    /// The nominal coverage, in (0, 1).
    pub level: f64,
    /// `pairs` or `residual`.
    pub resampling: String,
    /// Weeks in a block.
    pub block_length: usize,
    /// Draws that were repeated because a column lost all its variation.
    pub redraws: usize,
}

/// Something that no fit can show and that an effect depends on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Assumption {
    /// `A1` to `A5`.
    pub id: String,
    /// What must hold, in one sentence.
    pub statement: String,
    /// The estimates that need it; empty where this reading of the mediator needs it for none.
    pub needed_by: Vec<String>,
}
