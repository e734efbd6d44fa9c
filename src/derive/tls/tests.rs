//! Tables of names, and what is said of them.

use super::*;
use crate::facts::{
    mx::{AddressScope, Reverse},
    tls::{
        TlsVersion,
        grade::{Grade, Grades},
        offers::{VersionOffer, Weakness},
    },
};
use proptest::prelude::*;

const fn letter(grade: Grade) -> char {
    match grade {
        Grade::Good => 'g',
        Grade::Sufficient => 's',
        Grade::PhaseOut => 'p',
        Grade::Insufficient => 'i',
        Grade::Ungraded => '-',
    }
}

/// The grades in the order NCSC-NL, BSI, RFC 9325, NIST.
fn letters(grades: Grades) -> String {
    [grades.ncsc_nl, grades.bsi, grades.rfc9325, grades.nist]
        .map(letter)
        .iter()
        .collect()
}

#[test]
fn suites_are_graded_by_each_norm() {
    for (name, wanted) in [
        ("TLS_AES_256_GCM_SHA384", "gggg"),
        ("TLS_AES_128_GCM_SHA256", "sggg"),
        ("TLS_CHACHA20_POLY1305_SHA256", "gigi"),
        ("TLS_AES_128_CCM_SHA256", "sgsg"),
        ("TLS_AES_128_CCM_8_SHA256", "iiss"),
        ("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "sggg"),
        ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "sggg"),
        ("TLS_ECDHE_ECDSA_WITH_AES_128_CCM", "sgsg"),
        ("TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", "iiss"),
        ("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "sisi"),
        ("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", "psps"),
        ("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", "psps"),
        ("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "iips"),
        ("TLS_ECDHE_RSA_WITH_CAMELLIA_128_CBC_SHA256", "pipi"),
        ("TLS_ECDHE_ECDSA_WITH_ARIA_256_GCM_SHA384", "pisi"),
        ("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", "pppg"),
        ("TLS_DHE_RSA_WITH_AES_256_CCM", "pppg"),
        ("TLS_DHE_RSA_WITH_AES_256_CBC_SHA256", "ppps"),
        ("TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "pipi"),
        ("TLS_DHE_DSS_WITH_AES_128_GCM_SHA256", "ippg"),
        ("TLS_DHE_RSA_WITH_AES_128_CBC_SHA", "iips"),
        ("TLS_RSA_WITH_AES_128_GCM_SHA256", "iipp"),
        ("TLS_RSA_WITH_AES_256_CBC_SHA", "iipp"),
        ("TLS_ECDH_RSA_WITH_AES_128_GCM_SHA256", "iips"),
        ("TLS_RSA_WITH_3DES_EDE_CBC_SHA", "iipi"),
        ("TLS_RSA_WITH_RC4_128_SHA", "iiii"),
        ("TLS_RSA_WITH_NULL_SHA256", "iiii"),
        ("TLS_SHA256_SHA256", "iiii"),
        ("TLS_DH_anon_WITH_AES_128_GCM_SHA256", "iipi"),
        ("TLS_ECDH_anon_WITH_AES_256_CBC_SHA", "iipi"),
        ("TLS_RSA_EXPORT_WITH_RC4_40_MD5", "iiii"),
        ("TLS_NULL_WITH_NULL_NULL", "iiii"),
        ("TLS_SM4_GCM_SM3", "iisi"),
        ("TLS_FALLBACK_SCSV", "----"),
        ("0xc02f", "----"),
        ("", "----"),
    ] {
        assert_eq!(letters(suite_grades(name)), wanted, "{name}");
    }
}

#[test]
fn weaknesses_are_told_by_the_name() {
    use Weakness as W;
    let table: [(&str, &[Weakness]); 19] = [
        ("TLS_AES_256_GCM_SHA384", &[]),
        ("TLS_CHACHA20_POLY1305_SHA256", &[]),
        ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", &[]),
        ("TLS_AES_128_CCM_8_SHA256", &[W::ShortTag]),
        ("TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", &[W::ShortTag]),
        ("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", &[W::Cbc]),
        ("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", &[W::Cbc, W::Sha1]),
        ("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", &[W::Dhe]),
        ("TLS_RSA_WITH_AES_128_GCM_SHA256", &[W::NoForwardSecrecy]),
        (
            "TLS_ECDH_RSA_WITH_AES_128_GCM_SHA256",
            &[W::NoForwardSecrecy],
        ),
        (
            "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
            &[W::TripleDes, W::NoForwardSecrecy, W::Cbc, W::Sha1],
        ),
        (
            "TLS_RSA_WITH_RC4_128_MD5",
            &[W::Rc4, W::NoForwardSecrecy, W::Md5],
        ),
        (
            "TLS_RSA_WITH_IDEA_CBC_SHA",
            &[W::Des, W::NoForwardSecrecy, W::Cbc, W::Sha1],
        ),
        (
            "TLS_RSA_EXPORT_WITH_RC2_CBC_40_MD5",
            &[W::Export, W::Des, W::NoForwardSecrecy, W::Cbc, W::Md5],
        ),
        (
            "TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA",
            &[W::Export, W::Des, W::Dhe, W::Cbc, W::Sha1],
        ),
        (
            "TLS_DH_anon_WITH_AES_128_CBC_SHA",
            &[W::Anonymous, W::Dhe, W::Cbc, W::Sha1],
        ),
        (
            "TLS_ECDH_anon_WITH_NULL_SHA",
            &[W::Null, W::Anonymous, W::Sha1],
        ),
        (
            "TLS_NULL_WITH_NULL_NULL",
            &[W::Null, W::Anonymous, W::NoForwardSecrecy],
        ),
        ("0x1301", &[]),
    ];
    for (name, wanted) in table {
        assert_eq!(weaknesses(name), wanted, "{name}");
    }
}

#[test]
fn groups_are_graded_by_each_norm() {
    for (name, wanted) in [
        ("X25519MLKEM768", "g-s-"),
        ("SecP256r1MLKEM768", "g-s-"),
        ("SecP384r1MLKEM1024", "g-s-"),
        ("x25519", "sigi"),
        ("x448", "sisi"),
        ("secp256r1", "sggg"),
        ("secp384r1", "sgsg"),
        ("secp521r1", "sgss"),
        ("secp224r1", "piss"),
        ("secp192r1", "iiii"),
        ("secp160k1", "iiii"),
        ("secp256k1", "iisi"),
        ("sect233r1", "iiss"),
        ("sect163k1", "iiii"),
        ("brainpoolP256r1", "sgsi"),
        ("brainpoolP384r1tls13", "sgsi"),
        ("brainpoolP512r1", "sgsi"),
        ("ffdhe2048", "iips"),
        ("ffdhe3072", "ppps"),
        ("ffdhe4096", "ppps"),
        ("ffdhe8192", "ppps"),
        ("DH 512", "iiii"),
        ("DH 1024", "iiii"),
        ("DH 2048", "iip-"),
        ("DH 4096", "ipp-"),
        ("MLKEM768", "----"),
        ("X25519Kyber768Draft00", "----"),
        ("0x1234", "----"),
        ("", "----"),
    ] {
        assert_eq!(letters(group_grades(name)), wanted, "{name}");
    }
}

fn suite(name: &str) -> Suite {
    Suite {
        name: name.to_owned(),
        weaknesses: Vec::new(),
        grades: Grades::default(),
    }
}

fn group(name: &str) -> Group {
    Group {
        name: name.to_owned(),
        grades: Grades::default(),
    }
}

fn address() -> MxAddress {
    let version = VersionOffer {
        version: TlsVersion::Tls12,
        accepted: Observed::present(Choice {
            suite: suite("TLS_RSA_WITH_RC4_128_SHA"),
            group: Group::default(),
            signature_scheme: String::new(),
        }),
        suites: Observed::present(vec![suite("TLS_RSA_WITH_RC4_128_SHA")]),
        groups: Observed::present(vec![group("x25519")]),
        server_order: Observed::unobserved(),
    };
    let offers = Offers {
        versions: vec![version],
        older: Observed::unobserved(),
        rsa_chain: Observed::unobserved(),
        ecdsa_chain: Observed::unobserved(),
        without_sni: Observed::unobserved(),
        command_injection: Observed::unobserved(),
        connections: 1,
    };
    MxAddress {
        ip: [192, 0, 2, 1].into(),
        scope: AddressScope::Documentation,
        session: Observed::unobserved(),
        offers: Observed::present(Arc::new(offers)),
        reverse: Reverse::default(),
    }
}

#[test]
fn everything_that_an_address_offers_is_graded() {
    let mut address = address();
    complete(&mut address);
    let offers = address.offers.value().unwrap();
    let version = &offers.versions[0];
    let chosen = &version.accepted.value().unwrap().suite;
    assert_eq!(chosen, &version.suites.value().unwrap()[0]);
    assert_eq!(letters(chosen.grades), "iiii");
    assert_eq!(chosen.weaknesses[0], Weakness::Rc4);
    assert_eq!(letters(version.groups.value().unwrap()[0].grades), "sigi");
}

#[test]
fn what_is_graded_already_stays_shared() {
    let mut address = address();
    complete(&mut address);
    let shared = Arc::clone(address.offers.value().unwrap());
    complete(&mut address);
    assert!(Arc::ptr_eq(&shared, address.offers.value().unwrap()));
}

proptest! {
    #[test]
    fn any_name_is_graded_without_harm(name in "(TLS_)?[A-Z0-9_a-z ]{0,40}") {
        let _ = (suite_grades(&name), group_grades(&name));
        prop_assert!(weaknesses(&name).len() <= 12);
    }

    #[test]
    fn what_has_no_encryption_is_insufficient_everywhere(keys in "(RSA|DHE_RSA|ECDHE_RSA|PSK)", hash in "(MD5|SHA|SHA256)") {
        let name = format!("TLS_{keys}_WITH_NULL_{hash}");
        prop_assert_eq!(letters(suite_grades(&name)), "iiii");
        prop_assert!(weaknesses(&name).contains(&Weakness::Null));
    }
}
