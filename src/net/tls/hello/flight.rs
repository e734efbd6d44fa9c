//! What a server answers to a hello: its first flight, as far as it can be read without keys.

use crate::facts::tls::TlsVersion;

/// The numbers of extensions (TLS `ExtensionType` values).
pub mod extension {
    /// RFC 6066 §3.
    pub const SERVER_NAME: u16 = 0;
    /// RFC 6066 §8.
    pub const STATUS_REQUEST: u16 = 5;
    /// RFC 8446 §4.2.7.
    pub const SUPPORTED_GROUPS: u16 = 10;
    /// RFC 8422 §5.1.2.
    pub const EC_POINT_FORMATS: u16 = 11;
    /// RFC 8446 §4.2.3.
    pub const SIGNATURE_ALGORITHMS: u16 = 13;
    /// RFC 6520 §2.
    pub const HEARTBEAT: u16 = 15;
    /// RFC 6962 §3.3.1.
    pub const SIGNED_CERTIFICATE_TIMESTAMP: u16 = 18;
    /// RFC 7366 §2.
    pub const ENCRYPT_THEN_MAC: u16 = 22;
    /// RFC 7627 §5.1.
    pub const EXTENDED_MASTER_SECRET: u16 = 23;
    /// RFC 5077 §3.2.
    pub const SESSION_TICKET: u16 = 35;
    /// RFC 8446 §4.2.1.
    pub const SUPPORTED_VERSIONS: u16 = 43;
    /// RFC 8446 §4.2.9.
    pub const PSK_KEY_EXCHANGE_MODES: u16 = 45;
    /// RFC 8446 §4.2.8.
    pub const KEY_SHARE: u16 = 51;
    /// RFC 5746 §3.2.
    pub const RENEGOTIATION_INFO: u16 = 0xff01;
}

/// The first flight of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flight {
    /// What the server chose; none where it sent no hello.
    pub hello: Option<ServerHello>,
    /// The certificates as sent, the server's own first; none in TLS 1.3, which encrypts them.
    pub chain: Vec<Vec<u8>>,
    /// The stapled OCSP response; empty where none came.
    pub staple: Vec<u8>,
    /// The key that the server made for this connection; none where the suite has none, or it was not shown.
    pub key: Option<EphemeralKey>,
    /// The signature scheme of that key; none before TLS 1.2 and for anonymous suites.
    pub scheme: Option<u16>,
    /// How the flight ended.
    pub end: End,
}

/// The hello of a server, or in TLS 1.3 its request for another hello, which says the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerHello {
    /// The version, as `supported_versions` says or the hello itself; none where it is no version of TLS.
    pub version: Option<TlsVersion>,
    /// The cipher suite.
    pub suite: u16,
    /// The compression method, 0 for none.
    pub compression: u8,
    /// Whether this is a `HelloRetryRequest` (RFC 8446 §4.1.4).
    pub retry: bool,
    /// The extensions: number and content, in the order in which they came.
    pub extensions: Vec<(u16, Vec<u8>)>,
}

/// A public key of the server for one connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EphemeralKey {
    /// On a named curve, by its number.
    Curve(u16),
    /// In a finite field.
    Field {
        /// The name of the group: registered, or `DH` and the bits.
        name: String,
        /// The bits of the prime.
        bits: u32,
    },
}

/// How a flight ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// With all that a server says before it waits for the client.
    Whole,
    /// With an alert, by its number.
    Alert(u8),
    /// The server closed the connection.
    Closed,
    /// Nothing more came in time.
    TimedOut,
    /// More bytes came than are read.
    TooLong,
    /// With bytes that are no TLS.
    Malformed(&'static str),
}

impl ServerHello {
    /// The content of an extension.
    pub fn extension(&self, kind: u16) -> Option<&[u8]> {
        let known = self.extensions.iter().find(|(known, _)| *known == kind);
        known.map(|(_, content)| content.as_slice())
    }
}

impl Flight {
    /// The group of the key exchange: as the server's key shows it, or as TLS 1.3 names it.
    pub fn group(&self) -> Option<u16> {
        match &self.key {
            Some(EphemeralKey::Curve(group)) => Some(*group),
            Some(EphemeralKey::Field { name, .. }) => super::super::names::group_code(name),
            None => {
                let share = self.hello.as_ref()?.extension(extension::KEY_SHARE)?;
                super::bytes::Bytes(share).short()
            }
        }
    }

    /// How many signed certificate timestamps came in the hello (RFC 6962 §3.3.1).
    pub fn timestamps(&self) -> u32 {
        let kind = extension::SIGNED_CERTIFICATE_TIMESTAMP;
        let list = self.hello.as_ref().and_then(|hello| hello.extension(kind));
        let list = list.and_then(|content| super::bytes::Bytes(content).vector(2));
        let mut list = super::bytes::Bytes(list.unwrap_or_default());
        let mut count = 0;
        while list.vector(2).is_some() {
            count += 1;
        }
        count
    }
}
