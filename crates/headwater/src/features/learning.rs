//! What is learned from the training weeks: scales, limits, which columns vary, which weeks are flagged.

use std::ops::Range;
use std::sync::Arc;

use jiff::civil::Date;
use serde_json::{Map, Value};

use super::flags::{flag_name, learnable};
use super::holidays::Country;
use super::interactions::Interaction;
use super::lags::{lag_name, lagged};
use super::learned::{Built, Features};
use super::left_out::{LeftOut, varies};
use super::mediator_columns::mediator_names;
use super::path::ExposurePath;
use super::saturation::Saturation;
use super::seasonality::fourier;
use super::seed::SeedRecipe;
use super::settings::{FeatureSettings, Recipe};
use super::standard::{Exposure, Standard};
use super::trend::trend;
use super::winsorise::Limits;
use crate::data::Dataset;
use crate::data::role::Role;
use crate::design::{Column, Monotone};
use crate::error::{Error, Result};
use crate::finding::{Finding, Status};

impl FeatureSettings {
    /// Learns from the training rows what must be learned; findings say what was left out.
    ///
    /// Rows outside `train` are never read for this, so they may hold anything. A column that
    /// is constant over the training weeks is left out of every design.
    ///
    /// # Errors
    /// Those of [`FeatureSettings::validate`], a training range that is empty or leaves the
    /// data, and training weeks in which no exposure varies.
    ///
    /// ```
    /// use headwater::features::{ExposurePath, FeatureSettings, MediatorColumns};
    /// use headwater::simulate::{MarketSettings, simulate};
    /// let data = simulate(&MarketSettings::default())?.dataset;
    /// let (features, findings) = FeatureSettings::default().fit(&data, 0..104)?;
    /// let observed = ExposurePath::observed(&data);
    /// let stage1 = features.mediator_design(&observed, 0.4);
    /// assert!(findings.is_empty() && stage1.column("facebook_spend").is_some());
    /// // no direct edge is drawn, so no exposure reaches the outcome
    /// let stage2 = features.outcome_design(&observed, 0.4, MediatorColumns::Observed(data.mediator()));
    /// assert!(stage2.column("facebook_spend").is_none());
    /// # Ok::<(), headwater::error::Error>(())
    /// ```
    pub fn fit(&self, data: &Dataset, train: Range<usize>) -> Result<(Features, Vec<Finding>)> {
        self.fit_without(data, train, 0..0)
    }

    /// [`fit`](Self::fit) from the rows of `train` that are not in `left_out`.
    pub fn fit_without(
        &self,
        data: &Dataset,
        train: Range<usize>,
        left_out: Range<usize>,
    ) -> Result<(Features, Vec<Finding>)> {
        self.validate(data)?;
        if train.is_empty() || train.end > data.len() {
            return Err(Error::TooFewWeeks {
                message: format!(
                    "the training weeks {} to {} are not a part of the {} weeks of data",
                    train.start,
                    train.end,
                    data.len()
                ),
                help: "use a training range with at least one week".into(),
            });
        }
        let (built, findings) = match self.recipe {
            Recipe::Standard => {
                let (standard, findings) = self.fit_standard(data, train, left_out)?;
                (Built::Standard(standard), findings)
            }
            Recipe::Seed => {
                let seed = SeedRecipe::derive(data)?;
                seed.check(data, train)?;
                (Built::Seed(seed), Vec::new())
            }
        };
        let features = Features {
            weeks: data.len(),
            mediator: mediator_names(data),
            built,
        };
        Ok((features, findings))
    }

