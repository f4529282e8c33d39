//! `headwater fit`: from a file to a run directory and one screen.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use headwater::analysis::{Advisor, Analysis, Fit, Settings};
use headwater::data::Table;
use headwater::error::Result;
use headwater::finding::Status;
use headwater_report::report::Report;
use headwater_report::{RunInfo, direct_flag, screen};

use super::{fit_by, report};
use crate::Outcome;
use crate::run_directory::{RUN, RunDirectory};
use crate::settings::{Overrides, Source};
use crate::terminal::{Bar, Terminal};
use crate::threads::pool;

/// Fit both stages, score them on weeks they had not seen, and say what each channel is worth
#[derive(clap::Args)]
#[command(after_help = "\
Estimators:
  ridge        linear; controls are shrunk by a penalty chosen on later weeks, effects are not
  ols          linear, nothing shrunk; the columns must be independent
  lasso        as ridge, but drops controls that do not help
  elastic_net  between ridge and lasso
  boosting     trees that bend; more spend never lowers the outcome; effects are shrunk, so their
               intervals show stability, not coverage

Readings of the mediator:
  two_slope    what spend induced in the mediator and what moved otherwise, a slope each
  predicted    only what stage 1 predicts, controls included (the founding system)
  observed     the mediator as it was, one slope

Examples:
  headwater fit sales.csv
  headwater fit sales.csv --direct instagram_spend --estimator boosting --link log
  headwater fit sales.csv --config headwater.toml --out spring --force
  headwater fit sales.csv --cv rolling --gap 2 --holdout 8 --interactions auto
  headwater fit sales.csv --preset seed --bootstrap 0 --json
  headwater fit brands.csv --by brand --bootstrap 200
  headwater fit brands.csv --by brand --bootstrap 200 --resume

With --by each value of a column is fitted by itself, as if a file held its rows alone: nothing is
pooled. The folder then holds brands.csv and brands.json, a row for each brand, and a run directory
for each brand under brands/. A brand that cannot be fitted is a row with its reason and stops no
other; exit status 1 when there is one. A column with the role panel in the settings file is the
same as --by.

The run directory holds analysis.json, headwater.toml (every setting), models/, dataset.csv and
run.log. The same data, settings and seed give the same analysis.json on any number of threads.")]
pub struct Arguments {
    /// The data: CSV, Excel (.xlsx), or Parquet where it is built in
    pub data: PathBuf,

    /// Fit each value of this column by itself, such as each brand; many at once
    #[arg(long, value_name = "COLUMN")]
    pub by: Option<String>,

    /// Go on with a run of --by that was stopped; what was fitted is kept
    #[arg(long, conflicts_with = "force")]
    pub resume: bool,

    #[command(flatten)]
    source: Source,

    #[command(flatten)]
    pub overrides: Overrides,

    #[command(flatten)]
    pub output: Output,

    /// Write report.html and report.md into the run directory as well
    #[arg(long, help_heading = "Output")]
    pub report: bool,
}

/// Where results go, and how many threads make them.
#[derive(clap::Args)]
#[command(next_help_heading = "Output")]
pub struct Output {
    /// The run directory [default: named after the data, the next free number]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// Replace the run that lies there
    #[arg(long)]
    pub force: bool,

    /// Print the analysis as JSON instead of the screen
    #[arg(long)]
    pub json: bool,

    /// No progress
    #[arg(long, short)]
    pub quiet: bool,

    /// Threads [default: all cores]; the result does not depend on it
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZeroUsize>,
}

pub fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    let mut settings = arguments.source.read(terminal)?;
    arguments.overrides.apply(&mut settings)?;
    if let Some(panel) = fit_by::panel(arguments, &settings)? {
        return fit_by::run(arguments, settings, &panel, terminal);
    }
    let directory = arguments.output.claim(&default_name(&arguments.data))?;
    let table = Table::read(&arguments.data, &settings.data)?;
    let fit = fit(
        &table,
        &arguments.overrides,
        &settings,
        &arguments.output,
        &directory,
    )?;
    if arguments.report {
        arguments.output.report(&fit, &directory)?;
    }
    if arguments.output.json {
        terminal.print_json(&fit.analysis)?;
    } else {
        let next = next_steps(&fit.analysis, directory.path());
        let run = RunInfo::of_directory(&directory.path().display().to_string(), next);
        terminal.print(&screen(&fit.analysis, &run, terminal.style()))?;
    }
    Ok(Outcome::Done)
}

impl Output {
    /// The run directory, before any work is done.
    pub fn claim(&self, default: &str) -> Result<RunDirectory> {
        RunDirectory::claim(self.out.as_deref(), default, self.force, RUN)
    }

    /// Writes the report of a fit into its run directory.
    pub fn report(&self, fit: &Fit, directory: &RunDirectory) -> Result<()> {
        let bar = Bar::new(self.quiet);
        pool(self.threads)?.install(|| {
            let advisor = Advisor::of(fit, &bar);
            bar.finish();
            let report = Report::of(&fit.analysis, &advisor?, &fit.settings);
            report::write_into(directory.path(), &report)
        })
    }
}

/// Fits a table and writes the run.
pub fn fit(
    table: &Table,
    overrides: &Overrides,
    settings: &Settings,
    output: &Output,
    directory: &RunDirectory,
) -> Result<Fit> {
    let settings = Settings {
        columns: overrides.columns(table, settings)?,
        ..settings.clone()
    };
    let loaded = settings.assemble(table)?;
    let pool = pool(output.threads)?;
    let bar = Bar::new(output.quiet);
    let (dataset, findings) = (&loaded.dataset, loaded.findings);
    let fit = pool.install(|| headwater::analysis::run(dataset, findings, &settings, &bar));
    bar.finish();
    let fit = fit?;
    pool.install(|| directory.write(&fit, None))?;
    Ok(fit)
}

/// `sales.csv` makes `sales-run`.
pub fn default_name(data: &Path) -> String {
    let stem = data.file_stem().unwrap_or_default().to_string_lossy();
    format!("{stem}-run")
}

/// What a reader of this analysis would do next: options to add to the same command, so that a
/// run with settings of its own keeps them.
fn next_steps(analysis: &Analysis, directory: &Path) -> Vec<String> {
    let mut steps = Vec::new();
    if analysis.bootstrap.replicates == 0 {
        steps.push("intervals: add --bootstrap 1000".into());
    }
    if !analysis.path.config.is_empty() {
        let found = analysis.path.direct_path.iter();
        let found = found.flat_map(|direct| &direct.channels);
        let flags: Vec<String> = found.map(|channel| direct_flag(channel)).collect();
        steps.push(format!(
            "the edge that the path check found: add {}",
            flags.join(" ")
        ));
    }
    if analysis.findings.iter().any(|finding| {
        finding.id == "diagnostics.hidden_demand" && finding.status == Status::Warning
    }) {
        steps.push(
            "a measure of demand (search volume, category sales): add it as a column of the data"
                .into(),
        );
    }
    if analysis.bootstrap.replicates > 0 {
        let run = directory.display();
        steps.push(format!("what to do with it: headwater recommend {run}"));
    }
    if !directory.join("report.html").is_file() {
        let run = directory.display();
        steps.push(format!("one page to send: headwater report {run}"));
    }
    let settings = directory.join("headwater.toml");
    steps.push(format!(
        "every setting of this run, to edit and pass with --config: {}",
        settings.display()
    ));
    steps
}
