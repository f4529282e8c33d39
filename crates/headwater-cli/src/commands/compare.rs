//! `headwater compare`: several estimators, or several runs, side by side.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use headwater::analysis::{Comparison, SavedRun, compare};
use headwater::data::Table;
use headwater::error::{Error, Result};
use headwater::estimators::EstimatorSettings;
use headwater_report::comparison_screen;

use crate::Outcome;
use crate::settings::{Overrides, Source};
use crate::terminal::{Bar, Terminal};

/// Fit several estimators on the same folds, or put runs side by side: which forecasts better,
/// and on which effects they agree
// Here the estimators are what is compared, and intervals take fewer replicates than a fit's.
#[derive(clap::Args)]
#[command(
    mut_arg("estimator", |argument| argument.hide(true).conflicts_with("inputs")),
    mut_arg("bootstrap", |argument| {
        argument.help("Bootstrap replicates for the intervals, 0 for none [default: 200, trees 50]")
    }),
    after_help = "\
Examples:
  headwater compare sales.csv
  headwater compare sales.csv --estimators ols,ridge,boosting --config headwater.toml
  headwater compare sales.csv --cv blocked --interactions auto
  headwater compare sales-run sales-run-2

Nothing is written. Exit status 1 when none beats the best naive forecast or could be fitted, and
when runs are not of the same weeks."
)]
pub struct Arguments {
    /// The data, or run directories that `headwater fit` wrote
    #[arg(required = true)]
    inputs: Vec<PathBuf>,

    /// The estimators, separated by commas
    #[arg(
        long, value_name = "NAMES", value_delimiter = ',', value_parser = EstimatorSettings::named,
        default_value = "ols,ridge,lasso,elastic-net,boosting"
    )]
    estimators: Vec<EstimatorSettings>,

    #[command(flatten)]
    source: Source,

    #[command(flatten)]
    overrides: Overrides,

    /// Print the comparison as JSON
    #[arg(long)]
    json: bool,

    /// No progress
    #[arg(long, short)]
    quiet: bool,

    /// Threads [default: all cores]; the result does not depend on it
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
}

pub fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    let comparison = match arguments.inputs.as_slice() {
        [data] if !data.is_dir() => of_data(arguments, data, terminal)?,
        runs => of_runs(runs)?,
    };
    if arguments.json {
        terminal.print_json(&comparison)?;
    } else {
        terminal.print(&comparison_screen(&comparison, terminal.style()))?;
    }
    Ok(if comparison.fail() {
        Outcome::CheckFailed
    } else {
        Outcome::Done
    })
}

fn of_data(arguments: &Arguments, data: &Path, terminal: &Terminal) -> Result<Comparison> {
    let mut settings = arguments.source.read(terminal)?;
    arguments.overrides.apply(&mut settings)?;
    let table = Table::read(data, &settings.data)?;
    settings.columns = arguments.overrides.columns(&table, &settings)?;
    let loaded = settings.assemble(&table)?;
    let bar = Bar::new(arguments.quiet);
    let compared = crate::threads::pool(arguments.threads)?.install(|| {
        compare(
            &loaded.dataset,
            loaded.findings,
            &settings,
            &arguments.estimators,
            &bar,
        )
    });
    bar.finish();
    compared
}

fn of_runs(runs: &[PathBuf]) -> Result<Comparison> {
    if let [one] = runs {
        return Err(Error::setting(
            format!("{} is one run, and a comparison needs two", one.display()),
            "name another run, or a data file to fit several estimators to",
        ));
    }
    let opened = runs.iter().map(|run| {
        let saved = SavedRun::open(run)?;
        Ok((run.display().to_string(), Ok(saved.analysis)))
    });
    Comparison::of(opened.collect::<Result<_>>()?)
}
