//! `waxseal message`: files, whose word counts, and what keys that were stored prove.

use super::support::app::{App, Run};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mail_auth::common::crypto::Ed25519Key;
use mail_auth::common::headers::HeaderWriter as _;
use mail_auth::dkim::DkimSigner;
use serde_json::{Value, json};
use std::sync::OnceLock;

const BODY: &str = "Hello\r\n";

/// A time behind every signature that is made here.
const LATER: &str = "2096-10-02T07:06:40Z";

fn headers() -> String {
    "From: Ann <ann@example.org>\r\nTo: bob@example.net\r\nSubject: lunch\r\nDate: Mon, 30 Nov 2026 01:02:03 +0000\r\nMessage-ID: <1@example.org>\r\n".to_owned()
}

fn pair() -> &'static (Vec<u8>, String) {
    static PAIR: OnceLock<(Vec<u8>, String)> = OnceLock::new();
    PAIR.get_or_init(|| {
        let private = Ed25519Key::generate_pkcs8().unwrap();
        let key = Ed25519Key::from_pkcs8_der(&private).unwrap();
        let record = format!(
            "v=DKIM1; k=ed25519; p={}",
            STANDARD.encode(key.public_key())
        );
        (private, record)
    })
}

fn signed(length: bool, expiration: u64) -> String {
    let message = format!("{}\r\n{BODY}", headers());
    let key = Ed25519Key::from_pkcs8_der(&pair().0).unwrap();
    let field = DkimSigner::from_key(key)
        .domain("example.org")
        .selector("s1")
        .headers(["From", "From", "To", "Subject", "Date", "Message-ID"])
        .body_length(length)
        .expiration(expiration)
        .sign(message.as_bytes())
        .unwrap()
        .to_header();
    format!("{field}{message}")
}

/// Facts of example.org: the key, an SPF record for one address, and a policy of reject.
fn facts(key: &Value) -> String {
    let stored = include_str!("../../fuzz/seeds/facts/sound.json");
    let mut facts: Value = serde_json::from_str(stored).unwrap();
    let record = &mut facts["dkim"]["keys"][0]["record"];
    for (name, value) in key.as_object().unwrap() {
        record[name] = value.clone();
    }
    for records in ["/spf/records", "/spf/tree/0/records"] {
        facts.pointer_mut(records).unwrap()["value"] = json!(["v=spf1 ip4:192.0.2.1 -all"]);
    }
    facts.to_string()
}

/// The key as it would be stored.
fn present() -> Value {
    let stored = include_str!("../../fuzz/seeds/facts/sound.json");
    let facts: Value = serde_json::from_str(stored).unwrap();
    let mut value = facts["dkim"]["keys"][0]["record"]["value"].clone();
    value["raw"] = json!(pair().1);
    value["key_type"] = json!("ed25519");
    value["key_bits"] = json!(256);
    json!({ "state": "present", "value": value })
}

fn replayed(key: &Value, message: &str, more: &[&str]) -> Run {
    let app = App::new();
    app.file("facts.json", facts(key));
    app.file("mail.eml", message);
    let mut command = vec![
        "message",
        "mail.eml",
        "--facts",
        "facts.json",
        "--now",
        LATER,
    ];
    command.extend(more);
    app.run(command)
}

