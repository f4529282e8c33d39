//! 104 real weeks: both spellings of the dates give one answer, the path is not supported, and a
//! drawn edge from Instagram is found.
#![allow(clippy::unwrap_used)] // a test may panic

use std::path::Path;

use headwater::analysis::{Fit, Settings, run};
use headwater::data::role::Roles;
use headwater::data::{Loaded, Table, assemble, complete_roles, infer_roles};
use headwater::finding::Status;
use headwater::mediation::Link;
use headwater::progress::Silent;
use headwater::validation::assumption::Verdict;
use serde_json::{Value, json};

use crate::common::{finding, settings_with, shared};

const ISO: &str = "assignment/mmm_weekly_iso.csv";

/// Reads a file as the command line does; `roles` may change what was inferred.
fn read(path: &Path, settings: &Settings, roles: impl FnOnce(&mut Roles)) -> Loaded {
    let table = Table::read(path, &settings.data).unwrap();
    let mut inference = infer_roles(&table, &settings.data).unwrap();
    roles(&mut inference.roles);
    let ignored = settings.ignore_unknown_exposures(&mut inference.roles);
    let mut loaded = assemble(&table, &settings.data, &inference.roles).unwrap();
    let findings = inference.findings.into_iter().chain(ignored);
    loaded.findings.splice(0..0, findings);
    loaded
}

fn fit(path: &Path, settings: &Settings, roles: impl FnOnce(&mut Roles)) -> Fit {
    let loaded = read(path, settings, roles);
    run(&loaded.dataset, loaded.findings, settings, &Silent).unwrap()
}

#[test]
fn both_spellings_of_the_dates_give_the_same_analysis() {
    let Some(iso) = shared(ISO) else { return };
    let day_first = shared("assignment/mmm_weekly_dayfirst.csv").unwrap();
    let mut settings = Settings::default();
    settings.bootstrap.replicates = Some(40);
    settings.validation.placebos = 19;
    let [iso, day_first] = [iso, day_first].map(|path| {
        let mut fit = fit(&path, &settings, |_| ());
        let source = (
            std::mem::take(&mut fit.analysis.data.source),
            std::mem::take(&mut fit.analysis.data.sha256),
        );
        (source, serde_json::to_value(&fit.analysis).unwrap())
    });
    assert_ne!(iso.0, day_first.0);
    // one assertion a part, so that a difference can be read
    for (part, value) in iso.1.as_object().unwrap() {
        assert_eq!(*value, day_first.1[part], "{part}");
    }
    assert_eq!(iso.1, day_first.1);
}

#[test]
fn the_path_through_google_is_not_supported() {
    let Some(iso) = shared(ISO) else { return };
    let analysis = fit(&iso, &Settings::default(), |_| ()).analysis;
    for effect in &analysis.effects {
        println!("{}: {:?}", effect.channel, effect.indirect.interval());
        assert_eq!(
            effect.indirect.excludes(0.0),
            Some(false),
            "{}",
            effect.channel
        );
        assert_eq!(effect.direct.point, Some(0.0));
    }
    let path = finding(&analysis, "mediation.path");
    println!("{}", path.summary);
    assert_eq!(path.status, Status::Failed);
    assert!(path.summary.contains("is not supported"));
    // methods of the data's README: joint R2 0.014, p 0.88 for the four channels
    let strength = finding(&analysis, "mediation.strength");
    assert!(strength.evidence["p"].as_f64().unwrap() > 0.05);

    // Facebook runs every week: "none of it" lies far from the data, and the effect by the weak
    // path is larger than all revenue. The analysis says that such a number is not to be used.
    let believable = finding(&analysis, "effects.larger_than_outcome");
    let revenue = believable
        .evidence
        .get("outcome")
        .and_then(|all| all.as_f64());
    // Those under the rule, then those without it, which the verdict tells to read.
    let mediated = analysis.effects.iter();
    let mediated = mediated.map(|effect| (effect.channel.as_str(), effect.total.point));
    let unrestricted = analysis.path.totals.iter();
    let unrestricted = unrestricted.map(|total| (total.channel.as_str(), total.unrestricted.point));
    let mut too_large: Vec<&str> = Vec::new();
    for (channel, total) in mediated.chain(unrestricted) {
        let beyond = total.unwrap().abs() > revenue.unwrap_or(f64::INFINITY);
        if beyond && !too_large.contains(&channel) {
            too_large.push(channel);
        }
    }
    assert_eq!(believable.status, Status::Failed);
    assert_eq!(
        believable.evidence["channels"],
        serde_json::json!(too_large)
    );

    // Whether it beats naive forecasts is said, and agrees with the figures beside it.
    for (id, scores) in [
        (
            "validation.outcome_path",
            &analysis.stages.outcome.out_of_sample.path,
        ),
        (
            "validation.outcome_conditional",
            &analysis.stages.outcome.out_of_sample.conditional,
        ),
        (
            "validation.mediator",
            &analysis.stages.mediator.out_of_sample,
        ),
    ] {
        let said = finding(&analysis, id);
        println!("{}", said.summary);
        let beats = |of: fn(&headwater::validation::metrics::Metrics) -> f64| {
            let mut naive = scores.naive.assessed();
            naive.all(|(_, naive)| of(&scores.pooled) < of(naive))
        };
        let expected = match (beats(|m| m.rmse), beats(|m| m.mae)) {
            (true, true) => Status::Passed,
            (false, false) => Status::Failed,
            _ => Status::Warning,
        };
        assert_eq!(said.status, expected);
        assert_eq!(scores.naive.assessed().count(), 3);
    }
}

