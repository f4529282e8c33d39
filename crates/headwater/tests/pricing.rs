//! Prices and promotions against arithmetic, closed forms and known truth.
#![allow(clippy::unwrap_used)] // a test may panic

use std::sync::Arc;

use headwater::analysis::{Advisor, Settings};
use headwater::data::Dataset;
use headwater::data::role::{Role, Variable};
use headwater::decisions::pricing::{Cost, arc, price_band};
use headwater::decisions::{Pricing, PricingQuestion};
use headwater::design::Design;
use headwater::estimate::Estimate;
use headwater::estimators::Predictor;
use headwater::finding::{Finding, Status};
use headwater::mediation::{FittedMediation, Link, Prepared};
use headwater::numeric::least_squares::least_squares;
use headwater::progress::Silent;
use headwater::simulate::{MarketSettings, simulate};
use rayon::prelude::*;

use crate::common::{altered, assert_close, assert_page, settings_with};

fn market() -> Dataset {
    simulate(&MarketSettings::default()).unwrap().dataset
}

fn settings(estimator: &str, replicates: usize) -> Settings {
    let mut settings = settings_with(estimator);
    settings.bootstrap.replicates = Some(replicates);
    settings
}

fn ask(data: &Dataset, settings: &Settings) -> Pricing {
    let advisor = Advisor::new(data, settings, &Silent).unwrap();
    advisor.pricing(&PricingQuestion::default()).unwrap()
}

fn refusal(data: &Dataset, question: &PricingQuestion) -> String {
    let advisor = Advisor::new(data, &settings("ridge", 0), &Silent).unwrap();
    advisor.pricing(question).unwrap_err().to_string()
}

#[track_caller]
fn finding<'a>(pricing: &'a Pricing, id: &str) -> &'a Finding {
    let found = pricing.findings.iter().find(|finding| finding.id == id);
    found.unwrap_or_else(|| panic!("there is no finding {id}"))
}

fn fitted(data: &Dataset, settings: &Settings) -> FittedMediation {
    let prepared = Arc::new(Prepared::new(data, &settings.features, 0..data.len()).unwrap());
    let (mediator, outcome) = (&prepared.mediator, &prepared.outcome);
    let ones = vec![1.0; data.len()];
    let model = settings.model();
    model.fit(&prepared, mediator, outcome, &ones).unwrap()
}

fn slope(stage: &(&dyn Predictor, Design), name: &str) -> f64 {
    let terms = stage.0.terms(&stage.1).unwrap();
    let term = terms.iter().find(|term| term.name == name);
    term.unwrap().coefficient.unwrap()
}

/// The slopes of a column in stage 1 and stage 2, and the worth of a unit of the mediator.
fn slopes(data: &Dataset, settings: &Settings, name: &str) -> (f64, f64, f64) {
    let model = fitted(data, settings);
    let (first, second) = (model.mediator_stage(), model.outcome_stage());
    let b = slope(&second, "google_spend (induced)");
    (slope(&first, name), slope(&second, name), b)
}

/// The weeks whose price stays inside the observed range when it moves.
fn kept(data: &Dataset, pricing: &Pricing) -> Vec<usize> {
    let (h, range) = (pricing.elasticity.step, &pricing.prices);
    let prices = data.column(&range.column);
    let inside = |price: f64| range.least <= price && price <= range.most;
    let both = |t: &usize| inside(prices[*t] * (1.0 - h)) && inside(prices[*t] * (1.0 + h));
    (0..data.len()).filter(both).collect()
}

/// Sums of 100 weeks of revenue of 1e5 are rounded at 1e-9; differences of them are divided by 1e5.
const ROUNDING: f64 = 1e-9;

#[test]
fn the_elasticity_of_a_linear_model_is_its_slope_by_the_ratio_of_sums() {
    let (data, settings) = (market(), settings("ols", 0));
    let (a, d, b) = slopes(&data, &settings, "avg_price");
    let pricing = ask(&data, &settings);
    let weeks = kept(&data, &pricing);
    assert_eq!(pricing.elasticity.weeks, weeks.len());
    let sum = |values: &[f64]| weeks.iter().map(|&t| values[t]).sum::<f64>();
    let scale = sum(data.column("avg_price")) / sum(data.outcome());
    let elasticity = &pricing.elasticity;
    let near = |estimate: &Estimate, expected: f64| {
        assert_close(estimate.point.unwrap(), expected, ROUNDING);
    };
    near(&elasticity.revenue.direct, d * scale);
    near(&elasticity.revenue.total, (d + b * a) * scale);
    near(&elasticity.demand.direct, d * scale - 1.0);
    near(&elasticity.demand.total, (d + b * a) * scale - 1.0);
}