    fn fit_standard(
        &self,
        data: &Dataset,
        train: Range<usize>,
        skipped: Range<usize>,
    ) -> Result<(Standard, Vec<Finding>)> {
        let learned = |values: &[f64]| -> Vec<f64> {
            let rows = train.clone().filter(|row| !skipped.contains(row));
            rows.map(|row| values[row]).collect()
        };
        let mut left_out = LeftOut::default();
        let limits = match &self.winsorise {
            Some(winsorise) => winsorise.learn(data, &learned),
            None => Limits::default(),
        };
        let mut covariates = self.covariates(data);
        for column in &mut covariates {
            limits.hold(column);
        }
        let interactions = self.interactions(data, &covariates)?;
        self.lag_covariates(data, &mut covariates);
        covariates.retain(|column| left_out.keep(&column.name, &learned(&column.values)));

        let mut exposures = Vec::new();
        let mut unflagged = Map::new();
        for (index, name) in data.roles().exposures().into_iter().enumerate() {
            let spend = &learned(data.column(name))[..];
            if !left_out.keep_exposure(name, spend) {
                continue;
            }
            let channel = self.channels.get(name).copied().unwrap_or_default();
            let saturation = channel.saturation.unwrap_or(self.saturation);
            let mut saturations = vec![saturation];
            if channel.saturation.is_none() {
                let others = self
                    .saturations
                    .iter()
                    .filter(|other| **other != saturation);
                saturations.extend(others);
            }
            let flag = self.zero_flags.then(|| learnable(spend));
            if let Some(Err(why)) = &flag {
                unflagged.insert(name.into(), why.clone().into());
            }
            exposures.push(Exposure {
                name: name.into(),
                index,
                direct: data.roles().columns[name].direct,
                kernel: channel.adstock,
                responses: saturations.iter().map(|s| s.learn(spend)).collect(),
                own: self.channels.contains_key(name),
                limit: limits.of(name),
                lags: self.learn_lags(name, data.column(name), &learned, &mut left_out),
                flag: flag
                    .is_some_and(|answer| answer.is_ok())
                    .then(|| flag_name(name).into()),
            });
        }
        if exposures.is_empty() {
            return Err(Error::input(
                format!(
                    "no exposure varies over the training weeks {} to {}, so nothing can be \
                     learned about any of them",
                    data.weeks()[train.start],
                    data.weeks()[train.end - 1]
                ),
                "use more training weeks, or check that the spend columns hold the spend",
            ));
        }

        let mut standard = Standard {
            settings: Arc::new(self.clone()),
            limits: Arc::new(limits),
            choices: if self.per_channel {
                self.adstock.kernels()
            } else {
                Vec::new()
            },
            exposures,
            covariates,
            interactions: Vec::new(),
        };
        let signals: Vec<_> = self
            .carry_overs()
            .iter()
            .map(|carry_over| standard.signals(&ExposurePath::observed(data), carry_over, |_| true))
            .collect();
        for interaction in interactions {
            let varies = !left_out.has_factor_of(&interaction)
                && signals.iter().all(|signals| {
                    interaction
                        .values(signals, Some(data.mediator()))
                        .is_some_and(|product| varies(&learned(&product)))
                });
            if !varies {
                left_out.columns.push(interaction.name.to_string());
            } else if interaction.is_control() {
                standard.covariates.push(interaction.control());
            } else {
                standard.interactions.push(interaction);
            }
        }
        let mut findings = left_out.findings();
        findings.extend(self.winsorise.as_ref().map(|_| standard.limits.finding()));
        findings.extend(self.lag_finding(data));
        if self.zero_flags {
            findings.push(self.flag_finding(unflagged));
        }
        Ok((standard, findings))
    }

    /// Levers, controls and the calendar, before constant ones are left out.
    pub(super) fn covariates(&self, data: &Dataset) -> Vec<Column> {
        let covariates = data.roles().covariates().into_iter();
        covariates
            .map(|name| {
                let values = data.column(name).clone();
                match self.asked.iter().any(|asked| asked == name) {
                    true => Column::causal(name, values, Monotone::Free),
                    false => Column::control(name, values),
                }
            })
            .chain(self.calendar(data.weeks()))
            .collect()
    }

