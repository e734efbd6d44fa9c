//! What is made of servers of every kind, and how many hellos it takes.

use super::sham::Sham;
use super::*;
use crate::facts::certificate::Chain;
use crate::facts::tls::grade::Grades;
use crate::net::tls::hello::{End, extension};

const HOST: &str = "mx.example.org";
const OLD: [TlsVersion; 3] = [TlsVersion::Tls11, TlsVersion::Tls10, TlsVersion::Ssl30];

/// A main handshake that agreed on this version.
fn agreed(version: TlsVersion) -> Observed<Tls> {
    Observed::present(Tls {
        version,
        suite: "TLS_OF_THE_MAIN_HANDSHAKE".to_owned(),
        suite_grades: Grades::default(),
        group: "x25519".to_owned(),
        group_grades: Grades::default(),
        signature_scheme: "ed25519".to_owned(),
        sni: HOST.to_owned(),
        chain: Chain {
            certificates: Vec::new(),
            reference_name: HOST.to_owned(),
            trusted: false,
            name_matches: false,
            in_time: false,
            authenticated: false,
            in_order: true,
            root_sent: false,
            store: String::new(),
            defects: Vec::new(),
        },
        ocsp: Observed::unobserved(),
        crl: Observed::unobserved(),
        early_data: Observed::unobserved(),
    })
}

fn below_12() -> Observed<Tls> {
    Observed::absent(Proof::TlsVersion)
}

async fn find(sham: &Sham, first: &Observed<Tls>, probe: Probe, most: u32) -> Offers {
    let found = found(&mut Prober::new(sham, HOST, most), first, probe).await;
    let heard = sham.heard.lock().unwrap().len();
    assert_eq!(usize::try_from(found.connections).unwrap(), heard);
    found
}

/// The state in one word, with its proof or cause.
fn word<T>(observed: &Observed<T>) -> String {
    let kebab = |value: serde_json::Value| value.as_str().unwrap().to_owned();
    match observed {
        Observed::Present { .. } => "taken".to_owned(),
        Observed::Absent { proof, .. } => kebab(serde_json::to_value(proof).unwrap()),
        Observed::Unknown { cause, .. } => format!("?{}", cause.as_str()),
    }
}

/// The states of all versions, the newest first.
fn words(offers: &Offers) -> String {
    let words: Vec<_> = offers
        .versions
        .iter()
        .map(|offer| word(&offer.accepted))
        .collect();
    words.join(" ")
}

