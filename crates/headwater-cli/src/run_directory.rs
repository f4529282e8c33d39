//! Where a run goes, and the log of how it was made.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use headwater::analysis::{Fit, RunFiles};
use headwater::error::{Error, Result};
use jiff::Timestamp;

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
    /// When the named folder exists without `force`, or is not a run: anything else is never
    /// replaced.
    pub fn claim(out: Option<&Path>, default: &str, force: bool) -> Result<Self> {
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
            Some(path) if !path.join("analysis.json").is_file() => {
                return refuse(
                    path,
                    "exists and is not a run of Headwater, so --force does not replace it",
                    "name another folder with --out",
                );
            }
            Some(path) => path.to_path_buf(),
            None if force && Path::new(default).join("analysis.json").is_file() => default.into(),
            None => first_free(default),
        };
        Ok(RunDirectory {
            path,
            overwrite: force,
            started: Timestamp::now(),
            clock: Instant::now(),
        })
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
        let mut files = RunFiles::of(fit)?.with("run.log", self.log());
        if let Some((name, text)) = record {
            files = files.with(name, text);
        }
        files.write(&self.path, self.overwrite)
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

/// `name`, or `name-2`, `name-3`, ... : the first that does not exist.
fn first_free(name: &str) -> PathBuf {
    std::iter::once(PathBuf::from(name))
        .chain((2..).map(|number| PathBuf::from(format!("{name}-{number}"))))
        .find(|path| !path.exists())
        .expect("there is always another number")
}
