//! How much does the fit hang on single weeks?

use serde_json::{Map, json};

use super::regression::{Examined, regressions};
use crate::data::Dataset;
use crate::finding::{Bound, Finding, Status};
use crate::numeric::orthonormal::Basis;
use crate::numeric::vector::{dot, scaled};

/// The leverage and Cook's distance of every week.
#[derive(Debug, Clone, PartialEq)]
pub struct Influence {
    /// h_t, how far the week's inputs lie from the others: the diagonal of X(X'X)⁻¹X'.
    pub leverage: Vec<f64>,
    /// D_t = e_t² h_t / (k s² (1 − h_t)²): how far all fitted values move when the week is left
    /// out, in units of their own error. NaN where no degrees of freedom or errors are left.
    pub cooks_distance: Vec<f64>,
}

/// The influence of each week on the least-squares fit with that residual, `columns` without the
/// intercept (Cook 1977).
pub fn influence(residual: &[f64], columns: &[&[f64]]) -> Influence {
    let basis = Basis::new(residual.len(), columns.iter().copied());
    let e = scaled(residual);
    let k = basis.rank() as f64;
    let variance = dot(&e, &e) / (e.len() as f64 - k);
    let leverage = basis.leverage();
    let cooks_distance = e
        .iter()
        .zip(&leverage)
        // A week that has a column to itself is fitted exactly: its residual is rounding.
        .map(|(e, &h)| {
            if 1.0 - h < 1e-10 {
                f64::NAN
            } else {
                e * e * h / (k * variance * (1.0 - h).powi(2))
            }
        })
        .collect();
    Influence {
        leverage,
        cooks_distance,
    }
}

const ID: &str = "diagnostics.influence";

/// Cook's distance beyond which one week moves all slopes to about the edge of their joint 50%
/// region (Cook and Weisberg 1982).
const DOMINANT: f64 = 1.0;

/// Twice the share of weeks above 4/n that normal errors give.
const MANY: f64 = 0.1;

/// The most influential week decides; the weeks above 4/n are named.
pub(super) fn finding(data: &Dataset, stages: &[Examined; 2]) -> Finding {
    let regressions = match regressions(stages) {
        Ok(regressions) => regressions,
        Err(why) => return Finding::new(ID, Status::NotAssessed, why),
    };
    let weeks = data.len();
    let bound = 4.0 / weeks as f64;
    let mut evidence = Map::new();
    let hangs =
        |distance: f64, above: usize| distance > DOMINANT || above as f64 > MANY * weeks as f64;
    let mut worst: Option<(usize, f64, &str, usize)> = None;
    let mut alone = Vec::new();
    for regression in regressions {
        let found = influence(&regression.residual, &regression.values());
        let mut flagged: Vec<(usize, f64)> = found
            .cooks_distance
            .iter()
            .copied()
            .enumerate()
            .filter(|(_, distance)| *distance > bound)
            .collect();
        flagged.sort_by(|a, b| b.1.total_cmp(&a.1));
        let fitted_alone = (0..weeks).filter(|&t| found.cooks_distance[t].is_nan());
        alone.extend(fitted_alone.map(|t| data.weeks()[t].to_string()));
        let most = found.cooks_distance.iter().copied().enumerate();
        let most = most.filter(|(_, distance)| !distance.is_nan());
        if let Some((week, distance)) = most.max_by(|a, b| a.1.total_cmp(&b.1))
            && worst.is_none_or(|(_, other, _, above)| {
                (hangs(distance, flagged.len()), distance) > (hangs(other, above), other)
            })
        {
            worst = Some((week, distance, regression.name, flagged.len()));
        }
        let dates: Vec<String> = flagged
            .iter()
            .map(|(t, _)| data.weeks()[*t].to_string())
            .collect();
        let largest = found.leverage.iter().copied().fold(0.0, f64::max);
        evidence.insert(
            regression.name.to_string(),
            json!({"weeks_above_4_over_n": dates, "largest_leverage": largest}),
        );
    }
    let Some((week, distance, stage, count)) = worst else {
        let said = "every week has a column of its own, so none can be left out";
        return Finding::new(ID, Status::NotAssessed, said);
    };
    alone.sort();
    alone.dedup();
    let date = data.weeks()[week];
    let (status, said) = if hangs(distance, count) {
        let said = format!(
            "the fit of {stage} hangs on few weeks: {count} of {weeks} have a Cook's distance above \
             4/n, most of all the week of {date} ({distance:.2}); check those weeks for errors and \
             events, and fit again without them"
        );
        (Status::Warning, said)
    } else {
        let said = format!(
            "no single week decides the fit; {count} of {weeks} weeks of {stage} have a Cook's \
             distance above 4/n, most of all {date} ({distance:.2})"
        );
        (Status::Passed, said)
    };
    let share = count as f64 / weeks as f64;
    let finding = Finding::new(ID, status, said);
    let finding = if distance > DOMINANT || !hangs(distance, count) {
        finding.measured("largest Cook's distance", distance, Bound::AtMost(DOMINANT))
    } else {
        finding.measured("share of weeks above 4/n", share, Bound::AtMost(MANY))
    };
    finding
        .with("week", date.to_string())
        .with("fitted_exactly", alone)
        .with("stages", evidence)
}
