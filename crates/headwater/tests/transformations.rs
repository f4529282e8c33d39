//! Transformations against fixtures, known dates and identities; designs against the graph.
#![allow(clippy::unwrap_used)] // a test may panic

use std::sync::Arc;

use headwater::data::role::{Fill, Role, Roles, Unit, Variable};
use headwater::data::{Dataset, Source};
use headwater::design::{Column, Design, Monotone, Purpose};
use headwater::features::adstock::{adstock, recursive, truncated};
use headwater::features::ewm::ewm;
use headwater::features::holidays::{TABLE_YEARS, easter_sunday};
use headwater::features::scaling::Standardisation;
use headwater::features::seasonality::fourier;
use headwater::features::trend::trend;
use headwater::features::{
    AdstockSettings, Country, Decay, ExposurePath, FeatureSettings, Holiday, Kernel,
    MediatorColumns, Recipe, Saturation,
};
use headwater::finding::{Finding, Status};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use proptest::prelude::*;

use crate::common::{assert_close, shared};

/// The series of the methods brief, section 5.
const X: [f64; 6] = [1.0, 0.0, 2.0, 0.0, 0.0, 3.0];

/// Half a unit of the seventh decimal, to which the brief prints.
const PRINTED: f64 = 0.5e-7;

#[track_caller]
fn assert_all_close(actual: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(actual.len(), expected.len());
    for (a, e) in actual.iter().zip(expected) {
        assert_close(*a, *e, tolerance);
    }
}

fn weeks_from(first: Date, n: usize) -> Vec<Date> {
    (0..n as i64)
        .map(|t| first.saturating_add(t.weeks()))
        .collect()
}

/// A dataset of the given columns; an exposure whose name ends in `*` has a direct edge.
fn dataset(columns: &[(&str, Role, Vec<f64>)]) -> Dataset {
    let mut roles = Roles::default();
    let mut values = indexmap::IndexMap::new();
    for (name, role, series) in columns {
        let direct = name.ends_with('*');
        let name = name.trim_end_matches('*').to_string();
        let variable = Variable {
            role: *role,
            direct,
            fill: Fill::Error,
            unit: Unit::Money,
        };
        roles.columns.insert(name.clone(), variable);
        values.insert(name, Arc::from(series.as_slice()));
    }
    let source = Source {
        name: "test".into(),
        sha256: String::new(),
    };
    let weeks = weeks_from(date(2023, 1, 2), columns[0].2.len());
    Dataset::new(source, roles, weeks, values).unwrap()
}

/// Twenty weeks of two exposures (the second direct), search, a lever, a control and revenue.
fn small() -> Dataset {
    let series = |f: fn(f64) -> f64| (0..20).map(|t| f(f64::from(t))).collect::<Vec<f64>>();
    dataset(&[
        ("facebook", Role::Exposure, series(|t| (t % 3.0) * 100.0)),
        ("tiktok*", Role::Exposure, series(|t| (t % 4.0) * 50.0)),
        ("google", Role::Mediator, series(|t| 500.0 + t)),
        ("email", Role::Lever, series(|t| 10.0 + t % 2.0)),
        ("price", Role::Control, series(|t| 30.0 - t % 5.0)),
        ("revenue", Role::Outcome, series(|t| 9_000.0 + 10.0 * t)),
    ])
}

/// No calendar, so that columns can be listed in full.
fn bare() -> FeatureSettings {
    FeatureSettings {
        trend: false,
        fourier_pairs: 0,
        holidays: Vec::new(),
        ..FeatureSettings::default()
    }
}

fn pair(first: &str, second: &str) -> [String; 2] {
    [first.into(), second.into()]
}

fn names(design: &Design) -> Vec<&str> {
    design
        .columns()
        .iter()
        .map(|column| &*column.name)
        .collect()
}

fn values<'a>(design: &'a Design, name: &str) -> &'a [f64] {
    &design.column(name).unwrap().values
}

// ---- adstock -----------------------------------------------------------------------------

#[test]
fn recursive_adstock_matches_robyn() {
    assert_eq!(recursive(&X, 0.5), [1.0, 0.5, 2.25, 1.125, 0.5625, 3.28125]);
}

#[test]
fn truncated_adstock_matches_pymc_marketing_and_meridian() {
    assert_eq!(
        truncated(&X, 0.5, 4, false),
        [1.0, 0.5, 2.25, 1.125, 0.5, 3.25]
    );
    let pymc = [0.5333333, 0.2666667, 1.2, 0.6, 0.2666667, 1.7333333];
    assert_all_close(&truncated(&X, 0.5, 4, true), &pymc, PRINTED);
    let meridian = [
        0.5161290, 0.2580645, 1.1612903, 0.5806452, 0.2903226, 1.6774194,
    ];
    assert_all_close(&truncated(&X, 0.5, 5, true), &meridian, PRINTED);
}

#[test]
fn normalised_adstock_is_one_minus_the_decay_times_the_recursive_one() {
    for decay in [0.0, 0.3, 0.8] {
        let expected: Vec<f64> = recursive(&X, decay)
            .iter()
            .map(|a| (1.0 - decay) * a)
            .collect();
        // two roundings a week over six weeks of values up to 3
        assert_all_close(&adstock(&X, decay), &expected, 12.0 * 3.0 * f64::EPSILON);
    }
    assert_eq!(
        adstock(&X, 0.0),
        X,
        "without carry-over spend stays as it is"
    );
}

#[test]
fn a_dollar_is_carried_over_in_full_and_never_backwards() {
    let mut pulse = vec![0.0; 200];
    pulse[3] = 1.0;
    let stock = adstock(&pulse, 0.8);
    assert_eq!(stock[..3], [0.0; 3]);
    // what is left after 197 weeks is 0.8^197 = 8e-20
    assert_close(stock.iter().sum(), 1.0, 200.0 * f64::EPSILON);
}

/// The methods brief, 5.1, prints weights whose largest is 1 (or first, for the distribution
/// function); kernels have mass 1, so weights are compared by their ratios.
#[test]
fn delayed_and_weibull_kernels_have_the_weights_of_pymc_marketing_and_robyn() {
    let delayed = Kernel::Delayed {
        decay: 0.5,
        peak: 1.0,
        lags: 4,
    };
    let pdf = Kernel::WeibullPdf {
        shape: 2.0,
        scale: 3.0,
        lags: 6,
    };
    let cdf = Kernel::WeibullCdf {
        shape: 2.0,
        scale: 3.0,
        lags: 7,
    };
    for (kernel, one, expected) in [
        (delayed, 1, vec![0.5, 1.0, 0.5, 0.0625]),
        (
            pdf,
            1,
            vec![0.6694820, 1.0, 0.8475672, 0.4828788, 0.1714238, 0.0],
        ),
        (
            cdf,
            0,
            vec![
                1.0, 0.8948393, 0.5737534, 0.2110721, 0.0356740, 0.0022181, 4.06e-5,
            ],
        ),
    ] {
        let weights = kernel.weights().unwrap();
        assert_close(weights.iter().sum(), 1.0, 8.0 * f64::EPSILON);
        let ratios: Vec<f64> = weights.iter().map(|w| w / weights[one]).collect();
        // the last figure of the distribution function is printed to three digits
        assert_all_close(&ratios, &expected, PRINTED);
        assert_all_close(&kernel.apply(&[1.0, 0.0, 0.0]), &weights[..3], 0.0);
    }
    assert_eq!(Kernel::Geometric { decay: 0.5 }.weights(), None);
}

