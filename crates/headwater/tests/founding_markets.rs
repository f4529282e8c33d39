//! Whether the fresh markets of `common/founding.rs` are of the kind that was published.
//!
//! The figures are those of `synthetic_mediation/truth.json` of the external test data.
#![allow(clippy::unwrap_used)] // a test may panic

use headwater::data::{DataSettings, load};

use crate::common::founding::{CHANNELS, FoundingMarket, draw, multiplier};
use crate::common::{assert_close, shared};

const DRAWS: usize = 60;

fn draws() -> Vec<FoundingMarket> {
    (0..DRAWS as u64).map(draw).collect()
}

/// The mean and the standard deviation of one draw.
fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, (squares / (n - 1.0)).sqrt())
}

#[test]
fn stage_one_attains_what_the_published_replicates_attain() {
    let attained: Vec<f64> = draws().iter().map(|market| market.attainable_r2).collect();
    let (mean, deviation) = moments(&attained);
    let (low, high) = (-0.054_014_240_804_958_87, 0.156_415_034_963_397_37);
    let outside = attained.iter().filter(|r2| !(low..=high).contains(*r2));
    let outside = outside.count();
    println!("mean {mean:.4}, deviation {deviation:.4}, {outside} outside");
    // both means are over 60 draws, so their difference has an error of sd sqrt(2 / 60)
    let error = deviation * (2.0 / DRAWS as f64).sqrt();
    assert_close(mean, 0.051_952_396_941_487_32, 3.0 * error);
    // of two equal samples, one has k or more beyond the other's extremes with a probability of
    // about (k + 1) / 2^k: 0.6% for 11
    assert!(outside < 11, "{outside}");
}

#[test]
fn a_fifth_more_facebook_is_worth_what_it_is_in_the_published_draw() {
    let fifth: Vec<f64> = draws()
        .iter()
        .map(|market| 0.2 * market.effects[0])
        .collect();
    let (mean, deviation) = moments(&fifth);
    println!("mean {mean:.0}, deviation {deviation:.0}");
    // 5,249 is one draw, with the error of one; spend of exponential size varies by a tenth
    let error = deviation * (1.0 + 1.0 / DRAWS as f64).sqrt();
    assert_close(mean, 5_248.7, 3.0 * error);
    assert!(error < 0.15 * mean, "sharp enough to mean something");
}

#[test]
fn the_multiplier_is_the_published_one() {
    let mean = (0..104).map(multiplier).sum::<f64>() / 104.0;
    // a mean of 104 numbers near 1
    assert_close(mean, 1.036_243_606_540_326_4, 1e-13);
    let Some(file) = shared("synthetic_mediation/true_multiplier_by_week.csv") else {
        return;
    };
    let mut weeks = csv::Reader::from_path(file).unwrap();
    for (t, week) in weeks.records().map(|week| week.unwrap()).enumerate() {
        let published: f64 = week[3].parse().unwrap();
        assert_close(multiplier(t as u32), published, 1e-12);
    }
}

#[test]
fn a_drawn_market_has_the_columns_the_roles_and_the_size_of_the_published_one() {
    let market = draw(7);
    let data = &market.dataset;
    assert_eq!(data.len(), 104);
    assert_eq!(data.roles().exposures(), CHANNELS.map(|(name, ..)| name));
    // Google spend is never cut at zero, so that effects are linear
    for drawn in draws() {
        assert!(
            drawn
                .dataset
                .mediator()
                .iter()
                .all(|dollars| *dollars > 1_000.0)
        );
    }
    let Some(file) = shared("synthetic_mediation/weekly_seed42_clean.csv") else {
        return;
    };
    let published = load(&file, &DataSettings::default(), None).unwrap().dataset;
    assert_eq!(published.roles(), data.roles());
    assert_eq!(published.weeks(), data.weeks());
    let all = draws();
    for (name, values) in published.columns() {
        let of = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let drawn: Vec<f64> = all.iter().map(|m| of(m.dataset.column(name))).collect();
        let (mean, deviation) = moments(&drawn);
        println!("{name}: {} drawn {mean} +- {deviation}", of(values));
        // one published draw against the mean of 60; eleven columns, so 3.5 deviations
        assert_close(
            of(values),
            mean,
            3.5 * deviation * (1.0 + 1.0 / DRAWS as f64).sqrt(),
        );
    }
}

#[test]
fn the_effects_are_those_of_the_equations_to_the_rounding_of_spend() {
    let market = draw(3);
    for (effect, (name, drawn, _)) in market.effects.iter().zip(CHANNELS) {
        let spend = market.dataset.column(name);
        let weeks = (0u32..).zip(&**spend);
        let counted: f64 = weeks.map(|(t, x)| multiplier(t) * 0.8 * drawn * x).sum();
        // half a dollar in each of 104 weeks
        assert_close(*effect, counted, 104.0 * 0.5 * 1.8 * 0.8 * drawn);
    }
    assert_eq!(draw(3).effects, market.effects);
    assert_ne!(draw(4).effects, market.effects);
}
