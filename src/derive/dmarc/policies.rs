//! What receivers do by a DMARC record: defaults, inheritance and test mode (RFC 9989 §4.7 and §4.10.1).

use crate::facts::dmarc::{DmarcEffective, DmarcPolicy, DmarcRecord};

/// A record and the domain that it stands at.
#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    pub(super) domain: &'a str,
    pub(super) record: &'a DmarcRecord,
}

/// The policies of a domain with a record of its own. Its subdomains look to the record above: that of
/// the organizational domain, or once more its own.
pub(super) fn of_own(own: Found<'_>, above: Found<'_>) -> DmarcEffective {
    let mine = Policies::of(own.record);
    let below = Policies::of(above.record);
    let mut reason = format!("`p` of the record at {}{}", own.domain, mine.note());
    if above.domain != own.domain {
        reason.push_str("; its subdomains follow ");
        reason.push_str(above.domain);
        reason.push_str(", the organizational domain");
        reason.push_str(below.note());
        if own.record.sp.is_some() || own.record.np.is_some() {
            reason.push_str("; `sp` and `np` of its own record are not heeded");
        }
    }
    DmarcEffective {
        policy: mine.own,
        subdomain_policy: below.existing,
        nonexistent_subdomain_policy: below.missing,
        reason,
    }
}

/// The policies of a domain that goes by a record above it: its organizational domain's, or else that of
/// its public suffix.
pub(super) fn of_inherited(source: Found<'_>, is_organizational: bool) -> DmarcEffective {
    let policies = Policies::of(source.record);
    let tag = source.record.sp.map_or("p", |_| "sp");
    let kind = if is_organizational {
        "organizational domain"
    } else {
        "public suffix"
    };
    DmarcEffective {
        policy: policies.existing,
        subdomain_policy: policies.existing,
        nonexistent_subdomain_policy: policies.missing,
        reason: format!(
            "`{tag}` of the record at {}, the {kind}{}",
            source.domain,
            policies.note()
        ),
    }
}

/// The three policies of one record, with defaults and test mode applied.
struct Policies {
    own: DmarcPolicy,
    existing: DmarcPolicy,
    missing: DmarcPolicy,
    faulty: bool,
    testing: bool,
}

impl Policies {
    fn of(record: &DmarcRecord) -> Self {
        let faulty = !record.valid || has_faulty_policy(record);
        let own = record.p.filter(|_| !faulty).unwrap_or(DmarcPolicy::None);
        let existing = record.sp.filter(|_| !faulty).unwrap_or(own);
        let missing = record.np.filter(|_| !faulty).unwrap_or(existing);
        let level = |policy| {
            if record.testing {
                lower(policy)
            } else {
                policy
            }
        };
        Self {
            own: level(own),
            existing: level(existing),
            missing: level(missing),
            faulty,
            testing: record.testing,
        }
    }

    const fn note(&self) -> &'static str {
        match (self.faulty, self.testing) {
            (true, _) => ", which counts as `p=none`: a policy is missing or unknown",
            (false, true) => ", one level lower for `t=y`",
            (false, false) => "",
        }
    }
}

/// Whether receivers take the whole record as `p=none`: `p` is missing, or one of `p`, `sp` and `np` has
/// no known value (RFC 9989 §4.10.1).
fn has_faulty_policy(record: &DmarcRecord) -> bool {
    let written = |name: &str| record.tags.iter().any(|tag| tag.tag == name);
    record.p.is_none()
        || (record.sp.is_none() && written("sp"))
        || (record.np.is_none() && written("np"))
}

/// What receivers do in test mode (RFC 9989 §4.7, tag `t`).
pub(super) const fn lower(policy: DmarcPolicy) -> DmarcPolicy {
    match policy {
        DmarcPolicy::Reject => DmarcPolicy::Quarantine,
        DmarcPolicy::Quarantine | DmarcPolicy::None => DmarcPolicy::None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{conclude, tests::walk};
    use super::*;
    use crate::facts::dmarc::Dmarc;
    use DmarcPolicy::{None as Nothing, Quarantine, Reject};

    fn run(domain: &str, records: &[(&str, &str)]) -> Dmarc {
        conclude(domain, walk(domain, records))
    }

    fn policies(dmarc: &Dmarc) -> Option<[DmarcPolicy; 3]> {
        dmarc.effective.value().map(|found| {
            [
                found.policy,
                found.subdomain_policy,
                found.nonexistent_subdomain_policy,
            ]
        })
    }

    const D: &str = "example.test";
    const SUB: &str = "a.mail.example.test";

    #[test]
    fn effective_policies_follow_defaults_inheritance_and_test_mode() {
        let rua = "rua=mailto:d@example.test";
        for (domain, at, tags, expected) in [
            (D, D, "p=reject", [Reject; 3]),
            (D, D, "p=reject; sp=none", [Reject, Nothing, Nothing]),
            (D, D, "p=none; np=reject", [Nothing, Nothing, Reject]),
            (
                D,
                D,
                "p=none; sp=quarantine; np=reject",
                [Nothing, Quarantine, Reject],
            ),
            (D, D, "p=reject; t=y", [Quarantine; 3]),
            (D, D, "p=quarantine; t=y", [Nothing; 3]),
            (D, D, "p=none; t=y", [Nothing; 3]),
            (
                D,
                D,
                "p=reject; sp=quarantine; np=none; t=y",
                [Quarantine, Nothing, Nothing],
            ),
            (D, D, "p=reject; pct=0", [Reject; 3]),
            (D, D, rua, [Nothing; 3]),
            (D, D, &format!("p=bogus; {rua}"), [Nothing; 3]),
            (D, D, &format!("p=reject; sp=bogus; {rua}"), [Nothing; 3]),
            (SUB, D, "p=reject", [Reject; 3]),
            (SUB, D, "p=reject; sp=quarantine", [Quarantine; 3]),
            (SUB, D, "p=none; sp=reject; t=y", [Quarantine; 3]),
            (
                SUB,
                D,
                "p=none; sp=quarantine; np=reject",
                [Quarantine, Quarantine, Reject],
            ),
            (
                SUB,
                "test",
                "p=none; sp=quarantine; np=reject; psd=y",
                [Quarantine, Quarantine, Reject],
            ),
            (
                "test",
                "test",
                "p=none; sp=quarantine; np=reject; psd=y",
                [Nothing, Quarantine, Reject],
            ),
        ] {
            let found = run(domain, &[(at, &format!("v=DMARC1; {tags}"))]);
            assert_eq!(policies(&found), Some(expected), "{domain} {at} {tags}");
        }
    }

    #[test]
    fn subdomain_tags_of_a_record_below_the_organizational_domain_are_ignored() {
        let own = "v=DMARC1; p=reject; sp=none; np=none";
        let found = run(SUB, &[(SUB, own), (D, "v=DMARC1; p=none; sp=quarantine")]);
        assert_eq!(policies(&found), Some([Reject, Quarantine, Quarantine]));
        let reason = &found.effective.value().unwrap().reason;
        assert!(reason.contains("`sp` and `np` of its own record are not heeded"));
        let alone = run(SUB, &[(SUB, own)]);
        assert_eq!(policies(&alone), Some([Reject, Nothing, Nothing]));
    }
}
