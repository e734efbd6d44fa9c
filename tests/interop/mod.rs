//! The same scan against software that others wrote: NSD serves signed zones, Unbound validates them,
//! Postfix takes mail, nginx serves the MTA-STS policy, all on loopback addresses of their own.
//!
//! Needs root (ports 25, 53 and 443) and the daemons. Where they are missing the test says so and
//! passes, unless `WAXSEAL_INTEROP=require`.

pub(crate) mod daemons;
mod delivery;
mod keys;
mod legacy;
mod mail_servers;
mod probes;
mod test_senders;
mod validators;
mod zones;

use crate::support::app::App;
use daemons::{Daemons, missing};
use serde_json::Value;

#[test]
fn real_daemons_give_the_same_facts_and_outcomes() {
    if let Some(missing) = missing() {
        assert!(
            !daemons::required(),
            "WAXSEAL_INTEROP=require, but {missing}"
        );
        println!("left out: {missing}");
        return;
    }
    let app = App::new();
    let daemons = Daemons::start(app.folder());
    let scan = |mode: &str| {
        let args = [
            "scan",
            "full.test",
            "unsigned.test",
            "bogus.test",
            "--resolver",
            daemons::RESOLVER,
        ];
        let files = [
            "--trust-anchor",
            "root.ds",
            "--ca-file",
            "ca.pem",
            "--selector",
            "s1",
            "--internal-addresses",
        ];
        let reports = [
            "--quiet",
            "--facts",
            "facts.jsonl",
            "--report",
            "json=results.json",
        ];
        let run = app.run(
            args.into_iter()
                .chain(files)
                .chain(reports)
                .chain(["--dnssec", mode]),
        );
        assert_eq!(run.code, 1, "{run:?}");
        let facts = app.read("facts.jsonl");
        let facts: Vec<Value> = facts
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        (
            facts,
            serde_json::from_str::<Value>(&app.read("results.json")).unwrap(),
        )
    };
    let (facts, results) = scan("validate");
    full(&facts[0], &results);
    unsigned(&facts[1], &results);
    bogus(&facts[2], &results);
    let (facts, _) = scan("trust-ad");
    assert_eq!(facts[0]["mx"]["records"]["dnssec"]["state"], "secure");
    assert_eq!(
        facts[2]["mx"]["records"]["cause"], "bogus",
        "{:#}",
        facts[2]["mx"]["records"]
    );
    gentle(&daemons.mail_log());
}

fn full(facts: &Value, results: &Value) {
    for rrset in facts["zone"]["rrsets"].as_array().unwrap() {
        assert_eq!(rrset["security"], "secure", "{rrset:#}");
    }
    let host = &facts["mx"]["hosts"][0];
    assert_eq!(host["dane"]["verdict"], "valid", "{:#}", host["dane"]);
    let session = &host["addresses"][0]["session"]["value"];
    assert_eq!(session["tls"]["value"]["version"], "TLSv1.3", "{session:#}");
    assert_eq!(
        session["tls"]["value"]["chain"]["authenticated"], true,
        "{session:#}"
    );
    assert_eq!(
        facts["mta_sts"]["mode"]["value"], "enforce",
        "{:#}",
        facts["mta_sts"]
    );
    assert_eq!(
        facts["spf"]["evaluation"]["default_result"]["value"],
        "fail"
    );
    assert_eq!(facts["dmarc"]["effective"]["value"]["policy"], "reject");
    assert_eq!(
        facts["dkim"]["published"]["value"], true,
        "{:#}",
        facts["dkim"]
    );
    // The only faults of this domain are that its servers are on loopback, and that Postfix as Debian sets it up
    // takes TLS 1.0 and 1.1.
    assert_eq!(
        outcomes(results, "full.test", "fail"),
        ["mx-addresses-public", "mx-tls-old-versions-refused"]
    );
    let scores = results["targets"][0]["scores"].as_array().unwrap();
    assert!(
        scores.iter().all(|score| score["value"] == 5.0),
        "{scores:?}"
    );
}

fn unsigned(facts: &Value, results: &Value) {
    assert_eq!(facts["mx"]["records"]["dnssec"]["state"], "insecure");
    let session = &facts["mx"]["hosts"][0]["addresses"][0]["session"]["value"];
    assert_eq!(session["starttls"]["proof"], "not-offered", "{session:#}");
    let failed = outcomes(results, "unsigned.test", "fail");
    for rule in ["mx-offers-starttls", "dmarc-published", "spf-published"] {
        assert!(
            failed.iter().any(|failed| failed == rule),
            "{rule} should fail: {failed:?}"
        );
    }
}

fn bogus(facts: &Value, results: &Value) {
    let mx = &facts["mx"]["records"];
    assert_eq!(mx["cause"], "bogus", "{mx:#}");
    assert_eq!(mx["dnssec"]["ede"], 7, "{mx:#}");
    let failed = outcomes(results, "bogus.test", "fail");
    assert!(
        failed.contains(&"dnssec-not-bogus".to_owned()),
        "{failed:?}"
    );
    let unknown = outcomes(results, "bogus.test", "unknown");
    assert!(
        unknown.contains(&"mx-offers-starttls".to_owned()),
        "{unknown:?}"
    );
}

/// The rules of the default baseline, optional ones aside, that came out so, each once.
fn outcomes(results: &Value, domain: &str, outcome: &str) -> Vec<String> {
    let targets = results["targets"].as_array().unwrap();
    let target = targets
        .iter()
        .find(|target| target["target"]["domain"] == domain)
        .unwrap();
    let mut rules: Vec<_> = target["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| {
            finding["outcome"] == outcome
                && finding["baseline"] == "baseline"
                && finding["level"] != "may"
        })
        .map(|finding| finding["rule"].as_str().unwrap().to_owned())
        .collect();
    rules.dedup();
    rules
}

/// What Postfix noted: EHLO, STARTTLS, EHLO, QUIT or a handshake that was broken off, and never MAIL or RCPT.
fn gentle(log: &str) {
    // The test's own look whether the port is open has no EHLO.
    let sessions = log.lines().filter(|line| line.contains("disconnect from"));
    let sessions: Vec<_> = sessions.filter(|line| line.contains("ehlo=")).collect();
    assert!(!sessions.is_empty(), "no session in the log: {log}");
    for session in sessions {
        // Inside a handshake that is broken off there is no way to say QUIT.
        let broken_off = session.contains("starttls=0/1");
        assert!(broken_off || session.contains("quit=1"), "{session}");
        assert!(
            !session.contains("mail=") && !session.contains("rcpt="),
            "{session}"
        );
    }
}
