//! `headwater timing`: how effects spread over the weeks after the spend.

use headwater::analysis::Advisor;
use headwater::error::Result;
use headwater_report::timing_screen;

use crate::Outcome;
use crate::question::Question;
use crate::terminal::Terminal;

/// When: how fast each channel works, and how long before a search campaign it should start
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  headwater timing sales-run
  headwater timing sales-run --json")]
pub struct Arguments {
    #[command(flatten)]
    question: Question,
}

pub fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    let question = &arguments.question;
    let run = question.run()?;
    let answer = question.put(&run, Advisor::timing)?;
    question.show(&run, &answer, terminal, timing_screen)?;
    Ok(Outcome::Done)
}
