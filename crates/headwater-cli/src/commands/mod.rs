//! One file per command: its arguments and what it does with them. `fit_by` is what `fit` does with a
//! panel.

pub mod attribution;
pub mod check;
pub mod compare;
pub mod completions;
pub mod curves;
pub mod demo;
pub mod explain;
pub mod figures;
pub mod fit;
mod fit_by;
pub mod init;
pub mod man;
pub mod optimize;
pub mod predict;
pub mod pricing;
pub mod recommend;
pub mod report;
pub mod retrain;
pub mod scenario;
pub mod serve;
pub mod simulate;
pub mod timing;
pub mod validate;

use std::path::Path;

use headwater::error::{Error, Result};

/// Writes a file that must not exist yet unless `force`.
fn write_new(path: &Path, text: &str, force: bool) -> Result<()> {
    if path.exists() && !force {
        return Err(Error::File {
            path: path.display().to_string(),
            message: "already exists".into(),
            help: "name another file with --out, or replace this one with --force".into(),
        });
    }
    write(path, text)
}

/// Writes a file, whole or not at all.
fn write(path: &Path, text: &str) -> Result<()> {
    headwater::files::write(path, text.as_bytes()).map_err(|why| Error::File {
        path: path.display().to_string(),
        message: why.to_string(),
        help: "nothing was changed; check that the folder exists, may be written to, and that the disk has room".into(),
    })
}
