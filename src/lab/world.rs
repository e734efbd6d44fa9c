//! From setups to what is served: certificates first, since TLSA records hold their digests, then
//! the zones from the root down, signed.

use super::LabError;
use super::ca::{self, Authorities, Crl, Issued, Leaf, Staple};
use super::dns::key::Keys;
use super::dns::record;
use super::dns::zone::{Dormant, Draft};
use super::http::Lists;
use super::https::{Site, Sites};
use super::leaf::{LIST, STALE_LIST};
use super::server::{ReverseName, web_addresses};
use super::setup::{Algorithm, Brand, Data, Delegation, Entry, Setup};
use super::smtp::{Handshake, Host};
use super::tls::{self, ByName};
use crate::authority::TTL;
use crate::authority::key::{ZoneKey, ds_text};
use crate::facts::timestamp::Timestamp;
use aws_lc_rs::digest::{SHA256, SHA512, digest};
use hickory_proto::dnssec::DigestType;
use hickory_proto::dnssec::rdata::{DNSSECRData, DS};
use hickory_proto::rr::{LowerName, Name, RData, Record};
use rustls_pki_types::CertificateDer;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

/// The zones above the scenarios.
const ABOVE: [&str; 4] = [".", "test.", "example.", "arpa."];
/// A signing algorithm and a digest type that few validators know (RFC 9563 §4.1, §5).
const SM2SM3: u8 = 17;
const SM3: u8 = 6;

/// The setups once their certificates are issued.
struct WithCertificates {
    setups: Vec<Setup>,
    hosts: Vec<Host>,
    sites: Sites,
    lists: Lists,
    ca_pem: String,
}

/// All that the servers need.
pub(crate) struct Prepared {
    pub(crate) zones: Vec<Dormant>,
    pub(crate) hosts: Vec<Host>,
    pub(crate) sites: Sites,
    pub(crate) lists: Lists,
    /// The addresses of the web server.
    pub(crate) web: [IpAddr; 2],
    pub(crate) trust_anchor: String,
    pub(crate) ca_pem: String,
}

/// Issues all certificates and puts TLSA records into the zones.
fn issue(now: Timestamp, mut setups: Vec<Setup>) -> Result<WithCertificates, LabError> {
    let authorities = Authorities::new(now)?;
    let next = ca::next_key()?;
    let mut hosts = Vec::new();
    let mut sites = BTreeMap::new();
    let mut revoked = Vec::new();
    let mut web = ByName::default();
    web.otherwise(authorities.issue("web.mail.test", Leaf::Good, Staple::None)?)?;
    for setup in &mut setups {
        for server in setup.servers.clone() {
            let issued = server.issue(server.leaf, &authorities)?;
            if server.crl == Crl::Revoked {
                for one in &issued {
                    revoked.push(ca::serial(one)?);
                }
            }
            for text in server.tlsa {
                let data = tlsa(text, &issued, &next, authorities.root())?;
                setup.push(&format!("_25._tcp.{}.", server.host), data);
            }
            hosts.extend(server.hosts(issued, &authorities)?);
        }
        if let Some(kind) = setup.web.clone() {
            let host = format!("mta-sts.{}", setup.domain);
            web.add(
                &host,
                authorities.issue(&host, setup.web_leaf, Staple::None)?,
            )?;
            let policy = policy(setup, &kind);
            sites.insert(host, Site::Policy { policy, web: kind });
        }
        if let Some(brand) = setup.brand {
            let host = format!("bimi.{}", setup.domain);
            web.add(&host, authorities.issue(&host, Leaf::Good, Staple::None)?)?;
            sites.insert(host, files(&setup.domain, brand, &authorities)?);
        }
    }
    let sites = Sites {
        hosts: sites,
        tls: tls::config(web, &Handshake::Modern.sound())?,
    };
    let lists = BTreeMap::from([
        (LIST, authorities.revocations(&revoked, 6)?),
        (STALE_LIST, authorities.revocations(&revoked, -1)?),
    ]);
    Ok(WithCertificates {
        setups,
        hosts,
        sites,
        lists,
        ca_pem: authorities.root_pem(),
    })
}

/// An indicator and the mark certificate for it.
fn files(domain: &str, brand: Brand, authorities: &Authorities) -> Result<Site, LabError> {
    let named = if brand.named.is_empty() {
        domain
    } else {
        brand.named
    };
    let mark = authorities.mark(named, brand.drawing)?;
    Ok(Site::Files(BTreeMap::from([
        ("/mark.svg", ("image/svg+xml", brand.drawing.to_owned())),
        ("/mark.pem", ("application/pem-certificate-chain", mark)),
    ])))
}

fn policy(setup: &Setup, web: &super::setup::Web) -> String {
    use super::setup::Web;
    match web {
        Web::Policy(mode) => setup.policy_text(mode),
        Web::Body(body) => body.clone(),
        Web::Status(_) | Web::Redirect | Web::MediaType(_) | Web::Huge | Web::Slow => {
            setup.policy_text("enforce")
        }
    }
}

