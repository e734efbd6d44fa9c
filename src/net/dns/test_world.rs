//! The zones that the tests of the DNS client and of the DNSSEC assessment play in.

use super::test_server::TestServer;
use super::test_zone::{Denial, Signing, TestZone, digest, dname_record, ds_record, name, now};
use super::{Dns, DnsConfig};
use crate::facts::vantage::DnssecMode;
use crate::net::clock::Clock;
use crate::net::dnssec::anchors::TrustAnchors;
use hickory_proto::dnssec::rdata::{DNSKEY, DS};
use hickory_proto::dnssec::{Algorithm, DigestType, PublicKeyBuf};
use hickory_proto::rr::RecordType;
use std::net::SocketAddr;
use std::time::Duration;

const RECORDS: &str = "\
@ 300 IN MX 20 mx2
@ 600 IN MX 10 mx1
@ 300 IN TXT \"v=spf1 \" \"-all\"
mx1 300 IN A 192.0.2.1
host.ent 300 IN A 192.0.2.2
*.wild 300 IN TXT \"anything\"
alias 300 IN CNAME mx1
abroad 120 IN CNAME mx1.unsigned.test.
broken 300 IN CNAME mx1.expired.test.
dangling 300 IN CNAME gone
loop1 300 IN CNAME loop2
loop2 300 IN CNAME loop1
_25._tcp.mx1 300 IN TXT \"stands for TLSA\"
sub 300 IN NS ns.invalid.
claims 300 IN NS ns.invalid.
";

fn nsec3(iterations: u16, opt_out: bool) -> Signing {
    Signing {
        denial: Denial::Nsec3 {
            iterations,
            opt_out,
        },
        ..Signing::default()
    }
}

fn algorithm(algorithm: Algorithm) -> Signing {
    Signing {
        algorithm,
        ..Signing::default()
    }
}

fn days(from: i64, until: i64) -> Signing {
    Signing {
        from,
        until,
        ..Signing::default()
    }
}

/// A zone and the DS record that its parent gives it.
fn child(origin: &str, signing: Signing) -> (TestZone, Option<DS>) {
    let zone = TestZone::signed(origin, RECORDS, Vec::new(), signing);
    let ds = zone.ds.clone();
    (zone, ds)
}

fn children() -> Vec<(TestZone, Option<DS>)> {
    let moved = dname_record("moved.nsec.test", "nsec3.test");
    let first = TestZone::signed("nsec.test", RECORDS, vec![moved], Signing::default());
    let ds = first.ds.clone();
    let mut zones = vec![
        (first, ds),
        child("nsec3.test", nsec3(0, false)),
        child("optout.test", nsec3(0, true)),
        child("iterated.test", nsec3(150, false)),
        child("ed25519.test", algorithm(Algorithm::ED25519)),
        child("p384.test", algorithm(Algorithm::ECDSAP384SHA384)),
        child("expired.test", days(-40, -2)),
        child("early.test", days(3, 30)),
        child("forged.test", Signing::default()),
    ];
    zones.push((
        TestZone::unsigned("unsigned.test", RECORDS, Vec::new()),
        None,
    ));
    let (mut spoilt, ds) = child("spoilt.test", Signing::default());
    spoilt.set("spoilt.test", RecordType::MX).tamper();
    spoilt
        .set("spoilt.test", RecordType::TXT)
        .signatures
        .clear();
    zones.push((spoilt, ds));
    let (mut bare, ds) = child("bare.test", Signing::default());
    for types in bare.sets.values_mut() {
        types.remove(&RecordType::NSEC);
    }
    zones.push((bare, ds));
    let (mismatched, ds) = child("mismatched.test", Signing::default());
    let ds = ds.unwrap();
    let other = DS::new(
        ds.key_tag(),
        ds.algorithm(),
        DigestType::SHA256,
        vec![7; 32],
    );
    zones.push((mismatched, Some(other)));
    let (tagged, ds) = child("tagged.test", Signing::default());
    let ds = ds.unwrap();
    let tag = ds.key_tag().wrapping_add(1);
    let other = DS::new(tag, ds.algorithm(), ds.digest_type(), ds.digest().to_vec());
    zones.push((tagged, Some(other)));
    let (rolled, _) = child("rolled.test", Signing::default());
    let stranger = DNSKEY::with_flags(
        257,
        PublicKeyBuf::new(vec![1; 64], Algorithm::ECDSAP256SHA256),
    );
    zones.push((rolled, Some(digest(&name("rolled.test"), &stranger))));
    let (future, ds) = child("future.test", Signing::default());
    let ds = ds.unwrap();
    let unknown = DS::new(
        ds.key_tag(),
        Algorithm::Unknown(16),
        DigestType::SHA256,
        vec![7; 32],
    );
    zones.push((future, Some(unknown)));
    let (strange, ds) = child("strange.test", Signing::default());
    let ds = ds.unwrap();
    let unknown = DS::new(
        ds.key_tag(),
        ds.algorithm(),
        DigestType::Unknown(99),
        vec![7; 32],
    );
    zones.push((strange, Some(unknown)));
    zones
}

