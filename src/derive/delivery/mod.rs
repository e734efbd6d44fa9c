//! Who can deliver: what becomes of a message to the domain, by the kind of sender.
//!
//! One address after the other, then the server, then the domain:
//!
//! * At an address each kind of sender acts by its own rules; they stand in [`sender`].
//! * A sender takes any address of a server and goes on to the next where it can't deliver (RFC 5321 §5.1). So a
//!   server is worth as much as the worst of those of its addresses at which the sender delivers.
//! * Servers of the lowest preference come first; among equals the sender takes any (RFC 5321 §5.1). A server at
//!   which the sender does not deliver is passed over. If none is left the message waits (RFC 5321 §4.5.4.1).
//! * A null MX returns the message (RFC 7505 §3), and so does a domain that does not exist or of which no server
//!   has an address (RFC 5321 §5.1).
//!
//! What was not seen could be anything that the kind of sender knows. The effect is unknown only where that
//! changes it: each step works with the set of all that is possible ([`prospect`]).

use crate::facts::Facts;
use crate::facts::delivery::{Arrival, Delivery, Effect, Senders, ServerDelivery};
use crate::facts::dns::DnssecState;
use crate::facts::mx::{Mx, MxHost};
use crate::facts::observed::{Cause, Observed, Proof};
use prospect::{Prospect, Way};
use sender::{Kind, Sts};

mod prospect;
mod sender;

/// The effect for each kind of sender, for the domain and each of its servers.
pub fn derive(facts: &Facts) -> Delivery {
    let mx = &facts.mx;
    let sts = Sts::of(&facts.mta_sts);
    let servers: Vec<(&MxHost, [Prospect; 5])> = mx
        .hosts
        .iter()
        .map(|host| {
            let signed = mx.records.dnssec.state == DnssecState::Secure;
            let seen = sender::Server::new(host, signed, &sts);
            (host, Kind::ALL.map(|kind| seen.prospect(kind)))
        })
        .collect();
    let whole = Kind::ALL.map(|kind| {
        whole_domain(mx, kind).unwrap_or_else(|| {
            let ways: Vec<Server<'_>> = servers
                .iter()
                .filter_map(|(host, all)| {
                    Some(Server {
                        name: &host.host,
                        preference: host.preference,
                        prospect: all.get(kind as usize)?,
                    })
                })
                .collect();
            by_preference(&ways).effect()
        })
    });
    Delivery {
        senders: senders(whole),
        servers: servers
            .into_iter()
            .map(|(host, all)| ServerDelivery {
                host: host.host.clone(),
                preference: host.preference,
                senders: senders(all.map(|one| one.effect())),
            })
            .collect(),
    }
}

/// The five effects by name, in the order of [`Kind::ALL`].
fn senders([plain, opportunistic, mta_sts, dane, both]: [Effect; 5]) -> Senders {
    Senders {
        plain,
        opportunistic,
        mta_sts,
        dane,
        both,
    }
}

/// The effect where no server is tried at all.
fn whole_domain(mx: &Mx, kind: Kind) -> Option<Effect> {
    if kind.does_dane() && bogus(mx) {
        let why = "the MX records do not validate (RFC 7672 §2.1.1)";
        return Some(effect(Arrival::Defers, why));
    }
    if let Observed::Unknown { cause, detail } = &mx.records.observed {
        return Some(unknown_mx(*cause, detail));
    }
    if mx.null_mx {
        let why = "the domain takes no mail: null MX (RFC 7505 §3)";
        return Some(effect(Arrival::Bounces, why));
    }
    let Observed::Present { value: false } = mx.receives else {
        return None;
    };
    let absent = match &mx.records.observed {
        Observed::Absent { proof, .. } => Some(*proof),
        Observed::Present { .. } | Observed::Unknown { .. } => None,
    };
    Some(effect(
        Arrival::Bounces,
        match absent {
            Some(Proof::Nxdomain) => "the domain does not exist (RFC 5321 §5.1)",
            Some(_) => "the domain has neither MX nor address records (RFC 5321 §5.1)",
            None => "no mail server has an address (RFC 5321 §5.1)",
        },
    ))
}

fn bogus(mx: &Mx) -> bool {
    let lost = matches!(
        mx.records.observed,
        Observed::Unknown {
            cause: Cause::Bogus,
            ..
        }
    );
    lost || mx.records.dnssec.state == DnssecState::Bogus
}

fn unknown_mx(cause: Cause, detail: &str) -> Effect {
    if cause == Cause::Bogus {
        let why = "the MX records do not validate: senders whose resolver validates defer, others may deliver";
        return effect(Arrival::Unknown, why);
    }
    let why = format!("the MX lookup failed ({})", told(cause, detail));
    effect(Arrival::Unknown, &why)
}

fn told(cause: Cause, detail: &str) -> String {
    if detail.is_empty() {
        cause.as_str().to_owned()
    } else {
        format!("{}: {detail}", cause.as_str())
    }
}

fn effect(arrival: Arrival, reason: &str) -> Effect {
    Effect {
        effect: arrival,
        reason: reason.to_owned(),
    }
}

/// One server as the domain sees it.
struct Server<'a> {
    name: &'a str,
    preference: u16,
    prospect: &'a Prospect,
}

/// Goes through the servers as a sender does: by preference, those of one preference in any order.
fn by_preference(servers: &[Server<'_>]) -> Prospect {
    let mut ordered: Vec<&Server<'_>> = servers.iter().collect();
    ordered.sort_by_key(|server| server.preference);
    let alone = ordered
        .windows(2)
        .all(|pair| matches!(pair, [one, next] if one.preference == next.preference));
    let groups: Vec<Prospect> = ordered
        .chunk_by(|one, next| one.preference == next.preference)
        .map(|group| {
            let parts: Vec<(&str, &Prospect)> = group
                .iter()
                .map(|server| (server.name, server.prospect))
                .collect();
            Prospect::any_of(&parts, !alone)
        })
        .collect();
    let mut found = groups
        .iter()
        .rev()
        .fold(Prospect::certain(Way::Not, ""), |rest, group| {
            group.or_else(&rest)
        });
    if let Some(way) = found.only() {
        found.reason = by_preference_reason(&groups, way);
    }
    found
}

/// Why the servers together come to this: the group that decides, and what was passed over before it.
fn by_preference_reason(groups: &[Prospect], way: Way) -> String {
    let decides = groups.iter().find(|group| group.only() == Some(way));
    if way == Way::Not {
        let all: Vec<&str> = groups.iter().map(|group| group.reason.as_str()).collect();
        return joined(&all);
    }
    let passed: Vec<&str> = groups
        .iter()
        .take_while(|group| group.only() != Some(way))
        .filter(|group| group.only() == Some(Way::Not))
        .map(|group| group.reason.as_str())
        .collect();
    let reason = decides.map_or("", |group| group.reason.as_str());
    if passed.is_empty() {
        reason.to_owned()
    } else {
        format!("{reason}; passed over: {}", joined(&passed))
    }
}

/// The texts one after the other, each once.
fn joined(texts: &[&str]) -> String {
    let mut once: Vec<&str> = Vec::new();
    for text in texts {
        if !text.is_empty() && !once.contains(text) {
            once.push(text);
        }
    }
    once.join("; ")
}

#[cfg(test)]
mod tests;
