//! What the answers of the authoritative servers come to: who is lame, and where they differ (RFC 1034 §4.3.5).

use crate::facts::observed::{Cause, Observed};
use crate::facts::zone::servers::{DirectAnswer, Disagreement, NameServers, ServerSeen, Version};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// How many addresses a zone has at least (RFC 1034 §4.1, RFC 2182 §5).
const LEAST_ADDRESSES: usize = 2;

/// Derives anew what follows from the servers' addresses and answers.
pub fn complete(servers: &mut NameServers) {
    servers.addresses = addresses(servers);
    if let Observed::Present { value } = &mut servers.asked {
        for seen in value.iter_mut() {
            let soa = seen.answers.iter().find(|answer| answer.rtype == "SOA");
            seen.answers_for_zone = answers_for_zone(soa);
            seen.serial = soa.and_then(serial);
        }
        servers.disagreements = disagreements(value);
    }
}

/// The addresses of all servers, each once.
fn addresses(servers: &NameServers) -> Observed<u32> {
    servers.names.observed.and_then(|_| {
        let mut known: BTreeSet<IpAddr> = BTreeSet::new();
        let mut open = None;
        for host in &servers.hosts {
            known.extend(
                host.a
                    .value()
                    .into_iter()
                    .flatten()
                    .map(|ip| IpAddr::V4(*ip)),
            );
            known.extend(
                host.aaaa
                    .value()
                    .into_iter()
                    .flatten()
                    .map(|ip| IpAddr::V6(*ip)),
            );
            for unknown in [cause(&host.a.observed), cause(&host.aaaa.observed)] {
                open = open.or(unknown);
            }
        }
        match open {
            Some(cause) if known.len() < LEAST_ADDRESSES => {
                Observed::unknown(cause, "the address of a name server is not known")
            }
            Some(_) | None => Observed::present(u32::try_from(known.len()).unwrap_or(u32::MAX)),
        }
    })
}

const fn cause<T>(observed: &Observed<T>) -> Option<Cause> {
    match observed {
        Observed::Unknown { cause, .. } => Some(*cause),
        Observed::Present { .. } | Observed::Absent { .. } => None,
    }
}

/// Whether the answer to the SOA question shows that the server has the zone. Refusal and failure are answers.
fn answers_for_zone(soa: Option<&DirectAnswer>) -> Observed<bool> {
    let Some(soa) = soa else {
        return Observed::unknown(Cause::NotAttempted, "the SOA record was not asked for");
    };
    match &soa.observed {
        Observed::Present { .. } => Observed::present(soa.authoritative),
        Observed::Absent { .. }
        | Observed::Unknown {
            cause: Cause::Refused | Cause::Servfail,
            ..
        } => Observed::present(false),
        Observed::Unknown { cause, detail } => Observed::unknown(*cause, detail.clone()),
    }
}

/// The third word of a SOA record in presentation form.
fn serial(soa: &DirectAnswer) -> Option<u32> {
    let Observed::Present { value } = &soa.observed else {
        return None;
    };
    value.first()?.split(' ').nth(2)?.parse().ok()
}

/// The sets about which authoritative answers differ, in the order of the questions.
pub fn disagreements(asked: &[ServerSeen]) -> Vec<Disagreement> {
    let Some(first) = asked.first() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for question in &first.answers {
        let mut versions: Vec<Version> = Vec::new();
        for seen in asked {
            let same = |answer: &&DirectAnswer| {
                (&answer.name, &answer.rtype) == (&question.name, &question.rtype)
            };
            let Some(records) = seen.answers.iter().find(same).and_then(said) else {
                continue;
            };
            match versions.iter_mut().find(|known| known.records == records) {
                Some(known) => known.servers.push(seen.ip),
                None => versions.push(Version {
                    records,
                    servers: vec![seen.ip],
                }),
            }
        }
        if versions.len() > 1 {
            found.push(Disagreement {
                name: question.name.clone(),
                rtype: question.rtype.clone(),
                versions,
            });
        }
    }
    found
}

