//! Whether a provider insists on security where others ask for it: what it did at mail servers that are
//! faulty on purpose.

use super::super::observed::Observed;
use super::super::timestamp::Timestamp;
use super::OutboundTls;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// What was seen at the probes, and what follows; the latter is derived.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Enforcement {
    /// When the first probe was told to the provider.
    pub started: Timestamp,
    /// For how many seconds was waited.
    pub waited_seconds: u64,
    /// What came of each probe.
    pub probes: Vec<Probe>,
    /// Whether TLS is used where it is offered; derived.
    pub uses_tls: Observed<bool>,
    /// Whether servers without STARTTLS get the message in clear text; derived.
    pub delivers_in_clear: Observed<bool>,
    /// Whether a certificate that nothing but the public authorities could vouch for is refused where it is wrong, though nobody asks for it; derived.
    pub validates_certificates: Observed<bool>,
    /// Whether a server that does not fit its TLSA records is refused (RFC 7672 §2.2); derived.
    pub enforces_dane: Observed<bool>,
    /// Whether a server that does not fit an enforced MTA-STS policy is refused (RFC 8461 §5); derived.
    pub enforces_mta_sts: Observed<bool>,
    /// How the provider delivers on the whole; derived.
    pub level: EnforcementLevel,
}

/// How a provider delivers on the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EnforcementLevel {
    /// Too little is known.
    Unknown,
    /// In clear text, even where TLS is offered.
    Clear,
    /// With TLS where it is offered, to whoever answers (RFC 7435).
    Opportunistic,
    /// Held to what the receiver publishes: DANE, MTA-STS or both.
    Published,
    /// With a valid certificate or not at all, whatever the receiver publishes.
    Validated,
}

/// One mail domain whose server is set up in one way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Probe {
    /// How the server is set up.
    pub posture: Posture,
    /// The mail domain.
    pub domain: String,
    /// Whether a message arrived. Absent: it did not in the time, though a control message did. Unknown where no control message arrived.
    pub delivered: Observed<Delivery>,
    /// The connections that came to the probe's address, oldest first, 32 at most.
    pub attempts: Vec<Attempt>,
}

/// How a message arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// Over TLS.
    Tls,
    /// In clear text.
    Clear,
}

/// One connection to a probe.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Attempt {
    /// When it began.
    pub at: Timestamp,
    /// From where.
    pub ip: IpAddr,
    /// The TLS handshake; absent where the client did not ask for one, unknown where it broke off.
    pub tls: Observed<OutboundTls>,
    /// How far it came.
    pub end: AttemptEnd,
    /// The alert that the client sent by the name of RFC 8446 §6, such as `bad_certificate`; empty where it sent none.
    #[serde(default)]
    pub alert: String,
}

/// How far a connection came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AttemptEnd {
    /// A message was taken.
    Delivered,
    /// The client left once it had seen what is offered, before any handshake.
    LeftAfterEhlo,
    /// The handshake failed.
    HandshakeFailed,
    /// The client left after a handshake that succeeded, and before MAIL FROM.
    LeftAfterHandshake,
    /// The client left later, without a message, or the server sent it away before it could show what it would do.
    LeftLater,
}

/// How the server of a probe is set up.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Posture {
    /// STARTTLS with a certificate that public authorities vouch for.
    Good,
    /// A certificate that nobody vouches for.
    SelfSigned,
    /// A trusted certificate of another name.
    WrongName,
    /// A certificate that has ended.
    Expired,
    /// TLSA records that the certificate fits, though no authority vouches for it.
    DaneValid,
    /// TLSA records that the certificate does not fit, though it is trusted.
    DaneMismatch,
    /// No STARTTLS.
    NoStarttls,
    /// An enforced MTA-STS policy that the certificate fits.
    MtaStsValid,
    /// An enforced MTA-STS policy that the certificate does not fit.
    MtaStsMismatch,
}

impl Posture {
    /// All postures, in the order in which they are shown. The first is the control.
    pub const ALL: [Self; 9] = [
        Self::Good,
        Self::SelfSigned,
        Self::WrongName,
        Self::Expired,
        Self::DaneValid,
        Self::DaneMismatch,
        Self::NoStarttls,
        Self::MtaStsValid,
        Self::MtaStsMismatch,
    ];

    /// The name, which is also the first label of the probe's domain.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::SelfSigned => "self-signed",
            Self::WrongName => "wrong-name",
            Self::Expired => "expired",
            Self::DaneValid => "dane-valid",
            Self::DaneMismatch => "dane-mismatch",
            Self::NoStarttls => "no-starttls",
            Self::MtaStsValid => "mta-sts-valid",
            Self::MtaStsMismatch => "mta-sts-mismatch",
        }
    }
}
