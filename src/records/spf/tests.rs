//! What `records::spf` promises of record texts.

use super::*;
use crate::facts::dns::{Dnssec, DnssecState};
use crate::facts::observed::Cause;
use crate::facts::spf::Qualifier;
use proptest::prelude::*;

fn codes(record: &SpfRecord) -> Vec<&str> {
    record.defects.iter().map(|it| it.code.as_str()).collect()
}

fn answer(observed: Observed<Vec<String>>) -> Answer<Vec<String>> {
    Answer {
        name: "example.org".to_owned(),
        rtype: "TXT".to_owned(),
        observed,
        ttl_seconds: None,
        aliases: Vec::new(),
        dnssec: Dnssec::new(DnssecState::Insecure, ""),
    }
}

#[test]
fn the_version_is_followed_by_a_space_or_the_end() {
    for (txt, expected) in [
        ("v=spf1", true),
        ("v=spf1 -all", true),
        ("V=sPf1 mx", true),
        ("v=spf10", false),
        ("v=spf1mx", false),
        ("v=spf1\tmx", false),
        (" v=spf1", false),
        ("v=spf", false),
        ("v=spfü mx", false),
        ("", false),
    ] {
        assert_eq!(is_spf(txt), expected, "{txt:?}");
        assert_eq!(parse(txt).valid, expected, "{txt:?}");
    }
}

