//! `headwater report`: a run as one page to send.

use std::path::{Path, PathBuf};

use headwater::analysis::{Advisor, SavedRun};
use headwater::error::{Error, Result};
use headwater_report::report::Report;

use super::write;
use crate::Outcome;
use crate::question::Question;
use crate::terminal::Terminal;

/// The files of a report within a folder.
const HTML: &str = "report.html";
const MARKDOWN: &str = "report.md";
/// The folder of a run's pictures, to which report.md links where it is there.
const FIGURES: &str = "figures";

/// One page to send: the answer, what it rests on, what was checked, what to do, how to get it again
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  headwater report sales-run
  headwater report sales-run --out board.html --format html
  headwater report sales-run --out reports --format both

report.html is one file that loads nothing: it opens offline and prints to PDF. report.md says the
same as Markdown, and links to the pictures in figures/ where headwater figures wrote them.")]
pub struct Arguments {
    #[command(flatten)]
    question: Question,

    /// A folder, or a file where one format is asked for [default: the run directory]
    #[arg(long, value_name = "FILE|DIR")]
    out: Option<PathBuf>,

    /// What to write: html, md or both [default: both, or as the name after --out ends]
    #[arg(long, value_enum, value_name = "FORMAT", hide_possible_values = true)]
    format: Option<Format>,

    /// Replace files that lie there
    #[arg(long)]
    force: bool,
}

/// What to write.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Html,
    Md,
    Both,
}

pub fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    let question = &arguments.question;
    let run = question.run()?;
    let targets = Targets::of(&run.directory, arguments.out.as_deref(), arguments.format)?;
    // Before the minutes that the answers may take.
    targets.refuse_foreign(&run.directory, arguments.force)?;
    let report = question.put(&run, |advisor| Ok(compose(&run, advisor)))?;
    let written = targets.write(&report)?;
    question.tell(&serde_json::json!({ "written": written }), terminal, || {
        let lines = written.iter().map(Written::line);
        lines.collect()
    })?;
    Ok(Outcome::Done)
}

/// The report of a run.
fn compose(run: &SavedRun, advisor: &Advisor) -> Report {
    Report::of(&run.analysis, advisor, &run.settings)
}

/// Writes both files into the folder of a run that was just fitted.
pub fn write_into(directory: &Path, report: &Report) -> Result<()> {
    Targets::of(directory, None, None)?.write(report)?;
    Ok(())
}

/// A file that was written.
#[derive(serde::Serialize)]
struct Written {
    path: String,
    bytes: usize,
}

impl Written {
    /// `wrote sales-run/report.html (310 kB)`
    fn line(&self) -> String {
        format!("wrote {} ({} kB)\n", self.path, self.bytes.div_ceil(1000))
    }
}

/// Where the report goes.
struct Targets {
    html: Option<PathBuf>,
    markdown: Option<PathBuf>,
}

impl Targets {
    /// `out` is a folder unless it ends as a file of the format does.
    fn of(run: &Path, out: Option<&Path>, format: Option<Format>) -> Result<Self> {
        let Some(out) = out else {
            return Ok(Targets::in_folder(run, format.unwrap_or(Format::Both)));
        };
        let ends = |ending: &[&str]| {
            let extension = out.extension().and_then(|extension| extension.to_str());
            let named = extension.map(str::to_ascii_lowercase);
            !out.is_dir() && named.is_some_and(|named| ending.contains(&&*named))
        };
        let (html, markdown) = (ends(&["html", "htm"]), ends(&["md", "markdown"]));
        match format {
            None | Some(Format::Html) if html => Ok(Targets {
                html: Some(out.into()),
                markdown: None,
            }),
            None | Some(Format::Md) if markdown => Ok(Targets {
                html: None,
                markdown: Some(out.into()),
            }),
            _ if html || markdown => Err(Error::File {
                path: out.display().to_string(),
                message: "is the name of one file, and not of the format that was asked for".into(),
                help:
                    "name a folder with --out, or a file that ends in .html or .md as --format says"
                        .into(),
            }),
            format if out.is_dir() || !out.exists() => {
                Ok(Targets::in_folder(out, format.unwrap_or(Format::Both)))
            }
            _ => Err(Error::File {
                path: out.display().to_string(),
                message: "is a file that ends neither in .html nor in .md".into(),
                help: "name a folder with --out, or a file that ends in .html or .md".into(),
            }),
        }
    }

    fn in_folder(folder: &Path, format: Format) -> Self {
        Targets {
            html: (format != Format::Md).then(|| folder.join(HTML)),
            markdown: (format != Format::Html).then(|| folder.join(MARKDOWN)),
        }
    }

    /// A report in the folder of the run is a report of that run and may be made anew; any other file
    /// is somebody's.
    fn refuse_foreign(&self, run: &Path, force: bool) -> Result<()> {
        let own = [run.join(HTML), run.join(MARKDOWN)];
        for path in [&self.html, &self.markdown].into_iter().flatten() {
            if path.exists() && !force && !(own.contains(path) && ours(path)) {
                return Err(Error::File {
                    path: path.display().to_string(),
                    message: "already exists".into(),
                    help: "name another file with --out, or replace this one with --force".into(),
                });
            }
        }
        Ok(())
    }

    fn write(&self, report: &Report) -> Result<Vec<Written>> {
        let mut written = Vec::new();
        let mut put = |path: &Path, text: String| -> Result<()> {
            if let Some(folder) = path
                .parent()
                .filter(|folder| !folder.as_os_str().is_empty())
            {
                std::fs::create_dir_all(folder).map_err(|why| Error::File {
                    path: folder.display().to_string(),
                    message: why.to_string(),
                    help: "check that the folder may be written to".into(),
                })?;
            }
            write(path, &text)?;
            written.push(Written {
                path: path.display().to_string(),
                bytes: text.len(),
            });
            Ok(())
        };
        if let Some(path) = &self.html {
            put(path, report.html())?;
        }
        if let Some(path) = &self.markdown {
            // Only to pictures that are all there.
            let figures = path.with_file_name(FIGURES);
            let drawn = |id: &str| figures.join(format!("{id}.png")).is_file();
            let there = report.figures().all(|figure| drawn(&figure.id));
            put(path, report.markdown(there.then_some(FIGURES)))?;
        }
        Ok(written)
    }
}

/// Whether a file says that Headwater made it.
fn ours(path: &Path) -> bool {
    std::fs::read_to_string(path).is_ok_and(|text| text.contains("Made by Headwater "))
}
