//! The names that IANA gives to the numbers of TLS.

pub mod family;
mod suites;

pub use suites::SUITES;

/// The cipher suite, as in the TLS Cipher Suites registry; its number where it has no name here.
pub fn suite(code: u16) -> String {
    named(SUITES, code)
}

/// The number of a cipher suite by its name in the registry.
pub fn suite_code(name: &str) -> Option<u16> {
    code(SUITES, name)
}

/// The key exchange group, as in the TLS Supported Groups registry; its number where it has no name here.
pub fn group(code: u16) -> String {
    named(GROUPS, code)
}

/// The number of a key exchange group by its name in the registry.
pub fn group_code(name: &str) -> Option<u16> {
    code(GROUPS, name)
}

/// The signature scheme, as in the TLS `SignatureScheme` registry; its number where it has no name here.
pub fn scheme(code: u16) -> String {
    named(SCHEMES, code)
}

/// The alert, as in the TLS Alerts registry; its number where it has no name here.
pub fn alert(code: u8) -> String {
    let known = ALERTS.iter().find(|(known, _)| *known == code);
    known.map_or_else(|| format!("alert {code}"), |(_, name)| (*name).to_owned())
}

fn named(table: &[(u16, &str)], code: u16) -> String {
    let known = table.iter().find(|(known, _)| *known == code);
    known.map_or_else(|| number(code), |(_, name)| (*name).to_owned())
}

fn code(table: &[(u16, &str)], name: &str) -> Option<u16> {
    let known = table.iter().find(|(_, known)| *known == name);
    known.map(|(code, _)| *code)
}

fn number(code: u16) -> String {
    format!("0x{code:04x}")
}

const GROUPS: &[(u16, &str)] = &[
    (1, "sect163k1"),
    (2, "sect163r1"),
    (3, "sect163r2"),
    (4, "sect193r1"),
    (5, "sect193r2"),
    (6, "sect233k1"),
    (7, "sect233r1"),
    (8, "sect239k1"),
    (9, "sect283k1"),
    (10, "sect283r1"),
    (11, "sect409k1"),
    (12, "sect409r1"),
    (13, "sect571k1"),
    (14, "sect571r1"),
    (15, "secp160k1"),
    (16, "secp160r1"),
    (17, "secp160r2"),
    (18, "secp192k1"),
    (19, "secp192r1"),
    (20, "secp224k1"),
    (21, "secp224r1"),
    (22, "secp256k1"),
    (23, "secp256r1"),
    (24, "secp384r1"),
    (25, "secp521r1"),
    (26, "brainpoolP256r1"),
    (27, "brainpoolP384r1"),
    (28, "brainpoolP512r1"),
    (29, "x25519"),
    (30, "x448"),
    (31, "brainpoolP256r1tls13"),
    (32, "brainpoolP384r1tls13"),
    (33, "brainpoolP512r1tls13"),
    (34, "GC256A"),
    (35, "GC256B"),
    (36, "GC256C"),
    (37, "GC256D"),
    (38, "GC512A"),
    (39, "GC512B"),
    (40, "GC512C"),
    (41, "curveSM2"),
    (256, "ffdhe2048"),
    (257, "ffdhe3072"),
    (258, "ffdhe4096"),
    (259, "ffdhe6144"),
    (260, "ffdhe8192"),
    (512, "MLKEM512"),
    (513, "MLKEM768"),
    (514, "MLKEM1024"),
    (4587, "SecP256r1MLKEM768"),
    (4588, "X25519MLKEM768"),
    (4589, "SecP384r1MLKEM1024"),
    (4590, "curveSM2MLKEM768"),
    (25497, "X25519Kyber768Draft00"),
    (25498, "SecP256r1Kyber768Draft00"),
];

const SCHEMES: &[(u16, &str)] = &[
    (0x0101, "rsa_pkcs1_md5"),
    (0x0201, "rsa_pkcs1_sha1"),
    (0x0202, "dsa_sha1"),
    (0x0203, "ecdsa_sha1"),
    (0x0301, "rsa_pkcs1_sha224"),
    (0x0302, "dsa_sha224"),
    (0x0303, "ecdsa_sha224"),
    (0x0401, "rsa_pkcs1_sha256"),
    (0x0402, "dsa_sha256"),
    (0x0403, "ecdsa_secp256r1_sha256"),
    (0x0501, "rsa_pkcs1_sha384"),
    (0x0503, "ecdsa_secp384r1_sha384"),
    (0x0601, "rsa_pkcs1_sha512"),
    (0x0603, "ecdsa_secp521r1_sha512"),
    (0x0804, "rsa_pss_rsae_sha256"),
    (0x0805, "rsa_pss_rsae_sha384"),
    (0x0806, "rsa_pss_rsae_sha512"),
    (0x0807, "ed25519"),
    (0x0808, "ed448"),
    (0x0809, "rsa_pss_pss_sha256"),
    (0x080a, "rsa_pss_pss_sha384"),
    (0x080b, "rsa_pss_pss_sha512"),
    (0x081a, "ecdsa_brainpoolP256r1tls13_sha256"),
    (0x081b, "ecdsa_brainpoolP384r1tls13_sha384"),
    (0x081c, "ecdsa_brainpoolP512r1tls13_sha512"),
    (0x0904, "mldsa44"),
    (0x0905, "mldsa65"),
    (0x0906, "mldsa87"),
];

