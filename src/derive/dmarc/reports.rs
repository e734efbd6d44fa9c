//! Where DMARC reports go, and whether reporters may and can send them there (RFC 9990 §4, RFC 9991 §5).

use super::{absent, organizational_domain};
use crate::derive::mx;
use crate::facts::{
    dmarc::{Dmarc, DmarcRecord, DmarcReportAddress, DmarcReportHost, ReportUri},
    mx::MxRecord,
    observed::{Cause, Observed, Proof},
};
use crate::records::dmarc::{is_dmarc, parse};
use crate::records::domain;

/// The most domains of one record that are asked.
const MOST_DOMAINS: usize = 8;

/// The domains that are asked about, each once, in the order of the record; no more than eight.
pub fn report_domains(record: &DmarcRecord) -> Vec<&str> {
    let mut domains: Vec<&str> = Vec::new();
    for (_, uri, used) in uris(record) {
        let domain = uri.domain.as_str();
        if used && !domains.contains(&domain) && domains.len() < MOST_DOMAINS {
            domains.push(domain);
        }
    }
    domains
}

/// The name at which a domain agrees to take the reports of another.
pub fn consent_name(record_domain: &str, report_domain: &str) -> String {
    format!("{record_domain}._report._dmarc.{report_domain}")
}

/// The addresses that reporters can make something of, with their tag and whether reports go there.
///
/// Failure reports are not sent by the record of a public suffix (RFC 9989 §4.7).
fn uris(record: &DmarcRecord) -> impl Iterator<Item = (&'static str, &ReportUri, bool)> {
    let public_suffix = record.psd == "y";
    let rua = record.rua.iter().map(|uri| ("rua", uri, true));
    let ruf = record
        .ruf
        .iter()
        .map(move |uri| ("ruf", uri, !public_suffix));
    rua.chain(ruf).filter(|(_, uri, _)| uri.valid)
}

/// What is known of each address of the record that holds.
pub fn addresses(dmarc: &Dmarc, hosts: &[DmarcReportHost]) -> Vec<DmarcReportAddress> {
    let Some(record) = dmarc.record.value() else {
        return Vec::new();
    };
    let describe = |(tag, uri, used): (&str, &ReportUri, bool)| {
        let known = hosts.iter().find(|host| host.domain == uri.domain);
        let Some(host) = known.filter(|_| used) else {
            return unasked(tag, uri, used, hosts.len());
        };
        let external = external(dmarc, host);
        DmarcReportAddress {
            tag: tag.to_owned(),
            uri: uri.uri.clone(),
            domain: uri.domain.clone(),
            used,
            authorized: authorized(&external, &dmarc.domain, host),
            replaced_by: replacements(tag, &external, host),
            external,
            receives: receives(host),
        }
    };
    uris(record).map(describe).collect()
}

/// An address whose domain was not asked about: too many, or nothing is sent there.
fn unasked(tag: &str, uri: &ReportUri, used: bool, asked: usize) -> DmarcReportAddress {
    let (cause, why) = if used && asked >= MOST_DOMAINS {
        let why = format!("more than {MOST_DOMAINS} domains take reports");
        (Cause::LimitReached, why)
    } else {
        (Cause::NotAttempted, String::new())
    };
    DmarcReportAddress {
        tag: tag.to_owned(),
        uri: uri.uri.clone(),
        domain: uri.domain.clone(),
        used,
        external: Observed::unknown(cause, why.clone()),
        authorized: Observed::unknown(cause, why.clone()),
        replaced_by: Vec::new(),
        receives: Observed::unknown(cause, why),
    }
}

/// Whether some reporter takes the two for different organizations.
fn external(dmarc: &Dmarc, host: &DmarcReportHost) -> Observed<bool> {
    if host.domain == dmarc.domain {
        return Observed::present(false);
    }
    let by_list = domain::organizational;
    if by_list(&host.domain) != by_list(&dmarc.domain) {
        return Observed::present(true);
    }
    let theirs = organizational_domain(&host.domain, &host.walk);
    let ours = organizational_domain(&dmarc.domain, &dmarc.walk);
    if theirs.is_empty() || ours.is_empty() {
        let why = "a question of the tree walk got no answer";
        return Observed::unknown(Cause::Unresolved, why);
    }
    Observed::present(theirs != ours)
}

fn authorized(
    external: &Observed<bool>,
    record_domain: &str,
    host: &DmarcReportHost,
) -> Observed<bool> {
    // What was asked for another record says nothing of this one.
    let other: Observed<Vec<String>> = Observed::unknown(Cause::NotAttempted, "not asked");
    let asked = host.consent.name == consent_name(record_domain, &host.domain);
    let consent = if asked {
        &host.consent.observed
    } else {
        &other
    };
    let agrees = asked && consents(host).next().is_some();
    match (external, consent) {
        (Observed::Present { value: false }, _) => Observed::present(true),
        _ if agrees => Observed::present(true),
        (Observed::Present { value: true }, Observed::Present { .. } | Observed::Absent { .. }) => {
            Observed::present(false)
        }
        (Observed::Present { value: true }, Observed::Unknown { cause, detail })
        | (Observed::Unknown { cause, detail }, _) => Observed::unknown(*cause, detail.clone()),
        (Observed::Absent { proof, detail }, _) => absent(*proof, detail.clone()),
    }
}

