//! A domain with fifteen faults in its records: each of them is named, and the text to publish mends what a
//! text can mend.

use super::support::app::App;
use serde_json::Value;

/// The rule that names each fault, and words that tell which one it is.
const FAULTS: [(&str, &str); 15] = [
    ("spf-networks-narrow", "0.0.0.0/1"),
    ("spf-no-ptr", "a ptr mechanism is reached"),
    (
        "pointed-names-exist",
        "gone.fifteen-faults.test does not exist",
    ),
    ("spf-restrictive", "senders that are not listed get neutral"),
    (
        "spf-valid",
        "`redirect` is ignored, because the record has an `all`",
    ),
    ("spf-record-recognized", "\"v=spf1 mx -all\""),
    ("dmarc-policy-at-least", "the effective policy is none"),
    ("dmarc-valid", "`pct` was removed"),
    ("dmarc-reports-requested", "no usable address in rua"),
    ("dkim-keys-strong", "1024"),
    ("dkim-not-testing", "t=y"),
    (
        "dkim-selector-aliases-lead-somewhere",
        "s2.keys.expired-provider.test",
    ),
    (
        "pointed-names-not-registrable",
        "anyone can register expired-provider.test",
    ),
    ("mta-sts-published", "1 to 32 letters and digits"),
    ("tls-rpt-published", "2 records begin with v=TLSRPTv1"),
];

#[test]
fn a_domain_with_fifteen_faults_hears_of_all_fifteen() {
    let app = App::new();
    let arguments = [
        "scan",
        "--lab",
        "fifteen-faults.test",
        "--report",
        "json=r.json",
    ];
    let run = app.run(arguments);
    assert_eq!(run.code, 1);
    let results: Value = serde_json::from_str(&app.read("r.json")).unwrap();
    let findings = results["targets"][0]["findings"].as_array().unwrap();
    let mut missing = Vec::new();
    for (rule, words) in FAULTS {
        let told = |finding: &&Value| {
            let said = format!(
                "{}{}{}",
                finding["reason"], finding["items"], finding["recommendations"]
            );
            finding["rule"] == rule && said.replace("\\\"", "\"").contains(words)
        };
        if findings.iter().find(told).is_none() {
            let all = findings.iter().filter(|finding| finding["rule"] == rule);
            let said: Vec<_> = all
                .map(|one| format!("{} {}", one["outcome"], one["reason"]))
                .collect();
            missing.push(format!("{rule}: {words}: {said:?}"));
        }
        assert!(run.out.contains(rule), "the report lacks {rule}");
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn texts_to_publish_are_shown_where_they_mend_what_failed() {
    let app = App::new();
    app.run([
        "scan",
        "--lab",
        "fifteen-faults.test",
        "--report",
        "json=r.json",
    ]);
    let results: Value = serde_json::from_str(&app.read("r.json")).unwrap();
    let findings = results["targets"][0]["findings"].as_array().unwrap();
    let text = |rule: &str| {
        let finding = findings
            .iter()
            .find(|one| one["rule"] == rule && one["outcome"] == "fail");
        finding.map(|one| {
            one["correction"]["text"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        })
    };
    for (rule, expected) in [
        ("spf-networks-narrow", "v=spf1 mx ~all"),
        ("spf-no-ptr", "v=spf1 mx ~all"),
        ("spf-restrictive", "v=spf1 mx ~all"),
        ("spf-record-recognized", "v=spf1 mx ~all"),
        (
            "dmarc-policy-at-least",
            "v=DMARC1; p=quarantine; rua=mailto:dmarc@fifteen-faults.test",
        ),
        (
            "tls-rpt-published",
            "v=TLSRPTv1; rua=mailto:tls@fifteen-faults.test,mailto:tls@provider.test",
        ),
        ("dkim-keys-strong", ""),
    ] {
        assert_eq!(text(rule).as_deref(), Some(expected), "{rule}");
    }
}
