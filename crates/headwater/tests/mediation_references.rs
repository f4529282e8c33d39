//! Effects against published and closed-form numbers, through the generic potential-outcome path.

mod common;

use std::sync::Arc;

use common::{assert_close, shared};
use headwater::data::role::{Fill, Role, Roles, Unit, Variable};
use headwater::data::{Dataset, Source};
use headwater::estimators::EstimatorSettings;
use headwater::features::{AdstockSettings, Decay, ExposurePath, FeatureSettings};
use headwater::mediation::{
    CrossFit, FittedMediation, Link, MediationModel, MediationSettings, Prepared, Reading,
};
use indexmap::IndexMap;
use jiff::ToSpan;
use jiff::civil::date;

/// The JOBS II columns by name (n = 899; Vinokur and Schul 1997, as shipped with R `mediation`).
fn jobs() -> Option<IndexMap<String, Vec<f64>>> {
    let file = shared("reference/mediation/jobs.csv")?;
    let text = std::fs::read_to_string(file).unwrap();
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let mut columns: IndexMap<String, Vec<f64>> = IndexMap::new();
    for line in lines {
        for (name, cell) in names.iter().zip(line.split(',')) {
            if let Ok(value) = cell.parse() {
                columns.entry(name.to_string()).or_default().push(value);
            }
        }
    }
    Some(columns)
}

/// People stand in for weeks: nothing in the model below looks at the calendar.
fn fit(columns: &IndexMap<String, Vec<f64>>, exposures: &[&str], interactions: &[[&str; 2]]) -> FittedMediation {
    let role = |role| Variable { role, direct: role == Role::Exposure, fill: Fill::Error, unit: Unit::Count };
    let mut roles = Roles::default();
    for name in exposures {
        roles.columns.insert(name.to_string(), role(Role::Exposure));
    }
    roles.columns.insert("job_seek".into(), role(Role::Mediator));
    for name in ["econ_hard", "sex", "age"] {
        if !exposures.contains(&name) {
            roles.columns.insert(name.into(), role(Role::Control));
        }
    }
    roles.columns.insert("depress2".into(), role(Role::Outcome));
    let n = columns["treat"].len();
    let weeks = (0..n).map(|t| date(2000, 1, 3).checked_add((t as i64).weeks()).unwrap()).collect();
    let values = roles.columns.keys().map(|name| (name.clone(), Arc::from(columns[name].as_slice()))).collect();
    let source = Source { name: "jobs.csv".into(), sha256: String::new() };
    let data = Dataset::new(source, roles, weeks, values).unwrap();
    let features = FeatureSettings {
        adstock: AdstockSettings { decay: Decay::Fixed(0.0), ..AdstockSettings::default() },
        trend: false,
        fourier_pairs: 0,
        holidays: Vec::new(),
        interactions: interactions.iter().map(|pair| pair.map(String::from)).collect(),
        ..FeatureSettings::default()
    };
    let ols = || EstimatorSettings::named("ols").unwrap().build(0);
    let model = MediationModel {
        settings: MediationSettings {
            reading: Reading::Observed,
            link: Link::Identity,
            cross_fit: CrossFit::Never,
        },
        mediator: ols(),
        outcome: ols(),
        decay_tuner: ols(),
    };
    let prepared = Arc::new(Prepared::new(&data, &features, 0..n).unwrap());
    model.fit(&prepared, &prepared.mediator, &prepared.outcome, &vec![1.0; n]).unwrap()
}

/// Mean over people of Y(t, M(t')) for the exposure set to two values.
fn world(model: &FittedMediation, exposure: &str, direct: f64, mediated: f64) -> f64 {
    let observed = &model.prepared().observed;
    let n = observed.get(exposure).len();
    let path = |value: f64| -> ExposurePath { observed.with(exposure, vec![value; n]) };
    model.potential_outcome(&path(direct), &path(mediated)).unwrap().total() / n as f64
}

// Expected numbers: methods brief, section 9, check 6 (R 4.2.2 lm, printed to 13 decimals).
const TOLERANCE: f64 = 1e-8;

#[test]
fn jobs_effects_of_the_treatment_match_the_closed_form() {
    let Some(columns) = jobs() else { return };
    let model = fit(&columns, &["treat"], &[]);
    let (y11, y10, y00) =
        (world(&model, "treat", 1.0, 1.0), world(&model, "treat", 1.0, 0.0), world(&model, "treat", 0.0, 0.0));
    assert_close(y11 - y10, -0.0157446450289, TOLERANCE);
    assert_close(y10 - y00, -0.0402647000018, TOLERANCE);
    assert_close(y11 - y00, -0.0560093450307, TOLERANCE);
}

#[test]
fn jobs_effects_with_an_interaction_match_the_closed_form() {
    let Some(columns) = jobs() else { return };
    let model = fit(&columns, &["treat"], &[["treat", "job_seek"]]);
    let y = |direct, mediated| world(&model, "treat", direct, mediated);
    assert_close(y(0.0, 1.0) - y(0.0, 0.0), -0.01977768262, TOLERANCE);
    assert_close(y(1.0, 1.0) - y(1.0, 0.0), -0.01403395686, TOLERANCE);
    assert_close(y(1.0, 0.0) - y(0.0, 0.0), -0.04138751837, TOLERANCE);
    assert_close(y(1.0, 1.0) - y(0.0, 1.0), -0.03564379261, TOLERANCE);
    assert_close(y(1.0, 1.0) - y(0.0, 0.0), -0.05542147523, TOLERANCE);
}

#[test]
fn jobs_effects_of_a_dose_match_the_closed_form() {
    let Some(columns) = jobs() else { return };
    let model = fit(&columns, &["econ_hard"], &[]);
    let y = |direct, mediated| world(&model, "econ_hard", direct, mediated);
    assert_close(y(4.0, 4.0) - y(4.0, 2.0), -0.02553870755, TOLERANCE);
    assert_close(y(4.0, 2.0) - y(2.0, 2.0), 0.2974410653, TOLERANCE);
    assert_close(y(4.0, 4.0) - y(2.0, 2.0), 0.2719023577, TOLERANCE);
}
