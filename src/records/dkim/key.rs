//! The key of a DKIM record: its size, exponent and fingerprint (RFC 8017 §A.1.1, RFC 8463 §4.2).

use super::KEY;
use crate::facts::defect::Defect;
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};
use x509_parser::{
    prelude::FromDer as _,
    public_key::{PublicKey, RSAPublicKey},
    x509::SubjectPublicKeyInfo,
};

const SIZES: &str = "RFC 8301 §3.2";
const ED25519: &str = "RFC 8463 §4.2";

/// RSA keys below this many bits are not accepted (RFC 8301 §3.2).
const LEAST_RSA_BITS: u32 = 1024;
/// Verifiers need not support RSA keys above this many bits (RFC 8301 §3.2).
const MOST_RSA_BITS: u32 = 4096;
/// The length of an Ed25519 key (RFC 8463 §4.2).
const ED25519_BYTES: usize = 32;
/// What stands before the 32 bytes where an Ed25519 key is wrapped (RFC 8410 §10.1).
const ED25519_INFO: [u8; 12] = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];
/// The largest exponent that a document shows; policies count in 64 bits with a sign.
const MOST_EXPONENT: u64 = i64::MAX.unsigned_abs();

/// What can be read of a key.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Key {
    /// Its size in bits; 0 where it cannot be read.
    pub(super) bits: u32,
    /// The public exponent of an RSA key; 0 where there is none.
    pub(super) exponent: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub(super) fingerprint: String,
    /// What is wrong with it.
    pub(super) defects: Vec<Defect>,
}

/// Reads the bytes of a key of this type. A type that nobody knows has a fingerprint and no size.
pub(super) fn read(key_type: &str, bytes: &[u8]) -> Key {
    let key = match key_type {
        "rsa" => rsa(bytes),
        "ed25519" => ed25519(bytes),
        _ => Key::default(),
    };
    Key {
        fingerprint: HEXLOWER.encode(&Sha256::digest(bytes)),
        ..key
    }
}

/// An RSA key: `SubjectPublicKeyInfo`, as all publish it, or the bare `RSAPublicKey` that RFC 6376 names.
fn rsa(bytes: &[u8]) -> Key {
    let mut defects = Vec::new();
    let (rest, numbers) = if let Ok((rest, info)) = SubjectPublicKeyInfo::from_der(bytes) {
        (rest, info_numbers(&info))
    } else if let Ok((rest, key)) = RSAPublicKey::from_der(bytes) {
        let text = "the key is a bare RSAPublicKey; verifiers look for SubjectPublicKeyInfo";
        defects.push(Defect::minor("dkim-bare-key", text, KEY));
        (rest, numbers(&key))
    } else {
        (bytes, None)
    };
    let Some((bits, exponent)) = numbers else {
        let defect = Defect::fatal("dkim-key-malformed", "the key is no RSA key", KEY);
        return Key {
            defects: vec![defect],
            ..Key::default()
        };
    };
    if !rest.is_empty() {
        let text = format!("{} more bytes stand behind the key", rest.len());
        defects.push(Defect::minor("dkim-key-trailing-bytes", text, KEY));
    }
    defects.extend(rsa_size(bits));
    Key {
        bits,
        exponent,
        defects,
        ..Key::default()
    }
}

fn rsa_size(bits: u32) -> Option<Defect> {
    let text = format!("the RSA key has {bits} bits");
    if bits < LEAST_RSA_BITS {
        return Some(Defect::fatal("dkim-key-too-short", text, SIZES));
    }
    (bits > MOST_RSA_BITS).then(|| Defect::minor("dkim-key-too-long", text, SIZES))
}

fn info_numbers(info: &SubjectPublicKeyInfo<'_>) -> Option<(u32, u64)> {
    match info.parsed() {
        Ok(PublicKey::RSA(key)) => numbers(&key),
        Ok(
            PublicKey::EC(_)
            | PublicKey::DSA(_)
            | PublicKey::GostR3410(_)
            | PublicKey::GostR3410_2012(_)
            | PublicKey::Unknown(_),
        )
        | Err(_) => None,
    }
}

/// The bits of the modulus and the exponent.
fn numbers(key: &RSAPublicKey<'_>) -> Option<(u32, u64)> {
    Some((modulus_bits(key.modulus)?, exponent(key.exponent)))
}

/// The bits of a modulus without leading zeros; nothing for zero or a negative number.
fn modulus_bits(modulus: &[u8]) -> Option<u32> {
    if modulus.first()? & 0x80 != 0 {
        return None;
    }
    let skipped = modulus.iter().position(|byte| *byte != 0)?;
    let digits = modulus.get(skipped..)?;
    let bits = u32::try_from(digits.len()).ok()?.checked_mul(8)?;
    Some(bits - digits.first()?.leading_zeros())
}

