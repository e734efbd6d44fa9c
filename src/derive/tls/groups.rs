//! What four norms say of a key exchange group.

use crate::facts::tls::grade::{Grade, Grades};

/// What a group is, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind<'a> {
    /// An elliptic curve beside ML-KEM (RFC 8446 names none; IANA does).
    Hybrid,
    /// An elliptic curve by its name, and its bits.
    Curve(&'a str, u32),
    /// A finite field of RFC 7919, with the bits of its prime.
    Field(u32),
    /// A finite field of the server's own, with the bits of its prime.
    OwnField(u32),
    /// None of these.
    Other,
}

const HYBRIDS: [&str; 3] = ["x25519mlkem768", "secp256r1mlkem768", "secp384r1mlkem1024"];

/// What the norms say of the group. A name that is no group's, and post-quantum groups where a norm is older than they, are not graded.
pub fn grades(name: &str) -> Grades {
    let name = name.to_ascii_lowercase();
    let kind = kind(&name);
    Grades {
        ncsc_nl: ncsc_nl(kind),
        bsi: bsi(kind),
        rfc9325: rfc9325(kind),
        nist: nist(kind),
    }
}

fn kind(name: &str) -> Kind<'_> {
    let bits = |start: &str| {
        let rest = name.strip_prefix(start)?;
        let digits = rest.split(|letter: char| !letter.is_ascii_digit()).next()?;
        digits.parse::<u32>().ok()
    };
    if HYBRIDS.contains(&name) {
        return Kind::Hybrid;
    }
    if name.contains("mlkem") || name.contains("kyber") {
        return Kind::Other;
    }
    match name {
        "x25519" => return Kind::Curve(name, 253),
        "x448" => return Kind::Curve(name, 446),
        _ => {}
    }
    if let Some(bits) = bits("dh ") {
        return Kind::OwnField(bits);
    }
    if let Some(bits) = bits("ffdhe") {
        return Kind::Field(bits);
    }
    // RFC 8734 gives the Brainpool curves names of their own in TLS 1.3.
    let curve = name.strip_suffix("tls13").unwrap_or(name);
    ["secp", "sect", "brainpoolp", "curvesm"]
        .into_iter()
        .find_map(bits)
        .map_or(Kind::Other, |bits| Kind::Curve(curve, bits))
}

/// Section 3.3.3.
fn ncsc_nl(kind: Kind<'_>) -> Grade {
    match kind {
        Kind::Hybrid => Grade::Good,
        Kind::Curve(
            "secp256r1" | "secp384r1" | "secp521r1" | "x25519" | "x448" | "brainpoolp256r1"
            | "brainpoolp384r1" | "brainpoolp512r1",
            _,
        ) => Grade::Sufficient,
        Kind::Curve("secp224r1", _) => Grade::PhaseOut,
        Kind::Field(bits) if bits >= 3072 => Grade::PhaseOut,
        Kind::Curve(..) | Kind::Field(_) | Kind::OwnField(_) => Grade::Insufficient,
        Kind::Other => Grade::Ungraded,
    }
}

/// Section 3.3.2 and 3.6: primes of 3000 bits, until DHE ends.
fn bsi(kind: Kind<'_>) -> Grade {
    match kind {
        Kind::Curve(
            "secp256r1" | "secp384r1" | "secp521r1" | "brainpoolp256r1" | "brainpoolp384r1"
            | "brainpoolp512r1",
            _,
        ) => Grade::Good,
        Kind::Field(bits) | Kind::OwnField(bits) if bits >= 3000 => Grade::PhaseOut,
        Kind::Curve(..) | Kind::Field(_) | Kind::OwnField(_) => Grade::Insufficient,
        Kind::Hybrid | Kind::Other => Grade::Ungraded,
    }
}

/// Section 4.4 for curves and primes, §4.1 against DHE.
fn rfc9325(kind: Kind<'_>) -> Grade {
    match kind {
        Kind::Curve("secp256r1" | "x25519", _) => Grade::Good,
        Kind::Curve(_, bits) if bits < 224 => Grade::Insufficient,
        Kind::Field(bits) | Kind::OwnField(bits) if bits < 2048 => Grade::Insufficient,
        Kind::Field(_) | Kind::OwnField(_) => Grade::PhaseOut,
        Kind::Hybrid | Kind::Curve(..) => Grade::Sufficient,
        Kind::Other => Grade::Ungraded,
    }
}

/// Section 3.4.2.2 and SP 800-56A appendix D. A large field of the server's own may be an approved one: its name does not say.
fn nist(kind: Kind<'_>) -> Grade {
    match kind {
        Kind::Curve("secp256r1" | "secp384r1", _) => Grade::Good,
        Kind::Curve("secp224r1" | "secp521r1", _) => Grade::Sufficient,
        Kind::Curve(name, bits) if name.starts_with("sect") && bits >= 233 && bits != 239 => {
            Grade::Sufficient
        }
        Kind::Field(bits) if bits >= 2048 => Grade::Sufficient,
        Kind::OwnField(bits) if bits >= 2048 => Grade::Ungraded,
        Kind::Curve(..) | Kind::Field(_) | Kind::OwnField(_) => Grade::Insufficient,
        Kind::Hybrid | Kind::Other => Grade::Ungraded,
    }
}