#[test]
fn whatever_the_kernel_a_dollar_is_within_the_weeks_or_beyond_them() {
    for kernel in [
        Kernel::Geometric { decay: 0.7 },
        Kernel::Delayed {
            decay: 0.6,
            peak: 2.0,
            lags: 5,
        },
        Kernel::WeibullPdf {
            shape: 1.5,
            scale: 2.0,
            lags: 9,
        },
        Kernel::WeibullCdf {
            shape: 0.8,
            scale: 2.0,
            lags: 1,
        },
    ] {
        let inside: f64 = kernel.apply(&X).iter().sum();
        assert_close(inside + kernel.beyond(&X), 6.0, 30.0 * f64::EPSILON);
        let written = toml::to_string(&AdstockSettings {
            kernels: vec![kernel],
            ..AdstockSettings::default()
        });
        let read: AdstockSettings = toml::from_str(&written.unwrap()).unwrap();
        assert_eq!(read.kernels, [kernel]);
    }
}

#[test]
fn kernels_and_saturations_out_of_range_are_refused() {
    let data = small();
    for (text, expected) in [
        (
            "adstock.kernels = [{ delayed = { decay = 0.5, peak = 9.0, lags = 4 } }]",
            "out of range",
        ),
        (
            "adstock.kernels = [{ delayed = { decay = 0.5, peak = 0.0, lags = 0 } }]",
            "out of range",
        ),
        (
            "adstock.kernels = [{ weibull_pdf = { shape = 2.0, scale = 0.001, lags = 8 } }]",
            "no usable weights",
        ),
        (
            "adstock.kernels = [{ weibull_cdf = { shape = -1.0, scale = 2.0, lags = 8 } }]",
            "no usable weights",
        ),
        (
            "adstock.decay = 0.3\nadstock.kernels = [{ geometric = { decay = 0.5 } }]",
            "fixes the decay",
        ),
        (
            "saturation = { hill = { half_saturation = 0.0, slope = 1.0 } }",
            "not above 0",
        ),
        ("saturation = { tanh = { scale = nan } }", "not above 0"),
        ("saturations = ['log1p']", "per_channel is false"),
        (
            "[channels.twitter]\nsaturation = 'log1p'",
            "no exposure of that name",
        ),
        ("lags = { google = [1] }", "no exposure, lever or control"),
        ("lags = { email = [0] }", "a lag of 0 weeks"),
        ("lags = { email = [2, 2] }", "a lag of 2 weeks"),
        ("lags = { email = [20] }", "a lag of 20 weeks"),
        ("winsorise = {}", "neither `upper` nor columns"),
        ("winsorise = { upper = 1.0 }", "at the quantile 1"),
        (
            "winsorise.columns = { revenue = 0.9 }",
            "no exposure, lever or control",
        ),
    ] {
        let settings: FeatureSettings = toml::from_str(text).unwrap();
        let error = settings.validate(&data).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
    for unknown in [
        "adstock.kernels = [{ delayed = { decay = 0.5, peek = 1.0, lags = 4 } }]",
        "saturation = { hill = { half_saturation = 1.0, slope = 1.0, top = 2.0 } }",
        "saturation = 'logg'",
        "[channels.facebook]\nadstok = 1",
        "winsorise = { lower = 0.01 }",
    ] {
        assert!(
            toml::from_str::<FeatureSettings>(unknown).is_err(),
            "{unknown}"
        );
    }
}

#[test]
fn adstock_of_no_weeks_is_empty_and_no_lags_carry_nothing() {
    assert!(adstock(&[], 0.5).is_empty());
    assert_eq!(truncated(&X, 0.5, 0, true), [0.0; 6]);
}

// ---- exponentially weighted mean ---------------------------------------------------------

#[test]
fn ewm_matches_pandas() {
    let adjusted = [1.0, 0.3333333, 1.2857143, 0.6, 0.2903226, 1.6666667];
    assert_all_close(&ewm(&X, 0.5, true).unwrap(), &adjusted, PRINTED);
    let plain = [1.0, 0.5, 1.25, 0.625, 0.3125, 1.65625];
    assert_all_close(&ewm(&X, 0.5, false).unwrap(), &plain, 1e-15);
    // pandas 3.1.1, printed in full
    let adjusted = [
        1.0,
        0.4117647058823529,
        1.136986301369863,
        0.6881168574812474,
        0.4399769211351916,
        1.3103866828507023,
    ];
    assert_all_close(&ewm(&X, 0.3, true).unwrap(), &adjusted, 1e-14);
    let plain = [1.0, 0.7, 1.09, 0.763, 0.5341, 1.27387];
    assert_all_close(&ewm(&X, 0.3, false).unwrap(), &plain, 1e-14);
}

#[test]
fn ewm_lets_old_weeks_fade_over_a_missing_one_as_pandas_does() {
    let gap = [1.0, f64::NAN, 2.0, 0.0, f64::NAN, 3.0];
    let adjusted = [1.0, 1.0, 1.8, 0.6923077, 0.6923077, 2.3333333];
    assert_all_close(&ewm(&gap, 0.5, true).unwrap(), &adjusted, PRINTED);
    let plain = [1.0, 1.0, 1.75, 0.875, 0.875, 2.46875];
    assert_all_close(&ewm(&gap, 0.5, false).unwrap(), &plain, PRINTED);
    let late = ewm(&[f64::NAN, 1.0], 0.5, true).unwrap();
    assert!(late[0].is_nan() && late[1] == 1.0);
}

#[test]
fn ewm_refuses_a_factor_outside_zero_to_one() {
    for alpha in [0.0, -0.1, 1.1, f64::NAN] {
        let message = ewm(&X, alpha, true).unwrap_err().to_string();
        assert_eq!(
            message,
            format!("the smoothing factor {alpha} is not in (0, 1]")
        );
    }
    assert_eq!(ewm(&X, 1.0, false).unwrap(), X);
}

// ---- saturation and scaling --------------------------------------------------------------

#[test]
fn log1p_is_scaled_by_the_mean_of_the_active_weeks_whatever_the_currency() {
    let train = [0.0, 50.0, 0.0, 150.0];
    let response = Saturation::Log1p.learn(&train);
    assert_eq!(response.scale(), Some(100.0));
    let mut dollars = [0.0, 100.0, 300.0, -100.0];
    response.apply(&mut dollars);
    assert_eq!(dollars, [0.0, 2f64.ln(), 4f64.ln(), -(2f64.ln())]);

    let mut cents = [0.0, 10_000.0, 30_000.0, -10_000.0];
    Saturation::Log1p
        .learn(&train.map(|x| 100.0 * x))
        .apply(&mut cents);
    assert_eq!(cents, dollars);
}

/// The methods brief, 5.2; a single active training week of 1 makes the scale 1.
#[test]
fn saturations_match_the_brief_mirror_refunds_and_level_off() {
    let (hill, logistic) = (
        Saturation::Hill {
            half_saturation: 2.0,
            slope: 1.5,
        },
        Saturation::Logistic { rate: 0.5 },
    );
    let menten = Saturation::MichaelisMenten {
        half_saturation: 3.0,
    };
    let tanh = Saturation::Tanh { scale: 2.0 };
    for (saturation, expected) in [
        (hill, [0.2612039, 0.0, 0.5, 0.0, 0.0, 0.6475296]),
        (logistic, [0.2449187, 0.0, 0.4621172, 0.0, 0.0, 0.6351490]),
        (menten, [0.25, 0.0, 0.4, 0.0, 0.0, 0.5]),
        (
            tanh,
            [0.5f64.tanh(), 0.0, 1f64.tanh(), 0.0, 0.0, 1.5f64.tanh()],
        ),
    ] {
        let response = saturation.learn(&[1.0]);
        let mut values = X;
        response.apply(&mut values);
        assert_all_close(&values, &expected, PRINTED);
        let mut refund = [-2.0, f64::INFINITY, 1e300];
        response.apply(&mut refund);
        assert_close(refund[0], -expected[2], PRINTED);
        assert_eq!(refund[1..], [1.0, 1.0]);
        // the currency does not matter
        let mut cents = X.map(|x| 100.0 * x);
        saturation.learn(&[100.0]).apply(&mut cents);
        assert_all_close(&cents, &values, 4.0 * f64::EPSILON);
    }
}

#[test]
fn no_saturation_leaves_spend_alone_and_an_idle_channel_has_a_finite_scale() {
    let mut spend = X;
    Saturation::None.learn(&X).apply(&mut spend);
    assert_eq!(spend, X);
    assert_eq!(Saturation::Log1p.learn(&[0.0, 0.0]).scale(), Some(1.0));
    assert_eq!(Saturation::Log1p.learn(&[]).scale(), Some(1.0));
}

#[test]
fn standardised_training_weeks_have_mean_zero_and_deviation_one() {
    let scaling = Standardisation::learn(&X).unwrap();
    // mean 1, variance 14/6 - 1
    assert_close(scaling.mean(), 1.0, 1e-15);
    assert_close(scaling.sd(), (8.0f64 / 6.0).sqrt(), 1e-15);
    let z: Vec<f64> = X.iter().map(|x| scaling.apply(*x)).collect();
    assert_close(z.iter().sum::<f64>(), 0.0, 1e-14);
    assert_close(z.iter().map(|z| z * z).sum::<f64>(), 6.0, 1e-14);
}

#[test]
fn standardisation_of_constants_extremes_and_nothing() {
    let constant = Standardisation::learn(&[0.1; 3]).unwrap();
    assert_eq!((constant.mean(), constant.sd()), (0.1, 1.0));
    let huge = Standardisation::learn(&[-f64::MAX, f64::MAX]).unwrap();
    assert_eq!((huge.mean(), huge.sd()), (0.0, f64::MAX));
    let empty = Standardisation::learn(&[]).unwrap_err().to_string();
    assert!(empty.contains("at least 1 training week"), "{empty}");
    let hole = Standardisation::learn(&[1.0, f64::NAN])
        .unwrap_err()
        .to_string();
    assert_eq!(hole, "training week 2 of the column is not a number");
}

proptest! {
    #[test]
    fn standardising_and_inverting_returns_the_value(
        train in prop::collection::vec(-1e9..1e9f64, 1..60),
        value in -1e9..1e9f64,
    ) {
        let scaling = Standardisation::learn(&train).unwrap();
        let back = scaling.invert(scaling.apply(value));
        // subtraction, division, product and sum each round once, relative to the larger of
        // the value and the mean
        let scale = value.abs() + scaling.mean().abs();
        prop_assert!((back - value).abs() <= 4.0 * f64::EPSILON * scale);
    }

    #[test]
    fn adstock_is_linear_and_keeps_constant_spend_below_its_level(
        spend in prop::collection::vec(0.0..1e6f64, 1..120),
        decay in 0.0..0.99f64,
    ) {
        let stock = adstock(&spend, decay);
        let doubled: Vec<f64> = spend.iter().map(|x| 2.0 * x).collect();
        let twice: Vec<f64> = stock.iter().map(|a| 2.0 * a).collect();
        prop_assert_eq!(adstock(&doubled, decay), twice); // doubling is exact in binary
        let most = spend.iter().copied().fold(0.0, f64::max);
        prop_assert!(stock.iter().all(|a| (0.0..=most * (1.0 + 1e-12)).contains(a)));
    }
}

// ---- calendar ----------------------------------------------------------------------------

#[test]
fn holidays_fall_on_their_known_dates() {
    let first = |holiday: Holiday, year| *holiday.window(year).start();
    for (day, holiday) in [
        (date(2022, 11, 25), Holiday::BlackFriday),
        (date(2023, 11, 24), Holiday::BlackFriday),
        (date(2024, 11, 29), Holiday::BlackFriday),
        (date(2023, 11, 23), Holiday::Thanksgiving),
        (date(2023, 4, 9), Holiday::Easter),
        (date(2024, 3, 31), Holiday::Easter),
        (date(2025, 4, 20), Holiday::Easter),
        (date(2024, 5, 12), Holiday::MothersDay),
        (date(2024, 5, 27), Holiday::MemorialDay),
        (date(2024, 9, 2), Holiday::LaborDay),
        (date(2024, 2, 14), Holiday::Valentines),
        (date(2024, 1, 1), Holiday::NewYear),
        (date(2024, 7, 4), Holiday::IndependenceDay),
        (date(2024, 8, 1), Holiday::BackToSchool),
        (date(2024, 10, 31), Holiday::Halloween),
        (date(2024, 11, 11), Holiday::SinglesDay),
        (date(2024, 12, 18), Holiday::Christmas),
        // python-holidays 0.109, GB (England), DE, FR and IN; Mothering Sunday and the fete des
        // meres from their published dates
        (date(2024, 3, 10), Holiday::MotheringSunday),
        (date(2025, 3, 30), Holiday::MotheringSunday),
        (date(2019, 5, 6), Holiday::EarlyMayBankHoliday),
        (date(2020, 5, 8), Holiday::EarlyMayBankHoliday),
        (date(2022, 6, 2), Holiday::SpringBankHoliday),
        (date(2024, 5, 27), Holiday::SpringBankHoliday),
        (date(2020, 8, 31), Holiday::SummerBankHoliday),
        (date(2026, 5, 14), Holiday::Ascension),
        (date(2026, 5, 25), Holiday::WhitMonday),
        (date(2024, 5, 26), Holiday::FeteDesMeres),
        // Pentecost 2023 is 28 May
        (date(2023, 6, 4), Holiday::FeteDesMeres),
        (date(2024, 3, 25), Holiday::Holi),
        (date(2025, 10, 2), Holiday::Dussehra),
        // two days before 31 October
        (date(2024, 10, 29), Holiday::Diwali),
    ] {
        assert_eq!(first(holiday, day.year()), day, "{}", holiday.name());
    }
    // Black Friday 2024 runs into December
    assert_eq!(*Holiday::BlackFriday.window(2024).end(), date(2024, 12, 2));
    assert_eq!(*Holiday::Christmas.window(2024).end(), date(2024, 12, 26));
}

#[test]
fn a_country_adds_its_events_to_those_that_are_listed() {
    let data = small();
    let settings = FeatureSettings {
        country: Some(Country::Gb),
        holidays: vec![Holiday::Easter],
        ..bare()
    };
    let (features, _) = settings.fit(&data, 0..20).unwrap();
    let design = features.mediator_design(&ExposurePath::observed(&data), 0.0);
    // twenty weeks from January on: bank holidays of late May and August never come
    let named = names(&design);
    for expected in [
        "easter",
        "valentines",
        "mothering_sunday",
        "early_may_bank_holiday",
    ] {
        assert!(named.contains(&expected), "{expected}: {named:?}");
    }
    assert!(!named.contains(&"summer_bank_holiday"));
    let read: FeatureSettings = toml::from_str("country = \"IN\"").unwrap();
    assert_eq!(read.country, Some(Country::In));
    assert!(toml::from_str::<FeatureSettings>("country = \"UK\"").is_err());
}

#[test]
fn a_festival_of_the_moon_is_refused_outside_its_table() {
    let table = Holiday::Diwali.table().unwrap();
    let years = TABLE_YEARS.end() - TABLE_YEARS.start() + 1;
    assert_eq!(table.len(), years as usize);
    for year in TABLE_YEARS {
        // between the new moons of mid-October and mid-November, three weeks after Dussehra
        let [diwali, dussehra] = [Holiday::Diwali, Holiday::Dussehra].map(|holiday| {
            let window = holiday.window(year);
            // Diwali is flagged from two days before it
            let before = if holiday == Holiday::Diwali { 2 } else { 0 };
            window.start().saturating_add(before.days())
        });
        let days = (diwali - dussehra).get_days();
        assert!((18..=21).contains(&days), "{dussehra} to {diwali}");
    }
    let error = Holiday::Diwali.flag(&weeks_from(date(2040, 1, 1), 60));
    assert_eq!(error, [0.0; 60]);
    let series = |n: usize| (0..n).map(|t| (t % 5) as f64).collect::<Vec<f64>>();
    // 2023 on: 700 weeks reach 2036
    let data = dataset(&[
        ("facebook", Role::Exposure, series(700)),
        ("google", Role::Mediator, series(700)),
        ("revenue", Role::Outcome, series(700)),
    ]);
    let settings = FeatureSettings {
        holidays: vec![Holiday::Diwali],
        ..bare()
    };
    let message = settings.validate(&data).unwrap_err().to_string();
    assert!(
        message.contains("diwali are known from 2012 to 2035"),
        "{message}"
    );
}

#[test]
fn easter_agrees_with_dateutil_for_every_gregorian_year() {
    let days = |from: i32, to: i32| -> i32 {
        (from..to)
            .map(|year| i32::from(easter_sunday(year as i16).day_of_year()))
            .sum()
    };
    // the sum of the days of the year by dateutil.easter, python-dateutil 4.0.0
    assert_eq!(days(1900, 2200), 29_735);
    assert_eq!(days(1583, 4100), 248_776);
    for (year, month, day) in [(1818, 3, 22), (1886, 4, 25), (1954, 4, 18), (1981, 4, 19)] {
        assert_eq!(easter_sunday(year), date(year, month, day));
    }
}

#[test]
fn a_single_day_lies_in_exactly_one_week_whatever_weekday_weeks_start_on() {
    for offset in 0..7 {
        // 208 weeks hold four of every event, from the second week of January on
        let weeks = weeks_from(date(2022, 1, 2).saturating_add(offset.days()), 208);
        for holiday in Holiday::ALL {
            let flag = holiday.flag(&weeks);
            let flagged: Vec<Date> = (0..208)
                .filter(|t| flag[*t] == 1.0)
                .map(|t| weeks[t])
                .collect();
            for week in &weeks {
                let days: Vec<Date> = (0..7).map(|d| week.saturating_add(d.days())).collect();
                let expected = days
                    .iter()
                    .any(|day| holiday.window(day.year()).contains(day));
                assert_eq!(
                    flagged.contains(week),
                    expected,
                    "{} {week}",
                    holiday.name()
                );
            }
            let single = holiday.window(2023).start() == holiday.window(2023).end();
            if single && holiday != Holiday::NewYear {
                assert_eq!(
                    flagged.len(),
                    4,
                    "{} with weeks from {}",
                    holiday.name(),
                    weeks[0]
                );
            }
        }
    }
}

#[test]
fn a_week_over_the_turn_of_the_year_holds_new_year() {
    let weeks = [date(2023, 12, 25), date(2024, 12, 30), date(2025, 1, 6)];
    assert_eq!(Holiday::NewYear.flag(&weeks), [0.0, 1.0, 0.0]);
    assert_eq!(Holiday::Christmas.flag(&weeks), [1.0, 0.0, 0.0]);
    assert!(
        Holiday::NewYear
            .flag(&[Date::MAX, Date::MIN])
            .iter()
            .all(|flag| *flag <= 1.0)
    );
}

#[test]
fn season_and_trend_depend_on_the_date_and_not_on_the_row() {
    let long = weeks_from(date(2021, 1, 4), 300);
    let late = &long[117..];
    for ((name, all), (same, some)) in fourier(&long, 3).into_iter().zip(fourier(late, 3)) {
        assert_eq!((name, &all[117..]), (same, &some[..]));
    }
    assert_eq!(trend(&long)[117..], trend(late));
}

#[test]
fn fourier_columns_obey_the_addition_theorems_and_peak_at_new_year() {
    let weeks = weeks_from(date(2020, 1, 1), 120);
    let columns = fourier(&weeks, 2);
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "annual_sin_1",
            "annual_cos_1",
            "annual_sin_2",
            "annual_cos_2"
        ]
    );
    let [sin1, cos1, sin2, cos2] = [0, 1, 2, 3].map(|i| &columns[i].1);
    for t in 0..weeks.len() {
        // the phase, about 280 radians after 44 half years, is rounded to 3e-14
        assert_close(sin1[t].powi(2) + cos1[t].powi(2), 1.0, 1e-15);
        assert_close(sin2[t], 2.0 * sin1[t] * cos1[t], 1e-13);
        assert_close(cos2[t], cos1[t].powi(2) - sin1[t].powi(2), 1e-13);
    }
    // twenty years of 365.25 days after the epoch
    assert_close(cos1[0], 1.0, 1e-12);
}

