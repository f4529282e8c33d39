//! Does the tool say what is true? Simulated markets with known effects, fitted and assessed; the
//! shares of verdicts, rejections, biases and coverages go into `docs/calibration.md`.
//!
//! ```sh
//! cargo run --release -p headwater --example calibration -- [markets per cell, default 400]
//! ```

use std::sync::Arc;
use std::time::Instant;

use headwater::analysis::Settings;
use headwater::effects::{Bootstrap, SMOOTH_STEP, percentile};
use headwater::estimators::EstimatorSettings;
use headwater::features::Decay;
use headwater::mediation::Prepared;
use headwater::progress::Silent;
use headwater::simulate::{MarketSettings, simulate};
use headwater::validation::assumption::{
    AssessmentSettings, PathAssessment, TotalsSettings, Verdict,
};
use headwater::validation::linear_twin::LinearTwin;
use rayon::prelude::*;

/// Bootstrap replicates of a market.
const REPLICATES: usize = 199;
/// Weeks in a block.
const BLOCK: usize = 8;

/// A kind of market.
struct World {
    name: &'static str,
    /// Of both stages.
    estimator: &'static str,
    weeks: usize,
    /// The direct share of the total effect, by channel.
    direct_share: Vec<f64>,
    confounding: f64,
    first_stage_r2: f64,
    autocorrelation: f64,
}

/// What one market showed.
struct Shown {
    verdict: Verdict,
    j_rejects: Option<bool>,
    two_slope_rejects: bool,
    wald_rejects: bool,
    given_mediator_rejects: bool,
    /// The channels that the verdict names.
    named: Vec<String>,
    /// Tier-1 total of each channel: estimate, truth, and whether the interval covers.
    totals: Vec<(f64, f64, bool)>,
    /// Indirect effect of the first channel: estimate over truth, and whether it covers.
    indirect: (f64, bool),
    /// Google spend that the first channel induced: estimate over truth.
    induced: f64,
    /// The worth of an induced unit: estimate over truth.
    b_ind: f64,
    /// The power that the assessment claims for the first channel.
    claimed_power: Option<f64>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let markets: u64 = match std::env::args().nth(1) {
        Some(count) => count.parse()?,
        None => 400,
    };
    let start = Instant::now();
    println!(
        "{markets} markets a cell, {REPLICATES} replicates, blocks of {BLOCK} weeks, known carry-over 0.4\n"
    );
    let mut cells = Vec::new();
    for world in worlds() {
        let shown: Vec<Shown> = (0..markets)
            .into_par_iter()
            .map(|seed| show(&world, seed).map_err(|error| error.to_string()))
            .collect::<Result<_, _>>()?;
        cells.push((world, shown));
    }
    println!(
        "| market | weeks | supported | not separable | direct path | too weak | J rejects | two-slope rejects | \
         Wald form | direct given M | channel named right | claimed power |"
    );
    println!("|---|{}", "---:|".repeat(11));
    for (world, shown) in cells.iter().filter(|(world, _)| world.estimator == "ols") {
        print_verdicts(world, shown);
    }
    println!(
        "\n| market | weeks | estimator | totals: bias, first channel | all channels | least coverage | \
         indirect: bias | coverage | induced spend: bias | b_ind: bias |"
    );
    println!("|---|---:|---|{}", "---:|".repeat(7));
    for (world, shown) in &cells {
        print_effects(world, shown);
    }
    eprintln!("{:.0} s", start.elapsed().as_secs_f64());
    Ok(())
}

