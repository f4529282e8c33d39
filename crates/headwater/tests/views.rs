//! What the pictures of a fit rest on, against the identities that define it and the figures of the
//! analysis.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use headwater::analysis::views::{FittedWeeks, StageResiduals, StageWeeks};
use headwater::analysis::{Advisor, Analysis, Settings, run};
use headwater::data::role::{Fill, Role, Roles, Unit, Variable};
use headwater::data::{Dataset, Source};
use headwater::mediation::Link;
use headwater::numeric::random::stream;
use headwater::progress::Silent;
use headwater::simulate::{MarketSettings, simulate};
use headwater::validation::NaiveForecast;
use headwater::validation::cross_validation::{OutOfSample, Scheme};
use headwater::validation::metrics::{Metrics, Scored, Yardstick};
use jiff::ToSpan;
use jiff::civil::date;
use rand_distr::{Distribution, StandardNormal};

use crate::common::{self, assert_close};

fn market(weeks: usize) -> Dataset {
    let settings = MarketSettings {
        weeks,
        ..MarketSettings::default()
    };
    simulate(&settings).unwrap().dataset
}

/// No replicates and no placebos: neither has a part in a view.
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

/// A dataset of these columns; `made` for the roles.
fn dataset(columns: &[(&str, Role, Vec<f64>)]) -> Dataset {
    let weeks = columns[0].2.len();
    let roles = Roles {
        columns: columns
            .iter()
            .map(|(name, role, _)| {
                let variable = Variable {
                    role: *role,
                    direct: false,
                    fill: Fill::Error,
                    unit: if name.ends_with("clicks") {
                        Unit::Count
                    } else {
                        Unit::Money
                    },
                };
                (name.to_string(), variable)
            })
            .collect(),
    };
    let source = Source {
        name: "made".into(),
        sha256: String::new(),
    };
    let dates = (0..weeks).map(|t| date(2022, 1, 3) + (7 * t as i64).days());
    let columns = columns
        .iter()
        .map(|(name, _, values)| (name.to_string(), Arc::from(values.as_slice())));
    Dataset::new(source, roles, dates.collect(), columns.collect()).unwrap()
}

#[track_caller]
fn assert_in_sample(stage: &StageWeeks, metrics: &Metrics) {
    let yardstick = Yardstick::new(&stage.actual, Yardstick::lag(stage.actual.len()));
    let scored = Metrics::score(&Scored::pairs(&stage.actual, &stage.in_sample, yardstick));
    assert_close(scored.rmse / metrics.rmse, 1.0, 1e-9);
    assert_close(scored.r2.unwrap(), metrics.r2.unwrap(), 1e-9);
    assert_close(scored.mae / metrics.mae, 1.0, 1e-9);
}

/// Pooled squared errors of `of` over the test weeks, as a root mean.
fn pooled<'a>(weeks: &FittedWeeks, stage: &'a StageWeeks, of: impl Fn(usize) -> &'a [f64]) -> f64 {
    let mut squares = Vec::new();
    for (nth, fold) in weeks.folds.iter().enumerate() {
        let actual = &stage.actual[fold.first..=fold.last];
        assert_eq!(actual.len(), of(nth).len());
        squares.extend(actual.iter().zip(of(nth)).map(|(y, p)| (y - p).powi(2)));
    }
    (squares.iter().sum::<f64>() / squares.len() as f64).sqrt()
}

#[track_caller]
fn assert_out_of_sample(weeks: &FittedWeeks, stage: &StageWeeks, scores: &OutOfSample) {
    let model = pooled(weeks, stage, |nth| &stage.forecasts[nth].forecast);
    assert_close(model / scores.pooled.rmse, 1.0, 1e-9);
    let (name, best) = scores.naive.best().unwrap();
    assert_eq!(stage.naive.as_deref(), Some(name));
    let naive = pooled(weeks, stage, |nth| {
        stage.forecasts[nth].naive.as_deref().unwrap()
    });
    assert_close(naive / best.rmse, 1.0, 1e-9);
    for (nth, score) in scores.folds.iter().enumerate() {
        let (fold, forecast) = (&weeks.folds[nth], &stage.forecasts[nth]);
        assert_close(forecast.rmse / score.metrics.rmse, 1.0, 1e-9);
        assert_eq!(weeks.weeks[fold.first], score.test_first);
        assert_eq!(weeks.weeks[fold.last], score.test_last);
        assert_eq!(fold.train_weeks, score.train_weeks);
    }
}

