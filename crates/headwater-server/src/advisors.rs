//! Opened runs, ready to be asked: the few that were asked last.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use headwater::analysis::{Advisor, SavedRun};
use headwater::progress::Silent;
use tokio::sync::OnceCell;

use crate::error::{ApiError, Result};
use crate::store::Id;

/// How many runs stay open. One holds its data and, for each replicate, two fitted stages.
const OPEN: usize = 4;

/// A run that can be asked, with the models of its fit or those fitted again, the same to the last bit.
pub struct Opened {
    /// The run as it was saved.
    pub run: SavedRun,
    /// Its model and replicates.
    pub advisor: Advisor,
}

/// The runs that were asked last, the most recent at the end.
#[derive(Default)]
pub struct Advisors {
    open: Mutex<Vec<(Id, Slot)>>,
}

/// Where a run will be, once somebody has opened it.
type Slot = Arc<OnceCell<Arc<Opened>>>;

impl Advisors {
    /// The run in this folder, opened once however many ask for it at the same time. An opening goes on
    /// when who asked first has left, because the next will want it.
    pub async fn get(&self, id: Id, directory: PathBuf) -> Result<Arc<Opened>> {
        let slot = self.slot(id);
        if let Some(opened) = slot.get() {
            return Ok(Arc::clone(opened));
        }
        let opening = tokio::spawn(async move {
            let open = || async { blocking(move || open(&directory)).await };
            slot.get_or_try_init(open).await.cloned()
        });
        opening.await.unwrap_or_else(|_| Err(fault()))
    }

    /// Keeps a run whose models are still there from its fit.
    pub fn keep(&self, id: Id, opened: Opened) {
        // Nobody can have opened it yet: it is not done before it is kept.
        let _ = self.slot(id).set(Arc::new(opened));
    }

    /// Closes a run.
    pub fn close(&self, id: Id) {
        self.open().retain(|(other, _)| *other != id);
    }

    /// The place of a run, the most recent from now on.
    fn slot(&self, id: Id) -> Slot {
        let mut open = self.open();
        let slot = match open.iter().position(|(other, _)| *other == id) {
            Some(at) => open.remove(at).1,
            None => Slot::default(),
        };
        open.push((id, Arc::clone(&slot)));
        if open.len() > OPEN {
            open.remove(0);
        }
        slot
    }

    fn open(&self) -> MutexGuard<'_, Vec<(Id, Slot)>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn open(directory: &std::path::Path) -> Result<Arc<Opened>> {
    let run = SavedRun::open(directory)?;
    let advisor = Advisor::open(&run, &Silent)?;
    Ok(Arc::new(Opened { run, advisor }))
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
