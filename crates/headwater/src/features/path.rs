//! What was, or would have been, spent.

use std::sync::Arc;

use super::spend::Spend;
use crate::data::Dataset;

/// The spend of every exposure, week by week, in the order of `Roles::exposures()`: as
/// observed, or as it would have been. Cloning shares the values and what was made of them.
///
/// ```
/// use headwater::features::ExposurePath;
/// use headwater::simulate::{MarketSettings, simulate};
/// let market = simulate(&MarketSettings::default())?;
/// let observed = ExposurePath::observed(&market.dataset);
/// let off = observed.without("facebook_spend");
/// assert_eq!(off.get("facebook_spend"), [0.0; 104]);
/// assert_eq!(off.get("tiktok_spend"), observed.get("tiktok_spend"));
/// # Ok::<(), headwater::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ExposurePath {
    names: Arc<[Arc<str>]>,
    spend: Vec<Arc<Spend>>,
}

impl ExposurePath {
    /// The spend that stands in the data.
    pub fn observed(data: &Dataset) -> Self {
        let names = data.roles().exposures();
        ExposurePath {
            spend: names
                .iter()
                .map(|name| Arc::new(data.column(name).clone().into()))
                .collect(),
            names: names.into_iter().map(Arc::from).collect(),
        }
    }

    /// The same path with another spend for one exposure.
    ///
    /// # Panics
    /// When there is no such exposure or the number of weeks differs: names and weeks come from
    /// the dataset.
    pub fn with(&self, exposure: &str, spend: Vec<f64>) -> Self {
        let index = self.index(exposure);
        assert_eq!(
            spend.len(),
            self.spend[index].weeks.len(),
            "the path of {exposure} has a wrong length"
        );
        let mut path = self.clone();
        path.spend[index] = Arc::new(spend.into());
        path
    }

    /// The same path without any spend on one exposure.
    ///
    /// # Panics
    /// When there is no such exposure.
    pub fn without(&self, exposure: &str) -> Self {
        self.with(exposure, vec![0.0; self.get(exposure).len()])
    }

    /// The same weeks without any spend.
    pub fn nothing(&self) -> Self {
        let nothing = |spend: &Arc<Spend>| Arc::new(vec![0.0; spend.weeks.len()].into());
        ExposurePath {
            names: self.names.clone(),
            spend: self.spend.iter().map(nothing).collect(),
        }
    }

    /// The same path with the spend on one exposure multiplied by `factor`.
    ///
    /// # Panics
    /// When there is no such exposure.
    pub fn scaled(&self, exposure: &str, factor: f64) -> Self {
        let scaled = self.get(exposure).iter().map(|x| x * factor).collect();
        self.with(exposure, scaled)
    }

    /// The spend on one exposure, one value a week.
    ///
    /// # Panics
    /// When there is no such exposure.
    pub fn get(&self, exposure: &str) -> &[f64] {
        &self.spend[self.index(exposure)].weeks
    }

    /// The exposures, in the order of the roles.
    pub fn exposures(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|name| &**name)
    }

    /// The spend on exposure number `index`.
    pub(super) fn spend(&self, index: usize) -> &Spend {
        &self.spend[index]
    }

    fn index(&self, exposure: &str) -> usize {
        self.exposures()
            .position(|name| name == exposure)
            .unwrap_or_else(|| panic!("the path has no exposure {exposure}"))
    }
}
