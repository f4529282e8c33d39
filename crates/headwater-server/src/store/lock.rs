//! One server works in a store at a time.

use std::fs::{File, TryLockError};
use std::path::Path;

use headwater::error::{Error, Result};

use super::file::refused;

/// The right to work in a store, until it is dropped or the process ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the store, making its folder where there is none.
    ///
    /// # Errors
    /// When another server works in it, and when it cannot be written.
    pub fn take(store: &Path) -> Result<Self> {
        std::fs::create_dir_all(store).map_err(|why| refused(store, &why))?;
        let path = store.join("lock");
        let file = File::options()
            .create(true)
            .write(true)
            .truncate(false)
            .open(&path)
            .map_err(|why| refused(&path, &why))?;
        match file.try_lock() {
            Ok(()) => Ok(Lock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(Error::File {
                path: store.display().to_string(),
                message: "another `headwater serve` works in this store".into(),
                help: "use the page of that server, stop it, or name another folder with --store"
                    .into(),
            }),
            Err(TryLockError::Error(why)) => Err(refused(&path, &why)),
        }
    }
}
