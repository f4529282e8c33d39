//! `headwater attribution`: where the outcome came from.

use headwater::analysis::Advisor;
use headwater::error::Result;
use headwater_report::attribution_screen;

use crate::Outcome;
use crate::question::Question;
use crate::terminal::Terminal;

/// Where revenue came from: base, search of its own, each channel; adds up, nothing counted twice
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  headwater attribution sales-run
  headwater attribution sales-run --json")]
pub struct Arguments {
    #[command(flatten)]
    question: Question,
}

pub fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    let question = &arguments.question;
    let run = question.run()?;
    let answer = question.put(&run, Advisor::attribution)?;
    question.show(&run, &answer, terminal, attribution_screen)?;
    Ok(Outcome::Done)
}
