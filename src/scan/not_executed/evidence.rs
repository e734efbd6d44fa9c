//! Which parts that were left out a finding is unknown for, by the facts that it read.

use super::facts::FAMILY_MISSING;
use super::{List, Part, facts, is_ours, why};
use crate::facts::Facts;
use crate::facts::observed::Cause;
use crate::results::finding::{Evidence, Finding};

/// The indices of the entries, each once. What no entry is about yet becomes one.
pub(super) fn parts(list: &mut List, document: &Facts, finding: &Finding) -> Vec<usize> {
    let mut found: Vec<usize> = Vec::new();
    let mut keep = |index: usize| {
        if !found.contains(&index) {
            found.push(index);
        }
    };
    let mut told = false;
    let mut reads = finding.evidence.iter().peekable();
    while let Some(read) = reads.next() {
        let Some((place, cause)) = cause_of(read) else {
            continue;
        };
        told = true;
        if !is_ours(cause, document) {
            continue;
        }
        let next = reads.peek().copied();
        let detail = next
            .and_then(|next| detail_of(next, place))
            .unwrap_or_default();
        let part = part_of(place, cause, detail);
        keep(entry(list, document, part, (cause, detail)));
    }
    if told {
        return found;
    }
    let reads_at = |pointer: &str| {
        let mut reads = finding.evidence.iter();
        reads.any(|read| read.pointer.starts_with(pointer))
    };
    if document.outbound.is_empty() && reads_at("/outbound") {
        facts::outbound(list);
        return list.find(Part::Outbound, "").into_iter().collect();
    }
    if reads_at("/dkim") {
        return list.find(Part::Selectors, "").into_iter().collect();
    }
    // A conclusion over all servers, such as who can deliver, does not say of which it is not known.
    let over_servers = reads_at("/mx/") || reads_at("/delivery/");
    let entries = list.entries.iter().enumerate();
    let meant = entries.filter(|(_, entry)| {
        let named = !entry.detail.is_empty() && finding.reason.contains(&entry.detail);
        named || over_servers && entry.part.is_about_servers()
    });
    meant.map(|(index, _)| index).collect()
}

/// The observation that a piece of evidence says the cause of.
fn cause_of(read: &Evidence) -> Option<(&str, Cause)> {
    let place = read.pointer.strip_suffix("/cause")?;
    let cause = match read.value.as_str()? {
        "not-attempted" => Cause::NotAttempted,
        "not-observable" => Cause::NotObservable,
        "limit-reached" => Cause::LimitReached,
        "blocked-egress" => Cause::BlockedEgress,
        "network-unreachable" => Cause::NetworkUnreachable,
        "connection-timeout" => Cause::ConnectionTimeout,
        "connection-refused" => Cause::ConnectionRefused,
        _ => Cause::Unresolved,
    };
    Some((place, cause))
}

fn detail_of<'a>(read: &'a Evidence, place: &str) -> Option<&'a str> {
    let rest = read.pointer.strip_prefix(place)?;
    (rest == "/detail").then(|| read.value.as_str()).flatten()
}

/// The part that an observation belongs to.
fn part_of(place: &str, cause: Cause, detail: &str) -> Part {
    use Cause::{BlockedEgress, ConnectionRefused, ConnectionTimeout};
    if matches!(cause, BlockedEgress | ConnectionTimeout | ConnectionRefused) {
        return Part::Egress;
    }
    if detail.ends_with(FAMILY_MISSING) {
        return Part::Families;
    }
    let (family, rest) = place
        .strip_prefix('/')
        .and_then(|place| place.split_once('/'))
        .unwrap_or((place, ""));
    match family {
        "mx" => of_server(rest, cause, detail),
        "zone" if rest.starts_with("servers") => Part::NameServers,
        "spf" => Part::SpfTree,
        "dkim" => Part::Selectors,
        "dmarc" if rest.starts_with("report") => Part::ReportDomains,
        "mta_sts" => Part::PolicyFile,
        "bimi" => Part::Bimi,
        "caa" | "delivery" => Part::Sessions,
        "outbound" => Part::Outbound,
        _ => Part::Other,
    }
}

fn of_server(place: &str, cause: Cause, detail: &str) -> Part {
    let last = place.rsplit('/').next().unwrap_or_default();
    if place.ends_with("/crl") && cause == Cause::NotAttempted {
        return Part::Revocation;
    }
    if !place.contains("/addresses/") {
        let unvisited = detail.is_empty() || detail.starts_with("only the first");
        return if cause == Cause::LimitReached && unvisited {
            Part::Servers
        } else {
            Part::Other
        };
    }
    if !place.contains("/offers/value/") {
        return Part::Sessions;
    }
    if cause != Cause::NotAttempted || detail.ends_with("standard") {
        return Part::Versions;
    }
    match last {
        "suites" | "groups" | "server_order" | "dh_bits" | "encrypt_then_mac" => Part::Suites,
        "rsa_chain" | "ecdsa_chain" | "without_sni" => Part::Chains,
        "command_injection" => Part::Injection,
        _ => Part::Versions,
    }
}

/// The index of the entry of a part, made where there is none.
fn entry(list: &mut List, document: &Facts, part: Part, (cause, detail): (Cause, &str)) -> usize {
    let known = if part == Part::Other {
        let mut entries = list.entries.iter();
        entries.position(|entry| entry.part == part && entry.detail == detail)
    } else {
        list.find(part, detail)
    };
    if let Some(index) = known {
        return index;
    }
    if cause != Cause::NotAttempted || !facts::deeper(list, document, part) {
        let what = match part {
            Part::Egress | Part::Sessions => "SMTP sessions with mail servers",
            Part::Families => "addresses of mail servers",
            Part::Servers => "some mail servers",
            Part::Versions | Part::Suites | Part::Chains | Part::Injection => {
                "what mail servers accept in TLS"
            }
            Part::Revocation => "lists of revoked certificates",
            Part::NameServers => "the authoritative name servers",
            Part::SpfTree => "SPF records that others include",
            Part::Selectors => "keys at other DKIM selectors",
            Part::ReportDomains => "some domains that DMARC reports go to",
            Part::PolicyFile => "the MTA-STS policy file",
            Part::Bimi => "files of BIMI",
            Part::Outbound => "mail that the domain sends",
            Part::Other => "other facts",
        };
        list.add(part, detail, what, why(cause, detail));
    }
    list.find(part, detail)
        .unwrap_or(list.entries.len().saturating_sub(1))
}
