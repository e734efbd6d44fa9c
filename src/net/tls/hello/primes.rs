//! The primes of the finite-field groups of RFC 7919, known by their digests.

use super::super::names;
use sha2::{Digest as _, Sha256};

/// Length in bytes, number of the group, and the SHA-256 digest of the prime in big-endian order.
const PRIMES: &[(usize, u16, &str)] = &[
    (
        256,
        256,
        "9cd3b7f336872f46c09428d1bbc19877a4d440512cda8d1c1cf0cd6e33698966",
    ),
    (
        384,
        257,
        "0eaf67db3a839156d5013494a5318a772b5697d270d721f37f092efc69ea5a17",
    ),
    (
        512,
        258,
        "4648414224ac881b3d0dc59b466f96d06a558278776807797ecf1f66ff397b3e",
    ),
    (
        768,
        259,
        "227ac9066b3ddd9e193670cda2388fa884f65ba0cf98b742d1fe77a6687c79c7",
    ),
    (
        1024,
        260,
        "770b14efaf6f049929c523113b3fa99a8d11dab1b18af3609590122075d19833",
    ),
];

/// The size of a number in bits, zeros at its front not counted.
pub(super) fn bits(number: &[u8]) -> u32 {
    let start = number
        .iter()
        .position(|&byte| byte != 0)
        .unwrap_or(number.len());
    let (_, rest) = number.split_at(start);
    let bytes = u32::try_from(rest.len()).unwrap_or(u32::MAX / 8);
    rest.first()
        .map_or(0, |first| bytes * 8 - first.leading_zeros())
}

/// The name of the group with this prime: its registered name (RFC 7919 §A), or `DH` and the bits.
pub(super) fn name(prime: &[u8]) -> String {
    let known = PRIMES.iter().find(|(length, _, digest)| {
        *length == prime.len() && *digest == data_encoding::HEXLOWER.encode(&Sha256::digest(prime))
    });
    known.map_or_else(
        || format!("DH {}", bits(prime)),
        |(_, group, _)| names::group(*group),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7919 §A.1.
    const FFDHE2048: &str = "FFFFFFFFFFFFFFFFADF85458A2BB4A9AAFDC5620273D3CF1D8B9C583CE2D3695A9E13641146433FBCC939DCE249B3EF97D2FE363630C75D8F681B202AEC4617AD3DF1ED5D5FD65612433F51F5F066ED0856365553DED1AF3B557135E7F57C935984F0C70E0E68B77E2A689DAF3EFE8721DF158A136ADE73530ACCA4F483A797ABC0AB182B324FB61D108A94BB2C8E3FBB96ADAB760D7F4681D4F42A3DE394DF4AE56EDE76372BB190B07A7C8EE0A6D709E02FCE1CDF7E2ECC03404CD28342F619172FE9CE98583FF8E4F1232EEF28183C3FE3B1B4C6FAD733BB5FCBC2EC22005C58EF1837D1683B2C6F34A26C1B2EFFA886B423861285C97FFFFFFFFFFFFFFFF";

    #[test]
    fn a_registered_prime_has_its_name() {
        let prime = data_encoding::HEXUPPER
            .decode(FFDHE2048.as_bytes())
            .unwrap();
        assert_eq!((bits(&prime), name(&prime).as_str()), (2048, "ffdhe2048"));
    }

    #[test]
    fn any_other_prime_has_its_bits() {
        for (number, expected) in [
            (&[][..], "DH 0"),
            (&[0, 0], "DH 0"),
            (&[0, 0x7f, 1], "DH 15"),
            (&[0xff; 128], "DH 1024"),
            (&[0xff; 256], "DH 2048"),
        ] {
            assert_eq!(name(number), expected);
        }
    }
}
