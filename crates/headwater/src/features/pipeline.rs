//! The settings of the features, what they learn from training weeks, and the designs.

use std::ops::Range;
use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::adstock::{AdstockSettings, adstock};
use super::flags::{learnable, zero_flag};
use super::holidays::Holiday;
use super::interactions::{Interaction, Interactions};
use super::path::ExposurePath;
use super::saturation::{Response, Saturation};
use super::seasonality::{MAX_PAIRS, fourier};
use super::seed::SeedRecipe;
use super::trend::trend;
use crate::data::Dataset;
use crate::data::role::Role;
use crate::design::{Column, Design, Monotone, Purpose};
use crate::error::{Error, Result};
use crate::finding::{Finding, Status};

/// Which family of features is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FeatureSettings {
    /// `standard`, or `seed` to reproduce the seed system.
    pub recipe: Recipe,
    /// `none`: effects are linear in adstocked spend; `log1p`: they level off.
    pub saturation: Saturation,
    /// The carry-over of spend into later weeks.
    pub adstock: AdstockSettings,
    /// Adds a column for the weeks without spend on an exposure, where both states were seen
    /// in at least 8 training weeks.
    pub zero_flags: bool,
    /// Adds a linear trend.
    pub trend: bool,
    /// The number of annual sine and cosine pairs, 0 to 26.
    pub fourier_pairs: usize,
    /// The retail events that get a column.
    pub holidays: Vec<Holiday>,
    /// Pairs of columns whose product is added, or `"auto"`: those that lower the error of
    /// forecasts inside the training weeks.
    pub interactions: Interactions,
}

impl Default for FeatureSettings {
    fn default() -> Self {
        FeatureSettings {
            recipe: Recipe::Standard,
            saturation: Saturation::None,
            adstock: AdstockSettings::default(),
            zero_flags: false,
            trend: true,
            fourier_pairs: 2,
            holidays: vec![Holiday::BlackFriday, Holiday::Christmas],
            interactions: Interactions::default(),
        }
    }
}

