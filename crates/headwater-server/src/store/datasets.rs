//! Uploads, as they were sent, with the roles that were chosen for their columns.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use headwater::data::role::Roles;
use headwater::error::Result;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Id, file};

/// What is known of an upload without reading it again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Its name in the store.
    pub id: Id,
    /// What the user calls it; only ever shown.
    pub name: String,
    /// When it came.
    pub uploaded: Timestamp,
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
    /// The roles that were chosen; the others are told by name.
    #[serde(default, skip_serializing_if = "Roles::is_empty")]
    pub roles: Roles,
    /// What reading it found.
    #[serde(default)]
    pub summary: Summary,
}

/// What reading an upload found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// The number of weeks; null while it cannot be used.
    pub weeks: Option<usize>,
    /// The first day of the first week.
    pub first_week: Option<String>,
    /// The first day of the last week.
    pub last_week: Option<String>,
    /// The number of columns.
    pub columns: usize,
    /// Whether something keeps it from being fitted.
    pub problem: bool,
}

impl Record {
    /// Whether it was read since it came; a table has at least one column.
    fn was_read(&self) -> bool {
        self.summary.columns > 0
    }
}

/// Every upload.
#[derive(Debug)]
pub struct Datasets {
    folder: PathBuf,
    records: Mutex<HashMap<Id, Record>>,
    disk: Mutex<()>,
}

impl Datasets {
    /// The uploads of a store. One whose record is lost or cannot be read is left where it is and not
    /// shown; one that a killed server had not read yet is removed, as nobody was told of it.
    pub fn open(store: &Path) -> Result<Self> {
        let folder = store.join("datasets");
        let read = |(id, path): (Id, PathBuf)| {
            let text = std::fs::read(path.join("dataset.json")).ok()?;
            let record: Record = serde_json::from_slice(&text).ok()?;
            (record.id == id).then_some((id, record))
        };
        let mut records: HashMap<Id, Record> = file::folders(&folder)?
            .into_iter()
            .filter_map(read)
            .collect();
        let unread = |record: &&Record| !record.was_read();
        let unread: Vec<Id> = records.values().filter(unread).map(|r| r.id).collect();
        for id in unread {
            file::remove(&folder, id)?;
            records.remove(&id);
        }
        Ok(Datasets {
            folder,
            records: Mutex::new(records),
            disk: Mutex::default(),
        })
    }

    /// Keeps an upload.
    pub fn add(&self, name: &str, bytes: &[u8]) -> Result<Record> {
        let hash = Sha256::digest(bytes);
        let record = Record {
            id: Id::random(),
            name: name.into(),
            uploaded: Timestamp::now(),
            sha256: hash.iter().map(|byte| format!("{byte:02x}")).collect(),
            bytes: bytes.len() as u64,
            roles: Roles::default(),
            summary: Summary::default(),
        };
        file::build(&self.folder, record.id, |folder| {
            file::write(&folder.join("data"), bytes)?;
            file::write(&folder.join("dataset.json"), &json(&record))
        })?;
        self.records().insert(record.id, record.clone());
        Ok(record)
    }

    /// The record of every upload that was read, the newest first.
    pub fn list(&self) -> Vec<Record> {
        let records = self.records();
        let read = records.values().filter(|record| record.was_read());
        let mut list: Vec<Record> = read.cloned().collect();
        drop(records);
        list.sort_by_key(|record| std::cmp::Reverse((record.uploaded, record.id)));
        list
    }

    /// The record of an upload.
    pub fn get(&self, id: Id) -> Option<Record> {
        self.records().get(&id).cloned()
    }

    /// The file of an upload.
    pub fn file(&self, id: Id) -> PathBuf {
        self.folder.join(id.to_string()).join("data")
    }

    /// Remembers a record that was changed; nothing where the upload is gone by now.
    pub fn update(&self, record: &Record) -> Result<()> {
        let _disk = self.disk();
        if self.get(record.id).is_none_or(|known| known == *record) {
            return Ok(());
        }
        let path = self.folder.join(record.id.to_string()).join("dataset.json");
        file::write(&path, &json(record))?;
        self.records().insert(record.id, record.clone());
        Ok(())
    }

    /// Forgets an upload; whether there was one.
    pub fn remove(&self, id: Id) -> Result<bool> {
        let _disk = self.disk();
        if self.get(id).is_none() {
            return Ok(false);
        }
        file::remove(&self.folder, id)?;
        Ok(self.records().remove(&id).is_some())
    }

    /// Held while files of known uploads are written, which takes longer than looking at the records.
    fn disk(&self) -> MutexGuard<'_, ()> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn records(&self) -> MutexGuard<'_, HashMap<Id, Record>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn json(record: &Record) -> Vec<u8> {
    serde_json::to_vec_pretty(record).expect("a record is plain values")
}
