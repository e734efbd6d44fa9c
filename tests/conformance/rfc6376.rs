//! Signed messages that packages carry: dkimpy's sdist, and mail-auth's own with their keys in front.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use waxseal::derive::message::trust::Trust;
use waxseal::facts::Facts;
use waxseal::facts::dkim::DkimSelector;
use waxseal::facts::dns::Answer;
use waxseal::facts::observed::{Cause, Observed};
use waxseal::facts::outbound::OutboundObservation;
use waxseal::facts::timestamp::Timestamp;
use waxseal::outbound::analyse::Analyst;
use waxseal::outbound::analyse::delivered::{Stated, from_file};
use waxseal::records::dkim::parse_key;

/// The folder of the vectors; none, said so, where it is not there.
fn folder() -> Option<PathBuf> {
    let found = std::env::var_os("WAXSEAL_MAIL_VECTORS").map(PathBuf::from);
    if found.is_none() {
        println!("left out: WAXSEAL_MAIL_VECTORS is not set, no DKIM and ARC vectors");
    }
    found
}

fn read(folder: &std::path::Path, name: &str) -> String {
    let path = folder.join(name);
    let raw = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    String::from_utf8_lossy(&raw).into_owned()
}

/// Facts of each domain with the keys, by their names such as `s1._domainkey.example.org`.
fn facts(keys: &BTreeMap<String, String>) -> Vec<Facts> {
    let mut all: BTreeMap<String, Facts> = BTreeMap::new();
    for (name, record) in keys {
        let (selector, domain) = name.split_once("._domainkey.").unwrap();
        let facts = all.entry(domain.to_owned()).or_insert_with(|| {
            let stored = include_str!("../../fuzz/seeds/facts/sound.json");
            let mut facts: Facts = serde_json::from_str(stored).unwrap();
            domain.clone_into(&mut facts.target.domain);
            facts.dkim.keys.clear();
            facts
        });
        let unasked = Answer::<()>::unasked(name, "TXT", Cause::NotAttempted, "");
        facts.dkim.keys.push(DkimSelector {
            selector: selector.to_owned(),
            source: "given".to_owned(),
            by_wildcard: false,
            record: unasked.with(Observed::present(parse_key(record.trim()))),
        });
    }
    all.into_values().collect()
}

/// The message as of a minute after the last signature, since some have expired by now.
fn observe(facts: &[Facts], raw: &str) -> OutboundObservation {
    let times = raw.split_whitespace().filter_map(|word| {
        let digits = word.strip_prefix("t=")?.trim_end_matches(';');
        digits.parse::<i64>().ok()
    });
    let now = times.max().unwrap_or(1_600_000_000) + 60;
    let analyst = Analyst::of_stored(facts, Timestamp::from_unix(now));
    let delivered = from_file(raw.as_bytes(), &Stated::default(), &Trust::default());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime
        .block_on(analyst.observe(delivered))
        .messages
        .remove(0)
}

#[test]
fn signatures_of_dkimpy_verify_as_it_says() {
    let Some(folder) = folder() else { return };
    let data = folder.join("dkimpy/dkim/tests/data");
    let ed25519 = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    let keys = [
        (
            "brisbane._domainkey.football.example.com",
            ed25519.to_owned(),
        ),
        (
            "test._domainkey.football.example.com",
            read(&data, "test.txt"),
        ),
        ("sed._domainkey.test.ex", read(&data, "eximtest.dns")),
        ("test._domainkey.example.com", read(&data, "test.txt")),
    ];
    let keys = keys.map(|(name, record)| (name.to_owned(), record));
    let facts = facts(&keys.into_iter().collect());
    for (file, expected) in [
        ("rfc6376.signed.msg", vec!["pass", "pass"]),
        ("rfc6376.signed.rsa.msg", vec!["pass"]),
        ("rfc6376.signed.no_t.msg", vec!["fail"]),
        ("ed25519test2.msg", vec!["pass"]),
        ("test.message.baddomain", vec!["permerror"]),
    ] {
        let found = observe(&facts, &read(&data, file));
        let results: Vec<String> = found
            .signatures
            .iter()
            .map(|it| {
                serde_json::to_value(it.result)
                    .unwrap()
                    .as_str()
                    .unwrap()
                    .to_owned()
            })
            .collect();
        let reasons: Vec<_> = found.signatures.iter().map(|it| &it.reason).collect();
        assert_eq!(results, expected, "{file}: {reasons:?}");
        let changed = read(&data, file)
            .replace("Hi.", "Ho.")
            .replace("content", "contents");
        let changed = observe(&facts, &changed);
        assert_ne!(changed.dkim, Observed::present(true), "{file}");
    }
}

#[test]
fn signatures_and_chains_of_mail_auth_verify() {
    let Some(folder) = folder() else { return };
    let mut run = 0;
    for kind in ["dkim", "arc"] {
        let mut files: Vec<_> = fs::read_dir(folder.join("mail-auth").join(kind))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        for file in files {
            let text = read(&folder, file.to_str().unwrap());
            let (records, message) = text.split_once("\n\n").unwrap();
            let records = records.lines().filter_map(|line| line.split_once(' '));
            let keys = records
                .map(|(name, text)| (name.trim_end_matches('.').to_owned(), text.to_owned()));
            let found = observe(&facts(&keys.collect()), message);
            let reasons: Vec<_> = found
                .signatures
                .iter()
                .map(|it| (it.result, &it.reason))
                .collect();
            assert_eq!(
                found.dkim,
                Observed::present(true),
                "{}: {reasons:?}",
                file.display()
            );
            if kind == "arc" {
                let chain = found.arc.value().unwrap();
                assert_eq!(
                    chain.verifies,
                    Observed::present(true),
                    "{}: {}",
                    file.display(),
                    chain.reason
                );
            }
            run += 1;
        }
    }
    println!("mail-auth's vectors: {run} verify");
    assert!(run >= 8);
}