// ---- designs -----------------------------------------------------------------------------

#[test]
fn an_exposure_reaches_the_outcome_only_over_a_drawn_edge() {
    let data = small();
    let (features, findings) = bare().fit(&data, 0..20).unwrap();
    assert_eq!(findings, []);
    let path = ExposurePath::observed(&data);
    let stage1 = features.mediator_design(&path, 0.5);
    assert_eq!(names(&stage1), ["facebook", "tiktok", "email", "price"]);
    assert_eq!(
        values(&stage1, "tiktok"),
        adstock(data.column("tiktok"), 0.5)
    );

    let stage2 = |mediator| features.outcome_design(&path, 0.5, mediator);
    let google = data.mediator();
    assert_eq!(
        names(&stage2(MediatorColumns::None)),
        ["tiktok", "email", "price"]
    );
    for (mediator, first) in [
        (MediatorColumns::Observed(google), "google (observed)"),
        (MediatorColumns::Predicted(google), "google (predicted)"),
    ] {
        let design = stage2(mediator);
        assert_eq!(names(&design), [first, "tiktok", "email", "price"]);
        assert_eq!(values(&design, first), &**google);
    }
    let two_slope = stage2(MediatorColumns::TwoSlope {
        induced: google,
        autonomous: &[1.5; 20],
    });
    let expected = [
        "google (induced)",
        "google (autonomous)",
        "tiktok",
        "email",
        "price",
    ];
    assert_eq!(names(&two_slope), expected);
    assert_eq!(values(&two_slope, "google (autonomous)"), [1.5; 20]);
}

