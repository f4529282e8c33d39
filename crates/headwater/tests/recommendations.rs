//! What is recommended, what is not, and why, on markets whose truth is known and on the real file.
#![allow(clippy::unwrap_used)] // a test may panic

use headwater::analysis::{Advisor, Fit, Recommendations, Settings, run};
use headwater::data::{DataSettings, Dataset, load};
use headwater::decisions::BudgetSettings;
use headwater::decisions::budget::MaxChange;
use headwater::progress::Silent;
use headwater::simulate::{Channel, MarketSettings, simulate};
use headwater::validation::assumption::Verdict;

use crate::common::{assert_close, shared, with_direct};

fn fitted(data: &Dataset, replicates: usize) -> Fit {
    let mut settings = Settings::default();
    settings.bootstrap.replicates = Some(replicates);
    settings.validation.placebos = 0;
    run(data, Vec::new(), &settings, &Silent).unwrap()
}

fn advice(fit: &Fit, settings: &BudgetSettings) -> Recommendations {
    let advisor = Advisor::of(fit, &Silent).unwrap();
    advisor.recommend(settings).unwrap()
}

/// Two channels, the second worth six times the first, and little noise.
fn lopsided() -> Dataset {
    let channel = |name: &str, mediated| Channel {
        name: name.into(),
        mediated,
        direct: 0.0,
        decay: 0.0,
        saturation: None,
    };
    let market = MarketSettings {
        weeks: 156,
        channels: vec![channel("tiktok_spend", 0.2), channel("facebook_spend", 1.2)],
        first_stage_r2: 0.9,
        outcome_noise: 1.0,
        ..MarketSettings::default()
    };
    simulate(&market).unwrap().dataset
}

#[test]
fn a_move_that_the_data_carry_is_recommended_with_its_numbers() {
    let fit = fitted(&lopsided(), 200);
    assert_eq!(fit.analysis.path.verdict, Verdict::PathSupported);
    let advice = advice(&fit, &BudgetSettings::default());
    let [only] = &advice.moves[..] else {
        panic!("{:?} {:?}", advice.moves, advice.not_supported)
    };
    let moved = &only.moved;
    assert_eq!(moved.from.as_deref(), Some("tiktok_spend"));
    assert_eq!(moved.to.as_deref(), Some("facebook_spend"));
    assert_eq!(moved.agreeing_stories, 3);
    assert_eq!(only.why_not, None);
    let sentence = &only.sentence;
    assert!(sentence.starts_with("Move about "), "{sentence}");
    assert!(
        sentence.contains("a week from tiktok_spend to facebook_spend"),
        "{sentence}"
    );
    assert!(
        sentence.contains("holds under 3 of 3 stories; inside the observed range."),
        "{sentence}"
    );
    assert!(advice.summary.starts_with(sentence));
    // what tiktok loses and facebook gains, dollar for dollar: a b_ind each
    let truth = 3.0 * (1.2 * moved.received - 0.2 * moved.amount);
    let interval = moved.outcome.interval().unwrap();
    assert!(interval.contains(truth), "{truth} {interval:?}");
    // facebook sets off six times the google spend, and the budget pays for it
    assert!(moved.received < moved.amount);
    assert_eq!(advice.ranking[0].channel, "facebook_spend");
    assert!(advice.ranking[0].best > Some(0.99));
    assert_eq!(advice.nothing_through, None);
}

