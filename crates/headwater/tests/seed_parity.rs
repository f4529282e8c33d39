//! `--preset seed` beside the same two stages in Python, `two_stage.py`.
//!
//! Both draw weeks and columns at random, with other generators, so parity is shown with sampling
//! off. Then two ways of growing trees are told apart: Headwater tries every split halfway between
//! two weeks (`exact`), `two_stage.py` leaves XGBoost its default, histograms with a bin for every
//! value, whose splits part the training weeks alike but lie elsewhere between them. So the two
//! agree on the weeks they learned from and may differ on weeks between. With sampling on they are
//! reported side by side.
//!
//! `two_stage.py` fills missing cells with 0; the file used here has none, and Headwater would
//! refuse them in spend.
#![allow(clippy::unwrap_used)] // a test may panic

use std::path::Path;
use std::process::Command;

use headwater::analysis::Settings;
use headwater::data::{Dataset, Table, assemble, infer_roles};
use headwater::estimators::EstimatorSettings;
use headwater::mediation::{FittedMediation, Prepared};
use headwater::splits::Fold;
use serde_json::Value;

use crate::common::{python_with_xgboost, shared};

/// 300 trees are added up in 32-bit floats, each sum good to half an ulp.
const ROUNDING: f64 = 300.0 * 6e-8;

/// Runs the peer's own functions; `sampling` off overrides the two sampling parameters.
const PEER: &str = r#"
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("two_stage", sys.argv[1])
peer = importlib.util.module_from_spec(spec)
spec.loader.exec_module(peer)
import numpy as np
from sklearn.model_selection import TimeSeriesSplit
data = peer.load(sys.argv[2])
x1, m, x2, y = data
missing = int(peer.pd.read_csv(sys.argv[2]).isna().sum().sum())
settings = (dict(peer.STAGE1), dict(peer.STAGE2))

def score(**override):
    peer.STAGE1, peer.STAGE2 = (stage | override for stage in settings)
    def forecast(train, test):
        model = peer.fit("xgboost", x1[train], m[train], x2[train], y[train])
        mediator, outcome = peer.predict(model, x1[test], x2[test])
        return {"train": len(train), "test": [int(test[0]), int(test[-1]) + 1],
                "mediator": mediator.astype(float).tolist(), "outcome": outcome.astype(float).tolist(),
                "mediator_r2": peer.r2_score(m[test], mediator),
                "outcome_r2": peer.r2_score(y[test], outcome)}
    everything = np.arange(len(y))
    return {"all": forecast(everything, everything),
            "folds": [forecast(*fold) for fold in TimeSeriesSplit(5).split(y)]}

off = dict(subsample=1.0, colsample_bytree=1.0)
json.dump({"version": peer.xgb.__version__, "missing": missing, "sampled": score(),
           "exact": score(**off, tree_method="exact"), "hist": score(**off)}, sys.stdout)
"#;

fn peer(data: &Path) -> Option<Value> {
    let python = python_with_xgboost()?;
    let script = shared("../peers/two_stage.py")?;
    let run = Command::new(python)
        .args(["-c", PEER])
        .args([&script, data])
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{stderr}");
    Some(serde_json::from_slice(&run.stdout).unwrap())
}

fn dataset(path: &Path, settings: &Settings) -> Dataset {
    let table = Table::read(path, &settings.data).unwrap();
    let mut roles = infer_roles(&table, &settings.data).unwrap().roles;
    settings.ignore_unknown_exposures(&mut roles);
    assemble(&table, &settings.data, &roles).unwrap().dataset
}

/// The seed preset, with or without its random sampling.
fn seed(sampling: bool) -> Settings {
    let mut settings = Settings::preset("seed").unwrap();
    for stage in [&mut settings.stages.mediator, &mut settings.stages.outcome] {
        let EstimatorSettings::Boosting(boosting) = stage else {
            panic!("the seed system boosts both stages");
        };
        if !sampling {
            (boosting.subsample, boosting.colsample_bytree) = (1.0, 1.0);
        }
    }
    settings
}

