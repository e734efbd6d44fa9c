//! Who can deliver: what comes of mail from five kinds of sender.
//!
//! The rules, from the address to the domain:
//!
//! - An address that refuses the connection, or at which a sender of this kind does not deliver, is passed over for
//!   another one: a sender tries each of the relevant addresses until one takes the mail (RFC 5321 §5.1). Of those at
//!   which it delivers it may pick any, so the worst counts.
//! - Servers come in the order of preference; of equal ones a sender may pick any (RFC 5321 §5.1), so the worst counts.
//! - Where no server is left, the mail waits at its sender, and is returned after days (RFC 5321 §4.5.4.1). A domain
//!   that takes no mail has it returned at once: a null MX (RFC 7505 §3, §4.1), no such domain, no address at all.
//! - What is not known is every outcome that it may have; an effect is known where all of them lead to the same.
//!
//! What a sender makes of one address is in `senders`.

use crate::facts::delivery::{Delivery, DeliveryEffect, Effect, Effects, Sender, ServerDelivery};
use crate::facts::dns::{Answer, DnssecState};
use crate::facts::mta_sts::MtaSts;
use crate::facts::mx::{Mx, MxHost};
use crate::facts::observed::{Cause, Observed};
use outcomes::{Outcomes, Place, weigh};
use senders::Circumstances;

mod outcomes;
mod senders;

/// What comes of mail to a domain with these servers and this MTA-STS policy.
///
/// The verdicts of DANE have to be there already.
pub fn of(mx: &Mx, sts: &MtaSts) -> Delivery {
    let servers = mx.hosts.iter().map(|host| server(mx, sts, host));
    Delivery {
        effects: Effects::each(|sender| domain(mx, sts, sender)),
        servers: servers.collect(),
    }
}

fn server(mx: &Mx, sts: &MtaSts, host: &MxHost) -> ServerDelivery {
    ServerDelivery {
        host: host.host.clone(),
        preference: host.preference,
        effects: Effects::each(|sender| {
            let place = at_server(&Circumstances { mx, sts, host }, sender);
            effect(place.outcomes, place.reason)
        }),
    }
}

const fn effect(outcomes: Outcomes, reason: String) -> Effect {
    Effect {
        effect: outcomes.effect(),
        reason,
    }
}

fn at_server(circumstances: &Circumstances<'_>, sender: Sender) -> Place {
    let host = circumstances.host;
    let mut places: Vec<Place> = host
        .addresses
        .iter()
        .map(|address| Place {
            name: address.ip.to_string(),
            ..senders::at_address(circumstances, sender, address)
        })
        .collect();
    // The addresses that an answer might have had count as one that was not reached.
    for lost in [not_known(&host.a), not_known(&host.aaaa)]
        .into_iter()
        .flatten()
    {
        places.push(senders::at_unseen(circumstances, sender, &lost));
    }
    let (outcomes, reason) = if places.is_empty() && no_address(host) {
        (Outcomes::NONE, "the server has no address".to_owned())
    } else if places.is_empty() {
        let lost = "none of its addresses was looked at";
        let place = senders::at_unseen(circumstances, sender, lost);
        (place.outcomes, place.reason)
    } else {
        weigh(&[places])
    };
    Place {
        name: host.host.clone(),
        outcomes,
        reason,
    }
}

fn no_address(host: &MxHost) -> bool {
    host.a.observed.is_absent() && host.aaaa.observed.is_absent()
}

/// What is missing where a lookup of addresses was not answered.
fn not_known<T>(answer: &Answer<T>) -> Option<String> {
    let Observed::Unknown { cause, .. } = &answer.observed else {
        return None;
    };
    let (kind, cause) = (&answer.rtype, cause.as_str());
    Some(format!("the {kind} records are not known ({cause})"))
}

fn domain(mx: &Mx, sts: &MtaSts, sender: Sender) -> Effect {
    if let Some(early) = without_servers(mx, sender) {
        return early;
    }
    let mut ranks: Vec<(u16, Vec<Place>)> = Vec::new();
    for host in &mx.hosts {
        let place = at_server(&Circumstances { mx, sts, host }, sender);
        match ranks
            .iter_mut()
            .find(|(preference, _)| *preference == host.preference)
        {
            Some((_, places)) => places.push(place),
            None => ranks.push((host.preference, vec![place])),
        }
    }
    ranks.sort_by_key(|(preference, _)| *preference);
    let mut ranks: Vec<Vec<Place>> = ranks.into_iter().map(|(_, places)| places).collect();
    // Those that were not looked at are the last ones; they may be as good as the last one that was.
    if mx.servers_not_visited > 0 {
        let rest = Place {
            name: "further servers".to_owned(),
            outcomes: senders::anything(sender),
            reason: format!("{} were not looked at", mx.servers_not_visited),
        };
        match ranks.last_mut() {
            Some(last) => last.push(rest),
            None => ranks.push(vec![rest]),
        }
    }
    let (outcomes, reason) = weigh(&ranks);
    effect(outcomes, reason)
}

/// The effect where it does not come to trying a server.
fn without_servers(mx: &Mx, sender: Sender) -> Option<Effect> {
    let bounces = |reason: String| {
        Some(Effect {
            effect: DeliveryEffect::Bounces,
            reason,
        })
    };
    if mx.null_mx {
        return bounces("the domain takes no mail: null MX (RFC 7505 §3)".to_owned());
    }
    // A validating resolver gives no bogus answer to anybody; those who do not validate may get it.
    let validates = matches!(sender, Sender::Dane | Sender::Both);
    if validates && bogus(&mx.records) {
        let why = &mx.records.dnssec.reason;
        let reason = format!("the MX records do not validate: {why} (RFC 7672 §2.1.1)");
        return Some(effect(Outcomes::NONE, reason));
    }
    match (&mx.records.observed, &mx.receives) {
        (Observed::Unknown { cause, .. }, _) => {
            let reason = format!("the MX records are not known ({})", cause.as_str());
            Some(effect(Outcomes::NONE.or(Outcomes::CLEAR), reason))
        }
        (Observed::Absent { .. }, Observed::Present { value: false }) => {
            bounces("the domain has neither MX records nor addresses (RFC 5321 §5.1)".to_owned())
        }
        (_, Observed::Present { value: false }) => {
            bounces("no mail server has an address (RFC 5321 §5.1)".to_owned())
        }
        (_, _) if mx.hosts.is_empty() => {
            let reason = "no mail server could be determined".to_owned();
            Some(effect(Outcomes::NONE.or(Outcomes::CLEAR), reason))
        }
        (_, _) => None,
    }
}

/// Whether no resolver that validates gives the answer to anybody (RFC 4035 §5.5).
fn bogus<T>(answer: &Answer<T>) -> bool {
    match &answer.observed {
        Observed::Unknown { cause, .. } => *cause == Cause::Bogus,
        Observed::Present { .. } | Observed::Absent { .. } => {
            answer.dnssec.state == DnssecState::Bogus
        }
    }
}

#[cfg(test)]
mod tests;
