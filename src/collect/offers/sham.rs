//! A server of TLS that is no more than its choices.

use super::prober::Server;
use crate::facts::tls::TlsVersion;
use crate::net::tcp::Failure;
use crate::net::tls::hello::{ClientHello, End, EphemeralKey, Flight, ServerHello, extension};
use crate::net::tls::names::{self, family};
use std::sync::Mutex;

/// What the server takes, how it refuses, and what it was asked.
#[derive(Debug)]
pub(super) struct Sham {
    pub(super) versions: Vec<TlsVersion>,
    pub(super) suites: Vec<&'static str>,
    pub(super) own_order: bool,
    pub(super) groups: Vec<&'static str>,
    /// The group of the key exchange in a finite field, and its bits.
    pub(super) field: (&'static str, u32),
    /// The curve of an ECDSA certificate.
    pub(super) curve: Option<&'static str>,
    /// The answer to versions that it does not take.
    pub(super) refusal: End,
    /// The extensions that it sends below TLS 1.3.
    pub(super) extensions: Vec<(u16, Vec<u8>)>,
    /// From the hello with this number on no session comes about.
    pub(super) fails: Option<(usize, Failure)>,
    pub(super) heard: Mutex<Vec<ClientHello>>,
}

impl Sham {
    /// A server of today: TLS 1.2 and 1.3.
    pub(super) fn modern() -> Self {
        Self {
            versions: vec![TlsVersion::Tls13, TlsVersion::Tls12],
            suites: vec![
                "TLS_AES_256_GCM_SHA384",
                "TLS_AES_128_GCM_SHA256",
                "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
                "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            ],
            own_order: true,
            groups: vec!["X25519MLKEM768", "x25519", "secp256r1"],
            field: ("DH 2048", 2048),
            curve: None,
            refusal: End::Alert(70),
            extensions: vec![
                (extension::EXTENDED_MASTER_SECRET, Vec::new()),
                (extension::RENEGOTIATION_INFO, vec![0]),
            ],
            fails: None,
            heard: Mutex::default(),
        }
    }

    fn serves(&self, hello: &ClientHello, version: TlsVersion, name: &str) -> bool {
        let modern = version == TlsVersion::Tls13;
        if modern != family::is_tls13(name)
            || version < TlsVersion::Tls12 && family::needs_tls12(name)
        {
            return false;
        }
        let certified = self.curve.is_none_or(|curve| {
            let curve = names::group_code(curve).unwrap();
            !family::is_ecdsa(name) || hello.groups.contains(&curve)
        });
        let grouped = modern || family::sends_curve(name);
        certified && (!grouped || self.group(hello).is_some())
    }

    fn group(&self, hello: &ClientHello) -> Option<u16> {
        let own = self
            .groups
            .iter()
            .map(|name| names::group_code(name).unwrap());
        let own: Vec<u16> = own.collect();
        hello
            .groups
            .iter()
            .copied()
            .find(|group| own.contains(group))
    }

    fn suite(&self, hello: &ClientHello, version: TlsVersion) -> Option<u16> {
        let own = self
            .suites
            .iter()
            .filter(|name| self.serves(hello, version, name));
        let own: Vec<u16> = own.map(|name| names::suite_code(name).unwrap()).collect();
        let (first, second) = if self.own_order {
            (&own, &hello.suites)
        } else {
            (&hello.suites, &own)
        };
        first.iter().copied().find(|suite| second.contains(suite))
    }

    fn respond(&self, hello: &ClientHello) -> Flight {
        let modern = hello.version == TlsVersion::Tls13;
        let mut versions = self.versions.iter().copied();
        let version = versions
            .find(|version| *version <= hello.version && modern == (*version == TlsVersion::Tls13));
        let Some(version) = version else {
            return ended(self.refusal.clone());
        };
        let Some(suite) = self.suite(hello, version) else {
            return ended(End::Alert(40));
        };
        let name = names::suite(suite);
        let mut extensions = self.extensions.clone();
        let mut key = None;
        if modern {
            let share = self.group(hello).unwrap().to_be_bytes().to_vec();
            extensions = vec![(extension::KEY_SHARE, share)];
        } else if family::sends_curve(&name) {
            key = self.group(hello).map(EphemeralKey::Curve);
        } else if family::sends_prime(&name) {
            let (name, bits) = self.field;
            key = Some(EphemeralKey::Field {
                name: name.to_owned(),
                bits,
            });
        }
        if !family::is_cbc(&name) {
            extensions.retain(|(kind, _)| *kind != extension::ENCRYPT_THEN_MAC);
        }
        Flight {
            hello: Some(ServerHello {
                version: Some(version),
                suite,
                compression: 0,
                retry: modern,
                extensions,
            }),
            key,
            scheme: (version == TlsVersion::Tls12).then_some(0x0804),
            ..ended(End::Whole)
        }
    }
}

fn ended(end: End) -> Flight {
    Flight {
        hello: None,
        chain: Vec::new(),
        staple: Vec::new(),
        key: None,
        scheme: None,
        end,
    }
}

impl Server for Sham {
    async fn answer(&self, hello: &ClientHello) -> Result<Flight, Failure> {
        let number = {
            let mut heard = self.heard.lock().unwrap();
            heard.push(hello.clone());
            heard.len()
        };
        match &self.fails {
            Some((from, failure)) if number >= *from => Err(failure.clone()),
            Some(_) | None => Ok(self.respond(hello)),
        }
    }
}
