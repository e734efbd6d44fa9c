//! DNSSEC keys and digests: IANA's two registries (RFC 9904 with RFC 9905 and RFC 9906), key tags and key
//! sizes, and whether a DS fits a key.

use crate::facts::zone::keys::Standing::{
    self, May, MustNot, NotRecommended, Recommended, Unregistered,
};
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, digest};

/// The protocol octet of every DNSKEY (RFC 4034 §2.1.2).
const PROTOCOL: u8 = 3;

/// "DNS Security Algorithm Numbers": number, mnemonic, use for signing, use for validation. RFC 9904 table 2;
/// RFC 9905 §5 set signing with 5 and 7 to MUST NOT, RFC 9906 §5 validation with 12.
const ALGORITHMS: &[(u8, &str, Standing, Standing)] = &[
    (1, "RSAMD5", MustNot, MustNot),
    (3, "DSA", MustNot, MustNot),
    (5, "RSASHA1", MustNot, Recommended),
    (6, "DSA-NSEC3-SHA1", MustNot, MustNot),
    (7, "RSASHA1-NSEC3-SHA1", MustNot, Recommended),
    (8, "RSASHA256", Recommended, Recommended),
    (10, "RSASHA512", NotRecommended, Recommended),
    (12, "ECC-GOST", MustNot, MustNot),
    (13, "ECDSAP256SHA256", Recommended, Recommended),
    (14, "ECDSAP384SHA384", May, Recommended),
    (15, "ED25519", Recommended, Recommended),
    (16, "ED448", May, Recommended),
    (17, "SM2SM3", May, May),
    (23, "ECC-GOST12", May, May),
    (253, "PRIVATEDNS", May, May),
    (254, "PRIVATEOID", May, May),
];

/// "Digest Algorithms" of DS records: number, description, use for delegation, use for validation. RFC 9904
/// table 3; RFC 9905 §5 confirms MUST NOT for delegation by 1, RFC 9906 §5 sets validation by 3.
const DIGESTS: &[(u8, &str, Standing, Standing)] = &[
    (1, "SHA-1", MustNot, Recommended),
    (2, "SHA-256", Recommended, Recommended),
    (3, "GOST R 34.11-94", MustNot, MustNot),
    (4, "SHA-384", May, Recommended),
    (5, "GOST R 34.11-2012", May, May),
    (6, "SM3", May, May),
];

/// An entry of one of the two registries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// The mnemonic or description; made of the number where there is none.
    pub name: String,
    /// "Use for DNSSEC Signing", of a digest type "Use for DNSSEC Delegation".
    pub publishing: Standing,
    /// "Use for DNSSEC Validation".
    pub validation: Standing,
}

/// What the registry says of an algorithm.
pub fn algorithm(number: u8) -> Registered {
    registered(ALGORITHMS, number, "ALGORITHM")
}

/// What the registry says of a digest type.
pub fn digest_type(number: u8) -> Registered {
    registered(DIGESTS, number, "DIGEST")
}

/// How the registry stands to signing with the algorithm of this mnemonic.
pub fn signing_with(mnemonic: &str) -> Standing {
    let entry = ALGORITHMS.iter().find(|(_, name, _, _)| *name == mnemonic);
    entry.map_or(Unregistered, |(_, _, signing, _)| *signing)
}

fn registered(entries: &[(u8, &str, Standing, Standing)], number: u8, front: &str) -> Registered {
    let entry = entries.iter().find(|(known, ..)| *known == number);
    entry.map_or_else(
        || Registered {
            name: format!("{front}{number}"),
            publishing: Unregistered,
            validation: Unregistered,
        },
        |(_, name, publishing, validation)| Registered {
            name: (*name).to_owned(),
            publishing: *publishing,
            validation: *validation,
        },
    )
}

/// The data of a DNSKEY record on the wire (RFC 4034 §2.1).
pub fn key_data(flags: u16, algorithm: u8, public_key: &[u8]) -> Vec<u8> {
    let mut data = flags.to_be_bytes().to_vec();
    data.extend([PROTOCOL, algorithm]);
    data.extend(public_key);
    data
}

