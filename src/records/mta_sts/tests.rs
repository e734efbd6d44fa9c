//! Records and policy files, good and bad, and any text at all.

use super::*;
use proptest::prelude::*;

const GOOD: &str = "version: STSv1\r\nmode: enforce\r\nmx: mx.example.test\r\nmx: *.Mail.example.test\r\nmax_age: 604800\r\n";

fn codes(defects: &[Defect]) -> Vec<&str> {
    defects.iter().map(|d| d.code.as_str()).collect()
}

#[test]
fn only_text_that_begins_with_the_exact_version_is_a_record() {
    for (raw, expected) in [
        ("v=STSv1; id=1", true),
        ("v=STSv1;id=1;", true),
        ("v=stsv1; id=1", false),
        ("v=STSv1", false),
        ("v=STSv1 ; id=1", false),
        (" v=STSv1; id=1", false),
        ("v=spf1 -all", false),
    ] {
        assert_eq!(is_record(raw), expected, "{raw}");
    }
}

#[test]
fn a_record_needs_an_id_of_letters_and_digits() {
    let long = "a".repeat(33);
    for (fields, id, expected) in [
        (" id=20260101T000000Z", "20260101T000000Z", vec![]),
        ("id=1;", "1", vec![]),
        (" x=y; id=1", "1", vec!["mta-sts-unknown-field"]),
        ("id=1; id=2", "1", vec!["mta-sts-duplicate-field"]),
        ("id=1 ", "1", vec!["mta-sts-trailing-space"]),
        ("id=2026-01-01", "2026-01-01", vec!["mta-sts-id-invalid"]),
        (&format!("id={long}"), &long, vec!["mta-sts-id-invalid"]),
        (
            "id=",
            "",
            vec!["mta-sts-malformed-tag", "mta-sts-id-missing"],
        ),
        (
            "id = 1",
            "",
            vec!["mta-sts-malformed-tag", "mta-sts-id-missing"],
        ),
        (
            "ID=1",
            "",
            vec!["mta-sts-unknown-field", "mta-sts-id-missing"],
        ),
        ("", "", vec!["mta-sts-id-missing"]),
        ("; id=1", "1", vec!["mta-sts-empty-tag"]),
    ] {
        let record = parse_record(&format!("v=STSv1;{fields}"));
        assert_eq!(codes(&record.defects), expected, "{fields}");
        assert_eq!(record.id, id, "{fields}");
        assert_eq!(record.valid, tags::holds(&record.defects), "{fields}");
    }
    assert!(parse_record("v=STSv1; x=y; id=1").valid);
    assert!(!parse_record("v=STSv2; id=1").valid);
}

#[test]
fn exactly_one_record_counts() {
    let txt = |records: &[&str]| {
        only(&Observed::present(
            records.iter().map(|&r| r.to_owned()).collect(),
        ))
    };
    assert!(txt(&["v=STSv1; id=1", "other"]).value().is_some());
    assert!(txt(&["other"]).is_absent());
    assert!(txt(&["v=STSv1; id=1", "v=STSv1; id=2"]).is_absent());
}

#[test]
fn a_policy_is_read_with_either_line_ending() {
    for raw in [
        GOOD.to_owned(),
        GOOD.replace('\r', ""),
        GOOD.trim_end().to_owned(),
    ] {
        let policy = parse_policy(&raw, "text/plain; charset=utf-8");
        assert_eq!(policy.defects, [], "{raw:?}");
        assert!(policy.valid);
        assert_eq!(policy.mode, Some(StsMode::Enforce));
        assert_eq!(policy.max_age_seconds, Some(604_800));
        assert_eq!(policy.mx, ["mx.example.test", "*.mail.example.test"]);
    }
}

#[test]
fn blemishes_leave_a_policy_valid() {
    for (tail, expected) in [
        ("\r\n", "mta-sts-blank-line"),
        ("  \n\n", "mta-sts-blank-line"),
        ("future: x y=z;\n", "mta-sts-unknown-key"),
        ("mode: none\n", "mta-sts-duplicate-key"),
        ("max_age: 1\n", "mta-sts-duplicate-key"),
        ("version: STSv9\n", "mta-sts-duplicate-key"),
    ] {
        let policy = parse_policy(&format!("{GOOD}{tail}"), "TEXT/plain");
        assert_eq!(codes(&policy.defects), [expected], "{tail:?}");
        assert!(policy.valid, "{tail:?}");
        assert_eq!(policy.mode, Some(StsMode::Enforce));
        assert_eq!(policy.max_age_seconds, Some(604_800));
    }
}

