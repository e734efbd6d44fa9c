//! Where a domain's DMARC record is found (RFC 9989 §4.10.1), and its organizational domain (§4.10.2).

use super::policies::{self, Found};
use super::{absent, walk_names};
use crate::facts::{
    dmarc::{DmarcEffective, DmarcRecord, DmarcStep},
    observed::{Cause, Observed, Proof},
};

/// What the walk comes to for the domain.
pub(super) fn outcome(domain: &str, steps: &[DmarcStep]) -> Outcome {
    Walk::of(domain, steps).outcome()
}

/// A conclusion, in the terms of the facts.
pub(super) struct Outcome {
    pub(super) record: Observed<DmarcRecord>,
    pub(super) holder: String,
    pub(super) organizational_domain: String,
    pub(super) inherited: bool,
    pub(super) effective: Observed<DmarcEffective>,
}

impl Outcome {
    fn nothing(record: Observed<DmarcRecord>, organizational_domain: &str) -> Self {
        Self {
            effective: record.and_then(|_| Observed::unknown(Cause::Unresolved, "")),
            record,
            holder: String::new(),
            organizational_domain: organizational_domain.to_owned(),
            inherited: false,
        }
    }
}

/// The questions up to the place where receivers stop.
struct Walk<'a> {
    domain: &'a str,
    own: Option<&'a DmarcStep>,
    found: Vec<Found<'a>>,
    /// The first question without an answer that could change the conclusion.
    gap: Option<Gap>,
}

/// A question without an answer.
struct Gap {
    domain: String,
    cause: Cause,
    detail: String,
}

impl Gap {
    fn unknown<T>(&self) -> Observed<T> {
        let told = if self.detail.is_empty() {
            self.cause.as_str()
        } else {
            &self.detail
        };
        Observed::unknown(self.cause, format!("_dmarc.{}: {told}", self.domain))
    }
}

impl<'a> Walk<'a> {
    fn of(domain: &'a str, steps: &'a [DmarcStep]) -> Self {
        let own = steps.iter().find(|step| step.domain == domain);
        let mut walk = Self {
            domain,
            own,
            found: Vec::new(),
            gap: None,
        };
        for name in walk_names(domain) {
            let step = steps.iter().find(|step| step.domain == name);
            let ended = match step.map(|step| &step.record) {
                Some(Observed::Present { value }) => {
                    let domain = step.map_or("", |step| &step.domain);
                    walk.finds(Found {
                        domain,
                        record: value,
                    })
                }
                Some(Observed::Absent { .. }) => false,
                Some(Observed::Unknown { cause, detail }) => walk.misses(name, *cause, detail),
                None => walk.misses(name, Cause::NotAttempted, ""),
            };
            if ended {
                break;
            }
        }
        walk
    }

    /// Takes a record; true where the walk ends with it.
    fn finds(&mut self, found: Found<'a>) -> bool {
        self.found.push(found);
        found.record.psd == "n" || (found.record.psd == "y" && found.domain != self.domain)
    }

    /// Takes a question without an answer; true where the walk ends with it.
    ///
    /// A top-level domain that publishes DMARC says `psd=y`: where a record was found below it, its
    /// answer would change nothing. A question that was not asked ends the walk behind a record.
    fn misses(&mut self, domain: String, cause: Cause, detail: &str) -> bool {
        let found = !self.found.is_empty();
        let matters = !found || (domain.contains('.') && cause != Cause::NotAttempted);
        if matters && self.gap.is_none() {
            self.gap = Some(Gap {
                domain,
                cause,
                detail: detail.to_owned(),
            });
        }
        found && cause == Cause::NotAttempted
    }

