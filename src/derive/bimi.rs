//! What BIMI records come to: which one holds, whether DMARC suffices, and whether the evidence is about the
//! target and its indicator (BIMI draft §7).

use crate::derive::chain::name_matches;
use crate::facts::Facts;
use crate::facts::bimi::{Bimi, BimiEvidence, BimiPolicy};
use crate::facts::dmarc::{Dmarc, DmarcPolicy, DmarcRecord};
use crate::facts::dns::Answer;
use crate::facts::observed::{Cause, Observed, Proof};
use crate::facts::target::Target;
use crate::facts::timestamp::Timestamp;
use crate::records::bimi::record;

/// The label of the record that holds unless a message asks for another (BIMI draft §4.4).
const SELECTOR: &str = "default._bimi";

/// The domains that are asked for a record, in order (BIMI draft §7.2).
pub fn domains(target: &Target) -> Vec<String> {
    let mut domains = vec![target.domain.clone()];
    if target.organizational_domain != target.domain {
        domains.push(target.organizational_domain.clone());
    }
    domains
}

/// The name at which a domain has its record.
pub fn name(domain: &str) -> String {
    format!("{SELECTOR}.{domain}")
}

/// Which record holds: the first name with any has exactly one, or none holds.
pub fn conclude(asked: Vec<Answer<Vec<String>>>) -> Bimi {
    let holder = asked.iter().find(|answer| !answer.observed.is_absent());
    let record = match holder.or_else(|| asked.first()) {
        Some(answer) => record::only(&answer.observed),
        None => Observed::unknown(Cause::NotAttempted, ""),
    };
    let domain = holder
        .and_then(|answer| answer.value().map(|_| answer.name.as_str()))
        .and_then(|name| name.strip_prefix(SELECTOR)?.strip_prefix('.'))
        .unwrap_or_default()
        .to_owned();
    Bimi {
        asked,
        domain,
        record,
        ..Bimi::default()
    }
}

/// Concludes anew from what a document holds.
pub fn complete(facts: &mut Facts) {
    let policy = policy(&facts.dmarc, &facts.target);
    let old = std::mem::take(&mut facts.bimi);
    if old.asked.is_empty() {
        facts.bimi = old;
        return;
    }
    let evidence = match old.evidence {
        Observed::Present { value } => {
            Observed::present(judge(value, &facts.target, facts.vantage.started))
        }
        other @ (Observed::Absent { .. } | Observed::Unknown { .. }) => other,
    };
    let evidence_matches = evidence.and_then(|evidence| {
        old.indicator
            .and_then(|indicator| matches(evidence, &indicator.sha256))
    });
    facts.bimi = Bimi {
        policy,
        indicator: old.indicator,
        evidence,
        evidence_matches,
        ..conclude(old.asked)
    };
}

/// Whether the DMARC policies of the target and of its organizational domain let receivers show an indicator
/// (BIMI draft §7.1, 7 to 9).
fn policy(dmarc: &Dmarc, target: &Target) -> Observed<BimiPolicy> {
    dmarc.effective.and_then(|effective| {
        let organization = dmarc
            .walk
            .iter()
            .find(|step| step.domain == target.organizational_domain);
        let records = organization.map(|step| &step.record);
        let records = records.into_iter().chain([&dmarc.record]);
        let mut reason = String::new();
        if effective.policy == DmarcPolicy::None {
            reason = format!("the effective DMARC policy is none: {}", effective.reason);
        }
        for record in records {
            match record {
                Observed::Present { value } if reason.is_empty() => reason = weakness(value),
                Observed::Unknown { cause, detail } if reason.is_empty() => {
                    return Observed::unknown(*cause, detail.clone());
                }
                Observed::Present { .. } | Observed::Absent { .. } | Observed::Unknown { .. } => {}
            }
        }
        Observed::present(BimiPolicy {
            sufficient: reason.is_empty(),
            reason,
        })
    })
}

