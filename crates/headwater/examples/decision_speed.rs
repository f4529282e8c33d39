//! How long decisions take once a run is open: `cargo run --release -p headwater --example
//! decision_speed`.

use std::time::Instant;

use headwater::analysis::{Advisor, Settings};
use headwater::decisions::Plan;
use headwater::error::Result;
use headwater::estimators::EstimatorSettings;
use headwater::progress::Silent;
use headwater::simulate::{MarketSettings, simulate};

fn main() -> Result<()> {
    let data = simulate(&MarketSettings::default())?.dataset;
    for estimator in ["ridge", "boosting"] {
        let mut settings = Settings::default();
        settings.stages.mediator = EstimatorSettings::named(estimator)?;
        settings.stages.outcome = settings.stages.mediator.clone();
        let start = Instant::now();
        let advisor = Advisor::new(&data, &settings, &Silent)?;
        println!("{estimator}: open {:?}", start.elapsed());
        let plan = Plan {
            set: vec!["facebook_spend=+20%".parse()?],
            ..Plan::default()
        };
        for _ in 0..3 {
            let start = Instant::now();
            advisor.scenario("more", &plan)?;
            println!("{estimator}: scenario {:?}", start.elapsed());
        }
    }
    Ok(())
}