#[test]
fn under_the_log_link_the_elasticity_is_the_arc_of_what_the_slope_multiplies() {
    let data = market();
    let mut settings = settings("ols", 0);
    settings.mediation.link = Link::Log;
    let (a, d, b) = slopes(&data, &settings, "avg_price");
    let pricing = ask(&data, &settings);
    let h = pricing.elasticity.step;
    let moved = |slope: f64, by: f64| -> f64 {
        let weeks = kept(&data, &pricing).into_iter();
        weeks
            .map(|t| data.outcome()[t] * (slope * by * data.column("avg_price")[t]).exp())
            .sum()
    };
    for (slope, estimate) in [
        (d, &pricing.elasticity.revenue.direct),
        (d + b * a, &pricing.elasticity.revenue.total),
    ] {
        let expected = arc(moved(slope, -h), moved(slope, h), h);
        assert_close(estimate.point.unwrap(), expected, ROUNDING);
        // a semi-log slope times the mean price, to the spread of prices (5%) and the arc (h^2)
        let price = pricing.prices.now;
        assert_close(expected, slope * price, 0.06 * (slope * price).abs());
    }
}

#[test]
fn the_arc_of_a_constant_elasticity_is_its_closed_form() {
    for e in [-3.0, -2.0, -1.0, -0.4, 0.7f64] {
        for h in [0.05, 0.025, 0.01f64] {
            let at = |factor: f64| 7.0 * (60.0 * factor).powf(e);
            let closed = (e * h.atanh()).tanh() / h;
            assert_close(arc(at(1.0 - h), at(1.0 + h), h), closed, 1e-12);
        }
        // the promise of the doc comment: within 0.3% for |e| up to 2 at 5%
        let closed = (e * 0.05f64.atanh()).tanh() / 0.05;
        assert!(e < -2.0 || (closed / e - 1.0).abs() < 0.003, "{e}");
    }
}

#[test]
fn the_curve_of_a_linear_model_is_its_straight_line() {
    let (data, settings) = (market(), settings("ols", 0));
    let (a, d, b) = slopes(&data, &settings, "avg_price");
    let pricing = ask(&data, &settings);
    let curve = pricing.curve.as_ref().unwrap();
    assert!(curve.straight);
    let last = &data.outcome()[data.len() - 52..];
    let level = last.iter().sum::<f64>() / 52.0;
    let now = pricing.prices.now;
    let revenue = |price: f64| level + (d + b * a) * (price - now);
    for point in &curve.points {
        let by = point.price - now;
        // weekly revenue of 1e5 moved by bins that are summed: 10 bins of 1e-9
        let near = |estimate: &Estimate, expected| {
            assert_close(estimate.point.unwrap(), expected, 1e-7);
        };
        near(&point.revenue, revenue(point.price));
        near(&point.direct, d * by);
        near(&point.through, b * a * by);
        near(&point.change, (d + b * a) * by);
        let units = revenue(point.price) / point.price / (revenue(now) / now);
        assert_close(point.demand.point.unwrap(), units, 1e-10);
    }
}

