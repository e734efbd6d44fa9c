//! CAA records of the target, its mail servers and its policy host, and above them (RFC 8659 §3).

use super::{mail_servers, mta_sts};
use crate::derive;
use crate::facts::caa::{CaaHost, CaaPurpose, CaaRecord};
use crate::facts::observed::Observed;
use crate::net::dns::Dns;
use crate::records::caa;
use futures_util::future::join_all;
use hickory_proto::rr::{RData, RecordType};

/// Asks every name of every climb side by side; what names share is asked once.
pub(super) async fn collect(dns: &Dns, domain: &str) -> Vec<CaaHost> {
    let (servers, policy_host) = tokio::join!(
        mail_servers::visited(dns, domain),
        mta_sts::policy_host(dns, domain)
    );
    let servers = servers.into_iter().filter(|name| name != domain);
    let hosts = std::iter::once((domain.to_owned(), CaaPurpose::Domain))
        .chain(servers.map(|name| (name, CaaPurpose::Mx)))
        .chain(policy_host.map(|name| (name, CaaPurpose::MtaSts)));
    join_all(hosts.map(|(host, purpose)| climb(dns, host, purpose))).await
}

async fn climb(dns: &Dns, host: String, purpose: CaaPurpose) -> CaaHost {
    let asked = derive::caa::climb_names(&host)
        .into_iter()
        .map(|name| async move { dns.ask(&name, RecordType::CAA).await.answer(read) });
    let climbed = join_all(asked).await;
    derive::caa::conclude(host, purpose, climbed)
}

fn read(data: &[RData]) -> Observed<Vec<CaaRecord>> {
    let read = data.iter().filter_map(|one| {
        let RData::CAA(record) = one else { return None };
        Some(caa::read(record.flags(), &record.tag, &record.value))
    });
    Observed::present(read.collect())
}
