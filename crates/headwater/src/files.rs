//! Files and folders that are there whole or not at all, whatever ends the program in between.
//!
//! What is written is built beside its place, under `.NAME.partial-PROCESS`, and renamed. What a killed
//! process left under such a name goes when the next one writes to the same place.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What stands between the name of a place and the process that builds for it.
const PARTIAL: &str = ".partial-";
/// The same for what was there before, where the disk cannot exchange two folders in one step.
const REPLACED: &str = ".replaced-";

/// Writes a file: who reads it finds what it held before or all of `bytes`, and once this returns the
/// disk holds them. A file that was there keeps its permissions, a link still points to it, and into
/// what is no file, such as a pipe or `/dev/stdout`, the bytes are written as they are.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("notes.txt");
/// headwater::files::write(&path, b"first")?;
/// headwater::files::write(&path, b"second")?;
/// assert_eq!(std::fs::read(&path)?, b"second");
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// When the disk refuses; what was there before is there still.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let there = fs::metadata(path).ok();
    if there.as_ref().is_some_and(|there| !there.is_file()) {
        return fs::write(path, bytes);
    }
    let path = &target(path);
    sweep(path);
    let parts = beside(path, PARTIAL);
    let written = File::create(&parts).and_then(|mut file| {
        if let Some(there) = there {
            file.set_permissions(there.permissions())?;
        }
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&parts, path)?;
        sync(folder_of(path))
    });
    if written.is_err() {
        // The error that matters is the first one.
        let _ = fs::remove_file(&parts);
    }
    written
}

/// Makes the folder `path` of what `fill` puts into an empty one: who opens it finds what was there
/// before or all of the new. What was there before is removed once the new stands in its place, where
/// `replace` allows it.
///
/// # Errors
/// Those of `fill`, and of the disk as `refused` puts them in words, such as that a folder with files is
/// there; what was there before is there still.
pub fn build<E>(
    path: &Path,
    replace: bool,
    refused: impl Fn(&Path, &io::Error) -> E,
    fill: impl FnOnce(&Path) -> Result<(), E>,
) -> Result<(), E> {
    let path = &target(path);
    sweep(path);
    let parts = beside(path, PARTIAL);
    // Of a killed process that had our number.
    let _ = fs::remove_dir_all(&parts);
    let built = fs::create_dir_all(&parts)
        .map_err(|why| refused(path, &why))
        .and_then(|()| fill(&parts))
        .and_then(|()| put(&parts, path, replace).map_err(|why| refused(path, &why)));
    // What was replaced, or what could not be finished.
    let _ = fs::remove_dir_all(&parts);
    built
}

/// Brings back what stood at `path` before a process was killed between taking it away and putting the
/// new in its place, and removes what killed processes left unfinished beside it. What cannot be
/// removed stays: it is in nobody's way.
pub fn sweep(path: &Path) {
    let Some(name) = path.file_name() else { return };
    let Ok(entries) = fs::read_dir(folder_of(path)) else {
        return;
    };
    for entry in entries.flatten() {
        let left = entry.path();
        if is_left(&entry.file_name(), name, REPLACED) && fs::symlink_metadata(path).is_err() {
            let _ = fs::rename(&left, path);
        } else if [PARTIAL, REPLACED]
            .iter()
            .any(|kind| is_left(&entry.file_name(), name, kind))
        {
            let _ = match entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                true => fs::remove_dir_all(&left),
                false => fs::remove_file(&left),
            };
        }
    }
}

/// Puts the folder `new` in the place of what stands at `path`, which is then at `new`.
fn put(new: &Path, path: &Path, replace: bool) -> io::Result<()> {
    if !replace || fs::symlink_metadata(path).is_err() {
        return fs::rename(new, path);
    }
    // There is something to lose: the disk holds the new before it forgets the old.
    sync_all(new)?;
    if exchange(new, path).is_ok() {
        return sync(folder_of(path));
    }
    let before = beside(path, REPLACED);
    fs::rename(path, &before)?;
    match fs::rename(new, path) {
        Ok(()) => fs::rename(&before, new),
        Err(why) => fs::rename(&before, path).and(Err(why)),
    }
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE).map_err(io::Error::from)
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn exchange(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Waits until the disk holds a folder with everything in it.
fn sync_all(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        match entry.file_type()?.is_dir() {
            true => sync_all(&entry.path())?,
            false => File::open(entry.path())?.sync_all()?,
        }
    }
    sync(folder)
}

