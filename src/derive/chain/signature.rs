//! Whether a key made a signature, for every form of DER that authorities sign.

use crate::records::certificate::der::{BIT_STRING, Elements, SEQUENCE, Signed};

/// Whether the public key (a `SubjectPublicKeyInfo`, RFC 5280 §4.1.2.7, with or without its outer tag) made the
/// signature. Algorithms that webpki does not know are never believed: SHA-1, MD5, RSA below 2048 bits.
pub(super) fn made_by(signed: &Signed<'_>, spki: &[u8]) -> bool {
    let Some((algorithm, key)) = key_parts(spki) else {
        return false;
    };
    webpki::ALL_VERIFICATION_ALGS.iter().any(|known| {
        known.signature_alg_id().as_ref() == signed.algorithm
            && known.public_key_alg_id().as_ref() == algorithm
            && known
                .verify_signature(key, signed.message, signed.signature)
                .is_ok()
    })
}

/// The content of the algorithm identifier and the bits of the key.
fn key_parts(spki: &[u8]) -> Option<(&[u8], &[u8])> {
    open(Elements::of(spki)).or_else(|| open(Elements::of(spki).tagged(SEQUENCE)?.children()))
}

fn open(mut parts: Elements<'_>) -> Option<(&[u8], &[u8])> {
    let algorithm = parts.tagged(SEQUENCE)?.content;
    let (&unused_bits, key) = parts.tagged(BIT_STRING)?.content.split_first()?;
    (unused_bits == 0).then_some((algorithm, key))
}
