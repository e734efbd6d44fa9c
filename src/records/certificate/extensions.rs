//! What the extensions of a certificate say (RFC 5280 §4.2).

use super::der;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{
    DistributionPointName, ExtendedKeyUsage, GeneralName, KeyUsage, ParsedExtension,
};

/// The most addresses of one kind that are kept.
const MOST_URLS: usize = 8;
/// id-pe-tlsfeature (RFC 7633 §6).
const TLS_FEATURE: &str = "1.3.6.1.5.5.7.1.24";
/// The feature `status_request` (RFC 7633 §4.2.2 by the number of RFC 6066 §8).
const STATUS_REQUEST: &[u8] = &[5];
/// id-ad-ocsp (RFC 5280 §4.2.2.1).
const OCSP: &str = "1.3.6.1.5.5.7.48.1";

/// The extensions that mail servers and their peers look at.
#[derive(Debug, Default)]
pub(super) struct Extensions {
    pub(super) key_usage: Vec<String>,
    pub(super) extended_key_usage: Vec<String>,
    pub(super) scts: u32,
    pub(super) must_staple: bool,
    pub(super) crl_urls: Vec<String>,
    pub(super) ocsp_urls: Vec<String>,
}

/// Reads the extensions; what can't be read is left out.
pub(super) fn read(certificate: &X509Certificate<'_>) -> Extensions {
    let mut found = Extensions::default();
    for extension in certificate.extensions() {
        let parsed = extension.parsed_extension();
        if let ParsedExtension::KeyUsage(usage) = parsed {
            found.key_usage = key_usages(*usage);
        } else if let ParsedExtension::ExtendedKeyUsage(usage) = parsed {
            found.extended_key_usage = extended_usages(usage);
        } else if let ParsedExtension::SCT(timestamps) = parsed {
            found.scts = u32::try_from(timestamps.len()).unwrap_or(u32::MAX);
        } else if let ParsedExtension::CRLDistributionPoints(points) = parsed {
            let names = points.iter().filter_map(|point| {
                let name = point.distribution_point.as_ref()?;
                let DistributionPointName::FullName(names) = name else {
                    return None;
                };
                Some(names)
            });
            found.crl_urls = names.flatten().filter_map(url).take(MOST_URLS).collect();
        } else if let ParsedExtension::AuthorityInfoAccess(access) = parsed {
            let ocsp = access
                .accessdescs
                .iter()
                .filter(|one| one.access_method.to_id_string() == OCSP);
            let urls = ocsp.filter_map(|one| url(&one.access_location));
            found.ocsp_urls = urls.take(MOST_URLS).collect();
        } else if extension.oid.to_id_string() == TLS_FEATURE {
            found.must_staple = asks_for_staple(extension.value);
        }
    }
    found
}

fn url(name: &GeneralName<'_>) -> Option<String> {
    let GeneralName::URI(url) = name else {
        return None;
    };
    Some((*url).to_owned())
}

/// A sequence of feature numbers (RFC 7633 §6).
fn asks_for_staple(value: &[u8]) -> bool {
    let Some(features) = der::Elements::of(value).tagged(der::SEQUENCE) else {
        return false;
    };
    let mut features = features.children();
    while let Some(feature) = features.tagged(der::INTEGER) {
        if feature.content == STATUS_REQUEST {
            return true;
        }
    }
    false
}

/// By the names of RFC 5280 §4.2.1.3.
fn key_usages(usage: KeyUsage) -> Vec<String> {
    let known = [
        (usage.digital_signature(), "digitalSignature"),
        (usage.non_repudiation(), "nonRepudiation"),
        (usage.key_encipherment(), "keyEncipherment"),
        (usage.data_encipherment(), "dataEncipherment"),
        (usage.key_agreement(), "keyAgreement"),
        (usage.key_cert_sign(), "keyCertSign"),
        (usage.crl_sign(), "cRLSign"),
        (usage.encipher_only(), "encipherOnly"),
        (usage.decipher_only(), "decipherOnly"),
    ];
    named(&known)
}

/// By the names of RFC 5280 §4.2.1.12; others by their dotted OID.
fn extended_usages(usage: &ExtendedKeyUsage<'_>) -> Vec<String> {
    let known = [
        (usage.any, "anyExtendedKeyUsage"),
        (usage.server_auth, "serverAuth"),
        (usage.client_auth, "clientAuth"),
        (usage.code_signing, "codeSigning"),
        (usage.email_protection, "emailProtection"),
        (usage.time_stamping, "timeStamping"),
        (usage.ocsp_signing, "OCSPSigning"),
    ];
    let mut names = named(&known);
    names.extend(
        usage
            .other
            .iter()
            .map(x509_parser::asn1_rs::Oid::to_id_string),
    );
    names
}

fn named(known: &[(bool, &str)]) -> Vec<String> {
    let set = known.iter().filter(|(set, _)| *set);
    set.map(|(_, name)| (*name).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use crate::facts::timestamp::Timestamp;
    use rcgen::{
        CertificateParams, CrlDistributionPoint, CustomExtension, ExtendedKeyUsagePurpose, KeyPair,
        KeyUsagePurpose,
    };

    #[test]
    fn uses_and_places_of_a_certificate_are_named() {
        let mut params = CertificateParams::new(vec!["mx.example.org".into()]).unwrap();
        params.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyEncipherment,
        ];
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        params.crl_distribution_points = vec![CrlDistributionPoint {
            uris: vec!["http://crl.example.org/a.crl".into()],
        }];
        // The sequence of the one feature status_request.
        let feature = CustomExtension::from_oid_content(
            &[1, 3, 6, 1, 5, 5, 7, 1, 24],
            vec![0x30, 3, 2, 1, 5],
        );
        params.custom_extensions = vec![feature];
        let made = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        let seen = read(made.der(), Timestamp::from_unix(0)).unwrap();
        assert_eq!(seen.key_usage, ["digitalSignature", "keyEncipherment"]);
        assert_eq!(seen.extended_key_usage, ["serverAuth", "clientAuth"]);
        assert_eq!(seen.crl_urls, ["http://crl.example.org/a.crl"]);
        assert!(seen.must_staple && seen.ocsp_urls.is_empty());
        assert_eq!(seen.scts, 0);
    }

    #[test]
    fn without_extensions_nothing_is_said() {
        let params = CertificateParams::new(vec!["mx.example.org".into()]).unwrap();
        let made = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        let seen = read(made.der(), Timestamp::from_unix(0)).unwrap();
        assert!(seen.key_usage.is_empty() && seen.extended_key_usage.is_empty());
        assert!(!seen.must_staple && seen.crl_urls.is_empty());
    }
}