#[test]
fn the_curve_accumulates_the_local_differences_of_a_model_that_bends() {
    let data = market();
    let mut settings = settings("ols", 0);
    settings.mediation.link = Link::Log;
    let (_, d, _) = slopes(&data, &settings, "avg_price");
    let curve = ask(&data, &settings).curve.unwrap();
    let prices = data.column("avg_price");
    // ten bins of 104 weeks by hand: edges are the sorted prices number 11, 21, 32, ... 104
    let mut sorted = prices.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = (1..=10).map(|bin| sorted[(104usize * bin).div_ceil(10) - 1]);
    let edges: Vec<f64> = std::iter::once(sorted[0]).chain(upper).collect();
    let mut effects = vec![0.0];
    for ends in edges.windows(2) {
        let first = ends[0] == sorted[0];
        let inside = |p: f64| p <= ends[1] && (p > ends[0] || first);
        let weeks: Vec<usize> = (0..104).filter(|&t| inside(prices[t])).collect();
        let at = |t: usize, z: f64| data.outcome()[t] * (d * (z - prices[t])).exp();
        let step = weeks.iter().map(|&t| at(t, ends[1]) - at(t, ends[0]));
        effects.push(effects.last().unwrap() + step.sum::<f64>() / weeks.len() as f64);
    }
    let effect = |price: f64| {
        let b = edges.iter().position(|edge| *edge >= price).unwrap();
        let share = (price - edges[b - 1]) / (edges[b] - edges[b - 1]);
        effects[b - 1] + share * (effects[b] - effects[b - 1])
    };
    assert_eq!(curve.bins, 10);
    assert!(!curve.straight);
    let now = prices[52..].iter().sum::<f64>() / 52.0;
    for point in &curve.points {
        let expected = effect(point.price) - effect(now);
        assert_close(point.direct.point.unwrap(), expected, 1e-6);
    }
}

fn grid(from: f64, to: f64, steps: usize) -> Vec<f64> {
    let step = (to - from) / steps as f64;
    (0..=steps).map(|i| from + i as f64 * step).collect()
}

#[test]
fn the_band_holds_the_closed_form_optimum_with_its_closed_form_width() {
    let (prices, step) = (grid(20.0, 100.0, 1600), 0.05);
    let curve = |value: &dyn Fn(f64) -> f64| prices.iter().map(|p| value(*p)).collect::<Vec<_>>();
    // linear demand Q = 120 - P at cost 20: best at (120 + 20) / 2; profit 50^2 - (P - 70)^2 is
    // within 1% of its best within 50 / 10
    let profit = curve(&|p| (p - 20.0) * (120.0 - p));
    let band = price_band(&prices, &[profit]).band.unwrap();
    assert_close(band.lower, 65.0, step);
    assert_close(band.upper, 75.0, step);
    // revenue is largest where the elasticity of demand is -1: P = 60
    let revenue = curve(&|p| p * (120.0 - p));
    let band = price_band(&prices, &[revenue]).band.unwrap();
    assert_close((band.lower + band.upper) / 2.0, 60.0, step);
    // constant elasticity e: best at c e / (1 + e), so 2c for -2 and 1.5c for -3
    for (e, cost, best) in [(-2.0, 30.0, 60.0), (-3.0, 40.0, 60.0f64)] {
        let profit = |p: f64| (p - cost) * p.powf(e);
        let found = price_band(&prices, &[curve(&profit)]);
        let band = found.band.unwrap();
        assert!(band.contains(best), "{e}: {band:?}");
        assert_eq!((found.best_at_lowest, found.best_at_highest), (0.0, 0.0));
        for end in [band.lower, band.upper] {
            // profit is flat to 1% at the ends, and falls by less than 0.05% in a step there
            assert_close(profit(end) / profit(best), 0.99, 5e-4);
        }
    }
}

#[test]
fn without_an_optimum_inside_the_band_says_at_which_edge() {
    let prices = grid(20.0, 100.0, 80);
    for e in [-0.5, -1.0f64] {
        let profit = prices.iter().map(|p| (p - 30.0) * p.powf(e)).collect();
        let found = price_band(&prices, &[profit]);
        assert_eq!(found.band, None);
        assert_eq!((found.best_at_lowest, found.best_at_highest), (0.0, 1.0));
        let why = found.why.unwrap();
        assert_eq!(why, "not identified inside the observed range");
    }
    let falling = prices.iter().map(|p| 1.0 / p).collect();
    assert_eq!(price_band(&prices, &[falling]).best_at_lowest, 1.0);
}

