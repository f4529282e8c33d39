//! Weeks to come: against the forecast of the model itself, against arithmetic, and what is refused.
#![allow(clippy::unwrap_used)] // a test may panic

use std::sync::Arc;

use headwater::analysis::{Advisor, Settings};
use headwater::data::role::Role;
use headwater::data::{Dataset, Table, to_csv};
use headwater::decisions::{Forecast, Plan};
use headwater::finding::{Finding, Status};
use headwater::mediation::Prepared;
use headwater::progress::Silent;
use headwater::simulate::{MarketSettings, simulate};
use headwater::validation::conformal::{self, Conformal, PredictionIntervals, Scale};
use miette::Diagnostic;

use crate::common::{altered, assert_close, assert_page, settings_with};

fn market() -> Dataset {
    simulate(&MarketSettings::default()).unwrap().dataset
}

/// The first `weeks` weeks.
fn first(data: &Dataset, weeks: usize) -> Dataset {
    let columns = data.columns();
    let columns = columns.map(|(name, values)| (name.to_string(), values[..weeks].into()));
    Dataset::new(
        data.source().clone(),
        data.roles().clone(),
        data.weeks()[..weeks].to_vec(),
        columns.collect(),
    )
    .unwrap()
}

/// A file of the weeks from `from` on, with the columns that `keep` names.
fn coming(data: &Dataset, from: usize, keep: impl Fn(&str) -> bool) -> Table {
    let text = to_csv(data);
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().unwrap();
    let kept: Vec<usize> = (0..header.len())
        .filter(|&column| column == 0 || keep(header[column]))
        .collect();
    let pick = |cells: &Vec<&str>| kept.iter().map(|&k| cells[k]).collect::<Vec<_>>().join(",");
    let mut out = vec![pick(&header)];
    out.extend(lines.skip(from).map(|cells| pick(&cells)));
    Table::from_csv_bytes("coming.csv", (out.join("\n") + "\n").as_bytes()).unwrap()
}

fn without_targets(name: &str) -> bool {
    !["google_spend", "revenue"].contains(&name)
}

/// Errors of 1 to 30 of forecasts up to 4 weeks ahead.
fn intervals() -> PredictionIntervals {
    let actual: Vec<f64> = (1..=30).map(f64::from).collect();
    let fold = conformal::Forecast {
        test_first: "2024-01-01",
        test_last: "2024-01-22",
        horizon: 4,
        actual: &actual,
        predicted: &[0.0; 30],
    };
    PredictionIntervals::new(&[fold], 0.9, Conformal::Split, Scale::Absolute)
}

fn few(estimator: &str, replicates: usize) -> Settings {
    let mut settings = settings_with(estimator);
    settings.bootstrap.replicates = Some(replicates);
    settings
}

fn whole() -> Plan {
    Plan {
        allow_extrapolation: true,
        ..Plan::default()
    }
}

fn found<'a>(forecast: &'a Forecast, id: &str) -> Option<&'a Finding> {
    forecast.findings.iter().find(|finding| finding.id == id)
}

#[test]
fn weeks_held_out_are_forecast_as_the_model_of_the_weeks_before_forecasts_them() {
    let mut seed = Settings {
        features: toml::from_str("recipe = \"seed\"").unwrap(),
        ..Settings::default()
    };
    seed.bootstrap.replicates = Some(0);
    let mut log = few("ridge", 0);
    log.mediation.link = serde_json::from_value("log".into()).unwrap();
    // the seed recipe knows three channels
    let three = altered(
        &market(),
        |roles| roles.columns["instagram_spend"].role = Role::Ignore,
        |_, _, value| value,
    );
    let cases = [
        (market(), few("ols", 0)),
        (market(), few("ridge", 0)),
        (market(), few("boosting", 0)),
        (market(), log),
        (three.unwrap(), seed),
    ];
    for (data, settings) in cases {
        let history = first(&data, 96);
        let table = coming(&data, 96, without_targets);
        let prepared = Arc::new(Prepared::new(&data, &settings.features, 0..96).unwrap());
        let model = settings
            .model()
            .fit(&prepared, &prepared.mediator, &prepared.outcome, &[1.0; 96])
            .unwrap();
        let expected = model.forecast_outcome(false).unwrap();
        let advisor = Advisor::new(&history, &settings, &Silent).unwrap();
        let forecast = advisor.forecast(&table, &intervals(), &whole()).unwrap();
        assert_eq!(forecast.weeks.len(), 8);
        for (t, week) in forecast.weeks.iter().enumerate() {
            assert_eq!(week.week, data.weeks()[96 + t].to_string());
            // the same arithmetic over the same weeks: revenue of 1e5, roundings of its sums
            assert_close(week.outcome.point.unwrap(), expected[96 + t], 1e-7);
            let mediator = model.forecast_mediator()[96 + t];
            assert_close(week.mediator.point.unwrap(), mediator, 1e-7);
        }
    }
}

