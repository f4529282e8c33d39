//! The tool finds nothing where there is nothing, and something in the demo market.
#![allow(clippy::unwrap_used)]

use std::time::Instant;

use headwater::analysis::Settings;
use headwater::data::Dataset;
use headwater::error::Result;
use headwater::finding::Status;
use headwater::simulate::{MarketSettings, simulate};
use headwater::validation::placebo::{Placebos, placebo};
use rand_distr::Distribution;

use crate::common::{altered, settings_with};

fn run(data: &Dataset, settings: &Settings, replicates: usize) -> Result<Placebos> {
    let model = settings.model();
    Placebos::run(data, &settings.features, &model, replicates, settings.seed)
}

/// A market in which the exposures move nothing; Google still moves revenue.
fn null_market(seed: u64) -> Dataset {
    let mut settings = MarketSettings {
        seed,
        ..MarketSettings::default()
    };
    for channel in &mut settings.channels {
        channel.mediated = 0.0;
    }
    simulate(&settings).unwrap().dataset
}

#[test]
fn p_values_are_uniform_where_there_is_no_effect() {
    const MARKETS: u64 = 40;
    let settings = Settings::default();
    let mut found: [(&str, Vec<f64>); 4] =
        ["exposures", "first channel", "mediator", "outcome"].map(|kind| (kind, Vec::new()));
    for seed in 0..MARKETS {
        let placebos = run(&null_market(seed), &settings, 99).unwrap();
        let channel = &placebos.channels[0].total;
        for (kind, placebo) in [
            &placebos.exposures,
            channel,
            &placebos.mediator,
            &placebos.outcome,
        ]
        .iter()
        .enumerate()
        {
            assert!(placebo.observed.is_finite() && placebo.placebos.len() == 99);
            found[kind].1.push(placebo.p);
        }
    }
    for (kind, mut p) in found {
        p.sort_by(f64::total_cmp);
        let n = p.len() as f64;
        let distance = p
            .iter()
            .enumerate()
            .map(|(i, p)| (p - i as f64 / n).abs().max((p - (i + 1) as f64 / n).abs()))
            .fold(0.0, f64::max);
        let rejected = p.iter().filter(|p| **p <= 0.05).count();
        println!("{kind}: D {distance:.3}, {rejected} of {n} at 5%, {p:.2?}");
        // Kolmogorov's 1% point, and the 99.9% point of a binomial of 40 at 5%.
        assert!(distance < 1.628 / n.sqrt(), "{kind}: {p:?}");
        assert!(rejected <= 7, "{kind}: {p:?}");
    }
}

#[test]
fn the_demo_market_beats_its_placebos() {
    // At its 104 weeks the path is clear; the total effect that allows for every path needs more.
    for (weeks, clear) in [(104, 2), (260, 3)] {
        let settings = MarketSettings {
            weeks,
            ..MarketSettings::default()
        };
        let data = simulate(&settings).unwrap().dataset;
        let start = Instant::now();
        let placebos = run(&data, &Settings::default(), 99);
        println!("297 placebos of {weeks} weeks took {:.0?}", start.elapsed());
        let findings = placebo("google_spend", "revenue", placebos);
        for finding in &findings {
            println!("{} {:?}: {}", finding.id, finding.status, finding.summary);
            assert!(
                finding
                    .summary
                    .contains("share of placebo effects as large as the real one")
            );
        }
        for finding in &findings[..clear] {
            assert_eq!(finding.status, Status::Passed, "{}", finding.summary);
        }
        let ids: Vec<&str> = findings.iter().map(|finding| finding.id.as_str()).collect();
        assert_eq!(
            ids,
            ["placebo.exposures", "placebo.mediator", "placebo.outcome"]
        );
    }
}

#[test]
fn a_market_without_effects_is_told_so() {
    let placebos = run(&null_market(0), &Settings::default(), 99).unwrap();
    let of_each =
        [&placebos.exposures, &placebos.mediator, &placebos.outcome].map(|placebo| placebo.p);
    assert!(of_each.iter().any(|p| *p > 0.05), "{of_each:?}");
    for (finding, p) in placebo("google_spend", "revenue", Ok(placebos))
        .iter()
        .zip(of_each)
    {
        let status = if p > 0.05 {
            Status::Warning
        } else {
            Status::Passed
        };
        assert_eq!(finding.status, status, "{}", finding.summary);
        assert_eq!(finding.evidence["p"], p);
        assert!(!finding.summary.contains("ridge stands in"));
    }
}

