//! Chains with each fault, alone and together.

use super::test_authority::{Authority, Plan, now};
use super::*;
use rcgen::{CustomExtension, ExtendedKeyUsagePurpose, GeneralSubtree, NameConstraints};

const MX: &str = "mx.example.org";

fn store_of(root: &Authority) -> TrustStore {
    TrustStore::from_pem("lab", root.pem().as_bytes()).unwrap()
}

/// A trusted root, an intermediate of it, and the store that trusts the root.
fn house() -> (Authority, Authority, TrustStore) {
    let root = Authority::root("Lab Root");
    let inter = root.issue(&Plan::ca("Lab Inter"));
    let store = store_of(&root);
    (root, inter, store)
}

fn codes(chain: &Chain) -> Vec<&str> {
    chain
        .defects
        .iter()
        .map(|defect| defect.code.as_str())
        .collect()
}

/// Trusted, matching and in time, in this order.
const fn three(chain: &Chain) -> (bool, bool, bool) {
    (chain.trusted, chain.name_matches, chain.in_time)
}

#[test]
fn a_good_chain_authenticates_without_defects() {
    let (_, inter, store) = house();
    let leaf = inter.issue(&Plan::server(&[MX]));
    let chain = judge(&[leaf.der, inter.der], MX, &store, now());
    assert_eq!(three(&chain), (true, true, true));
    assert!(chain.authenticated && chain.defects.is_empty(), "{chain:?}");
    assert_eq!(chain.certificates.len(), 2);
    assert_eq!(chain.reference_name, MX);
}

#[test]
fn names_match_by_whole_labels_only() {
    let cases: &[(&[&str], &str, bool)] = &[
        (&["mx.example.org"], "mx.example.org", true),
        (&["MX.Example.ORG"], "mx.example.org", true),
        (&["*.example.org"], "mx.example.org", true),
        (&["*.example.org"], "a.mx.example.org", false),
        (&["*.example.org"], "example.org", false),
        (&["*.EXAMPLE.org"], "mx.example.org", true),
        (&["m*.example.org"], "mx.example.org", false),
        (&["mx.*.org"], "mx.example.org", false),
        (&["*"], "localhost", false),
        (&["*."], "mx.", false),
        (&["notmx.example.org"], "mx.example.org", false),
        (&["mx.example.org.evil.net"], "mx.example.org", false),
        (&["mx.example.org\0.evil.net"], "mx.example.org", false),
        (&["example.org"], "mx.example.org", false),
        (&["a.net", "mx.example.org"], "mx.example.org", true),
        (&[], "mx.example.org", false),
        (&["*.example.org"], ".example.org", false),
        // An internationalized host is named by A-labels (RFC 9525 §6.3, RFC 9549).
        (&["xn--bcher-kva.test"], "xn--bcher-kva.test", true),
        (&["bücher.test"], "xn--bcher-kva.test", false),
    ];
    for &(presented, host, expected) in cases {
        let presented: Vec<String> = presented.iter().map(|&name| name.to_owned()).collect();
        assert_eq!(
            name_matches(&presented, host),
            expected,
            "{presented:?} {host}"
        );
    }
}

#[test]
fn a_name_that_merely_contains_the_host_is_a_mismatch() {
    let (_, inter, store) = house();
    let leaf = inter.issue(&Plan::server(&["notmx.substr.test"]));
    let chain = judge(&[leaf.der, inter.der], "mx.substr.test", &store, now());
    assert_eq!(three(&chain), (true, false, true));
    assert_eq!(codes(&chain), ["certificate-name-mismatch"]);
    assert!(
        chain.defects[0].text.contains("notmx.substr.test"),
        "{chain:?}"
    );
}

#[test]
fn a_root_that_the_server_sends_proves_nothing() {
    let (_, _, store) = house();
    let evil = Authority::root("Evil Root");
    let dummy = Authority::self_signed(&Plan::ca("Dummy"));
    let leaf = evil.issue(&Plan::server(&[MX]));
    for sent in [
        vec![leaf.der.clone(), evil.der.clone()],
        vec![leaf.der.clone(), dummy.der.clone(), evil.der.clone()],
    ] {
        let direct = sent.len() == 2;
        let chain = judge(&sent, MX, &store, now());
        assert_eq!(three(&chain), (false, true, true));
        assert_eq!(codes(&chain)[0], "certificate-untrusted-root");
        assert_eq!((chain.in_order, chain.root_sent), (direct, true));
        assert_eq!(codes(&chain).contains(&"certificate-out-of-order"), !direct);
        assert!(chain.defects[0].text.contains("Evil Root"), "{chain:?}");
    }
}

