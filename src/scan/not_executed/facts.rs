//! What a document says that was left out, whether a finding needs it or not.

use super::{List, Part, is_ours, why};
use crate::facts::Facts;
use crate::facts::mx::MxAddress;
use crate::facts::observed::{Cause, Observed, Proof};
use crate::facts::target::Role;
use crate::facts::vantage::Probe;
use crate::scan::exhibits::text::list;
use std::collections::BTreeMap;

/// The most addresses that are named.
const NAMED: usize = 3;
/// The most selectors that are named.
const SELECTORS: usize = 8;

/// How the refusal ends of an address whose family is not spoken.
pub(super) const FAMILY_MISSING: &str = " is not available from here";

pub(super) fn read(list: &mut List, facts: &Facts) {
    servers(list, facts);
    sessions(list, facts);
    tls(list, facts);
    records(list, facts);
    selectors(list, facts);
    if facts.outbound.is_empty() && sends(facts) {
        outbound(list);
    }
}

/// Adds that no message of the domain was looked at.
pub(super) fn outbound(list: &mut List) {
    list.add(
        Part::Outbound,
        "",
        "mail that the domain sends: its TLS, SPF and DKIM",
        "no message that its provider delivered was observed yet; `waxseal receive` takes one",
    );
}

/// Whether a domain exists and is expected to send.
fn sends(facts: &Facts) -> bool {
    if facts.zone.soa.observed == Observed::absent(Proof::Nxdomain) {
        return false;
    }
    let target = &facts.target;
    let derived = target.derived_role.as_ref().map(|derived| derived.role);
    let role = derived
        .filter(|_| !target.role_declared)
        .unwrap_or(target.role);
    matches!(role, Role::Mail | Role::SendOnly)
}

/// What a part is that a depth leaves out, and the depth that does not.
const fn behind_a_depth(part: Part) -> Option<(&'static str, Probe)> {
    let (what, depth) = match part {
        Part::Versions => ("versions of TLS that mail servers accept", Probe::Standard),
        Part::Suites => ("all cipher suites and groups of mail servers", Probe::Deep),
        Part::Chains => (
            "certificates for senders with RSA only, ECDSA only or no server name",
            Probe::Deep,
        ),
        Part::Injection => ("whether commands get in front of TLS", Probe::Deep),
        Part::Revocation => ("lists of revoked certificates", Probe::Deep),
        Part::NameServers => ("every authoritative name server by itself", Probe::Deep),
        Part::Bimi => (
            "the indicator and the evidence document of BIMI",
            Probe::Deep,
        ),
        Part::Egress
        | Part::Families
        | Part::Servers
        | Part::Sessions
        | Part::SpfTree
        | Part::Selectors
        | Part::ReportDomains
        | Part::PolicyFile
        | Part::Outbound
        | Part::Other => return None,
    };
    Some((what, depth))
}

/// Adds what the chosen depth leaves out; false where it does not.
pub(super) fn deeper(list: &mut List, facts: &Facts, part: Part) -> bool {
    let probe = facts.vantage.probe;
    let Some((what, depth)) = behind_a_depth(part).filter(|(_, depth)| probe < *depth) else {
        return false;
    };
    let why = format!(
        "--probe {} does not ask for it; --probe {} does",
        probe.as_str(),
        depth.as_str()
    );
    list.add(part, "", what, why);
    true
}

/// Servers beyond the limit, and those of a family that is not spoken here.
fn servers(list: &mut List, facts: &Facts) {
    let mx = &facts.mx;
    if mx.servers_not_visited > 0 {
        let mut hosts = mx.hosts.iter();
        let unvisited = hosts.find_map(|host| limit(&host.a.observed));
        let detail = unvisited.unwrap_or_default();
        let what = format!(
            "{} of {} mail servers",
            mx.servers_not_visited, mx.servers_named
        );
        list.add(
            Part::Servers,
            detail,
            what,
            why(Cause::LimitReached, detail),
        );
    }
    let vantage = &facts.vantage;
    let some = |present: &dyn Fn(&crate::facts::mx::MxHost) -> bool| mx.hosts.iter().any(present);
    let absent = [
        (
            vantage.ipv4,
            some(&|host| host.a.value().is_some_and(|all| !all.is_empty())),
            "IPv4",
            "--no-ipv4",
        ),
        (
            vantage.ipv6,
            some(&|host| host.aaaa.value().is_some_and(|all| !all.is_empty())),
            "IPv6",
            "--no-ipv6",
        ),
    ];
    for (_, _, family, option) in absent
        .into_iter()
        .filter(|(spoken, some, ..)| !spoken && *some)
    {
        list.add(
            Part::Families,
            &[family, FAMILY_MISSING].concat(),
            [family, " addresses of mail servers"].concat(),
            format!("{family}{FAMILY_MISSING}, or is left out by {option}"),
        );
    }
}

/// Sessions that were not held, or not to their end, for a reason on this side.
fn sessions(list: &mut List, facts: &Facts) {
    let mut grouped: BTreeMap<(Cause, &str, &str), Vec<String>> = BTreeMap::new();
    for host in &facts.mx.hosts {
        for address in &host.addresses {
            if let Some((what, cause, detail)) = left_out(address, facts) {
                let named = format!("{} [{}]", host.host, address.ip);
                grouped
                    .entry((cause, detail, what))
                    .or_default()
                    .push(named);
            }
        }
    }
    for ((cause, detail, what), named) in grouped {
        let what = [what, " with ", &join(&named)].concat();
        session(list, what, cause, detail);
    }
}

