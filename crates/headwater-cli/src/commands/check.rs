//! `headwater check`: what each column is taken for, and every doubt about the data.

use std::path::PathBuf;

use headwater::analysis::cannot_fit;
use headwater::data::{Table, assemble, complete_roles};
use headwater::error::Result;
use headwater::finding::Status;
use headwater_report::check_screen;
use serde_json::json;

use crate::Outcome;
use crate::settings::Source;
use crate::terminal::Terminal;

/// Read a file, show what each column is taken for, and check the data
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  headwater check sales.csv
  headwater check sales.xlsx --config headwater.toml
  headwater check sales.csv --json

Columns are recognised by name: the week (week, date, ...), exposures (facebook, tiktok, snapchat,
instagram, ... spend), the mediator (google_spend, search_spend, paid_search, ...), levers (emails,
SMS), controls (price, promotions, followers), the outcome (revenue, sales, ...). Exit status 1
when a check failed, 2 when the file cannot be used as it stands.")]
pub struct Arguments {
    /// The data: CSV, Excel (.xlsx), or Parquet where it is built in
    data: PathBuf,

    #[command(flatten)]
    source: Source,

    /// Print roles and findings as JSON
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    let settings = arguments.source.read(terminal)?;
    let table = Table::read(&arguments.data, &settings.data)?;
    let mut inference = complete_roles(&table, &settings.data, &settings.columns)?;
    let unknown = settings.ignore_unknown_exposures(&mut inference.roles);
    inference.findings.extend(unknown);
    let loaded = assemble(&table, &settings.data, &inference.roles)?;
    let mut findings = inference.findings.clone();
    findings.extend(loaded.findings.iter().cloned());
    findings.extend(cannot_fit(&loaded.dataset, &settings));
    let source = &table.source().name;
    if arguments.json {
        terminal.print_json(&json!({
            "source": source,
            "roles": inference.roles,
            "reasons": inference.reasons,
            "date_format": loaded.date_format,
            "findings": findings,
        }))?;
    } else {
        terminal.print(&check_screen(
            source,
            &inference,
            loaded.date_format,
            &findings,
            terminal.style(),
        ))?;
    }
    let failed = findings
        .iter()
        .any(|finding| finding.status == Status::Failed);
    Ok(if failed {
        Outcome::CheckFailed
    } else {
        Outcome::Done
    })
}
