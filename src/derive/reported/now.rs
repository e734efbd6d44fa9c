//! Reports beside what is published now: how old they are, and whether reporters saw the same policy.

use crate::facts::Facts;
use crate::facts::dmarc::{DmarcPolicy, DmarcRecord};
use crate::facts::observed::{Observed, Proof};
use crate::facts::reported::{PolicyDifference, PublishedPolicy};

/// Derives anew what depends on the other facts of the document.
pub fn complete(facts: &mut Facts) {
    let started = facts.vantage.started;
    let own = if facts.dmarc.inherited {
        Observed::absent(Proof::NoSuchRecord)
    } else {
        facts.dmarc.record.clone()
    };
    let Observed::Present { value: mail } = &mut facts.reported.mail else {
        return;
    };
    mail.days_old = mail.end.map(|end| started.days_since(end));
    mail.differences = match mail.policies.first() {
        Some(latest) => own.map(|record| differences(&latest.published, record)),
        None => Observed::unobserved(),
    };
}

/// Tag by tag. What a report does not say differs from nothing, and a report says the default where the record is
/// silent: `sp` is `p` then (RFC 9989 §4.7), and `np` is `sp`.
fn differences(seen: &PublishedPolicy, record: &DmarcRecord) -> Vec<PolicyDifference> {
    let p = record.p.unwrap_or(DmarcPolicy::None);
    let sp = record.sp.unwrap_or(p);
    let np = record.np.unwrap_or(sp);
    let word = |policy: Option<DmarcPolicy>| policy.map(|policy| policy.as_str().to_owned());
    let percent = record.pct.unwrap_or(100);
    let yes = |testing: bool| if testing { "y" } else { "n" }.to_owned();
    let tags = [
        ("p", word(seen.p), p.as_str().to_owned()),
        ("sp", word(seen.sp), sp.as_str().to_owned()),
        ("np", word(seen.np), np.as_str().to_owned()),
        ("adkim", Some(seen.adkim.clone()), record.adkim.clone()),
        ("aspf", Some(seen.aspf.clone()), record.aspf.clone()),
        (
            "pct",
            seen.pct.map(|percent| percent.to_string()),
            percent.to_string(),
        ),
        ("t", seen.testing.map(yes), yes(record.testing)),
    ];
    let differing = tags.into_iter().filter_map(|(tag, reported, published)| {
        let reported = reported.filter(|reported| *reported != published)?;
        Some(PolicyDifference {
            tag: tag.to_owned(),
            reported,
            published,
        })
    });
    differing.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::dmarc;

    fn seen(p: DmarcPolicy, sp: Option<DmarcPolicy>) -> PublishedPolicy {
        PublishedPolicy {
            p: Some(p),
            sp,
            adkim: "r".to_owned(),
            aspf: "r".to_owned(),
            ..PublishedPolicy::default()
        }
    }

    #[test]
    fn only_what_a_report_says_can_differ_and_defaults_are_the_same_as_silence() {
        use DmarcPolicy::{None as Nothing, Quarantine, Reject};
        let full = PublishedPolicy {
            np: Some(Reject),
            pct: Some(100),
            testing: Some(false),
            ..seen(Reject, Some(Reject))
        };
        for (policy, record, expected) in [
            (seen(Reject, None), "v=DMARC1; p=reject", ""),
            (seen(Reject, Some(Reject)), "v=DMARC1; p=reject", ""),
            (full.clone(), "v=DMARC1; p=reject", ""),
            (seen(Nothing, None), "v=DMARC1; p=reject", "p none reject"),
            (
                seen(Reject, Some(Reject)),
                "v=DMARC1; p=reject; sp=none",
                "sp reject none",
            ),
            (
                full.clone(),
                "v=DMARC1; p=reject; np=none",
                "np reject none",
            ),
            (full.clone(), "v=DMARC1; p=reject; adkim=s", "adkim r s"),
            (full.clone(), "v=DMARC1; p=reject; aspf=s", "aspf r s"),
            (full.clone(), "v=DMARC1; p=reject; pct=10", "pct 100 10"),
            (full, "v=DMARC1; p=reject; t=y", "t n y"),
            (
                seen(Quarantine, Some(Nothing)),
                "v=DMARC1; p=reject",
                "p quarantine reject, sp none reject",
            ),
        ] {
            let found = differences(&policy, &dmarc::parse(record));
            let found: Vec<_> = found
                .iter()
                .map(|one| format!("{} {} {}", one.tag, one.reported, one.published))
                .collect();
            assert_eq!(found.join(", "), expected, "{record}");
        }
    }
}