#[test]
fn a_signed_message_passes_and_a_changed_one_says_what_was_changed() {
    let sound = signed(false, 0);
    for (message, more, code, words) in [
        (
            sound.clone(),
            &[][..],
            0,
            "pass: the signature fits 6 fields and the body",
        ),
        (
            sound.replace("Hello", "Hi"),
            &[
                "--client-ip",
                "203.0.113.9",
                "--mail-from",
                "ann@example.org",
            ],
            1,
            "the body was changed after it was signed",
        ),
        (
            format!("{sound}-- \r\nlist\r\n"),
            &[],
            4,
            "which were appended",
        ),
        (
            sound.replace("Subject: lunch", "Subject: dinner"),
            &[],
            4,
            "does not fit the signed fields",
        ),
        (
            sound.replace("From: Ann", "From: eve@evil.test\r\nFrom: Ann"),
            &[],
            1,
            "more than one From",
        ),
        (
            format!("{}buy\r\n", signed(true, 0)),
            &[],
            0,
            "5 octets of the body stand behind",
        ),
        (
            signed(false, 60),
            &["--client-ip", "203.0.113.9", "--mail-from", "<>"],
            4,
            "it expired at",
        ),
        (
            sound.clone(),
            &["--client-ip", "192.0.2.1", "--mail-from", "ann@example.org"],
            0,
            "SPF passes for example.org",
        ),
    ] {
        let run = replayed(&present(), &message, more);
        assert_eq!(run.code, code, "{words}: {run:?}");
        assert!(run.out.contains(words), "{words}: {}", run.out);
    }
}

#[test]
fn a_key_that_could_not_be_looked_up_leaves_it_open() {
    let servfail =
        json!({ "state": "unknown", "cause": "servfail", "detail": "SERVFAIL", "value": null });
    let gone = json!({ "state": "absent", "proof": "nxdomain", "value": null });
    let fails = [
        "--client-ip",
        "203.0.113.9",
        "--mail-from",
        "ann@example.org",
    ];
    for (key, code, words) in [
        (
            servfail,
            4,
            "temperror: the key at s1._domainkey.example.org is not known: SERVFAIL",
        ),
        (
            gone,
            1,
            "permerror: there is no key at s1._domainkey.example.org",
        ),
    ] {
        let run = replayed(&key, &signed(false, 0), &fails);
        assert_eq!(run.code, code, "{run:?}");
        assert!(run.out.contains(words), "{}", run.out);
    }
}

#[test]
fn only_fields_of_trusted_hosts_above_the_border_are_believed() {
    let border = "Received: from c.test (c.test [203.0.113.9]) by mx.own.test with ESMTP id 1; Mon, 30 Nov 2026 01:02:03 +0000\r\n";
    let forged = "Received: from good.test (good.test [192.0.2.1]) by mx.own.test with ESMTP id 2; Mon, 30 Nov 2026 01:02:02 +0000\r\n";
    let results = "Authentication-Results: mx.own.test; spf=pass smtp.mailfrom=example.org; dkim=pass header.d=example.org; dmarc=pass header.from=example.org\r\n";
    let path = "Return-Path: <ann@example.org>\r\n";
    let unsigned = format!("{}\r\n{BODY}", headers());
    for (message, trust, code, ip, trusted) in [
        // Nobody is trusted: nothing that is written counts.
        (format!("{path}{results}{border}{unsigned}"), "", 4, "", 0),
        (
            format!("{path}{border}{unsigned}"),
            "mx.own.test",
            1,
            "203.0.113.9",
            1,
        ),
        // Forged below the border.
        (
            format!("{path}{border}{results}{forged}{unsigned}"),
            "mx.own.test",
            1,
            "203.0.113.9",
            1,
        ),
        // Forged above by a host that is not trusted: all that is below may be forged, too.
        (
            format!(
                "{path}{}{border}{unsigned}",
                forged.replace("mx.own.test", "mx.evil.test")
            ),
            "mx.own.test",
            4,
            "",
            0,
        ),
        (
            format!("{path}{results}{forged}{unsigned}"),
            "mx.own.test",
            0,
            "192.0.2.1",
            2,
        ),
    ] {
        let mut more = vec!["--json"];
        if !trust.is_empty() {
            more.extend(["--trust", trust]);
        }
        let run = replayed(&present(), &message, &more);
        assert_eq!(run.code, code, "{message} {run:?}");
        let documents: Value = serde_json::from_str(&run.out).unwrap();
        let seen = &documents[0]["messages"][0];
        assert_eq!(
            seen["connection"]["ip"]["value"]
                .as_str()
                .unwrap_or_default(),
            ip,
            "{message}"
        );
        let claims = seen["claims"].as_array().unwrap().iter();
        let counted = claims
            .filter(|claim| claim["trusted"] == json!(true))
            .count();
        assert_eq!(counted, trusted, "{message}");
    }
}

