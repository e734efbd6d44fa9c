//! Names of algorithms and kinds of keys, by their object identifiers.

/// The usual name of a signature algorithm, as its RFC writes it.
pub(super) fn signature_algorithm(oid: &str) -> Option<&'static str> {
    lookup(SIGNATURES, oid)
}

/// The name and field size in bits of an elliptic curve (RFC 5480 §2.1.1.1, RFC 5639).
pub(super) fn curve(oid: &str) -> Option<(&'static str, u32)> {
    CURVES
        .iter()
        .find(|(known, ..)| *known == oid)
        .map(|&(_, name, bits)| (name, bits))
}

/// The kind of a public key that is no curve of [`curve`].
pub(super) fn key(oid: &str) -> Option<&'static str> {
    lookup(KEYS, oid)
}

/// The hash algorithm that the parameters of RSASSA-PSS name (RFC 4055 §3.1).
pub(super) fn hash(oid: &str) -> Option<&'static str> {
    lookup(HASHES, oid)
}

fn lookup(table: &[(&str, &'static str)], oid: &str) -> Option<&'static str> {
    table
        .iter()
        .find(|(known, _)| *known == oid)
        .map(|&(_, name)| name)
}

const SIGNATURES: &[(&str, &str)] = &[
    // RFC 3279, RFC 4055
    ("1.2.840.113549.1.1.2", "md2WithRSAEncryption"),
    ("1.2.840.113549.1.1.4", "md5WithRSAEncryption"),
    ("1.2.840.113549.1.1.5", "sha1WithRSAEncryption"),
    ("1.2.840.113549.1.1.10", "RSASSA-PSS"),
    ("1.2.840.113549.1.1.11", "sha256WithRSAEncryption"),
    ("1.2.840.113549.1.1.12", "sha384WithRSAEncryption"),
    ("1.2.840.113549.1.1.13", "sha512WithRSAEncryption"),
    ("1.2.840.113549.1.1.14", "sha224WithRSAEncryption"),
    ("1.3.14.3.2.29", "sha1WithRSASignature"),
    // RFC 5758
    ("1.2.840.10045.4.1", "ecdsa-with-SHA1"),
    ("1.2.840.10045.4.3.1", "ecdsa-with-SHA224"),
    ("1.2.840.10045.4.3.2", "ecdsa-with-SHA256"),
    ("1.2.840.10045.4.3.3", "ecdsa-with-SHA384"),
    ("1.2.840.10045.4.3.4", "ecdsa-with-SHA512"),
    ("1.2.840.10040.4.3", "dsa-with-SHA1"),
    ("2.16.840.1.101.3.4.3.1", "dsa-with-SHA224"),
    ("2.16.840.1.101.3.4.3.2", "dsa-with-SHA256"),
    // RFC 8410
    ("1.3.101.112", "Ed25519"),
    ("1.3.101.113", "Ed448"),
    // RFC 9881
    ("2.16.840.1.101.3.4.3.17", "ML-DSA-44"),
    ("2.16.840.1.101.3.4.3.18", "ML-DSA-65"),
    ("2.16.840.1.101.3.4.3.19", "ML-DSA-87"),
    // RFC 9215
    ("1.2.643.7.1.1.3.2", "gost3410-2012-256"),
    ("1.2.643.7.1.1.3.3", "gost3410-2012-512"),
    // GB/T 32918
    ("1.2.156.10197.1.501", "SM2-with-SM3"),
];

const CURVES: &[(&str, &str, u32)] = &[
    ("1.2.840.10045.3.1.1", "EC P-192", 192),
    ("1.3.132.0.33", "EC P-224", 224),
    ("1.2.840.10045.3.1.7", "EC P-256", 256),
    ("1.3.132.0.34", "EC P-384", 384),
    ("1.3.132.0.35", "EC P-521", 521),
    ("1.3.132.0.10", "EC secp256k1", 256),
    ("1.3.36.3.3.2.8.1.1.7", "EC brainpoolP256r1", 256),
    ("1.3.36.3.3.2.8.1.1.11", "EC brainpoolP384r1", 384),
    ("1.3.36.3.3.2.8.1.1.13", "EC brainpoolP512r1", 512),
    ("1.2.156.10197.1.301", "EC SM2", 256),
];

const KEYS: &[(&str, &str)] = &[
    ("1.2.840.113549.1.1.1", "RSA"),
    ("1.2.840.113549.1.1.10", "RSA-PSS"),
    ("1.2.840.10040.4.1", "DSA"),
    ("1.2.840.10045.2.1", "EC"),
    ("1.3.101.112", "Ed25519"),
    ("1.3.101.113", "Ed448"),
    ("2.16.840.1.101.3.4.3.17", "ML-DSA-44"),
    ("2.16.840.1.101.3.4.3.18", "ML-DSA-65"),
    ("2.16.840.1.101.3.4.3.19", "ML-DSA-87"),
];

const HASHES: &[(&str, &str)] = &[
    ("1.3.14.3.2.26", "SHA1"),
    ("2.16.840.1.101.3.4.2.1", "SHA256"),
    ("2.16.840.1.101.3.4.2.2", "SHA384"),
    ("2.16.840.1.101.3.4.2.3", "SHA512"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_identifier_stands_twice_in_a_table() {
        let oids: [Vec<&str>; 4] = [
            SIGNATURES.iter().map(|(oid, _)| *oid).collect(),
            CURVES.iter().map(|(oid, ..)| *oid).collect(),
            KEYS.iter().map(|(oid, _)| *oid).collect(),
            HASHES.iter().map(|(oid, _)| *oid).collect(),
        ];
        for mut table in oids {
            let all = table.len();
            table.sort_unstable();
            table.dedup();
            assert_eq!(table.len(), all);
        }
    }

    #[test]
    fn an_unknown_identifier_has_no_name() {
        assert_eq!(signature_algorithm("1.2.3"), None);
        assert_eq!(curve("1.2.840.10045.3.1.7"), Some(("EC P-256", 256)));
    }
}
