//! Synthetic markets whose effects are known, to check what a model finds.
//!
//! ```text
//! A_jt = (1 - d_j) x_jt + d_j A_j,t-1                      spend, carried over
//! M_t  = c + sum_j a_j R_j(A_jt) + W_t g + u_t              Google spend
//! Y_t  = k + b M_t + sum_j direct_j R_j(A_jt) + W_t h + e_t revenue
//! ```
//!
//! `R_j(A) = A`, unless the channel has a [`Saturation`].
//! `W` holds a linear trend, the annual sine and cosine, emails, SMS, price, followers and
//! promotions; `u` and `e` are AR(1) with correlation `rho` in the same week. The spend goes on
//! and off in flights and depends on nothing else, so there is no confounding of spend.
//!
//! This file reads neither the features nor any estimator and writes its carry-over by hand:
//! otherwise it could not catch a mistake in theirs. For the same reason [`Market::best_plan`]
//! shares nothing with the library's optimiser.

mod best_plan;
mod brands;
mod saturation;
mod world;

pub use best_plan::{BestPlan, Budget};
pub use brands::{Brands, simulate_brands};
pub use saturation::Saturation;
pub use world::{Gain, World};

use std::f64::consts::TAU;
use std::sync::Arc;

use indexmap::IndexMap;
use jiff::ToSpan;
use jiff::civil::{Date, date};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::data::role::{Fill, Role, Roles, Unit, Variable};
use crate::data::{Dataset, Source};
use crate::error::{Error, Result};
use crate::numeric::random::stream;
use crate::numeric::summary::mean;

/// The first week of every simulated market, a Monday.
pub const FIRST_WEEK: Date = date(2022, 1, 3);

/// The settings of a synthetic market. The default is the demo market: 104 weeks, four social
/// channels that act through search alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MarketSettings {
    /// The number of weeks, 8 to 10,000.
    pub weeks: usize,
    /// The seed of all random numbers. A longer market of the same seed has the same spend in
    /// its first weeks.
    pub seed: u64,
    /// The social channels.
    pub channels: Vec<Channel>,
    /// `b`: revenue per Google dollar.
    pub search_return: f64,
    /// `phi`: the correlation of a week's noise with the week before, in (-1, 1).
    pub autocorrelation: f64,
    /// `rho = Corr(u, e)`, in (-1, 1): demand that moves both Google spend and revenue. With
    /// any value but 0, regressions on observed Google spend are biased.
    pub confounding: f64,
    /// The expected partial R² of the social channels in Google spend, in (0, 1): sets
    /// `sd(u) = sd(sum_j a_j R_j(A_j)) sqrt((1 - R²) / R²)`. Lower means a weaker first stage. When
    /// every `mediated` is 0 it is 0, and `sd(u)` is what 0.4 for every channel would give.
    pub first_stage_r2: f64,
    /// `sd(e) / sd(u)`, at least 0. The default, 4.5, is 1.5 times what `u` itself adds to
    /// revenue at the default search return; it gives the biases of the methods brief,
    /// appendix A2.
    pub outcome_noise: f64,
}

impl Default for MarketSettings {
    fn default() -> Self {
        let channel = |name: &str, mediated| Channel {
            name: name.into(),
            mediated,
            direct: 0.0,
            decay: 0.4,
            saturation: None,
        };
        MarketSettings {
            weeks: 104,
            seed: 42,
            channels: vec![
                channel("facebook_spend", 0.5),
                channel("tiktok_spend", 0.4),
                channel("snapchat_spend", 0.3),
                channel("instagram_spend", 0.35),
            ],
            search_return: 3.0,
            autocorrelation: 0.4,
            confounding: 0.0,
            first_stage_r2: 0.5,
            outcome_noise: 4.5,
        }
    }
}

/// A social channel and what its spend does in the long run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// The name of its column.
    pub name: String,
    /// `a_j`: Google dollars per dollar; with saturation per dollar that counts, `R_j`.
    pub mediated: f64,
    /// Revenue per dollar around search, saturated as `mediated` is; 0 is full mediation.
    pub direct: f64,
    /// `d_j`, in [0, 1): the share of the effect left a week later.
    pub decay: f64,
    /// How another dollar does less; none by default: effects are linear in carried-over spend.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saturation: Option<Saturation>,
}

impl Channel {
    /// `R_j(A)`: the part of `carried` dollars a week that counts, in dollars.
    fn response(&self, carried: f64) -> f64 {
        self.saturation
            .map_or(carried, |saturation| saturation.response(carried))
    }
}

/// A synthetic market: what an analyst sees, and the truth.
#[derive(Debug, Clone)]
pub struct Market {
    /// What an analyst sees.
    pub dataset: Dataset,
    /// The effects it was made with.
    pub truth: Truth,
}

/// The effects a market was made with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Truth {
    /// The settings that make the same market again.
    pub settings: MarketSettings,
    /// Revenue per Google dollar.
    pub search_return: f64,
    /// One entry for each channel, in the order of the settings.
    pub channels: Vec<ChannelTruth>,
}

