//! The threads that do the work.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use headwater::error::{Error, Result};
use rayon::{ThreadPool, ThreadPoolBuilder};

/// The pool of a process, the number of its threads as asked for.
type Pool = (u32, Option<NonZeroUsize>, Arc<ThreadPool>);

static POOL: Mutex<Option<Pool>> = Mutex::new(None);

/// As many threads as asked for, else one a core; kept for the next question.
///
/// A forked process has none of the threads of its parent, so it gets a pool of its own: with the
/// parent's it would wait for ever.
///
/// # Errors
/// When the system refuses the threads.
pub fn pool(threads: Option<NonZeroUsize>) -> Result<Arc<ThreadPool>> {
    let process = std::process::id();
    let mut kept = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    match &*kept {
        Some((of, asked, pool)) if *of == process && *asked == threads => {
            return Ok(Arc::clone(pool));
        }
        _ => {}
    }
    let made = ThreadPoolBuilder::new()
        .num_threads(threads.map_or(0, NonZeroUsize::get))
        .thread_name(|number| format!("headwater-{number}"))
        .build()
        .map_err(|why| {
            Error::setting(
                format!("the threads could not be started: {why}"),
                "ask for fewer with n_jobs",
            )
        })?;
    let made = Arc::new(made);
    if let Some((of, _, old)) = kept.replace((process, threads, Arc::clone(&made)))
        && of != process
    {
        // Its threads stayed with the parent: there is nobody to tell that they may stop.
        std::mem::forget(old);
    }
    Ok(made)
}
