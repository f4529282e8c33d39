//! Format check, clippy, and every test, one step after the other.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use crate::{browser, cargo, quietly};

/// What the official implementations need that some tests compare with.
const PEERS: [&str; 4] = ["xgboost-cpu", "numpy", "pandas", "scikit-learn"];

/// Runs every check and stops at the first that fails.
pub fn run(root: &Path) -> Result<(), String> {
    let start = Instant::now();
    step(
        "1/5",
        "format",
        cargo(root).args(["fmt", "--all", "--check"]),
    )?;
    step(
        "2/5",
        "clippy, warnings denied",
        cargo(root).args([
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ]),
    )?;
    announce(
        "3/5",
        "Python with official xgboost, the referee of the boosting tests",
    );
    let python = match peers_python(root) {
        Ok(python) => {
            println!("    {}", python.display());
            Some(python)
        }
        Err(why) => {
            println!("    not available, the tests that need it will say so: {why}");
            None
        }
    };
    announce(
        "4/5",
        "Chromium and axe-core, for the tests of the dashboard",
    );
    let axe = match browser::install().and_then(|()| browser::axe(root)) {
        Ok(axe) => {
            println!("    {}", axe.display());
            Some(axe)
        }
        Err(why) => {
            println!("    not available, the tests that need it will say so: {why}");
            None
        }
    };
    announce("5/5", "tests");
    let closing = tests(root, python.as_deref(), axe.as_deref())?;
    println!("\n{closing}");
    println!(
        "all checks passed in {:.0} s",
        start.elapsed().as_secs_f64()
    );
    Ok(())
}

fn announce(number: &str, what: &str) {
    println!("\n==> {number} {what}");
}

fn step(number: &str, what: &str, command: &mut Command) -> Result<(), String> {
    announce(number, what);
    succeed(what, command)
}

fn succeed(what: &str, command: &mut Command) -> Result<(), String> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{what} failed ({status})")),
        Err(why) => Err(format!("{what} could not be started: {why}")),
    }
}

/// The interpreter of a virtual environment under `target/`, made once.
fn peers_python(root: &Path) -> Result<PathBuf, String> {
    if let Some(python) = std::env::var_os("HEADWATER_PEERS_PYTHON") {
        return Ok(python.into());
    }
    let venv = root.join("target/peers-venv");
    let python = venv.join(if cfg!(windows) {
        "Scripts/python.exe"
    } else {
        "bin/python"
    });
    let complete = venv.join("complete");
    if complete.exists() {
        return Ok(python);
    }
    println!("    making target/peers-venv with {}", PEERS.join(", "));
    quietly(
        "python3 -m venv",
        Command::new("python3").args(["-m", "venv"]).arg(&venv),
    )?;
    quietly(
        "pip install",
        Command::new(&python)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ])
            .args(PEERS),
    )?;
    std::fs::write(&complete, "").map_err(|why| format!("{}: {why}", complete.display()))?;
    Ok(python)
}

