//! Markets with known effects: do the estimates find them, and do the intervals cover them?

use headwater::analysis::{Settings, run};
use headwater::progress::Silent;
use headwater::simulate::{MarketSettings, simulate};
use rayon::prelude::*;

/// Markets in the simulation; the Monte-Carlo error of a coverage of 95% is then 1.5 points.
const MARKETS: u64 = 200;

struct Coverage {
    bias: f64,
    covered: f64,
}

/// Bias and coverage of the indirect effect of the first channel over many markets.
fn coverage(estimator: &str) -> Coverage {
    let outcomes: Vec<(f64, bool)> = (0..MARKETS)
        .into_par_iter()
        .map(|seed| {
            let market = simulate(&MarketSettings {
                seed,
                ..MarketSettings::default()
            })
            .unwrap();
            let mut settings = Settings::default();
            settings.stages.mediator =
                headwater::estimators::EstimatorSettings::named(estimator).unwrap();
            settings.stages.outcome = settings.stages.mediator.clone();
            settings.bootstrap.replicates = Some(199);
            settings.seed = seed;
            let fit = run(&market.dataset, Vec::new(), &settings, &Silent).unwrap();
            let effect = &fit.analysis.effects[0].indirect;
            let truth = market.truth.channels[0].indirect_effect;
            (
                effect.point.unwrap() / truth,
                effect.interval().unwrap().contains(truth),
            )
        })
        .collect();
    let n = outcomes.len() as f64;
    Coverage {
        bias: outcomes.iter().map(|(ratio, _)| ratio).sum::<f64>() / n - 1.0,
        covered: outcomes.iter().filter(|(_, covered)| *covered).count() as f64 / n,
    }
}

// The gates are those of methods brief, section 9, check 11.

#[test]
fn ols_recovers_indirect_effects_and_its_intervals_cover_them() {
    let found = coverage("ols");
    println!(
        "ols: bias {:+.3}, coverage {:.3} of {MARKETS} markets",
        found.bias, found.covered
    );
    assert!(found.bias.abs() <= 0.05, "bias {}", found.bias);
    assert!(
        (0.88..=0.985).contains(&found.covered),
        "coverage {}",
        found.covered
    );
}

#[test]
fn controls_only_ridge_recovers_indirect_effects_and_its_intervals_cover_them() {
    let found = coverage("ridge");
    println!(
        "ridge: bias {:+.3}, coverage {:.3} of {MARKETS} markets",
        found.bias, found.covered
    );
    assert!(found.bias.abs() <= 0.12, "bias {}", found.bias);
    assert!(
        (0.88..=0.985).contains(&found.covered),
        "coverage {}",
        found.covered
    );
}