#[test]
fn a_fifth_of_the_replicates_may_peak_at_an_edge_and_half_must_agree() {
    let prices = grid(0.0, 10.0, 10);
    let peaked = |at: f64| -> Vec<f64> {
        let value = |p: &f64| 100.0 - 4.0 * (p - at).powi(2);
        prices.iter().map(value).collect()
    };
    let with = |inside: usize, edge: usize| {
        let mut curves = vec![peaked(4.0); inside];
        curves.extend(vec![peaked(12.0); edge]);
        price_band(&prices, &curves)
    };
    let band = with(80, 20).band.unwrap();
    assert_eq!((band.lower, band.upper), (4.0, 4.0));
    assert_eq!(with(79, 21).band, None);
    // three peaks, none of them near another in half of the replicates
    let apart: Vec<Vec<f64>> = [2.0, 5.0, 8.0].map(peaked).into();
    let found = price_band(&prices, &apart);
    assert!(found.band.is_none() && found.why.unwrap().contains("half of the replicates"));
    let broken = price_band(&prices, &[vec![f64::NAN; 11]]);
    assert!(broken.band.is_none() && broken.why.unwrap().contains("finite"));
    assert_eq!(price_band(&prices, &[]).band, None);
    // a flat curve is as good everywhere and peaks at no edge
    let flat = price_band(&prices, &[vec![1.0; 11]]).band.unwrap();
    assert_eq!((flat.lower, flat.upper), (0.0, 10.0));
}

#[test]
fn the_lift_of_a_linear_model_is_its_slope_on_every_promotion() {
    let (data, settings) = (market(), settings("ols", 0));
    let (a, d, b) = slopes(&data, &settings, "promotions");
    let lift = ask(&data, &settings).promotion.unwrap();
    let promotions = data.column("promotions");
    let amount: f64 = promotions.iter().sum();
    let revenue = promotions.iter().zip(&**data.outcome());
    let revenue: f64 = revenue.map(|(on, y)| on * y).sum();
    let near = |estimate: &Estimate, expected: f64| {
        assert_close(estimate.point.unwrap(), expected, 1e-7);
    };
    let total = (d + b * a) * amount;
    near(&lift.total, total);
    near(&lift.direct, d * amount);
    near(&lift.through, b * a * amount);
    near(&lift.share_of_baseline, total / (revenue - total));
    assert!(lift.by_price.alike_by_construction);
    assert_eq!(lift.weeks as f64, amount);
}

