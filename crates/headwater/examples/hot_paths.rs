//! The hot paths, one at a time, as often as asked, on one thread: what `cargo xtask instructions`
//! counts. `hot_paths ridge_replicate 20` refits 20 times; `hot_paths ridge_replicate 0` gets ready for
//! it and stops, so that the difference of two counts is the path alone. Without arguments it lists the
//! paths, each with a number of times that is enough to count.

use std::hint::black_box;

use headwater::analysis::{Advisor, RunFiles, Settings, run};
use headwater::data::{Dataset, Table};
use headwater::decisions::Plan;
use headwater::effects::{BootstrapSettings, Contrasts, Replicates, SMOOTH_STEP};
use headwater::error::Result;
use headwater::estimators::linear::{Penalized, Penalty};
use headwater::estimators::{Estimator, EstimatorSettings};
use headwater::mediation::{FittedMediation, MediationModel, Prepared};
use headwater::progress::Silent;
use headwater::simulate::{MarketSettings, simulate};

/// Every path and how often it is run to be counted.
const PATHS: [(&str, usize); 9] = [
    ("csv_read", 20),
    ("ridge_tuning", 50),
    ("ridge_replicate", 20),
    ("lasso_tuning", 20),
    ("boosted_stage", 3),
    ("seed_stage", 3),
    ("decomposition", 100),
    ("scenario", 20),
    ("analysis_json", 20),
];

const SEED_STAGE: &str = "
[stages.outcome]
kind = 'boosting'
learning_rate = 0.08
max_depth = 4
subsample = 0.85
colsample_bytree = 0.9
reg_alpha = 0.05
reg_lambda = 0.8
min_child_weight = 1.0
rounds = 300
monotone = false
";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, times] = arguments.as_slice() else {
        for (path, times) in PATHS {
            println!("{path} {times}");
        }
        return Ok(());
    };
    let times: usize = times.parse().unwrap_or(1);
    let market = simulate(&MarketSettings::default())?;
    let csv = market.to_csv();
    let data = market.dataset;
    match path.as_str() {
        "csv_read" => repeat(times, || {
            Table::from_csv_bytes("market.csv", csv.as_bytes())
        }),
        "ridge_tuning" => tuning(times, &data, 0.0),
        "lasso_tuning" => tuning(times, &data, 1.0),
        "ridge_replicate" => {
            let (recipe, fitted) = fitted(&data, &Settings::default())?;
            let settings = |replicates| BootstrapSettings {
                replicates: Some(replicates),
                ..BootstrapSettings::default()
            };
            let refits =
                Replicates::of_refits(&recipe, &fitted, &settings(times), 42, Ok, &Silent)?;
            black_box(refits);
            Ok(())
        }
        "boosted_stage" => stage(times, &data, EstimatorSettings::named("boosting")?),
        "seed_stage" => {
            let settings = Settings::from_toml("hot_paths.toml", SEED_STAGE)?;
            stage(times, &data, settings.stages.outcome)
        }
        "decomposition" => {
            let (_, fitted) = fitted(&data, &Settings::default())?;
            let prepared = fitted.prepared();
            let contrasts = Contrasts::of(prepared, prepared.observed.exposures(), SMOOTH_STEP);
            repeat(times, || contrasts.decompose(&fitted))
        }
        "scenario" => {
            let mut settings = Settings::default();
            settings.bootstrap.replicates = Some(200);
            let advisor = Advisor::new(&data, &settings, &Silent)?;
            let plan = Plan {
                set: vec!["facebook_spend=+10%".parse()?],
                ..Plan::default()
            };
            repeat(times, || advisor.scenario("plan", &plan))
        }
        "analysis_json" => {
            let mut settings = Settings::default();
            settings.bootstrap.replicates = Some(40);
            settings.validation.placebos = 0;
            let fit = run(&data, Vec::new(), &settings, &Silent)?;
            repeat(times, || RunFiles::of(&fit))
        }
        unknown => {
            eprintln!("there is no path {unknown}");
            std::process::exit(2)
        }
    }
}

fn repeat<T>(times: usize, path: impl Fn() -> Result<T>) -> Result<()> {
    for _ in 0..times {
        black_box(path()?);
    }
    Ok(())
}

fn fitted(data: &Dataset, settings: &Settings) -> Result<(MediationModel, FittedMediation)> {
    let recipe = settings.model();
    let prepared = Prepared::new(data, &settings.features, 0..data.len())?.into();
    let weights = vec![1.0; data.len()];
    let fitted = recipe.fit(&prepared, data.mediator(), data.outcome(), &weights)?;
    Ok((recipe, fitted))
}

/// The penalty of stage 1 over its grid.
fn tuning(times: usize, data: &Dataset, l1_ratio: f64) -> Result<()> {
    let estimator = Penalized {
        l1_ratio,
        penalty: Penalty::CrossValidated,
        penalize_causal: false,
    };
    let settings = Settings::default();
    let prepared = Prepared::new(data, &settings.features, 0..data.len())?;
    let (_, design) = &prepared.mediator_designs[0];
    let weights = vec![1.0; data.len()];
    repeat(times, || estimator.fit(design, data.mediator(), &weights))
}

/// Stage 1 by an estimator, and what it predicts.
fn stage(times: usize, data: &Dataset, estimator: EstimatorSettings) -> Result<()> {
    let settings = Settings::default();
    let prepared = Prepared::new(data, &settings.features, 0..data.len())?;
    let (_, design) = &prepared.mediator_designs[0];
    let weights = vec![1.0; data.len()];
    let estimator = estimator.build(42);
    repeat(times, || {
        estimator
            .fit(design, data.mediator(), &weights)?
            .predict(design)
    })
}