#[test]
fn weeks_within_the_horizon_have_prediction_intervals_and_later_ones_say_why_not() {
    let data = market();
    let advisor = Advisor::new(&first(&data, 96), &few("ols", 0), &Silent).unwrap();
    let table = coming(&data, 96, without_targets);
    let forecast = advisor.forecast(&table, &intervals(), &whole()).unwrap();
    for (t, week) in forecast.weeks.iter().enumerate() {
        let (point, interval) = (week.outcome.point.unwrap(), week.outcome.interval());
        if t < 4 {
            // ceil(31 * 0.9) = 28, the 28th smallest of the errors 1 to 30
            let interval = interval.unwrap();
            assert_eq!(
                (interval.lower, interval.upper),
                (point - 28.0, point + 28.0)
            );
            assert_eq!(week.outcome.level, 0.9);
        } else {
            assert_eq!(interval, None);
            let why = week.outcome.why.as_deref().unwrap();
            assert!(why.contains("up to 4 weeks ahead"), "{why}");
        }
        assert_eq!(week.mediator.interval(), None);
    }
    assert_eq!(forecast.outcome.interval(), None, "a sum has no interval");
    let finding = found(&forecast, "decisions.forecast_interval").unwrap();
    assert_eq!(finding.status, Status::NotAssessed);
    assert!(
        finding.summary.starts_with("4 of 8 weeks"),
        "{}",
        finding.summary
    );
    assert_page("decisions.forecast_interval");
}

/// The history's last week and a plan of `spend` for each of the weeks after it.
fn plan_of(history: &Dataset, weeks: usize, spend: impl Fn(&str, usize) -> f64) -> Table {
    let exposures = history.roles().exposures();
    let mut text = format!("week,{}\n", exposures.join(","));
    for t in 0..weeks {
        let days = jiff::Span::new().days(7 * (t as i64 + 1));
        let week = history.weeks().last().unwrap().saturating_add(days);
        // seventeen digits and a fourth decimal, so that no number looks like thousands
        let cells: Vec<String> = exposures
            .iter()
            .map(|name| format!("{:.10}", spend(name, t)))
            .collect();
        text += &format!("{week},{}\n", cells.join(","));
    }
    Table::from_csv_bytes("coming.csv", text.as_bytes()).unwrap()
}

fn last_year(data: &Dataset, name: &str) -> f64 {
    let values = &data.column(name)[data.len() - 52..];
    values.iter().sum::<f64>() / 52.0
}

#[test]
fn what_the_plan_changes_is_the_difference_of_two_forecasts_of_a_linear_model() {
    let data = market();
    let advisor = Advisor::new(&data, &few("ols", 40), &Silent).unwrap();
    let ask = |extra: f64| {
        let table = plan_of(&data, 6, |name, t| {
            let mean = last_year(&data, name);
            if name == "facebook_spend" && t >= 2 {
                mean + extra
            } else {
                mean
            }
        });
        advisor.forecast(&table, &intervals(), &whole()).unwrap()
    };
    let (nothing, more) = (ask(0.0), ask(400.0));
    for t in 0..6 {
        let forecast = |of: &Forecast| of.weeks[t].outcome.point.unwrap();
        let effect = more.effect.weekly[t].effects.outcome.point.unwrap();
        // means are written to ten decimals; revenue of 1e5 with roundings of its sums
        assert_close(effect, forecast(&more) - forecast(&nothing), 1e-6);
    }
    assert_close(more.effect.returns.spend, 1600.0, 1e-6);
    assert!(more.effect.total.outcome.interval().is_some());
    assert!(
        more.effect.weekly.len() > 6,
        "carry-over is followed after the plan"
    );
    assert_close(nothing.effect.total.outcome.point.unwrap(), 0.0, 1e-6);
    assert_close(nothing.effect.returns.spend, 0.0, 1e-6);
}

