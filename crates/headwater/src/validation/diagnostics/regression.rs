//! The linear regression of a stage: least squares on its design, which classical tests are about.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::Stage;
use crate::design::{Column, Purpose};
use crate::finding::{Bound, Finding, Status};
use crate::numeric::orthonormal::Basis;
use crate::numeric::vector::{dot, scaled};
use crate::words;

/// A stage with its linear regression, or why there is none.
pub(super) struct Examined<'a> {
    pub stage: &'a Stage<'a>,
    pub regression: Result<Regression<'a>, String>,
}

/// Weeks that must be left beyond the columns: with fewer no test has power.
const SPARE_WEEKS: usize = 8;

impl<'a> Examined<'a> {
    pub fn new(stage: &'a Stage<'a>) -> Self {
        Examined {
            stage,
            regression: Regression::new(stage),
        }
    }

    /// The residual to examine, the columns behind it, and whose it is: the regression's, else the
    /// stage's own beside an intercept alone.
    pub fn errors(&self) -> (Cow<'_, [f64]>, Vec<&[f64]>, &'static str) {
        match &self.regression {
            Ok(regression) => (
                Cow::Borrowed(&regression.residual),
                regression.values(),
                "linear regression",
            ),
            Err(_) => (Cow::Owned(scaled(self.stage.residual)), Vec::new(), "model"),
        }
    }
}

/// Least squares on a stage's design, in units of the largest target.
pub(super) struct Regression<'a> {
    /// The target's column.
    pub name: &'a str,
    /// The columns that add something, causal ones first.
    pub columns: Vec<&'a Column>,
    pub basis: Basis,
    pub residual: Vec<f64>,
    pub r_squared: f64,
}

impl<'a> Regression<'a> {
    fn new(stage: &'a Stage<'a>) -> Result<Self, String> {
        let weeks = stage.target.len();
        let mut columns: Vec<&Column> = stage.design.columns().iter().collect();
        columns.sort_by_key(|column| column.purpose != Purpose::Causal);
        let basis = Basis::new(weeks, columns.iter().map(|column| &*column.values));
        if weeks < basis.rank() + SPARE_WEEKS {
            return Err(format!(
                "{weeks} weeks are too few to examine the errors of {} on {} columns",
                stage.name,
                columns.len()
            ));
        }
        let dependent = basis.dependent();
        let kept = columns
            .iter()
            .enumerate()
            .filter(|(at, _)| !dependent.contains(at));
        let columns = kept.map(|(_, column)| *column).collect();
        let target = scaled(stage.target);
        let residual = basis.residual(&target);
        let alone = Basis::new(weeks, []).residual(&target);
        let (left, total) = (dot(&residual, &residual), dot(&alone, &alone));
        if total.sqrt() <= 1e-12 * dot(&target, &target).sqrt() {
            return Err(format!(
                "{} never varies, so there are no errors to examine",
                stage.name
            ));
        }
        if left.sqrt() <= 1e-9 * total.sqrt() {
            return Err(format!(
                "the columns fit {} exactly, so there are no errors to examine",
                stage.name
            ));
        }
        Ok(Regression {
            name: stage.name,
            columns,
            basis,
            residual,
            r_squared: 1.0 - left / total,
        })
    }

    /// The values of the columns.
    pub fn values(&self) -> Vec<&'a [f64]> {
        self.columns.iter().map(|column| &*column.values).collect()
    }

    /// The values of the columns that hold other influences fixed.
    pub fn controls(&self) -> Vec<&'a [f64]> {
        let controls = self
            .columns
            .iter()
            .filter(|c| c.purpose == Purpose::Control);
        controls.map(|column| &*column.values).collect()
    }
}

/// Both regressions, or why there is none.
pub(super) fn regressions<'a>(
    stages: &'a [Examined<'a>; 2],
) -> Result<[&'a Regression<'a>; 2], &'a str> {
    match (&stages[0].regression, &stages[1].regression) {
        (Ok(first), Ok(second)) => Ok([first, second]),
        (Err(why), _) | (_, Err(why)) => Err(why),
    }
}

/// A finding by the smaller of two stages' p values; twice it, since two stages were asked.
pub(super) fn by_p_value(
    id: &str,
    stages: [(&str, f64, Value); 2],
    passed: &str,
    warning: impl FnOnce(&str, &str) -> String,
) -> Finding {
    if stages.iter().any(|(_, p, _)| p.is_nan()) {
        let said = "the errors do not vary, so there is nothing to examine";
        return Finding::new(id, Status::NotAssessed, said);
    }
    let worse = usize::from(stages[1].1 < stages[0].1);
    let p = (2.0 * stages[worse].1).min(1.0);
    let name = stages[worse].0;
    let finding = if p < 0.05 {
        Finding::new(id, Status::Warning, warning(name, &words::p_value(p)))
    } else {
        Finding::new(id, Status::Passed, passed)
    };
    let evidence: Map<String, Value> = stages
        .into_iter()
        .map(|(name, _, evidence)| (name.to_string(), evidence))
        .collect();
    finding
        .measured("p value", p, Bound::AtLeast(0.05))
        .with("stages", evidence)
}
