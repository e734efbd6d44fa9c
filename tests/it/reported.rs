//! `waxseal reports`: what receivers report, from files as they send them to rules over it.

use super::support::app::{App, Run};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A row: address, messages, verdicts of SPF and DKIM.
type Row = (&'static str, u32, bool, bool);

fn xml(organization: &str, id: &str, rows: &[Row]) -> String {
    let verdict = |passes: bool| if passes { "pass" } else { "fail" };
    let mut records = String::new();
    for (address, count, spf, dkim) in rows {
        let (spf, dkim) = (verdict(*spf), verdict(*dkim));
        let _ = write!(
            records,
            "<record><row><source_ip>{address}</source_ip><count>{count}</count><policy_evaluated>\
             <disposition>none</disposition><dkim>{dkim}</dkim><spf>{spf}</spf></policy_evaluated></row>\
             <identifiers><header_from>example.org</header_from></identifiers><auth_results>\
             <dkim><domain>example.org</domain><selector>s1</selector><result>{dkim}</result></dkim>\
             <spf><domain>example.org</domain><result>{spf}</result></spf></auth_results></record>"
        );
    }
    format!(
        "<?xml version=\"1.0\"?><feedback><report_metadata><org_name>{organization}</org_name><report_id>{id}</report_id>\
         <date_range><begin>1795910400</begin><end>1795996799</end></date_range></report_metadata>\
         <policy_published><domain>example.org</domain><p>reject</p></policy_published>{records}</feedback>"
    )
}

const TLS: &str = r#"{"organization-name":"Sender","report-id":"t","date-range":{"start-datetime":"2026-11-29T00:00:00Z","end-datetime":"2026-11-29T23:59:59Z"},
"policies":[{"policy":{"policy-type":"sts","policy-domain":"example.org"},"summary":{"total-successful-session-count":90,"total-failure-session-count":10},
"failure-details":[{"result-type":"certificate-expired","receiving-mx-hostname":"mx1.example.org","failed-session-count":10}]}]}"#;

const FAILURE: &str = "From: r@receiver.test\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n\
    --b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: auth-failure\r\nReported-Domain: example.org\r\nAuth-Failure: dmarc\r\n\
    Source-IP: 203.0.113.9\r\nOriginal-Mail-From: <someone@example.org>\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n\
    Subject: secret\r\nFrom: someone@example.org\r\n\r\nhello\r\n--b--\r\n";

fn gz(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn zipped(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in entries {
        writer
            .start_file(*name, SimpleFileOptions::default())
            .unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.out).unwrap_or_else(|error| panic!("{error}: {run:?}"))
}

/// A folder with a report of each kind and container.
fn folder() -> App {
    let app = App::new();
    std::fs::create_dir_all(app.folder().join("in/deep/.er")).unwrap();
    app.file(
        "in/a.xml",
        xml(
            "A",
            "1",
            &[
                ("192.0.2.1", 90, true, true),
                ("203.0.113.9", 10, false, false),
            ],
        ),
    );
    app.file(
        "in/again.xml.gz",
        gz(xml("A", "1", &[("192.0.2.1", 90, true, true)]).as_bytes()),
    );
    app.file(
        "in/deep/b.zip",
        zipped(&[
            ("b.xml", &xml("B", "2", &[("192.0.2.1", 50, true, false)])),
            ("c.json", TLS),
        ]),
    );
    app.file("in/deep/.er/failure.eml", FAILURE);
    app.file("in/note.txt", "Notes on reports");
    app.file("in/page.html", "<html></html>");
    app
}

#[test]
fn a_folder_of_reports_is_summed_up() {
    let run = folder().run(["reports", "in"]);
    assert_eq!(run.code, 0, "{run:?}");
    for line in [
        "1 report came again",
        "93.33 % pass DMARC (10 fail); by SPF 93.33 %, by DKIM 60.00 %",
        "203.0.113.9",
        "nothing passes",
        "s1 at example.org",
        "Single messages in 1 failure report",
        "MTA-STS       90.00 % succeed (10 of 100 fail)",
        "certificate-expired at mx1.example.org",
        "2 files or e-mails have no report",
    ] {
        assert!(run.out.contains(line), "{line}\n{}", run.out);
    }
    assert!(!run.out.contains("someone") && !run.out.contains("secret"));
}

#[test]
fn what_is_refused_is_named_and_the_rest_is_kept() {
    let app = folder();
    app.file("bomb.xml.gz", gz(&vec![b' '; 8 << 20]));
    app.file("nested.gz", gz(&gz(xml("A", "9", &[]).as_bytes())));
    app.file(
        "laughs.xml",
        "<!DOCTYPE f [<!ENTITY a \"ha\">]><feedback>&a;</feedback>",
    );
    app.file("mail.eml", "Subject: hello\r\n\r\nno report\r\n");
    let many: Vec<(String, &str)> = (0..1_500)
        .map(|number| (format!("{number}.xml"), "<feedback/>"))
        .collect();
    let many: Vec<(&str, &str)> = many
        .iter()
        .map(|(name, text)| (name.as_str(), *text))
        .collect();
    app.file("many.zip", zipped(&many));
    let run = app.run([
        "reports",
        "--json",
        "bomb.xml.gz",
        "nested.gz",
        "laughs.xml",
        "mail.eml",
        "many.zip",
        "in",
    ]);
    assert_eq!(run.code, 4, "{run:?}");
    let page = json(&run);
    assert_eq!(page["partial"], true);
    let refused: Vec<_> = page["refused"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            format!(
                "{}: {}",
                one["place"].as_str().unwrap(),
                one["reason"].as_str().unwrap()
            )
        })
        .collect();
    for (place, words) in [
        ("bomb.xml.gz", "250 to 1"),
        ("nested.gz", "inside a compressed file"),
        ("laughs.xml", "document type"),
        ("mail.eml", "without a report"),
        ("many.zip", "1000 entries"),
    ] {
        assert!(
            refused
                .iter()
                .any(|one| one.starts_with(place) && one.contains(words)),
            "{place}: {refused:?}"
        );
    }
    assert_eq!(refused.len(), 5);
    assert_eq!(page["domains"][0]["reported"]["aggregate_reports"], 2);
}

