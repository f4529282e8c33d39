//! Fits that were asked for: waiting, running or finished.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use headwater::analysis::{Analysis, Settings};
use headwater::error::{Error, Result};
use headwater::finding::Status;
use headwater::validation::assumption::Verdict;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::file;
use super::id::Id;
use crate::error::Problem;

/// A fit that was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// Its name in the store.
    pub id: Id,
    /// What the user calls it.
    pub name: String,
    /// The upload that it is fitted to.
    pub dataset: Source,
    /// Where it stands.
    pub state: State,
    /// When it was asked for.
    #[schemars(with = "String")]
    pub created: Timestamp,
    /// When it began; null while it waits.
    #[schemars(with = "Option<String>")]
    pub started: Option<Timestamp>,
    /// When it ended; null before.
    #[schemars(with = "Option<String>")]
    pub finished: Option<Timestamp>,
    /// How long it took, in seconds.
    pub seconds: Option<f64>,
    /// The estimator of both stages, or those of the two.
    pub estimator: String,
    /// The seed of every random stream.
    pub seed: u64,
    /// Its place among those that wait, from 1.
    pub position: Option<usize>,
    /// How far it is; null unless it runs.
    pub progress: Option<RunProgress>,
    /// Why it failed.
    pub error: Option<Problem>,
    /// What the data say of the path through the mediator.
    pub verdict: Option<RunVerdict>,
    /// The share of the best naive forecast's squared error that the model removes on weeks that it had
    /// not seen, with the mediator predicted.
    pub skill: Option<f64>,
    /// The number of weeks it was fitted to.
    pub weeks: Option<usize>,
}

/// The upload of a run, by the name it had.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Source {
    /// Its name in the store.
    pub id: Id,
    /// What the user called it.
    pub name: String,
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It waits for others.
    Queued,
    /// It is being fitted.
    Running,
    /// It is finished and can be asked.
    Done,
    /// It could not be fitted.
    Failed,
    /// It was stopped by the user.
    Cancelled,
    /// The server ended before it did.
    Interrupted,
}

impl State {
    /// Whether nothing more will happen.
    pub fn is_final(self) -> bool {
        !matches!(self, State::Queued | State::Running)
    }
}

/// How far a fit is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunProgress {
    /// What is being done, in words.
    pub what: String,
    /// How many of its parts are done.
    pub done: usize,
    /// How many parts it has; 0 where that is not known.
    pub total: usize,
    /// Which step of the fit this is, from 1.
    pub step: usize,
    /// How many steps a fit has.
    pub steps: usize,
    /// How long this step will take at the rate so far; null until that can be told.
    pub seconds_left: Option<f64>,
}

/// What the data say of the path through the mediator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunVerdict {
    /// The verdict.
    pub verdict: Verdict,
    /// Its status as a finding.
    pub status: Status,
    /// The finding in words.
    pub summary: String,
}

/// A run, who follows it, and whether it should stop.
#[derive(Debug)]
pub struct Entry {
    folder: PathBuf,
    state: watch::Sender<Run>,
    stop: AtomicBool,
    /// Held while files of the run are written.
    disk: Mutex<()>,
}

/// Sees every change of a run.
pub type Follow = watch::Receiver<Run>;

impl Entry {
    fn new(folder: PathBuf, run: Run) -> Self {
        Entry {
            folder,
            state: watch::Sender::new(run),
            stop: AtomicBool::new(false),
            disk: Mutex::new(()),
        }
    }

    /// The run as it stands.
    pub fn run(&self) -> Run {
        self.state.borrow().clone()
    }

    /// Its id.
    pub fn id(&self) -> Id {
        self.state.borrow().id
    }

    /// The changes from here on.
    pub fn follow(&self) -> Follow {
        self.state.subscribe()
    }

    /// Asks the fit to stop.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Whether the fit was asked to stop.
    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// The folder that the fit writes: an ordinary run.
    pub fn directory(&self) -> PathBuf {
        self.folder.join("run")
    }

    /// The settings it was asked for.
    pub fn settings(&self) -> Result<Settings> {
        let path = self.folder.join("request.toml");
        let text = std::fs::read_to_string(&path).map_err(|why| file::refused(&path, &why))?;
        Settings::from_toml("request.toml", &text)
    }

    /// Changes the run and keeps the change; where the disk refuses, the run stays as it was.
    pub fn update(&self, change: impl Fn(&mut Run)) -> Result<Run> {
        let _disk = self.disk();
        let mut run = self.run();
        change(&mut run);
        file::write(&self.folder.join("run.json"), &json(&run))?;
        self.state.send_modify(change);
        Ok(self.run())
    }

    /// Changes the run, and keeps the change where the disk lets it: for what has happened, whether it
    /// can be written down or not. What is not is settled when the store is opened again.
    pub fn record(&self, change: impl Fn(&mut Run)) {
        if self.update(&change).is_err() {
            self.show(change);
        }
    }

