//! Messages that are signed here, changed, and looked at by stored facts: no network.

use super::*;
use crate::facts::dkim::{DkimKey, DkimSelector};
use crate::facts::dns::Answer;
use crate::facts::outbound::Witness;
use crate::facts::outbound::authentication::DmarcResult;
use crate::facts::spf::SpfResult;
use crate::records::dkim as key_records;
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use delivered::{Stated, from_file};
use mail_auth::common::crypto::{DkimKey as SigningPair, Ed25519Key, RsaKey};
use mail_auth::common::headers::HeaderWriter as _;
use mail_auth::dkim::{Canonicalization, DkimSigner};
use mail_auth::{ArcOutput, AuthenticatedMessage, AuthenticationResults};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::sync::OnceLock;

mod signatures;

const MESSAGE: &str = "From: Ann <ann@example.org>\r\nTo: bob@example.net\r\nSubject: [list] lunch \t today\r\nDate: Mon, 30 Nov 2026 01:02:03 +0000\r\nMessage-ID: <1@example.org>\r\n\r\nHello  Bob,\t\r\nlunch?\r\n\r\n";

/// A moment behind every signature that is made here, and before each that has ended.
const LATER: i64 = 4_000_000_000;

/// A key pair and its record.
struct Pair {
    private: Vec<u8>,
    record: String,
    rsa: bool,
}

impl Pair {
    fn key(&self) -> SigningPair {
        if self.rsa {
            let der = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.private.as_slice()));
            SigningPair::Rsa(RsaKey::from_key_der(der).unwrap())
        } else {
            SigningPair::Ed25519(Ed25519Key::from_pkcs8_der(&self.private).unwrap())
        }
    }
}

fn rsa() -> &'static Pair {
    static PAIR: OnceLock<Pair> = OnceLock::new();
    PAIR.get_or_init(|| {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let private: aws_lc_rs::encoding::Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let private = private.as_ref().to_vec();
        let public: aws_lc_rs::encoding::PublicKeyX509Der<'_> =
            aws_lc_rs::signature::KeyPair::public_key(&pair)
                .as_der()
                .unwrap();
        let record = format!("v=DKIM1; k=rsa; p={}", STANDARD.encode(public.as_ref()));
        Pair {
            private,
            record,
            rsa: true,
        }
    })
}

fn ed25519() -> &'static Pair {
    static PAIR: OnceLock<Pair> = OnceLock::new();
    PAIR.get_or_init(|| {
        let private = Ed25519Key::generate_pkcs8().unwrap();
        let public = Ed25519Key::from_pkcs8_der(&private).unwrap().public_key();
        let record = format!("v=DKIM1; k=ed25519; p={}", STANDARD.encode(public));
        Pair {
            private,
            record,
            rsa: false,
        }
    })
}

/// What is signed, and how.
struct How {
    pair: &'static Pair,
    domain: &'static str,
    selector: &'static str,
    headers: &'static [&'static str],
    forms: (Canonicalization, Canonicalization),
    length: bool,
    expiration: u64,
}

fn how() -> How {
    How {
        pair: rsa(),
        domain: "example.org",
        selector: "s1",
        headers: &["From", "From", "To", "Subject", "Date"],
        forms: (Canonicalization::Relaxed, Canonicalization::Relaxed),
        length: false,
        expiration: 0,
    }
}

/// The message with a signature on top.
fn signed(how: &How, message: &str) -> String {
    let signer = DkimSigner::from_key(how.pair.key())
        .domain(how.domain)
        .selector(how.selector)
        .headers(how.headers.iter().copied())
        .header_canonicalization(how.forms.0)
        .body_canonicalization(how.forms.1)
        .body_length(how.length)
        .expiration(how.expiration);
    let field = signer.sign(message.as_bytes()).unwrap().to_header();
    format!("{field}{message}")
}

fn answer(name: &str, observed: Observed<DkimKey>) -> Answer<DkimKey> {
    Answer::<DkimKey>::unasked(name, "TXT", Cause::NotAttempted, "").with(observed)
}

fn published(selector: &str, record: &str) -> DkimSelector {
    let key = key_records::parse_key(record);
    with(selector, Observed::present(key))
}

fn with(selector: &str, observed: Observed<DkimKey>) -> DkimSelector {
    DkimSelector {
        selector: selector.to_owned(),
        source: "given".to_owned(),
        by_wildcard: false,
        record: answer(&format!("{selector}._domainkey.example.org"), observed),
    }
}

/// The facts of example.org with these keys.
fn facts(domain: &str, keys: Vec<DkimSelector>) -> Facts {
    let stored = include_str!("../../../../fuzz/seeds/facts/sound.json");
    let mut facts: Facts = serde_json::from_str(stored).unwrap();
    facts.target.domain = domain.to_owned();
    facts.dkim.keys = keys;
    let record = vec!["v=spf1 ip4:192.0.2.1 -all".to_owned()];
    facts.spf.tree[0].records.observed = Observed::present(record);
    facts
}