fn fit(data: &Dataset, settings: &Settings, train: std::ops::Range<usize>) -> FittedMediation {
    let weights = vec![1.0; train.len()];
    let prepared = Prepared::new(data, &settings.features, train)
        .unwrap()
        .into();
    let prepared: &std::sync::Arc<Prepared> = &prepared;
    settings
        .model()
        .fit(prepared, &prepared.mediator, &prepared.outcome, &weights)
        .unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    let numbers = value.as_array().unwrap().iter();
    numbers.map(|number| number.as_f64().unwrap()).collect()
}

/// The largest difference over the largest size.
fn apart(ours: &[f64], theirs: &[f64]) -> f64 {
    assert_eq!(ours.len(), theirs.len());
    let size = theirs
        .iter()
        .fold(0.0, |most: f64, value| most.max(value.abs()));
    let differences = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs());
    differences.fold(0.0, f64::max) / size
}

fn r2(actual: &[f64], predicted: &[f64]) -> f64 {
    let mean = actual.iter().sum::<f64>() / actual.len() as f64;
    let squares = |of: &dyn Fn(usize) -> f64| (0..actual.len()).map(|t| of(t).powi(2)).sum::<f64>();
    1.0 - squares(&|t| actual[t] - predicted[t]) / squares(&|t| actual[t] - mean)
}

/// Both stages' forecasts of `weeks`.
fn forecasts(model: &FittedMediation, weeks: &std::ops::Range<usize>) -> [Vec<f64>; 2] {
    let outcome = model.forecast_outcome(false).unwrap();
    [model.forecast_mediator(), &outcome].map(|values| values[weeks.clone()].to_vec())
}

#[test]
fn the_seed_preset_equals_two_stage_py_but_for_random_sampling() {
    let Some(path) = shared("assignment/mmm_weekly_iso.csv") else {
        return;
    };
    let Some(peer) = peer(&path) else { return };
    println!(
        "official xgboost {}, {} missing cells",
        peer["version"], peer["missing"]
    );
    assert_eq!(peer["missing"], 0);

    for (kind, sampling) in [("exact", false), ("hist", false), ("sampled", true)] {
        let settings = seed(sampling);
        let data = dataset(&path, &settings);
        let (folds, _) = settings.validation.split(data.len(), 0, 0).unwrap();
        let all = Fold::forward(0..data.len(), 0..data.len());
        let theirs = peer[kind]["folds"].as_array().unwrap();
        assert_eq!(folds.len(), theirs.len());
        let pairs = folds.iter().zip(theirs).chain([(&all, &peer[kind]["all"])]);
        for (fold, theirs) in pairs {
            assert_eq!(fold.train, 0..theirs["train"].as_u64().unwrap() as usize);
            assert_eq!(
                numbers(&theirs["test"]),
                [fold.test.start as f64, fold.test.end as f64]
            );
            let model = fit(&data, &settings, fold.train.clone());
            let [mediator, outcome] = forecasts(&model, &fold.test);
            for (stage, actual, ours) in [
                ("mediator", data.mediator(), mediator),
                ("outcome", data.outcome(), outcome),
            ] {
                let official = numbers(&theirs[stage]);
                let theirs = theirs[format!("{stage}_r2")].as_f64().unwrap();
                let r2 = r2(&actual[fold.test.clone()], &ours);
                let apart = apart(&ours, &official);
                println!(
                    "{kind}, trained on {} weeks, {stage}: R2 {r2:.4} and {theirs:.4}, forecasts {apart:.1e} apart",
                    fold.train.len()
                );
                if kind == "exact" || (kind == "hist" && fold.train == fold.test) {
                    assert!(apart <= ROUNDING, "{kind} {stage}: {apart:e}");
                    // the sums of squares move by at most twice that of the largest forecast
                    assert!((r2 - theirs).abs() <= 1e-4, "{r2} {theirs}");
                }
            }
        }
    }
}
