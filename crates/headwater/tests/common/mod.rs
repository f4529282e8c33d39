//! What the integration tests share.
#![allow(clippy::unwrap_used)] // a test may panic

pub mod founding;

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use headwater::analysis::{Analysis, Settings};
use headwater::data::Dataset;
use headwater::data::role::Roles;
use headwater::design::Design;
use headwater::effects::Ensemble;
use headwater::error::Result;
use headwater::estimate::Estimate;
use headwater::estimators::{EstimatorSettings, Predictor};
use headwater::finding::Finding;
use headwater::mediation::{FittedMediation, Prepared};
use headwater::progress::Silent;

/// A file of the external test data, or `None` after printing why the test is skipped.
pub fn shared(path: &str) -> Option<PathBuf> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data")
        .join(path);
    if file.exists() {
        return Some(file);
    }
    println!("skipped: ../shared/data/{path} is not here (external test data, see README)");
    None
}

/// A small file that this project generated.
pub fn fixture(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures")
        .join(path)
}

/// Asserts that two numbers agree within an absolute tolerance.
#[track_caller]
pub fn assert_close(actual: f64, expected: f64, tolerance: f64) {
    assert!(
        (actual - expected).abs() <= tolerance,
        "{actual} differs from {expected} by {:e}, more than {tolerance:e}",
        (actual - expected).abs()
    );
}

/// The finding called `id`.
#[track_caller]
pub fn finding<'a>(analysis: &'a Analysis, id: &str) -> &'a Finding {
    let found = analysis.findings.iter().find(|finding| finding.id == id);
    found.unwrap_or_else(|| panic!("there is no finding {id}"))
}

/// Asserts that the finding called `id` has its page with the five headings.
#[track_caller]
pub fn assert_page(id: &str) {
    let page = fixture(&format!("../docs/explain/{id}.md"));
    let text = std::fs::read_to_string(&page).unwrap_or_else(|_| panic!("no page for {id}"));
    assert!(text.starts_with(&format!("# {id}: ")), "{id}");
    for heading in [
        "What it checks",
        "Why it matters",
        "How to read it",
        "What to do",
        "Source",
    ] {
        assert!(
            text.contains(&format!("\n## {heading}\n")),
            "{id}: {heading}"
        );
    }
}

/// The data with its roles as `roles` leaves them and each value of a column in a week as
/// `change` returns it.
pub fn altered(
    data: &Dataset,
    roles: impl FnOnce(&mut Roles),
    change: impl Fn(&str, usize, f64) -> f64,
) -> Result<Dataset> {
    let mut altered = data.roles().clone();
    roles(&mut altered);
    let columns = data
        .columns()
        .map(|(name, values)| {
            let changed = values.iter().enumerate();
            let changed: Arc<[f64]> = changed.map(|(t, value)| change(name, t, *value)).collect();
            (name.to_string(), changed)
        })
        .collect();
    Dataset::new(
        data.source().clone(),
        altered,
        data.weeks().to_vec(),
        columns,
    )
}

/// The data with a drawn direct edge for one exposure.
pub fn with_direct(data: &Dataset, exposure: &str) -> Dataset {
    altered(
        data,
        |roles| roles.columns[exposure].direct = true,
        |_, _, value| value,
    )
    .unwrap()
}

/// Settings with that estimator in both stages.
pub fn settings_with(estimator: &str) -> Settings {
    let mut settings = Settings::default();
    settings.stages.mediator = EstimatorSettings::named(estimator).unwrap();
    settings.stages.outcome = settings.stages.mediator.clone();
    settings
}

/// Both stages as the settings say, fitted to all weeks.
pub fn fitted(data: &Dataset, settings: &Settings) -> FittedMediation {
    let prepared = Prepared::new(data, &settings.features, 0..data.len()).unwrap();
    let prepared = Arc::new(prepared);
    let weights = vec![1.0; data.len()];
    let (mediator, outcome) = (&prepared.mediator, &prepared.outcome);
    let model = settings.model();
    model.fit(&prepared, mediator, outcome, &weights).unwrap()
}

