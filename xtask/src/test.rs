//! Format check, clippy, documentation, and every test, in Rust and in Python.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Instant;

use crate::{browser, cargo, python, succeed};

/// Everything that is compiled, in one graph: features are those of the whole workspace, so that the
/// Python extension and the tests share what they are built of.
const EVERYTHING: [&str; 6] = [
    "build",
    "--workspace",
    "--lib",
    "--bins",
    "--tests",
    "--examples",
];

/// What some tests need beside them, each with the reason where it is not to be had.
struct Company {
    python: Result<PathBuf, String>,
    axe: Result<PathBuf, String>,
}

/// Runs every check. A step that fails keeps later ones from starting; a test that fails keeps no other.
pub fn run(root: &Path) -> Result<(), String> {
    let start = Instant::now();
    let company = thread::scope(|scope| {
        println!("Python packages, Chromium and axe-core are fetched while the compiler works.");
        let python = scope.spawn(|| python::environment(root));
        let axe = scope.spawn(|| browser::install().and_then(|()| browser::axe(root)));
        step("1/7", "format", &["fmt", "--all", "--check"], root)?;
        let clippy = "clippy --workspace --all-targets -- -D warnings";
        let clippy: Vec<&str> = clippy.split(' ').collect();
        step("2/7", "clippy, warnings denied", &clippy, root)?;
        announce("3/7", "documentation, warnings denied");
        let mut doc = cargo(root);
        doc.args(["doc", "--workspace", "--no-deps", "--quiet"])
            .env("RUSTDOCFLAGS", "-D warnings");
        succeed("documentation", &mut doc)?;
        step("4/7", "build", &EVERYTHING, root)?;
        let lost = |_| Err("its thread panicked".to_string());
        Ok::<_, String>(Company {
            python: python.join().unwrap_or_else(lost),
            axe: axe.join().unwrap_or_else(lost),
        })
    })?;
    announce("5/7", "what some tests need beside them");
    for (what, found) in [
        ("Python with the official implementations", &company.python),
        ("axe-core, Chromium and its driver", &company.axe),
    ] {
        match found {
            Ok(path) => println!("    {what}: {}", path.display()),
            Err(why) => println!("    {what}: not available, tests will say so: {why}"),
        }
    }
    let mut tally = Tally::default();
    announce("6/7", "tests of the workspace");
    let mut passed = tests(root, &company, &mut tally)?;
    announce("7/7", "the Python package: mypy, pytest");
    passed &= package(root, &company.python, &mut tally)?;
    let closing = tally.closing();
    if !passed {
        return Err(format!("tests failed\n{closing}"));
    }
    println!("\n{closing}");
    println!(
        "all checks passed in {:.0} s",
        start.elapsed().as_secs_f64()
    );
    Ok(())
}

/// Builds the Python package and runs its checks alone.
pub fn python_alone(root: &Path) -> Result<(), String> {
    succeed("build", cargo(root).args(EVERYTHING))?;
    let mut tally = Tally::default();
    let passed = package(root, &python::environment(root), &mut tally)?;
    let closing = tally.closing();
    if passed {
        println!("\n{closing}");
        Ok(())
    } else {
        Err(format!("tests failed\n{closing}"))
    }
}

fn announce(number: &str, what: &str) {
    println!("\n==> {number} {what}");
}

fn step(number: &str, what: &str, arguments: &[&str], root: &Path) -> Result<(), String> {
    announce(number, what);
    succeed(what, cargo(root).args(arguments))
}

/// Runs the tests of all crates and tells whether they passed.
fn tests(root: &Path, company: &Company, tally: &mut Tally) -> Result<bool, String> {
    let with_company = |command: &mut Command| {
        if let Ok(python) = &company.python {
            command.env("HEADWATER_PEERS_PYTHON", python);
        }
        if let Ok(axe) = &company.axe {
            command.env("HEADWATER_AXE", axe);
        }
    };
    let nextest = cargo(root)
        .args(["nextest", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    let mut passed = true;
    if nextest {
        let mut run = cargo(root);
        run.args(["nextest", "run", "--workspace", "--no-fail-fast"]);
        with_company(&mut run);
        let child = run.stderr(Stdio::piped()).spawn();
        passed = follow(child, tally)?;
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
    passed &= follow(child, tally)?;
    Ok(passed)
}

/// Runs the checks of the Python package where there is a Python that can, and tells whether they
/// passed.
fn package(
    root: &Path,
    python: &Result<PathBuf, String>,
    tally: &mut Tally,
) -> Result<bool, String> {
    let found = python.as_ref().map_err(Clone::clone);
    let python = match found.and_then(|python| python::equipped(python).map(|()| python)) {
        Ok(python) => python,
        Err(why) => {
            let line = format!("skipped: mypy and pytest of the Python package: {why}");
            println!("{line}");
            tally.skip(&line);
            return Ok(true);
        }
    };
    let staged = python::stage(root)?;
    python::importable(python, &staged)?;
    let mut passed = true;
    for mut check in [
        python::types(root, python),
        python::tests(root, python, &staged),
    ] {
        let child = check.stdout(Stdio::piped()).spawn();
        passed &= follow(child, tally)?;
    }
    Ok(passed)
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

/// What the lines of `cargo test`, `cargo nextest`, mypy and pytest add up to.
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
        } else if let Some(counts) = line
            .strip_prefix("==")
            .and_then(|line| line.trim_matches(['=', ' ']).rsplit_once(" in "))
        {
            self.count(counts.0.split(','));
        } else if let Some(name) = ["FAILED ", "ERROR "]
            .iter()
            .find_map(|word| line.strip_prefix(word))
            .filter(|name| name.contains(".py"))
        {
            self.failures.push(name.into());
        } else if line.starts_with("Found ") && line.contains(" error") {
            self.failures.push(format!("mypy: {line}"));
        } else if let Some((_, why)) = line
            .strip_prefix("SKIPPED [")
            .and_then(|rest| rest.split_once(": "))
        {
            self.skip(&format!("skipped: {}", why.trim_start_matches("skipped: ")));
        } else if line.starts_with("skipped:") {
            self.skip(line);
        }
    }

    /// Remembers what was skipped and why, once.
    fn skip(&mut self, line: &str) {
        if !self.skipped.iter().any(|seen| seen == line) {
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
                "failed" | "error" | "errors" => self.failed += number,
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
            "crates/headwater-py/python/headwater/mix.py:3: error: Missing type  [no-untyped-def]",
            "Found 1 error in 1 file (checked 24 source files)",
            "========================= short test summary info ==========================",
            "SKIPPED [3] tests/test_parity.py:40: ../shared/code is not here",
            "FAILED tests/test_mix.py::test_a_mix_is_a_mix - assert 1 == 2",
            "ERROR tests/test_data.py::test_data - ValueError: no",
            "=============== 1 failed, 50 passed, 3 skipped, 1 error in 12.34s ================",
        ] {
            tally.read(line);
        }
        assert_eq!(
            tally.closing(),
            "skipped: ../shared/data/x.csv is not here\nskipped: ../shared/code is not here\n\
             FAILED a_square_is_round\nFAILED headwater a_circle_is_square\n\
             FAILED mypy: Found 1 error in 1 file (checked 24 source files)\n\
             FAILED tests/test_mix.py::test_a_mix_is_a_mix - assert 1 == 2\n\
             FAILED tests/test_data.py::test_data - ValueError: no\n\
             112 tests passed, 4 failed, 5 ignored"
        );
    }
}
