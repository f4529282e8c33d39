//! How many instructions the hot paths take: a figure that a busy machine does not move.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::{cargo, succeed, target};

/// What is counted on one machine moves by less than this between two builds of the same source:
/// hash tables start from random numbers, and the linker places things differently.
const TOLERANCE: f64 = 0.02;

/// The committed counts, beside the program whose paths they count.
const COUNTS: &str = "crates/headwater/examples/hot_paths.counts";

/// Counts every path of `hot_paths` under valgrind and compares with what is committed; `accept`
/// writes the new counts instead.
///
/// # Errors
/// Names every path that takes more instructions than before.
pub(crate) fn run(root: &Path, accept: bool) -> Result<(), String> {
    // Without `-p`, so that dependencies are those of the release that is already built.
    let built = ["build", "--release", "--example", "hot_paths"];
    succeed("cargo build", cargo(root).args(built))?;
    let program = target(root).join("release/examples/hot_paths");
    let folder = target(root).join("instructions");
    fs::create_dir_all(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;

    let listed = Command::new(&program).output();
    let listed = listed.map_err(|why| format!("{}: {why}", program.display()))?;
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let committed = read(&root.join(COUNTS));
    let mut counts = BTreeMap::new();
    let mut grown = Vec::new();
    println!(
        "{:<20} {:>14} {:>14} {:>8}",
        "path", "before", "now", "change"
    );
    for line in listed.lines() {
        let (path, times) = line.split_once(' ').ok_or("hot_paths lists no times")?;
        let number: f64 = times.parse().map_err(|why| format!("{line}: {why}"))?;
        let ready = count(&program, &folder, path, "0")?;
        let all = count(&program, &folder, path, times)?;
        let now = ((all - ready) as f64 / number).round();
        counts.insert(path.to_string(), now);
        let before = committed.get(path).copied();
        let change = before.map(|before| now / before - 1.0);
        println!(
            "{path:<20} {:>14} {now:>14} {:>8}",
            before.map_or("-".into(), |before| before.to_string()),
            change.map_or("-".into(), |change| format!("{:+.1}%", 100.0 * change)),
        );
        if change.is_some_and(|change| change > TOLERANCE) {
            grown.push(path.to_string());
        }
    }
    if accept {
        let mut text = String::new();
        for (path, count) in &counts {
            let _ = writeln!(text, "{path} {count}");
        }
        return fs::write(root.join(COUNTS), text).map_err(|why| format!("{COUNTS}: {why}"));
    }
    match grown.is_empty() {
        true => Ok(()),
        false => Err(format!(
            "{} takes more than {:.0}% more instructions than committed; where that is the price of something \
             wanted, accept it with cargo xtask instructions --accept",
            grown.join(", "),
            100.0 * TOLERANCE
        )),
    }
}

/// `path count`, line by line; nothing where there is no file yet.
fn read(file: &Path) -> BTreeMap<String, f64> {
    let text = fs::read_to_string(file).unwrap_or_default();
    let lines = text.lines().filter_map(|line| line.split_once(' '));
    lines
        .filter_map(|(path, count)| Some((path.to_string(), count.parse().ok()?)))
        .collect()
}

/// Instructions of one run on one thread.
fn count(program: &Path, folder: &Path, path: &str, times: &str) -> Result<u64, String> {
    let output = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(format!(
            "--callgrind-out-file={}",
            folder.join(format!("{path}.{times}.callgrind")).display()
        ))
        .arg(program)
        .args([path, times])
        .env("RAYON_NUM_THREADS", "1")
        .output()
        .map_err(|why| format!("valgrind could not be started ({why}): install valgrind"))?;
    let text = String::from_utf8_lossy(&output.stderr);
    let collected = text
        .lines()
        .find_map(|line| line.split_once("Collected : "));
    let count = collected.and_then(|(_, count)| count.trim().parse().ok());
    match (output.status.success(), count) {
        (true, Some(count)) => Ok(count),
        _ => Err(format!("{path} {times} under valgrind: {text}")),
    }
}
