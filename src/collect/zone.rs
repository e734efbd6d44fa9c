//! The start of authority at the target.

use crate::facts::observed::{Observed, Proof};
use crate::facts::zone::{Soa, Zone};
use crate::net::dns::{Dns, names};
use hickory_proto::rr::{RData, RecordType};

/// Asks for the SOA record: it tells whether the name exists and whether it is an apex.
pub(super) async fn collect(dns: &Dns, domain: &str) -> Zone {
    let response = dns.ask(domain, RecordType::SOA).await;
    Zone {
        soa: response.answer(read),
        rrsets: Vec::new(),
    }
}

fn read(data: &[RData]) -> Observed<Soa> {
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
