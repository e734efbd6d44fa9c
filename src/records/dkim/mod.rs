//! DKIM key records (RFC 6376 §3.6.1), with the sizes of RFC 8301 and the Ed25519 keys of RFC 8463.

use super::tags::{self, Grammar, TagList};
use crate::facts::{defect::Defect, dkim::DkimKey, dmarc::Tag};
use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

mod key;

const KEY: &str = "RFC 6376 §3.6.1";
const GRAMMAR: Grammar = Grammar {
    family: "dkim",
    reference: "RFC 6376 §3.2",
    strict: true,
};
const KNOWN: [&str; 7] = ["v", "h", "k", "n", "p", "s", "t"];

/// How many characters of a note for people are kept.
const MOST_NOTE: usize = 255;

/// Base64 as RFC 6376 §2.10 writes it: padding may be there.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Reads the TXT records at one selector. Several leave the result undefined (RFC 6376 §3.6.2.2): the
/// first with a key is read and not usable. No record at all gives nothing.
pub fn parse_records(records: &[String]) -> Option<DkimKey> {
    let first = records
        .iter()
        .find(|raw| tags::parse(raw, GRAMMAR).get("p").is_some())
        .or_else(|| records.first())?;
    let mut key = parse_key(first);
    if records.len() > 1 {
        let text = format!("{} TXT records stand at one selector", records.len());
        let defect = Defect::fatal("dkim-multiple-records", text, "RFC 6376 §3.6.2.2");
        key.defects.insert(0, defect);
        key.usable = false;
    }
    Some(key)
}

/// Reads a key record. Whatever is published, a key comes out; `usable` says what it is worth.
pub fn parse_key(raw: &str) -> DkimKey {
    let mut list = tags::parse(raw, GRAMMAR);
    let mut reader = Reader {
        defects: std::mem::take(&mut list.defects),
        list: &list,
    };
    reader.version();
    let key_type = reader.key_type();
    let hashes = reader.hashes();
    let services = reader.services();
    reader.unknown_tags();
    let flags = reader.words("t");
    let note = reader
        .tag("n")
        .map(|tag| tag.content.clone())
        .unwrap_or_default();
    let (revoked, read) = reader.key(&key_type);
    DkimKey {
        raw: raw.to_owned(),
        usable: !revoked && tags::holds(&reader.defects),
        revoked,
        key_type,
        key_bits: read.bits,
        key_exponent: read.exponent,
        fingerprint: read.fingerprint,
        testing: flags.iter().any(|flag| flag == "y"),
        flags,
        hashes,
        services,
        note: note.chars().take(MOST_NOTE).collect(),
        says_version: reader.tag("v").is_some(),
        says_key_type: reader.tag("k").is_some(),
        defects: tags::bounded(reader.defects),
    }
}

struct Reader<'a> {
    list: &'a TagList,
    defects: Vec<Defect>,
}

