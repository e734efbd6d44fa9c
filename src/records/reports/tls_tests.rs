//! SMTP TLS reports as reporters write them, and as nobody should.

use super::*;
use proptest::prelude::*;

const SOUND: &str = r#"{
  "organization-name": "Sender",
  "date-range": {"start-datetime": "2026-11-29T00:00:00Z", "end-datetime": "2026-11-29T23:59:59Z"},
  "contact-info": "tls@sender.test",
  "report-id": "t-1",
  "policies": [{
    "policy": {"policy-type": "sts", "policy-string": ["version: STSv1", "mode: enforce"], "policy-domain": "example.org", "mx-host": ["*.example.org"]},
    "summary": {"total-successful-session-count": 90, "total-failure-session-count": 10},
    "failure-details": [{
      "result-type": "certificate-expired", "sending-mta-ip": "198.51.100.7", "receiving-mx-hostname": "mx1.example.org",
      "receiving-ip": "192.0.2.1", "failed-session-count": 10, "failure-reason-code": "X509_V_ERR_CERT_HAS_EXPIRED"
    }]
  }]
}"#;

/// The sound report with one thing written otherwise.
fn changed(from: &str, to: &str) -> TlsReport {
    let text = SOUND.replace(from, to);
    assert_ne!(text, SOUND, "{from}");
    parse(text.as_bytes())
}

#[test]
fn a_report_is_read_with_all_that_counts() {
    let expected = TlsReport {
        valid: true,
        organization: "Sender".to_owned(),
        report_id: "t-1".to_owned(),
        begin: Timestamp::parse("2026-11-29T00:00:00Z"),
        end: Timestamp::parse("2026-11-29T23:59:59Z"),
        policies: vec![TlsPolicyReport {
            domain: "example.org".to_owned(),
            policy_type: TlsPolicyType::Sts,
            successful: 90,
            failed: 10,
            failures: vec![TlsFailure {
                result_type: "certificate-expired".to_owned(),
                sending_mta: "198.51.100.7".parse().ok(),
                receiving_mx: "mx1.example.org".to_owned(),
                reason: "X509_V_ERR_CERT_HAS_EXPIRED".to_owned(),
                sessions: 10,
            }],
        }],
        defects: Vec::new(),
    };
    assert_eq!(parse(SOUND.as_bytes()), expected);
}

#[test]
fn what_reporters_write_otherwise_is_the_same_report() {
    let sound = parse(SOUND.as_bytes());
    let one = SOUND
        .replace("\"failure-details\": [{", "\"failure-details\": {")
        .replace("EXPIRED\"\n    }]", "EXPIRED\"\n    }");
    assert_eq!(parse(one.as_bytes()), sound);
    for (from, to) in [
        ("{\n  \"org", "\u{feff}{\n  \"org"),
        (": 90,", ": \"90\","),
        (": 90,", ": 90.0,"),
        (
            "\"mx-host\": [\"*.example.org\"]",
            "\"mx-host\": \"*.example.org\"",
        ),
        (
            "\"policy-string\": [\"version: STSv1\", \"mode: enforce\"], ",
            "\"policy-string\": null, \"extra\": {\"a\": [1, {}]}, ",
        ),
        ("\"sts\"", "\"STS\""),
        ("mx1.example.org", "MX1.example.org."),
        ("\"example.org\"", "\"Example.ORG.\""),
        ("23:59:59Z", "23:59:59+00:00"),
        ("\"contact-info\": \"tls@sender.test\",\n", ""),
    ] {
        let read = changed(from, to);
        if to == ": 90.0," {
            assert_eq!(read.policies[0].successful, 90);
        }
        assert_eq!(read, sound, "{to}");
    }
    for (from, to) in [
        (
            "\"failure-details\": [{",
            "\"failure-details\": null, \"other\": [{",
        ),
        ("\"failure-details\"", "\"failures\""),
    ] {
        let report = changed(from, to);
        assert!(
            report.valid && report.policies[0].failures.is_empty(),
            "{to}"
        );
    }
    assert_eq!(
        changed("\"organization-name\": \"Sender\",", "").organization,
        "sender.test"
    );
    assert_eq!(
        changed("\"sts\"", "\"tlsa\"").policies[0].policy_type,
        TlsPolicyType::Tlsa
    );
    assert_eq!(
        changed("\"sts\"", "\"no-policy-found\"").policies[0].policy_type,
        TlsPolicyType::NoPolicyFound
    );
    assert_eq!(
        changed("\"sts\"", "7").policies[0].policy_type,
        TlsPolicyType::Other
    );
}

