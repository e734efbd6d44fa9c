//! The folder of accepted messages. What is in it was written and synced before the client was told so, and leaves it
//! once its observation is written: a message is nowhere else.

mod files;
#[cfg(test)]
mod tests;

use super::address::{Addresses, NoRandomness, random};
use super::event::Accepted;
use crate::facts::observed::Observed;
use crate::facts::outbound::enforcement::Posture;
use crate::facts::outbound::{Connection, Witness};
use crate::facts::timestamp::Timestamp;
use crate::outbound::Delivered;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What a small file takes of a disk.
const BLOCK: u64 = 4096;

/// The file of the local parts.
const ADDRESSES: &str = "addresses";
/// The file that the one server holds that uses the folder.
const LOCK: &str = "lock";
/// How the file of a message ends.
const MESSAGE: &str = "message";

/// Why a spool can't be used.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// A file can't be read or written.
    #[error("{}: {source}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another server uses it.
    #[error("{}: another server uses the folder", .0.display())]
    Busy(PathBuf),
    /// It is a link, belongs to somebody else, or is open to others: messages would be theirs.
    #[error("{}: it is no folder that this user alone has, with mode 700 and nothing else in it", .0.display())]
    Foreign(PathBuf),
    /// There is no randomness for addresses.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

/// Why a message was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Full {
    /// The quota or the disk is used up.
    Space,
    /// The disk failed otherwise.
    Trouble,
}

/// The folder, held by this process alone.
#[derive(Debug)]
pub struct Spool {
    folder: PathBuf,
    quota: Arc<Quota>,
    held: Mutex<BTreeMap<String, Reserved>>,
    /// Closing it gives the folder free.
    _lock: File,
}

/// What stands before a message in its file, on a line of its own.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Envelope {
    /// The test address that the message was for.
    pub(super) address: String,
    /// How the server that took it is set up; none at the main one.
    pub(super) posture: Option<Posture>,
    /// The name of the server that took it.
    pub(super) host: String,
    /// When it was taken.
    pub(super) received: Timestamp,
    /// How it came.
    pub(super) connection: Connection,
    /// The reverse-path.
    pub(super) mail_from: String,
}

impl Spool {
    /// Opens a folder, which is made where it is missing, for so many bytes at most.
    pub fn open(folder: &Path, quota: u64) -> Result<Self, SpoolError> {
        let failed = |file: &Path| {
            let file = file.to_owned();
            move |source| SpoolError::Io { file, source }
        };
        files::folder(folder).map_err(failed(folder))?;
        if !files::own(folder, is_ours).map_err(failed(folder))? {
            return Err(SpoolError::Foreign(folder.to_owned()));
        }
        let lock = folder.join(LOCK);
        let held = files::private(&lock).map_err(failed(&lock))?;
        match held.try_lock() {
            Ok(()) => (),
            Err(fs::TryLockError::WouldBlock) => return Err(SpoolError::Busy(folder.to_owned())),
            Err(fs::TryLockError::Error(source)) => return Err(failed(&lock)(source)),
        }
        let spool = Self {
            folder: folder.to_owned(),
            quota: Arc::new(Quota::new(quota)),
            held: Mutex::default(),
            _lock: held,
        };
        spool.sweep().map_err(failed(folder))?;
        Ok(spool)
    }