/// Everything that ties the weeks of a fit to its analysis.
#[track_caller]
fn assert_ties(analysis: &Analysis, weeks: &FittedWeeks) {
    let stages = &analysis.stages;
    assert_in_sample(&weeks.mediator, &stages.mediator.in_sample);
    assert_in_sample(&weeks.outcome, &stages.outcome.in_sample);
    assert_out_of_sample(weeks, &weeks.mediator, &stages.mediator.out_of_sample);
    let of_outcome = &stages.outcome.out_of_sample;
    assert_out_of_sample(weeks, &weeks.outcome, &of_outcome.path);
    let conditional = pooled(weeks, &weeks.outcome, |nth| {
        weeks.outcome.forecasts[nth].conditional.as_deref().unwrap()
    });
    assert_close(conditional / of_outcome.conditional.pooled.rmse, 1.0, 1e-9);
}

#[test]
fn the_weeks_of_a_fit_add_up_to_the_scores_of_its_analysis() {
    let (analysis, advisor) = analysed(&market(104), &quick());
    let weeks = advisor.fitted_weeks().unwrap();
    assert_ties(&analysis, &weeks);
    assert_eq!(
        weeks,
        advisor.fitted_weeks().unwrap(),
        "asked a second time"
    );
}

#[test]
fn they_do_so_with_a_gap_on_the_log_scale_and_with_rolling_folds() {
    let mut settings = quick();
    settings.mediation.link = Link::Log;
    settings.validation.scheme = Scheme::Rolling;
    settings.validation.gap = Some(3);
    let (analysis, advisor) = analysed(&market(130), &settings);
    let weeks = advisor.fitted_weeks().unwrap();
    assert_ties(&analysis, &weeks);
    assert_covered_as_promised(&analysis, &weeks);
}

#[test]
fn intervals_are_those_that_stood_before_each_fold_was_seen() {
    let (analysis, advisor) = analysed(&market(156), &quick());
    let weeks = advisor.fitted_weeks().unwrap();
    assert_covered_as_promised(&analysis, &weeks);
    assert_eq!(
        weeks.outcome.interval_level,
        Some(analysis.forecast_intervals.level)
    );
    // nothing was forecast before the first fold
    assert_eq!(weeks.outcome.forecasts[0].interval, None);
    assert!(
        weeks
            .mediator
            .forecasts
            .iter()
            .all(|made| made.interval.is_none())
    );
    assert!(weeks.mediator.no_interval.is_some());
}

#[track_caller]
fn assert_covered_as_promised(analysis: &Analysis, weeks: &FittedWeeks) {
    let mut with_interval = 0;
    for (nth, fold) in weeks.folds.iter().enumerate() {
        let actual = &weeks.outcome.actual[fold.first..=fold.last];
        let covered = weeks.outcome.forecasts[nth].interval.as_ref().map(|made| {
            let inside = made.iter().zip(actual);
            inside
                .filter(|(interval, y)| interval.contains(**y))
                .count()
        });
        assert_eq!(covered, analysis.forecast_intervals.coverage[nth].covered);
        with_interval += usize::from(covered.is_some());
    }
    assert!(with_interval >= 2, "{with_interval} folds had intervals");
}

#[test]
fn blocked_folds_have_no_prediction_intervals_and_say_why() {
    let mut settings = quick();
    settings.validation.scheme = Scheme::Blocked;
    let (analysis, advisor) = analysed(&market(130), &settings);
    let weeks = advisor.fitted_weeks().unwrap();
    assert_ties(&analysis, &weeks);
    assert_eq!(weeks.folds[0].first, 0);
    assert!(
        weeks
            .outcome
            .forecasts
            .iter()
            .all(|made| made.interval.is_none())
    );
    assert_eq!(weeks.outcome.interval_level, None);
    let why = weeks.outcome.no_interval.unwrap();
    assert!(why.contains("both sides"), "{why}");
}

#[test]
fn a_naive_forecast_scores_what_the_analysis_says_it_scores() {
    let data = market(104);
    let (analysis, advisor) = analysed(&data, &quick());
    let weeks = advisor.fitted_weeks().unwrap();
    let naive = &analysis.stages.mediator.out_of_sample.naive;
    let mut squares = Vec::new();
    for fold in &weeks.folds {
        let fold = headwater::splits::Fold::forward(0..fold.first, fold.first..fold.last + 1);
        let last = NaiveForecast::LastValue.of(data.mediator(), &fold).unwrap();
        let actual = &data.mediator()[fold.test.clone()];
        squares.extend(actual.iter().zip(last).map(|(y, p)| (y - p).powi(2)));
    }
    let rmse = (squares.iter().sum::<f64>() / squares.len() as f64).sqrt();
    assert_close(rmse / naive.last_value.as_ref().unwrap().rmse, 1.0, 1e-9);
}

