//! The recipe of the seed system, for comparison with it: logs in dollars, their sum and one
//! product, pandas' exponentially weighted means, and no controls in stage 1.

use std::ops::Range;
use std::sync::Arc;

use super::adstock::Kernel;
use super::ewm::ewm;
use super::path::ExposurePath;
use super::settings::Recipe;
use crate::data::Dataset;
use crate::design::Column;
use crate::error::{Error, Result};

const ALPHA: f64 = 0.3;
const PLATFORMS: [&str; 3] = ["facebook", "tiktok", "snapchat"];
/// The order of stage 2; what matches none follows in the order of the roles.
const COVARIATES: [&str; 5] = ["email", "sms", "price", "follower", "promo"];

impl Recipe {
    /// Whether the recipe can use an exposure of that name: the seed recipe knows Facebook, TikTok
    /// and Snapchat alone.
    ///
    /// ```
    /// use headwater::features::Recipe;
    /// assert!(Recipe::Seed.knows("TikTok_spend") && !Recipe::Seed.knows("instagram_spend"));
    /// assert!(Recipe::Standard.knows("instagram_spend"));
    /// ```
    pub fn knows(self, exposure: &str) -> bool {
        let name = exposure.to_lowercase();
        self == Recipe::Standard || PLATFORMS.iter().any(|platform| name.starts_with(platform))
    }
}

/// The seed system's features. Nothing is learned: no scale, no left-out column.
#[derive(Debug, Clone)]
pub(super) struct SeedRecipe {
    exposures: Vec<Arc<str>>,
    facebook: usize,
    tiktok: usize,
    covariates: Vec<Column>,
}

impl SeedRecipe {
    /// Finds the three platforms and puts the covariates in order.
    ///
    /// # Errors
    /// Unless the exposures are the spend on Facebook, TikTok and Snapchat, none of them with a
    /// direct edge.
    pub fn derive(data: &Dataset) -> Result<Self> {
        let exposures = data.roles().exposures();
        let place = |platform: &str| {
            let mut matching =
                (0..exposures.len()).filter(|&i| exposures[i].to_lowercase().starts_with(platform));
            matching.next().filter(|_| matching.next().is_none())
        };
        let [Some(facebook), Some(tiktok), Some(_)] = PLATFORMS.map(place) else {
            return Err(needs(&exposures));
        };
        if exposures.len() != PLATFORMS.len() {
            return Err(needs(&exposures));
        }
        let direct = data.roles().direct_exposures();
        if !direct.is_empty() {
            return Err(Error::setting(
                format!(
                    "the seed recipe has no direct path, but one is drawn for {}",
                    direct.join(", ")
                ),
                "remove `direct = true`, or set `recipe = \"standard\"` under [features]",
            ));
        }
        let mut covariates = data.roles().covariates();
        covariates.sort_by_key(|name| {
            let name = name.to_lowercase();
            let rank = COVARIATES.iter().position(|part| name.contains(part));
            rank.unwrap_or(COVARIATES.len())
        });
        Ok(SeedRecipe {
            facebook,
            tiktok,
            covariates: covariates
                .into_iter()
                .map(|name| Column::control(name, data.column(name).clone()))
                .collect(),
            exposures: exposures.into_iter().map(Arc::from).collect(),
        })
    }

    /// Refuses training weeks in which a logarithm of one plus the spend may not exist.
    pub fn check(&self, data: &Dataset, train: Range<usize>) -> Result<()> {
        for name in &self.exposures {
            let spend = &data.column(name)[train.clone()];
            if let Some(t) = spend.iter().position(|&x| x < 0.0) {
                return Err(Error::input(
                    format!(
                        "{name} is {} in week {}; the seed recipe takes logarithms of spend",
                        spend[t],
                        data.weeks()[train.start + t]
                    ),
                    "correct the negative spend, or set `recipe = \"standard\"` under [features]",
                ));
            }
        }
        Ok(())
    }

    /// The names of the exposures, in the order of the roles.
    pub fn exposures(&self) -> impl Iterator<Item = &str> {
        self.exposures.iter().map(|name| &**name)
    }

    /// The logs, their sum, the product of the Facebook and TikTok logs, and the means.
    pub fn mediator_columns(&self, path: &ExposurePath) -> Vec<Column> {
        let logs: Vec<Vec<f64>> = (0..self.exposures.len())
            .map(|i| path.spend(i).weeks.iter().map(|x| x.ln_1p()).collect())
            .collect();
        let weeks = 0..path.spend(0).weeks.len();
        let sum: Vec<f64> = weeks
            .clone()
            .map(|t| logs.iter().map(|log| log[t]).sum())
            .collect();
        let product: Vec<f64> = weeks
            .map(|t| logs[self.facebook][t] * logs[self.tiktok][t])
            .collect();
        let (facebook, tiktok) = (&self.exposures[self.facebook], &self.exposures[self.tiktok]);
        let product_name = format!("log1p({facebook}) x log1p({tiktok})");

        let mut columns: Vec<Column> = self
            .exposures
            .iter()
            .zip(logs)
            .map(|(name, log)| Column::control(format!("log1p({name})"), log))
            .collect();
        columns.push(Column::control("sum of log1p", sum));
        columns.push(Column::control(product_name, product));
        columns.extend(self.exposures.iter().enumerate().map(|(i, name)| {
            let mean = ewm(&path.spend(i).weeks, ALPHA, true).expect("alpha is 0.3");
            Column::control(format!("ewm({name})"), mean)
        }));
        columns
    }

    /// The weeks by which a week's part in the moving averages has come to `share`.
    pub fn reach(&self, share: f64) -> usize {
        Kernel::Geometric { decay: 1.0 - ALPHA }.reach(share)
    }

    /// Levers and controls in the seed's order.
    pub fn covariates(&self) -> &[Column] {
        &self.covariates
    }
}

fn needs(exposures: &[&str]) -> Error {
    Error::setting(
        format!(
            "the seed recipe needs exactly three exposures, whose names start with facebook, \
             tiktok and snapchat; found {}",
            exposures.join(", ")
        ),
        "set `role = \"ignore\"` on the other exposures, or `recipe = \"standard\"` under [features]",
    )
}