/// An exponent as a number; the largest that there is room for stands for all above it.
fn exponent(bytes: &[u8]) -> u64 {
    let digits = bytes.iter().skip_while(|byte| **byte == 0);
    digits.fold(0, |sum: u64, byte| {
        let next = sum
            .checked_mul(256)
            .and_then(|sum| sum.checked_add(u64::from(*byte)));
        next.unwrap_or(MOST_EXPONENT).min(MOST_EXPONENT)
    })
}

fn ed25519(bytes: &[u8]) -> Key {
    let defect = if bytes.len() == ED25519_BYTES {
        None
    } else if bytes.starts_with(&ED25519_INFO) && bytes.len() == ED25519_INFO.len() + ED25519_BYTES
    {
        let text = "the Ed25519 key is wrapped in SubjectPublicKeyInfo; verifiers take its 32 bytes as they are";
        Some(Defect::fatal("dkim-ed25519-wrapped", text, ED25519))
    } else {
        let text = format!("the Ed25519 key has {} bytes instead of 32", bytes.len());
        let defect = Defect::fatal("dkim-ed25519-length", text, ED25519);
        return Key {
            defects: vec![defect],
            ..Key::default()
        };
    };
    Key {
        bits: 256,
        defects: defect.into_iter().collect(),
        ..Key::default()
    }
}

/// Keys for tests, made by hand.
#[cfg(test)]
pub(super) mod made {
    pub(crate) fn der(tag: u8, content: &[u8]) -> Vec<u8> {
        let mut out = vec![tag];
        match content.len() {
            short @ 0..=127 => out.push(u8::try_from(short).unwrap()),
            long => {
                out.push(0x82);
                out.extend(u16::try_from(long).unwrap().to_be_bytes());
            }
        }
        out.extend(content);
        out
    }

    pub(crate) fn pkcs1(bits: usize) -> Vec<u8> {
        let mut modulus = vec![0];
        modulus.extend(vec![0xc1; bits / 8]);
        let numbers = [der(2, &modulus), der(2, &[1, 0, 1])].concat();
        der(0x30, &numbers)
    }

    pub(crate) fn info(oid: &[u8], key: &[u8]) -> Vec<u8> {
        let algorithm = der(0x30, &[der(6, oid), der(5, &[])].concat());
        let bits = der(3, &[&[0], key].concat());
        der(0x30, &[algorithm, bits].concat())
    }

    pub(crate) fn spki(bits: usize) -> Vec<u8> {
        const RSA: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
        info(&RSA, &pkcs1(bits))
    }

    pub(crate) fn with_exponent(exponent: &[u8]) -> Vec<u8> {
        let mut modulus = vec![0];
        modulus.extend(vec![0xc1; 256]);
        let numbers = [der(2, &modulus), der(2, exponent)].concat();
        der(0x30, &numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::made::{info, with_exponent};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_exponent_is_a_number_whatever_its_length() {
        for (bytes, expected) in [
            (&[1, 0, 1][..], 65537),
            (&[3], 3),
            (&[1], 1),
            (&[0], 0),
            (
                &[0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
                MOST_EXPONENT,
            ),
            (
                &[0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
                MOST_EXPONENT,
            ),
            (&[1; 32], MOST_EXPONENT),
        ] {
            let key = read("rsa", &with_exponent(bytes));
            assert_eq!(key.exponent, expected, "{bytes:?}");
            assert_eq!(key.bits, 2048, "{bytes:?}");
        }
    }

    #[test]
    fn a_wrapped_ed25519_key_is_named_as_that() {
        let wrapped = [&ED25519_INFO[..], &[7; 32]].concat();
        let key = read("ed25519", &wrapped);
        assert_eq!(key.bits, 256);
        assert_eq!(key.defects[0].code, "dkim-ed25519-wrapped");
        assert!(key.defects[0].fatal);
        let other = info(&[0x2b, 0x65, 0x70], &[7; 32]);
        assert_eq!(
            read("ed25519", &other).defects[0].code,
            "dkim-ed25519-length"
        );
        assert!(read("ed25519", &[7; 32]).defects.is_empty());
    }

    #[test]
    fn a_fingerprint_is_that_of_the_decoded_bytes() {
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        for kind in ["rsa", "ed25519", "dsa"] {
            assert_eq!(read(kind, b"abc").fingerprint, abc);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
            for kind in ["rsa", "ed25519", "other"] {
                prop_assert_eq!(read(kind, &bytes).fingerprint.len(), 64);
            }
        }
    }
}
