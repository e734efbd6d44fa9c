//! Texts and bytes that domains and mail servers publish.

use super::{as_valid, inside, lossy, now, settled, sound};
use std::sync::OnceLock;
use waxseal::derive::chain::{self, TrustStore};
use waxseal::derive::{dmarc as discovery, mta_sts as senders};
use waxseal::facts::certificate::Chain;
use waxseal::facts::dmarc::ReportUri;
use waxseal::facts::dns::Answer;
use waxseal::facts::mta_sts::StsMode;
use waxseal::facts::observed::{Cause, Observed};
use waxseal::records::certificate::der::{Elements, Signed};
use waxseal::records::report_uri::{Family, is_domain, list};
use waxseal::records::spf::domain_spec::{Place, domain_spec, macro_string};
use waxseal::records::tags::{self, Grammar};
use waxseal::records::{self, ocsp::Response};

/// Most defects of the records that are lists of tags, and one for many keys at one selector.
const TAG_DEFECTS: usize = 33;

/// Terms lie in the text, in order and apart, and mean the same alone.
pub fn spf(bytes: &[u8]) {
    let raw = lossy(bytes);
    let record = settled(|| records::spf::parse(&raw));
    sound(&raw, &record.defects, 51);
    as_valid(record.valid, &record.defects);
    assert_eq!(record.raw, raw);
    assert!(!record.valid || records::spf::is_spf(&raw));
    let mechanisms = record.mechanisms.iter().map(|it| it.span);
    let modifiers = record.modifiers.iter().map(|it| it.span);
    let mut spans: Vec<_> = mechanisms.chain(modifiers).collect();
    spans.sort_unstable();
    for pair in spans.windows(2) {
        assert!(pair[0][1] < pair[1][0], "{pair:?} in {raw:?}");
    }
    for span in spans.into_iter().take(32) {
        let term = inside(&raw, span);
        assert!(!term.is_empty() && !term.contains(' '), "{term:?}");
        let alone = records::spf::parse(&format!("v=spf1 {term}"));
        assert_eq!(
            alone.mechanisms.len() + alone.modifiers.len(),
            1,
            "{term:?}"
        );
        assert!(alone.valid, "{term:?}");
    }
    for place in [Place::Record, Place::Explanation] {
        if let Err(defect) = macro_string(&raw, place) {
            sound(&raw, std::slice::from_ref(&defect), 1);
            assert!(defect.span.is_some());
        }
    }
    if let Err(defect) = domain_spec(&raw) {
        sound(&raw, std::slice::from_ref(&defect), 1);
    }
}

/// Tags lie in the text; a receiver has a policy exactly where the record is valid.
pub fn dmarc(bytes: &[u8]) {
    let raw = lossy(bytes);
    let record = settled(|| records::dmarc::parse(&raw));
    sound(&raw, &record.defects, TAG_DEFECTS);
    as_valid(record.valid, &record.defects);
    assert_eq!(record.raw, raw);
    for tag in &record.tags {
        let pair = inside(&raw, tag.span);
        assert!(
            pair.starts_with(&tag.tag) && pair.ends_with(&tag.content),
            "{tag:?}"
        );
    }
    addresses(&raw, record.rua.iter().chain(&record.ruf));
    assert!(record.pct.is_none_or(|percent| percent <= 100));
    let step = discovery::step("example.org", answer(vec![raw.into_owned()]));
    let found = settled(|| discovery::conclude("example.org", vec![step.clone()]));
    let taken = found.record.value().is_some_and(|record| record.valid);
    assert_eq!(
        found.effective.value().is_some(),
        taken,
        "{:?}",
        found.effective
    );
}

/// A key of use has no fatal defect, is not withdrawn and no larger than its text.
pub fn dkim(bytes: &[u8]) {
    let raw = lossy(bytes);
    let key = settled(|| records::dkim::parse_key(&raw));
    sound(&raw, &key.defects, TAG_DEFECTS);
    as_valid(key.usable || key.revoked, &unless_revoked(&key));
    assert!(!(key.usable && key.revoked));
    assert!(key.key_bits as usize <= raw.len() * 8);
    assert!(!key.usable || key.key_bits >= 256, "{key:?}");
    let (one, two) = ([raw.to_string()], [raw.to_string(), raw.to_string()]);
    assert_eq!(records::dkim::parse_records(&one).as_ref(), Some(&key));
    let several = records::dkim::parse_records(&two).expect("there are two");
    assert!(!several.usable);
    sound(&raw, &several.defects, TAG_DEFECTS);
}

/// A withdrawn key is of no use whatever else is wrong with it.
fn unless_revoked(key: &waxseal::facts::dkim::DkimKey) -> Vec<waxseal::facts::defect::Defect> {
    if key.revoked {
        Vec::new()
    } else {
        key.defects.clone()
    }
}

