//! Which DMARC record holds for a domain, and what receivers do by it (RFC 9989 §4.10).

use crate::facts::{
    dmarc::{Dmarc, DmarcStep},
    dns::Answer,
    observed::{Observed, Proof},
};
use crate::records::dmarc::{is_dmarc, parse};
use crate::records::domain;

mod differences;
mod discovery;
mod older;
mod policies;
mod reports;

pub use reports::{addresses, consent_name, receives, report_domains};

/// The most questions that a tree walk asks (RFC 9989 §4.10).
const MOST_QUERIES: usize = 8;

/// The domains whose `_dmarc` name a tree walk asks, in its order: the domain, then each one above it.
///
/// A domain of eight labels or more is followed by its last seven (RFC 9989 §4.10, step 5), so that
/// there are never more than eight. An empty domain has none.
pub fn walk_names(domain: &str) -> Vec<String> {
    let domain = domain.trim_end_matches('.');
    if domain.is_empty() {
        return Vec::new();
    }
    let labels: Vec<&str> = domain.split('.').collect();
    let longest = (labels.len() - 1).min(MOST_QUERIES - 1);
    let above = (1..=longest).rev().map(|kept| {
        let tail = labels.iter().skip(labels.len() - kept).copied();
        tail.collect::<Vec<&str>>().join(".")
    });
    std::iter::once(domain.to_owned()).chain(above).collect()
}

/// One question of the walk, from all TXT records at `_dmarc` below the domain.
pub fn step(domain: &str, txt: Answer<Vec<String>>) -> DmarcStep {
    let found: Vec<&String> = txt
        .value()
        .into_iter()
        .flatten()
        .filter(|record| is_dmarc(record))
        .collect();
    let record = txt.observed.and_then(|_| match found.as_slice() {
        [one] => Observed::present(parse(one)),
        [] => absent(
            Proof::NoSuchRecord,
            "none of the TXT records is a DMARC record",
        ),
        several => {
            let detail = format!("{} DMARC records: all are set aside", several.len());
            absent(Proof::NoSuchRecord, detail)
        }
    });
    DmarcStep {
        domain: domain.to_owned(),
        candidates: u32::try_from(found.len()).unwrap_or(u32::MAX),
        record,
        txt,
    }
}

/// What the walk comes to for the domain. It may go on beyond the place where receivers stop.
///
/// A record that receivers do not take (`valid` is false) ends the search all the same: they then do
/// without DMARC (RFC 9989 §4.10.1).
pub fn conclude(domain: &str, walk: Vec<DmarcStep>) -> Dmarc {
    let outcome = discovery::outcome(domain, &walk);
    let rfc7489 = older::reading(domain, domain::organizational(domain), &walk);
    let mut dmarc = Dmarc {
        walk,
        record: outcome.record,
        domain: outcome.holder,
        organizational_domain: outcome.organizational_domain,
        inherited: outcome.inherited,
        effective: outcome.effective,
        rfc7489,
        differences: Vec::new(),
        misplaced: Vec::new(),
        report_addresses: Vec::new(),
        report_hosts: Vec::new(),
    };
    dmarc.differences = differences::between(&dmarc);
    dmarc
}

/// The conclusions from a document's observations, made anew: from the texts of the walk, and from what
/// was asked of the domains that reports go to.
pub fn complete(domain: &str, dmarc: &mut Dmarc) {
    let misplaced = std::mem::take(&mut dmarc.misplaced);
    let mut hosts = std::mem::take(&mut dmarc.report_hosts);
    for host in &mut hosts {
        host.walk = anew(std::mem::take(&mut host.walk));
    }
    *dmarc = conclude(domain, anew(std::mem::take(&mut dmarc.walk)));
    dmarc.misplaced = misplaced;
    dmarc.report_addresses = addresses(dmarc, &hosts);
    dmarc.report_hosts = hosts;
}

fn anew(walk: Vec<DmarcStep>) -> Vec<DmarcStep> {
    walk.into_iter()
        .map(|each| step(&each.domain, each.txt))
        .collect()
}

/// The organizational domain by a tree walk from any domain, such as that of an identifier whose
/// alignment is asked for (RFC 9989 §4.10.2); empty where an unanswered question could change it.
pub fn organizational_domain(domain: &str, walk: &[DmarcStep]) -> String {
    discovery::outcome(domain, walk).organizational_domain
}

