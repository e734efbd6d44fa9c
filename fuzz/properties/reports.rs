//! Reports of receivers, and the containers in which they come.

use super::text::acts_on_a_terminal;
use super::{as_valid, settled, sound};
use waxseal::derive::reported::{Entered, Ledger};
use waxseal::facts::outbound::{OutboundDocument, SCHEMA};
use waxseal::facts::reported::{MailCount, Reported};
use waxseal::outbound::reports::{Content, Limits, open};
use waxseal::records::reports::{aggregate, failure, text, tls};
use waxseal::report::reported::{Summary, render};

/// Most defects of a report.
const DEFECTS: usize = 32;

/// Limits that a short input can reach.
const LIMITS: Limits = Limits {
    file: 16 << 10,
    packed: 8 << 10,
    unpacked: 32 << 10,
    whole: 64 << 10,
    ratio: 250,
    members: 4,
    entries: 4,
    parts: 8,
    attachments: 8,
    messages: 8,
};

/// What is valid says who and whom, and its sums add up.
pub fn aggregate_report(bytes: &[u8]) {
    let report = settled(|| aggregate::parse(bytes));
    sound(&text::decode(bytes).0, &report.defects, DEFECTS);
    as_valid(report.valid, &report.defects);
    assert!(!report.valid || !report.domain.is_empty() && !report.organization.is_empty());
    let mut ledger = Ledger::default();
    entered(ledger.aggregate(&report), report.valid);
    let again = ledger.aggregate(&report);
    assert!(again != Entered::Counted || report.report_id.is_empty());
    shown(ledger);
}

/// What is valid is counted, unless its sums are too large.
fn entered(entered: Entered, valid: bool) {
    assert_eq!(entered != Entered::Invalid, valid);
    assert_ne!(entered, Entered::Repeated);
}

/// What is valid says whom, and nothing of it is long.
pub fn failure_report(bytes: &[u8]) {
    let report = settled(|| failure::parse(bytes));
    sound(&text::decode(bytes).0, &report.defects, DEFECTS);
    as_valid(report.valid, &report.defects);
    assert!(!report.valid || !report.domain.is_empty());
    assert!(report.organization.chars().count() <= 253 && report.reasons.len() <= 10);
    let mut ledger = Ledger::default();
    entered(ledger.failure(report.clone()), report.valid);
    shown(ledger);
}

/// What is valid says who and whom, and its sums add up.
pub fn tls_report(bytes: &[u8]) {
    let report = settled(|| tls::parse(bytes));
    sound(&text::decode(bytes).0, &report.defects, DEFECTS);
    as_valid(report.valid, &report.defects);
    assert!(!report.valid || !report.policies.is_empty() && !report.organization.is_empty());
    let mut ledger = Ledger::default();
    entered(ledger.tls(&report), report.valid);
    shown(ledger);
}

/// What comes out is within the limits, and what does not come out is said in words.
pub fn report_container(bytes: &[u8]) {
    let mut seen = Vec::new();
    for _ in 0..2 {
        let mut told = Vec::new();
        open("file", bytes, &LIMITS, &mut |one| match one {
            Ok(found) => {
                assert!(found.bytes.len() <= LIMITS.unpacked);
                assert!(found.content != Content::Failure || bytes.len() <= LIMITS.file);
                told.push(found.place);
            }
            Err(refused) => {
                let words = refused.refusal.to_string();
                assert!(!words.is_empty() && refused.place.starts_with("file"));
                told.push(format!("{}: {words}", refused.place));
            }
        });
        seen.push(told);
    }
    assert_eq!(seen[0], seen[1], "the same input twice");
}

/// The sums add up, can be written and read back, and are shown without a character that acts.
fn shown(ledger: Ledger) {
    for (domain, reported) in ledger.finish() {
        let reported: Reported = settled(|| reported.clone());
        if let Some(mail) = reported.mail.value() {
            adds_up(&mail.count);
            for source in &mail.sources {
                adds_up(&source.count);
                assert!(source.count.messages <= mail.count.messages);
            }
        }
        if let Some(tls) = reported.tls.value() {
            assert!(
                tls.count.successful <= tls.count.sessions
                    && tls.count.failed <= tls.count.sessions
            );
            assert!(tls.count.successful_per_10000 <= 10_000);
        }
        let document = OutboundDocument {
            schema: SCHEMA.to_owned(),
            waxseal: String::new(),
            domain,
            messages: Vec::new(),
            enforcement: None,
            reported: Some(reported),
        };
        let mut page = Vec::new();
        let summary = Summary {
            domains: &[document],
            refused: &[],
            passed_over: 0,
        };
        render(&summary, false, &mut page).expect("memory takes all");
        let page = String::from_utf8(page).expect("a page is a text");
        assert!(
            !page.contains(|c| c != '\n' && acts_on_a_terminal(c)),
            "{page:?}"
        );
    }
}

fn adds_up(count: &MailCount) {
    assert!(count.passing <= count.messages);
    assert_eq!(count.failing, count.messages - count.passing);
    assert!(count.aligned_spf.max(count.aligned_dkim) <= count.passing);
    for share in [
        count.passing_per_10000,
        count.aligned_spf_per_10000,
        count.aligned_dkim_per_10000,
    ] {
        assert!(share <= 10_000);
    }
}
