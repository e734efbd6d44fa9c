//! TLSA records (RFC 6698 §2.1), and whether a sender of mail can use them (RFC 7672 §3.1).

use crate::facts::{defect::Defect, tlsa::Tlsa};
use data_encoding::HEXLOWER;
use x509_parser::{
    certificate::X509Certificate, prelude::FromDer as _, x509::SubjectPublicKeyInfo,
};

/// Reads one TLSA record from its three numbers and its association data.
pub fn read(usage: u8, selector: u8, matching_type: u8, data: &[u8]) -> Tlsa {
    let defects: Vec<Defect> = [
        wrong_usage(usage),
        wrong_selector(selector),
        wrong_data(selector, matching_type, data),
    ]
    .into_iter()
    .flatten()
    .collect();
    Tlsa {
        usage,
        selector,
        matching_type,
        data: HEXLOWER.encode(data),
        usable: defects.is_empty(),
        defects,
    }
}

fn wrong_usage(usage: u8) -> Option<Defect> {
    match usage {
        2 | 3 => None,
        0 | 1 => Some(Defect::fatal(
            "tlsa-usage-pkix",
            format!("usage {usage} is not for SMTP"),
            "RFC 7672 §3.1.3",
        )),
        _ => Some(Defect::fatal(
            "tlsa-usage-unknown",
            format!("usage {usage} is not known"),
            "RFC 6698 §2.1.1",
        )),
    }
}

fn wrong_selector(selector: u8) -> Option<Defect> {
    (selector > 1).then(|| {
        Defect::fatal(
            "tlsa-selector-unknown",
            format!("selector {selector} is not known"),
            "RFC 6698 §2.1.2",
        )
    })
}

fn wrong_data(selector: u8, matching_type: u8, data: &[u8]) -> Option<Defect> {
    let length = match matching_type {
        0 => return wrong_full_data(selector, data),
        1 => 32,
        2 => 64,
        _ => {
            return Some(Defect::fatal(
                "tlsa-matching-type-unknown",
                format!("matching type {matching_type} is not known"),
                "RFC 6698 §2.1.3",
            ));
        }
    };
    (data.len() != length).then(|| {
        Defect::fatal(
            "tlsa-digest-length",
            format!("the digest has {} bytes instead of {length}", data.len()),
            "RFC 6698 §2.1.3",
        )
    })
}

/// Full data has to be a certificate or a public key, with nothing behind it.
fn wrong_full_data(selector: u8, data: &[u8]) -> Option<Defect> {
    let (fits, what) = match selector {
        0 => (
            X509Certificate::from_der(data).is_ok_and(|(rest, _)| rest.is_empty()),
            "certificate",
        ),
        1 => (
            SubjectPublicKeyInfo::from_der(data).is_ok_and(|(rest, _)| rest.is_empty()),
            "public key",
        ),
        _ => return None,
    };
    (!fits).then(|| {
        Defect::fatal(
            "tlsa-full-data-malformed",
            format!("the data is no {what}"),
            "RFC 6698 §2.1.4",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn certificate() -> (Vec<u8>, Vec<u8>) {
        let pair = rcgen::KeyPair::generate().unwrap();
        let made = rcgen::CertificateParams::new(vec!["mx.example.test".to_owned()])
            .unwrap()
            .self_signed(&pair)
            .unwrap();
        let key = X509Certificate::from_der(made.der()).unwrap().1;
        (made.der().to_vec(), key.public_key().raw.to_vec())
    }

    #[test]
    fn a_record_is_usable_where_all_its_parts_are_known_and_fit() {
        let (cert, key) = certificate();
        for (usage, selector, matching_type, data, code) in [
            (3, 1, 1, vec![0; 32], None),
            (3, 0, 1, vec![0; 32], None),
            (2, 0, 1, vec![0; 32], None),
            (2, 1, 2, vec![0; 64], None),
            (3, 0, 0, cert.clone(), None),
            (3, 1, 0, key.clone(), None),
            (0, 0, 1, vec![0; 32], Some("tlsa-usage-pkix")),
            (1, 1, 1, vec![0; 32], Some("tlsa-usage-pkix")),
            (4, 1, 1, vec![0; 32], Some("tlsa-usage-unknown")),
            (255, 1, 1, vec![0; 32], Some("tlsa-usage-unknown")),
            (3, 2, 1, vec![0; 32], Some("tlsa-selector-unknown")),
            (3, 2, 0, cert.clone(), Some("tlsa-selector-unknown")),
            (3, 1, 3, vec![0; 32], Some("tlsa-matching-type-unknown")),
            (3, 1, 1, vec![0; 31], Some("tlsa-digest-length")),
            (3, 1, 1, vec![], Some("tlsa-digest-length")),
            (3, 1, 2, vec![0; 32], Some("tlsa-digest-length")),
            (3, 0, 0, key.clone(), Some("tlsa-full-data-malformed")),
            (3, 1, 0, cert.clone(), Some("tlsa-full-data-malformed")),
            (
                3,
                0,
                0,
                [cert, vec![0]].concat(),
                Some("tlsa-full-data-malformed"),
            ),
        ] {
            let record = read(usage, selector, matching_type, &data);
            let found = record.defects.first().map(|d| d.code.as_str());
            assert_eq!(found, code, "{usage} {selector} {matching_type}");
            assert_eq!(record.usable, code.is_none());
        }
    }

    #[test]
    fn the_data_is_kept_as_hexadecimal_text() {
        assert_eq!(read(3, 1, 1, &[0xab, 0x01]).data, "ab01");
    }

    proptest! {
        #[test]
        fn any_record_is_read(usage: u8, selector: u8, matching_type: u8, data: Vec<u8>) {
            let record = read(usage, selector, matching_type, &data);
            prop_assert_eq!(record.usable, record.defects.is_empty());
        }
    }
}
