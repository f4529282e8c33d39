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
    weeks: usize,
    /// The direct share of the total effect, by channel.
    direct_share: [f64; 4],
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
    /// Median over channels of the power that the assessment claims.
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
    println!(
        "| market | weeks | supported | not separable | direct path | too weak | J rejects | two-slope | Wald | \
         direct given M | named right | totals: bias, first | all | coverage | indirect: bias | coverage | claimed power |"
    );
    println!("|---|{}", "---:|".repeat(16));
    for world in worlds() {
        let shown: Vec<Shown> = (0..markets)
            .into_par_iter()
            .map(|seed| show(&world, seed).map_err(|error| error.to_string()))
            .collect::<Result<_, _>>()?;
        print_row(&world, &shown);
    }
    eprintln!("{:.0} s", start.elapsed().as_secs_f64());
    Ok(())
}

fn worlds() -> Vec<World> {
    let mut worlds = Vec::new();
    for weeks in [104, 200] {
        let mut add = |name, direct_share, confounding, first_stage_r2, autocorrelation| {
            worlds.push(World {
                name,
                weeks,
                direct_share,
                confounding,
                first_stage_r2,
                autocorrelation,
            });
        };
        add("the rule holds", [0.0; 4], 0.0, 0.5, 0.4);
        add(
            "one channel 25% direct",
            [0.25, 0.0, 0.0, 0.0],
            0.0,
            0.5,
            0.4,
        );
        add(
            "one channel 50% direct",
            [0.5, 0.0, 0.0, 0.0],
            0.0,
            0.5,
            0.4,
        );
        add("all channels 50% direct", [0.5; 4], 0.0, 0.5, 0.4);
        add("hidden demand, rho 0.5", [0.0; 4], 0.5, 0.5, 0.4);
        add("all 50% direct, rho 0.5", [0.5; 4], 0.5, 0.5, 0.4);
        add(
            "one 50% direct, rho 0.5",
            [0.5, 0.0, 0.0, 0.0],
            0.5,
            0.5,
            0.4,
        );
        add("the rule holds, weak stage 1", [0.0; 4], 0.0, 0.15, 0.4);
        add("weak stage 1, rho 0.5", [0.0; 4], 0.5, 0.15, 0.4);
        add("the rule holds, phi 0.7", [0.0; 4], 0.0, 0.5, 0.7);
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
    for (channel, share) in market.channels.iter_mut().zip(world.direct_share) {
        channel.direct = channel.mediated * market.search_return * share / (1.0 - share);
    }
    let market = simulate(&market)?;
    let data = &market.dataset;
    let mut settings = Settings::default();
    settings.features.adstock.decay = Decay::Fixed(0.4);
    settings.stages.mediator = EstimatorSettings::named("ols")?;
    settings.stages.outcome = EstimatorSettings::named("ols")?;
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

fn print_row(world: &World, shown: &[Shown]) {
    let markets = shown.len() as f64;
    let share = |of: &dyn Fn(&Shown) -> bool| {
        100.0 * shown.iter().filter(|one| of(one)).count() as f64 / markets
    };
    let verdict = |verdict: Verdict| share(&|one| one.verdict == verdict);
    let right: Vec<&str> = [
        "facebook_spend",
        "tiktok_spend",
        "snapchat_spend",
        "instagram_spend",
    ]
    .into_iter()
    .zip(world.direct_share)
    .filter(|(_, share)| *share > 0.0)
    .map(|(name, _)| name)
    .collect();
    let found = shown
        .iter()
        .filter(|one| one.verdict == Verdict::DirectPathFound);
    let (found, named) = found.fold((0, 0), |(found, named), one| {
        (found + 1, named + usize::from(one.named == right))
    });
    let named = match (found, right.len()) {
        (0, _) | (_, 0 | 4) => "-".to_string(),
        _ => format!("{:.0}%", 100.0 * f64::from(named as u32) / f64::from(found)),
    };
    let mean = |values: &mut dyn Iterator<Item = f64>| values.sum::<f64>() / markets;
    let channels = 0..shown[0].totals.len();
    let bias = mean(&mut shown.iter().map(|one| one.totals[0].0 / one.totals[0].1)) - 1.0;
    let sums = |of: &dyn Fn(&(f64, f64, bool)) -> f64| -> f64 {
        shown
            .iter()
            .map(|one| one.totals.iter().map(of).sum::<f64>())
            .sum()
    };
    let pooled = sums(&|total| total.0) / sums(&|total| total.1) - 1.0;
    let coverage = channels
        .map(|at| share(&|one| one.totals[at].2))
        .fold(100.0, f64::min);
    let powers: Vec<f64> = shown.iter().filter_map(|one| one.claimed_power).collect();
    println!(
        "| {} | {} | {:.1}% | {:.1}% | {:.1}% | {:.1}% | {:.1}% | {:.1}% | {:.1}% | {:.1}% | {named} | {:+.1}% | {:+.1}% | {coverage:.1}% | \
         {:+.1}% | {:.1}% | {:.0}% |",
        world.name,
        world.weeks,
        verdict(Verdict::PathSupported),
        verdict(Verdict::NotSeparable),
        verdict(Verdict::DirectPathFound),
        verdict(Verdict::TooWeakToSay),
        share(&|one| one.j_rejects == Some(true)),
        share(&|one| one.two_slope_rejects),
        share(&|one| one.wald_rejects),
        share(&|one| one.given_mediator_rejects),
        100.0 * bias,
        100.0 * pooled,
        100.0 * (mean(&mut shown.iter().map(|one| one.indirect.0)) - 1.0),
        share(&|one| one.indirect.1),
        100.0 * headwater::numeric::summary::median(&powers),
    );
}