#[test]
fn only_what_is_asked_for_is_shown_and_the_exit_code_says_what_is_missing() {
    let app = folder();
    for (arguments, code, words) in [
        (&["reports", "in", "--domain", "Example.ORG"][..], 0, ""),
        (
            &["reports", "in", "--domain", "other.test"],
            2,
            "the reports are about example.org",
        ),
        (&["reports", "nowhere.xml"], 2, "nowhere.xml"),
        (
            &["reports", "in", "--domain", "not a domain"],
            2,
            "not a domain",
        ),
        (&["reports"], 2, "FILE"),
        (
            &["reports", "in/a.xml", "-o", "in/a.xml"],
            2,
            "would replace what is read",
        ),
        (&["reports", "in/note.txt"], 5, "it begins as neither"),
        (
            &["reports", "in/page.html"],
            5,
            "no report that can be read",
        ),
    ] {
        let run = app.run(arguments);
        assert_eq!(run.code, code, "{run:?}");
        assert!(run.err.contains(words), "{words}: {run:?}");
    }
    let run = app.run_with(
        ["reports", "-", "--json"],
        &xml("A", "1", &[("192.0.2.1", 1, true, true)]),
    );
    assert_eq!(
        (run.code, &json(&run)["partial"]),
        (0, &Value::Bool(false)),
        "{run:?}"
    );
}

#[test]
fn text_of_strangers_acts_on_no_terminal() {
    let app = App::new();
    let hostile = xml(
        "\u{1b}[2J\u{202e}Evil",
        "1",
        &[("192.0.2.1", 1, true, true)],
    );
    app.file(
        "a.xml",
        hostile.replace(
            "<header_from>example.org",
            "<header_from>\u{9b}2J.example.org",
        ),
    );
    for arguments in [
        vec!["reports", "a.xml"],
        vec!["reports", "a.xml", "--json"],
        vec!["reports", "a.xml", "-o", "-"],
    ] {
        let run = app.run(arguments);
        assert_eq!(run.code, 0, "{run:?}");
        assert!(
            !run.out
                .contains(|c: char| c != '\n' && (c.is_control() || c == '\u{202e}')),
            "{run:?}"
        );
    }
}

#[test]
fn same_reports_same_bytes_in_any_order() {
    let app = folder();
    let one = app.run(["reports", "in", "--json"]);
    let other = app.run([
        "reports",
        "in/deep",
        "in/a.xml",
        "in/again.xml.gz",
        "--json",
    ]);
    assert_eq!(json(&one)["domains"], json(&other)["domains"]);
    assert_eq!(one.out, app.run(["reports", "in", "--json"]).out);
}

/// From the reports to the verdict: a rule of one's own profile is held against what was reported.
#[test]
fn rules_are_held_against_what_was_reported() {
    let app = folder();
    let run = app.run(["reports", "in", "--output", "reported.jsonl"]);
    assert_eq!(run.code, 0, "{run:?}");
    let facts = include_str!("../../policies/base.facts.json");
    let mut facts: Value = serde_json::from_str(facts).unwrap();
    facts.as_object_mut().unwrap().remove("reported");
    app.file("facts.json", facts.to_string());
    std::fs::create_dir_all(app.folder().join("mine/baselines")).unwrap();
    app.file(
        "mine/baselines/mine.rhai",
        "baseline(\"mine\", #{ title: \"Mine\", publisher: \"me\", version: \"1\", source: \"https://example.org/\" });\n\
         must(\"reported-mail-mostly-aligned\", #{ clause: \"1\" });\nmust(\"reported-tls-mostly-succeeds\", #{ clause: \"2\", share: 90 });\n",
    );
    let evaluate = |more: &[&str]| {
        let base = [
            "evaluate",
            "facts.json",
            "--policies",
            "mine",
            "-b",
            "mine",
            "--report",
            "json=out.json",
        ];
        let run = app.run(base.iter().chain(more));
        assert!([1, 4].contains(&run.code), "{run:?}");
        let found: Value = serde_json::from_str(&app.read("out.json")).unwrap();
        let findings = found["targets"][0]["findings"].as_array().unwrap().clone();
        let outcome = |id: &str| {
            findings.iter().find(|one| one["rule"] == id).unwrap()["outcome"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        [
            outcome("reported-mail-mostly-aligned"),
            outcome("reported-tls-mostly-succeeds"),
        ]
    };
    assert_eq!(evaluate(&[]), ["unknown", "unknown"]);
    assert_eq!(
        evaluate(&["--outbound", "reported.jsonl"]),
        ["fail", "pass"]
    );
}