fn worlds() -> Vec<World> {
    let holds = |weeks| World {
        name: "the rule holds",
        estimator: "ols",
        weeks,
        direct_share: vec![0.0; 4],
        confounding: 0.0,
        first_stage_r2: 0.5,
        autocorrelation: 0.4,
    };
    // The first of `channels` has a direct path.
    let one = |share: f64, channels: usize| {
        let mut shares = vec![0.0; channels];
        shares[0] = share;
        shares
    };
    let mut worlds = Vec::new();
    for weeks in [104, 200] {
        let mut add = |name, direct_share, confounding| {
            worlds.push(World {
                name,
                direct_share,
                confounding,
                ..holds(weeks)
            });
        };
        add("the rule holds", one(0.0, 4), 0.0);
        add("one channel 25% direct", one(0.25, 4), 0.0);
        add("one channel 50% direct", one(0.5, 4), 0.0);
        add("all channels 50% direct", vec![0.5; 4], 0.0);
        add("hidden demand, rho 0.5", one(0.0, 4), 0.5);
        add("all 50% direct, rho 0.5", vec![0.5; 4], 0.5);
        add("one 50% direct, rho 0.5", one(0.5, 4), 0.5);
        add("8 channels, the rule holds", one(0.0, 8), 0.0);
        add("8 channels, one 50% direct", one(0.5, 8), 0.0);
        add("16 channels, the rule holds", one(0.0, 16), 0.0);
        add("16 channels, one 50% direct", one(0.5, 16), 0.0);
        let weak = |name, confounding| World {
            name,
            confounding,
            first_stage_r2: 0.15,
            ..holds(weeks)
        };
        worlds.push(weak("the rule holds, weak stage 1", 0.0));
        worlds.push(weak("weak stage 1, rho 0.5", 0.5));
        worlds.push(World {
            name: "the rule holds, phi 0.7",
            autocorrelation: 0.7,
            ..holds(weeks)
        });
    }
    for (name, weeks, confounding) in [
        ("the rule holds", 104, 0.0),
        ("hidden demand, rho 0.5", 104, 0.5),
        ("the rule holds", 200, 0.0),
    ] {
        worlds.push(World {
            name,
            estimator: "ridge",
            confounding,
            ..holds(weeks)
        });
    }
    worlds
}

fn show(world: &World, seed: u64) -> headwater::error::Result<Shown> {
    let mut market = MarketSettings {
        weeks: world.weeks,
        seed,
        confounding: world.confounding,
        first_stage_r2: world.first_stage_r2,
        autocorrelation: world.autocorrelation,
        ..MarketSettings::default()
    };
    let four = market.channels.clone();
    market.channels = (0..world.direct_share.len())
        .map(|at| {
            let mut channel = four[at % four.len()].clone();
            if at >= four.len() {
                channel.name = format!("{}_{}", channel.name, at / four.len() + 1);
            }
            channel
        })
        .collect();
    for (channel, share) in market.channels.iter_mut().zip(&world.direct_share) {
        channel.direct = channel.mediated * market.search_return * share / (1.0 - share);
    }
    let market = simulate(&market)?;
    let data = &market.dataset;
    let mut settings = Settings::default();
    settings.features.adstock.decay = Decay::Fixed(0.4);
    settings.stages.mediator = EstimatorSettings::named(world.estimator)?;
    settings.stages.outcome = EstimatorSettings::named(world.estimator)?;
    settings.bootstrap.replicates = Some(REPLICATES);
    settings.bootstrap.block_length = headwater::effects::BlockLength::Weeks(BLOCK);

    let prepared = Arc::new(Prepared::new(data, &settings.features, 0..data.len())?);
    let model = settings.model();
    let weights = vec![1.0; data.len()];
    let fitted = model.fit(&prepared, &prepared.mediator, &prepared.outcome, &weights)?;
    let bootstrap = Bootstrap::run(
        &model,
        &fitted,
        &settings.bootstrap,
        seed,
        SMOOTH_STEP,
        &Silent,
    )?;
    let (path, _) = PathAssessment::of(
        &LinearTwin::of(&fitted, data),
        &AssessmentSettings {
            mediator: "google_spend",
            outcome: "revenue",
            totals: TotalsSettings {
                replicates: REPLICATES,
                level: 0.95,
                block_length: BLOCK,
                seed,
            },
        },
    );
    let truth = &market.truth.channels;
    let totals = path.totals.iter().zip(truth).map(|(total, truth)| {
        let covers = total.unrestricted.excludes(truth.total_effect) == Some(false);
        let point = total.unrestricted.point.unwrap_or(f64::NAN);
        (point, truth.total_effect, covers)
    });
    let draws: Vec<f64> = bootstrap
        .draws
        .iter()
        .map(|draw| draw[0].indirect)
        .collect();
    let first = headwater::effects::Decomposition::of(&fitted, &truth[0].name, SMOOTH_STEP)?;
    let direct = path.direct_path.as_ref();
    let given = direct.and_then(|direct| direct.joint_given_mediator.as_ref());
    Ok(Shown {
        verdict: path.verdict,
        j_rejects: path
            .overidentification
            .as_ref()
            .map(|over| over.hansen_j.p < 0.05),
        two_slope_rejects: path.two_slope.as_ref().is_some_and(|two| two.test.p < 0.05),
        wald_rejects: path.two_slope.as_ref().is_some_and(|two| two.wald.p < 0.05),
        given_mediator_rejects: given.is_some_and(|joint| joint.p < 0.05),
        named: direct
            .map(|direct| direct.channels.clone())
            .unwrap_or_default(),
        totals: totals.collect(),
        indirect: (
            first.indirect / truth[0].indirect_effect,
            percentile(&draws, 0.95).contains(truth[0].indirect_effect),
        ),
        induced: first.induced_mediator / truth[0].induced_mediator_spend,
        b_ind: path.two_slope.as_ref().map_or(f64::NAN, |two| two.b_ind)
            / market.truth.search_return,
        claimed_power: path.power.as_ref().map(|power| {
            // The channel that the one-channel worlds change.
            let first = power
                .channels
                .iter()
                .find(|one| one.channel == truth[0].name);
            first.map_or(f64::NAN, |one| one.power)
        }),
    })
}