/// The records that agree: they begin with `v=DMARC1`, a semicolon behind it or not.
fn consents(host: &DmarcReportHost) -> impl Iterator<Item = &String> {
    let texts = host.consent.value().into_iter().flatten();
    texts.filter(|text| is_dmarc(text))
}

/// What the agreeing domain puts in place of an address; another domain in it is not heeded (RFC 9990 §4).
fn replacements(tag: &str, external: &Observed<bool>, host: &DmarcReportHost) -> Vec<String> {
    if external.value() != Some(&true) {
        return Vec::new();
    }
    let records = consents(host).map(|text| parse(text));
    let uris = records.flat_map(|record| match tag {
        "rua" => record.rua,
        _ => record.ruf,
    });
    uris.filter(|uri| uri.valid && uri.domain == host.domain)
        .map(|uri| uri.uri)
        .collect()
}

/// Whether a domain receives mail by its MX records, or else by its addresses (RFC 5321 §5.1, RFC 7505).
pub fn receives(host: &DmarcReportHost) -> Observed<bool> {
    let takes = |records: &Vec<MxRecord>| !records.is_empty() && !mx::null_mx(records);
    match &host.mx.observed {
        Observed::Present { value } => Observed::present(takes(value)),
        Observed::Unknown { cause, detail } => Observed::unknown(*cause, detail.clone()),
        Observed::Absent {
            proof: Proof::Nxdomain,
            ..
        } => Observed::present(false),
        Observed::Absent { .. } => {
            if host.a.value().is_some() || host.aaaa.value().is_some() {
                return Observed::present(true);
            }
            let lost = unknown(&host.a.observed).or_else(|| unknown(&host.aaaa.observed));
            lost.unwrap_or(Observed::present(false))
        }
    }
}

