//! Seasonal decomposition against statsmodels and the netlib STL, and its one-sided use.
#![allow(clippy::unwrap_used)] // a test may panic

use headwater::features::stl::{StlSettings, decompose};

use crate::common::{assert_close, shared};

/// Monthly CO2 at Mauna Loa, 348 values.
fn co2() -> Option<Vec<f64>> {
    let file = shared("reference/stl/stl_co2.csv")?;
    let text = std::fs::read_to_string(file).unwrap();
    Some(
        text.lines()
            .map(|line| line.trim().parse().unwrap())
            .collect(),
    )
}

#[test]
fn the_netlib_decomposition_is_reproduced_in_every_setting() {
    let (Some(co2), Some(file)) = (co2(), shared("reference/stl/stl_test_results.csv")) else {
        return;
    };
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_path(file)
        .unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let base = StlSettings {
        period: 12,
        seasonal: 35,
        trend: 19,
        low_pass: 13,
        jumps: [4, 2, 2],
        inner: 1,
        outer: 2,
    };
    for (scenario, settings, months) in [
        ("baseline", base, 348),
        ("short", base, 347),
        (
            "nljump-1",
            StlSettings {
                jumps: [4, 2, 1],
                ..base
            },
            348,
        ),
        (
            "ntjump-1",
            StlSettings {
                jumps: [4, 1, 2],
                ..base
            },
            348,
        ),
        (
            "nljump-1-ntjump-1",
            StlSettings {
                jumps: [4, 1, 1],
                ..base
            },
            348,
        ),
    ] {
        let stl = decompose(&co2[..months], &settings).unwrap();
        let mut seen = 0;
        for row in rows.iter().filter(|row| &row[0] == scenario) {
            let t: usize = row[1].parse().unwrap();
            let [season, trend]: [f64; 2] = [2, 3].map(|i| row[i].parse().unwrap());
            // sums of a few hundred terms near 350 in double precision
            assert_close(stl.season[t], season, 1e-9);
            assert_close(stl.trend[t], trend, 1e-9);
            seen += 1;
        }
        assert_eq!(seen, months, "{scenario}");
    }
}

/// statsmodels 0.15.0, `STL(co2, period=12, seasonal=35)` and `(..., seasonal=7, robust=True)` on
/// the same file: trend and season of observations 0, 100 and 347.
#[test]
fn the_defaults_are_those_of_statsmodels() {
    let Some(co2) = co2() else { return };
    let at = [0, 100, 347];
    for (settings, trend, season) in [
        (
            StlSettings::new(12).with_seasonal(35),
            [315.55228970204394, 321.7553340735261, 349.72021376636553],
            [
                -0.11911360453651242,
                2.8092752524796527,
                -0.9644001483814606,
            ],
        ),
        (
            StlSettings::new(12).robust(),
            [315.68521434244843, 321.7962236184564, 349.4459140488054],
            [-0.12314286580391691, 2.744917288551068, -0.8101687521033832],
        ),
    ] {
        let stl = decompose(&co2, &settings).unwrap();
        for (i, t) in at.into_iter().enumerate() {
            assert_close(stl.trend[t], trend[i], 1e-8);
            assert_close(stl.season[t], season[i], 1e-8);
        }
    }
}

#[test]
fn what_is_taken_apart_adds_up_and_robust_weights_leave_an_outlier_to_the_remainder() {
    let series: Vec<f64> = (0..120)
        .map(|t| 50.0 + 0.5 * f64::from(t) + 10.0 * f64::from(t % 12))
        .collect();
    let mut spoiled = series.clone();
    spoiled[60] += 1_000.0;
    let settings = StlSettings::new(12);
    let clean = decompose(&series, &settings).unwrap();
    let robust = decompose(&spoiled, &settings.robust()).unwrap();
    for (t, value) in spoiled.iter().enumerate() {
        let sum = robust.trend[t] + robust.season[t] + robust.remainder[t];
        assert_close(sum, *value, 1e-9);
        // a line and a fixed season are loess's own family: nothing is left
        assert_close(clean.remainder[t], 0.0, 1e-8);
    }
    assert_close(robust.remainder[60], 1_000.0, 1.0);
}

#[test]
fn later_weeks_change_no_extension_of_earlier_ones() {
    let series: Vec<f64> = (0..208)
        .map(|t| (f64::from(t) * 0.7).sin() * 20.0 + f64::from(t % 52) + f64::from(t) * 0.1)
        .collect();
    let settings = StlSettings::new(52);
    let expected = decompose(&series[..150], &settings).unwrap().extend(58);
    let mut poisoned = series.clone();
    poisoned[150..].fill(1e9);
    let actual = decompose(&poisoned[..150], &settings).unwrap().extend(58);
    assert_eq!(expected, actual);
    // appended weeks would move a two-sided decomposition
    let two_sided = decompose(&series, &settings).unwrap();
    let one_sided = decompose(&series[..150], &settings).unwrap();
    assert_ne!(two_sided.trend[149], one_sided.trend[149]);
}

#[test]
fn an_exact_line_and_season_are_continued_exactly() {
    let value = |t: i32| 3.0 * f64::from(t) + 7.0 * f64::from(t % 13);
    let series: Vec<f64> = (0..65).map(value).collect();
    let next = decompose(&series, &StlSettings::new(13))
        .unwrap()
        .extend(30);
    for (ahead, forecast) in next.into_iter().enumerate() {
        assert_close(forecast, value(65 + ahead as i32), 1e-8);
    }
}

#[test]
fn too_few_weeks_missing_values_and_even_smoothers_are_refused() {
    let series: Vec<f64> = (0..103).map(f64::from).collect();
    let yearly = StlSettings::new(52);
    let message = |series: &[f64], settings| decompose(series, &settings).unwrap_err().to_string();
    assert_eq!(
        message(&series, yearly),
        "a seasonal decomposition with a cycle of 52 needs 104 observations; there are 103"
    );
    let mut missing = vec![1.0; 104];
    missing[7] = f64::NAN;
    assert!(message(&missing, yearly).contains("observation 8"));
    let even = StlSettings {
        seasonal: 8,
        ..yearly
    };
    assert!(message(&[1.0; 104], even).contains("must be odd"));
    assert!(message(&[], StlSettings::new(1)).contains("no cycle"));
    let constant = decompose(&[5.0; 104], &yearly).unwrap().extend(3);
    for value in constant {
        assert_close(value, 5.0, 1e-12);
    }
}
