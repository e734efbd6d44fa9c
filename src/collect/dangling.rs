//! Whether someone else could register the names that the target's records point to in vain.

use crate::derive;
use crate::facts::Facts;
use crate::facts::dangling::DanglingName;
use crate::facts::observed::{Cause, Observed, Proof};
use crate::net::dns::Dns;
use futures_util::future::join_all;
use hickory_proto::rr::RecordType;

/// Asks for the domain of each such name. Without such names, nothing is asked.
pub(super) async fn collect(dns: &Dns, facts: &Facts) -> Vec<DanglingName> {
    let names = derive::dangling::names(facts);
    join_all(names.into_iter().map(|name| settled(dns, name))).await
}

async fn settled(dns: &Dns, name: DanglingName) -> DanglingName {
    let open = matches!(
        name.registrable,
        Observed::Unknown {
            cause: Cause::NotAttempted,
            ..
        }
    );
    if !open {
        return name;
    }
    let response = dns.ask(&name.registrable_domain, RecordType::SOA).await;
    let registrable = match &response.observed {
        Observed::Present { .. } => Observed::present(false),
        Observed::Absent { proof, .. } => Observed::present(*proof == Proof::Nxdomain),
        Observed::Unknown { cause, detail } => Observed::unknown(*cause, detail.clone()),
    };
    DanglingName {
        registrable,
        ..name
    }
}
