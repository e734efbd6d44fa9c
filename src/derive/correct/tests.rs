//! Which texts are offered in place of which, at each step.

use super::super::tests::facts;
use super::*;
use crate::facts::observed::{Observed, Proof};
use crate::facts::spf::{SpfNode, SpfStatus};
use crate::records::spf::unique_record;

/// The document of the tests of `derive`, with these texts at the domain and below `_dmarc`.
fn with(spf: &[&str], dmarc: &[&str]) -> Facts {
    let mut facts = facts();
    let texts = |all: &[&str]| match all {
        [] => Observed::absent(Proof::NoData),
        some => Observed::present(some.iter().map(|text| (*text).to_owned()).collect()),
    };
    facts.spf.records.observed = texts(spf);
    facts.spf.tree = vec![node(
        &facts.target.domain.clone(),
        None,
        facts.spf.records.clone(),
    )];
    for (name, text) in [("ok.test", "v=spf1 ip4:192.0.2.9 -all"), ("gone.test", "")] {
        let mut records = facts.spf.records.clone();
        records.observed = texts(Some(text).filter(|text| !text.is_empty()).as_slice());
        facts.spf.tree.push(node(name, Some(0), records));
    }
    facts.dmarc.walk[0].txt.observed = texts(dmarc);
    crate::derive::complete(&mut facts);
    facts
}

fn node(domain: &str, parent: Option<usize>, records: Answer<Vec<String>>) -> SpfNode {
    SpfNode {
        domain: domain.to_owned(),
        parent,
        via: "include".to_owned(),
        depth: 0,
        qualifier: None,
        record: unique_record(&records),
        records,
        cost: crate::facts::spf::SpfCost::default(),
    }
}

fn offered(facts: &Facts, step: Step, area: &str) -> Option<String> {
    let texts = texts(facts, step).into_iter();
    texts
        .filter(|one| one.area == area)
        .map(|one| one.text)
        .next()
}

#[test]
fn spf_records_are_mended_and_then_made_stricter() {
    for (published, mended, restricted, refusing) in [
        (vec!["v=spf1 mx -all"], None, None, None),
        (vec!["v=spf1 mx ~all"], None, None, Some("v=spf1 mx -all")),
        (
            vec!["v=spf1 mx ?all"],
            None,
            Some("v=spf1 mx ~all"),
            Some("v=spf1 mx -all"),
        ),
        (
            vec!["v=spf1 mx"],
            None,
            Some("v=spf1 mx ~all"),
            Some("v=spf1 mx -all"),
        ),
        (
            vec!["v=spf1 ipv4:192.0.2.1 mx moo -all"],
            Some("v=spf1 ip4:192.0.2.1 mx -all"),
            Some("v=spf1 ip4:192.0.2.1 mx -all"),
            Some("v=spf1 ip4:192.0.2.1 mx -all"),
        ),
        (
            vec!["v=spf1 include:ok.test include:gone.test mx mx -all a"],
            Some("v=spf1 include:ok.test mx -all"),
            Some("v=spf1 include:ok.test mx -all"),
            Some("v=spf1 include:ok.test mx -all"),
        ),
        (
            vec!["v=spf1 mx -all", "v=spf1 ip4:192.0.2.1 ~all"],
            Some("v=spf1 mx ip4:192.0.2.1 ~all"),
            Some("v=spf1 mx ip4:192.0.2.1 ~all"),
            Some("v=spf1 mx ip4:192.0.2.1 -all"),
        ),
        (
            vec!["v=spf1 ip4:0.0.0.0/1 ptr mx +all"],
            None,
            Some("v=spf1 mx ~all"),
            Some("v=spf1 mx -all"),
        ),
        (
            vec!["v=spf1 redirect=gone.test mx"],
            Some("v=spf1 mx"),
            Some("v=spf1 mx ~all"),
            Some("v=spf1 mx -all"),
        ),
        (vec!["v=spf1 redirect=ok.test"], None, None, None),
        (
            vec!["v=spf1 ptr -all"],
            None,
            Some("v=spf1 mx ~all"),
            Some("v=spf1 mx -all"),
        ),
        (
            vec!["v=spf1 include:gone.test -all"],
            Some("v=spf1 mx ~all"),
            Some("v=spf1 mx ~all"),
            Some("v=spf1 mx -all"),
        ),
        (
            vec![],
            Some("v=spf1 mx ~all"),
            Some("v=spf1 mx ~all"),
            Some("v=spf1 mx -all"),
        ),
    ] {
        let facts = with(&published, &["v=DMARC1; p=reject"]);
        let found = Step::ALL.map(|step| offered(&facts, step, "spf"));
        let expected = [mended, restricted, refusing].map(|text| text.map(str::to_owned));
        assert_eq!(found, expected, "{published:?}");
    }
}

