//! How long an analysis takes, bootstrap through both stages included, on the demo market:
//! `cargo run --release --example bootstrap_speed`.

use std::time::Instant;

use headwater::analysis::{Settings, run};
use headwater::error::Result;
use headwater::progress::Silent;
use headwater::simulate::{MarketSettings, simulate};

const TUNED: &str = "";

const FIXED: &str = "
[features.adstock]
decay = 0.3
[stages.mediator]
kind = 'ridge'
penalty = 0.01
[stages.outcome]
kind = 'ridge'
penalty = 0.01
";

const TREES: &str = "
[stages.mediator]
kind = 'boosting'
[stages.outcome]
kind = 'boosting'
";

fn main() -> Result<()> {
    let market = simulate(&MarketSettings::default())?;
    for (name, text, runs) in [
        ("ridge, tuned in every replicate", TUNED, 10),
        ("ridge, fixed decay and penalty", FIXED, 10),
        ("boosting", TREES, 1),
    ] {
        let settings = Settings::from_toml("bootstrap_speed.toml", text)?;
        let mut fastest = f64::INFINITY;
        let mut replicates = 0;
        for _ in 0..runs {
            let start = Instant::now();
            let fit = run(&market.dataset, Vec::new(), &settings, &Silent)?;
            fastest = fastest.min(start.elapsed().as_secs_f64());
            replicates = fit.analysis.bootstrap.replicates;
        }
        println!("{name}, {replicates} replicates: {:.0} ms", fastest * 1e3);
    }
    Ok(())
}
