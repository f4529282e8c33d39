//! Where a run goes, and the log of how it was made.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use headwater::analysis::{Fit, RunFiles};
use headwater::error::{Error, Result};
use headwater::files;
use jiff::Timestamp;

/// The file that tells a run from another folder.
pub const RUN: &str = "analysis.json";

/// The file that tells a run over brands.
pub const PANEL_RUN: &str = "brands.json";

/// When, how long, how many threads, the command.
const LOG: &str = "run.log";

/// A folder that a fit may write.
pub struct RunDirectory {
    path: PathBuf,
    overwrite: bool,
    started: Timestamp,
    clock: Instant,
}

impl RunDirectory {
    /// The folder named with `--out`, or the first free one of `NAME`, `NAME-2`, `NAME-3`...
    ///
    /// # Errors
    /// When the named folder exists without `force`, or is not a run, which holds the file `mark`:
    /// anything else is never replaced.
    pub fn claim(out: Option<&Path>, default: &str, force: bool, mark: &str) -> Result<Self> {
        let refuse = |path: &Path, message: &str, help: &str| {
            Err(Error::File {
                path: path.display().to_string(),
                message: message.into(),
                help: help.into(),
            })
        };
        let path = match out {
            Some(path) if !path.exists() => path.to_path_buf(),
            Some(path) if !force => {
                return refuse(
                    path,
                    "already exists",
                    "name another folder with --out, or replace this run with --force",
                );
            }
            Some(path) if !path.join(mark).is_file() => {
                return refuse(
                    path,
                    match mark {
                        PANEL_RUN => {
                            "exists and is not a run over brands, so --force does not replace it"
                        }
                        _ => "exists and is not a run of Headwater, so --force does not replace it",
                    },
                    "name another folder with --out",
                );
            }
            Some(path) => path.to_path_buf(),
            None if force && Path::new(default).join(mark).is_file() => default.into(),
            None => numbered(default)
                .find(|path| !path.exists())
                .expect("there is always another number"),
        };
        Ok(RunDirectory::at(path, force))
    }

    /// The folder to go on in: the one named with `--out`, or the last that there is of `NAME`, `NAME-2`,
    /// `NAME-3`...
    pub fn last(out: Option<&Path>, default: &str) -> Self {
        let there = numbered(default).take_while(|path| path.exists());
        let last = || there.last().unwrap_or_else(|| default.into());
        RunDirectory::at(out.map_or_else(last, Path::to_path_buf), false)
    }

    fn at(path: PathBuf, overwrite: bool) -> Self {
        RunDirectory {
            path,
            overwrite,
            started: Timestamp::now(),
            clock: Instant::now(),
        }
    }

    /// The folder, as the user would type it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a fit, the log of how it was made and, where there is one, a record beside them, by its
    /// name: all of it or nothing.
    ///
    /// # Errors
    /// Those of [`RunFiles::of`] and [`RunFiles::write`].
    pub fn write(&self, fit: &Fit, record: Option<(&str, String)>) -> Result<()> {
        let mut files = RunFiles::of(fit)?.with(LOG, self.log());
        if let Some((name, text)) = record {
            files = files.with(name, text);
        }
        files.write(&self.path, self.overwrite)
    }

    /// Whether a run that lies there is to be replaced.
    pub fn overwrite(&self) -> bool {
        self.overwrite
    }

    /// Writes the log of how a run over brands was made into its folder.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn write_log(&self) -> Result<()> {
        let path = self.path.join(LOG);
        files::write(&path, self.log().as_bytes()).map_err(|why| Error::File {
            path: path.display().to_string(),
            message: why.to_string(),
            help: "check that the folder may be written to and that the disk has room".into(),
        })
    }

    /// What differs from one run to the next with the same result.
    fn log(&self) -> String {
        let command: Vec<String> = std::env::args_os()
            .map(|argument| argument.to_string_lossy().into_owned())
            .collect();
        format!(
            "started   {}\nduration  {:.3} s\nthreads   {}\nheadwater {}\ncommand   {}\n",
            self.started
                .round(jiff::Unit::Second)
                .unwrap_or(self.started),
            self.elapsed().as_secs_f64(),
            rayon::current_num_threads(),
            env!("CARGO_PKG_VERSION"),
            command.join(" "),
        )
    }

    fn elapsed(&self) -> Duration {
        self.clock.elapsed()
    }
}

/// `name`, `name-2`, `name-3`, ...
fn numbered(name: &str) -> impl Iterator<Item = PathBuf> {
    let others = (2..).map(move |number| PathBuf::from(format!("{name}-{number}")));
    std::iter::once(PathBuf::from(name)).chain(others)
}
