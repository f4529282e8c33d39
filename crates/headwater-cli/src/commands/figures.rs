//! `headwater figures`: the pictures of a run, as files.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use headwater::analysis::{Advisor, Analysis};
use headwater::error::{Error, Result};
use headwater::words::closest;
use headwater_report::drawing::{Theme, png, svg};
use headwater_report::figures::{CATALOGUE, Entry, Figure};
use serde::Serialize;

use crate::Outcome;
use crate::figure_folder::FigureFolder;
use crate::question::Question;
use crate::terminal::Terminal;

/// Pictures of a run as PNG or SVG, each with a title that says what it shows
#[derive(clap::Args)]
#[command(mut_arg("run", |run| run.required(false).required_unless_present("list")))]
#[command(after_help = "\
Examples:
  headwater figures --list
  headwater figures sales-run
  headwater figures sales-run --only effects,returns --format svg
  headwater figures sales-run --theme both --scale 1 --out slides

Pictures go to the folder `figures` of the run. Those of an earlier call are replaced; any other
file of the same name is kept, and the picture is not written. What the run cannot have (a price
curve without a price column) is listed with the reason.")]
pub struct Arguments {
    #[command(flatten)]
    question: Question,

    /// The folder for the files [default: figures in the run directory]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// What files are written
    #[arg(long, value_enum, default_value_t = Format::Png, value_name = "FORMAT")]
    format: Format,

    /// For paper and slides, for dark pages, or one of each
    #[arg(long, value_enum, default_value_t = Themes::Light, value_name = "THEME")]
    theme: Themes,

    /// Some pictures, by the names that --list shows
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    only: Vec<String>,

    /// List the pictures that there are; draws none and needs no run
    #[arg(long)]
    list: bool,

    /// Pixels of a PNG for each pixel of the picture, 0.25 to 8
    #[arg(long, value_name = "TIMES", default_value_t = 2.0)]
    scale: f64,
}

/// What files are written.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Format {
    /// Pixels, for slides and mail
    Png,
    /// Lines, for print and pages
    Svg,
    /// Both
    Both,
}

/// Which colours.
#[derive(Clone, Copy, ValueEnum)]
enum Themes {
    /// Dark on white
    Light,
    /// Light on dark
    Dark,
    /// Both; the names of the dark files end in `-dark`
    Both,
}

/// What was written, and what was not and why.
#[derive(Serialize)]
struct Written {
    /// The folder.
    folder: String,
    /// Pictures with their files.
    written: Vec<Picture>,
    /// Pictures without.
    not_drawn: Vec<Missing>,
}

#[derive(Serialize)]
struct Picture {
    id: String,
    title: String,
    alt: String,
    files: Vec<String>,
}

#[derive(Serialize)]
struct Missing {
    id: String,
    why: String,
}

/// A picture in the catalogue, as `--list --json` writes it.
#[derive(Serialize)]
struct Listed {
    id: &'static str,
    about: &'static str,
}

pub fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    let question = &arguments.question;
    if !(0.25..=8.0).contains(&arguments.scale) {
        return Err(Error::setting(
            format!("--scale {} is not between 0.25 and 8", arguments.scale),
            "leave it out for 2, which is sharp on screens and slides",
        ));
    }
    let asked = asked(&arguments.only)?;
    if arguments.list {
        list(&asked, question.json(), terminal)?;
        return Ok(Outcome::Done);
    }
    let run = question.run()?;
    let folder = match &arguments.out {
        Some(folder) => folder.clone(),
        None => run.directory.join("figures"),
    };
    let drawn = question.put(&run, |advisor| Ok(draw(&asked, &run.analysis, advisor)))?;
    let written = write(&drawn, arguments, &folder)?;
    match question.json() {
        true => terminal.print_json(&written)?,
        false => terminal.print(&screen(&written))?,
    }
    Ok(Outcome::Done)
}