    /// Adds levers and controls as they were some weeks before, after the columns themselves.
    pub(super) fn lag_covariates(&self, data: &Dataset, covariates: &mut Vec<Column>) {
        for (name, weeks) in &self.lags {
            let Some(now) = covariates
                .iter()
                .find(|column| &*column.name == name.as_str())
            else {
                continue;
            };
            let now = now.clone();
            let values = &now.values;
            let before = match data.roles().columns[name].role {
                Role::Control => values.first().copied().unwrap_or_default(),
                _ => 0.0,
            };
            for &lag in weeks {
                covariates.push(Column {
                    name: lag_name(name, lag).into(),
                    values: lagged(values, lag, before).into(),
                    ..now
                });
            }
        }
    }

    /// The lags of an exposure whose columns vary over the training weeks, with their names.
    fn learn_lags(
        &self,
        name: &str,
        spend: &[f64],
        learned: &dyn Fn(&[f64]) -> Vec<f64>,
        left_out: &mut LeftOut,
    ) -> Vec<(usize, Arc<str>)> {
        let weeks = self.lags.get(name).into_iter().flatten();
        weeks
            .map(|&lag| (lag, Arc::from(lag_name(name, lag))))
            .filter(|(lag, name): &(usize, Arc<str>)| {
                left_out.keep(name, &learned(&lagged(spend, *lag, 0.0)))
            })
            .collect()
    }

    /// What stands in the first weeks of lagged columns.
    fn lag_finding(&self, data: &Dataset) -> Option<Finding> {
        let longest = self.lags.values().flatten().max()?;
        let (controls, others): (Vec<&str>, Vec<&str>) = self
            .lags
            .iter()
            .filter(|(_, weeks)| !weeks.is_empty())
            .map(|(name, _)| name.as_str())
            .partition(|name| data.roles().columns[*name].role == Role::Control);
        let mut read = Vec::new();
        if !others.is_empty() {
            read.push(format!("0 for {}", others.join(", ")));
        }
        if !controls.is_empty() {
            read.push(format!("the first value for {}", controls.join(", ")));
        }
        let summary = format!(
            "Lagged columns have no history in the first {longest} weeks of the file and are read \
             as {} there. Add earlier weeks to the file where you have them.",
            read.join(", and as ")
        );
        Some(
            Finding::new("features.lag_history", Status::Warning, summary)
                .with("weeks", *longest)
                .with("zero", others)
                .with("first_value", controls),
        )
    }

    pub(super) fn calendar(&self, weeks: &[Date]) -> Vec<Column> {
        let trend = self.trend.then(|| Column::control("trend", trend(weeks)));
        let season = fourier(weeks, self.fourier_pairs)
            .into_iter()
            .map(|(name, wave)| Column::control(name, wave));
        let of_country = self.country.map_or(&[][..], Country::holidays);
        let others = of_country.iter().filter(|h| !self.holidays.contains(h));
        let holidays = self
            .holidays
            .iter()
            .chain(others)
            .map(|holiday| Column::control(holiday.name(), holiday.flag(weeks)));
        trend.into_iter().chain(season).chain(holidays).collect()
    }

    pub(super) fn interactions(
        &self,
        data: &Dataset,
        covariates: &[Column],
    ) -> Result<Vec<Interaction>> {
        self.interactions
            .pairs()
            .iter()
            .map(|pair| Interaction::derive(pair, data.roles(), covariates))
            .collect()
    }

    fn flag_finding(&self, unflagged: Map<String, Value>) -> Finding {
        let (status, mut summary) = if unflagged.is_empty() {
            (
                Status::Passed,
                "Every exposure has a flag for its weeks without spend.".to_string(),
            )
        } else {
            let reasons: Vec<String> = unflagged
                .iter()
                .map(|(name, why)| format!("{name} ({})", why.as_str().unwrap_or_default()))
                .collect();
            (
                Status::NotAssessed,
                format!(
                    "No flag for weeks without spend was built for {}.",
                    reasons.join(", ")
                ),
            )
        };
        if self.saturation == Saturation::Log1p && status == Status::Passed {
            summary += " The steep start of log1p and a flag explain the same jump at zero: \
                        compare with `zero_flags = false`.";
        }
        Finding::new("features.zero_flags", status, summary).with("not_built", unflagged)
    }
}
