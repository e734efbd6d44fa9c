//! The file of observations: one document a line, each whole and synced before its message may go.

use crate::cli::failure::{Failure, Receiving};
use crate::facts::outbound::{OutboundDocument, OutboundObservation, SCHEMA};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// How many bytes the last line may have that is looked for.
const LONGEST: u64 = 16 << 20;

/// Where observations go; nowhere, where no file was named.
pub(super) struct Record {
    file: Option<(PathBuf, File)>,
    /// Whether it is a file, which can be synced.
    lasts: bool,
    /// The digests and times of the messages that the file tells of: a message whose observation was written, and that was
    /// not deleted before the program ended, is not told of twice.
    known: BTreeMap<String, u32>,
}

impl Record {
    /// Opens a file to add to it. A last line that was cut off is taken away: its message is still in the spool.
    pub(super) fn open(file: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = file else {
            return Ok(Self {
                file: None,
                lasts: false,
                known: BTreeMap::new(),
            });
        };
        let failed = |source| Failure::Write {
            file: path.to_owned(),
            source,
        };
        if fs::metadata(path).is_ok_and(|known| !known.is_file()) {
            // A pipe or a device keeps nothing that could be read again.
            let file = OpenOptions::new().write(true).open(path).map_err(failed)?;
            return Ok(Self {
                file: Some((path.to_owned(), file)),
                lasts: false,
                known: BTreeMap::new(),
            });
        }
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(path)
            .map_err(failed)?;
        if !mend(&mut file).map_err(failed)? {
            return Err(Failure::Receiving(Receiving::NoObservations(
                path.to_owned(),
            )));
        }
        let known = known(&mut file).map_err(failed)?;
        Ok(Self {
            file: Some((path.to_owned(), file)),
            lasts: true,
            known,
        })
    }

    /// Whether the file told of the message before this run: each line stands for one message.
    pub(super) fn tells_of(&mut self, document: &OutboundDocument) -> bool {
        let key = document.messages.first().map(key);
        key.and_then(|key| self.known.get_mut(&key))
            .filter(|times| **times > 0)
            .map(|times| *times -= 1)
            .is_some()
    }

    /// Adds a document. It is on the disk when this is done.
    pub(super) fn add(&mut self, document: &OutboundDocument) -> Result<(), Failure> {
        let Some((path, file)) = &mut self.file else {
            return Ok(());
        };
        let failed = |source| Failure::Write {
            file: path.clone(),
            source,
        };
        let mut line = serde_json::to_vec(document).map_err(|error| failed(error.into()))?;
        line.push(b'\n');
        file.write_all(&line)
            .and_then(|()| if self.lasts { file.sync_data() } else { Ok(()) })
            .map_err(failed)
    }
}

/// Cuts off a last line that is not whole, and says whether the file is one of observations.
fn mend(file: &mut File) -> io::Result<bool> {
    let length = file.seek(SeekFrom::End(0))?;
    let from = length.saturating_sub(LONGEST);
    file.seek(SeekFrom::Start(from))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    let whole = tail
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    let rest = tail.get(whole..).unwrap_or_default();
    if rest.is_empty() {
        return Ok(true);
    }
    if serde_json::from_slice::<OutboundDocument>(rest).is_ok() {
        file.write_all(b"\n")?;
        return Ok(true);
    }
    let begins = format!("{{\"schema\":\"{SCHEMA}\"");
    let ours = rest.starts_with(begins.as_bytes()) || begins.as_bytes().starts_with(rest);
    if !ours || (whole == 0 && from > 0) {
        return Ok(false);
    }
    let cut = u64::try_from(rest.len()).unwrap_or(length);
    file.set_len(length.saturating_sub(cut))?;
    Ok(true)
}

/// The messages that the file tells of, and how often.
fn known(file: &mut File) -> io::Result<BTreeMap<String, u32>> {
    file.rewind()?;
    let mut known = BTreeMap::new();
    for line in BufReader::new(file).split(b'\n') {
        if let Ok(document) = serde_json::from_slice::<OutboundDocument>(&line?) {
            for message in &document.messages {
                *known.entry(key(message)).or_default() += 1;
            }
        }
    }
    Ok(known)
}

/// What tells a message from others.
fn key(message: &OutboundObservation) -> String {
    let time = message.received.value().map(ToString::to_string);
    format!("{} {}", message.digest, time.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::Record;
    use std::fs;
    use std::path::Path;
    use tempfile::TempDir;

    #[test]
    fn a_last_line_that_was_cut_off_is_taken_away_and_another_file_is_left_alone() {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("sent.jsonl");
        let whole = r#"{"schema":"waxseal.outbound/1","waxseal":"0.1.0","domain":"example.org"}"#;
        for (before, after) in [
            (String::new(), Some(String::new())),
            (format!("{whole}\n"), Some(format!("{whole}\n"))),
            (whole.to_owned(), Some(format!("{whole}\n"))),
            (
                format!("{whole}\n{}", &whole[..50]),
                Some(format!("{whole}\n")),
            ),
            (
                format!("{whole}\n{}", &whole[..5]),
                Some(format!("{whole}\n")),
            ),
            ("notes of mine".to_owned(), None),
            ("{\"some\": \"json\"}".to_owned(), None),
        ] {
            fs::write(&file, &before).unwrap();
            assert_eq!(
                Record::open(Some(&file)).is_ok(),
                after.is_some(),
                "{before}"
            );
            let now = fs::read_to_string(&file).unwrap();
            assert_eq!(now, after.unwrap_or(before));
        }
    }

    #[test]
    fn devices_are_written_to_and_never_read() {
        for device in ["/dev/zero", "/dev/null"] {
            assert!(Record::open(Some(Path::new(device))).is_ok(), "{device}");
        }
        let document =
            r#"{"schema":"waxseal.outbound/1","waxseal":"0.1.0","domain":"example.org"}"#;
        let document = serde_json::from_str(document).unwrap();
        let mut full = Record::open(Some(Path::new("/dev/full"))).unwrap();
        assert!(full.add(&document).is_err());
        let mut null = Record::open(Some(Path::new("/dev/null"))).unwrap();
        assert!(null.add(&document).is_ok());
    }
}
