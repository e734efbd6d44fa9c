//! What receivers come to that still follow RFC 7489, and where that differs from RFC 9989.

use super::absent;
use super::policies::lower;
use crate::facts::{
    dmarc::{
        Dmarc, DmarcDifference, DmarcEffective, DmarcOlder, DmarcOlderEffective, DmarcPolicy,
        DmarcRecord, DmarcStep,
    },
    observed::{Cause, Observed, Proof},
};

/// What one name holds, as RFC 7489 §6.6.3 looks at it.
enum Find<'a> {
    Record(&'a DmarcRecord),
    /// Several records end the search.
    Several(u32),
    Nothing(&'a Observed<DmarcRecord>),
    Unknown(Cause, String),
}

impl<'a> Find<'a> {
    fn at(domain: &str, steps: &'a [DmarcStep]) -> Self {
        let Some(step) = steps.iter().find(|step| step.domain == domain) else {
            return Self::Unknown(Cause::NotAttempted, format!("_dmarc.{domain}: not asked"));
        };
        match &step.record {
            Observed::Present { value } => Self::Record(value),
            Observed::Absent { .. } if step.candidates > 1 => Self::Several(step.candidates),
            Observed::Absent { .. } => Self::Nothing(&step.record),
            Observed::Unknown { cause, detail } => {
                let told = if detail.is_empty() {
                    cause.as_str()
                } else {
                    detail
                };
                Self::Unknown(*cause, format!("_dmarc.{domain}: {told}"))
            }
        }
    }

    /// The record that is taken from a name at which the search ends.
    fn taken(self, domain: &str) -> Observed<DmarcRecord> {
        match self {
            Self::Record(record) if is_taken(record) => Observed::present(record.clone()),
            Self::Record(_) => absent(
                Proof::Malformed,
                format!("the record at {domain} is not valid"),
            ),
            Self::Several(count) => {
                let text = format!("{count} DMARC records at {domain}: the search ends there");
                absent(Proof::NoSuchRecord, text)
            }
            Self::Nothing(record) => record.clone(),
            Self::Unknown(cause, detail) => Observed::unknown(cause, detail),
        }
    }
}

/// What a receiver that follows RFC 7489 §6.6.3 comes to. It asks the domain itself and, where that has
/// no DMARC record at all, its organizational domain by the Public Suffix List.
pub(super) fn older(domain: &str, organizational: &str, steps: &[DmarcStep]) -> DmarcOlder {
    let own = Find::at(domain, steps);
    let inherits = matches!(own, Find::Nothing(_)) && organizational != domain;
    let (holder, record) = if inherits {
        let above = Find::at(organizational, steps);
        (organizational, above.taken(organizational))
    } else {
        (domain, own.taken(domain))
    };
    let effective = record.and_then(|record| {
        let mine = if inherits {
            Policies::below(record)
        } else {
            Policies::own(record)
        };
        if holder == organizational {
            return Observed::present(effective(holder, &mine, &Policies::below(record), ""));
        }
        below_another(holder, organizational, &mine, steps)
    });
    let holds = record.value().is_some();
    DmarcOlder {
        organizational_domain: organizational.to_owned(),
        domain: if holds { holder } else { "" }.to_owned(),
        record,
        effective,
    }
}

/// The policies of a domain with a record of its own that is not the organizational domain: its
/// subdomains look there.
fn below_another(
    holder: &str,
    organizational: &str,
    mine: &Policies,
    steps: &[DmarcStep],
) -> Observed<DmarcOlderEffective> {
    let note = format!("; its subdomains follow {organizational}, the organizational domain");
    match Find::at(organizational, steps).taken(organizational) {
        Observed::Present { value } => {
            let below = Policies::below(&value);
            Observed::present(effective(holder, mine, &below, &note))
        }
        Observed::Absent { .. } => {
            let note = format!("{note}, which has none");
            Observed::present(effective(holder, mine, &Policies::NOTHING, &note))
        }
        Observed::Unknown { cause, detail } => Observed::unknown(cause, detail),
    }
}

fn effective(holder: &str, mine: &Policies, below: &Policies, note: &str) -> DmarcOlderEffective {
    let share = if mine.share < 100 {
        format!(", for {} % of the mail", mine.share)
    } else {
        String::new()
    };
    let tag = mine.tag;
    DmarcOlderEffective {
        policy: mine.policy,
        subdomain_policy: below.policy,
        share_percent: mine.share,
        subdomain_share_percent: below.share,
        reason: format!("`{tag}` of the record at {holder}{share}{note}"),
    }
}

/// One policy and the share of the mail that it is applied to.
struct Policies {
    policy: DmarcPolicy,
    share: u32,
    tag: &'static str,
}

impl Policies {
    const NOTHING: Self = Self {
        policy: DmarcPolicy::None,
        share: 100,
        tag: "p",
    };

    fn own(record: &DmarcRecord) -> Self {
        let policy = record.p.filter(|_| !is_faulty(record));
        Self {
            policy: policy.unwrap_or(DmarcPolicy::None),
            share: record.pct.unwrap_or(100),
            tag: "p",
        }
    }

    fn below(record: &DmarcRecord) -> Self {
        let own = Self::own(record);
        match record.sp.filter(|_| !is_faulty(record)) {
            Some(policy) => Self {
                policy,
                tag: "sp",
                ..own
            },
            None => own,
        }
    }
}

fn written<'a>(record: &'a DmarcRecord, name: &str) -> Option<&'a crate::facts::dmarc::Tag> {
    record.tags.iter().find(|tag| tag.tag == name)
}