#[test]
fn effects_are_causal_and_increasing_and_everything_else_is_a_free_control() {
    let data = small();
    let (features, _) = FeatureSettings {
        holidays: vec![Holiday::Valentines],
        fourier_pairs: 1,
        ..FeatureSettings::default()
    }
    .fit(&data, 0..20)
    .unwrap();
    let path = ExposurePath::observed(&data);
    let stage2 = features.outcome_design(&path, 0.0, MediatorColumns::Observed(data.mediator()));
    let kinds = |column: &Column| (column.purpose, column.monotone);
    let (causal, control) = stage2.columns().split_at(2);
    for column in causal {
        assert_eq!(
            kinds(column),
            (Purpose::Causal, Monotone::Increasing),
            "{}",
            column.name
        );
    }
    for column in control {
        assert_eq!(
            kinds(column),
            (Purpose::Control, Monotone::Free),
            "{}",
            column.name
        );
    }
    let expected = [
        "email",
        "price",
        "trend",
        "annual_sin_1",
        "annual_cos_1",
        "valentines",
    ];
    let control: Vec<&str> = control.iter().map(|column| &*column.name).collect();
    assert_eq!(control, expected);
}

#[test]
fn another_spend_changes_only_the_columns_of_that_exposure() {
    let data = small();
    let settings = FeatureSettings {
        saturation: Saturation::Log1p,
        interactions: vec![pair("facebook", "price"), pair("email", "price")].into(),
        ..FeatureSettings::default()
    };
    let (features, _) = settings.fit(&data, 0..20).unwrap();
    let observed = ExposurePath::observed(&data);
    let base = features.mediator_design(&observed, 0.4);
    let what_if = features.mediator_design(&observed.scaled("facebook", 1.2), 0.4);
    assert_eq!(names(&base), names(&what_if));
    let changed: Vec<&str> = base
        .columns()
        .iter()
        .zip(what_if.columns())
        .filter(|(before, after)| before.values != after.values)
        .map(|(before, _)| &*before.name)
        .collect();
    assert_eq!(changed, ["facebook", "facebook x price"]);
    // what no path changes is shared, not computed again
    for name in ["email", "price", "trend", "annual_cos_2", "email x price"] {
        let [before, after] = [&base, &what_if].map(|design| &design.column(name).unwrap().values);
        assert!(Arc::ptr_eq(before, after), "{name} was copied");
    }
    // facebook has no edge to the outcome
    let stage2 = |path| features.outcome_design(path, 0.4, MediatorColumns::None);
    let (before, after) = (stage2(&observed), stage2(&observed.without("facebook")));
    for (before, after) in before.columns().iter().zip(after.columns()) {
        assert_eq!(before.values, after.values, "{}", before.name);
    }
}