#[test]
fn the_lab_answers_for_senders_and_policies() {
    let app = App::new();
    let mail = |domain: &str| headers().replace("example.org", domain);
    for (domain, ip, code, words) in [
        (
            "compliant.test",
            "192.0.2.5",
            0,
            "pass: SPF passes for compliant.test, which is aligned",
        ),
        (
            "compliant.test",
            "203.0.113.9",
            1,
            "fail: SPF is fail; there is no DKIM signature",
        ),
        ("dmarc-missing.test", "203.0.113.9", 1, "none: "),
        (
            "dmarc-servfail.test",
            "203.0.113.9",
            4,
            "temperror: the DMARC record is not known",
        ),
    ] {
        app.file("mail.eml", format!("{}\r\n{BODY}", mail(domain)));
        let from = format!("ann@{domain}");
        let run = app.run([
            "message",
            "mail.eml",
            "--lab",
            "--client-ip",
            ip,
            "--mail-from",
            &from,
        ]);
        assert_eq!(run.code, code, "{domain}: {run:?}");
        assert!(run.out.contains(words), "{domain}: {}", run.out);
    }
}

#[test]
fn mailboxes_standard_input_and_files_are_read_and_folders_refused() {
    let app = App::new();
    app.file("facts.json", facts(&present()));
    let sound = signed(false, 0);
    let line = "From ann@example.org Mon Nov 30 01:02:03 2026\r\n";
    app.file(
        "two.mbox",
        format!("{line}{sound}\r\n{line}{}", sound.replace("Hello", "Hi")),
    );
    let replay = [
        "--facts",
        "facts.json",
        "--now",
        LATER,
        "--output",
        "seen.jsonl",
    ];
    let run = app.run(["message", "two.mbox"].iter().chain(&replay));
    assert_eq!(run.code, 4, "{run:?}");
    assert!(
        run.out.contains("two.mbox #1") && run.out.contains("two.mbox #2"),
        "{}",
        run.out
    );
    let written: Value = serde_json::from_str(app.read("seen.jsonl").trim_end()).unwrap();
    assert_eq!(written["schema"], "waxseal.outbound/1");
    assert_eq!(written["domain"], "example.org");
    assert_eq!(written["messages"].as_array().unwrap().len(), 2);
    let run = app.run_with(["message", "-"].iter().chain(&replay), &sound);
    assert_eq!(run.code, 0, "{run:?}");
    for (arguments, code, words) in [
        (vec!["message", "."], 2, "directory"),
        (vec!["message", "gone.eml"], 2, "gone.eml"),
        (vec!["message", "two.mbox", "--trust", "a b"], 2, "no host"),
        (
            vec![
                "message",
                "two.mbox",
                "--facts",
                "facts.json",
                "--output",
                "facts.json",
            ],
            2,
            "replace what is read",
        ),
    ] {
        let run = app.run(&arguments);
        assert_eq!(run.code, code, "{arguments:?}: {run:?}");
        assert!(run.err.contains(words), "{arguments:?}: {}", run.err);
    }
    assert_eq!(app.run_with(["message", "-"], "").code, 5);
}

#[test]
fn what_strangers_write_acts_on_no_terminal() {
    let evil = headers()
        .replace("<1@example.org>", "<\u{1b}[2J@x\u{202e}.test>")
        .replace(
            "To:",
            "Authentication-Results: a\u{1b}]0;x\u{7}; dkim=pass\r\nTo:",
        );
    let run = replayed(&present(), &format!("{evil}\r\n{BODY}"), &[]);
    assert!(
        !run.out.contains(['\u{1b}', '\u{7}', '\u{202e}']),
        "{:?}",
        run.out
    );
    let run = replayed(&present(), &format!("{evil}\r\n{BODY}"), &["--json"]);
    assert!(
        !run.out.contains(['\u{1b}', '\u{7}', '\u{202e}']),
        "{:?}",
        run.out
    );
}
