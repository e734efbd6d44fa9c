//! Facts computed from facts, as the standards compute them: pure, so that an old document can be derived anew.

use crate::facts::{
    Facts,
    mta_sts::{MtaSts, StsMode},
    mx::Mx,
    observed::Observed,
    spf::Spf,
};
use crate::records;

pub mod bimi;
pub mod caa;
pub mod chain;
pub mod correct;
pub mod dane;
pub mod dangling;
pub mod delivery;
pub mod dkim;
pub mod dmarc;
pub mod enforcement;
pub mod message;
pub mod mta_sts;
pub mod mx;
pub mod reported;
pub mod role;
pub mod spf;
pub mod tls;
pub mod zone;

/// Derives anew all that the document's observations lead to, from the published texts on. What was
/// observed stays as it is; doing it twice changes nothing more.
pub fn complete(facts: &mut Facts) {
    complete_mx(&mut facts.mx);
    dmarc::complete(&facts.target.domain, &mut facts.dmarc);
    let hosts: Vec<&str> = facts
        .mx
        .hosts
        .iter()
        .map(|host| host.host.as_str())
        .collect();
    complete_mta_sts(&mut facts.mta_sts, &hosts);
    dkim::complete(facts);
    complete_spf(&mut facts.spf);
    facts.tls_rpt.record = records::tls_rpt::only(&facts.tls_rpt.records.observed);
    bimi::complete(facts);
    caa::complete(facts);
    zone::complete(facts);
    facts.dangling = dangling::names(facts);
    complete_dane(facts);
    facts.delivery = delivery::of(&facts.mx, &facts.mta_sts);
    facts.target.derived_role = role::of(facts);
    reported::complete(facts);
    if let Observed::Present { value } = &mut facts.enforcement {
        enforcement::conclude(value);
    }
}

fn complete_spf(spf: &mut Spf) {
    spf.record = records::spf::unique_record(&spf.records);
    for node in &mut spf.tree {
        node.record = records::spf::unique_record(&node.records);
    }
    spf.evaluation = spf::evaluate(&mut spf.tree, &spf.lookups);
}

fn complete_dane(facts: &mut Facts) {
    let Facts {
        mx,
        target,
        vantage,
        ..
    } = facts;
    for host in &mut mx.hosts {
        host.dane = dane::judge(host, &mx.records, &target.domain, vantage.started);
    }
    mx.dane_coverage = dane::coverage(&mx.hosts);
}

fn complete_mx(mx: &mut Mx) {
    for host in &mut mx.hosts {
        host.defects = mx::host_defects(host);
        host.certificates = mx::certificates(host);
        for address in &mut host.addresses {
            address.scope = mx::scope(address.ip);
            tls::complete(address);
        }
    }
    mx.null_mx = mx.records.value().is_some_and(|all| mx::null_mx(all));
    mx.implicit = mx::implicit(&mx.records, &mx.hosts);
    mx.receives = mx::receives(&mx.records, &mx.hosts);
    (mx.servers_named, mx.servers_not_visited) = mx::counts(&mx.records, &mx.hosts);
    mx.defects = mx::defects(&mx.records);
}