#[test]
fn saturation_follows_adstock() {
    let data = small();
    let settings = FeatureSettings {
        saturation: Saturation::Log1p,
        ..bare()
    };
    let (features, _) = settings.fit(&data, 0..20).unwrap();
    let design = features.mediator_design(&ExposurePath::observed(&data), 0.6);
    // facebook spends 100, 200, 0, 100, 200 ...: 150 in an active week
    let facebook = data.column("facebook");
    let active: Vec<f64> = facebook.iter().copied().filter(|x| *x > 0.0).collect();
    let k = active.iter().sum::<f64>() / active.len() as f64;
    let expected: Vec<f64> = adstock(facebook, 0.6)
        .iter()
        .map(|a| (a / k).ln_1p())
        .collect();
    assert_all_close(values(&design, "facebook"), &expected, 0.0);
}

#[test]
fn a_what_if_path_leaves_the_observed_one_alone() {
    let data = small();
    let observed = ExposurePath::observed(&data);
    let changed = observed.with("tiktok", vec![7.0; 20]);
    assert_eq!(changed.get("tiktok"), [7.0; 20]);
    assert_eq!(observed.get("tiktok"), &**data.column("tiktok"));
    assert_eq!(observed.without("facebook").get("facebook"), [0.0; 20]);
    assert_eq!(observed.scaled("facebook", 0.5).get("facebook")[1], 50.0);
    assert_eq!(
        observed.exposures().collect::<Vec<_>>(),
        ["facebook", "tiktok"]
    );
}

// ---- interactions ------------------------------------------------------------------------

#[test]
fn interactions_enter_the_stages_that_the_graph_allows() {
    let data = small();
    let settings = FeatureSettings {
        interactions: vec![
            pair("facebook", "price"),  // stage 1 only: facebook is not direct
            pair("tiktok", "price"),    // both
            pair("facebook", "tiktok"), // stage 1 only
            pair("google", "price"),    // stage 2 only
            pair("tiktok", "google"),   // stage 2 only
            pair("email", "price"),     // both, a control
        ]
        .into(),
        ..bare()
    };
    let (features, findings) = settings.fit(&data, 0..20).unwrap();
    assert_eq!(findings, []);
    let path = ExposurePath::observed(&data);
    let stage1 = features.mediator_design(&path, 0.5);
    assert_eq!(
        names(&stage1),
        [
            "facebook",
            "tiktok",
            "facebook x price",
            "tiktok x price",
            "facebook x tiktok",
            "email",
            "price",
            "email x price"
        ]
    );
    let product =
        |a: &[f64], b: &[f64]| -> Vec<f64> { a.iter().zip(b).map(|(a, b)| a * b).collect() };
    let stock = adstock(data.column("facebook"), 0.5);
    assert_eq!(
        values(&stage1, "facebook x price"),
        product(&stock, data.column("price"))
    );

    let induced = vec![400.0; 20];
    let autonomous: Vec<f64> = data.mediator().iter().map(|m| m - 400.0).collect();
    let two_slope = MediatorColumns::TwoSlope {
        induced: &induced,
        autonomous: &autonomous,
    };
    let stage2 = features.outcome_design(&path, 0.5, two_slope);
    assert_eq!(
        names(&stage2),
        [
            "google (induced)",
            "google (autonomous)",
            "tiktok",
            "tiktok x price",
            "google x price",
            "tiktok x google",
            "email",
            "price",
            "email x price"
        ]
    );
    // induced plus residual is the observed mediator
    let observed = product(data.mediator(), data.column("price"));
    assert_eq!(values(&stage2, "google x price"), observed);
    let alone = features.outcome_design(&path, 0.5, MediatorColumns::Predicted(&induced));
    assert_eq!(
        values(&alone, "google x price"),
        product(&induced, data.column("price"))
    );
    let none = features.outcome_design(&path, 0.5, MediatorColumns::None);
    assert_eq!(
        names(&none),
        [
            "tiktok",
            "tiktok x price",
            "email",
            "price",
            "email x price"
        ]
    );

    for (design, name, kind) in [
        (
            &stage1,
            "facebook x price",
            (Purpose::Causal, Monotone::Free),
        ),
        (&stage2, "google x price", (Purpose::Causal, Monotone::Free)),
        (&stage2, "email x price", (Purpose::Control, Monotone::Free)),
    ] {
        let column = design.column(name).unwrap();
        assert_eq!((column.purpose, column.monotone), kind, "{name}");
    }
}

