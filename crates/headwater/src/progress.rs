//! How long work tells its caller where it stands, and learns that it should stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

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