/// What in a record keeps receivers from showing an indicator; empty where nothing does.
fn weakness(record: &DmarcRecord) -> String {
    let raw = &record.raw;
    if record.p.is_none_or(|policy| policy == DmarcPolicy::None) {
        return format!("a DMARC record has no policy or p=none: {raw}");
    }
    if record.sp == Some(DmarcPolicy::None) {
        return format!("a DMARC record has sp=none: {raw}");
    }
    let quarantine = record.p == Some(DmarcPolicy::Quarantine);
    match record.pct {
        Some(percent) if quarantine && percent != 100 => {
            format!("a DMARC record has p=quarantine for {percent} of 100 messages: {raw}")
        }
        Some(_) | None => String::new(),
    }
}

/// The same evidence, judged for a target and a moment.
fn judge(mut evidence: BimiEvidence, target: &Target, now: Timestamp) -> BimiEvidence {
    let mark = evidence.certificates.first();
    let names = [&target.domain, &target.organizational_domain];
    evidence.names_domain = mark.is_some_and(|mark| {
        names.iter().any(|domain| {
            name_matches(&mark.dns_names, domain) || name_matches(&mark.dns_names, &name(domain))
        })
    });
    evidence.in_time = mark.is_some_and(|mark| mark.not_before <= now && now <= mark.not_after);
    evidence
}

