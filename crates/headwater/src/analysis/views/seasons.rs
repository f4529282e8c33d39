//! Trend and season of the mediator and the outcome.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{dates, target};
use crate::data::Dataset;
use crate::data::role::{Role, Unit};
use crate::features::stl::{StlSettings, decompose};
use crate::validation::cross_validation::YEAR;
use crate::validation::diagnostics::decomposition::{YEARS, season_of_noise};

/// The mediator and the outcome taken apart into trend, season and what remains, by STL. It
/// describes the data: loess looks both ways, so none of it is a column of the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Seasons {
    /// The first day of each week, ISO 8601, ascending.
    pub weeks: Vec<String>,
    /// The mediator.
    pub mediator: StageSeason,
    /// The outcome.
    pub outcome: StageSeason,
    /// The season strength that noise alone would have in so many years, about, in 0 to 1; null with
    /// less than three years.
    pub season_of_noise: Option<f64>,
}

/// One series taken apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StageSeason {
    /// The column.
    pub target: String,
    /// What it is measured in.
    pub unit: Unit,
    /// What happened, one value a week.
    pub actual: Vec<f64>,
    /// Its parts; null where there are none to be told apart.
    pub parts: Option<SeasonParts>,
    /// Why there are no parts, or why they have no strengths.
    pub not_assessed: Option<String>,
}

/// `trend + season + remainder` is the series, week by week, in its unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SeasonParts {
    /// The slow movement.
    pub trend: Vec<f64>,
    /// What repeats from year to year, around 0.
    pub season: Vec<f64>,
    /// What is left.
    pub remainder: Vec<f64>,
    /// How much of the movement around the season is trend, in 0 to 1; null with less than three
    /// years, in which trend and season follow noise.
    pub trend_strength: Option<f64>,
    /// How much of the movement around the trend is season, in 0 to 1; null with less than three
    /// years.
    pub season_strength: Option<f64>,
}

impl Seasons {
    /// Of the weeks of a dataset, with STL's usual settings for a year of 52 weeks.
    pub(in crate::analysis) fn of(dataset: &Dataset) -> Self {
        let years = dataset.len() as f64 / YEAR as f64;
        Seasons {
            weeks: dates(dataset),
            mediator: StageSeason::of(target(dataset, Role::Mediator), dataset.mediator()),
            outcome: StageSeason::of(target(dataset, Role::Outcome), dataset.outcome()),
            season_of_noise: (dataset.len() >= YEARS * YEAR).then(|| season_of_noise(years)),
        }
    }
}

impl StageSeason {
    fn of((target, unit): (String, Unit), actual: &[f64]) -> Self {
        let (parts, not_assessed) = match SeasonParts::of(&target, actual) {
            Err(why) => (None, Some(why)),
            Ok(parts) => {
                let weak = parts.season_strength.is_none();
                let why = weak.then(|| {
                    format!(
                        "{} weeks are too few to tell a season from noise: strengths take at least {YEARS} \
                         years",
                        actual.len()
                    )
                });
                (Some(parts), why)
            }
        };
        StageSeason {
            target,
            unit,
            actual: actual.to_vec(),
            parts,
            not_assessed,
        }
    }
}

impl SeasonParts {
    /// The parts, or why there are none.
    fn of(name: &str, series: &[f64]) -> Result<Self, String> {
        let weeks = series.len();
        if weeks < 2 * YEAR {
            return Err(format!(
                "{weeks} weeks of {name} show no week of the year twice over: trend and season take at least two \
                 years ({} weeks)",
                2 * YEAR
            ));
        }
        if series.windows(2).all(|pair| pair[0] == pair[1]) {
            return Err(format!(
                "{name} never varies, so it has neither trend nor season"
            ));
        }
        let stl = decompose(series, &StlSettings::new(YEAR))
            .map_err(|why| format!("{name} could not be taken apart: {why}"))?;
        let strength = |strength: f64| {
            let assessed = weeks >= YEARS * YEAR && strength.is_finite();
            assessed.then_some(strength)
        };
        Ok(SeasonParts {
            trend_strength: strength(stl.trend_strength()),
            season_strength: strength(stl.season_strength()),
            trend: stl.trend,
            season: stl.season,
            remainder: stl.remainder,
        })
    }
}
