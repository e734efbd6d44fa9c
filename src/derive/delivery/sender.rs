//! What each kind of sender does at one address of a server.
//!
//! * **Plain**: clear text at every address that answers, for a public server must take it (RFC 3207 §4).
//! * **Opportunistic**: encrypted where STARTTLS is offered and a handshake succeeds, whatever the certificate;
//!   clear text where it is not offered (RFC 7435 §3, RFC 3207 §4). Where STARTTLS is taken and the handshake
//!   fails, senders differ; Postfix (`smtp_tls_security_level = may`) falls back to clear text, and so it stands.
//! * **MTA-STS** (RFC 8461 §4, §5): with mode `enforce` the server's name must fit the policy and its certificate
//!   must prove that name by a public authority; otherwise the sender does not deliver there. With mode `testing`
//!   or `none`, or without a policy, as opportunistic. Where the policy can't be fetched too, but a sender that
//!   holds one from before acts on that (RFC 8461 §3.3).
//! * **DANE** (RFC 7672 §2.2): with secure TLSA records that can be used, the chain must match one, otherwise the
//!   sender does not deliver there. Where none can be used, TLS must come about, unauthenticated. Without secure
//!   records as opportunistic. Where a lookup fails or does not validate, the sender does not deliver
//!   (RFC 7672 §2.1.1). If the MX records are not signed, an attacker can name another server, to which a chain
//!   that matches proves nothing: encrypted, not authenticated (RFC 7672 §2.2.1). Senders may then also leave DANE
//!   aside (Postfix `smtp_tls_dane_insecure_mx_policy`); its default holds the server to the records.
//! * **Both**: MTA-STS must not set a failed DANE validation aside (RFC 8461 §2), so DANE decides where it
//!   authenticates or refuses. Where its answer authenticates nothing, since no record can be used or the MX
//!   records are not signed, both have to hold. Where DANE does not apply, MTA-STS decides.

use super::prospect::{Prospect, Way};
use super::told;
use crate::derive::mta_sts::matches;
use crate::facts::dns::{Answer, DnssecState};
use crate::facts::mta_sts::{MtaSts, StsMode};
use crate::facts::mx::{MxAddress, MxHost};
use crate::facts::observed::{Cause, Observed};
use crate::facts::tls::Tls;
use crate::facts::tlsa::DaneVerdict;
use std::net::IpAddr;

/// The kinds of sender, in the order of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Plain,
    Opportunistic,
    MtaSts,
    Dane,
    Both,
}

impl Kind {
    /// All of them.
    pub(super) const ALL: [Self; 5] = [
        Self::Plain,
        Self::Opportunistic,
        Self::MtaSts,
        Self::Dane,
        Self::Both,
    ];

    /// Whether the sender validates what the DNS says.
    pub(super) const fn does_dane(self) -> bool {
        matches!(self, Self::Dane | Self::Both)
    }
}

/// What a sender that does MTA-STS knows of the domain.
pub(super) enum Sts {
    /// The policy holds servers to these patterns.
    Enforce(Vec<String>),
    /// The sender delivers as if it did opportunistic TLS, for this reason.
    Lenient(String),
    /// It was not looked at, or the record's lookup failed: a policy may be there.
    Unknown(String),
}

impl Sts {
    /// The policy in effect (RFC 8461 §3.3, §5).
    pub(super) fn of(sts: &MtaSts) -> Self {
        match (&sts.mode, sts.policy.value()) {
            (
                Observed::Present {
                    value: StsMode::Enforce,
                },
                Some(policy),
            ) => Self::Enforce(policy.mx.clone()),
            (
                Observed::Present {
                    value: StsMode::Testing,
                },
                _,
            ) => Self::Lenient(
                "the MTA-STS policy is in testing, failures are only reported".to_owned(),
            ),
            (
                Observed::Present {
                    value: StsMode::None,
                },
                _,
            ) => Self::Lenient("the MTA-STS policy has mode none".to_owned()),
            (Observed::Absent { .. } | Observed::Present { .. }, _) => {
                Self::Lenient("no MTA-STS policy".to_owned())
            }
            (Observed::Unknown { cause, detail }, _) => {
                let announced = sts.record.value().is_some_and(|record| record.valid);
                let why = told(*cause, detail);
                if announced && *cause != Cause::NotAttempted {
                    Self::Lenient(format!(
                        "the MTA-STS policy can't be fetched ({why}); a sender that holds one from before acts on that"
                    ))
                } else {
                    Self::Unknown(format!("whether MTA-STS is announced is not known ({why})"))
                }
            }
        }
    }
}

