//! What the server keeps on disk: uploads and runs, one folder each.
//!
//! ```text
//! STORE/lock                    held while a server works in the store
//! STORE/datasets/ID/data        the bytes of an upload
//! STORE/datasets/ID/dataset.json its name, its roles, what reading it found
//! STORE/runs/ID/run.json        the state of a fit
//! STORE/runs/ID/request.toml    the settings it was asked for
//! STORE/runs/ID/run/            an ordinary run of `headwater fit`
//! STORE/runs/ID/plans.json      saved plans
//! ```
//!
//! A folder is built under a name that begins with a dot and renamed, a file likewise, so that a killed
//! server leaves nothing half written; what is left under such names is removed at the next start.

mod datasets;
mod file;
mod id;
mod lock;
mod runs;

pub use datasets::{Datasets, Record, Summary};
pub use id::Id;
pub use lock::Lock;
pub use runs::{Entry, Follow, Run, RunProgress, Runs, Source, State};