/// Whether the record counts as `p=none`: `p` is missing or unknown, or `sp` is unknown (RFC 7489
/// §6.6.3, step 6).
fn is_faulty(record: &DmarcRecord) -> bool {
    record.p.is_none() || (record.sp.is_none() && written(record, "sp").is_some())
}

/// Whether the record is taken. `np` is an unknown tag to these receivers, whatever it says.
fn is_taken(record: &DmarcRecord) -> bool {
    let np = written(record, "np").map(|tag| tag.span);
    let of_np = |code: &str, span: Option<[usize; 2]>| {
        code == "dmarc-subdomain-policy-invalid" && span.is_some() && span == np
    };
    let mut defects = record.defects.iter();
    record.valid || !defects.any(|defect| defect.fatal && !of_np(&defect.code, defect.span))
}

/// Where the two readings of a domain differ, as far as both are known.
pub(super) fn differences(dmarc: &Dmarc) -> Vec<DmarcDifference> {
    let older = &dmarc.rfc7489;
    let any = dmarc.record.value().is_some() || older.record.value().is_some();
    let known = !dmarc.record.is_unknown() && !older.record.is_unknown();
    let mut found = Vec::new();
    if any && known && dmarc.domain != older.domain {
        let text = format!(
            "by RFC 9989 {}, by RFC 7489 {}",
            holder(&dmarc.domain, &dmarc.record),
            holder(&older.domain, &older.record)
        );
        found.push(difference("record", text));
    }
    if any
        && !dmarc.organizational_domain.is_empty()
        && dmarc.organizational_domain != older.organizational_domain
    {
        let text = format!(
            "the organizational domain is {} by the tree walk (RFC 9989 §4.10.2) and {} by the Public Suffix List (RFC 7489 §3.2): what is aligned differs",
            dmarc.organizational_domain, older.organizational_domain
        );
        found.push(difference("organizational-domain", text));
    }
    if let (Some(new), Some(old)) = (dmarc.effective.value(), older.effective.value()) {
        let testing = dmarc.record.value().is_some_and(|record| record.testing);
        if testing && dmarc.domain == older.domain {
            found.extend(test_mode(new, old));
        } else {
            found.extend(policies(new, old));
        }
    }
    found.extend(older.effective.value().and_then(percentage));
    found
}

fn difference(code: &str, text: String) -> DmarcDifference {
    DmarcDifference {
        code: code.to_owned(),
        text,
    }
}

fn holder(domain: &str, record: &Observed<DmarcRecord>) -> String {
    match record {
        Observed::Present { .. } => format!("the record at {domain} holds"),
        Observed::Absent { detail, .. } if !detail.is_empty() => {
            format!("no record holds ({detail})")
        }
        Observed::Absent { .. } | Observed::Unknown { .. } => "no record holds".to_owned(),
    }
}

fn test_mode(new: &DmarcEffective, old: &DmarcOlderEffective) -> Option<DmarcDifference> {
    let same = new.policy == old.policy
        && new.subdomain_policy == old.subdomain_policy
        && new.nonexistent_subdomain_policy == old.subdomain_policy;
    let text = format!(
        "`t=y` lowers the policy to {} by RFC 9989; receivers that follow RFC 7489 do not know it and apply {}",
        new.policy.as_str(),
        old.policy.as_str()
    );
    (!same).then(|| difference("test-mode", text))
}

