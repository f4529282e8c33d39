//! `headwater man`: the pages of the manual, made of the same definitions as `--help`.

use std::path::{Path, PathBuf};

use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};
use headwater::error::{Error, Result};

use super::write;
use crate::Outcome;
use crate::terminal::Terminal;

/// Print a page of the manual, or write all of them into a folder
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  headwater man | man -l -
  headwater man fit | man -l -
  headwater man --out ~/.local/share/man/man1      then: man headwater-fit")]
pub struct Arguments {
    /// The command whose page is printed [default: the program's own]
    command: Option<String>,

    /// Write the pages of all commands into this folder instead
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    out: Option<PathBuf>,

    /// Replace pages that lie there
    #[arg(long, requires = "out")]
    force: bool,
}

/// Prints or writes pages on `program`, which is the whole command line.
pub fn run(arguments: &Arguments, program: clap::Command, terminal: &Terminal) -> Result<Outcome> {
    let pages = pages(program);
    if let Some(folder) = &arguments.out {
        write_all(&pages, folder, arguments.force)?;
        let (count, folder) = (pages.len(), folder.display());
        terminal.print(&format!("{count} pages written to {folder}\n"))?;
        return Ok(Outcome::Done);
    }
    let wanted = match &arguments.command {
        None => "headwater".to_string(),
        Some(command) => format!("headwater-{command}"),
    };
    match pages.iter().find(|page| page.name == wanted) {
        Some(page) => terminal.print(&page.text)?,
        None => {
            let commands = pages.iter().filter_map(|page| page.name.split_once('-'));
            let commands: Vec<&str> = commands.map(|(_, command)| command).collect();
            return Err(Error::setting(
                format!("there is no page on {wanted:?}"),
                format!("name one of {}", commands.join(", ")),
            ));
        }
    }
    Ok(Outcome::Done)
}

/// A page of the manual: its name, as `man` looks for it, and its text in roff.
struct Page {
    name: String,
    text: String,
}

/// The page of the program and one for each of its commands.
fn pages(program: clap::Command) -> Vec<Page> {
    let mut program = program.disable_help_subcommand(true);
    program.build();
    let commands = program.get_subcommands().cloned();
    std::iter::once(program.clone())
        .chain(commands)
        .map(page)
        .collect()
}

fn page(mut command: clap::Command) -> Page {
    let name = command.get_display_name().unwrap_or(command.get_name());
    let name = name.to_string();
    let notes = command.get_after_help().map(ToString::to_string);
    // Ours, below, keeps the lines of examples apart.
    command = command.after_help(None);
    let mut roff = Vec::new();
    Man::new(command)
        // Where a page has its date: it has none, so that the same program writes the same pages.
        .date(concat!("version ", env!("CARGO_PKG_VERSION")))
        .source("Headwater")
        .manual("Manual of Headwater")
        .render(&mut roff)
        .expect("memory takes every byte");
    let mut text = String::from_utf8_lossy(&roff).into_owned();
    text += &notes.map_or_else(String::new, |notes| notes_section(&notes));
    Page { name, text }
}

/// What stands below the options in `--help`: indented lines as they are, the others as paragraphs.
fn notes_section(notes: &str) -> String {
    let mut roff = Roff::default();
    roff.control("SH", ["NOTES"]);
    let mut as_it_is = false;
    for line in notes.lines() {
        let indented = line.starts_with(' ');
        if indented != as_it_is {
            roff.control(if indented { "nf" } else { "fi" }, []);
            as_it_is = indented;
        }
        if line.is_empty() {
            roff.control("PP", []);
        } else {
            roff.text([roman(line)]);
        }
    }
    roff.to_roff()
}

/// Writes every page, or none where one lies there already and may not be replaced.
fn write_all(pages: &[Page], folder: &Path, force: bool) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|why| Error::File {
        path: folder.display().to_string(),
        message: why.to_string(),
        help: "name a folder that can be made and written to".into(),
    })?;
    let places: Vec<PathBuf> = pages
        .iter()
        .map(|page| folder.join(format!("{}.1", page.name)))
        .collect();
    if !force && let Some(taken) = places.iter().find(|place| place.exists()) {
        return Err(Error::File {
            path: taken.display().to_string(),
            message: "already exists".into(),
            help: "name another folder, or replace the pages with --force".into(),
        });
    }
    for (page, place) in pages.iter().zip(&places) {
        write(place, &page.text)?;
    }
    Ok(())
}