#[test]
fn every_fault_that_makes_a_policy_useless_has_its_code() {
    for (from, to, expected) in [
        ("version: STSv1\r\n", "", "mta-sts-key-missing"),
        ("mode: enforce\r\n", "", "mta-sts-key-missing"),
        ("max_age: 604800\r\n", "", "mta-sts-key-missing"),
        ("STSv1", "STSv2", "mta-sts-version"),
        ("enforce", "Enforce", "mta-sts-mode-unknown"),
        ("604800", "31557601", "mta-sts-max-age-invalid"),
        ("604800", "-1", "mta-sts-max-age-invalid"),
        ("604800", "+1", "mta-sts-max-age-invalid"),
        ("604800", "1 week", "mta-sts-max-age-invalid"),
        ("mx.example.test", "*", "mta-sts-mx-invalid"),
        ("mx.example.test", "[192.0.2.1]", "mta-sts-mx-invalid"),
        ("mx.example.test", "*.", "mta-sts-mx-invalid"),
        ("mx.example.test", "*mx.example.test", "mta-sts-mx-invalid"),
        ("mx.example.test", "mx.*.test", "mta-sts-mx-invalid"),
        ("mx.example.test", "*.*.test", "mta-sts-mx-invalid"),
        ("mx.example.test", "mx.example.test.", "mta-sts-mx-invalid"),
        ("mx.example.test", "mx.exämple.test", "mta-sts-mx-invalid"),
        ("mode: ", "mode ", "mta-sts-malformed-line"),
        ("mode: ", "mode : ", "mta-sts-malformed-line"),
        ("mode: ", " mode: ", "mta-sts-malformed-line"),
        ("enforce", "", "mta-sts-malformed-line"),
        ("\r\n", "\r", "mta-sts-malformed-line"),
        ("version", "\u{feff}version", "mta-sts-malformed-line"),
    ] {
        let policy = parse_policy(&GOOD.replace(from, to), "text/plain");
        assert!(!policy.valid, "{from} -> {to}");
        assert!(
            codes(&policy.defects).contains(&expected),
            "{from} -> {to}: {:?}",
            policy.defects
        );
    }
}

#[test]
fn servers_need_not_be_named_in_mode_none() {
    for (mode, valid) in [("none", true), ("testing", false), ("enforce", false)] {
        let raw = format!("version: STSv1\nmode: {mode}\nmax_age: 0\n");
        assert_eq!(parse_policy(&raw, "text/plain").valid, valid, "{mode}");
    }
}

#[test]
fn another_media_type_makes_a_policy_useless() {
    for media in ["text/html", "", "application/octet-stream; x=text/plain"] {
        let policy = parse_policy(GOOD, media);
        assert_eq!(codes(&policy.defects), ["mta-sts-media-type"], "{media}");
        assert!(!policy.valid);
    }
}

#[test]
fn a_defect_points_at_the_value_that_is_wrong() {
    let policy = parse_policy("version: STSv1\nmode:  Enforce \n", "text/plain");
    let [start, end] = policy.defects[0].span.unwrap();
    assert_eq!(&policy.raw[start..end], "Enforce");
}

#[test]
fn patterns_that_could_match_too_much_or_nothing_are_noted() {
    for (pattern, expected) in [
        ("mx.example.org", vec![]),
        ("*.example.org", vec![]),
        ("*.mail.example.co.uk", vec![]),
        ("*.org", vec!["mta-sts-mx-wide"]),
        ("*.co.uk", vec!["mta-sts-mx-wide"]),
        ("*.Github.io", vec!["mta-sts-mx-wide"]),
        ("192.0.2.1", vec!["mta-sts-mx-address"]),
        ("localhost", vec![]),
    ] {
        let policy = parse_policy(&GOOD.replace("mx.example.test", pattern), "text/plain");
        assert_eq!(codes(&policy.defects), expected, "{pattern}");
        assert!(policy.valid, "{pattern}");
    }
}

#[test]
fn a_pattern_that_is_none_says_why() {
    for (pattern, words) in [
        ("mx.exämple.test", "A-labels"),
        ("mx.example.test.", "ends with a dot"),
        ("mx..test", "no pattern"),
    ] {
        let policy = parse_policy(&GOOD.replace("mx.example.test", pattern), "text/plain");
        assert!(policy.defects[0].text.contains(words), "{pattern}");
    }
}

#[test]
fn a_policy_may_be_kept_from_no_time_to_a_year() {
    for (age, valid) in [
        ("0", true),
        ("31557600", true),
        ("31557601", false),
        ("99999999999", false),
        ("0x10", false),
    ] {
        let policy = parse_policy(&GOOD.replace("604800", age), "text/plain");
        assert_eq!(policy.valid, valid, "{age}");
    }
}

#[test]
fn every_mx_counts_where_other_keys_count_once() {
    let raw = format!("{GOOD}mx: third.example.test\r\nmx: third.example.test\r\n");
    let policy = parse_policy(&raw, "text/plain");
    assert_eq!(policy.mx.len(), 4);
    assert_eq!(policy.defects, []);
}

proptest! {
    #[test]
    fn any_record_is_read_with_spans_inside_it(raw in "(v=STSv1;)?(id=)?[ -~ü\t]{0,60}") {
        for [start, end] in parse_record(&raw).defects.iter().filter_map(|d| d.span) {
            prop_assert!(raw.get(start..end).is_some());
        }
    }

    #[test]
    fn any_policy_is_read_with_spans_inside_it(raw in "(version: STSv1\n)?((mode|mx|max_age|x) ?:[ -~ü\r]{0,20}\r?\n?){0,6}") {
        let policy = parse_policy(&raw, "text/plain");
        for [start, end] in policy.defects.iter().filter_map(|d| d.span) {
            prop_assert!(raw.get(start..end).is_some());
        }
    }
}
