//! `headwater demo`: a market with known truth, fitted, with the estimates beside the truth.

use headwater::analysis::Settings;
use headwater::data::Table;
use headwater::error::Result;
use headwater::simulate::{MarketSettings, simulate};
use headwater_report::{RunInfo, demo_screen};

use super::{fit, write};
use crate::Outcome;
use crate::settings::Overrides;
use crate::terminal::{Terminal, json};

/// The folder of the demo's run.
const DIRECTORY: &str = "headwater-demo";

/// Simulate a market with known truth, fit it, and print the estimates beside the truth
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  headwater demo
  headwater demo --weeks 156 --seed 7
  headwater demo --estimator ols --out demo-ols

The run directory also holds data.csv, the market as a file like yours, truth.json, and the report:
report.html, report.md.")]
pub struct Arguments {
    /// The number of weeks
    #[arg(long, default_value_t = MarketSettings::default().weeks)]
    weeks: usize,

    #[command(flatten)]
    overrides: Overrides,

    #[command(flatten)]
    output: fit::Output,
}

pub fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    let mut settings = Settings::default();
    arguments.overrides.apply(&mut settings)?;
    let directory = arguments.output.claim(DIRECTORY)?;
    let market = simulate(&MarketSettings {
        weeks: arguments.weeks,
        seed: settings.seed,
        ..MarketSettings::default()
    })?;
    // Through the same reader as a file of the user's.
    let csv = market.to_csv();
    let table = Table::from_csv_bytes("data.csv", csv.as_bytes())?;
    let fit = fit::fit(
        &table,
        &arguments.overrides,
        &settings,
        &arguments.output,
        &directory,
    )?;
    write(&directory.path().join("data.csv"), &csv)?;
    write(&directory.path().join("truth.json"), &json(&market.truth)?)?;
    arguments.output.report(&fit, &directory)?;
    if arguments.output.json {
        terminal.print_json(&fit.analysis)?;
    } else {
        let data = directory.path().join("data.csv");
        let run = RunInfo::of_directory(
            &directory.path().display().to_string(),
            vec![
                format!(
                    "one page to send: {}",
                    directory.path().join("report.html").display()
                ),
                format!(
                    "what to do with it: headwater recommend {}",
                    directory.path().display()
                ),
                format!(
                    "the same market as your own file: headwater fit {}",
                    data.display()
                ),
                "your data: headwater check sales.csv, then headwater fit sales.csv".into(),
            ],
        );
        terminal.print(&demo_screen(
            &fit.analysis,
            &market.truth,
            &run,
            terminal.style(),
        ))?;
    }
    Ok(Outcome::Done)
}
