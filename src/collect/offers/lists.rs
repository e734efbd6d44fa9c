//! What is offered to a server in each version, the strong before the weak.

use crate::facts::tls::TlsVersion;
use crate::net::tls::hello::ClientHello;
use crate::net::tls::names::{SUITES, family};

/// All versions, the newest first.
pub(super) const VERSIONS: [TlsVersion; 5] = [
    TlsVersion::Tls13,
    TlsVersion::Tls12,
    TlsVersion::Tls11,
    TlsVersion::Tls10,
    TlsVersion::Ssl30,
];

/// The groups of TLS 1.3, the hybrid ones first.
const GROUPS_13: &[u16] = &[
    4588, 4587, 4589, 513, 514, 512, 29, 23, 30, 24, 25, 31, 32, 33, 256, 257, 258, 259, 260,
];

/// The groups of TLS 1.2 and before: curves, then finite fields.
const GROUPS: &[u16] = &[
    29, 23, 30, 24, 25, 26, 27, 28, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6,
    5, 4, 3, 2, 1, 256, 257, 258, 259, 260,
];

/// Signature schemes: ECDSA and Edwards curves, RSA-PSS, PKCS #1, and those with SHA-1 or DSA.
const SCHEMES: &[u16] = &[
    0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x081a, 0x081b, 0x081c, 0x0804, 0x0805, 0x0806, 0x0809,
    0x080a, 0x080b, 0x0401, 0x0501, 0x0601, 0x0303, 0x0301, 0x0402, 0x0302, 0x0203, 0x0201, 0x0202,
];

/// The suites that can be offered in a version, in lists that servers can bear.
pub(super) fn batches(version: TlsVersion) -> Vec<Vec<u16>> {
    let fitting = |fits: &dyn Fn(&str) -> bool| -> Vec<u16> {
        let suites = SUITES.iter().filter(|(_, name)| fits(name));
        suites.map(|(code, _)| *code).collect()
    };
    match version {
        TlsVersion::Tls13 => vec![fitting(&family::is_tls13)],
        TlsVersion::Tls12 => vec![
            fitting(&|name| !family::is_tls13(name) && !family::is_rare(name)),
            fitting(&|name| !family::is_tls13(name) && family::is_rare(name)),
        ],
        TlsVersion::Tls11 | TlsVersion::Tls10 | TlsVersion::Ssl30 => vec![fitting(&|name| {
            !family::is_tls13(name) && !family::needs_tls12(name)
        })],
    }
}

/// The groups that can be offered in a version; `SSLv3` can't name any.
pub(super) fn groups(version: TlsVersion) -> Vec<u16> {
    match version {
        TlsVersion::Tls13 => GROUPS_13.to_vec(),
        TlsVersion::Tls12 | TlsVersion::Tls11 | TlsVersion::Tls10 => GROUPS.to_vec(),
        TlsVersion::Ssl30 => Vec::new(),
    }
}

/// A hello of a version with these suites and all groups.
pub(super) fn hello(version: TlsVersion, suites: Vec<u16>, host: &str) -> ClientHello {
    ClientHello {
        version,
        suites,
        groups: groups(version),
        schemes: SCHEMES.to_vec(),
        name: host.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_suite_is_offered_in_some_version_and_once_in_each() {
        let mut offered: Vec<u16> = Vec::new();
        for version in VERSIONS {
            let suites = batches(version).concat();
            let mut once = suites.clone();
            once.sort_unstable();
            once.dedup();
            assert_eq!(once.len(), suites.len());
            offered.extend(suites);
        }
        assert!(SUITES.iter().all(|(code, _)| offered.contains(code)));
    }

    #[test]
    fn strong_suites_stand_first() {
        let place = |name: &str| SUITES.iter().position(|(_, known)| *known == name).unwrap();
        let order = [
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
            "TLS_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_RSA_WITH_AES_128_CBC_SHA",
            "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
            "TLS_RSA_WITH_RC4_128_MD5",
            "TLS_RSA_EXPORT_WITH_RC4_40_MD5",
            "TLS_DH_anon_WITH_AES_256_CBC_SHA",
            "TLS_RSA_WITH_NULL_SHA",
        ];
        for pair in order.windows(2) {
            // Of the export suites it does not matter on which side of RC4 they stand.
            if pair[1].contains("EXPORT") {
                continue;
            }
            assert!(place(pair[0]) < place(pair[1]), "{pair:?}");
        }
    }
}
