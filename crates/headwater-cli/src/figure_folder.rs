//! A folder of pictures in which no file of another program is replaced.

use std::fs;
use std::path::{Path, PathBuf};

use headwater::error::{Error, Result};
use headwater::files;

/// The file that holds the names of the pictures.
const NAMES: &str = "figures.txt";
/// The first line of that file.
const HEADING: &str = "Pictures that headwater wrote here and may replace:";

/// A folder that pictures are written into, with the names of those that are in it already.
pub struct FigureFolder {
    path: PathBuf,
    names: Vec<String>,
}

impl FigureFolder {
    /// Makes the folder where there is none, and reads what was written into it before.
    pub fn open(path: &Path) -> Result<Self> {
        fs::create_dir_all(path).map_err(|why| refused(path, &why))?;
        let text = fs::read_to_string(path.join(NAMES)).unwrap_or_default();
        let mut lines = text.lines();
        let names = match lines.next() {
            Some(HEADING) => lines.map(String::from).collect(),
            _ => Vec::new(),
        };
        Ok(FigureFolder {
            path: path.into(),
            names,
        })
    }

    /// Writes the files of one picture and returns their names; or why none was written, where a file of
    /// another program has one of the names.
    pub fn put(
        &mut self,
        files: Vec<(String, Vec<u8>)>,
    ) -> Result<std::result::Result<Vec<String>, String>> {
        let mut names = files.iter().map(|(name, _)| name);
        let foreign =
            names.find(|name| self.path.join(name).exists() && !self.names.contains(name));
        if let Some(name) = foreign {
            return Ok(Err(format!(
                "{} was not written by this command and is kept; move it, or name another folder with --out",
                self.path.join(name).display()
            )));
        }
        let names: Vec<String> = files.iter().map(|(name, _)| name.clone()).collect();
        // Before the pictures: one whose name is not noted could never be replaced.
        self.note(&names)?;
        for (name, bytes) in files {
            self.write(&name, &bytes)?;
        }
        Ok(Ok(names))
    }

    /// Notes that these pictures may be replaced from now on.
    fn note(&mut self, names: &[String]) -> Result<()> {
        let known = self.names.len();
        let names = names.iter().cloned();
        self.names.extend(names);
        self.names.sort();
        self.names.dedup();
        if self.names.len() == known {
            return Ok(());
        }
        let text = format!("{HEADING}\n{}\n", self.names.join("\n"));
        self.write(NAMES, text.as_bytes())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.path.join(name);
        files::write(&path, bytes).map_err(|why| refused(&path, &why))
    }
}

fn refused(path: &Path, why: &std::io::Error) -> Error {
    Error::File {
        path: path.display().to_string(),
        message: why.to_string(),
        help: "check that the folder may be written to and that the disk has room".into(),
    }
}
