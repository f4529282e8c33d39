//! Lists the pages of `docs/explain`, so that a new page is in the binary without a line here.
//! A macro cannot see that a folder has gained a file; a build script can.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

fn main() {
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let folder = Path::new(&root).join("../../docs/explain");
    println!("cargo::rerun-if-changed={}", folder.display());
    let entries = fs::read_dir(&folder).expect("docs/explain is part of the source");
    let mut pages: Vec<_> = entries
        .map(|entry| entry.expect("an entry of docs/explain").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    pages.sort();
    let mut list = String::from("[\n");
    for page in pages {
        let id = page.file_stem().unwrap_or_default().to_string_lossy();
        writeln!(list, "    ({id:?}, include_str!({page:?})),").expect("memory holds it");
    }
    list.push(']');
    let out = env::var("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&out).join("pages.rs"), list).expect("cargo's folder can be written");
}
