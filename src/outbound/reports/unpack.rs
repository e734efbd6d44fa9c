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

/// What came out of a whole file so far, all its e-mails and attachments together.
#[derive(Debug)]
pub(super) struct Whole<'a> {
    pub(super) limits: &'a Limits,
    unpacked: usize,
    attachments: usize,
    /// Where pieces are put while they are unpacked.
    piece: Vec<u8>,
}

impl<'a> Whole<'a> {
    pub(super) const fn new(limits: &'a Limits) -> Self {
        Self {
            limits,
            unpacked: 0,
            attachments: 0,
            piece: Vec::new(),
        }
    }

    /// Why nothing more is taken out of the file, once that is so.
    pub(super) fn spent(&self) -> Option<Refusal> {
        let limits = self.limits;
        if self.unpacked > limits.whole {
            let what = "too much comes out of the file that holds it";
            Some(Refusal::octets(what, limits.whole))
        } else if self.attachments > limits.attachments {
            let what = "the file that holds it has too many attachments";
            Some(Refusal::number(what, limits.attachments, "attachments"))
        } else {
            None
        }
    }

    /// Counts one more that may be a report.
    pub(super) fn attachment(&mut self) -> Result<(), Refusal> {
        self.attachments = self.attachments.saturating_add(1);
        self.spent().map_or(Ok(()), Err)
    }
}

/// What came out of one compressed file so far, and what may.
#[derive(Debug)]
pub(super) struct Meter<'a, 'b> {
    packed: usize,
    unpacked: usize,
    whole: &'a mut Whole<'b>,
}

impl<'a, 'b> Meter<'a, 'b> {
    pub(super) const fn new(packed: usize, whole: &'a mut Whole<'b>) -> Self {
        Self {
            packed,
            unpacked: 0,
            whole,
        }
    }

    fn count(&mut self, octets: usize) -> Result<(), Refusal> {
        let limits = self.whole.limits;
        self.unpacked = self.unpacked.saturating_add(octets);
        self.whole.unpacked = self.whole.unpacked.saturating_add(octets);
        if self.unpacked > limits.unpacked {
            return Err(Refusal::octets("too much comes out of it", limits.unpacked));
        }
        if self.unpacked > FREE && self.unpacked > self.packed.saturating_mul(limits.ratio) {
            let what = "far more comes out of it than is in it";
            return Err(Refusal::number(what, limits.ratio, "to 1"));
        }
        self.whole.spent().map_or(Ok(()), Err)
    }

    /// Reads to the end, or to the limit, and puts it behind what is there.
    fn read(&mut self, from: &mut dyn Read, bytes: &mut Vec<u8>) -> Result<(), Refusal> {
        self.whole.piece.resize(PIECE, 0);
        loop {
            let read = match from.read(&mut self.whole.piece) {
                Ok(0) => return Ok(()),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(broken(&error)),
            };
            self.count(read)?;
            bytes.extend_from_slice(self.whole.piece.get(..read).unwrap_or_default());
        }
    }
}

/// What is in a gzip file (RFC 1952): all its members joined. What follows them is passed over.
pub(super) fn gzip(packed: &[u8], meter: &mut Meter<'_, '_>) -> Result<Vec<u8>, Refusal> {
    let most = meter.whole.limits.members;
    let mut rest = packed;
    let mut bytes = Vec::new();
    let mut members = 0_usize;
    while rest.starts_with(b"\x1f\x8b") {
        members += 1;
        if members > most {
            let what = "the gzip file has too many members";
            return Err(Refusal::number(what, most, "members"));
        }
        let mut member = GzDecoder::new(rest);
        meter.read(&mut member, &mut bytes)?;
        rest = member.into_inner();
    }
    Ok(bytes)
}

/// Hands over every report in a zip archive, or says what is not read.
pub(super) fn zip(
    place: &str,
    packed: &[u8],
    meter: &mut Meter<'_, '_>,
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
    let (entries, most) = (archive.len(), meter.whole.limits.entries);
    if entries > most {
        let what = format!("the archive has {entries} entries");
        return take(refuse(Refusal::number(&what, most, "entries")));
    }
    if entries == 0 {
        return take(refuse(Refusal::Empty));
    }
    for number in 0..entries {
        let (inner, read) = match archive.by_index(number) {
            Ok(entry) if entry.is_dir() || is_litter(entry.name()) => continue,
            Ok(mut entry) => {
                let mut bytes = Vec::new();
                let read = meter.read(&mut entry, &mut bytes);
                (entry.name().to_owned(), read.map(|()| bytes))
            }
            Err(error) => (format!("entry {}", number + 1), Err(unzipped(&error))),
        };
        let place = |inner: &str| format!("{place}!{inner}");
        match read {
            Ok(bytes) => take(report(place(&inner), bytes)),
            // The meter is that of the archive: the entries behind are beyond the limit, too.
            Err(Refusal::Limit { what, limit }) => {
                let behind = (number + 1..entries).filter_map(|at| archive.name_for_index(at));
                let behind = behind.filter(|name| !name.ends_with('/') && !is_litter(name));
                for inner in std::iter::once(inner.as_str()).chain(behind) {
                    let (what, limit) = (what.clone(), limit.clone());
                    let refusal = Refusal::Limit { what, limit };
                    let place = place(inner);
                    take(Err(Refused { place, refusal }));
                }
                return;
            }
            Err(refusal) => {
                let place = place(&inner);
                take(Err(Refused { place, refusal }));
            }
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
