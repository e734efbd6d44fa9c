//! Certificates (RFC 5280 §4.1): DER to facts.

use crate::facts::certificate::Certificate;
use crate::facts::defect::Defect;
use crate::facts::timestamp::Timestamp;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::objects::oid_registry;
use x509_parser::prelude::FromDer as _;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo, X509Name};

pub mod der;
mod extensions;
mod names;

/// A distinguished name longer than this many characters is cut.
const LONGEST_NAME: usize = 512;

/// Reads a certificate; `now` is the moment that `days_left` counts from.
///
/// The defect `certificate-unreadable` says that the bytes are no certificate.
pub fn read(der: &[u8], now: Timestamp) -> Result<Certificate, Defect> {
    let (_, parsed) = X509Certificate::from_der(der).map_err(|error| {
        let text = format!("the certificate cannot be read: {error}");
        Defect::fatal("certificate-unreadable", text, "RFC 5280 §4.1")
    })?;
    let not_after = Timestamp::from_unix(parsed.validity().not_after.timestamp());
    let not_before = Timestamp::from_unix(parsed.validity().not_before.timestamp());
    let (key_type, key_bits) = key_of(parsed.public_key());
    let extensions = extensions::read(&parsed);
    Ok(Certificate {
        subject: name_of(parsed.subject()),
        issuer: name_of(parsed.issuer()),
        serial: serial_of(parsed.raw_serial()),
        not_before,
        not_after,
        validity_days: not_after.days_since(not_before),
        days_left: not_after.days_since(now),
        dns_names: dns_names_of(&parsed),
        common_names: common_names_of(&parsed),
        is_ca: parsed.is_ca(),
        self_issued: parsed.subject().as_raw() == parsed.issuer().as_raw(),
        key_type,
        key_bits,
        signature_algorithm: signature_of(&parsed.signature_algorithm),
        key_usage: extensions.key_usage,
        extended_key_usage: extensions.extended_key_usage,
        scts: extensions.scts,
        must_staple: extensions.must_staple,
        crl_urls: extensions.crl_urls,
        ocsp_urls: extensions.ocsp_urls,
        spki_sha256: HEXLOWER.encode(&Sha256::digest(parsed.public_key().raw)),
        ..unreadable(der)
    })
}

/// What can be said of bytes that are no certificate: their hash and the bytes themselves. Keeps the place of
/// the certificate in its chain.
pub fn unreadable(der: &[u8]) -> Certificate {
    Certificate {
        subject: String::new(),
        issuer: String::new(),
        serial: String::new(),
        not_before: Timestamp::from_unix(0),
        not_after: Timestamp::from_unix(0),
        validity_days: 0,
        days_left: 0,
        dns_names: Vec::new(),
        common_names: Vec::new(),
        is_ca: false,
        self_issued: false,
        key_type: String::new(),
        key_bits: 0,
        signature_algorithm: String::new(),
        key_usage: Vec::new(),
        extended_key_usage: Vec::new(),
        scts: 0,
        must_staple: false,
        crl_urls: Vec::new(),
        ocsp_urls: Vec::new(),
        sha256: HEXLOWER.encode(&Sha256::digest(der)),
        spki_sha256: String::new(),
        der: STANDARD.encode(der),
    }
}

fn name_of(name: &X509Name<'_>) -> String {
    name.to_string_with_registry(oid_registry())
        .unwrap_or_else(|_| String::from_utf8_lossy(name.as_raw()).into_owned())
        .chars()
        .take(LONGEST_NAME)
        .collect()
}

/// The serial number as a number: without the zero octet that keeps it positive.
fn serial_of(raw: &[u8]) -> String {
    let start = raw.iter().position(|&octet| octet != 0);
    let digits = raw.get(start.unwrap_or(0)..).unwrap_or_default();
    if start.is_none() {
        return "00".to_owned();
    }
    HEXLOWER.encode(digits)
}

fn common_names_of(certificate: &X509Certificate<'_>) -> Vec<String> {
    let names = certificate.subject().iter_common_name();
    let texts = names.filter_map(|name| name.as_str().ok());
    texts
        .map(|text| text.chars().take(LONGEST_NAME).collect())
        .collect()
}

