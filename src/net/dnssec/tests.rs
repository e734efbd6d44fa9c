//! The assessment on signed zones, over real sockets.

use super::ede;
use crate::facts::dns::DnssecState::{self, Bogus, Indeterminate, Insecure, Secure};
use crate::facts::dns::{ChainEndCause, DenialProof};
use crate::facts::observed::{Cause, Observed, Proof};
use crate::net::dns::test_server::Trick;
use crate::net::dns::test_world::{hasty_world, world};
use hickory_proto::op::ResponseCode;
use hickory_proto::rr::RecordType::{self, A, CAA, DNSKEY, DS, MX, TXT};

/// What kind of answer is expected.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Seen {
    Records(usize),
    NoData,
    NoName,
    Unknown(Cause),
}

struct Case(&'static str, RecordType, Seen, DnssecState, Option<u16>);

async fn check(cases: &[Case]) {
    let (_server, dns) = world().await;
    for Case(name, rtype, seen, state, code) in cases {
        let response = dns.ask(name, *rtype).await;
        let found = match &response.observed {
            Observed::Present { value } => Seen::Records(value.len()),
            Observed::Absent {
                proof: Proof::Nxdomain,
                ..
            } => Seen::NoName,
            Observed::Absent { .. } => Seen::NoData,
            Observed::Unknown { cause, .. } => Seen::Unknown(*cause),
        };
        let dnssec = &response.dnssec;
        let told = format!("{name} {rtype}: {dnssec:?}");
        assert_eq!(
            (found, dnssec.state, dnssec.ede),
            (*seen, *state, *code),
            "{told}"
        );
        assert!(!dnssec.reason.is_empty(), "{told}");
    }
    assert_eq!(dns.counts().duplicates, 0);
}

#[tokio::test]
async fn answers_of_signed_zones_are_secure() {
    for zone in [
        "nsec.test",
        "nsec3.test",
        "ed25519.test",
        "p384.test",
        "optout.test",
    ] {
        let (_server, dns) = world().await;
        for (front, rtype, seen) in [
            ("", MX, 2),
            ("mx1.", A, 1),
            ("host.ent.", A, 1),
            ("alias.", A, 1),
            ("_25._tcp.mx1.", TXT, 1),
            ("", DNSKEY, 1),
            ("", DS, 1),
        ] {
            let name = format!("{front}{zone}");
            let response = dns.ask(&name, rtype).await;
            let dnssec = &response.dnssec;
            assert_eq!(dnssec.state, Secure, "{name} {rtype}: {dnssec:?}");
            assert_eq!(
                response.observed.value().map(Vec::len),
                Some(seen),
                "{name} {rtype}"
            );
            assert!(!dnssec.wildcard && dnssec.ede.is_none());
            assert!(dnssec.signature_expires.is_some() && dnssec.key_tag.is_some());
            let expected = if rtype == DS { "test" } else { zone };
            assert_eq!(dnssec.zone.as_deref(), Some(expected));
        }
    }
}

#[tokio::test]
async fn the_algorithm_is_named() {
    let (_server, dns) = world().await;
    for (name, algorithm) in [
        ("nsec.test", "ECDSAP256SHA256"),
        ("p384.test", "ECDSAP384SHA384"),
        ("ed25519.test", "ED25519"),
    ] {
        let response = dns.ask(name, MX).await;
        assert_eq!(response.dnssec.algorithm.as_deref(), Some(algorithm));
    }
}

#[tokio::test]
async fn absence_is_proven_by_nsec_and_nsec3() {
    check(&[
        Case("nsec.test", CAA, Seen::NoData, Secure, None),
        Case("nsec3.test", CAA, Seen::NoData, Secure, None),
        Case("gone.nsec.test", A, Seen::NoName, Secure, None),
        Case("gone.nsec3.test", A, Seen::NoName, Secure, None),
        Case("a.b.gone.nsec.test", A, Seen::NoName, Secure, None),
        Case("a.b.gone.nsec3.test", A, Seen::NoName, Secure, None),
        Case("ent.nsec.test", A, Seen::NoData, Secure, None),
        Case("ent.nsec3.test", A, Seen::NoData, Secure, None),
        Case("gone.ent.nsec.test", A, Seen::NoName, Secure, None),
        Case("gone.ent.nsec3.test", A, Seen::NoName, Secure, None),
        Case("dangling.nsec.test", A, Seen::NoName, Secure, None),
        Case("dangling.nsec3.test", A, Seen::NoName, Secure, None),
        Case("gone", A, Seen::NoName, Secure, None),
        Case("unsigned.test", DS, Seen::NoData, Secure, None),
    ])
    .await;
}

#[tokio::test]
async fn wildcards_are_proven_and_told() {
    let (_server, dns) = world().await;
    for zone in ["nsec.test", "nsec3.test"] {
        for (front, expected) in [("x.wild", true), ("a.b.wild", true), ("*.wild", false)] {
            let response = dns.ask(&format!("{front}.{zone}"), TXT).await;
            let dnssec = &response.dnssec;
            assert_eq!(
                (dnssec.state, dnssec.wildcard),
                (Secure, expected),
                "{front}.{zone}: {dnssec:?}"
            );
            assert!(response.observed.value().is_some());
        }
        let response = dns.ask(&format!("x.wild.{zone}"), MX).await;
        assert_eq!(response.dnssec.state, Secure, "{:?}", response.dnssec);
        assert_eq!(response.observed, Observed::absent(Proof::NoData));
    }
}

#[tokio::test]
async fn an_alias_made_from_a_dname_rests_on_its_signature() {
    let (_server, dns) = world().await;
    let response = dns.ask("mx1.moved.nsec.test", A).await;
    assert_eq!(response.aliases, ["mx1.nsec3.test"]);
    assert_eq!(response.observed.value().map(Vec::len), Some(1));
    assert_eq!(response.dnssec.state, Secure, "{:?}", response.dnssec);
}

#[tokio::test]
async fn what_is_not_signed_is_insecure() {
    check(&[
        Case("unsigned.test", MX, Seen::Records(2), Insecure, None),
        Case("claims.nsec.test", MX, Seen::Records(1), Insecure, None),
        Case("gone.unsigned.test", MX, Seen::NoName, Insecure, None),
        Case("sub.nsec.test", MX, Seen::Records(1), Insecure, None),
        Case("mx.sub.nsec.test", A, Seen::Records(1), Insecure, None),
        Case("mx.sub.nsec3.test", A, Seen::Records(1), Insecure, None),
        Case("mx.sub.optout.test", A, Seen::Records(1), Insecure, None),
        Case("gone.optout.test", A, Seen::NoName, Insecure, None),
        Case("abroad.nsec.test", A, Seen::Records(1), Insecure, None),
        Case(
            "future.test",
            MX,
            Seen::Records(2),
            Insecure,
            Some(ede::UNSUPPORTED_ALGORITHM),
        ),
        Case(
            "strange.test",
            MX,
            Seen::Records(2),
            Insecure,
            Some(ede::UNSUPPORTED_DIGEST),
        ),
        Case(
            "gone.iterated.test",
            A,
            Seen::NoName,
            Insecure,
            Some(ede::UNSUPPORTED_ITERATIONS),
        ),
        Case("iterated.test", MX, Seen::Records(2), Secure, None),
    ])
    .await;
}

#[tokio::test]
async fn broken_chains_are_bogus_with_their_reason() {
    let unknown = Seen::Unknown(Cause::Bogus);
    check(&[
        Case(
            "expired.test",
            MX,
            unknown,
            Bogus,
            Some(ede::SIGNATURE_EXPIRED),
        ),
        Case(
            "gone.expired.test",
            MX,
            unknown,
            Bogus,
            Some(ede::SIGNATURE_EXPIRED),
        ),
        Case("forged.test", MX, unknown, Bogus, Some(ede::BOGUS)),
        Case(
            "early.test",
            MX,
            unknown,
            Bogus,
            Some(ede::SIGNATURE_NOT_YET_VALID),
        ),
        Case("tagged.test", MX, unknown, Bogus, Some(ede::DNSKEY_MISSING)),
        Case(
            "mismatched.test",
            MX,
            unknown,
            Bogus,
            Some(ede::DNSKEY_MISSING),
        ),
        Case("rolled.test", MX, unknown, Bogus, Some(ede::DNSKEY_MISSING)),
        Case("spoilt.test", MX, unknown, Bogus, Some(ede::BOGUS)),
        Case(
            "spoilt.test",
            TXT,
            unknown,
            Bogus,
            Some(ede::SIGNATURE_MISSING),
        ),
        Case("mx1.spoilt.test", A, Seen::Records(1), Secure, None),
        Case("bare.test", MX, Seen::Records(2), Secure, None),
        Case("bare.test", CAA, unknown, Bogus, Some(ede::DENIAL_MISSING)),
        Case(
            "gone.bare.test",
            A,
            unknown,
            Bogus,
            Some(ede::DENIAL_MISSING),
        ),
        Case(
            "x.wild.bare.test",
            TXT,
            unknown,
            Bogus,
            Some(ede::DENIAL_MISSING),
        ),
        Case(
            "broken.nsec.test",
            A,
            unknown,
            Bogus,
            Some(ede::SIGNATURE_EXPIRED),
        ),
    ])
    .await;
}

#[tokio::test]
async fn the_reasons_name_key_and_zone() {
    let (_server, dns) = world().await;
    for (name, part) in [
        ("mismatched.test", "another digest"),
        ("rolled.test", "its DNSKEYs are"),
        (
            "expired.test",
            "over expired.test DNSKEY expired at 2027-01-13T",
        ),
        ("spoilt.test", "over spoilt.test MX is wrong"),
        (
            "unsigned.test",
            "test proves that unsigned.test is delegated without DS",
        ),
        ("nsec.test", "signed by key "),
    ] {
        let reason = dns.ask(name, MX).await.dnssec.reason.clone();
        assert!(reason.contains(part), "{reason}");
    }
}

#[tokio::test]
async fn the_kind_of_a_proof_is_told() {
    let (_server, dns) = world().await;
    for (name, rtype, proof) in [
        ("gone.nsec.test", A, Some(DenialProof::Nsec)),
        ("nsec.test", CAA, Some(DenialProof::Nsec)),
        ("gone.nsec3.test", A, Some(DenialProof::Nsec3)),
        ("gone.optout.test", A, Some(DenialProof::Nsec3OptOut)),
        ("bare.test", CAA, Some(DenialProof::None)),
        ("nsec.test", MX, None),
        ("gone.unsigned.test", MX, None),
    ] {
        let found = dns.ask(name, rtype).await.dnssec.denial;
        assert_eq!(found, proof, "{name} {rtype}");
    }
}

#[tokio::test]
async fn the_cut_at_which_a_chain_ends_is_told() {
    use ChainEndCause::{NoDs, OptOut, UnsupportedAlgorithm, UnsupportedDigest};
    let (_server, dns) = world().await;
    for (name, rtype, end) in [
        ("unsigned.test", MX, Some(("test", "unsigned.test", NoDs))),
        (
            "mx1.unsigned.test",
            A,
            Some(("test", "unsigned.test", NoDs)),
        ),
        (
            "mx.sub.nsec.test",
            A,
            Some(("nsec.test", "sub.nsec.test", NoDs)),
        ),
        (
            "mx.sub.optout.test",
            A,
            Some(("optout.test", "sub.optout.test", OptOut)),
        ),
        (
            "future.test",
            MX,
            Some(("test", "future.test", UnsupportedAlgorithm)),
        ),
        (
            "strange.test",
            MX,
            Some(("test", "strange.test", UnsupportedDigest)),
        ),
        ("nsec.test", MX, None),
        ("expired.test", MX, None),
        ("gone.optout.test", A, None),
    ] {
        let found = dns.ask(name, rtype).await.dnssec.chain_end.clone();
        let told = found.as_ref();
        let told = told.map(|end| (end.parent.as_str(), end.child.as_str(), end.cause));
        assert_eq!(told, end, "{name} {rtype}");
    }
}

#[tokio::test]
async fn a_chain_that_gets_no_answer_is_indeterminate() {
    let (server, dns) = hasty_world().await;
    server.trick("nsec.test", DS, Trick::Rcode(ResponseCode::ServFail));
    server.trick("p384.test", DNSKEY, Trick::Silent);
    for name in ["nsec.test", "p384.test"] {
        let response = dns.ask(name, MX).await;
        let dnssec = &response.dnssec;
        let expected = (Indeterminate, Some(ede::NO_REACHABLE_AUTHORITY));
        assert_eq!((dnssec.state, dnssec.ede), expected, "{dnssec:?}");
        assert!(response.observed.value().is_some());
    }
}

#[tokio::test]
async fn no_chain_question_is_asked_twice_or_without_need() {
    let (server, dns) = world().await;
    for _ in 0..2 {
        for name in ["_25._tcp.mx1.nsec.test", "x.wild.nsec.test"] {
            dns.ask(name, TXT).await;
        }
        dns.ask("_26._tcp.mx1.nsec.test", TXT).await;
        dns.ask("nsec.test", MX).await;
        dns.ask("unsigned.test", MX).await;
        dns.ask("mx1.unsigned.test", A).await;
    }
    let mut log = server.log();
    log.sort();
    let mut chain: Vec<String> = log
        .iter()
        .filter(|(_, rtype)| matches!(*rtype, DS | DNSKEY))
        .map(|(name, rtype)| format!("{name} {rtype}"))
        .collect();
    chain.sort();
    assert_eq!(
        chain,
        [
            ". DNSKEY",
            "nsec.test DNSKEY",
            "nsec.test DS",
            "test DNSKEY",
            "test DS",
            "unsigned.test DS"
        ]
    );
    let total = log.len();
    log.dedup();
    assert_eq!((log.len(), total), (12, 12));
    let counts = dns.counts();
    assert_eq!((counts.asked, counts.sent, counts.duplicates), (12, 12, 0));
}