/// A TLSA record from its short form: `usage selector matching which`.
fn tlsa(
    text: &str,
    issued: &[Issued],
    next: &[u8],
    root: &CertificateDer<'_>,
) -> Result<Data, LabError> {
    let wrong = || LabError::Tlsa {
        text: text.to_owned(),
    };
    let mut words = text.split(' ');
    let mut number = || {
        words
            .next()
            .and_then(|word| word.parse::<u8>().ok())
            .ok_or_else(wrong)
    };
    let [usage, selector, matching] = [number()?, number()?, number()?];
    let own = |issued: Option<&Issued>| {
        let own = issued.and_then(|issued| issued.chain.first());
        own.map(|own| own.to_vec()).ok_or_else(wrong)
    };
    let whole = match words.next() {
        Some("leaf") => own(issued.first())?,
        Some("rsa") => own(issued.last())?,
        Some("issuer") => issued.first().ok_or_else(wrong)?.issuer.to_vec(),
        Some("root") => root.to_vec(),
        Some("next") => return Ok(associate([usage, selector, matching], next.to_vec())),
        Some("other") => {
            return Ok(associate(
                [usage, selector, matching],
                b"nobody's key".to_vec(),
            ));
        }
        Some(_) | None => return Err(wrong()),
    };
    let selected = if selector == 1 {
        public_key(&whole)?
    } else {
        whole
    };
    Ok(associate([usage, selector, matching], selected))
}

/// Applies the matching type (RFC 6698 §2.1.3).
fn associate(parameters: [u8; 3], selected: Vec<u8>) -> Data {
    let [_, _, matching] = parameters;
    let data = match matching {
        1 => digest(&SHA256, &selected).as_ref().to_vec(),
        2 => digest(&SHA512, &selected).as_ref().to_vec(),
        _ => selected,
    };
    Data::Tlsa(parameters, data)
}

/// The subject public key info of a certificate.
fn public_key(certificate: &[u8]) -> Result<Vec<u8>, LabError> {
    let (_, parsed) = X509Certificate::from_der(certificate).map_err(|_| LabError::Der)?;
    Ok(parsed.public_key().raw.to_vec())
}

/// Issues the certificates and drafts the zones.
pub(crate) fn prepare(now: Timestamp, setups: Vec<Setup>) -> Result<Prepared, LabError> {
    let WithCertificates {
        setups,
        hosts,
        sites,
        lists,
        ca_pem,
    } = issue(now, setups)?;
    let mut keys = Keys::default();
    let drafts = delegate(drafts(&setups)?, &mut keys)?;
    let mut zones = Vec::new();
    for draft in drafts {
        let key = draft
            .signing
            .map(|signing| keys.get(signing.algorithm))
            .transpose()?;
        zones.push(Dormant::new(draft, key, now));
    }
    let anchor = keys
        .get(Algorithm::P256)?
        .ds(&Name::root(), DigestType::SHA256)?;
    let (v4, v6) = web_addresses();
    Ok(Prepared {
        zones,
        hosts,
        sites,
        lists,
        web: [v4.into(), v6.into()],
        trust_anchor: format!(". IN DS {}\n", ds_text(&anchor)),
        ca_pem,
    })
}

/// One draft a zone, each with its start of authority and name server; undelegated domains within the zone above.
fn drafts(setups: &[Setup]) -> Result<Vec<Draft>, LabError> {
    let above: Vec<Setup> = ABOVE.iter().map(|zone| above(zone, setups)).collect();
    let mut drafts = Vec::new();
    for setup in above
        .iter()
        .chain(setups.iter().filter(|setup| setup.delegated))
    {
        let origin = zone_name(setup)?;
        let mut records = vec![record::soa(&origin)?];
        records.extend(name_servers(&origin, setup.name_servers)?);
        for entry in &setup.records {
            records.push(record::record(entry)?);
        }
        let quirks = setup.quirks.iter().map(|(owner, quirk)| {
            record::name(owner).map(|owner| (LowerName::from(owner), *quirk))
        });
        drafts.push(Draft {
            records,
            signing: setup.signing,
            spare_keys: setup.spare_keys.clone(),
            name_servers: setup.name_servers,
            damage: setup.damage,
            quirks: quirks.collect::<Result<_, _>>()?,
            origin,
        });
    }
    for setup in setups.iter().filter(|setup| !setup.delegated) {
        let zone = enclosing(&drafts, &zone_name(setup)?);
        for entry in &setup.records {
            let record = record::record(entry)?;
            if let Some(zone) = &zone
                && let Some(draft) = drafts.iter_mut().find(|draft| draft.origin == *zone)
            {
                draft.records.push(record);
            }
        }
    }
    Ok(drafts)
}

/// The NS records of a zone.
fn name_servers(zone: &Name, labels: &[&str]) -> Result<Vec<Record>, LabError> {
    let entry = |label: &&str| Entry {
        owner: zone.to_ascii(),
        data: Data::Ns(format!("{label}.dns.test.")),
    };
    labels
        .iter()
        .map(entry)
        .map(|entry| record::record(&entry))
        .collect()
}

fn zone_name(setup: &Setup) -> Result<Name, LabError> {
    let dot = if setup.domain.ends_with('.') { "" } else { "." };
    record::name(&format!("{}{dot}", setup.domain))
}

