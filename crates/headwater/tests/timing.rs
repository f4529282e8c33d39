//! Timing against closed forms, and what it must not claim.
#![allow(clippy::unwrap_used)] // a test may panic

use headwater::analysis::{Advisor, Settings};
use headwater::data::Dataset;
use headwater::decisions::timing::{Lead, impulse_response, lag_until, mean_lag};
use headwater::features::adstock::Decay;
use headwater::finding::Status;
use headwater::progress::Silent;
use headwater::simulate::{MarketSettings, simulate};

use crate::common::{
    altered, assert_close, assert_page, fitted, settings_with, slope, with_direct,
};

fn market() -> Dataset {
    simulate(&MarketSettings::default()).unwrap().dataset
}

fn asked(data: &Dataset, settings: &Settings) -> headwater::decisions::Timing {
    let advisor = Advisor::new(data, settings, &Silent).unwrap();
    advisor.timing().unwrap()
}

#[test]
fn two_geometric_kernels_give_the_closed_form() {
    // methods brief, 1.3: p = 0.3, q = 0.6, unnormalised
    let kernel = |decay: f64| -> Vec<f64> { (0..120).map(|lag| decay.powi(lag)).collect() };
    let response = impulse_response(&[&kernel(0.3), &kernel(0.6)]);
    for (lag, expected) in [1.0, 0.9, 0.63, 0.405, 0.2511, 0.15309].iter().enumerate() {
        // a handful of products of numbers below 1
        assert_close(response[lag], *expected, 1e-14);
    }
    // the tail after 120 weeks is below 0.6^120 = 2e-27
    assert_close(response.iter().sum(), 1.0 / (0.7 * 0.4), 1e-13);
    assert_close(response.iter().sum(), 3.5714285714, 1e-10);
    assert_close(mean_lag(&response), 0.3 / 0.7 + 0.6 / 0.4, 1e-12);
    assert_close(mean_lag(&response), 1.9285714, 1e-7);
    // 1 + 0.9 = 1.9 is above half of 3.571, 1 is not
    assert_eq!(lag_until(&response, 0.5), 1.0);
}

#[test]
fn a_linear_model_gives_slope_times_kernel() {
    let data = with_direct(&market(), "instagram_spend");
    let mut settings = settings_with("ols");
    settings.bootstrap.replicates = Some(0);
    let model = fitted(&data, &settings);
    let prepared = model.prepared();
    let b = slope(model.outcome_stage(), "google_spend (induced)");
    let timing = asked(&data, &settings);
    let mut unit = vec![0.0; 27];
    unit[0] = 1.0;
    for channel in &timing.channels {
        let name = channel.channel.as_str();
        let a = slope(model.mediator_stage(), name);
        let weights = |stage| prepared.features.kernel(name, stage).unwrap().apply(&unit);
        let (first, second) = model.carry_overs();
        let d = match name {
            "instagram_spend" => slope(model.outcome_stage(), name),
            _ => 0.0,
        };
        let through = impulse_response(&[&weights(first)]);
        let around = weights(second);
        for week in &channel.response {
            // differences of weekly revenue of 1e5 by a pulse of 300, rounding of 1e-16 each
            let near = |estimate: &headwater::estimate::Estimate, expected: f64| {
                assert_close(estimate.point.unwrap(), expected, 1e-9);
            };
            near(&week.mediator, a * through[week.week]);
            near(&week.mediated, a * b * through[week.week]);
            near(&week.direct, d * around[week.week]);
            near(
                &week.total,
                a * b * through[week.week] + d * around[week.week],
            );
        }
        assert_close(
            channel.mediator_lag.mean.point.unwrap(),
            mean_lag(&through),
            1e-9,
        );
        assert!(channel.peak_assumed && channel.carry_over_shared && !channel.carry_over_set);
    }
}

#[test]
fn a_carry_over_that_was_set_is_called_so() {
    let mut settings = settings_with("ridge");
    settings.bootstrap.replicates = Some(40);
    settings.features.adstock.decay = Decay::Fixed(0.5);
    let timing = asked(&market(), &settings);
    for channel in &timing.channels {
        assert!(channel.carry_over_set && !channel.carry_over_shared);
        let mean = channel.mediator_lag.mean.interval().unwrap();
        // no replicate could choose another: the interval has no width and the flag says why
        assert_close(mean.upper, mean.lower, 1e-6);
        // 0.5 / 0.5 = 1 week, less a tail of 27 * 0.5^27 = 2e-7
        assert_close(mean.lower, 1.0, 1e-6);
    }
}

#[test]
fn without_replicates_nothing_is_said_to_be_clear() {
    let mut settings = settings_with("ridge");
    settings.bootstrap.replicates = Some(0);
    let timing = asked(&market(), &settings);
    assert!(
        timing
            .channels
            .iter()
            .all(|channel| channel.clear.is_none() && channel.lead == Lead::NotAssessed)
    );
    assert_eq!(timing.findings[0].status, Status::NotAssessed);
    assert_page("decisions.timing");
}

#[test]
fn a_decay_of_zero_in_some_replicates_is_not_told_from_the_same_week() {
    let mut settings = settings_with("ridge");
    settings.bootstrap.replicates = Some(100);
    settings.features.adstock.decay = Decay::Fixed(0.0);
    let timing = asked(&market(), &settings);
    for channel in &timing.channels {
        assert_eq!(channel.lag.nine_tenths.point, Some(0.0));
        assert_ne!(channel.lead, Lead::Weeks);
    }
}

#[test]
fn trees_are_timed_only_where_a_pulse_moves_them() {
    let mut settings = settings_with("boosting");
    settings.bootstrap.replicates = Some(40);
    let timing = asked(&with_direct(&market(), "instagram_spend"), &settings);
    for channel in &timing.channels {
        for lag in [&channel.lag, &channel.mediator_lag] {
            // a model or a replicate that does not move has no lag, and the reason is given
            let missing = lag.mean.interval().is_none();
            assert_eq!(missing, lag.mean.why.is_some(), "{:?}", lag.mean);
            if let Some(why) = &lag.mean.why {
                assert!(why.contains("does not move"), "{why}");
            }
        }
    }
}

#[test]
fn a_channel_that_never_ran_or_never_varied_has_no_timing() {
    for level in [0.0, 700.0] {
        let data = altered(
            &market(),
            |_| (),
            |name, _, value| match name {
                "tiktok_spend" => level,
                _ => value,
            },
        )
        .unwrap();
        let mut settings = settings_with("ridge");
        settings.bootstrap.replicates = Some(40);
        let timing = asked(&data, &settings);
        let tiktok = timing
            .channels
            .iter()
            .find(|channel| channel.channel == "tiktok_spend")
            .unwrap();
        let why = tiktok.lag.half.why.as_deref().unwrap();
        assert!(why.contains("never varies"), "{why}");
        assert_eq!(
            (tiktok.effect.point, tiktok.lead),
            (None, Lead::NotAssessed)
        );
    }
}