/// What one channel did: its spend as it was, against none of it, all else as it was.
///
/// Sums run over the weeks of the file; what the last weeks' spend would still have done after
/// the file ends is not counted, exactly as a model of the file counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChannelTruth {
    /// The name of its column.
    pub name: String,
    /// `a_j`: Google dollars per dollar in the long run; with saturation, as for [`Channel`].
    pub mediated: f64,
    /// Revenue per dollar around search in the long run; with saturation, as for [`Channel`].
    pub direct: f64,
    /// Revenue per dollar in the long run, `a_j b + direct_j`; with saturation per dollar that
    /// counts, so that only the effects and returns below are what a dollar of spend did.
    pub total: f64,
    /// Dollars spent.
    pub spend: f64,
    /// Revenue around search: `sum Y(x, M(0)) - Y(0, M(0))`.
    pub direct_effect: f64,
    /// Revenue through search: `sum Y(x, M(x)) - Y(x, M(0))`.
    pub indirect_effect: f64,
    /// Revenue in all: `sum Y(x, M(x)) - Y(0, M(0))`.
    pub total_effect: f64,
    /// Google dollars that the spend drew after it.
    pub induced_mediator_spend: f64,
    /// The indirect share of the total effect; none without a total effect.
    pub proportion_mediated: Option<f64>,
    /// Revenue per dollar, the Google bill not counted; none without spend.
    pub roas_gross: Option<f64>,
    /// Revenue per dollar, the Google bill counted; none when spend and bill cancel.
    pub roas_loaded: Option<f64>,
    /// Revenue per dollar of 1% more spend, the Google bill not counted; none without spend.
    pub roas_marginal: Option<f64>,
}

impl Market {
    /// The market as a CSV file that reads back to the same numbers.
    ///
    /// ```
    /// use headwater::simulate::{MarketSettings, simulate};
    /// let csv = simulate(&MarketSettings::default())?.to_csv();
    /// assert!(csv.starts_with("week,facebook_spend,"));
    /// assert!(csv.lines().nth(1).is_some_and(|line| line.starts_with("2022-01-03,")));
    /// # Ok::<(), headwater::error::Error>(())
    /// ```
    pub fn to_csv(&self) -> String {
        let columns = self.dataset.columns();
        let columns: Vec<(&str, &[f64])> = columns.map(|(name, v)| (name, &**v)).collect();
        csv_text(self.dataset.weeks(), &columns)
    }
}

fn csv_text(weeks: &[Date], columns: &[(&str, &[f64])]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = std::iter::once(DATE).chain(columns.iter().map(|(name, _)| *name));
    let mut written = writer.write_record(header);
    for (t, week) in weeks.iter().enumerate() {
        let values = columns.iter().map(|(_, values)| values[t].to_string());
        written = written
            .and_then(|()| writer.write_record(std::iter::once(week.to_string()).chain(values)));
    }
    written.expect("writing to memory cannot fail, and every record has the same width");
    let bytes = writer.into_inner().expect("writing to memory cannot fail");
    String::from_utf8(bytes).expect("every field is text")
}

const DATE: &str = "week";
const MEDIATOR: &str = "google_spend";
const OUTCOME: &str = "revenue";
/// The weeks of an average year.
const YEAR: f64 = 365.25 / 7.0;
/// Dollars in a typical week in which a channel is on.
const TYPICAL_SPEND: f64 = 3_000.0;

/// Everything but the channels that moves Google spend and revenue, with its slopes in both:
/// `(name, dollars of Google spend, dollars of revenue)` per unit. The constants keep both well
/// above zero for a partial R² down to about 0.15.
const CONSTANTS: (f64, f64) = (15_000.0, 60_000.0);
const TREND: (f64, f64) = (500.0, 3_000.0); // a year
const SINE: (f64, f64) = (600.0, 3_000.0);
const COSINE: (f64, f64) = (900.0, 5_000.0); // peaks at the turn of the year
const LEVERS: [(&str, f64, f64); 2] = [("email_sends", 0.02, 0.3), ("sms_sends", 0.03, 0.5)];
const CONTROLS: [(&str, f64, f64); 3] = [
    ("avg_price", -60.0, -500.0),
    ("followers", 0.01, 0.2),
    ("promotions", 700.0, 8_000.0),
];

/// One random stream for each purpose, so that a change in one leaves the others alone. The
/// covariates use their place in [`LEVERS`] and [`CONTROLS`], the channels follow.
const MEDIATOR_NOISE: u64 = 8;
const OUTCOME_NOISE: u64 = 9;
const FIRST_CHANNEL: u64 = 16;

