//! Prediction intervals hold what they promise, and say when they cannot promise.
#![allow(clippy::unwrap_used)]

use headwater::analysis::Settings;
use headwater::finding::{Finding, Status};
use headwater::mediation::Link;
use headwater::numeric::random::stream;
use headwater::simulate::{MarketSettings, simulate};
use headwater::validation::conformal::{Conformal, Forecast, PredictionIntervals, Scale};
use headwater::validation::cross_validation::{
    CrossValidation, Scheme, ValidationSettings, carry_over_memory,
};
use rand_distr::{Distribution, StandardNormal};

use crate::common::assert_close;

fn forecast<'a>(actual: &'a [f64], predicted: &'a [f64]) -> Forecast<'a> {
    Forecast {
        test_first: "2024-01-01",
        test_last: "2024-02-19",
        horizon: actual.len(),
        actual,
        predicted,
    }
}

/// Intervals from folds of errors around forecasts of 0.
fn of_errors(folds: &[&[f64]], level: f64, method: Conformal) -> PredictionIntervals {
    let nothing = vec![0.0; folds.iter().map(|fold| fold.len()).max().unwrap_or(0)];
    let folds: Vec<Forecast> = folds
        .iter()
        .map(|errors| forecast(errors, &nothing[..errors.len()]))
        .collect();
    PredictionIntervals::new(&folds, level, method, Scale::Absolute)
}

#[test]
fn coverage_of_exchangeable_errors_is_exact_in_finite_samples() {
    // With m errors the next is inside with probability ceil((m+1) level) / (m+1), whatever the
    // distribution (Vovk et al. 2005): here squares of normals, skewed and heavy in the tail.
    const MARKETS: u64 = 20_000;
    for (m, level) in [(24, 0.9), (19, 0.95), (9, 0.9), (10, 0.8)] {
        let mut inside = 0;
        for market in 0..MARKETS {
            let mut rng = stream(7, market);
            let errors: Vec<f64> = StandardNormal
                .sample_iter(&mut rng)
                .take(m + 1)
                .map(|z: f64| z * z * z)
                .collect();
            let intervals = of_errors(&[&errors[..m], &errors[m..]], level, Conformal::Split);
            inside += intervals.coverage[1].covered.unwrap();
        }
        let exact = ((m + 1) as f64 * level - 1e-9).ceil() / (m + 1) as f64;
        // four standard errors of a share of 20,000
        let error = (exact * (1.0 - exact) / MARKETS as f64).sqrt();
        assert_close(inside as f64 / MARKETS as f64, exact, 4.0 * error);
    }
}

#[test]
fn a_fold_is_judged_by_the_errors_of_earlier_folds_alone() {
    let first: Vec<f64> = (1..=9).map(f64::from).collect();
    let second = [1000.0, 0.5];
    let intervals = of_errors(&[&first, &second, &[3.0]], 0.9, Conformal::Split);
    let widths: Vec<_> = intervals
        .coverage
        .iter()
        .map(|fold| fold.half_width)
        .collect();
    // none before; the ninth of nine; the eleventh of eleven (ceil(12 x 0.9))
    assert_eq!(widths, [None, Some(9.0), Some(1000.0)]);
    let covered: Vec<_> = intervals.coverage.iter().map(|fold| fold.covered).collect();
    assert_eq!(covered, [None, Some(1), Some(1)]);
    // the twelfth of twelve for new weeks (ceil(13 x 0.9))
    assert_eq!(intervals.half_width, Some(1000.0));
    assert_eq!(intervals.residuals, 12);
}

#[test]
fn one_error_fewer_than_the_level_needs_makes_no_interval() {
    for (level, needed) in [(0.9, 9), (0.95, 19), (0.8, 4), (0.5, 1)] {
        let errors = vec![1.0; needed];
        assert_eq!(
            of_errors(&[&errors], level, Conformal::Split).half_width,
            Some(1.0)
        );
        let intervals = of_errors(&[&errors[1..]], level, Conformal::Split);
        assert_eq!(intervals.half_width, None);
        let finding = intervals.finding("revenue", Scheme::Expanding);
        assert_eq!(finding.status, Status::NotAssessed);
        assert!(
            finding.summary.contains(&format!("at least {needed}")),
            "{}",
            finding.summary
        );
    }
    let nothing = PredictionIntervals::new(&[], 0.9, Conformal::Split, Scale::Absolute);
    assert_eq!(
        nothing.finding("revenue", Scheme::Expanding).status,
        Status::NotAssessed
    );
}