/// Runs the tests and returns the closing lines.
fn tests(root: &Path, python: Option<&Path>, axe: Option<&Path>) -> Result<String, String> {
    let with_company = |command: &mut Command| {
        if let Some(python) = python {
            command.env("HEADWATER_PEERS_PYTHON", python);
        }
        if let Some(axe) = axe {
            command.env("HEADWATER_AXE", axe);
        }
    };
    let nextest = cargo(root)
        .args(["nextest", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    let mut tally = Tally::default();
    let mut passed = true;
    if nextest {
        let mut run = cargo(root);
        run.args(["nextest", "run", "--workspace", "--no-fail-fast"]);
        with_company(&mut run);
        let child = run.stderr(Stdio::piped()).spawn();
        passed = follow(child, &mut tally)?;
    }
    let mut run = cargo(root);
    run.args(["test", "--workspace", "--no-fail-fast"]);
    if nextest {
        run.arg("--doc");
    }
    // Shows what passing tests print, where a skipped one says why.
    run.args(["--", "--show-output"]);
    with_company(&mut run);
    let child = run.stdout(Stdio::piped()).spawn();
    passed &= follow(child, &mut tally)?;
    if passed {
        Ok(tally.closing())
    } else {
        Err(format!("tests failed\n{}", tally.closing()))
    }
}

/// Repeats what a test runner says on its piped stream while it says it, and tells whether it
/// ended well.
fn follow(child: std::io::Result<Child>, tally: &mut Tally) -> Result<bool, String> {
    let mut child = child.map_err(|why| format!("the tests could not be started: {why}"))?;
    let stdout = child
        .stdout
        .take()
        .map(|out| Box::new(out) as Box<dyn Read>);
    let stderr = child
        .stderr
        .take()
        .map(|err| Box::new(err) as Box<dyn Read>);
    let stream = stdout.or(stderr).expect("one stream is piped");
    for line in BufReader::new(stream).lines() {
        let line = line.map_err(|why| format!("the tests cannot be followed: {why}"))?;
        println!("{line}");
        tally.read(&line);
    }
    let status = child
        .wait()
        .map_err(|why| format!("the tests cannot be followed: {why}"))?;
    Ok(status.success())
}

/// What the lines of `cargo test` and of `cargo nextest` add up to.
#[derive(Default)]
struct Tally {
    passed: usize,
    failed: usize,
    ignored: usize,
    skipped: Vec<String>,
    failures: Vec<String>,
}

impl Tally {
    fn read(&mut self, line: &str) {
        if let Some(counts) = line.strip_prefix("test result: ") {
            self.count(counts.split([';', '.']));
        } else if let Some((_, counts)) = line
            .trim_start()
            .strip_prefix("Summary [")
            .and_then(|rest| rest.split_once(" run: "))
        {
            self.count(counts.split(','));
        } else if let Some(name) = line
            .strip_prefix("test ")
            .and_then(|rest| rest.strip_suffix(" ... FAILED"))
        {
            self.failures.push(name.into());
        } else if let Some((_, name)) = line
            .trim_start()
            .strip_prefix("FAIL [")
            .and_then(|rest| rest.split_once("] "))
        {
            // nextest lists a failure when it happens and once more at the end.
            let name = name.split_once(") ").map_or(name, |(_, name)| name);
            if !self.failures.iter().any(|seen| seen == name) {
                self.failures.push(name.into());
            }
        } else if line.starts_with("skipped:") && !self.skipped.iter().any(|seen| seen == line) {
            self.skipped.push(line.into());
        }
    }

    /// Adds counts such as `3 passed`.
    fn count<'a>(&mut self, counts: impl Iterator<Item = &'a str>) {
        for count in counts {
            let mut words = count.split_whitespace();
            let number = words.next().and_then(|number| number.parse::<usize>().ok());
            let (Some(number), Some(what)) = (number, words.next()) else {
                continue;
            };
            match what {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" | "skipped" => self.ignored += number,
                _ => {}
            }
        }
    }

    fn closing(&self) -> String {
        let mut lines = self.skipped.clone();
        lines.extend(self.failures.iter().map(|name| format!("FAILED {name}")));
        lines.push(format!(
            "{} tests passed, {} failed, {} ignored",
            self.passed, self.failed, self.ignored
        ));
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::Tally;

    #[test]
    fn the_lines_of_several_test_programs_add_up() {
        let mut tally = Tally::default();
        for line in [
            "test a_square_is_round ... FAILED",
            "skipped: ../shared/data/x.csv is not here",
            "skipped: ../shared/data/x.csv is not here",
            "test result: FAILED. 3 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; \
             finished in 0.01s",
            "test result: ok. 20 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out; \
             finished in 1.25s",
            "        FAIL [   0.257s] ( 9/40) headwater a_circle_is_square",
            "        FAIL [   0.257s] ( 9/40) headwater a_circle_is_square",
            "     Summary [   3.021s] 40 tests run: 39 passed (1 slow), 1 failed, 0 skipped",
        ] {
            tally.read(line);
        }
        assert_eq!(
            tally.closing(),
            "skipped: ../shared/data/x.csv is not here\nFAILED a_square_is_round\n\
             FAILED headwater a_circle_is_square\n\
             62 tests passed, 2 failed, 2 ignored"
        );
    }
}
