//! The book: the pages of `docs/` as mdBook builds them, without a network.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{cargo, quietly, succeed, target};

/// The version that the pages were looked at with.
const MDBOOK: &str = "0.5.4";

/// Builds `docs/` into `target/book`.
pub fn run(root: &Path) -> Result<(), String> {
    let mdbook = mdbook(root)?;
    let book = target(root).join("book");
    let mut build = Command::new(mdbook);
    build
        .arg("build")
        .arg(root.join("docs"))
        .arg("--dest-dir")
        .arg(&book);
    quietly("mdbook build", &mut build)?;
    println!("{}", book.join("index.html").display());
    Ok(())
}

/// mdBook on the path, or under `target/tools`, where it is installed once.
fn mdbook(root: &Path) -> Result<PathBuf, String> {
    let tools = target(root).join("tools");
    let own = tools
        .join("bin")
        .join(format!("mdbook{}", std::env::consts::EXE_SUFFIX));
    for known in [PathBuf::from("mdbook"), own.clone()] {
        if quietly("mdbook", Command::new(&known).arg("--version")).is_ok() {
            return Ok(known);
        }
    }
    println!(
        "mdBook {MDBOOK} is built once, into {}: a few minutes.",
        tools.display()
    );
    let mut install = cargo(root);
    install
        .args(["install", "mdbook", "--version", MDBOOK, "--locked"])
        // Without its server, its watcher and its search, which would need a script of their own.
        .arg("--no-default-features")
        .arg("--root")
        .arg(&tools)
        .arg("--target-dir")
        .arg(tools.join("build"));
    succeed("cargo install mdbook", &mut install)?;
    Ok(own)
}