/// The pictures asked for, all without names.
fn asked(only: &[String]) -> Result<Vec<&'static Entry>> {
    if only.is_empty() {
        return Ok(CATALOGUE.iter().collect());
    }
    let find = |name: &String| {
        let entry = CATALOGUE.iter().find(|entry| entry.id == name.trim());
        entry.ok_or_else(|| {
            let known: Vec<&str> = CATALOGUE.iter().map(|entry| entry.id).collect();
            let help = match closest(name, &known) {
                Some(near) => format!("did you mean `{near}`? --list shows all of them"),
                None => "--list shows all of them".into(),
            };
            Error::setting(format!("there is no picture `{name}`"), help)
        })
    };
    only.iter().map(find).collect()
}

fn list(asked: &[&'static Entry], json: bool, terminal: &Terminal) -> Result<()> {
    if json {
        let listed: Vec<Listed> = asked
            .iter()
            .map(|Entry { id, about, .. }| Listed { id, about })
            .collect();
        return terminal.print_json(&listed);
    }
    let widest = asked.iter().map(|entry| entry.id.len()).max().unwrap_or(0);
    let lines = asked
        .iter()
        .map(|Entry { id, about, .. }| format!("{id:<widest$}  {about}\n"));
    terminal.print(&lines.collect::<String>())
}

/// Every picture, or why there is none.
fn draw(
    asked: &[&'static Entry],
    analysis: &Analysis,
    advisor: &Advisor,
) -> Vec<(&'static str, Result<Figure>)> {
    let draw = |entry: &&'static Entry| (entry.id, (entry.draw)(analysis, advisor));
    asked.iter().map(draw).collect()
}

fn write(
    drawn: &[(&'static str, Result<Figure>)],
    arguments: &Arguments,
    folder: &Path,
) -> Result<Written> {
    let mut files = FigureFolder::open(folder)?;
    let mut written = Written {
        folder: folder.display().to_string(),
        written: Vec::new(),
        not_drawn: Vec::new(),
    };
    for (id, figure) in drawn {
        match figure {
            Ok(figure) => match files.put(contents(figure, arguments)?)? {
                Ok(names) => written.written.push(Picture {
                    id: (*id).into(),
                    title: figure.title.clone(),
                    alt: figure.alt.clone(),
                    files: names,
                }),
                Err(why) => written.not_drawn.push(Missing {
                    id: (*id).into(),
                    why,
                }),
            },
            Err(why) => written.not_drawn.push(Missing {
                id: (*id).into(),
                why: why.to_string(),
            }),
        }
    }
    Ok(written)
}

/// The files of a picture with their contents.
fn contents(figure: &Figure, arguments: &Arguments) -> Result<Vec<(String, Vec<u8>)>> {
    let themes: &[(Theme, &str)] = match arguments.theme {
        Themes::Light => &[(Theme::Light, "")],
        Themes::Dark => &[(Theme::Dark, "-dark")],
        Themes::Both => &[(Theme::Light, ""), (Theme::Dark, "-dark")],
    };
    let mut files = Vec::new();
    for &(theme, ending) in themes {
        let name = format!("{}{ending}", figure.id);
        if arguments.format != Format::Svg {
            let bytes = png(figure, theme, arguments.scale)?;
            files.push((format!("{name}.png"), bytes));
        }
        if arguments.format != Format::Png {
            files.push((format!("{name}.svg"), svg(figure, theme).into_bytes()));
        }
    }
    Ok(files)
}

fn screen(written: &Written) -> String {
    let mut text = String::new();
    for picture in &written.written {
        text += &format!("{}\n  {}\n", picture.files.join(", "), picture.title);
    }
    if !written.not_drawn.is_empty() {
        text += "\nNot drawn:\n";
        for missing in &written.not_drawn {
            text += &format!("  {}: {}\n", missing.id, missing.why);
        }
    }
    let count = written.written.len();
    let pictures = if count == 1 { "picture" } else { "pictures" };
    text + &format!("\n{count} {pictures} in {}\n", written.folder)
}