    fn at(&self, domain: &str) -> Option<Found<'a>> {
        self.found
            .iter()
            .find(|found| found.domain == domain)
            .copied()
    }

    /// The organizational domain (RFC 9989 §4.10.2): the first that says `psd=n`, the one below the first
    /// that says `psd=y`, else the shortest with a record, else the domain itself.
    fn organizational_domain(&self) -> String {
        let Some(last) = self.found.last() else {
            return self.domain.to_owned();
        };
        if last.record.psd == "y" && last.domain != self.domain {
            return child_towards(last.domain, self.domain);
        }
        last.domain.to_owned()
    }

    /// The organizational domain; empty where an unanswered question could change it.
    fn settled_organizational_domain(&self) -> String {
        if self.gap.is_some() {
            return String::new();
        }
        self.organizational_domain()
    }

    fn outcome(&self) -> Outcome {
        if let Some(own) = self.at(self.domain) {
            return self.own_record(own);
        }
        if let Some(gap) = &self.gap {
            return Outcome::nothing(gap.unknown(), "");
        }
        let organizational = self.organizational_domain();
        // Without a record at the organizational domain, the walk ended at its public suffix.
        match self.at(&organizational).or(self.found.last().copied()) {
            Some(source) => inherited_record(source, &organizational),
            None => Outcome::nothing(self.no_record(), &organizational),
        }
    }

    /// Why there is no record: what the answer at the domain's own name says.
    fn no_record(&self) -> Observed<DmarcRecord> {
        match self.own {
            Some(own) => own.record.clone(),
            None => Observed::unknown(Cause::NotAttempted, "no DMARC record was asked for"),
        }
    }

    fn own_record(&self, own: Found<'a>) -> Outcome {
        if !own.record.valid {
            return Outcome::nothing(not_taken(own), &self.settled_organizational_domain());
        }
        let organizational = self.settled_organizational_domain();
        // The subdomains of a public suffix go by its own record, whatever stands above.
        let effective = match &self.gap {
            Some(gap) if own.record.psd != "y" => gap.unknown(),
            Some(_) | None => {
                let above = if own.record.psd == "y" {
                    own.domain
                } else {
                    &organizational
                };
                let above = self.at(above).unwrap_or(own);
                Observed::present(policies::of_own(own, above))
            }
        };
        Outcome {
            record: Observed::present(own.record.clone()),
            holder: own.domain.to_owned(),
            organizational_domain: organizational,
            inherited: false,
            effective,
        }
    }
}

/// The outcome for a domain that goes by a record above it.
fn inherited_record(source: Found<'_>, organizational: &str) -> Outcome {
    if !source.record.valid {
        return Outcome::nothing(not_taken(source), organizational);
    }
    let effective = policies::of_inherited(source, source.domain == organizational);
    Outcome {
        record: Observed::present(source.record.clone()),
        holder: source.domain.to_owned(),
        organizational_domain: organizational.to_owned(),
        inherited: true,
        effective: Observed::present(effective),
    }
}

fn not_taken(found: Found<'_>) -> Observed<DmarcRecord> {
    let faults: Vec<&str> = found
        .record
        .defects
        .iter()
        .filter(|defect| defect.fatal)
        .map(|defect| defect.text.as_str())
        .collect();
    let text = format!(
        "the record at {} is not valid: {}",
        found.domain,
        faults.join("; ")
    );
    absent(Proof::Malformed, text)
}

/// The domain one label below `parent`, on the way to `domain`.
fn child_towards(parent: &str, domain: &str) -> String {
    let kept = parent.split('.').count() + 1;
    let labels: Vec<&str> = domain.split('.').collect();
    let skipped = labels.len().saturating_sub(kept);
    labels
        .into_iter()
        .skip(skipped)
        .collect::<Vec<&str>>()
        .join(".")
}

#[cfg(test)]
mod tests {
    use super::super::{conclude, tests::walk};
    use super::*;
    use crate::facts::dmarc::Dmarc;

    fn run(domain: &str, records: &[(&str, &str)]) -> Dmarc {
        conclude(domain, walk(domain, records))
    }

    const D: &str = "example.test";
    const SUB: &str = "a.mail.example.test";
    const REJECT: &str = "v=DMARC1; p=reject";

    #[test]
    #[expect(clippy::too_many_lines, reason = "one table of cases")]
    fn the_record_that_holds_is_found_as_rfc_9989_finds_it() {
        for (name, domain, records, holder, organizational) in [
            ("own record", D, vec![(D, REJECT)], D, D),
            ("nothing at all", SUB, vec![], "", SUB),
            (
                "record of the organizational domain",
                SUB,
                vec![(D, REJECT)],
                D,
                D,
            ),
            (
                "the shortest name is the organizational domain",
                SUB,
                vec![("mail.example.test", REJECT), (D, REJECT)],
                D,
                D,
            ),
            (
                "own record, organizational domain above",
                SUB,
                vec![(SUB, REJECT), (D, REJECT)],
                SUB,
                D,
            ),
            (
                "psd=n ends the walk",
                SUB,
                vec![
                    ("mail.example.test", "v=DMARC1; p=none; psd=n"),
                    (D, REJECT),
                ],
                "mail.example.test",
                "mail.example.test",
            ),
            (
                "own psd=n ends the walk at once",
                SUB,
                vec![(SUB, "v=DMARC1; p=none; psd=n"), (D, REJECT)],
                SUB,
                SUB,
            ),
            (
                "psd=y and nothing below it",
                SUB,
                vec![("test", "v=DMARC1; p=reject; psd=y")],
                "test",
                D,
            ),
            (
                "psd=y and a record one label below it",
                SUB,
                vec![(D, REJECT), ("test", "v=DMARC1; p=none; psd=y")],
                D,
                D,
            ),
            (
                "psd=y deep in the tree hides what is above",
                "a.b.co.test",
                vec![("co.test", "v=DMARC1; p=none; psd=y"), ("test", REJECT)],
                "co.test",
                "b.co.test",
            ),
            (
                "a record below the organizational domain does not hold",
                SUB,
                vec![
                    ("mail.example.test", REJECT),
                    ("test", "v=DMARC1; p=none; psd=y"),
                ],
                "test",
                D,
            ),
            (
                "own psd=y does not end the walk",
                D,
                vec![(D, "v=DMARC1; p=reject; psd=y")],
                D,
                D,
            ),
            (
                "two records are set aside and the walk goes on",
                SUB,
                vec![(SUB, "v=DMARC1; p=none|v=DMARC1; p=reject"), (D, REJECT)],
                D,
                D,
            ),
            (
                "two records and nothing above",
                D,
                vec![(D, "v=DMARC1; p=none|v=DMARC1; p=reject")],
                "",
                D,
            ),
            (
                "other text is ignored",
                D,
                vec![(D, "hello|v=DMARC1; p=none")],
                D,
                D,
            ),
            (
                "only other text",
                SUB,
                vec![(SUB, "hello"), (D, REJECT)],
                D,
                D,
            ),
        ] {
            let found = run(domain, &records);
            assert_eq!(found.domain, holder, "{name}");
            assert_eq!(found.organizational_domain, organizational, "{name}");
            assert_eq!(found.record.value().is_some(), !holder.is_empty(), "{name}");
            let inherited = !holder.is_empty() && holder != domain;
            assert_eq!(found.inherited, inherited, "{name}");
            assert_eq!(found.effective.is_absent(), holder.is_empty(), "{name}");
        }
    }

