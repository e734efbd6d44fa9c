//! An old or badly set-up TLS server as data, and how it decides what to answer.

use super::flight::{self, Flight};
use super::hello::{Hello, SSL30, TLS12, TLS13};
use super::suites::{Anatomy, Cipher, Exchange, anatomy};
use super::{HANDSHAKE_FAILURE, PROTOCOL_VERSION, Sound};

/// What an answer to the greeting may carry, where the client asked for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extra {
    /// RFC 7627.
    ExtendedMasterSecret,
    /// RFC 5746.
    SecureRenegotiation,
    /// RFC 7366.
    EncryptThenMac,
    /// RFC 6520.
    Heartbeat,
    /// RFC 5077.
    SessionTicket,
    /// Compression by DEFLATE (RFC 3749).
    Compression,
    /// Two signed certificate timestamps (RFC 6962 §3.3.1).
    Timestamps,
    /// Signatures by SHA-1 in TLS 1.2, whatever else the client takes.
    Sha1,
}

/// How the server turns down a greeting that it has no answer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// With the alert that fits.
    Alert,
    /// It closes the connection without a word, as Exchange does.
    Close,
}

/// A server that is not as rustls is. Greetings that rustls can finish for it are handed to rustls;
/// all others get a canned first flight or a refusal. TLS 1.3 is always rustls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Legacy {
    pub(crate) versions: &'static [u16],
    /// The suites below TLS 1.3, best first.
    pub(crate) suites: &'static [u16],
    /// Whether its own order decides, not the client's.
    pub(crate) server_order: bool,
    /// The groups, best first. One of RFC 7919 gives the prime of suites with DHE.
    pub(crate) groups: &'static [u16],
    /// The size of its own prime for DHE, where no group of RFC 7919 is listed: 512, 1024 or 2048.
    pub(crate) dh_bits: usize,
    pub(crate) extras: &'static [Extra],
    pub(crate) refusal: Refusal,
}

/// What rustls does below TLS 1.3.
const AS_RUSTLS: &[Extra] = &[Extra::ExtendedMasterSecret, Extra::SecureRenegotiation];

/// What becomes of a greeting.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// rustls answers it.
    Sound,
    /// These bytes answer it, and the server waits for more.
    Flight(Vec<u8>),
    /// A fatal alert.
    Alert(u8),
    Close,
}

/// What the server would agree on.
pub(crate) struct Agreed {
    pub(crate) version: u16,
    pub(crate) suite: u16,
    pub(crate) anatomy: Anatomy,
    /// The group, where the key exchange has one.
    pub(crate) group: Option<u16>,
}

impl Legacy {
    /// A server of versions from 1.0 to 1.3 that has nothing wrong but that.
    pub(crate) const GOOD: Self = Self {
        versions: &[0x0301, 0x0302, TLS12, TLS13],
        suites: &[0xc02c, 0xc02b, 0xcca9, 0xc00a, 0xc009],
        server_order: true,
        groups: &[29, 23, 24],
        dh_bits: 2048,
        extras: AS_RUSTLS,
        refusal: Refusal::Alert,
    };

    /// How rustls has to be set up to play its part.
    pub(crate) const fn sound(&self) -> Sound {
        Sound {
            versions: self.versions,
            suites: Some(self.suites),
            groups: Some(self.groups),
            server_order: self.server_order,
            early_data: 0,
        }
    }

    /// What becomes of a greeting, with this chain to show.
    pub(crate) fn answer(&self, hello: &Hello, chain: &[Vec<u8>]) -> Verdict {
        let offered = self
            .versions
            .iter()
            .filter(|version| hello.offers(**version));
        let Some(version) = offered.max().copied() else {
            return self.refuse(PROTOCOL_VERSION);
        };
        if version == TLS13 {
            return Verdict::Sound;
        }
        let Some(agreed) = self.agree(hello, version) else {
            return self.refuse(HANDSHAKE_FAILURE);
        };
        // Who offers TLS 1.3 wants to finish; who does not may be looking for weaknesses.
        let alike = self.extras == AS_RUSTLS || hello.offers(TLS13);
        if version == TLS12 && agreed.anatomy.is_sound() && alike {
            return Verdict::Sound;
        }
        let flight = Flight {
            server: self,
            hello,
            agreed: &agreed,
        };
        match flight.bytes(chain) {
            Some(bytes) => Verdict::Flight(bytes),
            None => self.refuse(HANDSHAKE_FAILURE),
        }
    }

    const fn refuse(&self, alert: u8) -> Verdict {
        match self.refusal {
            Refusal::Alert => Verdict::Alert(alert),
            Refusal::Close => Verdict::Close,
        }
    }

    /// The suite and group that both sides like, in this version.
    fn agree(&self, hello: &Hello, version: u16) -> Option<Agreed> {
        self.common(self.suites, &hello.suites)
            .into_iter()
            .find_map(|suite| {
                let anatomy = anatomy(suite)?;
                if anatomy.cipher == Cipher::Modern && version < TLS12 {
                    return None;
                }
                // Elliptic curves came with TLS (RFC 8422 §5.1).
                if anatomy.exchange == Exchange::Ecdhe && version == SSL30 {
                    return None;
                }
                let group = match anatomy.exchange {
                    Exchange::Ecdhe => Some(self.curve(hello)?),
                    Exchange::Dhe => flight::named_prime(self.groups),
                    Exchange::Rsa | Exchange::RsaExport | Exchange::DheExport => None,
                };
                Some(Agreed {
                    version,
                    suite,
                    anatomy,
                    group,
                })
            })
    }

    /// The curve that both sides like; the server's best where the client lists none (RFC 8422 §4).
    fn curve(&self, hello: &Hello) -> Option<u16> {
        let curves = |group: &u16| *group < 256;
        let ours: Vec<u16> = self.groups.iter().copied().filter(curves).collect();
        match hello.groups() {
            Some(theirs) => self.common(&ours, &theirs).first().copied(),
            None => ours.first().copied(),
        }
    }

    /// What is in both lists, in the order of who decides.
    fn common(&self, ours: &[u16], theirs: &[u16]) -> Vec<u16> {
        let (first, second) = if self.server_order {
            (ours, theirs)
        } else {
            (theirs, ours)
        };
        let shared = first.iter().copied();
        shared.filter(|number| second.contains(number)).collect()
    }
}
