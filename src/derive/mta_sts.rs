//! What a sender makes of an MTA-STS record, its policy and the mail servers (RFC 8461 §3.3, §4.1 and §5).

use crate::facts::{
    mta_sts::{StsCoverage, StsFetch, StsMode, StsPolicy, StsRecord},
    observed::{Cause, Observed, Proof},
};
use crate::records::mta_sts::parse_policy;

/// The policy as a sender gets it, from the request and the body that came.
///
/// Absent where the certificate does not authenticate the policy host, where the status is another than
/// 200 (redirections are not followed) and where the file is not valid; unknown where the web server failed.
pub fn policy(fetch: &Observed<StsFetch>, body: &str) -> Observed<StsPolicy> {
    fetch.and_then(|fetch| {
        if !fetch.chain.authenticated {
            return absent(Proof::Certificate, certificate_faults(fetch));
        }
        match fetch.status {
            200 => usable(parse_policy(body, &fetch.content_type)),
            500..=599 => {
                Observed::unknown(Cause::HttpServerError, format!("status {}", fetch.status))
            }
            status if !fetch.location.is_empty() => {
                let text = format!("status {status}, which leads to {}", fetch.location);
                absent(Proof::HttpStatus, text)
            }
            status => absent(Proof::HttpStatus, format!("status {status}")),
        }
    })
}

/// The mode that senders act by: that of a valid policy which a valid record announces.
pub fn mode(record: &Observed<StsRecord>, policy: &Observed<StsPolicy>) -> Observed<StsMode> {
    record.and_then(|record| {
        if !record.valid {
            return absent(Proof::Malformed, "the record is not valid".to_owned());
        }
        policy.and_then(|policy| match policy.mode {
            Some(mode) if policy.valid => Observed::present(mode),
            Some(_) | None => absent(Proof::Malformed, "the policy is not valid".to_owned()),
        })
    })
}

/// For each mail server in order, whether the policy names it; nothing without a policy.
pub fn coverage(policy: &Observed<StsPolicy>, hosts: &[&str]) -> Vec<StsCoverage> {
    let Some(policy) = policy.value() else {
        return Vec::new();
    };
    hosts
        .iter()
        .map(|host| {
            let pattern = policy.mx.iter().find(|pattern| matches(pattern, host));
            StsCoverage {
                host: (*host).to_owned(),
                covered: pattern.is_some(),
                pattern: pattern.cloned().unwrap_or_default(),
            }
        })
        .collect()
}

/// The patterns of a policy that match none of the servers, each once.
pub fn unused(policy: &Observed<StsPolicy>, hosts: &[&str]) -> Vec<String> {
    let patterns = policy
        .value()
        .map_or(&[][..], |policy| policy.mx.as_slice());
    let mut unused: Vec<String> = Vec::new();
    for pattern in patterns {
        let used = hosts.iter().any(|host| matches(pattern, host));
        if !used && !unused.contains(pattern) {
            unused.push(pattern.clone());
        }
    }
    unused
}

/// Whether a pattern of a policy matches a server's name. `*.` stands for exactly one label on the left;
/// upper and lower case are the same (RFC 8461 §4.1).
pub fn matches(pattern: &str, host: &str) -> bool {
    let pattern = pattern.trim_end_matches('.');
    let host = host.trim_end_matches('.');
    pattern.strip_prefix("*.").map_or_else(
        || !host.is_empty() && pattern.eq_ignore_ascii_case(host),
        |parent| {
            host.split_once('.').is_some_and(|(label, rest)| {
                !label.is_empty() && !rest.is_empty() && rest.eq_ignore_ascii_case(parent)
            })
        },
    )
}

fn absent<T>(proof: Proof, detail: String) -> Observed<T> {
    Observed::Absent { proof, detail }
}

fn certificate_faults(fetch: &StsFetch) -> String {
    let faults: Vec<&str> = fetch
        .chain
        .defects
        .iter()
        .map(|defect| defect.text.as_str())
        .collect();
    faults.join("; ")
}