fn complete_mta_sts(sts: &mut MtaSts, hosts: &[&str]) {
    sts.record = records::mta_sts::only(&sts.records.observed);
    // Without a policy the file that came is not in the document, and what was concluded of it stays.
    if let Some(raw) = sts.policy.value().map(|policy| policy.raw.clone()) {
        sts.policy = mta_sts::policy(&sts.fetch, &raw);
    }
    sts.mode = mta_sts::mode(&sts.record, &sts.policy);
    sts.removal = sts.mode.value() == Some(&StsMode::None);
    sts.coverage = mta_sts::coverage(&sts.policy, hosts);
    sts.unused_patterns = mta_sts::unused(&sts.policy, hosts);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::reported::Reported;
    use crate::facts::{
        SCHEMA,
        defect::Defect,
        delivery::Delivery,
        dkim::{Dkim, DkimSelector},
        dmarc::{Dmarc, DmarcOlder},
        dns::{Answer, Dnssec, DnssecState},
        mta_sts::StsFetch,
        mx::{AddressScope, DaneCoverage, MxAddress, MxHost, MxRecord, Reverse},
        observed::{Cause, Proof},
        target::{Role, Target},
        timestamp::Timestamp,
        tls_rpt::TlsRpt,
        tlsa::{Dane, DaneVerdict, Rollover},
        vantage::{DnssecMode, Probe, SmtpEgress, Vantage},
        zone::{Zone, servers, wildcards::Wildcards},
    };

    const D: &str = "example.test";
    const BODY: &str = "version: STSv1\nmode: enforce\nmx: mx.example.test\nmax_age: 86400\n";

    fn answer<T>(name: &str, rtype: &str, observed: Observed<T>) -> Answer<T> {
        Answer {
            name: name.to_owned(),
            rtype: rtype.to_owned(),
            observed,
            ttl_seconds: Some(300),
            aliases: Vec::new(),
            dnssec: Dnssec::new(DnssecState::Secure, ""),
        }
    }

    pub(in crate::derive) fn txt(name: &str, text: &str) -> Answer<Vec<String>> {
        answer(name, "TXT", Observed::present(vec![text.to_owned()]))
    }

    fn not_yet<T>() -> Observed<T> {
        Observed::unknown(Cause::NotAttempted, "")
    }

    fn gone<T>() -> Observed<T> {
        Observed::absent(Proof::NoData)
    }

    fn vantage() -> Vantage {
        Vantage {
            started: Timestamp::from_unix(0),
            duration_milliseconds: 0,
            waxseal: "0".to_owned(),
            resolvers: Vec::new(),
            dnssec: DnssecMode::Validate,
            ipv4: true,
            ipv6: true,
            smtp_egress: SmtpEgress::Untested,
            probe: Probe::Standard,
            trust_store: String::new(),
            ehlo_name: String::new(),
            lab: false,
        }
    }

    fn host() -> MxHost {
        let ip = std::net::Ipv4Addr::new(192, 0, 2, 1);
        MxHost {
            preference: 10,
            host: "mx.example.test".to_owned(),
            a: answer("mx.example.test", "A", Observed::present(vec![ip])),
            aaaa: answer("mx.example.test", "AAAA", gone()),
            addresses: vec![MxAddress {
                ip: ip.into(),
                scope: AddressScope::Global,
                session: not_yet(),
                offers: not_yet(),
                reverse: Reverse::default(),
            }],
            tlsa: answer("_25._tcp.mx.example.test", "TLSA", gone()),
            dane: Dane {
                verdict: DaneVerdict::None,
                reason: String::new(),
                matches: Vec::new(),
                rollover: Rollover::default(),
                duplicates: Vec::new(),
            },
            certificates: Vec::new(),
            defects: vec![Defect::minor("stale", "", "")],
        }
    }

    fn received() -> Mx {
        let record = MxRecord {
            preference: 10,
            exchange: "mx.example.test".to_owned(),
        };
        Mx {
            records: answer(D, "MX", Observed::present(vec![record])),
            null_mx: true,
            implicit: true,
            receives: not_yet(),
            hosts: vec![host()],
            servers_named: 0,
            servers_not_visited: 9,
            dane_coverage: DaneCoverage::default(),
            defects: vec![Defect::minor("stale", "", "")],
        }
    }

    fn sts() -> MtaSts {
        let chain = crate::facts::certificate::Chain {
            certificates: Vec::new(),
            reference_name: "mta-sts.example.test".to_owned(),
            trusted: true,
            name_matches: true,
            in_time: true,
            authenticated: true,
            in_order: true,
            root_sent: false,
            store: String::new(),
            defects: Vec::new(),
        };
        let fetch = Observed::present(StsFetch {
            url: String::new(),
            status: 200,
            content_type: "text/plain".to_owned(),
            location: String::new(),
            chain,
        });
        MtaSts {
            records: txt("_mta-sts.example.test", "v=STSv1; id=1"),
            record: not_yet(),
            policy: mta_sts::policy(&fetch, BODY),
            fetch,
            host: gone(),
            mode: not_yet(),
            removal: true,
            coverage: Vec::new(),
            unused_patterns: vec!["stale.test".to_owned()],
        }
    }

    fn spf() -> Spf {
        Spf {
            records: txt(D, "v=spf1 -all"),
            record: not_yet(),
            lookalikes: Vec::new(),
            answer_octets: not_yet(),
            type99: answer(D, "SPF", gone()),
            lookups: Vec::new(),
            evaluation: spf::evaluate(&mut [], &[]),
            tree: Vec::new(),
        }
    }

    fn dkim() -> Dkim {
        let key = format!("k=ed25519; p={}=", "A".repeat(43));
        let name = "s1._domainkey.example.test";
        let key = Observed::present(records::dkim::parse_key(&key));
        Dkim {
            domainkey: answer("_domainkey.example.test", "TXT", gone()),
            wildcard: Observed::present(false),
            wildcard_texts: Vec::new(),
            wildcard_place: String::new(),
            published: not_yet(),
            providers: Vec::new(),
            selectors_tried: vec!["s1".to_owned()],
            keys: vec![DkimSelector {
                selector: "s1".to_owned(),
                source: "given".to_owned(),
                by_wildcard: false,
                record: answer(name, "TXT", key),
            }],
            key_types: Vec::new(),
        }
    }

    fn zone() -> Zone {
        let apex = Observed::present("test".to_owned());
        Zone {
            soa: answer(D, "SOA", gone()),
            apex,
            keys: answer("test", "DNSKEY", gone()),
            delegation: answer("test", "DS", gone()),
            nsec3param: answer("test", "NSEC3PARAM", gone()),
            denial: not_yet(),
            wildcards: Wildcards {
                txt: answer("x.example.test", "TXT", gone()),
                mx: answer("x.example.test", "MX", gone()),
                looked_at: Vec::new(),
                answers_at: vec!["stale".to_owned()],
            },
            servers: servers::unasked("not deep"),
            first_expiry: not_yet(),
            unsigned_delegations: Vec::new(),
            rrsets: Vec::new(),
        }
    }

    /// A document whose observations are there and whose conclusions are missing or stale.
    pub(in crate::derive) fn facts() -> Facts {
        let own = txt("_dmarc.example.test", "v=DMARC1; p=reject");
        let above = answer("_dmarc.test", "TXT", Observed::absent(Proof::Nxdomain));
        let walk = vec![dmarc::step(D, own), dmarc::step("test", above)];
        Facts {
            schema: SCHEMA.to_owned(),
            target: Target {
                domain: D.to_owned(),
                unicode: D.to_owned(),
                organizational_domain: D.to_owned(),
                role: Role::Mail,
                role_declared: false,
                derived_role: None,
            },
            vantage: vantage(),
            zone: zone(),
            mx: received(),
            spf: spf(),
            dmarc: Dmarc {
                walk,
                record: not_yet(),
                domain: String::new(),
                organizational_domain: String::new(),
                inherited: true,
                effective: not_yet(),
                rfc7489: DmarcOlder::default(),
                differences: Vec::new(),
                misplaced: Vec::new(),
                report_addresses: Vec::new(),
                report_hosts: Vec::new(),
            },
            dkim: dkim(),
            mta_sts: sts(),
            tls_rpt: TlsRpt {
                records: txt("_smtp._tls.example.test", "v=TLSRPTv1; rua=mailto:a@b.test"),
                record: not_yet(),
            },
            bimi: crate::facts::bimi::Bimi::default(),
            caa: Vec::new(),
            dangling: Vec::new(),
            outbound: Vec::new(),
            enforcement: Observed::unobserved(),
            reported: Reported::default(),
            delivery: Delivery::default(),
        }
    }

    #[test]
    fn a_document_is_completed_from_its_observations() {
        let mut facts = facts();
        complete(&mut facts);
        assert!(!facts.mx.null_mx && !facts.mx.implicit);
        assert_eq!(facts.mx.receives, Observed::present(true));
        let counts = (facts.mx.servers_named, facts.mx.servers_not_visited);
        assert_eq!(counts, (1, 0));
        assert!(facts.mx.defects.is_empty() && facts.mx.hosts[0].defects.is_empty());
        let scope = facts.mx.hosts[0].addresses[0].scope;
        assert_eq!(scope, AddressScope::Documentation);
        assert_eq!(facts.zone.rrsets.len(), 9);
    }

    #[test]
    fn records_are_read_anew_from_their_texts() {
        let mut facts = facts();
        complete(&mut facts);
        assert_eq!(facts.dmarc.domain, D);
        assert!(!facts.dmarc.inherited && facts.dmarc.effective.value().is_some());
        assert_eq!(facts.dmarc.rfc7489.domain, D);
        assert_eq!(facts.dkim.published, Observed::present(true));
        assert_eq!(facts.dkim.key_types, ["ed25519"]);
        assert_eq!(facts.mta_sts.mode, Observed::present(StsMode::Enforce));
        assert!(facts.mta_sts.coverage[0].covered && !facts.mta_sts.removal);
        assert!(facts.mta_sts.unused_patterns.is_empty());
        assert!(facts.tls_rpt.record.value().is_some_and(|r| r.valid));
    }

    #[test]
    fn completing_twice_changes_nothing_more() {
        let mut once = facts();
        complete(&mut once);
        let mut twice = once.clone();
        complete(&mut twice);
        assert_eq!(once, twice);
    }

    #[test]
    fn mode_none_takes_a_policy_back() {
        let mut facts = facts();
        let none = BODY.replace("enforce", "none");
        facts.mta_sts.policy = mta_sts::policy(&facts.mta_sts.fetch, &none);
        complete(&mut facts);
        assert!(facts.mta_sts.removal);
        assert_eq!(facts.mta_sts.mode, Observed::present(StsMode::None));
    }

    #[test]
    fn a_policy_that_could_not_be_used_stays_so() {
        let mut facts = facts();
        facts.mta_sts.policy = Observed::absent(Proof::Malformed);
        complete(&mut facts);
        assert!(facts.mta_sts.mode.is_absent() && facts.mta_sts.coverage.is_empty());
    }
}