#[test]
fn an_authority_with_a_trusted_name_and_another_key_proves_nothing() {
    let (_, _, store) = house();
    let twin = Authority::root("Lab Root");
    let leaf = twin.issue(&Plan::server(&[MX]));
    let chain = judge(&[leaf.der, twin.der], MX, &store, now());
    assert!(!chain.trusted);
    assert_eq!(codes(&chain), ["certificate-untrusted-root"]);
}

#[test]
fn a_missing_intermediate_is_an_incomplete_chain() {
    let (_, inter, store) = house();
    let leaf = inter.issue(&Plan::server(&[MX]));
    let chain = judge(&[leaf.der], MX, &store, now());
    assert_eq!(three(&chain), (false, true, true));
    assert_eq!(codes(&chain), ["certificate-incomplete-chain"]);
    assert!(chain.defects[0].text.contains("Lab Inter"), "{chain:?}");
}

#[test]
fn a_certificate_that_signed_itself_is_named_so() {
    let (_, _, store) = house();
    let own = Authority::self_signed(&Plan::server(&[MX]));
    let chain = judge(&[own.der], MX, &store, now());
    assert_eq!(three(&chain), (false, true, true));
    assert_eq!(codes(&chain), ["certificate-self-signed"]);
}

#[test]
fn an_authority_as_server_is_noted_and_trusted_where_the_store_has_it() {
    let (_, _, other) = house();
    let plan = Plan {
        names: &[MX],
        ..Plan::ca("own")
    };
    let own = Authority::self_signed(&plan);
    let chain = judge(std::slice::from_ref(&own.der), MX, &other, now());
    assert!(!chain.trusted);
    assert_eq!(
        codes(&chain),
        [
            "certificate-self-signed",
            "certificate-ca-as-leaf",
            "certificate-key-usage"
        ]
    );
    let pinned = judge(std::slice::from_ref(&own.der), MX, &store_of(&own), now());
    assert!(pinned.authenticated, "{pinned:?}");
    assert_eq!(
        codes(&pinned),
        ["certificate-ca-as-leaf", "certificate-key-usage"]
    );
    assert!(!pinned.defects[0].fatal);
}

/// A subordinate authority that may vouch for `only.example` alone, and a server's certificate that it signed.
fn constrained(plan: &Plan<'_>) -> (Authority, Authority, Authority) {
    let root = Authority::root("root");
    let mut params = Authority::root("sub").params;
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![GeneralSubtree::DnsName("only.example".to_owned())],
        excluded_subtrees: Vec::new(),
    });
    let sub = root.issue_params(params);
    let leaf = sub.issue(plan);
    (root, sub, leaf)
}

#[test]
fn an_expired_certificate_beside_the_path_excuses_no_fault_of_it() {
    let (root, sub, leaf) = constrained(&Plan::server(&[MX]));
    let store = store_of(&root);
    let alone = judge(&[leaf.der.clone(), sub.der.clone()], MX, &store, now());
    assert!(!alone.trusted, "{alone:?}");
    let junk = Authority::self_signed(&Plan::ca("sub").days(-100, -10));
    let beside = judge(&[leaf.der, sub.der, junk.der], MX, &store, now());
    assert!(!beside.trusted && !beside.authenticated, "{beside:?}");
}

#[test]
fn a_server_with_an_authoritys_certificate_is_held_to_the_constraints_above_it() {
    let plan = Plan {
        names: &[MX],
        ..Plan::ca("leaf")
    };
    let (root, sub, leaf) = constrained(&plan);
    let chain = judge(&[leaf.der, sub.der], MX, &store_of(&root), now());
    assert!(!chain.trusted && !chain.authenticated, "{chain:?}");
}

#[test]
fn expiry_hides_no_other_fault() {
    let (_, inter, store) = house();
    let old = Plan::server(&["other.test"]).days(-100, -10);
    let leaf = inter.issue(&old);
    let chain = judge(&[leaf.der, inter.der], MX, &store, now());
    assert_eq!(three(&chain), (true, false, false));
    assert_eq!(
        codes(&chain),
        ["certificate-expired", "certificate-name-mismatch"]
    );
    assert!(chain.defects.iter().all(|defect| defect.fatal));
    let evil = Authority::root("Evil Root");
    let leaf = evil.issue(&Plan::server(&[MX]).days(-100, -10));
    let chain = judge(&[leaf.der, evil.der], MX, &store, now());
    assert_eq!(three(&chain), (false, true, false));
    assert_eq!(
        codes(&chain),
        ["certificate-untrusted-root", "certificate-expired"]
    );
}