/// A valid record has an id as RFC 8461 §3.1 writes it.
pub fn mta_sts_record(bytes: &[u8]) {
    let raw = lossy(bytes);
    let record = settled(|| records::mta_sts::parse_record(&raw));
    sound(&raw, &record.defects, TAG_DEFECTS);
    as_valid(record.valid, &record.defects);
    let fits = (1..=32).contains(&record.id.len())
        && record.id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    assert!(!record.valid || fits, "{:?}", record.id);
    assert!(raw.contains(&record.id));
}

/// A valid policy has a mode, a lifetime and, where it protects anything, patterns that match.
pub fn mta_sts_policy(bytes: &[u8]) {
    let raw = lossy(bytes);
    let policy = settled(|| records::mta_sts::parse_policy(&raw, "text/plain; charset=utf-8"));
    sound(&raw, &policy.defects, TAG_DEFECTS);
    as_valid(policy.valid, &policy.defects);
    assert!(!records::mta_sts::parse_policy(&raw, "text/html").valid);
    if policy.valid {
        assert!(policy.max_age_seconds.is_some_and(|age| age <= 31_557_600));
        let mode = policy.mode.expect("a valid policy has a mode");
        assert!(mode == StsMode::None || !policy.mx.is_empty());
        for pattern in &policy.mx {
            // A single label keeps to the grammar (RFC 5321 §4.1.2), useless as it is.
            let name = pattern.strip_prefix("*.").unwrap_or(pattern);
            assert!(records::domain::fits(name), "{pattern:?}");
        }
    }
    for pattern in policy.mx.iter().take(32) {
        let host = pattern.replacen('*', "host", 1);
        assert!(
            !policy.valid || senders::matches(pattern, &host),
            "{pattern:?}"
        );
        assert!(!senders::matches(pattern, ""));
    }
}

/// A valid record has an address that a reporter can use.
pub fn tls_rpt(bytes: &[u8]) {
    let raw = lossy(bytes);
    let record = settled(|| records::tls_rpt::parse(&raw));
    sound(&raw, &record.defects, TAG_DEFECTS);
    as_valid(record.valid, &record.defects);
    addresses(&raw, record.rua.iter());
    assert!(!record.valid || record.rua.iter().any(|address| address.valid));
}

/// Addresses lie in the text; where one can be used its domain is one, and where not it is said why.
pub fn report_uri(bytes: &[u8]) {
    let text = lossy(bytes);
    let shifted = format!("rua={text}");
    for family in [Family::Dmarc, Family::TlsRpt] {
        let found = list(&text, 0, family);
        assert_eq!(found.len(), text.matches(',').count() + 1);
        addresses(&text, found.iter().map(|address| &address.uri));
        let further = list(&text, 4, family);
        for (address, moved) in found.iter().zip(&further) {
            assert!(inside(&text, address.span).starts_with(&address.uri.uri));
            assert_eq!(inside(&text, address.span), inside(&shifted, moved.span));
            assert_eq!(address.uri.valid, address.trouble.is_empty());
            assert!(address.well_formed || !address.uri.valid);
        }
    }
}

fn addresses<'a>(raw: &str, found: impl Iterator<Item = &'a ReportUri>) {
    for address in found {
        assert!(raw.contains(&address.uri));
        assert_eq!(address.valid, !address.domain.is_empty(), "{address:?}");
        assert!(!address.valid || is_domain(&address.domain), "{address:?}");
    }
}

/// Pairs lie in the text, in order; how strict the grammar is changes no more than how bad a fault is.
pub fn tag_list(bytes: &[u8]) {
    let raw = lossy(bytes);
    let grammar = |strict| Grammar {
        family: "x",
        reference: "RFC 6376 §3.2",
        strict,
    };
    let (lenient, strict) = (
        tags::parse(&raw, grammar(false)),
        tags::parse(&raw, grammar(true)),
    );
    assert_eq!(lenient.tags, strict.tags);
    assert_eq!(lenient.defects.len(), strict.defects.len());
    sound(&raw, &lenient.defects, raw.len() * 2 + 1);
    let mut behind = 0;
    for tag in &lenient.tags {
        assert!(behind <= tag.span[0]);
        behind = tag.span[1];
        let pair = inside(&raw, tag.span);
        assert!(
            pair.starts_with(&tag.tag) && pair.ends_with(&tag.content),
            "{tag:?}"
        );
    }
    for field in tags::fields(&raw) {
        assert_eq!(inside(&raw, field.span()), field.text);
    }
    assert!(tags::quote(&raw).chars().count() <= 41);
    let mut defects = Vec::new();
    for field in tags::plain_fields(&raw, "v=STSv1", "id", grammar(true), &mut defects) {
        assert_eq!(inside(&raw, field.span()), field.text);
    }
    let (all, kept) = (tags::holds(&defects), tags::bounded(defects));
    assert_eq!(all, tags::holds(&kept));
    sound(&raw, &kept, 32);
}

