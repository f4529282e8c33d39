//! Writing so that a reader sees the old file or the new one, whatever happens in between.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use headwater::error::{Error, Result};
use headwater::files;

use super::Id;

/// Writes a file, whole or not at all.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    files::write(path, bytes).map_err(|why| refused(path, &why))
}

/// Builds the folder `name` of `parent` under another name and renames.
pub fn build(parent: &Path, id: Id, fill: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let (parts, folder) = (
        parent.join(format!(".{id}.partial")),
        parent.join(id.to_string()),
    );
    fs::create_dir(&parts).map_err(|why| refused(&parts, &why))?;
    let built = fill(&parts).and_then(|()| {
        fs::rename(&parts, &folder)
            .and_then(|()| sync(Some(parent)))
            .map_err(|why| refused(&folder, &why))
    });
    if built.is_err() {
        // the error that matters is the first one
        let _ = fs::remove_dir_all(&parts);
    }
    built.map(|()| folder)
}

/// Removes the folder of `id`: it is gone at once, and its files after that.
pub fn remove(parent: &Path, id: Id) -> Result<()> {
    let (folder, gone) = (
        parent.join(id.to_string()),
        parent.join(format!(".{id}.deleted")),
    );
    fs::rename(&folder, &gone).map_err(|why| refused(&folder, &why))?;
    // What the disk keeps of it goes at the next start.
    let _ = fs::remove_dir_all(&gone);
    Ok(())
}

/// The folders of `parent`, by id. What a killed server left half written is removed.
pub fn folders(parent: &Path) -> Result<Vec<(Id, PathBuf)>> {
    let at = |why: std::io::Error| refused(parent, &why);
    fs::create_dir_all(parent).map_err(at)?;
    let mut folders = Vec::new();
    for entry in fs::read_dir(parent).map_err(at)? {
        let path = entry.map_err(at)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if let Ok(id) = name.parse() {
            clear(&path)?;
            folders.push((id, path));
        } else if is_left_over(&name) {
            fs::remove_dir_all(&path).map_err(at)?;
        }
    }
    Ok(folders)
}

/// Removes half-written files and runs of a folder.
fn clear(folder: &Path) -> Result<()> {
    let at = |why: std::io::Error| refused(folder, &why);
    for entry in fs::read_dir(folder).map_err(at)? {
        let path = entry.map_err(at)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if !is_left_over(&name) {
            continue;
        }
        let removed = match path.is_dir() {
            true => fs::remove_dir_all(&path),
            false => fs::remove_file(&path),
        };
        removed.map_err(at)?;
    }
    Ok(())
}

/// Whether only this program, or a fit in it, gives such names.
fn is_left_over(name: &str) -> bool {
    name.starts_with('.') && (name.contains(".partial") || name.ends_with(".deleted"))
}

/// An error of the disk.
pub fn refused(path: &Path, why: &std::io::Error) -> Error {
    Error::File {
        path: path.display().to_string(),
        message: why.to_string(),
        help:
            "nothing was changed; check that the store may be written to and that the disk has room"
                .into(),
    }
}

/// Waits until the disk knows the names of a folder.
fn sync(folder: Option<&Path>) -> std::io::Result<()> {
    match folder {
        Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}