#[test]
fn placebos_are_the_same_on_any_number_of_threads() {
    let data = simulate(&MarketSettings::default()).unwrap().dataset;
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| run(&data, &Settings::default(), 19).unwrap())
    };
    assert!(on(1) == on(3));
}

#[test]
fn ridge_carries_boosted_stages_and_the_seed_recipe_and_says_so() {
    let data = simulate(&MarketSettings::default()).unwrap().dataset;
    let ridge = run(&data, &Settings::default(), 19).unwrap();
    let boosted = run(&data, &settings_with("boosting"), 19).unwrap();
    assert!(!ridge.twin && boosted.twin);
    assert_eq!(ridge.exposures, boosted.exposures);
    let findings = placebo("google_spend", "revenue", Ok(boosted));
    assert!(findings[0].summary.contains("ridge stands in"));
    let seed = altered(
        &data,
        |roles| roles.columns["instagram_spend"].role = headwater::data::role::Role::Ignore,
        |_, _, value| value,
    )
    .unwrap();
    assert!(
        run(&seed, &Settings::preset("seed").unwrap(), 19)
            .unwrap()
            .twin
    );
}

#[test]
fn data_without_controls_with_a_log_link_or_one_exposure_have_placebos_too() {
    let data = simulate(&MarketSettings::default()).unwrap().dataset;
    let mut bare = Settings::default();
    (bare.features.trend, bare.features.fourier_pairs) = (false, 0);
    bare.features.holidays.clear();
    let without = |keep: &'static [&str]| {
        altered(
            &data,
            |roles| {
                let names: Vec<String> = roles.columns.keys().cloned().collect();
                for name in names {
                    let date =
                        roles.columns[name.as_str()].role == headwater::data::role::Role::Date;
                    if !date && !keep.contains(&name.as_str()) {
                        roles.columns[name.as_str()].role = headwater::data::role::Role::Ignore;
                    }
                }
            },
            |_, _, value| value,
        )
        .unwrap()
    };
    let one = without(&["facebook_spend", "google_spend", "revenue"]);
    assert!(run(&one, &bare, 19).unwrap().exposures.observed.is_finite());
    let mut log = Settings::default();
    log.mediation.link = headwater::mediation::Link::Log;
    let placebos = run(&data, &log, 19).unwrap();
    assert!(
        placebos
            .outcome
            .placebos
            .iter()
            .all(|effect| effect.is_finite())
    );
}

#[test]
fn more_controls_than_weeks_have_placebos_too() {
    let data = simulate(&MarketSettings::default()).unwrap().dataset;
    let mut roles = data.roles().clone();
    let control = roles.columns[roles.covariates()[0]].clone();
    let mut columns: indexmap::IndexMap<String, std::sync::Arc<[f64]>> = data
        .columns()
        .map(|(name, values)| (name.to_string(), values.clone()))
        .collect();
    for extra in 0..95 {
        let name = format!("noise {extra}");
        let mut rng = headwater::numeric::random::stream(5, extra);
        let noise: Vec<f64> = rand_distr::StandardNormal
            .sample_iter(&mut rng)
            .take(104)
            .collect();
        roles.columns.insert(name.clone(), control.clone());
        columns.insert(name, noise.into());
    }
    let weeks = data.weeks().to_vec();
    let wide = Dataset::new(data.source().clone(), roles, weeks, columns).unwrap();
    let start = Instant::now();
    let placebos = run(&wide, &Settings::default(), 19).unwrap();
    println!(
        "57 placebos with 95 more controls took {:.0?}",
        start.elapsed()
    );
    assert!(placebos.exposures.p > 0.0 && placebos.exposures.p <= 1.0);
}

#[test]
fn too_few_weeks_for_blocks_are_not_assessed() {
    let short = simulate(&MarketSettings {
        weeks: 23,
        ..MarketSettings::default()
    })
    .unwrap();
    let findings = placebo(
        "google",
        "revenue",
        run(&short.dataset, &Settings::default(), 99),
    );
    assert_eq!(findings.len(), 3);
    for finding in findings {
        assert_eq!(finding.status, Status::NotAssessed);
        assert!(finding.summary.contains("23 weeks"), "{}", finding.summary);
    }
}
