//! The zone that holds the target: where it begins, its keys, how it denies, and its wildcards.

use super::Collector;
use crate::derive;
use crate::facts::dns::{Answer, Dnssec, DnssecState};
use crate::facts::observed::{Cause, Observed, Proof};
use crate::facts::zone::keys::{DelegationSigner, Nsec3Param, ZoneKey};
use crate::facts::zone::{Soa, Zone};
use crate::net::dns::{Dns, Response, names};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use data_encoding::HEXLOWER;
use hickory_proto::dnssec::PublicKey as _;
use hickory_proto::dnssec::rdata::DNSSECRData;
use hickory_proto::rr::{RData, RecordType};

mod servers;
mod wildcards;

/// Asks for the SOA record, which tells whether the name exists and where its zone begins, then for what
/// stands at that apex and at names that nobody has.
pub(super) async fn collect(shared: &Collector, domain: &str) -> Zone {
    let dns = &shared.dns;
    let response = dns.ask(domain, RecordType::SOA).await;
    let soa = response.answer(read_soa);
    let apex = apex(&response, domain);
    let ((keys, delegation, nsec3param), wildcards, servers) = tokio::join!(
        at_apex(dns, &apex),
        wildcards::collect(dns, domain, &soa),
        servers::collect(shared, domain, &apex),
    );
    Zone {
        soa,
        apex,
        keys,
        delegation,
        nsec3param,
        denial: not_derived(),
        wildcards,
        servers,
        first_expiry: not_derived(),
        unsigned_delegations: Vec::new(),
        rrsets: Vec::new(),
    }
}

/// What `derive` puts in place when the document is complete.
fn not_derived<T>() -> Observed<T> {
    Observed::unknown(Cause::NotAttempted, "")
}

/// Where the zone of a domain begins, by the SOA record that came.
fn apex(response: &Response, domain: &str) -> Observed<String> {
    match &response.observed {
        Observed::Absent {
            proof: Proof::Nxdomain,
            ..
        } => Observed::absent(Proof::Nxdomain),
        Observed::Unknown { cause, detail } => Observed::unknown(*cause, detail.clone()),
        Observed::Present { .. } | Observed::Absent { .. } if !response.aliases.is_empty() => {
            let words = "the domain is an alias, so that the SOA record is another zone's";
            Observed::unknown(Cause::NotObservable, words)
        }
        Observed::Present { .. } => Observed::present(domain.to_owned()),
        Observed::Absent { .. } => response.apex.clone().map_or_else(
            || Observed::unknown(Cause::NotObservable, "no SOA record came along"),
            Observed::present,
        ),
    }
}

type AtApex = (
    Answer<Vec<ZoneKey>>,
    Answer<Vec<DelegationSigner>>,
    Answer<Vec<Nsec3Param>>,
);

/// What stands at the apex. A chain of trust through it has asked for the first two already.
async fn at_apex(dns: &Dns, apex: &Observed<String>) -> AtApex {
    let Observed::Present { value: name } = apex else {
        return (
            without_apex(apex, "DNSKEY"),
            without_apex(apex, "DS"),
            without_apex(apex, "NSEC3PARAM"),
        );
    };
    let (keys, delegation, nsec3param) = tokio::join!(
        dns.ask(name, RecordType::DNSKEY),
        dns.ask(name, RecordType::DS),
        dns.ask(name, RecordType::NSEC3PARAM),
    );
    (
        keys.answer(|data| all(data, read_key)),
        delegation.answer(|data| all(data, read_delegation)),
        nsec3param.answer(|data| all(data, read_parameters)),
    )
}

/// The answer about an apex that is not there or not known: nothing is asked.
fn without_apex<T>(apex: &Observed<String>, rtype: &str) -> Answer<T> {
    let why = "the apex of the zone is not known";
    let mut answer = Answer::unasked("", rtype, Cause::Unresolved, why);
    answer.observed = apex.and_then(|_| Observed::unknown(Cause::Unresolved, why));
    answer.dnssec = Dnssec::new(DnssecState::Indeterminate, "not asked");
    answer
}

fn all<T>(data: &[RData], read: impl Fn(&DNSSECRData) -> Option<T>) -> Observed<Vec<T>> {
    let read = data.iter().filter_map(|one| {
        let RData::DNSSEC(data) = one else {
            return None;
        };
        read(data)
    });
    Observed::present(read.collect())
}

fn read_key(data: &DNSSECRData) -> Option<ZoneKey> {
    let DNSSECRData::DNSKEY(key) = data else {
        return None;
    };
    let public = key.public_key();
    Some(derive::zone::keys::key(
        key.flags(),
        public.algorithm().into(),
        BASE64.encode(public.public_bytes()),
    ))
}

fn read_delegation(data: &DNSSECRData) -> Option<DelegationSigner> {
    let DNSSECRData::DS(signer) = data else {
        return None;
    };
    Some(derive::zone::keys::delegation(
        signer.key_tag(),
        signer.algorithm().into(),
        signer.digest_type().into(),
        HEXLOWER.encode(signer.digest()),
    ))
}

fn read_parameters(data: &DNSSECRData) -> Option<Nsec3Param> {
    let DNSSECRData::NSEC3PARAM(parameters) = data else {
        return None;
    };
    Some(Nsec3Param {
        hash_algorithm: parameters.hash_algorithm().into(),
        iterations: parameters.iterations(),
        salt: HEXLOWER.encode(parameters.salt()),
    })
}

fn read_soa(data: &[RData]) -> Observed<Soa> {
    let soa = data.iter().find_map(|one| {
        let RData::SOA(soa) = one else { return None };
        Some(Soa {
            primary: names::text(&soa.mname),
            serial: soa.serial,
            minimum_seconds: soa.minimum,
        })
    });
    soa.map_or(Observed::absent(Proof::NoSuchRecord), Observed::present)
}