fn dns_names_of(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(names)) = certificate.subject_alternative_name() else {
        return Vec::new();
    };
    let dns_name = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::OtherName(..)
        | GeneralName::RFC822Name(_)
        | GeneralName::X400Address(_)
        | GeneralName::DirectoryName(_)
        | GeneralName::EDIPartyName(_)
        | GeneralName::URI(_)
        | GeneralName::IPAddress(_)
        | GeneralName::RegisteredID(_)
        | GeneralName::Invalid(..) => None,
    };
    names
        .value
        .general_names
        .iter()
        .filter_map(dns_name)
        .collect()
}

/// The kind and size of a public key. Of the Edwards curves the size is the length of the encoded key
/// (RFC 8032 §5: b), of ML-DSA as well (FIPS 204 §4).
fn key_of(key: &SubjectPublicKeyInfo<'_>) -> (String, u32) {
    let oid = key.algorithm.algorithm.to_id_string();
    let parameter = key.algorithm.parameters.as_ref();
    let curve = parameter.and_then(|any| any.as_oid().ok());
    if let Some((name, bits)) = curve.and_then(|curve| names::curve(&curve.to_id_string())) {
        return (name.to_owned(), bits);
    }
    let raw = key.subject_public_key.data.as_ref();
    let bits = match key.parsed() {
        Ok(PublicKey::RSA(rsa)) => bits_of(rsa.modulus),
        Ok(PublicKey::DSA(y)) => bits_of(y),
        Ok(PublicKey::EC(point)) => u32::try_from(point.key_size()).unwrap_or(0),
        Ok(PublicKey::GostR3410(_) | PublicKey::GostR3410_2012(_) | PublicKey::Unknown(_))
        | Err(_) => u32::try_from(raw.len().saturating_mul(8)).unwrap_or(0),
    };
    // A bare key of RSASSA-PSS has the form of an RSA key (RFC 4055 §1.2).
    let bits = match names::key(&oid) {
        Some("RSA-PSS") => pss_bits(raw).unwrap_or(bits),
        Some("Ed448") => 456,
        Some(_) | None => bits,
    };
    (names::key(&oid).map_or(oid.clone(), str::to_owned), bits)
}

fn pss_bits(key: &[u8]) -> Option<u32> {
    let mut parts = der::Elements::of(key).tagged(der::SEQUENCE)?.children();
    Some(bits_of(parts.tagged(der::INTEGER)?.content))
}

/// How many bits an unsigned big-endian number has.
fn bits_of(number: &[u8]) -> u32 {
    let start = number.iter().position(|&octet| octet != 0);
    let significant = number.get(start.unwrap_or(number.len())..).unwrap_or(&[]);
    let zeros = significant.first().map_or(0, |octet| octet.leading_zeros());
    u32::try_from(significant.len().saturating_mul(8)).map_or(0, |bits| bits - zeros)
}

/// The name of the signature algorithm; of RSASSA-PSS with its hash, which is SHA-1 unless it is named.
fn signature_of(algorithm: &AlgorithmIdentifier<'_>) -> String {
    let oid = algorithm.algorithm.to_id_string();
    match names::signature_algorithm(&oid) {
        Some("RSASSA-PSS") => {
            let parameters = algorithm.parameters.as_ref().map(|any| any.data);
            format!("RSASSA-PSS with {}", pss_hash(parameters.unwrap_or(&[])))
        }
        Some(name) => name.to_owned(),
        None => oid,
    }
}