/// The share of markets of which `of` is true, in percent.
fn share(shown: &[Shown], of: impl Fn(&Shown) -> bool) -> f64 {
    100.0 * shown.iter().filter(|one| of(one)).count() as f64 / shown.len() as f64
}

fn print_verdicts(world: &World, shown: &[Shown]) {
    let verdict = |verdict: Verdict| share(shown, |one| one.verdict == verdict);
    // The first channel, none, or all.
    let direct = world.direct_share.iter().filter(|share| **share > 0.0);
    let one = direct.count() == 1;
    let found = shown
        .iter()
        .filter(|one| one.verdict == Verdict::DirectPathFound);
    let (found, named) = found.fold((0, 0), |(found, named), one| {
        (
            found + 1,
            named + u32::from(one.named == ["facebook_spend"]),
        )
    });
    let named = match found {
        1.. if one => format!("{:.0}%", 100.0 * f64::from(named) / f64::from(found)),
        _ => "-".to_string(),
    };
    let powers: Vec<f64> = shown.iter().filter_map(|one| one.claimed_power).collect();
    println!(
        "| {} | {} | {:.1}% | {:.1}% | {:.1}% | {:.1}% | {:.1}% | {:.1}% | {:.1}% | {:.1}% | {named} | {:.0}% |",
        world.name,
        world.weeks,
        verdict(Verdict::PathSupported),
        verdict(Verdict::NotSeparable),
        verdict(Verdict::DirectPathFound),
        verdict(Verdict::TooWeakToSay),
        share(shown, |one| one.j_rejects == Some(true)),
        share(shown, |one| one.two_slope_rejects),
        share(shown, |one| one.wald_rejects),
        share(shown, |one| one.given_mediator_rejects),
        100.0 * headwater::numeric::summary::median(&powers),
    );
}

fn print_effects(world: &World, shown: &[Shown]) {
    let bias = |of: &dyn Fn(&Shown) -> f64| {
        100.0 * (shown.iter().map(of).sum::<f64>() / shown.len() as f64 - 1.0)
    };
    let sums = |of: &dyn Fn(&(f64, f64, bool)) -> f64| -> f64 {
        let markets = shown.iter();
        markets
            .map(|one| one.totals.iter().map(of).sum::<f64>())
            .sum()
    };
    let pooled = 100.0 * (sums(&|total| total.0) / sums(&|total| total.1) - 1.0);
    let coverage = (0..shown[0].totals.len())
        .map(|at| share(shown, |one| one.totals[at].2))
        .fold(100.0, f64::min);
    println!(
        "| {} | {} | {} | {:+.1}% | {pooled:+.1}% | {coverage:.1}% | {:+.1}% | {:.1}% | {:+.1}% | {:+.1}% |",
        world.name,
        world.weeks,
        world.estimator,
        bias(&|one| one.totals[0].0 / one.totals[0].1),
        bias(&|one| one.indirect.0),
        share(shown, |one| one.indirect.1),
        bias(&|one| one.induced),
        bias(&|one| one.b_ind),
    );
}