/// What was seen at one address.
enum Seen<'a> {
    /// A handshake that came to its end.
    Encrypted(&'a Tls),
    /// SMTP without STARTTLS.
    Unencrypted,
    /// STARTTLS is taken, and no handshake succeeds.
    Broken(String),
    /// SMTP, and nothing known of TLS.
    Half(String),
    /// Nobody takes mail there.
    Gone,
    /// Nothing.
    Nothing(String),
}

impl<'a> Seen<'a> {
    fn of(address: &'a MxAddress) -> Self {
        let session = match &address.session {
            Observed::Present { value } => value,
            Observed::Absent { .. }
            | Observed::Unknown {
                cause: Cause::ConnectionRefused,
                ..
            } => return Self::Gone,
            Observed::Unknown { cause, detail } => return Self::Nothing(told(*cause, detail)),
        };
        match (&session.starttls, &session.tls) {
            (_, Observed::Present { value }) => Self::Encrypted(value),
            (Observed::Absent { .. }, _) => Self::Unencrypted,
            (
                Observed::Present { .. } | Observed::Unknown { .. },
                Observed::Absent { detail, .. },
            ) => Self::Broken(detail.clone()),
            (_, Observed::Unknown { cause, detail }) => Self::Half(told(*cause, detail)),
        }
    }
}

/// What DANE is to one server.
enum Secured {
    /// Senders hold each address to the records.
    Records,
    /// TLS without authentication.
    Unusable,
    /// It does not apply.
    Not,
    /// The lookup fails for every sender.
    Failed,
    /// The lookup failed here.
    Open,
}

/// One server, before a kind of sender comes.
pub(super) struct Server<'a> {
    host: &'a MxHost,
    signed: bool,
    sts: &'a Sts,
    addresses: Vec<(String, IpAddr, Seen<'a>)>,
    /// Why there may be addresses that were not seen.
    lost: Option<String>,
}

impl<'a> Server<'a> {
    /// `signed` says whether the MX records are secure.
    pub(super) fn new(host: &'a MxHost, signed: bool, sts: &'a Sts) -> Self {
        let mut addresses: Vec<(String, IpAddr, Seen<'a>)> = host
            .addresses
            .iter()
            .map(|one| (one.ip.to_string(), one.ip, Seen::of(one)))
            .collect();
        let v4 = host
            .a
            .value()
            .into_iter()
            .flatten()
            .copied()
            .map(IpAddr::V4);
        let v6 = host.aaaa.value().into_iter().flatten().copied();
        for ip in v4.chain(v6.map(IpAddr::V6)) {
            if !addresses.iter().any(|(_, known, _)| *known == ip) {
                let why = "this host has no route to such addresses".to_owned();
                addresses.push((ip.to_string(), ip, Seen::Nothing(why)));
            }
        }
        let lost = failed("A", &host.a).or_else(|| failed("AAAA", &host.aaaa));
        Self {
            host,
            signed,
            sts,
            addresses,
            lost,
        }
    }

    /// What becomes of a message of this kind of sender at this server.
    pub(super) fn prospect(&self, kind: Kind) -> Prospect {
        let mut prospects: Vec<(&str, Prospect)> = self
            .addresses
            .iter()
            .map(|(name, ip, seen)| (name.as_str(), self.at(kind, *ip, seen)))
            .collect();
        if let Some(why) = &self.lost {
            let unseen = Seen::Nothing(why.clone());
            let nowhere = IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED);
            prospects.push(("other addresses", self.at(kind, nowhere, &unseen)));
        }
        if prospects.is_empty() {
            return Prospect::certain(Way::Not, "it has no address");
        }
        let parts: Vec<(&str, &Prospect)> =
            prospects.iter().map(|(name, one)| (*name, one)).collect();
        Prospect::any_of(&parts, false)
    }

