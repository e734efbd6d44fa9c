//! Where the two generations of receivers, by RFC 9989 and by RFC 7489, see different things.

use super::policies::lower;
use crate::facts::{
    dmarc::{
        Dmarc, DmarcDifference, DmarcEffective, DmarcOlderEffective, DmarcPolicy, DmarcRecord,
    },
    observed::Observed,
};

/// Where the two readings of a domain differ, as far as both are known.
pub(super) fn between(dmarc: &Dmarc) -> Vec<DmarcDifference> {
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
