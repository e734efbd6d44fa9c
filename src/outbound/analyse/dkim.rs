//! One DKIM signature (RFC 6376 §6.1), verified step by step, each failure in words.

use super::bodies::{self, Bodies};
use crate::facts::dkim::DkimKey;
use crate::facts::dns::Answer;
use crate::facts::observed::{Cause, Observed};
use crate::facts::outbound::signature::{DkimResult, DkimSignature};
use crate::facts::timestamp::Timestamp;
use crate::records::message::canonical::{put_field, put_signature, taken};
use crate::records::message::signature::Signature;
use crate::records::message::{Field, Message};
use crate::records::tags;
use mail_auth::common::crypto::Algorithm;
use mail_auth::common::parse::TxtRecordParser as _;
use mail_auth::common::verify::DomainKey;

/// How far the clock of a signer may be ahead, in seconds.
const CLOCK_SKEW: i64 = 3600;

/// The longest key that verifiers take (aws-lc: 8192 bits), in bits.
const LONGEST_KEY: u32 = 8192;

/// Why a signature does not verify.
pub(super) struct Failure {
    pub(super) result: DkimResult,
    pub(super) reason: String,
    pub(super) unknown: Option<(Cause, String)>,
}

impl Failure {
    pub(super) fn new(result: DkimResult, reason: impl Into<String>) -> Self {
        Self {
            result,
            reason: reason.into(),
            unknown: None,
        }
    }
}

/// The signature as a fact, verified as of this moment.
pub(super) fn judge(
    message: &Message<'_>,
    (field, tags): (&Field<'_>, Signature),
    key: Answer<DkimKey>,
    bodies: &Bodies<'_>,
    moment: Timestamp,
) -> DkimSignature {
    let found = verify(message, (field, &tags), &key, bodies).and_then(|()| in_time(&tags, moment));
    let (result, mut reason, verifies) = match found {
        Ok(()) => (
            DkimResult::Pass,
            passed(&tags, &key),
            Observed::present(true),
        ),
        Err(failure) => {
            let verifies = match failure.unknown {
                Some((cause, detail)) => Observed::unknown(cause, detail),
                None => Observed::present(false),
            };
            (failure.result, failure.reason, verifies)
        }
    };
    let unsigned = unsigned(&tags, bodies);
    if result == DkimResult::Pass && unsigned > 0 {
        reason = format!(
            "{reason}; {unsigned} octets of the body stand behind what is signed (`l=`), and anybody may have put them there"
        );
    }
    let told = (result, reason, verifies);
    DkimSignature {
        unsigned_octets: unsigned,
        ..fact(message, tags, key, moment, told)
    }
}

/// A signature that is not verified, for there are too many.
pub(super) fn left_out(
    message: &Message<'_>,
    tags: Signature,
    moment: Timestamp,
    most: usize,
) -> DkimSignature {
    let why = format!("left out: only {most} signatures of a message are verified");
    let name = format!("{}._domainkey.{}", tags.selector, tags.domain);
    let key = Answer::unasked(&name, "TXT", Cause::LimitReached, &why);
    let verifies = Observed::unknown(Cause::LimitReached, why.clone());
    let told = (DkimResult::Neutral, why, verifies);
    fact(message, tags, key, moment, told)
}

fn fact(
    message: &Message<'_>,
    tags: Signature,
    key: Answer<DkimKey>,
    moment: Timestamp,
    (result, reason, verifies): (DkimResult, String, Observed<bool>),
) -> DkimSignature {
    DkimSignature {
        canonicalization: format!("{}/{}", tags.header_form.as_str(), tags.body_form.as_str()),
        oversigned: oversigned(message, &tags.headers),
        expired: tags.expires.is_some_and(|expires| expires < moment),
        domain: tags.domain,
        selector: tags.selector,
        algorithm: tags.algorithm,
        identity_domain: tags.identity_domain,
        key,
        headers: tags.headers,
        body_length: tags.body_length,
        unsigned_octets: 0,
        signed_at: tags.signed_at,
        expires: tags.expires,
        result,
        reason,
        verifies,
        defects: tags.defects,
    }
}

/// The fields that are listed more often than the message has them.
fn oversigned(message: &Message<'_>, headers: &[String]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for name in headers {
        let listed = headers.iter().filter(|other| *other == name).count();
        if listed > message.all(name).count() && !found.contains(name) {
            found.push(name.clone());
        }
    }
    found
}