#[test]
fn a_text_that_is_put_in_its_place_is_what_the_document_then_says() {
    let facts = with(
        &["v=spf1 ipv4:192.0.2.1 mx moo -all"],
        &["v=DMARC1; p=none; p=reject"],
    );
    assert_eq!(facts.spf.evaluation.status, SpfStatus::Permerror);
    let changed = apply(&facts, &texts(&facts, Step::Refuse));
    assert_eq!(changed.spf.evaluation.status, SpfStatus::Policy);
    assert!(changed.spf.evaluation.authorized.unsettled.is_empty());
    let record = changed.dmarc.record.value().unwrap();
    assert!(record.valid && record.defects.is_empty(), "{record:?}");
}

#[test]
fn dmarc_records_are_mended_and_then_made_stricter() {
    let rua = "rua=mailto:dmarc@example.test";
    for (published, step, expected) in [
        (vec![], Step::Mend, format!("v=DMARC1; p=none; {rua}")),
        (vec![], Step::Refuse, format!("v=DMARC1; p=reject; {rua}")),
        (
            vec!["v=DMARC1; p=none; sp=none; t=y; pct=10; rua=a@b.test"],
            Step::Restrict,
            "v=DMARC1; p=quarantine; rua=mailto:a@b.test".to_owned(),
        ),
        (
            vec!["v=DMARC1; p=quarantine; p=reject; adkim=s"],
            Step::Mend,
            format!("v=DMARC1; p=quarantine; adkim=s; {rua}"),
        ),
        (
            vec![
                "v=DMARC1; p=none",
                "v=DMARC1; p=reject; ruf=mailto:f@b.test; fo=1",
            ],
            Step::Mend,
            format!("v=DMARC1; p=reject; {rua}; ruf=mailto:f@b.test; fo=1"),
        ),
    ] {
        let facts = with(&["v=spf1 mx -all"], &published);
        assert_eq!(
            offered(&facts, step, "dmarc"),
            Some(expected),
            "{published:?}"
        );
    }
    let sound = with(
        &["v=spf1 mx -all"],
        &["v=DMARC1; p=reject; rua=mailto:a@b.test"],
    );
    assert_eq!(offered(&sound, Step::Refuse, "dmarc"), None);
}

#[test]
fn nothing_is_offered_where_nothing_is_known() {
    let mut facts = with(&["v=spf1 mx -all"], &[]);
    facts.spf.records.observed = Observed::unknown(crate::facts::observed::Cause::Timeout, "");
    facts.dmarc.walk[0].txt.observed = facts.spf.records.observed.clone();
    facts.mta_sts.policy = Observed::absent(Proof::HttpStatus);
    assert_eq!(texts(&facts, Step::Refuse), []);
}

#[test]
fn what_is_taken_out_is_said_with_what_to_do_before() {
    let facts = with(
        &["v=spf1 ptr mx -all"],
        &["v=DMARC1; p=reject; t=y; rua=mailto:a@b.test"],
    );
    let texts = texts(&facts, Step::Restrict);
    let changes = |area: &str| {
        texts
            .iter()
            .find(|one| one.area == area)
            .unwrap()
            .changes
            .join("; ")
    };
    assert!(changes("spf").contains("`ptr` is taken out"));
    assert!(changes("spf").ends_with("list everything else that sends for the domain"));
    assert!(changes("dmarc").contains("`t=y` is left out"));
}

#[test]
fn a_record_at_a_wrong_name_is_moved_as_it_is() {
    let mut facts = with(&["v=spf1 mx -all"], &[]);
    let mut answer = facts.spf.records.clone();
    answer.observed = Observed::present(vec!["v=DMARC1; p=reject; rua=mailto:a@b.test".to_owned()]);
    facts.dmarc.misplaced = vec![answer];
    let text = offered(&facts, Step::Mend, "dmarc");
    assert_eq!(
        text.as_deref(),
        Some("v=DMARC1; p=reject; rua=mailto:a@b.test")
    );
}

#[test]
fn addresses_of_all_tls_rpt_records_are_kept() {
    let mut facts = with(&["v=spf1 mx -all"], &["v=DMARC1; p=reject"]);
    let records = [
        "v=TLSRPTv1; rua=mailto:a@b.test",
        "v=TLSRPTv1; rua=mailto:c@d.test",
    ];
    facts.tls_rpt.records.observed = Observed::present(records.map(str::to_owned).to_vec());
    crate::derive::complete(&mut facts);
    let text = offered(&facts, Step::Mend, "tls-rpt");
    assert_eq!(
        text.as_deref(),
        Some("v=TLSRPTv1; rua=mailto:a@b.test,mailto:c@d.test")
    );
}

#[test]
fn huge_records_are_not_mended() {
    let huge = format!("v=spf1 {} ?all", "a:x.test ip4:192.0.2.1 ".repeat(400));
    let facts = with(&[&huge], &["v=DMARC1; p=reject; rua=mailto:a@b.test"]);
    assert_eq!(offered(&facts, Step::Refuse, "spf"), None);
}
