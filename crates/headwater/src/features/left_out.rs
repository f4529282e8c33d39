//! Columns that cannot be learned from.

use super::interactions::Interaction;
use crate::finding::{Finding, Status};

/// What does not vary over the training weeks and so cannot be learned from.
#[derive(Default)]
pub(super) struct LeftOut {
    pub(super) exposures: Vec<String>,
    pub(super) columns: Vec<String>,
}

impl LeftOut {
    pub(super) fn keep(&mut self, name: &str, train: &[f64]) -> bool {
        let varies = varies(train);
        if !varies {
            self.columns.push(name.into());
        }
        varies
    }

    pub(super) fn keep_exposure(&mut self, name: &str, train: &[f64]) -> bool {
        let varies = varies(train);
        if !varies {
            self.exposures.push(name.into());
        }
        varies
    }

    pub(super) fn has_factor_of(&self, interaction: &Interaction) -> bool {
        let left_out = |name: &String| self.exposures.contains(name) || self.columns.contains(name);
        interaction.pair.iter().any(left_out)
    }

    pub(super) fn findings(self) -> Vec<Finding> {
        let mut findings = Vec::new();
        if !self.exposures.is_empty() {
            let summary = format!(
                "The spend does not vary over the training weeks, so no effect can be learned \
                 for {}: left out of the model. Use weeks in which the spend changes.",
                self.exposures.join(", ")
            );
            findings.push(
                Finding::new("features.left_out", Status::Warning, summary)
                    .with("exposures", self.exposures),
            );
        }
        if !self.columns.is_empty() {
            let summary = format!(
                "Constant over the training weeks and so left out of the model: {}. The effects \
                 do not depend on them; later changes of these columns will not be followed.",
                self.columns.join(", ")
            );
            findings.push(
                Finding::new("features.left_out", Status::Warning, summary)
                    .with("columns", self.columns),
            );
        }
        findings
    }
}

pub(super) fn varies(values: &[f64]) -> bool {
    values.iter().any(|value| *value != values[0])
}