fn policies(new: &DmarcEffective, old: &DmarcOlderEffective) -> Vec<DmarcDifference> {
    let mut found = Vec::new();
    let mut compare = |code, whose: &str, new: DmarcPolicy, old: DmarcPolicy| {
        if new != old {
            let text = format!(
                "the policy for {whose} is {} by RFC 9989 and {} by RFC 7489",
                new.as_str(),
                old.as_str()
            );
            found.push(difference(code, text));
        }
    };
    compare("policy", "the domain", new.policy, old.policy);
    compare(
        "subdomain-policy",
        "subdomains",
        new.subdomain_policy,
        old.subdomain_policy,
    );
    if new.nonexistent_subdomain_policy != new.subdomain_policy {
        compare(
            "nonexistent-subdomain-policy",
            "subdomains that do not exist",
            new.nonexistent_subdomain_policy,
            old.subdomain_policy,
        );
    }
    found
}

/// A policy that is applied to part of the mail only; to the rest the next weaker one is (RFC 7489 §6.6.4).
fn percentage(old: &DmarcOlderEffective) -> Option<DmarcDifference> {
    let rows = [
        (old.policy, old.share_percent, "the domain"),
        (
            old.subdomain_policy,
            old.subdomain_share_percent,
            "subdomains",
        ),
    ];
    let (policy, share, whose) = rows
        .into_iter()
        .find(|(policy, share, _)| *policy != DmarcPolicy::None && *share < 100)?;
    let text = format!(
        "`pct={share}`: receivers that follow RFC 7489 apply {} to {share} % of the mail of {whose} and {} to the rest; RFC 9989 does without it",
        policy.as_str(),
        lower(policy).as_str()
    );
    Some(difference("percentage", text))
}

#[cfg(test)]
mod tests {
    use super::super::{conclude, tests::walk};
    use super::*;

    const D: &str = "example.test";
    const SUB: &str = "mail.example.test";
    const DEEP: &str = "a.mail.example.test";
    const REJECT: &str = "v=DMARC1; p=reject";

    fn run(domain: &str, records: &[(&str, &str)]) -> Dmarc {
        conclude(domain, walk(domain, records))
    }

    fn codes(dmarc: &Dmarc) -> Vec<&str> {
        dmarc.differences.iter().map(|d| d.code.as_str()).collect()
    }

    #[test]
    fn older_receivers_ask_the_domain_and_its_organizational_domain_only() {
        for (name, domain, records, holder) in [
            ("own record", D, vec![(D, REJECT)], D),
            ("inherited", DEEP, vec![(D, REJECT)], D),
            ("nothing between is asked", DEEP, vec![(SUB, REJECT)], ""),
            ("nothing above is asked", D, vec![("test", REJECT)], ""),
            (
                "two records end the search",
                SUB,
                vec![(SUB, "v=DMARC1; p=none|v=DMARC1; p=none"), (D, REJECT)],
                "",
            ),
            (
                "other texts do not",
                SUB,
                vec![(SUB, "hello"), (D, REJECT)],
                D,
            ),
            (
                "an invalid record ends it",
                SUB,
                vec![(SUB, "v=DMARC1; p=bogus"), (D, REJECT)],
                "",
            ),
            (
                "an invalid np is an unknown tag",
                D,
                vec![(D, "v=DMARC1; p=reject; np=bogus")],
                D,
            ),
            (
                "an invalid sp is none",
                D,
                vec![(D, "v=DMARC1; p=reject; sp=bogus")],
                "",
            ),
        ] {
            let found = run(domain, &records).rfc7489;
            assert_eq!(found.domain, holder, "{name}");
            assert_eq!(found.organizational_domain, D, "{name}");
            assert_eq!(found.record.value().is_some(), !holder.is_empty(), "{name}");
            assert_eq!(found.effective.is_absent(), holder.is_empty(), "{name}");
        }
        for records in [vec![(SUB, "?"), (D, REJECT)], vec![(D, "?")]] {
            let found = run(SUB, &records).rfc7489;
            assert!(found.record.is_unknown() && found.effective.is_unknown());
        }
    }

    #[test]
    fn older_receivers_apply_pct_and_know_no_t_np_and_psd() {
        use DmarcPolicy::{None as Nothing, Quarantine, Reject};
        let rua = "rua=mailto:d@example.test";
        for (domain, tags, expected) in [
            (D, "p=reject", (Reject, Reject, 100)),
            (D, "p=reject; sp=none; pct=20", (Reject, Nothing, 20)),
            (D, "p=reject; pct=0", (Reject, Reject, 0)),
            (D, "p=reject; pct=500", (Reject, Reject, 100)),
            (D, "p=reject; t=y", (Reject, Reject, 100)),
            (D, "p=none; np=reject", (Nothing, Nothing, 100)),
            (D, rua, (Nothing, Nothing, 100)),
            (D, &format!("p=bogus; {rua}"), (Nothing, Nothing, 100)),
            (
                D,
                &format!("p=reject; sp=x; {rua}"),
                (Nothing, Nothing, 100),
            ),
            (D, &format!("p=reject; np=x; {rua}"), (Reject, Reject, 100)),
            (SUB, "p=none; sp=quarantine", (Quarantine, Quarantine, 100)),
            (SUB, "p=reject; psd=y", (Reject, Reject, 100)),
        ] {
            let found = run(domain, &[(D, &format!("v=DMARC1; {tags}"))]).rfc7489;
            let found = found.effective.value().unwrap();
            let seen = (found.policy, found.subdomain_policy, found.share_percent);
            assert_eq!(seen, expected, "{domain} {tags}");
        }
    }

