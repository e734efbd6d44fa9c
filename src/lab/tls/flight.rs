//! The canned first flight of a server below TLS 1.3 (RFC 5246 §7.4): parameters are real, signatures are filler.
//! Who goes no further than the first flight cannot tell.

use super::hello::{HANDSHAKE, Hello, SSL30, TLS12};
use super::legacy::{Agreed, Extra, Legacy};
use super::suites::{Cipher, Exchange, Signer};
use aws_lc_rs::agreement::{self, EphemeralPrivateKey};
use aws_lc_rs::rand::SystemRandom;

const SERVER_HELLO: u8 = 2;
const CERTIFICATE: u8 = 11;
const SERVER_KEY_EXCHANGE: u8 = 12;
const SERVER_HELLO_DONE: u8 = 14;
/// The most that a record holds.
const RECORD: usize = 1 << 14;
/// `TLS_EMPTY_RENEGOTIATION_INFO_SCSV` (RFC 5746 §3.3).
const SCSV: u16 = 0x00ff;
const RENEGOTIATION_INFO: u16 = 0xff01;
/// Signature filler; as long as one of ECDSA P-256 and of RSA 2048.
const SIGNATURES: (usize, usize) = (70, 256);

/// The primes for Diffie-Hellman: those of RFC 7919 by their group, and those that the lab made for itself.
const NAMED: &[(u16, &[u8])] = &[
    (0x0100, include_bytes!("primes/ffdhe2048.bin")),
    (0x0101, include_bytes!("primes/ffdhe3072.bin")),
];
const OWN: &[&[u8]] = &[
    include_bytes!("primes/own-512.bin"),
    include_bytes!("primes/own-1024.bin"),
    include_bytes!("primes/own-2048.bin"),
];

/// What the flight is made of.
pub(crate) struct Flight<'a> {
    pub(crate) server: &'a Legacy,
    pub(crate) hello: &'a Hello,
    pub(crate) agreed: &'a Agreed,
}

/// The first of these groups that is one of RFC 7919 with a prime here.
pub(crate) fn named_prime(groups: &[u16]) -> Option<u16> {
    let named = |group: &u16| NAMED.iter().any(|(number, _)| number == group);
    groups.iter().copied().find(named)
}

/// Records of one type and version.
pub(crate) fn records(kind: u8, version: u16, body: &[u8]) -> Vec<u8> {
    let record = |part: &[u8]| [&[kind][..], &version.to_be_bytes(), &sized(2, part)].concat();
    body.chunks(RECORD).flat_map(record).collect()
}

/// A block with its length before it, in this many bytes.
fn sized(width: usize, body: &[u8]) -> Vec<u8> {
    let length = body.len().to_be_bytes();
    let skipped = length.len().saturating_sub(width);
    let length = length.into_iter().skip(skipped);
    length.chain(body.iter().copied()).collect()
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind][..], &sized(3, body)].concat()
}

fn extension(kind: u16, body: &[u8]) -> Vec<u8> {
    [&kind.to_be_bytes()[..], &sized(2, body)].concat()
}

/// A flight that names a certificate message of 16 MB and begins to send it.
pub(crate) fn oversized() -> Vec<u8> {
    let hello = [&TLS12.to_be_bytes()[..], &[0x5a; 32], &[0, 0xc0, 0x2b, 0]].concat();
    let head = [
        &message(SERVER_HELLO, &hello)[..],
        &[CERTIFICATE, 0xff, 0xff, 0xff],
    ]
    .concat();
    records(HANDSHAKE, TLS12, &head)
}

/// A record of such a certificate message.
pub(crate) fn filler() -> Vec<u8> {
    records(HANDSHAKE, TLS12, &[0; RECORD])
}

