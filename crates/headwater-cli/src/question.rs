//! What every command that asks a run has in common.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use headwater::analysis::{Advisor, SavedRun};
use headwater::error::Result;
use serde::Serialize;

use crate::commands::fit::threads;
use crate::terminal::{Bar, Terminal};

/// The run that is asked, and how the answer is shown.
#[derive(clap::Args)]
pub struct Question {
    /// The run directory that `headwater fit` wrote
    run: PathBuf,

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

impl Question {
    /// Opens the run, fits its model and replicates again and puts the question.
    pub fn put<T: Send>(
        &self,
        ask: impl FnOnce(&Advisor, &SavedRun) -> Result<T> + Send,
    ) -> Result<T> {
        let run = SavedRun::open(&self.run)?;
        let bar = Bar::new(self.quiet);
        threads(self.threads)?.install(|| {
            let advisor = Advisor::open(&run, &bar);
            bar.finish();
            ask(&advisor?, &run)
        })
    }

    /// Shows an answer: as JSON where that was asked for, else as `screen` writes it.
    pub fn show<T: Serialize>(
        &self,
        answer: &T,
        terminal: &Terminal,
        screen: impl FnOnce(&T) -> String,
    ) -> Result<()> {
        match self.json {
            true => terminal.print_json(answer),
            false => terminal.print(&screen(answer)),
        }
    }
}
