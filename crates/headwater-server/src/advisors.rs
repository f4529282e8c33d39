//! Opened runs, ready to be asked: the few that were asked last.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use headwater::analysis::{Advisor, SavedRun};
use headwater::error::Error;
use headwater::progress::Progress;
use tokio::sync::{OnceCell, Semaphore};

use crate::error::{ApiError, Result};
use crate::store::Id;

/// How many runs stay open. One holds its data and, for each replicate, two fitted stages.
const OPEN: usize = 4;

/// How many runs are opened at once; with trees it takes as long as the fit.
const OPENED_AT_ONCE: usize = 2;

/// After how long without anybody who waits an opening stops.
const UNWANTED: Duration = Duration::from_secs(5);

/// A run that can be asked, with the models of its fit or those fitted again, the same to the last bit.
pub struct Opened {
    /// The run as it was saved.
    pub run: Arc<SavedRun>,
    /// Its model and replicates.
    pub advisor: Advisor,
}

impl Opened {
    /// The same run for one who asks it: a question stops soon after the answer is dropped that it was
    /// for.
    pub fn asked_by(&self, asker: &Asker) -> Self {
        Opened {
            run: Arc::clone(&self.run),
            advisor: self.advisor.heard_by(asker.0.clone()),
        }
    }
}

/// One who waits for an answer, as long as this is kept.
#[derive(Default)]
pub struct Asker(Arc<Left>);

impl Drop for Asker {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::Relaxed);
    }
}

/// Whether the one who asked has left.
#[derive(Default)]
struct Left(AtomicBool);

impl Progress for Left {
    fn report(&self, _: &str, _: usize, _: usize) {}

    fn cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The runs that were asked last, the most recent at the end.
pub struct Advisors {
    open: Mutex<Vec<(Id, Arc<Slot>)>>,
    openings: Arc<Semaphore>,
}

impl Default for Advisors {
    fn default() -> Self {
        Advisors {
            open: Mutex::default(),
            openings: Arc::new(Semaphore::new(OPENED_AT_ONCE)),
        }
    }
}

/// The place of a run, and whether anybody waits for it to be opened.
#[derive(Default)]
struct Slot {
    opened: OnceCell<Arc<Opened>>,
    wanted: Wanted,
}

/// How many wait for a run to be opened. Its opening is told to stop once nobody has waited for a while;
/// not at once, because a page that is left for another asks again.
#[derive(Default)]
struct Wanted {
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    count: usize,
    /// When the last of them left.
    left: Option<Instant>,
}

impl Wanted {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Progress for Wanted {
    fn report(&self, _: &str, _: usize, _: usize) {}

    fn cancelled(&self) -> bool {
        let waiting = self.waiting();
        let gone = |left: Instant| left.elapsed() > UNWANTED;
        waiting.count == 0 && waiting.left.is_some_and(gone)
    }
}

/// One who waits.
struct Waits(Arc<Slot>);

impl Waits {
    fn of(slot: &Arc<Slot>) -> Self {
        slot.wanted.waiting().count += 1;
        Waits(Arc::clone(slot))
    }
}

impl Drop for Waits {
    fn drop(&mut self) {
        let mut waiting = self.0.wanted.waiting();
        waiting.count -= 1;
        waiting.left = Some(Instant::now());
    }
}

impl Advisors {
    /// The run in this folder, opened once however many ask for it at the same time. An opening goes on
    /// for a while when who asked has left, because the next may want it.
    pub async fn get(&self, id: Id, directory: PathBuf) -> Result<Arc<Opened>> {
        let slot = self.slot(id);
        if let Some(opened) = slot.opened.get() {
            return Ok(Arc::clone(opened));
        }
        let _waits = Waits::of(&slot);
        let openings = Arc::clone(&self.openings);
        let opening = tokio::spawn(async move {
            let open = || async {
                let place = openings.acquire_owned().await;
                let slot = Arc::clone(&slot);
                blocking(move || {
                    let _place = place;
                    open(&directory, &slot.wanted)
                })
                .await
            };
            slot.opened.get_or_try_init(open).await.cloned()
        });
        opening.await.unwrap_or_else(|_| Err(fault()))
    }

    /// Keeps a run whose models are still there from its fit.
    pub fn keep(&self, id: Id, opened: Opened) {
        // Nobody can have opened it yet: it is not done before it is kept.
        let _ = self.slot(id).opened.set(Arc::new(opened));
    }

    /// Closes a run.
    pub fn close(&self, id: Id) {
        self.open().retain(|(other, _)| *other != id);
    }

    /// The place of a run, the most recent from now on.
    fn slot(&self, id: Id) -> Arc<Slot> {
        let mut open = self.open();
        let slot = match open.iter().position(|(other, _)| *other == id) {
            Some(at) => open.remove(at).1,
            None => Arc::default(),
        };
        open.push((id, Arc::clone(&slot)));
        if open.len() > OPEN {
            open.remove(0);
        }
        slot
    }

    fn open(&self) -> MutexGuard<'_, Vec<(Id, Arc<Slot>)>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn open(directory: &Path, wanted: &Wanted) -> Result<Arc<Opened>> {
    if wanted.cancelled() {
        return Err(Error::Cancelled.into());
    }
    let run = SavedRun::open(directory)?;
    let advisor = Advisor::open(&run, wanted)?;
    Ok(Arc::new(Opened {
        run: Arc::new(run),
        advisor,
    }))
}

/// Does work that takes long on a thread of its own, so that other requests are answered meanwhile.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| Err(fault()))
}

fn fault() -> ApiError {
    ApiError::new(
        axum::http::StatusCode::INTERNAL_SERVER_ERROR,
        "the question ended by a fault of the program",
        "report it as a bug, with the run if you can",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_stops_when_the_answer_is_wanted_by_nobody() {
        let market = headwater::simulate::simulate(&Default::default()).unwrap();
        let mut settings = headwater::analysis::Settings::default();
        settings.bootstrap.replicates = Some(40);
        settings.validation.placebos = 0;
        let silent = headwater::progress::Silent;
        let fit =
            headwater::analysis::run(&market.dataset, Vec::new(), &settings, &silent).unwrap();
        let files = headwater::analysis::RunFiles::of(&fit).unwrap();
        let opened = Opened {
            run: Arc::new(SavedRun::of(&files, "run".as_ref()).unwrap()),
            advisor: Advisor::of(&fit, &silent).unwrap(),
        };
        let (asker, other) = (Asker::default(), Asker::default());
        let (asked, others) = (opened.asked_by(&asker), opened.asked_by(&other));
        assert!(asked.advisor.timing().is_ok());
        drop(asker);
        assert!(matches!(asked.advisor.timing(), Err(Error::Cancelled)));
        assert!(others.advisor.timing().is_ok());
    }

    #[test]
    fn an_opening_stops_once_nobody_has_waited_for_a_while() {
        let slot = Arc::new(Slot::default());
        assert!(!slot.wanted.cancelled(), "nobody has come yet");
        let (first, second) = (Waits::of(&slot), Waits::of(&slot));
        let long_ago = Instant::now().checked_sub(2 * UNWANTED).unwrap();
        drop(first);
        slot.wanted.waiting().left = Some(long_ago);
        assert!(!slot.wanted.cancelled(), "one still waits");
        drop(second);
        assert!(!slot.wanted.cancelled(), "the next may come at once");
        slot.wanted.waiting().left = Some(long_ago);
        assert!(slot.wanted.cancelled());
        let _third = Waits::of(&slot);
        assert!(!slot.wanted.cancelled());
    }
}