    fn at(&self, kind: Kind, ip: IpAddr, seen: &Seen<'_>) -> Prospect {
        match kind {
            Kind::Plain => plain(seen),
            Kind::Opportunistic => opportunistic(seen),
            Kind::MtaSts => self.sts(seen),
            Kind::Dane => self.dane(ip, seen),
            Kind::Both => self.both(ip, seen),
        }
    }

    fn sts(&self, seen: &Seen<'_>) -> Prospect {
        match self.sts {
            Sts::Enforce(patterns) => enforced(&self.host.host, patterns, seen),
            Sts::Lenient(why) => opportunistic(seen).because(|reason| format!("{why}; {reason}")),
            Sts::Unknown(why) => {
                let strict = Prospect::open([Way::Authenticated, Way::Not], why.clone());
                opportunistic(seen).widened(strict)
            }
        }
    }

    fn dane(&self, ip: IpAddr, seen: &Seen<'_>) -> Prospect {
        let reason = &self.host.dane.reason;
        match self.secured() {
            Secured::Not => {
                opportunistic(seen).because(|why| format!("DANE does not apply, {reason}; {why}"))
            }
            Secured::Failed => Prospect::certain(Way::Not, reason.clone()),
            Secured::Open => {
                let strict = Prospect::open([Way::Authenticated, Way::Not], reason.clone());
                opportunistic(seen).widened(strict)
            }
            Secured::Unusable => with_tls(seen),
            Secured::Records => self.held_to_records(ip, seen),
        }
    }

    fn held_to_records(&self, ip: IpAddr, seen: &Seen<'_>) -> Prospect {
        let (good, note) = if self.signed {
            (Way::Authenticated, "")
        } else {
            (
                Way::Encrypted,
                ", but the MX records are not signed, so that the server may be an attacker's",
            )
        };
        match self.host.dane.matches.iter().find(|one| one.ip == ip) {
            Some(one) if one.matched => {
                let why = format!("TLSA {} matches{note}", one.reason);
                Prospect::certain(good, why)
            }
            Some(one) => Prospect::certain(Way::Not, format!("DANE fails: {}", one.reason)),
            None => match seen {
                Seen::Gone => gone(),
                Seen::Unencrypted | Seen::Broken(_) => {
                    Prospect::certain(Way::Not, "DANE fails: no TLS comes about")
                }
                Seen::Encrypted(_) => Prospect::open(
                    [good, Way::Not],
                    "no record was held against its certificates",
                ),
                Seen::Half(why) | Seen::Nothing(why) => {
                    Prospect::open([good, Way::Not], why.clone())
                }
            },
        }
    }

    fn both(&self, ip: IpAddr, seen: &Seen<'_>) -> Prospect {
        let dane = self.dane(ip, seen);
        let mta_sts = self.sts(seen);
        match self.secured() {
            Secured::Not => mta_sts,
            Secured::Failed => dane,
            Secured::Open => mta_sts.widened(dane),
            Secured::Records if self.signed => dane,
            Secured::Records | Secured::Unusable => match self.sts {
                Sts::Lenient(_) => dane,
                Sts::Enforce(_) | Sts::Unknown(_) if dane.only() == Some(Way::Not) => dane,
                Sts::Enforce(_) if dane.only().is_some() => mta_sts,
                Sts::Enforce(_) if mta_sts.only() == Some(Way::Not) => mta_sts,
                Sts::Enforce(_) => Prospect::open([Way::Authenticated, Way::Not], dane.reason),
                Sts::Unknown(_) => {
                    let strict = Prospect::open([Way::Authenticated, Way::Not], mta_sts.reason);
                    dane.widened(strict)
                }
            },
        }
    }

    fn secured(&self) -> Secured {
        match self.host.dane.verdict {
            DaneVerdict::Valid | DaneVerdict::Invalid | DaneVerdict::Partial => Secured::Records,
            DaneVerdict::Unusable => Secured::Unusable,
            DaneVerdict::Insecure | DaneVerdict::None => Secured::Not,
            DaneVerdict::LookupFailed if self.fails_for_all() => Secured::Failed,
            DaneVerdict::Unknown if self.host.tlsa.value().is_some() => Secured::Records,
            DaneVerdict::LookupFailed | DaneVerdict::Unknown => Secured::Open,
        }
    }