fn usable(policy: StsPolicy) -> Observed<StsPolicy> {
    if policy.valid {
        return Observed::present(policy);
    }
    let faults: Vec<String> = policy
        .defects
        .into_iter()
        .filter(|defect| defect.fatal)
        .map(|defect| defect.text)
        .collect();
    absent(Proof::Malformed, faults.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::certificate::Chain;
    use crate::records::mta_sts::parse_record;
    use proptest::prelude::*;

    const BODY: &str = "version: STSv1\nmode: testing\nmx: *.example.test\nmax_age: 86400\n";

    fn fetch(status: u16, authenticated: bool) -> StsFetch {
        StsFetch {
            url: "https://mta-sts.example.test/.well-known/mta-sts.txt".to_owned(),
            status,
            content_type: "text/plain".to_owned(),
            location: String::new(),
            chain: Chain {
                certificates: Vec::new(),
                reference_name: "mta-sts.example.test".to_owned(),
                trusted: authenticated,
                name_matches: authenticated,
                in_time: authenticated,
                authenticated,
                in_order: true,
                root_sent: false,
                store: String::new(),
                defects: Vec::new(),
            },
        }
    }

    fn proof<T>(observed: &Observed<T>) -> Option<Proof> {
        match observed {
            Observed::Absent { proof, .. } => Some(*proof),
            Observed::Present { .. } | Observed::Unknown { .. } => None,
        }
    }

    #[test]
    fn a_wildcard_stands_for_exactly_one_label() {
        for (pattern, host, expected) in [
            ("mx.example.test", "mx.example.test", true),
            ("MX.example.test", "mx.EXAMPLE.test", true),
            ("mx.example.test", "mx.example.test.", true),
            ("mx.example.test", "amx.example.test", false),
            ("mx.example.test", "a.mx.example.test", false),
            ("*.example.test", "mx.example.test", true),
            ("*.stswild.test", "a.b.stswild.test", false),
            ("*.example.test", "example.test", false),
            ("*.example.test", ".example.test", false),
            ("*.example.test", "mxexample.test", false),
            ("*", "test", false),
            ("", "", false),
        ] {
            assert_eq!(matches(pattern, host), expected, "{pattern} {host}");
        }
    }

    #[test]
    fn the_policy_is_what_a_sender_may_use() {
        for (status, authenticated, expected) in [
            (200, true, None),
            (200, false, Some(Proof::Certificate)),
            (0, false, Some(Proof::Certificate)),
            (201, true, Some(Proof::HttpStatus)),
            (302, true, Some(Proof::HttpStatus)),
            (404, true, Some(Proof::HttpStatus)),
        ] {
            let found = policy(&Observed::present(fetch(status, authenticated)), BODY);
            assert_eq!(proof(&found), expected, "{status}");
            assert_eq!(found.value().is_some(), expected.is_none(), "{status}");
        }
    }

    #[test]
    fn a_server_failure_leaves_the_policy_unknown() {
        let found = policy(&Observed::present(fetch(503, true)), "");
        assert_eq!(
            found,
            Observed::unknown(Cause::HttpServerError, "status 503")
        );
        let lost: Observed<StsFetch> = Observed::unknown(Cause::Timeout, "");
        assert!(policy(&lost, "").is_unknown());
        assert!(policy(&Observed::absent(Proof::NoSubject), "").is_absent());
    }

    #[test]
    fn a_redirection_says_where_it_leads() {
        let mut found = fetch(301, true);
        found.location = "https://elsewhere.test/".to_owned();
        let Observed::Absent { detail, .. } = policy(&Observed::present(found), "") else {
            panic!("followed");
        };
        assert!(detail.contains("https://elsewhere.test/"));
    }

    #[test]
    fn a_policy_of_another_media_type_or_form_is_none() {
        let mut html = fetch(200, true);
        html.content_type = "text/html".to_owned();
        let found = policy(&Observed::present(html), BODY);
        assert_eq!(proof(&found), Some(Proof::Malformed));
        let empty = policy(&Observed::present(fetch(200, true)), "");
        assert_eq!(proof(&empty), Some(Proof::Malformed));
    }

    #[test]
    fn the_mode_needs_a_valid_record_and_a_policy() {
        let record = |raw: &str| Observed::present(parse_record(raw));
        let policy = policy(&Observed::present(fetch(200, true)), BODY);
        let found = mode(&record("v=STSv1; id=1"), &policy);
        assert_eq!(found, Observed::present(StsMode::Testing));
        assert_eq!(
            proof(&mode(&record("v=STSv1;"), &policy)),
            Some(Proof::Malformed)
        );
        assert!(mode(&Observed::absent(Proof::Nxdomain), &policy).is_absent());
        assert!(mode(&Observed::unknown(Cause::Servfail, ""), &policy).is_unknown());
        let lost = Observed::unknown(Cause::Timeout, "");
        assert!(mode(&record("v=STSv1; id=1"), &lost).is_unknown());
    }

    #[test]
    fn coverage_names_the_pattern_for_each_server() {
        let policy = policy(&Observed::present(fetch(200, true)), BODY);
        let found = coverage(&policy, &["mx.example.test", "a.b.example.test"]);
        assert!(found[0].covered && found[0].pattern == "*.example.test");
        assert!(!found[1].covered && found[1].pattern.is_empty());
        assert!(coverage(&Observed::absent(Proof::Nxdomain), &["mx.example.test"]).is_empty());
    }

    #[test]
    fn patterns_without_a_server_are_named_once() {
        let body = BODY.replace(
            "mx: *.example.test\n",
            "mx: mx.example.test\nmx: old.example.test\nmx: *.old.test\nmx: old.example.test\n",
        );
        let policy = policy(&Observed::present(fetch(200, true)), &body);
        let found = unused(&policy, &["MX.example.test", "a.b.old.test"]);
        assert_eq!(found, ["old.example.test", "*.old.test"]);
        assert!(unused(&Observed::absent(Proof::Nxdomain), &["mx.example.test"]).is_empty());
    }

    proptest! {
        #[test]
        fn a_wildcard_never_spans_labels(host in "[a-z]{1,5}(\\.[a-z]{1,5}){0,4}") {
            let labels = host.split('.').count();
            prop_assert_eq!(matches("*.example.test", &format!("{host}.example.test")), labels == 1);
        }
    }
}
