//! What the name of a cipher suite says of it.

/// Whether it is a suite of TLS 1.3, which name no key exchange (RFC 8446 §B.4).
pub fn is_tls13(name: &str) -> bool {
    !name.contains("_WITH_")
}

/// Whether it needs TLS 1.2: its hash is named with it, or it has no MAC of its own (RFC 5246 §1.2).
pub fn needs_tls12(name: &str) -> bool {
    !is_tls13(name) && !name.ends_with("_SHA") && !name.ends_with("_MD5")
}

/// Whether the server sends a key of its own on an elliptic curve for each connection (RFC 8422 §5.4).
pub fn sends_curve(name: &str) -> bool {
    name.starts_with("TLS_ECDHE_") || name.starts_with("TLS_ECDH_anon_")
}

/// Whether the server sends a key of its own in a finite field for each connection (RFC 5246 §7.4.3).
pub fn sends_prime(name: &str) -> bool {
    name.starts_with("TLS_DHE_") || name.starts_with("TLS_DH_anon_")
}

/// Whether the server shows no certificate.
pub fn is_anonymous(name: &str) -> bool {
    name.contains("_anon_")
}

/// Whether the certificate has a key for ECDSA.
pub fn is_ecdsa(name: &str) -> bool {
    name.starts_with("TLS_ECDHE_ECDSA_")
}

/// Whether it encrypts by a block cipher in CBC mode.
pub fn is_cbc(name: &str) -> bool {
    name.contains("_CBC_")
}

/// Whether hardly any server has it: DSA certificates, certificates with a key for static Diffie-Hellman, ARIA, and
/// Camellia in Galois/Counter mode.
pub fn is_rare(name: &str) -> bool {
    let certificate = ["TLS_DH_RSA_", "TLS_ECDH_RSA_", "TLS_ECDH_ECDSA_"];
    name.contains("_DSS_")
        || certificate.iter().any(|start| name.starts_with(start))
        || name.contains("_ARIA_")
        || name.contains("_CAMELLIA_128_GCM_")
        || name.contains("_CAMELLIA_256_GCM_")
}

#[cfg(test)]
mod tests {
    use super::super::SUITES;
    use super::*;

    #[test]
    fn names_tell_the_family() {
        type Trait = fn(&str) -> bool;
        let cases: [(Trait, &str, &str); 8] = [
            (
                is_tls13,
                "TLS_AES_128_GCM_SHA256",
                "TLS_RSA_WITH_RC4_128_SHA",
            ),
            (
                needs_tls12,
                "TLS_RSA_WITH_NULL_SHA256",
                "TLS_RSA_WITH_NULL_SHA",
            ),
            (
                needs_tls12,
                "TLS_RSA_WITH_AES_128_CCM_8",
                "TLS_RSA_WITH_RC4_128_MD5",
            ),
            (
                sends_curve,
                "TLS_ECDH_anon_WITH_NULL_SHA",
                "TLS_ECDH_RSA_WITH_NULL_SHA",
            ),
            (
                sends_prime,
                "TLS_DHE_RSA_WITH_AES_128_CCM",
                "TLS_DH_RSA_WITH_DES_CBC_SHA",
            ),
            (
                is_anonymous,
                "TLS_DH_anon_WITH_DES_CBC_SHA",
                "TLS_RSA_WITH_NULL_SHA",
            ),
            (
                is_cbc,
                "TLS_RSA_WITH_AES_256_CBC_SHA",
                "TLS_RSA_WITH_AES_256_CCM",
            ),
            (
                is_rare,
                "TLS_DHE_DSS_WITH_AES_128_CBC_SHA",
                "TLS_RSA_WITH_CAMELLIA_128_CBC_SHA",
            ),
        ];
        for (holds, yes, no) in cases {
            assert!(holds(yes), "{yes}");
            assert!(!holds(no), "{no}");
        }
    }

    /// Some servers fail at a list of more than 128.
    #[test]
    fn no_list_for_one_version_is_longer_than_some_servers_take() {
        let count =
            |holds: &dyn Fn(&str) -> bool| SUITES.iter().filter(|(_, name)| holds(name)).count();
        assert!(count(&is_tls13) <= 128);
        assert!(count(&|name| !is_tls13(name) && !needs_tls12(name)) <= 128);
        assert!(count(&|name| !is_tls13(name) && is_rare(name)) <= 128);
        assert!(count(&|name| !is_tls13(name) && !is_rare(name)) <= 128);
    }
}