const ALERTS: &[(u8, &str)] = &[
    (0, "close_notify"),
    (10, "unexpected_message"),
    (20, "bad_record_mac"),
    (21, "decryption_failed"),
    (22, "record_overflow"),
    (30, "decompression_failure"),
    (40, "handshake_failure"),
    (41, "no_certificate"),
    (42, "bad_certificate"),
    (43, "unsupported_certificate"),
    (44, "certificate_revoked"),
    (45, "certificate_expired"),
    (46, "certificate_unknown"),
    (47, "illegal_parameter"),
    (48, "unknown_ca"),
    (49, "access_denied"),
    (50, "decode_error"),
    (51, "decrypt_error"),
    (60, "export_restriction"),
    (70, "protocol_version"),
    (71, "insufficient_security"),
    (80, "internal_error"),
    (86, "inappropriate_fallback"),
    (90, "user_canceled"),
    (100, "no_renegotiation"),
    (109, "missing_extension"),
    (110, "unsupported_extension"),
    (111, "certificate_unobtainable"),
    (112, "unrecognized_name"),
    (113, "bad_certificate_status_response"),
    (114, "bad_certificate_hash_value"),
    (115, "unknown_psk_identity"),
    (116, "certificate_required"),
    (120, "no_application_protocol"),
    (121, "ech_required"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::{CipherSuite, NamedGroup, SignatureScheme};
    use std::collections::BTreeSet;

    #[test]
    fn numbers_have_the_names_of_the_registries() {
        for (code, name) in [
            (0x1302, "TLS_AES_256_GCM_SHA384"),
            (0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
            (0x0004, "TLS_RSA_WITH_RC4_128_MD5"),
            (0xc0a0, "TLS_RSA_WITH_AES_128_CCM_8"),
        ] {
            assert_eq!(suite(code), name);
            assert_eq!(suite_code(name), Some(code));
        }
        for (code, name) in [
            (29, "x25519"),
            (0x11ec, "X25519MLKEM768"),
            (21, "secp224r1"),
            (27, "brainpoolP384r1"),
            (9, "sect283k1"),
            (257, "ffdhe3072"),
        ] {
            assert_eq!(group(code), name);
            assert_eq!(group_code(name), Some(code));
        }
        let known = SignatureScheme::ECDSA_NISTP256_SHA256;
        assert_eq!(scheme(known.into()), "ecdsa_secp256r1_sha256");
        assert_eq!(alert(48), "unknown_ca");
    }

    #[test]
    fn numbers_without_a_name_stay_numbers() {
        assert_eq!(group(0x7a7a), "0x7a7a");
        assert_eq!(suite(0x7a7a), "0x7a7a");
        assert_eq!(alert(200), "alert 200");
        assert_eq!(suite_code("TLS_OF_MY_OWN"), None);
    }

    #[test]
    fn every_number_and_every_name_stands_once() {
        for table in [SUITES, GROUPS, SCHEMES] {
            let codes: BTreeSet<_> = table.iter().map(|(code, _)| code).collect();
            let names: BTreeSet<_> = table.iter().map(|(_, name)| name).collect();
            assert_eq!((codes.len(), names.len()), (table.len(), table.len()));
        }
    }

    /// Another table of the same registries says the same.
    #[test]
    fn rustls_has_the_same_names() {
        for (code, name) in SUITES {
            if let Some(theirs) = CipherSuite::from(*code).as_str() {
                assert_eq!(theirs.replacen("TLS13_", "TLS_", 1), *name);
            }
        }
        for (theirs, name) in [
            (NamedGroup::X25519, "x25519"),
            (NamedGroup::secp521r1, "secp521r1"),
            (NamedGroup::FFDHE8192, "ffdhe8192"),
        ] {
            assert_eq!(group(theirs.into()), name);
        }
    }
}
