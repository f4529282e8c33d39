//! What any spend would have brought in a simulated market.

use super::{Channel, Market, contrast, media};
use crate::error::{Error, Result};

/// What the spend of all channels brought under one spend path, in dollars week by week: the
/// difference to no spend at all, free of noise.
///
/// Everything else in a market adds to it without interaction, so the difference between two
/// worlds is exactly the difference between the two markets.
#[derive(Debug, Clone, PartialEq)]
pub struct World {
    /// Google dollars that the spend drew after it.
    pub mediator: Vec<f64>,
    /// Revenue around search.
    pub direct: Vec<f64>,
    /// Revenue in all, through search and around it.
    pub outcome: Vec<f64>,
}

/// What one world has more than another, in dollars over all weeks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gain {
    /// Google spend.
    pub mediator: f64,
    /// Revenue around search.
    pub direct: f64,
    /// Revenue in all.
    pub outcome: f64,
}

impl World {
    /// What this world has more than `other`.
    ///
    /// # Errors
    /// Worlds of different lengths.
    pub fn over(&self, other: &World) -> Result<Gain> {
        let (weeks, others) = (self.outcome.len(), other.outcome.len());
        if weeks != others {
            return Err(Error::setting(
                format!("a world of {weeks} weeks is compared with one of {others}"),
                "compare worlds of the same weeks: give both plans the same weeks and tail",
            ));
        }
        Ok(Gain {
            mediator: contrast(&self.mediator, &other.mediator),
            direct: contrast(&self.direct, &other.direct),
            outcome: contrast(&self.outcome, &other.outcome),
        })
    }
}

impl Market {
    /// The weekly spend of each channel in the file, in the order of the settings, in dollars.
    pub fn spend(&self) -> Vec<Vec<f64>> {
        let channels = self.channels().iter();
        channels
            .map(|channel| self.dataset.column(&channel.name).to_vec())
            .collect()
    }

    /// The spend of the file, then the weekly spend of `plan`, then `tail` weeks of none.
    ///
    /// `plan` has one path for each channel, in the order of the settings and in dollars a week;
    /// in the tail the plan's carry-over works itself out.
    ///
    /// # Errors
    /// As [`Market::world`].
    pub fn followed_by(&self, plan: &[Vec<f64>], tail: usize) -> Result<Vec<Vec<f64>>> {
        self.refuse_paths(plan)?;
        let mut spend = self.spend();
        for (path, planned) in spend.iter_mut().zip(plan) {
            path.extend(planned);
            path.resize(path.len() + tail, 0.0);
        }
        Ok(spend)
    }

    /// The truth about any spend: what it would have brought, week by week.
    ///
    /// `spend` has one path for each channel, in the order of the settings and in dollars a week,
    /// from the first week of the file on and as long as you like; nothing was spent before.
    ///
    /// # Errors
    /// A number of paths that is not the number of channels, paths of different lengths, and
    /// spend that is negative or no number.
    ///
    /// ```
    /// use headwater::simulate::{MarketSettings, simulate};
    /// let market = simulate(&MarketSettings::default())?;
    /// let mut more = market.spend();
    /// more[0].iter_mut().for_each(|dollars| *dollars *= 1.2);
    /// let gain = market.world(&more)?.over(&market.world(&market.spend())?)?;
    /// // without saturation, a fifth of what the channel did
    /// assert!((gain.outcome - 0.2 * market.truth.channels[0].total_effect).abs() < 1e-6);
    /// # Ok::<(), headwater::error::Error>(())
    /// ```
    pub fn world(&self, spend: &[Vec<f64>]) -> Result<World> {
        self.refuse_paths(spend)?;
        let settings = &self.truth.settings;
        let brought = |slope: fn(&Channel) -> f64| {
            let slopes: Vec<f64> = self.channels().iter().map(slope).collect();
            media(settings, spend, &slopes)
        };
        let mediator = brought(|channel| channel.mediated);
        let direct = brought(|channel| channel.direct);
        let through = mediator
            .iter()
            .map(|google| settings.search_return * google);
        let outcome = through.zip(&direct).map(|(m, d)| m + d).collect();
        Ok(World {
            mediator,
            direct,
            outcome,
        })
    }

    /// What `plan` brings more than `other` after the last week of the file, carry-over from the
    /// file's spend and into `tail` further weeks included. Both as for [`Market::followed_by`].
    ///
    /// # Errors
    /// As [`Market::world`], and plans of different lengths.
    ///
    /// ```
    /// use headwater::simulate::{MarketSettings, simulate};
    /// let market = simulate(&MarketSettings::default())?;
    /// let plan = vec![vec![2_000.0; 8]; 4];
    /// let mut more = plan.clone();
    /// more[0][0] += 100.0;
    /// let gain = market.gain(&more, &plan, 52)?;
    /// // half of 100 dollars of Google spend, each with 3 dollars of revenue
    /// assert!((gain.mediator - 50.0).abs() < 1e-6 && (gain.outcome - 150.0).abs() < 1e-6);
    /// # Ok::<(), headwater::error::Error>(())
    /// ```
    pub fn gain(&self, plan: &[Vec<f64>], other: &[Vec<f64>], tail: usize) -> Result<Gain> {
        let world = |plan| self.world(&self.followed_by(plan, tail)?);
        world(plan)?.over(&world(other)?)
    }

    pub(super) fn channels(&self) -> &[Channel] {
        &self.truth.settings.channels
    }

    /// Refuses paths that are not one of dollars for each channel.
    fn refuse_paths(&self, paths: &[Vec<f64>]) -> Result<()> {
        let channels = self.channels();
        if paths.len() != channels.len() {
            return Err(Error::setting(
                format!(
                    "there are {} spend paths for {} channels",
                    paths.len(),
                    channels.len()
                ),
                "give one path for each channel, in the order of the settings",
            ));
        }
        for (channel, path) in channels.iter().zip(paths) {
            if path.len() != paths[0].len() {
                return Err(Error::setting(
                    format!(
                        "{} is planned for {} weeks, {} for {}",
                        channels[0].name,
                        paths[0].len(),
                        channel.name,
                        path.len()
                    ),
                    "plan the same weeks for every channel",
                ));
            }
            let unusable = |dollars: &f64| !(*dollars >= 0.0 && dollars.is_finite());
            if let Some(week) = path.iter().position(unusable) {
                return Err(Error::setting(
                    format!(
                        "the spend on {} is {} in week {}",
                        channel.name,
                        path[week],
                        week + 1
                    ),
                    "spend 0 dollars or more in every week",
                ));
            }
        }
        Ok(())
    }
}