/// What an authoritative answer says; nothing where there is none.
fn said(answer: &DirectAnswer) -> Option<Vec<String>> {
    if !answer.authoritative {
        return None;
    }
    match &answer.observed {
        Observed::Present { value } => Some(value.clone()),
        Observed::Absent { .. } => Some(Vec::new()),
        Observed::Unknown { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::facts;
    use super::*;
    use crate::facts::dns::Answer;
    use crate::facts::observed::Proof;
    use crate::facts::zone::servers::NameServer;
    use std::net::Ipv4Addr;

    const SOA: &str = "ns1.d. hostmaster.d. 7 1 1 1 1";

    fn answer(rtype: &str, authoritative: bool, observed: Observed<Vec<String>>) -> DirectAnswer {
        DirectAnswer {
            name: "d".to_owned(),
            rtype: rtype.to_owned(),
            authoritative,
            observed,
        }
    }

    fn records(texts: &[&str]) -> Observed<Vec<String>> {
        Observed::present(texts.iter().map(|&text| text.to_owned()).collect())
    }

    fn gone() -> Observed<Vec<String>> {
        Observed::absent(Proof::NoData)
    }

    fn failed(cause: Cause) -> Observed<Vec<String>> {
        Observed::unknown(cause, "")
    }

    fn seen(last: u8, answers: Vec<DirectAnswer>) -> ServerSeen {
        ServerSeen {
            host: "ns.d".to_owned(),
            ip: Ipv4Addr::new(192, 0, 2, last).into(),
            answers_for_zone: Observed::unknown(Cause::NotAttempted, ""),
            serial: None,
            answers,
        }
    }

    #[test]
    fn a_server_is_lame_where_its_answer_shows_that_it_lacks_the_zone() {
        for (authoritative, observed, expected, serial) in [
            (true, records(&[SOA]), Some(true), Some(7)),
            (false, records(&[SOA]), Some(false), Some(7)),
            (true, gone(), Some(false), None),
            (false, failed(Cause::Refused), Some(false), None),
            (false, failed(Cause::Servfail), Some(false), None),
            (false, failed(Cause::Timeout), None, None),
        ] {
            let mut servers = facts().zone.servers;
            let one = seen(1, vec![answer("SOA", authoritative, observed)]);
            servers.asked = Observed::present(vec![one]);
            complete(&mut servers);
            let found = &servers.asked.value().unwrap()[0];
            assert_eq!(
                found.answers_for_zone.value().copied(),
                expected,
                "{found:?}"
            );
            assert_eq!(found.serial, serial);
        }
    }

    #[test]
    fn servers_disagree_where_authoritative_answers_differ() {
        for (other, expected) in [
            (answer("MX", true, records(&["10 a."])), 0),
            (answer("MX", true, records(&["20 b."])), 2),
            (answer("MX", true, gone()), 2),
            // Who has no authority, or says nothing, does not contradict.
            (answer("MX", false, records(&["20 b."])), 0),
            (answer("MX", false, failed(Cause::Timeout)), 0),
        ] {
            let own = answer("MX", true, records(&["10 a."]));
            let asked = [
                seen(1, vec![own.clone()]),
                seen(2, vec![other.clone()]),
                seen(3, vec![own]),
            ];
            let found = disagreements(&asked);
            let versions = found.first().map_or(0, |one| one.versions.len());
            assert_eq!(versions, expected, "{other:?}");
            if expected == 2 {
                assert_eq!(found[0].versions[0].servers.len(), 2);
            }
        }
        assert!(disagreements(&[]).is_empty());
    }

    #[test]
    fn an_address_that_two_servers_share_counts_once() {
        let ip = |last| Ipv4Addr::new(192, 0, 2, last);
        let host = |a: Observed<Vec<Ipv4Addr>>| {
            let mut host = NameServer {
                host: "ns.d".to_owned(),
                a: Answer::unasked("ns.d", "A", Cause::Timeout, ""),
                aaaa: Answer::unasked("ns.d", "AAAA", Cause::Timeout, ""),
            };
            host.a.observed = a;
            host.aaaa.observed = Observed::absent(Proof::NoData);
            host
        };
        let late = || host(Observed::unknown(Cause::Timeout, ""));
        let at = |last| host(Observed::present(vec![ip(last)]));
        for (hosts, expected) in [
            (vec![at(1), at(2)], Some(2)),
            (vec![at(1), at(1)], Some(1)),
            (vec![at(1), late()], None),
            (vec![at(1), at(2), late()], Some(2)),
            (vec![], Some(0)),
        ] {
            let mut servers = facts().zone.servers;
            servers.names.observed = Observed::present(vec!["ns.d".to_owned()]);
            servers.hosts = hosts;
            complete(&mut servers);
            assert_eq!(servers.addresses.value().copied(), expected);
        }
    }
}
