//! What was checked, and models side by side.

use headwater::analysis::Comparison;
use headwater::finding::{Bound, Finding};
use headwater::validation::metrics::Metrics;
use serde::{Deserialize, Serialize};

use crate::frame::Frame;
use crate::values::word;

/// A check with its outcome; its figure and the bound of that where it has one.
#[derive(Serialize, Deserialize)]
struct FindingRow {
    id: String,
    status: String,
    summary: String,
    measure: Option<String>,
    value: Option<f64>,
    at_least: Option<f64>,
    at_most: Option<f64>,
}

/// A row for each check.
pub fn findings<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Frame {
    let rows = findings.into_iter().map(|finding| {
        let measure = finding.measure.as_ref();
        let bound = measure.map(|measure| measure.bound);
        FindingRow {
            id: finding.id.clone(),
            status: word(&finding.status),
            summary: finding.summary.clone(),
            measure: measure.map(|measure| measure.name.clone()),
            value: measure.map(|measure| measure.value),
            at_least: match bound {
                Some(Bound::AtLeast(bound)) => Some(bound),
                _ => None,
            },
            at_most: match bound {
                Some(Bound::AtMost(bound)) => Some(bound),
                _ => None,
            },
        }
    });
    Frame::of(&rows.collect::<Vec<_>>())
}

/// An estimator, a run or a naive forecast, scored on weeks it had not seen.
#[derive(Serialize, Deserialize)]
struct ComparedRow {
    name: String,
    weeks: Option<i64>,
    path_skill: Option<f64>,
    path_r2: Option<f64>,
    path_rmse: Option<f64>,
    path_mae: Option<f64>,
    path_wmape: Option<f64>,
    conditional_skill: Option<f64>,
    conditional_r2: Option<f64>,
    effect_half_width: Option<f64>,
    why: Option<String>,
}

/// A row for the best naive forecast, then one for each model.
pub fn comparison(comparison: &Comparison) -> Frame {
    let row = |name: &str, path: Option<&Metrics>| ComparedRow {
        name: name.into(),
        weeks: path.map(|path| path.weeks as i64),
        path_skill: None,
        path_r2: path.and_then(|path| path.r2),
        path_rmse: path.map(|path| path.rmse),
        path_mae: path.map(|path| path.mae),
        path_wmape: path.and_then(|path| path.wmape),
        conditional_skill: None,
        conditional_r2: None,
        effect_half_width: None,
        why: None,
    };
    let naive = comparison.naive.iter();
    let naive = naive.map(|naive| row(&naive.name, Some(&naive.metrics)));
    let models = comparison.estimators.iter().map(|model| {
        let scores = model.scores.as_ref();
        let conditional = scores.and_then(|scores| scores.conditional.as_ref());
        ComparedRow {
            path_skill: scores.and_then(|scores| scores.path_skill),
            conditional_skill: scores.and_then(|scores| scores.conditional_skill),
            conditional_r2: conditional.and_then(|metrics| metrics.r2),
            effect_half_width: scores.and_then(|scores| scores.effect_half_width),
            why: model.why.clone(),
            ..row(&model.name, scores.map(|scores| &scores.path))
        }
    });
    Frame::of(&naive.chain(models).collect::<Vec<_>>())
}
