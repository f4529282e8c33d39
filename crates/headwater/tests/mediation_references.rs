//! Effects against published and closed-form numbers, through the generic potential-outcome path.

use std::collections::BTreeSet;
use std::sync::Arc;

use headwater::data::role::{Fill, Role, Roles, Unit, Variable};
use headwater::data::{Dataset, Source};
use headwater::effects::{
    BlockLength, Bootstrap, BootstrapSettings, Resampling, SMOOTH_STEP, percentile,
};
use headwater::estimators::EstimatorSettings;
use headwater::features::{AdstockSettings, Decay, ExposurePath, FeatureSettings};
use headwater::mediation::{
    CrossFit, FittedMediation, Link, MediationModel, MediationSettings, Prepared, Reading,
};
use headwater::progress::Silent;
use indexmap::IndexMap;
use jiff::ToSpan;
use jiff::civil::date;

use crate::common::{assert_close, shared};

/// The JOBS II columns by name (n = 899; Vinokur and Schul 1997, as shipped with R `mediation`),
/// text columns as indicators of every category but the first.
fn jobs() -> Option<IndexMap<String, Vec<f64>>> {
    let file = shared("reference/mediation/jobs.csv")?;
    let text = std::fs::read_to_string(file).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    let mut columns = IndexMap::new();
    for (position, name) in rows[0].iter().enumerate() {
        let cells: Vec<&str> = rows[1..].iter().map(|row| row[position]).collect();
        if let Ok(values) = cells
            .iter()
            .map(|cell| cell.parse())
            .collect::<Result<Vec<f64>, _>>()
        {
            columns.insert(name.to_string(), values);
            continue;
        }
        let categories: BTreeSet<&str> = cells.iter().copied().collect();
        for category in categories.into_iter().skip(1) {
            let indicator = cells
                .iter()
                .map(|cell| f64::from(*cell == category))
                .collect();
            columns.insert(format!("{name}={category}"), indicator);
        }
    }
    Some(columns)
}

/// People stand in for weeks: nothing in the model below looks at the calendar.
fn fit(
    columns: &IndexMap<String, Vec<f64>>,
    exposures: &[&str],
    controls: &[&str],
    interactions: &[[&str; 2]],
) -> FittedMediation {
    let role = |role| Variable {
        role,
        direct: role == Role::Exposure,
        fill: Fill::Error,
        unit: Unit::Count,
    };
    let mut roles = Roles::default();
    for name in exposures {
        roles.columns.insert(name.to_string(), role(Role::Exposure));
    }
    roles
        .columns
        .insert("job_seek".into(), role(Role::Mediator));
    for name in columns.keys() {
        let covariate = name.split('=').next().unwrap();
        if controls.contains(&covariate) && !exposures.contains(&name.as_str()) {
            roles.columns.insert(name.clone(), role(Role::Control));
        }
    }
    roles.columns.insert("depress2".into(), role(Role::Outcome));
    let n = columns["treat"].len();
    let weeks = (0..n)
        .map(|t| date(2000, 1, 3).checked_add((t as i64).weeks()).unwrap())
        .collect();
    let values = roles
        .columns
        .keys()
        .map(|name| (name.clone(), Arc::from(columns[name].as_slice())))
        .collect();
    let source = Source {
        name: "jobs.csv".into(),
        sha256: String::new(),
    };
    let data = Dataset::new(source, roles, weeks, values).unwrap();
    let features = FeatureSettings {
        adstock: AdstockSettings {
            decay: Decay::Fixed(0.0),
            ..AdstockSettings::default()
        },
        trend: false,
        fourier_pairs: 0,
        holidays: Vec::new(),
        interactions: interactions
            .iter()
            .map(|pair| pair.map(String::from))
            .collect::<Vec<_>>()
            .into(),
        ..FeatureSettings::default()
    };
    let model = recipe();
    let prepared = Arc::new(Prepared::new(&data, &features, 0..n).unwrap());
    model
        .fit(
            &prepared,
            &prepared.mediator,
            &prepared.outcome,
            &vec![1.0; n],
        )
        .unwrap()
}

/// Both stages by least squares, the observed mediator in the second.
fn recipe() -> MediationModel {
    let ols = || EstimatorSettings::named("ols").unwrap().build(0);
    MediationModel {
        settings: MediationSettings {
            reading: Reading::Observed,
            link: Link::Identity,
            cross_fit: CrossFit::Never,
        },
        mediator: ols(),
        outcome: ols(),
    }
}

/// Mean over people of Y(t, M(t')) for the exposure set to two values.
fn world(model: &FittedMediation, exposure: &str, direct: f64, mediated: f64) -> f64 {
    let observed = &model.prepared().observed;
    let n = observed.get(exposure).len();
    let path = |value: f64| -> ExposurePath { observed.with(exposure, vec![value; n]) };
    model
        .potential_outcome(&path(direct), &path(mediated))
        .unwrap()
        .total()
        / n as f64
}

const TOLERANCE: f64 = 1e-8;

/// The controls of methods brief, section 9, check 6 (R 4.2.2 `lm`, printed to 13 decimals).
const BRIEF: [&str; 3] = ["econ_hard", "sex", "age"];

/// The controls of `jobs_results.json` and of the vignette of R `mediation`.
const VIGNETTE: [&str; 9] = [
    "depress1",
    "econ_hard",
    "sex",
    "age",
    "occp",
    "marital",
    "nonwhite",
    "educ",
    "income",
];

