//! What `headwater fit` does with a panel: every brand by itself, one table and one screen over all.

use headwater::analysis::{PanelRun, PanelSummary, Settings};
use headwater::data::Panel;
use headwater::data::role::{Role, Roles};
use headwater::error::{Error, Result};
use headwater_report::panel_screen;

use super::fit::{Arguments, default_name};
use crate::Outcome;
use crate::run_directory::{PANEL_RUN, RunDirectory};
use crate::terminal::{Bar, Terminal};

/// The data by the column of `--by` or, where the settings name one with the role panel, by that; none
/// where the file holds one series.
pub fn panel(arguments: &Arguments, settings: &Settings) -> Result<Option<Panel>> {
    let keys: Vec<&str> = settings.columns.with_role(Role::Panel).collect();
    let panel = match (&arguments.by, keys.as_slice()) {
        (Some(by), _) => Some(Panel::read(&arguments.data, &settings.data, by)?),
        // A file of one brand is fitted like any other, as its run's own settings ask for.
        (None, [key]) => {
            let panel = Panel::find(&arguments.data, &settings.data, key)?;
            panel.filter(|panel| panel.len() > 1)
        }
        (None, _) => None,
    };
    let refused = match panel {
        None if arguments.resume => "--resume goes on with the brands of --by",
        Some(_) if arguments.report => {
            "--report writes the report of one run, and this is one for each brand"
        }
        _ => return Ok(panel),
    };
    Err(Error::setting(
        refused,
        match arguments.resume {
            true => "name the column with --by, or leave --resume out",
            false => "leave it out, and use `headwater report` on the folder of a brand",
        },
    ))
}

/// Fits every brand of the panel and writes the table of all.
pub fn run(
    arguments: &Arguments,
    mut settings: Settings,
    panel: &Panel,
    terminal: &Terminal,
) -> Result<Outcome> {
    settings.columns = columns(arguments, &settings, panel)?;
    let output = &arguments.output;
    let name = default_name(&arguments.data);
    let directory = match arguments.resume {
        true => RunDirectory::last(output.out.as_deref(), &name),
        false => RunDirectory::claim(output.out.as_deref(), &name, output.force, PANEL_RUN)?,
    };
    let folder = directory.path();
    let pool = crate::threads::pool(output.threads)?;
    let run = match arguments.resume {
        true => PanelRun::resume(panel, &settings, folder)?,
        false => PanelRun::begin(panel, &settings, folder, directory.overwrite())?,
    };
    if !output.quiet {
        terminal.note(&format!(
            "{} brands go to {}; the same command with --resume goes on there if it is stopped",
            panel.len(),
            folder.display()
        ));
    }
    let bar = Bar::new(output.quiet);
    let summary = pool.install(|| run.fit(&bar));
    bar.finish();
    let summary = summary?;
    pool.install(|| directory.write_log())?;
    show(&summary, arguments, &directory, terminal)?;
    Ok(match summary.is_complete() {
        true => Outcome::Done,
        false => Outcome::CheckFailed,
    })
}

fn show(
    summary: &PanelSummary,
    arguments: &Arguments,
    directory: &RunDirectory,
    terminal: &Terminal,
) -> Result<()> {
    if arguments.output.json {
        return terminal.print_json(summary);
    }
    let folder = directory.path().display().to_string();
    terminal.print(&panel_screen(summary, &folder, terminal.style()))
}

/// The columns of every brand: asked of the first whose own can be told.
fn columns(arguments: &Arguments, settings: &Settings, panel: &Panel) -> Result<Roles> {
    let told = |brand| {
        let table = panel.table(brand)?;
        arguments.overrides.columns(&table, settings)
    };
    told(0).or_else(|why| {
        (1..panel.len())
            .find_map(|brand| told(brand).ok())
            .ok_or(why)
    })
}
