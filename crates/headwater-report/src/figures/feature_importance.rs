//! How much each column counts.

use headwater::analysis::{Analysis, Importances, StageImportances};
use headwater::validation::stability::Stability;

use super::panel::{height_of, places};
use super::{Axis, Content, Figure, Ink, Mark, NumberFormat, Panel, claim};
use crate::number::{amount, percent};

/// The columns that are drawn of each stage; the others are counted.
const MOST: usize = 15;

/// Importance of the columns of both stages, with how far the folds agree on it.
pub fn feature_importance(importances: &Importances, analysis: &Analysis) -> Figure {
    let stages = [&importances.mediator, &importances.outcome];
    let mut findings = analysis.findings.iter();
    let found = findings.find(|finding| finding.id == "validation.importance_stability");
    let stability = |target: &str| -> Option<Stability> {
        serde_json::from_value(found?.evidence.get(target)?.clone()).ok()
    };
    let said: Vec<String> = stages
        .iter()
        .map(|stage| {
            let columns: Vec<&str> = stage
                .columns
                .iter()
                .map(|one| one.column.as_str())
                .collect();
            format!("for {}: {}", stage.target, claim::few(&columns))
        })
        .collect();
    let most = stages
        .iter()
        .map(|stage| stage.columns.len().min(MOST))
        .max();
    Figure {
        id: "feature_importance".into(),
        title: match found {
            Some(finding) => claim::title(analysis, &finding.summary),
            None => "How much each column counts: whether folds agree was not assessed".into(),
        },
        caption: format!(
            "Linear stages: size of the slope times the spread of the column, in units of the target; trees: the loss \
             that its splits removed. Beside each bar, its mean rank over the folds and the share of them that agree \
             on its sign. A column that counts much need not cause anything. {}",
            claim::rests_on(analysis)
        ),
        alt: format!(
            "Bars of importance, the largest first. {}.",
            said.join("; ")
        ),
        width: 1280.0,
        height: height_of(most.unwrap_or(1)).max(420.0),
        content: Content::Panels {
            columns: 2,
            panels: stages
                .into_iter()
                .map(|stage| panel(stage, stability(&stage.target).as_ref()))
                .collect(),
        },
    }
}

fn panel(stage: &StageImportances, stability: Option<&Stability>) -> Panel {
    let columns = &stage.columns[..stage.columns.len().min(MOST)];
    let label = |name: &str, importance: f64| {
        let mut said = amount(importance);
        let rows = stability.into_iter().flat_map(|found| &found.columns);
        if let Some(row) = rows.into_iter().find(|row| row.column == name) {
            said += &format!(", rank {:.1}", row.mean_rank);
            if let Some(agree) = row.sign_agreement {
                said += &format!(", sign {}", percent(agree));
            }
        }
        said
    };
    let bars = |name: &str, causal: bool, ink: Ink| {
        let at = places(columns.len());
        let kept = || {
            columns
                .iter()
                .zip(&at)
                .filter(move |(column, _)| column.causal == causal)
        };
        Mark::Bars {
            name: name.into(),
            at: kept().map(|(_, at)| *at).collect(),
            base: Vec::new(),
            length: kept().map(|(column, _)| Some(column.importance)).collect(),
            whiskers: Vec::new(),
            labels: kept()
                .map(|(column, _)| label(&column.column, column.importance))
                .collect(),
            ink,
            lying: true,
            stack: Some("column".into()),
            width: 0.7,
        }
    };
    let what = match stage.trees {
        true => "loss removed".to_owned(),
        false => format!("in units of {}", stage.target),
    };
    let left = match stage.columns.len() - columns.len() {
        0 => String::new(),
        more => format!(" (the first {MOST}; {more} more)"),
    };
    let panel = Panel::new(
        Axis::numbers(what, NumberFormat::Amount),
        Axis::categories(columns.iter().map(|column| column.column.as_str())),
        vec![
            bars("part of an effect", true, Ink::Through),
            bars("for comparison", false, Ink::Quiet),
        ],
    )
    .titled(format!("{}{left}", stage.target));
    match columns.is_empty() {
        true => panel.empty("the stage has no columns"),
        false => panel,
    }
}