#[test]
fn interactions_that_the_graph_does_not_allow_are_refused() {
    let data = small();
    for (first, second, expected) in [
        (
            "revenue",
            "price",
            "the interaction revenue x price cannot be built: revenue is the outcome, which the \
             model must not read",
        ),
        (
            "price",
            "prise",
            "the interaction price x prise cannot be built: prise is neither a column nor a \
             feature of the calendar",
        ),
        (
            "facebook",
            "google",
            "the interaction facebook x google has no place in the model: it needs a direct path \
             from the exposure to the outcome",
        ),
        (
            "price",
            "price",
            "the interaction price x price multiplies a column with itself",
        ),
    ] {
        let settings = FeatureSettings {
            interactions: vec![pair(first, second)].into(),
            ..bare()
        };
        assert_eq!(
            settings.fit(&data, 0..20).unwrap_err().to_string(),
            expected
        );
    }
    let twice = FeatureSettings {
        interactions: vec![pair("email", "price"), pair("price", "email")].into(),
        ..bare()
    };
    let message = twice.validate(&data).unwrap_err().to_string();
    assert_eq!(message, "two features would be called email x price");
}

#[test]
fn an_interaction_may_use_the_calendar() {
    let data = small();
    let settings = FeatureSettings {
        holidays: vec![Holiday::Valentines],
        interactions: vec![pair("tiktok", "valentines")].into(),
        ..bare()
    };
    let (features, _) = settings.fit(&data, 0..20).unwrap();
    let design = features.mediator_design(&ExposurePath::observed(&data), 0.0);
    // 14 February 2023 lies in the seventh week from 2 January
    let expected: Vec<f64> = (0..20)
        .map(|t| {
            if t == 6 {
                data.column("tiktok")[6]
            } else {
                0.0
            }
        })
        .collect();
    assert_eq!(values(&design, "tiktok x valentines"), expected);
}

// ---- what cannot be learned --------------------------------------------------------------

fn evidence<'a>(findings: &'a [Finding], key: &str) -> Vec<&'a str> {
    let found = findings
        .iter()
        .find_map(|finding| finding.evidence.get(key));
    let list = found.and_then(|value| value.as_array()).unwrap();
    list.iter().map(|name| name.as_str().unwrap()).collect()
}

#[test]
fn columns_that_are_constant_over_the_training_weeks_are_left_out_with_a_finding() {
    let late = |at: usize| {
        (0..20)
            .map(|t| f64::from(u8::from(t >= at)))
            .collect::<Vec<f64>>()
    };
    let data = dataset(&[
        ("facebook", Role::Exposure, late(5)),
        ("tiktok", Role::Exposure, late(15)), // zero in training, on afterwards
        ("google", Role::Mediator, late(3)),
        ("email", Role::Lever, vec![7.0; 20]),
        ("price", Role::Control, late(12)),
        ("promo", Role::Control, late(4)),
        ("revenue", Role::Outcome, late(6)),
    ]);
    let settings = FeatureSettings {
        holidays: vec![Holiday::Christmas],
        interactions: vec![pair("facebook", "price"), pair("tiktok", "promo")].into(),
        ..bare()
    };
    let (features, findings) = settings.fit(&data, 0..10).unwrap();
    let design = features.mediator_design(&ExposurePath::observed(&data), 0.2);
    assert_eq!(names(&design), ["facebook", "promo"]);
    assert_eq!(features.exposures(), ["facebook"]);
    assert_eq!(findings.len(), 2);
    for finding in &findings {
        assert_eq!(
            (finding.id.as_str(), finding.status),
            ("features.left_out", Status::Warning)
        );
    }
    assert_eq!(evidence(&findings, "exposures"), ["tiktok"]);
    let columns = [
        "email",
        "price",
        "christmas",
        "facebook x price",
        "tiktok x promo",
    ];
    assert_eq!(evidence(&findings, "columns"), columns);
    assert!(
        findings[0].summary.contains("tiktok"),
        "{}",
        findings[0].summary
    );

    let (all, findings) = settings.fit(&data, 0..20).unwrap();
    assert_eq!(all.exposures(), ["facebook", "tiktok"]);
    assert_eq!(evidence(&findings, "columns"), ["email", "christmas"]);
}

#[test]
fn training_weeks_in_which_no_exposure_varies_are_refused() {
    let data = small();
    let message = bare().fit(&data, 4..5).unwrap_err().to_string();
    assert_eq!(
        message,
        "no exposure varies over the training weeks 2023-01-30 to 2023-01-30, so nothing can be \
         learned about any of them"
    );
    for range in [0..0, 10..30] {
        let message = bare().fit(&data, range).unwrap_err().to_string();
        assert!(
            message.contains("are not a part of the 20 weeks"),
            "{message}"
        );
    }
}

#[test]
fn zero_flags_need_eight_training_weeks_in_each_state() {
    let off_for = |n: usize| {
        (0..20)
            .map(|t| if t < n { 0.0 } else { 5.0 })
            .collect::<Vec<f64>>()
    };
    let mut columns = vec![
        ("facebook", Role::Exposure, off_for(8)),
        ("tiktok", Role::Exposure, off_for(7)),
        ("google", Role::Mediator, off_for(3)),
        ("revenue", Role::Outcome, off_for(4)),
    ];
    let settings = FeatureSettings {
        zero_flags: true,
        ..bare()
    };
    let data = dataset(&columns);
    let (features, findings) = settings.fit(&data, 0..20).unwrap();
    let observed = ExposurePath::observed(&data);
    let design = features.mediator_design(&observed, 0.4);
    assert_eq!(names(&design), ["facebook", "facebook is zero", "tiktok"]);
    let flag = design.column("facebook is zero").unwrap();
    assert_eq!(
        (flag.purpose, flag.monotone),
        (Purpose::Causal, Monotone::Decreasing)
    );
    let expected: Vec<f64> = (0..20).map(|t| f64::from(u8::from(t < 8))).collect();
    assert_eq!(*flag.values, expected[..]);
    let off = features.mediator_design(&observed.without("facebook"), 0.4);
    assert_eq!(values(&off, "facebook is zero"), [1.0; 20]);

    let [finding] = &findings[..] else {
        panic!("one finding expected, not {findings:?}");
    };
    assert_eq!(
        (finding.id.as_str(), finding.status),
        ("features.zero_flags", Status::NotAssessed)
    );
    let why = "7 training weeks without spend and 13 with spend; each needs 8";
    assert_eq!(finding.evidence["not_built"]["tiktok"], why);
    assert!(finding.summary.contains(why));

    columns[1].2 = off_for(9);
    let (_, findings) = settings.fit(&dataset(&columns), 0..20).unwrap();
    assert_eq!(findings[0].status, Status::Passed);
    // eight weeks off, but only seven of training with spend
    let (_, findings) = settings.fit(&dataset(&columns), 0..15).unwrap();
    assert_eq!(findings[0].status, Status::NotAssessed);
}

