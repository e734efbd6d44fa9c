//! The tags of `DKIM-Signature` (RFC 6376 §3.5) and of `ARC-Message-Signature` and `ARC-Seal` (RFC 8617 §4.1).

use super::address::domain_of;
use super::canonical::Form;
use crate::facts::defect::Defect;
use crate::facts::dmarc::Tag;
use crate::facts::timestamp::Timestamp;
use crate::records::domain::is_selector;
use crate::records::tags::{self, Grammar, TagList, quote};
use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

const FIELD: &str = "RFC 6376 §3.5";

/// The most names of fields that are kept of `h=`.
const MOST_HEADERS: usize = 500;

/// The longest text of a tag that is kept as a fact, in characters.
const LONGEST: usize = 255;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Which field the tags stand in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `DKIM-Signature`.
    Dkim,
    /// `ARC-Message-Signature`: as that, with an instance in place of an identity.
    ArcMessage,
    /// `ARC-Seal`: signs the fields of ARC, and nothing else.
    ArcSeal,
}

impl Kind {
    const fn family(self) -> &'static str {
        match self {
            Self::Dkim => "dkim-signature",
            Self::ArcMessage => "arc-message-signature",
            Self::ArcSeal => "arc-seal",
        }
    }

    const fn reference(self) -> &'static str {
        match self {
            Self::Dkim => FIELD,
            Self::ArcMessage => "RFC 8617 §4.1.2",
            Self::ArcSeal => "RFC 8617 §4.1.3",
        }
    }
}

/// The tags of a signature. What is malformed is empty, and a defect says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The instance (`i=`) of ARC, from 1 on; 0 where it is missing or none.
    pub instance: u32,
    /// The chain's state before (`cv=`) of a seal, in lower case.
    pub chain_validation: String,
    /// `a=` in lower case.
    pub algorithm: String,
    /// The form of the header.
    pub header_form: Form,
    /// The form of the body.
    pub body_form: Form,
    /// `d=` in lower case.
    pub domain: String,
    /// `s=` in lower case.
    pub selector: String,
    /// The domain part of `i=` of DKIM; that of `d=` where it is not written.
    pub identity_domain: String,
    /// `h=` in lower case and in order.
    pub headers: Vec<String>,
    /// `bh=` decoded.
    pub body_hash: Vec<u8>,
    /// `b=` decoded.
    pub signature: Vec<u8>,
    /// `l=`.
    pub body_length: Option<u64>,
    /// `t=`.
    pub signed_at: Option<Timestamp>,
    /// `x=`.
    pub expires: Option<Timestamp>,
    /// What is wrong; fatal where the signature can't be verified for it.
    pub defects: Vec<Defect>,
}

/// Reads the text of a field, folded or not.
pub fn parse(raw: &str, kind: Kind) -> Signature {
    let grammar = Grammar {
        family: kind.family(),
        reference: "RFC 6376 §3.2",
        strict: true,
    };
    let mut list = tags::parse(raw, grammar);
    let defects = std::mem::take(&mut list.defects);
    let mut reader = Reader {
        list: &list,
        kind,
        defects,
    };
    reader.version();
    let (header_form, body_form) = reader.forms();
    let domain = reader.domain();
    let signature = Signature {
        instance: reader.instance(),
        chain_validation: reader.word("cv"),
        algorithm: reader.algorithm(),
        header_form,
        body_form,
        selector: reader.selector(),
        identity_domain: reader.identity(&domain),
        domain,
        headers: reader.headers(),
        body_hash: reader.bytes("bh"),
        signature: reader.bytes("b"),
        body_length: reader.body_length(),
        signed_at: reader.time("t"),
        expires: reader.time("x"),
        defects: Vec::new(),
    };
    reader.order(&signature);
    Signature {
        defects: tags::bounded(reader.defects),
        ..signature
    }
}

struct Reader<'a> {
    list: &'a TagList,
    kind: Kind,
    defects: Vec<Defect>,
}