/// The tag of a key from the data of its record (RFC 4034 appendix B; B.1 for the algorithm RSAMD5).
pub fn key_tag(data: &[u8]) -> u16 {
    if data.get(3) == Some(&1) {
        return match data {
            [.., high, low, _] => u16::from_be_bytes([*high, *low]),
            _ => 0,
        };
    }
    let sum: u32 = data
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => u32::from(u16::from_be_bytes([*high, *low])),
            [high] => u32::from(*high) << 8,
            _ => 0,
        })
        .fold(0, u32::wrapping_add);
    let folded = sum.wrapping_add(sum >> 16) & 0xffff;
    u16::try_from(folded).unwrap_or(0)
}

/// The size of a key in bits, in the form of its algorithm; 0 where it cannot be told.
pub fn key_bits(algorithm: u8, public_key: &[u8]) -> u32 {
    match algorithm {
        1 | 5 | 7 | 8 | 10 => rsa_bits(public_key),
        // RFC 5933 §2, RFC 6605 §4, RFC 9558 §2, RFC 9563 §2: curves of 256 bits.
        12 | 13 | 17 | 23 if public_key.len() == 64 => 256,
        14 if public_key.len() == 96 => 384,
        // RFC 8080 §3.
        15 if public_key.len() == 32 => 256,
        16 if public_key.len() == 57 => 456,
        _ => 0,
    }
}

/// The bits of an RSA modulus behind its exponent (RFC 3110 §2).
fn rsa_bits(public_key: &[u8]) -> u32 {
    let (length, rest) = match public_key {
        [0, high, low, rest @ ..] => (usize::from(u16::from_be_bytes([*high, *low])), rest),
        [length, rest @ ..] => (usize::from(*length), rest),
        [] => return 0,
    };
    let modulus = rest.get(length..).unwrap_or_default();
    let Some(first) = modulus.iter().position(|byte| *byte != 0) else {
        return 0;
    };
    let significant = modulus.get(first..).unwrap_or_default();
    let leading = significant.first().map_or(0, |byte| byte.leading_zeros());
    u32::try_from(significant.len())
        .ok()
        .and_then(|bytes| bytes.checked_mul(8))
        .map_or(0, |bits| bits - leading)
}

/// Whether a digest is that of a key of this zone (RFC 4034 §5.1.4); nothing where the type cannot be computed.
/// The name of the zone is in lower case and without escapes.
pub fn digest_fits(zone: &str, key: &[u8], digest_type: u8, expected: &[u8]) -> Option<bool> {
    let owner = wire(zone)?;
    let kind = match digest_type {
        1 => &SHA1_FOR_LEGACY_USE_ONLY,
        2 => &SHA256,
        4 => &SHA384,
        _ => return None,
    };
    let made = digest(kind, &[owner.as_slice(), key].concat());
    Some(made.as_ref() == expected)
}