    #[test]
    fn a_record_that_is_not_valid_ends_the_search_without_dmarc() {
        for own in [
            "v=DMARC1",
            "v=DMARC1; p=bogus",
            "v=DMARC1; p=none; p=reject",
        ] {
            let found = run(SUB, &[(SUB, own), (D, REJECT)]);
            let Observed::Absent { proof, detail } = &found.record else {
                panic!("{own}");
            };
            assert_eq!(*proof, Proof::Malformed);
            assert!(detail.contains(SUB), "{detail}");
            assert!(found.effective.is_absent() && found.domain.is_empty());
            assert!(found.walk[0].record.value().is_some());
            let above = run(SUB, &[(D, own)]);
            assert!(above.record.is_absent() && above.effective.is_absent());
        }
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "one table of cases")]
    fn an_unanswered_question_leaves_unknown_only_what_it_could_change() {
        // (record, effective): p present, a absent, u unknown.
        for (name, domain, records, record, effective) in [
            ("own name", D, vec![(D, "?")], 'u', 'u'),
            (
                "own name, record above",
                SUB,
                vec![(SUB, "?"), (D, REJECT)],
                'u',
                'u',
            ),
            (
                "top level, record below",
                D,
                vec![(D, REJECT), ("test", "?")],
                'p',
                'p',
            ),
            (
                "top level, record between",
                SUB,
                vec![(D, REJECT), ("test", "?")],
                'p',
                'p',
            ),
            (
                "top level, nothing below",
                SUB,
                vec![("test", "?")],
                'u',
                'u',
            ),
            (
                "between, own record",
                SUB,
                vec![(SUB, REJECT), (D, "?")],
                'p',
                'u',
            ),
            (
                "between, own psd=n",
                SUB,
                vec![(SUB, "v=DMARC1; p=none; psd=n"), (D, "?")],
                'p',
                'p',
            ),
            (
                "between, record above",
                SUB,
                vec![("mail.example.test", "?"), (D, REJECT)],
                'u',
                'u',
            ),
            (
                "behind psd=n",
                SUB,
                vec![("mail.example.test", "v=DMARC1; p=none; psd=n"), (D, "?")],
                'p',
                'p',
            ),
            (
                "own record not valid",
                SUB,
                vec![(SUB, "v=DMARC1"), (D, "?")],
                'a',
                'a',
            ),
        ] {
            let found = run(domain, &records);
            let state = |present: bool, absent: bool| match (present, absent) {
                (true, _) => 'p',
                (false, true) => 'a',
                (false, false) => 'u',
            };
            let seen = state(found.record.value().is_some(), found.record.is_absent());
            assert_eq!(seen, record, "{name}");
            let seen = state(
                found.effective.value().is_some(),
                found.effective.is_absent(),
            );
            assert_eq!(seen, effective, "{name}");
            assert_eq!(
                found.organizational_domain.is_empty(),
                effective == 'u' || name == "own record not valid",
                "{name}"
            );
        }
    }

    #[test]
    fn nothing_asked_is_unknown_and_not_absent() {
        assert!(conclude(D, Vec::new()).record.is_unknown());
    }
}