/// Simulates a market and computes its truth by simulating it again without each channel.
///
/// # Errors
/// Settings out of range, or settings under which Google spend or revenue would be negative in
/// some week: clipping it to zero would make the stated truth false.
///
/// ```
/// use headwater::simulate::{MarketSettings, simulate};
/// let market = simulate(&MarketSettings { weeks: 52, ..MarketSettings::default() })?;
/// assert_eq!(market.dataset.len(), 52);
/// // full mediation, so nothing goes around search
/// assert!(market.truth.channels.iter().all(|channel| channel.direct_effect == 0.0));
/// # Ok::<(), headwater::error::Error>(())
/// ```
pub fn simulate(settings: &MarketSettings) -> Result<Market> {
    settings.validate()?;
    let surroundings = Surroundings::draw(settings);
    let spend: Vec<Vec<f64>> = (0..settings.channels.len())
        .map(|j| {
            flights(
                settings.weeks,
                &mut stream(settings.seed, FIRST_CHANNEL + j as u64),
            )
        })
        .collect();
    let noise = surroundings.scale_noise(settings, &spend);
    let surroundings = Surroundings {
        noise,
        ..surroundings
    };

    let mediator = surroundings.mediator(settings, &spend);
    let outcome = surroundings.outcome(settings, &spend, &mediator);
    refuse_negative(MEDIATOR, &mediator)?;
    refuse_negative(OUTCOME, &outcome)?;
    let channels = (0..settings.channels.len())
        .map(|j| surroundings.truth(settings, &spend, j))
        .collect::<Result<_>>()?;
    Ok(Market {
        dataset: dataset(settings, spend, &surroundings.covariates, mediator, outcome)?,
        truth: Truth {
            settings: settings.clone(),
            search_return: settings.search_return,
            channels,
        },
    })
}

impl MarketSettings {
    fn validate(&self) -> Result<()> {
        let refuse = |message: String, help: &str| Err(Error::setting(message, help));
        if !(8..=10_000).contains(&self.weeks) {
            return refuse(
                format!("a market of {} weeks cannot be simulated", self.weeks),
                "ask for 8 to 10,000 weeks",
            );
        }
        if self.channels.is_empty() {
            return refuse(
                "the market has no channel".into(),
                "give it at least one channel",
            );
        }
        let open = |value: f64| -1.0 < value && value < 1.0;
        for (name, value) in [
            ("autocorrelation", self.autocorrelation),
            ("confounding", self.confounding),
        ] {
            if !open(value) {
                return refuse(
                    format!("{name} is {value}"),
                    "it is a correlation: choose a number between -1 and 1",
                );
            }
        }
        if !(0.0 < self.first_stage_r2 && self.first_stage_r2 < 1.0) {
            return refuse(
                format!("first_stage_r2 is {}", self.first_stage_r2),
                "it is a share of variance: choose a number between 0 and 1",
            );
        }
        if !(self.outcome_noise >= 0.0 && self.outcome_noise.is_finite()) {
            return refuse(
                format!("outcome_noise is {}", self.outcome_noise),
                "it is a ratio of standard deviations: choose 0 or a positive number",
            );
        }
        if !self.search_return.is_finite() {
            return refuse(
                format!("search_return is {}", self.search_return),
                "choose the revenue per Google dollar, such as 3",
            );
        }
        let mut names = vec![DATE, MEDIATOR, OUTCOME];
        names.extend(covariates().map(|(name, ..)| name));
        for channel in &self.channels {
            if channel.name.trim().is_empty() || names.contains(&channel.name.as_str()) {
                return refuse(
                    format!("a channel cannot be called {:?}", channel.name),
                    "give every channel a name of its own, such as pinterest_spend",
                );
            }
            names.push(&channel.name);
            if !(0.0..1.0).contains(&channel.decay) {
                return refuse(
                    format!("the decay of {} is {}", channel.name, channel.decay),
                    "choose a number in [0, 1); 0 means no carry-over",
                );
            }
            if !(channel.mediated.is_finite() && channel.direct.is_finite()) {
                return refuse(
                    format!(
                        "the effects of {} are {} and {}",
                        channel.name, channel.mediated, channel.direct
                    ),
                    "choose the Google dollars and the revenue per dollar",
                );
            }
            if let Some(saturation) = channel.saturation {
                saturation.validate(&channel.name)?;
            }
        }
        Ok(())
    }
}

fn covariates() -> impl Iterator<Item = (&'static str, f64, f64)> {
    LEVERS.into_iter().chain(CONTROLS)
}

/// What does not depend on the spend: the covariates and the noise `(u, e)`.
struct Surroundings {
    /// One series for each of [`LEVERS`] and [`CONTROLS`].
    covariates: Vec<Vec<f64>>,
    noise: (Vec<f64>, Vec<f64>),
}

impl Surroundings {
    /// Draws the covariates, and the noise with a standard deviation of 1.
    fn draw(settings: &MarketSettings) -> Surroundings {
        let random = |purpose| stream(settings.seed, purpose);
        let weeks = settings.weeks;
        let covariates = vec![
            sends(weeks, 40_000.0, &mut random(0)),
            sends(weeks, 10_000.0, &mut random(1)),
            prices(weeks, &mut random(2)),
            followers(weeks, &mut random(3)),
            promotions(weeks, &mut random(4)),
        ];
        let rho = settings.confounding;
        let demand = normals(weeks, &mut random(MEDIATOR_NOISE));
        let own = normals(weeks, &mut random(OUTCOME_NOISE));
        let mixed = demand.iter().zip(own);
        let mixed = mixed.map(|(z, w)| rho * z + (1.0 - rho * rho).sqrt() * w);
        let phi = settings.autocorrelation;
        let noise = (
            autoregressive(phi, demand.iter().copied()),
            autoregressive(phi, mixed),
        );
        Surroundings { covariates, noise }
    }

