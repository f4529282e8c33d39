//! Everything that requests share.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use headwater::error::Result;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::timeout;

use crate::advisors::{Advisors, Asker, Opened, blocking};
use crate::error::{ApiError, Result as Answer};
use crate::guard::Guard;
use crate::jobs::Jobs;
use crate::store::{Datasets, Entry, Id, Lock, Record, Runs, State};

/// The largest upload, in bytes.
pub const MOST_BYTES: usize = 64 << 20;

/// How many questions are worked on at once.
const AT_ONCE: usize = 2;

/// How many of them may be long: there is always a place for a slider that moves.
const LONG_AT_ONCE: usize = 1;

/// How many questions may wait, and how many of those may be long: who waits behind more would wait in
/// vain.
const ASKED_WAITING: usize = 400;
const LONG_WAITING: usize = 8;

/// How many KiB of requests are received at once: four of the largest uploads.
const RECEIVED_AT_ONCE: usize = 4 * MOST_BYTES / KIB;
const KIB: usize = 1 << 10;

/// How many uploads are read at once.
const READ_AT_ONCE: usize = 2;

/// How many requests may wait for their upload to be read.
const READ_WAITING: usize = 16;

/// How long reading an upload may take, and waiting for it or for the answer to a question to begin.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A store, the fits that run in it, and who may ask.
pub struct Server {
    /// Who may ask.
    pub(crate) guard: Arc<Guard>,
    pub(crate) datasets: Arc<Datasets>,
    pub(crate) runs: Arc<Runs>,
    pub(crate) jobs: Jobs,
    pub(crate) advisors: Arc<Advisors>,
    places: Arc<Semaphore>,
    long_places: Arc<Semaphore>,
    questions: Semaphore,
    long_questions: Semaphore,
    receiving: Arc<Semaphore>,
    readers: Arc<Semaphore>,
    readings: Semaphore,
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
        let advisors = Arc::new(Advisors::default());
        Ok(Arc::new(Server {
            guard: Arc::new(guard),
            jobs: Jobs::start(
                Arc::clone(&datasets),
                Arc::clone(&runs),
                Arc::clone(&advisors),
            )?,
            datasets,
            runs,
            advisors,
            places: Arc::new(Semaphore::new(AT_ONCE)),
            long_places: Arc::new(Semaphore::new(LONG_AT_ONCE)),
            questions: Semaphore::new(AT_ONCE + ASKED_WAITING),
            long_questions: Semaphore::new(LONG_AT_ONCE + LONG_WAITING),
            receiving: Arc::new(Semaphore::new(RECEIVED_AT_ONCE)),
            readers: Arc::new(Semaphore::new(READ_AT_ONCE)),
            readings: Semaphore::new(READ_AT_ONCE + READ_WAITING),
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
        Err(ApiError::new(StatusCode::CONFLICT, message, help))
    }

    /// Room for the body of a request.
    pub(crate) fn room(&self, bytes: usize) -> Answer<Room> {
        let kib = u32::try_from(bytes.div_ceil(KIB)).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.receiving).try_acquire_many_owned(kib);
        room.map(Room).map_err(|_| {
            ApiError::busy(
                "this server is receiving other files",
                "wait until they are there, then send yours again",
            )
        })
    }

    /// Reads an upload, a few at once and each for so long. A reading that takes longer cannot be
    /// stopped: it keeps its place until it ends, so that there are never more threads than places.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        reading: impl FnOnce() -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        let busy = || {
            ApiError::busy(
                "this server is reading other files",
                "wait until they are read, then send yours again",
            )
        };
        let _in_line = self.readings.try_acquire().map_err(|_| busy())?;
        let place = timeout(PATIENCE, Arc::clone(&self.readers).acquire_owned()).await;
        let place = place
            .map_err(|_| busy())?
            .expect("the semaphore is never closed");
        let read = blocking(move || {
            let _place = place;
            reading()
        });
        timeout(PATIENCE, read).await.unwrap_or_else(|_| {
            Err(ApiError::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                format!(
                    "the file could not be read in {} seconds",
                    PATIENCE.as_secs()
                ),
                "save it as CSV with one row for each week, and upload that",
            ))
        })
    }

    /// Puts a question to a run that is done. Whoever leaves while waiting takes the question along.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        id: &str,
        length: Length,
        question: impl FnOnce(&Opened) -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        let entry = self.finished(id)?;
        let busy = || {
            ApiError::busy(
                "this server is answering other questions",
                "wait a little, then ask again",
            )
        };
        let _in_line = self.questions.try_acquire().map_err(|_| busy())?;
        let _in_long_line = match length {
            Length::Short => None,
            Length::Long => Some(self.long_questions.try_acquire().map_err(|_| busy())?),
        };
        let opened = self.advisors.get(entry.id(), entry.directory()).await?;
        let places = async {
            let long = match length {
                Length::Short => None,
                Length::Long => Some(Arc::clone(&self.long_places).acquire_owned().await),
            };
            (long, Arc::clone(&self.places).acquire_owned().await)
        };
        let places = timeout(PATIENCE, places).await.map_err(|_| busy())?;
        let asker = Asker::default();
        let opened = opened.asked_by(&asker);
        blocking(move || {
            let _places = places;
            question(&opened)
        })
        .await
    }
}

/// How much work a question is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Length {
    /// Milliseconds where both stages are linear: a slider or a page waits for it.
    Short,
    /// A second, or many.
    Long,
}

/// Room that the body of a request takes until this is dropped.
#[derive(Debug)]
pub(crate) struct Room(#[allow(dead_code)] OwnedSemaphorePermit);

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use axum::response::IntoResponse;

    use super::*;

    #[test]
    fn readings_beyond_those_that_may_wait_are_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let guard = Guard::new("127.0.0.1", 8501, None).unwrap();
        let server = Server::open(folder.path(), guard).unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let (release, released) = mpsc::channel::<()>();
            let released = Arc::new(std::sync::Mutex::new(released));
            let read = || {
                let (server, released) = (Arc::clone(&server), Arc::clone(&released));
                tokio::spawn(async move {
                    let slow = move || {
                        let _ = released.lock().map(|released| released.recv());
                        Ok(())
                    };
                    server.read(slow).await
                })
            };
            let taken: Vec<_> = (0..READ_AT_ONCE + READ_WAITING).map(|_| read()).collect();
            while server.readings.available_permits() > 0 {
                tokio::task::yield_now().await;
            }
            let refused = server.read(|| Ok(())).await.unwrap_err().into_response();
            assert_eq!(refused.status(), 429);
            assert!(refused.headers().contains_key("retry-after"));
            // once the slow ones end, those in line are read
            drop(release);
            for reading in taken {
                assert!(reading.await.unwrap().is_ok());
            }
            assert!(server.read(|| Ok(())).await.is_ok());
        });
    }

    #[test]
    fn bodies_beyond_what_is_received_at_once_are_refused_until_others_are_there() {
        let folder = tempfile::tempdir().unwrap();
        let guard = Guard::new("127.0.0.1", 8501, None).unwrap();
        let server = Server::open(folder.path(), guard).unwrap();
        let rooms: Vec<Room> = (0..4).map(|_| server.room(MOST_BYTES).unwrap()).collect();
        let refused = server.room(1).unwrap_err().into_response();
        assert_eq!(refused.status(), 429);
        drop(rooms);
        assert!(server.room(MOST_BYTES).is_ok());
        // A body of nothing needs no room.
        assert!(server.room(0).is_ok());
    }
}
