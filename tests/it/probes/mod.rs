//! `waxseal receive --probes`: a scan finds each probe to be what it claims, and what senders do leads to conclusions.

pub(crate) mod field;
mod sender;

use crate::support::app::App;
use field::{DOMAIN, Field};
use sender::Sender;
use serde_json::Value;

/// The postures in their order, each with what becomes of mail there: without TLS, with TLS for anybody, under MTA-STS,
/// under DANE, under both; then whether the certificate is authentic.
const PROBES: [(&str, [&str; 5], &str); 9] = [
    (
        "good",
        ["clear", "encrypted", "encrypted", "encrypted", "encrypted"],
        "true",
    ),
    (
        "self-signed",
        ["clear", "encrypted", "encrypted", "encrypted", "encrypted"],
        "false",
    ),
    (
        "wrong-name",
        ["clear", "encrypted", "encrypted", "encrypted", "encrypted"],
        "false",
    ),
    (
        "expired",
        ["clear", "encrypted", "encrypted", "encrypted", "encrypted"],
        "false",
    ),
    (
        "dane-valid",
        [
            "clear",
            "encrypted",
            "encrypted",
            "encrypted-and-authenticated",
            "encrypted-and-authenticated",
        ],
        "false",
    ),
    (
        "dane-mismatch",
        ["clear", "encrypted", "encrypted", "defers", "defers"],
        "true",
    ),
    (
        "no-starttls",
        ["clear", "clear", "clear", "clear", "clear"],
        "null",
    ),
    (
        "mta-sts-valid",
        [
            "clear",
            "encrypted",
            "encrypted-and-authenticated",
            "encrypted",
            "encrypted-and-authenticated",
        ],
        "true",
    ),
    (
        "mta-sts-mismatch",
        ["clear", "encrypted", "defers", "encrypted", "defers"],
        "false",
    ),
];

#[test]
fn a_scan_sees_each_probe_in_its_posture() {
    let app = App::new();
    let field = Field::start(&app, "127.77.1", &["--time", "10m"]);
    app.file("root.ds", &field.ds);
    app.file("dial.txt", field.dial());
    let domains = PROBES.map(|(posture, ..)| format!("{posture}.{DOMAIN}"));
    let resolver = field.dns.to_string();
    let options = [
        "--resolver",
        &resolver,
        "--trust-anchor",
        "root.ds",
        "--ca-file",
        "ca.pem",
    ];
    let more = [
        "--dial",
        "dial.txt",
        "--internal-addresses",
        "--probe",
        "gentle",
        "--quiet",
    ];
    let run = app.run(
        ["collect"]
            .into_iter()
            .chain(domains.iter().map(String::as_str))
            .chain(options)
            .chain(more)
            .chain(["--output", "facts.jsonl"]),
    );
    assert_eq!(run.code, 0, "{}", run.err);
    let mut seen = 0;
    for line in app.read("facts.jsonl").lines() {
        let facts: Value = serde_json::from_str(line).unwrap();
        let domain = facts["target"]["domain"].as_str().unwrap();
        let (posture, effects, authentic) = PROBES
            .into_iter()
            .find(|(posture, ..)| domain == format!("{posture}.{DOMAIN}"))
            .unwrap();
        let senders = ["plain", "opportunistic", "mta_sts", "dane", "both"];
        let found = senders.map(|sender| facts["delivery"][sender]["effect"].as_str().unwrap());
        assert_eq!(found, effects, "{posture}: {}", facts["delivery"]);
        let session = &facts["mx"]["hosts"][0]["addresses"][0]["session"]["value"];
        let chain = &session["tls"]["value"]["chain"];
        assert_eq!(
            chain["authenticated"].to_string(),
            authentic,
            "{posture}: {chain}"
        );
        let defects: Vec<_> = chain["defects"].as_array().into_iter().flatten().collect();
        match posture {
            "expired" => assert_eq!((&chain["in_time"], defects.len()), (&false.into(), 1)),
            "wrong-name" | "mta-sts-mismatch" => {
                assert_eq!((&chain["name_matches"], defects.len()), (&false.into(), 1));
            }
            "self-signed" | "dane-valid" => {
                assert_eq!(chain["trusted"], false);
                assert_eq!(chain["name_matches"], true);
            }
            _ => assert!(defects.is_empty(), "{posture}: {defects:?}"),
        }
        for published in [
            &facts["mx"]["records"],
            &facts["spf"]["records"],
            &facts["zone"]["keys"],
        ] {
            assert_eq!(
                published["dnssec"]["state"], "secure",
                "{posture}: {published}"
            );
        }
        seen += 1;
    }
    assert_eq!(seen, PROBES.len());
}

