//! What GitHub takes of a file: the worst findings first, until one of its limits is reached.
//!
//! Limits of code scanning (GitHub docs, "SARIF support for code scanning"): 10 MB compressed with gzip, 25 000
//! results a run, 25 000 rules (which no policy comes near), 20 tags a rule of which 10 are shown.

use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{self, Write};

/// Limits of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// The most results.
    pub(super) results: usize,
    /// The most bytes after compression.
    pub(super) bytes: usize,
}

/// A little less than GitHub takes, since it compresses the file itself.
pub(super) const GITHUB: Limits = Limits {
    results: 25_000,
    bytes: 9_500_000,
};

/// What was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    /// How many findings there are.
    pub(super) of: usize,
    /// How many are told.
    pub(super) kept: usize,
}

impl Cut {
    /// What is left out where so many are kept; none where nothing is.
    pub(super) fn of(all: usize, kept: usize) -> Option<Self> {
        (kept < all).then_some(Self { of: all, kept })
    }

    /// That in words.
    pub(super) fn told(self) -> String {
        let Self { of, kept } = self;
        let left = of - kept;
        format!(
            "{kept} of {of} findings that fail or are not settled are in this file, the worst of them; {left} are \
             left out to keep within what GitHub takes."
        )
    }
}

/// The size of what `write` writes, compressed as GitHub's own upload does it.
pub(super) fn compressed(
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<usize> {
    let mut packed = GzEncoder::new(Counter(0), Compression::default());
    write(&mut packed)?;
    Ok(packed.finish()?.0)
}

/// How many results may stay where so many made a file of so many bytes; at least one less than before.
pub(super) fn fewer(kept: usize, bytes: usize, limits: Limits) -> usize {
    // Products of counts and sizes fit into 64 bits.
    let share = kept.saturating_mul(limits.bytes) / bytes.max(1);
    (share / 10 * 9).min(kept.saturating_sub(1))
}

/// Counts what is written.
struct Counter(usize);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_too_large_gets_smaller_each_time() {
        let limits = Limits {
            results: 100,
            bytes: 1000,
        };
        assert_eq!(fewer(100, 2000, limits), 45);
        assert_eq!(fewer(3, 1001, limits), 0);
        assert_eq!(fewer(0, 2000, limits), 0);
    }

    #[test]
    fn what_compresses_well_is_small() {
        let size = compressed(|out| out.write_all(&vec![b'a'; 100_000])).unwrap();
        assert!(size < 1000, "{size}");
    }
}