#[test]
fn what_is_out_of_time_is_found_anywhere_in_the_path() {
    let (root, inter, store) = house();
    let future = inter.issue(&Plan::server(&[MX]).days(5, 80));
    let chain = judge(&[future.der, inter.der], MX, &store, now());
    assert_eq!(three(&chain), (true, true, false));
    assert_eq!(codes(&chain), ["certificate-not-yet-valid"]);
    let old = root.issue(&Plan::ca("Old Inter").days(-90, -1));
    let leaf = old.issue(&Plan::server(&[MX]).days(-20, 60));
    let chain = judge(&[leaf.der, old.der], MX, &store, now());
    assert_eq!(three(&chain), (true, true, false));
    assert_eq!(codes(&chain), ["certificate-expired"]);
    assert!(chain.defects[0].text.contains("certificate 2"), "{chain:?}");
}

#[test]
fn certificates_that_were_never_valid_together_are_still_trusted_but_not_in_time() {
    let (root, _, store) = house();
    let old = root.issue(&Plan::ca("Old Inter").days(-90, -50));
    let leaf = old.issue(&Plan::server(&[MX]).days(-20, 60));
    let chain = judge(&[leaf.der, old.der], MX, &store, now());
    assert_eq!(three(&chain), (true, true, false));
}

#[test]
fn an_expired_certificate_that_no_path_needs_does_no_harm() {
    let (_, inter, store) = house();
    let stray = Authority::self_signed(&Plan::ca("Stray").days(-90, -1));
    let leaf = inter.issue(&Plan::server(&[MX]));
    let chain = judge(&[leaf.der, stray.der, inter.der], MX, &store, now());
    assert!(chain.authenticated, "{chain:?}");
    assert_eq!(
        codes(&chain),
        ["certificate-expired", "certificate-out-of-order"]
    );
    assert!(!chain.defects[0].fatal && !chain.in_order);
}

#[test]
fn a_common_name_does_not_count() {
    let (_, inter, store) = house();
    let plan = Plan {
        common_name: MX,
        ..Plan::server(&[])
    };
    let leaf = inter.issue(&plan);
    let chain = judge(&[leaf.der, inter.der], MX, &store, now());
    assert_eq!(three(&chain), (true, false, true));
    assert_eq!(codes(&chain), ["certificate-common-name-only"]);
}

#[test]
fn paths_that_break_their_own_rules_are_not_valid() {
    let (root, inter, store) = house();
    let mut params = inter.params.clone();
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![GeneralSubtree::DnsName("example.net".into())],
        excluded_subtrees: vec![],
    });
    let confined = root.issue_params(params);
    let leaf = confined.issue(&Plan::server(&[MX]));
    let chain = judge(&[leaf.der, confined.der], MX, &store, now());
    assert_eq!(codes(&chain), ["certificate-path-invalid"]);
    assert!(
        chain.defects[0].text.contains("name constraints"),
        "{chain:?}"
    );

    let mut params = inter.issue(&Plan::server(&[MX])).params;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let leaf = inter.issue_params(params);
    let chain = judge(&[leaf.der, inter.der.clone()], MX, &store, now());
    assert!(
        chain.defects[0].text.contains("extended key usage"),
        "{chain:?}"
    );

    let server = inter.issue(&Plan::server(&["server.test"]));
    let leaf = server.issue(&Plan::server(&[MX]));
    let chain = judge(&[leaf.der, server.der, inter.der], MX, &store, now());
    assert!(!chain.trusted);
    assert_eq!(codes(&chain), ["certificate-path-invalid"]);
}

#[test]
fn an_unknown_critical_extension_is_not_trusted() {
    let (_, inter, store) = house();
    let mut params = inter.issue(&Plan::server(&[MX])).params;
    let mut odd = CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
    odd.set_criticality(true);
    params.custom_extensions = vec![odd];
    let leaf = inter.issue_params(params);
    let chain = judge(&[leaf.der, inter.der], MX, &store, now());
    assert_eq!(three(&chain), (false, true, true));
    assert!(
        chain.defects[0].text.contains("critical extension"),
        "{chain:?}"
    );
}

#[test]
fn a_damaged_signature_is_found() {
    let (_, inter, store) = house();
    let mut leaf = inter.issue(&Plan::server(&[MX])).der.to_vec();
    let last = leaf.len() - 1;
    leaf[last] ^= 1;
    let chain = judge(&[leaf.into(), inter.der], MX, &store, now());
    assert!(!chain.trusted);
    assert_eq!(codes(&chain), ["certificate-bad-signature"]);
}

