//! The MTA-STS record and policy (RFC 8461 §3).

use super::Collector;
use super::answers::of_kind;
use super::reach::Reach;
use crate::derive;
use crate::facts::mta_sts::{MtaSts, StsFetch};
use crate::facts::observed::{Cause, Observed};
use crate::net::dns::{Dns, Response};
use crate::net::https::Fetched;
use crate::records::mta_sts;
use hickory_proto::rr::{RData, RecordType};
use std::net::IpAddr;

/// The path of the policy (RFC 8461 §3.3).
const PATH: &str = "/.well-known/mta-sts.txt";

/// Asks for the record and, where one announces a policy, fetches it as a sender would.
pub(super) async fn collect(shared: &Collector, domain: &str) -> MtaSts {
    let records = of_kind(
        &shared.dns,
        &format!("_mta-sts.{domain}"),
        mta_sts::is_record,
    )
    .await;
    let record = mta_sts::only(&records.observed);
    let (fetch, body) = if record.value().is_some() {
        fetch(shared, &format!("mta-sts.{domain}")).await
    } else {
        (record.and_then(|_| not_fetched()), String::new())
    };
    let policy = derive::mta_sts::policy(&fetch, &body);
    let mode = derive::mta_sts::mode(&record, &policy);
    MtaSts {
        records,
        record,
        fetch,
        policy,
        mode,
        coverage: Vec::new(),
    }
}

/// The host that holds the policy, where a record announces one. Asks what [`collect`] asks.
pub(super) async fn policy_host(dns: &Dns, domain: &str) -> Option<String> {
    let records = of_kind(dns, &format!("_mta-sts.{domain}"), mta_sts::is_record).await;
    let record = mta_sts::only(&records.observed);
    record.value().map(|_| format!("mta-sts.{domain}"))
}

fn not_fetched<T>() -> Observed<T> {
    Observed::unknown(Cause::NotAttempted, "")
}

async fn fetch(shared: &Collector, host: &str) -> (Observed<StsFetch>, String) {
    let ips = match addresses(&shared.dns, host, shared.circumstances.reach).await {
        Observed::Present { value } => value,
        Observed::Absent { proof, .. } => {
            let detail = format!("{host} has no address");
            return (Observed::Absent { proof, detail }, String::new());
        }
        Observed::Unknown { cause, detail } => {
            return (Observed::unknown(cause, detail), String::new());
        }
    };
    match shared.https.get(host, PATH, &ips).await {
        Observed::Present { value } => {
            let body = String::from_utf8_lossy(&value.body).into_owned();
            (Observed::present(describe(shared, host, &value)), body)
        }
        Observed::Absent { proof, detail } => (Observed::Absent { proof, detail }, String::new()),
        Observed::Unknown { cause, detail } => (Observed::unknown(cause, detail), String::new()),
    }
}

fn describe(shared: &Collector, host: &str, fetched: &Fetched) -> StsFetch {
    StsFetch {
        url: format!("https://{host}{PATH}"),
        status: fetched.status,
        content_type: fetched.content_type.clone(),
        location: fetched.location.clone(),
        chain: derive::chain::judge(&fetched.handshake.chain, host, &shared.trust, shared.now()),
    }
}

/// The addresses of a web host that are connected to, IPv4 first.
async fn addresses(dns: &Dns, host: &str, reach: Reach) -> Observed<Vec<IpAddr>> {
    let (a, aaaa) = tokio::join!(
        dns.ask(host, RecordType::A),
        dns.ask(host, RecordType::AAAA)
    );
    let found: Vec<_> = [&a, &aaaa]
        .into_iter()
        .flat_map(|answer| ips(answer))
        .collect();
    let near = found.iter().filter(|ip| reach.refusal(**ip).is_none());
    let near: Vec<_> = near.copied().collect();
    if !near.is_empty() {
        return Observed::present(near);
    }
    if let Some(refusal) = found.first().and_then(|ip| reach.refusal(*ip)) {
        return Observed::unknown(Cause::NotAttempted, format!("{host}: {refusal}"));
    }
    let unsettled = if a.observed.is_unknown() { &a } else { &aaaa };
    unsettled.observed.map(|_| Vec::new())
}

fn ips(answer: &Response) -> Vec<IpAddr> {
    let read = |one: &RData| {
        if let RData::A(ip) = one {
            Some(IpAddr::V4(ip.0))
        } else if let RData::AAAA(ip) = one {
            Some(IpAddr::V6(ip.0))
        } else {
            None
        }
    };
    answer
        .observed
        .value()
        .into_iter()
        .flatten()
        .filter_map(read)
        .collect()
}
