//! From where, when and with what the observations were made.

use super::timestamp::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// The circumstances that another observer would need in order to see the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Vantage {
    /// When the observation began. Rules that speak of "now" mean this time.
    pub started: Timestamp,
    /// How long the observation took, in milliseconds.
    pub duration_milliseconds: u64,
    /// The version of waxseal that observed.
    pub waxseal: String,
    /// The resolvers that were asked, as address and port.
    pub resolvers: Vec<String>,
    /// Who judged the DNSSEC state: waxseal itself or the resolver.
    pub dnssec: DnssecMode,
    /// Whether this host can open connections over IPv4.
    pub ipv4: bool,
    /// Whether this host can open connections over IPv6.
    pub ipv6: bool,
    /// Whether connections to port 25 leave this network.
    pub smtp_egress: SmtpEgress,
    /// How much was asked of mail servers.
    pub probe: Probe,
    /// Which certification authorities were trusted, such as `mozilla`.
    pub trust_store: String,
    /// The name that waxseal gave in EHLO.
    pub ehlo_name: String,
    /// Whether this was a lab, where addresses set aside for documentation stand for public ones.
    #[serde(default)]
    pub lab: bool,
}

/// Who judged the DNSSEC state of answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DnssecMode {
    /// waxseal followed the chain of trust itself (RFC 4035 §5).
    #[default]
    Validate,
    /// The resolver's AD flag was believed (RFC 4035 §3.2.3).
    TrustAd,
}

/// What is known about connections to port 25 from here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SmtpEgress {
    /// At least one mail server answered.
    Open,
    /// No mail server of this target answered, nor was it found out whether this network lets such connections out.
    Unproven,
    /// No mail server answered, and none of the control hosts, which always do: this network lets no such connections out.
    Blocked,
    /// No mail server was tried.
    Untested,
}

/// How much is asked of the servers of strangers.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Probe {
    /// One session an address.
    Gentle,
    /// At most five short sessions, one after the other.
    #[default]
    Standard,
    /// All that can be found out: every authoritative name server is asked, BIMI files are fetched.
    Deep,
}

impl Probe {
    /// The name under which it stands in documents and options.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gentle => "gentle",
            Self::Standard => "standard",
            Self::Deep => "deep",
        }
    }
}

impl FromStr for Probe {
    type Err = &'static str;

    fn from_str(word: &str) -> Result<Self, &'static str> {
        match word {
            "gentle" => Ok(Self::Gentle),
            "standard" => Ok(Self::Standard),
            "deep" => Ok(Self::Deep),
            _ => Err("it is gentle, standard or deep"),
        }
    }
}
