//! Pictures of a fit and of its data: what they show is where the analysis says it is, and their
//! titles claim what its findings say.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use headwater::analysis::{Advisor, Analysis, Settings, run};
use headwater::data::role::{Fill, Role, Roles, Unit, Variable};
use headwater::data::{Dataset, Source};
use headwater::finding::Status;
use headwater::progress::Silent;
use headwater::simulate::{MarketSettings, simulate};
use headwater::validation::cross_validation::Scheme;
use headwater_report::figures::{
    CATALOGUE, Content, Figure, Mark, NumberFormat, Panel, Scale, actual_predicted, correlation,
    model_diagnostics, residuals, seasons, series, spend_share,
};

fn market(weeks: usize) -> Dataset {
    let settings = MarketSettings {
        weeks,
        ..MarketSettings::default()
    };
    simulate(&settings).unwrap().dataset
}

fn quick() -> Settings {
    let mut settings = Settings::default();
    settings.bootstrap.replicates = Some(0);
    settings.validation.placebos = 0;
    settings
}

fn analysed(data: &Dataset, settings: &Settings) -> (Analysis, Advisor) {
    let fit = run(data, Vec::new(), settings, &Silent).unwrap();
    let advisor = Advisor::of(&fit, &Silent).unwrap();
    (fit.analysis, advisor)
}

fn panels(figure: &Figure) -> &[Panel] {
    match &figure.content {
        Content::Panels { panels, .. } => panels,
        Content::Graph(_) => panic!("{} is a graph", figure.id),
    }
}

/// What every picture owes its reader and its renderer.
#[track_caller]
fn assert_sound(figure: &Figure) {
    let id = &figure.id;
    assert!(
        !figure.title.is_empty() && !figure.title.ends_with('.'),
        "{id}: {}",
        figure.title
    );
    assert!(figure.caption.ends_with('.'), "{id}: {}", figure.caption);
    assert!(
        !figure.caption.contains("  ") && !figure.caption.contains(".."),
        "{id}: {}",
        figure.caption
    );
    assert!(!figure.alt.is_empty(), "{id}");
    for panel in panels(figure) {
        assert_eq!(panel.marks.is_empty(), panel.empty.is_some(), "{id}");
        if let Scale::Number(_) = panel.y.scale {
            assert!(!panel.y.title.is_empty(), "{id}: an axis without a unit");
        }
        for mark in &panel.marks {
            match mark {
                Mark::Line { x, y, .. } | Mark::Points { x, y, .. } => {
                    assert_eq!(x.len(), y.len(), "{id}")
                }
                Mark::Band {
                    x, lower, upper, ..
                } => {
                    assert_eq!((x.len(), x.len()), (lower.len(), upper.len()), "{id}");
                }
                Mark::Bars {
                    at, length, labels, ..
                } => {
                    assert_eq!(at.len(), length.len(), "{id}");
                    assert!(labels.is_empty() || labels.len() == at.len(), "{id}");
                }
                _ => {}
            }
        }
    }
}

/// A dataset of so many exposures, a mediator and an outcome that vary, each in its own way.
fn wide(exposures: usize, scale: f64) -> Dataset {
    let weeks = 120;
    let name = |nth: usize| format!("a_channel_with_a_rather_long_name_number_{nth}_spend");
    let mut columns: Vec<(String, Role, Vec<f64>)> = (0..exposures)
        .map(|nth| {
            let value = |t: usize| scale * ((t * (nth + 3) + nth * nth * 7) % (11 + nth)) as f64;
            (name(nth), Role::Exposure, (0..weeks).map(value).collect())
        })
        .collect();
    let mediator: Vec<f64> = (0..weeks)
        .map(|t| {
            columns.iter().map(|(_, _, v)| 0.3 * v[t]).sum::<f64>() + scale * ((t * 31) % 17) as f64
        })
        .collect();
    let outcome = (0..weeks)
        .map(|t| 4.0 * mediator[t] + scale * ((t * t * 13) % 23) as f64)
        .collect();
    columns.push(("google_spend".into(), Role::Mediator, mediator));
    columns.push(("revenue".into(), Role::Outcome, outcome));
    let variable = |role| Variable {
        role,
        direct: false,
        fill: Fill::Error,
        unit: Unit::Money,
    };
    let roles = columns
        .iter()
        .map(|(name, role, _)| (name.clone(), variable(*role)));
    let roles = Roles {
        columns: roles.collect(),
    };
    let source = Source {
        name: "wide.csv".into(),
        sha256: String::new(),
    };
    let dates = market(weeks).weeks().to_vec();
    let columns = columns
        .into_iter()
        .map(|(name, _, values)| (name, Arc::from(values)));
    Dataset::new(source, roles, dates, columns.collect()).unwrap()
}

/// The ids of this file's pictures.
const OURS: [&str; 7] = [
    "actual_predicted",
    "model_diagnostics",
    "residuals",
    "seasons",
    "series",
    "spend_share",
    "correlation",
];

