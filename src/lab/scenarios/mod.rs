//! All scenarios, one file a group or two, and the domains that only help them.

mod bimi;
mod caa;
mod certificate;
mod dane;
mod delivery;
mod dkim;
mod dmarc;
mod dnssec;
mod hostile;
mod mta_sts;
mod mx;
mod records;
mod smtp;
mod sound;
mod spf;
mod tls;
mod zone;

use super::dns::authority::NAME_SERVERS;
use super::scenario::Scenario;
use super::server::FIRST_FREE;
use super::setup::{Data, SHARED_MX, Setup, web_addresses};

/// The domains of the lab that are worth a scan, group by group, in a fixed order.
pub fn scenarios() -> impl Iterator<Item = &'static Scenario> {
    [
        sound::ALL,
        spf::ALL,
        dkim::ALL,
        dmarc::ALL,
        mx::ALL,
        smtp::ALL,
        tls::ALL,
        certificate::ALL,
        dane::ALL,
        zone::ALL,
        dnssec::ALL,
        mta_sts::ALL,
        records::ALL,
        caa::ALL,
        bimi::ALL,
        delivery::ALL,
        hostile::ALL,
    ]
    .into_iter()
    .flatten()
}

/// A domain that others point at.
type Helper = (&'static str, fn(&mut Setup));

/// The domains that are no scenarios. The first holds the shared servers.
const HELPERS: &[Helper] = &[
    ("mail.test", |z| {
        z.server("mx1");
        z.server("mx2");
        let (v4, v6) = web_addresses();
        z.push("web", Data::A(v4));
        z.push("web", Data::Aaaa(v6));
        z.push("crl", Data::A(v4));
        z.push("crl", Data::Aaaa(v6));
        z.push("caa-web", Data::A(v4));
        z.push("caa-web", Data::Aaaa(v6));
        z.push("caa-web", Data::caa(0, "issue", "ca.mail.test"));
    }),
    ("dns.test", |z| {
        for (label, address, _) in NAME_SERVERS {
            z.push(label, Data::A(address));
        }
    }),
    // A mail provider: what its customers include and point at.
    ("provider.test", |z| {
        z.txt("_spf", "v=spf1 ip4:198.51.100.0/24 -all");
        z.txt(
            "_dmarc-of-customers",
            "v=DMARC1; p=reject; rua=mailto:dmarc@dmarc-alias.test",
        );
        z.txt("s1.keys", super::setup::DKIM_RSA_2048);
        z.txt(
            "_tls-of-customers",
            "v=TLSRPTv1; rua=mailto:tls@provider.test",
        );
        z.txt("_mta-sts-of-customers", "v=STSv1; id=20261101T000000");
        z.quirk("_spf-broken", super::setup::Quirk::Servfail);
    }),
    // Takes DMARC reports for one domain besides its own (RFC 9990 §4).
    ("reports.test", |z| {
        z.mx(&[(10, SHARED_MX[0])]);
        z.txt("dmarc-rua-elsewhere.test._report._dmarc", "v=DMARC1");
        z.cname("dmarc-rua-alias.test._report._dmarc", "consent");
        z.txt("consent", "v=DMARC1;");
        z.quirk(
            "dmarc-rua-servfail.test._report._dmarc",
            super::setup::Quirk::Servfail,
        );
    }),
    // Takes DMARC reports for everybody, at another address than they give.
    ("collector.test", |z| {
        z.mx(&[(10, SHARED_MX[0])]);
        z.txt(
            "*._report._dmarc",
            "v=DMARC1; rua=mailto:everybody@collector.test",
        );
    }),
    // A public suffix that publishes a policy for all below it (RFC 9989 §4.7).
    ("gov.example", |z| {
        z.mx(&[(10, SHARED_MX[0])]);
        z.txt(
            "_dmarc",
            "v=DMARC1; p=reject; psd=y; rua=mailto:dmarc@gov.example",
        );
    }),
    // An organisation whose units are organisations of their own.
    ("corp.example", |z| {
        z.mx(&[(10, SHARED_MX[0])]);
        z.txt(
            "_dmarc",
            "v=DMARC1; p=reject; sp=reject; rua=mailto:dmarc@corp.example",
        );
    }),
];

/// The setup of every domain below the top-level domains, scenarios and helpers. Addresses go only to
/// those that have servers of their own.
pub(crate) fn setups() -> Vec<Setup> {
    type Make = fn(&str, u16) -> Setup;
    let helpers = HELPERS
        .iter()
        .map(|(domain, fill)| (*domain, Setup::bare as Make, *fill));
    let played = scenarios().map(|played| {
        let make = Setup::compliant as Make;
        (played.domain, make, played.change)
    });
    let mut first = 0;
    helpers
        .chain(played)
        .map(|(domain, make, change)| {
            let mut setup = make(domain, first);
            change(&mut setup);
            let servers = u16::try_from(setup.servers.len()).unwrap_or(u16::MAX);
            first = (first + servers).max(FIRST_FREE);
            setup
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn there_are_many_scenarios_and_each_domain_plays_once() {
        let domains: BTreeSet<&str> = scenarios().map(|scenario| scenario.domain).collect();
        assert_eq!(domains.len(), scenarios().count(), "a domain plays twice");
        assert!(domains.len() >= 48, "{} scenarios", domains.len());
        assert!(HELPERS.iter().all(|(domain, _)| !domains.contains(domain)));
    }

    #[test]
    fn every_scenario_says_what_it_plays_and_by_which_section() {
        for scenario in scenarios() {
            let Scenario {
                domain,
                title,
                plays,
                ..
            } = scenario;
            assert!(title.len() >= 10 && title.len() <= 60, "{domain}: {title}");
            assert!(
                plays.len() > 40 && plays.contains("RFC "),
                "{domain}: {plays}"
            );
            assert_eq!(*domain, domain.to_ascii_lowercase());
            let above = domain.rsplit('.').next();
            assert!(matches!(above, Some("test" | "example")), "{domain}");
        }
    }

    #[test]
    fn no_two_mail_servers_have_the_same_address() {
        let setups = setups();
        let servers: Vec<_> = setups.iter().flat_map(|setup| &setup.servers).collect();
        let v4: BTreeSet<_> = servers.iter().map(|server| server.v4).collect();
        let v6: BTreeSet<_> = servers.iter().map(|server| server.v6).collect();
        assert_eq!((v4.len(), v6.len()), (servers.len(), servers.len()));
        assert!(!v4.contains(&web_addresses().0));
        assert!(
            NAME_SERVERS
                .iter()
                .all(|(_, address, _)| !v4.contains(address))
        );
    }
}
