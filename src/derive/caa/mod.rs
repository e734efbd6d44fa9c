//! What CAA records come to: which of them count, whether they limit anybody, and whether the certificates
//! that were seen could be issued again (RFC 8659 §3 and §4).

use crate::derive::chain::name_matches;
use crate::facts::Facts;
use crate::facts::caa::{CaaHost, CaaPurpose, CaaRecord};
use crate::facts::certificate::Chain;
use crate::facts::dns::Answer;
use crate::facts::observed::{Cause, Observed, Proof};
use std::collections::BTreeSet;

mod authorities;

/// The names at which an authority looks for records: the host and each one above it, the root left out
/// (RFC 8659 §3).
pub fn climb_names(host: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = host.trim_end_matches('.');
    while !rest.is_empty() {
        names.push(rest.to_owned());
        rest = rest.split_once('.').map_or("", |(_, above)| above);
    }
    names
}

/// What the climb comes to. Which certificates were seen is not asked here.
pub fn conclude(
    host: String,
    purpose: CaaPurpose,
    climbed: Vec<Answer<Vec<CaaRecord>>>,
) -> CaaHost {
    let relevant = relevant(&climbed);
    let found_at = relevant.and_then(|found| match found {
        Some((name, _)) => Observed::present((*name).to_owned()),
        None => Observed::absent(Proof::NoSuchRecord),
    });
    let records: Vec<CaaRecord> = match relevant.value() {
        Some(Some((_, records))) => records.to_vec(),
        Some(None) | None => Vec::new(),
    };
    let restricts = relevant.map(|_| allowed(&records, false).is_some());
    let issuers = allowed(&records, false).unwrap_or_default();
    let issuers = issuers.into_iter().map(str::to_owned).collect();
    CaaHost {
        host,
        purpose,
        found_at,
        restricts,
        issuers,
        seen: Vec::new(),
        permits_seen: Observed::absent(Proof::NoSubject),
        records,
        climbed,
    }
}

type Relevant<'a> = Option<(&'a str, &'a [CaaRecord])>;

/// The first records of a climb with their name; an answer that is missing before them leaves it open.
fn relevant(climbed: &[Answer<Vec<CaaRecord>>]) -> Observed<Relevant<'_>> {
    for answer in climbed {
        match &answer.observed {
            Observed::Present { value } if !value.is_empty() => {
                return Observed::present(Some((answer.name.as_str(), value.as_slice())));
            }
            Observed::Present { .. } | Observed::Absent { .. } => {}
            Observed::Unknown { cause, detail } => {
                return Observed::unknown(*cause, detail.clone());
            }
        }
    }
    Observed::present(None)
}

/// Who may issue by these records, in lower case and each once; none where everybody may. A critical property
/// that authorities need not know keeps all of them out (RFC 8659 §4.1).
fn allowed(records: &[CaaRecord], wildcard: bool) -> Option<Vec<&str>> {
    if records
        .iter()
        .any(|record| record.critical && !record.registered)
    {
        return Some(Vec::new());
    }
    let of = |tag: &str| -> Vec<&CaaRecord> {
        let tagged = records.iter().filter(|record| record.tag == tag);
        tagged.collect()
    };
    // `issuewild` comes first for wildcards, and means nothing to other names (RFC 8659 §4.3).
    let wild = if wildcard {
        of("issuewild")
    } else {
        Vec::new()
    };
    let asked = if wild.is_empty() { of("issue") } else { wild };
    if asked.is_empty() {
        return None;
    }
    let names: BTreeSet<&str> = asked
        .into_iter()
        .filter_map(|record| record.issuer.as_deref())
        .filter(|issuer| !issuer.is_empty())
        .collect();
    Some(names.into_iter().collect())
}

/// Concludes anew for every host of a document, with the certificates in it.
pub fn complete(facts: &mut Facts) {
    let lab = facts.vantage.lab;
    let hosts = std::mem::take(&mut facts.caa);
    facts.caa = hosts
        .into_iter()
        .map(|entry| {
            let mut entry = conclude(entry.host, entry.purpose, entry.climbed);
            let chains = chains(facts, &entry);
            entry.seen = seen(&chains);
            entry.permits_seen = permits(&entry, &chains, lab);
            entry
        })
        .collect();
}