fn unknown<T>(observed: &Observed<T>) -> Option<Observed<bool>> {
    match observed {
        Observed::Unknown { cause, detail } => Some(Observed::unknown(*cause, detail.clone())),
        Observed::Present { .. } | Observed::Absent { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{conclude, tests::walk};
    use super::*;
    use crate::facts::dns::Answer;

    const D: &str = "example.test";
    const THERE: &str = "reports.test";

    fn seen<T>(name: &str, rtype: &str, observed: Observed<T>) -> Answer<T> {
        Answer::<T>::unasked(name, rtype, Cause::NotAttempted, "").with(observed)
    }

    fn gone<T>() -> Observed<T> {
        Observed::absent(Proof::NoData)
    }

    fn late<T>() -> Observed<T> {
        Observed::unknown(Cause::Timeout, "late")
    }

    fn texts(all: &[&str]) -> Observed<Vec<String>> {
        Observed::present(all.iter().map(|text| (*text).to_owned()).collect())
    }

    fn mx(exchange: &str) -> Observed<Vec<MxRecord>> {
        Observed::present(vec![MxRecord {
            preference: 0,
            exchange: exchange.to_owned(),
        }])
    }

    fn host(domain: &str, consent: Observed<Vec<String>>) -> DmarcReportHost {
        DmarcReportHost {
            domain: domain.to_owned(),
            walk: walk(domain, &[(D, "v=DMARC1; p=reject")]),
            consent: seen(&consent_name(D, domain), "TXT", consent),
            mx: seen(domain, "MX", mx("mx.test")),
            a: seen(domain, "A", gone()),
            aaaa: seen(domain, "AAAA", gone()),
        }
    }

    fn dmarc(tags: &str) -> Dmarc {
        conclude(D, walk(D, &[(D, &format!("v=DMARC1; p=reject; {tags}"))]))
    }

    #[test]
    fn an_address_elsewhere_needs_the_consent_of_its_domain() {
        let yes = Observed::present(true);
        let no = Observed::present(false);
        for (domain, consent, external, authorized) in [
            (D, gone(), &no, &yes),
            ("sub.example.test", gone(), &no, &yes),
            (THERE, gone(), &yes, &no),
            (THERE, Observed::absent(Proof::Nxdomain), &yes, &no),
            (THERE, texts(&["v=DMARC1"]), &yes, &yes),
            (THERE, texts(&["v=DMARC1;"]), &yes, &yes),
            (THERE, texts(&["hello", "v=DMARC1; p=none"]), &yes, &yes),
            (THERE, texts(&["v=dmarc1"]), &yes, &no),
            (THERE, texts(&["hello"]), &yes, &no),
            (THERE, late(), &yes, &late()),
        ] {
            let dmarc = dmarc(&format!("rua=mailto:d@{domain}"));
            let found = &addresses(&dmarc, &[host(domain, consent.clone())])[0];
            assert_eq!(&found.external, external, "{domain} {consent:?}");
            assert_eq!(&found.authorized, authorized, "{domain} {consent:?}");
        }
    }

    #[test]
    fn a_unit_that_is_an_organization_of_its_own_is_elsewhere() {
        let dmarc = dmarc("rua=mailto:d@unit.example.test");
        let mut there = host("unit.example.test", gone());
        let own = ("unit.example.test", "v=DMARC1; p=none; psd=n");
        there.walk = walk("unit.example.test", &[own, (D, "v=DMARC1; p=reject")]);
        let found = &addresses(&dmarc, &[there.clone()])[0];
        assert_eq!(found.external, Observed::present(true));
        assert_eq!(found.authorized, Observed::present(false));
        there.walk = walk("unit.example.test", &[("unit.example.test", "?")]);
        let found = &addresses(&dmarc, &[there.clone()])[0];
        assert!(found.external.is_unknown() && found.authorized.is_unknown());
        there.consent.observed = texts(&["v=DMARC1"]);
        let found = &addresses(&dmarc, &[there])[0];
        assert_eq!(found.authorized, Observed::present(true));
    }

    #[test]
    fn a_consent_for_another_domain_says_nothing_of_this_one() {
        let dmarc = dmarc("rua=mailto:d@reports.test");
        let mut there = host(THERE, texts(&["v=DMARC1"]));
        there.consent.name = consent_name("other.test", THERE);
        assert!(addresses(&dmarc, &[there])[0].authorized.is_unknown());
    }

    #[test]
    fn a_consent_may_replace_the_address_at_the_same_domain_only() {
        let consent =
            "v=DMARC1; rua=mailto:new@reports.test,mailto:x@victim.test; ruf=mailto:f@reports.test";
        let dmarc = dmarc("rua=mailto:d@reports.test; ruf=mailto:e@reports.test");
        let found = addresses(&dmarc, &[host(THERE, texts(&[consent]))]);
        assert_eq!(found[0].replaced_by, ["mailto:new@reports.test"]);
        assert_eq!(found[1].replaced_by, ["mailto:f@reports.test"]);
        assert_eq!(
            (found[0].tag.as_str(), found[1].tag.as_str()),
            ("rua", "ruf")
        );
    }

    #[test]
    fn a_domain_receives_by_mx_or_by_its_addresses() {
        let yes = Some(true);
        let ip = || Observed::present(vec![std::net::Ipv4Addr::new(192, 0, 2, 1)]);
        for (mx, a, aaaa, expected) in [
            (mx("mx.test"), gone(), gone(), yes),
            (mx("."), ip(), gone(), Some(false)),
            (gone(), ip(), gone(), yes),
            (gone(), ip(), late(), yes),
            (gone(), gone(), gone(), Some(false)),
            (gone(), gone(), late(), None),
            (gone(), late(), gone(), None),
            (late(), ip(), gone(), None),
            (
                Observed::absent(Proof::Nxdomain),
                late(),
                late(),
                Some(false),
            ),
        ] {
            let mut there = host(THERE, gone());
            there.mx.observed = mx;
            there.a.observed = a;
            there.aaaa.observed = aaaa;
            assert_eq!(receives(&there).value().copied(), expected, "{there:?}");
        }
    }

    #[test]
    fn no_more_than_eight_domains_are_asked_and_the_rest_is_unknown() {
        let many: Vec<String> = (0..10).map(|n| format!("mailto:d@r{n}.test")).collect();
        let dmarc = dmarc(&format!("rua={},mailto:e@r0.test", many.join(",")));
        let domains = report_domains(dmarc.record.value().unwrap());
        assert_eq!(domains.len(), 8);
        assert_eq!(domains[7], "r7.test");
        let hosts: Vec<_> = domains.iter().map(|domain| host(domain, gone())).collect();
        let found = addresses(&dmarc, &hosts);
        assert_eq!(found.len(), 11);
        let Observed::Unknown { cause, .. } = found[9].authorized else {
            panic!("{:?}", found[9]);
        };
        assert_eq!(cause, Cause::LimitReached);
        let Observed::Unknown { cause, .. } = addresses(&dmarc, &[])[0].receives else {
            panic!("an old document says nothing of it");
        };
        assert_eq!(cause, Cause::NotAttempted);
    }

    #[test]
    fn failure_reports_by_the_record_of_a_public_suffix_are_not_sent() {
        let dmarc = dmarc("psd=y; rua=mailto:a@reports.test; ruf=mailto:f@elsewhere.test");
        assert_eq!(report_domains(dmarc.record.value().unwrap()), [THERE]);
        let found = addresses(&dmarc, &[host(THERE, gone())]);
        assert!(found[0].used && !found[1].used);
        assert!(found[1].authorized.is_unknown());
    }
}
