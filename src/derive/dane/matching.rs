//! One TLSA record against one chain: usages 3 (RFC 7672 §3.1.1) and 2 (RFC 7672 §3.1.2).

use super::super::chain::path;
use crate::facts::certificate::Chain;
use crate::facts::timestamp::Timestamp;
use crate::facts::tlsa::Tlsa;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use data_encoding::HEXLOWER_PERMISSIVE;
use rustls_pki_types::{CertificateDer, TrustAnchor};
use sha2::{Digest as _, Sha256, Sha512};
use webpki::anchor_from_trusted_cert;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

/// The most certificates of a chain that are looked at, as `derive::chain` does.
const MOST_CERTIFICATES: usize = 16;
/// What is said of a chain where no record can be used.
pub(super) const NONE_USABLE: &str = "no record can be used";

/// A server's certificate with what it sent along.
pub(super) struct Leaf<'a> {
    /// The chain as sent.
    pub(super) ders: &'a [CertificateDer<'static>],
    /// Whether the certificate stands for one of the names.
    pub(super) named: bool,
    /// The names that it should stand for.
    pub(super) names: &'a [String],
    /// The moment of the judgement.
    pub(super) now: Timestamp,
}

impl Leaf<'_> {
    /// Whether the record authenticates the server, or why not.
    pub(super) fn judged_by(&self, record: &Tlsa) -> Result<(), String> {
        let Ok(data) = HEXLOWER_PERMISSIVE.decode(record.data.as_bytes()) else {
            return Err("the data is no hexadecimal".to_owned());
        };
        if record.usage == 3 {
            self.end_entity(record, &data)
        } else {
            self.trust_anchor(record, &data)
        }
    }

    /// Usage 3: the server's own certificate or key, whatever its names and time (RFC 7671 §5.1).
    fn end_entity(&self, record: &Tlsa, data: &[u8]) -> Result<(), String> {
        let (leaf, issuers) = self.ders.split_first().ok_or("no certificate was sent")?;
        if associated(leaf, record, data) {
            return Ok(());
        }
        Err(if issuers.iter().any(|one| associated(one, record, data)) {
            "it matches an issuer, not the server's own certificate".to_owned()
        } else {
            "the server's certificate does not match".to_owned()
        })
    }

    /// Usage 2: a path to the authority that the record names, time and name (RFC 7671 §5.2).
    fn trust_anchor(&self, record: &Tlsa, data: &[u8]) -> Result<(), String> {
        let issuers = self.ders.get(1..).unwrap_or_default();
        let sent: Vec<&CertificateDer<'_>> = issuers
            .iter()
            .filter(|one| associated(one, record, data))
            .collect();
        let carried = CertificateDer::from(data.to_vec());
        let anchors = match (sent.is_empty(), record.selector, record.matching_type) {
            (false, ..) => sent.iter().filter_map(|one| self.anchor(one)).collect(),
            (true, 0, 0) => self.anchor(&carried).into_iter().collect(),
            (true, 1, 0) => self.bare_key(data),
            (true, ..) => return Err("no certificate that was sent matches".to_owned()),
        };
        if anchors.is_empty() {
            return Err(
                "the authority's certificate is out of time, may not sign others or cannot be read"
                    .to_owned(),
            );
        }
        path::verify(self.ders, &anchors, self.now).map_err(|error| {
            format!(
                "the path to the authority is not valid: {}",
                path::words(&error)
            )
        })?;
        if self.named {
            Ok(())
        } else {
            let names = self.names.join("`, `");
            Err(format!("the certificate does not stand for `{names}`"))
        }
    }

    /// The authority as a trust anchor, if it is in its time and may sign others (RFC 5280 §4.2.1.3, §4.2.1.9).
    fn anchor(&self, der: &CertificateDer<'_>) -> Option<TrustAnchor<'static>> {
        let (_, parsed) = X509Certificate::from_der(der).ok()?;
        let (from, to) = (parsed.validity().not_before, parsed.validity().not_after);
        let in_time = from.timestamp() <= self.now.unix() && self.now.unix() <= to.timestamp();
        // The anchor that webpki makes of it has no constraints any more: they are looked at here.
        let usage = parsed.key_usage().ok().flatten();
        let may_sign = parsed.is_ca() && usage.is_none_or(|usage| usage.value.key_cert_sign());
        let anchor = anchor_from_trusted_cert(der).ok()?;
        (in_time && may_sign).then(|| anchor.to_owned())
    }

    /// A key without a name: it may stand for any issuer that the chain names (RFC 7671 §5.2.3).
    fn bare_key(&self, spki: &[u8]) -> Vec<TrustAnchor<'static>> {
        let content = |der: &[u8]| {
            let (element, _) = crate::records::certificate::der::read(der)?;
            Some(element.content.to_vec())
        };
        let Some(key) = content(spki) else {
            return Vec::new();
        };
        self.ders
            .iter()
            .filter_map(|der| X509Certificate::from_der(der).ok())
            .filter_map(|(_, one)| content(one.issuer().as_raw()))
            .map(|subject| TrustAnchor {
                subject: subject.into(),
                subject_public_key_info: key.clone().into(),
                name_constraints: None,
            })
            .collect()
    }
}

/// The certificates of a chain, as far as they can be read.
pub(super) fn decoded(chain: &Chain) -> Vec<CertificateDer<'static>> {
    chain
        .certificates
        .iter()
        .take(MOST_CERTIFICATES)
        .map(|one| STANDARD.decode(&one.der).unwrap_or_default().into())
        .collect()
}

/// Whether the record is about the certificate, whatever its usage.
pub(super) fn associated_with(der: &CertificateDer<'_>, record: &Tlsa) -> bool {
    HEXLOWER_PERMISSIVE
        .decode(record.data.as_bytes())
        .is_ok_and(|data| associated(der, record, &data))
}

/// Whether the record's data is that of the certificate (RFC 6698 §2.1).
fn associated(der: &CertificateDer<'_>, record: &Tlsa, data: &[u8]) -> bool {
    let parsed;
    let selected: &[u8] = match record.selector {
        0 => der,
        1 => match X509Certificate::from_der(der) {
            Ok((_, certificate)) => {
                parsed = certificate;
                parsed.public_key().raw
            }
            Err(_) => return false,
        },
        _ => return false,
    };
    match record.matching_type {
        0 => selected == data,
        1 => Sha256::digest(selected).as_slice() == data,
        2 => Sha512::digest(selected).as_slice() == data,
        _ => false,
    }
}
