//! What was observed of one mail domain: plain data, and the dictionary that policy authors read.
//!
//! [`Facts`] is one complete, replayable document a target. Nothing here fetches, parses or judges:
//! `records` reads text into these types, `collect` fills them, `derive` completes them and `policy`
//! asks them. Every field's comment becomes an entry of `docs/facts.md`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub mod bimi;
pub mod caa;
pub mod certificate;
pub mod dangling;
pub mod defect;
pub mod delivery;
pub mod dkim;
pub mod dmarc;
pub mod dns;
pub mod mta_sts;
pub mod mx;
pub mod observed;
pub mod outbound;
pub mod reported;
pub mod smtp;
pub mod spf;
pub mod target;
pub mod timestamp;
pub mod tls;
pub mod tls_rpt;
pub mod tlsa;
pub mod vantage;
pub mod zone;

use bimi::Bimi;
use caa::CaaHost;
use dangling::DanglingName;
use delivery::Delivery;
use dkim::Dkim;
use dmarc::Dmarc;
use mta_sts::MtaSts;
use mx::Mx;
use observed::Observed;
use outbound::OutboundObservation;
use outbound::enforcement::Enforcement;
use reported::Reported;
use spf::Spf;
use target::Target;
use tls_rpt::TlsRpt;
use vantage::Vantage;
use zone::Zone;

/// The schema that this version writes. Another major number is refused, a new optional field is not.
pub const SCHEMA: &str = "waxseal.facts/1";

/// The fact document of one target: everything that rules may read, complete before any rule runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Facts {
    /// Name and major version of this document's schema: `waxseal.facts/1`.
    pub schema: String,
    /// The mail domain that was asked about.
    pub target: Target,
    /// From where, when and with what the observations were made.
    pub vantage: Vantage,
    /// The DNS zone that holds the target and how far its names are signed.
    pub zone: Zone,
    /// Who receives mail for the target (RFC 5321 §5.1), and what each server showed.
    pub mx: Mx,
    /// Who may send in the target's name (RFC 7208).
    pub spf: Spf,
    /// What receivers are asked to do with mail that does not authenticate (RFC 9989).
    pub dmarc: Dmarc,
    /// Which signing keys are published (RFC 6376).
    pub dkim: Dkim,
    /// Whether senders are told to insist on authenticated TLS (RFC 8461).
    pub mta_sts: MtaSts,
    /// Where senders report failed TLS deliveries (RFC 8460).
    pub tls_rpt: TlsRpt,
    /// Which indicator the target asks mail programs to show beside its mail (BIMI).
    #[serde(default)]
    pub bimi: Bimi,
    /// Which authorities may issue certificates for the target, its mail servers and its MTA-STS policy host (RFC 8659). A mail server that is the target itself stands as the target.
    #[serde(default)]
    pub caa: Vec<CaaHost>,
    /// The names that records of the target point to and that do not exist; derived, but for whether they can be registered.
    #[serde(default)]
    pub dangling: Vec<DanglingName>,
    /// What was seen of messages that the target's provider delivered. Empty: none was observed yet.
    #[serde(default)]
    pub outbound: Vec<OutboundObservation>,
    /// What the target's provider did at mail servers that are faulty on purpose. Unknown: it was not tried.
    #[serde(default = "Observed::<Enforcement>::unobserved")]
    pub enforcement: Observed<Enforcement>,
    /// What receivers reported about mail in the target's name and about deliveries to it, as far as reports were read.
    #[serde(default)]
    pub reported: Reported,
    /// Who can deliver: what comes of mail to the target, by what its sender does for encryption; derived.
    #[serde(default)]
    pub delivery: Delivery,
}
