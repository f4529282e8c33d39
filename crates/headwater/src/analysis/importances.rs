//! How much each column counts in the two stages.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::data::Dataset;
use crate::data::role::Role;
use crate::design::Design;
use crate::error::Result;
use crate::estimators::Predictor;
use crate::mediation::FittedMediation;
use crate::validation::stability::Importance;

/// How much each column counts in the model fitted to all weeks. Importance is about prediction: a
/// column that counts much need not cause anything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Importances {
    /// Of the mediator.
    pub mediator: StageImportances,
    /// Of the outcome.
    pub outcome: StageImportances,
}

/// The columns of one stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StageImportances {
    /// The column that the stage explains.
    pub target: String,
    /// Whether importance is the loss that trees removed, and not in units of the target.
    pub trees: bool,
    /// The most important first.
    pub columns: Vec<Importance>,
}

impl Importances {
    /// Of a model that was fitted to all weeks of `data`.
    pub(super) fn of(data: &Dataset, model: &FittedMediation) -> Result<Self> {
        let stage = |role, fitted: (&dyn Predictor, Design)| -> Result<StageImportances> {
            let (predictor, design) = fitted;
            let mut columns = Importance::of(predictor, &design, &vec![1.0; data.len()])?;
            columns.sort_by(|a, b| b.importance.total_cmp(&a.importance));
            Ok(StageImportances {
                target: data.roles().only(role).unwrap_or_default().into(),
                trees: columns.iter().all(|column| column.slope.is_none()),
                columns,
            })
        };
        Ok(Importances {
            mediator: stage(Role::Mediator, model.mediator_stage())?,
            outcome: stage(Role::Outcome, model.outcome_stage())?,
        })
    }
}
