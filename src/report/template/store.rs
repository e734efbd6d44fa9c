//! The targets as a template reads them. minijinja wants to own what it reads, so each target waits packed, about a
//! twentieth of its size, and is unpacked when the template comes to it.

use super::super::order::targets::{self, Rank};
use super::shape::Shape;
use crate::results::TargetResult;
use crate::results::gate::Verdict;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use minijinja::value::{Enumerator, Object, ObjectRepr, Serde, Value};
use minijinja::{Error, ErrorKind};
use std::io::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The most that all targets may take, packed, in bytes.
const MOST: usize = 1 << 30;

/// How often each target may be read on the average, and so many times more whatever their number.
const READS: usize = 50;
const READS_AT_LEAST: usize = 10_000;

/// One packed target.
#[derive(Debug)]
struct Packed {
    bytes: Vec<u8>,
    verdict: Verdict,
    rank: Rank,
}

/// All targets.
#[derive(Debug)]
struct Store {
    shape: Arc<Shape>,
    targets: Vec<Packed>,
    reads: AtomicUsize,
}

/// Takes up targets one by one.
pub(super) struct Packer {
    shape: Arc<Shape>,
    targets: Vec<Packed>,
    used: usize,
}

impl Packer {
    /// Nothing yet; targets get the members of this shape.
    pub(super) const fn new(shape: Arc<Shape>) -> Self {
        Self {
            shape,
            targets: Vec::new(),
            used: 0,
        }
    }

    /// Takes up a target.
    pub(super) fn add(&mut self, target: &TargetResult) -> io::Result<()> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        serde_json::to_writer(&mut encoder, target)?;
        encoder.flush()?;
        let bytes = encoder.finish()?;
        self.used += bytes.len();
        if self.used > MOST {
            let told = "the results are too large for a template; render some of the domains with --domain";
            return Err(io::Error::new(io::ErrorKind::OutOfMemory, told));
        }
        self.targets.push(Packed {
            bytes,
            verdict: target.verdict,
            rank: targets::rank(target),
        });
        Ok(())
    }

    /// The targets in the order in which they were taken up.
    pub(super) fn finish(self) -> Domains {
        let order = (0..self.targets.len()).collect();
        Domains {
            store: Arc::new(Store {
                shape: self.shape,
                targets: self.targets,
                reads: AtomicUsize::new(0),
            }),
            order,
        }
    }

    /// One target that has everything once, to try a template on.
    pub(super) fn specimen(shape: Arc<Shape>) -> Domains {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        let written = serde_json::to_writer(&mut encoder, &shape.specimen());
        let bytes = written.map_err(io::Error::from).and(encoder.finish());
        let targets = bytes.map(|bytes| Packed {
            bytes,
            verdict: Verdict::Failed,
            rank: Rank::default(),
        });
        let mut one = Self::new(shape);
        one.targets.extend(targets);
        one.finish()
    }
}

/// Some of the targets, in some order: `targets`, and what filters make of it.
#[derive(Debug)]
pub(super) struct Domains {
    store: Arc<Store>,
    order: Vec<usize>,
}

impl Domains {
    /// The same, worst first.
    pub(super) fn worst_first(&self) -> Self {
        let mut order = self.order.clone();
        let rank = |&place: &usize| self.store.targets.get(place).map(|target| target.rank);
        order.sort_by_key(rank);
        Self {
            store: Arc::clone(&self.store),
            order,
        }
    }

    /// Those that came to one of these verdicts.
    pub(super) fn only(&self, verdicts: &[String]) -> Self {
        let of = |place: usize| self.store.targets.get(place).map(|target| target.verdict);
        let wanted = |place: &usize| {
            of(*place).is_some_and(|verdict| verdicts.iter().any(|word| word == verdict.as_str()))
        };
        Self {
            store: Arc::clone(&self.store),
            order: self.order.iter().copied().filter(wanted).collect(),
        }
    }

    fn unpack(&self, place: usize) -> Result<Value, Error> {
        let broken = |error: String| Error::new(ErrorKind::InvalidOperation, error);
        let store = &self.store;
        let most = store.targets.len() * READS + READS_AT_LEAST;
        if store.reads.fetch_add(1, Ordering::Relaxed) >= most {
            return Err(Error::from(ErrorKind::OutOfFuel));
        }
        let packed = store.targets.get(place);
        let bytes = packed.map_or(&[][..], |packed| &packed.bytes);
        let reader = io::BufReader::new(DeflateDecoder::new(bytes));
        let read: Result<serde_json::Value, _> = serde_json::from_reader(reader);
        let whole = read
            .map_err(io::Error::from)
            .and_then(|value| store.shape.whole(&value));
        whole
            .map(|value| Value::from(Serde(value)))
            .map_err(|error| broken(error.to_string()))
    }
}

impl Object for Domains {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let place = *self.order.get(key.as_usize()?)?;
        // An error goes along as a value, and ends the template where it is looked at.
        Some(self.unpack(place).unwrap_or_else(Value::from))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.order.len())
    }
}
