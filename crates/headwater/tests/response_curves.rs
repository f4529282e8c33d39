//! Response curves against the effects of the fit, against arithmetic, and what they must not claim.
#![allow(clippy::unwrap_used)] // a test may panic

use headwater::analysis::{Advisor, Settings, run};
use headwater::data::Dataset;
use headwater::decisions::response_curve::{CurvePoint, Place, ResponseCurve};
use headwater::decisions::{CurveQuestion, ResponseCurves};
use headwater::estimate::Estimate;
use headwater::features::Saturation;
use headwater::features::adstock::Decay;
use headwater::finding::Status;
use headwater::progress::Silent;
use headwater::simulate::{MarketSettings, simulate};

use crate::common::{self, assert_close, assert_page, settings_with, with_direct};

fn market() -> Dataset {
    simulate(&MarketSettings::default()).unwrap().dataset
}

fn asked(data: &Dataset, settings: &Settings, question: &CurveQuestion) -> ResponseCurves {
    let advisor = Advisor::new(data, settings, &Silent).unwrap();
    advisor.response_curves(question).unwrap()
}

fn now(curve: &ResponseCurve) -> &CurvePoint {
    curve
        .points
        .iter()
        .find(|point| point.scale == 1.0)
        .unwrap()
}

/// Point and interval within 1e-9 of the size of the numbers, or missing in both.
#[track_caller]
fn assert_same(one: &Estimate, other: &Estimate) {
    let pairs = [
        (one.point, other.point),
        (one.lower, other.lower),
        (one.upper, other.upper),
    ];
    for pair in pairs {
        match pair {
            (Some(one), Some(other)) => assert_close(one, other, 1e-9 * other.abs().max(1.0)),
            pair => assert_eq!(pair, (None, None), "{one:?} {other:?}"),
        }
    }
}

#[test]
fn at_the_spend_as_it_was_a_curve_is_the_effect_of_the_fit() {
    for (estimator, link) in [
        ("ols", "identity"),
        ("ridge", "log"),
        ("boosting", "identity"),
    ] {
        let mut settings = settings_with(estimator);
        settings.bootstrap.replicates = Some(40);
        settings.validation.placebos = 0;
        settings.mediation.link = serde_json::from_value(link.into()).unwrap();
        let data = with_direct(&market(), "instagram_spend");
        let fit = run(&data, Vec::new(), &settings, &Silent).unwrap();
        let question = CurveQuestion {
            points: 4,
            ..CurveQuestion::default()
        };
        let curves = asked(&data, &settings, &question);
        for (curve, effect) in curves.channels.iter().zip(&fit.analysis.effects) {
            let now = now(curve);
            assert_eq!(curve.channel, effect.channel);
            assert_same(&now.total, &effect.total);
            assert_same(&now.direct, &effect.direct);
            assert_same(&now.through, &effect.indirect);
            assert_same(&now.induced, &effect.induced_mediator_spend);
            assert_same(&now.gross, &effect.roas.gross);
            assert_same(&now.loaded, &effect.roas.loaded);
            assert_same(&now.marginal, &effect.roas.marginal);
        }
    }
}

#[test]
fn gross_is_loaded_times_what_a_unit_costs_in_the_end() {
    let mut settings = settings_with("ridge");
    settings.bootstrap.replicates = Some(40);
    settings.features.saturation = Saturation::Log1p;
    let curves = asked(
        &with_direct(&market(), "facebook_spend"),
        &settings,
        &CurveQuestion::default(),
    );
    for curve in &curves.channels {
        let now = now(curve);
        let (kappa, cost) = (
            &curve.amplification.induced_rate,
            &curve.amplification.spend,
        );
        assert_close(cost.point.unwrap(), 1.0 + kappa.point.unwrap(), 1e-15);
        let product = now.loaded.point.unwrap() * cost.point.unwrap();
        assert_close(now.gross.point.unwrap(), product, 1e-12);
        let why = curve.amplification.search.why.as_deref();
        if curve.channel != "facebook_spend" {
            assert!(why.unwrap().contains("by assumption"), "{why:?}");
        }
    }
    let facebook = &curves.channels[0];
    if let Some(search) = facebook.amplification.search.point {
        // TE / PNDE = 1 + TNIE / PNDE
        let (through, direct) = (
            now(facebook).through.point.unwrap(),
            now(facebook).direct.point.unwrap(),
        );
        assert_close(search, 1.0 + through / direct, 1e-9);
    }
}

