//! Seasonal-trend decomposition by loess (Cleveland, Cleveland, McRae and Terpenning 1990).

use crate::error::{Error, Result};
use crate::numeric::summary::mean;

/// How STL smooths. [`StlSettings::new`] gives the defaults of statsmodels; every length is odd.
///
/// A longer `seasonal` lets the season change less from one cycle to the next; a longer `trend`
/// leaves slower movements to the trend and more to the remainder. A jump of `j` fits every `j`th
/// point and interpolates between: faster, less exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StlSettings {
    /// Observations in a cycle, at least 2: 52 for a year of weeks.
    pub period: usize,
    /// Cycles in the seasonal smoother, odd, at least 3.
    pub seasonal: usize,
    /// Observations in the trend smoother, odd, above `period`.
    pub trend: usize,
    /// Observations in the low-pass smoother, odd, above `period`.
    pub low_pass: usize,
    /// Jumps of the seasonal, trend and low-pass smoother, each at least 1.
    pub jumps: [usize; 3],
    /// Rounds of smoothing, at least 1.
    pub inner: usize,
    /// Rounds of down-weighting outliers; 0 for none.
    pub outer: usize,
}

impl StlSettings {
    /// statsmodels' defaults: seasonal 7, trend the smallest odd number above
    /// `1.5 period / (1 - 1.5 / seasonal)`, low-pass the next odd number above the period, no
    /// jumps, 5 rounds without down-weighting.
    ///
    /// ```
    /// use headwater::features::stl::StlSettings;
    /// let yearly = StlSettings::new(52);
    /// assert_eq!((yearly.seasonal, yearly.trend, yearly.low_pass), (7, 101, 53));
    /// ```
    pub fn new(period: usize) -> Self {
        StlSettings {
            period,
            seasonal: 7,
            trend: 0,
            low_pass: period + 1 + period % 2,
            jumps: [1; 3],
            inner: 5,
            outer: 0,
        }
        .with_seasonal(7)
    }

    /// The same with another seasonal smoother and the trend smoother that goes with it.
    pub fn with_seasonal(self, seasonal: usize) -> Self {
        let shortest = 1.5 * self.period as f64 / (1.0 - 1.5 / seasonal as f64);
        let above = shortest.max(0.0).floor() as usize + 1;
        StlSettings {
            seasonal,
            trend: above + 1 - above % 2,
            ..self
        }
    }

    /// Down-weights outliers: 2 rounds of smoothing in each of 15 rounds of weighting.
    pub fn robust(self) -> Self {
        StlSettings {
            inner: 2,
            outer: 15,
            ..self
        }
    }

    fn validate(&self) -> Result<()> {
        let refuse = |what: String| {
            let help = "start from `StlSettings::new(period)`, whose other values are usual";
            Err(Error::setting(what, help))
        };
        if self.period < 2 {
            return refuse(format!("an STL period of {} is no cycle", self.period));
        }
        let least = [
            ("seasonal", self.seasonal, 3),
            ("trend", self.trend, self.period + 1),
            ("low_pass", self.low_pass, self.period + 1),
        ];
        for (name, length, least) in least {
            if length % 2 == 0 || length < least {
                return refuse(format!(
                    "the STL {name} smoother is {length} long; it must be odd and at least {least}"
                ));
            }
        }
        if self.jumps.contains(&0) || self.inner == 0 {
            return refuse("STL jumps and inner rounds must be at least 1".into());
        }
        Ok(())
    }
}

/// A series taken apart: `trend + season + remainder` is the series.
#[derive(Debug, Clone, PartialEq)]
pub struct Stl {
    /// The slow movement, in the unit of the series.
    pub trend: Vec<f64>,
    /// What repeats from cycle to cycle, around 0.
    pub season: Vec<f64>,
    /// What is left.
    pub remainder: Vec<f64>,
    period: usize,
}

