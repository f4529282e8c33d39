//! `headwater predict`: what the weeks to come will bring, and what their plan changes.

use std::path::PathBuf;

use headwater::data::{Coming, Table};
use headwater::decisions::Plan;
use headwater::error::Result;
use headwater_report::forecast_screen;

use crate::Outcome;
use crate::question::Question;
use crate::terminal::Terminal;

/// The weeks to come: a forecast from their planned spend, and what that spend changes
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  headwater predict sales-run coming.csv
  headwater predict sales-run coming.csv --margin 0.4 --json

The file holds the weeks right after those of the run, at most 104, with the spend of every channel
and, where they are planned, prices, promotions and emails:
  week,facebook_spend,tiktok_spend,avg_price
  2025-01-06,5200,2400,39.90
  2025-01-13,5000,2600,39.90")]
pub struct Arguments {
    #[command(flatten)]
    question: Question,

    /// The plan of the coming weeks: CSV, Excel (.xlsx), or Parquet where it is built in
    coming: PathBuf,

    /// What is left of a unit of outcome, such as 0.4: makes a profit of the change
    #[arg(long, value_name = "SHARE")]
    margin: Option<f64>,

    /// Compute what the plan changes beyond what the data have seen as well
    #[arg(long)]
    allow_extrapolation: bool,

    /// Show every week
    #[arg(long)]
    weekly: bool,
}

pub fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    let question = &arguments.question;
    let terms = Plan {
        margin: arguments.margin,
        allow_extrapolation: arguments.allow_extrapolation,
        ..Plan::default()
    };
    terms.validate()?;
    let run = question.run()?;
    let table = Table::read(&arguments.coming, &run.settings.data)?;
    Coming::read(&table, &run.dataset, &run.settings.data)?;
    let intervals = &run.analysis.forecast_intervals;
    let forecast = question.put(&run, |advisor| advisor.forecast(&table, intervals, &terms))?;
    question.show(&run, &forecast, terminal, |forecast, analysis, style| {
        forecast_screen(forecast, analysis, arguments.weekly, style)
    })?;
    Ok(Outcome::Done)
}
