//! Whether a path leads from a certificate to an authority (RFC 5280 §6), and where it ends if not.

use super::signature;
use crate::facts::timestamp::Timestamp;
use crate::records::certificate::der::Signed;
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use std::time::Duration;
use webpki::{EndEntityCert, Error, KeyUsage};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

/// Paths longer than this are not walked. The deepest that public authorities build have four certificates.
const LONGEST: usize = 8;

/// Asks webpki for a path at a moment.
pub(in crate::derive) fn verify(
    ders: &[CertificateDer<'_>],
    anchors: &[TrustAnchor<'_>],
    at: Timestamp,
) -> Result<(), Error> {
    let (leaf, rest) = ders.split_first().ok_or(Error::BadDer)?;
    let leaf = EndEntityCert::try_from(leaf)?;
    let seconds = u64::try_from(at.unix()).unwrap_or(0);
    let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    leaf.verify_for_usage(
        webpki::ALL_VERIFICATION_ALGS,
        anchors,
        rest,
        time,
        KeyUsage::server_auth(),
        None,
        None,
    )
    .map(|_| ())
}

/// Why webpki takes a path for not valid, for people.
pub(in crate::derive) fn words(error: &Error) -> String {
    let ended = |at: &UnixTime| {
        let at = i64::try_from(at.as_secs()).unwrap_or(i64::MAX);
        Timestamp::from_unix(at)
    };
    if let Error::CertExpired { not_after, .. } = error {
        return format!("a certificate ended on {}", ended(not_after));
    }
    if let Error::CertNotValidYet { not_before, .. } = error {
        return format!("a certificate begins on {}", ended(not_before));
    }
    let known = [
        (Error::UnknownIssuer, "an issuer is missing"),
        (
            Error::InvalidSignatureForPublicKey,
            "a signature does not verify",
        ),
        (
            Error::CaUsedAsEndEntity,
            "the server's certificate is that of an authority",
        ),
        (
            Error::EndEntityUsedAsCa,
            "a certificate that may not sign others did",
        ),
    ];
    let words = known.iter().find(|(known, _)| known == error);
    words.map_or_else(|| error.to_string(), |(_, words)| (*words).to_owned())
}

/// Where the issuers lead that a server sent along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Walk {
    /// The places in the chain that were passed, the server's own certificate first.
    pub(super) members: Vec<usize>,
    /// What stopped the walk.
    pub(super) end: End,
    /// Whether all issuers that were passed may sign certificates.
    pub(super) issuers_may_sign: bool,
}

/// What a walk from issuer to issuer ends at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// An authority that is trusted signed the last certificate.
    Anchor,
    /// The last certificate signed itself and is not trusted.
    SelfSigned,
    /// The certificate of the issuer is not there.
    Missing,
    /// An issuer of that name is there, but it did not make the signature, or in a way that is not believed.
    BadSignature,
    /// The last certificate can't be read.
    Unreadable,
    /// The path is too long to follow.
    TooLong,
}

/// Follows names and signatures from the first certificate, whatever the time, uses and constraints.
pub(super) fn walk(ders: &[CertificateDer<'_>], anchors: &[TrustAnchor<'_>]) -> Walk {
    let parsed: Vec<Option<X509Certificate<'_>>> = ders
        .iter()
        .map(|der| X509Certificate::from_der(der).ok())
        .map(|read| read.map(|(_, certificate)| certificate))
        .collect();
    let mut walk = Walk {
        members: vec![0],
        end: End::TooLong,
        issuers_may_sign: true,
    };
    let mut here = 0;
    while walk.members.len() <= LONGEST {
        match step(ders, &parsed, anchors, here) {
            Ok(next) if walk.members.contains(&next) => {
                walk.end = End::Missing;
                return walk;
            }
            Ok(next) => {
                let issuer = parsed.get(next).and_then(Option::as_ref);
                walk.issuers_may_sign &= issuer.is_some_and(|issuer| issuer.is_ca());
                walk.members.push(next);
                here = next;
            }
            Err(end) => {
                walk.end = end;
                return walk;
            }
        }
    }
    walk
}

/// The place of the issuer of a certificate, or why there is none.
fn step(
    ders: &[CertificateDer<'_>],
    parsed: &[Option<X509Certificate<'_>>],
    anchors: &[TrustAnchor<'_>],
    here: usize,
) -> Result<usize, End> {
    let certificate = parsed.get(here).and_then(Option::as_ref);
    let signed = ders.get(here).and_then(|der| Signed::read(der));
    let (Some(certificate), Some(signed)) = (certificate, signed) else {
        return Err(End::Unreadable);
    };
    let issuer = certificate.issuer().as_raw();
    let anchored = anchors.iter().any(|anchor| {
        name_content(issuer) == anchor.subject.as_ref()
            && signature::made_by(&signed, anchor.subject_public_key_info.as_ref())
    });
    if anchored {
        return Err(End::Anchor);
    }
    if certificate.subject().as_raw() == issuer
        && signature::made_by(&signed, certificate.public_key().raw)
    {
        return Err(End::SelfSigned);
    }
    let mut named = false;
    for (place, candidate) in parsed.iter().enumerate() {
        let Some(candidate) = candidate.as_ref().filter(|_| place != here) else {
            continue;
        };
        if candidate.subject().as_raw() == issuer {
            if signature::made_by(&signed, candidate.public_key().raw) {
                return Ok(place);
            }
            named = true;
        }
    }
    // A signature on itself may be of a kind that is not believed; it says the same.
    Err(if named {
        End::BadSignature
    } else if certificate.subject().as_raw() == issuer {
        End::SelfSigned
    } else {
        End::Missing
    })
}

/// A name without its outer tag, as trust anchors keep it.
fn name_content(name: &[u8]) -> &[u8] {
    crate::records::certificate::der::read(name).map_or(name, |(element, _)| element.content)
}