/// Waits until the disk knows the names in a folder.
fn sync(folder: &Path) -> io::Result<()> {
    match cfg!(unix) {
        true => File::open(folder)?.sync_all(),
        false => Ok(()),
    }
}

/// Where a link leads.
fn target(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.into())
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// A name beside `path` that only this process gives.
fn beside(path: &Path, kind: &str) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!("{kind}{}", std::process::id()));
    path.with_file_name(name)
}

/// Whether a process that has ended left `found` for the place `name`.
fn is_left(found: &OsStr, name: &OsStr, kind: &str) -> bool {
    let (found, name) = (found.as_encoded_bytes(), name.as_encoded_bytes());
    let process = found
        .strip_prefix(b".")
        .and_then(|found| found.strip_prefix(name))
        .and_then(|found| found.strip_prefix(kind.as_bytes()))
        .and_then(|process| std::str::from_utf8(process).ok())
        .and_then(|process| process.parse().ok());
    process.is_some_and(has_ended)
}

#[cfg(unix)]
fn has_ended(process: i32) -> bool {
    use rustix::process::{Pid, test_kill_process};
    Pid::from_raw(process)
        .is_some_and(|process| test_kill_process(process) == Err(rustix::io::Errno::SRCH))
}

/// Nobody can tell, so what is left stays.
#[cfg(not(unix))]
fn has_ended(_: i32) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// A process that has ended.
    #[cfg(unix)]
    fn ended() -> u32 {
        let mut process = std::process::Command::new("true").spawn().unwrap();
        process.wait().unwrap();
        process.id()
    }

    fn folder_with(path: &Path, text: &str) {
        build(
            path,
            true,
            |_, why| why.to_string(),
            |parts| fs::write(parts.join("text"), text).map_err(|why| why.to_string()),
        )
        .unwrap();
    }

    #[test]
    fn a_folder_takes_the_place_of_another_and_nothing_else_stays() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a run");
        folder_with(&path, "old");
        folder_with(&path, "new");
        assert_eq!(fs::read(path.join("text")).unwrap(), b"new");
        assert_eq!(names(home.path()), ["a run"]);
    }

    #[test]
    fn what_could_not_be_filled_leaves_what_was_there() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("run");
        folder_with(&path, "old");
        let failed = build(
            &path,
            true,
            |_, _| "disk",
            |parts| {
                fs::write(parts.join("text"), "half").unwrap();
                Err("no more")
            },
        );
        assert_eq!(failed, Err("no more"));
        assert_eq!(fs::read(path.join("text")).unwrap(), b"old");
        assert_eq!(names(home.path()), ["run"]);
    }

    #[test]
    fn what_another_put_there_meanwhile_stays_unless_it_may_be_replaced() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("run");
        let failed = build(
            &path,
            false,
            |_, why| why.to_string(),
            |_| {
                folder_with(&home.path().join("other"), "other");
                fs::rename(home.path().join("other"), &path).map_err(|why| why.to_string())
            },
        );
        assert!(failed.is_err());
        assert_eq!(fs::read(path.join("text")).unwrap(), b"other");
        assert_eq!(names(home.path()), ["run"]);
    }

    #[cfg(unix)]
    #[test]
    fn what_killed_processes_left_goes_and_what_living_ones_build_stays() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("run");
        let (dead, living) = (ended(), std::os::unix::process::parent_id());
        let left =
            |name: &str, process: u32| home.path().join(format!(".{name}.partial-{process}"));
        for left in [left("run", dead), left("run", living), left("run-2", dead)] {
            fs::create_dir(&left).unwrap();
        }
        folder_with(&path, "new");
        let mut expected = [
            format!(".run-2.partial-{dead}"),
            format!(".run.partial-{living}"),
            "run".into(),
        ];
        expected.sort();
        assert_eq!(names(home.path()), expected);
    }

    #[cfg(unix)]
    #[test]
    fn what_was_taken_away_by_a_killed_process_comes_back() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("run");
        let taken = home.path().join(format!(".run.replaced-{}", ended()));
        fs::create_dir(&taken).unwrap();
        fs::write(taken.join("text"), "old").unwrap();
        sweep(&path);
        assert_eq!(fs::read(path.join("text")).unwrap(), b"old");
        assert_eq!(names(home.path()), ["run"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_keeps_its_permissions_and_a_link_its_target() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let (file, link) = (home.path().join("file"), home.path().join("link"));
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        write(&link, b"new").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"new");
        assert_eq!(
            fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(names(home.path()), ["file", "link"]);
    }
}