#[test]
fn a_thousand_columns_are_taken() {
    let noise = |i: usize| {
        (0..20)
            .map(|t| ((t * 31 + i * 17) % 23) as f64)
            .collect::<Vec<f64>>()
    };
    let many: Vec<String> = (0..1000).map(|i| format!("control_{i}")).collect();
    let mut columns = vec![
        ("facebook", Role::Exposure, noise(3)),
        ("google", Role::Mediator, noise(5)),
        ("revenue", Role::Outcome, noise(7)),
    ];
    columns.extend(
        many.iter()
            .enumerate()
            .map(|(i, name)| (name.as_str(), Role::Control, noise(i))),
    );
    let data = dataset(&columns);
    let (features, _) = bare().fit(&data, 0..20).unwrap();
    let design = features.mediator_design(&ExposurePath::observed(&data), 0.4);
    assert_eq!(design.width(), 1001);
}

// ---- settings ----------------------------------------------------------------------------

#[test]
fn the_settings_read_as_they_were_written() {
    let settings = FeatureSettings {
        interactions: vec![pair("a", "b")].into(),
        saturation: Saturation::Log1p,
        ..FeatureSettings::default()
    };
    let text = toml::to_string(&settings).unwrap();
    assert_eq!(toml::from_str::<FeatureSettings>(&text).unwrap(), settings);
    assert!(text.contains("decay = \"cross_validated\""), "{text}");
    assert_eq!(
        toml::from_str::<FeatureSettings>("").unwrap(),
        FeatureSettings::default()
    );
    assert_eq!(settings.decay_candidates(), [0.0, 0.2, 0.4, 0.6, 0.8]);

    let fixed: FeatureSettings = toml::from_str("adstock.decay = 0").unwrap();
    assert_eq!(fixed.adstock.decay, Decay::Fixed(0.0));
    assert_eq!(fixed.decay_candidates(), [0.0]);
    let json = serde_json::to_string(&fixed).unwrap();
    assert_eq!(
        serde_json::from_str::<FeatureSettings>(&json).unwrap(),
        fixed
    );
    let listed: FeatureSettings =
        toml::from_str("holidays = [\"easter\", \"singles_day\"]").unwrap();
    assert_eq!(listed.holidays, [Holiday::Easter, Holiday::SinglesDay]);
}

#[test]
fn every_holiday_is_written_as_its_column_is_called() {
    for holiday in Holiday::ALL {
        let written = serde_json::to_value(holiday).unwrap();
        assert_eq!(written, holiday.name());
    }
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    let unknown = toml::from_str::<FeatureSettings>("trends = true").unwrap_err();
    assert!(
        unknown.message().contains("unknown field `trends`"),
        "{unknown}"
    );
    let word = toml::from_str::<FeatureSettings>("adstock.decay = \"auto\"").unwrap_err();
    let expected = "expected \"cross_validated\" or a number in [0, 1)";
    assert!(word.message().contains(expected), "{word}");

    let data = small();
    for (text, expected) in [
        (
            "adstock.decay = 1.0",
            "the adstock decay 1 is not in [0, 1)",
        ),
        (
            "adstock.decay = nan",
            "the adstock decay NaN is not in [0, 1)",
        ),
        (
            "adstock.grid = [0, -0.2]",
            "the adstock decay -0.2 is not in [0, 1)",
        ),
        (
            "adstock.grid = []",
            "features.adstock.grid is empty, so there is no decay to choose",
        ),
        ("fourier_pairs = 27", "features.fourier_pairs is 27"),
        (
            "holidays = [\"easter\", \"easter\"]",
            "two features would be called easter",
        ),
    ] {
        let settings: FeatureSettings = toml::from_str(text).unwrap();
        assert_eq!(settings.validate(&data).unwrap_err().to_string(), expected);
    }
    let clash = dataset(&[
        ("facebook", Role::Exposure, vec![1.0, 2.0]),
        ("google", Role::Mediator, vec![1.0, 2.0]),
        ("trend", Role::Control, vec![1.0, 2.0]),
        ("revenue", Role::Outcome, vec![1.0, 2.0]),
    ]);
    let message = FeatureSettings::default()
        .validate(&clash)
        .unwrap_err()
        .to_string();
    assert_eq!(message, "two features would be called trend");
}

// ---- single channels, lags, winsorising ---------------------------------------------------

#[test]
fn a_channel_keeps_its_own_kernel_and_saturation_in_both_stages() {
    let data = small();
    let kernel = Kernel::Delayed {
        decay: 0.5,
        peak: 1.0,
        lags: 3,
    };
    let settings: FeatureSettings = toml::from_str(
        "[channels.tiktok]\nadstock = { delayed = { decay = 0.5, peak = 1.0, lags = 3 } }\n\
         saturation = { michaelis_menten = { half_saturation = 1.0 } }",
    )
    .unwrap();
    let (features, _) = settings.fit(&data, 0..20).unwrap();
    let path = ExposurePath::observed(&data);
    let mut expected = kernel.apply(data.column("tiktok"));
    Saturation::MichaelisMenten {
        half_saturation: 1.0,
    }
    .learn(data.column("tiktok"))
    .apply(&mut expected);
    let [stage1, stage2] = [
        features.mediator_design(&path, 0.6),
        features.outcome_design(&path, 0.6, MediatorColumns::None),
    ];
    assert_eq!(values(&stage1, "tiktok"), expected);
    assert_eq!(values(&stage2, "tiktok"), expected);
    assert_eq!(
        values(&stage1, "facebook"),
        adstock(data.column("facebook"), 0.6)
    );
    let described = serde_json::to_value(features.describe(&0.6.into(), false)).unwrap();
    assert_eq!(
        described,
        serde_json::json!({
            "adstock_decay": 0.6,
            "channels": { "tiktok": {
                "adstock": { "delayed": { "decay": 0.5, "peak": 1.0, "lags": 3 } },
                "saturation": { "michaelis_menten": { "half_saturation": 1.0 } },
            } },
        })
    );
    assert_eq!(features.kernel("tiktok", &0.6.into()), Some(kernel));
    assert_eq!(features.kernel("facebook", &0.6.into()), Some(0.6.into()));
}

#[test]
fn lags_look_back_only_and_say_what_stands_before_the_file() {
    let data = small();
    let settings = FeatureSettings {
        lags: [("email", vec![2]), ("price", vec![1]), ("tiktok", vec![1])]
            .map(|(name, weeks)| (name.to_string(), weeks))
            .into_iter()
            .collect(),
        ..bare()
    };
    let (features, findings) = settings.fit(&data, 0..20).unwrap();
    let path = ExposurePath::observed(&data);
    let [stage1, stage2] = [
        features.mediator_design(&path, 0.0),
        features.outcome_design(&path, 0.0, MediatorColumns::None),
    ];
    for design in [&stage1, &stage2] {
        let email = values(design, "email, 2 weeks before");
        assert_eq!(email[..2], [0.0, 0.0]);
        assert_eq!(email[2..], data.column("email")[..18]);
        let price = values(design, "price, 1 week before");
        assert_eq!(price[..2], [30.0, 30.0]);
        let tiktok = values(design, "tiktok, 1 week before");
        assert_eq!(tiktok[0], 0.0);
        assert_eq!(tiktok[1..], data.column("tiktok")[..19]);
    }
    let lag = stage2.column("tiktok, 1 week before").unwrap();
    assert_eq!(
        (lag.purpose, lag.monotone),
        (Purpose::Causal, Monotone::Increasing)
    );
    // what is not spent is not felt a week later either
    let off = features.mediator_design(&path.without("tiktok"), 0.0);
    assert_eq!(values(&off, "tiktok, 1 week before"), [0.0; 20]);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].id, "features.lag_history");
    assert_eq!(evidence(&findings, "zero"), ["email", "tiktok"]);
    assert_eq!(evidence(&findings, "first_value"), ["price"]);
}