fn old(versions: &[TlsVersion]) -> Sham {
    Sham {
        versions: versions.to_vec(),
        suites: vec![
            "TLS_DHE_RSA_WITH_AES_128_CBC_SHA",
            "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
        ],
        ..Sham::modern()
    }
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one table")]
async fn few_hellos_settle_the_versions() {
    let all = [&[TlsVersion::Tls12][..], &OLD].concat();
    let refuses = |refusal| Sham {
        refusal,
        ..Sham::modern()
    };
    let of_12 = |sham: Sham| Sham {
        versions: vec![TlsVersion::Tls12],
        ..sham
    };
    let fails = |failure| Sham {
        fails: Some((2, failure)),
        ..Sham::modern()
    };
    let later = Failure::unknown(Cause::SmtpTransient, "421 too many");
    let modern = agreed(TlsVersion::Tls13);
    let older = agreed(TlsVersion::Tls12);
    let alerted = Observed::unknown(Cause::TlsAlert, "handshake_failure");
    let closed = Observed::unknown(Cause::ConnectionClosed, "");
    let cases = [
        (
            Sham::modern(),
            &modern,
            "taken taken tls-version tls-version tls-version",
            2,
        ),
        (
            of_12(Sham::modern()),
            &older,
            "tls-version taken tls-version tls-version tls-version",
            2,
        ),
        (old(&all), &older, "tls-version taken taken taken taken", 4),
        (
            old(&OLD),
            &below_12(),
            "tls-version tls-version taken taken taken",
            3,
        ),
        (
            old(&OLD[1..2]),
            &below_12(),
            "tls-version tls-version tls-version taken tls-version",
            2,
        ),
        (
            old(&OLD[2..]),
            &below_12(),
            "tls-version tls-version tls-version tls-version taken",
            1,
        ),
        // The main handshake failed, though TLS 1.0 is spoken: the hello of 1.2 is answered with it.
        (
            old(&OLD[1..2]),
            &alerted,
            "tls-version tls-version tls-version taken tls-version",
            3,
        ),
        (
            refuses(End::Alert(40)),
            &modern,
            "taken taken tls-alert tls-alert tls-alert",
            2,
        ),
        (
            refuses(End::Closed),
            &modern,
            "taken taken tls-closed tls-closed tls-closed",
            4,
        ),
        (
            refuses(End::TimedOut),
            &modern,
            "taken taken ?timeout ?timeout ?timeout",
            2,
        ),
        (
            refuses(End::Alert(80)),
            &modern,
            "taken taken ?tls-alert ?tls-alert ?tls-alert",
            2,
        ),
        (
            refuses(End::Malformed("no record of TLS")),
            &modern,
            "taken taken ?tls-protocol ?tls-protocol ?tls-protocol",
            2,
        ),
        (
            fails(later),
            &modern,
            "taken taken ?smtp-transient ?smtp-transient ?smtp-transient",
            2,
        ),
        // Nothing at all is answered: closing is no refusal then.
        (
            Sham {
                versions: Vec::new(),
                ..refuses(End::Closed)
            },
            &closed,
            "?limit-reached ?connection-closed ?connection-closed ?connection-closed ?connection-closed",
            4,
        ),
        (
            Sham {
                versions: Vec::new(),
                ..refuses(End::Closed)
            },
            &alerted,
            "?limit-reached ?connection-closed ?connection-closed ?connection-closed ?connection-closed",
            4,
        ),
    ];
    for (sham, first, expected, connections) in cases {
        let found = find(&sham, first, Probe::Standard, 4).await;
        assert_eq!(words(&found), expected, "{sham:?}");
        assert_eq!(found.connections, connections, "{sham:?}");
    }
}

#[tokio::test]
async fn a_session_without_tls_is_not_asked_further() {
    for (first, expected) in [
        (Observed::absent(Proof::NotOffered), "not-offered"),
        (Observed::absent(Proof::Rejected), "rejected"),
        (
            Observed::unknown(Cause::SmtpTransient, "454"),
            "?smtp-transient",
        ),
        (Observed::unknown(Cause::Timeout, ""), "?timeout"),
    ] {
        let sham = Sham::modern();
        let found = find(&sham, &first, Probe::Deep, 200).await;
        assert_eq!(words(&found), [expected; 5].join(" "));
        assert_eq!(word(&found.older), expected);
        assert_eq!(found.connections, 0);
        for offer in &found.versions {
            assert_eq!(word(&offer.suites), expected);
        }
    }
}

#[tokio::test]
async fn a_gentle_look_asks_nothing() {
    let sham = Sham::modern();
    let found = find(&sham, &agreed(TlsVersion::Tls13), Probe::Gentle, 200).await;
    assert_eq!(words(&found), ["?not-attempted"; 5].join(" "));
    assert_eq!(found.connections, 0);
    let detail = |observed: &Observed<_>| match observed {
        Observed::Unknown { detail, .. } => detail.clone(),
        Observed::Present { .. } | Observed::Absent { .. } => String::new(),
    };
    assert_eq!(
        detail(&found.versions[2].accepted.map(|_| ())),
        "asked for with --probe standard"
    );
    assert_eq!(detail(&found.versions[2].suites.map(|_| ())), DEEP);
    assert_eq!(
        detail(&found.older.map(|_| ())),
        "asked for with --probe standard"
    );
}

#[tokio::test]
async fn what_there_are_no_connections_for_is_a_limit() {
    let first = agreed(TlsVersion::Tls13);
    for (most, expected) in [
        (
            0,
            "taken ?limit-reached ?limit-reached ?limit-reached ?limit-reached",
        ),
        (
            1,
            "taken taken ?limit-reached ?limit-reached ?limit-reached",
        ),
    ] {
        let sham = Sham::modern();
        let found = find(&sham, &first, Probe::Standard, most).await;
        assert_eq!(words(&found), expected);
    }
    // Not one suite more than the list that could be made whole.
    let sham = Sham::modern();
    let found = find(&sham, &first, Probe::Deep, 7).await;
    assert_eq!(word(&found.versions[0].suites), "taken");
    assert_eq!(word(&found.versions[0].groups), "?limit-reached");
    assert_eq!(word(&found.versions[1].suites), "?limit-reached");
    assert_eq!(found.connections, 7);
}

#[tokio::test]
async fn the_main_handshake_stands_for_its_version() {
    let sham = Sham::modern();
    let found = find(&sham, &agreed(TlsVersion::Tls13), Probe::Standard, 4).await;
    let choice = found.versions[0].accepted.value().unwrap();
    assert_eq!(choice.suite.name, "TLS_OF_THE_MAIN_HANDSHAKE");
    assert_eq!(choice.signature_scheme, "ed25519");
    let choice = found.versions[1].accepted.value().unwrap();
    assert_eq!(choice.suite.name, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
    assert_eq!(choice.group.name, "x25519");
    assert_eq!(choice.signature_scheme, "rsa_pss_rsae_sha256");
    assert_eq!(word(&found.versions[1].suites), "?not-attempted");
    assert_eq!(word(&found.versions[2].suites), "tls-version");
    let older = found.older.value().unwrap();
    assert_eq!(older.version, TlsVersion::Tls12);
    assert!(older.extended_master_secret && older.secure_renegotiation);
    assert!(!older.compression && !older.heartbeat && !older.session_ticket);
    assert_eq!(word(&older.dh_bits), "?not-attempted");
    assert_eq!(word(&older.encrypt_then_mac), "?not-attempted");
}

fn suites(offers: &Offers, at: usize) -> Vec<&str> {
    let suites = offers.versions[at].suites.value().unwrap();
    suites.iter().map(|suite| suite.name.as_str()).collect()
}

fn groups(offers: &Offers, at: usize) -> Vec<&str> {
    let groups = offers.versions[at].groups.value().unwrap();
    groups.iter().map(|group| group.name.as_str()).collect()
}

#[tokio::test]
async fn a_deep_look_lists_all_suites_and_groups() {
    for own_order in [true, false] {
        let sham = Sham {
            own_order,
            ..Sham::modern()
        };
        let found = find(&sham, &agreed(TlsVersion::Tls13), Probe::Deep, 200).await;
        let mut twelve = vec![
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        ];
        if !own_order {
            twelve.reverse();
        }
        let thirteen = ["TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"];
        assert_eq!(suites(&found, 0), thirteen);
        assert_eq!(suites(&found, 1), twelve);
        assert_eq!(groups(&found, 0), ["X25519MLKEM768", "x25519", "secp256r1"]);
        assert_eq!(groups(&found, 1), ["x25519", "secp256r1"]);
        for offer in &found.versions[..2] {
            assert_eq!(offer.server_order.value(), Some(&own_order));
        }
        assert_eq!(word(&found.versions[2].server_order), "tls-version");
        let older = found.older.value().unwrap();
        assert_eq!(word(&older.dh_bits), "no-subject");
        assert_eq!(word(&older.encrypt_then_mac), "no-subject");
        assert!(found.connections < 25, "{}", found.connections);
    }
}

#[tokio::test]
async fn a_deep_look_shows_finite_fields_and_how_block_ciphers_are_used() {
    for (field, list) in [
        (("DH 1024", 1024), ["DH 1024"]),
        (("ffdhe2048", 2048), ["ffdhe2048"]),
    ] {
        let sham = Sham {
            field,
            extensions: vec![(extension::ENCRYPT_THEN_MAC, Vec::new())],
            suites: vec![
                "TLS_RSA_WITH_AES_128_GCM_SHA256",
                "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
                "TLS_DHE_RSA_WITH_ARIA_128_CBC_SHA256",
            ],
            ..old(&[TlsVersion::Tls12])
        };
        let found = find(&sham, &agreed(TlsVersion::Tls12), Probe::Deep, 200).await;
        assert_eq!(suites(&found, 1).len(), 3);
        assert_eq!(groups(&found, 1), list);
        let older = found.older.value().unwrap();
        assert_eq!(older.dh_bits.value(), Some(&field.1));
        assert_eq!(older.encrypt_then_mac.value(), Some(&true));
    }
}

/// RFC 8422 §5.1: the curve of the certificate has to be on the list, too.
#[tokio::test]
async fn a_certificate_with_a_curve_hides_no_group() {
    let sham = Sham {
        versions: vec![TlsVersion::Tls12],
        suites: vec!["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"],
        groups: vec!["x25519", "secp256r1", "secp384r1", "secp521r1"],
        curve: Some("secp256r1"),
        ..Sham::modern()
    };
    let found = find(&sham, &agreed(TlsVersion::Tls12), Probe::Deep, 200).await;
    let expected = ["x25519", "secp256r1", "secp384r1", "secp521r1"];
    assert_eq!(groups(&found, 1), expected);
    assert_eq!(word(&found.versions[1].server_order), "no-subject");
}

#[tokio::test]
async fn suites_without_a_group_leave_none() {
    let sham = old(&[TlsVersion::Tls12]);
    let sham = Sham {
        suites: vec!["TLS_RSA_WITH_3DES_EDE_CBC_SHA"],
        ..sham
    };
    let found = find(&sham, &agreed(TlsVersion::Tls12), Probe::Deep, 200).await;
    assert_eq!(word(&found.versions[1].groups), "no-subject");
    assert_eq!(suites(&found, 1), ["TLS_RSA_WITH_3DES_EDE_CBC_SHA"]);
}

/// A list that broke off is not shown as if it were whole.
#[tokio::test]
async fn whatever_breaks_off_is_unknown() {
    let whole = find(
        &Sham::modern(),
        &agreed(TlsVersion::Tls13),
        Probe::Deep,
        200,
    )
    .await;
    for from in 1..=usize::try_from(whole.connections).unwrap() {
        let failure = Failure::unknown(Cause::ConnectionTimeout, "gone");
        let sham = Sham {
            fails: Some((from, failure)),
            ..Sham::modern()
        };
        let found = find(&sham, &agreed(TlsVersion::Tls13), Probe::Deep, 200).await;
        assert!(found.connections <= u32::try_from(from).unwrap() + 1);
        for (broken, sound) in found.versions.iter().zip(&whole.versions) {
            let same = |broken: String, sound: String, equal: bool| {
                assert!(
                    equal || broken == "?connection-timeout",
                    "{broken} for {sound}"
                );
            };
            let [one, other] = [broken, sound].map(|offer| word(&offer.accepted));
            same(one, other, broken.accepted == sound.accepted);
            let [one, other] = [broken, sound].map(|offer| word(&offer.suites));
            same(one, other, broken.suites == sound.suites);
            let [one, other] = [broken, sound].map(|offer| word(&offer.groups));
            same(one, other, broken.groups == sound.groups);
            let [one, other] = [broken, sound].map(|offer| word(&offer.server_order));
            same(one, other, broken.server_order == sound.server_order);
        }
    }
}
