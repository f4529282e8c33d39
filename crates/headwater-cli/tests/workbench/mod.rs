//! A folder of its own for each test, and the program run in it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// A temporary folder in which `headwater` runs.
pub struct Workbench {
    folder: TempDir,
}

impl Workbench {
    pub fn new() -> Self {
        Workbench {
            folder: TempDir::new().unwrap(),
        }
    }

    /// A folder with `data.csv`, a simulated market.
    pub fn with_market() -> Self {
        let bench = Workbench::new();
        bench.done("simulate --out data.csv");
        bench
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        let path = self.path(name);
        std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
    }

    pub fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.read(name)).unwrap()
    }

    /// Everything in the folder, sorted.
    pub fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// The program with these arguments, in the folder, without the colour wishes of the caller.
    pub fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(program());
        command
            .current_dir(self.folder.path())
            .env_remove("NO_COLOR")
            .args(arguments.split_whitespace());
        command
    }

    /// Runs the program.
    pub fn run(&self, arguments: &str) -> Said {
        Said::from(self.command(arguments).output().unwrap())
    }

    /// Runs the program, which must end with status 0, and returns its stdout.
    #[track_caller]
    pub fn done(&self, arguments: &str) -> String {
        let said = self.run(arguments);
        assert_eq!(said.status, 0, "headwater {arguments}\n{}", said.stderr);
        said.stdout
    }

    /// Runs the program, which must refuse with status 2 and print nothing on stdout; returns
    /// the words of its stderr, wherever the lines broke.
    #[track_caller]
    pub fn refused(&self, arguments: &str) -> String {
        let said = self.run(arguments);
        assert_eq!(said.status, 2, "headwater {arguments}\n{}", said.stdout);
        assert_eq!(said.stdout, "");
        words(&said.stderr)
    }
}

/// The program: the one that was built for the tests, or another that `HEADWATER_BINARY` names.
pub fn program() -> PathBuf {
    let other = std::env::var_os("HEADWATER_BINARY").map(PathBuf::from);
    other.unwrap_or_else(|| assert_cmd::cargo::cargo_bin!("headwater").into())
}

/// What the program said and how it ended.
pub struct Said {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Said {
            status: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// The words of a text without the frame that errors are drawn in.
pub fn words(text: &str) -> String {
    text.split_whitespace()
        .filter(|word| !matches!(*word, "│" | "×" | "╰─▶" | "├─▶"))
        .collect::<Vec<_>>()
        .join(" ")
}

/// A file of the external test data, or `None` after printing why the test is skipped.
pub fn shared(path: &str) -> Option<PathBuf> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data")
        .join(path);
    if file.exists() {
        return Some(file);
    }
    println!("skipped: ../shared/data/{path} is not here (external test data, see README)");
    None
}