#[test]
fn winsorising_holds_later_weeks_at_the_limit_of_the_training_weeks() {
    let mut spend: Vec<f64> = (1..=20).map(f64::from).collect();
    spend[19] = 1_000.0;
    let data = dataset(&[
        ("facebook", Role::Exposure, spend.clone()),
        ("google", Role::Mediator, spend.clone()),
        ("email", Role::Lever, spend.clone()),
        ("revenue", Role::Outcome, spend),
    ]);
    let settings = FeatureSettings {
        winsorise: Some(toml::from_str("upper = 0.9\ncolumns = { email = 0.5 }").unwrap()),
        ..bare()
    };
    let (features, findings) = settings.fit(&data, 0..11).unwrap();
    let design = features.mediator_design(&ExposurePath::observed(&data), 0.0);
    // type-7 quantiles of 1..11: 10 at 0.9, 6 at 0.5
    let held = |limit: f64| -> Vec<f64> { (1..=20).map(|x| f64::from(x).min(limit)).collect() };
    assert_eq!(values(&design, "facebook"), held(10.0));
    assert_eq!(values(&design, "email"), held(6.0));
    let [finding] = &findings[..] else {
        panic!("{findings:?}");
    };
    assert_eq!(
        (finding.id.as_str(), finding.status),
        ("features.winsorised", Status::Warning)
    );
    assert_eq!(
        finding.evidence["email"],
        serde_json::json!({ "limit": 6.0, "weeks": 5 })
    );
    assert!(
        finding.summary.contains("facebook at 10 in 1 week,"),
        "{}",
        finding.summary
    );
}

// ---- the seed recipe ---------------------------------------------------------------------

fn seed() -> FeatureSettings {
    FeatureSettings {
        recipe: Recipe::Seed,
        ..FeatureSettings::default()
    }
}

/// The assignment's file with Instagram ignored, in file order.
fn assignment() -> Option<Dataset> {
    let file = shared("assignment/mmm_weekly_iso.csv")?;
    let mut reader = csv::Reader::from_path(file).unwrap();
    let header: Vec<String> = reader.headers().unwrap().iter().map(String::from).collect();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let mut columns = Vec::new();
    for (i, name) in header.iter().enumerate().skip(1) {
        let role = match name.as_str() {
            "facebook_spend" | "tiktok_spend" | "snapchat_spend" => Role::Exposure,
            "google_spend" => Role::Mediator,
            "instagram_spend" => Role::Ignore,
            "emails_send" | "sms_send" => Role::Lever,
            "revenue" => Role::Outcome,
            _ => Role::Control,
        };
        let series = rows.iter().map(|row| row[i].parse().unwrap()).collect();
        columns.push((name.as_str(), role, series));
    }
    Some(dataset(&columns))
}

#[test]
fn the_seed_recipe_reproduces_the_features_of_the_script() {
    let Some(data) = assignment() else { return };
    let (features, findings) = seed().fit(&data, 0..104).unwrap();
    assert_eq!(findings, []);
    let path = ExposurePath::observed(&data);
    let stage1 = features.mediator_design(&path, 0.0);
    assert_eq!(
        names(&stage1),
        [
            "log1p(facebook_spend)",
            "log1p(tiktok_spend)",
            "log1p(snapchat_spend)",
            "sum of log1p",
            "log1p(facebook_spend) x log1p(tiktok_spend)",
            "ewm(facebook_spend)",
            "ewm(tiktok_spend)",
            "ewm(snapchat_spend)"
        ]
    );
    // rows of `x1` in shared/peers/two_stage.py: pandas 3.1.1, numpy 2.4.6
    for (t, row) in [
        (
            0,
            [
                8.704800752639429,
                8.00443904257395,
                7.698809265193673,
                24.408049060407052,
                69.67704700225414,
                6030.8,
                2993.22,
                2204.72,
            ],
        ),
        (
            50,
            [
                7.807078879738546,
                0.0,
                0.0,
                7.807078879738546,
                0.0,
                4438.970828902694,
                589.2319234294206,
                438.4351112306939,
            ],
        ),
        (
            103,
            [
                8.47564801879906,
                0.0,
                0.0,
                8.47564801879906,
                0.0,
                4997.141248142784,
                577.5165306765689,
                693.4086127052004,
            ],
        ),
    ] {
        for (column, expected) in stage1.columns().iter().zip(row) {
            // log1p may round another way; the mean rounds up to three times a week
            assert_close(
                column.values[t],
                expected,
                300.0 * f64::EPSILON * expected.abs(),
            );
        }
    }

    let mediator = MediatorColumns::Predicted(data.mediator());
    let stage2 = features.outcome_design(&path, 0.0, mediator);
    assert_eq!(
        names(&stage2),
        [
            "emails_send",
            "sms_send",
            "average_price",
            "social_followers",
            "promotions",
            "google_spend (predicted)"
        ]
    );
    let row: Vec<f64> = stage2
        .columns()
        .iter()
        .map(|column| column.values[50])
        .collect();
    assert_eq!(row[..5], [166198.0, 21775.0, 94.18, 79696.0, 0.0]);
    for column in stage1.columns().iter().chain(stage2.columns()) {
        assert_eq!(
            (column.purpose, column.monotone),
            (Purpose::Control, Monotone::Free)
        );
    }
    assert_eq!(seed().decay_candidates(), [0.0]);
}

#[test]
fn the_seed_recipe_says_which_exposures_it_needs() {
    let data = small();
    let message = seed().validate(&data).unwrap_err().to_string();
    assert_eq!(
        message,
        "the seed recipe needs exactly three exposures, whose names start with facebook, tiktok \
         and snapchat; found facebook, tiktok"
    );
    let series = || vec![1.0, 2.0, -3.0];
    let three = |snapchat| {
        dataset(&[
            ("facebook", Role::Exposure, series()),
            ("tiktok", Role::Exposure, series()),
            (snapchat, Role::Exposure, series()),
            ("google", Role::Mediator, series()),
            ("revenue", Role::Outcome, series()),
        ])
    };
    let direct = seed()
        .validate(&three("snapchat*"))
        .unwrap_err()
        .to_string();
    assert_eq!(
        direct,
        "the seed recipe has no direct path, but one is drawn for snapchat"
    );
    let negative = seed()
        .fit(&three("snapchat"), 0..3)
        .unwrap_err()
        .to_string();
    assert!(
        negative.contains("facebook is -3 in week 2023-01-16"),
        "{negative}"
    );
    assert!(seed().fit(&three("snapchat"), 0..2).is_ok());
    let flagged = FeatureSettings {
        zero_flags: true,
        ..seed()
    };
    let message = flagged
        .validate(&three("snapchat"))
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("the seed recipe has its own features"),
        "{message}"
    );
}
