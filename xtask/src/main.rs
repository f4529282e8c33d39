//! Project chores, each `cargo xtask NAME`; without a name it lists them.

mod book;
mod browser;
mod fuzz;
mod instructions;
mod picture;
mod python;
mod supply;
mod test;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const USAGE: &str = "\
Project chores.

  cargo xtask test       format check, clippy with warnings denied, every test, in Rust and in Python
  cargo xtask python     mypy and the tests of the Python package alone
  cargo xtask wheel      build the Python package that pip installs, into target/wheels
  cargo xtask book       build the pages of docs, into target/book
  cargo xtask picture    draw the demo's screen to docs/images/demo.svg
  cargo xtask supply     licences, advisories and duplicates of what is depended on, and what is in vain
  cargo xtask instructions [--accept]
                         count the instructions of the hot paths under valgrind and compare
  cargo xtask fuzz       search for input that breaks a reader: fuzz TARGET [--seconds N] [--keep]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.first().map(String::as_str) {
        Some("test") => test::run(&root()),
        Some("python") => test::python_alone(&root()),
        Some("wheel") => python::wheel(&root()),
        Some("book") => book::run(&root()),
        Some("picture") => picture::run(&root()),
        Some("supply") => supply::run(&root()),
        Some("instructions") => {
            let accept = std::env::args().nth(2).as_deref() == Some("--accept");
            instructions::run(&root(), accept)
        }
        Some("fuzz") => fuzz::run(&root(), &arguments[1..]),
        Some("help" | "--help" | "-h") => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("\nxtask: {why}");
            ExitCode::FAILURE
        }
    }
}

/// The folder of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask lies inside the workspace")
        .to_path_buf()
}

/// The cargo that runs this program, started in the workspace.
fn cargo(root: &Path) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root);
    cargo
}

/// The folder of what is built.
fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |own| root.join(own))
}

/// Runs a command that speaks for itself.
fn succeed(what: &str, command: &mut Command) -> Result<(), String> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{what} failed ({status})")),
        Err(why) => Err(format!("{what} could not be started: {why}")),
    }
}

/// Runs a command that says nothing, and on failure returns the last line of what it complained of.
fn quietly(what: &str, command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|why| format!("{what}: {why}"))?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let last = text.lines().rev().find(|line| !line.trim().is_empty());
    Err(format!("{what}: {}", last.unwrap_or("no message")))
}
