//! The settings of the features, what they learn from training weeks, and the designs.

use std::ops::Range;
use std::sync::Arc;

use indexmap::IndexMap;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::adstock::{AdstockSettings, Decay, Kernel};
use super::carry_over::{CarryOver, Channels, Shape, describe};
use super::flags::{learnable, zero_flag};
use super::holidays::{Country, Holiday};
use super::interactions::{Interaction, Interactions};
use super::lags::{lag_name, lagged};
use super::path::ExposurePath;
use super::saturation::{Response, Saturation};
use super::seasonality::{MAX_PAIRS, fourier};
use super::seed::SeedRecipe;
use super::trend::trend;
use super::winsorise::{Limits, Winsorise, held};
use crate::data::Dataset;
use crate::data::role::Role;
use crate::design::{Column, Design, Monotone, Purpose};
use crate::error::{Error, Result};
use crate::finding::{Finding, Status};

/// Which family of features is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Recipe {
    /// Adstock, saturation, levers, controls, trend, season and holidays.
    #[default]
    Standard,
    /// The seed system's features exactly; it needs the spend on Facebook, TikTok and Snapchat
    /// as the only exposures, and has no use for the trend, season, holidays and adstock set
    /// here.
    Seed,
}

/// The table `[features]` of `headwater.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FeatureSettings {
    /// `standard`, or `seed` to reproduce the seed system.
    pub recipe: Recipe,
    /// `none`: effects are linear in adstocked spend; the other shapes level off.
    pub saturation: Saturation,
    /// The carry-over of spend into later weeks.
    pub adstock: AdstockSettings,
    /// Chooses a carry-over, and a saturation among `saturations`, for every exposure by itself.
    #[serde(skip_serializing_if = "is_default")]
    pub per_channel: bool,
    /// Saturations among which `per_channel` chooses besides `saturation`.
    #[serde(skip_serializing_if = "is_default")]
    pub saturations: Vec<Saturation>,
    /// Carry-over and saturation that the user knows, by exposure.
    #[serde(skip_serializing_if = "is_default")]
    pub channels: Channels,
    /// Columns that also enter as they were some weeks before: weeks back, by exposure, lever or
    /// control.
    #[serde(skip_serializing_if = "is_default")]
    pub lags: IndexMap<String, Vec<usize>>,
    /// Holds extreme values of exposures, levers and controls at a quantile of the training weeks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub winsorise: Option<Winsorise>,
    /// Adds a column for the weeks without spend on an exposure, where both states were seen
    /// in at least 8 training weeks.
    pub zero_flags: bool,
    /// Adds a linear trend.
    pub trend: bool,
    /// The number of annual sine and cosine pairs, 0 to 26.
    pub fourier_pairs: usize,
    /// The retail events that get a column.
    pub holidays: Vec<Holiday>,
    /// Adds the retail events of a country that `holidays` does not list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    /// Pairs of columns whose product is added, or `"auto"`: those that lower the error of
    /// forecasts inside the training weeks.
    #[schemars(with = "serde_json::Value")]
    pub interactions: Interactions,
    /// Levers and controls whose own effect is asked for: causal columns, which a penalty leaves alone
    /// by default.
    #[serde(skip_serializing_if = "is_default")]
    pub asked: Vec<String>,
}

impl Default for FeatureSettings {
    fn default() -> Self {
        FeatureSettings {
            recipe: Recipe::Standard,
            saturation: Saturation::None,
            adstock: AdstockSettings::default(),
            per_channel: false,
            saturations: Vec::new(),
            channels: Channels::new(),
            lags: IndexMap::new(),
            winsorise: None,
            zero_flags: false,
            trend: true,
            fourier_pairs: 2,
            holidays: vec![Holiday::BlackFriday, Holiday::Christmas],
            country: None,
            interactions: Interactions::default(),
            asked: Vec::new(),
        }
    }
}

/// The most lags of all columns together.
const MOST_LAGS: usize = 200;

