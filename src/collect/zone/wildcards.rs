//! What answers for a label that nobody publishes, and at the names where mail looks (RFC 4592).

use super::super::mail_servers::read_records;
use crate::facts::dns::Answer;
use crate::facts::observed::{Cause, Observed, Proof};
use crate::facts::zone::Soa;
use crate::facts::zone::wildcards::Wildcards;
use crate::net::dns::Dns;
use futures_util::future::join_all;
use hickory_proto::rr::RecordType;

/// A label that nobody publishes: what answers to it is a wildcard.
const NOBODYS_LABEL: &str = "no-such-name-waxseal";

/// Where mail looks for TXT records; other questions of a run have asked for them already.
const LOOKED_AT: [&str; 4] = ["_dmarc", "_domainkey", "_mta-sts", "_smtp._tls"];

/// Asks for TXT and MX at nobody's label. Below a name that does not exist nothing can be (RFC 8020).
pub(super) async fn collect(dns: &Dns, domain: &str, soa: &Answer<Soa>) -> Wildcards {
    let name = format!("{NOBODYS_LABEL}.{domain}");
    let mut wildcards = Wildcards {
        txt: Answer::unasked(&name, "TXT", Cause::NotAttempted, "not asked"),
        mx: Answer::unasked(&name, "MX", Cause::NotAttempted, "not asked"),
        looked_at: Vec::new(),
        answers_at: Vec::new(),
    };
    if let Observed::Absent {
        proof: Proof::Nxdomain,
        ..
    } = soa.observed
    {
        wildcards.txt.observed = Observed::absent(Proof::Nxdomain);
        wildcards.mx.observed = Observed::absent(Proof::Nxdomain);
        return wildcards;
    }
    let (txt, mx) = tokio::join!(texts(dns, name.clone()), dns.ask(&name, RecordType::MX));
    wildcards.txt = txt;
    wildcards.mx = mx.answer(read_records);
    if wildcards.txt.value().is_some() {
        let names = LOOKED_AT.iter().map(|front| format!("{front}.{domain}"));
        wildcards.looked_at = join_all(names.map(|name| texts(dns, name))).await;
    }
    wildcards
}

async fn texts(dns: &Dns, name: String) -> Answer<Vec<String>> {
    let response = dns.ask(&name, RecordType::TXT).await;
    response.answer(|_| response.texts())
}
