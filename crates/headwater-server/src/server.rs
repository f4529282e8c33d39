//! Everything that requests share.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use headwater::error::Result;
use tokio::sync::{Semaphore, watch};

use crate::advisors::{Advisors, Opened, blocking};
use crate::error::{ApiError, Result as Answer};
use crate::guard::Guard;
use crate::jobs::Jobs;
use crate::store::{Datasets, Entry, Id, Lock, Record, Runs, State};

/// How many questions and uploads are worked on at once.
const AT_ONCE: usize = 2;

/// How long reading an upload may take.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A store, the fits that run in it, and who may ask.
pub struct Server {
    /// Who may ask.
    pub(crate) guard: Guard,
    pub(crate) datasets: Arc<Datasets>,
    pub(crate) runs: Arc<Runs>,
    pub(crate) jobs: Jobs,
    pub(crate) advisors: Advisors,
    places: Arc<Semaphore>,
    closing: watch::Sender<bool>,
    // Dropped last: the store is free once nothing writes in it any more.
    _lock: Lock,
}

impl Server {
    /// Takes a store, making it where there is none, and goes on with the fits that waited in it.
    ///
    /// # Errors
    /// When another server works in it, and when it cannot be written.
    pub fn open(store: &Path, guard: Guard) -> Result<Arc<Self>> {
        let lock = Lock::take(store)?;
        let datasets = Arc::new(Datasets::open(store)?);
        let runs = Arc::new(Runs::open(store)?);
        Ok(Arc::new(Server {
            guard,
            jobs: Jobs::start(Arc::clone(&datasets), Arc::clone(&runs))?,
            datasets,
            runs,
            advisors: Advisors::default(),
            places: Arc::new(Semaphore::new(AT_ONCE)),
            closing: watch::Sender::new(false),
            _lock: lock,
        }))
    }

    /// Ends the streams of events, which would keep their connections open for ever.
    pub(crate) fn say_goodbye(&self) {
        self.closing.send_replace(true);
    }

    /// Ends the streams of events and the fit that runs, which is recorded as interrupted. Whether the
    /// fit ended within `patience`.
    pub fn close(&self, patience: Duration) -> bool {
        self.say_goodbye();
        self.jobs.close(patience)
    }

    /// Becomes true when the server closes.
    pub(crate) fn closing(&self) -> watch::Receiver<bool> {
        self.closing.subscribe()
    }

    /// The upload of that name.
    pub(crate) fn dataset(&self, id: &str) -> Answer<Record> {
        let found = id.parse().ok().and_then(|id: Id| self.datasets.get(id));
        found.ok_or_else(|| ApiError::not_found("there is no such dataset"))
    }

    /// The run of that name.
    pub(crate) fn run(&self, id: &str) -> Answer<Arc<Entry>> {
        let found = id.parse().ok().and_then(|id: Id| self.runs.get(id));
        found.ok_or_else(|| ApiError::not_found("there is no such run"))
    }

    /// The run of that name, once it is done.
    pub(crate) fn finished(&self, id: &str) -> Answer<Arc<Entry>> {
        let entry = self.run(id)?;
        let state = entry.run().state;
        let (message, help) = match state {
            State::Done => return Ok(entry),
            State::Queued => ("this run waits for others", "ask again when it is done"),
            State::Running => ("this run is not done yet", "ask again when it is done"),
            State::Failed => ("this run failed", "see its error, and start another"),
            State::Cancelled => ("this run was cancelled", "start it again"),
            State::Interrupted => (
                "this run was interrupted when the server ended",
                "start it again",
            ),
        };
        Err(ApiError::new(
            axum::http::StatusCode::CONFLICT,
            message,
            help,
        ))
    }

    /// Does work that takes long, a few at once.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.expect("the semaphore is never closed");
        blocking(move || {
            let _place = place;
            work()
        })
        .await
    }

    /// Puts a question to a run that is done.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        id: &str,
        question: impl FnOnce(&Opened) -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        let entry = self.finished(id)?;
        let opened = self.advisors.get(entry.id(), entry.directory()).await?;
        self.work(move || question(&opened)).await
    }
}