impl Flight<'_> {
    /// The records; nothing where the key exchange cannot be made.
    pub(crate) fn bytes(&self, chain: &[Vec<u8>]) -> Option<Vec<u8>> {
        let mut flight = message(SERVER_HELLO, &self.server_hello());
        if self.agreed.anatomy.signer != Signer::Nobody {
            let chain: Vec<u8> = chain.iter().flat_map(|one| sized(3, one)).collect();
            flight.extend(message(CERTIFICATE, &sized(3, &chain)));
        }
        if self.agreed.anatomy.exchange != Exchange::Rsa {
            flight.extend(message(SERVER_KEY_EXCHANGE, &self.key_exchange()?));
        }
        flight.extend(message(SERVER_HELLO_DONE, &[]));
        Some(records(HANDSHAKE, self.agreed.version, &flight))
    }

    fn does(&self, extra: Extra) -> bool {
        self.server.extras.contains(&extra)
    }

    fn server_hello(&self) -> Vec<u8> {
        let compresses = self.does(Extra::Compression) && self.hello.compressions.contains(&1);
        let mut hello = self.agreed.version.to_be_bytes().to_vec();
        hello.extend([0x5a; 32]);
        hello.push(0);
        hello.extend(self.agreed.suite.to_be_bytes());
        hello.push(u8::from(compresses));
        let extensions = self.extensions();
        if !extensions.is_empty() {
            hello.extend(sized(2, &extensions));
        }
        hello
    }

    /// The extensions, each only where the client asked (RFC 5246 §7.4.1.4).
    fn extensions(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let asked = self.hello.has(RENEGOTIATION_INFO) || self.hello.suites.contains(&SCSV);
        if self.does(Extra::SecureRenegotiation) && asked {
            out.extend(extension(RENEGOTIATION_INFO, &[0]));
        }
        if self.agreed.version == SSL30 {
            return out;
        }
        let anatomy = self.agreed.anatomy;
        let timestamps = [sized(2, &timestamp(1)), sized(2, &timestamp(2))].concat();
        let known: [(u16, bool, Vec<u8>); 6] = [
            (11, anatomy.exchange == Exchange::Ecdhe, vec![1, 0]),
            (15, self.does(Extra::Heartbeat), vec![1]),
            (18, self.does(Extra::Timestamps), sized(2, &timestamps)),
            (
                22,
                self.does(Extra::EncryptThenMac) && anatomy.cipher == Cipher::Cbc,
                vec![],
            ),
            (23, self.does(Extra::ExtendedMasterSecret), vec![]),
            (35, self.does(Extra::SessionTicket), vec![]),
        ];
        for (kind, does, body) in known {
            if does && self.hello.has(kind) {
                out.extend(extension(kind, &body));
            }
        }
        out
    }

    /// The parameters of an ephemeral key with their signature; nothing where the suite has none.
    fn key_exchange(&self) -> Option<Vec<u8>> {
        let mut parameters = match self.agreed.anatomy.exchange {
            Exchange::Rsa => return None,
            Exchange::RsaExport => [sized(2, &modulus()), sized(2, &[1, 0, 1])].concat(),
            Exchange::Ecdhe => {
                let group = self.agreed.group?;
                let point = point(group)?;
                [&[3], &group.to_be_bytes()[..], &sized(1, &point)].concat()
            }
            Exchange::Dhe | Exchange::DheExport => {
                let prime = self.prime()?;
                // The generator 2, and a power of it below the prime.
                let mut public = vec![0; prime.len()];
                if let Some(byte) = public.get_mut(1) {
                    *byte = 0x80;
                }
                [sized(2, prime), sized(2, &[2]), sized(2, &public)].concat()
            }
        };
        parameters.extend(self.signature());
        Some(parameters)
    }

    fn prime(&self) -> Option<&'static [u8]> {
        if let Some(group) = self.agreed.group {
            let named = NAMED.iter().find(|(number, _)| *number == group)?;
            return Some(named.1);
        }
        let bits = match self.agreed.anatomy.exchange {
            Exchange::DheExport => 512,
            Exchange::Dhe | Exchange::Rsa | Exchange::RsaExport | Exchange::Ecdhe => {
                self.server.dh_bits
            }
        };
        OWN.iter().copied().find(|prime| prime.len() * 8 == bits)
    }

    /// A signature in the form of the version (RFC 5246 §4.7); nothing where nobody signs.
    fn signature(&self) -> Vec<u8> {
        let (algorithm, length) = match self.agreed.anatomy.signer {
            Signer::Nobody => return Vec::new(),
            Signer::Rsa => (1, SIGNATURES.1),
            Signer::Ecdsa => (3, SIGNATURES.0),
        };
        let hash = if self.does(Extra::Sha1) { 2 } else { 4 };
        let scheme: &[u8] = if self.agreed.version >= TLS12 {
            &[hash, algorithm]
        } else {
            &[]
        };
        [scheme, &sized(2, &vec![0x22; length])].concat()
    }
}

/// A temporary modulus of 512 bits.
fn modulus() -> Vec<u8> {
    vec![0xc5; 64]
}

/// A fresh public key of this curve.
fn point(group: u16) -> Option<Vec<u8>> {
    let algorithm = match group {
        23 => &agreement::ECDH_P256,
        24 => &agreement::ECDH_P384,
        25 => &agreement::ECDH_P521,
        29 => &agreement::X25519,
        _ => return None,
    };
    let key = EphemeralPrivateKey::generate(algorithm, &SystemRandom::new()).ok()?;
    Some(key.compute_public_key().ok()?.as_ref().to_vec())
}

/// A signed certificate timestamp of version 1 (RFC 6962 §3.2) from the log with this number.
fn timestamp(log: u8) -> Vec<u8> {
    let head = [
        &[0][..],
        &[log; 32],
        &[0, 0, 1, 0x9a, 0, 0, 0, 0],
        &[0, 0, 4, 3],
    ]
    .concat();
    [head, sized(2, &[0x22; 70])].concat()
}