impl FeatureSettings {
    /// The features for a model whose columns must not repeat each other, as those of the seed recipe
    /// do: in its place plain spend beside the usual calendar, otherwise these.
    pub fn standard(&self) -> FeatureSettings {
        match self.recipe {
            Recipe::Standard => self.clone(),
            Recipe::Seed => FeatureSettings {
                adstock: AdstockSettings {
                    decay: Decay::Fixed(0.0),
                    ..AdstockSettings::default()
                },
                ..FeatureSettings::default()
            },
        }
    }

    /// Checks the settings against the columns of the data.
    ///
    /// # Errors
    /// A decay outside [0, 1), too many Fourier pairs, an event or a name twice, an interaction
    /// that the graph does not allow, or exposures that the seed recipe does not know.
    pub fn validate(&self, data: &Dataset) -> Result<()> {
        self.adstock.validate()?;
        self.check_shapes(data)?;
        self.check_lags(data)?;
        self.check_asked(data)?;
        self.check_holidays(data)?;
        if let Some(winsorise) = &self.winsorise {
            winsorise.validate(data.roles())?;
        }
        if self.fourier_pairs > MAX_PAIRS {
            return Err(Error::setting(
                format!("features.fourier_pairs is {}", self.fourier_pairs),
                format!("weekly data can tell at most {MAX_PAIRS} pairs apart; 2 or 3 are usual"),
            ));
        }
        match self.recipe {
            Recipe::Seed => {
                SeedRecipe::derive(data)?;
                if self.zero_flags
                    || self.saturation != Saturation::None
                    || self.interactions != Interactions::default()
                    || self.per_channel
                    || !self.channels.is_empty()
                    || !self.lags.is_empty()
                    || self.winsorise.is_some()
                {
                    return Err(Error::setting(
                        "the seed recipe has its own features: zero flags, saturation, interactions, \
                         lags, winsorising and settings of single channels cannot be added",
                        "remove them, or set `recipe = \"standard\"` under [features]",
                    ));
                }
                Ok(())
            }
            Recipe::Standard => self.check_names(data),
        }
    }

    /// Refuses weeks that a holiday by table does not know.
    fn check_holidays(&self, data: &Dataset) -> Result<()> {
        let of_country = self.country.map_or(&[][..], Country::holidays);
        let mut holidays = self.holidays.iter().chain(of_country);
        holidays.try_for_each(|holiday| holiday.check_years(data.weeks()))
    }

    /// Refuses saturations out of range, and settings of exposures that the data do not have.
    fn check_shapes(&self, data: &Dataset) -> Result<()> {
        self.saturation.validate()?;
        self.saturations.iter().try_for_each(Saturation::validate)?;
        if !self.saturations.is_empty() && !self.per_channel {
            return Err(Error::setting(
                "features.saturations lists saturations to choose from, but per_channel is false",
                "set `per_channel = true`, or name the one to use as `saturation`",
            ));
        }
        let exposures = data.roles().exposures();
        for (name, channel) in &self.channels {
            if !exposures.contains(&name.as_str()) {
                return Err(Error::setting(
                    format!("[features.channels.{name}]: there is no exposure of that name"),
                    format!("choose from {}", exposures.join(", ")),
                ));
            }
            channel.adstock.as_ref().map_or(Ok(()), Kernel::validate)?;
            channel
                .saturation
                .as_ref()
                .map_or(Ok(()), Saturation::validate)?;
        }
        Ok(())
    }

    /// Refuses columns asked for that are no levers or controls.
    fn check_asked(&self, data: &Dataset) -> Result<()> {
        let covariates = data.roles().covariates();
        let unknown = |name: &&String| !covariates.contains(&name.as_str());
        match self.asked.iter().find(unknown) {
            None => Ok(()),
            Some(name) => Err(Error::setting(
                format!("features.asked names {name}, which is no lever or control"),
                format!("choose from {}", covariates.join(", ")),
            )),
        }
    }