/// An unsigned zone whose MX carries a signature that names the signed zone above as its signer.
fn claiming(zones: &mut [TestZone]) -> TestZone {
    let above = zones
        .iter_mut()
        .find(|zone| zone.origin == name("nsec.test"))
        .unwrap();
    let mut signatures = above.set("nsec.test", RecordType::MX).signatures.clone();
    let mut zone = TestZone::unsigned("claims.nsec.test", "@ 300 IN MX 1 mx\n", Vec::new());
    for signature in &mut signatures {
        signature.name = name("claims.nsec.test");
    }
    zone.set("claims.nsec.test", RecordType::MX).signatures = signatures;
    zone
}

/// All zones up to the root, and the root's DS as a trust anchor.
pub(crate) fn zones() -> (Vec<TestZone>, TrustAnchors) {
    let mut delegations = Vec::new();
    let mut text = String::new();
    let mut zones = Vec::new();
    for (zone, ds) in children() {
        let label = String::from_utf8(zone.origin.iter().next().unwrap().to_vec()).unwrap();
        text.push_str(&label);
        text.push_str(" 300 IN NS ns.invalid.\n");
        delegations.extend(ds.map(|ds| ds_record(&zone.origin, &ds)));
        zones.push(zone);
    }
    for parent in ["nsec", "nsec3", "optout"] {
        let origin = format!("sub.{parent}.test");
        zones.push(TestZone::unsigned(
            &origin,
            "@ 300 IN MX 1 mx\nmx 300 IN A 192.0.2.9\n",
            Vec::new(),
        ));
    }
    let tld = TestZone::signed("test", &text, delegations, Signing::default());
    let ds = ds_record(&tld.origin, tld.ds.as_ref().unwrap());
    let mut tld = tld;
    tld.set("forged.test", RecordType::DS).tamper();
    let claiming = claiming(&mut zones);
    zones.push(claiming);
    let root = TestZone::signed(
        ".",
        "test 300 IN NS ns.invalid.\n",
        vec![ds],
        Signing::default(),
    );
    let anchor = root.ds.clone().unwrap();
    let digest = data_encoding::HEXUPPER.encode(anchor.digest());
    let number = u8::from(anchor.algorithm());
    let anchors = TrustAnchors::parse(&format!(". IN DS {} {number} 2 {digest}", anchor.key_tag()));
    zones.extend([tld, root]);
    (zones, anchors.unwrap())
}

pub(crate) fn config(resolvers: Vec<SocketAddr>, anchors: TrustAnchors) -> DnsConfig {
    DnsConfig {
        resolvers,
        mode: DnssecMode::Validate,
        anchors,
        clock: Clock::Fixed(now()),
        // Long enough for a busy machine; tests of silence take a shorter one.
        timeout: Duration::from_secs(5),
        attempts: 2,
        in_flight: 256,
    }
}

/// A resolver with all zones, and a client of it.
pub(crate) async fn world() -> (TestServer, Dns) {
    let (zones, anchors) = zones();
    let server = TestServer::start(zones).await;
    let dns = Dns::start(config(vec![server.address], anchors)).unwrap();
    (server, dns)
}

/// The same with a client that waits half a second.
pub(crate) async fn hasty_world() -> (TestServer, Dns) {
    let (zones, anchors) = zones();
    let server = TestServer::start(zones).await;
    let config = DnsConfig {
        timeout: Duration::from_millis(500),
        ..config(vec![server.address], anchors)
    };
    (server, Dns::start(config).unwrap())
}

/// The same with a client that believes the resolver.
pub(crate) async fn trusting_world() -> (TestServer, Dns) {
    let (zones, anchors) = zones();
    let server = TestServer::start(zones).await;
    let config = DnsConfig {
        mode: DnssecMode::TrustAd,
        ..config(vec![server.address], anchors)
    };
    (server, Dns::start(config).unwrap())
}
