//! The results of a run, gathered target by target. What memory should not hold waits in a file, so that a run
//! of a million domains takes no more memory than one of a hundred.

use super::Basis;
use super::keys::Keys;
use crate::report::stored;
use crate::results::compare::Earlier;
use crate::results::gate::{Gate, Verdict};
use crate::results::rule::PolicyFile;
use crate::results::summary::Summary;
use crate::results::targets::{Results, Targets};
use crate::results::{Run, SCHEMA, TargetResult};
use std::cell::RefCell;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Seek as _, SeekFrom, Write as _};

/// How many targets are kept in memory before the rest goes to a file.
const MOST_IN_MEMORY: usize = 32;

/// Gathers the results of targets.
pub struct Gatherer {
    gate: Gate,
    earlier: Option<Earlier>,
    summary: Summary,
    verdict: Verdict,
    keys: Keys,
    count: usize,
    few: Vec<TargetResult>,
    many: Option<BufWriter<File>>,
    open: fn() -> io::Result<File>,
}

impl Gatherer {
    /// Begins a run under a gate, compared with an `earlier` one where there is one. `open` makes the file for what
    /// memory should not hold; it is read again, so it has to be open for both.
    pub fn new(gate: Gate, earlier: Option<Earlier>, open: fn() -> io::Result<File>) -> Self {
        Self {
            gate,
            earlier,
            summary: Summary::default(),
            verdict: Verdict::Empty,
            keys: Keys::default(),
            count: 0,
            few: Vec::new(),
            many: None,
            open,
        }
    }

    /// Whether nothing was added yet.
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Takes up a target: what is new at it, what it comes to, and its share in the run.
    ///
    /// # Errors
    ///
    /// Those of the file.
    pub fn add(&mut self, mut target: TargetResult) -> io::Result<()> {
        if let Some(earlier) = &mut self.earlier {
            earlier.mark(&mut target);
        }
        target.verdict = self.gate.judge(&target.findings);
        self.verdict = self.verdict.worse(target.verdict);
        target
            .findings
            .iter()
            .for_each(|finding| self.summary.add(finding));
        self.keys.add(&target);
        self.count += 1;
        if self.few.len() < MOST_IN_MEMORY {
            self.few.push(target);
            return Ok(());
        }
        let file = match &mut self.many {
            Some(file) => file,
            none => none.insert(BufWriter::new((self.open)()?)),
        };
        serde_json::to_writer(&mut *file, &target)?;
        file.write_all(b"\n")
    }

    /// The run from that of its targets. `partial` says why some are missing.
    ///
    /// # Errors
    ///
    /// Those of the file.
    pub fn finish(
        self,
        basis: Basis,
        settings: Option<PolicyFile>,
        partial: Option<String>,
    ) -> io::Result<Gathered> {
        let judged = self.gate.with_notices(self.verdict, &basis.notices);
        // What is missing could have failed: a run that is not whole has not passed.
        let cut_short = partial.is_some() && judged != Verdict::Failed;
        let verdict = if cut_short {
            Verdict::Undecided
        } else {
            judged
        };
        let run = Run {
            schema: SCHEMA.to_owned(),
            waxseal: env!("CARGO_PKG_VERSION").to_owned(),
            baselines: basis.baselines,
            rules: basis.rules,
            summary: self.summary,
            shared_keys: self.keys.shared(),
            notices: basis.notices,
            gate: self.gate,
            verdict,
            policy_files: basis.files,
            settings,
            comparison: self.earlier.map(Earlier::finish),
            partial,
        };
        let many = match self.many {
            Some(file) => Some(file.into_inner().map_err(io::IntoInnerError::into_error)?),
            None => None,
        };
        Ok(Gathered {
            run,
            kept: Kept {
                count: self.count,
                few: self.few,
                many: many.map(|file| RefCell::new(BufReader::new(file))),
            },
        })
    }
}

/// A run whose targets are all gathered.
pub struct Gathered {
    /// What there is to say of it as a whole.
    pub run: Run,
    kept: Kept,
}

