//! Decisions against truth, over many drawn markets.
#![allow(clippy::unwrap_used)] // a test may panic

mod common;

use common::{founding, settings_with};
use headwater::analysis::Advisor;
use headwater::decisions::Plan;
use headwater::mediation::Reading;
use headwater::progress::Silent;

#[test]
fn a_fifth_more_facebook_in_markets_of_the_founding_kind() {
    for (estimator, reading, alone) in [
        ("ridge", Reading::TwoSlope, false),
        ("ridge", Reading::Observed, false),
        ("ols", Reading::TwoSlope, false),
        ("ols", Reading::Observed, false),
        ("ridge", Reading::Observed, true),
        ("boosting", Reading::Observed, false),
        ("boosting", Reading::TwoSlope, false),
    ] {
        let (mut squares, mut truths, mut wrong, mut sum) = (0.0, 0.0, 0, 0.0);
        for seed in 0..30 {
            let market = founding::draw(seed);
            let mut settings = settings_with(estimator);
            settings.mediation.reading = reading;
            if alone {
                settings.features.adstock.decay = headwater::features::Decay::Fixed(0.0);
            }
            settings.bootstrap.replicates = Some(0);
            let advisor = Advisor::new(&market.dataset, &settings, &Silent).unwrap();
            let plan = Plan {
                set: vec!["facebook_spend=+20%".parse().unwrap()],
                allow_extrapolation: true,
                ..Plan::default()
            };
            let found = advisor
                .scenario("more", &plan)
                .unwrap()
                .total
                .outcome
                .point
                .unwrap();
            let truth = 0.2 * market.effects[0];
            squares += (found - truth).powi(2);
            truths += truth;
            sum += found;
            wrong += usize::from(found <= 0.0);
        }
        println!(
            "{estimator} {reading:?} {alone}: RMSE / truth {:.2}, mean {:.0} vs {:.0}, wrong sign {wrong}",
            (squares / 30.0f64).sqrt() / (truths / 30.0),
            sum / 30.0,
            truths / 30.0
        );
    }
}