fn observe(facts: &[Facts], raw: &str, stated: &Stated, trust: &[&str]) -> OutboundDocument {
    let entries = trust.iter().map(|text| text.parse().unwrap());
    let trust = Trust::new(entries.collect());
    let analyst = Analyst::of_stored(facts, Timestamp::from_unix(LATER)).trusting(trust.clone());
    let delivered = from_file(raw.as_bytes(), stated, &trust);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(analyst.observe(delivered))
}

fn seen(keys: Vec<DkimSelector>, raw: &str) -> OutboundObservation {
    let facts = [facts("example.org", keys)];
    let mut document = observe(&facts, raw, &Stated::default(), &[]);
    assert_eq!(document.domain, "example.org");
    document.messages.remove(0)
}

fn default_keys() -> Vec<DkimSelector> {
    vec![
        published("s1", &rsa().record),
        published("s2", &ed25519().record),
    ]
}

#[test]
fn fields_to_unsubscribe_count_as_signed_where_a_passing_signature_covers_them() {
    let list = MESSAGE.replace("To: bob", "List-Unsubscribe: <https://example.org/u>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nTo: bob");
    let both: &[&str] = &["From", "List-Unsubscribe", "List-Unsubscribe-Post"];
    for (headers, expected) in [(both, true), (&both[..2], false)] {
        let found = seen(default_keys(), &signed(&How { headers, ..how() }, &list));
        let list = found.header.list_unsubscribe.value().unwrap();
        assert!(list.one_click);
        assert_eq!(list.signed, Observed::present(expected));
    }
}

#[test]
fn a_chain_verifies_until_something_is_changed() {
    let message = AuthenticatedMessage::parse(MESSAGE.as_bytes()).unwrap();
    let results = AuthenticationResults::new("mx.example.net");
    let set = mail_auth::arc::ArcSealer::from_key(rsa().key())
        .domain("example.org")
        .selector("s1")
        .headers(["From", "Subject"])
        .seal(&message, &results, &ArcOutput::default())
        .unwrap();
    let sealed = format!("{}{MESSAGE}", set.to_header());
    for (raw, verifies, words) in [
        (sealed.clone(), Some(true), ""),
        (
            sealed.replace("lunch?", "dinner?"),
            Some(false),
            "the newest signature of the message",
        ),
        (
            sealed.replace("mx.example.net", "mx.evil.test"),
            Some(false),
            "the seal of the set 1",
        ),
        (
            sealed.replace("cv=none", "cv=fail"),
            Some(false),
            "broken before",
        ),
        (
            sealed.replace("s=s1", "s=gone"),
            None,
            "do not hold the key",
        ),
    ] {
        let found = seen(default_keys(), &raw);
        let chain = found.arc.value().unwrap();
        assert_eq!(
            chain.verifies.value().copied(),
            verifies,
            "{words}: {}",
            chain.reason
        );
        assert!(chain.reason.contains(words), "{words}: {}", chain.reason);
        assert_eq!(chain.oldest_pass, u32::from(verifies == Some(true)));
        assert_eq!(chain.sets.len(), 1);
    }
}

#[test]
fn spf_needs_a_connection_that_somebody_vouches_for() {
    let received = "Return-Path: <ann@example.org>\r\nReceived: from c.test (c.test [192.0.2.1]) by mx.own.test with ESMTP id 1; Mon, 30 Nov 2026 01:02:03 +0000\r\n";
    let raw = format!("{received}{MESSAGE}");
    let facts = [facts("example.org", Vec::new())];
    let nobody = observe(&facts, &raw, &Stated::default(), &[])
        .messages
        .remove(0);
    assert_eq!(nobody.witness, Witness::Nobody);
    assert!(nobody.spf.is_unknown());
    let stated = Stated {
        client_ip: Some("203.0.113.77".parse().unwrap()),
        ..Stated::default()
    };
    let found = observe(&facts, &raw, &stated, &[]).messages.remove(0);
    assert_eq!(found.witness, Witness::Stated);
    // Return-Path is nobody's word that is trusted.
    assert!(found.spf.is_unknown());
    let stated = Stated {
        mail_from: Some("ann@example.org".to_owned()),
        ..stated
    };
    let found = observe(&facts, &raw, &stated, &[]).messages.remove(0);
    let spf = found.spf.value().unwrap();
    assert_eq!(
        (spf.identity.as_str(), spf.domain.as_str()),
        ("mail-from", "example.org")
    );
    assert_ne!(spf.result, SpfResult::Pass);
}

#[test]
fn a_message_without_one_domain_in_from_is_not_lost() {
    let facts = [facts("example.org", Vec::new())];
    let two = MESSAGE.replace("From: Ann", "From: x@evil.test\r\nFrom: Ann");
    let stated = Stated {
        mail_from: Some("b@Bounce.test".to_owned()),
        ..Stated::default()
    };
    for (stated, domain) in [(stated, "bounce.test"), (Stated::default(), "")] {
        let document = observe(&facts, &two, &stated, &[]);
        assert_eq!(document.domain, domain);
        let found = &document.messages[0];
        assert_eq!(found.dmarc.rfc9989.result, DmarcResult::Permerror);
        assert_eq!(found.dmarc.rfc7489.result, DmarcResult::Permerror);
        assert_eq!(found.header.from_domains, ["evil.test", "example.org"]);
    }
}
