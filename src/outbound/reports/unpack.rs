//! gzip and zip, unpacked by a meter that stops what is a bomb.

use super::{Found, Limits, Refusal, Refused, report};
use flate2::bufread::GzDecoder;
use std::io::{self, Cursor, Read};
use zip::ZipArchive;
use zip::result::ZipError;

/// From so many octets on, the ratio counts: short texts of one character are no bombs.
const FREE: usize = 1 << 20;

/// How much is unpacked at a time.
const PIECE: usize = 64 << 10;

/// What came out of a file so far, and what may.
#[derive(Debug)]
pub(super) struct Meter<'a> {
    packed: usize,
    unpacked: usize,
    limits: &'a Limits,
}

impl<'a> Meter<'a> {
    pub(super) const fn new(packed: usize, limits: &'a Limits) -> Self {
        Self {
            packed,
            unpacked: 0,
            limits,
        }
    }

    fn count(&mut self, octets: usize) -> Result<(), Refusal> {
        self.unpacked = self.unpacked.saturating_add(octets);
        if self.unpacked > self.limits.unpacked {
            return Err(Refusal::octets(
                "too much comes out of it",
                self.limits.unpacked,
            ));
        }
        if self.unpacked > FREE && self.unpacked > self.packed.saturating_mul(self.limits.ratio) {
            return Err(Refusal::Limit {
                what: "far more comes out of it than is in it".to_owned(),
                limit: format!("{} to 1", self.limits.ratio),
            });
        }
        Ok(())
    }

    /// Reads to the end, or to the limit.
    fn read(&mut self, from: &mut dyn Read) -> Result<Vec<u8>, Refusal> {
        let mut bytes = Vec::new();
        let mut piece = vec![0; PIECE];
        loop {
            let read = match from.read(&mut piece) {
                Ok(0) => return Ok(bytes),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(broken(&error)),
            };
            self.count(read)?;
            bytes.extend_from_slice(piece.get(..read).unwrap_or_default());
        }
    }
}

/// What is in a gzip file (RFC 1952): all its members joined. What follows them is passed over.
pub(super) fn gzip(packed: &[u8], meter: &mut Meter<'_>) -> Result<Vec<u8>, Refusal> {
    let mut rest = packed;
    let mut bytes = Vec::new();
    while rest.starts_with(b"\x1f\x8b") {
        let mut member = GzDecoder::new(rest);
        bytes.append(&mut meter.read(&mut member)?);
        rest = member.into_inner();
    }
    Ok(bytes)
}

/// Hands over every report in a zip archive, or says what is not read.
pub(super) fn zip(
    place: &str,
    packed: &[u8],
    meter: &mut Meter<'_>,
    take: &mut dyn FnMut(Result<Found, Refused>),
) {
    let refuse = |refusal| {
        Err(Refused {
            place: place.to_owned(),
            refusal,
        })
    };
    let mut archive = match ZipArchive::new(Cursor::new(packed)) {
        Ok(archive) => archive,
        Err(error) => return take(refuse(unzipped(&error))),
    };
    let (entries, most) = (archive.len(), meter.limits.entries);
    if entries > most {
        let what = format!("the archive has {entries} entries");
        return take(refuse(Refusal::Limit {
            what,
            limit: format!("{most} entries"),
        }));
    }
    if entries == 0 {
        return take(refuse(Refusal::Empty));
    }
    for number in 0..entries {
        let (place, read) = match archive.by_index(number) {
            Ok(entry) if entry.is_dir() || is_litter(entry.name()) => continue,
            Ok(mut entry) => (format!("{place}!{}", entry.name()), meter.read(&mut entry)),
            Err(error) => (
                format!("{place}!entry {}", number + 1),
                Err(unzipped(&error)),
            ),
        };
        match read {
            Ok(bytes) => take(report(place, bytes)),
            // The meter is that of the archive: the entries behind would be beyond the limit, too.
            Err(refusal @ Refusal::Limit { .. }) => return take(Err(Refused { place, refusal })),
            Err(refusal) => take(Err(Refused { place, refusal })),
        }
    }
}

/// What file managers put into archives.
fn is_litter(name: &str) -> bool {
    name.starts_with("__MACOSX/") || name.ends_with(".DS_Store")
}

fn unzipped(error: &ZipError) -> Refusal {
    Refusal::Broken(error.to_string())
}

fn broken(error: &io::Error) -> Refusal {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        Refusal::Broken("it ends too early".to_owned())
    } else {
        Refusal::Broken(error.to_string())
    }
}
