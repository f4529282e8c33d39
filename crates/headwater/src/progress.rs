//! How long work tells its caller where it stands, and learns that it should stop.

/// A listener to long work. Called from several threads.
pub trait Progress: Sync {
    /// `done` of `total` steps of `what` are finished.
    fn report(&self, what: &str, done: usize, total: usize);

    /// Whether the work should stop; it then returns [`Error::Cancelled`](crate::error::Error::Cancelled).
    fn cancelled(&self) -> bool {
        false
    }
}

/// Listens to nothing.
pub struct Silent;

impl Progress for Silent {
    fn report(&self, _what: &str, _done: usize, _total: usize) {}
}