#[test]
fn a_logarithm_gives_the_curve_that_arithmetic_gives() {
    let data = market();
    let mut settings = settings_with("ols");
    settings.bootstrap.replicates = Some(0);
    settings.features.saturation = Saturation::Log1p;
    settings.features.adstock.decay = Decay::Fixed(0.0);
    let question = CurveQuestion {
        points: 201,
        most: 10.0,
        ..CurveQuestion::default()
    };
    let curves = asked(&data, &settings, &question);
    for curve in &curves.channels {
        let spend = data.column(&curve.channel);
        let active: Vec<f64> = spend.iter().copied().filter(|x| *x > 0.0).collect();
        let k = active.iter().sum::<f64>() / active.len() as f64;
        let response = |s: f64| spend.iter().map(|x| (s * x / k).ln_1p()).sum::<f64>();
        let slope = |s: f64| spend.iter().map(|x| x / (k + s * x)).sum::<f64>();
        let unit = now(curve).total.point.unwrap() / response(1.0);
        for point in &curve.points {
            // sums of 104 weeks of revenue of 1e5
            assert_close(
                point.total.point.unwrap(),
                unit * response(point.scale),
                1e-9 * 1e7,
            );
            let Some(marginal) = point.marginal.point.filter(|_| point.scale >= 0.05) else {
                continue;
            };
            // a central difference of step h is off by h^2 / 6 of the third derivative, here at most
            // 2 / s^3 times the slope's x / (k + s x), so by h^2 / (3 s^2)
            let error = 0.01f64.powi(2) / (3.0 * point.scale.powi(2)) + 1e-9;
            let expected = unit * slope(point.scale) / curve.spend;
            assert_close(marginal, expected, error * expected.abs());
        }
        let elasticity = slope(1.0) / response(1.0);
        assert_close(curve.elasticity.point.unwrap(), elasticity, 1e-4);
    }
}

#[test]
fn break_even_lies_where_the_loaded_return_of_the_next_unit_passes_its_bound() {
    // spend that was varied from nothing to far beyond k, so that the bound is within what was seen
    let data = common::altered(
        &market(),
        |_| (),
        |name, t, value| match name {
            "facebook_spend" => 20_000.0 * ((t * 37 % 104) as f64 / 104.0).powi(3),
            _ => value,
        },
    )
    .unwrap();
    let k = 2_000.0;
    let extra = |t: usize| 4_000.0 * (data.column("facebook_spend")[t] / k).ln_1p();
    let data = common::altered(
        &data,
        |_| (),
        |name, t, value| match name {
            "google_spend" => value + extra(t),
            "revenue" => value + 3.0 * extra(t),
            _ => value,
        },
    )
    .unwrap();
    let mut settings = settings_with("ols");
    settings.bootstrap.replicates = Some(40);
    settings.features.saturation = Saturation::Log1p;
    settings.features.adstock.decay = Decay::Fixed(0.0);
    let ask = |margin| {
        let question = CurveQuestion {
            channel: Some("facebook_spend".into()),
            margin: Some(margin),
            points: 61,
            most: 1.5,
        };
        asked(&data, &settings, &question).channels.remove(0)
    };
    let curve = ask(0.4);
    let figures: Vec<(f64, f64)> = curve
        .points
        .iter()
        .filter(|point| point.seen)
        .map(|point| (point.spend, point.marginal_loaded.point.unwrap()))
        .collect();
    // a bound between the ends of the range seen
    let middle = (figures[5].1 + figures[6].1) / 2.0;
    assert!(middle > 1.0, "{figures:?}");
    let crossing = ask(1.0 / middle).break_even.unwrap();
    assert_eq!(crossing.place, Some(Place::Crosses));
    let spend = crossing.spend.point.unwrap();
    assert!(
        figures[5].0 < spend && spend < figures[6].0,
        "{spend} {figures:?}"
    );
    // halfway in the figure is halfway in the spend: linear between points
    assert_close(spend, (figures[5].0 + figures[6].0) / 2.0, 1e-6 * spend);
    assert!(crossing.spend.interval().is_some());
}