    /// Refuses lags of other columns than exposures, levers and controls, of 0 weeks, given twice,
    /// or longer than the data.
    fn check_lags(&self, data: &Dataset) -> Result<()> {
        let listed: usize = self.lags.values().map(Vec::len).sum();
        if listed > MOST_LAGS {
            return Err(Error::setting(
                format!("features.lags lists {listed} lags, and each becomes a column"),
                format!(
                    "list at most {MOST_LAGS}; carry-over needs none, it is in [features.adstock]"
                ),
            ));
        }
        for (name, weeks) in &self.lags {
            let role = data.roles().columns.get(name).map(|variable| variable.role);
            if !matches!(role, Some(Role::Exposure | Role::Lever | Role::Control)) {
                return Err(Error::setting(
                    format!("features.lags names {name}, which is no exposure, lever or control"),
                    "lag the columns that explain; the past of the mediator or the outcome would \
                     take over the effects of the exposures",
                ));
            }
            for (index, lag) in weeks.iter().enumerate() {
                if *lag == 0 || *lag >= data.len() || weeks[..index].contains(lag) {
                    return Err(Error::setting(
                        format!("features.lags.{name} lists a lag of {lag} weeks"),
                        format!("list each lag once, from 1 to {}", data.len() - 1),
                    ));
                }
            }
        }
        Ok(())
    }

    /// Refuses two features of one name.
    fn check_names(&self, data: &Dataset) -> Result<()> {
        let mut covariates = self.covariates(data);
        self.lag_covariates(data, &mut covariates);
        let exposures = data.roles().exposures();
        let mut names: Vec<String> = covariates.iter().map(|c| c.name.to_string()).collect();
        names.extend(exposures.iter().map(|name| name.to_string()));
        names.extend(mediator_names(data).iter().map(|name| name.to_string()));
        if self.zero_flags {
            names.extend(exposures.iter().map(|name| flag_name(name)));
        }
        let lagged = self
            .lags
            .iter()
            .filter(|(name, _)| exposures.contains(&name.as_str()));
        names.extend(
            lagged.flat_map(|(name, weeks)| weeks.iter().map(move |lag| lag_name(name, *lag))),
        );
        for interaction in self.interactions(data, &covariates)? {
            let [first, second] = &interaction.pair;
            names.push(interaction.name.to_string());
            // the same product, written the other way round
            if self
                .interactions
                .pairs()
                .contains(&[second.clone(), first.clone()])
            {
                names.push(interaction.name.to_string());
            }
        }
        names.sort();
        match names.windows(2).find(|pair| pair[0] == pair[1]) {
            None => Ok(()),
            Some(pair) => Err(Error::setting(
                format!("two features would be called {}", pair[0]),
                "rename the column of the file, or list the feature once under [features]",
            )),
        }
    }

    /// The geometric decays among [`carry_overs`](Self::carry_overs).
    pub fn decay_candidates(&self) -> Vec<f64> {
        match self.recipe {
            Recipe::Standard => self.adstock.candidates(),
            Recipe::Seed => vec![0.0],
        }
    }