    /// The local parts of earlier runs, and new ones until there are so many.
    pub fn addresses(&self, count: usize) -> Result<Addresses, SpoolError> {
        let file = self.folder.join(ADDRESSES);
        let failed = |source| SpoolError::Io {
            file: file.clone(),
            source,
        };
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(failed(error)),
        };
        let mut addresses = Addresses::read(&text);
        addresses.fill(count)?;
        let now = addresses.text();
        if now != text {
            files::write(&self.folder, ADDRESSES, &[now.as_bytes()]).map_err(failed)?;
        }
        Ok(addresses)
    }

    /// The names of the messages that are there, oldest first: at start those that an earlier run left behind.
    pub fn waiting(&self) -> Vec<String> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.keys().cloned().collect()
    }

    /// Reads a message again.
    pub fn read(&self, id: &str) -> io::Result<Accepted> {
        let bytes = fs::read(self.file(id))?;
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let (line, raw) = end
            .and_then(|end| Some((bytes.get(..end)?, bytes.get(end + 1..)?)))
            .ok_or(io::ErrorKind::InvalidData)?;
        let envelope: Envelope = serde_json::from_slice(line)?;
        Ok(accepted(id.to_owned(), envelope, raw.to_owned()))
    }

    /// The observation of a message is written: it is deleted, or moved into a folder without its envelope.
    pub fn done(&self, id: &str, keep: Option<&Path>) -> io::Result<()> {
        if let Some(folder) = keep {
            let accepted = self.read(id)?;
            files::write(folder, &format!("{id}.eml"), &[&accepted.delivered.raw])?;
        }
        fs::remove_file(self.file(id))?;
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.remove(id);
        Ok(())
    }

    /// Whether a message of so many bytes would find room now.
    pub(super) fn has_room(&self, bytes: u64) -> bool {
        Reserved::new(&self.quota).grow(bytes)
    }

    /// Room for a message that is about to come.
    pub(super) fn reserve(&self) -> Reserved {
        Reserved::new(&self.quota)
    }

    /// Writes a message and syncs it, file and folder; what is given back stays until it is done.
    pub(super) fn keep(
        &self,
        envelope: Envelope,
        raw: Vec<u8>,
        mut room: Reserved,
    ) -> Result<Accepted, Full> {
        let whole = u64::try_from(raw.len()).map_or(u64::MAX, |bytes| bytes.saturating_add(BLOCK));
        if !room.grow(whole) {
            return Err(Full::Space);
        }
        let received = envelope.received.unix();
        let id = random().map_err(|NoRandomness| Full::Trouble)?;
        let id = format!("{received}-{id}");
        let mut line = serde_json::to_vec(&envelope).map_err(|_| Full::Trouble)?;
        line.push(b'\n');
        let name = format!("{id}.{MESSAGE}");
        if let Err(error) = files::write(&self.folder, &name, &[&line, &raw]) {
            // It may have its name already, where only the folder could not be synced.
            let _ = fs::remove_file(self.file(&id));
            let kind = error.kind();
            let full = kind == io::ErrorKind::StorageFull || kind == io::ErrorKind::QuotaExceeded;
            return Err(if full { Full::Space } else { Full::Trouble });
        }
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.insert(id.clone(), room);
        drop(held);
        Ok(accepted(id, envelope, raw))
    }

    /// Deletes what was not finished, and counts what was.
    fn sweep(&self) -> io::Result<()> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            if files::is_unfinished(&name) {
                fs::remove_file(entry.path())?;
            } else if let Some(id) = message(&name) {
                let mut room = Reserved::new(&self.quota);
                room.force(entry.metadata()?.len().saturating_add(BLOCK));
                held.insert(id.to_owned(), room);
            }
        }
        Ok(())
    }

    fn file(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.{MESSAGE}"))
    }
}

/// Whether a file is one that a spool has.
fn is_ours(name: &str) -> bool {
    message(name).is_some() || name == LOCK || name == ADDRESSES || files::is_unfinished(name)
}

/// The name of a message by that of its file.
fn message(name: &str) -> Option<&str> {
    let id = name.strip_suffix(MESSAGE)?.strip_suffix('.')?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    (!id.is_empty() && id.bytes().all(plain)).then_some(id)
}

fn accepted(id: String, envelope: Envelope, raw: Vec<u8>) -> Accepted {
    Accepted {
        id,
        address: envelope.address,
        posture: envelope.posture,
        delivered: Delivered {
            raw,
            witness: Witness::Receive,
            witness_host: envelope.host,
            received: Observed::present(envelope.received),
            connection: envelope.connection,
            mail_from: Observed::present(envelope.mail_from),
        },
    }
}

/// How many bytes all messages together may have, those that are on their way included.
#[derive(Debug)]
struct Quota {
    most: u64,
    used: AtomicU64,
}

impl Quota {
    const fn new(most: u64) -> Self {
        Self {
            most,
            used: AtomicU64::new(0),
        }
    }
}

/// A part of the quota, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Reserved {
    quota: Arc<Quota>,
    bytes: u64,
}

impl Reserved {
    fn new(quota: &Arc<Quota>) -> Self {
        Self {
            quota: Arc::clone(quota),
            bytes: 0,
        }
    }

    /// Grows to so many bytes, if there is room.
    pub(super) fn grow(&mut self, bytes: u64) -> bool {
        let more = bytes.saturating_sub(self.bytes);
        let most = self.quota.most;
        let take = |used: u64| used.checked_add(more).filter(|sum| *sum <= most);
        let taken = self
            .quota
            .used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take);
        if taken.is_ok() {
            self.bytes += more;
        }
        taken.is_ok()
    }

    /// Counts what is there already.
    fn force(&mut self, bytes: u64) {
        self.quota.used.fetch_add(bytes, Ordering::Relaxed);
        self.bytes += bytes;
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        self.quota.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