#[test]
fn every_picture_of_the_catalogue_is_drawn_for_ordinary_and_for_awkward_runs() {
    let mut blocked = quick();
    blocked.validation.scheme = Scheme::Blocked;
    let runs = [
        analysed(&market(160), &quick()),
        analysed(&market(130), &blocked),
        analysed(&wide(1, 1e9), &quick()),
        analysed(&wide(20, 1.0), &quick()),
    ];
    for (analysis, advisor) in &runs {
        for id in OURS {
            let entry = CATALOGUE.iter().find(|entry| entry.id == id).unwrap();
            let figure = (entry.draw)(analysis, advisor).unwrap();
            assert_eq!(figure.id, id);
            assert_sound(&figure);
        }
    }
}

#[test]
fn the_shaded_weeks_are_the_test_weeks_of_the_folds() {
    let (analysis, advisor) = analysed(&market(104), &quick());
    let weeks = advisor.fitted_weeks().unwrap();
    let figure = actual_predicted(&weeks, &analysis);
    let scored = &analysis.stages.outcome.out_of_sample.path.folds;
    for panel in panels(&figure) {
        let Scale::Weeks(dates) = &panel.x.scale else {
            panic!("not over weeks");
        };
        let spans: Vec<(&str, &str)> = panel
            .marks
            .iter()
            .filter_map(|mark| match mark {
                Mark::Span { from, to, .. } => {
                    Some((&*dates[(from + 0.5) as usize], &*dates[(to - 0.5) as usize]))
                }
                _ => None,
            })
            .collect();
        let tested: Vec<(&str, &str)> = scored
            .iter()
            .map(|fold| (&*fold.test_first, &*fold.test_last))
            .collect();
        assert_eq!(spans, tested);
    }
    assert_eq!(panels(&figure)[0].y.title, "revenue, in money, a week");
}

#[test]
fn forecasts_of_different_folds_are_not_joined_and_are_named_once() {
    let (analysis, advisor) = analysed(&market(104), &quick());
    let weeks = advisor.fitted_weeks().unwrap();
    let figure = actual_predicted(&weeks, &analysis);
    let dashed: Vec<(&str, f64, usize)> = panels(&figure)[0]
        .marks
        .iter()
        .filter_map(|mark| match mark {
            Mark::Line {
                name,
                x,
                dashed: true,
                ..
            } => Some((name.as_str(), x[0], x.len())),
            _ => None,
        })
        .collect();
    assert_eq!(dashed.len(), 5);
    for (nth, (name, first, length)) in dashed.iter().enumerate() {
        let fold = &weeks.folds[nth];
        assert_eq!(
            (*first, *length),
            (fold.first as f64, fold.last + 1 - fold.first)
        );
        assert_eq!(name.is_empty(), nth > 0);
    }
}

#[test]
fn bands_stand_where_earlier_errors_allow_an_interval_and_the_caption_counts_the_rest() {
    let (analysis, advisor) = analysed(&market(104), &quick());
    let weeks = advisor.fitted_weeks().unwrap();
    let figure = actual_predicted(&weeks, &analysis);
    let bands = |panel: &Panel| {
        let marks = panel.marks.iter();
        marks
            .filter(|mark| matches!(mark, Mark::Band { .. }))
            .count()
    };
    let without = weeks.outcome.forecasts.iter();
    let without = without.filter(|made| made.interval.is_none()).count();
    assert!(without > 0, "nothing is known before the first fold");
    assert_eq!(bands(&panels(&figure)[0]), 5 - without);
    assert_eq!(bands(&panels(&figure)[1]), 0);
    let said = match without {
        1 => "the first fold has none".into(),
        more => format!("the first {more} folds have none"),
    };
    assert!(figure.caption.contains(&said), "{}", figure.caption);
}

#[test]
fn the_title_of_a_forecast_follows_the_check_of_it() {
    let (mut analysis, advisor) = analysed(&market(104), &quick());
    let (weeks, left) = (
        advisor.fitted_weeks().unwrap(),
        advisor.residuals().unwrap(),
    );
    for (status, words) in [
        (Status::Passed, "better than naive forecasts"),
        (
            Status::Warning,
            "by one measure of error and not by another",
        ),
        (
            Status::Failed,
            "does not forecast revenue better than naive forecasts",
        ),
        (
            Status::NotAssessed,
            "Forecasts of revenue in weeks that the model had not seen",
        ),
    ] {
        let mut findings = analysis.findings.iter_mut();
        findings
            .find(|finding| finding.id == "validation.outcome_path")
            .unwrap()
            .status = status;
        let title = actual_predicted(&weeks, &analysis).title;
        assert!(title.contains(words), "{title}");
        let page = model_diagnostics(&weeks, &left, &analysis);
        assert!(page.caption.starts_with(&title), "{}", page.caption);
    }
}

