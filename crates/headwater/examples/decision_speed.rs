//! How long decisions take once a run is open: `cargo run --release -p headwater --example
//! decision_speed`.

use std::time::Instant;

use headwater::analysis::{Advisor, Settings, run};
use headwater::decisions::{BudgetSettings, CurveQuestion, Plan, PricingQuestion};
use headwater::error::Result;
use headwater::estimators::EstimatorSettings;
use headwater::progress::Silent;
use headwater::simulate::{Channel, MarketSettings, simulate};

/// The shortest of three times, as the others measure what else the machine did.
fn time<T>(what: &str, ask: impl Fn() -> Result<T>) -> Result<()> {
    let mut shortest = f64::INFINITY;
    for _ in 0..3 {
        let start = Instant::now();
        ask()?;
        shortest = shortest.min(start.elapsed().as_secs_f64());
    }
    println!("  {what:<32} {:>10.1} ms", 1e3 * shortest);
    Ok(())
}

fn main() -> Result<()> {
    let mut market = MarketSettings::default();
    let fifth = Channel {
        name: "pinterest_spend".into(),
        ..market.channels[3].clone()
    };
    market.channels.push(fifth);
    let data = simulate(&market)?.dataset;
    for (estimator, replicates) in [("ols", 1_000), ("ridge", 1_000), ("boosting", 200)] {
        let mut settings = Settings::default();
        settings.stages.mediator = EstimatorSettings::named(estimator)?;
        settings.stages.outcome = settings.stages.mediator.clone();
        settings.bootstrap.replicates = Some(replicates);
        println!("{estimator}, 5 channels, 104 weeks, {replicates} replicates");
        let start = Instant::now();
        let advisor = Advisor::new(&data, &settings, &Silent)?;
        println!(
            "  {:<32} {:>10.1} ms",
            "open",
            1e3 * start.elapsed().as_secs_f64()
        );
        let plan = Plan {
            set: vec!["facebook_spend=+20%".parse()?],
            ..Plan::default()
        };
        time("scenario, all weeks", || advisor.scenario("more", &plan))?;
        if estimator == "ridge" {
            let fit = run(&data, Vec::new(), &settings, &Silent)?;
            let analysed = Advisor::of(&fit, &Silent)?;
            time("scenario, both readings", || {
                analysed.scenario("more", &plan)
            })?;
            time("recommend", || {
                analysed.recommend(&BudgetSettings::default())
            })?;
            time("pricing", || analysed.pricing(&PricingQuestion::default()))?;
        }
        time("timing", || advisor.timing())?;
        time("response curves", || {
            advisor.response_curves(&CurveQuestion::default())
        })?;
        time("attribution", || advisor.attribution())?;
        let question = BudgetSettings::default();
        time(&format!("optimize, {} weeks", question.horizon), || {
            advisor.optimize(&question)
        })?;
    }
    Ok(())
}