/// A name on the wire (RFC 1035 §3.1); nothing for one that has escapes or a label that is too long.
fn wire(name: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(name.len() + 2);
    for label in name.split('.').filter(|_| name != ".") {
        let length = u8::try_from(label.len()).ok()?;
        if !(1..=63).contains(&length) || label.contains('\\') {
            return None;
        }
        out.push(length);
        out.extend(label.as_bytes());
    }
    out.push(0);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD as BASE64;
    use data_encoding::HEXLOWER_PERMISSIVE;
    use proptest::prelude::*;

    #[test]
    fn the_registries_say_what_rfc_9904_to_9906_put_into_them() {
        for (number, name, signing, validation) in [
            (5, "RSASHA1", MustNot, Recommended),
            (7, "RSASHA1-NSEC3-SHA1", MustNot, Recommended),
            (8, "RSASHA256", Recommended, Recommended),
            (10, "RSASHA512", NotRecommended, Recommended),
            (12, "ECC-GOST", MustNot, MustNot),
            (13, "ECDSAP256SHA256", Recommended, Recommended),
            (14, "ECDSAP384SHA384", May, Recommended),
            (99, "ALGORITHM99", Unregistered, Unregistered),
            (252, "ALGORITHM252", Unregistered, Unregistered),
        ] {
            let entry = algorithm(number);
            assert_eq!(
                (entry.name.as_str(), entry.publishing, entry.validation),
                (name, signing, validation)
            );
            assert_eq!(signing_with(name), signing, "{name}");
        }
        for (number, name, delegation) in [
            (1, "SHA-1", MustNot),
            (2, "SHA-256", Recommended),
            (3, "GOST R 34.11-94", MustNot),
            (4, "SHA-384", May),
            (77, "DIGEST77", Unregistered),
        ] {
            let entry = digest_type(number);
            assert_eq!((entry.name.as_str(), entry.publishing), (name, delegation));
        }
    }

    #[test]
    fn the_examples_of_the_standards_have_their_tags_sizes_and_digests() {
        // RFC 6605 §6.1 and §6.2, RFC 8080 §6.1: flags, algorithm, key, tag, size, digest type and digest.
        for (flags, number, key, tag, bits, kind, expected) in [
            (
                257,
                13,
                "GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==",
                55_648,
                256,
                2,
                "b4c8c1fe2e7477127b27115656ad6256f424625bf5c1e2770ce6d6e37df61d17",
            ),
            (
                257,
                14,
                "xKYaNhWdGOfJ+nPrL8/arkwf2EY3MDJ+SErKivBVSum1w/egsXvSADtNJhyem5RCOpgQ6K8X1DRSEkrbYQ+OB+v8/uX45NBwY8rp65F6Glur8I/mlVNgF6W/qTI37m40",
                10_771,
                384,
                4,
                "72d7b62976ce06438e9c0bf319013cf801f09ecc84b8d7e9495f27e305c6a9b0563a9b5f4d288405c3008a946df983d6",
            ),
            (
                257,
                15,
                "l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=",
                3613,
                256,
                2,
                "3aa5ab37efce57f737fc1627013fee07bdf241bd10f3b1964ab55c78e79a304b",
            ),
        ] {
            let key = BASE64.decode(key).unwrap();
            let data = key_data(flags, number, &key);
            assert_eq!((key_tag(&data), key_bits(number, &key)), (tag, bits));
            let expected = HEXLOWER_PERMISSIVE.decode(expected.as_bytes()).unwrap();
            let zone = if number == 15 {
                "example.com"
            } else {
                "example.net"
            };
            assert_eq!(digest_fits(zone, &data, kind, &expected), Some(true));
            assert_eq!(digest_fits(".", &data, kind, &expected), Some(false));
            assert_eq!(digest_fits(zone, &data, 6, &expected), None);
            assert_eq!(digest_fits(r"a\.b", &data, kind, &expected), None);
        }
    }

    #[test]
    fn rsa_keys_are_as_long_as_their_modulus() {
        let key = |exponent: &[u8], modulus: &[u8]| [exponent, modulus].concat();
        for (exponent, modulus, bits) in [
            (&[3, 1, 0, 1][..], [0x80; 128].to_vec(), 1024),
            (&[3, 1, 0, 1], [0x01; 128].to_vec(), 1017),
            (&[0, 0, 3, 1, 0, 1], [0xff; 256].to_vec(), 2048),
            (&[1, 3], [vec![0; 4], vec![0xff; 64]].concat(), 512),
            (&[200, 1], Vec::new(), 0),
            (&[1, 3], vec![0; 9], 0),
            (&[], Vec::new(), 0),
        ] {
            assert_eq!(key_bits(8, &key(exponent, &modulus)), bits);
        }
        assert_eq!(key_bits(13, &[0; 63]), 0);
        assert_eq!(key_bits(99, &[0; 64]), 0);
    }

    proptest! {
        #[test]
        fn no_key_makes_reading_panic(flags: u16, number: u8, key: Vec<u8>, kind: u8, zone: String) {
            let data = key_data(flags, number, &key);
            let _ = key_tag(&data);
            let _ = key_tag(&key);
            prop_assert!(key_bits(number, &key) <= 8 * u32::try_from(key.len()).unwrap());
            let _ = digest_fits(&zone, &data, kind, &key);
        }
    }
}