impl Gathered {
    /// The run as reports read it.
    pub fn results(&self) -> Results<'_> {
        Results {
            run: &self.run,
            targets: &self.kept,
        }
    }
}

/// The first targets in memory, the rest in a file, one a line.
struct Kept {
    count: usize,
    few: Vec<TargetResult>,
    many: Option<RefCell<BufReader<File>>>,
}

impl Targets for Kept {
    fn count(&self) -> usize {
        self.count
    }

    fn each(
        &self,
        visit: &mut dyn FnMut(usize, &TargetResult) -> io::Result<()>,
    ) -> io::Result<()> {
        self.few.each(visit)?;
        let Some(file) = &self.many else {
            return Ok(());
        };
        let mut file = file
            .try_borrow_mut()
            .map_err(|_| io::Error::from(io::ErrorKind::ResourceBusy))?;
        file.seek(SeekFrom::Start(0))?;
        stored::lines(&mut *file, &mut |number, target| {
            visit(self.few.len() + number, target)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::outcome::Outcome;
    use serde_json::json;
    use std::sync::atomic::{AtomicUsize, Ordering};

    static OPENED: AtomicUsize = AtomicUsize::new(0);

    fn open() -> io::Result<File> {
        OPENED.fetch_add(1, Ordering::Relaxed);
        tempfile::tempfile()
    }

    fn target(number: usize) -> TargetResult {
        let outcome = if number == 40 { "fail" } else { "pass" };
        let finding = json!({
            "baseline": "b", "rule": "r", "level": "must", "outcome": outcome, "title": "",
            "area": "", "severity": "low", "fingerprint": number.to_string()
        });
        let vantage = json!({
            "started": "2026-11-23T10:00:00Z", "duration_milliseconds": 1, "waxseal": "0.1.0",
            "resolvers": [], "dnssec": "validate", "ipv4": true, "ipv6": true,
            "smtp_egress": "open", "probe": "standard", "trust_store": "mozilla",
            "ehlo_name": "probe.example", "lab": false
        });
        let domain = format!("d{number}.test");
        serde_json::from_value(json!({
            "target": {
                "domain": domain, "unicode": domain, "organizational_domain": domain,
                "role": "mail", "role_declared": false
            },
            "vantage": vantage, "facts_sha256": "", "scores": [], "findings": [finding],
            "summary": Summary::default()
        }))
        .unwrap()
    }

    #[test]
    fn more_targets_than_memory_holds_come_back_in_order_and_as_often_as_wanted() {
        let mut gatherer = Gatherer::new(Gate::default(), None, open);
        for number in 0..MOST_IN_MEMORY + 20 {
            gatherer.add(target(number)).unwrap();
        }
        let done = gatherer.finish(Basis::default(), None, None).unwrap();
        let results = done.results();
        assert_eq!(results.targets.count(), MOST_IN_MEMORY + 20);
        for _ in 0..2 {
            let mut next = 0;
            let read = results.targets.each(&mut |number, target| {
                assert_eq!(
                    (number, &target.target.domain),
                    (next, &format!("d{next}.test"))
                );
                let failed = target.findings[0].outcome == Outcome::Fail;
                assert_eq!(failed, target.verdict == Verdict::Failed);
                next += 1;
                Ok(())
            });
            read.unwrap();
            assert_eq!(next, results.targets.count());
        }
        assert_eq!(OPENED.load(Ordering::Relaxed), 1);
        assert_eq!(
            (done.run.summary.fail, done.run.summary.pass),
            (1, MOST_IN_MEMORY + 19)
        );
        assert_eq!(done.run.verdict, Verdict::Failed);
    }

    #[test]
    fn a_run_that_is_cut_short_has_not_passed() {
        for (number, verdict) in [(0, Verdict::Undecided), (40, Verdict::Failed)] {
            let mut gatherer = Gatherer::new(Gate::default(), None, tempfile::tempfile);
            gatherer.add(target(number)).unwrap();
            let cut = Some("interrupted".to_owned());
            let done = gatherer.finish(Basis::default(), None, cut).unwrap();
            assert_eq!(done.run.verdict, verdict);
        }
    }
}
