//! OCSP responses (RFC 6960 §4.2), written byte by byte and signed by the authority itself.

use super::LabError;
use crate::facts::timestamp::Timestamp;
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use rcgen::{KeyPair, SigningKey as _};
use rustls_pki_types::CertificateDer;
use time::OffsetDateTime;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

pub(crate) const SEQUENCE: u8 = 0x30;
const OCTETS: u8 = 0x04;
pub(crate) const BITS: u8 = 0x03;
const INTEGER: u8 = 0x02;
const ENUMERATED: u8 = 0x0a;
const GENERALIZED_TIME: u8 = 0x18;
/// `id-sha1`, with its absent parameters as NULL.
const SHA1: &[u8] = &[0x30, 9, 6, 5, 0x2b, 0x0e, 3, 2, 0x1a, 5, 0];
/// `ecdsa-with-SHA256`.
pub(crate) const ECDSA_SHA256: &[u8] = &[0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
/// `id-pkix-ocsp-basic`.
const BASIC: &[u8] = &[6, 9, 0x2b, 6, 1, 5, 5, 7, 0x30, 1, 1];
const DAY: i64 = 86_400;

/// A context-specific, constructed tag.
const fn context(number: u8) -> u8 {
    0xa0 | number
}

/// One element in DER (X.690 §8.1).
pub(crate) fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = content.len().to_be_bytes();
    let length: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let mut out = vec![tag];
    match length.as_slice() {
        [] => out.push(0),
        [short] if *short < 0x80 => out.push(*short),
        long => {
            out.push(0x80 | u8::try_from(long.len()).unwrap_or(0));
            out.extend(long);
        }
    }
    out.extend(content);
    out
}

fn time(at: Timestamp) -> Result<Vec<u8>, LabError> {
    let t = OffsetDateTime::from_unix_timestamp(at.unix()).map_err(LabError::Time)?;
    let text = format!(
        "{:04}{:02}{:02}{:02}{:02}{:02}Z",
        t.year(),
        u8::from(t.month()),
        t.day(),
        t.hour(),
        t.minute(),
        t.second()
    );
    Ok(element(GENERALIZED_TIME, &[text.as_bytes()]))
}

/// A response that says that a certificate is good, or was revoked two days ago.
pub(crate) fn response(
    (issuer, key): (&CertificateDer<'_>, &KeyPair),
    subject: &CertificateDer<'_>,
    revoked: bool,
    now: Timestamp,
) -> Result<Vec<u8>, LabError> {
    let (_, issuer) = X509Certificate::from_der(issuer).map_err(|_| LabError::Der)?;
    let (_, subject) = X509Certificate::from_der(subject).map_err(|_| LabError::Der)?;
    let days = |days: i64| time(Timestamp::from_unix(now.unix() + days * DAY));

    let name = issuer.subject().as_raw();
    let public_key = issuer.public_key().subject_public_key.data.as_ref();
    let certificate_id = element(
        SEQUENCE,
        &[
            SHA1,
            &element(OCTETS, &[digest(&SHA1_FOR_LEGACY_USE_ONLY, name).as_ref()]),
            &element(
                OCTETS,
                &[digest(&SHA1_FOR_LEGACY_USE_ONLY, public_key).as_ref()],
            ),
            &element(INTEGER, &[subject.raw_serial()]),
        ],
    );
    let status = if revoked {
        element(context(1), &[&days(-2)?])
    } else {
        vec![0x80, 0]
    };
    let single = element(
        SEQUENCE,
        &[
            &certificate_id,
            &status,
            &days(-1)?,
            &element(context(0), &[&days(6)?]),
        ],
    );
    let data = element(
        SEQUENCE,
        &[
            &element(context(1), &[name]),
            &days(-1)?,
            &element(SEQUENCE, &[&single]),
        ],
    );
    let signature = element(BITS, &[&[0], &key.sign(&data)?]);
    let basic = element(SEQUENCE, &[&data, ECDSA_SHA256, &signature]);
    let bytes = element(SEQUENCE, &[BASIC, &element(OCTETS, &[&basic])]);
    let successful = element(ENUMERATED, &[&[0]]);
    Ok(element(
        SEQUENCE,
        &[&successful, &element(context(0), &[&bytes])],
    ))
}

#[cfg(test)]
mod tests {
    use super::super::ca::{Authorities, Leaf, Staple};
    use super::*;
    use std::path::Path;
    use std::process::Command;

    #[test]
    fn lengths_are_written_short_and_long() {
        assert_eq!(element(OCTETS, &[]), [4, 0]);
        assert_eq!(element(OCTETS, &[&[7; 3]]), [4, 3, 7, 7, 7]);
        assert_eq!(element(OCTETS, &[&[7; 200]])[..3], [4, 0x81, 200]);
        assert_eq!(element(OCTETS, &[&[7; 300]])[..4], [4, 0x82, 1, 44]);
    }

    /// Writes a certificate in PEM.
    fn pem(path: &Path, certificate: &[u8]) {
        let body = data_encoding::BASE64.encode(certificate);
        let text = format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n");
        std::fs::write(path, text).unwrap();
    }

    /// Made for the wall clock, since OpenSSL goes by it; where it is not installed, nothing is compared.
    #[test]
    fn openssl_verifies_the_statement_and_reads_its_status() {
        let now = Timestamp::from_unix(OffsetDateTime::now_utc().unix_timestamp());
        let authorities = Authorities::new(now).unwrap();
        for (staple, words) in [
            (Staple::Good, "leaf.pem: good"),
            (Staple::Revoked, "leaf.pem: revoked"),
        ] {
            let issued = authorities.issue("mx1.a.test", Leaf::Good, staple).unwrap();
            assert_eq!(issued.staple[0], SEQUENCE);
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join("staple.der"), &issued.staple).unwrap();
            pem(&folder.path().join("leaf.pem"), &issued.chain[0]);
            pem(&folder.path().join("issuer.pem"), &issued.chain[1]);
            pem(&folder.path().join("root.pem"), authorities.root());
            let run = Command::new("openssl")
                .current_dir(folder.path())
                .args([
                    "ocsp",
                    "-respin",
                    "staple.der",
                    "-no_nonce",
                    "-CAfile",
                    "root.pem",
                ])
                .args([
                    "-issuer",
                    "issuer.pem",
                    "-verify_other",
                    "issuer.pem",
                    "-cert",
                    "leaf.pem",
                ])
                .output();
            let Ok(output) = run else { continue };
            let text = [output.stdout, output.stderr].concat();
            let text = String::from_utf8_lossy(&text);
            assert!(
                text.contains("Response verify OK") && text.contains(words),
                "{text}"
            );
        }
    }
}
