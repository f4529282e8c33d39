//! scratch
#![allow(clippy::unwrap_used)]
mod common;
use common::settings_with;
use headwater::analysis::Advisor;
use headwater::decisions::PricingQuestion;
use headwater::progress::Silent;
use headwater::simulate::{MarketSettings, simulate};
use rayon::prelude::*;

#[test]
fn scratch() {
    for (estimator, weeks) in [("ols", 104), ("ridge", 104), ("ols", 156), ("ridge", 156), ("ols", 208)] {
        let rows: Vec<[f64; 8]> = (0..40u64)
            .into_par_iter()
            .map(|seed| {
                let m = simulate(&MarketSettings { seed: 1000 + seed, weeks, ..MarketSettings::default() }).unwrap();
                let mut s = settings_with(estimator);
                s.bootstrap.replicates = Some(200);
                let a = Advisor::new(&m.dataset, &s, &Silent).unwrap();
                let p = a.pricing(&PricingQuestion::default()).unwrap();
                let prices = m.dataset.column("avg_price");
                let (h, lo, hi) = (p.elasticity.step, p.prices.least, p.prices.most);
                let kept: Vec<usize> = (0..weeks).filter(|&t| prices[t] * (1.0 - h) >= lo && prices[t] * (1.0 + h) <= hi).collect();
                let sp: f64 = kept.iter().map(|&t| prices[t]).sum();
                let sy: f64 = kept.iter().map(|&t| m.dataset.outcome()[t]).sum();
                let (td, tt) = (-500.0 * sp / sy, -680.0 * sp / sy);
                let pr = p.promotion.unwrap();
                let tl = (8000.0 + 2100.0) * pr.weeks as f64;
                let e = &p.elasticity.revenue;
                let cov = |e: &headwater::estimate::Estimate, t: f64| f64::from(u8::from(e.interval().unwrap().contains(t)));
                [e.direct.point.unwrap() / td, e.total.point.unwrap() / tt, pr.total.point.unwrap() / tl, cov(&e.direct, td), cov(&e.total, tt), cov(&pr.total, tl), cov(&pr.pull_forward.after, 0.0), cov(&pr.pull_forward.before, 0.0)]
            })
            .collect();
        let mean: Vec<f64> = (0..8).map(|i| rows.iter().map(|r| r[i]).sum::<f64>() / rows.len() as f64).collect();
        println!("{estimator} {weeks} {mean:.2?}");
    }
}