#[test]
fn a_drawn_edge_from_instagram_is_found_and_forecasts_revenue() {
    let Some(iso) = shared(ISO) else { return };
    let mut settings = settings_with("boosting");
    settings.validation.placebos = 0;
    settings.mediation.link = Link::Log;
    settings.bootstrap.replicates = Some(40);
    let analysis = fit(&iso, &settings, |roles| {
        roles.columns["instagram_spend"].direct = true;
    })
    .analysis;
    let instagram = analysis
        .effects
        .iter()
        .find(|e| e.channel == "instagram_spend");
    let direct = &instagram.unwrap().direct;
    let pooled = &analysis.stages.outcome.out_of_sample.path.pooled;
    println!(
        "direct {:?} in {:?}; path R2 {:?}",
        direct.point,
        direct.interval(),
        pooled.r2
    );
    assert!(direct.lower.unwrap() > 0.0);
    assert!(pooled.r2.unwrap() >= 0.8, "{:?}", pooled.r2);
    for id in ["validation.outcome_path", "validation.outcome_conditional"] {
        assert_eq!(finding(&analysis, id).status, Status::Passed, "{id}");
    }
    // the finding that intervals of trees show stability, not coverage
    assert_eq!(
        finding(&analysis, "effects.shrunken").status,
        Status::Warning
    );
}

#[test]
fn the_verdict_names_instagram_and_the_line_that_draws_its_edge() {
    let Some(iso) = shared(ISO) else { return };
    let mut settings = Settings::default();
    settings.validation.placebos = 0;
    let analysis = fit(&iso, &settings, |_| ()).analysis;
    let said = finding(&analysis, "mediation.path");
    println!("{}", said.summary);
    assert_eq!(analysis.path.verdict, Verdict::DirectPathFound);
    assert!(said.summary.contains("is not supported"));
    let direct = analysis.path.direct_path.as_ref().unwrap();
    assert_eq!(direct.channels, ["instagram_spend"]);
    assert!(analysis.path.use_totals);
    let [line] = analysis.path.config.as_slice() else {
        panic!("{:?}", analysis.path.config);
    };
    assert_eq!(said.evidence["config"][0], line.as_str());

    // The line is accepted as it stands, draws the edge, and with products on auto revenue is
    // forecast far better than by its mean.
    let text = format!("[features]\ninteractions = \"auto\"\n[columns]\n{line}\n");
    let mut settings = Settings::from_toml("headwater.toml", &text).unwrap();
    settings.validation.placebos = 0;
    settings.bootstrap.replicates = Some(0);
    let table = Table::read(&iso, &settings.data).unwrap();
    let inference = complete_roles(&table, &settings.data, &settings.columns).unwrap();
    assert!(inference.roles.columns["instagram_spend"].direct);
    let loaded = assemble(&table, &settings.data, &inference.roles).unwrap();
    let drawn = run(&loaded.dataset, loaded.findings, &settings, &Silent).unwrap();
    let r2 = drawn.analysis.stages.outcome.out_of_sample.path.pooled.r2;
    println!("{}", finding(&drawn.analysis, "mediation.path").summary);
    assert!(r2.unwrap() >= 0.9, "{r2:?}");
}

#[test]
fn the_seed_preset_takes_its_three_channels_and_its_folds() {
    let Some(iso) = shared(ISO) else { return };
    let mut settings = Settings::preset("seed").unwrap();
    settings.validation.placebos = 0;
    settings.bootstrap.replicates = Some(0);
    let analysis = fit(&iso, &settings, |_| ()).analysis;
    let channels: Vec<&str> = analysis
        .effects
        .iter()
        .map(|e| e.channel.as_str())
        .collect();
    assert_eq!(
        channels,
        ["facebook_spend", "tiktok_spend", "snapchat_spend"]
    );
    let ignored = finding(&analysis, "features.seed_exposures");
    assert_eq!(ignored.evidence["ignored"], json!(["instagram_spend"]));
    assert!(ignored.summary.contains("instagram_spend"));
    // scikit-learn's TimeSeriesSplit(5) on 104 rows (methods brief, 3.1)
    let scores = &analysis.stages;
    for folds in [
        &scores.mediator.out_of_sample.folds,
        &scores.outcome.out_of_sample.path.folds,
    ] {
        let train: Vec<usize> = folds.iter().map(|fold| fold.train_weeks).collect();
        assert_eq!(train, [19, 36, 53, 70, 87]);
        assert!(folds.iter().all(|fold| fold.metrics.weeks == 17));
    }
    assert_eq!(analysis.stages.mediator.tuned["rounds"], Value::from(200));
    assert_eq!(analysis.stages.outcome.tuned["rounds"], Value::from(300));
}
