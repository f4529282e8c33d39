//! How much of what both stages explain is trend, how much season?

use serde_json::{Map, json};

use super::regression::Examined;
use crate::features::stl::{StlSettings, decompose};
use crate::finding::{Finding, Status};
use crate::validation::cross_validation::YEAR;

const ID: &str = "diagnostics.decomposition";

/// Years that the finding asks for. In two, every week of the year has two values and loess draws its
/// line through both: nothing remains, and any series at all has strengths of 1.
pub(crate) const YEARS: usize = 3;

/// Strengths of trend and season of both targets by STL, on the scale of the fit. It informs: no
/// strength is right or wrong.
pub(super) fn finding(stages: &[Examined; 2]) -> Finding {
    let mut said = Vec::new();
    let mut evidence = Map::new();
    for stage in stages {
        let (name, target) = (stage.stage.name, stage.stage.target);
        let not_assessed = |why: String| Finding::new(ID, Status::NotAssessed, why);
        if target.len() < YEARS * YEAR {
            return not_assessed(format!(
                "{} weeks are too few to tell a season from noise: that takes at least {YEARS} years",
                target.len()
            ));
        }
        let stl = match decompose(target, &StlSettings::new(YEAR)) {
            Ok(stl) => stl,
            Err(why) => return not_assessed(format!("{name} could not be taken apart: {why}")),
        };
        let (trend, season) = (stl.trend_strength(), stl.season_strength());
        // Smoothing a constant leaves rounding, of which a strength would say nothing.
        let varies = target.iter().any(|value| *value != target[0]);
        if !(varies && trend.is_finite() && season.is_finite()) {
            return not_assessed(format!(
                "{name} never varies, so it has neither trend nor season"
            ));
        }
        said.push(format!(
            "{name} has a trend of strength {trend:.2} and a season of {season:.2}"
        ));
        evidence.insert(
            name.to_string(),
            json!({"trend_strength": trend, "season_strength": season}),
        );
    }
    let years = stages[0].stage.target.len() as f64 / YEAR as f64;
    let said = format!(
        "{} (0 none, 1 nothing else; in {years:.1} years noise alone gives a season of about {:.1})",
        said.join("; "),
        season_of_noise(years)
    );
    Finding::new(ID, Status::Passed, said)
        .with("stages", evidence)
        .with("season_of_noise", season_of_noise(years))
}

/// The mean season strength of white noise of three years or more: 0.70 at three, 0.60 at four and
/// 0.47 at six (statsmodels 0.15.0, 60 series each), which falls like the root of the years to within
/// 0.03.
pub(crate) fn season_of_noise(years: f64) -> f64 {
    (0.7 * (3.0 / years).sqrt()).min(1.0)
}
