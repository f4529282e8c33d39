//! Markets with known effects: do the estimates find them, and do the intervals cover them?
#![allow(clippy::unwrap_used)] // a test may panic

use headwater::effects::{Contrasts, Decomposition, SMOOTH_STEP};
use headwater::features::Decay;
use headwater::simulate::{ChannelTruth, MarketSettings, simulate};
use rayon::prelude::*;

use crate::common::{ensemble, settings_with, with_direct};

/// Markets in a simulation; the Monte-Carlo error of a coverage of 95% is then 1.5 points.
const MARKETS: u64 = 200;

/// What is compared with the truth, for every channel.
const QUANTITIES: [&str; 5] = ["indirect", "induced spend", "direct", "total", "gross ROAS"];

/// Each of them for one channel of a replicate.
fn quantities(effects: &Decomposition, spend: f64) -> [f64; 5] {
    [
        effects.indirect,
        effects.induced_mediator,
        effects.direct,
        effects.total,
        effects.total / spend,
    ]
}

fn truths(truth: &ChannelTruth) -> [f64; 5] {
    [
        truth.indirect_effect,
        truth.induced_mediator_spend,
        truth.direct_effect,
        truth.total_effect,
        truth.roas_gross.unwrap(),
    ]
}

/// One quantity of one channel in one market.
#[derive(Clone, Copy)]
struct Outcome {
    /// Estimate over truth.
    ratio: f64,
    /// Width of the interval over the truth.
    width: f64,
    covered: bool,
}

/// One quantity of one channel over many markets.
struct Recovery {
    /// The mean of estimate over truth, less 1.
    bias: f64,
    /// The share of intervals that hold the truth.
    covered: f64,
    /// The mean width of an interval over the standard deviation of the estimates.
    width: f64,
}

/// Whether the carry-over is known to be the market's, or chosen as the default settings choose it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum CarryOver {
    Known,
    Chosen,
}

/// Fits many markets, and says how each of [`QUANTITIES`] of the first channel came out; the
/// other channels are printed. `direct` is revenue per dollar of the first channel around search,
/// its edge drawn unless it is 0.
fn recover(estimator: &str, direct: f64, carry_over: CarryOver) -> [Recovery; 5] {
    let markets: Vec<Vec<[Outcome; 5]>> = (0..MARKETS)
        .into_par_iter()
        .map(|seed| {
            let mut market = MarketSettings {
                seed,
                ..MarketSettings::default()
            };
            market.channels[0].direct = direct;
            let mut market = simulate(&market).unwrap();
            if direct != 0.0 {
                market.dataset = with_direct(&market.dataset, "facebook_spend");
            }
            let mut settings = settings_with(estimator);
            settings.bootstrap.replicates = Some(199);
            if carry_over == CarryOver::Known {
                settings.features.adstock.decay =
                    Decay::Fixed(market.truth.settings.channels[0].decay);
            }
            settings.seed = seed;
            // The effects of an analysis to the last bit (`ensemble.rs`), without its checks.
            let ensemble = ensemble(&market.dataset, &settings);
            let prepared = ensemble.prepared();
            let exposures = prepared.observed.exposures();
            let contrasts = Contrasts::of(prepared, exposures, SMOOTH_STEP);
            let answers = ensemble.ask(|model| contrasts.decompose(model)).unwrap();
            let channels = market.truth.channels.iter().enumerate();
            channels
                .map(|(at, truth)| {
                    let spend: f64 = market.dataset.column(&truth.name).iter().sum();
                    let truths = truths(truth);
                    std::array::from_fn(|quantity| {
                        let truth = truths[quantity];
                        let estimate =
                            answers.estimate(|effects| quantities(&effects[at], spend)[quantity]);
                        let interval = estimate.interval().unwrap();
                        Outcome {
                            ratio: estimate.point.unwrap() / truth,
                            width: (interval.upper - interval.lower) / truth,
                            covered: interval.contains(truth),
                        }
                    })
                })
                .collect()
        })
        .collect();
    let summarise = |channel: usize, quantity: usize| {
        let outcomes: Vec<Outcome> = markets.iter().map(|m| m[channel][quantity]).collect();
        let n = outcomes.len() as f64;
        let mean = |of: fn(&Outcome) -> f64| outcomes.iter().map(of).sum::<f64>() / n;
        let ratio = mean(|outcome| outcome.ratio);
        let squares = outcomes
            .iter()
            .map(|outcome| (outcome.ratio - ratio).powi(2));
        Recovery {
            bias: ratio - 1.0,
            covered: mean(|outcome| f64::from(u8::from(outcome.covered))),
            width: mean(|outcome| outcome.width) / (squares.sum::<f64>() / (n - 1.0)).sqrt(),
        }
    };
    for channel in 0..markets[0].len() {
        for (quantity, name) in QUANTITIES.iter().enumerate() {
            if *name == "direct" && (channel > 0 || direct == 0.0) {
                continue; // 0 by assumption
            }
            let found = summarise(channel, quantity);
            println!(
                "{estimator}, carry-over {carry_over:?}, direct {direct}, channel {channel}, {name}: bias {:+.3}, coverage {:.3}, \
                 width {:.1} deviations",
                found.bias, found.covered, found.width
            );
        }
    }
    std::array::from_fn(|quantity| summarise(0, quantity))
}

