//! The page, from sums that were made by hand.

use super::*;
use crate::facts::dmarc::DmarcPolicy;
use crate::facts::observed::Proof;
use crate::facts::reported::{
    Dispositions, LeftOut, MailCount, ReportedFrom, ReportedIdentity, ReportedPolicy,
    ReportedSelector, ReportedTls, ReportedTlsFailure, ReportedTlsPolicy, SessionCount,
    TlsPolicyType,
};

fn count(messages: u64, passing: u64, share: u32) -> MailCount {
    MailCount {
        messages,
        passing,
        failing: messages - passing,
        aligned_spf: passing,
        aligned_dkim: passing,
        passing_per_10000: share,
        aligned_spf_per_10000: share,
        aligned_dkim_per_10000: share,
    }
}

fn source(address: &str, pattern: SourcePattern) -> ReportedSource {
    let identity = ReportedIdentity {
        domain: "service.test".to_owned(),
        selector: String::new(),
        result: "pass".to_owned(),
        messages: 3,
    };
    ReportedSource {
        address: address.parse().unwrap(),
        count: count(3, 0, 0),
        pattern,
        other_domain: 0,
        reporters: 1,
        dispositions: Dispositions::default(),
        overrides: vec![ReportedWord {
            word: "mailing_list".to_owned(),
            count: 3,
        }],
        from_domains: Vec::new(),
        spf: vec![identity],
        dkim: Vec::new(),
    }
}

fn mail() -> ReportedMail {
    let time = Timestamp::from_unix(1_795_910_400);
    ReportedMail {
        begin: Some(time),
        end: Some(time),
        days_old: None,
        count: count(1_000, 987, 9_870),
        records_left_out: 1,
        dispositions: Dispositions {
            accepted: 990,
            rejected: 10,
            ..Dispositions::default()
        },
        overrides: Vec::new(),
        sources: vec![
            source("203.0.113.9", SourcePattern::Unauthenticated),
            source("198.51.100.1", SourcePattern::OtherDomain),
            source("198.51.100.2", SourcePattern::Forwarded),
            source("2001:db8::1", SourcePattern::DkimOnly),
            source("192.0.2.1", SourcePattern::SpfAligned),
        ],
        sources_left_out: LeftOut {
            entries: 7,
            messages: 7,
            failing: 0,
        },
        selectors: vec![ReportedSelector {
            domain: "example.org".to_owned(),
            selector: "s1".to_owned(),
            messages: 9,
            passing: 8,
        }],
        selectors_left_out: 0,
        from_domains: vec![
            ReportedFrom {
                domain: "example.org".to_owned(),
                messages: 900,
                passing: 890,
            },
            ReportedFrom {
                domain: "\u{1b}[2Jnews.example.org".to_owned(),
                messages: 100,
                passing: 97,
            },
        ],
        from_domains_left_out: 0,
        policies: vec![ReportedPolicy {
            published: PublishedPolicy {
                p: Some(DmarcPolicy::Reject),
                adkim: "s".to_owned(),
                pct: Some(50),
                testing: Some(true),
                ..PublishedPolicy::default()
            },
            begin: Some(time),
            end: Some(time),
            reports: 1,
            reporters: Vec::new(),
        }],
        differences: Observed::unobserved(),
        reporters: vec![Reporter {
            name: "Evil\u{202e}\nName".to_owned(),
            reports: 1,
            count: 1_000,
            begin: None,
            end: None,
        }],
        reporters_left_out: 0,
    }
}

fn tls() -> ReportedTls {
    let sessions = SessionCount {
        sessions: 202,
        successful: 190,
        failed: 12,
        successful_per_10000: 9_405,
    };
    ReportedTls {
        begin: None,
        end: None,
        count: sessions,
        policies: vec![ReportedTlsPolicy {
            policy_type: TlsPolicyType::Sts,
            count: sessions,
        }],
        failures: vec![ReportedTlsFailure {
            result_type: "certificate-expired".to_owned(),
            policy_type: TlsPolicyType::Sts,
            receiving_mx: "mx1.example.org".to_owned(),
            sending_mta: "198.51.100.7".parse().ok(),
            reason: "expired\u{7}".to_owned(),
            sessions: 12,
        }],
        failures_left_out: 0,
        reporters: Vec::new(),
        reporters_left_out: 0,
    }
}

fn page(
    reported: Reported,
    refused: &[(String, String)],
    passed_over: usize,
    colored: bool,
) -> String {
    let document = OutboundDocument {
        schema: String::new(),
        waxseal: String::new(),
        domain: "example.org".to_owned(),
        messages: Vec::new(),
        enforcement: None,
        reported: Some(reported),
    };
    let mut bytes = Vec::new();
    let summary = Summary {
        domains: &[document],
        refused,
        passed_over,
    };
    render(&summary, colored, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn the_page_says_how_mail_fares_who_sends_and_what_fails() {
    let reported = Reported {
        aggregate_reports: 2,
        tls_reports: 1,
        repeated_reports: 1,
        mail: Observed::present(mail()),
        tls: Observed::present(tls()),
        ..Reported::default()
    };
    let shown = page(reported, &[], 0, false);
    for line in [
        "1 report came again and is counted once",
        "Mail in 2 reports, 2026-11-29",
        "98.70 % pass DMARC (13 fail); by SPF 98.70 %, by DKIM 98.70 %",
        "990 accepted, 10 rejected",
        "1 record can't be read and is not counted",
        "policy seen   p=reject adkim=s pct=50 t=y, last seen 2026-11-29",
        "203.0.113.9               nothing passes: somebody else, or a sender that was forgotten",
        "authenticates as service.test, not as the domain in From",
        "a forwarder or mailing list, as receivers say (mailing_list 3)",
        "a forwarder, or a sender that signs and is not in the SPF record",
        "a server that the SPF record lets in",
        "and 7 more sources: --json",
        "s1 at example.org",
        "8 of 9 verify",
        "\\x1b[2Jnews.example.org",
        "Evil\\u{202e} Name (1000)",
        "TLS in 1 report",
        "MTA-STS       94.05 % succeed (12 of 202 fail)",
        "12  certificate-expired at mx1.example.org from 198.51.100.7, MTA-STS (expired\\x07)",
    ] {
        assert!(shown.contains(line), "{line}\n{shown}");
    }
    assert!(
        !shown.contains(|c: char| c != '\n' && escape::acts(c)),
        "{shown}"
    );
}

#[test]
fn what_was_not_read_is_named_and_what_counts_nothing_is_said() {
    let reported = Reported {
        mail: Observed::absent(Proof::NoSubject),
        tls: Observed::absent(Proof::NoSubject),
        ..Reported::default()
    };
    let refused = [(
        "a.zip!\u{1b}x".to_owned(),
        "it is refused: too\nmuch".to_owned(),
    )];
    let shown = page(reported, &refused, 2, true);
    for line in [
        "the reports count no message",
        "the reports count no session",
        "1 place was not read, or not in whole, so that this is not all",
        "  a.zip!\\x1bx: it is refused: too much",
        "2 files or e-mails have no report and were passed over",
    ] {
        assert!(shown.contains(line), "{line}\n{shown}");
    }
}
