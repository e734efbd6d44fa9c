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

/// The texts for the DMARC record of a domain, each with the one that comes before it, and what the terminal showed.
fn dmarc_texts(app: &App, baselines: &[&str]) -> (Vec<(String, Option<String>)>, String) {
    let mut args = vec![
        "scan",
        "--lab",
        "dmarc-none.test",
        "--report",
        "json=r.json",
    ];
    args.extend(["--report", "html=r.html", "--report", "markdown=r.md"]);
    args.extend(baselines.iter().flat_map(|id| ["--baseline", id]));
    let run = app.run(args);
    let results: Value = serde_json::from_str(&app.read("r.json")).unwrap();
    let findings = results["targets"][0]["findings"].as_array().unwrap();
    let mut texts: Vec<(String, Option<String>)> = Vec::new();
    for correction in findings.iter().map(|one| &one["correction"]) {
        let word = |key: &str| correction[key].as_str().map(str::to_owned);
        if word("name").as_deref() == Some("_dmarc.dmarc-none.test") {
            let told = (word("text").unwrap(), word("after"));
            if !texts.contains(&told) {
                texts.push(told);
            }
        }
    }
    (texts, run.out)
}

#[test]
fn at_one_name_a_stricter_text_comes_after_the_one_that_is_required_and_never_beside_it() {
    let app = App::new();
    let text = |policy: &str| format!("v=DMARC1; p={policy}; rua=mailto:dmarc@dmarc-none.test");
    let (quarantine, reject) = (text("quarantine"), text("reject"));
    // Required is quarantine, recommended is reject.
    let (texts, out) = dmarc_texts(&app, &[]);
    let expected = [
        (quarantine.clone(), None),
        (reject.clone(), Some(quarantine.clone())),
    ];
    assert_eq!(texts, expected);
    let flat = out.split_whitespace().collect::<Vec<_>>().join(" ");
    let told = format!("\"{reject}\" (a step further: first publish `{quarantine}`)");
    assert!(flat.contains(&told), "{out}");
    assert_eq!(
        flat.matches(&format!("\"{quarantine}\"")).count(),
        1,
        "{out}"
    );
    assert_eq!(flat.matches(&format!("\"{reject}\"")).count(), 1, "{out}");
    let html = app.read("r.html");
    assert_eq!(html.matches("class=\"publish\"").count(), 1);
    assert!(html.contains("<b>Then, as a step further,</b>"));
    assert!(app.read("r.md").contains("then, a step further:"));
    // Both are required: reject holds for both.
    let (texts, _) = dmarc_texts(&app, &["bod-18-01", "baseline"]);
    assert_eq!(texts, [(reject, None)]);
}

#[test]
fn what_only_follows_from_missing_starttls_is_told_below_it() {
    let app = App::new();
    let follows = |domain: &str| {
        let args = ["scan", "--lab", domain, "--report", "json=r.json"];
        let run = app.run(args.into_iter().chain(["--report", "html=r.html"]));
        let results: Value = serde_json::from_str(&app.read("r.json")).unwrap();
        let findings = results["targets"][0]["findings"].as_array().unwrap();
        let failed = findings.iter().filter(|one| one["outcome"] == "fail");
        let rules = |of: &dyn Fn(&&Value) -> bool| {
            let rules = failed.clone().filter(of);
            let rules = rules.map(|one| one["rule"].as_str().unwrap().to_owned());
            rules.collect::<std::collections::BTreeSet<_>>()
        };
        let follow = rules(&|one| one["follows"] == "mx-offers-starttls");
        let stand = rules(&|one| one["follows"].is_null());
        (follow, stand, run.out)
    };
    let (follow, stand, out) = follows("starttls-missing.test");
    for rule in [
        "delivery-authenticated",
        "dane-valid",
        "mx-certificate-authenticated",
        "mecsa-starttls",
    ] {
        assert!(follow.contains(rule), "{rule}: {follow:?}");
    }
    // That of MECSA on MTA-STS counts what is unknown as not met.
    let stand: Vec<&str> = stand.iter().map(String::as_str).collect();
    assert_eq!(
        stand,
        ["caa-published", "mecsa-mta-sts", "mx-offers-starttls"]
    );
    assert!(
        out.contains("leads to     must Senders can insist on the right server"),
        "{out}"
    );
    assert_eq!(out.matches("    fix ").count(), 3, "{out}");
    let html = app.read("r.html");
    let link = "Follows from <a href=\"#d1-f1-1\">";
    assert_eq!(html.matches(link).count(), follow.len(), "{follow:?}");
    let (follow, ..) = follows("compliant.test");
    assert!(follow.is_empty());
}
