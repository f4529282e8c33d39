//! `headwater init`: a settings file with every setting and every column.

use std::path::PathBuf;

use headwater::data::{Table, complete_roles};
use headwater::error::Result;

use super::write_new;
use crate::Outcome;
use crate::settings::{SETTINGS_FILE, Source};
use crate::terminal::Terminal;

/// Write a settings file with every setting and the role of every column, to edit
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  headwater init sales.csv
  headwater init sales.csv --preset seed --out seed.toml

Then edit the file and use it: headwater fit sales.csv --config headwater.toml")]
pub struct Arguments {
    /// The data whose columns get their lines
    data: PathBuf,

    #[command(flatten)]
    source: Source,

    /// The file to write
    #[arg(long, value_name = "FILE", default_value = SETTINGS_FILE)]
    out: PathBuf,

    /// Replace the file if it exists
    #[arg(long)]
    force: bool,
}

pub fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    let settings = arguments.source.read(terminal)?;
    let table = Table::read(&arguments.data, &settings.data)?;
    let inference = complete_roles(&table, &settings.data, &settings.columns)?;
    write_new(
        &arguments.out,
        &settings.to_toml(&inference.roles),
        arguments.force,
    )?;
    terminal.print(&format!(
        "{out} holds every setting and {columns} columns. Edit it, then:\n  headwater fit {data} \
         --config {out}\n",
        out = arguments.out.display(),
        columns = inference.roles.columns.len(),
        data = arguments.data.display(),
    ))?;
    Ok(Outcome::Done)
}