#[test]
fn what_is_missing_is_told() {
    for (from, to, valid, expected) in [
        ("\"report-id\": \"t-1\",", "", true, "tls-report-id"),
        ("\"date-range\"", "\"range\"", true, "tls-report-period"),
        (
            "2026-11-29T23:59:59Z",
            "2026-11-28T23:59:59Z",
            true,
            "tls-report-period",
        ),
        (": 90,", ": null,", false, "tls-report-no-policy"),
        (": 90,", ": 1000000000001,", false, "tls-report-no-policy"),
        (": 10,", ": 1000000000001,", true, "tls-report-detail"),
        (": 10,", ": -1,", true, "tls-report-detail"),
        (
            "\"policy-domain\": \"example.org\"",
            "\"policy-domain\": \"mx\"",
            false,
            "tls-report-no-policy",
        ),
        (
            "\"policies\": [{",
            "\"policy\": [{",
            false,
            "tls-report-other",
        ),
        (
            "\"report-id\"",
            "\"report-id",
            false,
            "tls-report-malformed",
        ),
        ("}]\n}", "}]\n", false, "tls-report-malformed"),
    ] {
        let report = changed(from, to);
        assert_eq!(report.valid, valid, "{to}: {report:?}");
        assert!(
            report.defects.iter().any(|defect| defect.code == expected),
            "{to}: {report:?}"
        );
    }
    let nameless = SOUND
        .replace("\"organization-name\": \"Sender\",", "")
        .replace("tls@sender.test", "");
    assert!(!parse(nameless.as_bytes()).valid);
    for text in ["", "[]", "7", "\"x\"", "{}", "null"] {
        assert!(!parse(text.as_bytes()).valid, "{text}");
    }
}

#[test]
fn a_count_that_no_report_can_have_is_told_with_its_value() {
    let report = changed(": 90,", ": 18446744073709551615,");
    let told = report.defects.iter().find(|defect| defect.fatal).unwrap();
    assert!(told.text.contains("`18446744073709551615`"), "{told:?}");
    let report = changed(": 10,", ": 18446744073709551615,");
    assert!(report.policies[0].failures.is_empty(), "{report:?}");
}

#[test]
fn a_period_in_the_future_is_a_defect_and_is_not_used() {
    let now = Timestamp::from_unix(1_795_996_800);
    assert_eq!(parse(SOUND.as_bytes()).as_of(now), parse(SOUND.as_bytes()));
    let report = changed("2026-11-29T23:59:59Z", "2026-12-03T23:59:59Z").as_of(now);
    assert_eq!((report.begin, report.end), (None, None));
    assert!(report.valid && report.defects[0].code == "tls-report-future");
}

#[test]
fn lists_and_depth_are_bounded() {
    let details = |count: usize| {
        format!(
            "{{\"organization-name\":\"o\",\"policies\":[{{\"policy\":{{\"policy-domain\":\"a.test\"}},\"summary\":{{\"total-successful-session-count\":1,\"total-failure-session-count\":1}},\"failure-details\":[{}{{}}]}}]}}",
            "{},".repeat(count - 1)
        )
    };
    assert_eq!(
        parse(details(MOST_DETAILS).as_bytes()).policies[0]
            .failures
            .len(),
        MOST_DETAILS
    );
    let beyond = parse(details(MOST_DETAILS + 1).as_bytes());
    assert!(
        !beyond.valid && beyond.defects[0].text.contains("5000"),
        "{beyond:?}"
    );
    for deep in [
        "[".repeat(100_000),
        "{\"a\":".repeat(100_000),
        format!("{{\"policies\":{}", "[".repeat(100_000)),
    ] {
        assert!(!parse(deep.as_bytes()).valid);
    }
}

proptest! {
    #[test]
    fn any_change_of_a_report_is_read_with_places_inside_it(at in 0..SOUND.len(), length in 0_usize..40, by in "[{}\":,a-z0-9\\[\\]\u{fc}\n]{0,6}") {
        let end = (at + length).min(SOUND.len());
        let text = format!("{}{by}{}", &SOUND[..at], &SOUND[end..]);
        let report = parse(text.as_bytes());
        for [start, end] in report.defects.iter().filter_map(|defect| defect.span) {
            prop_assert!(text.get(start..end).is_some());
        }
        prop_assert_eq!(report.valid, !report.defects.iter().any(|defect| defect.fatal));
    }
}
