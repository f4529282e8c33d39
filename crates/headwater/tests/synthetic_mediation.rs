//! The generator of the founding system, 104 weeks with known effects: as published, with its gaps
//! and spikes, and before those.
//!
//! It is one draw, so a single interval may miss by chance. What is asserted is that the channels'
//! 95% intervals hold the truth in each file: three intervals on one draw of noise miss somewhere
//! in at most 3 x 5% of draws, and only a bias would make them miss here.
#![allow(clippy::unwrap_used)] // a test may panic

use std::path::PathBuf;

use headwater::analysis::{Analysis, Settings, run};
use headwater::data::{DataSettings, load};
use headwater::finding::Status;
use headwater::progress::Silent;
use headwater::validation::assumption::Verdict;
use serde_json::Value;

use crate::common::{finding, settings_with, shared, with_direct};

const FILES: [&str; 2] = ["weekly_seed42_clean.csv", "weekly_seed42.csv"];

fn file(name: &str) -> Option<PathBuf> {
    shared(&format!("synthetic_mediation/{name}"))
}

fn truth() -> Option<Value> {
    let text = std::fs::read_to_string(file("truth.json")?).unwrap();
    Some(serde_json::from_str(&text).unwrap())
}

fn analyse(name: &str, settings: &Settings, direct: Option<&str>) -> Analysis {
    let loaded = load(&file(name).unwrap(), &DataSettings::default(), None).unwrap();
    let data = match direct {
        None => loaded.dataset,
        Some(exposure) => with_direct(&loaded.dataset, exposure),
    };
    let mut settings = settings.clone();
    settings.validation.placebos = 0;
    run(&data, loaded.findings, &settings, &Silent)
        .unwrap()
        .analysis
}

/// What each channel really did: its effect per dollar times the dollars that were spent, before
/// spikes and zeros were written into the published file.
fn effect(truth: &Value, channel: &str) -> f64 {
    let clean = load(&file(FILES[0]).unwrap(), &DataSettings::default(), None).unwrap();
    let spend: f64 = clean.dataset.column(channel).iter().sum();
    truth["total_effect_per_$"][channel].as_f64().unwrap() * spend
}

#[test]
fn the_intervals_of_every_channel_hold_the_true_effects() {
    let Some(truth) = truth() else { return };
    for estimator in ["ridge", "ols"] {
        for name in FILES {
            let analysis = analyse(name, &settings_with(estimator), None);
            println!("{estimator}, {name}");
            println!("  channel          truth  indirect = total        95% interval");
            for effects in &analysis.effects {
                let truth = effect(&truth, &effects.channel);
                let (total, indirect) = (&effects.total, &effects.indirect);
                let interval = indirect.interval().unwrap();
                println!(
                    "  {:14} {truth:>8.0} {:>17.0} {:>10.0} to {:.0}",
                    effects.channel,
                    indirect.point.unwrap(),
                    interval.lower,
                    interval.upper
                );
                assert!(interval.contains(truth), "{}", effects.channel);
                // no edge around Google is drawn, and none is there
                assert_eq!(
                    (total.point, total.interval()),
                    (indirect.point, Some(interval))
                );
                assert_eq!(effects.direct.point, Some(0.0));
                assert_eq!(effects.direct.excludes(0.0), Some(false));
            }
        }
    }
}

#[test]
fn a_drawn_edge_that_is_not_there_is_not_found() {
    if truth().is_none() {
        return;
    }
    for name in FILES {
        let analysis = analyse(name, &Settings::default(), Some("facebook_spend"));
        for effects in &analysis.effects {
            let direct = effects.direct.interval().unwrap();
            println!("{name}, {}: direct {direct:?}", effects.channel);
            assert!(direct.contains(0.0), "{}", effects.channel);
            assert_eq!(
                direct.upper > direct.lower,
                effects.channel == "facebook_spend"
            );
        }
    }
}

#[test]
fn revenue_is_forecast_well_and_google_spend_no_better_than_it_can_be() {
    let Some(truth) = truth() else { return };
    let attainable = truth["stage1_attainable_R2_seed42_clean"].as_f64().unwrap();
    for name in FILES {
        let analysis = analyse(name, &Settings::default(), None);
        let (mediator, outcome) = (&analysis.stages.mediator, &analysis.stages.outcome);
        let scored = &outcome.out_of_sample;
        for (id, scores) in [
            ("validation.outcome_path", &scored.path),
            ("validation.outcome_conditional", &scored.conditional),
        ] {
            let finding = finding(&analysis, id);
            println!("{name}: R2 {:?}, {}", scores.pooled.r2, finding.summary);
            assert_eq!(finding.status, Status::Passed);
            // and leaves less than half of the error around the mean of the weeks learned from
            assert!(scores.pooled.r2_vs_train_mean.unwrap() > 0.5, "{finding:?}");
        }
        // With the true slopes the R2 of n scored weeks has a standard deviation of about
        // sqrt(4 R2 (1 - R2)^2 / n).
        let pooled = &mediator.out_of_sample.pooled;
        let deviation = (4.0 * attainable / pooled.weeks as f64).sqrt() * (1.0 - attainable);
        println!(
            "{name}: stage 1 R2 {:?}, attainable {attainable:.2}",
            pooled.r2
        );
        assert!(pooled.r2.unwrap() <= attainable + 2.0 * deviation);

        // fit to the weeks learned from is kept under a name of its own, and is not the headline
        let written = serde_json::to_value(&analysis.stages).unwrap();
        for (stage, pooled) in [
            ("mediator", &written["mediator"]["out_of_sample"]["pooled"]),
            (
                "outcome",
                &written["outcome"]["out_of_sample"]["path"]["pooled"],
            ),
        ] {
            let in_sample = &written[stage]["in_sample"];
            assert_eq!(in_sample["weeks"], 104);
            assert_eq!(pooled["weeks"], 40);
            assert!(in_sample["r2"].as_f64() > pooled["r2"].as_f64(), "{stage}");
        }
    }
}

#[test]
fn no_direct_path_is_claimed_where_there_is_none() {
    if truth().is_none() {
        return;
    }
    for name in FILES {
        let analysis = analyse(name, &Settings::default(), None);
        let path = finding(&analysis, "mediation.path");
        println!("{name}: {}", path.summary);
        assert_ne!(analysis.path.verdict, Verdict::DirectPathFound);
        assert!(analysis.path.config.is_empty());
        assert_ne!(
            finding(&analysis, "mediation.direct_path").status,
            Status::Failed
        );
    }
}
