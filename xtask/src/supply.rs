//! What the project depends on: cargo-deny by `deny.toml`, and cargo-machete.

use std::path::Path;
use std::process::Command;

use crate::{cargo, succeed, target};

/// Each tool with the version that `deny.toml` was written for, and what it is asked. Advisories stand
/// apart, because they alone need a connection.
const QUESTIONS: [(&str, &str, &[&str]); 3] = [
    ("cargo-machete", "0.9.2", &["crates", "xtask"]),
    (
        "cargo-deny",
        "0.20.2",
        &["check", "licenses", "bans", "sources"],
    ),
    ("cargo-deny", "0.20.2", &["check", "advisories"]),
];

/// Installs the tools under `target/tools` where they are not, and asks. The advisories are those of
/// the RustSec database, fetched anew; without a connection that question fails and says so.
pub fn run(root: &Path) -> Result<(), String> {
    let tools = target(root).join("tools");
    let mut failed = Vec::new();
    for (name, version, arguments) in QUESTIONS {
        let program = tools.join("bin").join(name);
        if !program.is_file() {
            println!("{name} {version} is built once, under {}", tools.display());
            let mut install = cargo(root);
            install.args(["install", "--locked", "--version", version, name, "--root"]);
            succeed(name, install.arg(&tools))?;
        }
        let mut check = Command::new(program);
        if let Err(why) = succeed(name, check.args(arguments).current_dir(root)) {
            failed.push(format!("{why}: {name} {}", arguments.join(" ")));
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(failed.join("; "))
}