    /// Changes what is not kept: how far the fit is, and its place in the queue.
    pub fn show(&self, change: impl FnOnce(&mut Run)) {
        self.state.send_modify(change);
    }

    /// Reads a file of the run's own, `plans.json`; none where it was not written.
    pub fn read<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        let path = self.folder.join(name);
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(why) => return Err(file::refused(&path, &why)),
        };
        serde_json::from_slice(&text)
            .map(Some)
            .map_err(|why| Error::File {
                path: path.display().to_string(),
                message: format!("cannot be read: {why}"),
                help: "delete the file; what it held is lost".into(),
            })
    }

    /// Reads, changes and writes a file of the run's own.
    pub fn change<T: Default + Serialize + serde::de::DeserializeOwned, R>(
        &self,
        name: &str,
        change: impl FnOnce(&mut T) -> R,
    ) -> Result<(T, R)> {
        let _disk = self.disk();
        let mut value: T = self.read(name)?.unwrap_or_default();
        let result = change(&mut value);
        file::write(&self.folder.join(name), &json(&value))?;
        Ok((value, result))
    }

    fn disk(&self) -> MutexGuard<'_, ()> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Run {
    /// Writes into the run what its analysis says.
    pub fn learn(&mut self, analysis: &Analysis) {
        let mut findings = analysis.findings.iter();
        let path = findings.find(|finding| finding.id == "mediation.path");
        self.verdict = path.map(|finding| RunVerdict {
            verdict: analysis.path.verdict,
            status: finding.status,
            summary: finding.summary.clone(),
        });
        self.skill = analysis.stages.outcome.out_of_sample.path.skill();
        self.weeks = Some(analysis.data.weeks);
    }
}

/// Every run.
#[derive(Debug)]
pub struct Runs {
    folder: PathBuf,
    entries: Mutex<HashMap<Id, Arc<Entry>>>,
}

impl Runs {
    /// The runs of a store. What ran when the last server ended is interrupted, or done where the fit had
    /// been written already.
    pub fn open(store: &Path) -> Result<Self> {
        let folder = store.join("runs");
        let mut entries = HashMap::new();
        for (id, path) in file::folders(&folder)? {
            let Some(run) = read(id, &path) else { continue };
            let entry = Entry::new(path, run);
            if entry.run().state == State::Running {
                entry.settle();
            }
            entries.insert(id, Arc::new(entry));
        }
        Ok(Runs {
            folder,
            entries: Mutex::new(entries),
        })
    }

    /// Keeps a run that was asked for, and its settings.
    pub fn add(&self, run: Run, settings: &Settings) -> Result<Arc<Entry>> {
        let folder = file::build(&self.folder, run.id, |folder| {
            let text = settings.to_toml(&settings.columns);
            file::write(&folder.join("request.toml"), text.as_bytes())?;
            file::write(&folder.join("run.json"), &json(&run))
        })?;
        let id = run.id;
        let entry = Arc::new(Entry::new(folder, run));
        self.entries().insert(id, Arc::clone(&entry));
        Ok(entry)
    }

    /// Every run, the newest first.
    pub fn list(&self) -> Vec<Run> {
        let mut list: Vec<Run> = self.entries().values().map(|entry| entry.run()).collect();
        list.sort_by_key(|run| std::cmp::Reverse((run.created, run.id)));
        list
    }

    /// A run.
    pub fn get(&self, id: Id) -> Option<Arc<Entry>> {
        self.entries().get(&id).cloned()
    }

    /// Forgets a run; whether there was one.
    pub fn remove(&self, id: Id) -> Result<bool> {
        let Some(entry) = self.get(id) else {
            return Ok(false);
        };
        let _disk = entry.disk();
        if self.get(id).is_none() {
            return Ok(false);
        }
        file::remove(&self.folder, id)?;
        Ok(self.entries().remove(&id).is_some())
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<Id, Arc<Entry>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    /// Says what became of a run whose server ended.
    fn settle(&self) {
        let analysis = std::fs::read(self.directory().join("analysis.json")).ok();
        let analysis: Option<Analysis> =
            analysis.and_then(|text| serde_json::from_slice(&text).ok());
        self.record(|run| match &analysis {
            Some(analysis) => {
                run.state = State::Done;
                run.learn(analysis);
            }
            None => run.state = State::Interrupted,
        });
    }
}

/// The run of a folder; none where its record is lost.
fn read(id: Id, folder: &Path) -> Option<Run> {
    let text = std::fs::read(folder.join("run.json")).ok()?;
    let run: Run = serde_json::from_slice(&text).ok()?;
    let run = Run {
        position: None,
        progress: None,
        ..run
    };
    (run.id == id).then_some(run)
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec_pretty(value).expect("plain values can be written")
}
