//! Forecasts that need no model: what a model has to beat.

use super::cross_validation::YEAR;
use crate::features::stl::{StlSettings, decompose};
use crate::numeric::summary::mean;
use crate::splits::Fold;

/// A forecast of a fold's test weeks from the target's own training weeks. With blocked folds,
/// where training weeks lie on both sides, it may look ahead as the model does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NaiveForecast {
    /// The mean of the training weeks.
    TrainingMean,
    /// The last training week before the test weeks, repeated; the next one after them where a
    /// block has none before it.
    LastValue,
    /// The same week a year (52 weeks) before; a year after where a block has no such week.
    SeasonalNaive,
    /// Trend and season of the training weeks before the test weeks, two years of them or more,
    /// taken apart by STL and [carried on](crate::features::stl::Stl::extend).
    Stl,
}

impl NaiveForecast {
    /// What it is called in a sentence.
    pub fn name(self) -> &'static str {
        match self {
            NaiveForecast::TrainingMean => "training mean",
            NaiveForecast::LastValue => "last value",
            NaiveForecast::SeasonalNaive => "same week a year before",
            NaiveForecast::Stl => "trend and season carried on (STL)",
        }
    }

    /// One value a test week of `fold`, in the unit of `target`, which holds every week of the data.
    /// `None` where the training weeks are too few for it.
    ///
    /// ```
    /// use headwater::splits::Fold;
    /// use headwater::validation::NaiveForecast;
    /// let fold = Fold::forward(0..3, 3..5);
    /// let sales = [1.0, 2.0, 6.0, 4.0, 5.0];
    /// assert_eq!(NaiveForecast::TrainingMean.of(&sales, &fold), Some(vec![3.0, 3.0]));
    /// assert_eq!(NaiveForecast::LastValue.of(&sales, &fold), Some(vec![6.0, 6.0]));
    /// assert_eq!(NaiveForecast::SeasonalNaive.of(&sales, &fold), None);
    /// ```
    pub fn of(self, target: &[f64], fold: &Fold) -> Option<Vec<f64>> {
        match self {
            NaiveForecast::TrainingMean => {
                let learned: Vec<f64> = fold.rows().map(|row| target[row]).collect();
                Some(vec![mean(&learned); fold.test.len()])
            }
            NaiveForecast::LastValue => {
                let before = fold.rows().take_while(|&row| row < fold.test.start).last();
                let nearest = before.or_else(|| fold.rows().next())?;
                Some(vec![target[nearest]; fold.test.len()])
            }
            NaiveForecast::SeasonalNaive => seasonal_naive(target, fold),
            NaiveForecast::Stl => seasonal_trend(target, fold),
        }
    }
}

/// For each test week the latest training week that lies a whole number of years before it, else
/// the earliest that lies so many years after; `None` when a test week has neither.
fn seasonal_naive(target: &[f64], fold: &Fold) -> Option<Vec<f64>> {
    let same_week = |week: usize| {
        let before = (0..week).rev().skip(YEAR - 1).step_by(YEAR);
        let after = (week + YEAR..fold.train.end).step_by(YEAR);
        before.chain(after).find(|&other| fold.learns(other))
    };
    let test = fold.test.clone();
    test.map(|week| same_week(week).map(|other| target[other]))
        .collect()
}

/// Trend and season of the training weeks before the test weeks, carried on through gap and test
/// weeks. STL looks both ways, so it sees nothing else. `None` without two years of such weeks.
fn seasonal_trend(target: &[f64], fold: &Fold) -> Option<Vec<f64>> {
    let before: Vec<f64> = fold
        .rows()
        .take_while(|&row| row < fold.test.start)
        .map(|row| target[row])
        .collect();
    let decomposed = decompose(&before, &StlSettings::new(YEAR)).ok()?;
    let ahead = fold.test.end - (fold.train.start + before.len());
    let extended = decomposed.extend(ahead);
    Some(extended[ahead - fold.test.len()..].to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::splits::blocked_split;

    #[test]
    fn seasonal_naive_looks_a_whole_year_back_into_training() {
        let target: Vec<f64> = (0..104).map(f64::from).collect();
        let fold = Fold::forward(0..60, 60..68);
        assert_eq!(seasonal_naive(&target, &fold).unwrap()[0], 8.0);
        let fold = Fold::forward(0..40, 40..48);
        assert_eq!(seasonal_naive(&target, &fold), None);
    }

    #[test]
    fn stl_carries_trend_and_season_over_the_gap_and_reads_no_later_week() {
        let season = |week: usize| if week % YEAR < 4 { 100.0 } else { 0.0 };
        let target: Vec<f64> = (0..180)
            .map(|week| 2.0 * week as f64 + season(week))
            .collect();
        let fold = Fold::forward(0..156, 160..168);
        let forecast = seasonal_trend(&target, &fold).unwrap();
        // Loess is exact on lines, and a season that repeats exactly is all season.
        for (forecast, actual) in forecast.iter().zip(&target[160..168]) {
            assert!((forecast - actual).abs() < 1e-6, "{forecast} for {actual}");
        }
        let mut poisoned = target.clone();
        poisoned[156..].fill(1e9);
        assert_eq!(seasonal_trend(&poisoned, &fold).unwrap(), forecast);
    }

    #[test]
    fn stl_makes_no_forecast_from_less_than_two_years_before_the_test_weeks() {
        let target: Vec<f64> = (0..208).map(f64::from).collect();
        assert_eq!(
            seasonal_trend(&target, &Fold::forward(0..103, 103..110)),
            None
        );
        assert!(seasonal_trend(&target, &Fold::forward(0..104, 104..110)).is_some());
        let blocks = blocked_split(208, 4, 0).unwrap();
        assert_eq!(seasonal_trend(&target, &blocks[1]), None);
        assert!(seasonal_trend(&target, &blocks[2]).is_some());
    }
}
