//! The zone to publish: all records of the probe domain.

use super::ProbesError;
use super::certificates::Wardrobe;
use super::plan::{Plan, Planned};
use crate::authority::{AuthorityError, TTL};
use crate::facts::outbound::enforcement::Posture;
use crate::facts::timestamp::Timestamp;
use data_encoding::HEXLOWER;
use hickory_proto::rr::rdata::{A, AAAA, MX, NS, SOA, TLSA, TXT};
use hickory_proto::rr::{Name, RData, Record};
use sha2::{Digest as _, Sha256};
use std::net::IpAddr;

/// What every name of the zone says that might be taken for a sender: it never sends (RFC 7208 §10.1.2).
const SPF: &str = "v=spf1 -all";
const DMARC: &str = "v=DMARC1; p=reject; sp=reject; adkim=s; aspf=s";
/// The port that mail is delivered to (RFC 5321 §4.5.4.2).
const SMTP: u16 = 25;

/// A name server of the zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameServer {
    /// Its name.
    pub name: String,
    /// Its addresses, where its name is within the zone.
    pub addresses: Vec<IpAddr>,
}

/// What the zone says beside the plan.
#[derive(Clone, Debug)]
pub(super) struct Particulars {
    pub(super) name_servers: Vec<NameServer>,
    /// The addresses of the policy hosts.
    pub(super) policy_hosts: Vec<IpAddr>,
    /// Where senders are to report to, such as `mailto:tls@example.net` (RFC 8460 §3).
    pub(super) report_to: Option<String>,
    /// The port that the servers listen on.
    pub(super) port: u16,
}

/// The records, the start of authority first.
pub(super) fn records(
    plan: &Plan,
    wardrobe: &Wardrobe,
    particulars: &Particulars,
    now: Timestamp,
) -> Result<Vec<Record>, ProbesError> {
    let mut zone = Records(Vec::new());
    zone.apex(&plan.domain, particulars, now)?;
    for probe in &plan.probes {
        zone.probe(probe, wardrobe, particulars)?;
    }
    Ok(zone.0)
}

/// An absolute name.
pub(super) fn name(text: &str) -> Result<Name, ProbesError> {
    let read = || {
        let mut name = Name::from_ascii(text)?;
        name.set_fqdn(true);
        Ok::<_, AuthorityError>(name)
    };
    Ok(read()?)
}

struct Records(Vec<Record>);

impl Records {
    fn add(&mut self, owner: &str, data: RData) -> Result<(), ProbesError> {
        self.0.push(Record::from_rdata(name(owner)?, TTL, data));
        Ok(())
    }

    fn txt(&mut self, owner: &str, text: &str) -> Result<(), ProbesError> {
        let strings = text.as_bytes().chunks(255).collect();
        self.add(owner, RData::TXT(TXT::from_bytes(strings)))
    }

    fn addresses(&mut self, owner: &str, addresses: &[IpAddr]) -> Result<(), ProbesError> {
        for address in addresses {
            let data = match address {
                IpAddr::V4(address) => RData::A(A(*address)),
                IpAddr::V6(address) => RData::AAAA(AAAA(*address)),
            };
            self.add(owner, data)?;
        }
        Ok(())
    }

    fn never_sends(&mut self, domain: &str) -> Result<(), ProbesError> {
        self.txt(domain, SPF)?;
        self.txt(&format!("_dmarc.{domain}"), DMARC)
    }

    /// The probe domain itself: it takes no mail and sends none.
    fn apex(
        &mut self,
        domain: &str,
        particulars: &Particulars,
        now: Timestamp,
    ) -> Result<(), ProbesError> {
        let first = particulars.name_servers.first();
        let primary = first.map_or(domain, |server| server.name.as_str());
        let hours = 3_600;
        let soa = SOA::new(
            name(primary)?,
            name(&format!("hostmaster.{domain}"))?,
            u32::try_from(now.unix()).unwrap_or(u32::MAX),
            2 * hours,
            hours,
            336 * hours,
            TTL,
        );
        self.add(domain, RData::SOA(soa))?;
        for server in &particulars.name_servers {
            self.add(domain, RData::NS(NS(name(&server.name)?)))?;
        }
        for server in &particulars.name_servers {
            self.addresses(&server.name, &server.addresses)?;
        }
        self.add(domain, RData::MX(MX::new(0, Name::root())))?;
        self.never_sends(domain)
    }

    fn probe(
        &mut self,
        probe: &Planned,
        wardrobe: &Wardrobe,
        particulars: &Particulars,
    ) -> Result<(), ProbesError> {
        let (domain, host) = (&probe.domain, &probe.host);
        self.add(domain, RData::MX(MX::new(10, name(host)?)))?;
        self.never_sends(domain)?;
        self.addresses(host, &probe.addresses)?;
        self.txt(host, SPF)?;
        if matches!(probe.posture, Posture::DaneValid | Posture::DaneMismatch) {
            let association = wardrobe.association();
            self.tlsa(host, SMTP, association)?;
            if particulars.port != SMTP && particulars.port != 0 {
                self.tlsa(host, particulars.port, association)?;
            }
        }
        if probe.has_policy() {
            let id = version(&probe.policy());
            self.txt(&format!("_mta-sts.{domain}"), &format!("v=STSv1; id={id}"))?;
            self.addresses(&probe.policy_host(), &particulars.policy_hosts)?;
        }
        if let Some(report_to) = &particulars.report_to {
            let text = format!("v=TLSRPTv1; rua={report_to}");
            self.txt(&format!("_smtp._tls.{domain}"), &text)?;
        }
        Ok(())
    }

    /// Usage DANE-EE, selector SPKI, matching type SHA-256 (RFC 7672 §3.1).
    fn tlsa(&mut self, host: &str, port: u16, association: &[u8]) -> Result<(), ProbesError> {
        let data = TLSA::new(3.into(), 1.into(), 1.into(), association.to_vec());
        self.add(&format!("_{port}._tcp.{host}"), RData::TLSA(data))
    }
}

/// The id of a policy: another one when the policy changes (RFC 8461 §3.1).
fn version(policy: &str) -> String {
    let digest = HEXLOWER.encode(&Sha256::digest(policy));
    digest.chars().take(20).collect()
}