    /// The carry-overs among which a stage is to choose; the seed recipe has no use for them.
    pub fn carry_overs(&self) -> Vec<CarryOver> {
        match self.recipe {
            Recipe::Standard => self
                .adstock
                .kernels()
                .into_iter()
                .map(CarryOver::from)
                .collect(),
            Recipe::Seed => vec![0.0.into()],
        }
    }

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
    fn covariates(&self, data: &Dataset) -> Vec<Column> {
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
    fn lag_covariates(&self, data: &Dataset, covariates: &mut Vec<Column>) {
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

    fn calendar(&self, weeks: &[Date]) -> Vec<Column> {
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

    fn interactions(&self, data: &Dataset, covariates: &[Column]) -> Result<Vec<Interaction>> {
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

/// How stage 2 reads the mediator: one value a week in each slice.
#[derive(Debug, Clone, Copy)]
pub enum MediatorColumns<'a> {
    /// Not at all.
    None,
    /// As observed: one slope.
    Observed(&'a [f64]),
    /// As stage 1 predicts it: one slope.
    Predicted(&'a [f64]),
    /// What the exposures set off and what moved for other reasons, a slope each.
    TwoSlope {
        /// Stage 1's prediction beyond its prediction without any exposure.
        induced: &'a [f64],
        /// Observed minus induced.
        autonomous: &'a [f64],
    },
}

impl MediatorColumns<'_> {
    /// The mediator as a factor of an interaction: everything stage 2 knows of it.
    fn level(&self) -> Option<Vec<f64>> {
        match self {
            MediatorColumns::None => None,
            MediatorColumns::Observed(values) | MediatorColumns::Predicted(values) => {
                Some(values.to_vec())
            }
            MediatorColumns::TwoSlope {
                induced,
                autonomous,
            } => Some(
                induced
                    .iter()
                    .zip(*autonomous)
                    .map(|(i, a)| i + a)
                    .collect(),
            ),
        }
    }
}

/// Features learned from training weeks only, ready to build the designs of any spend path.
///
/// Columns that no path changes are computed once and shared.
#[derive(Debug, Clone)]
pub struct Features {
    weeks: usize,
    /// The names of the observed, predicted, induced and autonomous mediator.
    mediator: [Arc<str>; 4],
    built: Built,
}

#[derive(Debug, Clone)]
enum Built {
    Standard(Standard),
    Seed(SeedRecipe),
}

impl Features {
    /// The number of weeks of the designs.
    pub fn weeks(&self) -> usize {
        self.weeks
    }

    /// The exposures that have features, in the order of the roles. Nothing was learned about
    /// the others: they did not vary over the training weeks.
    pub fn exposures(&self) -> Vec<&str> {
        match &self.built {
            Built::Standard(standard) => standard.exposures.iter().map(|e| &*e.name).collect(),
            Built::Seed(seed) => seed.exposures().collect(),
        }
    }

    /// The same features, nothing learned anew, over other values of the levers and controls or
    /// over more weeks: `data` has the roles that these were learned with and begins in the same
    /// week.
    ///
    /// # Errors
    /// When a holiday by table does not reach the last week.
    pub fn over(&self, data: &Dataset) -> Result<Self> {
        let built = match &self.built {
            Built::Standard(standard) => Built::Standard(standard.over(data)?),
            Built::Seed(_) => Built::Seed(SeedRecipe::derive(data)?),
        };
        Ok(Features {
            weeks: data.len(),
            mediator: self.mediator.clone(),
            built,
        })
    }

    /// What stage designs read of an exposure's spend before any slope: carried over, then
    /// saturated, week by week; none for an exposure without features and under the seed recipe.
    ///
    /// # Panics
    /// When the path has no such exposure.
    pub fn signal(
        &self,
        exposure: &str,
        path: &ExposurePath,
        carry_over: &CarryOver,
    ) -> Option<Arc<[f64]>> {
        let Built::Standard(standard) = &self.built else {
            return None;
        };
        let mut exposures = standard.exposures.iter();
        let exposure = exposures.find(|other| &*other.name == exposure)?;
        Some(exposure.signal(path, carry_over))
    }

    /// Whether each exposure enters a stage as one [signal](Self::signal) of its own, without flags,
    /// lags or products: effects of linear stages then add up over exposures.
    pub fn one_signal_each(&self) -> bool {
        match &self.built {
            Built::Standard(standard) => {
                let alone =
                    |exposure: &Exposure| exposure.flag.is_none() && exposure.lags.is_empty();
                standard.interactions.is_empty() && standard.exposures.iter().all(alone)
            }
            Built::Seed(_) => false,
        }
    }

    /// Whether the signal of an exposure may bend in its spend; where not, a linear stage is a straight
    /// line in it by assumption.
    pub fn may_bend(&self, exposure: &str) -> bool {
        let Built::Standard(standard) = &self.built else {
            return true;
        };
        let straight = |e: &Exposure| {
            let mut shapes = e.responses.iter().map(Response::shape);
            e.flag.is_none() && e.limit.is_none() && shapes.all(|shape| shape == Saturation::None)
        };
        let mut exposures = standard.exposures.iter();
        exposures.any(|e| &*e.name == exposure && !straight(e))
    }

    /// The design of stage 1 over all weeks: the exposures' features (causal, increasing),
    /// their interactions (causal), levers, controls and calendar.
    ///
    /// # Panics
    /// When the path has other exposures or another number of weeks than the dataset.
    pub fn mediator_design(&self, path: &ExposurePath, carry_over: impl Into<CarryOver>) -> Design {
        let columns = match &self.built {
            Built::Standard(standard) => standard.mediator_columns(path, &carry_over.into()),
            Built::Seed(seed) => seed.mediator_columns(path),
        };
        Design::new(self.weeks, columns)
    }

    /// The design of stage 2 over all weeks: the mediator (causal, increasing), the features
    /// of the direct exposures (causal, increasing), interactions (causal), then the same
    /// levers, controls and calendar as in stage 1.
    ///
    /// # Panics
    /// When the path or the mediator has another number of weeks than the dataset.
    pub fn outcome_design(
        &self,
        path: &ExposurePath,
        carry_over: impl Into<CarryOver>,
        mediator: MediatorColumns,
    ) -> Design {
        let mut columns = self.mediator_columns(mediator);
        match &self.built {
            Built::Standard(standard) => {
                standard.extend_outcome(&mut columns, path, &carry_over.into(), mediator)
            }
            Built::Seed(seed) => {
                // last, and penalised like every column of the seed system
                let mediator = std::mem::replace(&mut columns, seed.covariates().to_vec());
                columns.extend(mediator.into_iter().map(|column| Column {
                    purpose: Purpose::Control,
                    monotone: Monotone::Free,
                    ..column
                }));
            }
        }
        Design::new(self.weeks, columns)
    }

    /// `from` with every kernel and saturation that may be chosen for exposure number `nth` of
    /// [`exposures`](Self::exposures) by itself; none unless `per_channel` is set.
    pub fn choices(&self, from: &CarryOver, nth: usize) -> Vec<CarryOver> {
        let Built::Standard(standard) = &self.built else {
            return Vec::new();
        };
        let exposure = &standard.exposures[nth];
        let fixed = exposure.kernel.as_ref().map(std::slice::from_ref);
        let kernels = match standard.choices.is_empty() {
            true => &[],
            false => fixed.unwrap_or(&standard.choices),
        };
        let shapes = kernels.iter().flat_map(|&kernel| {
            let responses = exposure.responses.iter();
            responses.map(move |&response| Shape { kernel, response })
        });
        shapes
            .map(|shape| from.with_shape(exposure.index, shape))
            .collect()
    }

    /// The kernel of an exposure under a carry-over; none under the seed recipe.
    pub fn kernel(&self, exposure: &str, carry_over: &CarryOver) -> Option<Kernel> {
        let Built::Standard(standard) = &self.built else {
            return None;
        };
        let mut exposures = standard.exposures.iter();
        let exposure = exposures.find(|other| &*other.name == exposure);
        Some(exposure.map_or(carry_over.kernel, |e| e.shape(carry_over).kernel))
    }

    /// The saturation of an exposure under a carry-over; none without features and under the seed
    /// recipe.
    pub fn response(&self, exposure: &str, carry_over: &CarryOver) -> Option<Response> {
        let Built::Standard(standard) = &self.built else {
            return None;
        };
        let mut exposures = standard.exposures.iter();
        let exposure = exposures.find(|other| &*other.name == exposure)?;
        Some(exposure.shape(carry_over).response)
    }

    /// The weeks after a week's spend by which 99% of its effect on the stage has come, for the
    /// exposure that takes longest.
    pub fn reach(&self, carry_over: &CarryOver) -> usize {
        const NEARLY_ALL: f64 = 0.99;
        match &self.built {
            Built::Standard(standard) => {
                let reach = |exposure: &Exposure| {
                    let lags = exposure.lags.iter().map(|(lag, _)| *lag);
                    exposure.shape(carry_over).kernel.reach(NEARLY_ALL) + lags.max().unwrap_or(0)
                };
                standard.exposures.iter().map(reach).max().unwrap_or(0)
            }
            Built::Seed(seed) => seed.reach(NEARLY_ALL),
        }
    }

    /// What was chosen or set for the exposures of a stage (those with a direct edge alone in
    /// stage 2), as the report lists it: `adstock_decay`, or `adstock` for other kinds, and
    /// `channels` for exposures with a kernel or saturation of their own. Empty under the seed
    /// recipe.
    pub fn describe(&self, carry_over: &CarryOver, direct_only: bool) -> Map<String, Value> {
        let Built::Standard(standard) = &self.built else {
            return Map::new();
        };
        let mut chosen = describe(carry_over.kernel, None);
        let placed = standard
            .exposures
            .iter()
            .filter(|e| e.direct || !direct_only);
        let own = placed.filter(|e| e.own || carry_over.shape(e.index).is_some());
        let channels: Map<String, Value> = own
            .map(|exposure| {
                let shape = exposure.shape(carry_over);
                let described = describe(shape.kernel, Some(shape.response.shape()));
                (exposure.name.to_string(), described.into())
            })
            .collect();
        if !channels.is_empty() {
            chosen.insert("channels".into(), channels.into());
        }
        chosen
    }

    fn mediator_columns(&self, mediator: MediatorColumns) -> Vec<Column> {
        let column = |name: &Arc<str>, values: &[f64]| {
            Column::causal(name.clone(), values, Monotone::Increasing)
        };
        let [observed, fitted, induced, autonomous] = &self.mediator;
        match mediator {
            MediatorColumns::None => Vec::new(),
            MediatorColumns::Observed(values) => vec![column(observed, values)],
            MediatorColumns::Predicted(values) => vec![column(fitted, values)],
            MediatorColumns::TwoSlope {
                induced: part,
                autonomous: rest,
            } => vec![column(induced, part), column(autonomous, rest)],
        }
    }
}

/// The features of the standard recipe.
#[derive(Debug, Clone)]
struct Standard {
    settings: Arc<FeatureSettings>,
    limits: Arc<Limits>,
    exposures: Vec<Exposure>,
    /// The kernels that may be chosen for single exposures.
    choices: Vec<Kernel>,
    covariates: Vec<Column>,
    /// Those with an exposure or the mediator; the others are covariates.
    interactions: Vec<Interaction>,
}

/// An exposure that varies over the training weeks.
#[derive(Debug, Clone)]
struct Exposure {
    name: Arc<str>,
    /// Its place in the path.
    index: usize,
    direct: bool,
    /// The kernel that the user fixed.
    kernel: Option<Kernel>,
    /// The saturations that may be chosen, the usual one first.
    responses: Vec<Response>,
    /// Whether the user set anything for it alone.
    own: bool,
    /// The spend above which a week counts as this much.
    limit: Option<f64>,
    /// Weeks back and the names of those columns.
    lags: Vec<(usize, Arc<str>)>,
    /// The name of the zero-spend flag, where there is one.
    flag: Option<Arc<str>>,
}

impl Exposure {
    fn shape(&self, carry_over: &CarryOver) -> Shape {
        carry_over.shape(self.index).unwrap_or(Shape {
            kernel: self.kernel.unwrap_or(carry_over.kernel),
            response: self.responses[0],
        })
    }

    fn signal(&self, path: &ExposurePath, carry_over: &CarryOver) -> Arc<[f64]> {
        let Shape { kernel, response } = self.shape(carry_over);
        let spend = path.spend(self.index);
        let mut signal = match self.limit {
            Some(limit) => kernel.apply(&held(spend, limit)),
            None => kernel.apply(spend),
        };
        response.apply(&mut signal);
        signal.into()
    }

    /// The signal, as it was some weeks before, then the flag: spending nothing never raises the
    /// target.
    fn columns(
        &self,
        path: &ExposurePath,
        signals: &[Option<Arc<[f64]>>],
    ) -> impl Iterator<Item = Column> {
        let signal = signals[self.index]
            .as_ref()
            .map(|signal| Column::causal(self.name.clone(), signal.clone(), Monotone::Increasing));
        let flag = self.flag.as_ref().map(|name| {
            let flag = zero_flag(path.spend(self.index));
            Column::causal(name.clone(), flag, Monotone::Decreasing)
        });
        let lags = signals[self.index].as_ref().into_iter().flat_map(|signal| {
            self.lags.iter().map(|(lag, name)| {
                let past = lagged(signal, *lag, 0.0);
                Column::causal(name.clone(), past, Monotone::Increasing)
            })
        });
        signal.into_iter().chain(lags).chain(flag)
    }
}

impl Standard {
    fn over(&self, data: &Dataset) -> Result<Self> {
        self.settings.check_holidays(data)?;
        let mut covariates = self.settings.covariates(data);
        for column in &mut covariates {
            self.limits.hold(column);
        }
        let interactions = self.settings.interactions(data, &covariates)?;
        self.settings.lag_covariates(data, &mut covariates);
        let (products, interactions): (Vec<_>, Vec<_>) =
            interactions.into_iter().partition(Interaction::is_control);
        covariates.extend(products.iter().map(Interaction::control));
        let now = |column: &Column| {
            let now = covariates.iter().find(|other| other.name == column.name);
            now.cloned()
                .expect("the same settings name the same columns")
        };
        Ok(Standard {
            covariates: self.covariates.iter().map(now).collect(),
            interactions: interactions
                .into_iter()
                .filter(|one| self.interactions.iter().any(|other| other.name == one.name))
                .collect(),
            ..self.clone()
        })
    }

    /// The transformed exposures that are `wanted`, by their place in the path.
    fn signals(
        &self,
        path: &ExposurePath,
        carry_over: &CarryOver,
        wanted: fn(&Exposure) -> bool,
    ) -> Vec<Option<Arc<[f64]>>> {
        let mut signals = vec![None; path.exposures().count()];
        for exposure in self.exposures.iter().filter(|exposure| wanted(exposure)) {
            signals[exposure.index] = Some(exposure.signal(path, carry_over));
        }
        signals
    }

    fn mediator_columns(&self, path: &ExposurePath, carry_over: &CarryOver) -> Vec<Column> {
        let signals = self.signals(path, carry_over, |_| true);
        let exposures = self.exposures.iter();
        let mut columns: Vec<Column> = exposures
            .flat_map(|exposure| exposure.columns(path, &signals))
            .collect();
        let placed = self.interactions.iter().filter(|i| i.in_mediator_stage());
        columns.extend(products(placed, &signals, None));
        columns.extend_from_slice(&self.covariates);
        columns
    }

    /// Adds everything but the mediator.
    fn extend_outcome(
        &self,
        columns: &mut Vec<Column>,
        path: &ExposurePath,
        carry_over: &CarryOver,
        mediator: MediatorColumns,
    ) {
        let signals = self.signals(path, carry_over, |exposure| exposure.direct);
        let direct = self.exposures.iter().filter(|exposure| exposure.direct);
        columns.extend(direct.flat_map(|exposure| exposure.columns(path, &signals)));
        if !self.interactions.is_empty() {
            let placed = self.interactions.iter().filter(|i| i.in_outcome_stage());
            columns.extend(products(placed, &signals, mediator.level().as_deref()));
        }
        columns.extend_from_slice(&self.covariates);
    }
}

fn products<'a>(
    interactions: impl Iterator<Item = &'a Interaction>,
    signals: &[Option<Arc<[f64]>>],
    mediator: Option<&[f64]>,
) -> impl Iterator<Item = Column> {
    interactions.filter_map(move |interaction| {
        let product = interaction.values(signals, mediator)?;
        Some(Column::causal(
            interaction.name.clone(),
            product,
            Monotone::Free,
        ))
    })
}

/// What does not vary over the training weeks and so cannot be learned from.
#[derive(Default)]
struct LeftOut {
    exposures: Vec<String>,
    columns: Vec<String>,
}

impl LeftOut {
    fn keep(&mut self, name: &str, train: &[f64]) -> bool {
        let varies = varies(train);
        if !varies {
            self.columns.push(name.into());
        }
        varies
    }

    fn keep_exposure(&mut self, name: &str, train: &[f64]) -> bool {
        let varies = varies(train);
        if !varies {
            self.exposures.push(name.into());
        }
        varies
    }

    fn has_factor_of(&self, interaction: &Interaction) -> bool {
        let left_out = |name: &String| self.exposures.contains(name) || self.columns.contains(name);
        interaction.pair.iter().any(left_out)
    }

    fn findings(self) -> Vec<Finding> {
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

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn varies(values: &[f64]) -> bool {
    values.iter().any(|value| *value != values[0])
}

fn flag_name(exposure: &str) -> String {
    format!("{exposure} is zero")
}

fn mediator_names(data: &Dataset) -> [Arc<str>; 4] {
    let mediator = data.roles().only(Role::Mediator);
    let mediator = mediator.expect("checked by Dataset::new");
    ["observed", "predicted", "induced", "autonomous"]
        .map(|part| format!("{mediator} ({part})").into())
}
