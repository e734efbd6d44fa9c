//! A small facts document, and policies made of one rule, for the tests of this module.

use super::Policy;
use super::cases::pointer;
use super::fault::PolicyFault;
use super::lint::Depth;
use super::source::Source;
use crate::facts::Facts;
use crate::results::TargetResult;
use crate::results::finding::Finding;
use serde_json::{Value, json};

fn answer(name: &str, kind: &str, observed: &Value) -> Value {
    let mut answer = json!({
        "name": name, "type": kind, "ttl_seconds": 300, "aliases": [],
        "dnssec": { "state": "insecure", "reason": "the zone is not signed" },
    });
    for (key, value) in observed.as_object().unwrap() {
        answer[key] = value.clone();
    }
    answer
}

fn absent() -> Value {
    json!({ "state": "absent", "proof": "no-data" })
}

fn host(name: &str, preference: u16, ip: &str) -> Value {
    let silent =
        json!({ "state": "unknown", "cause": "connection-timeout", "detail": "no answer" });
    json!({
        "preference": preference, "host": name,
        "a": answer(name, "A", &json!({ "state": "present", "value": [ip] })),
        "aaaa": answer(name, "AAAA", &absent()),
        "addresses": [{ "ip": ip, "scope": "documentation", "session": silent }],
        "tlsa": answer(&format!("_25._tcp.{name}"), "TLSA", &absent()),
        "dane": { "verdict": "none", "reason": "no records" },
    })
}

/// A domain with two mail servers that did not answer, a DMARC record, and little else.
pub(super) fn document() -> Value {
    let spf = json!({ "state": "unknown", "cause": "servfail", "detail": "the resolver failed" });
    json!({
        "schema": "waxseal.facts/1",
        "target": {
            "domain": "example.org", "unicode": "example.org",
            "organizational_domain": "example.org", "role": "mail"
        },
        "vantage": {
            "started": "2026-11-23T10:00:00Z", "duration_milliseconds": 7, "waxseal": "0.1.0",
            "resolvers": ["127.0.0.1:53"], "dnssec": "validate", "ipv4": true, "ipv6": false,
            "smtp_egress": "open", "probe": "gentle", "trust_store": "mozilla",
            "ehlo_name": "client.example.net"
        },
        "zone": { "soa": answer("example.org", "SOA", &absent()), "rrsets": [] },
        "mx": {
            "records": answer("example.org", "MX", &json!({ "state": "present", "value": [
                { "preference": 10, "exchange": "mx1.example.org" },
                { "preference": 20, "exchange": "mx2.example.org" },
            ] })),
            "null_mx": false, "implicit": false,
            "receives": { "state": "present", "value": true },
            "hosts": [host("mx1.example.org", 10, "192.0.2.1"), host("mx2.example.org", 20, "192.0.2.2")],
        },
        "spf": {
            "records": answer("example.org", "TXT", &spf), "record": spf,
            "evaluation": {
                "status": "temperror", "reason": "the resolver failed", "lookups": 7, "void_lookups": 0,
                "default_result": { "state": "unknown", "cause": "servfail" }, "uses_ptr": false
            }
        },
        "dmarc": {
            "walk": [],
            "record": { "state": "present", "value": {
                "raw": "v=DMARC1; p=quarantine", "valid": true, "p": "quarantine", "adkim": "r", "aspf": "r",
                "testing": false, "psd": "u", "rua": [], "ruf": [], "tags": [],
            } },
            "domain": "example.org", "organizational_domain": "example.org", "inherited": false,
            "effective": { "state": "present", "value": {
                "policy": "quarantine", "subdomain_policy": "quarantine",
                "nonexistent_subdomain_policy": "quarantine", "reason": "p=quarantine"
            } }
        },
        "dkim": {
            "domainkey": answer("_domainkey.example.org", "TXT", &absent()),
            "wildcard": { "state": "present", "value": false }, "published": absent(),
            "selectors_tried": ["s1", "s2"], "keys": []
        },
        "mta_sts": {
            "records": answer("_mta-sts.example.org", "TXT", &absent()),
            "record": absent(), "fetch": absent(), "policy": absent(), "mode": absent()
        },
        "tls_rpt": { "records": answer("_smtp._tls.example.org", "TXT", &absent()), "record": absent() }
    })
}

pub(super) fn facts() -> Facts {
    serde_json::from_value(document()).unwrap()
}

/// The small document with values put in by JSON pointer.
pub(super) fn facts_with(changes: &[(&str, Value)]) -> Facts {
    let mut document = document();
    for (to, value) in changes {
        pointer::set(&mut document, to, value.clone()).unwrap();
    }
    serde_json::from_value(document).unwrap()
}

pub(super) fn source(files: &[(&str, &str)]) -> Source {
    Source::from_files(
        files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
            .collect(),
    )
}

/// A rule around a body. The body begins on line 4.
pub(super) fn rule(id: &str, body: &str) -> String {
    format!(
        "rule(\"{id}\", #{{ title: \"T\", area: \"test\", severity: \"low\",\n\
         why: \"w\", fix: \"f\", refs: [\"RFC 1\"],\n\
         params: #{{ policy: \"quarantine\", limit: 10 }} }}, |mail, want| {{\n{body}\n}});\n"
    )
}

/// A baseline `b` that has these lines after its header.
pub(super) fn baseline(lines: &str) -> String {
    let header = "baseline(\"b\", #{ title: \"B\", publisher: \"P\", version: \"1\", source: \"https://example.org\" });";
    format!("{header}\n{lines}")
}

pub(super) fn load(rules: &str, lines: &str) -> Result<Policy, Vec<PolicyFault>> {
    let source = source(&[
        ("rules/r.rhai", rules),
        ("baselines/b.rhai", &baseline(lines)),
    ]);
    Policy::load_at(&source, &["b".to_owned()], Depth::Least)
}

pub(super) fn loaded(rules: &str, lines: &str) -> Policy {
    load(rules, lines).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

pub(super) fn evaluated(rules: &str, lines: &str, facts: &Facts) -> TargetResult {
    loaded(rules, lines).evaluate(facts)
}

/// What comes of a rule with this body at the small document.
pub(super) fn outcome_of(body: &str) -> Finding {
    outcome_at(body, &facts())
}

pub(super) fn outcome_at(body: &str, facts: &Facts) -> Finding {
    let result = evaluated(&rule("r", body), "must(\"r\", #{});", facts);
    result.findings.into_iter().next().unwrap()
}

/// The fault, as one line, that keeps a rule with this body from being loaded.
pub(super) fn fault_of(body: &str) -> String {
    match load(&rule("r", body), "must(\"r\", #{});") {
        Ok(_) => "no fault".to_owned(),
        Err(faults) => faults
            .iter()
            .map(|fault| format!("{fault}; {}", fault.help))
            .collect::<Vec<_>>()
            .join("\n"),
    }
}
