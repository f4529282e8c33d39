//! Long work beside a Python that stays awake: other Python threads run, Ctrl-C stops it, and progress is
//! told.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use headwater::error::Result;
use headwater::progress::Progress;
use pyo3::prelude::*;

use crate::errors::PyAnswer;
use crate::pool::pool;

/// How often Python is asked for signals and told of progress.
const BREATH: Duration = Duration::from_millis(50);

/// What the work says of itself, and whether it should stop.
#[derive(Default)]
struct Listener {
    step: Mutex<Option<(String, usize, usize)>>,
    stop: AtomicBool,
}

impl Progress for Listener {
    fn report(&self, what: &str, done: usize, total: usize) {
        let mut step = self.step.lock().unwrap_or_else(PoisonError::into_inner);
        // Threads report out of order.
        match &*step {
            Some((known, further, _)) if known == what && *further >= done => {}
            _ => *step = Some((what.into(), done, total)),
        }
    }

    fn cancelled(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

impl Listener {
    /// Tells Python how far the work is, and hears whether the user wants it to stop.
    fn breathe(&self, progress: Option<&Py<PyAny>>) -> PyResult<()> {
        let step = self.step.lock().unwrap_or_else(PoisonError::into_inner);
        let step = step.clone();
        Python::attach(|py| {
            py.check_signals()?;
            match (progress, step) {
                (Some(progress), Some(step)) => progress.call1(py, step).map(drop),
                _ => Ok(()),
            }
        })
    }
}

/// Does `job` on the pool without holding the interpreter.
///
/// `progress` is called with (what, done, total) on the calling thread, at most every 50 ms. What it
/// raises stops the work, as Ctrl-C does.
///
/// # Errors
/// Those of the job; `KeyboardInterrupt` where it was stopped.
pub fn work<T: Send>(
    py: Python<'_>,
    progress: Option<&Py<PyAny>>,
    threads: Option<NonZeroUsize>,
    job: impl FnOnce(&dyn Progress) -> Result<T> + Send,
) -> PyAnswer<T> {
    let pool = pool(threads)?;
    let listener = Listener::default();
    let (done, finished) = channel::<()>();
    let (result, interrupt) = py.detach(move || {
        let listener = &listener;
        std::thread::scope(|scope| {
            let pool = &pool;
            let worker = scope.spawn(move || {
                let result = pool.install(|| job(listener));
                drop(done);
                result
            });
            let mut interrupt = None;
            while finished.recv_timeout(BREATH) == Err(RecvTimeoutError::Timeout) {
                if interrupt.is_none()
                    && let Err(why) = listener.breathe(progress)
                {
                    listener.stop.store(true, Ordering::Relaxed);
                    interrupt = Some(why);
                }
            }
            (worker.join(), interrupt)
        })
    });
    if let Some(why) = interrupt {
        return Err(why.into());
    }
    match result {
        Ok(result) => Ok(result?),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}
