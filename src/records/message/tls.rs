//! TLS as servers note it in `Received`: versions and cipher suites by the names of several libraries.

use crate::facts::tls::TlsVersion;

/// The version that a word names: `TLSv1.3`, `TLS1_3`, `TLS1.3`, `v1.2`, `SSLv3`.
pub(super) fn version(word: &str) -> Option<TlsVersion> {
    let word = word.to_ascii_lowercase().replace('_', ".");
    let plain = word.trim_start_matches("tls").trim_start_matches('v');
    match (word.starts_with("ssl"), plain) {
        (true, _) if matches!(word.as_str(), "sslv3" | "ssl3" | "ssl3.0" | "sslv3.0") => {
            Some(TlsVersion::Ssl30)
        }
        (false, _) if plain == word => None,
        (false, "1" | "1.0") => Some(TlsVersion::Tls10),
        (false, "1.1") => Some(TlsVersion::Tls11),
        (false, "1.2") => Some(TlsVersion::Tls12),
        (false, "1.3") => Some(TlsVersion::Tls13),
        (true | false, _) => None,
    }
}

/// The IANA name of a suite, from that or the names of OpenSSL (`ECDHE-RSA-AES256-GCM-SHA384`) and `GnuTLS`
/// (`ECDHE_RSA_AES_256_GCM_SHA384`, `ECDHE_SECP256R1__RSA_PSS_RSAE_SHA256__AES_256_GCM`). What is not known stays as
/// it is written.
pub(super) fn suite(word: &str) -> String {
    if word.starts_with("TLS_") {
        return word.to_owned();
    }
    if word.contains("__") {
        return gnutls(word).unwrap_or_else(|| word.to_owned());
    }
    let parts: Vec<&str> = word.split(['-', '_']).collect();
    named(&parts).unwrap_or_else(|| word.to_owned())
}

/// `GnuTLS` 3.6 names group, signature and cipher, with two underscores between them. Only of TLS 1.3 the suite follows.
fn gnutls(word: &str) -> Option<String> {
    match word.rsplit("__").next()? {
        "AES_256_GCM" => Some("TLS_AES_256_GCM_SHA384".to_owned()),
        "AES_128_GCM" => Some("TLS_AES_128_GCM_SHA256".to_owned()),
        "CHACHA20_POLY1305" => Some("TLS_CHACHA20_POLY1305_SHA256".to_owned()),
        _ => None,
    }
}

/// The name put together anew: key exchange, authentication, cipher, mode, hash.
fn named(parts: &[&str]) -> Option<String> {
    let (exchange, rest) = match parts {
        ["ECDHE", rest @ ..] => (Some("ECDHE"), rest),
        ["DHE" | "EDH", rest @ ..] => (Some("DHE"), rest),
        rest => (None, rest),
    };
    let (authentication, rest) = match rest {
        ["RSA", rest @ ..] => (Some("RSA"), rest),
        ["ECDSA", rest @ ..] => (Some("ECDSA"), rest),
        ["DSS", rest @ ..] => (Some("DSS"), rest),
        rest => (None, rest),
    };
    let key = match (exchange, authentication) {
        (Some(exchange), Some(authentication)) => format!("{exchange}_{authentication}"),
        (None, Some("RSA") | None) => "RSA".to_owned(),
        (Some(_), None) | (None, Some(_)) => return None,
    };
    Some(format!("TLS_{key}_WITH_{}", cipher(rest)?))
}

/// The cipher, its mode and the hash.
fn cipher(parts: &[&str]) -> Option<String> {
    let text = parts.join("_");
    let text = text.strip_prefix("WITH_").unwrap_or(&text);
    // OpenSSL writes the size without a separator in front of it.
    let text = text
        .replace("AES128", "AES_128")
        .replace("AES256", "AES_256");
    let text = text
        .replace("CAMELLIA128", "CAMELLIA_128")
        .replace("CAMELLIA256", "CAMELLIA_256");
    let whole = match text.as_str() {
        "CHACHA20_POLY1305" => "CHACHA20_POLY1305_SHA256".to_owned(),
        "DES_CBC3_SHA" | "3DES_EDE_CBC_SHA1" => "3DES_EDE_CBC_SHA".to_owned(),
        "RC4_SHA" => "RC4_128_SHA".to_owned(),
        "RC4_MD5" => "RC4_128_MD5".to_owned(),
        other => {
            let blocks = other.starts_with("AES_") || other.starts_with("CAMELLIA_");
            let hash = other.rsplit('_').next().unwrap_or_default();
            let hashed = matches!(hash, "SHA" | "SHA1" | "SHA256" | "SHA384");
            if !(blocks && hashed) && other != "CHACHA20_POLY1305_SHA256" {
                return None;
            }
            let other = other
                .strip_suffix("_SHA1")
                .map_or_else(|| other.to_owned(), |start| format!("{start}_SHA"));
            let moded = ["_GCM_", "_CBC_", "_CCM_", "POLY1305"];
            if moded.iter().any(|mode| other.contains(mode)) {
                other
            } else {
                // Names of OpenSSL without a mode mean CBC.
                let (start, hash) = other.rsplit_once('_')?;
                format!("{start}_CBC_{hash}")
            }
        }
    };
    Some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_in_every_spelling() {
        for (word, expected) in [
            ("TLSv1.3", Some(TlsVersion::Tls13)),
            ("TLS1_2", Some(TlsVersion::Tls12)),
            ("TLS1.3", Some(TlsVersion::Tls13)),
            ("v1.2", Some(TlsVersion::Tls12)),
            ("TLSv1", Some(TlsVersion::Tls10)),
            ("TLS1_0", Some(TlsVersion::Tls10)),
            ("TLSv1.1", Some(TlsVersion::Tls11)),
            ("SSLv3", Some(TlsVersion::Ssl30)),
            ("1.2", None),
            ("TLS", None),
            ("TLSv2", None),
            ("", None),
        ] {
            assert_eq!(version(word), expected, "{word}");
        }
    }

    #[test]
    fn suites_get_their_iana_names() {
        for (word, expected) in [
            ("TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384"),
            (
                "ECDHE-RSA-AES256-GCM-SHA384",
                "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            ),
            (
                "ECDHE_RSA_AES_256_GCM_SHA384",
                "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            ),
            (
                "ECDHE-ECDSA-CHACHA20-POLY1305",
                "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            ),
            ("DHE-RSA-AES256-SHA", "TLS_DHE_RSA_WITH_AES_256_CBC_SHA"),
            (
                "ECDHE-RSA-AES128-SHA256",
                "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
            ),
            ("AES128-SHA", "TLS_RSA_WITH_AES_128_CBC_SHA"),
            ("AES256-GCM-SHA384", "TLS_RSA_WITH_AES_256_GCM_SHA384"),
            ("RSA_AES_256_CBC_SHA1", "TLS_RSA_WITH_AES_256_CBC_SHA"),
            ("DES-CBC3-SHA", "TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
            ("RC4-SHA", "TLS_RSA_WITH_RC4_128_SHA"),
            ("CAMELLIA256-SHA", "TLS_RSA_WITH_CAMELLIA_256_CBC_SHA"),
            (
                "ECDHE_X25519__RSA_PSS_RSAE_SHA256__AES_256_GCM",
                "TLS_AES_256_GCM_SHA384",
            ),
            ("ADH-AES256-GCM-SHA384", "ADH-AES256-GCM-SHA384"),
            ("nonsense", "nonsense"),
            ("", ""),
        ] {
            assert_eq!(suite(word), expected, "{word}");
        }
    }
}