/// A zone above the scenarios; the reverse zone knows the names of all mail servers.
fn above(zone: &str, setups: &[Setup]) -> Setup {
    let mut setup = Setup::bare(zone, 0);
    if zone == "arpa." {
        for server in setups.iter().flat_map(|setup| &setup.servers) {
            let host = match server.reverse {
                ReverseName::Own => format!("{}.", server.host),
                ReverseName::Other(name) => name.to_owned(),
                ReverseName::None => continue,
            };
            setup.push(&reverse_v4(server.v4), Data::Ptr(host.clone()));
            setup.push(&reverse_v6(server.v6), Data::Ptr(host));
        }
    }
    setup
}

fn reverse_v4(address: Ipv4Addr) -> String {
    let [a, b, c, d] = address.octets();
    format!("{d}.{c}.{b}.{a}.in-addr.arpa.")
}

fn reverse_v6(address: Ipv6Addr) -> String {
    let nibbles = address
        .octets()
        .into_iter()
        .rev()
        .flat_map(|byte| [byte & 15, byte >> 4]);
    let labels: Vec<String> = nibbles.map(|nibble| format!("{nibble:x}")).collect();
    labels.join(".") + ".ip6.arpa."
}

/// The deepest zone above a name.
fn enclosing(drafts: &[Draft], name: &Name) -> Option<Name> {
    drafts
        .iter()
        .map(|draft| &draft.origin)
        .filter(|origin| origin.zone_of(name) && *origin != name)
        .max_by_key(|origin| origin.iter().len())
        .cloned()
}

/// Puts NS and DS records of every zone into the one above.
fn delegate(mut drafts: Vec<Draft>, keys: &mut Keys) -> Result<Vec<Draft>, LabError> {
    let children: Vec<_> = drafts
        .iter()
        .map(|draft| (draft.origin.clone(), draft.signing, draft.name_servers))
        .collect();
    for (child, signing, servers) in children {
        let Some(parent) = enclosing(&drafts, &child) else {
            continue;
        };
        let mut records = name_servers(&child, servers)?;
        if let Some(signing) = signing
            && signing.delegation != Delegation::Missing
        {
            let ds = delegation(signing.delegation, &keys.get(signing.algorithm)?, &child)?;
            let data = RData::DNSSEC(DNSSECRData::DS(ds));
            records.push(Record::from_rdata(child.clone(), TTL, data));
        }
        if let Some(draft) = drafts.iter_mut().find(|draft| draft.origin == parent) {
            draft.records.extend(records);
        }
    }
    Ok(drafts)
}

/// The DS that the parent of a zone publishes of its key.
fn delegation(kind: Delegation, key: &ZoneKey, zone: &Name) -> Result<DS, LabError> {
    let ds = key.ds(zone, DigestType::SHA256)?;
    let (tag, digest) = (ds.key_tag(), ds.digest().to_vec());
    Ok(match kind {
        Delegation::Fitting | Delegation::Missing => ds,
        Delegation::Mismatched => {
            let other = digest.iter().map(|byte| byte ^ 0xff).collect();
            DS::new(tag, ds.algorithm(), ds.digest_type(), other)
        }
        Delegation::Sha1 => key.ds(zone, DigestType::SHA1)?,
        Delegation::OtherAlgorithm => DS::new(
            tag,
            hickory_proto::dnssec::Algorithm::from_u8(SM2SM3),
            ds.digest_type(),
            digest,
        ),
        Delegation::OtherDigest => DS::new(tag, ds.algorithm(), SM3.into(), digest),
    })
}

#[cfg(test)]
mod tests {
    use super::super::scenarios::setups;
    use super::*;
    use std::slice::from_ref;

    #[test]
    fn every_zone_can_be_built() {
        let prepared = prepare(Timestamp::from_unix(1_795_428_000), setups()).unwrap();
        assert!(prepared.zones.len() > 100);
        for zone in &prepared.zones {
            assert!(zone.zone().is_some(), "{}", zone.origin());
        }
    }

    #[test]
    fn a_tlsa_record_that_says_nothing_is_an_error() {
        let authorities = Authorities::new(Timestamp::from_unix(1_795_428_000)).unwrap();
        let issued = authorities
            .issue("a.test", Leaf::Good, Staple::None)
            .unwrap();
        for text in ["", "3 1", "3 1 1", "3 1 x leaf", "3 1 1 mine"] {
            assert!(
                tlsa(text, from_ref(&issued), &[], authorities.root()).is_err(),
                "{text}"
            );
        }
    }

    #[test]
    fn reverse_names_are_those_of_rfc_1035_and_3596() {
        assert_eq!(
            reverse_v4(Ipv4Addr::new(192, 0, 2, 25)),
            "25.2.0.192.in-addr.arpa."
        );
        let name = reverse_v6("2001:db8::1a".parse().unwrap());
        assert!(
            name.starts_with("a.1.0.0.") && name.ends_with("8.b.d.0.1.0.0.2.ip6.arpa."),
            "{name}"
        );
    }
}