impl<'a> Reader<'a> {
    fn get(&self, name: &str) -> Option<&'a Tag> {
        self.list.get(name)
    }

    fn fault(&mut self, kind: &str, text: impl Into<String>, tag: Option<&Tag>) {
        let code = format!("{}-{kind}", self.kind.family());
        let defect = Defect::fatal(&code, text, self.kind.reference());
        self.defects.push(match tag.map(|tag| tag.span) {
            Some([start, end]) => defect.at(start, end),
            None => defect,
        });
    }

    /// A tag that has to be there.
    fn required(&mut self, name: &str) -> Option<&'a Tag> {
        let found = self.get(name).filter(|tag| !tag.content.is_empty());
        if found.is_none() {
            let text = format!("the tag `{name}` is missing");
            self.fault("tag-missing", text, None);
        }
        found
    }

    fn word(&self, name: &str) -> String {
        let found = self.get(name).map(|tag| tag.content.to_ascii_lowercase());
        found.unwrap_or_default().chars().take(LONGEST).collect()
    }

    fn version(&mut self) {
        match self.kind {
            Kind::Dkim => {
                if let Some(tag) = self.required("v")
                    && tag.content != "1"
                {
                    let text = format!("the version is `{}`, not `1`", quote(&tag.content));
                    self.fault("version", text, Some(tag));
                }
            }
            Kind::ArcMessage => {
                if let Some(tag) = self.get("v") {
                    self.fault("version", "ARC has no tag `v`", Some(tag));
                }
            }
            Kind::ArcSeal => {
                for name in ["h", "bh"] {
                    if let Some(tag) = self.get(name) {
                        let text = format!("a seal must not have the tag `{name}`");
                        self.fault("forbidden-tag", text, Some(tag));
                    }
                }
            }
        }
    }

    fn algorithm(&mut self) -> String {
        let Some(tag) = self.required("a") else {
            return String::new();
        };
        let name: String = tag.content.to_ascii_lowercase();
        if !matches!(name.as_str(), "rsa-sha256" | "rsa-sha1" | "ed25519-sha256") {
            let text = format!("no verifier knows the algorithm `{}`", quote(&name));
            self.fault("algorithm", text, Some(tag));
        }
        name.chars().take(LONGEST).collect()
    }

    fn forms(&mut self) -> (Form, Form) {
        let Some(tag) = self.get("c").filter(|_| self.kind != Kind::ArcSeal) else {
            return (Form::default(), Form::default());
        };
        let mut names = tag.content.splitn(2, '/').map(str::trim);
        let header = names.next().and_then(Form::named);
        let body = names.next().map_or(Some(Form::Simple), Form::named);
        if header.is_none() || body.is_none() {
            let text = format!("`{}` is no canonicalization", quote(&tag.content));
            self.fault("canonicalization", text, Some(tag));
        }
        (header.unwrap_or_default(), body.unwrap_or_default())
    }

    fn domain(&mut self) -> String {
        let Some(tag) = self.required("d") else {
            return String::new();
        };
        let found = domain_of(&tag.content);
        if found.is_none() {
            let text = format!("`{}` is no domain", quote(&tag.content));
            self.fault("domain", text, Some(tag));
        }
        found.unwrap_or_default()
    }

    fn selector(&mut self) -> String {
        let Some(tag) = self.required("s") else {
            return String::new();
        };
        if !is_selector(&tag.content) || tag.content.len() > LONGEST {
            let text = format!("`{}` is no selector", quote(&tag.content));
            self.fault("selector", text, Some(tag));
            return String::new();
        }
        tag.content.to_ascii_lowercase()
    }

    fn instance(&mut self) -> u32 {
        if self.kind == Kind::Dkim {
            return 0;
        }
        let Some(tag) = self.required("i") else {
            return 0;
        };
        let number = tag.content.parse().unwrap_or(0);
        if !(1..=50).contains(&number) {
            let text = format!(
                "the instance `{}` is no number from 1 to 50",
                quote(&tag.content)
            );
            self.fault("instance", text, Some(tag));
            return 0;
        }
        number
    }

    /// The domain of `i=`, which is that of `d=` or one below it.
    fn identity(&mut self, domain: &str) -> String {
        let Some(tag) = self.get("i").filter(|_| self.kind == Kind::Dkim) else {
            return domain.to_owned();
        };
        let named = tag.content.rsplit_once('@').map(|(_, named)| named);
        let found = named.and_then(domain_of).unwrap_or_default();
        let below = found
            .strip_suffix(domain)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        if !below || domain.is_empty() {
            let text = format!("`{}` is not within the domain of `d=`", quote(&tag.content));
            self.fault("identity", text, Some(tag));
        }
        found
    }

    fn headers(&mut self) -> Vec<String> {
        if self.kind == Kind::ArcSeal {
            return Vec::new();
        }
        let Some(tag) = self.required("h") else {
            return Vec::new();
        };
        let names = tag.content.split(':').map(|name| {
            let name = name.trim_matches(tags::is_space);
            name.chars()
                .take(LONGEST)
                .collect::<String>()
                .to_ascii_lowercase()
        });
        let names: Vec<String> = names.take(MOST_HEADERS + 1).collect();
        if names.len() > MOST_HEADERS {
            let text = format!("more than {MOST_HEADERS} fields are listed");
            self.fault("too-many-headers", text, Some(tag));
        }
        if names.iter().any(String::is_empty) {
            self.fault("headers", "an empty name is listed", Some(tag));
        }
        let needed = match self.kind {
            Kind::Dkim => !names.iter().any(|name| name == "from"),
            Kind::ArcMessage | Kind::ArcSeal => false,
        };
        if needed {
            let text = "From is not signed, so that anybody could put another one there";
            let defect = Defect::fatal("dkim-signature-from-not-signed", text, "RFC 6376 §5.4");
            let [start, end] = tag.span;
            self.defects.push(defect.at(start, end));
        }
        if self.kind == Kind::ArcMessage && names.iter().any(|name| name == "arc-seal") {
            self.fault("signs-seals", "ARC-Seal must not be signed", Some(tag));
        }
        names.into_iter().take(MOST_HEADERS).collect()
    }

    fn bytes(&mut self, name: &str) -> Vec<u8> {
        if self.kind == Kind::ArcSeal && name == "bh" {
            return Vec::new();
        }
        let Some(tag) = self.required(name) else {
            return Vec::new();
        };
        let mut text = String::with_capacity(tag.content.len());
        text.extend(tag.content.split(tags::is_space));
        BASE64.decode(&text).unwrap_or_else(|_| {
            let words = format!("the value of `{name}` is no base64");
            self.fault("base64", words, Some(tag));
            Vec::new()
        })
    }

    /// A number of at most 20 digits; greater ones count as the greatest.
    fn number(&mut self, name: &str) -> Option<u64> {
        let tag = self.get(name)?;
        let digits = !tag.content.is_empty() && tag.content.bytes().all(|b| b.is_ascii_digit());
        if !digits {
            let text = format!("the value of `{name}` is no number");
            self.fault("number", text, Some(tag));
            return None;
        }
        Some(tag.content.parse().unwrap_or(u64::MAX))
    }

    fn body_length(&mut self) -> Option<u64> {
        let length = self.number("l")?;
        let code = format!("{}-body-length", self.kind.family());
        let text =
            format!("only {length} octets of the body are signed: more can be put behind them");
        self.defects
            .push(Defect::minor(&code, text, "RFC 6376 §8.2"));
        Some(length)
    }

    fn time(&mut self, name: &str) -> Option<Timestamp> {
        let seconds = self.number(name)?;
        Some(Timestamp::from_unix(
            i64::try_from(seconds).unwrap_or(i64::MAX),
        ))
    }

    fn order(&mut self, signature: &Signature) {
        if let (Some(signed), Some(expires)) = (signature.signed_at, signature.expires)
            && expires <= signed
        {
            let tag = self.get("x");
            let text = "the signature expires before it was made";
            self.fault("expires-before-signed", text, tag);
        }
        if let Some(query) = self.get("q")
            && !query
                .content
                .split(':')
                .any(|method| method.trim().eq_ignore_ascii_case("dns/txt"))
        {
            let text = format!(
                "no verifier knows the query method `{}`",
                quote(&query.content)
            );
            self.fault("query-method", text, Some(query));
        }
    }
}

#[cfg(test)]
#[path = "signature_tests.rs"]
mod tests;