    #[test]
    fn subdomains_of_a_domain_with_its_own_record_look_to_the_organizational_domain() {
        let own = (SUB, "v=DMARC1; p=reject; sp=quarantine");
        let alone = run(SUB, &[own]).rfc7489;
        let alone = alone.effective.value().unwrap();
        assert_eq!(alone.subdomain_policy, DmarcPolicy::None);
        assert!(alone.reason.contains("which has none"), "{}", alone.reason);
        let above = run(SUB, &[own, (D, "v=DMARC1; p=none; sp=reject; pct=5")]).rfc7489;
        let above = above.effective.value().unwrap();
        assert_eq!(above.subdomain_policy, DmarcPolicy::Reject);
        assert_eq!(
            (above.share_percent, above.subdomain_share_percent),
            (100, 5)
        );
        let lost = run(SUB, &[own, (D, "?")]).rfc7489;
        assert!(lost.record.value().is_some() && lost.effective.is_unknown());
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "one table of cases")]
    fn what_the_two_generations_see_differently_is_named() {
        for (name, domain, records, expected) in [
            ("alike", D, vec![(D, REJECT)], vec![]),
            ("inherited alike", DEEP, vec![(D, REJECT)], vec![]),
            ("nothing alike", DEEP, vec![], vec![]),
            (
                "a record between is not seen by the older",
                DEEP,
                vec![(SUB, REJECT)],
                vec!["record", "organizational-domain"],
            ),
            (
                "an own record alone is an organization by the newer only",
                SUB,
                vec![(SUB, REJECT)],
                vec!["organizational-domain", "subdomain-policy"],
            ),
            (
                "two records: the newer go on, the older stop",
                SUB,
                vec![(SUB, "v=DMARC1; p=none|v=DMARC1; p=none"), (D, REJECT)],
                vec!["record"],
            ),
            (
                "a public suffix with a policy",
                "agency.gov.test",
                vec![("gov.test", "v=DMARC1; p=reject; psd=y")],
                vec!["organizational-domain"],
            ),
            (
                "a top level with a policy",
                D,
                vec![("test", "v=DMARC1; p=reject; psd=y")],
                vec!["record"],
            ),
            (
                "psd=n below",
                SUB,
                vec![(SUB, "v=DMARC1; p=none; psd=n"), (D, REJECT)],
                vec!["organizational-domain", "subdomain-policy"],
            ),
            (
                "test mode",
                D,
                vec![(D, "v=DMARC1; p=reject; t=y")],
                vec!["test-mode"],
            ),
            (
                "test mode without effect",
                D,
                vec![(D, "v=DMARC1; p=none; t=y")],
                vec![],
            ),
            (
                "np",
                D,
                vec![(D, "v=DMARC1; p=none; np=reject")],
                vec!["nonexistent-subdomain-policy"],
            ),
            (
                "percentage",
                D,
                vec![(D, "v=DMARC1; p=reject; pct=20")],
                vec!["percentage"],
            ),
            (
                "a percentage of nothing",
                D,
                vec![(D, "v=DMARC1; p=none; pct=20")],
                vec![],
            ),
            (
                "an invalid np",
                D,
                vec![(D, "v=DMARC1; p=reject; np=bogus")],
                vec!["record"],
            ),
            ("own name unknown", D, vec![(D, "?")], vec![]),
            (
                "the name above unknown",
                SUB,
                vec![(SUB, REJECT), (D, "?")],
                vec![],
            ),
        ] {
            let found = run(domain, &records);
            assert_eq!(codes(&found), expected, "{name}: {:?}", found.differences);
        }
    }

    #[test]
    fn the_difference_says_why_no_record_holds() {
        let two = "v=DMARC1; p=none|v=DMARC1; p=none";
        let found = run(SUB, &[(SUB, two), (D, REJECT)]);
        let text = &found.differences[0].text;
        assert!(text.contains("the record at example.test holds"), "{text}");
        assert!(
            text.contains("2 DMARC records at mail.example.test"),
            "{text}"
        );
    }
}