#[track_caller]
fn assert_residuals(stage: &StageResiduals, weeks: &StageWeeks) {
    assert_eq!(stage.target, weeks.target);
    assert_eq!(stage.fitted, weeks.in_sample);
    for (t, e) in stage.residual.iter().enumerate() {
        assert_eq!(*e, weeks.actual[t] - weeks.in_sample[t]);
    }
    let n = stage.residual.len();
    let shape = stage.distribution.as_ref().unwrap();
    let histogram = &shape.histogram;
    assert_eq!(histogram.counts.iter().sum::<usize>(), n);
    // recounted from the definition of a bin, ends by hand
    for (bin, middle) in histogram.middles.iter().enumerate() {
        let (from, to) = (
            middle - histogram.width / 2.0,
            middle + histogram.width / 2.0,
        );
        let well_inside = |e: &&f64| **e > from + 1e-9 && **e < to - 1e-9;
        let inside = stage.residual.iter().filter(well_inside).count();
        assert!(inside.abs_diff(histogram.counts[bin]) <= 2);
    }
    assert!(histogram.normal.iter().sum::<f64>() <= n as f64);
    // n log10 lags, and the first from its definition
    assert_eq!(
        shape.autocorrelations.len(),
        (10.0 * (n as f64).log10()).floor() as usize
    );
    let center = stage.residual.iter().sum::<f64>() / n as f64;
    let around: Vec<f64> = stage.residual.iter().map(|e| e - center).collect();
    let lagged: f64 = around.windows(2).map(|pair| pair[0] * pair[1]).sum();
    let squares: f64 = around.iter().map(|e| e * e).sum();
    assert_close(shape.autocorrelations[0], lagged / squares, 1e-9);
    assert_close(shape.band, 1.96 / (n as f64).sqrt(), 1e-12);
    assert!(shape.normal.residual.is_sorted() && shape.normal.theoretical.is_sorted());
    assert_eq!(shape.normal.residual.len(), n);
}

#[test]
fn residuals_are_what_the_model_left_and_are_counted_once_each() {
    let (analysis, advisor) = analysed(&market(104), &quick());
    let (residuals, weeks) = (
        advisor.residuals().unwrap(),
        advisor.fitted_weeks().unwrap(),
    );
    assert_residuals(&residuals.mediator, &weeks.mediator);
    assert_residuals(&residuals.outcome, &weeks.outcome);
    for id in &residuals.judged_by {
        common::finding(&analysis, id);
    }
}

#[test]
fn normal_quantiles_of_a_hundred_and_one_weeks_have_zero_in_the_middle() {
    let (_, advisor) = analysed(&market(101), &quick());
    let residuals = advisor.residuals().unwrap();
    let normal = residuals.outcome.distribution.unwrap().normal;
    assert_close(normal.theoretical[50], 0.0, 1e-12);
    // the 97.5% point lies between the quantiles at 97.5/101 and 98.5/101
    assert!(normal.theoretical[97] < 1.959_964 && normal.theoretical[98] > 1.959_964);
    // the line goes through the quartiles of the residuals, type 7 at 25 and 75
    let slope =
        (normal.line[100] - normal.line[0]) / (normal.theoretical[100] - normal.theoretical[0]);
    assert_close(
        slope * 2.0 * 0.674_489_750_196_081_7 / (normal.residual[75] - normal.residual[25]),
        1.0,
        1e-9,
    );
}

#[test]
fn trend_season_and_remainder_are_the_series() {
    let advisor = Advisor::new(&market(160), &quick(), &Silent).unwrap();
    let seasons = advisor.seasons().unwrap();
    for stage in [&seasons.mediator, &seasons.outcome] {
        let parts = stage.parts.as_ref().unwrap();
        for t in 0..160 {
            let sum = parts.trend[t] + parts.season[t] + parts.remainder[t];
            assert_close(sum / stage.actual[t], 1.0, 1e-9);
        }
        assert_eq!(stage.not_assessed, None);
    }
    let noise = seasons.season_of_noise.unwrap();
    assert_close(noise, 0.7 * (3.0 * 52.0 / 160.0f64).sqrt(), 1e-12);
}

#[test]
fn strengths_of_the_season_are_those_of_the_finding() {
    let (analysis, advisor) = analysed(&market(160), &quick());
    let seasons = advisor.seasons().unwrap();
    let found = &common::finding(&analysis, "diagnostics.decomposition").evidence["stages"];
    for stage in [&seasons.mediator, &seasons.outcome] {
        let said = found[&stage.target]["season_strength"].as_f64().unwrap();
        let parts = stage.parts.as_ref().unwrap();
        assert_close(parts.season_strength.unwrap(), said, 1e-9);
    }
}