/// That model with its replicates.
pub fn ensemble(data: &Dataset, settings: &Settings) -> Ensemble {
    let (bootstrap, seed) = (&settings.bootstrap, settings.seed);
    let model = fitted(data, settings);
    Ensemble::fit(&settings.model(), model, bootstrap, seed, false, &Silent).unwrap()
}

/// The slope of a column in a stage, with the design of that stage.
pub fn slope((stage, design): (&dyn Predictor, Design), column: &str) -> f64 {
    let terms = stage.terms(&design).unwrap();
    let term = terms.iter().find(|term| term.name == column);
    term.unwrap().coefficient.unwrap()
}

/// A Python that has official xgboost: `HEADWATER_PEERS_PYTHON`, else `python3`.
pub fn python_with_xgboost() -> Option<String> {
    let python = std::env::var("HEADWATER_PEERS_PYTHON").unwrap_or_else(|_| "python3".into());
    let found = Command::new(&python)
        .args(["-c", "import xgboost"])
        .output();
    if found.is_ok_and(|output| output.status.success()) {
        return Some(python);
    }
    println!("skipped: {python} has no xgboost; name one that has in HEADWATER_PEERS_PYTHON");
    None
}

/// Every estimate of the analysis.
pub fn estimates(analysis: &Analysis) -> impl Iterator<Item = &Estimate> {
    analysis.effects.iter().flat_map(|effects| {
        [
            &effects.total,
            &effects.direct,
            &effects.indirect,
            &effects.proportion_mediated,
            &effects.induced_mediator_spend,
            &effects.roas.gross,
            &effects.roas.loaded,
            &effects.roas.marginal,
        ]
    })
}

/// Numbers are finite, or null with a reason; totals are direct plus indirect; the JSON reads back.
#[track_caller]
pub fn assert_sound(analysis: &Analysis) {
    for estimate in estimates(analysis) {
        let ends = [estimate.point, estimate.lower, estimate.upper];
        assert!(
            ends.iter().flatten().all(|number| number.is_finite()),
            "{estimate:?}"
        );
        if ends.iter().any(Option::is_none) {
            assert!(estimate.why.is_some(), "{estimate:?}");
        }
        if let Some(interval) = estimate.interval() {
            assert!(interval.lower <= interval.upper, "{estimate:?}");
        }
    }
    for effects in &analysis.effects {
        let [total, direct, indirect] =
            [&effects.total, &effects.direct, &effects.indirect].map(|estimate| estimate.point);
        let (Some(total), Some(direct), Some(indirect)) = (total, direct, indirect) else {
            assert!(total.is_none() && direct.is_none() && indirect.is_none());
            continue;
        };
        // sums of a few hundred weeks lose a few hundred ulp of the largest world
        let size = total.abs() + direct.abs() + indirect.abs();
        assert!(
            (direct + indirect - total).abs() <= 1e-9 * size + 1e-12,
            "{effects:?}"
        );
    }
    let (mediator, outcome) = (&analysis.stages.mediator, &analysis.stages.outcome);
    let scores = &outcome.out_of_sample;
    for metrics in [
        &mediator.in_sample,
        &outcome.in_sample,
        &mediator.out_of_sample.pooled,
        &scores.path.pooled,
        &scores.conditional.pooled,
    ] {
        assert!(
            metrics.rmse.is_finite() && metrics.mae.is_finite(),
            "{metrics:?}"
        );
        for (name, value) in [
            ("r2", metrics.r2),
            ("r2_vs_train_mean", metrics.r2_vs_train_mean),
            ("wmape", metrics.wmape),
            ("mase", metrics.mase),
            ("mape", metrics.mape),
        ] {
            assert!(value.is_none_or(f64::is_finite), "{name} of {metrics:?}");
            assert!(
                value.is_some() != metrics.not_assessed.contains_key(name),
                "{metrics:?}"
            );
        }
    }
    let text = serde_json::to_string(analysis).unwrap();
    let again: Analysis = serde_json::from_str(&text).unwrap();
    assert_eq!(again, *analysis);
}
