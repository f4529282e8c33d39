//! What the answer to one move of a slider costs, in processor time: `cargo run --release -p headwater
//! --example scenario_cost`. Wall time says little on a machine that others use as well.
//!
//! `scenario_cost ridge full 50` asks one kind alone, so often, for `perf record` and `perf stat`.

use std::time::Instant;

use headwater::analysis::{Advisor, Settings, run};
use headwater::data::Dataset;
use headwater::decisions::Plan;
use headwater::error::Result;
use headwater::estimators::EstimatorSettings;
use headwater::progress::Silent;
use headwater::simulate::{Channel, MarketSettings, simulate};

/// Seconds that this process has had of all processors: Linux counts them in hundredths. Elsewhere
/// the time since `start`.
fn processor_time(start: Instant) -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // the name of the process, in brackets, may hold spaces
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: Vec<f64> = ticks.filter_map(|field| field.parse().ok()).collect();
    match ticks.len() {
        2 => ticks.iter().sum::<f64>() / 100.0,
        _ => start.elapsed().as_secs_f64(),
    }
}

fn cost<T>(what: &str, times: usize, ask: impl Fn(usize) -> Result<T>) -> Result<()> {
    let start = Instant::now();
    ask(0)?;
    let before = processor_time(start);
    for nth in 1..=times {
        ask(nth)?;
    }
    let spent = processor_time(start) - before;
    println!("  {what:<36} {:>8.2} ms", 1e3 * spent / times as f64);
    Ok(())
}

/// A move of the slider of one channel, another each time.
fn moved(nth: usize) -> Result<Plan> {
    let percent = 1 + nth % 20;
    Ok(Plan {
        set: vec![format!("facebook_spend=+{percent}%").parse()?],
        ..Plan::default()
    })
}

fn advisor(data: &Dataset, estimator: &str, replicates: usize, checked: bool) -> Result<Advisor> {
    let mut settings = Settings::default();
    settings.stages.mediator = EstimatorSettings::named(estimator)?;
    settings.stages.outcome = settings.stages.mediator.clone();
    settings.bootstrap.replicates = Some(replicates);
    match checked {
        true => Advisor::of(&run(data, Vec::new(), &settings, &Silent)?, &Silent),
        false => Advisor::new(data, &settings, &Silent),
    }
}

fn main() -> Result<()> {
    let mut market = MarketSettings::default();
    let fifth = Channel {
        name: "pinterest_spend".into(),
        ..market.channels[3].clone()
    };
    market.channels.push(fifth);
    let data = simulate(&market)?.dataset;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [estimator, form, times] = arguments.as_slice() {
        let replicates = if estimator == "boosting" { 200 } else { 1_000 };
        let advisor = advisor(&data, estimator, replicates, false)?;
        let times = times.parse().unwrap_or(1);
        return cost(&format!("{estimator}, {form}"), times, |nth| {
            let plan = moved(nth)?;
            match form.as_str() {
                "brief" => advisor.scenario_totals("slider", &plan),
                _ => advisor.scenario("slider", &plan),
            }
        });
    }
    for (estimator, replicates, checked, times) in [
        ("ols", 1_000, false, 200),
        ("ridge", 1_000, false, 200),
        ("ridge", 1_000, true, 200),
        ("boosting", 40, false, 5),
    ] {
        let pooled = if checked { ", both readings" } else { "" };
        println!("{estimator}, 5 channels, 104 weeks, {replicates} replicates{pooled}");
        let advisor = advisor(&data, estimator, replicates, checked)?;
        cost("scenario, totals", times, |nth| {
            advisor.scenario_totals("slider", &moved(nth)?)
        })?;
        cost("scenario, week by week", times, |nth| {
            advisor.scenario("slider", &moved(nth)?)
        })?;
    }
    Ok(())
}