impl<'a> Reader<'a> {
    fn tag(&self, name: &str) -> Option<&'a Tag> {
        self.list.get(name)
    }

    fn note(&mut self, defect: Defect, tag: &Tag) {
        let [start, end] = tag.span;
        self.defects.push(defect.at(start, end));
    }

    fn version(&mut self) {
        let Some(tag) = self.tag("v") else { return };
        if tag.content != "DKIM1" {
            let text = format!(
                "the version is `{}`, not `DKIM1`",
                tags::quote(&tag.content)
            );
            self.note(Defect::fatal("dkim-version", text, KEY), tag);
        } else if self.list.tags.first() != Some(tag) {
            let text = "`v` is not the first tag";
            self.note(Defect::fatal("dkim-version-not-first", text, KEY), tag);
        }
    }

    fn key_type(&mut self) -> String {
        let Some(tag) = self.tag("k") else {
            return "rsa".to_owned();
        };
        let name = tag.content.to_ascii_lowercase();
        if name != "rsa" && name != "ed25519" {
            let text = format!("no verifier knows the key type `{}`", tags::quote(&name));
            self.note(Defect::fatal("dkim-key-type", text, KEY), tag);
        }
        name
    }

    /// The words of a colon-separated tag in lower case; none where the tag is missing.
    fn words(&self, name: &str) -> Vec<String> {
        self.tag(name)
            .into_iter()
            .flat_map(|tag| tag.content.split(':'))
            .map(|word| word.trim_matches(tags::is_space).to_ascii_lowercase())
            .filter(|word| !word.is_empty())
            .collect()
    }

    fn hashes(&mut self) -> Vec<String> {
        let hashes = self.words("h");
        if let Some(tag) = self.tag("h")
            && !hashes.iter().any(|hash| hash == "sha256")
        {
            let text = "the key is limited to hash algorithms other than SHA-256";
            self.note(Defect::fatal("dkim-hash", text, "RFC 8301 §3.1"), tag);
        }
        hashes
    }

    fn services(&mut self) -> Vec<String> {
        let services = self.words("s");
        if let Some(tag) = self.tag("s")
            && !services
                .iter()
                .any(|service| service == "*" || service == "email")
        {
            let text = "the key is for services other than e-mail";
            self.note(Defect::fatal("dkim-service-type", text, KEY), tag);
        }
        services
    }

    fn unknown_tags(&mut self) {
        for tag in &self.list.tags {
            if !KNOWN.contains(&tag.tag.as_str()) {
                let text = format!(
                    "the tag `{}` is not known and ignored",
                    tags::quote(&tag.tag)
                );
                self.note(Defect::minor("dkim-unknown-tag", text, KEY), tag);
            }
        }
    }

    /// Whether the key was withdrawn, and else what can be read of it.
    fn key(&mut self, key_type: &str) -> (bool, key::Key) {
        let Some(tag) = self.tag("p") else {
            let defect = Defect::fatal("dkim-key-missing", "there is no tag `p`", KEY);
            self.defects.push(defect);
            return (false, key::Key::default());
        };
        let text: String = tag
            .content
            .chars()
            .filter(|c| !tags::is_space(*c))
            .collect();
        if text.is_empty() {
            return (true, key::Key::default());
        }
        let Ok(bytes) = BASE64.decode(&text) else {
            let defect = Defect::fatal("dkim-base64", "the key is no base64", "RFC 6376 §2.10");
            self.note(defect, &tag);
            return (false, key::Key::default());
        };
        let mut read = key::read(key_type, &bytes);
        for defect in std::mem::take(&mut read.defects) {
            self.note(defect, &tag);
        }
        (false, read)
    }
}

#[cfg(test)]
mod tests {
    use super::key::made::{info, pkcs1, spki};
    use super::*;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    fn record(key: &[u8]) -> String {
        format!("v=DKIM1; k=rsa; p={}", STANDARD.encode(key))
    }

    fn codes(key: &DkimKey) -> Vec<&str> {
        key.defects.iter().map(|d| d.code.as_str()).collect()
    }

    #[test]
    fn the_size_of_an_rsa_key_is_that_of_its_modulus() {
        for (bits, usable, expected) in [
            (512, false, vec!["dkim-key-too-short"]),
            (1016, false, vec!["dkim-key-too-short"]),
            (1024, true, vec![]),
            (2048, true, vec![]),
            (4096, true, vec![]),
            (8192, true, vec!["dkim-key-too-long"]),
        ] {
            let key = parse_key(&record(&spki(bits)));
            assert_eq!(key.key_bits as usize, bits);
            assert_eq!(key.usable, usable, "{bits}");
            assert_eq!(codes(&key), expected, "{bits}");
        }
    }

    #[test]
    fn a_bare_rsa_public_key_is_read_and_noted() {
        let key = parse_key(&record(&pkcs1(2048)));
        assert_eq!(key.key_bits, 2048);
        assert!(key.usable);
        assert_eq!(codes(&key), ["dkim-bare-key"]);
    }

    #[test]
    fn optional_tags_may_be_missing_and_space_inside_the_key_is_ignored() {
        let text = STANDARD.encode(spki(2048));
        let (left, right) = text.split_at(100);
        for raw in [
            format!("p={text}"),
            format!("v=DKIM1;p={left} {right}"),
            format!("v=DKIM1; p={left}\t {right} ; t=s"),
            format!("v = DKIM1 ; k = RSA ; s=email:other ; h = sha1 : sha256 ; n=note; p={text};"),
            format!("p={}", text.trim_end_matches('=')),
        ] {
            let key = parse_key(&raw);
            assert!(key.usable, "{raw}: {:?}", key.defects);
            assert_eq!((key.key_type.as_str(), key.key_bits), ("rsa", 2048));
        }
    }

    #[test]
    fn an_empty_key_is_revoked_and_no_fault() {
        let key = parse_key("v=DKIM1; p=");
        assert!(key.revoked && !key.usable);
        assert_eq!(key.defects, []);
    }

