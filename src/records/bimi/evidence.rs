//! Evidence documents: a mark certificate in PEM with those above it, and the mark in it (RFC 9399).

use crate::facts::certificate::Certificate;
use crate::facts::defect::Defect;
use crate::facts::timestamp::Timestamp;
use crate::records::certificate;
use crate::records::certificate::der::{self, Element, Elements};
use crate::records::tags;
use data_encoding::HEXLOWER;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

const DOCUMENT: &str = "BIMI draft §3.4";
/// The extended key usage of mark certificates.
const BRAND_INDICATOR: &str = "1.3.6.1.5.5.7.3.31";
/// The extension that holds marks (RFC 9399 §4.1).
const LOGOTYPE: &str = "1.3.6.1.5.5.7.1.12";
/// SHA-256, 2.16.840.1.101.3.4.2.1, as an object identifier is written in DER.
const SHA256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
/// An `IA5String`.
const IA5_STRING: u8 = 0x16;
/// Certificates behind this many are not read.
const MOST_CERTIFICATES: usize = 8;
/// Elements nested deeper than this are not looked into.
const DEEPEST: usize = 16;

/// What a document holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// The certificates in their order.
    pub certificates: Vec<Certificate>,
    /// Whether the first has the key usage for marks.
    pub for_marks: bool,
    /// Whether the first has the extension for marks.
    pub logotype: bool,
    /// The SHA-256 hashes of the marks in the first.
    pub mark_sha256: Vec<String>,
    /// Whether a mark is compressed.
    pub mark_compressed: bool,
    /// What is wrong with the document.
    pub defects: Vec<Defect>,
}

/// Reads a document; `now` is the moment that the days left count from.
pub fn read(pem: &[u8], now: Timestamp) -> Evidence {
    let mut evidence = Evidence::default();
    for (number, found) in CertificateDer::pem_slice_iter(pem)
        .take(MOST_CERTIFICATES)
        .enumerate()
    {
        let Ok(der) = found else {
            let text = format!("certificate {} is no PEM", number + 1);
            evidence.fault("bimi-evidence-unreadable", text);
            break;
        };
        if number == 0 {
            evidence.mark(&der);
        }
        let read = certificate::read(&der, now).unwrap_or_else(|defect| {
            evidence.fault("bimi-evidence-unreadable", defect.text);
            certificate::unreadable(&der)
        });
        evidence.certificates.push(read);
    }
    if evidence.certificates.is_empty() {
        let text = "the document holds no certificate".to_owned();
        evidence.fault("bimi-evidence-empty", text);
    }
    evidence.defects = tags::bounded(std::mem::take(&mut evidence.defects));
    evidence
}

impl Evidence {
    fn fault(&mut self, code: &str, text: String) {
        self.defects.push(Defect::fatal(code, text, DOCUMENT));
    }

    /// Looks for what makes a certificate one for marks.
    fn mark(&mut self, der: &[u8]) {
        let Ok((_, parsed)) = X509Certificate::from_der(der) else {
            return;
        };
        if let Ok(Some(usage)) = parsed.extended_key_usage() {
            let mut others = usage.value.other.iter();
            self.for_marks = others.any(|oid| oid.to_id_string() == BRAND_INDICATOR);
        }
        for extension in parsed.extensions() {
            if extension.oid.to_id_string() == LOGOTYPE {
                self.logotype = true;
                for element in Elements::of(extension.value) {
                    self.look_into(element, 0);
                }
            }
        }
        self.mark_sha256.sort();
        self.mark_sha256.dedup();
    }

    /// Every `HashAlgAndValue` of SHA-256 and every `data:` address, wherever the extension has them.
    fn look_into(&mut self, element: Element<'_>, depth: usize) {
        if element.tag == IA5_STRING {
            let text = String::from_utf8_lossy(element.content);
            let data = text.split_once(";base64,").map(|(_, data)| data);
            // The first bytes of gzip (RFC 1952 §2.3) in base64.
            self.mark_compressed |= data.is_some_and(|data| data.starts_with("H4sI"));
            return;
        }
        let constructed = element.tag & 0x20 != 0;
        if !constructed || depth >= DEEPEST {
            return;
        }
        if let Some(hash) = hash(element) {
            self.mark_sha256.push(hash);
            return;
        }
        for child in element.children() {
            self.look_into(child, depth + 1);
        }
    }
}

