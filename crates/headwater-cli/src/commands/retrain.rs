//! `headwater retrain`: the settings of a run on newer data, and what moved.

use std::path::{Path, PathBuf};

use headwater::analysis::{SavedRun, retrain};
use headwater::data::Table;
use headwater::error::Result;
use headwater::finding::Status;
use headwater_report::{RunInfo, retraining_screen};
use serde_json::json;

use super::fit;
use crate::Outcome;
use crate::terminal::{self, Bar, Terminal};

/// Fit a run again with newer weeks, keep its settings, and say what moved
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  headwater retrain sales-run --data new-weeks.csv
  headwater retrain sales-run --data sales-2025.csv --replace --out sales-2025-run

The file may hold the new weeks alone or all of history again. Weeks that it does not hold are
kept from the run. The new run goes to a folder of its own, with retraining.json: every change.")]
pub struct Arguments {
    /// The run directory that `headwater fit` wrote
    run: PathBuf,

    /// The newer data: CSV, Excel (.xlsx), or Parquet where it is built in
    #[arg(long, value_name = "FILE")]
    data: PathBuf,

    /// Take the file's values where they differ from those of the run
    #[arg(long)]
    replace: bool,

    #[command(flatten)]
    output: fit::Output,
}

pub fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    let saved = SavedRun::open(&arguments.run)?;
    let directory = arguments.output.claim(&default_name(&arguments.run))?;
    let table = Table::read(&arguments.data, &saved.settings.data)?;
    let bar = Bar::new(arguments.output.quiet);
    let pool = crate::threads::pool(arguments.output.threads)?;
    let retrained = pool.install(|| retrain(&saved, &table, arguments.replace, &bar));
    bar.finish();
    let (fit, retraining) = retrained?;
    let record = ("retraining.json", terminal::json(&retraining)?);
    pool.install(|| directory.write(&fit, Some(record)))?;
    let (earlier, now) = (
        arguments.run.display().to_string(),
        directory.path().display().to_string(),
    );
    if arguments.output.json {
        terminal.print_json(&json!({
            "earlier_run": earlier,
            "run": now,
            "retraining": retraining,
        }))?;
    } else {
        let worse = retraining
            .findings
            .iter()
            .find(|finding| finding.status != Status::Passed);
        let mut next = vec![format!(
            "every check of the new run: headwater validate {now}"
        )];
        next.extend(
            worse.map(|finding| format!("what a check means: headwater explain {}", finding.id)),
        );
        let info = RunInfo::of_directory(&now, next);
        terminal.print(&retraining_screen(
            &retraining,
            &earlier,
            &info,
            terminal.style(),
        ))?;
    }
    Ok(Outcome::Done)
}

/// The next free number beside the run.
fn default_name(run: &Path) -> String {
    let name: PathBuf = run.components().collect();
    name.display().to_string()
}