/// What each server that has the name showed of its certificates.
fn chains<'a>(facts: &'a Facts, entry: &CaaHost) -> Vec<Observed<&'a Chain>> {
    if entry.purpose == CaaPurpose::MtaSts {
        return vec![borrowed(&facts.mta_sts.fetch, |fetch| &fetch.chain)];
    }
    let hosts = facts.mx.hosts.iter().filter(|mx| mx.host == entry.host);
    hosts
        .flat_map(|mx| &mx.addresses)
        .map(|at| match &at.session {
            Observed::Present { value } => borrowed(&value.tls, |tls| &tls.chain),
            Observed::Absent { proof, .. } => Observed::absent(*proof),
            Observed::Unknown { cause, detail } => Observed::unknown(*cause, detail.clone()),
        })
        .collect()
}

fn borrowed<'a, T, U>(of: &'a Observed<T>, part: impl FnOnce(&'a T) -> &'a U) -> Observed<&'a U> {
    match of {
        Observed::Present { value } => Observed::present(part(value)),
        Observed::Absent { proof, .. } => Observed::absent(*proof),
        Observed::Unknown { cause, detail } => Observed::unknown(*cause, detail.clone()),
    }
}

/// Whether CAA binds who issued the server's certificate.
fn is_bound(chain: &Chain) -> bool {
    let own = chain.certificates.first();
    chain.trusted && own.is_some_and(|own| !own.self_issued)
}

fn seen(chains: &[Observed<&Chain>]) -> Vec<String> {
    let bound = chains
        .iter()
        .filter_map(Observed::value)
        .filter(|chain| is_bound(chain));
    let issuers = bound.filter_map(|chain| chain.certificates.first());
    let names: BTreeSet<String> = issuers
        .map(|own| authorities::organisation(&own.issuer).to_owned())
        .collect();
    names.into_iter().collect()
}

/// One certificate that could not be issued again decides; else one that is not known leaves it open.
fn permits(entry: &CaaHost, chains: &[Observed<&Chain>], lab: bool) -> Observed<bool> {
    let mut verdict = Observed::absent(Proof::NoSubject);
    for chain in chains {
        let one = match chain {
            Observed::Present { value } if is_bound(value) => permits_one(entry, value, lab),
            Observed::Present { .. } | Observed::Absent { .. } => continue,
            Observed::Unknown {
                cause: Cause::NotAttempted,
                ..
            } if entry.purpose == CaaPurpose::MtaSts => continue,
            Observed::Unknown { cause, detail } => Observed::unknown(*cause, detail.clone()),
        };
        match one {
            Observed::Present { value: false } => return one,
            Observed::Unknown { .. } if !verdict.is_unknown() => verdict = one,
            Observed::Present { value: true } if verdict.is_absent() => verdict = one,
            Observed::Present { .. } | Observed::Absent { .. } | Observed::Unknown { .. } => {}
        }
    }
    verdict
}

fn permits_one(entry: &CaaHost, chain: &Chain, lab: bool) -> Observed<bool> {
    let Some(own) = chain.certificates.first() else {
        return Observed::absent(Proof::NoSubject);
    };
    let exact = own
        .dns_names
        .iter()
        .any(|name| name.eq_ignore_ascii_case(&entry.host));
    // `*.example.org` was asked for by the records of `example.org` (RFC 8659 §3).
    let wildcard = !exact && name_matches(&own.dns_names, &entry.host);
    let climbed = entry
        .climbed
        .get(usize::from(wildcard)..)
        .unwrap_or_default();
    relevant(climbed).and_then(|found| {
        let records = found.map_or(&[][..], |(_, records)| records);
        let Some(allowed) = allowed(records, wildcard) else {
            return Observed::present(true);
        };
        if allowed.is_empty() {
            return Observed::present(false);
        }
        let Some(names) = authorities::names(&own.issuer, lab) else {
            let named = authorities::organisation(&own.issuer);
            let why = format!("by which name {named} goes in CAA records is not known here");
            return Observed::unknown(Cause::NotObservable, why);
        };
        Observed::present(names.iter().any(|name| allowed.contains(name)))
    })
}

#[cfg(test)]
mod tests;