    /// The noise in dollars.
    fn scale_noise(&self, settings: &MarketSettings, spend: &[Vec<f64>]) -> (Vec<f64>, Vec<f64>) {
        let mut slopes: Vec<f64> = settings.channels.iter().map(|c| c.mediated).collect();
        if slopes.iter().all(|a| *a == 0.0) {
            slopes.fill(0.4);
        }
        let signal: Vec<f64> = media(settings, spend, &slopes);
        let r2 = settings.first_stage_r2;
        let sd_u = deviation(&signal) * ((1.0 - r2) / r2).sqrt();
        let sd_e = settings.outcome_noise * sd_u;
        (
            self.noise.0.iter().map(|z| sd_u * z).collect(),
            self.noise.1.iter().map(|z| sd_e * z).collect(),
        )
    }

    /// `M` under a spend path.
    fn mediator(&self, settings: &MarketSettings, spend: &[Vec<f64>]) -> Vec<f64> {
        let slopes: Vec<f64> = settings.channels.iter().map(|c| c.mediated).collect();
        media(settings, spend, &slopes)
            .into_iter()
            .enumerate()
            .map(|(t, social)| social + self.background(t, |slopes| slopes.0) + self.noise.0[t])
            .collect()
    }

    /// `Y` under a spend path and a mediator.
    fn outcome(&self, settings: &MarketSettings, spend: &[Vec<f64>], mediator: &[f64]) -> Vec<f64> {
        let slopes: Vec<f64> = settings.channels.iter().map(|c| c.direct).collect();
        media(settings, spend, &slopes)
            .into_iter()
            .zip(mediator)
            .enumerate()
            .map(|(t, (direct, google))| {
                direct
                    + settings.search_return * google
                    + self.background(t, |slopes| slopes.1)
                    + self.noise.1[t]
            })
            .collect()
    }

    /// Constant, trend, season, levers and controls in week `t`.
    fn background(&self, t: usize, of: fn((f64, f64)) -> f64) -> f64 {
        let years = t as f64 / YEAR;
        let observed = covariates().zip(&self.covariates);
        of(CONSTANTS)
            + of(TREND) * years
            + of(SINE) * (TAU * years).sin()
            + of(COSINE) * (TAU * years).cos()
            + observed
                .map(|((_, m, y), values)| of((m, y)) * values[t])
                .sum::<f64>()
    }

    /// The effects of channel `j`, from worlds with and without its spend.
    fn truth(
        &self,
        settings: &MarketSettings,
        spend: &[Vec<f64>],
        j: usize,
    ) -> Result<ChannelTruth> {
        let scaled = |factor: f64| {
            let mut path = spend.to_vec();
            path[j].iter_mut().for_each(|x| *x *= factor);
            path
        };
        let (off, more) = (scaled(0.0), scaled(1.01));
        let [m, m_off, m_more] = [spend, &off, &more].map(|path| self.mediator(settings, path));
        let y = self.outcome(settings, spend, &m);
        let y_direct = self.outcome(settings, spend, &m_off);
        let y_off = self.outcome(settings, &off, &m_off);
        let y_more = self.outcome(settings, &more, &m_more);
        refuse_negative(MEDIATOR, &m_off)?;
        refuse_negative(OUTCOME, &y_off)?;

        let dollars: f64 = spend[j].iter().sum();
        let total_effect = contrast(&y, &y_off);
        let indirect_effect = contrast(&y, &y_direct);
        let induced = contrast(&m, &m_off);
        let ratio = |of: f64, to: f64| (to > 0.0).then(|| of / to);
        let channel = &settings.channels[j];
        Ok(ChannelTruth {
            name: channel.name.clone(),
            mediated: channel.mediated,
            direct: channel.direct,
            total: channel.mediated * settings.search_return + channel.direct,
            spend: dollars,
            direct_effect: contrast(&y_direct, &y_off),
            indirect_effect,
            total_effect,
            induced_mediator_spend: induced,
            proportion_mediated: (total_effect != 0.0).then(|| indirect_effect / total_effect),
            roas_gross: ratio(total_effect, dollars),
            roas_loaded: ratio(total_effect, dollars + induced),
            roas_marginal: ratio(contrast(&y_more, &y), 0.01 * dollars),
        })
    }
}

/// `sum_t (with_t - without_t)`.
fn contrast(with: &[f64], without: &[f64]) -> f64 {
    with.iter().zip(without).map(|(a, b)| a - b).sum()
}

/// `sum_j slope_j R_j(A_jt)`: carried-over spend that counts, weighted, in the weeks of `spend`.
fn media(settings: &MarketSettings, spend: &[Vec<f64>], slopes: &[f64]) -> Vec<f64> {
    let mut media = vec![0.0; spend.first().map_or(0, Vec::len)];
    for ((channel, spend), slope) in settings.channels.iter().zip(spend).zip(slopes) {
        let mut stock = 0.0;
        for (sum, dollars) in media.iter_mut().zip(spend) {
            stock = channel.decay * stock + (1.0 - channel.decay) * dollars;
            *sum += slope * channel.response(stock);
        }
    }
    media
}