#[test]
fn a_record_is_read_term_by_term() {
    let raw = "v=spf1 A/24//64  ~mx:%{d}.example.org -include:_spf.Example.com ?ip4:192.0.2.0/24 \
               ip6:2001:DB8::/32 exists:%{i}.example.org ptr exp=why.example.org Redirect=other.example ";
    let record = parse(raw);
    assert!(record.valid, "{:?}", record.defects);
    let found: Vec<_> = record
        .mechanisms
        .iter()
        .map(|it| {
            let name = it.mechanism.as_str();
            (
                it.qualifier,
                name,
                it.argument.as_str(),
                it.prefix4,
                it.prefix6,
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            (Qualifier::Pass, "a", "", Some(24), Some(64)),
            (
                Qualifier::Softfail,
                "mx",
                "%{d}.example.org",
                Some(32),
                Some(128)
            ),
            (Qualifier::Fail, "include", "_spf.Example.com", None, None),
            (Qualifier::Neutral, "ip4", "192.0.2.0", Some(24), None),
            (Qualifier::Pass, "ip6", "2001:DB8::", None, Some(32)),
            (Qualifier::Pass, "exists", "%{i}.example.org", None, None),
            (Qualifier::Pass, "ptr", "", None, None),
        ]
    );
    let spans: Vec<_> = record.mechanisms.iter().map(|it| it.span).collect();
    assert_eq!(&raw[spans[1][0]..spans[1][1]], "~mx:%{d}.example.org");
    assert_eq!(record.modifiers[1].modifier, "redirect");
    let [start, end] = record.modifiers[1].span;
    assert_eq!(&raw[start..end], "Redirect=other.example");
    assert_eq!(redirect(&record), Some("other.example"));
}

/// Terms that break the record (RFC 7208 §4.6), with the code and the place of the fault.
const FATAL: &[(&str, &str, &str)] = &[
    ("moo", "spf-unknown-mechanism", "moo"),
    ("-all.", "spf-unknown-mechanism", "all."),
    ("redirect:a.example", "spf-unknown-mechanism", "redirect"),
    (
        "moo.cow/far_out=man:dog/cat",
        "spf-unknown-mechanism",
        "moo.cow",
    ),
    ("moo.cow:far_out=man", "spf-unknown-mechanism", "moo.cow"),
    ("ipv4:192.0.2.1", "spf-unknown-mechanism", "ipv4"),
    ("192.0.2.1", "spf-unknown-mechanism", "192.0.2.1"),
    ("~allv=spf1", "spf-unknown-mechanism", "allv=spf1"),
    ("-all\"", "spf-unknown-mechanism", "all\""),
    ("-", "spf-unknown-mechanism", "-"),
    ("+:a", "spf-unknown-mechanism", "+:a"),
    ("!a", "spf-bad-qualifier", "!a"),
    ("--all", "spf-bad-qualifier", "--all"),
    (
        "-redirect=a.example",
        "spf-qualified-modifier",
        "-redirect=a.example",
    ),
    ("1up=foo", "spf-bad-modifier-name", "1up=foo"),
    ("=all", "spf-bad-modifier-name", "=all"),
    ("-all:foobar", "spf-unexpected-argument", ":foobar"),
    ("-all/8", "spf-unexpected-prefix", "/8"),
    ("ptr/0", "spf-unexpected-prefix", "/0"),
    ("ptr:example.org/24", "spf-unexpected-prefix", "/24"),
    ("include:a.example/24", "spf-unexpected-prefix", "/24"),
    ("exists:a.example/24", "spf-unexpected-prefix", "/24"),
    ("include/24", "spf-unexpected-prefix", "/24"),
    ("redirect=a.example/24", "spf-unexpected-prefix", "/24"),
    ("include", "spf-missing-argument", ""),
    ("include:", "spf-missing-argument", ""),
    ("exists", "spf-missing-argument", ""),
    ("exists:", "spf-missing-argument", ""),
    ("ptr:", "spf-missing-argument", ""),
    ("a:", "spf-missing-argument", ""),
    ("a:/24", "spf-missing-argument", ""),
    ("mx:", "spf-missing-argument", ""),
    ("ip4", "spf-missing-argument", ""),
    ("ip4:", "spf-missing-argument", ":"),
    ("ip4/24", "spf-missing-argument", "/24"),
    ("ip6", "spf-missing-argument", ""),
    ("exp=", "spf-missing-argument", ""),
    ("redirect=", "spf-missing-argument", ""),
    ("a/33", "spf-bad-prefix", "33"),
    ("a//129", "spf-bad-prefix", "129"),
    ("a/24/64", "spf-bad-prefix", "/24/64"),
    ("a/x", "spf-bad-prefix", "/x"),
    ("a/", "spf-bad-prefix", ""),
    ("a//", "spf-bad-prefix", ""),
    ("mx/032", "spf-bad-prefix", "032"),
    ("mx:a.example//00", "spf-bad-prefix", "00"),
    ("ip4:192.0.2.1/33", "spf-bad-prefix", "33"),
    ("ip4:192.0.2.1/032", "spf-bad-prefix", "032"),
    ("ip4:192.0.2.1//32", "spf-bad-prefix", "/32"),
    ("ip4:192.0.2.1/", "spf-bad-prefix", ""),
    ("ip4:192.0.2.1/999", "spf-bad-prefix", "999"),
    ("ip6:::1.1.1.1/129", "spf-bad-prefix", "129"),
    ("ip6:::1.1.1.1//33", "spf-bad-prefix", "/33"),
    ("ip4:192.0.2.04", "spf-bad-address", "192.0.2.04"),
    ("ip4:192.0.2", "spf-bad-address", "192.0.2"),
    ("ip4:192.0.2.1:8080", "spf-bad-address", "192.0.2.1:8080"),
    (
        "ip4:mail.example.org",
        "spf-bad-address",
        "mail.example.org",
    ),
    ("ip6::CAFE::BABE", "spf-bad-address", ":CAFE::BABE"),
    ("ip4:2001:db8::1", "spf-wrong-address-family", "2001:db8::1"),
    ("ip6:192.0.2.1", "spf-wrong-address-family", "192.0.2.1"),
    ("a:111.222.33.44", "spf-address-as-domain", "111.222.33.44"),
    ("a:mail", "spf-single-label", "mail"),
    ("a:museum.", "spf-single-label", "museum."),
    ("exp=-all", "spf-single-label", "-all"),
    ("redirect=-all", "spf-single-label", "-all"),
    ("a:abc.123", "spf-bad-toplabel", "abc.123"),
    ("a:example.com:8080", "spf-bad-toplabel", "example.com:8080"),
    ("mx:example.-com", "spf-bad-toplabel", "example.-com"),
    ("a:%{d}com/24", "spf-bad-toplabel", "com"),
    ("-exists:%(ir).sbl.example.com", "spf-bad-macro", "%"),
    ("exists:foo%.example.com", "spf-bad-macro", "%"),
    ("a:%{a}.example.com", "spf-bad-macro", "%{a}"),
    ("foo=%abc", "spf-bad-macro", "%"),
    ("exp=%{r}.example.com", "spf-explanation-macro", "%{r}"),
    (
        "a:\u{feff}garbage.example.net",
        "spf-bad-character",
        "\u{feff}",
    ),
    ("a:ctrl.example.com\rptr", "spf-bad-character", "\r"),
    ("mx\ta", "spf-bad-character", "\t"),
    ("a:foo.example.com\0", "spf-bad-character", "\0"),
    ("–all", "spf-bad-character", "–"),
];

#[test]
fn a_fault_anywhere_breaks_the_whole_record_and_is_shown_in_its_place() {
    for (term, code, place) in FATAL {
        let raw = format!("v=spf1 ip4:192.0.2.9 {term} ?all");
        let record = parse(&raw);
        assert!(!record.valid, "{raw:?}");
        let defect = record
            .defects
            .iter()
            .find(|it| it.fatal)
            .unwrap_or_else(|| panic!("{raw:?}"));
        let [start, end] = defect.span.unwrap();
        assert_eq!(
            (defect.code.as_str(), &raw[start..end]),
            (*code, *place),
            "{raw:?}"
        );
        assert!(defect.reference.starts_with("RFC 7208 §"));
        let kept: Vec<_> = record
            .mechanisms
            .iter()
            .map(|it| it.mechanism.as_str())
            .collect();
        assert_eq!(kept, ["ip4", "all"], "{raw:?}");
    }
}

#[test]
fn every_fault_is_listed_in_the_order_of_the_text() {
    let record = parse("v=spf1 ptr/24 a:mail/33 moo redirect=a.example redirect=b.example");
    assert_eq!(
        codes(&record),
        [
            "spf-unexpected-prefix",
            "spf-single-label",
            "spf-bad-prefix",
            "spf-unknown-mechanism",
            "spf-duplicate-redirect",
        ]
    );
    let twice = parse("v=spf1 exp=a.example -all exp=a.example");
    assert_eq!(
        (codes(&twice), twice.valid),
        (vec!["spf-duplicate-exp"], false)
    );
}

#[test]
fn what_has_no_effect_is_noted_and_leaves_the_record_valid() {
    for (raw, expected) in [
        ("v=spf1 -all a mx", &["spf-term-after-all"; 2][..]),
        ("v=spf1 all -all", &["spf-term-after-all"]),
        ("v=spf1 redirect=a.example ~all", &["spf-redirect-with-all"]),
        ("v=spf1 -all exp=a.example", &[]),
        (
            "v=spf1 moo.cow-far_out=man:dog/cat -all",
            &["spf-unknown-modifier"],
        ),
        ("v=spf1 default=+", &["spf-unknown-modifier"]),
        ("v=spf1 include=a.example -all", &["spf-unknown-modifier"]),
        ("v=spf1 -all v=spf1", &["spf-unknown-modifier"]),
        ("v=spf1 exists:%{p}.a.example -all", &["spf-macro-p"]),
        ("v=spf1 a:mail.example...com -all", &["spf-unusable-name"]),
        ("v=spf1 a  -all ", &[]),
        ("v=spf1 ip4:192.0.2.1/0 ip6:::/0", &[]),
        ("v=spf1 a:foo:bar/baz.example.com/24 ip6:::1.1.1.1/0", &[]),
        ("v=spf1 a//33 mx/0 a//0", &[]),
        ("v=spf1 IP4:192.0.2.1 MX -ALL", &[]),
        ("v=spf1 redirect=%{d}.d.spf.example.com.", &[]),
    ] {
        let record = parse(raw);
        assert_eq!(
            (codes(&record).as_slice(), record.valid),
            (expected, true),
            "{raw}"
        );
    }
}

#[test]
fn terms_that_can_not_be_reached_are_left_out() {
    let record = parse("v=spf1 a -all mx redirect=a.example");
    let names: Vec<_> = reached(&record).map(|it| it.mechanism.as_str()).collect();
    assert_eq!(names, ["a", "all"]);
    assert_eq!(redirect(&record), None);
}

#[test]
fn a_text_full_of_faults_gives_a_bounded_list() {
    let record = parse(&format!("v=spf1{}", " x".repeat(30_000)));
    assert_eq!(record.defects.len(), MOST_DEFECTS + 1);
    let last = record.defects.last().unwrap();
    assert!(last.fatal && last.text.starts_with("29950 further"));
    let long = parse(&format!("v=spf1 {}", "x".repeat(10_000)));
    assert!(long.defects[0].text.len() < 200);
}

#[test]
fn exactly_one_record_makes_a_policy() {
    let texts = |texts: &[&str]| {
        answer(Observed::present(
            texts.iter().map(|it| (*it).to_owned()).collect(),
        ))
    };
    let one = unique_record(&texts(&["v=spf10 mx", "v=spf1 -all"]));
    assert_eq!(one.value().unwrap().raw, "v=spf1 -all");
    assert_eq!(
        unique_record(&texts(&[])),
        Observed::absent(Proof::NoSuchRecord)
    );
    let two = unique_record(&texts(&["v=spf1 -all", "V=sPf1 +all"]));
    let detail = "2 SPF records: `v=spf1 -all`, `V=sPf1 +all`".to_owned();
    let proof = Proof::Malformed;
    assert_eq!(two, Observed::Absent { proof, detail });
    let unknown = unique_record(&answer(Observed::unknown(Cause::Timeout, "2 s")));
    assert_eq!(unknown, Observed::unknown(Cause::Timeout, "2 s"));
    let absent = unique_record(&answer(Observed::absent(Proof::Nxdomain)));
    assert_eq!(absent, Observed::absent(Proof::Nxdomain));
}

fn check_spans(raw: &str) -> Result<(), TestCaseError> {
    let record = parse(raw);
    let terms = record.mechanisms.iter().map(|it| it.span);
    let terms = terms.chain(record.modifiers.iter().map(|it| it.span));
    let defects = record.defects.iter().filter_map(|it| it.span);
    for [start, end] in terms.chain(defects) {
        prop_assert!(raw.get(start..end).is_some(), "{raw:?} {start} {end}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_text_is_read_with_spans_inside_it(raw in "v=spf1 \\PC{0,60}") {
        check_spans(&raw)?;
    }

    #[test]
    fn almost_records_are_read_with_spans_inside_them(
        raw in "v=spf1( {1,2}[+~?!-]?(a|mx|all|ip4|ip6|include|exists|ptr|redirect|exp|x|é)?[:=/]{0,2}(%\\{[a-z]{0,2}[0-9]?r?[-.]?\\}?|[a-z]{1,3}|[0-9:.]{1,9}|ü)?(\\.com)?/{0,2}[0-9]{0,3}){0,6}"
    ) {
        check_spans(&raw)?;
    }
}

#[test]
fn published_records_are_read_without_loss() {
    let Some(corpora) = std::env::var_os("WAXSEAL_CORPORA") else {
        println!("WAXSEAL_CORPORA is not set: published records are left out");
        return;
    };
    let path = std::path::Path::new(&corpora).join("spf/real-records.tsv");
    let text = String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
    let mut counts = std::collections::BTreeMap::<String, usize>::new();
    let (mut read, mut valid) = (0, 0);
    for raw in text
        .lines()
        .skip(1)
        .filter_map(|line| line.split('\t').nth(2))
    {
        check_spans(raw).unwrap();
        let record = parse(raw);
        if record.valid {
            let terms = record.mechanisms.len() + record.modifiers.len();
            assert_eq!(
                raw.split(' ').skip(1).filter(|it| !it.is_empty()).count(),
                terms,
                "{raw}"
            );
        }
        for code in codes(&record) {
            *counts.entry(code.to_owned()).or_default() += 1;
        }
        read += 1;
        valid += usize::from(record.valid);
    }
    println!("{read} records, {valid} valid, {counts:?}");
    assert!(valid * 10 > read * 9, "{valid} of {read} are valid");
}