/// The gates of the methods brief, section 9, check 11, and the widths of section 2.7: for markets
/// whose carry-over is known (its appendix A: "known adstock").
fn assert_recovered(found: &[Recovery; 5], quantities: &[&str], bias: f64) {
    assert_covered(found, quantities, bias);
    for (found, name) in of(found, quantities) {
        assert!(
            (3.2..=5.0).contains(&found.width),
            "{name}: width {}",
            found.width
        );
    }
}

/// The gates of check 11.
fn assert_covered(found: &[Recovery; 5], quantities: &[&str], bias: f64) {
    for (found, name) in of(found, quantities) {
        assert!(found.bias.abs() <= bias, "{name}: bias {}", found.bias);
        assert!(
            (0.88..=0.985).contains(&found.covered),
            "{name}: coverage {}",
            found.covered
        );
    }
}

fn of<'a>(
    found: &'a [Recovery; 5],
    quantities: &'a [&str],
) -> impl Iterator<Item = (&'a Recovery, &'static str)> {
    found
        .iter()
        .zip(QUANTITIES)
        .filter(|(_, name)| quantities.contains(name))
}

const MEDIATED: [&str; 4] = ["indirect", "induced spend", "total", "gross ROAS"];

#[test]
fn ols_recovers_effects_and_its_intervals_cover_them() {
    assert_recovered(&recover("ols", 0.0, CarryOver::Known), &MEDIATED, 0.05);
}

#[test]
fn controls_only_ridge_recovers_effects_and_its_intervals_cover_them() {
    assert_recovered(&recover("ridge", 0.0, CarryOver::Known), &MEDIATED, 0.12);
}

#[test]
fn ols_tells_a_drawn_direct_effect_from_an_indirect_one() {
    assert_recovered(&recover("ols", 3.0, CarryOver::Known), &QUANTITIES, 0.05);
}

// Check 11 alone, with the default settings: the carry-over is chosen inside every replicate. The
// widths of section 2.7 belong to a known carry-over; a chosen one makes intervals wider.

#[test]
fn ols_recovers_effects_when_the_carry_over_is_chosen() {
    assert_covered(&recover("ols", 0.0, CarryOver::Chosen), &MEDIATED, 0.05);
}

#[test]
fn controls_only_ridge_recovers_effects_when_the_carry_over_is_chosen() {
    assert_covered(&recover("ridge", 0.0, CarryOver::Chosen), &MEDIATED, 0.12);
}
