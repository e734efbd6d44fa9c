//! What receivers come to that still follow RFC 7489.

use super::absent;
use crate::facts::{
    dmarc::{DmarcOlder, DmarcOlderEffective, DmarcPolicy, DmarcRecord, DmarcStep, Tag},
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
pub(super) fn reading(domain: &str, organizational: &str, steps: &[DmarcStep]) -> DmarcOlder {
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

fn written<'a>(record: &'a DmarcRecord, name: &str) -> Option<&'a Tag> {
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

#[cfg(test)]
mod tests {
    use super::super::{conclude, tests::walk};
    use super::*;
    use crate::facts::dmarc::Dmarc;

    const D: &str = "example.test";
    const SUB: &str = "mail.example.test";
    const DEEP: &str = "a.mail.example.test";
    const REJECT: &str = "v=DMARC1; p=reject";

    fn run(domain: &str, records: &[(&str, &str)]) -> Dmarc {
        conclude(domain, walk(domain, records))
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
}
