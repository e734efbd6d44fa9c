//! Messages that are signed here, changed, and looked at by stored facts: no network.

use super::*;
use crate::facts::dkim::{DkimKey, DkimSelector};
use crate::facts::dns::Answer;
use crate::facts::outbound::Witness;
use crate::facts::outbound::authentication::DmarcResult;
use crate::facts::outbound::signature::DkimResult;
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
    let stored = include_str!("../../../fuzz/seeds/facts/sound.json");
    let mut facts: Facts = serde_json::from_str(stored).unwrap();
    facts.target.domain = domain.to_owned();
    facts.dkim.keys = keys;
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
fn sound_signatures_pass_in_every_form() {
    use Canonicalization::{Relaxed, Simple};
    for forms in [
        (Relaxed, Relaxed),
        (Relaxed, Simple),
        (Simple, Relaxed),
        (Simple, Simple),
    ] {
        for (pair, selector) in [(rsa(), "s1"), (ed25519(), "s2")] {
            let how = How {
                pair,
                selector,
                forms,
                ..how()
            };
            let found = seen(default_keys(), &signed(&how, MESSAGE));
            let signature = &found.signatures[0];
            assert_eq!(signature.result, DkimResult::Pass, "{}", signature.reason);
            assert_eq!(signature.verifies, Observed::present(true));
            assert_eq!(signature.oversigned, ["from"]);
            assert_eq!(found.dkim, Observed::present(true));
            assert_eq!(
                found.dmarc.rfc9989.result,
                DmarcResult::Pass,
                "{}",
                found.dmarc.rfc9989.reason
            );
        }
    }
}

#[test]
fn every_failure_is_told_in_words() {
    let sound = signed(&how(), MESSAGE);
    let footed = format!("{sound}-- \r\nlist\r\n");
    let listed = sound.replace("To: bob", "List-Id: <l.example.org>\r\nTo: bob");
    for (raw, result, words) in [
        (
            sound.replace("lunch?", "dinner?"),
            DkimResult::Fail,
            "the body was changed after it was signed",
        ),
        (footed, DkimResult::Fail, "without the last"),
        (
            listed.replace("lunch?", "dinner?"),
            DkimResult::Fail,
            "over a mailing list",
        ),
        (
            sound.replace("Subject: [list]", "Subject:"),
            DkimResult::Fail,
            "does not fit the signed fields (from:from:to:",
        ),
        (
            sound
                .replacen("From: Ann", "From: x@evil.test\r\nX-From: Ann", 1)
                .replace("evil.test", "example.org"),
            DkimResult::Fail,
            "does not fit",
        ),
        (
            sound.replace("v=1;", "v=2;"),
            DkimResult::Permerror,
            "the version is `2`",
        ),
        (
            sound.replace("rsa-sha256", "rsa-sha1"),
            DkimResult::Permerror,
            "RFC 8301",
        ),
        (
            sound.replace("rsa-sha256", "ed25519-sha256"),
            DkimResult::Permerror,
            "is of the type rsa",
        ),
        (
            sound.replace("s=s1;", "s=gone;"),
            DkimResult::Temperror,
            "do not hold the key of gone",
        ),
        (
            sound.replace("c=relaxed", "c=other"),
            DkimResult::Permerror,
            "is no canonicalization",
        ),
        (
            sound.replace("v=1;", "v=1; oops;"),
            DkimResult::Neutral,
            "no `tag=value` pair",
        ),
        (
            signed(
                &How {
                    headers: &["To", "Subject"],
                    ..how()
                },
                MESSAGE,
            ),
            DkimResult::Permerror,
            "From is not signed",
        ),
        (
            signed(
                &How {
                    expiration: 60,
                    ..how()
                },
                MESSAGE,
            ),
            DkimResult::Fail,
            "it expired at",
        ),
    ] {
        let found = seen(default_keys(), &raw);
        let signature = &found.signatures[0];
        assert_eq!(signature.result, result, "{words}: {}", signature.reason);
        assert!(
            signature.reason.contains(words),
            "{words}: {}",
            signature.reason
        );
        let unknown = result == DkimResult::Temperror;
        assert_eq!(signature.verifies.is_unknown(), unknown);
        assert_eq!(
            found.dmarc.rfc9989.result == DmarcResult::Temperror,
            unknown || found.spf.is_unknown()
        );
    }
}

