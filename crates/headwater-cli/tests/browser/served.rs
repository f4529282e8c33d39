//! The dashboard as a user starts it: the program, a store of its own, a free port.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// A running `headwater serve`, ended with the test.
pub struct Served {
    program: Child,
    /// Where it answers, without a slash at the end.
    pub address: String,
    /// Its store, and room for files to upload.
    pub folder: TempDir,
}

impl Served {
    /// Starts the program on a free port and waits for the line that names its address.
    pub fn start() -> Self {
        let folder = TempDir::new().expect("a folder");
        let mut program = Command::new(assert_cmd::cargo::cargo_bin!("headwater"))
            .args(["serve", "--port", "0", "--store"])
            .arg(folder.path().join("store"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let stdout = program.stdout.take().expect("stdout is piped");
        let mut lines = BufReader::new(stdout).lines();
        let address = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| {
                let from = line.find("http://")?;
                let address = line[from..].split_whitespace().next()?;
                Some(address.trim_end_matches(['/', '.']).to_string())
            })
            .expect("the program says where it listens");
        // What it says later must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Served {
            program,
            address,
            folder,
        }
    }

    /// A file to upload.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("the folder can be written");
        path
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}
