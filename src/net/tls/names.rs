//! The names that IANA gives to the numbers of TLS.

use rustls::{AlertDescription, CipherSuite, NamedGroup, SignatureScheme};

/// The cipher suite, as in the TLS Cipher Suites registry.
pub(super) fn suite(suite: CipherSuite) -> String {
    match suite.as_str() {
        Some(name) => name.replacen("TLS13_", "TLS_", 1),
        None => number(suite.into()),
    }
}

/// The key exchange group, as in the TLS Supported Groups registry.
pub(super) fn group(group: NamedGroup) -> String {
    named(GROUPS, group.into())
}

/// The signature scheme, as in the TLS `SignatureScheme` registry.
pub(super) fn scheme(scheme: SignatureScheme) -> String {
    named(SCHEMES, scheme.into())
}

/// The alert, as in the TLS Alerts registry.
pub(super) fn alert(alert: AlertDescription) -> String {
    let code = u8::from(alert);
    let known = ALERTS.iter().find(|(known, _)| *known == code);
    known.map_or_else(|| format!("alert {code}"), |(_, name)| (*name).to_owned())
}

fn named(table: &[(u16, &str)], code: u16) -> String {
    let known = table.iter().find(|(known, _)| *known == code);
    known.map_or_else(|| number(code), |(_, name)| (*name).to_owned())
}

fn number(code: u16) -> String {
    format!("0x{code:04x}")
}

const GROUPS: &[(u16, &str)] = &[
    (23, "secp256r1"),
    (24, "secp384r1"),
    (25, "secp521r1"),
    (29, "x25519"),
    (30, "x448"),
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
];

const SCHEMES: &[(u16, &str)] = &[
    (0x0201, "rsa_pkcs1_sha1"),
    (0x0203, "ecdsa_sha1"),
    (0x0401, "rsa_pkcs1_sha256"),
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

    #[test]
    fn numbers_have_the_names_of_the_registries() {
        let suites = [
            (
                CipherSuite::TLS13_AES_256_GCM_SHA384,
                "TLS_AES_256_GCM_SHA384",
            ),
            (
                CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
                "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            ),
        ];
        for (code, name) in suites {
            assert_eq!(suite(code), name);
        }
        assert_eq!(group(NamedGroup::X25519), "x25519");
        assert_eq!(group(NamedGroup::X25519MLKEM768), "X25519MLKEM768");
        assert_eq!(
            scheme(SignatureScheme::ECDSA_NISTP256_SHA256),
            "ecdsa_secp256r1_sha256"
        );
        assert_eq!(alert(AlertDescription::UnknownCA), "unknown_ca");
    }

    #[test]
    fn numbers_without_a_name_stay_numbers() {
        assert_eq!(group(NamedGroup::Unknown(0x7a7a)), "0x7a7a");
        assert_eq!(alert(AlertDescription::Unknown(200)), "alert 200");
    }
}