/// Takes a series apart. Loess looks both ways: every value of trend and season depends on later
/// weeks, so inside cross-validation decompose the training weeks alone and
/// [`extend`](Stl::extend) them.
///
/// # Errors
/// With fewer than two cycles, a value that is not finite, or settings out of range.
///
/// ```
/// use headwater::features::stl::{StlSettings, decompose};
/// let sales: Vec<f64> = (0..24).map(|t| f64::from(t) + 10.0 * f64::from(t % 4)).collect();
/// let stl = decompose(&sales, &StlSettings::new(4))?;
/// let next = stl.extend(4);
/// assert!((next[0] - 24.0).abs() < 1e-6 && (next[1] - 35.0).abs() < 1e-6);
/// # Ok::<(), headwater::error::Error>(())
/// ```
pub fn decompose(series: &[f64], settings: &StlSettings) -> Result<Stl> {
    settings.validate()?;
    let period = settings.period;
    if series.len() < 2 * period {
        return Err(Error::TooFewWeeks {
            message: format!(
                "a seasonal decomposition with a cycle of {period} needs {} observations; there are {}",
                2 * period,
                series.len()
            ),
            help: "use more weeks, or a shorter cycle".into(),
        });
    }
    if let Some(t) = series.iter().position(|value| !value.is_finite()) {
        return Err(Error::input(
            format!("observation {} of the series is not a number", t + 1),
            "fill or correct it before decomposing",
        ));
    }
    let [seasonal_jump, trend_jump, low_pass_jump] = settings.jumps;
    // every parameter: the defaults of the crate are not those of statsmodels
    let parts = stlrs::params()
        .seasonal_length(settings.seasonal)
        .trend_length(settings.trend)
        .low_pass_length(settings.low_pass)
        .seasonal_degree(1)
        .trend_degree(1)
        .low_pass_degree(1)
        .seasonal_jump(seasonal_jump)
        .trend_jump(trend_jump)
        .low_pass_jump(low_pass_jump)
        .inner_loops(settings.inner)
        .outer_loops(settings.outer)
        .robust(settings.outer > 0)
        .fit(series, period)
        .map_err(|why| {
            Error::estimator(
                format!("the seasonal decomposition failed: {why}"),
                "check the lengths of its smoothers",
            )
        })?;
    let (season, trend, remainder, _) = parts.into_parts();
    Ok(Stl {
        trend,
        season,
        remainder,
        period,
    })
}

impl Stl {
    /// How much of the movement around the season is trend, `max(0, 1 - Var(R) / Var(T + R))` in
    /// [0, 1] (Hyndman and Athanasopoulos, *Forecasting: Principles and Practice*, 4.3). NaN where
    /// neither moves.
    pub fn trend_strength(&self) -> f64 {
        strength(&self.trend, &self.remainder)
    }

    /// How much of the movement around the trend is season, `max(0, 1 - Var(R) / Var(S + R))` in
    /// [0, 1]. NaN where neither moves. With few cycles it is large by construction: a season learned
    /// from two years follows their noise.
    pub fn season_strength(&self) -> f64 {
        strength(&self.season, &self.remainder)
    }

    /// What the next `weeks` observations would be: the last cycle of the season repeated, on the
    /// last trend plus its mean step over the last cycle. Uses nothing but what was decomposed.
    pub fn extend(&self, weeks: usize) -> Vec<f64> {
        let last = self.trend.len() - 1;
        let step = (self.trend[last] - self.trend[last - self.period]) / self.period as f64;
        let cycle = &self.season[self.season.len() - self.period..];
        (0..weeks)
            .map(|ahead| self.trend[last] + step * (ahead + 1) as f64 + cycle[ahead % self.period])
            .collect()
    }
}

/// `max(0, 1 - Var(R) / Var(part + R))`.
fn strength(part: &[f64], remainder: &[f64]) -> f64 {
    let both: Vec<f64> = part.iter().zip(remainder).map(|(p, r)| p + r).collect();
    let squares = |values: &[f64]| {
        let center = mean(values);
        values.iter().map(|v| (v - center).powi(2)).sum::<f64>()
    };
    let share = 1.0 - squares(remainder) / squares(&both);
    // `max` would turn NaN into 0.
    if share < 0.0 { 0.0 } else { share }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strengths_of_trend_and_season_are_those_of_statsmodels() {
        let value = |t: i32| {
            let year = 3.0 * (2.0 * std::f64::consts::PI * f64::from(t) / 52.0).sin();
            year + 0.02 * f64::from(t) + f64::from((t * t * 31) % 17 - 8) / 4.0
        };
        let series: Vec<f64> = (0..156).map(value).collect();
        let stl = decompose(&series, &StlSettings::new(52)).unwrap();
        // statsmodels 0.15.0, STL(x, period=52).fit(); 1 - Var(R) / Var(part + R)
        assert!((stl.trend_strength() - 0.6074801541090733).abs() < 1e-9);
        assert!((stl.season_strength() - 0.9031365052724449).abs() < 1e-9);
    }

    #[test]
    fn two_years_leave_no_remainder_so_everything_looks_seasonal() {
        let noise: Vec<f64> = (0..104).map(|t| f64::from((t * t * 31) % 17)).collect();
        let stl = decompose(&noise, &StlSettings::new(52)).unwrap();
        assert!(stl.season_strength() > 0.999);
    }
}