/// The hash, where the element is an algorithm, SHA-256, and an octet string.
fn hash(element: Element<'_>) -> Option<String> {
    let mut parts = element.children();
    let algorithm = parts.tagged(der::SEQUENCE)?.children().tagged(der::OID)?;
    let value = parts.tagged(der::OCTET_STRING)?;
    (algorithm.content == SHA256).then(|| HEXLOWER.encode(value.content))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rcgen::{CertificateParams, CustomExtension, ExtendedKeyUsagePurpose, KeyPair};

    fn element(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = u8::try_from(content.len()).unwrap();
        let mut bytes = if length < 0x80 {
            vec![tag, length]
        } else {
            vec![tag, 0x81, length]
        };
        bytes.extend(content);
        bytes
    }

    /// A logotype extension with one mark: its hash, and the address of its data.
    fn logotype(hash: &[u8], address: &str) -> Vec<u8> {
        let algorithm = element(der::SEQUENCE, &element(der::OID, SHA256));
        let hash = [algorithm, element(der::OCTET_STRING, hash)].concat();
        let hashes = element(der::SEQUENCE, &element(der::SEQUENCE, &hash));
        let addresses = element(der::SEQUENCE, &element(IA5_STRING, address.as_bytes()));
        let details = [element(IA5_STRING, b"image/svg+xml"), hashes, addresses].concat();
        let image = element(der::SEQUENCE, &element(der::SEQUENCE, &details));
        let data = element(0xa0, &element(der::SEQUENCE, &image));
        element(der::SEQUENCE, &element(0xa2, &data))
    }

    fn pem(for_marks: bool, mark: Option<Vec<u8>>) -> String {
        let mut params = CertificateParams::new(vec!["example.test".to_owned()]).unwrap();
        if for_marks {
            let usage = vec![1, 3, 6, 1, 5, 5, 7, 3, 31];
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::Other(usage)];
        }
        params.custom_extensions.extend(mark.map(|content| {
            CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 12], content)
        }));
        let key = KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().pem()
    }

    fn read_text(pem: &str) -> Evidence {
        read(pem.as_bytes(), Timestamp::from_unix(0))
    }

    #[test]
    fn a_mark_certificate_is_known_by_its_usage_and_its_mark() {
        let mark = logotype(&[7; 32], "data:image/svg+xml;base64,PHN2Zz4=");
        let found = read_text(&pem(true, Some(mark)));
        assert!(found.for_marks && found.logotype && !found.mark_compressed);
        assert_eq!(found.mark_sha256, ["07".repeat(32)]);
        assert_eq!(found.defects, []);
        assert_eq!(found.certificates[0].dns_names, ["example.test"]);
        let packed = logotype(&[7; 32], "data:image/svg+xml;base64,H4sIAAAA");
        assert!(read_text(&pem(true, Some(packed))).mark_compressed);
    }

    #[test]
    fn a_certificate_of_a_web_server_is_none_for_marks() {
        let found = read_text(&pem(false, None));
        assert!(!found.for_marks && !found.logotype && found.mark_sha256.is_empty());
        assert_eq!(found.certificates.len(), 1);
    }

    #[test]
    fn what_holds_no_certificate_is_a_fault() {
        for (text, code) in [
            ("", "bimi-evidence-empty"),
            ("<svg/>", "bimi-evidence-empty"),
            (
                "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
                "bimi-evidence-unreadable",
            ),
            (
                "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n",
                "bimi-evidence-unreadable",
            ),
        ] {
            let found = read_text(text);
            assert!(found.defects.iter().any(|one| one.code == code), "{text:?}");
        }
        let many = pem(true, None).repeat(20);
        assert_eq!(read_text(&many).certificates.len(), MOST_CERTIFICATES);
    }

    proptest! {
        #[test]
        fn no_mark_makes_the_reader_panic(bytes: Vec<u8>) {
            let mut evidence = Evidence::default();
            for element in Elements::of(&bytes) {
                evidence.look_into(element, 0);
            }
            prop_assert!(evidence.mark_sha256.len() <= bytes.len());
        }
    }
}