fn refuse_negative(what: &str, values: &[f64]) -> Result<()> {
    match values
        .iter()
        .position(|value| value.is_nan() || *value < 0.0)
    {
        None => Ok(()),
        Some(t) => Err(Error::setting(
            format!(
                "under these settings {what} would be {:.2} in week {}; clipping it at zero would \
                 make the stated truth false",
                values[t],
                week(t)
            ),
            "raise first_stage_r2, or choose smaller effects, outcome_noise or autocorrelation",
        )),
    }
}

fn week(t: usize) -> Date {
    FIRST_WEEK.saturating_add((t as i64).weeks())
}

/// Weekly spend in dollars and cents: on for 4 to 12 weeks at a log-normal level around
/// [`TYPICAL_SPEND`], then off for 2 to 6.
fn flights(weeks: usize, random: &mut ChaCha8Rng) -> Vec<f64> {
    let mut spend = Vec::with_capacity(weeks + 12);
    let mut on = random.random_bool(2.0 / 3.0);
    while spend.len() < weeks {
        let length = if on {
            random.random_range(4..=12)
        } else {
            random.random_range(2..=6)
        };
        for _ in 0..length {
            let z: f64 = StandardNormal.sample(random);
            spend.push(if on {
                cents(TYPICAL_SPEND * (0.4 * z).exp())
            } else {
                0.0
            });
        }
        on = !on;
    }
    spend.truncate(weeks);
    spend
}

/// Messages sent in a week, log-normal around `typical`.
fn sends(weeks: usize, typical: f64, random: &mut ChaCha8Rng) -> Vec<f64> {
    let sends = normals(weeks, random).into_iter();
    sends
        .map(|z| (typical * (0.15 * z).exp()).round())
        .collect()
}

/// An AR(0.8) price around 60 dollars with a standard deviation of 3.
fn prices(weeks: usize, random: &mut ChaCha8Rng) -> Vec<f64> {
    let prices = autoregressive(0.8, normals(weeks, random).into_iter()).into_iter();
    prices.map(|z| cents(60.0 + 3.0 * z)).collect()
}

/// Followers: 20,000 at first, then an uneven gain of about 50 a week, never a loss.
fn followers(weeks: usize, random: &mut ChaCha8Rng) -> Vec<f64> {
    let mut count = 20_000.0;
    let gains = normals(weeks, random).into_iter();
    gains
        .map(|z| {
            count += (50.0 * (0.5 * z).exp()).round();
            count
        })
        .collect()
}

/// A promotion in 15% of the weeks.
fn promotions(weeks: usize, random: &mut ChaCha8Rng) -> Vec<f64> {
    let weeks = 0..weeks;
    weeks
        .map(|_| f64::from(u8::from(random.random_bool(0.15))))
        .collect()
}

fn normals(weeks: usize, random: &mut ChaCha8Rng) -> Vec<f64> {
    StandardNormal.sample_iter(random).take(weeks).collect()
}

/// `v_t = phi v_{t-1} + sqrt(1 - phi²) z_t` from its stationary distribution: variance 1.
fn autoregressive(phi: f64, shocks: impl Iterator<Item = f64>) -> Vec<f64> {
    let gain = (1.0 - phi * phi).sqrt();
    let mut value = None;
    shocks
        .map(|z| {
            let next = value.map_or(z, |last: f64| phi * last + gain * z);
            value = Some(next);
            next
        })
        .collect()
}

/// The standard deviation, divided by n.
fn deviation(values: &[f64]) -> f64 {
    let center = mean(values);
    let squares = values.iter().map(|value| (value - center).powi(2));
    (squares.sum::<f64>() / values.len() as f64).sqrt()
}

fn cents(dollars: f64) -> f64 {
    (dollars * 100.0).round() / 100.0
}

