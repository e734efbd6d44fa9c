//! The DMARC tree walk (RFC 9989 §4.10).

use crate::derive;
use crate::facts::dmarc::Dmarc;
use crate::net::dns::Dns;
use futures_util::future::join_all;
use hickory_proto::rr::RecordType;

/// Asks every name of the walk side by side; `derive` stops where the standard stops.
pub(super) async fn collect(dns: &Dns, domain: &str) -> Dmarc {
    let steps = derive::dmarc::walk_names(domain)
        .into_iter()
        .map(|name| async move {
            let response = dns.ask(&format!("_dmarc.{name}"), RecordType::TXT).await;
            let texts = response.texts();
            derive::dmarc::step(&name, response.answer(|_| texts))
        });
    derive::dmarc::conclude(domain, join_all(steps).await)
}