fn absent<T>(proof: Proof, detail: impl Into<String>) -> Observed<T> {
    Observed::Absent {
        proof,
        detail: detail.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::dns::{Dnssec, DnssecState};
    use crate::facts::observed::Cause;
    use proptest::prelude::*;

    fn answer(domain: &str, observed: Observed<Vec<String>>) -> Answer<Vec<String>> {
        Answer {
            name: format!("_dmarc.{domain}"),
            rtype: "TXT".to_owned(),
            observed,
            ttl_seconds: None,
            aliases: Vec::new(),
            dnssec: Dnssec::new(DnssecState::Insecure, ""),
        }
    }

    /// The walk of a domain: names that are not listed do not exist, `?` is a question that timed out,
    /// and `|` stands between several records.
    pub(super) fn walk(domain: &str, records: &[(&str, &str)]) -> Vec<DmarcStep> {
        let ask = |name: String| {
            let observed = match records.iter().find(|(owner, _)| *owner == name) {
                None => Observed::absent(Proof::Nxdomain),
                Some((_, "?")) => Observed::unknown(Cause::Timeout, ""),
                Some((_, all)) => Observed::present(all.split('|').map(str::to_owned).collect()),
            };
            step(&name, answer(&name, observed))
        };
        walk_names(domain).into_iter().map(ask).collect()
    }

    #[test]
    fn the_walk_asks_at_most_eight_names_and_jumps_to_seven_labels() {
        assert_eq!(walk_names("example.test"), ["example.test", "test"]);
        assert_eq!(walk_names("test"), ["test"]);
        assert!(walk_names("").is_empty());
        let seven = walk_names("a.b.c.d.e.example.test");
        assert_eq!(seven.len(), 7);
        assert_eq!(seven[1], "b.c.d.e.example.test");
        let eight = walk_names("a.b.c.d.e.f.example.test");
        assert_eq!(eight.len(), 8);
        assert_eq!(eight[1], "b.c.d.e.f.example.test");
        let long = walk_names("a.b.c.d.e.f.g.h.i.j.mail.example.test");
        assert_eq!(
            long,
            [
                "a.b.c.d.e.f.g.h.i.j.mail.example.test",
                "g.h.i.j.mail.example.test",
                "h.i.j.mail.example.test",
                "i.j.mail.example.test",
                "j.mail.example.test",
                "mail.example.test",
                "example.test",
                "test",
            ]
        );
    }

    #[test]
    fn a_step_counts_the_dmarc_records_and_takes_the_only_one() {
        for (txt, candidates, present) in [
            ("v=DMARC1; p=none", 1, true),
            ("v=DMARC1; p=none|unrelated", 1, true),
            ("v=DMARC1; p=none|v=DMARC1; p=reject", 2, false),
            ("unrelated", 0, false),
        ] {
            let step = &walk("example.test", &[("example.test", txt)])[0];
            assert_eq!(step.candidates, candidates, "{txt}");
            assert_eq!(step.record.value().is_some(), present, "{txt}");
            assert!(!step.record.is_unknown(), "{txt}");
        }
        assert!(
            walk("example.test", &[("example.test", "?")])[0]
                .record
                .is_unknown()
        );
    }

    #[test]
    fn the_organizational_domain_of_an_identifier_comes_from_a_walk_of_its_own() {
        let records = [
            ("unit.corp.test", "v=DMARC1; p=none; psd=n"),
            ("corp.test", "v=DMARC1; p=reject"),
        ];
        for (identifier, expected) in [
            ("unit.corp.test", "unit.corp.test"),
            ("mail.unit.corp.test", "unit.corp.test"),
            ("corp.test", "corp.test"),
            ("other.corp.test", "corp.test"),
            ("elsewhere.test", "elsewhere.test"),
        ] {
            let found = organizational_domain(identifier, &walk(identifier, &records));
            assert_eq!(found, expected, "{identifier}");
        }
        let lost = walk("mail.corp.test", &[("mail.corp.test", "?")]);
        assert_eq!(organizational_domain("mail.corp.test", &lost), "");
    }

    proptest! {
        #[test]
        fn any_walk_comes_to_a_conclusion(domain in "[a-z.]{0,40}", texts in proptest::collection::vec("(v=DMARC1;)?[ -~]{0,30}", 0..9)) {
            let names = walk_names(&domain);
            prop_assert!(names.len() <= 8);
            let steps = names.iter().zip(&texts).map(|(name, txt)| {
                step(name, answer(name, Observed::present(vec![txt.clone()])))
            });
            let found = conclude(&domain, steps.collect());
            prop_assert_eq!(found.effective.value().is_some() && found.record.value().is_none(), false);
        }
    }
}