/// The three numbers, then the data; a record can be used exactly where nothing is wrong with it.
pub fn tlsa(bytes: &[u8]) {
    let [usage, selector, matching_type, data @ ..] = bytes else {
        return;
    };
    let record = settled(|| records::tlsa::read(*usage, *selector, *matching_type, data));
    sound("", &record.defects, 3);
    assert_eq!(record.usable, record.defects.is_empty());
    as_valid(record.usable, &record.defects);
    assert_eq!(record.data.len(), data.len() * 2);
}

/// A certificate is read as far as it goes, alone and in a chain; what is unreadable is never trusted.
pub fn certificate(bytes: &[u8]) {
    elements(bytes);
    let read = records::certificate::read(bytes, now());
    let unreadable = records::certificate::unreadable(bytes);
    match &read {
        Ok(certificate) => {
            assert_eq!(certificate.sha256, unreadable.sha256);
            assert_eq!(certificate.der, unreadable.der);
            let (subject, issuer) = (&certificate.subject, &certificate.issuer);
            assert!(subject.chars().count() <= 512 && issuer.chars().count() <= 512);
        }
        Err(defect) => sound("", std::slice::from_ref(defect), 1),
    }
    let ders = [bytes.into(), authority().into()];
    let chain = settled(|| chain::judge(&ders, "mx.example.org", store(), now()));
    sound("", &chain.defects, 64);
    assert_eq!(chain.certificates.len(), 2);
    assert!(read.is_ok() || !chain.trusted && !chain.authenticated && !chain.name_matches);
    assert!(!chain.authenticated || chain.trusted && chain.in_time && chain.name_matches);
}

/// The parts of a response lie in its bytes; nothing is believed that the authority did not sign.
pub fn ocsp(bytes: &[u8]) {
    elements(bytes);
    let read = records::ocsp::read(bytes);
    if let Some(Response::Basic(basic)) = &read {
        assert!(basic.statements.len() <= 64 && basic.certificates.len() <= 64);
    }
    let staple = settled(|| chain::staple(bytes, chain_of_seed(), now()));
    assert_eq!(staple.value().is_some(), read.is_some());
    if let Some(staple) = staple.value() {
        assert_eq!(staple.valid, staple.reason.is_empty(), "{staple:?}");
    }
}

/// A file of authorities has at least one that can be used, or a reason.
pub fn trust_store(bytes: &[u8]) {
    let read = TrustStore::from_pem("the file", bytes);
    let again = TrustStore::from_pem("the file", bytes);
    match (read, again) {
        (Ok(store), Ok(again)) => {
            assert!(!store.is_empty());
            assert_eq!((store.len(), store.name()), (again.len(), "the file"));
        }
        (Err(error), Err(again)) => assert_eq!(error.to_string(), again.to_string()),
        (one, other) => panic!("{one:?} and {other:?}"),
    }
}

/// Elements stand one after the other, and what is signed lies in the bytes.
fn elements(bytes: &[u8]) {
    let total: usize = Elements::of(bytes).map(|element| element.whole.len()).sum();
    assert!(total <= bytes.len());
    for element in Elements::of(bytes) {
        assert!(element.content.len() < element.whole.len());
        assert!(element.children().count() <= element.content.len() / 2);
    }
    if let Some(signed) = Signed::read(bytes) {
        assert!(
            signed.message.len() + signed.algorithm.len() + signed.signature.len() < bytes.len()
        );
    }
}

/// The certificate of the seeds' authority, which signed its other certificates.
const fn authority() -> &'static [u8] {
    include_bytes!("../seeds/certificate/authority.der")
}

/// A store that trusts the seeds' authority.
fn store() -> &'static TrustStore {
    static STORE: OnceLock<TrustStore> = OnceLock::new();
    STORE.get_or_init(|| {
        let pem = include_bytes!("../seeds/trust_store/authority.pem");
        TrustStore::from_pem("seeds", pem).expect("the seed is sound")
    })
}

/// The chain that the seeds of OCSP responses are about.
fn chain_of_seed() -> &'static Chain {
    static CHAIN: OnceLock<Chain> = OnceLock::new();
    CHAIN.get_or_init(|| {
        let leaf: &[u8] = include_bytes!("../seeds/certificate/leaf.der");
        chain::judge(
            &[leaf.into(), authority().into()],
            "mx.example.org",
            store(),
            now(),
        )
    })
}

fn answer(texts: Vec<String>) -> Answer<Vec<String>> {
    Answer {
        observed: Observed::present(texts),
        ..Answer::unasked(
            "_dmarc.example.org",
            "TXT",
            Cause::NotAttempted,
            "a fuzz target",
        )
    }
}
