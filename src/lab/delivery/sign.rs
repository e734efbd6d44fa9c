//! How the lab's providers sign their messages (RFC 6376 §3.4, RFC 8463 §3), without the library that is used to verify.

use super::super::LabError;
use super::super::dns::key::RSA;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair as RsaKey;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256};
use data_encoding::BASE64;

/// The seed of the Ed25519 key; it protects nothing outside the lab.
const SEED: [u8; 32] = *b"the waxseal lab signs with these";
/// The fields that are signed; From once more than it is there (RFC 6376 §8.15).
const SIGNED: [&str; 6] = ["from", "from", "to", "subject", "date", "message-id"];

/// The selector of the RSA key.
pub(crate) const RSA_SELECTOR: &str = "s1";
/// The selector of the Ed25519 key.
pub(crate) const ED25519_SELECTOR: &str = "e1";

/// The two keys that sign the mail of all providers of the lab.
pub(super) struct Keys {
    rsa: RsaKey,
    ed25519: Ed25519KeyPair,
}

impl Keys {
    pub(super) fn load() -> Result<Self, LabError> {
        let der = BASE64.decode(RSA.as_bytes()).map_err(|_| LabError::Der)?;
        Ok(Self {
            rsa: RsaKey::from_pkcs8(&der).map_err(|_| LabError::Der)?,
            ed25519: Ed25519KeyPair::from_seed_unchecked(&SEED).map_err(|_| LabError::Der)?,
        })
    }

    /// The key record of the RSA key (RFC 6376 §3.6.1).
    pub(super) fn rsa_record(&self) -> Result<String, LabError> {
        let key: PublicKeyX509Der<'_> =
            (self.rsa.public_key().as_der()).map_err(|_| LabError::Der)?;
        let key = BASE64.encode(key.as_ref());
        Ok(format!("v=DKIM1; k=rsa; p={key}"))
    }

    /// The key record of the Ed25519 key (RFC 8463 §4).
    pub(super) fn ed25519_record(&self) -> String {
        let key = BASE64.encode(self.ed25519.public_key().as_ref());
        format!("v=DKIM1; k=ed25519; p={key}")
    }

    /// The message with a signature by RSA in the name of a domain before it.
    pub(super) fn with_rsa(&self, domain: &str, message: &str) -> Result<String, LabError> {
        let (field, data) = unsigned(("rsa-sha256", RSA_SELECTOR), domain, message);
        let mut signature = vec![0; self.rsa.public_modulus_len()];
        let random = SystemRandom::new();
        self.rsa
            .sign(&RSA_PKCS1_SHA256, &random, data.as_bytes(), &mut signature)
            .map_err(|_| LabError::Der)?;
        Ok(format!("{field}{}\r\n{message}", folded(&signature)))
    }

    /// The same by Ed25519.
    pub(super) fn with_ed25519(&self, domain: &str, message: &str) -> String {
        let (field, data) = unsigned(("ed25519-sha256", ED25519_SELECTOR), domain, message);
        let hash = digest(&SHA256, data.as_bytes());
        let signature = self.ed25519.sign(hash.as_ref());
        format!("{field}{}\r\n{message}", folded(signature.as_ref()))
    }
}

/// The field up to `b=`, and what is signed: the fields and this one, in relaxed form.
fn unsigned((algorithm, selector): (&str, &str), domain: &str, message: &str) -> (String, String) {
    let (head, body) = message.split_once("\r\n\r\n").unwrap_or((message, ""));
    let hash = BASE64.encode(digest(&SHA256, relaxed_body(body).as_bytes()).as_ref());
    let fields = SIGNED.join(":");
    let field = format!(
        "DKIM-Signature: v=1; a={algorithm}; c=relaxed/relaxed; d={domain}; s={selector};\r\n h={fields};\r\n bh={hash};\r\n b="
    );
    let mut data = String::new();
    let mut used = Vec::new();
    for name in SIGNED {
        // Of several fields of a name the last is signed first (RFC 6376 §5.4.2); these messages have one of each.
        if used.contains(&name) {
            continue;
        }
        used.push(name);
        let own = lines(head).find(|line| {
            let (field, _) = line.split_once(':').unwrap_or_default();
            field.eq_ignore_ascii_case(name)
        });
        data.extend(own.map(|line| relaxed_field(&line) + "\r\n"));
    }
    data.push_str(&relaxed_field(&field));
    (field, data)
}

/// The fields of a header section, each unfolded.
fn lines(head: &str) -> impl Iterator<Item = String> {
    let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", "\t");
    let lines: Vec<String> = unfolded.split("\r\n").map(str::to_owned).collect();
    lines.into_iter()
}

/// RFC 6376 §3.4.2.
fn relaxed_field(field: &str) -> String {
    let (name, value) = field.split_once(':').unwrap_or((field, ""));
    let value: Vec<&str> = value.split_whitespace().collect();
    format!("{}:{}", name.trim().to_ascii_lowercase(), value.join(" "))
}

/// RFC 6376 §3.4.4; the lab's messages have no white space to reduce.
fn relaxed_body(body: &str) -> String {
    let body = body.trim_end_matches("\r\n");
    if body.is_empty() {
        String::new()
    } else {
        format!("{body}\r\n")
    }
}

/// Base64 in lines.
fn folded(signature: &[u8]) -> String {
    let text = BASE64.encode(signature);
    let parts: Vec<String> = (text.as_bytes().chunks(72))
        .map(|part| String::from_utf8_lossy(part).into_owned())
        .collect();
    parts.join("\r\n ")
}
