//! The domains that DMARC reports go to: whether they agree (RFC 9990 §4) and whether they take mail.

use super::super::mail_servers::{ipv4, ipv6, read_records};
use super::{texts, walk};
use crate::derive::dmarc::{consent_name, report_domains, walk_names};
use crate::facts::dmarc::{Dmarc, DmarcReportHost};
use crate::facts::dns::Answer;
use crate::facts::mx::MxRecord;
use crate::facts::observed::{Cause, Observed, Proof};
use crate::net::dns::Dns;
use futures_util::future::join_all;
use hickory_proto::rr::RecordType;
use std::net::{Ipv4Addr, Ipv6Addr};

/// What is asked of each domain that the record which holds names, side by side.
pub(super) async fn hosts(dns: &Dns, dmarc: &Dmarc) -> Vec<DmarcReportHost> {
    let Some(record) = dmarc.record.value() else {
        return Vec::new();
    };
    let domains = report_domains(record).into_iter();
    join_all(domains.map(|domain| host(dns, &dmarc.domain, domain))).await
}

async fn host(dns: &Dns, record_domain: &str, domain: &str) -> DmarcReportHost {
    let name = consent_name(record_domain, domain);
    let own = record_domain == domain;
    let consent = async {
        if own {
            let why = "reports to the domain of the record need no consent";
            return Answer::unasked(&name, "TXT", Cause::NotAttempted, why);
        }
        texts(dns, &name).await
    };
    let steps = if own { Vec::new() } else { walk_names(domain) };
    let (walk, consent, (mx, a, aaaa)) = tokio::join!(walk(dns, steps), consent, mail(dns, domain));
    DmarcReportHost {
        domain: domain.to_owned(),
        walk,
        consent,
        mx,
        a,
        aaaa,
    }
}

/// The MX records of a domain and, where it exists without any, its addresses.
async fn mail(
    dns: &Dns,
    domain: &str,
) -> (
    Answer<Vec<MxRecord>>,
    Answer<Vec<Ipv4Addr>>,
    Answer<Vec<Ipv6Addr>>,
) {
    let mx = dns.ask(domain, RecordType::MX).await.answer(read_records);
    let no_mx = matches!(
        mx.observed,
        Observed::Absent {
            proof: Proof::NoData,
            ..
        }
    );
    if !no_mx {
        let why = "the MX records settle it";
        let a = Answer::unasked(domain, "A", Cause::NotAttempted, why);
        let aaaa = Answer::unasked(domain, "AAAA", Cause::NotAttempted, why);
        return (mx, a, aaaa);
    }
    let (a, aaaa) = tokio::join!(
        dns.ask(domain, RecordType::A),
        dns.ask(domain, RecordType::AAAA)
    );
    (mx, a.answer(ipv4), aaaa.answer(ipv6))
}