#[test]
fn the_title_of_the_residuals_names_the_checks_that_warn() {
    let (mut analysis, advisor) = analysed(&market(104), &quick());
    let left = advisor.residuals().unwrap();
    let mut set = |id: &str, status: Status| {
        let mut findings = analysis.findings.iter_mut();
        findings.find(|finding| finding.id == id).unwrap().status = status;
        residuals(&left, &analysis).title
    };
    for id in &left.judged_by {
        set(id, Status::Passed);
    }
    assert_eq!(
        set("diagnostics.influence", Status::Passed),
        "No check finds a pattern in what the model leaves unexplained"
    );
    assert_eq!(
        set("diagnostics.influence", Status::NotAssessed),
        "No check finds a pattern in what the model leaves unexplained; single weeks that decide could not be assessed"
    );
    assert_eq!(
        set("diagnostics.autocorrelation", Status::Warning),
        "What the model leaves unexplained: the checks warn of errors that last for weeks"
    );
}

#[test]
fn the_page_of_the_model_shows_the_scores_of_the_analysis() {
    let (analysis, advisor) = analysed(&market(104), &quick());
    let (weeks, left) = (
        advisor.fitted_weeks().unwrap(),
        advisor.residuals().unwrap(),
    );
    let figure = model_diagnostics(&weeks, &left, &analysis);
    let bars = |panel: &Panel| -> Vec<Vec<Option<f64>>> {
        let marks = panel.marks.iter();
        marks
            .filter_map(|mark| match mark {
                Mark::Bars { length, .. } => Some(length.clone()),
                _ => None,
            })
            .collect()
    };
    let stages = &analysis.stages;
    let of_outcome = &stages.outcome.out_of_sample;
    assert_eq!(
        bars(&panels(&figure)[3]),
        [
            vec![
                stages.mediator.in_sample.r2,
                stages.outcome.in_sample.r2,
                None
            ],
            vec![
                stages.mediator.out_of_sample.pooled.r2,
                of_outcome.conditional.pooled.r2,
                of_outcome.path.pooled.r2,
            ],
        ]
    );
    let by_fold = &bars(&panels(&figure)[2])[0];
    for (shown, fold) in by_fold.iter().zip(&of_outcome.path.folds) {
        assert!((shown.unwrap() / fold.metrics.rmse - 1.0).abs() < 1e-9);
    }
}

#[test]
fn a_season_is_claimed_only_with_years_enough_to_tell_it_from_noise() {
    let drawn = |weeks: usize| {
        let advisor = Advisor::new(&market(weeks), &quick(), &Silent).unwrap();
        seasons(&advisor.seasons().unwrap())
    };
    // Two values for a week of the year: the season would take everything that the trend leaves.
    let two_years = drawn(110);
    assert_eq!(
        two_years.title,
        "The trend of revenue; two years cannot tell a season from noise"
    );
    assert_eq!(panels(&two_years).len(), 2);
    assert_sound(&two_years);
    let three_years = drawn(160);
    assert!(three_years.title.contains("noise"), "{}", three_years.title);
    assert_eq!(panels(&three_years).len(), 6);
    assert_sound(&three_years);

    let (analysis, advisor) = analysed(&market(90), &quick());
    let entry = CATALOGUE
        .iter()
        .find(|entry| entry.id == "seasons")
        .unwrap();
    let why = (entry.draw)(&analysis, &advisor).unwrap_err().to_string();
    assert!(why.contains("90 weeks of revenue"), "{why}");
    let short = seasons(&advisor.seasons().unwrap());
    assert_eq!(short.title, "Trend and season of revenue are not assessed");
    assert_sound(&short);
}

#[test]
fn at_most_24_columns_are_shown_and_the_caption_says_how_many_are_not() {
    let data = wide(30, 1.0);
    let figure = series(&data);
    assert_sound(&figure);
    assert_eq!(panels(&figure).len(), 24);
    assert!(
        figure.caption.contains("8 more columns are not shown."),
        "{}",
        figure.caption
    );
    let figure = correlation(&data);
    let Mark::Heat { values, format, .. } = &panels(&figure)[0].marks[0] else {
        panic!("no table of cells");
    };
    assert_eq!((values.len(), values[0].len()), (24, 24));
    assert_eq!(*format, NumberFormat::Ratio);
    assert!((0..24).all(|nth| values[nth][nth] == Some(1.0)));
}

#[test]
fn shares_of_spend_stand_from_the_largest_down() {
    let data = market(104);
    let figure = spend_share(&data);
    let Mark::Bars { length, labels, .. } = &panels(&figure)[0].marks[0] else {
        panic!("no bars");
    };
    let shares: Vec<f64> = length.iter().map(|share| share.unwrap()).collect();
    assert!(shares.is_sorted_by(|a, b| a >= b), "{shares:?}");
    assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    assert!(
        labels
            .iter()
            .all(|label| label.contains('%') && label.contains('('))
    );
    let Scale::Categories(names) = &panels(&figure)[0].y.scale else {
        panic!("no names");
    };
    assert!(figure.title.starts_with(&names[0]), "{}", figure.title);
}

#[test]
fn spend_that_never_happened_is_said_and_not_drawn() {
    let data = market(104);
    let mut none = data.clone();
    for name in data.roles().exposures() {
        none = none.with_column(name, vec![0.0; data.len()]).unwrap();
    }
    let figure = spend_share(&none);
    assert_sound(&figure);
    assert_eq!(figure.title, "No exposure has spend to share out");
}