#[test]
fn a_short_key_with_an_old_signature_is_weak() {
    let (_, _, store) = house();
    let der = data_encoding::BASE64
        .decode(RSA_1024_SHA1.as_bytes())
        .unwrap();
    let chain = judge(&[der.into()], MX, &store, now());
    let weak: Vec<&Defect> = chain.defects.iter().filter(|one| !one.fatal).collect();
    assert_eq!(weak[0].code, "certificate-weak-key", "{chain:?}");
    assert_eq!(weak[1].code, "certificate-weak-signature");
    assert!(codes(&chain).contains(&"certificate-self-signed"));
    let leaf = &chain.certificates[0];
    assert_eq!((leaf.key_type.as_str(), leaf.key_bits), ("RSA", 1024));
    assert_eq!(leaf.signature_algorithm, "sha1WithRSAEncryption");
}

#[test]
fn what_is_no_certificate_keeps_its_place() {
    let (_, inter, store) = house();
    let leaf = inter.issue(&Plan::server(&[MX]));
    let sent = [leaf.der, b"rubbish".to_vec().into(), inter.der];
    let chain = judge(&sent, MX, &store, now());
    assert!(chain.authenticated, "{chain:?}");
    assert_eq!(codes(&chain), ["certificate-unreadable"]);
    assert_eq!(chain.certificates.len(), 3);
    let chain = judge(&[b"rubbish".to_vec().into()], MX, &store, now());
    assert_eq!(three(&chain), (false, false, false));
    let chain = judge(&[], MX, &store, now());
    assert_eq!(three(&chain), (false, false, false));
    assert_eq!(codes(&chain), ["certificate-none"]);
}

#[test]
fn a_hundred_certificates_are_judged() {
    let (_, inter, store) = house();
    let leaf = inter.issue(&Plan::server(&[MX]));
    let mut sent = vec![leaf.der, inter.der];
    for _ in 0..98 {
        sent.push(Authority::self_signed(&Plan::ca("Lab Inter").days(-90, -1)).der);
    }
    let chain = judge(&sent, MX, &store, now());
    assert!(chain.authenticated, "{chain:?}");
    assert_eq!(chain.certificates.len(), 100);
    assert!(codes(&chain).contains(&"certificate-too-many"));
}

#[test]
fn mozilla_does_not_trust_the_lab() {
    let (_, inter, _) = house();
    let leaf = inter.issue(&Plan::server(&[MX]));
    let chain = judge(&[leaf.der, inter.der], MX, &TrustStore::mozilla(), now());
    assert!(!chain.trusted && chain.name_matches && chain.in_time);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(256))]

    #[test]
    fn no_bytes_make_the_judge_panic(first: Vec<u8>, at in 0_usize..600, with: u8) {
        let (_, inter, store) = house();
        let mut leaf = inter.issue(&Plan::server(&[MX])).der.to_vec();
        if let Some(octet) = leaf.get_mut(at) {
            *octet = with;
        }
        let _ = judge(&[leaf.into(), first.into(), inter.der], MX, &store, now());
    }
}

/// Made with `openssl req -x509 -newkey rsa:1024 -sha1`: rcgen can't make it.
const RSA_1024_SHA1: &str = "\
    MIICJTCCAY6gAwIBAgIUA7u+O856D1WvIxD6Ptw8m3d81+EwDQYJKoZIhvcNAQEFBQAwGTEXMBUGA1UEAwwObXguZXhhbXBs\
    ZS5vcmcwIBcNMjYxMTIzMTU0OTAzWhgPMjA1MTA3MTUxNTQ5MDNaMBkxFzAVBgNVBAMMDm14LmV4YW1wbGUub3JnMIGfMA0G\
    CSqGSIb3DQEBAQUAA4GNADCBiQKBgQDEU22ZGNuXaxor9AWkG4gep2bQ274Rk1Kr6fHc+w/bSLdeEaUnivkOVVjmZcPhQK/K\
    YyPLgx9gJ17V9PGDOyBy0SR5ou/kkIoSjmxVdKSdkISUHrw1dOJtMIq82ELmpIRbW5D6JJflexwhZnToakf9omdEEc9txIcq\
    L1BRqBFjRQIDAQABo2gwZjAdBgNVHQ4EFgQUjeLOIaFdoS+hWaY+2YAPBPx+/CEwHwYDVR0jBBgwFoAUjeLOIaFdoS+hWaY+\
    2YAPBPx+/CEwGQYDVR0RBBIwEIIObXguZXhhbXBsZS5vcmcwCQYDVR0TBAIwADANBgkqhkiG9w0BAQUFAAOBgQB2/+l5l21k\
    GF9vIQEKwItV37YZWu5hFGEHSkcDcxq+ngQACggsdiW3CBa7TJYXtQwoEQhP8OoT25J79XDEv0eciQAysoOksuBvFk4Pq2m0\
    7JKmXDi4v/Cx8iRyyiDB+0fmWxkBmdSn+Gq5j5TqmFdUsvVUNhpQHnVZxsjQiYbdRA==";