#[test]
fn a_product_of_price_and_promotion_lets_the_lift_differ_by_price() {
    let data = market();
    let mut settings = settings("ols", 0);
    settings.features.interactions =
        serde_json::from_str(r#"[["avg_price", "promotions"]]"#).unwrap();
    let lift = ask(&data, &settings).promotion.unwrap();
    assert!(!lift.by_price.alike_by_construction);
    let levels = &lift.by_price.levels;
    assert_eq!(levels.len(), 3);
    assert_eq!(
        levels.iter().map(|level| level.weeks).sum::<usize>(),
        lift.weeks
    );
    assert!(levels[0].most < levels[1].least && levels[1].most < levels[2].least);
    let sum = levels
        .iter()
        .map(|level| level.weeks as f64 * level.lift.point.unwrap());
    assert_close(sum.sum(), lift.total.point.unwrap(), 1e-6);
    assert_ne!(levels[0].lift.point, levels[2].lift.point);
}

#[test]
fn lags_of_the_promotion_are_counted_in_its_lift() {
    let data = market();
    let mut settings = settings("ols", 0);
    let lags = [("promotions".to_string(), vec![1, 2])];
    settings.features.lags = lags.into_iter().collect();
    let model = fitted(&data, &settings);
    let (first, second) = (model.mediator_stage(), model.outcome_stage());
    let b = slope(&second, "google_spend (induced)");
    let promotions = data.column("promotions");
    let mut expected = 0.0;
    for (lag, name) in [
        (0, "promotions"),
        (1, "promotions, 1 week before"),
        (2, "promotions, 2 weeks before"),
    ] {
        let worked: f64 = promotions[..data.len() - lag].iter().sum();
        expected += (slope(&second, name) + b * slope(&first, name)) * worked;
    }
    // a file that begins with a promotion would have had it before, too: this one does not
    assert_eq!(promotions[0], 0.0);
    let lift = ask(&data, &settings).promotion.unwrap();
    assert_close(lift.total.point.unwrap(), expected, 1e-6);
    assert!(lift.pull_forward.in_model);
    assert_eq!(lift.pull_forward.net_lift, lift.total);
}

/// A market whose promotions take `lost` from the week after.
fn pulling(seed: u64, lost: f64) -> Dataset {
    let settings = MarketSettings {
        seed,
        weeks: 156,
        ..MarketSettings::default()
    };
    let data = simulate(&settings).unwrap().dataset;
    let promotions = data.column("promotions").clone();
    let before = |t: usize| if t > 0 { promotions[t - 1] } else { 0.0 };
    let change = |name: &str, t: usize, value: f64| match name {
        "revenue" => value - lost * before(t),
        _ => value,
    };
    altered(&data, |_| {}, change).unwrap()
}

#[test]
fn what_is_moved_is_what_adding_the_shifted_promotions_to_stage_2_would_say() {
    let (data, settings) = (pulling(3, 4_000.0), settings("ols", 0));
    let model = fitted(&data, &settings);
    let (_, design) = model.outcome_stage();
    let promotions = data.column("promotions");
    let rows = 4..data.len() - 1;
    let shifts: Vec<Vec<f64>> = [1, 2, 3, 4, -1isize]
        .iter()
        .map(|by| {
            rows.clone()
                .map(|t| promotions[t.wrapping_add_signed(-by)])
                .collect()
        })
        .collect();
    let mut columns: Vec<&[f64]> = design
        .columns()
        .iter()
        .map(|c| &c.values[rows.clone()])
        .collect();
    columns.extend(shifts.iter().map(Vec::as_slice));
    let y = &data.outcome()[rows.clone()];
    let fit = least_squares(&columns, y, &vec![1.0; y.len()], true).unwrap();
    let shifted = &fit.coefficients[design.width()..];
    let amount: f64 = promotions.iter().sum();
    let seen = ask(&data, &settings).promotion.unwrap().pull_forward;
    let after = shifted[..4].iter().sum::<f64>() * amount;
    // two ways to the same slopes of a design whose columns are 1e5 long: 1e-8 of 1e5
    assert_close(seen.after.point.unwrap(), after, 1e-8 * after.abs());
    let before = shifted[4] * amount;
    assert_close(seen.before.point.unwrap(), before, 1e-8 * after.abs());
}

#[test]
fn sales_that_promotions_took_from_the_next_week_are_seen_and_none_where_there_are_none() {
    let markets = 40;
    let seen = |lost: f64| -> (usize, usize) {
        let seen = (0..markets).into_par_iter().map(|seed| {
            let data = pulling(500 + seed, lost);
            let pricing = ask(&data, &settings("ols", 0));
            let after = pricing
                .promotion
                .as_ref()
                .unwrap()
                .pull_forward
                .after
                .clone();
            let amount: f64 = data.column("promotions").iter().sum();
            let warned = finding(&pricing, "decisions.pull_forward").status == Status::Warning;
            let covered = after.interval().unwrap().contains(-lost * amount);
            (usize::from(covered), usize::from(warned))
        });
        seen.reduce(|| (0, 0), |a, b| (a.0 + b.0, a.1 + b.1))
    };
    for lost in [0.0, 20_000.0] {
        let (covered, warned) = seen(lost);
        println!("lost {lost}: covered {covered}, warned {warned} of {markets}");
        // Newey-West intervals of 95% cover 85% or more: 27 or fewer of 40 then have probability 0.005
        assert!(covered >= 28, "{covered}");
        match lost {
            // 2 tests of which each may err in 15%: 20 or more of 40 then have probability 0.007
            0.0 => assert!(warned < 20, "{warned}"),
            // twice the week's lift of search alone: seen in 97% or more, 35 or fewer then have 0.007
            _ => assert!(warned >= 36, "{warned}"),
        }
    }
}

#[test]
fn the_true_elasticity_and_lift_lie_in_their_intervals() {
    // revenue per unit of price: -500 around search, and -60 of Google spend worth 3 each through it
    let (direct, total) = (-500.0, -500.0 - 60.0 * 3.0);
    let promotion = 8_000.0 + 700.0 * 3.0;
    let markets = 40u64;
    let found: Vec<[(f64, bool); 3]> = (0..markets)
        .into_par_iter()
        .map(|seed| {
            let market = MarketSettings {
                seed: 1_000 + seed,
                weeks: 156,
                ..MarketSettings::default()
            };
            let data = simulate(&market).unwrap().dataset;
            let pricing = ask(&data, &settings("ridge", 200));
            let weeks = kept(&data, &pricing);
            let sum = |values: &[f64]| weeks.iter().map(|&t| values[t]).sum::<f64>();
            let scale = sum(data.column("avg_price")) / sum(data.outcome());
            let elasticity = &pricing.elasticity.revenue;
            let lift = pricing.promotion.as_ref().unwrap();
            let truths = [
                (&elasticity.direct, direct * scale),
                (&elasticity.total, total * scale),
                (&lift.total, promotion * lift.weeks as f64),
            ];
            truths.map(|(estimate, truth)| {
                let covered = estimate.interval().unwrap().contains(truth);
                (estimate.point.unwrap() / truth, covered)
            })
        })
        .collect();
    for (i, name) in ["direct", "total", "lift"].iter().enumerate() {
        let ratios: Vec<f64> = found.iter().map(|row| row[i].0).collect();
        let n = markets as f64;
        let mean = ratios.iter().sum::<f64>() / n;
        let spread = ratios.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / (n - 1.0);
        let covered = found.iter().filter(|row| row[i].1).count();
        println!(
            "{name}: {mean:.3} +- {:.3}, covered {covered}",
            (spread / n).sqrt()
        );
        assert!(
            (mean - 1.0).abs() < 3.0 * (spread / n).sqrt(),
            "{name} {mean}"
        );
        // block-bootstrap intervals of 95% cover 85% or more (methods brief, A2): 27 or fewer of 40
        // then have probability 0.005
        assert!(covered >= 28, "{name}: {covered}");
    }
}

#[test]
fn every_estimator_and_link_answers_inside_the_observed_prices() {
    let data = market();
    for estimator in ["ols", "ridge", "lasso", "elastic_net", "boosting"] {
        for link in [Link::Identity, Link::Log] {
            let mut settings = settings(estimator, 40);
            settings.mediation.link = link;
            let advisor = Advisor::new(&data, &settings, &Silent).unwrap();
            let question = PricingQuestion {
                cost: Some(Cost::Margin(0.4)),
                ..PricingQuestion::default()
            };
            let pricing = advisor.pricing(&question).unwrap();
            assert!(pricing.elasticity.demand.total.interval().is_some());
            let curve = pricing.curve.as_ref().unwrap();
            assert_eq!(curve.points[0].price, pricing.prices.least);
            assert_eq!(curve.points.last().unwrap().price, pricing.prices.most);
            for point in &curve.points {
                let parts = point.direct.point.unwrap() + point.through.point.unwrap();
                assert_close(parts, point.change.point.unwrap(), 1e-7);
                assert!(point.profit.interval().is_some());
            }
            let shrunken = pricing.findings.iter().any(|f| f.id == "effects.shrunken");
            assert_eq!(shrunken, estimator == "boosting");
            let json = serde_json::to_string(&pricing).unwrap();
            assert_eq!(serde_json::from_str::<Pricing>(&json).unwrap(), pricing);
            let cost = pricing.unit_cost.unwrap().cost;
            assert_close(cost, 0.6 * pricing.prices.now, 1e-12);
        }
    }
}

#[test]
fn a_penalty_leaves_the_price_alone_when_its_effect_is_asked() {
    let mut ridge = settings("ridge", 0);
    ridge.stages.outcome = serde_json::from_str(r#"{"kind": "ridge", "penalty": 1e9}"#).unwrap();
    let data = market();
    let crushed = slopes(&data, &ridge, "avg_price").1;
    let pricing = ask(&data, &ridge);
    let curve = pricing.curve.as_ref().unwrap();
    let (first, last) = (&curve.points[0], &curve.points[24]);
    let slope =
        (last.direct.point.unwrap() - first.direct.point.unwrap()) / (last.price - first.price);
    assert!(crushed.abs() < 1e-3 * slope.abs(), "{crushed} {slope}");
    assert!(pricing.unpenalised);
    // nothing is claimed where the penalty spares no column, or where there is none
    ridge.stages.mediator = settings("ols", 0).stages.mediator;
    let all = r#"{"kind": "ridge", "penalize_causal": true}"#;
    ridge.stages.outcome = serde_json::from_str(all).unwrap();
    let pricing = ask(&data, &ridge);
    assert!(!pricing.unpenalised);
    assert!(
        pricing
            .findings
            .iter()
            .any(|found| found.id == "effects.shrunken")
    );
    assert!(!ask(&data, &settings("ols", 0)).unpenalised);
}

fn with_price(change: impl Fn(usize, f64) -> f64) -> Dataset {
    let change = |name: &str, t: usize, value: f64| match name {
        "avg_price" => change(t, value),
        _ => value,
    };
    altered(&market(), |_| {}, change).unwrap()
}

#[test]
fn a_price_that_never_moves_is_not_assessed() {
    let data = with_price(|t, _| if t == 50 { 55.0 } else { 60.0 });
    let pricing = ask(&data, &settings("ridge", 40));
    assert_eq!(pricing.curve, None);
    assert_eq!(pricing.elasticity.demand.total.point, None);
    let found = finding(&pricing, "decisions.price_variation");
    assert_eq!(found.status, Status::NotAssessed);
    assert!(pricing.promotion.unwrap().total.interval().is_some());
}

#[test]
fn a_price_of_three_levels_is_a_comparison_of_groups_of_weeks() {
    let data = with_price(|t, _| [54.0, 60.0, 63.0][t / 5 % 3]);
    let pricing = ask(&data, &settings("ols", 40));
    let found = finding(&pricing, "decisions.price_variation");
    assert_eq!(found.status, Status::Warning);
    let curve = pricing.curve.unwrap();
    assert_eq!((curve.bins, curve.straight), (2, true));
    // no week can move by 5% either way inside 54 to 63 but those at 60
    assert_eq!(pricing.elasticity.step, 0.05);
    let prices = data.column("avg_price").iter();
    let middle = prices.filter(|price| **price == 60.0).count();
    assert_eq!(pricing.elasticity.weeks, middle);
}

#[test]
fn prices_too_close_for_a_step_take_a_smaller_one_or_none() {
    let narrow = |by: f64| with_price(move |_, value| 60.0 + by * (value - 60.0));
    let pricing = ask(&narrow(0.5), &settings("ols", 0));
    assert_eq!(pricing.elasticity.step, 0.025);
    let pricing = ask(&narrow(0.01), &settings("ols", 0));
    let missing = &pricing.elasticity.demand.total;
    assert_eq!(missing.point, None);
    assert!(
        missing
            .why
            .as_ref()
            .unwrap()
            .contains("within the observed range")
    );
}

#[test]
fn price_and_promotions_that_tell_of_the_same_discounts_are_named() {
    let plain = market();
    let on = plain.column("promotions").clone();
    let discounted = with_price(move |t, value| value - 10.0 * on[t]);
    let pricing = ask(&discounted, &settings("ridge", 0));
    let found = finding(&pricing, "decisions.price_and_promotion");
    assert_eq!(found.status, Status::Warning);
    let pricing = ask(&plain, &settings("ridge", 0));
    let found = finding(&pricing, "decisions.price_and_promotion");
    assert_eq!(found.status, Status::Passed);
}

#[test]
fn demand_that_rises_with_price_is_doubted() {
    let plain = market();
    let price = plain.column("avg_price").clone();
    let change = |name: &str, t: usize, value: f64| match name {
        "revenue" => value + 6_000.0 * (price[t] - 60.0),
        _ => value,
    };
    let data = altered(&plain, |_| {}, change).unwrap();
    let pricing = ask(&data, &settings("ridge", 100));
    assert!(pricing.elasticity.demand.total.interval().unwrap().lower > 0.0);
    let found = finding(&pricing, "decisions.demand_slope");
    assert_eq!(found.status, Status::Warning);
    let pricing = ask(&plain, &settings("ridge", 100));
    let found = finding(&pricing, "decisions.demand_slope");
    assert_eq!(found.status, Status::Passed);
}

#[test]
fn an_elasticity_that_no_market_has_is_doubted() {
    let plain = market();
    let price = plain.column("avg_price").clone();
    let change = |name: &str, t: usize, value: f64| match name {
        "revenue" => value - 20_000.0 * (price[t] - 60.0),
        _ => value,
    };
    let data = altered(&plain, |_| {}, change).unwrap();
    let pricing = ask(&data, &settings("ridge", 100));
    assert!(pricing.elasticity.demand.total.point < Some(-10.0));
    let found = finding(&pricing, "decisions.demand_slope");
    assert_eq!(found.status, Status::Warning);
    assert!(found.summary.contains("published"), "{}", found.summary);
}

#[test]
fn promotions_in_no_week_or_in_nearly_all_have_no_lift() {
    let with = |value: fn(usize) -> f64| {
        let change = |name: &str, t: usize, was: f64| match name {
            "promotions" => value(t),
            _ => was,
        };
        altered(&market(), |_| {}, change).unwrap()
    };
    for (data, why) in [
        (with(|_| 0.0), "0 in every week"),
        (
            with(|t| f64::from(u8::from(t % 20 != 0))),
            "only 6 weeks had no promotion",
        ),
    ] {
        let lift = ask(&data, &settings("ridge", 40)).promotion.unwrap();
        assert_eq!(lift.total.point, None);
        assert!(lift.total.why.unwrap().contains(why));
    }
}

#[test]
fn the_column_of_prices_is_never_guessed() {
    let plain = market();
    let ignore = |name: &'static str| {
        altered(
            &plain,
            |roles| roles.columns[name].role = Role::Ignore,
            |_, _, v| v,
        )
    };
    let question = PricingQuestion::default();
    let without = ignore("avg_price").unwrap();
    let said = refusal(&without, &question);
    assert!(
        said.contains("no lever or control has \"price\" in its name"),
        "{said}"
    );

    let named = PricingQuestion {
        price: Some("google_spend".into()),
        ..question.clone()
    };
    let said = refusal(&plain, &named);
    assert!(
        said.contains("google_spend is no lever or control"),
        "{said}"
    );
    let both = PricingQuestion {
        promotion: Some("avg_price".into()),
        ..question.clone()
    };
    assert!(refusal(&plain, &both).contains("both the price and the promotion"));

    let two = renamed(&plain, "followers", "list_price");
    let said = refusal(&two, &question);
    assert!(
        said.contains("list_price or avg_price") || said.contains("avg_price or list_price"),
        "{said}"
    );
    let none = renamed(&plain, "promotions", "discount_weeks");
    let pricing = ask(&none, &settings("ridge", 0));
    assert_eq!(pricing.promotion, None);

    let negative = with_price(|t, value| if t == 7 { 0.0 } else { value });
    let said = refusal(&negative, &question);
    assert!(said.contains("avg_price is 0 in week 2022-02-21"), "{said}");
}

/// The data with another name for a column.
fn renamed(data: &Dataset, from: &str, to: &str) -> Dataset {
    let name = |name: &str| {
        if name == from {
            to.to_string()
        } else {
            name.to_string()
        }
    };
    let mut roles = data.roles().clone();
    let columns: Vec<(String, Variable)> = roles.columns.drain(..).collect();
    roles.columns = columns
        .into_iter()
        .map(|(old, v)| (name(&old), v))
        .collect();
    let columns = data
        .columns()
        .map(|(old, values)| (name(old), values.clone()));
    let (source, weeks) = (data.source().clone(), data.weeks().to_vec());
    Dataset::new(source, roles, weeks, columns.collect()).unwrap()
}

#[test]
fn without_replicates_there_is_no_band_and_no_interval() {
    let pricing = ask(&market(), &settings("ols", 0));
    let curve = pricing.curve.as_ref().unwrap();
    assert_eq!(curve.best_revenue.band, None);
    assert!(
        curve
            .best_revenue
            .why
            .as_ref()
            .unwrap()
            .contains("replicates")
    );
    assert!(pricing.elasticity.demand.total.point.is_some());
    assert_eq!(pricing.elasticity.demand.total.interval(), None);
    let found = finding(&pricing, "decisions.demand_slope");
    assert_eq!(found.status, Status::NotAssessed);
    let found = finding(&pricing, "decisions.best_price");
    assert_eq!(found.status, Status::NotAssessed);
}

#[test]
fn every_finding_about_prices_has_its_page() {
    for subject in [
        "price_variation",
        "price_origin",
        "demand_slope",
        "best_price",
        "price_and_promotion",
        "pull_forward",
    ] {
        assert_page(&format!("decisions.{subject}"));
    }
}