impl FeatureSettings {
    /// Checks the settings against the columns of the data.
    ///
    /// # Errors
    /// A decay outside [0, 1), too many Fourier pairs, an event or a name twice, an interaction
    /// that the graph does not allow, or exposures that the seed recipe does not know.
    pub fn validate(&self, data: &Dataset) -> Result<()> {
        self.adstock.validate()?;
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
                {
                    return Err(Error::setting(
                        "the seed recipe has its own features: zero flags, saturation and \
                         interactions cannot be added",
                        "remove them, or set `recipe = \"standard\"` under [features]",
                    ));
                }
                Ok(())
            }
            Recipe::Standard => self.check_names(data),
        }
    }

    /// Refuses two features of one name.
    fn check_names(&self, data: &Dataset) -> Result<()> {
        let covariates = self.covariates(data);
        let exposures = data.roles().exposures();
        let mut names: Vec<String> = covariates.iter().map(|c| c.name.to_string()).collect();
        names.extend(exposures.iter().map(|name| name.to_string()));
        names.extend(mediator_names(data).iter().map(|name| name.to_string()));
        if self.zero_flags {
            names.extend(exposures.iter().map(|name| flag_name(name)));
        }
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

    /// The decays among which the model is to choose; the seed recipe has no use for them.
    pub fn decay_candidates(&self) -> Vec<f64> {
        match self.recipe {
            Recipe::Standard => self.adstock.candidates(),
            Recipe::Seed => vec![0.0],
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
                let (standard, findings) = self.fit_standard(data, train)?;
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
    ) -> Result<(Standard, Vec<Finding>)> {
        let mut left_out = LeftOut::default();
        let mut covariates = self.covariates(data);
        let interactions = self.interactions(data, &covariates)?;
        covariates.retain(|column| left_out.keep(&column.name, &column.values[train.clone()]));

        let mut exposures = Vec::new();
        let mut unflagged = Map::new();
        for (index, name) in data.roles().exposures().into_iter().enumerate() {
            let spend = &data.column(name)[train.clone()];
            if !left_out.keep_exposure(name, spend) {
                continue;
            }
            let flag = self.zero_flags.then(|| learnable(spend));
            if let Some(Err(why)) = &flag {
                unflagged.insert(name.into(), why.clone().into());
            }
            exposures.push(Exposure {
                name: name.into(),
                index,
                direct: data.roles().columns[name].direct,
                response: self.saturation.learn(spend),
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
            exposures,
            covariates,
            interactions: Vec::new(),
        };
        let signals: Vec<_> = self
            .decay_candidates()
            .into_iter()
            .map(|decay| standard.signals(&ExposurePath::observed(data), decay, |_| true))
            .collect();
        for interaction in interactions {
            let varies = !left_out.has_factor_of(&interaction)
                && signals.iter().all(|signals| {
                    interaction
                        .values(signals, Some(data.mediator()))
                        .is_some_and(|product| varies(&product[train.clone()]))
                });
            if !varies {
                left_out.columns.push(interaction.name.to_string());
            } else if interaction.is_control() {
                let product = interaction.values(&[], None);
                let product = product.expect("factors are neither exposures nor the mediator");
                let column = Column::control(interaction.name.clone(), product);
                standard.covariates.push(column);
            } else {
                standard.interactions.push(interaction);
            }
        }
        let mut findings = left_out.findings();
        if self.zero_flags {
            findings.push(self.flag_finding(unflagged));
        }
        Ok((standard, findings))
    }

    /// Levers, controls and the calendar, before constant ones are left out.
    fn covariates(&self, data: &Dataset) -> Vec<Column> {
        let covariates = data.roles().covariates().into_iter();
        covariates
            .map(|name| Column::control(name, data.column(name).clone()))
            .chain(self.calendar(data.weeks()))
            .collect()
    }

    fn calendar(&self, weeks: &[Date]) -> Vec<Column> {
        let trend = self.trend.then(|| Column::control("trend", trend(weeks)));
        let season = fourier(weeks, self.fourier_pairs)
            .into_iter()
            .map(|(name, wave)| Column::control(name, wave));
        let holidays = self
            .holidays
            .iter()
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
    /// The exposures that have features, in the order of the roles. Nothing was learned about
    /// the others: they did not vary over the training weeks.
    pub fn exposures(&self) -> Vec<&str> {
        match &self.built {
            Built::Standard(standard) => standard.exposures.iter().map(|e| &*e.name).collect(),
            Built::Seed(seed) => seed.exposures().collect(),
        }
    }

    /// The design of stage 1 over all weeks: the exposures' features (causal, increasing),
    /// their interactions (causal), levers, controls and calendar.
    ///
    /// # Panics
    /// When the path has other exposures or another number of weeks than the dataset.
    pub fn mediator_design(&self, path: &ExposurePath, decay: f64) -> Design {
        let columns = match &self.built {
            Built::Standard(standard) => standard.mediator_columns(path, decay),
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
        decay: f64,
        mediator: MediatorColumns,
    ) -> Design {
        let mut columns = self.mediator_columns(mediator);
        match &self.built {
            Built::Standard(standard) => {
                standard.extend_outcome(&mut columns, path, decay, mediator)
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
    exposures: Vec<Exposure>,
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
    response: Response,
    /// The name of the zero-spend flag, where there is one.
    flag: Option<Arc<str>>,
}

impl Exposure {
    fn signal(&self, path: &ExposurePath, decay: f64) -> Arc<[f64]> {
        let mut signal = adstock(path.spend(self.index), decay);
        self.response.apply(&mut signal);
        signal.into()
    }

    /// The signal, then the flag: spending nothing never raises the target.
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
        signal.into_iter().chain(flag)
    }
}

impl Standard {
    /// The transformed exposures that are `wanted`, by their place in the path.
    fn signals(
        &self,
        path: &ExposurePath,
        decay: f64,
        wanted: fn(&Exposure) -> bool,
    ) -> Vec<Option<Arc<[f64]>>> {
        let mut signals = vec![None; path.exposures().count()];
        for exposure in self.exposures.iter().filter(|exposure| wanted(exposure)) {
            signals[exposure.index] = Some(exposure.signal(path, decay));
        }
        signals
    }

    fn mediator_columns(&self, path: &ExposurePath, decay: f64) -> Vec<Column> {
        let signals = self.signals(path, decay, |_| true);
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
        decay: f64,
        mediator: MediatorColumns,
    ) {
        let signals = self.signals(path, decay, |exposure| exposure.direct);
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
