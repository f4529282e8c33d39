//! `headwater validate`: every check of a run, one line each.

use std::path::PathBuf;

use headwater::analysis::{SavedRun, Settings, validate};
use headwater::error::{Error, Result};
use headwater_report::validate_screen;
use serde_json::json;

use crate::Outcome;
use crate::terminal::Terminal;

/// Show every check of a run with its figure and its bound; exit status 1 when one fails
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  headwater validate sales-run
  headwater validate sales-run --strict
  headwater validate sales-run --config bounds.toml --json

The bounds are settings, [validation.bounds] in the headwater.toml of the run. Exit status 0 when
no check failed, 1 when one did (with --strict also for a warning), 2 when the run cannot be read.")]
pub struct Arguments {
    /// The run directory that `headwater fit` wrote
    run: PathBuf,

    /// Take the bounds from this settings file, not from the run's own
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Count warnings as failures
    #[arg(long)]
    strict: bool,

    /// Print the checks as JSON
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    let saved = SavedRun::open(&arguments.run)?;
    let settings = match &arguments.config {
        Some(path) => read_settings(path)?,
        None => saved.settings,
    };
    let checks = validate(&saved.analysis, &settings.validation.bounds);
    let directory = arguments.run.display().to_string();
    if arguments.json {
        terminal.print_json(&json!({
            "run": directory,
            "strict": arguments.strict,
            "checks": checks,
        }))?;
    } else {
        terminal.print(&validate_screen(
            &checks,
            &directory,
            arguments.strict,
            terminal.style(),
        ))?;
    }
    Ok(if checks.fail(arguments.strict) {
        Outcome::CheckFailed
    } else {
        Outcome::Done
    })
}

fn read_settings(path: &std::path::Path) -> Result<Settings> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|why| Error::File {
        path: name.clone(),
        message: why.to_string(),
        help: "check the name after --config".into(),
    })?;
    Settings::from_toml(&name, &text)
}