fn passed(tags: &Signature, key: &Answer<DkimKey>) -> String {
    let key = key.value();
    let bits = key.map_or(0, |key| key.key_bits);
    let testing = key.is_some_and(|key| key.testing);
    let note = if testing {
        ", which is marked as a test (`t=y`)"
    } else {
        ""
    };
    format!(
        "the signature fits {} fields and the body, by a key of {bits} bits{note}",
        tags.headers.len()
    )
}

/// How many octets of the canonical body `l=` leaves out.
fn unsigned(tags: &Signature, bodies: &Bodies<'_>) -> u64 {
    let Some(length) = tags.body_length else {
        return 0;
    };
    let whole = u64::try_from(bodies.canonical(tags.body_form).len()).unwrap_or(u64::MAX);
    whole.saturating_sub(length)
}

fn in_time(tags: &Signature, moment: Timestamp) -> Result<(), Failure> {
    if let Some(expires) = tags.expires
        && expires < moment
    {
        let reason = format!("the signature fits, but it expired at {expires}");
        return Err(Failure::new(DkimResult::Fail, reason));
    }
    if let Some(signed) = tags.signed_at
        && signed.unix() > moment.unix().saturating_add(CLOCK_SKEW)
    {
        let reason = format!(
            "the signature fits, but it says that it was made at {signed}, which is in the future"
        );
        return Err(Failure::new(DkimResult::Policy, reason));
    }
    Ok(())
}

/// All but the times: what is written, the key, the body and the fields.
pub(super) fn verify(
    message: &Message<'_>,
    (field, tags): (&Field<'_>, &Signature),
    key: &Answer<DkimKey>,
    bodies: &Bodies<'_>,
) -> Result<(), Failure> {
    if message.cut {
        let reason = "the header section has more fields than are read";
        return Err(Failure::new(DkimResult::Neutral, reason));
    }
    written(tags)?;
    let key = usable(tags, key)?;
    body(message, tags, bodies)?;
    let mut input = Vec::new();
    for signed in taken(&message.fields, &tags.headers) {
        put_field(tags.header_form, signed, &mut input);
    }
    put_signature(tags.header_form, field, &mut input);
    check(&tags.algorithm, key, &input, &tags.signature).map_err(|trouble| {
        let fields = tags::quote(&tags.headers.join(":"));
        let list = over_a_list(message);
        Failure::new(
            DkimResult::Fail,
            format!("the signature does not fit the signed fields ({fields}): one of them was changed, or another key signed{trouble}{list}"),
        )
    })
}

/// What is written in the field itself.
pub(super) fn written(tags: &Signature) -> Result<(), Failure> {
    let Some(defect) = tags.defects.iter().find(|defect| defect.fatal) else {
        if tags.algorithm == "rsa-sha1" {
            let reason = "rsa-sha1 proves nothing any more, since SHA-1 is broken (RFC 8301 §3.1)";
            return Err(Failure::new(DkimResult::Permerror, reason));
        }
        return Ok(());
    };
    let syntax = [
        "-malformed-tag",
        "-duplicate-tag",
        "-empty-tag",
        "-foreign-character",
        "-base64",
        "-number",
    ];
    let result = if syntax.iter().any(|kind| defect.code.ends_with(kind)) {
        DkimResult::Neutral
    } else {
        DkimResult::Permerror
    };
    let reason = format!("{} ({})", defect.text, defect.reference);
    Err(Failure::new(result, reason))
}

/// The key, where it can be used for this signature.
pub(super) fn usable<'a>(
    tags: &Signature,
    key: &'a Answer<DkimKey>,
) -> Result<&'a DkimKey, Failure> {
    let name = &key.name;
    let permanent = |reason: String| Failure::new(DkimResult::Permerror, reason);
    let found = match &key.observed {
        Observed::Present { value } => value,
        Observed::Absent { .. } => {
            return Err(permanent(format!("there is no key at {name}")));
        }
        Observed::Unknown { cause, detail } => {
            let told = if detail.is_empty() {
                cause.as_str()
            } else {
                detail
            };
            return Err(Failure {
                result: DkimResult::Temperror,
                reason: format!("the key at {name} is not known: {told}"),
                unknown: Some((*cause, detail.clone())),
            });
        }
    };
    if found.revoked {
        return Err(permanent(format!(
            "the key at {name} was revoked: `p=` is empty"
        )));
    }
    if !found.usable {
        let fatal = found.defects.iter().filter(|defect| defect.fatal);
        let words: Vec<&str> = fatal.map(|defect| defect.text.as_str()).collect();
        return Err(permanent(format!(
            "the key at {name} can't be used: {}",
            words.join("; ")
        )));
    }
    if !tags.algorithm.starts_with(&found.key_type) {
        let (kind, algorithm) = (&found.key_type, &tags.algorithm);
        return Err(permanent(format!(
            "the key at {name} is of the type {kind}, and the signature is made with {algorithm}"
        )));
    }
    if found.key_bits > LONGEST_KEY {
        return Err(permanent(format!(
            "the key at {name} has {} bits, more than verifiers take",
            found.key_bits
        )));
    }
    let strict = found.flags.iter().any(|flag| flag == "s");
    if strict && !tags.identity_domain.is_empty() && tags.identity_domain != tags.domain {
        return Err(permanent(format!(
            "the key at {name} is for {} itself (`t=s`), and the signature for {}",
            tags.domain, tags.identity_domain
        )));
    }
    Ok(found)
}

