//! The ways to the outside, and how long to wait on each.

use super::reach::Reach;
use super::{Circumstances, Collector};
use crate::derive::chain::TrustStore;
use crate::facts::vantage::{DnssecMode, Probe};
use crate::net::clock::Clock;
use crate::net::dial::Dial;
use crate::net::dns::direct::Direct;
use crate::net::dns::{Dns, DnsConfig, DnsError};
use crate::net::dnssec::anchors::TrustAnchors;
use crate::net::https::{Https, HttpsConfig};
use crate::net::pace::Pace;
use crate::net::smtp::{Smtp, SmtpConfig};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// How many questions may be under way at once: more at a time overflow the buffer of a resolver's socket.
const QUESTIONS_AT_ONCE: usize = 128;

/// Whom to ask and whom to trust.
#[derive(Debug)]
pub struct Ways {
    /// The resolvers, the first preferred.
    pub resolvers: Vec<SocketAddr>,
    /// Who judges the DNSSEC state.
    pub dnssec: DnssecMode,
    /// Where chains of trust of the DNS start.
    pub anchors: TrustAnchors,
    /// Which certification authorities are trusted.
    pub trust: TrustStore,
    /// Which sockets stand for the addresses.
    pub dial: Dial,
    /// Which addresses are connected to.
    pub reach: Reach,
    /// The name given in EHLO.
    pub ehlo_name: String,
    /// How much is asked of mail servers.
    pub probe: Probe,
    /// The mail servers that tell whether port 25 can be reached at all, such as [`super::CONTROL_HOSTS`].
    pub controls: Vec<String>,
    /// Where the time comes from.
    pub clock: Clock,
    /// How long to wait.
    pub patience: Patience,
}

/// How long to wait for what.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For one answer of a resolver.
    pub dns: Duration,
    /// How often a resolver is asked before silence counts as no answer.
    pub dns_attempts: u32,
    /// For a TCP connection.
    pub connect: Duration,
    /// For a mail server's greeting.
    pub greeting: Duration,
    /// For a reply, a handshake, or a whole HTTP answer.
    pub command: Duration,
    /// Between two connections to the same mail server.
    pub pause: Duration,
    /// Before a mail server is tried again that turned this client away; four times as long each further time.
    pub back_off: Duration,
}

impl Patience {
    /// As patient as a mail server that delivers, within reason (RFC 5321 §4.5.3.2).
    pub const fn of_a_sender(greeting: Duration) -> Self {
        Self {
            dns: Duration::from_secs(3),
            dns_attempts: 3,
            connect: Duration::from_secs(15),
            greeting,
            command: Duration::from_secs(30),
            pause: Duration::from_secs(1),
            back_off: Duration::from_secs(5),
        }
    }
}

impl Collector {
    /// A collector over these ways. Opens the sockets to the resolvers, so it has to be called in a
    /// runtime; that is also all that can go wrong.
    pub fn open(ways: Ways) -> Result<Self, DnsError> {
        let Ways {
            resolvers,
            dnssec,
            anchors,
            trust,
            dial,
            patience,
            ..
        } = ways;
        let circumstances = Circumstances {
            clock: ways.clock,
            resolvers: resolvers.iter().map(ToString::to_string).collect(),
            dnssec,
            reach: ways.reach,
            probe: ways.probe,
            ehlo_name: ways.ehlo_name.clone(),
            controls: ways.controls,
            back_off: patience.back_off,
        };
        let dns = Dns::start(DnsConfig {
            resolvers,
            mode: dnssec,
            anchors,
            clock: ways.clock,
            timeout: patience.dns,
            attempts: patience.dns_attempts,
            in_flight: QUESTIONS_AT_ONCE,
        })?;
        let direct = Direct::new(dial.clone(), patience.dns, patience.dns_attempts);
        let pace = Arc::new(Pace::new(patience.pause));
        let smtp = Smtp::new(SmtpConfig {
            connect_timeout: patience.connect,
            greeting_timeout: patience.greeting,
            command_timeout: patience.command,
            ..SmtpConfig::new(ways.ehlo_name, dial.clone(), pace)
        });
        let https = Https::new(HttpsConfig {
            connect_timeout: patience.connect,
            request_timeout: patience.command,
            ..HttpsConfig::new(dial)
        });
        Ok(Self::new(
            (dns, direct),
            smtp,
            https,
            Arc::new(trust),
            circumstances,
        ))
    }
}