/// What the analyst sees; Google spend and revenue in dollars and cents.
fn dataset(
    settings: &MarketSettings,
    spend: Vec<Vec<f64>>,
    observed: &[Vec<f64>],
    mediator: Vec<f64>,
    outcome: Vec<f64>,
) -> Result<Dataset> {
    let mut columns: IndexMap<String, (Variable, Arc<[f64]>)> = IndexMap::new();
    let mut add = |name: &str, role, fill, unit, values: Vec<f64>| {
        let direct = false;
        let variable = Variable {
            role,
            direct,
            fill,
            unit,
        };
        columns.insert(name.into(), (variable, values.into()));
    };
    for (channel, spend) in settings.channels.iter().zip(spend) {
        add(
            &channel.name,
            Role::Exposure,
            Fill::Error,
            Unit::Money,
            spend,
        );
    }
    let in_cents = |values: Vec<f64>| values.into_iter().map(cents).collect();
    add(
        MEDIATOR,
        Role::Mediator,
        Fill::Error,
        Unit::Money,
        in_cents(mediator),
    );
    for (i, ((name, ..), values)) in covariates().zip(observed).enumerate() {
        let role = if i < LEVERS.len() {
            Role::Lever
        } else {
            Role::Control
        };
        let fill = if name == "avg_price" {
            Fill::CarryForward
        } else {
            Fill::SeasonalMedian
        };
        add(name, role, fill, Unit::Count, values.clone());
    }
    add(
        OUTCOME,
        Role::Outcome,
        Fill::Error,
        Unit::Money,
        in_cents(outcome),
    );

    let mut roles = Roles::default();
    let date = Variable {
        role: Role::Date,
        direct: false,
        fill: Fill::Error,
        unit: Unit::Count,
    };
    roles.columns.insert(DATE.into(), date);
    let mut values = IndexMap::new();
    for (name, (variable, series)) in columns {
        roles.columns.insert(name.clone(), variable);
        values.insert(name, series);
    }
    let weeks: Vec<Date> = (0..settings.weeks).map(week).collect();
    let text: Vec<(&str, &[f64])> = values
        .iter()
        .map(|(name, v)| (name.as_str(), &**v))
        .collect();
    let digest = Sha256::digest(csv_text(&weeks, &text));
    let source = Source {
        name: format!("simulated market, seed {}", settings.seed),
        sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
    };
    Dataset::new(source, roles, weeks, values)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a test may panic

    use nalgebra::{DMatrix, DVector};

    use super::*;

    #[track_caller]
    fn assert_relative(actual: f64, expected: f64, tolerance: f64) {
        assert!(
            (actual - expected).abs() <= tolerance * expected.abs().max(1.0),
            "{actual} is not {expected}"
        );
    }

    /// Direct effects as well, and a decay for each channel.
    fn mixed() -> MarketSettings {
        let mut settings = MarketSettings::default();
        let parts = [(0.9, 0.3), (0.0, 0.6), (0.5, 0.0), (0.2, 0.8)];
        for (channel, (direct, decay)) in settings.channels.iter_mut().zip(parts) {
            (channel.direct, channel.decay) = (direct, decay);
        }
        settings
    }

    fn message(settings: &MarketSettings) -> String {
        simulate(settings).unwrap_err().to_string()
    }

    #[test]
    fn the_truth_of_simulated_worlds_is_the_closed_form() {
        let settings = mixed();
        let market = simulate(&settings).unwrap();
        for (channel, truth) in settings.channels.iter().zip(&market.truth.channels) {
            let spend = market.dataset.column(&channel.name);
            let dollars: f64 = spend.iter().sum();
            // a dollar in week t has worked 1 - d^(T - t) of its weight by the end of the file
            let weeks = spend.len() as i32;
            let worked: f64 = spend
                .iter()
                .zip((1..=weeks).rev())
                .map(|(x, left)| x * (1.0 - channel.decay.powi(left)))
                .sum();
            let (a, b, d) = (channel.mediated, settings.search_return, channel.direct);
            // differences of two series of 1e5 dollars over 104 weeks: 104 * 1e5 * 2e-16
            // dollars, that is 1e-14 of effects of 1e5 dollars and more
            let tolerance = 1e-11;
            assert_relative(truth.indirect_effect, a * b * worked, tolerance);
            assert_relative(truth.direct_effect, d * worked, tolerance);
            assert_relative(truth.total_effect, (a * b + d) * worked, tolerance);
            assert_relative(truth.induced_mediator_spend, a * worked, tolerance);
            assert_relative(truth.total, a * b + d, tolerance);
            assert_relative(truth.spend, dollars, tolerance);
            let share = a * b / (a * b + d);
            assert_relative(truth.proportion_mediated.unwrap(), share, tolerance);
            let effect = (a * b + d) * worked;
            assert_relative(truth.roas_gross.unwrap(), effect / dollars, tolerance);
            let loaded = effect / (dollars + a * worked);
            assert_relative(truth.roas_loaded.unwrap(), loaded, tolerance);
            // the extra 1% is a hundred times smaller than the series' rounding errors allow for
            assert_relative(truth.roas_marginal.unwrap(), effect / dollars, 1e-9);
        }
    }

    /// Least squares by the normal equations on standardised columns, with the standard errors
    /// of independent errors.
    fn regress(columns: &[&[f64]], y: &[f64]) -> Vec<(f64, f64)> {
        let n = y.len();
        let scales: Vec<f64> = columns.iter().map(|column| deviation(column)).collect();
        let x = DMatrix::from_fn(n, columns.len() + 1, |t, j| match j {
            0 => 1.0,
            _ => (columns[j - 1][t] - mean(columns[j - 1])) / scales[j - 1],
        });
        let y = DVector::from_column_slice(y);
        let inverse = (x.transpose() * &x).try_inverse().unwrap();
        let slopes = &inverse * (x.transpose() * &y);
        let residual = &y - &x * &slopes;
        let variance = residual.norm_squared() / (n - columns.len() - 1) as f64;
        (1..=columns.len())
            .map(|j| {
                let scale = scales[j - 1];
                let error = (variance * inverse[(j, j)]).sqrt();
                (slopes[j] / scale, error / scale)
            })
            .collect()
    }

    /// The regressors of stage 1: carried-over spend, trend, season, levers and controls.
    fn regressors(settings: &MarketSettings, data: &Dataset) -> Vec<Vec<f64>> {
        // sum_l (1 - d) d^l x_{t-l}, written out
        let stock = |channel: &Channel| -> Vec<f64> {
            let spend = data.column(&channel.name);
            let weight = |lag: usize| (1.0 - channel.decay) * channel.decay.powi(lag as i32);
            let stock = |t: usize| {
                let lags = 0..=t.min(400);
                lags.map(|lag| weight(lag) * spend[t - lag]).sum()
            };
            (0..spend.len()).map(stock).collect()
        };
        let years: Vec<f64> = (0..data.len()).map(|t| t as f64 / YEAR).collect();
        let season = |wave: fn(f64) -> f64| years.iter().map(|t| wave(TAU * t)).collect();
        let mut columns: Vec<Vec<f64>> = settings.channels.iter().map(stock).collect();
        columns.extend([season(f64::sin), season(f64::cos)]);
        columns.push(years);
        columns.extend(covariates().map(|(name, ..)| data.column(name).to_vec()));
        columns
    }

    #[test]
    fn a_regression_on_5000_weeks_recovers_every_effect() {
        let settings = MarketSettings {
            weeks: 5_000,
            ..mixed()
        };
        let data = simulate(&settings).unwrap().dataset;
        let regressors = regressors(&settings, &data);
        let mut columns: Vec<&[f64]> = regressors.iter().map(|column| &column[..]).collect();
        let stage1 = regress(&columns, data.mediator());
        columns.push(data.mediator());
        let stage2 = regress(&columns, data.outcome());

        // AR(1) errors inflate the error of a slope by at most sqrt((1 + phi) / (1 - phi));
        // 4.5 standard errors miss once in 150,000 slopes
        let phi = settings.autocorrelation;
        let reach = 4.5 * ((1.0 + phi) / (1.0 - phi)).sqrt();
        let check = |(slope, error): (f64, f64), truth: f64| {
            assert!(
                (slope - truth).abs() < reach * error,
                "{slope} +- {error} is not {truth}"
            );
        };
        for (j, channel) in settings.channels.iter().enumerate() {
            check(stage1[j], channel.mediated);
            check(stage2[j], channel.direct);
            // sharp enough to tell the effect from none
            assert!(reach * stage1[j].1 < channel.mediated);
        }
        check(stage2[columns.len() - 1], settings.search_return);
        assert!(reach * stage2[columns.len() - 1].1 < settings.search_return);
        for (i, (_, m, y)) in covariates().enumerate() {
            check(stage1[settings.channels.len() + 3 + i], m);
            check(stage2[settings.channels.len() + 3 + i], y);
        }
    }

    #[test]
    fn confounding_biases_the_return_on_observed_google_spend_by_rho_times_the_noise_ratio() {
        let settings = MarketSettings {
            weeks: 5_000,
            confounding: 0.5,
            ..MarketSettings::default()
        };
        let data = simulate(&settings).unwrap().dataset;
        let regressors = regressors(&settings, &data);
        let mut columns: Vec<&[f64]> = regressors.iter().map(|column| &column[..]).collect();
        columns.push(data.mediator());
        let (slope, error) = regress(&columns, data.outcome())[columns.len() - 1];
        // u and e have the same autocorrelation, so e = rho sd(e)/sd(u) u + independent noise:
        // 3 + 0.5 * 4.5 = 5.25, as in the methods brief, appendix A2
        let reach = 4.5 * (1.4f64 / 0.6).sqrt();
        assert!((slope - 5.25).abs() < reach * error, "{slope} +- {error}");
        assert!(reach * error < 1.0);
    }

    #[test]
    fn the_noise_has_the_correlations_and_the_share_that_were_asked_for() {
        let settings = MarketSettings {
            weeks: 5_000,
            confounding: 0.5,
            first_stage_r2: 0.3,
            ..MarketSettings::default()
        };
        let mut surroundings = Surroundings::draw(&settings);
        let correlation = |a: &[f64], b: &[f64]| {
            let (ma, mb) = (mean(a), mean(b));
            let product: Vec<f64> = a.iter().zip(b).map(|(a, b)| (a - ma) * (b - mb)).collect();
            mean(&product) / (deviation(a) * deviation(b))
        };
        let (u, e) = &surroundings.noise;
        // Bartlett: n Var(r) is at most (1 + phi²) / (1 - phi²) = 1.38; 4.5 deviations
        let reach = 4.5 * (1.38f64 / 5_000.0).sqrt();
        assert!((correlation(u, e) - 0.5).abs() < reach);
        for noise in [u, e] {
            assert!((correlation(&noise[1..], &noise[..4_999]) - 0.4).abs() < reach);
        }
        let spend: Vec<Vec<f64>> = (0..4)
            .map(|j| flights(5_000, &mut stream(settings.seed, FIRST_CHANNEL + j)))
            .collect();
        surroundings.noise = surroundings.scale_noise(&settings, &spend);
        let slopes: Vec<f64> = settings.channels.iter().map(|c| c.mediated).collect();
        let signal = deviation(&media(&settings, &spend, &slopes)).powi(2);
        let share = signal / (signal + deviation(&surroundings.noise.0).powi(2));
        // the variance of u has a relative deviation of sqrt(2 * 1.38 / n) = 0.023, and the
        // share moves by R² (1 - R²) = 0.21 of it
        assert!((share - 0.3).abs() < 4.5 * 0.21 * 0.0235, "{share}");
    }

    #[test]
    fn the_same_seed_gives_the_same_market_and_another_seed_another_one() {
        let csv = |seed| {
            let settings = MarketSettings {
                seed,
                ..MarketSettings::default()
            };
            simulate(&settings).unwrap().to_csv()
        };
        assert_eq!(csv(1), csv(1));
        assert_ne!(csv(1), csv(2));
    }

    #[test]
    fn a_longer_market_begins_with_the_same_spend() {
        let weeks = |weeks| {
            simulate(&MarketSettings { weeks, ..mixed() })
                .unwrap()
                .dataset
        };
        let (short, long) = (weeks(52), weeks(104));
        for name in short.roles().exposures() {
            assert_eq!(short.column(name)[..], long.column(name)[..52]);
        }
    }

    #[test]
    fn the_csv_reads_back_to_the_same_numbers() {
        let market = simulate(&mixed()).unwrap();
        let text = market.to_csv();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header: Vec<String> = reader.headers().unwrap().iter().map(String::from).collect();
        assert_eq!(
            header,
            [
                "week",
                "facebook_spend",
                "tiktok_spend",
                "snapchat_spend",
                "instagram_spend",
                "google_spend",
                "email_sends",
                "sms_sends",
                "avg_price",
                "followers",
                "promotions",
                "revenue"
            ]
        );
        let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.unwrap()).collect();
        assert_eq!(rows.len(), 104);
        for (t, row) in rows.iter().enumerate() {
            assert_eq!(row[0], market.dataset.weeks()[t].to_string());
            for (name, cell) in header.iter().zip(row).skip(1) {
                assert_eq!(cell.parse::<f64>().unwrap(), market.dataset.column(name)[t]);
            }
        }
        let digest = Sha256::digest(&text);
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(market.dataset.source().sha256, hex);
    }

    #[test]
    fn a_channel_without_any_effect_has_none_and_no_share() {
        let mut settings = MarketSettings::default();
        settings
            .channels
            .iter_mut()
            .for_each(|channel| channel.mediated = 0.0);
        let market = simulate(&settings).unwrap();
        for channel in &market.truth.channels {
            assert_eq!(
                (channel.total_effect, channel.proportion_mediated),
                (0.0, None)
            );
            assert_eq!(channel.roas_gross, Some(0.0));
        }
        assert!(
            deviation(market.dataset.mediator()) > 500.0,
            "Google spend still moves"
        );
    }

    #[test]
    fn a_weak_first_stage_and_strong_confounding_keep_the_market_above_zero() {
        for seed in 0..20 {
            for (first_stage_r2, confounding) in [(0.15, 0.0), (0.15, 0.9), (0.5, -0.9)] {
                let settings = MarketSettings {
                    seed,
                    first_stage_r2,
                    confounding,
                    ..MarketSettings::default()
                };
                let data = simulate(&settings).unwrap().dataset;
                assert!(
                    data.mediator()
                        .iter()
                        .chain(&**data.outcome())
                        .all(|dollars| *dollars > 0.0)
                );
            }
        }
    }

    #[test]
    fn settings_that_would_need_clipping_are_refused() {
        let text = message(&MarketSettings {
            first_stage_r2: 0.01,
            ..MarketSettings::default()
        });
        assert!(
            text.starts_with("under these settings google_spend would be -"),
            "{text}"
        );
        assert!(text.contains("would make the stated truth false"), "{text}");
    }

    #[test]
    fn settings_out_of_range_are_refused_by_name() {
        let market = MarketSettings::default;
        let named = |name: &str| {
            let mut settings = market();
            settings.channels[1].name = name.into();
            settings
        };
        let decaying = |decay: f64| {
            let mut settings = market();
            settings.channels[1].decay = decay;
            settings
        };
        for (settings, expected) in [
            (
                MarketSettings {
                    weeks: 7,
                    ..market()
                },
                "a market of 7 weeks cannot be simulated",
            ),
            (
                MarketSettings {
                    channels: vec![],
                    ..market()
                },
                "the market has no channel",
            ),
            (
                MarketSettings {
                    autocorrelation: 1.0,
                    ..market()
                },
                "autocorrelation is 1",
            ),
            (
                MarketSettings {
                    confounding: f64::NAN,
                    ..market()
                },
                "confounding is NaN",
            ),
            (
                MarketSettings {
                    first_stage_r2: 0.0,
                    ..market()
                },
                "first_stage_r2 is 0",
            ),
            (
                MarketSettings {
                    outcome_noise: -1.0,
                    ..market()
                },
                "outcome_noise is -1",
            ),
            (
                MarketSettings {
                    search_return: f64::INFINITY,
                    ..market()
                },
                "search_return is inf",
            ),
            (
                named("facebook_spend"),
                "a channel cannot be called \"facebook_spend\"",
            ),
            (named("revenue"), "a channel cannot be called \"revenue\""),
            (named(" "), "a channel cannot be called \" \""),
            (decaying(1.0), "the decay of tiktok_spend is 1"),
        ] {
            assert_eq!(message(&settings), expected);
        }
    }

    #[test]
    fn the_shortest_market_can_be_simulated() {
        for seed in 0..50 {
            let settings = MarketSettings {
                weeks: 8,
                seed,
                ..MarketSettings::default()
            };
            assert_eq!(simulate(&settings).unwrap().dataset.len(), 8);
        }
    }
}
