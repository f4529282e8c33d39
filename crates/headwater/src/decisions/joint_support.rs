//! Whether weeks like those of a plan were seen: all exposures together (methods brief, 7.4).

use rayon::prelude::*;

use super::support::Support;
use crate::data::Dataset;
use crate::finding::{Bound, Finding, Status};
use crate::numeric::ledoit_wolf::LedoitWolf;
use crate::numeric::summary::{mean, quantile};

const ID: &str = "decisions.joint_support";
/// The part of the weeks of the fit whose own distance lies within the limit.
const WITHIN: f64 = 0.975;

/// How far the weeks of the fit lie from their middle: Mahalanobis distances of
/// `log(1 + level / mean level)` of every exposure's carried-over level, by a covariance after Ledoit
/// and Wolf. For a linear stage this is its leverage up to scale and shrinkage.
pub struct JointSupport {
    exposures: Vec<(String, f64)>,
    covariance: LedoitWolf,
    limit: f64,
}

impl JointSupport {
    /// Learns from the weeks of the fit. The limit is the greater of the 97.5% quantile of the
    /// distances of weeks from all the others and the greatest distance of a week from all.
    ///
    /// # Errors
    /// Why it could not be learned, in words: fewer than two exposures that vary, or more of them
    /// than half the weeks.
    pub fn of(data: &Dataset, support: &Support) -> Result<Self, String> {
        let mut exposures = Vec::new();
        let mut columns: Vec<Vec<f64>> = Vec::new();
        for name in data.roles().exposures() {
            let Some(levels) = support.levels(name, data.column(name)) else {
                continue;
            };
            let active: Vec<f64> = levels
                .iter()
                .copied()
                .filter(|level| *level > 0.0)
                .collect();
            let varies = data
                .column(name)
                .iter()
                .any(|spend| *spend != data.column(name)[0]);
            if varies && !active.is_empty() {
                let scale = mean(&active);
                columns.push(levels.iter().map(|level| scaled(*level, scale)).collect());
                exposures.push((name.to_string(), scale));
            }
        }
        let (p, n) = (columns.len(), data.len());
        if p < 2 {
            return Err("fewer than two exposures vary, so there is nothing to combine".into());
        }
        if 2 * p > n {
            return Err(format!(
                "{n} weeks are too few to say how {p} exposures go together"
            ));
        }
        let rows: Vec<Vec<f64>> = (0..n)
            .map(|t| columns.iter().map(|column| column[t]).collect())
            .collect();
        let all: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
        let unlearned = || "the exposures vary too little to measure distances".to_string();
        let covariance = LedoitWolf::fit(&all).ok_or_else(unlearned)?;
        let left_out: Option<Vec<f64>> = (0..n)
            .into_par_iter()
            .map(|t| {
                let others: Vec<&[f64]> = [&all[..t], &all[t + 1..]].concat();
                Some(LedoitWolf::fit(&others)?.distance(all[t]))
            })
            .collect();
        let greatest = all.iter().map(|row| covariance.distance(row));
        let limit = quantile(&left_out.ok_or_else(unlearned)?, WITHIN);
        Ok(JointSupport {
            limit: greatest.fold(limit, f64::max),
            exposures,
            covariance,
        })
    }

    /// The distance of each week of `data`, whose first weeks are those of the fit.
    pub fn distances(&self, data: &Dataset, support: &Support) -> Vec<f64> {
        let columns: Vec<Vec<f64>> = self
            .exposures
            .iter()
            .filter_map(|(name, scale)| {
                let levels = support.levels(name, data.column(name))?;
                Some(levels.iter().map(|level| scaled(*level, *scale)).collect())
            })
            .collect();
        (0..data.len())
            .map(|t| {
                let row: Vec<f64> = columns.iter().map(|column| column[t]).collect();
                self.covariance.distance(&row)
            })
            .collect()
    }

    /// The distance up to which a week counts as seen.
    pub fn limit(&self) -> f64 {
        self.limit
    }
}

/// `log(1 + level / scale)`; levels of spend are not below zero.
fn scaled(level: f64, scale: f64) -> f64 {
    (level.max(0.0) / scale).ln_1p()
}

/// Says whether the weeks that a plan moves further out than they stand were ever seen like that.
///
/// The weeks before `counted_to` are looked at.
pub(super) fn finding(
    joint: Result<&JointSupport, &str>,
    support: &Support,
    reference: &Dataset,
    planned: &Dataset,
    counted_to: usize,
) -> Finding {
    let moves = |name: &&str| reference.column(name) != planned.column(name);
    if !reference.roles().exposures().iter().any(moves) {
        return Finding::new(ID, Status::Passed, "the plan changes no exposure");
    }
    let joint = match joint {
        Ok(joint) => joint,
        Err(why) => return Finding::new(ID, Status::NotAssessed, why),
    };
    let stands = joint.distances(reference, support);
    let wanted = joint.distances(planned, support);
    let pairs = || wanted.iter().zip(&stands).take(counted_to);
    let moved = pairs().filter(|(wanted, stands)| wanted != stands).count();
    let further = || pairs().filter(|(wanted, stands)| wanted > stands);
    let outside = further()
        .filter(|(wanted, _)| **wanted > joint.limit)
        .count();
    let furthest = further().map(|(wanted, _)| *wanted).fold(0.0, f64::max);
    let (status, said) = match outside {
        0 => (
            Status::Passed,
            "no week of the plan combines the exposures in a way the data have not seen".into(),
        ),
        _ => (
            Status::Warning,
            format!(
                "in {outside} of the {moved} weeks it moves, the plan combines the exposures in a way the \
                 data have not seen, although each by itself may lie within: what they do together there \
                 is the model's guess. Move them more alike, or try it in part first"
            ),
        ),
    };
    Finding::new(ID, status, said)
        .measured("greatest distance", furthest, Bound::AtMost(joint.limit))
        .with("weeks", outside)
        .with("moved_weeks", moved)
}
