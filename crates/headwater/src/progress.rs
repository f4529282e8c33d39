//! How long work tells its caller where it stands, and learns that it should stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use crate::error::{Error, Result};

/// A listener to long work. Called from several threads.
///
/// ```
/// use headwater::error::Error;
/// use headwater::progress::Progress;
///
/// /// Has no patience.
/// struct Hurried;
///
/// impl Progress for Hurried {
///     fn report(&self, what: &str, done: usize, total: usize) {
///         eprintln!("{what}: {done} of {total}");
///     }
///     fn cancelled(&self) -> bool {
///         true
///     }
/// }
///
/// let market = headwater::simulate::simulate(&Default::default())?;
/// let settings = Default::default();
/// let fit = headwater::analysis::run(&market.dataset, Vec::new(), &settings, &Hurried);
/// assert!(matches!(fit, Err(Error::Cancelled)));
/// # Ok::<(), Error>(())
/// ```
pub trait Progress: Sync {
    /// `done` of `total` steps of `what` are finished.
    fn report(&self, what: &str, done: usize, total: usize);

    /// Whether the work should stop; it then returns [`Error::Cancelled`].
    fn cancelled(&self) -> bool {
        false
    }
}

/// A listener that is kept, by models that are asked questions later.
pub type Listener = Arc<dyn Progress + Send>;

/// The parts of one step of the work, finished by several threads in any order.
pub(crate) struct Parts<'a> {
    progress: &'a dyn Progress,
    what: &'static str,
    done: AtomicUsize,
    total: usize,
}

impl<'a> Parts<'a> {
    /// So many parts of `what`.
    pub fn new(progress: &'a dyn Progress, what: &'static str, total: usize) -> Self {
        Parts {
            progress,
            what,
            done: AtomicUsize::new(0),
            total,
        }
    }

    /// Does a part and reports it.
    ///
    /// # Errors
    /// [`Error::Cancelled`] before it begins where the work should stop, and those of the part.
    pub fn part<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        go_on(self.progress)?;
        let made = work()?;
        let done = 1 + self.done.fetch_add(1, Ordering::Relaxed);
        self.progress.report(self.what, done, self.total);
        Ok(made)
    }
}

/// What `work` makes of every item and its place, on all threads of the pool, in their order.
///
/// # Errors
/// That of the first item that has one, whichever thread comes to an error first: the answer is the same
/// on any number of them. What lies behind an error that is known is not begun.
pub(crate) fn in_parallel<I: Sync, T: Send>(
    items: &[I],
    work: impl Fn(usize, &I) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    let failed = AtomicUsize::new(usize::MAX);
    let made: Vec<Option<Result<T>>> = items
        .par_iter()
        // Each its own, so that whoever is free takes the next: folds are few and the later ones larger.
        .with_max_len(1)
        .enumerate()
        .map(|(at, item)| {
            if at > failed.load(Ordering::Relaxed) {
                return None;
            }
            let made = work(at, item);
            if made.is_err() {
                failed.fetch_min(at, Ordering::Relaxed);
            }
            Some(made)
        })
        .collect();
    // What was not begun stands behind an error.
    made.into_iter().flatten().collect()
}

/// # Errors
/// [`Error::Cancelled`] where the work should stop.
pub(crate) fn go_on(progress: &dyn Progress) -> Result<()> {
    match progress.cancelled() {
        true => Err(Error::Cancelled),
        false => Ok(()),
    }
}

/// Listens to nothing.
pub struct Silent;

impl Progress for Silent {
    fn report(&self, _what: &str, _done: usize, _total: usize) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_errors_the_first_in_order_is_told_on_any_number_of_threads() {
        let items: Vec<usize> = (0..200).collect();
        for threads in [1, 2, 7] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            let pool = pool.unwrap();
            let told = pool.install(|| {
                in_parallel(&items, |at, item| {
                    assert_eq!(at, *item);
                    // the last fail at once, the first of those that fail takes its time
                    if at == 61 {
                        std::thread::sleep(std::time::Duration::from_millis(20));
                    }
                    match at {
                        0..61 => Ok(2 * item),
                        _ => Err(Error::setting(format!("item {at}"), "leave it out")),
                    }
                })
            });
            assert_eq!(told.unwrap_err().to_string(), "item 61");
            let doubled = pool.install(|| in_parallel(&items[..61], |_, item| Ok(2 * item)));
            assert_eq!(
                doubled.unwrap(),
                (0..61).map(|item| 2 * item).collect::<Vec<_>>()
            );
        }
    }
}