#[test]
fn the_key_decides_for_whom_and_for_what_it_is() {
    let record = &rsa().record;
    let tagged =
        |tags: &str| published("s1", &record.replace("k=rsa;", &format!("k=rsa; {tags};")));
    let absent = |proof| with("s1", Observed::absent(proof));
    let short = "v=DKIM1; k=rsa; p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBANmBe10IgY+u7h3enWTukkqtUD5PR52Tb/mPfjC0QJTocVBq6Za/PlzfV+Py92VaCak19F4WrbVTK5Gg5tW220MCAwEAAQ==";
    let sound = signed(&how(), MESSAGE);
    for (key, result, words) in [
        (tagged("t=y"), DkimResult::Pass, "`t=y`"),
        (tagged("t=s"), DkimResult::Pass, "2048 bits"),
        (tagged("h=sha256"), DkimResult::Pass, "2048 bits"),
        (
            tagged("h=sha1"),
            DkimResult::Permerror,
            "limited to hash algorithms other than SHA-256",
        ),
        (
            tagged("s=tlsrpt"),
            DkimResult::Permerror,
            "for services other than e-mail",
        ),
        (
            published("s1", "v=DKIM1; p="),
            DkimResult::Permerror,
            "was revoked",
        ),
        (
            published("s1", short),
            DkimResult::Permerror,
            "can't be used",
        ),
        (
            published("s1", &ed25519().record),
            DkimResult::Permerror,
            "of the type ed25519",
        ),
        (
            absent(Proof::Nxdomain),
            DkimResult::Permerror,
            "there is no key at s1._domainkey.example.org",
        ),
        (
            with("s1", Observed::unknown(Cause::Servfail, "")),
            DkimResult::Temperror,
            "servfail",
        ),
    ] {
        let signature = seen(vec![key], &sound).signatures.remove(0);
        assert_eq!(signature.result, result, "{words}: {}", signature.reason);
        assert!(
            signature.reason.contains(words),
            "{words}: {}",
            signature.reason
        );
    }
    let below = sound.replace("v=1;", "v=1; i=ann@mail.example.org;");
    let signature = seen(vec![tagged("t=s")], &below).signatures.remove(0);
    assert!(signature.reason.contains("`t=s`"), "{}", signature.reason);
}

#[test]
fn a_body_that_goes_on_behind_its_signed_part_passes_and_is_told() {
    let how = How {
        length: true,
        forms: (Canonicalization::Relaxed, Canonicalization::Simple),
        ..how()
    };
    // mail-auth counts the body as it stands, so it stands in its canonical form.
    let message = MESSAGE.replace("lunch?\r\n\r\n", "lunch?\r\n");
    let sound = signed(&how, &message);
    let found = seen(default_keys(), &sound).signatures.remove(0);
    assert_eq!(found.result, DkimResult::Pass, "{}", found.reason);
    assert_eq!(found.unsigned_octets, 0);
    let found = seen(default_keys(), &format!("{sound}buy\r\n"))
        .signatures
        .remove(0);
    assert_eq!(found.result, DkimResult::Pass, "{}", found.reason);
    assert_eq!(found.unsigned_octets, 5);
    assert!(
        found.reason.contains("5 octets of the body stand behind"),
        "{}",
        found.reason
    );
    let cut = sound.replace("lunch?\r\n", "");
    let found = seen(default_keys(), &cut).signatures.remove(0);
    assert!(
        found.reason.contains("something is missing"),
        "{}",
        found.reason
    );
}

#[test]
fn many_signatures_on_top_do_not_keep_the_own_one_from_being_verified() {
    let junk = "DKIM-Signature: v=1; a=rsa-sha256; d=junk.test; s=x; h=from; bh=AAAA; b=AAAA\r\n";
    let raw = format!("{}{}", junk.repeat(120), signed(&how(), MESSAGE));
    let found = seen(default_keys(), &raw);
    assert_eq!(found.signatures.len(), MOST_SIGNATURES);
    assert!(
        found
            .header
            .defects
            .iter()
            .any(|it| it.code == "dkim-too-many-signatures")
    );
    let raw = format!("{}{}", junk.repeat(50), signed(&how(), MESSAGE));
    let found = seen(default_keys(), &raw);
    assert_eq!(found.dkim, Observed::present(true));
    let left = found
        .signatures
        .iter()
        .filter(|it| it.reason.contains("left out"));
    assert_eq!(left.count(), 51 - MOST_VERIFIED);
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
