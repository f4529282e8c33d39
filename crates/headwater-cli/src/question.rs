//! What every command that asks a run has in common.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

use headwater::analysis::{Advisor, Analysis, SavedRun};
use headwater::error::{Error, Result};
use headwater_report::Style;
use miette::Diagnostic;
use serde::Serialize;

use crate::terminal::{Bar, Terminal};
use crate::threads::pool;

/// The run that is asked, and how the answer is shown.
#[derive(clap::Args)]
pub struct Question {
    /// The run directory that `headwater fit` wrote
    #[arg(required = true)]
    run: Option<PathBuf>,

    /// Print the answer as JSON
    #[arg(long)]
    json: bool,

    /// No progress
    #[arg(long, short)]
    quiet: bool,

    /// Threads [default: all cores]; the answer does not depend on it
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
}

/// Reads the value of an option. The command line shows the message of an error alone, so the remedy
/// becomes part of it.
pub fn value<T: FromStr<Err = Error>>(text: &str) -> std::result::Result<T, String> {
    text.parse().map_err(|error: Error| match error.help() {
        Some(help) => format!("{error}; {help}"),
        None => error.to_string(),
    })
}

impl Question {
    /// Whether the answer is to be JSON.
    pub fn json(&self) -> bool {
        self.json
    }

    /// Opens the run. What needs no model is checked against it before anything is fitted.
    pub fn run(&self) -> Result<SavedRun> {
        let run = self.run.as_ref();
        SavedRun::open(run.expect("required of every command that asks a run"))
    }

    /// Fits the model of the run and its replicates again and puts the question.
    pub fn put<T: Send>(
        &self,
        run: &SavedRun,
        ask: impl FnOnce(&Advisor) -> Result<T> + Send,
    ) -> Result<T> {
        let bar = Bar::new(self.quiet);
        pool(self.threads)?.install(|| {
            let advisor = Advisor::open(run, &bar);
            bar.finish();
            ask(&advisor?)
        })
    }

    /// Shows what was done: as JSON where that was asked for, else in words.
    pub fn tell(
        &self,
        done: &impl Serialize,
        terminal: &Terminal,
        words: impl FnOnce() -> String,
    ) -> Result<()> {
        match self.json {
            true => terminal.print_json(done),
            false => terminal.print(&words()),
        }
    }

    /// Shows an answer: as JSON where that was asked for, else as `screen` writes it.
    pub fn show<T: Serialize>(
        &self,
        run: &SavedRun,
        answer: &T,
        terminal: &Terminal,
        screen: impl FnOnce(&T, &Analysis, Style) -> String,
    ) -> Result<()> {
        match self.json {
            true => terminal.print_json(&run.analysis.answered(answer)),
            false => terminal.print(&screen(answer, &run.analysis, terminal.style())),
        }
    }
}