/// Providers of the lab, whose messages are signed with keys that the lab publishes: one that keeps to what is published,
/// and one that takes everything, behind which the round has come to its end.
#[test]
fn senders_get_the_conclusions_that_they_earn() {
    let table = [
        ("delivers-well.test", true, "127.77.2"),
        ("delivers-opportunistic.test", false, "127.77.3"),
    ];
    for (sender, strict, network) in table {
        let app = App::new();
        let field = Field::start(&app, network, &["--time", "10m", "--output", "sent.jsonl"]);
        // Strangers come by, too, and one greets with the name of the sender.
        let stranger = Sender::new("stranger.example", sender, "127.78.0.1");
        for (posture, ..) in PROBES {
            stranger.look(field.probe(posture), false);
        }
        for (posture, ..) in PROBES {
            sender::provider(sender, posture, &field);
        }
        let done = if strict { field.end() } else { field.wait() };
        assert_eq!(done.code, 0, "{}", done.err);
        let documents = documents(&app);
        let concluded: Vec<&Value> = documents
            .iter()
            .filter(|document| !document["enforcement"].is_null())
            .collect();
        assert_eq!(concluded.len(), 1, "{}", done.out);
        assert_eq!(concluded[0]["domain"], sender);
        check(&concluded[0]["enforcement"], strict);
        let messages = documents
            .iter()
            .filter(|document| document["messages"][0].is_object());
        assert_eq!(
            messages.count(),
            1,
            "only what came to the control is told as mail"
        );
        let answer = if strict { "yes" } else { "no" };
        let line = format!("enforces DANE                            {answer}");
        assert!(done.out.contains(&line), "{}", done.out);
    }
}

/// Whoever knows the token can write any name into From.
#[test]
fn nothing_is_concluded_of_a_sender_that_does_not_authenticate_and_it_does_not_end_the_round() {
    let app = App::new();
    let field = Field::start(
        &app,
        "127.77.5",
        &["--time", "10m", "--output", "sent.jsonl"],
    );
    let forger = Sender::new("bank.example", "whatever.invalid", "127.78.0.6");
    for (posture, ..) in PROBES {
        forger.deliver(field.probe(posture), &field.recipient(posture));
    }
    // The round still goes on.
    forger.look(field.probe("good"), true);
    let done = field.end();
    assert_eq!(done.code, 0, "{}", done.err);
    let words = "The message to `good` does not authenticate as bank.example: it could be anybody's; nothing is concluded";
    assert!(done.out.contains(words), "{}", done.out);
    assert!(!done.out.contains("at the probes"), "{}", done.out);
    let documents = documents(&app);
    assert_eq!(documents.len(), 1, "what came to the control is told");
    assert!(documents[0]["enforcement"].is_null());
    assert_eq!(documents[0]["domain"], "bank.example");
}

fn documents(app: &App) -> Vec<Value> {
    app.read("sent.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Whether that was concluded of a sender that keeps to what is published, or of one that takes everything.
fn check(it: &Value, strict: bool) {
    let level = if strict { "published" } else { "opportunistic" };
    assert_eq!(it["enforces_dane"]["value"], strict, "{it}");
    assert_eq!(it["enforces_mta_sts"]["value"], strict, "{it}");
    assert_eq!(it["validates_certificates"]["value"], false, "{it}");
    assert_eq!(it["delivers_in_clear"]["value"], true, "{it}");
    assert_eq!(it["uses_tls"]["value"], true, "{it}");
    assert_eq!(it["level"], level, "{it}");
    let probes = it["probes"].as_array().unwrap();
    assert_eq!(probes.len(), PROBES.len());
    let once = |probe: &Value| probe["attempts"].as_array().unwrap().len() == 1;
    assert!(probes.iter().all(once), "{it}");
}

#[test]
fn nothing_is_concluded_without_a_control_or_from_the_token_of_an_earlier_round() {
    let app = App::new();
    let field = Field::start(
        &app,
        "127.77.4",
        &["--time", "10m", "--output", "sent.jsonl"],
    );
    let old = field.recipient("good");
    let sender = Sender::new("a.example", "mail.a.example", "127.77.4.101");
    sender::provider("delivers-well.test", "self-signed", &field);
    let done = field.end();
    assert!(
        done.out.contains("no control message arrived"),
        "{}",
        done.out
    );
    let again = Field::start(&app, "127.77.4", &["--time", "10m"]);
    assert_ne!(again.recipient("good"), old);
    sender.deliver(again.probe("good"), &old);
    let done = again.end();
    assert!(
        done.out.contains("a.example: from 127.77.4.101"),
        "{}",
        done.out
    );
    assert!(!done.out.contains("at the probes"), "{}", done.out);
}

#[test]
fn what_cannot_be_served_is_said_with_what_to_do() {
    let app = App::new();
    let made = rcgen::generate_simple_self_signed(["mx.good.probe.test".to_owned()]).unwrap();
    app.file("cert.pem", made.cert.pem());
    app.file("key.pem", made.signing_key.serialize_pem());
    let certificate = ["--cert", "cert.pem", "--key", "key.pem"];
    let table: [(&[&str], &str); 5] = [
        (
            &["--probes", "dane-valid=127.0.0.1"],
            "the posture `good` has no address",
        ),
        (
            &["--probes", "127.0.0.1-99"],
            "`127.0.0.1-99` has more addresses than the nine",
        ),
        (
            &["--probes", "127.0.0.1,127.0.0.1"],
            "127.0.0.1 is given to two probes",
        ),
        (&["--probes", "127.0.0.1", "--print-zone"], "--state"),
        (
            &[
                "--probes",
                "good=127.0.0.1,dane-mismatch=127.0.0.2",
                certificate[0],
                certificate[1],
                certificate[2],
                certificate[3],
            ],
            "no certificate is for mx.dane-mismatch.probe.test",
        ),
    ];
    for (args, words) in table {
        let run = app.run(["receive", "--domain", "probe.test"].iter().chain(args));
        assert_eq!(run.code, 2, "{args:?}");
        assert!(run.err.contains(words), "{args:?}: {}", run.err);
    }
}