fn pss_hash(parameters: &[u8]) -> String {
    let mut parts = der::Elements::of(parameters);
    let Some(named) = parts.tagged(der::CONTEXT_0) else {
        return "SHA1".to_owned();
    };
    let oid = named
        .children()
        .tagged(der::SEQUENCE)
        .and_then(|identifier| identifier.children().tagged(der::OID))
        .and_then(|oid| x509_parser::asn1_rs::Oid::from_der(oid.whole).ok())
        .map(|(_, oid)| oid.to_id_string());
    let name = oid.as_deref().and_then(names::hash);
    name.map_or_else(|| oid.clone().unwrap_or_default(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rcgen::{CertificateParams, DnType, IsCa, KeyPair, SerialNumber};

    fn made(key: &KeyPair) -> Vec<u8> {
        let mut params =
            CertificateParams::new(vec!["mx.example.org".into(), "*.example.org".into()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, "mx");
        params.serial_number = Some(SerialNumber::from_slice(&[0x00, 0x8f, 0x01]));
        params.not_before = rcgen::date_time_ymd(2026, 1, 1);
        params.not_after = rcgen::date_time_ymd(2026, 3, 1);
        params.self_signed(key).unwrap().der().to_vec()
    }

    #[test]
    fn every_field_of_a_certificate_is_filled() {
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
        let der = made(&key);
        let now = Timestamp::parse("2026-02-27T12:00:00Z").unwrap();
        let read = read(&der, now).unwrap();
        assert!(read.subject.contains("CN=mx"), "{}", read.subject);
        assert_eq!(read.issuer, read.subject);
        assert!(read.self_issued && !read.is_ca);
        assert_eq!(read.serial, "8f01");
        assert_eq!(read.not_before.to_string(), "2026-01-01T00:00:00Z");
        assert_eq!(read.days_left, 1);
        assert_eq!(read.dns_names, ["mx.example.org", "*.example.org"]);
        assert_eq!((read.key_type.as_str(), read.key_bits), ("EC P-384", 384));
        assert_eq!(read.signature_algorithm, "ecdsa-with-SHA384");
        assert_eq!(read.sha256, HEXLOWER.encode(&Sha256::digest(&der)));
        let spki = rcgen::PublicKeyData::subject_public_key_info(&key);
        assert_eq!(read.spki_sha256, HEXLOWER.encode(&Sha256::digest(spki)));
        assert_eq!(STANDARD.decode(&read.der).unwrap(), der);
    }

    #[test]
    fn kinds_of_keys_have_their_names_and_sizes() {
        let cases = [
            (&rcgen::PKCS_ECDSA_P256_SHA256, "EC P-256", 256),
            (&rcgen::PKCS_ECDSA_P521_SHA512, "EC P-521", 521),
            (&rcgen::PKCS_ED25519, "Ed25519", 256),
            (&rcgen::PKCS_RSA_SHA256, "RSA", 2048),
        ];
        for (algorithm, name, bits) in cases {
            let key = KeyPair::generate_for(algorithm).unwrap();
            let read = read(&made(&key), Timestamp::from_unix(0)).unwrap();
            assert_eq!((read.key_type.as_str(), read.key_bits), (name, bits));
        }
    }

    #[test]
    fn an_authority_is_known_by_its_basic_constraints() {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let der = params
            .self_signed(&KeyPair::generate().unwrap())
            .unwrap()
            .der()
            .to_vec();
        assert!(read(&der, Timestamp::from_unix(0)).unwrap().is_ca);
    }

    #[test]
    fn bits_are_counted_without_leading_zeros() {
        let cases: [(&[u8], u32); 4] =
            [(&[], 0), (&[0, 0], 0), (&[0, 0x80, 0], 16), (&[0x01, 0], 9)];
        for (number, bits) in cases {
            assert_eq!(bits_of(number), bits, "{number:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_certificate_are_a_defect() {
        let defect = read(b"no certificate", Timestamp::from_unix(0)).unwrap_err();
        assert_eq!(defect.code, "certificate-unreadable");
        assert_eq!(unreadable(b"x").der, "eA==");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn no_bytes_make_the_reader_panic(bytes: Vec<u8>) {
            let _ = read(&bytes, Timestamp::from_unix(0));
        }

        #[test]
        fn no_damage_makes_the_reader_panic(at in 0_usize..400, with: u8, cut in 0_usize..500) {
            let mut der = made(&KeyPair::generate().unwrap());
            if let Some(octet) = der.get_mut(at) {
                *octet = with;
            }
            der.truncate(cut.max(100));
            let _ = read(&der, Timestamp::from_unix(0));
        }
    }
}