/// Adds what was not done with some addresses.
fn session(list: &mut List, what: String, cause: Cause, detail: &str) {
    use Cause::{BlockedEgress, ConnectionRefused, ConnectionTimeout};
    const ALL: &str = "SMTP sessions with the mail servers";
    if cause == BlockedEgress {
        list.add(Part::Egress, detail, ALL, why(cause, detail));
    } else if matches!(cause, ConnectionTimeout | ConnectionRefused) {
        let why = "no server answered, and it was not found out whether connections to port 25 get out of this network";
        list.add(Part::Egress, detail, ALL, why);
    } else if !detail.ends_with(FAMILY_MISSING) {
        let mut told = why(cause, detail);
        if cause == Cause::NotAttempted {
            told.push_str("; --internal-addresses lifts that");
        }
        list.add(Part::Sessions, detail, what, told);
    }
}

/// The first of some addresses.
fn join(named: &[String]) -> String {
    list(named, NAMED)
}

/// What was not done with an address for a reason on this side.
fn left_out<'a>(address: &'a MxAddress, facts: &Facts) -> Option<(&'static str, Cause, &'a str)> {
    let (what, cause, detail) = match &address.session {
        Observed::Unknown { cause, detail } => ("SMTP sessions", cause, detail),
        Observed::Present { value } => match &value.tls {
            Observed::Unknown { cause, detail } => ("TLS handshakes", cause, detail),
            Observed::Present { .. } | Observed::Absent { .. } => return None,
        },
        Observed::Absent { .. } => return None,
    };
    is_ours(*cause, facts).then_some((what, *cause, detail.as_str()))
}

/// What the depth leaves out of TLS, where some server has it.
fn tls(list: &mut List, facts: &Facts) {
    let addresses = || facts.mx.hosts.iter().flat_map(|host| &host.addresses);
    let with = addresses().any(|address| {
        let session = address.session.value();
        session.is_some_and(|session| session.starttls.value().is_some())
    });
    if with {
        for part in [Part::Versions, Part::Suites, Part::Chains, Part::Injection] {
            deeper(list, facts, part);
        }
    }
    let lists = addresses().any(|address| {
        let session = address.session.value();
        let tls = session.and_then(|session| session.tls.value());
        tls.is_some_and(|tls| {
            let own = tls.chain.certificates.first();
            is_unattempted(&tls.crl) && own.is_some_and(|own| !own.crl_urls.is_empty())
        })
    });
    if lists {
        deeper(list, facts, Part::Revocation);
    }
    for address in addresses() {
        let offers = address.offers.value();
        for offer in offers.into_iter().flat_map(|offers| &offers.versions) {
            if let Some(detail) = limit(&offer.accepted) {
                let what = "versions of TLS that some mail servers accept";
                list.add(
                    Part::Versions,
                    detail,
                    what,
                    why(Cause::LimitReached, detail),
                );
            }
        }
    }
}

/// The limit that ended an observation, in words.
fn limit<T>(observed: &Observed<T>) -> Option<&str> {
    let Observed::Unknown {
        cause: Cause::LimitReached,
        detail,
    } = observed
    else {
        return None;
    };
    Some(detail)
}

const fn is_unattempted<T>(observed: &Observed<T>) -> bool {
    matches!(
        observed,
        Observed::Unknown {
            cause: Cause::NotAttempted,
            ..
        }
    )
}

/// Lookups and fetches that were left out.
fn records(list: &mut List, facts: &Facts) {
    if facts.zone.apex.value().is_some() && is_unattempted(&facts.zone.servers.asked) {
        deeper(list, facts, Part::NameServers);
    }
    if facts.bimi.record.value().is_some() && is_unattempted(&facts.bimi.indicator) {
        deeper(list, facts, Part::Bimi);
    }
    let tree = facts.spf.tree.iter().map(|node| &node.records.observed);
    limited(list, Part::SpfTree, "SPF records that others include", tree);
    let reports = facts.dmarc.report_addresses.iter();
    let reports = reports.map(|address| &address.receives);
    let what = "some domains that DMARC reports go to";
    limited(list, Part::ReportDomains, what, reports);
    if let Observed::Unknown { cause, detail } = &facts.mta_sts.fetch
        && is_ours(*cause, facts)
        && facts.mta_sts.record.value().is_some()
        && *cause != Cause::ConnectionTimeout
        && *cause != Cause::ConnectionRefused
    {
        let what = "the MTA-STS policy file";
        list.add(Part::PolicyFile, detail, what, why(*cause, detail));
    }
}

/// Adds a part where a limit ended one of its observations.
fn limited<'a, T: 'a>(
    list: &mut List,
    part: Part,
    what: &str,
    mut all: impl Iterator<Item = &'a Observed<T>>,
) {
    let detail = all.find_map(limit);
    if let Some(detail) = detail {
        list.add(part, detail, what, why(Cause::LimitReached, detail));
    }
}

/// DKIM selectors can't be listed, so that there are always others.
fn selectors(found: &mut List, facts: &Facts) {
    let dkim = &facts.dkim;
    let detail = match &dkim.published {
        Observed::Present { .. } => "",
        Observed::Unknown {
            cause: Cause::NotObservable,
            detail,
        } => detail.as_str(),
        Observed::Absent { .. } | Observed::Unknown { .. } => return,
    };
    if dkim.wildcard == Observed::present(true) && !detail.is_empty() {
        let what = "which DKIM keys are published";
        found.add(
            Part::Selectors,
            detail,
            what,
            why(Cause::NotObservable, detail),
        );
        return;
    }
    let tried = &dkim.selectors_tried;
    let asked = list(tried, SELECTORS);
    let why = format!(
        "selectors can't be listed from outside: {} were asked ({asked}), others are asked with --selector",
        tried.len()
    );
    found.add(Part::Selectors, detail, "keys at other DKIM selectors", why);
}