/// The hash of the body.
fn body(message: &Message<'_>, tags: &Signature, bodies: &Bodies<'_>) -> Result<(), Failure> {
    let fail = |reason: String| Failure::new(DkimResult::Fail, reason);
    let canonical = bodies.canonical(tags.body_form);
    let length = tags
        .body_length
        .map(|length| usize::try_from(length).unwrap_or(usize::MAX));
    if let Some(length) = length
        && length > canonical.len()
    {
        return Err(fail(format!(
            "the signature is over {length} octets of the body (`l=`), and only {} are there: something is missing",
            canonical.len()
        )));
    }
    if bodies::hash(canonical, length) == tags.body_hash {
        return Ok(());
    }
    let within = length.map_or_else(String::new, |length| {
        format!(" within the first {length} octets (`l=`)")
    });
    let appended = bodies
        .appended(tags.body_form, &tags.body_hash)
        .filter(|_| length.is_none());
    let how = appended.map_or_else(String::new, |octets| {
        format!(": it fits without the last {octets} octets, which were appended, as mailing lists and scanners do")
    });
    let list = if how.is_empty() {
        over_a_list(message)
    } else {
        ""
    };
    Err(fail(format!(
        "the body was changed after it was signed{within}{how}{list}"
    )))
}

const LIST: &str = "; the message came over a mailing list, which may have done it";

fn over_a_list(message: &Message<'_>) -> &'static str {
    let list = ["List-Id", "List-Post"];
    if list.iter().any(|name| message.all(name).next().is_some()) {
        LIST
    } else {
        ""
    }
}

/// The cryptography, which is mail-auth's. The error is empty, or says what else is the matter.
pub(super) fn check(
    algorithm: &str,
    key: &DkimKey,
    input: &[u8],
    signature: &[u8],
) -> Result<(), String> {
    let algorithm = match algorithm {
        "rsa-sha256" => Algorithm::RsaSha256,
        "ed25519-sha256" => Algorithm::Ed25519Sha256,
        other => return Err(format!(" ({} is not verified)", tags::quote(other))),
    };
    let read = DomainKey::parse(key.raw.as_bytes());
    let read = read.map_err(|error| format!(" (the key can't be read: {error})"))?;
    read.p
        .verify_bytes(input, signature, algorithm)
        .map_err(|_| String::new())
}