#[test]
fn misses_widen_the_adaptive_interval_and_hits_narrow_it() {
    let calm: Vec<f64> = (1..=40).map(f64::from).collect();
    let wild = [100.0; 8];
    let still = [0.0; 8];
    let after = |fold: &[f64], method| {
        let intervals = of_errors(&[&calm, fold], 0.8, method);
        (
            intervals.coverage[1].half_width.unwrap(),
            intervals.half_width.unwrap(),
        )
    };
    // ceil(41 x 0.8) = 33 of 40
    assert_eq!(after(&wild, Conformal::Adaptive).0, 33.0);
    // alpha = 0.2 + 0.05 (8 x 0.2 - 8) < 0: the largest error there is
    assert_eq!(after(&wild, Conformal::Adaptive).1, 100.0);
    // alpha = 0.2 + 0.05 x 8 x 0.2 = 0.28: ceil(49 x 0.72) = 36 of 8 zeros and 1 to 40
    assert_eq!(after(&still, Conformal::Adaptive).1, 28.0);
    // ceil(49 x 0.8) = 40
    assert_eq!(after(&still, Conformal::Split).1, 32.0);
}

#[test]
fn a_relative_interval_grows_with_the_forecast() {
    let actual: Vec<f64> = (1..=9).map(|k| 100.0 + f64::from(k)).collect();
    let folds = [forecast(&actual, &[100.0; 9])];
    let intervals = PredictionIntervals::new(&folds, 0.9, Conformal::Split, Scale::Relative);
    let around = intervals.around(1000.0).unwrap();
    assert_close(around.lower, 910.0, 1e-9);
    assert_close(around.upper, 1090.0, 1e-9);
    // A relative error of a forecast of 0 is no number; neither is an interval that needs it.
    let folds = [forecast(&actual, &[0.0; 9])];
    let intervals = PredictionIntervals::new(&folds, 0.9, Conformal::Split, Scale::Relative);
    assert_eq!(intervals.half_width, None);
}

#[test]
fn intervals_that_hold_too_little_are_a_warning_with_the_figure() {
    let calm: Vec<f64> = (1..=20).map(f64::from).collect();
    let finding = |later: &[f64]| -> Finding {
        of_errors(&[&calm, later], 0.9, Conformal::Split).finding("revenue", Scheme::Expanding)
    };
    let good = finding(&[1.0; 16]);
    assert_eq!(good.status, Status::Passed);
    assert!(
        good.summary.contains("held 16 of 16 later weeks (100%)"),
        "{}",
        good.summary
    );
    assert!(good.summary.contains("not for effects"));
    // bound 0.9 - 2 sqrt(0.09 / 16) = 0.75
    let mut some = [1.0; 16];
    some[..4].fill(50.0);
    assert_eq!(finding(&some).status, Status::Passed);
    some[4] = 50.0;
    let bad = finding(&some);
    assert_eq!(bad.status, Status::Warning);
    assert_close(bad.measure.unwrap().value, 11.0 / 16.0, 1e-15);
    // errors that are not numbers are outside, never inside
    assert_eq!(finding(&[f64::NAN; 16]).status, Status::NotAssessed);
}

#[test]
fn the_demo_market_gets_intervals_and_blocked_folds_do_not() {
    let data = simulate(&MarketSettings::default()).unwrap().dataset;
    let settings = Settings::default();
    let memory = carry_over_memory(&settings.features);
    for (scheme, status) in [
        (Scheme::Expanding, Status::Passed),
        (Scheme::Rolling, Status::Passed),
        (Scheme::Blocked, Status::NotAssessed),
    ] {
        let validation = ValidationSettings {
            scheme,
            ..ValidationSettings::default()
        };
        let (folds, _) = validation.split(104, 16, memory).unwrap();
        let scores =
            CrossValidation::run(&settings.model(), &data, &settings.features, &folds).unwrap();
        let intervals =
            PredictionIntervals::of(&scores, data.outcome(), &validation, Link::Identity);
        let finding = intervals.finding("revenue", scheme);
        println!("{}", finding.summary);
        assert_eq!(finding.status, status, "{}", finding.summary);
        if scheme == Scheme::Expanding {
            assert_eq!((intervals.residuals, intervals.horizon), (40, 8));
            // eight errors of the first fold are too few for 90%
            assert_eq!(intervals.coverage[1].covered, None);
            assert!(intervals.coverage[2].covered.is_some());
            let json = serde_json::to_value(&intervals).unwrap();
            let again: PredictionIntervals = serde_json::from_value(json).unwrap();
            assert_eq!(again, intervals);
        }
    }
}
