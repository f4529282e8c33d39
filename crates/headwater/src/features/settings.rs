//! The settings of the features: the table `[features]`, checked against the columns of the data.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::adstock::{AdstockSettings, Decay, Kernel};
use super::carry_over::{CarryOver, Channels};
use super::flags::flag_name;
use super::holidays::{Country, Holiday};
use super::interactions::Interactions;
use super::lags::lag_name;
use super::mediator_columns::mediator_names;
use super::saturation::Saturation;
use super::seasonality::MAX_PAIRS;
use super::seed::SeedRecipe;
use super::winsorise::Winsorise;
use crate::data::Dataset;
use crate::data::role::Role;
use crate::error::{Error, Result};

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
    pub(super) fn check_holidays(&self, data: &Dataset) -> Result<()> {
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
        let exposures = data.roles().exposures();
        let covariates = data.roles().covariates();
        let mut names: Vec<String> = covariates.iter().map(|name| name.to_string()).collect();
        // over no weeks, as the names alone are asked for
        let calendar = self.calendar(&[]);
        names.extend(calendar.iter().map(|column| column.name.to_string()));
        names.extend(exposures.iter().map(|name| name.to_string()));
        names.extend(mediator_names(data).iter().map(|name| name.to_string()));
        if self.zero_flags {
            names.extend(exposures.iter().map(|name| flag_name(name)));
        }
        let lagged = self.lags.iter();
        names.extend(
            lagged.flat_map(|(name, weeks)| weeks.iter().map(move |lag| lag_name(name, *lag))),
        );
        let covariates = match self.interactions.pairs() {
            [] => Vec::new(),
            _ => self.covariates(data),
        };
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
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