#[test]
fn the_moves_of_a_linear_plan_add_up_to_it_and_cost_the_same() {
    let data = simulate(&MarketSettings::default()).unwrap().dataset;
    let fit = fitted(&data, 100);
    let settings = BudgetSettings {
        max_change: MaxChange::Share(0.5),
        ..BudgetSettings::default()
    };
    let advice = advice(&fit, &settings);
    let plan = &advice.allocation;
    let weeks = plan.settings.horizon as f64;
    let all = || advice.moves.iter().chain(&advice.not_supported);
    assert!(all().count() > 1);
    let gain: f64 = all().map(|one| one.moved.outcome.point.unwrap()).sum();
    let planned = plan.gain.outcome.point.unwrap() / weeks;
    // moves below half a percent of the money are left out, and so is what they bring
    let spend: f64 = plan.channels.iter().map(|c| c.planned).sum::<f64>() / weeks;
    assert_close(gain, planned, 0.005 * spend * 4.0);
    let given: f64 = all().map(|one| one.moved.amount).sum();
    let got: f64 = all().map(|one| one.moved.received).sum();
    let change = |sign: f64| -> f64 {
        let changes = plan.channels.iter().map(|c| sign * c.change);
        changes.filter(|change| *change > 0.0).sum::<f64>() / weeks
    };
    assert_close(given, change(-1.0), 0.005 * spend * 4.0);
    assert_close(got, change(1.0), 0.005 * spend * 4.0);
}

#[test]
fn without_replicates_or_checks_nothing_is_recommended() {
    let data = lopsided();
    let advice = advice(&fitted(&data, 0), &BudgetSettings::default());
    assert!(advice.moves.is_empty() && advice.ranking.is_empty());
    assert!(
        advice.summary.contains("the run has no intervals"),
        "{}",
        advice.summary
    );
    let mut settings = Settings::default();
    settings.bootstrap.replicates = Some(40);
    let advisor = Advisor::new(&data, &settings, &Silent).unwrap();
    let error = advisor.recommend(&BudgetSettings::default()).unwrap_err();
    assert!(error.to_string().contains("were not analysed"), "{error}");
}

#[test]
fn one_channel_alone_has_nowhere_to_move_its_money() {
    let mut market = MarketSettings::default();
    market.channels.truncate(1);
    let data = simulate(&market).unwrap().dataset;
    let advice = advice(&fitted(&data, 100), &BudgetSettings::default());
    assert!(advice.moves.is_empty() && advice.not_supported.is_empty());
    let said = "There is one channel in money, so a budget that stays has nowhere to go";
    assert!(advice.summary.starts_with(said), "{}", advice.summary);
}

#[test]
fn a_market_without_a_path_gets_no_recommendation_and_no_ranking() {
    let mut market = MarketSettings::default();
    for channel in &mut market.channels {
        channel.mediated = 0.0;
    }
    let data = simulate(&market).unwrap().dataset;
    let advice = advice(&fitted(&data, 100), &BudgetSettings::default());
    assert!(advice.moves.is_empty() && advice.not_supported.is_empty());
    assert!(advice.ranking.is_empty(), "an order of noise");
    let nothing = advice.nothing_through.unwrap();
    let names = "facebook_spend, tiktok_spend, snapchat_spend and instagram_spend";
    assert!(nothing.contains(&format!(
        "Nothing is recommended for {names} through google_spend"
    )));
}

#[test]
fn on_the_real_file_nothing_is_recommended_for_three_channels_through_google() {
    let Some(file) = shared("assignment/mmm_weekly_iso.csv") else {
        return;
    };
    let data = load(&file, &DataSettings::default(), None).unwrap().dataset;
    for (data, drawn) in [
        (data.clone(), false),
        (with_direct(&data, "instagram_spend"), true),
    ] {
        let advice = advice(&fitted(&data, 200), &BudgetSettings::default());
        let nothing = advice.nothing_through.as_deref().unwrap();
        assert!(
            nothing.starts_with(
                "Nothing is recommended for facebook_spend, tiktok_spend and snapchat_spend through google_spend"
            ),
            "{nothing}"
        );
        let through = ["facebook_spend", "tiktok_spend", "snapchat_spend"].map(Some);
        for one in &advice.moves {
            let (from, to) = (one.moved.from.as_deref(), one.moved.to.as_deref());
            assert!(
                !through.contains(&to),
                "drawn {drawn}: from {from:?} to {to:?}"
            );
        }
        if !drawn {
            assert!(
                advice.summary.contains("draw the edge of instagram_spend"),
                "{}",
                advice.summary
            );
            assert!(advice.ranking.is_empty());
        }
    }
}
