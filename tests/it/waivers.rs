//! Waivers of `waxseal.toml` in real runs over the lab: what they cover, and what is said of them.

use super::support::settled::{expected, findings, flat, notices, scan, with};

const WAIVERS: &str = r#"baselines = ["baseline"]
[[domain]]
names = ["dmarc-none.test", "starttls-one-of-two.test"]
[[waiver]]
rule = "dmarc-*policy-at-least"
domains = ["dmarc-none.test"]
reason = "reports are read first"
owner = "postmaster"
ticket = "T-1"
until = 2026-11-23
[[waiver]]
rule = "mx-offers-starttls"
domains = ["*"]
server = "mx2.*"
reason = "replaced in January"
owner = "postmaster"
until = 2027-06-30
[[waiver]]
rule = "delivery-authenticated"
domains = ["starttls-one-of-two.test"]
reason = "replaced"
owner = "postmaster"
until = 2026-11-22
[[waiver]]
rule = "spf-valid"
domains = ["dmarc-none.test"]
reason = "r"
owner = "o"
until = 2027-06-30
[[waiver]]
rule = "no-such-rule"
domains = ["dmarc-none.test"]
reason = "r"
owner = "o"
until = 2027-06-30
[[waiver]]
rule = "dane-valid"
domains = ["starttls-one-of-two.test"]
server = "mx1.*"
reason = "the other one"
owner = "o"
until = 2027-06-30
"#;

#[test]
fn waivers_cover_failures_until_their_day_and_say_what_they_need() {
    let (run, results) = scan(&with(WAIVERS), &[]);
    assert_eq!(run.code, 1, "{run:?}");
    for (_, outcome, reason) in findings(&results, "dmarc-none.test", "dmarc-policy-at-least") {
        assert_eq!(outcome, "waived");
        assert!(!reason.is_empty());
    }
    let one_of_two = "starttls-one-of-two.test";
    assert_eq!(
        findings(&results, one_of_two, "mx-offers-starttls")[0].1,
        "waived"
    );
    assert_eq!(
        findings(&results, one_of_two, "delivery-authenticated")[0].1,
        "fail"
    );
    assert_eq!(findings(&results, one_of_two, "dane-valid")[0].1, "fail");
    assert_eq!(
        notices(&results),
        expected(&[
            ("waiver-expires-soon", "may", 4),
            ("waiver-expired", "should", 18),
            ("waiver-unused", "may", 24),
            ("waiver-names-no-rule", "should", 30),
            ("waiver-unused", "may", 36),
        ])
    );
}

#[test]
fn what_is_waived_stays_in_every_report() {
    let app = with(WAIVERS);
    let (run, results) = scan(&app, &["--report", "junit=out.xml"]);
    let told = "until 2026-11-23: reports are read first (postmaster, T-1) [waxseal.toml:4]";
    let text = flat(&run);
    assert!(text.contains(told), "{}", run.out);
    assert!(
        text.contains("waiver-expired [waxseal.toml:18]"),
        "{}",
        run.out
    );
    let waived = results["targets"][0]["summary"]["waived"].as_u64().unwrap();
    assert!(waived >= 2 && results["summary"]["waived"].as_u64().unwrap() > waived);
    let xml = app.read("out.xml");
    assert!(xml.contains("<testsuite name=\"waxseal.toml\""), "{xml}");
    assert!(xml.contains("waived until 2026-11-23"), "{xml}");
}

#[test]
fn a_waiver_that_ended_counts_at_its_level() {
    let settings = "baselines = [\"mecsa\"]\n[[domain]]\nname = \"compliant.test\"\n[[waiver]]\nrule = \"mecsa-starttls\"\ndomains = [\"compliant.test\"]\nreason = \"r\"\nowner = \"o\"\nuntil = 2026-01-01\n";
    let app = with(settings);
    assert_eq!(scan(&app, &[]).0.code, 0);
    let (run, _) = scan(&app, &["--fail-on", "should", "--report", "junit=out.xml"]);
    assert_eq!(run.code, 6, "{run:?}");
    assert!(
        app.read("out.xml")
            .contains("<failure type=\"SHOULD\" message=\"the waiver of")
    );
}
