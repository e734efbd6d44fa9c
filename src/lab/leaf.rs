//! What certificates are wanted: good ones, and each kind of bad ones.

/// What certificate a server shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaf {
    /// For the host, from the trusted authority, with the intermediate.
    Good,
    /// Good, but for these names.
    Named(&'static [&'static str]),
    /// Good, but for the host name with `not` glued to its front.
    Substring,
    /// Ended ten days ago.
    Expired,
    /// Begins in five days.
    NotYetValid,
    SelfSigned,
    /// The host name stands in the subject only.
    CommonNameOnly,
    /// Good, but the intermediate is not sent.
    Incomplete,
    /// From the untrusted authority, with its root.
    Evil,
    /// From the untrusted authority, with a stranger's self-signed certificate before its root.
    EvilDecoy,
    /// Good where the client sends the host name as SNI, else for another name.
    SniDependent,
    /// Good, with a hundred certificates.
    LongChain,
    /// Good, but the key may not sign handshakes (RFC 5280 §4.2.1.3).
    WithoutDigitalSignature,
    /// Good, but for clients only (RFC 5280 §4.2.1.12).
    WithoutServerAuth,
    /// Good, but the certificate may issue others (RFC 5280 §4.2.1.9).
    Authority,
    /// Good, and for 900 days.
    LongLived,
    /// Signed with SHA-1, says its algorithm. Nobody verifies that any more, so the signature is none.
    Sha1,
    /// Good, with the root before the intermediate.
    WrongOrder,
    /// Good, with the root behind the intermediate.
    WithRoot,
}

/// Where a certificate says that revocations are listed, and what the list says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Crl {
    /// It says nothing.
    None,
    /// It is not on the list.
    Good,
    /// It is on the list.
    Revoked,
    /// The list should have been replaced yesterday.
    Stale,
    /// There is no list at the address.
    Gone,
}

/// Where the lists of the intermediate are.
pub(crate) const LIST: &str = "/intermediate.crl";
pub(crate) const STALE_LIST: &str = "/stale.crl";

impl Crl {
    pub(crate) const fn url(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Good | Self::Revoked => Some("http://crl.mail.test/intermediate.crl"),
            Self::Stale => Some("http://crl.mail.test/stale.crl"),
            Self::Gone => Some("http://crl.mail.test/gone.crl"),
        }
    }
}

impl Leaf {
    /// From and until when it is valid, in days from now.
    pub(crate) const fn days(self) -> (i64, i64) {
        match self {
            Self::Expired => (-100, -10),
            Self::NotYetValid => (5, 95),
            Self::LongLived => (-10, 890),
            Self::Good
            | Self::Named(_)
            | Self::Substring
            | Self::SelfSigned
            | Self::CommonNameOnly
            | Self::Incomplete
            | Self::Evil
            | Self::EvilDecoy
            | Self::SniDependent
            | Self::LongChain
            | Self::WithoutDigitalSignature
            | Self::WithoutServerAuth
            | Self::Authority
            | Self::Sha1
            | Self::WrongOrder
            | Self::WithRoot => (-10, 80),
        }
    }
}

/// A certificate that is wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Order<'a> {
    pub(crate) host: &'a str,
    pub(crate) leaf: Leaf,
    pub(crate) staple: Staple,
    pub(crate) crl: Crl,
    /// Whether for the RSA key that all servers share, else for an ECDSA key of its own.
    pub(crate) rsa: bool,
}

/// What revocation statement a server staples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Staple {
    None,
    Good,
    Revoked,
}
