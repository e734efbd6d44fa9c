//! What a stapled OCSP response says of a certificate, and whether it may be believed (RFC 6960 §3.2).

use super::signature;
use crate::facts::certificate::Chain;
use crate::facts::observed::{Observed, Proof};
use crate::facts::timestamp::Timestamp;
use crate::facts::tls::{OcspStaple, OcspStatus};
use crate::records::certificate::der::Signed;
use crate::records::ocsp::{self, Basic, Response, Statement};
use aws_lc_rs::digest;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

/// Clocks of responders may differ from ours by this many seconds.
const SKEW_SECONDS: i64 = 300;

/// Judges a stapled response about the first certificate of the chain at a moment.
///
/// Absent where nothing was stapled or it is no OCSP response. It is valid if it is about this certificate, in its
/// time, and signed by the issuer, which the server must have sent, or by a responder that the issuer names.
pub fn staple(ocsp: &[u8], chain: &Chain, now: Timestamp) -> Observed<OcspStaple> {
    if ocsp.is_empty() {
        return Observed::Absent {
            proof: Proof::NotOffered,
            detail: "no OCSP response was stapled".to_owned(),
        };
    }
    match ocsp::read(ocsp) {
        None => Observed::Absent {
            proof: Proof::Malformed,
            detail: "what was stapled is no OCSP response".to_owned(),
        },
        Some(Response::Refused(error)) => Observed::present(OcspStaple {
            status: OcspStatus::Unknown,
            valid: false,
            reason: format!("the responder answered {error}"),
        }),
        Some(Response::Basic(basic)) => Observed::present(assess(&basic, chain, now)),
    }
}

fn assess(basic: &Basic<'_>, chain: &Chain, now: Timestamp) -> OcspStaple {
    let ders: Vec<Vec<u8>> = chain
        .certificates
        .iter()
        .map(|one| STANDARD.decode(&one.der).unwrap_or_default())
        .collect();
    let parsed: Vec<X509Certificate<'_>> = ders
        .iter()
        .map_while(|der| X509Certificate::from_der(der).ok())
        .map(|(_, one)| one)
        .collect();
    let Some(leaf) = parsed.first() else {
        return invalid(OcspStatus::Unknown, "the certificate cannot be read");
    };
    let about = |one: &&Statement<'_>| trimmed(one.serial) == trimmed(leaf.raw_serial());
    let Some(statement) = basic.statements.iter().find(about) else {
        return invalid(OcspStatus::Unknown, "it is about another certificate");
    };
    let signed = ders.first().and_then(|der| Signed::read(der));
    let issuer = parsed.iter().find(|one| {
        one.subject().as_raw() == leaf.issuer().as_raw()
            && signed.is_some_and(|signed| signature::made_by(&signed, one.public_key().raw))
    });
    let Some(issuer) = issuer else {
        return invalid(statement.status, "the issuer's certificate was not sent");
    };
    let reason = if !names_issuer(statement, issuer) {
        "it is about a certificate of another issuer"
    } else if let Some(reason) = untimely(statement, now) {
        reason
    } else if !signed_by(basic, issuer, now) {
        "it is not signed by the issuer or a responder that it names"
    } else {
        ""
    };
    OcspStaple {
        status: statement.status,
        valid: reason.is_empty(),
        reason: reason.to_owned(),
    }
}

fn invalid(status: OcspStatus, reason: &str) -> OcspStaple {
    OcspStaple {
        status,
        valid: false,
        reason: reason.to_owned(),
    }
}

/// A number without leading zero octets.
fn trimmed(number: &[u8]) -> &[u8] {
    let start = number.iter().position(|&octet| octet != 0);
    number.get(start.unwrap_or(number.len())..).unwrap_or(&[])
}

/// Whether the hashes are those of the issuer's name and key (RFC 6960 §4.1.1).
fn names_issuer(statement: &Statement<'_>, issuer: &X509Certificate<'_>) -> bool {
    let algorithm = match statement.hash {
        [0x2b, 0x0e, 0x03, 0x02, 0x1a] => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01] => &digest::SHA256,
        _ => return false,
    };
    let name = digest::digest(algorithm, issuer.subject().as_raw());
    let key = digest::digest(algorithm, &issuer.public_key().subject_public_key.data);
    name.as_ref() == statement.issuer_name_hash && key.as_ref() == statement.issuer_key_hash
}

fn untimely(statement: &Statement<'_>, now: Timestamp) -> Option<&'static str> {
    let ended = |next: Timestamp| next.unix().saturating_add(SKEW_SECONDS) < now.unix();
    if statement.this_update.unix() > now.unix().saturating_add(SKEW_SECONDS) {
        Some("it is not yet valid")
    } else if statement.next_update.is_some_and(ended) {
        Some("it is out of date")
    } else {
        None
    }
}

/// Whether the issuer signed, or a responder whose certificate the issuer signed for OCSP (RFC 6960 §4.2.2.2).
fn signed_by(basic: &Basic<'_>, issuer: &X509Certificate<'_>, now: Timestamp) -> bool {
    if signature::made_by(&basic.signed, issuer.public_key().raw) {
        return true;
    }
    basic.certificates.iter().any(|der| {
        let Some((signed, (_, responder))) =
            Signed::read(der).zip(X509Certificate::from_der(der).ok())
        else {
            return false;
        };
        let usage = responder.extended_key_usage().ok().flatten();
        let times = responder.validity();
        let in_time =
            times.not_before.timestamp() <= now.unix() && now.unix() <= times.not_after.timestamp();
        usage.is_some_and(|usage| usage.value.ocsp_signing)
            && in_time
            && responder.issuer().as_raw() == issuer.subject().as_raw()
            && signature::made_by(&signed, issuer.public_key().raw)
            && signature::made_by(&basic.signed, responder.public_key().raw)
    })
}

#[cfg(test)]
mod tests;
