//! `headwater completions`: what a shell needs to complete commands and options.

use clap_complete::{Shell, generate};
use headwater::error::Result;

use crate::Outcome;
use crate::terminal::Terminal;

/// Print what a shell needs to complete commands and options with the Tab key
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  headwater completions bash > ~/.local/share/bash-completion/completions/headwater
  headwater completions zsh > ~/.zfunc/_headwater
  headwater completions fish > ~/.config/fish/completions/headwater.fish

For zsh put `fpath+=~/.zfunc` before `compinit` in ~/.zshrc.")]
pub struct Arguments {
    /// The shell: bash, elvish, fish, powershell or zsh
    #[arg(value_enum, hide_possible_values = true)]
    shell: Shell,
}

/// Prints the completions of `program`, which is the whole command line.
pub fn run(
    arguments: &Arguments,
    mut program: clap::Command,
    terminal: &Terminal,
) -> Result<Outcome> {
    let mut script = Vec::new();
    generate(arguments.shell, &mut program, "headwater", &mut script);
    terminal.print(&String::from_utf8_lossy(&script))?;
    Ok(Outcome::Done)
}