#[test]
fn what_is_not_planned_stands_at_its_mean_and_what_is_not_read_is_named() {
    let data = market();
    let history = first(&data, 96);
    let advisor = Advisor::new(&history, &few("ols", 0), &Silent).unwrap();
    let exposures = data.roles().exposures();
    let keep = |name: &str| exposures.contains(&name) || ["avg_price", "revenue"].contains(&name);
    let table = coming(&data, 96, keep);
    let forecast = advisor.forecast(&table, &intervals(), &whole()).unwrap();
    let finding = found(&forecast, "decisions.coming_controls").unwrap();
    assert_eq!(finding.status, Status::Warning);
    let named = finding.evidence["columns"].as_array().unwrap();
    assert!(named.iter().any(|name| name == "promotions"));
    assert!(!named.iter().any(|name| name == "avg_price"));
    let finding = found(&forecast, "decisions.coming_unread").unwrap();
    assert_eq!(finding.evidence["columns"], serde_json::json!(["revenue"]));
    for id in ["decisions.coming_controls", "decisions.coming_unread"] {
        assert_page(id);
    }
    // the same with the means written out
    let text = |with: bool| {
        let mut header = vec!["week".to_string()];
        header.extend(exposures.iter().map(|name| name.to_string()));
        let mut cells = vec![data.weeks()[96].to_string()];
        cells.extend(
            exposures
                .iter()
                .map(|name| format!("{:.10}", data.column(name)[96])),
        );
        if with {
            for name in data.roles().covariates() {
                header.push(name.into());
                cells.push(format!("{:.10}", last_year(&history, name)));
            }
        }
        format!("{}\n{}\n", header.join(","), cells.join(","))
    };
    let ask = |with: bool| {
        let table = Table::from_csv_bytes("coming.csv", text(with).as_bytes()).unwrap();
        let forecast = advisor.forecast(&table, &intervals(), &whole()).unwrap();
        forecast.weeks[0].outcome.point.unwrap()
    };
    // means written to ten decimals, slopes of promotions and prices of some thousands
    assert_close(ask(false), ask(true), 1e-5);
}

#[test]
fn a_file_that_does_not_continue_the_run_is_refused_with_the_row_and_the_remedy() {
    let data = first(&market(), 96);
    let advisor = Advisor::new(&data, &few("ols", 0), &Silent).unwrap();
    let next = data.weeks()[95].saturating_add(jiff::Span::new().days(7));
    let exposures = data.roles().exposures();
    let file = |columns: &[&str], weeks: &[jiff::civil::Date]| {
        let mut text = format!("week,{}\n", columns.join(","));
        for week in weeks {
            text += &format!("{week}{}\n", ",100".repeat(columns.len()));
        }
        Table::from_csv_bytes("coming.csv", text.as_bytes()).unwrap()
    };
    let later = |days: i64| next.saturating_add(jiff::Span::new().days(days));
    let long: Vec<jiff::civil::Date> = (0..105).map(|week| later(7 * week)).collect();
    let cases = [
        (
            file(&exposures, &[later(-7)]),
            "row 2, week 2023-10-30: the run has it already",
        ),
        (file(&exposures, &[later(7)]), "so weeks are missing"),
        (
            file(&exposures, &[later(1)]),
            "does not start on the weekday",
        ),
        (
            file(&exposures, &long),
            "row 106, week 2025-11-03 is more than 104 weeks",
        ),
        (
            file(&exposures[1..], &[next]),
            "coming.csv: facebook_spend is missing",
        ),
    ];
    for (table, expected) in cases {
        let error = advisor
            .forecast(&table, &intervals(), &whole())
            .unwrap_err();
        let message = error.to_string();
        assert!(message.contains(expected), "{message}");
        assert!(error.help().is_some());
    }
    let one = advisor.forecast(&file(&exposures, &[next]), &intervals(), &whole());
    assert_eq!(one.unwrap().weeks.len(), 1);
}

#[test]
fn spend_that_was_never_seen_is_left_out_of_the_effect_and_named() {
    let data = market();
    let advisor = Advisor::new(&data, &few("ols", 0), &Silent).unwrap();
    let table = plan_of(&data, 4, |name, _| 10.0 * last_year(&data, name));
    let guarded = advisor
        .forecast(&table, &intervals(), &Plan::default())
        .unwrap();
    let all = advisor.forecast(&table, &intervals(), &whole()).unwrap();
    assert_eq!(
        guarded.weeks, all.weeks,
        "the forecast takes spend as written"
    );
    assert!(guarded.effect.returns.spend < all.effect.returns.spend);
    let mut findings = guarded.effect.findings.iter();
    let support = findings.find(|finding| finding.id == "decisions.support");
    assert_eq!(support.unwrap().status, Status::Warning);
}
