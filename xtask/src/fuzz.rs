//! Coverage-guided fuzzing with libFuzzer, on the stable compiler.

use std::fs;
use std::path::Path;

use crate::{cargo, succeed, target};

/// What tells libFuzzer which code an input reached, and what it was compared with.
const COVERAGE: &[&str] = &[
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "--cfg=fuzzing",
];

/// Named, so that flags reach what is fuzzed and not what helps to build it.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";

/// Targets that need a feature of their name.
const SLOW_TO_BUILD: [&str; 2] = ["api", "parquet"];

/// Seconds and megabytes that no input may exceed.
const LIMITS: [&str; 3] = ["-timeout=10", "-rss_limit_mb=2048", "-malloc_limit_mb=2048"];

const USAGE: &str = "\
usage: cargo xtask fuzz TARGET [--seconds N] [--keep]

TARGET is the name of a folder in fuzz/corpus. What is found goes to target/fuzz; --keep adds to
fuzz/corpus the least of it that reaches everything that is reached.";

/// Builds the fuzzer and lets it search from the corpus of a target.
pub fn run(root: &Path, arguments: &[String]) -> Result<(), String> {
    let (name, seconds, keep) = read(arguments).ok_or(USAGE)?;
    let kept = root.join("fuzz/corpus").join(name);
    if !kept.is_dir() {
        return Err(format!("there is no target {name}\n{USAGE}"));
    }
    let out = target(root).join("fuzz");
    let found = out.join("corpus").join(name);
    fs::create_dir_all(&found).map_err(|why| format!("{}: {why}", found.display()))?;
    let mut build = cargo(root);
    build
        .current_dir(root.join("fuzz"))
        .env("RUSTFLAGS", COVERAGE.join(" "))
        .args(["build", "--release", "--target", PLATFORM, "--target-dir"])
        .arg(&out);
    if SLOW_TO_BUILD.contains(&name) {
        build.args(["--features", name]);
    }
    succeed("the build of the fuzzer", &mut build)?;
    let fuzzer = out.join(PLATFORM).join("release/fuzz");
    let start = || {
        let mut fuzzer = std::process::Command::new(&fuzzer);
        fuzzer.env("HEADWATER_FUZZ", name).args(LIMITS);
        fuzzer
    };
    let mut search = start();
    search.args([&found, &kept]);
    let words = root.join("fuzz/words").join(name);
    if words.is_file() {
        search.arg(format!("-dict={}", words.display()));
    }
    search.arg(format!("-artifact_prefix={}/{name}-", out.display()));
    search.args([
        format!("-max_total_time={seconds}"),
        "-print_final_stats=1".into(),
    ]);
    succeed("fuzzing", &mut search)?;
    if keep {
        let mut merge = start();
        // The fewest that reach every edge; how often they do would keep thousands.
        merge.args(["-set_cover_merge=1", "-use_counters=0"]);
        merge.args([&kept, &found]);
        succeed("keeping what was found", &mut merge)?;
    }
    Ok(())
}

/// The target, how long to search, and whether to keep what is found.
fn read(arguments: &[String]) -> Option<(&str, u64, bool)> {
    let (name, options) = arguments.split_first()?;
    let (mut seconds, mut keep) = (60, false);
    let mut options = options.iter();
    while let Some(option) = options.next() {
        match option.as_str() {
            "--seconds" => seconds = options.next()?.parse().ok()?,
            "--keep" => keep = true,
            _ => return None,
        }
    }
    Some((name, seconds, keep))
}
