//! The Python package: the environment of its checks, its build, mypy, pytest and the wheel. The same
//! environment holds the official implementations that tests of the library ask.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{fs, io};

use crate::{quietly, succeed, target};

/// Where the package lies in the workspace.
const PACKAGE: &str = "crates/headwater-py";
/// What pip installs, in one place for this program and for people.
const REQUIREMENTS: &str = "crates/headwater-py/requirements-dev.txt";

/// The interpreter of a virtual environment under `target/` with all requirements: made once, and
/// brought up to date when their list has changed. `HEADWATER_PEERS_PYTHON` names another.
pub fn environment(root: &Path) -> Result<PathBuf, String> {
    let wanted = read(&root.join(REQUIREMENTS))?;
    let python = interpreter(root)?;
    let complete = target(root).join("python-venv/complete");
    if yours().is_some() || fs::read_to_string(&complete).is_ok_and(|had| had == wanted) {
        return Ok(python);
    }
    let list = root.join(REQUIREMENTS);
    install(&python, &["--requirement".as_ref(), list.as_os_str()])?;
    fs::write(&complete, wanted).map_err(|why| format!("{}: {why}", complete.display()))?;
    Ok(python)
}

/// An interpreter that the user has named.
fn yours() -> Option<PathBuf> {
    std::env::var_os("HEADWATER_PEERS_PYTHON").map(PathBuf::from)
}

/// That interpreter, else that of the virtual environment, which is made where it is missing.
fn interpreter(root: &Path) -> Result<PathBuf, String> {
    if let Some(python) = yours() {
        return Ok(python);
    }
    let venv = target(root).join("python-venv");
    let python = venv.join(if cfg!(windows) {
        "Scripts/python.exe"
    } else {
        "bin/python"
    });
    if !python.exists() {
        let mut make = Command::new(if cfg!(windows) { "python" } else { "python3" });
        quietly("python3 -m venv", make.args(["-m", "venv"]).arg(&venv))?;
    }
    Ok(python)
}

/// Wheels only: to build pandas takes longer than all tests.
fn install(python: &Path, what: &[&std::ffi::OsStr]) -> Result<(), String> {
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "install", "--quiet"])
        .args(["--disable-pip-version-check", "--only-binary=:all:"])
        .args(what);
    quietly("pip install", &mut pip)
}

/// What the last build of the workspace left of the extension, laid beside a copy of the Python files
/// as pip would install them: the folder to import `headwater` from.
pub fn stage(root: &Path) -> Result<PathBuf, String> {
    let folder = target(root).join("python");
    let package = folder.join("headwater");
    let built = format!("{DLL_PREFIX}headwater_native{DLL_SUFFIX}");
    let built = target(root).join("debug").join(built);
    let native = if cfg!(windows) {
        "_native.pyd"
    } else {
        "_native.abi3.so"
    };
    let staged = || {
        if package.exists() {
            fs::remove_dir_all(&package)?;
        }
        copy(&root.join(PACKAGE).join("python/headwater"), &package)?;
        fs::copy(&built, package.join(native))
    };
    staged().map_err(|why| format!("{} to {}: {why}", built.display(), package.display()))?;
    Ok(folder)
}

/// Copies a folder with all that is in it, but not what Python keeps there.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_name() == "__pycache__" {
            continue;
        } else if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

/// Whether a Python has what the checks are made with: an environment that the user has named may not.
pub fn equipped(python: &Path) -> Result<(), String> {
    let mut import = Command::new(python);
    import.args(["-c", "import mypy, nbclient, pandas, polars, pytest"]);
    quietly("import", &mut import)
}

/// Whether the package can be imported from where it was staged: tests that ask for it politely would
/// be skipped, not fail.
pub fn importable(python: &Path, staged: &Path) -> Result<(), String> {
    let mut import = Command::new(python);
    import.args(["-c", "import headwater"]);
    quietly("import headwater", import.env("PYTHONPATH", staged))
}

/// mypy over the package and its examples.
pub fn types(root: &Path, python: &Path) -> Command {
    let mut mypy = Command::new(python);
    mypy.current_dir(root)
        .args(["-m", "mypy", "--strict", "--cache-dir"])
        .arg(target(root).join("mypy"))
        .arg(format!("{PACKAGE}/python"))
        .args(examples(root));
    mypy
}

/// The folder of examples, once there is one.
fn examples(root: &Path) -> Option<String> {
    let examples = format!("{PACKAGE}/examples");
    root.join(&examples).is_dir().then_some(examples)
}

/// pytest over the tests of the package, which run its examples and the notebook.
pub fn tests(root: &Path, python: &Path, staged: &Path) -> Command {
    let mut pytest = Command::new(python);
    pytest
        .current_dir(root)
        .env("PYTHONPATH", staged)
        .env("PYTHONUNBUFFERED", "1")
        .args(["-m", "pytest", "--color=no", "-p", "no:cacheprovider"])
        .args(["-r", "fEs", "--durations=10"])
        .arg(format!("{PACKAGE}/tests"));
    pytest
}

/// Builds the wheel that pip installs, and prints where it is and how large.
pub fn wheel(root: &Path) -> Result<(), String> {
    let python = interpreter(root)?;
    let maturin = |arguments: &[&str]| {
        let mut maturin = Command::new(&python);
        maturin.current_dir(root).args(["-m", "maturin"]);
        maturin.args(arguments);
        maturin
    };
    let mut version = maturin(&["--version"]);
    let there = version.stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !there.is_ok_and(|status| status.success()) {
        let list = read(&root.join(REQUIREMENTS))?;
        let line = list.lines().find(|line| line.starts_with("maturin"));
        let line = line.ok_or_else(|| format!("{REQUIREMENTS} does not name maturin"))?;
        println!("installing {line} into target/python-venv");
        install(&python, &[line.as_ref()])?;
    }
    let folder = target(root).join("wheels");
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    }
    let mut build = maturin(&["build", "--release", "--out"]);
    succeed("maturin build", build.arg(&folder))?;
    let wheels = fs::read_dir(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    for wheel in wheels.flatten() {
        let size = wheel.metadata().map_or(0, |wheel| wheel.len());
        println!("{}: {:.1} MB", wheel.path().display(), size as f64 / 1e6);
    }
    Ok(())
}

fn read(file: &Path) -> Result<String, String> {
    fs::read_to_string(file).map_err(|why| format!("{}: {why}", file.display()))
}
