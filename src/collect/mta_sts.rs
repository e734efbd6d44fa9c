//! The MTA-STS record and policy (RFC 8461 §3).

use super::answers::of_kind;
use super::{Collector, web};
use crate::derive;
use crate::facts::mta_sts::{MtaSts, StsFetch, StsHost};
use crate::facts::observed::{Cause, Observed};
use crate::net::dns::Dns;
use crate::records::mta_sts;

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
    let (host, fetch, body) = if record.value().is_some() {
        let (host, fetch, body) = fetch(shared, host_of(domain)).await;
        (Observed::present(host), fetch, body)
    } else {
        (nothing(&record), nothing(&record), String::new())
    };
    let policy = derive::mta_sts::policy(&fetch, &body);
    let mode = derive::mta_sts::mode(&record, &policy);
    MtaSts {
        records,
        record,
        host,
        fetch,
        policy,
        mode,
        removal: false,
        coverage: Vec::new(),
        unused_patterns: Vec::new(),
    }
}

/// The host that holds the policy, where a record announces one. Asks what [`collect`] asks.
pub(super) async fn policy_host(dns: &Dns, domain: &str) -> Option<String> {
    let records = of_kind(dns, &format!("_mta-sts.{domain}"), mta_sts::is_record).await;
    let record = mta_sts::only(&records.observed);
    record.value().map(|_| host_of(domain))
}

/// What is there without a record: nothing, or it is not known.
fn nothing<T, U>(record: &Observed<T>) -> Observed<U> {
    record.and_then(|_| Observed::unknown(Cause::NotAttempted, ""))
}

fn host_of(domain: &str) -> String {
    format!("mta-sts.{domain}")
}

async fn fetch(shared: &Collector, name: String) -> (StsHost, Observed<StsFetch>, String) {
    let at = web::addresses(&shared.dns, &name).await;
    let (fetch, body) = match web::page(shared, &name, PATH, &at).await {
        Observed::Present { value } => {
            let body = String::from_utf8_lossy(&value.fetched.answer.body).into_owned();
            let fetch = StsFetch {
                url: format!("https://{name}{PATH}"),
                status: value.fetched.answer.status,
                content_type: value.fetched.answer.content_type,
                location: value.fetched.answer.location,
                chain: value.chain,
            };
            (Observed::present(fetch), body)
        }
        Observed::Absent { proof, detail } => (Observed::Absent { proof, detail }, String::new()),
        Observed::Unknown { cause, detail } => (Observed::unknown(cause, detail), String::new()),
    };
    let web::Addresses { a, aaaa } = at;
    (StsHost { name, a, aaaa }, fetch, body)
}