fn matches(evidence: &BimiEvidence, sha256: &str) -> Observed<bool> {
    if evidence.mark_sha256.iter().any(|hash| hash == sha256) {
        return Observed::present(true);
    }
    if !evidence.logotype {
        return Observed::absent(Proof::NoSuchRecord);
    }
    if evidence.mark_compressed || evidence.mark_sha256.is_empty() {
        let why = "the mark in the evidence is compressed, or hashed otherwise than by SHA-256";
        return Observed::unknown(Cause::NotObservable, why);
    }
    Observed::present(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::derive::dmarc::{conclude as walked, step};
    use crate::derive::tests::{facts, txt};
    use crate::facts::certificate::Chain;
    use crate::records::certificate::unreadable;

    fn asked(domain: &str, texts: &[&str]) -> Answer<Vec<String>> {
        let mut answer = txt(&name(domain), "");
        answer.observed = match texts {
            [] => Observed::absent(Proof::NoSuchRecord),
            ["?"] => Observed::unknown(Cause::Timeout, ""),
            all => Observed::present(all.iter().map(|&one| one.to_owned()).collect()),
        };
        answer
    }

    #[test]
    fn the_first_name_with_records_decides() {
        const ONE: &str = "v=BIMI1; l=https://a.test/x.svg";
        for (own, above, domain, state) in [
            (&[ONE][..], &[][..], "a.b.test", Some(true)),
            (&[], &[ONE], "b.test", Some(true)),
            (&["v=BIMI1; l=; a="], &[ONE], "a.b.test", Some(true)),
            (&[ONE, ONE], &[ONE], "a.b.test", Some(false)),
            (&[], &[], "", Some(false)),
            (&["?"], &[ONE], "", None),
            (&[], &["?"], "", None),
        ] {
            let found = conclude(vec![asked("a.b.test", own), asked("b.test", above)]);
            assert_eq!(found.domain, domain, "{own:?} {above:?}");
            let unknown = found.record.is_unknown();
            let there = (!unknown).then(|| found.record.value().is_some());
            assert_eq!(there, state, "{own:?} {above:?}");
        }
    }

    #[test]
    fn dmarc_has_to_ask_receivers_to_act_on_all_mail() {
        for (record, sufficient) in [
            ("v=DMARC1; p=reject", true),
            ("v=DMARC1; p=quarantine", true),
            ("v=DMARC1; p=quarantine; pct=100", true),
            ("v=DMARC1; p=quarantine; pct=99", false),
            ("v=DMARC1; p=reject; pct=10", true),
            ("v=DMARC1; p=none", false),
            ("v=DMARC1; p=reject; sp=none", false),
            ("v=DMARC1; p=quarantine; t=y", false),
        ] {
            let target = facts().target;
            let own = step(&target.domain, txt("_dmarc.example.test", record));
            let dmarc = walked(&target.domain, vec![own]);
            let found = policy(&dmarc, &target);
            let found = found.value().unwrap();
            assert_eq!(found.sufficient, sufficient, "{record}: {}", found.reason);
        }
    }

    #[test]
    fn the_policy_of_the_organization_counts_too() {
        let mut target = facts().target;
        target.domain = "mail.example.test".to_owned();
        let own = step(
            "mail.example.test",
            txt("_dmarc.mail.example.test", "v=DMARC1; p=reject"),
        );
        let above = |record: &str| step("example.test", txt("_dmarc.example.test", record));
        let found = |record| {
            let dmarc = walked(&target.domain, vec![own.clone(), above(record)]);
            policy(&dmarc, &target).value().unwrap().sufficient
        };
        assert!(found("v=DMARC1; p=reject"));
        assert!(!found("v=DMARC1; p=none"));
        assert!(!found("v=DMARC1; p=reject; sp=none"));
    }

    fn evidence(names: &[&str], hashes: &[&str]) -> BimiEvidence {
        let mut mark = unreadable(b"");
        mark.dns_names = names.iter().map(|&name| name.to_owned()).collect();
        mark.not_after = Timestamp::from_unix(100);
        BimiEvidence {
            url: String::new(),
            status: 200,
            chain: Chain {
                certificates: Vec::new(),
                reference_name: String::new(),
                trusted: true,
                name_matches: true,
                in_time: true,
                authenticated: true,
                in_order: true,
                root_sent: false,
                store: String::new(),
                defects: Vec::new(),
            },
            certificates: vec![mark],
            in_time: false,
            for_marks: true,
            names_domain: false,
            logotype: true,
            mark_sha256: hashes.iter().map(|&hash| hash.to_owned()).collect(),
            mark_compressed: false,
            defects: Vec::new(),
        }
    }

    #[test]
    fn evidence_is_about_a_domain_and_in_a_time() {
        let target = facts().target;
        for (names, expected) in [
            (&["example.test"][..], true),
            (&["default._bimi.example.test"], true),
            (&["EXAMPLE.test"], true),
            (&["www.example.test"], false),
            (&[], false),
        ] {
            let found = judge(evidence(names, &[]), &target, Timestamp::from_unix(50));
            assert_eq!(found.names_domain, expected, "{names:?}");
            assert!(found.in_time);
        }
        assert!(!judge(evidence(&[], &[]), &target, Timestamp::from_unix(101)).in_time);
    }

    #[test]
    fn evidence_is_about_an_indicator_by_its_hash() {
        assert_eq!(
            matches(&evidence(&[], &["aa"]), "aa"),
            Observed::present(true)
        );
        assert_eq!(
            matches(&evidence(&[], &["aa"]), "bb"),
            Observed::present(false)
        );
        assert!(matches(&evidence(&[], &[]), "bb").is_unknown());
        let mut packed = evidence(&[], &["aa"]);
        packed.mark_compressed = true;
        assert!(matches(&packed, "bb").is_unknown());
        packed.logotype = false;
        assert!(matches(&packed, "bb").is_absent());
    }

    #[test]
    fn a_document_that_was_not_asked_stays_so() {
        let mut facts = facts();
        complete(&mut facts);
        assert_eq!(facts.bimi, Bimi::default());
        facts.bimi = conclude(vec![asked("example.test", &["v=BIMI1; l=; a="])]);
        facts.bimi.record = Observed::absent(Proof::NoData);
        complete(&mut facts);
        assert!(
            facts
                .bimi
                .record
                .value()
                .is_some_and(|record| record.declines)
        );
    }
}