#[test]
fn two_years_have_parts_without_strengths_and_less_has_neither() {
    let two = Advisor::new(&market(110), &quick(), &Silent).unwrap();
    let outcome = two.seasons().unwrap().outcome;
    let parts = outcome.parts.unwrap();
    assert_eq!((parts.trend_strength, parts.season_strength), (None, None));
    assert!(outcome.not_assessed.unwrap().contains("at least 3 years"));

    let short = Advisor::new(&market(103), &quick(), &Silent).unwrap();
    let seasons = short.seasons().unwrap();
    assert_eq!(
        (seasons.outcome.parts, seasons.season_of_noise),
        (None, None)
    );
    let why = seasons.outcome.not_assessed.unwrap();
    assert!(why.starts_with("103 weeks of revenue"), "{why}");
}

#[test]
fn a_description_agrees_with_figures_by_hand() {
    let data = dataset(&[
        ("facebook_spend", Role::Exposure, vec![1.0, 2.0, 3.0, 4.0]),
        ("tiktok_spend", Role::Exposure, vec![0.0, 30.0, 0.0, 0.0]),
        ("banner_clicks", Role::Exposure, vec![7.0, 7.0, 7.0, 7.0]),
        ("google_spend", Role::Mediator, vec![8.0, 6.0, 4.0, 2.0]),
        ("revenue", Role::Outcome, vec![1.0, 3.0, 2.0, 4.0]),
    ]);
    let description = data.describe();
    let facebook = &description.columns[0];
    assert_eq!(
        (facebook.mean, facebook.min, facebook.max),
        (Some(2.5), Some(1.0), Some(4.0))
    );
    // 1.5^2 + 0.5^2 + 0.5^2 + 1.5^2 = 5 over n - 1 = 3
    assert_close(facebook.sd.unwrap(), (5.0f64 / 3.0).sqrt(), 1e-12);
    assert_eq!(description.columns[1].zero_weeks, 3);
    assert!(description.columns[2].constant);

    let shares: Vec<_> = description
        .spend
        .iter()
        .map(|s| (&*s.exposure, s.share))
        .collect();
    assert_eq!(
        shares,
        [("facebook_spend", Some(0.25)), ("tiktok_spend", Some(0.75))]
    );
    assert_eq!(description.not_in_money, ["banner_clicks"]);

    let r = &description.correlation.values;
    assert_close(r[0][3].unwrap(), -1.0, 1e-12);
    // covariance 1.5*1.5 + 0.5*0.5*... = (-1.5*-1.5) + (-0.5*0.5) + (0.5*-0.5) + (1.5*1.5) = 4 over 5
    assert_close(r[0][4].unwrap(), 0.8, 1e-12);
    assert_eq!(r[4][0], r[0][4]);
    assert!(
        r[2].iter().all(Option::is_none),
        "a constant moves with nothing"
    );
    let (a, b, strongest) = description.correlation.strongest.unwrap();
    assert_eq!((&*a, &*b), ("facebook_spend", "google_spend"));
    assert_close(strongest, -1.0, 1e-12);
}

#[test]
fn correlations_and_shares_do_not_care_for_units() {
    let mut random = stream(7, 0);
    let mut noise = || -> Vec<f64> {
        (0..40)
            .map(|_| 5.0 + Distribution::<f64>::sample(&StandardNormal, &mut random))
            .collect()
    };
    let (a, b, c, d) = (noise(), noise(), noise(), noise());
    let made = |scale: f64| {
        let times = |values: &[f64]| values.iter().map(|v| v * scale).collect::<Vec<_>>();
        dataset(&[
            ("a_spend", Role::Exposure, times(&a)),
            ("b_spend", Role::Exposure, times(&b)),
            ("google_spend", Role::Mediator, c.clone()),
            ("revenue", Role::Outcome, times(&d)),
        ])
        .describe()
    };
    let (small, large) = (made(1.0), made(1e9));
    for (x, y) in small.spend.iter().zip(&large.spend) {
        assert_close(x.share.unwrap(), y.share.unwrap(), 1e-12);
    }
    for (x, y) in small
        .correlation
        .values
        .iter()
        .zip(&large.correlation.values)
    {
        for (x, y) in x.iter().zip(y) {
            assert_close(x.unwrap(), y.unwrap(), 1e-12);
        }
    }
}

#[test]
fn spend_that_never_happened_has_no_shares() {
    let data = dataset(&[
        ("a_spend", Role::Exposure, vec![0.0; 3]),
        ("google_spend", Role::Mediator, vec![1.0, 2.0, 3.0]),
        ("revenue", Role::Outcome, vec![1.0, 2.0, 1.0]),
    ]);
    assert_eq!(data.describe().spend[0].share, None);
}
