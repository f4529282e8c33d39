//! `headwater explain`: what a finding means and what to do about it.

use headwater::error::Result;
use headwater_report::explain::{find, list_screen, page_screen, pages};

use crate::Outcome;
use crate::terminal::Terminal;

/// Explain a finding: what it checks, why it matters, how to read it, what to do
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  headwater explain
  headwater explain mediation.path
  headwater explain data.spikes --json")]
pub struct Arguments {
    /// The finding, as the screen names it; every finding by title when left out
    finding: Option<String>,

    /// Print {id, title, markdown} as JSON; a list of all when no finding is named
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    match &arguments.finding {
        None if arguments.json => terminal.print_json(&pages().collect::<Vec<_>>())?,
        None => terminal.print(&list_screen(terminal.style()))?,
        Some(id) => {
            let page = find(id)?;
            if arguments.json {
                terminal.print_json(&page)?;
            } else {
                terminal.print(&page_screen(&page, terminal.style()))?;
            }
        }
    }
    Ok(Outcome::Done)
}