    /// Whether the fault is in the DNS of the domain: an answer that does not validate, or a name server that
    /// answers other questions about the name and not this one.
    fn fails_for_all(&self) -> bool {
        let host = self.host;
        let refused = matches!(
            host.tlsa.observed,
            Observed::Unknown {
                cause: Cause::Servfail | Cause::Refused,
                ..
            }
        );
        let answers = !host.a.observed.is_unknown() || !host.aaaa.observed.is_unknown();
        bogus(&host.tlsa) || bogus(&host.a) || bogus(&host.aaaa) || refused && answers
    }
}

fn bogus<T>(answer: &Answer<T>) -> bool {
    let lost = matches!(
        answer.observed,
        Observed::Unknown {
            cause: Cause::Bogus,
            ..
        }
    );
    lost || answer.dnssec.state == DnssecState::Bogus
}

fn failed<T>(what: &str, answer: &Answer<T>) -> Option<String> {
    match &answer.observed {
        Observed::Unknown { cause, detail } => {
            let why = told(*cause, detail);
            Some(format!("the {what} lookup failed ({why})"))
        }
        Observed::Present { .. } | Observed::Absent { .. } => None,
    }
}

fn gone() -> Prospect {
    Prospect::certain(Way::Not, "port 25 is closed")
}

fn plain(seen: &Seen<'_>) -> Prospect {
    match seen {
        Seen::Gone => gone(),
        Seen::Nothing(why) => Prospect::open([Way::Clear, Way::Not], why.clone()),
        Seen::Encrypted(_) | Seen::Unencrypted | Seen::Broken(_) | Seen::Half(_) => {
            Prospect::certain(Way::Clear, "public servers take clear text (RFC 3207 §4)")
        }
    }
}

fn opportunistic(seen: &Seen<'_>) -> Prospect {
    match seen {
        Seen::Gone => gone(),
        Seen::Encrypted(_) => Prospect::certain(Way::Encrypted, "TLS, nothing is checked"),
        Seen::Unencrypted => Prospect::certain(Way::Clear, "STARTTLS is not offered"),
        Seen::Broken(why) => {
            let why = in_brackets(why);
            let text =
                format!("the handshake fails{why}, senders fall back to clear text or defer");
            Prospect::certain(Way::Clear, text)
        }
        Seen::Half(why) => Prospect::open([Way::Encrypted, Way::Clear], why.clone()),
        Seen::Nothing(why) => Prospect::open([Way::Encrypted, Way::Clear, Way::Not], why.clone()),
    }
}

/// TLS is mandatory and not authenticated (RFC 7672 §2.2).
fn with_tls(seen: &Seen<'_>) -> Prospect {
    match seen {
        Seen::Gone => gone(),
        Seen::Encrypted(_) => Prospect::certain(
            Way::Encrypted,
            "no TLSA record can be used, so TLS is enough",
        ),
        Seen::Unencrypted | Seen::Broken(_) => Prospect::certain(
            Way::Not,
            "secure TLSA records ask for TLS, and none comes about",
        ),
        Seen::Half(why) | Seen::Nothing(why) => {
            Prospect::open([Way::Encrypted, Way::Not], why.clone())
        }
    }
}

fn enforced(host: &str, patterns: &[String], seen: &Seen<'_>) -> Prospect {
    if !patterns.iter().any(|pattern| matches(pattern, host)) {
        return Prospect::certain(Way::Not, "the MTA-STS policy does not name the server");
    }
    match seen {
        Seen::Gone => gone(),
        Seen::Encrypted(tls) if tls.chain.authenticated => Prospect::certain(
            Way::Authenticated,
            "the certificate fits the MTA-STS policy",
        ),
        Seen::Encrypted(tls) => {
            let fatal = tls.chain.defects.iter().find(|defect| defect.fatal);
            let why = fatal.map_or("", |defect| defect.text.as_str());
            let text = format!("MTA-STS asks for a valid certificate{}", in_brackets(why));
            Prospect::certain(Way::Not, text)
        }
        Seen::Unencrypted | Seen::Broken(_) => {
            Prospect::certain(Way::Not, "MTA-STS asks for TLS, and none comes about")
        }
        Seen::Half(why) | Seen::Nothing(why) => {
            Prospect::open([Way::Authenticated, Way::Not], why.clone())
        }
    }
}

fn in_brackets(why: &str) -> String {
    if why.is_empty() {
        String::new()
    } else {
        format!(" ({why})")
    }
}