#[test]
fn jobs_effects_of_the_treatment_match_the_closed_form() {
    let Some(columns) = jobs() else { return };
    let model = fit(&columns, &["treat"], &BRIEF, &[]);
    let y = |direct, mediated| world(&model, "treat", direct, mediated);
    assert_close(y(1.0, 1.0) - y(1.0, 0.0), -0.0157446450289, TOLERANCE);
    assert_close(y(1.0, 0.0) - y(0.0, 0.0), -0.0402647000018, TOLERANCE);
    assert_close(y(1.0, 1.0) - y(0.0, 0.0), -0.0560093450307, TOLERANCE);
}

#[test]
fn jobs_effects_of_a_dose_match_the_closed_form() {
    let Some(columns) = jobs() else { return };
    let model = fit(&columns, &["econ_hard"], &BRIEF, &[]);
    let y = |direct, mediated| world(&model, "econ_hard", direct, mediated);
    assert_close(y(4.0, 4.0) - y(4.0, 2.0), -0.02553870755, TOLERANCE);
    assert_close(y(4.0, 2.0) - y(2.0, 2.0), 0.2974410653, TOLERANCE);
    assert_close(y(4.0, 4.0) - y(2.0, 2.0), 0.2719023577, TOLERANCE);
}

#[test]
fn jobs_effects_with_all_controls_match_the_reference_file() {
    let (Some(columns), Some(expected)) = (jobs(), reference("jobs_linear_linear")) else {
        return;
    };
    let model = fit(&columns, &["treat"], &VIGNETTE, &[]);
    let y = |direct, mediated| world(&model, "treat", direct, mediated);
    assert_close(
        y(1.0, 1.0) - y(1.0, 0.0),
        expected("ACME_ab_exact"),
        TOLERANCE,
    );
    assert_close(y(1.0, 0.0) - y(0.0, 0.0), expected("ADE_c"), TOLERANCE);
    assert_close(
        y(1.0, 1.0) - y(0.0, 0.0),
        expected("total_effect_ols"),
        TOLERANCE,
    );
}

#[test]
fn jobs_effects_with_an_interaction_match_the_reference_file() {
    let (Some(columns), Some(expected)) = (jobs(), reference("jobs_linear_linear_interaction"))
    else {
        return;
    };
    let model = fit(&columns, &["treat"], &VIGNETTE, &[["treat", "job_seek"]]);
    let y = |direct, mediated| world(&model, "treat", direct, mediated);
    assert_close(
        y(0.0, 1.0) - y(0.0, 0.0),
        expected("ACME_control_d0"),
        TOLERANCE,
    );
    assert_close(
        y(1.0, 1.0) - y(1.0, 0.0),
        expected("ACME_treated_d1"),
        TOLERANCE,
    );
    assert_close(
        y(1.0, 0.0) - y(0.0, 0.0),
        expected("ADE_control_z0"),
        TOLERANCE,
    );
    assert_close(
        y(1.0, 1.0) - y(0.0, 1.0),
        expected("ADE_treated_z1"),
        TOLERANCE,
    );
    assert_close(y(1.0, 1.0) - y(0.0, 0.0), expected("total"), TOLERANCE);
}

#[test]
fn jobs_indirect_effects_with_an_interaction_match_the_brief() {
    let Some(columns) = jobs() else { return };
    let model = fit(&columns, &["treat"], &BRIEF, &[["treat", "job_seek"]]);
    let y = |direct, mediated| world(&model, "treat", direct, mediated);
    assert_close(y(0.0, 1.0) - y(0.0, 0.0), -0.01977768262, TOLERANCE);
    assert_close(y(1.0, 1.0) - y(1.0, 0.0), -0.01403395686, TOLERANCE);
    // The brief's direct effects of this model (-.04138751837, -.03564379261) are those of another
    // covariate profile: averaged over the 899 people, c + theta * mean(M(t)) is what numpy 2's
    // `lstsq` gives, and what the reference file of the test above confirms for its controls.
    assert_close(y(1.0, 0.0) - y(0.0, 0.0), -0.04197924970638, TOLERANCE);
    assert_close(y(1.0, 1.0) - y(0.0, 1.0), -0.0362355239384764, TOLERANCE);
}

#[test]
fn the_bootstrap_interval_of_the_jobs_indirect_effect_is_that_of_r_mediation() {
    let Some(columns) = jobs() else { return };
    let model = fit(&columns, &["treat"], &BRIEF, &[]);
    let settings = BootstrapSettings {
        replicates: Some(2000),
        block_length: BlockLength::Weeks(1),
        ..BootstrapSettings::default()
    };
    let bootstrap = Bootstrap::run(&recipe(), &model, &settings, 7, SMOOTH_STEP, &Silent).unwrap();
    assert_eq!(bootstrap.resampling, Resampling::Pairs);
    // Observed treatment against none moves the treated alone: per treated person it is the ACME.
    let treated: f64 = columns["treat"].iter().sum();
    let acme: Vec<f64> = bootstrap
        .draws
        .iter()
        .map(|draw| draw[0].indirect / treated)
        .collect();
    let interval = percentile(&acme, 0.95);
    // R mediation 4.5.1, boot = TRUE, 1000 simulations: [-.0411, .0084]; tolerance of methods
    // brief, section 9, check 6
    assert_close(interval.lower, -0.0411, 0.004);
    assert_close(interval.upper, 0.0084, 0.004);
}

/// The closed-form numbers of one model of the reference file, by name.
fn reference(model: &str) -> Option<impl Fn(&str) -> f64> {
    let text = std::fs::read_to_string(shared("reference/mediation/jobs_results.json")?).unwrap();
    let all: serde_json::Value = serde_json::from_str(&text).unwrap();
    let numbers = all["closed_form"][model].clone();
    Some(move |name: &str| numbers[name].as_f64().unwrap())
}