    #[test]
    fn every_fault_that_makes_a_key_useless_has_its_code() {
        let good = STANDARD.encode(spki(2048));
        let curve = STANDARD.encode(info(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1], &[4; 65]));
        for (raw, expected) in [
            (format!("v=DKIM2; p={good}"), "dkim-version"),
            ("v=spf1 -all".to_owned(), "dkim-version"),
            (
                format!("k=rsa; v=DKIM1; p={good}"),
                "dkim-version-not-first",
            ),
            (format!("k=dsa; p={good}"), "dkim-key-type"),
            (format!("h=sha1; p={good}"), "dkim-hash"),
            (format!("s=tlsrpt; p={good}"), "dkim-service-type"),
            (format!("p={good}; p={good}"), "dkim-duplicate-tag"),
            (format!("p={good}; nonsense"), "dkim-malformed-tag"),
            ("v=DKIM1; k=rsa".to_owned(), "dkim-key-missing"),
            (String::new(), "dkim-key-missing"),
            ("p=!!!".to_owned(), "dkim-base64"),
            ("p=AAAA".to_owned(), "dkim-key-malformed"),
            (format!("p={curve}"), "dkim-key-malformed"),
            (format!("k=ed25519; p={good}"), "dkim-ed25519-length"),
        ] {
            let key = parse_key(&raw);
            assert!(!key.usable, "{raw}");
            assert!(codes(&key).contains(&expected), "{raw}: {:?}", key.defects);
        }
    }

    #[test]
    fn an_ed25519_key_is_32_raw_bytes() {
        let key = parse_key(&format!(
            "v=DKIM1; k=ed25519; p={}",
            STANDARD.encode([7; 32])
        ));
        assert!(key.usable);
        assert_eq!((key.key_type.as_str(), key.key_bits), ("ed25519", 256));
    }

    #[test]
    fn test_mode_and_hashes_are_facts() {
        let key = parse_key(&format!(
            "t=y:s; h=sha256; p={}",
            STANDARD.encode(spki(1024))
        ));
        assert!(key.testing && key.usable);
        assert_eq!(key.hashes, ["sha256"]);
        assert_eq!(key.flags, ["y", "s"]);
        assert!(!parse_key("t=s; p=").testing);
    }

    #[test]
    fn what_a_record_says_of_its_use_is_kept_as_it_stands() {
        let p = STANDARD.encode(spki(1024));
        let full = parse_key(&format!("v=DKIM1; k=rsa; n=key of May; s=email:*; p={p}"));
        assert_eq!(full.services, ["email", "*"]);
        assert_eq!(full.note, "key of May");
        assert!(full.says_version && full.says_key_type);
        let bare = parse_key(&format!("p={p}"));
        assert!(!bare.says_version && !bare.says_key_type);
        assert!(bare.services.is_empty() && bare.note.is_empty());
        assert_eq!(bare.fingerprint, full.fingerprint);
        assert_eq!((bare.fingerprint.len(), bare.key_exponent), (64, 65537));
        assert_eq!(parse_key("p=").fingerprint, "");
        let long = parse_key(&format!("n={}; p={p}", "x".repeat(900)));
        assert_eq!(long.note.len(), MOST_NOTE);
    }

    #[test]
    fn several_records_at_one_selector_are_of_no_use() {
        let good = record(&spki(2048));
        assert_eq!(parse_records(&[]), None);
        assert!(parse_records(std::slice::from_ref(&good)).unwrap().usable);
        let key = parse_records(&["other".to_owned(), good]).unwrap();
        assert_eq!(key.key_bits, 2048);
        assert!(!key.usable);
        assert_eq!(codes(&key), ["dkim-multiple-records"]);
    }

    proptest! {
        #[test]
        fn any_text_is_read_with_spans_inside_it(raw in "(v=DKIM1;|k=ed25519;)?(p=)?[ -~ü\t]{0,80}") {
            let key = parse_key(&raw);
            for [start, end] in key.defects.iter().filter_map(|d| d.span) {
                prop_assert!(raw.get(start..end).is_some());
            }
        }

        #[test]
        fn any_bytes_are_read_as_a_key(bytes in proptest::collection::vec(any::<u8>(), 0..200), spoilt in 0_usize..300, bit in 0_u8..8) {
            parse_key(&record(&bytes));
            let mut key = spki(1024);
            if let Some(byte) = key.get_mut(spoilt) {
                *byte ^= 1 << bit;
            }
            parse_key(&record(&key));
        }
    }
}
