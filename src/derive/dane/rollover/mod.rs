//! Whether TLSA records are ready for the next key (RFC 7671 §8.1 to §8.4), which of them repeat others, and
//! which mail servers have none.

use super::matching::{associated_with, decoded};
use super::records::Records;
use crate::facts::certificate::Chain;
use crate::facts::mx::{Coverage, DaneCoverage, MxHost};
use crate::facts::tlsa::{DaneVerdict, Rollover, RolloverState, Tlsa};
use rustls_pki_types::CertificateDer;

/// What a record is about.
#[derive(Clone, PartialEq, Eq)]
enum Subject {
    /// The server's own certificate, by its place among all that were shown.
    Own(usize),
    /// An authority's certificate that was sent along, by its bytes.
    Authority(Vec<u8>),
    /// Something that is not in use, as far as was seen.
    Other,
}

/// Whether the server's key can be changed without a moment in which no record matches.
///
/// Ready is a set in which one record matches and another is about something else: a key that is not served yet
/// (RFC 7671 §8.1), or the authority beside the server's own key (RFC 7671 §8.4). Only records that senders use
/// count, so neither a repeated one nor the weaker of two digests of a kind (RFC 7671 §9) is a spare. Of a server
/// with an RSA and an ECDSA certificate, both are in use.
pub(super) fn rollover(records: &Records<'_>, chains: &[&Chain]) -> Rollover {
    let used = without_repeats(records.used());
    if used.is_empty() {
        return of(RolloverState::Unclear, "no record can be used");
    }
    if used.len() == 1 {
        return of(
            RolloverState::Single,
            "there is no second record that senders use",
        );
    }
    if chains.is_empty() {
        return of(
            RolloverState::Unclear,
            "the certificates that are served were not seen",
        );
    }
    let shown = decode(chains);
    let about: Vec<(&Tlsa, Subject)> = used
        .iter()
        .map(|record| (*record, subject(record, &shown)))
        .collect();
    let Some(first) = about.iter().find(|(_, about)| *about != Subject::Other) else {
        return of(RolloverState::Unclear, "no record matches what is served");
    };
    let in_use =
        |about: &Subject| matches!(about, Subject::Own(_)) && matches!(first.1, Subject::Own(_));
    let spare = about
        .iter()
        .find(|(_, about)| *about != first.1 && !in_use(about));
    match spare {
        Some((record, Subject::Authority(_))) => of(
            RolloverState::Prepared,
            &format!(
                "{} is about an authority, beside {}",
                record.numbers(),
                first.0.numbers()
            ),
        ),
        Some((record, _)) => of(
            RolloverState::Prepared,
            &format!(
                "{} is about a key or certificate that is not served yet",
                record.numbers()
            ),
        ),
        None => of(
            RolloverState::Single,
            "all records that senders use are about the certificates that are served",
        ),
    }
}

fn of(state: RolloverState, reason: &str) -> Rollover {
    Rollover {
        state,
        reason: reason.to_owned(),
    }
}

/// Records that add nothing to another one of the same usage: the same again, or another form of what is served.
pub(super) fn duplicates(published: &[Tlsa], chains: &[&Chain]) -> Vec<String> {
    let shown = decode(chains);
    let mut found = Vec::new();
    for (place, record) in published.iter().enumerate() {
        let earlier = published.get(..place).unwrap_or_default();
        let about = subject(record, &shown);
        let again = earlier.iter().find(|other| {
            same(other, record)
                || about != Subject::Other
                    && other.usage == record.usage
                    && subject(other, &shown) == about
        });
        if let Some(other) = again {
            found.push(format!(
                "{} is about the same as {}",
                record.numbers(),
                other.numbers()
            ));
        }
    }
    found
}

fn same(one: &Tlsa, other: &Tlsa) -> bool {
    one.numbers() == other.numbers() && one.data.eq_ignore_ascii_case(&other.data)
}

fn without_repeats<'a>(records: &[&'a Tlsa]) -> Vec<&'a Tlsa> {
    let mut once: Vec<&Tlsa> = Vec::new();
    for record in records {
        if !once.iter().any(|known| same(known, record)) {
            once.push(record);
        }
    }
    once
}

fn decode(chains: &[&Chain]) -> Vec<Vec<CertificateDer<'static>>> {
    let mut all: Vec<Vec<CertificateDer<'static>>> = Vec::new();
    for chain in chains {
        let ders: Vec<CertificateDer<'static>> = decoded(chain);
        if !all.iter().any(|known| known.first() == ders.first()) {
            all.push(ders);
        }
    }
    all
}

fn subject(record: &Tlsa, shown: &[Vec<CertificateDer<'static>>]) -> Subject {
    for (place, ders) in shown.iter().enumerate() {
        let Some((own, issuers)) = ders.split_first() else {
            continue;
        };
        if record.usage == 3 && associated_with(own, record) {
            return Subject::Own(place);
        }
        if record.usage == 2
            && let Some(one) = issuers.iter().find(|one| associated_with(one, record))
        {
            return Subject::Authority(one.to_vec());
        }
    }
    Subject::Other
}

/// How many of the servers with an address senders hold to their records, be it without success: a server that
/// fails is none to which an attacker could lead.
pub(super) fn coverage(hosts: &[MxHost]) -> DaneCoverage {
    let mut with = 0_usize;
    let mut open = 0_usize;
    let mut without = Vec::new();
    for host in hosts {
        if host.a.observed.is_absent() && host.aaaa.observed.is_absent() {
            continue;
        }
        match host.dane.verdict {
            DaneVerdict::Valid | DaneVerdict::Invalid | DaneVerdict::Partial => with += 1,
            DaneVerdict::Unknown if host.tlsa.value().is_some() => with += 1,
            DaneVerdict::Unknown | DaneVerdict::LookupFailed => open += 1,
            DaneVerdict::Unusable | DaneVerdict::Insecure | DaneVerdict::None => {
                without.push(host.host.clone());
            }
        }
    }
    let servers = match (with, open, without.len()) {
        (0, 0, _) => Coverage::None,
        (_, 0, 0) => Coverage::All,
        (1.., _, 1..) => Coverage::Some,
        (..) => Coverage::Unknown,
    };
    if servers != Coverage::Some {
        without.clear();
    }
    DaneCoverage { servers, without }
}

#[cfg(test)]
mod tests;