#[test]
fn a_hill_curve_with_slope_one_is_half_saturated_at_its_half_saturation_spend() {
    // on and off at one level x, so that the scale of the model is x and z / (h + z) has elasticity
    // h / (h + s) at s times the spend: one half at s = h
    let data = common::altered(
        &market(),
        |_| (),
        |name, t, value| match name {
            "facebook_spend" => 3_000.0 * f64::from(u8::from(t * 37 % 104 < 52)),
            _ => value,
        },
    )
    .unwrap();
    let mut settings = settings_with("ols");
    settings.bootstrap.replicates = Some(40);
    settings.features.saturation = Saturation::MichaelisMenten {
        half_saturation: 0.8,
    };
    settings.features.adstock.decay = Decay::Fixed(0.0);
    let question = CurveQuestion {
        points: 61,
        ..CurveQuestion::default()
    };
    let curves = asked(&data, &settings, &question);
    let half = &curves.channels[0].half_saturation;
    assert_eq!(half.place, Some(Place::Crosses));
    // a central difference of 1% at s = 0.8 is off by 0.01^2 / 1.6^2 of the slope, a chord over a
    // step of 0.025 by at most 0.025^2 / 8 of the curvature 2 h / (h + s)^3 = 0.4
    let spend = 0.8 * curves.channels[0].spend;
    assert_close(half.spend.point.unwrap(), spend, 2e-4 * spend);
    // the shape was set, so no replicate can find another place
    let interval = half.spend.interval().unwrap();
    assert_close(interval.upper, interval.lower, 1e-6 * spend);
}

#[test]
fn a_linear_model_has_no_saturation_and_one_return() {
    let mut settings = settings_with("ridge");
    settings.bootstrap.replicates = Some(40);
    let data = market();
    let question = CurveQuestion {
        margin: Some(0.01),
        ..CurveQuestion::default()
    };
    let curves = asked(&data, &settings, &question);
    for curve in &curves.channels {
        assert!(curve.linear_by_assumption);
        assert!(
            curve
                .half_saturation
                .spend
                .why
                .as_deref()
                .unwrap()
                .contains("by assumption")
        );
        // rounding of sums of 1e7 over a difference of 2% of 1e5
        assert_close(curve.elasticity.point.unwrap(), 1.0, 1e-9);
        // no return of 100 anywhere
        let crossing = curve.break_even.as_ref().unwrap();
        assert_eq!(
            (crossing.place, crossing.starts_below),
            (Some(Place::StartsBelow), Some(1.0))
        );
        let (least, most) = curve.seen;
        assert!(least <= 1.0 && most >= 1.0);
    }
    let status = |id: &str| {
        curves
            .findings
            .iter()
            .find(|finding| finding.id == id)
            .unwrap()
            .status
    };
    assert_eq!(status("decisions.saturation"), Status::NotAssessed);
    assert_eq!(status("decisions.curve_support"), Status::Warning);
    assert_page("decisions.saturation");
    assert_page("decisions.curve_support");
}

#[test]
fn trees_have_no_point_at_which_their_steps_pass_a_bound() {
    let mut settings = settings_with("boosting");
    settings.bootstrap.replicates = Some(40);
    let question = CurveQuestion {
        margin: Some(0.4),
        points: 5,
        ..CurveQuestion::default()
    };
    for curve in asked(&market(), &settings, &question).channels {
        assert!(!curve.linear_by_assumption);
        let why = curve.break_even.unwrap().spend.why.unwrap();
        assert!(why.contains("steps"), "{why}");
    }
}

#[test]
fn what_cannot_be_drawn_is_refused_with_a_remedy() {
    let mut settings = settings_with("ridge");
    settings.bootstrap.replicates = Some(0);
    let advisor = Advisor::new(&market(), &settings, &Silent).unwrap();
    let sound = CurveQuestion::default();
    let channel = Some("myspace_spend".to_string());
    for (question, said) in [
        (
            CurveQuestion {
                channel,
                ..sound.clone()
            },
            "there is no exposure myspace_spend",
        ),
        (
            CurveQuestion {
                margin: Some(1.4),
                ..sound.clone()
            },
            "the margin 1.4",
        ),
        (
            CurveQuestion {
                margin: Some(f64::NAN),
                ..sound.clone()
            },
            "the margin NaN",
        ),
        (
            CurveQuestion {
                points: 1,
                ..sound.clone()
            },
            "1 points make no curve",
        ),
        (
            CurveQuestion {
                most: 0.5,
                ..sound.clone()
            },
            "0.5 times the spend",
        ),
    ] {
        let error = advisor.response_curves(&question).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}
