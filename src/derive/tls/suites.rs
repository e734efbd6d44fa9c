//! What is weak about a cipher suite, and what four norms say of it.

use super::parts::{Authentication, Cipher, Exchange, Hash, Mode, Parts, parts};
use crate::facts::tls::{
    grade::{Grade, Grades},
    offers::Weakness,
};

/// What is weak about the suite, in the order of the list of weaknesses. Of an unknown name nothing is said.
pub fn weaknesses(name: &str) -> Vec<Weakness> {
    let Some(parts) = parts(name) else {
        return Vec::new();
    };
    let macs = !parts.mode.authenticates();
    let static_keys = matches!(
        parts.exchange,
        Exchange::Rsa | Exchange::Dh | Exchange::Ecdh | Exchange::Null
    );
    [
        (parts.cipher == Cipher::Null, Weakness::Null),
        (
            parts.authentication == Authentication::Anonymous,
            Weakness::Anonymous,
        ),
        (parts.export, Weakness::Export),
        (parts.cipher == Cipher::Rc4, Weakness::Rc4),
        (parts.cipher == Cipher::Des, Weakness::Des),
        (parts.cipher == Cipher::TripleDes, Weakness::TripleDes),
        (static_keys, Weakness::NoForwardSecrecy),
        (parts.exchange == Exchange::Dhe, Weakness::Dhe),
        (parts.mode == Mode::Cbc, Weakness::Cbc),
        (macs && parts.hash == Hash::Md5, Weakness::Md5),
        (macs && parts.hash == Hash::Sha1, Weakness::Sha1),
        (parts.mode == Mode::ShortCcm, Weakness::ShortTag),
    ]
    .into_iter()
    .filter_map(|(holds, weakness)| holds.then_some(weakness))
    .collect()
}

/// What the norms say of the suite. A name that is none of a suite is not graded.
pub fn grades(name: &str) -> Grades {
    parts(name).map_or_else(Grades::default, |parts| Grades {
        ncsc_nl: ncsc_nl(parts),
        bsi: bsi(parts),
        rfc9325: rfc9325(parts),
        nist: nist(parts),
    })
}

const fn aes(parts: Parts) -> bool {
    matches!(parts.cipher, Cipher::Aes128 | Cipher::Aes256)
}

const fn rsa_or_ecdsa(parts: Parts) -> bool {
    matches!(
        parts.authentication,
        Authentication::Rsa | Authentication::Ecdsa
    )
}

/// Appendix B: what is not listed there is insufficient.
fn ncsc_nl(parts: Parts) -> Grade {
    let authenticated = aes(parts) && matches!(parts.mode, Mode::Gcm | Mode::Ccm)
        || parts.cipher == Cipher::Chacha20;
    let older = parts.cipher == Cipher::CamelliaOrAria && parts.mode == Mode::Gcm
        || (aes(parts) || parts.cipher == Cipher::CamelliaOrAria)
            && parts.mode == Mode::Cbc
            && parts.hash == Hash::Sha2;
    match parts.exchange {
        Exchange::Separate if parts.cipher == Cipher::Chacha20 => Grade::Good,
        Exchange::Separate if parts.cipher == Cipher::Aes256 && parts.mode == Mode::Gcm => {
            Grade::Good
        }
        Exchange::Separate if authenticated => Grade::Sufficient,
        Exchange::Ecdhe if rsa_or_ecdsa(parts) && authenticated => Grade::Sufficient,
        Exchange::Ecdhe if rsa_or_ecdsa(parts) && older => Grade::PhaseOut,
        Exchange::Dhe
            if parts.authentication == Authentication::Rsa && (authenticated || older) =>
        {
            Grade::PhaseOut
        }
        Exchange::Separate
        | Exchange::Ecdhe
        | Exchange::Dhe
        | Exchange::Ecdh
        | Exchange::Dh
        | Exchange::Rsa
        | Exchange::Null
        | Exchange::Other => Grade::Insufficient,
    }
}

/// Section 3.3.1 and 3.4.4, the tables of suites with forward secrecy.
fn bsi(parts: Parts) -> Grade {
    let signed = matches!(
        parts.authentication,
        Authentication::Rsa | Authentication::Ecdsa | Authentication::Dss
    );
    let counter = aes(parts) && parts.mode == Mode::Gcm;
    let counter_with_mac = aes(parts) && parts.mode == Mode::Ccm;
    let chained = aes(parts) && parts.mode == Mode::Cbc && parts.hash == Hash::Sha2;
    let by_ecdsa = parts.authentication == Authentication::Ecdsa;
    match parts.exchange {
        Exchange::Separate if counter || counter_with_mac && parts.cipher == Cipher::Aes128 => {
            Grade::Good
        }
        Exchange::Ecdhe if rsa_or_ecdsa(parts) && (counter || counter_with_mac && by_ecdsa) => {
            Grade::Good
        }
        Exchange::Ecdhe if rsa_or_ecdsa(parts) && chained => Grade::Sufficient,
        Exchange::Dhe if signed && (counter || chained) => Grade::PhaseOut,
        Exchange::Dhe if parts.authentication == Authentication::Rsa && counter_with_mac => {
            Grade::PhaseOut
        }
        Exchange::Separate
        | Exchange::Ecdhe
        | Exchange::Dhe
        | Exchange::Ecdh
        | Exchange::Dh
        | Exchange::Rsa
        | Exchange::Null
        | Exchange::Other => Grade::Insufficient,
    }
}

fn rfc9325(parts: Parts) -> Grade {
    if parts.export || matches!(parts.cipher, Cipher::Null | Cipher::Rc4 | Cipher::Des) {
        return Grade::Insufficient;
    }
    if parts.cipher == Cipher::TripleDes || parts.mode == Mode::Cbc {
        return Grade::PhaseOut;
    }
    match parts.exchange {
        Exchange::Separate if parts.mode == Mode::Gcm && aes(parts) => Grade::Good,
        Exchange::Separate if parts.cipher == Cipher::Chacha20 => Grade::Good,
        Exchange::Ecdhe if rsa_or_ecdsa(parts) && parts.mode == Mode::Gcm && aes(parts) => {
            Grade::Good
        }
        Exchange::Separate | Exchange::Ecdhe | Exchange::Other => Grade::Sufficient,
        Exchange::Dhe | Exchange::Ecdh | Exchange::Dh | Exchange::Rsa => Grade::PhaseOut,
        Exchange::Null => Grade::Insufficient,
    }
}

/// Section 3.3.1.1 with its order of preference, and appendix D for static RSA.
fn nist(parts: Parts) -> Grade {
    let known = matches!(
        parts.authentication,
        Authentication::Separate
            | Authentication::Rsa
            | Authentication::Ecdsa
            | Authentication::Dss
    );
    let chained = parts.mode == Mode::Cbc && matches!(parts.hash, Hash::Sha1 | Hash::Sha2);
    if !known || !aes(parts) || !(parts.mode.authenticates() || chained) {
        return Grade::Insufficient;
    }
    match parts.exchange {
        // Of the suites of TLS 1.3 all with AES that RFC 8446 appendix B.4 has.
        Exchange::Separate | Exchange::Ecdhe | Exchange::Dhe
            if matches!(parts.mode, Mode::Gcm | Mode::Ccm) =>
        {
            Grade::Good
        }
        Exchange::Separate | Exchange::Ecdhe | Exchange::Dhe | Exchange::Ecdh | Exchange::Dh => {
            Grade::Sufficient
        }
        Exchange::Rsa => Grade::PhaseOut,
        Exchange::Null | Exchange::Other => Grade::Insufficient,
    }
}
