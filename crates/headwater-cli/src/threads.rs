//! The threads that do the work.

use std::num::NonZeroUsize;

use headwater::error::{Error, Result};

/// As many threads as asked for, else one for each core.
pub fn pool(count: Option<NonZeroUsize>) -> Result<rayon::ThreadPool> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(count.map_or(0, NonZeroUsize::get))
        .build()
        .map_err(|why| {
            Error::setting(
                format!("the threads could not be started: {why}"),
                "ask for fewer with --threads",
            )
        })
}
