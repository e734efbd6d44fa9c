//! Flights as facts.

use super::DEEP;
use super::verdict::Verdict;
use super::versions::Known;
use crate::facts::observed::{Cause, Observed, Proof};
use crate::facts::tls::grade::Grades;
use crate::facts::tls::offers::{Choice, Group, OlderTls, Suite, VersionOffer};
use crate::facts::tls::{Tls, TlsVersion};
use crate::net::tls::hello::{EphemeralKey, Flight, extension};
use crate::net::tls::names::{self, family};

/// A suite by its name.
pub(super) fn suite(name: String) -> Suite {
    Suite {
        name,
        weaknesses: Vec::new(),
        grades: Grades::default(),
    }
}

/// A group by its name.
pub(super) fn group(name: String) -> Group {
    Group {
        name,
        grades: Grades::default(),
    }
}

/// What the main handshake agreed on.
pub(super) fn agreed(tls: &Tls) -> Choice {
    Choice {
        suite: suite(tls.suite.clone()),
        group: group(tls.group.clone()),
        signature_scheme: tls.signature_scheme.clone(),
    }
}

/// What a server chose in a flight.
pub(super) fn choice(flight: &Flight) -> Choice {
    Choice {
        suite: suite(chosen(flight)),
        group: group(group_name(flight).unwrap_or_default()),
        signature_scheme: flight.scheme.map_or_else(String::new, names::scheme),
    }
}

fn chosen(flight: &Flight) -> String {
    let hello = flight.hello.as_ref();
    hello.map_or_else(String::new, |hello| names::suite(hello.suite))
}

/// The name of the group that the flight shows.
pub(super) fn group_name(flight: &Flight) -> Option<String> {
    match &flight.key {
        Some(EphemeralKey::Field { name, .. }) => Some(name.clone()),
        Some(EphemeralKey::Curve(_)) | None => flight.group().map(names::group),
    }
}

/// What is known of a version without a deep look.
pub(super) fn shallow(version: TlsVersion, accepted: Observed<Choice>) -> VersionOffer {
    VersionOffer {
        version,
        suites: accepted.and_then(|_| Observed::unknown(Cause::NotAttempted, DEEP)),
        groups: accepted.and_then(|_| Observed::unknown(Cause::NotAttempted, DEEP)),
        server_order: accepted.and_then(|_| Observed::unknown(Cause::NotAttempted, DEEP)),
        accepted,
    }
}

/// How the newest accepted version below 1.3 is set up.
pub(super) fn older(known: &Known, taken: bool) -> Observed<OlderTls> {
    let mut refusal = None;
    for version in super::lists::VERSIONS {
        if version == TlsVersion::Tls13 {
            continue;
        }
        match known.accepted(version, taken) {
            Observed::Present { .. } => return set_up(version, known.verdict(version), taken),
            Observed::Unknown { cause, detail } => return Observed::unknown(cause, detail),
            Observed::Absent { proof, detail } => {
                refusal.get_or_insert(Observed::Absent { proof, detail });
            }
        }
    }
    refusal.unwrap_or_else(Observed::unobserved)
}

fn set_up(version: TlsVersion, verdict: Option<&Verdict>, taken: bool) -> Observed<OlderTls> {
    let heard = verdict.map_or_else(Observed::unobserved, |verdict| verdict.observed(taken));
    match heard {
        Observed::Present { value } => Observed::present(older_tls(version, value)),
        // The main handshake did agree on it.
        Observed::Absent { proof, detail } => {
            let cause = if proof == Proof::TlsClosed {
                Cause::ConnectionClosed
            } else if proof == Proof::TlsAlert {
                Cause::TlsAlert
            } else {
                Cause::TlsProtocol
            };
            Observed::unknown(cause, format!("refused this time: {detail}"))
        }
        Observed::Unknown { cause, detail } => Observed::unknown(cause, detail),
    }
}

fn older_tls(version: TlsVersion, flight: &Flight) -> OlderTls {
    let hello = flight.hello.as_ref();
    let shown = |kind| hello.and_then(|hello| hello.extension(kind));
    let name = chosen(flight);
    OlderTls {
        version,
        compression: hello.is_some_and(|hello| hello.compression != 0),
        extended_master_secret: shown(extension::EXTENDED_MASTER_SECRET).is_some(),
        secure_renegotiation: shown(extension::RENEGOTIATION_INFO).is_some(),
        // RFC 6520 §2: 1 is `peer_allowed_to_send`.
        heartbeat: shown(extension::HEARTBEAT) == Some(&[1]),
        session_ticket: shown(extension::SESSION_TICKET).is_some(),
        encrypt_then_mac: if family::is_cbc(&name) {
            Observed::present(encrypts_first(flight))
        } else {
            Observed::unknown(Cause::NotAttempted, DEEP)
        },
        dh_bits: match flight.key {
            Some(EphemeralKey::Field { bits, .. }) => Observed::present(bits),
            Some(EphemeralKey::Curve(_)) | None => Observed::unknown(Cause::NotAttempted, DEEP),
        },
        scts: flight.timestamps(),
    }
}

/// Whether the server agreed to encrypt before it authenticates.
pub(super) fn encrypts_first(flight: &Flight) -> bool {
    let hello = flight.hello.as_ref();
    let kind = extension::ENCRYPT_THEN_MAC;
    hello.is_some_and(|hello| hello.extension(kind).is_some())
}
